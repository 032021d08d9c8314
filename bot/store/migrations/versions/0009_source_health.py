"""How sources are, and what their operator was told about it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
expands = True


def upgrade() -> None:
    """Add columns and a table. An older program writes rows without them, which then say that nothing is known."""
    op.add_column("sources", sa.Column("trouble", sa.Text, nullable=False, server_default=""))
    op.add_column("sources", sa.Column("failing_since", sa.DateTime(timezone=True)))
    op.add_column("sources", sa.Column("entries", sa.Integer))
    op.add_column("sources", sa.Column("undated", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("sources", sa.Column("seconds", sa.Float))
    op.add_column("sources", sa.Column("newest_at", sa.DateTime(timezone=True)))
    op.add_column("sources", sa.Column("distance", sa.Float))
    op.add_column("sources", sa.Column("gap_at", sa.DateTime(timezone=True)))
    op.create_table(
        "troubles",
        sa.Column("workspace_id", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("better_since", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("workspace_id", "subject", name="troubles_pkey"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="troubles_workspace_id_fkey"),
    )
