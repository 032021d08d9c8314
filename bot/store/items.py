"""Items: those that wait to be filed, in the order in which they should be, and any item by its id."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import fields
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.fairshare import in_turn
from bot.core.model import FILE_WORKSPACE, Item
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
# Whether more than one workspace waits; two of them, since SQLite looks up one end of an index at a time.
_ENDS = select(
    select(func.min(items.c.workspace_id)).where(items.c.phase == QUEUED).scalar_subquery(),
    select(func.max(items.c.workspace_id)).where(items.c.phase == QUEUED).scalar_subquery(),
)
# Each step is one look into the index ``items_queued_of``: the next workspace; the next item of each workspace in turn.
_WAITING = text("""
    WITH RECURSIVE waiting(workspace_id) AS (
        SELECT min(workspace_id) FROM items WHERE phase = 'queued'
        UNION ALL
        SELECT (
            SELECT min(items.workspace_id) FROM items WHERE items.phase = 'queued' AND items.workspace_id > waiting.workspace_id
        )
        FROM waiting WHERE waiting.workspace_id IS NOT NULL
    ) SELECT workspace_id FROM waiting WHERE workspace_id IS NOT NULL
""")
_IN_ROUNDS = """
    WITH RECURSIVE heads(workspace_id, arrival) AS (
        SELECT asked.value, (SELECT min(items.arrival) FROM items WHERE items.phase = 'queued' AND items.workspace_id = asked.value)
        FROM {names} AS asked
        UNION ALL
        SELECT heads.workspace_id, (
            SELECT min(items.arrival) FROM items
            WHERE items.phase = 'queued' AND items.workspace_id = heads.workspace_id AND items.arrival > heads.arrival
        )
        FROM heads WHERE heads.arrival IS NOT NULL
    ) SELECT workspace_id, arrival FROM heads WHERE arrival IS NOT NULL LIMIT :at_most
"""
_ROUNDS = {
    "sqlite": text(_IN_ROUNDS.format(names="json_each(:names)")),
    "postgresql": text(_IN_ROUNDS.format(names="(SELECT json_array_elements_text(CAST(:names AS json)) AS value)")),
}
_OF_FILE = (
    select(items.c.arrival)
    .where(items.c.phase == QUEUED, items.c.workspace_id == FILE_WORKSPACE)
    .order_by(items.c.arrival)
    .limit(bindparam("at_most"))
)
_BY_ARRIVAL = select(items.c.arrival, items.c.baseline_rank, *ITEM).where(items.c.arrival.in_(_IDS), items.c.phase == QUEUED)
_QUEUED_COUNT = select(func.count()).select_from(items).where(items.c.phase == QUEUED)
_BY_ID = select(*ITEM).where(items.c.id.in_(_IDS))
_KNOWN = select(items.c.id).where(items.c.id.in_(_IDS))
_RANKS = select(items.c.id, items.c.baseline_rank).where(items.c.id.in_(_IDS), items.c.baseline_rank.is_not(None))


class ItemQueries(Connected):
    """Queries about items."""

    async def queued_items(self, limit: int, *, after: str = "") -> list[QueuedItem]:
        """The first ``limit`` items that wait to be filed: by arrival, and where several workspaces wait, in turn.

        Whose turn it is says ``bot.core.fairshare.in_turn``: however long one workspace's queue is, another one's is read from its
        head on. Costs a look into an index for each workspace that waits and each item.

        Args:
            limit: at most so many.
            after: the workspace that had the last turn.
        """
        async with self._read() as connection:
            first, last = (await connection.execute(_ENDS)).one()
            if first == last:
                rows = (await connection.execute(_QUEUED, {"at_most": limit})).all()
            else:
                numbers = await self._in_turn(connection, limit, after)
                found: dict[int, Row[Any]] = {}
                for chunk in chunks(numbers):
                    found.update((row[0], row) for row in await connection.execute(_BY_ARRIVAL, {"ids": chunk}))
                rows = [found[number] for number in numbers if number in found]
            return [QueuedItem(Item(*row[2:]), row[0], row[1]) for row in rows]

    async def _in_turn(self, connection: AsyncConnection, limit: int, after: str) -> list[int]:
        """Numbers of arrival of what should be taken."""
        waiting = [name for name in (await connection.execute(_WAITING)).scalars() if name != FILE_WORKSPACE]
        names = in_turn(waiting, str, after=after)[:limit]
        asked = {"names": json.dumps(names), "at_most": limit}
        others = (await connection.execute(_ROUNDS[self._engines.dialect], asked)).all()
        files = (await connection.execute(_OF_FILE, {"at_most": limit})).scalars()
        pieces = [*((FILE_WORKSPACE, number) for number in files), *sorted((str(row[0]), int(row[1])) for row in others)]
        return [number for _, number in in_turn(pieces, itemgetter(0), after=after)[:limit]]

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
