"""Sources that several processes poll: whose turn it is, and who asks.

Promises: of several that claim a source at the same instant one may ask it. Decides nothing about when a source is due.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime

from sqlalchemy import or_, select, update

from bot.core.sources import DueSource, SourceState
from bot.store.connected import Connected, chunks
from bot.store.sources import ALIVE, STATE, STATE_WITHOUT_MEMORY
from bot.store.tables import sources

_OF_DUE = {"due_at": "next_due_at"}


class ShareQueries(Connected):
    """Queries about sources of which every process polls a share."""

    async def due_now(self, now: datetime) -> list[DueSource]:
        """Every source that is due and not gone for good, longest overdue first; of each only what tells whose turn it is."""
        due = (
            select(*(sources.c[_OF_DUE.get(field.name, field.name)] for field in fields(DueSource)))
            .where(or_(sources.c.next_due_at.is_(None), sources.c.next_due_at <= now), ALIVE)
            .order_by(sources.c.next_due_at.nulls_first(), sources.c.source_id)
        )
        async with self._read() as connection:
            return [DueSource(*row) for row in await connection.execute(due)]

    async def states_of(self, keys: Collection[tuple[str, str]]) -> dict[str, SourceState]:
        """The states of these sources, whole, by id; asked for by workspace and id."""
        of_workspace: dict[str, list[str]] = {}
        for workspace_id, source_id in keys:
            of_workspace.setdefault(workspace_id, []).append(source_id)
        found: dict[str, SourceState] = {}
        async with self._read() as connection:
            for workspace_id, ids in of_workspace.items():
                for chunk in chunks(ids):
                    whose = (sources.c.workspace_id == workspace_id, sources.c.source_id.in_(chunk))
                    rows = await connection.execute(select(*STATE).where(*whose))
                    found.update((row.source_id, SourceState(*row)) for row in rows)
        return found

    async def throttled_sources(self, now: datetime) -> dict[str, SourceState]:
        """States of sources whose site wants to be left alone still, without their memories, by id."""
        query = select(*STATE_WITHOUT_MEMORY).where(sources.c.throttled_until > now)
        async with self._read() as connection:
            return {row.source_id: SourceState(*row) for row in await connection.execute(query)}

    async def claim_source(self, claimed: SourceState, known: SourceState) -> bool:
        """Store when a source is asked and is due again, unless another process did so since ``known`` was read.

        Returns whether it is ours to ask.
        """
        unchanged = (
            sources.c.next_due_at.is_not_distinct_from(known.next_due_at),
            sources.c.last_polled_at.is_not_distinct_from(known.last_polled_at),
        )
        values = {"next_due_at": claimed.next_due_at, "last_polled_at": claimed.last_polled_at}
        whose = (sources.c.workspace_id == claimed.workspace_id, sources.c.source_id == claimed.source_id)
        async with self._write() as connection:
            return (await connection.execute(update(sources).where(*whose, *unchanged).values(values))).rowcount == 1
