"""The stand-in's fixtures, and a connection to it that is ended after each test."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.adapters.discord.connection import DiscordConnection
from bot.commands.reply import Reply, Section
from bot.commands.roles import Role, role_of
from bot.commands.suggest import Choice, suggest
from bot.commands.table import TABLE
from bot.config.secret import Secret
from bot.config.settings import DiscordSettings
from bot.core.clock import VirtualClock
from bot.core.model import Channel, ChannelSettings, Platform


def _fixtures() -> Any:
    name = "standins_discord_fixtures"
    if name not in sys.modules:
        path = Path(__file__).resolve().parents[2] / "standins" / "discord_fixtures.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


class Nobody:
    """Nobody is named in the configuration."""

    owner = editor = ()


class Asked:
    """Commands that remember what they were asked and answer what they are told to, when they are told to.

    Attributes:
        ready: while it is not set, an answer or a suggestion is not ready.
        tells: what is told as soon as something is asked.
        suggestions: what may be meant; None: what the real ones say.
    """

    table = TABLE

    def __init__(self) -> None:
        self.asks: list[Any] = []
        self.reply = Reply("Three stories", (Section(text="one\ntwo"),))
        self.error: Exception | None = None
        self.ready = asyncio.Event()
        self.ready.set()
        self.finished = 0
        self.tells = ""
        self.suggestions: tuple[Choice, ...] | None = None
        self.completed: list[tuple[str, str, str]] = []
        self.spoken = "en"

    def language(self, ask: Any) -> str:
        return self.spoken

    def role(self, **known: Any) -> Role:
        return role_of(Nobody, **known)

    async def complete(self, ask: Any, command: Any, parameter: Any, typed: str) -> tuple[Choice, ...]:
        self.completed.append((command.name, parameter.name, typed))
        await self.ready.wait()
        if self.error is not None:
            raise self.error
        return self.suggestions if self.suggestions is not None else await suggest(None, ask, parameter, typed, TABLE)

    async def answer(self, ask: Any) -> Reply:
        self.asks.append(ask)
        if self.tells:
            ask.tell(self.tells)
        await self.ready.wait()
        self.finished += 1
        if self.error is not None:
            raise self.error
        return replace(self.reply, private=self.reply.error or not ask.shown)


discord_parts = _fixtures().discord_parts
discord_openapi = _fixtures().discord_openapi
discord_standin = _fixtures().discord_standin


@pytest.fixture
async def connected(discord_standin: Any, clock: VirtualClock) -> AsyncIterator[Callable[..., Any]]:
    """Starts connections to the stand-in; each is stopped after the test."""
    async with AsyncExitStack() as stack:

        async def connect(**changes: Any) -> DiscordConnection:
            token = changes.pop("token", discord_standin.token)
            listen = changes.pop("listen", True)
            settings = DiscordSettings(discord_standin.api_url, discord_standin.gateway_url, Secret(token))
            connection = DiscordConnection(settings, **({"gateway": False, "clock": clock} | changes))
            await connection.start(listen=listen)
            stack.push_async_callback(connection.stop)
            return connection

        yield connect


@pytest.fixture
def guild(discord_standin: Any) -> Any:
    """A server with the bot in it."""
    return discord_standin.world.add_guild("Watch group")


@pytest.fixture
def place(discord_standin: Any, guild: Any) -> Any:
    """A text channel."""
    return discord_standin.world.add_channel(guild, "alerts")


@pytest.fixture
def forum(discord_standin: Any, guild: Any) -> Any:
    """A forum."""
    return discord_standin.world.add_channel(guild, "stories", kind=15)


@pytest.fixture
def to() -> Callable[[Any], Channel]:
    """Our channel for one of the stand-in's."""
    return lambda place, **settings: Channel("team", Platform.DISCORD, place.id, ChannelSettings(**settings))


@pytest.fixture
def captured_log() -> Iterator[list[Any]]:
    """Every event that is logged."""
    with capture_logs() as events:
        yield events


@pytest.fixture
def commands() -> Asked:
    """Commands that answer what they are told to."""
    return Asked()


@pytest.fixture
def listening(connected: Callable[..., Any], discord_standin: Any, commands: Asked) -> Callable[..., Any]:
    """A connection that hears commands, ready."""

    async def connect(**changes: Any) -> Any:
        connection = await connected(gateway=True, commands=commands, **changes)
        await discord_standin.gateway.until_online()
        async with asyncio.timeout(20):
            while not connection.ready:
                await asyncio.sleep(0.01)
        return connection

    return connect


@pytest.fixture
def mira(discord_standin: Any, guild: Any) -> Any:
    """Somebody without any role."""
    return discord_standin.person("Mira", guild)


@pytest.fixture
def until() -> Callable[..., Any]:
    """Waits for something."""

    async def wait(done: Callable[[], Any]) -> Any:
        async with asyncio.timeout(20):
            while not (told := done()):
                await asyncio.sleep(0.01)
        return told

    return wait


@pytest.fixture
def finished(until: Callable[..., Any]) -> Callable[..., Any]:
    """The interaction of an act once its answer is there."""

    async def wait(act: Any) -> Any:
        asked = await act
        await until(lambda: not asked.waiting)
        return asked

    return wait


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers count as late, and what gets lost as lost, after hundredths of a second."""
    monkeypatch.setattr("bot.adapters.discord.listeners.PATIENCE", 0.02)
    monkeypatch.setattr("bot.adapters.discord.listeners.TYPING", 0.02)
    monkeypatch.setattr("bot.adapters.discord.speaking.PAUSE", 0.01)
    monkeypatch.setattr("bot.adapters.discord.speaking.FIRST_PAUSE", 0.01)
