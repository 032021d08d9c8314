"""What people decide about stories is kept as a workspace's overlay and in the audit log; members remember their first story."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
expands = False  # an older program does not heed what people merged and split

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables and the column. Nothing that an older program reads or writes is changed."""
    op.create_table(
        "overlays",
        sa.Column("id", sa.Text),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("bond", sa.Text, nullable=False),
        sa.Column("first", sa.Text, nullable=False),
        sa.Column("second", sa.Text, nullable=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("channels", sa.Text, nullable=False),
        sa.Column("undone_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name="overlays_pkey"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="overlays_workspace_id_fkey"),
    )
    op.create_table(
        "audit",
        sa.Column("sequence", _SERIAL),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("subjects", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="audit_pkey"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="audit_workspace_id_fkey"),
        sqlite_autoincrement=True,
    )
    op.add_column("memberships", sa.Column("home", sa.Text))
