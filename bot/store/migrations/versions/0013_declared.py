"""What workspaces declare in chats is kept, every version of it; so are drafts that wait for a yes, and votes."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
expands = False  # an older program does not ask for what people declared

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables. Nothing that an older program reads or writes is changed."""
    op.create_table(
        "declared",
        sa.Column("sequence", _SERIAL),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("sort", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("definition", sa.Text),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="declared_pkey"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="declared_workspace_id_fkey"),
        sa.UniqueConstraint("workspace_id", "sort", "name", "version", name="declared_workspace_id_sort_name_version_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.Text),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="drafts_pkey"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="drafts_workspace_id_fkey"),
    )
    op.create_table(
        "votes",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("rule_id", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("voter", sa.Text, nullable=False),
        sa.Column("relevant", sa.Boolean, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "rule_id", "story_id", "voter", name="votes_pkey"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="votes_workspace_id_fkey"),
    )
