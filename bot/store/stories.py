"""Stories and their members: what the story decisions look at. Whether two items are alike is decided elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import BindParameter, Select, Subquery, Table, bindparam, func, literal_column, select, union_all
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


def _holders_of_terms() -> Subquery:
    shared = func.count().label("shared")
    return (
        select(item_terms.c.arrival, shared)
        .where(item_terms.c.term.in_(bindparam("terms", expanding=True)))
        .group_by(item_terms.c.arrival)
        .having(shared >= bindparam("min_shared"))
        .order_by(shared.desc(), item_terms.c.arrival.desc())
        .limit(bindparam("at_most"))
        .subquery("by_term")
    )


def _holders_of_keys() -> Subquery:
    return (
        select(item_keys.c.arrival)
        .distinct()
        .where(item_keys.c.key.in_(bindparam("keys", expanding=True)))
        .order_by(item_keys.c.arrival.desc())
        .limit(bindparam("at_most"))
        .subquery("by_key")
    )


def _alike() -> Select[Any]:
    by_key, by_term = _holders_of_keys(), _holders_of_terms()
    both = union_all(
        select(by_key.c.arrival, literal_column("0").label("shared")),
        select(by_term.c.arrival, by_term.c.shared),
    ).subquery("alike")
    return select(both.c.arrival, func.min(both.c.shared)).group_by(both.c.arrival)


ALIKE = _alike()
"""Arrival numbers of stored items under the given keys and terms; the count is 0 for those that share a key."""


class StoryQueries(Connected):
    """Queries about stories, their members and what matched."""

    async def members_like(self, keys: Collection[str], terms: Collection[int], *, min_shared: int, limit: int) -> list[Member]:
        """Filed items that could tell of the same as an item with these keys and terms, and what belongs to them.

        First the items that share a key, newest first; then those that share at least ``min_shared`` terms, most shared first,
        newest first among equals; at most ``limit`` of each kind. After them, by arrival, all other members of their stories
        and the items that any of them names as its original.
        """
        async with self._read() as connection:
            ranked = await connection.execute(
                ALIKE, {"keys": list(keys), "terms": list(terms), "min_shared": min_shared, "at_most": limit}
            )
            order = [arrival for arrival, shared in sorted(ranked, key=lambda row: (row[1] != 0, -row[1], -row[0]))]
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
