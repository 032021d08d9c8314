"""Whether this process truly lives: its loop turns, and its database answers.

Promises: a beat a second while both is so, and none while either is not; how late the loop was is measured. A database that says
what is wrong with it has answered: that makes the bot unready, and no restart would mend it. Repairs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.core.clock import Clock

EVERY = 1.0
"""Seconds between two beats."""
ASK_EVERY = 5
"""Beats between two questions to the database."""
PATIENCE = 60
"""Beats without any answer of the database after which the process counts as hung. It has 10 seconds to say that it is busy, and
this process's own longest transaction takes less than one. Counted in beats, so that a machine that slept did not hang."""

log = structlog.get_logger(__name__)


class Pulse:
    """Looks every second whether the process lives.

    Args:
        ask: the database's own word on what is wrong with it, None if nothing is; does not return while it hangs.
        works: whether whoever does the work is still there.
        clock: tells the time.
        on_beat: called once a second while the process lives.
        on_lag: called once a second with how many seconds late the loop was.
        patience: beats without an answer after which the database counts as hung.
        every: seconds between two beats.
    """

    def __init__(
        self,
        *,
        ask: Callable[[], Awaitable[str | None]],
        works: Callable[[], bool],
        clock: Clock,
        on_beat: Callable[[], None],
        on_lag: Callable[[float], None],
        patience: int = PATIENCE,
        every: float = EVERY,
    ) -> None:
        self._ask = ask
        self._works = works
        self._clock = clock
        self._on_beat = on_beat
        self._on_lag = on_lag
        self._patience = patience
        self._every = every
        self._task: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._unanswered = 0
        self._beats = 0
        self._hung = False
        self.trouble: str | None = None
        """What the database last said was wrong with it."""

    @property
    def answered(self) -> bool:
        """Whether the database said lately how it is, well or not."""
        return self._unanswered < self._patience

    @property
    def alive(self) -> bool:
        """Whether the database answered lately and the work goes on. Whoever reads this knows that the loop turns."""
        return self.answered and self._works()

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._beat(), name="pulse")

    async def stop(self) -> None:
        """Look no more."""
        tasks = [task for task in (self._task, self._asking) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _beat(self) -> None:
        while True:
            if self._beats % ASK_EVERY == 0 and (self._asking is None or self._asking.done()):
                self._asking = asyncio.create_task(self._question(), name="pulse of the database")
            self._beats += 1
            before = self._clock.monotonic()
            await asyncio.sleep(self._every)
            self._on_lag(max(self._clock.monotonic() - before - self._every, 0.0))
            self._unanswered += 1
            if self.alive:
                self._on_beat()
                self._hung = False
            elif not self._hung:
                self._hung = True
                log.error("the process hangs: the database does not answer, or a part of the bot has ended")

    async def _question(self) -> None:
        try:
            trouble = await self._ask()
        except Exception:
            # No word on the database is no answer; the next question may get one.
            log.exception("the database could not be asked how it is")
            return
        if trouble is not None and self.trouble is None:
            log.warning("the database is in trouble", error=trouble)
        elif trouble is None and self.trouble is not None:
            log.info("the database is well again")
        self.trouble = trouble
        self._unanswered = 0
