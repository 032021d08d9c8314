"""A demo that is told to end ends, however long its bot takes for that."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest

from bot.core.errors import WorkError
from bot.demo import show


async def played() -> int:
    return await show.play(keep=False, out=io.StringIO(), pause=0.0, width=80)


async def test_a_bot_that_takes_long_to_end_after_ctrl_c_is_no_fault_of_the_tale(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(settings: Any, options: Any, *, stop: asyncio.Event) -> int:
        stop.set()  # as the signal does
        await asyncio.sleep(10 * show.STEP_LIMIT)
        return 130

    monkeypatch.setattr(show, "STEP_LIMIT", 0.05)
    monkeypatch.setattr(show, "run", slow)
    assert await played() == 130


async def test_a_bot_that_does_nothing_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    async def idle(settings: Any, options: Any, *, stop: asyncio.Event) -> int:
        await stop.wait()
        return 0

    monkeypatch.setattr(show, "STEP_LIMIT", 0.05)
    monkeypatch.setattr(show, "run", idle)
    with pytest.raises(WorkError, match="stopped at step 1"):
        await played()
