"""Which places have another place near them, asked place by place.

Promises: an answer costs two searches in a sorted list, however many places there are and however long: pairs are never
listed, because a text of one word repeated has as many pairs as its words squared. Knows no rules and no names.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from bot.rules.article import Occurrence

_TEXT = 1 << 32
"""Numbers of words set aside for one text, so that a place's text and word are one number: no text has so many words."""


class Neighbours:
    """Places of one thing, ready to be asked what is near them.

    A place of ``first`` to ``last`` is within n words of another if ``other.first <= last + n`` and ``other.last >= first - n``.
    Of all places that begin up to a word only the one or two that reach furthest can matter, and these are kept.

    Args:
        places: ascending, each once.
    """

    __slots__ = ("_firsts", "_places", "_reach", "_second")

    def __init__(self, places: Sequence[Occurrence]) -> None:
        self._places = places
        self._firsts = [slot * _TEXT + first for slot, first, _ in places]
        self._reach = list(accumulate([slot * _TEXT + last for slot, _, last in places], max))
        self._second: list[int] | None = None

    def near(self, place: Occurrence, within: int) -> bool:
        """Whether another of them than the place itself has at most so many words between; overlapping ones have none."""
        slot, first, last = place
        text = slot * _TEXT
        until = bisect_right(self._firsts, text + last + within)
        if not until or self._reach[until - 1] < text + first - within:
            return False
        if not self._has(place):
            return True
        if self._second is None:  # only where the two sides share places
            self._second = self._find_second()
        return self._second[until - 1] >= text + first - within

    def later(self, place: Occurrence, within: int) -> bool:
        """Whether one that begins after the beginning of the place is so near."""
        slot, first, last = place
        at = bisect_right(self._firsts, slot * _TEXT + first)
        return at < len(self._firsts) and self._firsts[at] <= slot * _TEXT + last + within

    def earlier(self, place: Occurrence, within: int) -> bool:
        """Whether one that begins before the beginning of the place is so near."""
        slot, first, _ = place
        until = bisect_left(self._firsts, slot * _TEXT + first)
        return until > 0 and self._reach[until - 1] >= slot * _TEXT + first - within

    def around(self, place: Occurrence, within: int | None) -> bool:
        """Whether one that is not inside the place is so near; within None: anywhere, in any text."""
        slot, _, last = place
        if within is None:  # few can be inside, so that this ends soon
            return any(not inside(other, place) for other in self._places)
        text = slot * _TEXT
        at = bisect_left(self._firsts, text + last)
        if at < len(self._firsts) and self._firsts[at] <= text + last + within:
            return True
        if at and self._reach[at - 1] > text + last:
            return True
        return self.earlier(place, within)

    def covers(self, place: Occurrence) -> bool:
        """Whether the place lies inside one of them, or is one."""
        slot, first, last = place
        until = bisect_right(self._firsts, slot * _TEXT + first)
        return until > 0 and self._reach[until - 1] >= slot * _TEXT + last

    def _find_second(self) -> list[int]:
        """How far the one that reaches furthest but for one does, up to each."""
        found: list[int] = []
        furthest = second = -_TEXT
        for slot, _, last in self._places:
            end = slot * _TEXT + last
            if end > furthest:
                furthest, second = end, furthest
            elif end > second:
                second = end
            found.append(second)
        return found

    def _has(self, place: Occurrence) -> bool:
        at = bisect_left(self._places, place)
        return at < len(self._places) and self._places[at] == place


def inside(one: Occurrence, other: Occurrence) -> bool:
    """Whether every word of the one is a word of the other."""
    return one[0] == other[0] and other[1] <= one[1] and one[2] <= other[2]


def between(one: Occurrence, other: Occurrence) -> int:
    """How many words stand between two places of one text."""
    return max(other[1] - one[2], one[1] - other[2], 0)
