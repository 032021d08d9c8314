"""The stand-in's fixtures, and a connection to it that is ended after each test."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.adapters.discord.connection import DiscordConnection
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


discord_parts = _fixtures().discord_parts
discord_openapi = _fixtures().discord_openapi
discord_standin = _fixtures().discord_standin


@pytest.fixture
async def connected(discord_standin: Any, clock: VirtualClock) -> AsyncIterator[Callable[..., Any]]:
    """Starts connections to the stand-in; each is stopped after the test."""
    async with AsyncExitStack() as stack:

        async def connect(**changes: Any) -> DiscordConnection:
            token = changes.pop("token", discord_standin.token)
            settings = DiscordSettings(discord_standin.api_url, discord_standin.gateway_url, Secret(token))
            connection = DiscordConnection(settings, clock=clock, **({"gateway": False} | changes))
            await connection.start()
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
