"""What workspaces did of which they may do only so much in an hour; and the queue by whose it is."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
expands = True  # an older program counts links by itself, and takes the queue in order of arrival

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the table and the index. Nothing that an older program reads or writes is changed."""
    op.create_table(
        "uses",
        sa.Column("number", _SERIAL),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="uses_pkey"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="uses_workspace_id_fkey"),
    )
    op.create_index("uses_workspace_id_at", "uses", ["workspace_id", "at"])
    queued = sa.text("phase = 'queued'")
    op.create_index("items_queued_of", "items", ["workspace_id", "arrival"], sqlite_where=queued, postgresql_where=queued)
