"""Feeds polled by us, by reader and by bare httpx requests: the same feeds, the same passes, in the same run.

    python benchmarks/polling.py [FEEDS]             (a table; `make bench CASES=poll` compares the figures with those recorded)

Each contestant is a process of its own, watched from outside; the feeds are served by a third one (``feed_server.py``). Passes: a
first one, which stores every entry; one in which every server says 304; one in which a tenth of the feeds have a new entry.
``ours`` polls and stores, as a first pass does when its articles are still to be filed; ``whole`` runs every stage: texts, rules,
stories, copies, deliveries. reader (https://reader.readthedocs.io) stores entries and nothing more; httpx stores nothing.
CPU is that of the contestant and its children; memory is the peak of its process tree (PSS); bytes are bodies sent to it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from ipaddress import IPv4Network
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
PASSES = ("first", "again", "changed")
CONTESTANTS = ("ours", "whole", "reader", "httpx")
ENTRIES = 20
IN_FLIGHT = 32
"""Requests of the bare loop at a time, as many as our fetcher has in flight (``bot.net.client.CONCURRENCY``)."""
RULES = 100
"""Rules of the whole bot, beside those of the pack, which match and post nothing here."""
WORKERS = 16
"""Threads of reader, as its command line documents for large collections (``reader update --workers``)."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass of one contestant.

    Attributes:
        cpu, wall: seconds.
        stored: entries in its store afterwards.
        requests, unchanged: as the server counted them.
        mb: megabytes of bodies.
    """

    cpu: float
    wall: float
    stored: int
    requests: int
    unchanged: int
    mb: float


@dataclass(frozen=True, slots=True)
class Result:
    """What one contestant did, pass by pass, and its peak memory in MB."""

    passes: dict[str, Pass]
    peak_mb: float


def run(feeds: int, contestants: Sequence[str] = CONTESTANTS) -> dict[str, Result]:
    """Let each contestant poll so many feeds, one contestant after the other."""
    with subprocess.Popen(
        [sys.executable, str(HERE / "feed_server.py"), str(feeds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        addresses: list[str] = json.loads(server.stdout.readline())

        def tell(command: str) -> dict[str, int]:
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write(f"{command}\n")
            server.stdin.flush()
            answer: dict[str, int] = json.loads(server.stdout.readline())
            return answer

        try:
            return {name: _contest(name, addresses, tell) for name in contestants}
        finally:
            server.communicate("")


def _contest(name: str, addresses: Sequence[str], tell: Callable[[str], dict[str, int]]) -> Result:
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "PYTHONHASHSEED": "0"}
    environment.pop("COVERAGE_PROCESS_START", None)
    with subprocess.Popen(
        [sys.executable, str(HERE / "polling.py"), "--contestant", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        watch = _Watch(process.pid)
        _say(process.stdin, json.dumps(addresses))
        passes = {}
        for kind in PASSES:
            if kind == "changed":
                tell("change 10")
            tell("count")
            _say(process.stdin, kind)
            line = process.stdout.readline()
            if not line:
                watch.stop()
                raise SystemExit(f"{name} ended in the {kind} pass; its error is above")
            told = json.loads(line)
            counted = tell("count")
            passes[kind] = Pass(
                told["cpu"], told["wall"], told["stored"], counted["requests"], counted["unchanged"], counted["bytes"] / 1e6
            )
        process.stdin.close()
        process.wait()
        return Result(passes, watch.stop() / 1e6)


def _say(stream: IO[str], line: str) -> None:
    stream.write(line + "\n")
    stream.flush()


class _Watch:
    """Peak memory of a process tree, looked at ten times a second."""

    def __init__(self, pid: int) -> None:
        self._peak = 0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        from bench import pss  # noqa: PLC0415  (the script that starts this one)

        while not self._ended.wait(0.1):
            self._peak = max(self._peak, pss(self._pid))

    def stop(self) -> int:
        """Stop looking; the peak in bytes."""
        self._ended.set()
        self._thread.join()
        return self._peak


# ---------------------------------------------------------------- contestants, in their own processes


def _used() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@dataclass(frozen=True, slots=True)
class _Net:
    """Settings of the network: loopback is let through."""

    allow: tuple[IPv4Network, ...]
    allow_ports: tuple[int, ...]
    contact: str = "mailto:bench@example.org"
    proxy: None = None
    ca_file: None = None


PassOf = Callable[[str], Awaitable[int]]
"""Do one pass; returns how many entries are stored then."""


async def _ours(addresses: Sequence[str], stack: AsyncExitStack) -> PassOf:
    import corpus  # noqa: PLC0415

    from bot.core.clock import VirtualClock  # noqa: PLC0415
    from bot.core.sources import SourceConfig, SourceState  # noqa: PLC0415
    from bot.net.client import Fetcher  # noqa: PLC0415
    from bot.sandbox.pool import Sandbox  # noqa: PLC0415
    from bot.service.poll import Poller  # noqa: PLC0415
    from bot.sources import registry  # noqa: PLC0415
    from bot.store.database import Store  # noqa: PLC0415

    clock = VirtualClock(corpus.START)
    configs = {f"feed{number}": SourceConfig(id=f"feed{number}", kind="feed", url=url) for number, url in enumerate(addresses)}
    ports = tuple({urlsplit(url).port or 80 for url in addresses})
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    store = await Store.open(f"sqlite:{folder / 'bench.db'}")
    stack.push_async_callback(store.close)
    await store.declare_sources(list(configs.values()), clock.now())
    fetcher = await stack.enter_async_context(Fetcher(_Net((IPv4Network("127.0.0.0/8"),), ports), clock=clock))
    sandboxes: list[Sandbox] = []

    async def ask(config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        validators = registry.Validators(state.etag, state.last_modified, state.memory)
        return await registry.poll(config, validators, fetcher=fetcher, sandbox=sandboxes[-1], now=now)

    poller = Poller(configs, store=store, ask=ask, clock=clock, on_news=lambda: None, at=lambda _: None)

    async def one(kind: str) -> int:
        sandboxes.append(Sandbox())
        results = await poller.poll_all_due()
        await sandboxes[-1].close()  # so that the workers' time counts
        failed = [result.error for result in results if result.error]
        if failed or len(results) != len(addresses):
            raise SystemExit(f"{len(failed)} of {len(results)} polls failed in the {kind} pass: {failed[:1]}")
        clock.advance(timedelta(days=2))
        return await store.newest_arrival()

    return one


async def _whole(addresses: Sequence[str], stack: AsyncExitStack) -> PassOf:
    import corpus  # noqa: PLC0415
    import rule_set  # noqa: PLC0415

    from bot.app import Bot, Options  # noqa: PLC0415
    from bot.config.load import load  # noqa: PLC0415
    from bot.core.clock import VirtualClock  # noqa: PLC0415
    from bot.store.database import Store  # noqa: PLC0415

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    ports = sorted({urlsplit(url).port or 80 for url in addresses})
    lines = [
        'include = ["pack:surveillance"]',
        f'net = {{ contact = "mailto:bench@example.org", allow = ["127.0.0.0/8"], allow_ports = {ports} }}',
        "defaults = { max_per_hour = 0 }",
    ]
    for number, url in enumerate(addresses):
        lines += ["[[sources]]", f'id = "feed{number}"', f'url = "{url}"', 'full_text = "never"']
    for rule in rule_set.rules(7, RULES):
        lines += ["[[rules]]", f'id = "{rule.id}"', f"query = '{rule.query()}'", 'channels = ["console:a"]']
    file = folder / "config.toml"
    file.write_text("\n".join(lines), encoding="utf-8")
    clock = VirtualClock(corpus.START)
    settings = load(file, environ={})
    store = await Store.open(f"sqlite:{folder / 'bench.db'}")
    stack.push_async_callback(store.close)

    async def one(kind: str) -> int:
        bot = Bot(settings, store, Options(once=True, out=StringIO()), clock)
        await bot.prepare()
        results = await bot.once()
        await bot.close()
        failed = [result.error for result in results if result.error]
        if failed or len(results) != len(addresses):
            raise SystemExit(f"{len(failed)} of {len(results)} polls failed in the {kind} pass: {failed[:1]}")
        clock.advance(timedelta(days=2))
        return await store.newest_arrival()

    return one


async def _reader(addresses: Sequence[str], stack: AsyncExitStack) -> PassOf:
    import feedparser_sgmllib  # noqa: PLC0415

    # reader's own copy of feedparser names the module that lives on under this name, and that feedparser itself now uses.
    sys.modules.setdefault("sgmllib", feedparser_sgmllib)
    from reader import make_reader  # noqa: PLC0415

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    peer = make_reader(str(folder / "reader.db"))
    for url in addresses:
        peer.add_feed(url)

    async def one(kind: str) -> int:
        if kind != "first":
            # It keeps to its own interval, an hour, by the clock on the wall; this makes every feed due, as a day would.
            peer._storage.get_db().execute("UPDATE feeds SET update_after = NULL")
            peer._storage.get_db().commit()
        await asyncio.to_thread(peer.update_feeds, workers=WORKERS)
        broken = list(peer.get_feeds(broken=True))
        if broken:
            raise SystemExit(f"reader failed on {len(broken)} feeds: {broken[0].last_exception}")
        return int(peer.get_entry_counts().total or 0)

    return one


async def _httpx(addresses: Sequence[str], stack: AsyncExitStack) -> PassOf:
    import httpx  # noqa: PLC0415

    gate = asyncio.Semaphore(IN_FLIGHT)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=IN_FLIGHT)
    client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, limits=limits))
    etags: dict[str, bytes] = {}

    async def ask(url: str) -> None:
        async with gate:
            known = etags.get(url)
            answer = await client.get(url, headers=[] if known is None else [(b"If-None-Match", known)])
        assert answer.status_code in {200, 304}
        etags[url] = answer.headers["etag"].encode()

    async def one(_: str) -> int:
        await asyncio.gather(*(ask(url) for url in addresses))
        return 0

    return one


async def _contestant(name: str) -> None:
    addresses = json.loads(sys.stdin.readline())
    makers: dict[str, Callable[[Sequence[str], AsyncExitStack], Awaitable[PassOf]]] = {
        "ours": _ours,
        "whole": _whole,
        "reader": _reader,
        "httpx": _httpx,
    }
    async with AsyncExitStack() as stack:
        one = await makers[name](addresses, stack)
        while kind := (await asyncio.to_thread(sys.stdin.readline)).strip():
            wall, cpu = time.perf_counter(), _used()
            stored = await one(kind)
            print(json.dumps({"cpu": _used() - cpu, "wall": time.perf_counter() - wall, "stored": stored}), flush=True)


def show(results: dict[str, Result], feeds: int) -> None:
    """The table for people."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(
        "contestant", "pass", "feeds/s", "CPU ms a feed", "over reader", "304", "MB of bodies", "entries", "peak MB", box=None
    )
    for column in range(2, 9):
        table.columns[column].justify = "right"
    for name, result in results.items():
        for kind, done in result.passes.items():
            peer: Any = results["reader"].passes[kind] if "reader" in results and name != "reader" else None
            table.add_row(
                name,
                kind,
                f"{feeds / done.wall:,.0f}",
                f"{done.cpu / feeds * 1e3:.2f}",
                "" if peer is None else f"{peer.cpu / done.cpu:.2f}x",
                f"{done.unchanged:,}",
                f"{done.mb:.1f}",
                f"{done.stored:,}",
                f"{result.peak_mb:.0f}" if kind == PASSES[0] else "",
            )
    Console(width=130, highlight=False).print(table)


def main() -> int:
    """Run and print, or be a contestant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("feeds", nargs="?", type=int, default=2000)
    parser.add_argument("--contestant", choices=CONTESTANTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contestant:
        import logging  # noqa: PLC0415

        import structlog  # noqa: PLC0415

        warnings_only = structlog.make_filtering_bound_logger(logging.ERROR)
        structlog.configure(wrapper_class=warnings_only, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
        asyncio.run(_contestant(options.contestant))
        return 0
    show(run(options.feeds), options.feeds)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
