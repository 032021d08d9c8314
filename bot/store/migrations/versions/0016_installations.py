"""Workspaces that installed our app by themselves, with their sealed tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
expands = False  # an older program would send to their channels with a token of another workspace, and cannot read why they wait

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables. Nothing that an older program reads or writes is changed."""
    op.create_table(
        "slack_installations",
        sa.Column("team_id", sa.Text),
        sa.Column("enterprise_id", sa.Text, nullable=False),
        sa.Column("bot_token", sa.Text, nullable=False),
        sa.Column("refresh_token", sa.Text),
        sa.Column("expires_at", _INSTANT),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("bot_user_id", sa.Text, nullable=False),
        sa.Column("bot_id", sa.Text, nullable=False),
        sa.Column("installed_at", _INSTANT, nullable=False),
        sa.Column("renewing", sa.Text),
        sa.Column("renewing_until", _INSTANT),
        sa.PrimaryKeyConstraint("team_id", name="slack_installations_pkey"),
    )
    op.create_table(
        "slack_used_states",
        sa.Column("digest", sa.Text),
        sa.Column("until", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="slack_used_states_pkey"),
    )
    op.create_index("slack_used_states_until", "slack_used_states", ["until"])
