"""The loop of patient clocks: time goes on when nothing real is to come, and not before."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from bypath import loaded

loops = loaded(Path(__file__).with_name("loops.py"), "standins_loops")


def played(work: Coroutine[Any, Any, float]) -> float:
    with asyncio.Runner(loop_factory=loops.FakeTimeLoop) as runner:
        return runner.run(work)


def test_what_waits_for_nothing_real_waits_no_time() -> None:
    async def a_day() -> float:
        await asyncio.sleep(86_400)
        return asyncio.get_running_loop().time()

    began = time.monotonic()
    assert played(a_day()) == 86_400
    assert time.monotonic() - began < 60


def test_the_clock_stands_still_while_a_thread_works() -> None:
    """However long the machine takes for it: else what waits for the thread goes on at another time in every run."""

    async def beside_a_timer() -> float:
        later = asyncio.create_task(asyncio.sleep(300))
        await asyncio.to_thread(time.sleep, 0.05)
        ended = asyncio.get_running_loop().time()
        await later
        return ended

    assert played(beside_a_timer()) == 0
