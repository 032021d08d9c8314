"""The program of a release to come, made of this one: ``python release.py MIGRATIONS VERB ...`` runs its command line.

It has one migration more, in the folder MIGRATIONS, and works with what that adds: every row that it writes into the five tables
with the most traffic says so in a new column, which every query of whole rows reads. Programs of this release know none of it.
"""

from __future__ import annotations

import sys
from pathlib import Path

NEXT = "9001"
TOUCHED = ("items", "stories", "memberships", "sources", "deliveries")
COLUMN, WORD = "written_by", "the next release"
MIGRATION = '''
"""A release later: rows say who wrote them, and something new is kept."""

import sqlalchemy as sa
from alembic import op

revision = "{next}"
down_revision = "{before}"
expands = True


def upgrade():
    for table in {touched}:
        op.add_column(table, sa.Column("{column}", sa.Text, nullable=False, server_default=""))
    of_item = sa.ForeignKeyConstraint(["item_id"], ["items.id"], ondelete="CASCADE")
    op.create_table("novelties", sa.Column("item_id", sa.Text, primary_key=True), of_item)
    op.create_index("novelties_item_id", "novelties", ["item_id"])
'''


def migration(before: str) -> str:
    """The migration that this release adds to one whose newest is ``before``."""
    return MIGRATION.format(next=NEXT, before=before, touched=TOUCHED, column=COLUMN)


def pretend(folder: Path) -> None:
    """Be the next release; before anything of the store that takes them in is imported."""
    from sqlalchemy import Column, Text  # noqa: PLC0415

    from bot.store import revisions, tables  # noqa: PLC0415

    revisions.REVISIONS = (*revisions.REVISIONS, NEXT)  # type: ignore[misc]
    revisions.HEAD = NEXT  # type: ignore[misc]
    from bot.store import schema  # noqa: PLC0415

    assert "bot.store.connected" not in sys.modules
    assert schema.upgrade.__kwdefaults__ is not None
    schema.upgrade.__kwdefaults__.update(folder=folder, target=NEXT)
    for name in TOUCHED:
        tables.metadata.tables[name].append_column(Column(COLUMN, Text, nullable=False, default=WORD, server_default=""))


if __name__ == "__main__":
    pretend(Path(sys.argv[1]))
    sys.argv = ["watchlamp", *sys.argv[2:]]
    from bot.cli.main import main as watchlamp

    watchlamp()
