"""Stories and their members: what the story decisions look at. Whether two items are alike is decided elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import JSON, BigInteger, BindParameter, Column, ColumnElement, Select, Table, Text, bindparam, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Match
from bot.core.stories import Member, StoryRecord
from bot.store.connected import Connected, chunks
from bot.store.tables import draft_matches, item_keys, item_terms, matches, memberships, stories

_Sought = TypeVar("_Sought")

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


def _given(dialect: str, kind: type[Text | BigInteger]) -> ColumnElement[Any]:
    """The keys or terms that the parameter ``given`` holds as a JSON list, as rows: one statement a batch."""
    parameter = bindparam("given", type_=Text)
    if dialect == "sqlite":
        return func.json_each(parameter).table_valued("value", name="asked").c.value
    return cast(func.json_array_elements_text(cast(parameter, JSON)).table_valued("value", name="asked").c.value, kind)


def _postings(dialect: str, kind: type[Text | BigInteger], held: Table, column: Column[Any]) -> Select[Any]:
    """Under each key or term the arrival numbers of the newest items, joined by commas; NULL where there is none."""
    sought = _given(dialect, kind)
    newest = (
        select(held.c.arrival)
        .where(column == sought)
        .order_by(held.c.arrival.desc())
        .limit(bindparam("recent"))
        .correlate_except(held)
        .subquery("newest")
    )
    joined = func.group_concat(newest.c.arrival) if dialect == "sqlite" else func.string_agg(cast(newest.c.arrival, Text), ",")
    return select(sought, select(joined).select_from(newest).scalar_subquery())


POSTINGS = {
    dialect: (
        _postings(dialect, Text, item_keys, item_keys.c.key),
        _postings(dialect, BigInteger, item_terms, item_terms.c.term),
    )
    for dialect in ("sqlite", "postgresql")
}
"""By dialect, the statements that find stored items by key and by term."""
NEVER = 2**31
"""More than any sum of weights."""


class StoryQueries(Connected):
    """Queries about stories, their members and what matched."""

    async def term_postings(self, terms: Collection[int], *, most: int) -> dict[int, list[str]]:
        """The arrival numbers of the newest ``most`` filed items under each of these terms; a term without any is left out.

        They are figures as text: most of them are only counted, and that needs no number.
        """
        async with self._read() as connection:
            return await _newest(connection, POSTINGS[self._engines.dialect][1], [terms], most)

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
        postings: Mapping[int, Sequence[str]] | None = None,
    ) -> list[Member]:
        """Filed items that could tell of the same as items with these keys and terms, and what belongs to them.

        First the items that share a key, then those that share at least ``min_shared`` terms or whose shared terms weigh
        ``enough`` (a term without a weight has 1), the heaviest first, newest first among equals: for each item asked for at
        most ``limit`` of each kind, and of those that share ``min_shared`` the ``newest`` newest. After them, by arrival, all
        other members of their stories and the items that any of them names as its original. Of the items under one key or term
        only the ``recent`` newest are looked at: ``postings`` if they have been read (``term_postings``).
        """
        by_key, by_term = POSTINGS[self._engines.dialect]
        keys, terms = [keys for keys, _ in asked], [terms for _, terms in asked]
        async with self._read() as connection:
            order: dict[int, None] = {}
            under = await _newest(connection, by_key, keys, recent)
            for some in keys:
                order.update(dict.fromkeys(_likeliest(some, under, {}, fewest=1, enough=NEVER, limit=limit, newest=newest)))
            by_number = await _newest(connection, by_term, terms, recent) if postings is None else postings
            bounds = {"fewest": min_shared, "enough": enough, "limit": limit, "newest": newest}
            for of_one in terms:
                order.update(dict.fromkeys(_likeliest(of_one, by_number, weights or {}, **bounds)))
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


async def _newest(
    connection: AsyncConnection, query: Select[Any], asked: Iterable[Collection[_Sought]], recent: int
) -> dict[_Sought, list[str]]:
    """Under each key or term, the arrival numbers of the newest items: read once, however many of a batch ask for it."""
    given = list(dict.fromkeys(chain.from_iterable(asked)))
    if not given:
        return {}
    found = await connection.execute(query, {"given": json.dumps(given), "recent": recent})
    return {sought: joined.split(",") for sought, joined in found if joined is not None}


def _likeliest(
    sought: Collection[_Sought],
    under: Mapping[_Sought, Sequence[str]],
    weights: Mapping[_Sought, int],
    *,
    fewest: int,
    enough: int,
    limit: int,
    newest: int,
) -> list[int]:
    """Of what stands under enough of these keys or terms, the heaviest and the newest, the heaviest and newest first."""
    shared = Counter(chain.from_iterable([under[one] for one in sought if one in under]))
    beyond: dict[str, int] = {}  # what an item weighs beyond 1 for each: most postings are long and weigh 1
    for one in sought:
        if (more := weights.get(one, 1) - 1) and one in under:
            for arrival in under[one]:
                beyond[arrival] = beyond.get(arrival, 0) + more
    weight = {int(arrival): count + beyond.get(arrival, 0) for arrival, count in shared.items() if count >= fewest}
    late = set(sorted(weight, reverse=True)[:newest])
    weight |= {int(arrival): shared[arrival] + more for arrival, more in beyond.items() if shared[arrival] + more >= enough}
    ranked = sorted(weight, key=lambda arrival: (-weight[arrival], -arrival))
    return [arrival for place, arrival in enumerate(ranked) if place < limit or arrival in late]


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
