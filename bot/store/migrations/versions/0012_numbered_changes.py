"""Changes that people make by commands have a number in the audit log, by which they are taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
expands = True


def upgrade() -> None:
    """Add a column. An older program writes rows without a number: decisions about stories, which have none."""
    op.add_column("audit", sa.Column("number", sa.Text, nullable=False, server_default=""))
