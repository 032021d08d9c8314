"""The one transaction in which items, matches, stories and deliveries become true together.

Promises: a batch is committed whole or not at all; before it writes, it looks again at everything the decisions rested on,
and raises Stale if any of that changed; rows get their sequence in the order of commit. Never decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.deliveries import Delivery, DeliveryState
from bot.core.model import Item, Match
from bot.core.outbox import AlertBatch, NewDelivery, Revision, Stale
from bot.core.overlays import OverlayChange
from bot.core.reasons import Reason
from bot.core.stories import FiledItem, StoryRecord
from bot.store.archive import add_words, write_words
from bot.store.commitments import write_commitments
from bot.store.connected import chunks
from bot.store.deliverywriter import DeliveryWriter
from bot.store.edits import settle_edits
from bot.store.overlays import check_overlays, insert_workspace, write_overlays
from bot.store.rows import DELIVERY, deliveries_by_id
from bot.store.silences import carry_over
from bot.store.tables import Phase, deliveries, draft_matches, item_keys, item_terms, items, matches, memberships, stories

_COMMIT_LOCK = 0x574C4D5000000002
"""Key of the PostgreSQL advisory lock under which batches commit one after another: only then does the order of ``sequence``
agree with the order of commit, which is the order per channel that people see. SQLite has one writer anyway."""

WAITING = frozenset({DeliveryState.HELD, DeliveryState.PENDING})
"""States of a row that nobody has begun to send."""

_READ_FIELDS = tuple(field.name for field in fields(Item) if field.name not in {"id", "source_id", "guid", "first_seen"})
_STORY_FIELDS = tuple(field.name for field in fields(StoryRecord))

_QUEUED = select(items.c.id, items.c.arrival, items.c.phase).where(items.c.id.in_(bindparam("ids", expanding=True)))
_VERSIONS = select(stories.c.id, stories.c.version).where(stories.c.id.in_(bindparam("ids", expanding=True)))
_ADOPTED = (
    select(memberships.c.item_id, memberships.c.story_id)
    .where(memberships.c.item_id.in_(bindparam("ids", expanding=True)))
    .order_by(memberships.c.arrival)
    .with_for_update()
)
_WAITING = select(*DELIVERY, deliveries.c.planned_reason).where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
# In the updates below, a parameter named like a column is its new value.
_FILE_ITEM = update(items).where(items.c.id == bindparam("of_item"))
_OF_MEMBER = update(memberships).where(memberships.c.item_id == bindparam("of_item"))
_OF_STORY = (
    update(memberships)
    .where(memberships.c.story_id == bindparam("of_story"))
    .values(story_id=bindparam("into"), home=func.coalesce(memberships.c.home, memberships.c.story_id))
)
_MERGE = (
    update(stories)
    .where(stories.c.id == bindparam("of_story"), stories.c.merged_into.is_(None))
    .values(merged_into=bindparam("into"), version=stories.c.version + 1)
)
_OF_DELIVERY = update(deliveries).where(deliveries.c.id == bindparam("of_delivery"))
_TOLD_IN_DIGEST = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)), deliveries.c.state.in_(WAITING))
    .values(state=DeliveryState.SKIPPED, reason=Reason.IN_DIGEST, updated_at=bindparam("now"))
    .returning(deliveries.c.id)
)


class AlertCommits(DeliveryWriter):
    """Commits of decisions."""

    async def commit_alert(self, batch: AlertBatch) -> list[Delivery]:
        """Commit a batch; returns the rows it wrote or revised, as committed, in order of sequence.

        Raises:
            Stale: an item is no longer queued, a story changed, or a row is no longer in its expected state; nothing was written.
        """
        async with self._write() as connection:
            await _one_at_a_time(connection)
            return await self._commit(connection, batch)

    async def commit_overlay(self, change: OverlayChange, batch: AlertBatch) -> list[Delivery]:
        """Write a person's decision about stories with the rows of the outbox that follow from it; returns those rows.

        Args:
            change: the decision.
            batch: what follows; it files nothing.

        Raises:
            Stale: another decision came in between, a story changed, or a row is no longer in its expected state; nothing
                was written.
        """
        async with self._write() as connection:
            await _one_at_a_time(connection)
            await check_overlays(connection, change.seen)
            written = await self._commit(connection, batch)
            await write_overlays(connection, insert_workspace(self._insert), change)
            return written

    async def _commit(self, connection: AsyncConnection, batch: AlertBatch) -> list[Delivery]:
        await check_overlays(connection, batch.overlays)
        await _check_items(connection, batch.filed)
        await _check_stories(connection, batch.seen_versions)
        await _check_adopted(connection, batch.filed)
        await _file_items(connection, batch.filed)
        await write_words(connection, batch.filed)
        await settle_edits(connection, batch.edited, batch.now)
        await add_words(connection, batch.edited)
        await self._write_stories(connection, batch.stories)
        await _write_members(connection, batch.filed)
        await _apply_changes(connection, batch.filed)
        merged = [gone for entry in batch.filed for gone in entry.change.merged]
        await write_commitments(connection, batch.commitments, merged)
        into = [(gone, entry.change.story_id) for entry in batch.filed for gone in entry.change.merged if entry.change.story_id]
        await carry_over(connection, self._insert, into)
        await _revise(connection, batch.revisions, batch.now)
        await self._write_deliveries(connection, batch.deliveries, batch.now)
        touched = [new.id for new in batch.deliveries] + [revision.delivery_id for revision in batch.revisions]
        return await deliveries_by_id(connection, touched)

    async def commit_digest(self, new: NewDelivery, held_ids: Sequence[str], now: datetime) -> Delivery:
        """Write a digest and mark the rows that it tells (held, or pending behind an outage) as skipped, in one transaction.

        Raises:
            Stale: one of the rows waits no longer; nothing was written.
        """
        async with self._write() as connection:
            await _one_at_a_time(connection)
            for chunk in chunks(held_ids):  # after a flood there are thousands, so their messages are not read for this
                told = await connection.execute(_TOLD_IN_DIGEST, {"ids": chunk, "now": now})
                if gone := sorted(set(chunk).difference(told.scalars())):
                    raise Stale(f"delivery {gone[0]} waits no longer")
            await self._write_deliveries(connection, [new], now)
            return (await deliveries_by_id(connection, [new.id]))[0]

    async def _write_stories(self, connection: AsyncConnection, records: Sequence[StoryRecord]) -> None:
        if not records:
            return
        statement = self._insert(stories)
        statement = statement.on_conflict_do_update(
            index_elements=[stories.c.id], set_={name: statement.excluded[name] for name in _STORY_FIELDS if name != "id"}
        )
        rows = [{name: getattr(record, name) for name in _STORY_FIELDS} for record in records]
        await connection.execute(statement, rows)


async def _one_at_a_time(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(_COMMIT_LOCK)))


async def _check_items(connection: AsyncConnection, filed: Sequence[FiledItem]) -> None:
    stored: dict[str, tuple[int, Phase]] = {}
    for chunk in chunks(entry.item.id for entry in filed):
        rows = await connection.execute(_QUEUED.order_by(items.c.arrival).with_for_update(), {"ids": chunk})
        stored.update((row.id, (row.arrival, row.phase)) for row in rows)
    for entry in filed:
        if stored.get(entry.item.id) != (entry.order, Phase.QUEUED):
            raise Stale(f"item {entry.item.id} is no longer queued")


async def _check_stories(connection: AsyncConnection, seen: Sequence[tuple[str, int]]) -> None:
    stored: dict[str, int] = {}
    for chunk in chunks(story_id for story_id, _ in seen):
        rows = await connection.execute(_VERSIONS.order_by(stories.c.id).with_for_update(), {"ids": chunk})
        stored.update((row.id, row.version) for row in rows)
    for story_id, version in seen:
        if stored.get(story_id) != version:
            raise Stale(f"story {story_id} changed")


async def _check_adopted(connection: AsyncConnection, filed: Sequence[FiledItem]) -> None:
    own = {entry.item.id for entry in filed}
    for chunk in chunks(item_id for entry in filed for item_id in entry.change.adopted if item_id not in own):
        stored = {row.item_id: row.story_id for row in await connection.execute(_ADOPTED, {"ids": chunk})}
        for item_id in chunk:
            if item_id not in stored:
                raise Stale(f"item {item_id} is filed no longer: it changed and waits again")
            if stored[item_id] is not None:
                raise Stale(f"item {item_id} has a story by now")


async def _check_waiting(connection: AsyncConnection, expected: Mapping[str, frozenset[DeliveryState]]) -> dict[str, Any]:
    stored: dict[str, Any] = {}
    for chunk in chunks(expected):
        rows = await connection.execute(_WAITING.order_by(deliveries.c.sequence).with_for_update(), {"ids": chunk})
        stored.update((row.id, row) for row in rows)
    for delivery_id, states in expected.items():
        if delivery_id not in stored or stored[delivery_id].state not in states:
            raise Stale(f"delivery {delivery_id} is no longer {' or '.join(sorted(states))}")
    return stored


async def _file_items(connection: AsyncConnection, filed: Sequence[FiledItem]) -> None:
    rows = [
        {"of_item": entry.item.id, "phase": Phase.FILED, **{name: getattr(entry.item, name) for name in _READ_FIELDS}}
        for entry in filed
    ]
    if rows:
        await connection.execute(_FILE_ITEM, rows)


async def _write_members(connection: AsyncConnection, filed: Sequence[FiledItem]) -> None:
    await _insert_all(
        connection,
        memberships,
        (
            {
                "arrival": entry.order,
                "item_id": entry.item.id,
                "fingerprint": entry.fingerprint,
                "story_id": entry.change.story_id,
                "duplicate_of": entry.change.duplicate_of,
                "rerun_of": entry.change.rerun_of,
                "matched": bool(entry.matches),
                "tier": entry.change.tier,
                "score": entry.change.score,
                "why": entry.change.why,
                "model_version": entry.change.model_version,
                "reason": entry.reason,
            }
            for entry in filed
        ),
    )
    await _insert_all(
        connection, item_keys, ({"key": key, "arrival": entry.order} for entry in filed for key in dict.fromkeys(entry.keys))
    )
    await _insert_all(
        connection, item_terms, ({"term": term, "arrival": entry.order} for entry in filed for term in sorted(set(entry.terms)))
    )
    await _insert_all(connection, matches, (_match_row(match) for entry in filed for match in entry.matches))
    await _insert_all(connection, draft_matches, (_match_row(match) for entry in filed for match in entry.drafts))


def _match_row(match: Match) -> Mapping[str, Any]:
    return {field.name: getattr(match, field.name) for field in fields(Match)}


async def _insert_all(connection: AsyncConnection, table: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    values = list(rows)
    if values:
        await connection.execute(insert(table), values)


async def _apply_changes(connection: AsyncConnection, filed: Sequence[FiledItem]) -> None:
    """What the items did to other items and to stories, as ``stories.index.MemoryIndex.apply`` does it, in order of arrival.

    Adoptions come before merges: a story that was merged away adopts nobody afterwards, but what it adopted moves on with it.
    An item's original is what the last change says of it; in one change reruns come after copies.
    """
    changes = [entry.change for entry in filed]
    merged = [(gone, change.story_id) for change in changes for gone in change.merged]
    originals: dict[str, tuple[str, str | None]] = {}
    for change in changes:
        originals.update((item_id, (original, None)) for item_id, original in change.copies)
        originals.update((item_id, (original, original)) for item_id, original in change.reruns)
    for statement, rows in (
        (_OF_MEMBER, [{"of_item": item_id, "story_id": change.story_id} for change in changes for item_id in change.adopted]),
        (_OF_STORY, [{"of_story": gone, "into": into} for gone, into in merged]),
        (_MERGE, [{"of_story": gone, "into": into} for gone, into in merged]),
        (
            _OF_MEMBER,
            [{"of_item": item_id, "duplicate_of": copy, "rerun_of": rerun} for item_id, (copy, rerun) in originals.items()],
        ),
    ):
        if rows:
            await connection.execute(statement, rows)


async def _revise(connection: AsyncConnection, revisions: Sequence[Revision], now: datetime) -> None:
    stored = await _check_waiting(connection, {revision.delivery_id: frozenset({revision.expected}) for revision in revisions})
    rows = []
    for revision in revisions:
        row = stored[revision.delivery_id]
        ends = revision.state is not None and revision.state not in WAITING
        reason = row.reason if revision.reason is None else revision.reason
        rows.append(
            {
                "of_delivery": revision.delivery_id,
                "message": row.message if revision.message is None else revision.message,
                "state": row.state if revision.state is None else revision.state,
                "reason": reason,
                "planned_reason": row.planned_reason if ends else reason,
                "not_before": row.not_before if revision.not_before is None else revision.not_before,
                "story_id": row.story_id if revision.story_id is None else revision.story_id,
                "updated_at": now,
            }
        )
    if rows:
        await connection.execute(_OF_DELIVERY, rows)
