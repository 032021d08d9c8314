"""Subscriptions at WebSub hubs, and what hubs push until it is read."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
expands = True

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables. Nothing that an older program reads or writes is changed."""
    op.create_table(
        "subscriptions",
        sa.Column("token", sa.Text),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("callback", sa.Text, nullable=False),
        sa.Column("hub", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("address_hash", sa.Text, nullable=False),
        sa.Column("secret", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("lease_ends_at", _INSTANT),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_due_at", _INSTANT),
        sa.Column("last_push_at", _INSTANT),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("token", name="subscriptions_pkey"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="subscriptions_workspace_id_fkey"),
    )
    op.create_index("subscriptions_next_due_at", "subscriptions", ["next_due_at"])
    op.create_table(
        "pushes",
        sa.Column("number", _SERIAL),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("content_type", sa.Text),
        sa.Column("body", sa.LargeBinary),
        sa.PrimaryKeyConstraint("number", name="pushes_pkey"),
        sa.ForeignKeyConstraint(["token"], ["subscriptions.token"], name="pushes_token_fkey", ondelete="CASCADE"),
        sa.UniqueConstraint("token", "digest", name="pushes_token_digest_key"),
        sqlite_autoincrement=True,
    )
    unsettled = sa.text("state != 'done'")
    op.create_index("pushes_unsettled", "pushes", ["token", "state", "number"], sqlite_where=unsettled, postgresql_where=unsettled)
    op.create_index("pushes_received_at", "pushes", ["received_at"])
