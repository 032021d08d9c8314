"""What publishers change in their articles after we filed them: the headline before and after, and when it was noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
expands = True


def upgrade() -> None:
    """Create the table. Nothing that an older program reads or writes is changed."""
    op.create_table(
        "item_edits",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("number", name="item_edits_pkey"),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="item_edits_item_id_fkey", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("item_edits_item_id", "item_edits", ["item_id"])
    waiting = sa.text("settled_at IS NULL")
    op.create_index("item_edits_open", "item_edits", ["number"], sqlite_where=waiting, postgresql_where=waiting)
