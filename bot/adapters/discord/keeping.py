"""A few things kept in mind for a while: bounded, forgotten in time, gone with the process."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import Generic, TypeVar

from bot.core.clock import Clock

MOST = 500
"""Things kept at once: far more than people have open."""

Thing = TypeVar("Thing")


class Keeping(Generic[Thing]):
    """Things by name."""

    def __init__(self, clock: Clock, lasting: timedelta) -> None:
        """Nothing is kept yet.

        Args:
            clock: tells the time.
            lasting: how long a thing is kept.
        """
        self._clock = clock
        self._lasting = lasting.total_seconds()
        self._kept: OrderedDict[str, tuple[float, Thing]] = OrderedDict()

    def keep(self, name: str, thing: Thing) -> None:
        """Keep a thing; the oldest goes where there are too many."""
        self._kept[name] = (self._clock.monotonic(), thing)
        self._kept.move_to_end(name)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def get(self, name: str) -> Thing | None:
        """The thing of this name, if it is still kept."""
        since, thing = self._kept.get(name, (float("-inf"), None))
        return thing if self._clock.monotonic() - since <= self._lasting else None
