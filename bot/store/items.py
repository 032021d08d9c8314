"""Items: those that wait to be filed, in order of arrival, and any item by its id."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select

from bot.core.model import Item
from bot.core.sources import QueuedItem
from bot.store.connected import Connected, chunks
from bot.store.tables import QUEUED, items

ITEM = tuple(items.c[field.name] for field in fields(Item))

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_QUEUED = (
    select(items.c.arrival, items.c.baseline_rank, *ITEM)
    .where(items.c.phase == QUEUED)
    .order_by(items.c.arrival)
    .limit(bindparam("at_most"))
)
_QUEUED_COUNT = select(func.count()).select_from(items).where(items.c.phase == QUEUED)
_BY_ID = select(*ITEM).where(items.c.id.in_(_IDS))
_KNOWN = select(items.c.id).where(items.c.id.in_(_IDS))
_RANKS = select(items.c.id, items.c.baseline_rank).where(items.c.id.in_(_IDS), items.c.baseline_rank.is_not(None))


class ItemQueries(Connected):
    """Queries about items."""

    async def queued_items(self, limit: int) -> list[QueuedItem]:
        """The first ``limit`` items that wait to be filed, in order of arrival."""
        async with self._read() as connection:
            rows = await connection.execute(_QUEUED, {"at_most": limit})
            return [QueuedItem(Item(*row[2:]), row[0], row[1]) for row in rows]

    async def queued_by_source(self) -> dict[str, int]:
        """How many items of each source wait to be filed; sources of which none does are left out."""
        query = select(items.c.source_id, func.count()).where(items.c.phase == QUEUED).group_by(items.c.source_id)
        async with self._read() as connection:
            return {source_id: int(number) for source_id, number in await connection.execute(query)}

    async def queued_count(self) -> int:
        """How many items wait to be filed."""
        async with self._read() as connection:
            return (await connection.execute(_QUEUED_COUNT)).scalar_one()

    async def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Items by id; unknown ids are left out."""
        found: dict[str, Item] = {}
        async with self._read() as connection:
            for chunk in chunks(ids):
                found.update((row.id, Item(*row)) for row in await connection.execute(_BY_ID, {"ids": chunk}))
        return found

    async def known_item_ids(self, ids: Collection[str]) -> set[str]:
        """Those of ``ids`` that are stored."""
        found: set[str] = set()
        async with self._read() as connection:
            for chunk in chunks(ids):
                found.update((await connection.execute(_KNOWN, {"ids": chunk})).scalars())
        return found

    async def baseline_ranks(self, ids: Collection[str]) -> dict[str, int]:
        """Baseline rank by item id, of those of ``ids`` that came with the first poll of their source."""
        found: dict[str, int] = {}
        async with self._read() as connection:
            for chunk in chunks(ids):
                found.update((row.id, row.baseline_rank) for row in await connection.execute(_RANKS, {"ids": chunk}))
        return found
