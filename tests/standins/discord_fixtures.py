"""Fixtures around the Discord stand-in: one that runs and is checked afterwards, and an unmodified discord.py pointed at it."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from yarl import URL

from bot.core.clock import VirtualClock

HERE = Path(__file__).resolve().parent
OPENAPI = HERE.parent.parent.parent / "shared" / "data" / "discord" / "openapi.json"


def _load() -> ModuleType:
    """The package, through the loader in ``discord.py`` beside this file (never as a module called ``discord``)."""
    name = "standin_discord_loader"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / "discord.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    package: ModuleType = sys.modules[name].load()
    return package


@pytest.fixture(scope="session")
def discord_parts() -> ModuleType:
    """The package of the stand-in: faults, permissions, checks, ``links`` and so on."""
    return _load()


@pytest.fixture(scope="session")
def discord_openapi() -> Path | None:
    """Discord's own description of its API; it lies beside the checkout. Without it bodies are only checked by our own checker."""
    if not OPENAPI.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{OPENAPI} is missing; bodies must be checked against it here")
        return None
    return OPENAPI


@pytest.fixture
async def discord_standin(discord_parts: ModuleType, discord_openapi: Path | None, clock: VirtualClock) -> AsyncIterator[Any]:
    """A running stand-in on the test's clock; afterwards nothing may be left that a strict Discord would not forgive."""
    standin = discord_parts.DiscordStandIn(clock=clock, openapi=discord_openapi)
    await standin.start()
    yield standin
    await standin.stop()
    problems = standin.settle()
    assert not problems, "\n".join(problems)


@contextmanager
def pointed_at(standin: Any) -> Iterator[None]:
    """discord.py pointed at a stand-in: two class attributes, put back afterwards.

    ``Route.BASE`` is where every REST request goes (webhook and interaction requests too). ``DEFAULT_GATEWAY`` is where a plain
    ``Client`` connects: it never asks ``/gateway/bot``.
    """
    import discord  # noqa: PLC0415 - the library; it is large, and not every test needs it

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discord.http.Route, "BASE", standin.api_url)
        patch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", URL(standin.gateway_url))
        yield


@pytest.fixture(scope="session")
def discord_pointed_at() -> Any:
    """The context manager ``pointed_at``."""
    return pointed_at


@pytest.fixture
def discord_at_standin(discord_standin: Any) -> Iterator[Any]:
    """discord.py pointed at the stand-in for the length of one test."""
    with pointed_at(discord_standin):
        yield discord_standin
