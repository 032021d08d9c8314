"""A query before it goes live: what it finds among past items, what it nearly finds, how it differs from a rule in its place.

Promises: what is reported as found is found by the engine in the item as stored; the archive's search only spares looking at
items that cannot match. Reads, and changes nothing. Near misses are looked for among the newest candidates, and the report says
among how many.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from typing import Protocol

from bot.core.model import Entity, Item, Rule, RuleStatus, Span
from bot.core.search import ANYTHING, Search, SearchAll, SearchAny, SearchWord
from bot.rules.engine import Engine
from bot.rules.explain import Explanation, Kind, explain, why_not
from bot.rules.narrow import WORDS_VERSION, narrow, narrow_to_near_misses, search_words
from bot.stories.index import group_items
from bot.stories.model import Model

AT_ONCE = 200
"""Items read at once: little memory, and some 20 ms until other work and the progress bar get their turn."""

NEAR_LOOKED_AT = 300
"""Items that are explained for near misses, newest first: an explanation takes up to some milliseconds."""

MOST_GROUPED = 5_000
"""Found items up to which stories are made: each takes a millisecond, and a query that finds more is too wide to be read."""

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""When items of JSON lines count as seen if no line has a date."""

Progress = Callable[[int, int], None]
"""Told how many items were looked at, of how many."""


class Candidates(Protocol):
    """Past items, numbered; a larger number arrived later."""

    async def numbers(self, search: Search | None) -> list[int]:
        """Numbers of the items that may hold what is searched for, newest first."""
        ...

    async def items(self, numbers: Sequence[int]) -> list[Item]:
        """The items of these numbers, in the order given; those gone since are left out."""
        ...


class ArchiveStore(Protocol):
    """What a backtest needs of the store."""

    async def archive_numbers(self, search: Search | None, *, words: str, since: datetime | None = None) -> list[int]:
        """Numbers of arrival of items that may hold what is searched for, newest first; ``words``: version of the words."""
        ...

    async def archive_items(self, numbers: Sequence[int]) -> list[Item]:
        """The items of these numbers."""
        ...


class Archived:
    """Items of the store."""

    def __init__(self, store: ArchiveStore, since: datetime | None) -> None:
        self._store = store
        self._since = since

    async def numbers(self, search: Search | None) -> list[int]:
        """See ``Candidates``."""
        return await self._store.archive_numbers(search, words=WORDS_VERSION, since=self._since)

    async def items(self, numbers: Sequence[int]) -> list[Item]:
        """See ``Candidates``."""
        return await self._store.archive_items(numbers)


class Given:
    """Items that a person gave, oldest first by date; narrowed by the same words as stored ones."""

    def __init__(self, items: Iterable[Item], since: datetime | None) -> None:
        dated = [item for item in items if since is None or when(item) >= since]
        self._items = sorted(dated, key=lambda item: (when(item), item.id))
        self._words: list[frozenset[str]] = []

    async def numbers(self, search: Search | None) -> list[int]:
        """See ``Candidates``."""
        newest_first = range(len(self._items) - 1, -1, -1)
        if search is None:
            return list(newest_first)
        if not self._words:
            for item in self._items:
                self._words.append(frozenset(search_words(item)))
                await asyncio.sleep(0)
        return [number for number in newest_first if may_hold(search, self._words[number])]

    async def items(self, numbers: Sequence[int]) -> list[Item]:
        """See ``Candidates``."""
        return [self._items[number] for number in numbers]


def may_hold(search: Search, words: frozenset[str]) -> bool:
    """Whether an item of these words is found by a search, as a database would say."""
    if ANYTHING in words:
        return True
    match search:
        case SearchAll():
            return all(may_hold(part, words) for part in search.parts)
        case SearchAny():
            return any(may_hold(part, words) for part in search.parts)
        case SearchWord(prefix=True):
            return any(word.startswith(search.text) for word in words)
        case SearchWord():
            return search.text in words


def when(item: Item) -> datetime:
    """When an item was published, or, if that is not known, first seen."""
    return item.date_published or item.first_seen


# ---------------------------------------------------------------- the report


@dataclass(frozen=True, slots=True)
class Hit:
    """A found item. ``story`` is that of this backtest; None if stories were not made."""

    item: Item
    spans: tuple[Span, ...]
    story: str | None = None


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An item that lacks one clause.

    Attributes:
        clause: the clause, as the query writes it.
        why: what the rule needs, and what came nearest, in words.
        close: something came near.
    """

    item: Item
    clause: str
    why: str
    close: bool


@dataclass(frozen=True, slots=True)
class Week:
    """How much was found in a week that begins on Monday, in UTC; a story counts in the week of its first item."""

    monday: date
    items: int
    stories: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What would change if the query took a rule's place, newest first."""

    rule_id: str
    same: int
    gained: tuple[Hit, ...]
    lost: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a query finds.

    Attributes:
        looked_at: items that were matched.
        narrowed: whether words of the query had spared looking at the others.
        hits: newest first.
        stories: how many; None if there were too many items to make them.
        weeks: from the first found item to the last, the empty ones too.
        near: near misses, newest first.
        near_looked_at: among how many candidates they were looked for.
        difference: from the rule it would replace, if one was named.
    """

    looked_at: int
    narrowed: bool
    hits: tuple[Hit, ...]
    stories: int | None
    weeks: tuple[Week, ...]
    near: tuple[NearMiss, ...]
    near_looked_at: int
    difference: Difference | None = None

    def sample(self, size: int) -> tuple[Hit, ...]:
        """The newest found items, one of a story."""
        told: dict[str, Hit] = {}
        for hit in self.hits:
            told.setdefault(hit.story or hit.item.id, hit)
        return tuple(told.values())[:size]

    def near_sample(self, size: int) -> tuple[NearMiss, ...]:
        """Near misses, an equal share of each clause: those first to which something came near, and of these the newest."""
        by_clause: dict[str, list[NearMiss]] = {}
        for miss in sorted(self.near, key=lambda miss: not miss.close):
            by_clause.setdefault(miss.clause, []).append(miss)
        rounds = zip_longest(*by_clause.values())
        return tuple(miss for each in rounds for miss in each if miss is not None)[:size]


# ---------------------------------------------------------------- the work


class Backtest:
    """A query, compiled, and perhaps the rule it would replace.

    Raises:
        RuleErrors: the query cannot be read, or names what is not there.
    """

    def __init__(self, rule: Rule, entities: Sequence[Entity], *, replaces: Rule | None = None) -> None:
        self._rule = replace(rule, status=RuleStatus.LIVE)
        self._old = None if replaces is None else replace(replaces, status=RuleStatus.LIVE)
        self._entities = entities
        self._engine = Engine.compile([self._rule], entities)
        self._before = None if self._old is None else Engine.compile([self._old], entities)

    async def run(self, candidates: Candidates, model: Model, *, on_progress: Progress) -> Report:
        """Look at past items.

        Args:
            candidates: the items.
            model: what makes stories of those that are found.
            on_progress: told how far it is.
        """
        searches = [narrow(rule, self._entities) for rule in (self._rule, self._old) if rule is not None]
        known = [search for search in searches if search is not None]
        search = None if len(known) < len(searches) else SearchAny(tuple(known)) if len(known) > 1 else known[0]
        numbers = await candidates.numbers(search)
        hits: list[Hit] = []
        lost: list[Hit] = []
        gained: set[str] = set()
        on_progress(0, len(numbers))
        for start in range(0, len(numbers), AT_ONCE):
            for item in await candidates.items(numbers[start : start + AT_ONCE]):
                found = self._engine.match(item)
                before = self._before.match(item) if self._before is not None else ()
                if found:
                    hits.append(Hit(item, found[0].spans))
                    if not before:
                        gained.add(item.id)
                elif before:
                    lost.append(Hit(item, before[0].spans))
            on_progress(min(start + AT_ONCE, len(numbers)), len(numbers))
            await asyncio.sleep(0)
        near, near_looked_at = await self._near_misses(candidates, {hit.item.id for hit in hits})
        told = _newest_first(_with_stories(hits, model))
        difference = None
        if self._old is not None:
            new = tuple(hit for hit in told if hit.item.id in gained)
            difference = Difference(self._old.id, len(told) - len(new), new, _newest_first(lost))
        stories = len({hit.story for hit in told}) if all(hit.story for hit in told) else None
        return Report(len(numbers), search is not None, told, stories, _weeks(told), near, near_looked_at, difference)

    async def _near_misses(self, candidates: Candidates, hits: Collection[str]) -> tuple[tuple[NearMiss, ...], int]:
        search = narrow_to_near_misses(self._rule, self._entities)
        if search is None:
            return (), 0
        found: list[NearMiss] = []
        looked_at = 0
        numbers = (await candidates.numbers(search))[: len(hits) + NEAR_LOOKED_AT]
        for start in range(0, len(numbers), AT_ONCE):
            for item in await candidates.items(numbers[start : start + AT_ONCE]):
                if item.id in hits or looked_at == NEAR_LOOKED_AT:
                    continue
                looked_at += 1
                explained = explain(self._engine, self._rule.id, item)
                missing = _one_short(explained.children[0])
                if missing is not None:
                    found.append(NearMiss(item, " ".join(missing.clause.split()), why_not(explained), _close(missing)))
                await asyncio.sleep(0)
        return tuple(sorted(found, key=lambda miss: when(miss.item), reverse=True)), looked_at


def _one_short(node: Explanation) -> Explanation | None:
    """The one clause that keeps a part of a rule from holding; None if it holds, or if more than one does."""
    if node.held:
        return None
    match node.kind:
        case Kind.ALL:
            missing = [child for child in node.children if not child.held]
            return (_one_short(missing[0]) or missing[0]) if len(missing) == 1 else None
        case Kind.ANY:
            return next((short for child in node.children if child.kind is not Kind.TERM and (short := _one_short(child))), None)
        case Kind.COUNT:
            return node if sum(child.held for child in node.children) == node.count - 1 else None
        case Kind.PART:
            return _one_short(node.children[0])
        case _:
            return node


def _close(missing: Explanation) -> bool:
    return bool(missing.hint) or any(child.hint for child in missing.children)


def _with_stories(hits: Sequence[Hit], model: Model) -> list[Hit]:
    """The found items with their stories, unless they are too many."""
    if len(hits) > MOST_GROUPED:
        return list(hits)
    oldest_first = sorted((hit.item for hit in hits), key=lambda item: (when(item), item.id))
    stories = {row.item_id: row.story_id for row in group_items(oldest_first, model)}
    return [replace(hit, story=stories[hit.item.id]) for hit in hits]


def _newest_first(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    return tuple(sorted(hits, key=lambda hit: (when(hit.item), hit.item.id), reverse=True))


def _weeks(hits: Sequence[Hit]) -> tuple[Week, ...]:
    """Weeks of what was found, which comes newest first; without what has no date at all."""
    hits = [hit for hit in hits if when(hit.item) != UNDATED]
    if not hits:
        return ()
    items = Counter(_monday(hit) for hit in hits)
    first_seen = {hit.story: _monday(hit) for hit in hits}  # the oldest item of a story comes last
    stories = None if None in first_seen else Counter(first_seen.values())
    weeks = []
    monday, last = min(items), max(items)
    while monday <= last:
        weeks.append(Week(monday, items[monday], None if stories is None else stories[monday]))
        monday += timedelta(days=7)
    return tuple(weeks)


def _monday(hit: Hit) -> date:
    day = when(hit.item).astimezone(UTC).date()
    return day - timedelta(days=day.weekday())
