"""Stories and their members: what the story decisions look at. Whether two items are alike is decided elsewhere."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import CTE, JSON, BigInteger, BindParameter, Column, Select, Table, Text, and_, bindparam, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Match
from bot.core.records import Member, StoryRecord
from bot.store.connected import Connected, chunks
from bot.store.tables import draft_matches, item_keys, item_terms, matches, memberships, stories

STORY = tuple(stories.c[field.name] for field in fields(StoryRecord))
_MEMBER = tuple(memberships.c["arrival" if field.name == "order" else field.name] for field in fields(Member))

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_STORIES = select(*STORY).where(stories.c.id.in_(_IDS))
_STORY_OF_ITEM = (
    select(*STORY).join(memberships, memberships.c.story_id == stories.c.id).where(memberships.c.item_id == bindparam("item"))
)
_MEMBERS_BY_ARRIVAL = select(*_MEMBER).where(memberships.c.arrival.in_(_IDS))
_MEMBERS_BY_ITEM = select(*_MEMBER).where(memberships.c.item_id.in_(_IDS))
_MEMBERS_OF = select(*_MEMBER).where(memberships.c.story_id.in_(_IDS)).order_by(memberships.c.arrival)


def _matches_in(table: Table) -> Select[Any]:
    return (
        select(table.c.item_id, table.c.rule_id, table.c.rule_version, table.c.spans, table.c.workspace_id)
        .where(table.c.item_id.in_(_IDS))
        .order_by(table.c.item_id, table.c.workspace_id, table.c.rule_id)
    )


_MATCHES, _DRAFT_MATCHES = _matches_in(matches), _matches_in(draft_matches)


def _given(dialect: str, kind: type[Text | BigInteger]) -> CTE:
    """The (number of the item, key or term, weight) that the parameter ``given`` holds as JSON, as rows: one statement a batch."""
    parameter = bindparam("given", type_=Text)
    if dialect == "sqlite":
        pair = func.json_each(parameter).table_valued("value", name="pair").c.value
        columns = tuple(
            func.json_extract(pair, f"$[{place}]").label(name) for place, name in enumerate(("asker", "sought", "weighs"))
        )
    else:
        pair = func.json_array_elements(cast(parameter, JSON)).table_valued("value", name="pair").c.value
        columns = tuple(
            cast(pair.op("->>")(place), of).label(name)
            for place, (name, of) in enumerate((("asker", BigInteger), ("sought", kind), ("weighs", BigInteger)))
        )
    return select(*columns).cte("asked")


def _alike(dialect: str, kind: type[Text | BigInteger], held: Table, column: Column[Any]) -> Select[Any]:
    """For each asker, the arrival numbers of what stands under enough of its keys or terms, the heaviest and newest first.

    Of what one key or term holds, only the newest are looked at: the cost of a look does not grow with the archive.
    """
    asked = _given(dialect, kind)
    earlier = held.alias("earlier")
    oldest = (
        select(earlier.c.arrival)
        .where(earlier.c[column.name] == asked.c.sought)
        .order_by(earlier.c.arrival.desc())
        .limit(1)
        .offset(bindparam("recent"))
        .scalar_subquery()
    )
    bounded = (
        select(asked.c.asker, asked.c.sought, asked.c.weighs, func.coalesce(oldest, -1).label("beyond"))
        .cte("bounded")
        .prefix_with("MATERIALIZED")
    )
    shared, weight = func.count().label("shared"), func.sum(bounded.c.weighs).label("weight")
    found = (
        select(bounded.c.asker, held.c.arrival, shared, weight)
        .join(held, and_(column == bounded.c.sought, held.c.arrival > bounded.c.beyond))
        .group_by(bounded.c.asker, held.c.arrival)
        .having(or_(shared >= bindparam("min_shared"), weight >= bindparam("enough")))
        .subquery("found")
    )
    most = func.row_number().over(partition_by=found.c.asker, order_by=(found.c.weight.desc(), found.c.arrival.desc()))
    few = found.c.shared < bindparam("min_shared")
    late = func.row_number().over(partition_by=found.c.asker, order_by=(few, found.c.arrival.desc()))
    ranked = select(found, most.label("place"), late.label("late")).subquery("ranked")
    newest = and_(ranked.c.late <= bindparam("newest"), ranked.c.shared >= bindparam("min_shared"))
    return (
        select(ranked.c.arrival).where(or_(ranked.c.place <= bindparam("at_most"), newest)).order_by(ranked.c.asker, ranked.c.place)
    )


def _sizes(dialect: str) -> Select[Any]:
    """How many items stand under each of the terms that ``given`` holds, as far as that is counted."""
    asked = _given(dialect, BigInteger)
    some = select(item_terms.c.arrival).where(item_terms.c.term == asked.c.sought).limit(bindparam("recent")).correlate(asked)
    return select(asked.c.sought, select(func.count()).select_from(some.subquery("some")).scalar_subquery())


ALIKE = {
    dialect: (
        _alike(dialect, Text, item_keys, item_keys.c.key),
        _alike(dialect, BigInteger, item_terms, item_terms.c.term),
    )
    for dialect in ("sqlite", "postgresql")
}
"""By dialect, the statements that find stored items by key and by term."""
SIZES = {dialect: _sizes(dialect) for dialect in ("sqlite", "postgresql")}
NEVER = 2**31
"""More than any sum of weights."""


class StoryQueries(Connected):
    """Queries about stories, their members and what matched."""

    async def term_sizes(self, terms: Collection[int], *, most: int) -> dict[int, int]:
        """How many filed items stand under each of these terms, counted up to ``most``."""
        async with self._read() as connection:
            given = json.dumps([(0, term, 0) for term in dict.fromkeys(terms)])
            found = await connection.execute(SIZES[self._engines.dialect], {"given": given, "recent": most})
            return {row[0]: row[1] for row in found}

    async def neighbours(
        self,
        asked: Sequence[tuple[Collection[str], Collection[int]]],
        *,
        min_shared: int,
        limit: int,
        newest: int,
        recent: int,
        weights: Mapping[int, int] | None = None,
        enough: int = NEVER,
    ) -> list[Member]:
        """Filed items that could tell of the same as items with these keys and terms, and what belongs to them.

        First the items that share a key, then those that share at least ``min_shared`` terms or whose shared terms weigh
        ``enough`` (a term without a weight has 1), the heaviest first, newest first among equals: for each item asked for at
        most ``limit`` of each kind, and of those that share ``min_shared`` the ``newest`` newest. After them, by arrival, all
        other members of their stories and the items that any of them names as its original. Of the items under one key or term
        only the ``recent`` newest are looked at.
        """
        by_key, by_term = ALIKE[self._engines.dialect]
        bounds = {"at_most": limit, "newest": newest, "recent": recent}
        weigh = (weights or {}).get
        async with self._read() as connection:
            order: dict[int, None] = {}
            for statement, least, most, given in (
                (by_key, 1, NEVER, [(number, key, 1) for number, (keys, _) in enumerate(asked) for key in keys]),
                (
                    by_term,
                    min_shared,
                    enough,
                    [(number, term, weigh(term, 1)) for number, (_, terms) in enumerate(asked) for term in terms],
                ),
            ):
                if given:
                    wanted = {"given": json.dumps(given), "min_shared": least, "enough": most, **bounds}
                    found = await connection.execute(statement, wanted)
                    order.update(dict.fromkeys(found.scalars()))
            if not order:
                return []
            hits = await _members(connection, _MEMBERS_BY_ARRIVAL, order)
            place = {arrival: index for index, arrival in enumerate(order)}
            hits.sort(key=lambda member: place[member.order])
            return hits + await _relatives(connection, hits)

    async def members_of(self, story_ids: Collection[str]) -> list[Member]:
        """All members of these stories, by arrival."""
        async with self._read() as connection:
            return sorted(await _members(connection, _MEMBERS_OF, story_ids), key=lambda member: member.order)

    async def members(self, item_ids: Collection[str]) -> dict[str, Member]:
        """Filed items by id, as the story decisions see them; others are left out."""
        async with self._read() as connection:
            return {member.item_id: member for member in await _members(connection, _MEMBERS_BY_ITEM, item_ids)}

    async def stories(self, ids: Collection[str]) -> dict[str, StoryRecord]:
        """Stories by id; unknown ids are left out. One that was merged away says so in ``merged_into``."""
        found: dict[str, StoryRecord] = {}
        async with self._read() as connection:
            for chunk in chunks(ids):
                found.update((row.id, StoryRecord(*row)) for row in await connection.execute(_STORIES, {"ids": chunk}))
        return found

    async def story_of_item(self, item_id: str) -> StoryRecord | None:
        """The story an item is in now, or None."""
        async with self._read() as connection:
            row = (await connection.execute(_STORY_OF_ITEM, {"item": item_id})).first()
            return None if row is None else StoryRecord(*row)

    async def matches_of(self, item_ids: Collection[str]) -> dict[str, tuple[Match, ...]]:
        """What matched each of these items, by workspace and rule; an empty tuple where nothing did. Drafts are left out."""
        return await self._matches(_MATCHES, item_ids)

    async def draft_matches_of(self, item_ids: Collection[str]) -> dict[str, tuple[Match, ...]]:
        """The same of rules that were in draft when the items came."""
        return await self._matches(_DRAFT_MATCHES, item_ids)

    async def _matches(self, query: Select[Any], item_ids: Collection[str]) -> dict[str, tuple[Match, ...]]:
        found: dict[str, list[Match]] = {item_id: [] for item_id in item_ids}
        async with self._read() as connection:
            for chunk in chunks(item_ids):
                for row in await connection.execute(query, {"ids": chunk}):
                    found[row.item_id].append(Match(*row))
        return {item_id: tuple(matched) for item_id, matched in found.items()}


async def _members(connection: AsyncConnection, query: Select[Any], ids: Iterable[str] | Iterable[int]) -> list[Member]:
    found: list[Member] = []
    for chunk in chunks(ids):
        found += [Member(*row) for row in await connection.execute(query, {"ids": chunk})]
    return found


async def _relatives(connection: AsyncConnection, hits: list[Member]) -> list[Member]:
    have = {member.item_id for member in hits}
    story_ids = {member.story_id for member in hits if member.story_id is not None}
    others: list[Member] = []
    if story_ids:
        others = [member for member in await _members(connection, _MEMBERS_OF, sorted(story_ids)) if member.item_id not in have]
        have.update(member.item_id for member in others)
    originals = {member.duplicate_of for member in (*hits, *others) if member.duplicate_of is not None} - have
    if originals:
        others += await _members(connection, _MEMBERS_BY_ITEM, sorted(originals))
    return sorted(others, key=lambda member: member.order)
