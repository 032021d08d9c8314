"""Sources: what is remembered of each between polls, and the one transaction in which a poll is stored.

Promises: an item is stored once, whatever a source repeats; a source's validators and its items are stored together, so
that nothing the server said is forgotten or lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.identity import digest
from bot.core.model import FILE_WORKSPACE, Item
from bot.core.records import PollRecord, SourceConfig, SourceState
from bot.store.connected import Connected, chunks
from bot.store.tables import Phase, items, sources, workspaces

_STATE = tuple(sources.c[field.name] for field in fields(SourceState))
_ITEM_FIELDS = tuple(field.name for field in fields(Item))
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When a source is due that was never given a time: before every instant of ours."""


@dataclass(frozen=True, slots=True)
class CommittedPoll:
    """What a stored poll changed: ids in the order of the poll."""

    new: tuple[str, ...]
    updated: tuple[str, ...]


class SourceQueries(Connected):
    """Queries about sources."""

    async def add_workspaces(self, ids: Collection[str]) -> None:
        """Make workspaces known; those that are known stay as they are."""
        async with self._write() as connection:
            await self._add_workspaces(connection, ids)

    async def _add_workspaces(self, connection: AsyncConnection, ids: Collection[str]) -> None:
        wanted = sorted(set(ids) - {FILE_WORKSPACE})
        if wanted:
            await connection.execute(self._insert(workspaces).on_conflict_do_nothing(), [{"id": workspace} for workspace in wanted])

    async def source_states(self, *, workspace_id: str = FILE_WORKSPACE) -> dict[str, SourceState]:
        """Every state by source id, those of sources no longer declared too."""
        async with self._read() as connection:
            return await _states(connection, workspace_id)

    async def declare_sources(self, configs: Sequence[SourceConfig], now: datetime) -> None:
        """Make declared sources known and due, and void the validators of one whose address changed.

        A source keeps its state while it is not declared: put back, it goes on where it stopped, without a second baseline.
        """
        async with self._write() as connection:
            await self._add_workspaces(connection, {config.workspace_id for config in configs})
            states: dict[str, Mapping[str, SourceState]] = {}
            changed = []
            for config in configs:
                if config.workspace_id not in states:
                    states[config.workspace_id] = await _states(connection, config.workspace_id)
                state = states[config.workspace_id].get(config.id)
                address_hash = digest(config.url)
                if state is None:
                    changed.append(SourceState(config.id, config.workspace_id, address_hash, next_due_at=now))
                elif state.address_hash != address_hash:
                    changed.append(
                        SourceState(
                            config.id,
                            config.workspace_id,
                            address_hash,
                            next_due_at=now,
                            last_polled_at=state.last_polled_at,
                            last_success_at=state.last_success_at,
                            baselined_at=state.baselined_at,
                        )
                    )
            await self._save(connection, changed)

    async def due_sources(
        self, ids: Collection[str], now: datetime, limit: int, *, workspace_id: str = FILE_WORKSPACE
    ) -> list[SourceState]:
        """Those of the sources ``ids`` that are due, longest overdue first, at most ``limit``."""
        wanted = set(ids)
        due = (
            select(*_STATE)
            .where(sources.c.workspace_id == workspace_id, or_(sources.c.next_due_at.is_(None), sources.c.next_due_at <= now))
            .order_by(sources.c.next_due_at.nulls_first(), sources.c.source_id)
        )
        if len(wanted) == 1:
            due = due.where(sources.c.source_id == next(iter(wanted)))
        async with self._read() as connection:
            found = [SourceState(*row) for row in await connection.execute(due)]
        return [state for state in found if state.source_id in wanted][:limit]

    async def next_due(self, ids: Collection[str], *, workspace_id: str = FILE_WORKSPACE) -> datetime | None:
        """When the first of the sources ``ids`` is due (long ago, if it was never given a time); None if none of them is known."""
        wanted = set(ids)
        query = select(sources.c.source_id, sources.c.next_due_at).where(sources.c.workspace_id == workspace_id)
        async with self._read() as connection:
            times = [due or LONG_AGO for source_id, due in await connection.execute(query) if source_id in wanted]
        return min(times, default=None)

    async def make_due(self, waits: Sequence[tuple[str, timedelta]], now: datetime, *, workspace_id: str = FILE_WORKSPACE) -> int:
        """Pull back every source due later than ``now`` plus its wait, to just then: what a clock set back would have put off.

        Returns how many were pulled back.
        """
        async with self._write() as connection:
            states = await _states(connection, workspace_id, lock=True)
            late = []
            for source_id, wait in waits:
                state = states.get(source_id)
                if state is not None and state.next_due_at is not None and state.next_due_at > now + wait:
                    late.append({"of_workspace": workspace_id, "of_source": source_id, "next_due_at": now + wait})
            if late:
                await connection.execute(_SET_DUE, late)
            return len(late)

    async def save_source_state(self, state: SourceState) -> None:
        """Store a source's state as it is."""
        async with self._write() as connection:
            await self._save(connection, [state])

    async def commit_poll(self, record: PollRecord, now: datetime) -> CommittedPoll:
        """Store a poll in one transaction: the source's state, items not seen before, and changed words of those seen.

        An item is told by its id. One with the same ``content_hash`` is ignored; another hash updates its title, summary,
        text, hash and ``date_modified`` in place (an empty text never replaces a text: that came from the article's page).
        An id given twice counts once, as it came first. ``now`` is when this is stored.
        """
        given: dict[str, tuple[Item, int | None]] = {}
        for item, rank in record.items:
            given.setdefault(item.id, (item, rank))
        async with self._write() as connection:
            await self._save(connection, [record.state])
            known = await _known_hashes(connection, given)
            new = [
                {
                    **{name: getattr(item, name) for name in _ITEM_FIELDS},
                    "workspace_id": record.state.workspace_id,
                    "baseline_rank": rank,
                    "phase": Phase.QUEUED,
                }
                for item, rank in given.values()
                if item.id not in known
            ]
            changed = [item for item, _ in given.values() if item.id in known and known[item.id] != item.content_hash]
            if new:
                await connection.execute(insert(items), new)
            # Rows of one statement set the same columns, so those with a text and those without go apart.
            for group in ([item for item in changed if item.content_text], [item for item in changed if not item.content_text]):
                if group:
                    await connection.execute(_OF_ITEM, [_words(item) for item in group])
        return CommittedPoll(tuple(row["id"] for row in new), tuple(item.id for item in changed))

    async def _save(self, connection: AsyncConnection, states: Sequence[SourceState]) -> None:
        if not states:
            return
        statement = self._insert(sources)
        statement = statement.on_conflict_do_update(
            index_elements=[sources.c.workspace_id, sources.c.source_id],
            set_={column.name: statement.excluded[column.name] for column in sources.columns if not column.primary_key},
        )
        rows = [{column.name: getattr(state, column.name) for column in _STATE} for state in states]
        await connection.execute(statement, rows)


# In the updates below, a parameter named like a column is its new value.
_SET_DUE = update(sources).where(sources.c.workspace_id == bindparam("of_workspace"), sources.c.source_id == bindparam("of_source"))
_HASHES = (
    select(items.c.id, items.c.content_hash)
    .where(items.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(items.c.arrival)
    .with_for_update()
)
_WORDS = ("title", "summary", "content_hash", "date_modified")
_OF_ITEM = update(items).where(items.c.id == bindparam("of_item"))


def _words(item: Item) -> dict[str, Any]:
    names = (*_WORDS, "content_text", "text_state") if item.content_text else _WORDS
    return {"of_item": item.id, **{name: getattr(item, name) for name in names}}


async def _states(connection: AsyncConnection, workspace_id: str, *, lock: bool = False) -> dict[str, SourceState]:
    query = select(*_STATE).where(sources.c.workspace_id == workspace_id).order_by(sources.c.source_id)
    if lock:
        query = query.with_for_update()
    return {row.source_id: SourceState(*row) for row in await connection.execute(query)}


async def _known_hashes(connection: AsyncConnection, ids: Collection[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for chunk in chunks(ids):
        known.update((row.id, row.content_hash) for row in await connection.execute(_HASHES, {"ids": chunk}))
    return known
