"""One process: APScheduler ticks, stages do the work.

Promises: due times live in the store, the tick only asks what is due; a stage never runs twice at once; a clock that
is set forward or back delays nothing by more than two ticks; stopping lets the work in hand end. Never decides
anything about sources, stories or messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from bot.core.clock import Clock
from bot.core.errors import WorkError

TICK = timedelta(seconds=1)
"""How often the store is asked what is due. News inside the process wakes stages at once, without the tick."""
CLOCK_STEP = timedelta(seconds=2)
"""Wall and monotonic clock drift apart by less than this between two looks unless somebody set the clock."""

log = structlog.get_logger(__name__)


class Stage:
    """Work that runs when woken: at most once at a time, once more if woken meanwhile."""

    def __init__(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        self.name = name
        self._work = work
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._told = ""
        self._began: float | None = None

    @property
    def alive(self) -> bool:
        """Whether it runs when woken; True before its start, and after it was stopped."""
        return self._stopping or self._task is None or not self._task.done()

    @property
    def busy(self) -> float:
        """Seconds for which the run in hand has lasted; 0 if there is none."""
        return 0.0 if self._began is None else asyncio.get_running_loop().time() - self._began

    def wake(self) -> None:
        """Run soon."""
        self._woken.set()

    def start(self) -> None:
        """Begin to listen for wake-ups."""
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Let the run in hand end, then listen no more."""
        self._stopping = True
        self._woken.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            if self._stopping:
                return
            self._began = asyncio.get_running_loop().time()
            try:
                await self._work()
                self._told = ""
            except WorkError as error:
                # Foreseen, a database that does not answer: its sentence once, not every second for as long as it lasts.
                if str(error) != self._told:
                    log.warning("stage cannot work, tried again at every tick", stage=self.name, error=str(error))
                self._told = str(error)
            except Exception:
                # A stage must outlive any single failure: its work is still in the store and is tried again at the next tick.
                log.exception("stage failed, tried again at the next tick", stage=self.name)
            finally:
                self._began = None


async def within(seconds: float, work: Awaitable[object]) -> bool:
    """Wait for something for so long; what takes longer is broken off, and nobody waits for how it ends. Whether it was done.

    A timeout would wait: a question to a database that is out of reach takes seconds to be broken off, or never ends.
    """
    task = asyncio.ensure_future(work)
    if not (await asyncio.wait({task}, timeout=seconds))[0]:
        task.cancel()
        return False
    task.result()
    return True


class EveryTick(BaseTrigger):  # type: ignore[misc]  # APScheduler has no type hints
    """A tick after the last one; ticks that a leap of the clock passed over are never made up for, not even to be counted.

    APScheduler's own interval names each of them before it makes one of all: for a clock that wakes up in 1970 and is then
    set, more than a thousand million, and as long nothing else happens.
    """

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The next tick: after ``now``, whenever the one before was."""
        return now + TICK if previous_fire_time is None else max(previous_fire_time, now) + TICK


class LocalScheduler:
    """Wakes stages every tick and notices when the clock is set."""

    def __init__(self, stages: Sequence[Stage], *, clock: Clock, on_clock_step: Callable[[timedelta], Awaitable[None]]) -> None:
        self._stages = stages
        self._clock = clock
        self._on_clock_step = on_clock_step
        self._scheduler = self._new_scheduler()
        self._watch: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether every stage, and the watch over the clock, is still there."""
        watched = self._watch is None or not self._watch.done() or self._watch.cancelled()
        return watched and all(stage.alive for stage in self._stages)

    def busy(self) -> dict[str, float]:
        """Seconds for which the run in hand of each stage has lasted, by name; 0 where there is none."""
        return {stage.name: stage.busy for stage in self._stages}

    def start(self) -> None:
        """Start stages, ticks and the watch over the clock."""
        for stage in self._stages:
            stage.start()
            stage.wake()
        self._scheduler.start()
        self._watch = asyncio.create_task(self._watch_clock(self._clock.now(), self._clock.monotonic()), name="clock watch")

    async def stop(self) -> None:
        """Stop ticking, then let every stage end what it has in hand; one that was never started has nothing."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        await asyncio.gather(*(stage.stop() for stage in self._stages))

    def _tick(self) -> None:
        for stage in self._stages:
            stage.wake()

    def _new_scheduler(self) -> AsyncIOScheduler:
        # misfire_grace_time=None: a tick that is late still counts; coalesce: many late ones count once.
        scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        scheduler.add_job(self._tick, EveryTick(), id="tick")
        return scheduler

    async def _watch_clock(self, wall: datetime, steady: float) -> None:
        """Compare wall and monotonic clock; asyncio sleeps by the monotonic one, so this loop cannot be set back.

        APScheduler 3 computes its next run from the wall clock: set back by an hour it would stay silent for an hour.
        """
        owed = timedelta(0)
        while True:
            await asyncio.sleep(TICK.total_seconds())
            now, later = self._clock.now(), self._clock.monotonic()
            step = (now - wall) - timedelta(seconds=later - steady)
            wall, steady = now, later
            if abs(step) > CLOCK_STEP:
                log.warning("the clock was set, due times are re-armed", step_seconds=round(step.total_seconds(), 1))
                self._scheduler.shutdown(wait=False)
                self._scheduler = self._new_scheduler()
                self._scheduler.start()
                owed += step
            if owed:
                try:
                    await self._on_clock_step(owed)
                    owed = timedelta(0)
                except Exception as error:  # noqa: BLE001  # whatever it is, the watch must outlive it, and the duty is still owed
                    log.warning("due times could not be re-armed, tried again at the next tick", error=str(error))
                self._tick()
