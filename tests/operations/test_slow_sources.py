"""Two hundred sources that never come to an end: each is given up after thirty seconds, and nobody else waits for them.

A byte every 0.4 seconds, headers without an end, and a peer that takes nothing and says nothing (a window of zero). The town, its
servers, the fetcher, the poller and the store are those of the crowd of five hundred in ``tests/acceptance``; so is the clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import sys
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

KINDS = {"healthy": 60, "drip": 80, "headers": 60, "window": 60}
ROUNDS = 200
PACE = 0.4
"""Seconds between two bytes."""
DEADLINE = 30.0


def trickling(crowd: Any) -> Any:
    """A town with such sources, which notes how long each was listened to."""

    class Trickle(crowd.Town):  # type: ignore[misc,name-defined]
        def __init__(self, clock: Any) -> None:
            super().__init__(clock)
            self.lasted: dict[str, list[float]] = defaultdict(list)

        async def _for_ever(self, name: str, begin: bytes, part: bytes, writer: asyncio.StreamWriter) -> None:
            began = self.clock.monotonic()
            writer.write(begin)
            try:
                while not writer.is_closing():
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(PACE)
            finally:
                self.lasted[name].append(self.clock.monotonic() - began)

        async def _drip(self, name: str, request: bytes, writer: asyncio.StreamWriter) -> None:
            await self._for_ever(name, b"HTTP/1.1 200 x\r\ncontent-length: 100000\r\n\r\n", b"x", writer)

        async def _headers(self, name: str, request: bytes, writer: asyncio.StreamWriter) -> None:
            await self._for_ever(name, b"HTTP/1.1 200 x\r\n", b"a: b\r\n", writer)

        async def _window(self, name: str, request: bytes, writer: asyncio.StreamWriter) -> None:
            began = self.clock.monotonic()
            writer.transport.pause_reading()  # the kernel's buffer fills, and the window it offers becomes zero
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2 * DEADLINE):
                    while not gone(writer):
                        await asyncio.sleep(PACE)
            self.lasted[name].append(self.clock.monotonic() - began)
            writer.transport.abort()

    return Trickle


def gone(writer: asyncio.StreamWriter) -> bool:
    """Whether the peer has closed: with reading paused, nobody else would notice."""
    raw = socket.socket(fileno=socket.dup(writer.get_extra_info("socket").fileno()))
    try:
        raw.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            return raw.recv(1, socket.MSG_PEEK) == b""
        return False
    finally:
        raw.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has one loopback address; this needs hundreds")
def test_two_hundred_endless_sources_are_given_up_after_thirty_seconds_and_delay_nobody_by_an_interval(
    tmp_path: Path, house: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    crowd, loops = house.module("acceptance", "test_five_hundred"), house.module("standins", "loops")
    for name, value in {"KINDS": KINDS, "ROUNDS": ROUNDS, "Town": trickling(crowd)}.items():
        monkeypatch.setattr(crowd, name, value)
    with asyncio.Runner(loop_factory=loops.FakeTimeLoop) as runner:
        town, _, troubles = runner.run(crowd.played(tmp_path, loops))
    assert len(town.asked) == sum(KINDS.values()), "everybody was asked"
    lasted = [seconds for many in town.lasted.values() for seconds in many]
    assert len(lasted) >= 200
    healthy = {name: times for name, times in town.asked.items() if name.startswith("healthy")}
    first = max(times[0] for times in healthy.values()) - crowd.START
    late = max(after - before - crowd.INTERVAL for times in healthy.values() for before, after in itertools.pairwise(times))
    with capsys.disabled():
        print(  # noqa: T201  # the figures are the result
            f"\n{len(lasted)} fetches from {len(town.lasted)} endless sources, the longest {max(lasted):.1f} s; healthy ones first "
            f"asked within {first}, then at most {late} later than their interval; {dict(troubles)}"
        )
    assert max(lasted) <= DEADLINE + 2 * PACE
    assert first < crowd.INTERVAL
    assert timedelta(0) <= late < crowd.INTERVAL
    assert troubles == {"": KINDS["healthy"], "timeout": 200}
