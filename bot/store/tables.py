"""Every table, as the newest migration leaves it; a test holds the two together.

Promises: a row that belongs to a workspace says so; what grows for ever (terms, keys) is kept small; each index serves a
query named beside it. Never holds a query.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    false,
    literal_column,
)

from bot.core.declared import Sort
from bot.core.deliveries import Action, DeliveryState
from bot.core.model import Format, Precision, TextState, Tier
from bot.core.overlays import Bond
from bot.core.quotas import Use
from bot.core.reasons import Reason
from bot.core.silences import Silenced
from bot.core.subscriptions import PushState, SubscriptionState
from bot.store.types import AwareUTC, EnumText, MessageText, SafeText, SpansText, TextTuple, WishesText, WordsIndex


class Phase(StrEnum):
    """How far an item has come."""

    QUEUED = "queued"  # stored, waits to be read, matched and filed
    FILED = "filed"  # its place among the stories is known


QUEUED: ColumnElement[str] = literal_column("'queued'")
"""``Phase.QUEUED`` written into the statement: a partial index serves a query only if the planner sees the very value."""

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)

_ON_POSTGRESQL: list[tuple[Index, str, object]] = []
"""Options of indexes for PostgreSQL: SQLAlchemy loads a whole dialect, megabytes, to check one."""


def speak_postgresql() -> None:
    """Tell the indexes their options for PostgreSQL, once a database is one."""
    for index, option, value in _ON_POSTGRESQL:
        index.dialect_kwargs[f"postgresql_{option}"] = value


def _partial(name: str, *columns: Column[Any], where: ColumnElement[bool]) -> None:
    """An index of the rows alone for which something is so, in both kinds of database."""
    _ON_POSTGRESQL.append((Index(name, *columns, sqlite_where=where), "where", where))


# SQLite numbers rows by itself only in a column whose type reads INTEGER, and never gives a number twice only with AUTOINCREMENT.
_Serial = BigInteger().with_variant(Integer, "sqlite")


def _workspace() -> Column[str]:
    return Column("workspace_id", SafeText, ForeignKey("workspaces.id"), nullable=False)


workspaces = Table("workspaces", metadata, Column("id", SafeText, primary_key=True))

facts = Table("facts", metadata, Column("name", SafeText, primary_key=True), Column("value", SafeText, nullable=False))
"""A few words that the installation remembers, such as which commands Discord was told."""

sources = Table(
    "sources",
    metadata,
    Column("workspace_id", SafeText, ForeignKey("workspaces.id"), primary_key=True),
    Column("source_id", SafeText, primary_key=True),
    Column("address_hash", SafeText, nullable=False),
    Column("etag", LargeBinary),
    Column("last_modified", LargeBinary),
    Column("next_due_at", AwareUTC),
    Column("last_polled_at", AwareUTC),
    Column("last_success_at", AwareUTC),
    Column("baselined_at", AwareUTC),
    Column("failures", Integer, nullable=False),
    Column("last_error", SafeText, nullable=False),
    Column("memory", SafeText, nullable=False, server_default=""),
    Column("trouble", SafeText, nullable=False, server_default=""),
    Column("failing_since", AwareUTC),
    Column("entries", Integer),
    Column("undated", Boolean, nullable=False, server_default=false()),
    Column("seconds", Float),
    Column("newest_at", AwareUTC),
    Column("distance", Float),
    Column("gap_at", AwareUTC),
    Column("wishes", WishesText, nullable=False, server_default=""),
    Column("place", SafeText, nullable=False, server_default=""),
    Column("moved_to", SafeText, nullable=False, server_default=""),
    Column("moved_polls", Integer, nullable=False, server_default="0"),
    Column("moved_since", AwareUTC),
    Column("adopted_url", SafeText, nullable=False, server_default=""),
    Column("throttled_until", AwareUTC),
)

# What the operator was told, and what is watched until it has lasted long enough to be told.
troubles = Table(
    "troubles",
    metadata,
    Column("workspace_id", SafeText, ForeignKey("workspaces.id"), primary_key=True),
    Column("subject", SafeText, primary_key=True),
    Column("state", SafeText, nullable=False),
    Column("since", AwareUTC, nullable=False),
    Column("told_at", AwareUTC),
    Column("better_since", AwareUTC),
)

# Who tells of a source's news at which callback, and until when.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("token", SafeText, primary_key=True),
    _workspace(),
    Column("source_id", SafeText, nullable=False),  # no foreign key: a source is forgotten before its hub has let go
    Column("callback", SafeText, nullable=False),
    Column("hub", SafeText, nullable=False),
    Column("topic", SafeText, nullable=False),
    Column("address_hash", SafeText, nullable=False),
    Column("secret", SafeText),
    Column("state", EnumText(SubscriptionState), nullable=False),
    Column("lease_ends_at", AwareUTC),
    Column("failures", Integer, nullable=False),
    Column("next_due_at", AwareUTC, index=True),  # due_subscriptions
    Column("last_push_at", AwareUTC),
    Column("reason", SafeText, nullable=False),
    Column("version", Integer, nullable=False),
)

# What hubs brought: bodies until they are read, digests for as long as one may be sent again.
pushes = Table(
    "pushes",
    metadata,
    Column("number", _Serial, primary_key=True),
    Column("token", SafeText, ForeignKey("subscriptions.token", ondelete="CASCADE"), nullable=False),
    Column("digest", SafeText, nullable=False),
    Column("state", EnumText(PushState), nullable=False),
    Column("received_at", AwareUTC, nullable=False, index=True),  # forget_pushes
    Column("content_type", SafeText),
    Column("body", LargeBinary),
    UniqueConstraint("token", "digest"),
    sqlite_autoincrement=True,
)
DONE: ColumnElement[str] = literal_column("'done'")
"""``PushState.DONE`` as ``QUEUED`` above."""
_partial(  # waiting_pushes, keep_push: as large as what waits
    "pushes_unsettled",
    pushes.c.token,
    pushes.c.state,
    pushes.c.number,
    where=pushes.c.state != DONE,
)

items = Table(
    "items",
    metadata,
    Column("arrival", _Serial, primary_key=True),  # order of arrival
    Column("id", SafeText, nullable=False, unique=True),
    _workspace(),  # whose source it came from
    Column("source_id", SafeText, nullable=False),
    Column("guid", SafeText),
    Column("url", SafeText),
    Column("canonical_url", SafeText),
    Column("title", SafeText, nullable=False),
    Column("summary", SafeText, nullable=False),
    Column("content_text", SafeText, nullable=False),
    Column("text_state", EnumText(TextState), nullable=False),
    Column("outlet", SafeText),
    Column("authors", TextTuple, nullable=False),
    Column("tags", TextTuple, nullable=False),
    Column("language", SafeText),
    Column("date_published", AwareUTC),
    Column("date_modified", AwareUTC),
    Column("date_rendered", AwareUTC),
    Column("notes", TextTuple, nullable=False),
    Column("content_hash", SafeText, nullable=False),
    Column("first_seen", AwareUTC, nullable=False),
    Column("baseline_rank", Integer),
    Column("phase", EnumText(Phase), nullable=False),
    sqlite_autoincrement=True,
)
_partial(  # queued_items, queued_count: as large as the queue, not as the archive
    "items_queued", items.c.arrival, where=items.c.phase == QUEUED
)
_partial(  # queued_items, where several workspaces wait
    "items_queued_of",
    items.c.workspace_id,
    items.c.arrival,
    where=items.c.phase == QUEUED,
)

# The two indexes under which later items find an item. They are the largest tables, so they hold the number of arrival instead
# of the id, and nothing points from them to items: SQLite would need a second index as large as the table to check a deletion.
item_keys = Table(
    "item_keys",
    metadata,
    Column("key", SafeText, primary_key=True),
    Column("arrival", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
item_terms = Table(
    "item_terms",
    metadata,
    Column("term", BigInteger, primary_key=True, autoincrement=False),
    Column("arrival", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# The words of filed items, for ``archive``. On PostgreSQL as below; on SQLite a full-text table of this name whose row numbers are
# numbers of arrival. Nothing points from it to items, and an entry whose item is gone finds nothing, as above.
item_words = Table(
    "item_words",
    metadata,
    Column("arrival", BigInteger, primary_key=True, autoincrement=False),
    Column("words", WordsIndex, nullable=False),
    Index("item_words_words", "words"),  # archive_numbers
)
_ON_POSTGRESQL.append((next(iter(item_words.indexes)), "using", "gin"))

stories = Table(
    "stories",
    metadata,
    Column("id", SafeText, primary_key=True),
    Column("title", SafeText, nullable=False),
    Column("lead_item_id", SafeText, nullable=False),
    Column("format", EnumText(Format), nullable=False),
    Column("opened_at", AwareUTC, nullable=False),
    Column("first_published", AwareUTC),
    Column("last_published", AwareUTC),
    Column("related", TextTuple, nullable=False),
    Column("merged_into", SafeText),
    Column("version", Integer, nullable=False),
)

commitments = Table(
    "commitments",
    metadata,
    Column("story_id", SafeText, ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # by date
    Column("date", SafeText, nullable=False),
    Column("precision", EnumText(Precision), nullable=False),
    Column("kind", SafeText, nullable=False),
    Column("sentence", SafeText, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("item_id", SafeText, nullable=False),  # no foreign key: the evidence stands in the sentence
)

memberships = Table(
    "memberships",
    metadata,
    Column("arrival", _Serial, primary_key=True, autoincrement=False),
    Column("item_id", SafeText, ForeignKey("items.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("fingerprint", SafeText, nullable=False),
    Column("story_id", SafeText, ForeignKey("stories.id"), index=True),  # members_of
    Column("duplicate_of", SafeText),
    Column("rerun_of", SafeText),
    Column("matched", Boolean, nullable=False),
    Column("tier", EnumText(Tier), nullable=False),
    Column("score", Float, nullable=False),
    Column("why", SafeText, nullable=False),
    Column("model_version", SafeText, nullable=False),
    Column("reason", EnumText(Reason)),
    Column("home", SafeText),  # the story it was first filed in, once a shared merge moved it on; before that it is story_id
)

# What was changed in items after they were filed into a story, by who published them.
item_edits = Table(
    "item_edits",
    metadata,
    Column("number", _Serial, primary_key=True),
    Column("item_id", SafeText, ForeignKey("items.id", ondelete="CASCADE"), nullable=False, index=True),  # headlines_before
    Column("noticed_at", AwareUTC, nullable=False),
    Column("before", SafeText, nullable=False),  # the headline; the same as after it, if only the text was changed
    Column("after", SafeText, nullable=False),
    Column("settled_at", AwareUTC),  # when the story's messages were made to say so
    Column("summary", SafeText),  # what the source gives now, until it is settled; NULL in rows of an older program
    Column("content_text", SafeText),
    Column("text_state", EnumText(TextState)),
    sqlite_autoincrement=True,
)
_partial(  # edited_items: as large as what waits
    "item_edits_open",
    item_edits.c.number,
    where=item_edits.c.settled_at.is_(None),
)


def _of_matches(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("item_id", SafeText, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
        Column("workspace_id", SafeText, ForeignKey("workspaces.id"), primary_key=True),
        Column("rule_id", SafeText, primary_key=True),
        Column("rule_version", SafeText, nullable=False),
        Column("spans", SpansText, nullable=False),
    )


matches = _of_matches("matches")
draft_matches = _of_matches("draft_matches")
"""What rules in draft matched: a table of its own, so that no question about matches can take it for one."""

# Constraints of people, laid over the stories: few, read whole. They outlive stories and items, so no foreign key points there.
overlays = Table(
    "overlays",
    metadata,
    Column("id", SafeText, primary_key=True),
    _workspace(),
    Column("bond", EnumText(Bond), nullable=False),
    Column("first", SafeText, nullable=False),
    Column("second", SafeText, nullable=False),
    Column("member", SafeText, nullable=False),
    Column("at", AwareUTC, nullable=False),
    Column("channels", TextTuple, nullable=False),
    Column("undone_at", AwareUTC),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", _Serial, primary_key=True),
    _workspace(),
    Column("member", SafeText, nullable=False),
    Column("at", AwareUTC, nullable=False),
    Column("what", SafeText, nullable=False),
    Column("subjects", TextTuple, nullable=False),
    Column("before", TextTuple, nullable=False),
    Column("after", TextTuple, nullable=False),
    Column("number", SafeText, nullable=False, server_default=""),  # empty: no change that undo knows by it
    sqlite_autoincrement=True,
)

channels = Table(
    "channels",
    metadata,
    Column("channel_id", SafeText, primary_key=True),
    _workspace(),
    Column("not_before", AwareUTC),
    Column("parked", EnumText(Reason)),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("sequence", _Serial, primary_key=True),  # order of commit
    Column("id", SafeText, nullable=False, unique=True),
    _workspace(),
    Column("channel_id", SafeText, ForeignKey("channels.channel_id"), nullable=False),
    Column("action", EnumText(Action), nullable=False),
    Column("state", EnumText(DeliveryState), nullable=False),
    Column("reason", EnumText(Reason), nullable=False),
    Column("planned_reason", EnumText(Reason), nullable=False),  # survives a failure, so that a retry is told apart from it
    Column("message", MessageText),
    Column("story_id", SafeText),  # no foreign key: what was sent outlives its story
    Column("story_ids", TextTuple, nullable=False),
    Column("created_at", AwareUTC, nullable=False),
    Column("not_before", AwareUTC, nullable=False),
    Column("updated_at", AwareUTC, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lease_token", SafeText),
    Column("lease_expires_at", AwareUTC),
    Column("target_id", SafeText),
    Column("target_ref", SafeText),
    Column("message_ref", SafeText),
    Column("last_error", SafeText, nullable=False),
    # claim_next; by its first column also ready_channels, next_wake, held_due and the list of the dead. An index by time would
    # serve those a little better, but SQLite, which does not count rows, would take it for the claim too and sort what waits.
    Index(None, "state", "channel_id", "sequence"),
    Index(None, "channel_id", "state", "updated_at"),  # posts_since
    Index(None, "channel_id", "story_id"),  # story_deliveries
    sqlite_autoincrement=True,
)

# What workspaces declared, every version of it; few, read whole. A table of NULL says that it was removed.
declared = Table(
    "declared",
    metadata,
    Column("sequence", _Serial, primary_key=True),
    _workspace(),
    Column("sort", EnumText(Sort), nullable=False),
    Column("name", SafeText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("definition", SafeText),
    Column("member", SafeText, nullable=False),
    Column("at", AwareUTC, nullable=False),
    UniqueConstraint("workspace_id", "sort", "name", "version"),
    sqlite_autoincrement=True,
)

# Declarations that wait for a yes; forgotten when their time is over.
drafts = Table(
    "drafts",
    metadata,
    Column("id", SafeText, primary_key=True),
    _workspace(),
    Column("member", SafeText, nullable=False),
    Column("what", SafeText, nullable=False),
    Column("wanted", SafeText, nullable=False),
    Column("made_at", AwareUTC, nullable=False),
    Column("ends_at", AwareUTC, nullable=False),
)

votes = Table(
    "votes",
    metadata,
    Column("workspace_id", SafeText, ForeignKey("workspaces.id"), primary_key=True),
    Column("rule_id", SafeText, primary_key=True),
    Column("story_id", SafeText, primary_key=True),
    Column("voter", SafeText, primary_key=True),
    Column("relevant", Boolean, nullable=False),
    Column("at", AwareUTC, nullable=False),
)

# What people silenced, follow and want to be reminded of. Stories come and go, so no foreign key points there.
mutes = Table(
    "mutes",
    metadata,
    Column("id", SafeText, primary_key=True),
    _workspace(),
    Column("kind", EnumText(Silenced), nullable=False),
    Column("subject", SafeText, nullable=False),
    Column("name", SafeText, nullable=False),
    Column("channel_id", SafeText),
    Column("member", SafeText, nullable=False),
    Column("at", AwareUTC, nullable=False),
    Column("until", AwareUTC),
    Column("channels", TextTuple, nullable=False),
    Column("ended_at", AwareUTC),
)
_partial(  # mutes_in_force: as small as what is in force, asked for with every batch
    "mutes_standing", mutes.c.until, where=mutes.c.ended_at.is_(None)
)

holds = Table(
    "holds",
    metadata,
    Column("id", SafeText, primary_key=True),
    Column("channel_id", SafeText, primary_key=True),
    _workspace(),
    Column("member", SafeText, nullable=False),
    Column("at", AwareUTC, nullable=False),
    Column("until", AwareUTC),
    Column("ended_at", AwareUTC),
    Column("settled_at", AwareUTC),
)
_partial(  # claim_next: asked for with every claim
    "holds_standing",
    holds.c.channel_id,
    where=holds.c.settled_at.is_(None),
)

follows = Table(
    "follows",
    metadata,
    Column("story_id", SafeText, primary_key=True),  # followed
    Column("channel_id", SafeText, primary_key=True),
    Column("follower", SafeText, primary_key=True),
    _workspace(),
    Column("at", AwareUTC, nullable=False),
)

reminders = Table(
    "reminders",
    metadata,
    Column("id", SafeText, primary_key=True),
    _workspace(),
    Column("channel_id", SafeText, nullable=False),
    Column("story_id", SafeText, nullable=False, index=True),  # reminders_of
    Column("due_at", AwareUTC, nullable=False),
    Column("message", MessageText, nullable=False),
    Column("asked_by", SafeText, nullable=False),
    Column("made_at", AwareUTC, nullable=False),
    Column("told_by", SafeText),
    Column("ended_at", AwareUTC),
)
_partial(  # reminders_due: asked for every few seconds
    "reminders_waiting",
    reminders.c.due_at,
    where=reminders.c.ended_at.is_(None),
)

# What workspaces did of which they may do only so much in an hour; older rows go with the next use.
uses = Table(
    "uses",
    metadata,
    Column("number", _Serial, primary_key=True),
    _workspace(),
    Column("what", EnumText(Use), nullable=False),
    Column("at", AwareUTC, nullable=False),
    Index("uses_workspace_id_at", "workspace_id", "at"),  # use, used_since
)

leads = Table(
    "leads",
    metadata,
    Column("name", SafeText, primary_key=True),
    Column("holder", SafeText, nullable=False),
    Column("token", SafeText, nullable=False),
    Column("until", AwareUTC, nullable=False),
)

# Digests of what people said, until it cannot come again, so that of several processes one works on it.
heard = Table(
    "heard",
    metadata,
    Column("digest", SafeText, primary_key=True),
    Column("until", AwareUTC, nullable=False),
    Index("heard_until", "until"),  # forget_heard
)

# Workspaces that installed our app by themselves. Tokens are sealed with a key that is not in the database.
slack_installations = Table(
    "slack_installations",
    metadata,
    Column("team_id", SafeText, primary_key=True),
    Column("enterprise_id", SafeText, nullable=False),
    Column("bot_token", SafeText, nullable=False),
    Column("refresh_token", SafeText),
    Column("expires_at", AwareUTC),
    Column("scopes", TextTuple, nullable=False),
    Column("bot_user_id", SafeText, nullable=False),
    Column("bot_id", SafeText, nullable=False),
    Column("installed_at", AwareUTC, nullable=False),
    Column("renewing", SafeText),  # who exchanges the refresh token at this moment
    Column("renewing_until", AwareUTC),
)

# States of installations that were used, until they would not count any more.
slack_used_states = Table(
    "slack_used_states",
    metadata,
    Column("digest", SafeText, primary_key=True),
    Column("until", AwareUTC, nullable=False, index=True),  # use_state
)
