"""A workspace's own merges and splits, laid over the shared stories.

Promises: every article is in exactly one story; every constraint that stands is respected, for articles that come later too;
what no constraint touches is as the shared stories have it; the result depends neither on the order in which articles
arrived nor on that in which constraints are given. Never changes a shared story. Pure.

How: the places of a workspace are the stories in which articles were first filed, and a place of its own for each article
that was taken out of one (with its copies). Constraints are laid first, the newest first; one that is ruled out by those
laid already is void. Then the shared merges follow, oldest story first, each unless it would bring together what must stay
apart. So a constraint outlives what the shared decisions do later: a story that people merged with another takes along what
joins it, and two that people set apart are not bridged again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.overlays import Bond, Constraint, own_story
from bot.core.stories import StoryRecord
from bot.stories.cluster import going_on


@dataclass(frozen=True, slots=True)
class Placed:
    """An article in the shared stories.

    Attributes:
        home: the story in which it was first filed: shared merges do not change it.
        duplicate_of: the original whose text it repeats, or None.
    """

    item_id: str
    home: str
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class Laid:
    """The stories of a workspace.

    Attributes:
        story_of: story by article.
        goes_on: story by every place: shared stories, those merged away too, and articles' own stories.
        void: ids of constraints that others rule out.
    """

    story_of: Mapping[str, str]
    goes_on: Mapping[str, str]
    void: frozenset[str] = frozenset()

    def places_of(self, story_id: str) -> frozenset[str]:
        """Every id under which this story may have been told."""
        return frozenset(place for place, story in self.goes_on.items() if story == story_id)

    def items_of(self, story_id: str) -> frozenset[str]:
        """Its articles."""
        return frozenset(item_id for item_id, story in self.story_of.items() if story == story_id)


class Overlay:
    """The constraints that hold in one place, in force together."""

    def __init__(self, constraints: Iterable[Constraint]) -> None:
        """Take the constraints, in any order; those taken back are left out."""
        standing = [constraint for constraint in constraints if constraint.undone_at is None]
        self._constraints = tuple(sorted(standing, key=lambda one: (one.at, one.id), reverse=True))

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """Those that stand, newest first."""
        return self._constraints

    @property
    def named(self) -> frozenset[str]:
        """Ids of the stories that any constraint names, articles' own ones among them."""
        return frozenset(name for constraint in self._constraints for name in _stories_named(constraint))

    def reach(self, story_ids: Collection[str], stories: Mapping[str, StoryRecord]) -> frozenset[str]:
        """The shared stories that have to be looked at together with these, as they go on; empty if no constraint touches them.

        Args:
            story_ids: shared stories.
            stories: records of these, of every story of ``named``, and of those they were merged into.
        """
        own = {own_story(one.first): one.second for one in self._constraints if one.bond is Bond.OUT}
        edges = [
            frozenset(going_on(own.get(name, name), stories) or name for name in _stories_named(constraint))
            for constraint in self._constraints
        ]
        found = {going_on(story_id, stories) or story_id for story_id in story_ids}
        if not any(found & edge for edge in edges):
            return frozenset()
        while more := [edge for edge in edges if found & edge and not edge <= found]:
            found.update(*more)
        return frozenset(found)

    def lay(self, placed: Iterable[Placed], stories: Mapping[str, StoryRecord]) -> Laid:
        """The workspace's stories.

        Args:
            placed: every article of the shared stories looked at.
            stories: their records, those merged away included.
        """
        items = sorted(placed, key=lambda one: one.item_id)
        out = self._taken_out(items, stories)
        place_of = {one.item_id: _place(one, out) for one in items}
        groups = _Groups({*stories, *place_of.values(), *(own_story(item_id) for item_id in out)})
        void = [
            constraint.id
            for constraint in self._constraints
            if not groups.constrain(constraint, elsewhere=constraint.bond is Bond.OUT and constraint.first not in out)
        ]
        for gone in sorted(stories.values(), key=_age):
            if gone.merged_into is not None and gone.merged_into in stories:
                groups.join(gone.id, gone.merged_into)
        names: dict[str, str] = {}
        for places in groups.all():
            name = min(places, key=lambda place: _seniority(place, stories))
            names.update(dict.fromkeys(places, name))
        return Laid({item_id: names[place] for item_id, place in place_of.items()}, names, frozenset(void))

    def _taken_out(self, items: Sequence[Placed], stories: Mapping[str, StoryRecord]) -> frozenset[str]:
        """Articles that constraints take out of the shared story in which they are."""
        home = {one.item_id: going_on(one.home, stories) for one in items}
        return frozenset(
            one.first
            for one in self._constraints
            if one.bond is Bond.OUT and one.first in home and home[one.first] == going_on(one.second, stories)
        )


def _stories_named(constraint: Constraint) -> Iterator[str]:
    if constraint.bond is not Bond.OUT:
        yield constraint.first
    yield constraint.second


def _place(item: Placed, out: frozenset[str]) -> str:
    if item.item_id in out:
        return own_story(item.item_id)
    return own_story(item.duplicate_of) if item.duplicate_of is not None and item.duplicate_of in out else item.home


def _age(story: StoryRecord) -> tuple[float, str]:
    return (story.opened_at.timestamp(), story.id)


def _seniority(place: str, stories: Mapping[str, StoryRecord]) -> tuple[int, float, str]:
    """A story that goes on gives its name before one that was merged away, the older before the younger; own ones come last."""
    if place not in stories:
        return (2, 0.0, place)
    return (int(stories[place].merged_into is not None), *_age(stories[place]))


class _Groups:
    """Places that belong together, and pairs that must not: a union of sets with vetoes."""

    def __init__(self, places: Iterable[str]) -> None:
        self._group = {place: {place} for place in sorted(places)}
        self._vetoes: list[tuple[str, str]] = []

    def all(self) -> Iterator[set[str]]:
        """Each group once."""
        yield from {id(group): group for group in self._group.values()}.values()

    def constrain(self, constraint: Constraint, *, elsewhere: bool) -> bool:
        """Lay a constraint; False if those laid before rule it out. One about other places than these says nothing here."""
        one, other = constraint.ends
        if elsewhere or one not in self._group or other not in self._group:
            return True
        if constraint.bond is Bond.ONE:
            return self.join(one, other)
        if self._group[one] is self._group[other]:
            return False
        self._vetoes.append((one, other))
        return True

    def join(self, one: str, other: str) -> bool:
        """Make one group of two; False if a veto stands between them."""
        mine, theirs = self._group[one], self._group[other]
        if mine is theirs:
            return True
        if any((a in mine and b in theirs) or (a in theirs and b in mine) for a, b in self._vetoes):
            return False
        mine |= theirs
        self._group.update(dict.fromkeys(theirs, mine))
        return True
