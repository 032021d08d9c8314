"""What draft rules match is kept beside what live ones match, where nothing that posts ever looks."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
expands = True


def upgrade() -> None:
    """Create the table. Nothing that an older program reads or writes is changed."""
    op.create_table(
        "draft_matches",
        sa.Column("item_id", sa.Text),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("rule_id", sa.Text),
        sa.Column("rule_version", sa.Text, nullable=False),
        sa.Column("spans", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("item_id", "workspace_id", "rule_id", name="draft_matches_pkey"),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="draft_matches_item_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="draft_matches_workspace_id_fkey"),
    )
