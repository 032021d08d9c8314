"""The stand-in with our own manifest, the real client and notifier, an outbox on the real store."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.adapters.slack.connection import SlackConnection, build_client, build_session
from bot.adapters.slack.manifest import manifest
from bot.adapters.slack.notifier import SlackNotifier
from bot.commands.asking import Ask
from bot.commands.reply import Reply, Section
from bot.commands.roles import Role
from bot.config.secret import Secret
from bot.config.settings import SlackSettings
from bot.core.clock import VirtualClock
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.model import Channel, ChannelSettings, OnDoubt, Platform
from bot.core.outbox import AlertBatch, NewDelivery
from bot.core.reasons import Reason
from bot.outbox.drain import Drain, Trouble
from bot.store.database import Store
from bot.web.server import WebServer

ALERTS = "C0000000001"
BOT_CANARY = "xoxb-0000000000-standin"


def _standin() -> ModuleType:
    name = "standins_slack"
    if name not in sys.modules:
        path = Path(__file__).parents[2] / "standins" / "slack.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    parts: ModuleType = sys.modules[name].parts
    return parts


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in is on loopback, whatever proxy the machine has."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def parts() -> ModuleType:
    """What the stand-in is made of."""
    return _standin()


@asynccontextmanager
async def judged(parts: ModuleType, clock: Any, **more: Any) -> AsyncIterator[Any]:
    """A stand-in whose verdict must be empty at the end."""
    standin = parts.SlackStandIn(clock=clock, **{"manifest": manifest("socket"), "burst": 50, **more})
    await standin.start()
    try:
        yield standin
    finally:
        await standin.stop()
    assert standin.verdict() == [], "\n".join(map(str, standin.verdict()))


@pytest.fixture
async def slack(parts: ModuleType, clock: VirtualClock) -> AsyncIterator[Any]:
    """Slack with our app, as its manifest asks, without the optional scopes."""
    async with judged(parts, clock) as standin:
        yield standin


@pytest.fixture
async def open_slack(parts: ModuleType, clock: VirtualClock) -> AsyncIterator[Any]:
    """Slack with our app and every optional scope."""
    async with judged(parts, clock, grant_optional=True) as standin:
        yield standin


def settings_for(standin: Any, **changes: Any) -> SlackSettings:
    """What a configuration that points at the stand-in means."""
    known = SlackSettings(
        base_url=standin.base_url,
        bot_token=Secret(standin.bot_token),
        app_token=Secret(standin.app_token),
        signing_secret=Secret("8f742231b10e8888abcd99yyyzzz85a5"),
    )
    return replace(known, **changes)


@dataclass
class Rig:
    """A notifier on a stand-in, and an outbox that sends through it."""

    standin: Any
    clock: VirtualClock
    notifier: SlackNotifier
    store: Store
    make: Any
    troubles: list[Trouble] = field(default_factory=list)

    def channel(self, *, on_doubt: OnDoubt = OnDoubt.REPEAT, address: str = ALERTS) -> Channel:
        return Channel("team", Platform.SLACK, address, ChannelSettings(on_doubt=on_doubt))

    @contextmanager
    def impatient(self, kind: str) -> Iterator[None]:
        """Where nothing will ever be answered, wait a second only; every other call has all the time a slow machine needs."""
        patient, self.notifier._deadline = self.notifier._deadline, 1.0 if kind == "hang" else self.notifier._deadline
        try:
            yield
        finally:
            self.notifier._deadline = patient

    async def learn(self) -> None:
        self.notifier.learn((await self.notifier._client.auth_test()).headers)

    async def queue(self, number: str, action: Action = Action.POST, target: str | None = None, message: Any = None) -> None:
        """Commit one row, due now."""
        row = NewDelivery(
            id=number,
            workspace_id="file",
            channel_id="team",
            action=action,
            state=DeliveryState.PENDING,
            reason=Reason.NEW_STORY if action is Action.POST else Reason.NEW_OUTLET,
            message=message or self.make.plain,
            story_id="s1",
            story_ids=(),
            not_before=self.clock.now(),
            target_id=target,
        )
        await self.store.commit_alert(
            AlertBatch(filed=(), stories=(), deliveries=(row,), revisions=(), seen_versions=(), now=self.clock.now())
        )

    async def drain(self, channel: Channel, *, moments: int = 4) -> list[Delivery]:
        """Send what is due, an hour later what waited, and so on; the rows at the end."""
        tokens = iter(range(10_000))
        drain = Drain(
            self.store,
            {Platform.SLACK: self.notifier},
            {"team": channel},
            self.clock,
            new_token=lambda: f"t{next(tokens)}",
            on_trouble=self.troubles.append,
        )
        for _ in range(moments):
            await drain.drain_channel("team")
            self.clock.advance(timedelta(hours=1))
        return sorted(await self.store.deliveries(limit=100), key=lambda row: row.sequence)


@pytest.fixture
async def rig(slack: Any, clock: VirtualClock, memory_store: Any, make: Any) -> AsyncIterator[Rig]:
    """The rig on the app without optional scopes."""
    async with rigged(slack, clock, await memory_store(), make) as built:
        yield built


@pytest.fixture
async def open_rig(open_slack: Any, clock: VirtualClock, memory_store: Any, make: Any) -> AsyncIterator[Rig]:
    """The rig on the app that may read histories."""
    async with rigged(open_slack, clock, await memory_store(), make) as built:
        yield built


@asynccontextmanager
async def rigged(standin: Any, clock: VirtualClock, store: Store, make: Any) -> AsyncIterator[Rig]:
    settings = settings_for(standin)
    client = build_client(settings, token=settings.bot_token)
    client.session = build_session()
    notifier = SlackNotifier(client, clock, between_looks=0.01)
    yield Rig(standin, clock, notifier, store, make)
    await store.close()
    await client.session.close()


@dataclass(frozen=True)
class Named:
    """A command, as far as a face wants to know."""

    name: str


@dataclass
class Answering:
    """Commands that note what they were asked and answer with it."""

    asks: list[Ask] = field(default_factory=list)
    reply: Reply = field(default_factory=lambda: Reply("Heard.", (Section(text="what you typed"),)))
    owners: tuple[str, ...] = ()
    table: tuple[Any, ...] = (Named("why"), Named("vote"), Named("home"), Named("help"))
    replies: dict[str, Reply] = field(default_factory=dict)
    waits: dict[str, asyncio.Event] = field(default_factory=dict)
    spoken: str = "en"

    def role(self, *, platform: Platform, workspace_id: str, member: str, groups: Any = (), admin: bool = False) -> Role:
        return Role.OWNER if admin or f"{workspace_id}/{member}" in self.owners else Role.VIEWER

    def language(self, ask: Ask) -> str:
        return self.spoken

    async def answer(self, ask: Ask) -> Reply:
        self.asks.append(ask)
        if ask.text in self.waits:
            await self.waits[ask.text].wait()
        return self.replies.get(ask.text, self.reply)

    def slowly(self, words: str) -> asyncio.Event:
        """From now on these words are answered when this is set."""
        return self.waits.setdefault(words, asyncio.Event())


@pytest.fixture
def answering() -> Answering:
    """Commands for tests of listening."""
    return Answering()


@asynccontextmanager
async def connected(standin: Any, clock: Any, commands: Any = None, **more: Any) -> AsyncIterator[SlackConnection]:
    """A connection that listens, stopped at the end."""
    settings = more.pop("settings", None) or settings_for(standin)
    connection = SlackConnection(settings, clock=clock, commands=commands, **{"check_every": 0.02, **more})
    await connection.start()
    try:
        yield connection
    finally:
        await connection.stop()


@asynccontextmanager
async def heard(parts: ModuleType, standin: Any, clock: Any, commands: Any, mode: str, **more: Any) -> AsyncIterator[Any]:
    """A person whose bot listens over Socket Mode or signed HTTP; ``person.connection`` is the bot."""
    changes = {"mode": "http", "app_token": None} if mode == "http" else {}
    async with connected(standin, clock, commands, settings=settings_for(standin, **changes), **more) as connection:
        server, door = None, None
        if mode == "http":
            server = WebServer(connection.asgi, "127.0.0.1", 0)
            await server.start()

            class Door(parts.HttpDoor):
                """Signs by the test's clock, which is the bot's."""

                def signed(self, body: str, at: int | None = None) -> Any:
                    return super().signed(body, int(clock.now().timestamp()) if at is None else at)

            door = Door(f"http://127.0.0.1:{server.port}/slack/events")
        person = parts.Person(standin, door=door)
        person.connection = connection
        try:
            yield person
        finally:
            if server is not None:
                await server.stop()


@pytest.fixture(params=["socket", "http"])
async def person_of(request: Any, parts: ModuleType, slack: Any, clock: VirtualClock, answering: Answering) -> AsyncIterator[Any]:
    """A person at the app without optional scopes, over both ways in."""
    async with heard(parts, slack, clock, answering, request.param) as person:
        yield person


@pytest.fixture
def tools() -> Any:
    """The builders of this module."""

    class Tools:
        alerts = ALERTS
        settings = staticmethod(settings_for)
        connected = staticmethod(connected)
        judged = staticmethod(judged)
        heard = staticmethod(heard)

    return Tools
