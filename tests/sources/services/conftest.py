"""A service on loopback that answers as a test says, and sources that are declared as people declare them."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from multidict import MultiMapping
from nearby import Nearby

from bot.config.load import load_for_replay
from bot.core.clock import VirtualClock
from bot.core.model import Item
from bot.core.sources import SourceConfig, SourceState
from bot.net.client import Fetcher
from bot.service.onepoll import PollResult
from bot.service.poll import Poller
from bot.sources import registry
from bot.store.database import Store

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass
class Settings:
    allow_ports: tuple[int, ...]
    contact: str = ""
    allow: tuple[ipaddress.IPv4Network, ...] = (ipaddress.IPv4Network("127.0.0.0/8"),)
    proxy: str | None = None
    ca_file: Path | None = None


class Secret:
    def __init__(self, value: str) -> None:
        self.value = value

    def reveal(self) -> str:
        return self.value


@dataclass
class Asked:
    """One request as the service saw it."""

    method: str
    path: str
    query: MultiMapping[str]
    headers: dict[str, str]
    body: bytes


Answer = bytes | str | dict[str, Any] | list[Any] | web.Response | Callable[[Asked], Any]


@dataclass
class Service:
    """Answers in order, the last one for ever; a callable is given the request and answers for itself."""

    port: int = 0
    host: str = "127.0.0.7"
    answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def answer(self, request: web.Request) -> web.Response:
        asked = Asked(request.method, request.path, request.query, dict(request.headers), await request.read())
        self.asked.append(asked)
        found: Any = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(found):
            found = found(asked)
        if isinstance(found, web.Response):
            return web.Response(status=found.status, body=found.body, headers=found.headers)
        if isinstance(found, dict | list):
            return web.json_response(found)
        return web.Response(body=found if isinstance(found, bytes) else found.encode("utf-8"), content_type="application/json")


@dataclass
class World:
    """A service, the way to it, and the readers, in this process."""

    service: Service
    fetcher: Fetcher
    sandbox: Nearby
    folder: Path

    def declared(self, toml: str, *, index: int = 0) -> SourceConfig:
        """The source of a piece of configuration, in which SERVICE stands for the service's address."""
        path = self.folder / "config.toml"
        path.write_text(toml.replace("SERVICE", self.service.url), encoding="utf-8")
        return load_for_replay(path).sources[index]

    async def ask(
        self, config: SourceConfig, memory: str = "", *, secret: str | None = None, now: datetime = NOW, **validators: bytes | None
    ) -> registry.Polled:
        return await registry.poll(
            config,
            registry.Validators(memory=memory, **validators),
            fetcher=self.fetcher,
            sandbox=self.sandbox,
            now=now,
            authorization=None if secret is None else Secret(secret),
        )


class House:
    """Sources polled as the running program polls them: a poller, a store in memory, a clock that stands still."""

    def __init__(self, world: World, store: Store, clock: VirtualClock, secrets: dict[str, str]) -> None:
        self.world = world
        self.store = store
        self.clock = clock
        self.secrets = secrets
        self._poller: Poller | None = None

    async def declare(self, *configs: SourceConfig) -> None:
        await self.store.declare_sources(configs, self.clock.now())
        self._poller = Poller(
            {config.id: config for config in configs},
            store=self.store,
            ask=self._ask,
            clock=self.clock,
            on_news=lambda: None,
            at=lambda point: None,
        )

    async def _ask(self, config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        return await self.world.ask(
            config,
            state.memory,
            secret=self.secrets.get(config.secret) if config.secret else None,
            now=now,
            etag=state.etag,
            last_modified=state.last_modified,
        )

    async def poll(self) -> dict[str, PollResult]:
        """Let every source become due, and poll them all."""
        assert self._poller is not None
        states = await self.store.source_states()
        self.clock.move_to(max([self.clock.now(), *(state.next_due_at for state in states.values() if state.next_due_at)]))
        return {result.source_id: result for result in await self._poller.poll_all_due()}

    async def items(self, source_id: str) -> dict[str, Item]:
        """Everything stored of a source, by guid."""
        queued = await self.store.queued_items(100_000)
        return {entry.item.guid or entry.item.title: entry.item for entry in queued if entry.item.source_id == source_id}

    async def close(self) -> None:
        if self._poller is not None:
            await self._poller.stop()


@pytest.fixture
async def house(world: World, memory_store: Callable[[], Awaitable[Store]]) -> AsyncIterator[House]:
    store = await memory_store()
    made = House(world, store, VirtualClock(NOW), {})
    yield made
    await made.close()
    await store.close()


@pytest.fixture
def reply() -> Callable[..., web.Response]:
    """An answer with a status: ``reply(429, "Too many", Retry_After="60")``."""

    def make(status: int, body: Any = "", **headers: str) -> web.Response:
        content = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode("utf-8")
        return web.Response(status=status, body=content, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return make


@pytest.fixture
async def start() -> AsyncIterator[Callable[..., Awaitable[Service]]]:
    runners = []

    async def begin(host: str = "127.0.0.7") -> Service:
        service = Service(host=host)
        application = web.Application(client_max_size=1024**2)
        application.router.add_route("*", "/{path:.*}", service.answer)
        runner = web.AppRunner(application, shutdown_timeout=0)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, host, 0).start()
        service.port = runner.addresses[0][1]
        return service

    yield begin
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def world(start: Callable[..., Awaitable[Service]], tmp_path: Path) -> AsyncIterator[World]:
    service = await start()
    async with Fetcher(Settings((service.port,))) as fetcher:
        yield World(service, fetcher, Nearby(), tmp_path)
