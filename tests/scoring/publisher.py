"""The server that keeps score: a publisher on loopback whose every answer is scripted to the byte, on a clock that tests move.

It says no time of its own (no Date field) unless told to, so that days may pass at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.config.settings import NetSettings
from bot.core.clock import VirtualClock
from bot.core.sources import SourceConfig, SourceState
from bot.net.client import Fetcher
from bot.net.robots import Robots
from bot.sandbox.jobs.feed import parse_feed
from bot.sandbox.jobs.watched import read_watched
from bot.service.onepoll import PollResult
from bot.service.poll import Poller
from bot.sources import registry
from bot.store.database import Store

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
"""A Tuesday."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")

Raw = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]
Answer = Raw | Callable[["Asked"], Raw]


@dataclass(frozen=True)
class Asked:
    """One request: when by the moved clock, where, and its fields as they came, names in small letters."""

    at: datetime
    path: str
    fields: dict[str, bytes]
    connection: int

    @property
    def conditional(self) -> bool:
        return "if-none-match" in self.fields or "if-modified-since" in self.fields


def reply(status: int = 200, body: bytes = b"", **fields: str) -> bytes:
    """An answer; a field's name has ``_`` for ``-``."""
    lines = [f"HTTP/1.1 {status} Said", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    if "content_length" not in fields and "transfer_encoding" not in fields and status != 304:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def rss(*titles: str, channel: str = "", root: str = "", dated: datetime = NOON) -> bytes:
    """A feed with these entries, newest first, and what else stands in its channel."""
    entries = "".join(
        f"<item><title>{title}</title><guid isPermaLink='false'>{title}</guid>"
        f"<pubDate>{format_datetime(dated - timedelta(hours=number + 1))}</pubDate></item>"
        for number, title in enumerate(titles or ("A", "B", "C"))
    )
    return f'<rss version="2.0" {root}><channel><title>The Ledger</title>{channel}{entries}</channel></rss>'.encode()


class Publisher:
    """One address that serves: ``answers`` by path; one without an answer is 404."""

    def __init__(self, clock: VirtualClock, host: str) -> None:
        self.clock = clock
        self.host = host
        self.port = 0
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.connections = 0
        self.at_once = self.most_at_once = 0

    def url(self, path: str, host: str | None = None) -> str:
        return f"http://{host or self.host}:{self.port}{path}"

    def at(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    def times(self, path: str) -> list[datetime]:
        return [asked.at for asked in self.at(path)]

    def gaps(self, path: str) -> list[timedelta]:
        times = self.times(path)
        return [after - before for before, after in itertools.pairwise(times)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
                fields = {name.decode().lower(): value for name, _, value in (line.partition(b": ") for line in head[1:-2])}
                asked = Asked(self.clock.now(), head[0].split(b" ")[1].decode("latin-1"), fields, number)
                self.asked.append(asked)
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    said: Any = self.answers.get(asked.path, reply(404))
                    if callable(said) and not asyncio.iscoroutinefunction(said):
                        said = said(asked)
                    if callable(said):
                        await said(writer)
                        break
                    writer.write(said)
                    await writer.drain()
                    await asyncio.sleep(0)
                finally:
                    self.at_once -= 1
        writer.close()


@dataclass
class Names:
    """A resolver that is believed: each name has answers in turn, the last one for good."""

    table: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        answers = self.table.get(host)
        if answers is None:
            raise OSError("no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]


class SameProcess:
    """The sandbox's own reader without its process, which takes half a second to start."""

    async def run(self, job: str, /, **kwargs: Any) -> Any:
        return {"feed": parse_feed, "watched": read_watched}[job](**kwargs)


class House:
    """The bot's own fetcher, poller and store, on sockets and SQLite, and servers to poll; days pass at once."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock(NOON)
        self.names = Names()
        self.path = folder / "score.db"
        self.on_disk = False
        self.store: Any = None
        self.publishers: list[Publisher] = []
        self.configs: dict[str, SourceConfig] = {}
        self._servers: list[asyncio.Server] = []

    async def publisher(self, host: str = "127.0.0.2") -> Publisher:
        made = Publisher(self.clock, host)
        server = await asyncio.start_server(made.serve, host, 0)
        made.port = server.sockets[0].getsockname()[1]
        self._servers.append(server)
        self.publishers.append(made)
        return made

    def settings(self, **changes: Any) -> NetSettings:
        ports = tuple(publisher.port for publisher in self.publishers)
        return NetSettings(
            **{
                "contact": "mailto:ops@example.org",
                "allow": (LOOPBACK,),
                "allow_ports": ports,
                "min_interval": 5 * MINUTE,
                **changes,
            }
        )

    async def open(self, *configs: SourceConfig, deadline: float = 20.0, pause: float = 0.0, **net: Any) -> None:
        """Begin, or begin anew on the same database, with these sources in place of all before."""
        self.configs = {config.id: config for config in configs} or self.configs
        settings = self.settings(**net)
        if self.store is None:
            self.store = await Store.open(f"sqlite:{self.path}" if self.on_disk else "sqlite::memory:")
        self.fetcher = Fetcher(settings, deadline=deadline, resolver=self.names, clock=self.clock, pause=pause)
        self.robots = Robots(self.fetcher, self.clock)
        self.poller = Poller(
            self.configs,
            store=self.store,
            ask=self._ask,
            clock=self.clock,
            on_news=lambda: None,
            at=lambda _: None,
            least=settings.min_interval,
        )
        await self.store.declare_sources(tuple(self.configs.values()), self.clock.now(), least=settings.min_interval)

    async def _ask(self, config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        validators = registry.Validators(state.etag, state.last_modified, state.memory, state.place)
        return await registry.poll(config, validators, fetcher=self.fetcher, sandbox=SameProcess(), now=now, robots=self.robots)

    async def shut(self) -> None:
        """End as the bot does; a database on disk is closed too, one in memory is what outlives the process."""
        await self.poller.stop()
        await self.fetcher.close()
        if self.on_disk:
            await self.store.close()
            self.store = None

    async def restart(self, *configs: SourceConfig, **options: Any) -> None:
        await self.shut()
        await self.open(*configs, **options)

    async def close(self) -> None:
        if hasattr(self, "poller"):
            await self.shut()
        if self.store is not None:
            await self.store.close()
            self.store = None
        for server in self._servers:
            server.close()
        for task in [task for task in asyncio.all_tasks() if "Publisher.serve" in repr(task.get_coro())]:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    # ------------------------------------------------------------ what happens

    async def due(self) -> datetime:
        found = await self.store.next_due(list(self.configs))
        assert found is not None, "nothing is ever due again"
        return found

    async def poll(self, times: int = 1) -> list[PollResult]:
        """Move the clock to the next poll, as often as told; what the last one brought."""
        results: list[PollResult] = []
        for _ in range(times):
            self.clock.move_to(max(self.clock.now(), await self.due()))
            results = await self.poller.poll_all_due()
        return results

    async def days(self, days: float, *, tick: timedelta = MINUTE) -> None:
        """Let days pass: whenever something is due, it is polled at the next tick."""
        end = self.clock.now() + days * DAY
        while True:
            due = await self.store.next_due(list(self.configs))
            at = end if due is None else max(due, self.clock.now())
            if at >= end:
                self.clock.move_to(end)
                return
            self.clock.move_to(at)
            if not await self.poller.poll_all_due():
                self.clock.advance(tick)

    async def state(self, source_id: str = "ledger") -> SourceState:
        return (await self.store.source_states())[source_id]

    async def titles(self) -> set[str]:
        return {queued.item.title for queued in await self.store.queued_items(10_000)}

    def source(self, url: str, name: str = "ledger", **changes: Any) -> SourceConfig:
        return SourceConfig(**{"id": name, "kind": "feed", "url": url, "interval": 30 * MINUTE, **changes})

    async def one(self, answer: Answer, *, path: str = "/feed", **options: Any) -> Publisher:
        """A publisher with one feed, which is the one source, ``ledger``."""
        publisher = await self.publisher()
        publisher.answers[path] = answer
        await self.open(self.source(publisher.url(path)), **options)
        return publisher


def stand_in(**values: Any) -> SimpleNamespace:
    """A few values under their names."""
    return SimpleNamespace(**values)
