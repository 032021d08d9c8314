"""Mutes, holds, followed stories and reminders."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
expands = False  # an older program posts into channels that people hold

_INSTANT = sa.DateTime(timezone=True)


def _workspace(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=f"{table}_workspace_id_fkey")


def upgrade() -> None:
    """Create the tables. Nothing that an older program reads or writes is changed."""
    op.create_table(
        "mutes",
        sa.Column("id", sa.Text),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("channel_id", sa.Text),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT),
        sa.Column("channels", sa.Text, nullable=False),
        sa.Column("ended_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name="mutes_pkey"),
        _workspace("mutes"),
    )
    standing = sa.text("ended_at IS NULL")
    op.create_index("mutes_standing", "mutes", ["until"], sqlite_where=standing, postgresql_where=standing)
    op.create_table(
        "holds",
        sa.Column("id", sa.Text),
        sa.Column("channel_id", sa.Text),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT),
        sa.Column("ended_at", _INSTANT),
        sa.Column("settled_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", "channel_id", name="holds_pkey"),
        _workspace("holds"),
    )
    unsettled = sa.text("settled_at IS NULL")
    op.create_index("holds_standing", "holds", ["channel_id"], sqlite_where=unsettled, postgresql_where=unsettled)
    op.create_table(
        "follows",
        sa.Column("story_id", sa.Text),
        sa.Column("channel_id", sa.Text),
        sa.Column("follower", sa.Text),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("story_id", "channel_id", "follower", name="follows_pkey"),
        _workspace("follows"),
    )
    op.create_table(
        "reminders",
        sa.Column("id", sa.Text),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("channel_id", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("told_by", sa.Text),
        sa.Column("ended_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name="reminders_pkey"),
        _workspace("reminders"),
    )
    op.create_index("reminders_story_id", "reminders", ["story_id"])
    op.create_index("reminders_waiting", "reminders", ["due_at"], sqlite_where=standing, postgresql_where=standing)
