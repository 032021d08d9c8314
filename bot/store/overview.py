"""What people ask about a week or about everything at once: promises by date, what came, what was told. Reads alone.

Promises: a question about the last days costs what these days hold, not what the archive holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.deliveries import Delivery, DeliveryState
from bot.core.model import Commitment
from bot.core.overview import Arrived, Promised
from bot.core.reasons import Reason
from bot.store.connected import Connected, chunks
from bot.store.rows import DELIVERY
from bot.store.tables import commitments, deliveries, items, matches, memberships

_COMMITMENT = tuple(commitments.c[field.name] for field in fields(Commitment))
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_NEXT = select(items.c.arrival, items.c.first_seen).where(items.c.arrival >= bindparam("number")).order_by(items.c.arrival).limit(1)
_MATCHED = exists().where(matches.c.item_id == items.c.id, matches.c.rule_id.in_(_IDS))

_MATCHED_WITHIN = exists().where(
    memberships.c.story_id == commitments.c.story_id, matches.c.item_id == memberships.c.item_id, matches.c.rule_id.in_(_IDS)
)


class OverviewQueries(Connected):
    """Queries behind ``commitments`` and ``stats``."""

    async def promised(
        self, rule_ids: Collection[str], *, first: str, last: str, limit: int, newest_first: bool = False
    ) -> list[Promised]:
        """Commitments of stories in which any of these rules matched an article, by date; perhaps not the article of the promise.

        Args:
            rule_ids: of the rules.
            first: the earliest day, YYYY-MM-DD.
            last: the latest day.
            limit: at most so many.
            newest_first: the latest day first.
        """
        order = commitments.c.date.desc() if newest_first else commitments.c.date
        query = (
            select(commitments.c.story_id, *_COMMITMENT)
            .where(
                commitments.c.date.between(first, last),
                _MATCHED_WITHIN,
            )
            .order_by(order, commitments.c.story_id, commitments.c.number)
            .limit(limit)
        )
        found: dict[Promised, None] = {}
        async with self._read() as connection:
            for chunk in chunks(rule_ids):
                rows = await connection.execute(query, {"ids": chunk})
                found.update((Promised(row[0], Commitment(*row[1:])), None) for row in rows)
        return sorted(found, key=lambda one: one.commitment.date, reverse=newest_first)[:limit]

    async def arrived(self, since: datetime, rule_ids: Collection[str]) -> Arrived:
        """What was filed of the items first seen since then, and which outlets these rules found there.

        Items come in the order of time but for a few that were queued again, which count with what came beside them.
        """
        copied = func.sum(case((memberships.c.duplicate_of.is_not(None), 1), else_=0))
        count = func.count()
        counts: dict[str, int] = {}
        copies: dict[str, int] = {}
        outlets: Counter[tuple[str | None, str | None]] = Counter()
        async with self._read() as connection:
            filed = items.join(memberships, memberships.c.arrival == items.c.arrival)
            first = await _first_since(connection, since)
            new = and_(memberships.c.arrival >= first, items.c.arrival >= first)  # PostgreSQL does not conclude one from the other
            of_sources = select(items.c.source_id, count, copied).select_from(filed).where(new).group_by(items.c.source_id)
            for source_id, number, repeated in await connection.execute(of_sources):
                counts[source_id] = number
                if repeated:
                    copies[source_id] = int(repeated)
            original = items.alias("original")
            of_originals = (
                select(items.c.source_id, original.c.source_id, original.c.id, count)
                .select_from(filed.join(original, original.c.id == memberships.c.duplicate_of))
                .where(new, original.c.source_id.contains("/"))  # of a scope, perhaps (``bot.core.declared``)
                .group_by(items.c.source_id, original.c.source_id, original.c.id)
            )
            originals = {(row[0], row[1], row[2]): int(row[3]) for row in await connection.execute(of_originals)}
            of_outlets = (
                select(items.c.id, items.c.outlet, items.c.canonical_url)
                .select_from(filed)
                .where(new, memberships.c.matched, _MATCHED)
            )
            seen: set[str] = set()
            for chunk in chunks(rule_ids):
                for item_id, outlet, url in await connection.execute(of_outlets, {"ids": chunk}):
                    if item_id not in seen:
                        seen.add(item_id)
                        outlets[outlet, url] += 1
        return Arrived(counts, copies, tuple((outlet, url, number) for (outlet, url), number in outlets.items()), originals)

    async def told_since(self, channel_ids: Collection[str], since: datetime, *, limit: int) -> list[Delivery]:
        """What these channels were sent, or told in a digest, since then, by sequence; the newest ``limit`` rows at most."""
        told = or_(
            deliveries.c.state == DeliveryState.SENT,
            and_(deliveries.c.state == DeliveryState.SKIPPED, deliveries.c.reason == Reason.IN_DIGEST),
        )
        query = (
            select(*DELIVERY)
            .where(
                deliveries.c.channel_id.in_(_IDS),
                deliveries.c.state.in_((DeliveryState.SENT, DeliveryState.SKIPPED)),
                deliveries.c.updated_at >= since,
                told,
            )
            .order_by(deliveries.c.sequence.desc())
            .limit(limit)
        )
        found: list[Delivery] = []
        async with self._read() as connection:
            for chunk in chunks(channel_ids, 100):
                found += [Delivery(*row) for row in await connection.execute(query, {"ids": chunk})]
        return sorted(found, key=lambda row: row.sequence)


async def _first_since(connection: AsyncConnection, since: datetime) -> int:
    """The number of the first item seen since then, by halving: some twenty look-ups in a million items."""
    low = 0
    high = int((await connection.execute(select(func.max(items.c.arrival)))).scalar() or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = (await connection.execute(_NEXT, {"number": middle})).first()
        if row is None or row.first_seen >= since:
            high = middle
        else:
            low = row.arrival + 1
    return low
