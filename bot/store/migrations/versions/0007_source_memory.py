"""A kind of source may keep a text between polls: the snapshot of a page, how far a listing was read."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
expands = True


def upgrade() -> None:
    """Add the column. An older program writes rows without it, which then remember nothing."""
    op.add_column("sources", sa.Column("memory", sa.Text, nullable=False, server_default=""))
