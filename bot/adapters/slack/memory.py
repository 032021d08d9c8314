"""What was seen lately, so that it is not done twice."""

from __future__ import annotations

from collections import OrderedDict

from bot.core.clock import Clock


class Memory:
    """Remembers keys for a span of monotonic time; the oldest go first when there are too many."""

    def __init__(self, clock: Clock, *, seconds: float, most: int = 50_000) -> None:
        """Build a memory.

        Args:
            clock: measures the span.
            seconds: how long a key is remembered.
            most: keys kept at most: the memory must not grow with what strangers send.
        """
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._until: OrderedDict[str, float] = OrderedDict()

    def is_new(self, *keys: str) -> bool:
        """Whether none of the keys was seen lately; all of them are remembered from now on."""
        now = self._clock.monotonic()
        while self._until and next(iter(self._until.values())) <= now:
            self._until.popitem(last=False)
        fresh = [key for key in keys if key not in self._until]
        for key in fresh:
            self._until[key] = now + self._seconds
        while len(self._until) > self._most:
            self._until.popitem(last=False)
        return len(fresh) == len(keys)
