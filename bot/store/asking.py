"""What people ask about: what was told lately, what became of an article, what waits. Reads alone, each by an index."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, func, or_, select

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.model import Item
from bot.core.reasons import Reason
from bot.core.stories import Filing, Posted
from bot.store.connected import Connected, chunks
from bot.store.items import ITEM
from bot.store.rows import DELIVERY, deliveries_by_id
from bot.store.tables import QUEUED, deliveries, item_keys, items, memberships

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_FILING = tuple(memberships.c["arrival" if field.name == "order" else field.name] for field in fields(Filing))
_FILINGS = select(*_FILING).where(memberships.c.item_id.in_(_IDS))
_UNDER_KEYS = (
    select(*ITEM)
    .where(items.c.arrival.in_(select(item_keys.c.arrival).where(item_keys.c.key.in_(bindparam("keys", expanding=True)))))
    .order_by(items.c.arrival)
    .limit(bindparam("at_most"))
)
_QUEUED_AT = (
    select(*ITEM)
    .where(items.c.phase == QUEUED, items.c.canonical_url == bindparam("address"))
    .order_by(items.c.arrival)
    .limit(bindparam("at_most"))
)
AT_MOST = 100
"""Items looked at under one key: an address is an article's own, so more are a source that repeats itself."""

_COUNTED_AT_ONCE = 2_000
"""Items looked at with one statement when those of a week are counted."""

_TOLD = and_(
    deliveries.c.action == Action.POST,
    deliveries.c.story_id.is_not(None),
    or_(
        deliveries.c.state == DeliveryState.SENT,
        and_(deliveries.c.state == DeliveryState.SKIPPED, deliveries.c.reason == Reason.IN_DIGEST),
    ),
)
_UNSETTLED = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.IN_DOUBT, DeliveryState.HELD, DeliveryState.DEAD)


class AskingQueries(Connected):
    """Queries behind the commands."""

    async def latest_posts(self, channel_ids: Collection[str], limit: int) -> list[Posted]:
        """The newest ``limit`` stories told in these channels, newest first; one told in several counts once, as told last.

        A story told in a digest counts from when the digest was written; one merged away since is named as it was told.
        """
        told = func.max(deliveries.c.updated_at)
        query = (
            select(deliveries.c.story_id, told)
            .where(deliveries.c.channel_id.in_(_IDS), _TOLD)
            .group_by(deliveries.c.story_id)
            .order_by(told.desc(), func.max(deliveries.c.sequence).desc())
            .limit(limit)
        )
        found: list[Posted] = []
        async with self._read() as connection:
            for chunk in chunks(channel_ids):
                found += [Posted(story_id, at) for story_id, at in await connection.execute(query, {"ids": chunk})]
        newest: dict[str, Posted] = {}
        for posted in sorted(found, key=lambda posted: posted.told_at, reverse=True):
            newest.setdefault(posted.story_id, posted)
        return list(newest.values())[:limit]

    async def deliveries_of(self, story_ids: Collection[str], channel_ids: Collection[str]) -> list[Delivery]:
        """Every row of these stories in these channels, in order of sequence."""
        found: list[Delivery] = []
        async with self._read() as connection:
            for channel_chunk in chunks(channel_ids, 100):
                for chunk in chunks(story_ids):
                    query = select(*DELIVERY).where(deliveries.c.channel_id.in_(channel_chunk), deliveries.c.story_id.in_(chunk))
                    found += [Delivery(*row) for row in await connection.execute(query)]
        return sorted(found, key=lambda delivery: delivery.sequence)

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """One row by its number; None if there is none."""
        async with self._read() as connection:
            return next(iter(await deliveries_by_id(connection, [delivery_id])), None)

    async def items_under(self, keys: Collection[str]) -> list[Item]:
        """Filed items under any of these keys (``FiledItem.keys``), by arrival; at most ``AT_MOST`` of them."""
        if not keys:
            return []
        async with self._read() as connection:
            rows = await connection.execute(_UNDER_KEYS, {"keys": sorted(set(keys)), "at_most": AT_MOST})
            return [Item(*row) for row in rows]

    async def items_by_source(self, since: datetime) -> dict[str, int]:
        """How many items each source brought since then, whoever declared it; a source that brought none is left out.

        Items come in the order of time but for a few that were queued again, so the newest are read, some at a time, until all
        of them are older: the archive behind them costs nothing, and no index has to be kept for it.
        """
        counts: dict[str, int] = {}
        before = None
        async with self._read() as connection:
            while True:
                query = select(items.c.arrival, items.c.source_id, items.c.first_seen).order_by(items.c.arrival.desc())
                query = query.limit(_COUNTED_AT_ONCE)
                rows = list(await connection.execute(query if before is None else query.where(items.c.arrival < before)))
                new = [row.source_id for row in rows if row.first_seen >= since]
                for source_id in new:
                    counts[source_id] = counts.get(source_id, 0) + 1
                if not new or len(rows) < _COUNTED_AT_ONCE:
                    return counts
                before = rows[-1].arrival

    async def queued_at(self, canonical_url: str) -> list[Item]:
        """Items of this canonical address that wait to be filed, by arrival; at most ``AT_MOST`` of them."""
        async with self._read() as connection:
            rows = await connection.execute(_QUEUED_AT, {"address": canonical_url, "at_most": AT_MOST})
            return [Item(*row) for row in rows]

    async def filings(self, item_ids: Collection[str]) -> dict[str, Filing]:
        """What was decided about filed items, by item id; others are left out."""
        found: dict[str, Filing] = {}
        async with self._read() as connection:
            for chunk in chunks(item_ids):
                found.update((row.item_id, Filing(*row)) for row in await connection.execute(_FILINGS, {"ids": chunk}))
        return found

    async def waiting_counts(self, channel_ids: Collection[str]) -> dict[DeliveryState, int]:
        """How many rows of these channels are not over, and how many were given up, by state; states without rows are left out."""
        query = (
            select(deliveries.c.state, func.count())
            .where(deliveries.c.state.in_(_UNSETTLED), deliveries.c.channel_id.in_(_IDS))
            .group_by(deliveries.c.state)
        )
        counts: dict[DeliveryState, int] = {}
        async with self._read() as connection:
            for chunk in chunks(channel_ids):
                for state, count in await connection.execute(query, {"ids": chunk}):
                    counts[state] = counts.get(state, 0) + count
        return counts
