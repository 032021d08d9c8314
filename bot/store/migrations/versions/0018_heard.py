"""What was heard lately, so that of several processes one works on it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
expands = False  # an older program answers without saying so, and one in reserve would take that for left lying


def upgrade() -> None:
    """Create the table. Nothing that an older program reads or writes is changed."""
    op.create_table(
        "heard",
        sa.Column("digest", sa.Text),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="heard_pkey"),
    )
    op.create_index("heard_until", "heard", ["until"])
