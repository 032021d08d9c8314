"""Sources: what is remembered of each between polls, and the one transaction in which a poll is stored.

Promises: an item is stored once, whatever a source repeats; a source's validators and its items are stored together, so
that nothing the server said is forgotten or lost. What a publisher changes in a filed item is taken in with the next decisions
(``bot.store.edits``); where the item belongs stays as it was decided.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.identity import digest, reissued_id, retitled, says_more
from bot.core.model import FILE_WORKSPACE, Item
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.store.connected import Connected, chunks
from bot.store.edits import note_edits
from bot.store.tables import Phase, items, memberships, sources, workspaces
from bot.store.websub import settle_pushes

STATE = tuple(sources.c[field.name] for field in fields(SourceState))
STATE_WITHOUT_MEMORY = tuple(literal("").label("memory") if column.name == "memory" else column for column in STATE)
_ITEM_FIELDS = tuple(field.name for field in fields(Item))
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When a source is due that was never given a time: before every instant of ours."""

LONGEST_ASKED = timedelta(days=33)
"""No server keeps us waiting longer: a month (``bot.net.headers.LONGEST_WAIT``) and what spreads sources apart."""

ROWS = 200
"""Items in one statement: their values are prepared in the event loop, which nobody else can use for those 5 ms."""

LOOKED_AT_AGAIN = timedelta(hours=48)
"""How long after it was first seen a changed entry is looked at again. Newsrooms complete a report within hours; the bound is
for feeds that write something new into every entry with every poll, which would keep the queue busy for ever."""


@dataclass(frozen=True, slots=True)
class CommittedPoll:
    """What a stored poll changed: ids in the order of the poll.

    Attributes:
        new: queued by it: entries not known before, and changed ones that are looked at again.
        updated: known before and changed, whether or not they are queued again.
        edited: filed in a story, and reading differently now: its messages are to say so.
        known: how many of its entries were known before.
    """

    new: tuple[str, ...]
    updated: tuple[str, ...]
    edited: tuple[str, ...] = ()
    known: int = 0


NOTHING = CommittedPoll((), ())


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

    async def source_states(self, *, workspace_id: str | None = None) -> dict[str, SourceState]:
        """Every state by source id, those of sources no longer declared too; without their memories, which may be large.

        Of one workspace, or of all: ids of sources are told apart by their scope (``bot.core.declared``).
        """
        query = select(*STATE_WITHOUT_MEMORY).order_by(sources.c.source_id)
        if workspace_id is not None:
            query = query.where(sources.c.workspace_id == workspace_id)
        async with self._read() as connection:
            return {row.source_id: SourceState(*row) for row in await connection.execute(query)}

    async def source_state(self, source_id: str, *, workspace_id: str = FILE_WORKSPACE) -> SourceState | None:
        """The state of one source, None if it was never declared."""
        query = select(*STATE).where(sources.c.workspace_id == workspace_id, sources.c.source_id == source_id)
        async with self._read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else SourceState(*row)

    async def declare_sources(self, configs: Sequence[SourceConfig], now: datetime, *, least: timedelta = timedelta(0)) -> None:
        """Make declared sources known and due.

        A new one whose address another source asked less than ``least`` ago (it was renamed, say) is due when that is over.

        One whose address changed has another feed now: its validators are void, and the next poll is a first one, so that the
        new feed's back catalogue is no news; what is known of the old stays known.
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
                address_hash = digest(config.asked)
                due = max(now, _rested(states[config.workspace_id].values(), address_hash, least) or now) if config.url else now
                if state is None:
                    changed.append(SourceState(config.id, config.workspace_id, address_hash, next_due_at=due))
                elif state.address_hash != address_hash:
                    changed.append(
                        SourceState(
                            config.id,
                            config.workspace_id,
                            address_hash,
                            next_due_at=due,
                            last_polled_at=state.last_polled_at,
                            last_success_at=state.last_success_at,
                        )
                    )
            await self._save(connection, changed)

    async def due_sources(self, ids: Collection[str], now: datetime, limit: int) -> list[SourceState]:
        """Those of the sources ``ids`` that are due and not gone for good, longest overdue first, at most ``limit``."""
        wanted = set(ids)
        due = (
            select(*STATE)
            .where(or_(sources.c.next_due_at.is_(None), sources.c.next_due_at <= now), ALIVE)
            .order_by(sources.c.next_due_at.nulls_first(), sources.c.source_id)
        )
        if len(wanted) == 1:
            due = due.where(sources.c.source_id == next(iter(wanted)))
        async with self._read() as connection:
            found = [SourceState(*row) for row in await connection.execute(due)]
        return [state for state in found if state.source_id in wanted][:limit]

    async def next_due(self, ids: Collection[str]) -> datetime | None:
        """When the first of the sources ``ids`` is due (long ago, if it was never given a time); None if none of them is known."""
        wanted = set(ids)
        query = select(sources.c.source_id, sources.c.next_due_at).where(ALIVE)
        async with self._read() as connection:
            times = [due or LONG_AGO for source_id, due in await connection.execute(query) if source_id in wanted]
        return min(times, default=None)

    async def make_due(self, waits: Sequence[tuple[str, timedelta]], now: datetime) -> int:
        """Pull back every source due later than ``now`` plus its wait, to just then: what a clock set back would have put off.

        One that was polled before ``now`` was put off by its server or by failures, not by a clock, and waits on, for
        ``LONGEST_ASKED`` at most. Returns how many were pulled back.
        """
        async with self._write() as connection:
            states = await _states(connection, lock=True)
            late = []
            for source_id, wait in waits:
                state = states.get(source_id)
                if state is None or state.next_due_at is None or state.next_due_at <= now + wait:
                    continue
                polled = state.last_polled_at
                if polled is None or polled > now or state.next_due_at > now + LONGEST_ASKED:
                    late.append({"of_workspace": state.workspace_id, "of_source": source_id, "next_due_at": now + wait})
            if late:
                await connection.execute(_OF_SOURCE, late)
            return len(late)

    async def claim_sources(self, states: Sequence[SourceState]) -> None:
        """Store when known sources are asked, and when they are due again, in one transaction; nothing else of the states."""
        rows = [
            {
                "of_workspace": state.workspace_id,
                "of_source": state.source_id,
                "next_due_at": state.next_due_at,
                "last_polled_at": state.last_polled_at,
            }
            for state in states
        ]
        async with self._write() as connection:
            await connection.execute(_OF_SOURCE, rows)

    async def save_source_states(self, states: Sequence[SourceState]) -> None:
        """Store sources' states as they are, in one transaction."""
        async with self._write() as connection:
            await self._save(connection, states)

    async def commit_poll(self, record: PollRecord, now: datetime) -> CommittedPoll:
        """Store one poll; see ``commit_polls``."""
        return (await self.commit_polls([record], now))[0]

    async def commit_polls(self, records: Sequence[PollRecord], now: datetime) -> list[CommittedPoll]:
        """Store polls of different sources in one transaction: states, items not seen before, and what changed of those seen.

        What a push brought is stored alike; instead of the source's state, the push is settled. Of a poll whose source another
        process claimed since (``PollRecord.claimed_at``) the items are stored and the state is not.

        An item is told by its id, and one given twice counts once, as it came first. An id that comes with another address
        and an unlike title is another article under a reused guid: it becomes an item of its own, without the guid. One with
        the same ``content_hash`` is ignored. With another hash it is treated by how far it has come:

        * still queued: title, summary and text are those of the change (an empty text never replaces one);
        * filed, but no rule matched it and no story holds it: if it says more than before and was first seen at most
          ``LOOKED_AT_AGAIN`` ago, it is queued again under its id, as it reads now and as the newest arrival;
        * filed, matched or in a story: if the headline changed, or within two days the text, the item reads as it does now and
          the change is remembered (``bot.store.edits``);
        * else only ``content_hash`` and ``date_modified`` are noted.

        ``now`` is when this is stored. What each changed is returned in the order given.
        """
        async with self._write() as connection:
            late = await _superseded(connection, [record for record in records if record.claimed_at is not None])
            polled = [record.state for record in records if record.push is None]
            await self._save(connection, [state for state in polled if (state.workspace_id, state.source_id) not in late])
            await settle_pushes(connection, [record.push for record in records if record.push is not None], now)
            # All at once: fewer statements, and every transaction that locks items locks them in the order of arrival.
            known = await _known(connection, [item.id for record in records for item, _ in record.items])
            done = [await _commit_items(connection, record, known, now) if record.items else NOTHING for record in records]
            lost = [record.state for record, what in zip(records, done, strict=True) if record.window and not what.known]
            if lost:
                gaps = [{"of_workspace": state.workspace_id, "of_source": state.source_id, "gap_at": now} for state in lost]
                await connection.execute(_OF_SOURCE, gaps)
            return done

    async def _save(self, connection: AsyncConnection, states: Sequence[SourceState]) -> None:
        if not states:
            return
        statement = self._insert(sources)
        statement = statement.on_conflict_do_update(
            index_elements=[sources.c.workspace_id, sources.c.source_id],
            set_={column.name: statement.excluded[column.name] for column in sources.columns if not column.primary_key},
        )
        rows = [{column.name: getattr(state, column.name) for column in STATE} for state in states]
        await connection.execute(statement, rows)


async def _commit_items(connection: AsyncConnection, record: PollRecord, stored: Mapping[str, Any], now: datetime) -> CommittedPoll:
    polled: dict[str, tuple[Item, int | None]] = {}
    for item, rank in record.items:
        polled.setdefault(item.id, (item, rank))
    await asyncio.sleep(0)  # of ten thousand entries each look takes some 10 ms
    given, known = await _identified(connection, polled, stored)
    await asyncio.sleep(0)
    changed = [item for item, _ in given.values() if item.id in known and known[item.id].content_hash != item.content_hash]
    waiting = [item for item in changed if known[item.id].phase is Phase.QUEUED]
    again = await _looked_at_again(connection, [item for item in changed if known[item.id].phase is Phase.FILED], now)
    queued = [(item, rank) for item, rank in given.values() if item.id not in known or item.id in again]
    for chunk in chunks(again):
        # With the row go its membership and its place in the order of arrival. Index entries under the old number
        # find nothing any more; they are left, for they can only be found by reading the whole index.
        await connection.execute(_REMOVE, {"ids": chunk})
    await asyncio.sleep(0)
    for start in range(0, len(queued), ROWS):
        rows = [
            {
                **{name: getattr(item, name) for name in _ITEM_FIELDS},
                "first_seen": again.get(item.id, item.first_seen),
                "workspace_id": record.state.workspace_id,
                "baseline_rank": rank,
                "phase": Phase.QUEUED,
            }
            for item, rank in queued[start : start + ROWS]
        ]
        await connection.execute(insert(items), rows)
    noted = [item for item in changed if known[item.id].phase is Phase.FILED and item.id not in again]
    # Rows of one statement set the same columns, so they go apart by what they set.
    for names, group in (
        ((*_WORDS, *_TEXT), [item for item in waiting if item.content_text]),
        (_WORDS, [item for item in waiting if not item.content_text]),
        (_NOTED, noted),
    ):
        if group:
            rows = [{"of_item": item.id, **{name: getattr(item, name) for name in names}} for item in group]
            await connection.execute(_OF_ITEM, rows)
    edited = await note_edits(connection, noted, now) if noted else ()
    new = tuple(item.id for item, _ in queued)
    return CommittedPoll(new, tuple(item.id for item in changed), edited, sum(item_id in known for item_id in given))


ALIVE = sources.c.trouble != "gone"

# In the updates below, a parameter named like a column is its new value.
_OF_SOURCE = update(sources).where(
    sources.c.workspace_id == bindparam("of_workspace"), sources.c.source_id == bindparam("of_source")
)
_KNOWN = (
    select(items.c.id, items.c.content_hash, items.c.phase, items.c.canonical_url, items.c.title)
    .where(items.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(items.c.arrival)
    .with_for_update()
)
_LOOSE = (
    select(items.c.id, items.c.first_seen, items.c.title, items.c.summary, items.c.content_text)
    .join(memberships, memberships.c.item_id == items.c.id)
    .where(items.c.id.in_(bindparam("ids", expanding=True)), memberships.c.story_id.is_(None), memberships.c.matched.is_(False))
    .order_by(items.c.arrival)
    .with_for_update(of=memberships)  # so that no batch takes one of them into a story meanwhile
)
_REMOVE = delete(items).where(items.c.id.in_(bindparam("ids", expanding=True)))
_NOTED = ("content_hash", "date_modified")
_WORDS = ("title", "summary", *_NOTED)
_TEXT = ("content_text", "text_state")
_OF_ITEM = update(items).where(items.c.id == bindparam("of_item"))


async def _superseded(connection: AsyncConnection, records: Sequence[PollRecord]) -> set[tuple[str, str]]:
    """Workspace and id of the sources that another process claimed after these polls were; they stay locked as they are."""
    late: set[tuple[str, str]] = set()
    for record in sorted(records, key=lambda record: (record.state.workspace_id, record.state.source_id)):
        whose = (sources.c.workspace_id == record.state.workspace_id, sources.c.source_id == record.state.source_id)
        asked = await connection.scalar(select(sources.c.last_polled_at).where(*whose).with_for_update())
        if asked != record.claimed_at:
            late.add((record.state.workspace_id, record.state.source_id))
    return late


async def _states(connection: AsyncConnection, workspace_id: str | None = None, *, lock: bool = False) -> dict[str, SourceState]:
    query = select(*STATE).order_by(sources.c.source_id)
    if workspace_id is not None:
        query = query.where(sources.c.workspace_id == workspace_id)
    if lock:
        query = query.with_for_update()
    return {row.source_id: SourceState(*row) for row in await connection.execute(query)}


def _rested(states: Iterable[SourceState], address_hash: str, least: timedelta) -> datetime | None:
    """When an address may be asked again that was asked under whatever name, or None if it was not."""
    asked = [state.last_polled_at for state in states if state.address_hash == address_hash and state.last_polled_at is not None]
    return max(asked) + least if asked else None


async def _identified(
    connection: AsyncConnection, polled: Mapping[str, tuple[Item, int | None]], stored: Mapping[str, Any]
) -> tuple[dict[str, tuple[Item, int | None]], dict[str, Any]]:
    """The polled items by their ids, and of those in ``stored`` what is known; a reused guid is told from its first bearer."""
    known = {item_id: stored[item_id] for item_id in polled if item_id in stored}
    moved = {
        item.id: reissued_id(item.id, item.canonical_url)
        for item, _ in polled.values()
        if item.canonical_url and item.id in known and known[item.id].canonical_url not in {None, item.canonical_url}
    }
    if moved:
        known.update(await _known(connection, moved.values()))
    given: dict[str, tuple[Item, int | None]] = {}
    for item, rank in polled.values():
        other = moved.get(item.id)
        if other is not None and (other in known or retitled(known[item.id].title, item.title)):
            given.setdefault(other, (replace(item, id=other, guid=None), rank))
        else:
            given.setdefault(item.id, (item, rank))
    return given, known


async def _known(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for chunk in chunks(ids):
        known.update((row.id, row) for row in await connection.execute(_KNOWN, {"ids": chunk}))
    return known


async def _looked_at_again(connection: AsyncConnection, changed: Sequence[Item], now: datetime) -> dict[str, datetime]:
    """Those of the filed items that are to be matched anew, with when they were first seen."""
    by_id = {item.id: item for item in changed}
    again: dict[str, datetime] = {}
    for chunk in chunks(by_id):
        for row in await connection.execute(_LOOSE, {"ids": chunk}):
            before = f"{row.title} {row.summary} {row.content_text}"
            item = by_id[row.id]
            if now - row.first_seen <= LOOKED_AT_AGAIN and says_more(before, f"{item.title} {item.summary} {item.content_text}"):
                again[row.id] = row.first_seen
    return again
