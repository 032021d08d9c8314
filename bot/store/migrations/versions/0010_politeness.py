"""What servers ask of those who poll, where sources have moved for good, and sites that want to be left alone."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
expands = True


def upgrade() -> None:
    """Add columns. An older program writes rows without them, which then say that nothing is asked and nothing has moved."""
    for name in ("wishes", "place", "moved_to", "adopted_url"):
        op.add_column("sources", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("sources", sa.Column("moved_polls", sa.Integer, nullable=False, server_default="0"))
    op.add_column("sources", sa.Column("moved_since", sa.DateTime(timezone=True)))
    op.add_column("sources", sa.Column("throttled_until", sa.DateTime(timezone=True)))
