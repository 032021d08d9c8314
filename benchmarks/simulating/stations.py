"""What a simulation is made of: a calendar of events, stations where work waits its turn, and what was measured.

Promises: events happen in order of their time, and at one instant in the order in which they were planned, so that the same
calls give the same history; a station serves first come, first served. Knows nothing of news.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from typing import Any


class Calendar:
    """What is to happen, and the time."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._planned = 0

    def at(self, time: float, what: Callable[..., None], *given: Any) -> None:
        """Let something happen; never before now."""
        self._planned += 1
        heapq.heappush(self._events, (max(time, self.now), self._planned, what, given))

    def run(self, until: float) -> None:
        """Let everything up to an instant happen, that instant included."""
        events = self._events
        while events and events[0][0] <= until:
            self.now, _, what, given = heapq.heappop(events)
            what(*given)
        self.now = until


class Station:
    """So many servers that do one thing at a time each: a worker's processor, the database's processors.

    Attributes:
        busy: seconds of work that were asked for, of all servers.
        served: how often.
    """

    def __init__(self, calendar: Calendar, servers: int = 1) -> None:
        self._calendar = calendar
        self._free = [0.0] * servers
        self.busy = 0.0
        self.served = 0

    def serve(self, seconds: float) -> float:
        """Take work that has come now; when it will be done."""
        begun = max(self._calendar.now, self._free[0])
        done = begun + seconds
        heapq.heapreplace(self._free, done)
        self.busy += seconds
        self.served += 1
        return done


class Paced:
    """A limit of so many in a second: each comes a fixed time after the one before, and what was not used is lost."""

    def __init__(self, per_second: float, burst: int = 1) -> None:
        self._every = 1 / per_second
        self._slack = (burst - 1) * self._every
        self._next = -math.inf

    def take(self, now: float) -> float:
        """The first instant at which one more is allowed; it is taken."""
        allowed = max(now, self._next - self._slack)
        self._next = max(self._next, now) + self._every
        return allowed


class Delays:
    """Measured waits, in seconds."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def add(self, seconds: float) -> None:
        """One more."""
        self.values.append(seconds)

    def quantile(self, share: float) -> float:
        """The wait that this share of all did not exceed; 0 if there was none."""
        return quantile(sorted(self.values), share)

    def mean(self) -> float:
        """0 if there was none."""
        return sum(self.values) / len(self.values) if self.values else 0.0


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of values in order, that below which this share lies; 0 of none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
