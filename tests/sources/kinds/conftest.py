"""Kinds of source from the wire to the database: a service on loopback, the real client, sandbox, poller and store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from bot.config.settings import NetSettings
from bot.core.clock import VirtualClock
from bot.core.kinds import KindOptions
from bot.core.model import Item
from bot.core.sources import SourceConfig, SourceState
from bot.net.client import Fetcher
from bot.sandbox.pool import Sandbox
from bot.service.onepoll import PollResult
from bot.service.poll import Poller
from bot.sources import registry
from bot.store.database import Store

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
FEED = (
    '<rss version="2.0"><channel><title>Beside</title><item><title>Beside {0}</title><guid isPermaLink="false">{0}</guid></item>'
    "</channel></rss>"
)

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file share its loop, for they share what runs on it."""
    for item in items:
        if HERE in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Secret:
    """A credential, as the configuration's own kind prints."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value


@dataclass
class Service:
    """What is on the wire: each path's answer, and what was asked."""

    answer: Handler | None = None
    asked: list[web.Request] = field(default_factory=list)
    port: int = 0
    beside: int = 0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.asked]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/beside":
            self.beside += 1
            return web.Response(text=FEED.format(self.beside), content_type="application/rss+xml")
        self.asked.append(request)
        assert self.answer is not None
        return await self.answer(request)


class CrashError(Exception):
    """The machine loses its power."""


class Desk:
    """One source, and a feed beside it, polled as the running program polls them."""

    def __init__(self, store: Store, clock: VirtualClock, fetcher: Fetcher, sandbox: Sandbox) -> None:
        self.store = store
        self.clock = clock
        self.fetcher = fetcher
        self.sandbox = sandbox
        self.told: list[registry.Polled] = []
        self.robots: Any = None
        self.secret: Secret | None = None
        self.crash = False
        self._poller: Poller | None = None
        self._config: SourceConfig | None = None

    async def declare(
        self, kind: str, url: str, options: KindOptions, *, beside: str | None = None, secret: str | None = None, **given: Any
    ) -> None:
        self._config = SourceConfig("watched", kind, url, interval=timedelta(minutes=30), options=options, **given)
        configs = {"watched": self._config}
        if beside is not None:
            configs["beside"] = SourceConfig("beside", "feed", beside, interval=timedelta(minutes=30))
        self.secret = None if secret is None else Secret(secret)
        await self.store.declare_sources(tuple(configs.values()), self.clock.now())
        self._poller = Poller(configs, store=self.store, ask=self._ask, clock=self.clock, on_news=lambda: None, at=self._at)

    async def _ask(self, config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        polled = await registry.poll(
            config,
            registry.Validators(state.etag, state.last_modified, state.memory),
            fetcher=self.fetcher,
            sandbox=self.sandbox,
            now=now,
            authorization=self.secret if config.id == "watched" else None,
            robots=self.robots,
        )
        if config.id == "watched":
            self.told.append(polled)
        return polled

    def _at(self, point: str) -> None:
        if self.crash and point == "poll.answered":
            raise CrashError

    async def poll(self) -> PollResult:
        """Let the source become due, and poll it."""
        return (await self.poll_all())["watched"]

    async def poll_all(self) -> Mapping[str, PollResult]:
        assert self._poller is not None
        states = await self.store.source_states()
        self.clock.move_to(max([self.clock.now(), *(state.next_due_at for state in states.values() if state.next_due_at)]))
        return {result.source_id: result for result in await self._poller.poll_all_due()}

    async def crash_in_poll(self) -> None:
        """Poll, and lose what was answered before it is stored."""
        self.crash = True
        with pytest.raises(CrashError):
            await self.poll()
        self.crash = False

    async def state(self) -> SourceState:
        found = await self.store.source_state("watched")
        assert found is not None
        return found

    async def items(self) -> list[Item]:
        """Everything stored of the source, in the order of its arrival."""
        return [queued.item for queued in await self.store.queued_items(100_000) if queued.item.source_id == "watched"]

    async def news(self) -> list[Item]:
        """The same without the first poll's."""
        queued = await self.store.queued_items(100_000)
        return [entry.item for entry in queued if entry.item.source_id == "watched" and entry.baseline_rank is None]

    async def close(self) -> None:
        if self._poller is not None:
            await self._poller.stop()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """One for all tests of a file: what starts its children takes longer than most of them."""
    async with Sandbox() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def service() -> AsyncIterator[Service]:
    served = Service()
    application = web.Application()
    application.router.add_get("/{path:.*}", served.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.port = runner.addresses[0][1]
    yield served
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(service: Service, sandbox: Sandbox, memory_store: Callable[[], Awaitable[Store]]) -> AsyncIterator[Desk]:
    store = await memory_store()
    clock = VirtualClock(NOW)
    settings = NetSettings(contact="mailto:ops@example.org", allow=(ip_network("127.0.0.0/8"),), allow_ports=(service.port,))
    async with Fetcher(settings, clock=clock) as fetcher:
        opened = Desk(store, clock, fetcher, sandbox)
        yield opened
        await opened.close()
    await store.close()
