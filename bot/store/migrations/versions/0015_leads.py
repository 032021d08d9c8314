"""Which process does what only one may do at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
expands = False  # an older program knows no lead, and would file beside whoever holds it


def upgrade() -> None:
    """Create the table. Nothing that an older program reads or writes is changed."""
    op.create_table(
        "leads",
        sa.Column("name", sa.Text),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="leads_pkey"),
    )
