"""Whether this process was silent for so long that others took it for dead, and do meanwhile what it had in hand.

Promises: what was begun before such a silence is known for it in the first moment after, whatever runs first then. How long a step
takes does not count, as long as the process lives. Touches nothing outside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.core.clock import Clock

SILENT_FOR = 20.0
"""Seconds: ten less than after which a silent process counts as dead (``bot.scheduler.cluster.DEAD_AFTER``)."""
EVERY = 1.0
"""Seconds between two signs of life."""


class Awake:
    """Notices silences.

    Args:
        clock: the time that goes on while the process sleeps.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = clock.monotonic()
        self._silences = 0
        self._beats: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Give signs of life from now on; who does already goes on."""
        if self._beats is None:
            self._beats = asyncio.create_task(self._beat(), name="awake")

    async def stop(self) -> None:
        """Give none any more."""
        if self._beats is not None:
            self._beats.cancel()
            await asyncio.gather(self._beats, return_exceptions=True)
            self._beats = None

    def since_now(self) -> Callable[[], bool]:
        """Tells, whenever it is asked, whether there was no silence since this call."""
        self._look()
        silences = self._silences

        def unbroken() -> bool:
            self._look()
            return self._silences == silences

        return unbroken

    async def _beat(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(EVERY)

    def _look(self) -> None:
        now = self._clock.monotonic()
        if now - self._seen > SILENT_FOR:
            self._silences += 1
        self._seen = now
