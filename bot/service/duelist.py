"""Sources that are due and wait for room, by site.

Promises: of one site one source at a time is handed out; those whose last poll failed come last and never take more than their part
of the room, so that sites that hang hold nobody else up; nothing is handed out twice. Knows no clock and asks nobody.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from bot.core.sources import SourceState


class DueList:
    """What waits, and which sites are being asked.

    Args:
        failing: how many sources whose last poll failed may be out at a time.
    """

    def __init__(self, *, failing: int) -> None:
        self._most_failing = failing
        self._waiting: dict[str, deque[SourceState]] = {}
        self._out: dict[str, bool] = {}
        self._failing = 0

    def __bool__(self) -> bool:
        """Whether any source waits."""
        return bool(self._waiting)

    def put(self, due: Iterable[tuple[str, SourceState]]) -> None:
        """Let these wait, in place of all that waited: pairs of site and source, longest overdue first."""
        self._waiting = {}
        for site, state in sorted(due, key=lambda pair: pair[1].failures > 0):  # stable: each part stays in its order
            self._waiting.setdefault(site, deque()).append(state)

    def take(self, room: int) -> list[tuple[str, SourceState]]:
        """Hand out at most ``room`` sources; each has to be given back by its site."""
        taken: list[tuple[str, SourceState]] = []
        for site in list(self._waiting):
            if len(taken) >= room:
                break
            if site in self._out:
                continue
            states = self._waiting[site]
            failing = states[0].failures > 0
            if failing and self._failing >= self._most_failing:
                continue
            taken.append((site, states.popleft()))
            self._out[site] = failing
            self._failing += failing
            if not states:
                del self._waiting[site]
        return taken

    def give_back(self, site: str) -> None:
        """A source of this site was asked."""
        self._failing -= self._out.pop(site)

    def drop(self, site: str) -> None:
        """Let no source of this site wait any more: it wants to be left alone."""
        self._waiting.pop(site, None)

    def clear(self) -> None:
        """Let nothing wait any more."""
        self._waiting = {}
