"""An event loop whose clock stands still while anything can be done, and goes on to the next timer when nothing can.

Sockets, servers and SDKs are real and take their time as they need it; what they wait for passes at once. Whoever uses it asks
``FakeTimeLoop.time`` or ``LoopClock`` for the time and no other clock.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any


class PatientSelector(selectors.DefaultSelector):
    """Waits for what is real, and lets the fake clock go on when nothing real is to come."""

    loop: FakeTimeLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        events = super().select(0)
        if events or timeout == 0:
            return events
        if self.loop.busy:
            return super().select(0.05)
        events = super().select(0.0002)
        if events or timeout is None:
            return events or super().select(1.0)
        self.loop.now += timeout
        return []


class FakeTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is told by ``now``.

    Attributes:
        busy: while it is not 0, something real is under way that no socket tells of, a thread or a process. What is handed to a
            thread by the loop itself counts by itself.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.busy = 0
        selector = PatientSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        self.busy += 1
        done: asyncio.Future[Any] = super().run_in_executor(executor, func, *args)
        done.add_done_callback(self._less_busy)
        return done

    def _less_busy(self, _: asyncio.Future[Any]) -> None:
        self.busy -= 1


class LoopClock:
    """The loop's time for the rest of the program."""

    def __init__(self, loop: FakeTimeLoop, start: datetime) -> None:
        self._loop = loop
        self._start = start

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.now)

    def monotonic(self) -> float:
        return self._loop.now
