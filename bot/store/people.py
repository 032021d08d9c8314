"""What is held about one person, and how it ceases to be that person's.

Promises: both ask the same tables by the same conditions, so nothing is shown that would not go, and nothing stays that was shown;
what somebody did stays done: its row says afterwards that it was somebody, and no longer who. One person is one of a workspace.
"""

from __future__ import annotations

import json
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Column, Table, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.people import Held, Known
from bot.core.retention import FORGOTTEN
from bot.store.connected import Connected
from bot.store.retention import BY_ID
from bot.store.tables import declared, drafts, follows, reminders, votes

_BY_KEY: tuple[tuple[Table, Column[Any]], ...] = (
    (votes, votes.c.voter),
    (follows, follows.c.follower),
    (reminders, reminders.c.asked_by),
)
_DELETED = frozenset((drafts, follows))
"""What is nobody's business but the person's: it goes altogether. A vote stays a vote, a reminder in a channel is the channel's."""


class PeopleQueries(Connected):
    """Queries about one person."""

    async def held_about(self, who: Known) -> Held:
        """Everything that is held about a person."""
        async with self._read() as connection:
            rows = {}
            for table, condition in _places(who):
                order = table.c.at if "at" in table.c else table.c.made_at
                found = (await connection.execute(select(table).where(condition).order_by(order))).mappings().all()
                if found:
                    rows[table.name] = tuple(dict(row) for row in found)
            named, formerly = await _named(connection, who)
            return Held(rows, named, formerly)

    async def forget_person(self, who: Known, now: datetime) -> dict[str, int]:
        """Take a person out of everything that is held; how many rows that were, by table.

        Args:
            who: the person.
            now: reminders that still wait are taken back.
        """
        gone: dict[str, int] = {}
        async with self._write() as connection:
            waiting = and_(reminders.c.ended_at.is_(None), _where(reminders, reminders.c.asked_by, who, (who.key,)))
            await connection.execute(update(reminders).where(waiting).values(ended_at=now))
            anonymous = await _nobody_yet(connection, who.workspace_id)
            for table, condition in _places(who):
                if table in _DELETED:
                    done = await connection.execute(delete(table).where(condition))
                else:
                    column = _column(table)
                    value = anonymous if table is votes else FORGOTTEN
                    done = await connection.execute(update(table).where(condition).values({column.name: value}))
                if done.rowcount:
                    gone[table.name] = done.rowcount
            if unnamed := await _unname(connection, who):
                gone[declared.name] = gone.get(declared.name, 0) + unnamed
        return gone


async def _nobody_yet(connection: AsyncConnection, workspace_id: str) -> str:
    """What stands for a voter from now on: a number that no other forgotten one has, so that several votes stay several."""
    known = set(await connection.scalars(select(votes.c.voter).where(votes.c.workspace_id == workspace_id).distinct()))
    return next(name for number in count(1) if (name := f"{FORGOTTEN}-{number}") not in known)


def _places(who: Known) -> list[tuple[Table, Any]]:
    by_id = [(table, _where(table, table.c.member, who, (who.member, who.pseudonym))) for table in (*BY_ID, drafts)]
    return [*by_id, *((table, _where(table, column, who, (who.key,))) for table, column in _BY_KEY)]


def _where(table: Table, column: Column[Any], who: Known, names: tuple[str, ...]) -> Any:
    return and_(table.c.workspace_id == who.workspace_id, column.in_(names))


def _column(table: Table) -> Column[Any]:
    keyed: dict[Table, Column[Any]] = dict(_BY_KEY)
    return keyed.get(table, table.c.get("member"))  # type: ignore[return-value]  # every other table has one


async def _named(connection: AsyncConnection, who: Known) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Declarations in whose newest table the id is written as a whole word of its own; and one entry for each earlier version."""
    newest: dict[tuple[str, str], bool] = {}
    earlier: list[tuple[str, str]] = []
    columns = (declared.c.sort, declared.c.name, declared.c.definition)
    query = select(*columns).where(declared.c.workspace_id == who.workspace_id).order_by(declared.c.sequence)
    for sort, name, definition in await connection.execute(query):
        place = str(sort), name
        if newest.get(place):
            earlier.append(place)
        newest[place] = _names(definition, who)
    return tuple(place for place, told in newest.items() if told), tuple(earlier)


def _names(definition: str | None, who: Known) -> bool:
    return definition is not None and f'user:{who.member}"' in definition


async def _unname(connection: AsyncConnection, who: Known) -> int:
    """Take the id out of what was declared before and is no more: taken back to, it would call the person again."""
    query = select(declared.c.sequence, declared.c.definition).where(declared.c.workspace_id == who.workspace_id)
    rows = [row for row in await connection.execute(query) if _names(row.definition, who)]
    for sequence, definition in rows:
        told = json.dumps(_without(json.loads(definition), f"user:{who.member}"), ensure_ascii=False, separators=(",", ":"))
        await connection.execute(update(declared).where(declared.c.sequence == sequence).values(definition=told))
    return len(rows)


def _without(value: Any, word: str) -> Any:
    """A table without a word in any of its lists."""
    if isinstance(value, dict):
        return {key: _without(each, word) for key, each in value.items()}
    return [_without(each, word) for each in value if each != word] if isinstance(value, list) else value
