"""The first schema: everything from the poll to the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
expands = False  # there was nothing before

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def _workspace() -> "sa.Column[str]":
    return sa.Column("workspace_id", sa.Text, nullable=False)


def _of_workspace(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=f"{table}_workspace_id_fkey")


def upgrade() -> None:
    """Create the tables and the workspace of the configuration file."""
    workspaces = op.create_table("workspaces", sa.Column("id", sa.Text), sa.PrimaryKeyConstraint("id", name="workspaces_pkey"))
    op.bulk_insert(workspaces, [{"id": "file"}])
    op.create_table(
        "facts",
        sa.Column("name", sa.Text),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="facts_pkey"),
    )
    _create_sources_and_items()
    _create_stories()
    _create_outbox()


def _create_sources_and_items() -> None:
    op.create_table(
        "sources",
        _workspace(),
        sa.Column("source_id", sa.Text),
        sa.Column("address_hash", sa.Text, nullable=False),
        sa.Column("etag", sa.LargeBinary),
        sa.Column("last_modified", sa.LargeBinary),
        sa.Column("next_due_at", _INSTANT),
        sa.Column("last_polled_at", _INSTANT),
        sa.Column("last_success_at", _INSTANT),
        sa.Column("baselined_at", _INSTANT),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "source_id", name="sources_pkey"),
        _of_workspace("sources"),
    )
    op.create_table(
        "items",
        sa.Column("arrival", _SERIAL),
        sa.Column("id", sa.Text, nullable=False),
        _workspace(),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("guid", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("canonical_url", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("content_text", sa.Text, nullable=False),
        sa.Column("text_state", sa.Text, nullable=False),
        sa.Column("outlet", sa.Text),
        sa.Column("authors", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("date_published", _INSTANT),
        sa.Column("date_modified", _INSTANT),
        sa.Column("date_rendered", _INSTANT),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("first_seen", _INSTANT, nullable=False),
        sa.Column("baseline_rank", sa.Integer),
        sa.Column("phase", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("arrival", name="items_pkey"),
        sa.UniqueConstraint("id", name="items_id_key"),
        _of_workspace("items"),
        sqlite_autoincrement=True,
    )
    queued = sa.text("phase = 'queued'")
    op.create_index("items_queued", "items", ["arrival"], sqlite_where=queued, postgresql_where=queued)
    op.create_table(
        "item_keys",
        sa.Column("key", sa.Text),
        sa.Column("arrival", sa.BigInteger, autoincrement=False),
        sa.PrimaryKeyConstraint("key", "arrival", name="item_keys_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "item_terms",
        sa.Column("term", sa.BigInteger, autoincrement=False),
        sa.Column("arrival", sa.BigInteger, autoincrement=False),
        sa.PrimaryKeyConstraint("term", "arrival", name="item_terms_pkey"),
        sqlite_with_rowid=False,
    )


def _create_stories() -> None:
    op.create_table(
        "stories",
        sa.Column("id", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("lead_item_id", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("first_published", _INSTANT),
        sa.Column("last_published", _INSTANT),
        sa.Column("related", sa.Text, nullable=False),
        sa.Column("merged_into", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="stories_pkey"),
    )
    op.create_table(
        "memberships",
        sa.Column("arrival", _SERIAL, autoincrement=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text),
        sa.Column("duplicate_of", sa.Text),
        sa.Column("rerun_of", sa.Text),
        sa.Column("matched", sa.Boolean, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("arrival", name="memberships_pkey"),
        sa.UniqueConstraint("item_id", name="memberships_item_id_key"),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="memberships_item_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name="memberships_story_id_fkey"),
    )
    op.create_index("memberships_story_id", "memberships", ["story_id"])
    op.create_table(
        "matches",
        sa.Column("item_id", sa.Text),
        _workspace(),
        sa.Column("rule_id", sa.Text),
        sa.Column("rule_version", sa.Text, nullable=False),
        sa.Column("spans", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("item_id", "workspace_id", "rule_id", name="matches_pkey"),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="matches_item_id_fkey", ondelete="CASCADE"),
        _of_workspace("matches"),
    )


def _create_outbox() -> None:
    op.create_table(
        "channels",
        sa.Column("channel_id", sa.Text),
        _workspace(),
        sa.Column("not_before", _INSTANT),
        sa.Column("parked", sa.Text),
        sa.PrimaryKeyConstraint("channel_id", name="channels_pkey"),
        _of_workspace("channels"),
    )
    op.create_table(
        "deliveries",
        sa.Column("sequence", _SERIAL),
        sa.Column("id", sa.Text, nullable=False),
        _workspace(),
        sa.Column("channel_id", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("planned_reason", sa.Text, nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("story_id", sa.Text),
        sa.Column("story_ids", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("not_before", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("lease_token", sa.Text),
        sa.Column("lease_expires_at", _INSTANT),
        sa.Column("target_id", sa.Text),
        sa.Column("target_ref", sa.Text),
        sa.Column("message_ref", sa.Text),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="deliveries_pkey"),
        sa.UniqueConstraint("id", name="deliveries_id_key"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.channel_id"], name="deliveries_channel_id_fkey"),
        _of_workspace("deliveries"),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_state_channel_id_sequence", "deliveries", ["state", "channel_id", "sequence"])
    op.create_index("deliveries_channel_id_state_updated_at", "deliveries", ["channel_id", "state", "updated_at"])
    op.create_index("deliveries_channel_id_story_id", "deliveries", ["channel_id", "story_id"])
