"""Five hundred sources, of which more than two hundred misbehave: the others are polled on time, and nobody is asked too early.

Everything is real but time: the poller, the fetcher, SQLite on disk, sockets on loopback and the servers behind them. The event
loop itself is given a clock that stands still while anything can be done (a callback is ready, bytes are under way, the database
works) and goes on to the next timer when nothing can. Servers, deadlines and the poller all live by that one clock, so a server
that sends a byte a second is met for thirty seconds as it would be in life; only that nobody has to wait for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import itertools
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from bot.config.settings import NetSettings
from bot.core.documents import FeedDocument
from bot.core.sources import SourceConfig, SourceState
from bot.net.client import Fetcher
from bot.sandbox.jobs.feed import parse_feed
from bot.service.poll import Poller
from bot.sources import registry
from bot.store.database import Store

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
INTERVAL = timedelta(minutes=30)
ROUNDS = 1000
ROUND = 20.0
"""Seconds of the fake clock."""
TICK = 5.0
"""Seconds of the fake clock between two looks at what is due; the bot looks every second."""
KINDS = {"healthy": 280, "slow": 100, "hang": 50, "throttled": 50, "loop": 20}
RETRY_AFTER = 5400


class Counted:
    """The store; while one of its threads works, the fake clock stands still."""

    def __init__(self, store: Store, loop: Any) -> None:
        self._store = store
        self._loop = loop

    def __getattr__(self, name: str) -> Callable[..., Any]:
        called = getattr(self._store, name)

        async def counted(*values: Any, **options: Any) -> Any:
            self._loop.busy += 1
            try:
                return await called(*values, **options)
            finally:
                self._loop.busy -= 1

        return counted


class SameProcess:
    """The sandbox's own reader; a process would keep its own time."""

    async def run(self, job: str, /, **kwargs: Any) -> FeedDocument:
        return parse_feed(**kwargs)


class Town:
    """Five hundred servers, each on an address of its own, and when each was asked."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.asked: dict[str, list[datetime]] = defaultdict(list)
        self.servers: list[asyncio.Server] = []
        self.urls: dict[str, str] = {}
        self.ports: set[int] = set()

    async def build(self) -> None:
        number = 0
        for kind, count in KINDS.items():
            for _ in range(count):
                number += 1
                name, host = f"{kind}-{number}", f"127.1.{number // 250}.{number % 250 + 1}"
                server = await asyncio.start_server(self._serving(kind, name), host, 0)
                port = server.sockets[0].getsockname()[1]
                self.servers.append(server)
                self.ports.add(port)
                self.urls[name] = f"http://{host}:{port}/feed"

    def _serving(self, kind: str, name: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]:
        answer = getattr(self, f"_{kind}")

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while True:
                    request = await reader.readuntil(b"\r\n\r\n")
                    if kind != "loop" or request.startswith(b"GET /feed "):
                        self.asked[name].append(self.clock.now())
                    await answer(name, request, writer)
                    await writer.drain()
            writer.close()

        return serve

    async def _healthy(self, name: str, request: bytes, writer: asyncio.StreamWriter) -> None:
        """Something new every third time, after a fifth of a second."""
        await asyncio.sleep(0.2)
        edition = len(self.asked[name]) // 3
        etag = f'ETag: "{edition}"'
        if f'"{edition}"'.encode() in request:
            writer.write(f"HTTP/1.1 304 x\r\n{etag}\r\n\r\n".encode())
            return
        when = format_datetime(self.clock.now())
        entries = "".join(
            f"<item><title>{name} {number}</title><guid>{number}</guid><pubDate>{when}</pubDate></item>"
            for number in range(edition, edition + 5)
        )
        body = f'<rss version="2.0"><channel><title>{name}</title>{entries}</channel></rss>'
        writer.write(f"HTTP/1.1 200 x\r\n{etag}\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())

    async def _slow(self, name: str, request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 x\r\ncontent-length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(1)

    async def _hang(self, name: str, request: bytes, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            await asyncio.sleep(5)

    async def _throttled(self, name: str, request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 429 x\r\nRetry-After: {RETRY_AFTER}\r\ncontent-length: 0\r\n\r\n".encode())

    async def _loop(self, name: str, request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 x\r\nLocation: /again\r\ncontent-length: 0\r\n\r\n")

    async def close(self) -> None:
        for server in self.servers:
            server.close()
        tasks = [task for task in asyncio.all_tasks() if "Town._serving" in repr(task.get_coro())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def played(folder: Path, loops: Any) -> tuple[Town, list[int], Counter[str]]:
    """A thousand rounds: the town, the blocks of memory held after each two hundred, and how the answers were."""
    loop: Any = asyncio.get_running_loop()
    clock = loops.LoopClock(loop, START)
    town = Town(clock)
    await town.build()
    loop.busy += 1  # the database is set up in real time
    store = await Store.open(f"sqlite:{folder / 'town.db'}")
    configs = {name: SourceConfig(name, "feed", url, interval=INTERVAL) for name, url in town.urls.items()}
    await store.declare_sources(tuple(configs.values()), clock.now())
    loop.busy -= 1
    settings = NetSettings(allow=(ipaddress.ip_network("127.0.0.0/8"),), allow_ports=tuple(town.ports))
    fetcher = Fetcher(settings, clock=clock)

    async def ask(config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        validators = registry.Validators(state.etag, state.last_modified, state.memory, state.place)
        return await registry.poll(config, validators, fetcher=fetcher, sandbox=SameProcess(), now=now)

    poller = Poller(
        configs,
        store=Counted(store, loop),
        ask=ask,
        clock=clock,
        on_news=lambda: None,
        at=lambda _: None,
        least=settings.min_interval,
    )
    held = []
    for number in range(1, ROUNDS + 1):
        end = number * ROUND
        while loop.now < end:
            await poller.poll_due()
            await asyncio.sleep(TICK)
        if number % 200 == 0:
            gc.collect()
            held.append(sys.getallocatedblocks())
    loop.busy += 1
    states = await store.source_states()
    await poller.stop()
    await fetcher.close()
    await town.close()
    await store.close()
    return town, held, Counter(state.trouble for state in states.values())


@pytest.mark.night
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has one loopback address; this needs five hundred")
def test_two_hundred_and_twenty_bad_sources_delay_nobody_and_nobody_is_asked_too_early(tmp_path: Path, tools: Any) -> None:
    with asyncio.Runner(loop_factory=tools.loops.FakeTimeLoop) as runner:
        town, held, troubles = runner.run(played(tmp_path, tools.loops))
    waits: dict[str, list[timedelta]] = {kind: [] for kind in KINDS}
    for name, times in town.asked.items():
        waits[name.partition("-")[0]] += [after - before for before, after in itertools.pairwise(times)]
    assert {name.partition("-")[0] for name in town.asked} == set(KINDS)
    assert len(town.asked) == sum(KINDS.values()), "everybody was asked"
    healthy = {name: times for name, times in town.asked.items() if name.startswith("healthy")}
    late_at_first = max(times[0] for times in healthy.values()) - START
    latest = max(waits["healthy"]) - INTERVAL
    print(  # noqa: T201  # what the documentation quotes
        f"healthy sources: first asked after {late_at_first} at most, then {latest} later than their interval at most; "
        f"blocks of memory {held}; {sum(map(len, town.asked.values()))} requests"
    )
    assert late_at_first < INTERVAL
    assert latest < INTERVAL
    assert min(waits["healthy"]) >= INTERVAL
    assert min(waits["slow"]) >= 2 * INTERVAL, "a failure doubles the distance"
    assert min(waits["hang"]) >= 2 * INTERVAL
    assert min(waits["loop"]) >= 2 * INTERVAL
    assert min(waits["throttled"]) >= timedelta(seconds=RETRY_AFTER)
    assert troubles == {"": 280, "timeout": 150, "throttled": 50, "redirect": 20}
    assert max(held[1:]) < held[0] * 1.05, "memory is flat"
    assert (tmp_path / "town.db").stat().st_size > 0
