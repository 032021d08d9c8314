"""Stages run when woken, one at a time; a clock that is set stops nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.core.clock import VirtualClock
from bot.core.errors import StoreError
from bot.scheduler.local import TICK, EveryTick, LocalScheduler, Stage, within

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


async def test_a_stage_runs_once_at_a_time_and_once_more_if_woken_meanwhile() -> None:
    running, runs = 0, []
    go, started = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        nonlocal running
        running += 1
        runs.append(running)
        started.set()
        await go.wait()
        running -= 1

    stage = Stage("work", work)
    stage.start()
    stage.wake()
    await started.wait()
    for _ in range(5):
        stage.wake()
    go.set()
    await asyncio.sleep(0)
    while len(runs) < 2:
        await asyncio.sleep(0)
    await stage.stop()
    assert runs == [1, 1]


async def test_a_stage_outlives_a_failure() -> None:
    outcomes = []
    done = asyncio.Event()

    async def work() -> None:
        outcomes.append(len(outcomes))
        if len(outcomes) == 1:
            stage.wake()
            raise RuntimeError("the disk is full")
        done.set()

    stage = Stage("work", work)
    stage.start()
    stage.wake()
    await asyncio.wait_for(done.wait(), 5)
    await stage.stop()
    assert outcomes == [0, 1]


async def test_stopping_lets_the_run_in_hand_end() -> None:
    started, ended = asyncio.Event(), []

    async def work() -> None:
        started.set()
        await asyncio.sleep(0.05)
        ended.append(True)

    stage = Stage("work", work)
    stage.start()
    stage.wake()
    await started.wait()
    await stage.stop()
    assert ended == [True]


async def test_every_stage_is_woken_at_the_start() -> None:
    ran = asyncio.Event()

    async def work() -> None:
        ran.set()

    async def stepped(_: timedelta) -> None:
        raise AssertionError("nobody set the clock")

    scheduler = LocalScheduler([Stage("work", work)], clock=SteadyClock(), on_clock_step=stepped)
    scheduler.start()
    await asyncio.wait_for(ran.wait(), 5)
    await scheduler.stop()


class SteadyClock:
    """The event loop's own clock, with a wall clock that a test may set."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic()) + self.offset

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


async def test_a_clock_that_is_set_back_is_noticed_and_ticking_goes_on() -> None:
    steps: list[timedelta] = []
    noticed, ran_after = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        if steps:
            ran_after.set()

    async def stepped(step: timedelta) -> None:
        steps.append(step)
        noticed.set()

    clock = SteadyClock()
    scheduler = LocalScheduler([Stage("work", work)], clock=clock, on_clock_step=stepped)
    scheduler.start()
    clock.offset = timedelta(hours=-1)
    await asyncio.wait_for(noticed.wait(), 30)
    await asyncio.wait_for(ran_after.wait(), 30)
    await scheduler.stop()
    assert abs(steps[0] + timedelta(hours=1)) < timedelta(seconds=2)
    assert len(steps) == 1


def test_a_virtual_clock_moves_back_without_turning_monotonic_time_back() -> None:
    clock = VirtualClock(START)
    clock.advance(timedelta(seconds=10))
    clock.move_to(START - timedelta(hours=1))
    assert (clock.now(), clock.monotonic()) == (START - timedelta(hours=1), 10.0)


async def test_a_database_that_does_not_answer_is_told_once_for_as_long_as_it_lasts() -> None:
    runs = 0
    failing = True

    async def work() -> None:
        nonlocal runs
        runs += 1
        if failing:
            raise StoreError("The database does not answer.")

    async def run_again() -> None:
        before = runs
        stage.wake()
        async with asyncio.timeout(5):
            while runs == before:
                await asyncio.sleep(0)

    stage = Stage("work", work)
    stage.start()
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            await run_again()
        failing = False
        await run_again()
        failing = True
        await run_again()
        await stage.stop()
    assert [(entry["log_level"], entry["error"]) for entry in logs] == [("warning", "The database does not answer.")] * 2


async def test_a_step_of_the_clock_that_could_not_be_answered_is_answered_at_the_next_tick() -> None:
    clock = VirtualClock(START)
    steps: list[timedelta] = []
    done = asyncio.Event()

    async def on_step(step: timedelta) -> None:
        steps.append(step)
        if len(steps) == 1:
            raise StoreError("The database does not answer.")
        done.set()

    scheduler = LocalScheduler((), clock=clock, on_clock_step=on_step)
    scheduler.start()
    await asyncio.sleep(0)
    clock.move_to(START - timedelta(hours=1))
    await asyncio.wait_for(done.wait(), 10)
    await scheduler.stop()
    assert steps == [timedelta(hours=-1)] * 2


@pytest.mark.parametrize("leap", [timedelta(hours=1), timedelta(days=3653), timedelta(days=20_000)])
def test_a_clock_that_is_set_far_ahead_owes_one_tick_and_not_one_for_each_second_in_between(leap: timedelta) -> None:
    trigger = EveryTick()
    first = trigger.get_next_fire_time(None, START)
    job = AsyncIOScheduler(timezone="UTC").add_job(print, trigger, next_run_time=first)
    assert first == START + TICK
    assert job._get_run_times(START) == []
    assert job._get_run_times(first + leap) == [first]
    assert trigger.get_next_fire_time(first, first + leap) == first + leap + TICK


async def test_a_stage_tells_for_how_long_it_has_been_at_its_work() -> None:
    entered, free = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        entered.set()
        await free.wait()

    stage = Stage("work", work)
    assert (stage.alive, stage.busy) == (True, 0.0)
    stage.start()
    stage.wake()
    await entered.wait()
    await asyncio.sleep(0.02)
    assert stage.busy > 0.01
    free.set()
    await stage.stop()
    assert (stage.alive, stage.busy) == (True, 0.0)


async def test_a_scheduler_whose_stage_has_ended_is_not_alive() -> None:
    async def fatal() -> None:
        raise asyncio.CancelledError

    async def stepped(_: timedelta) -> None:
        raise AssertionError("nobody set the clock")

    scheduler = LocalScheduler([Stage("work", fatal)], clock=SteadyClock(), on_clock_step=stepped)
    assert scheduler.alive
    scheduler.start()
    async with asyncio.timeout(5):
        while scheduler.alive:
            await asyncio.sleep(0.01)
    assert scheduler.busy() == {"work": 0.0}
    await asyncio.gather(scheduler.stop(), return_exceptions=True)


async def test_what_does_not_end_in_time_is_broken_off_and_its_end_not_waited_for() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(30)

    assert await within(5, asyncio.sleep(0))
    async with asyncio.timeout(10):
        assert not await within(0.01, stubborn())
    with pytest.raises(ValueError, match="wrong"):
        await within(5, _fails())


async def _fails() -> None:
    raise ValueError("wrong")
