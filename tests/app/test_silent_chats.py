"""A chat that accepts connections and never answers: the start goes on, is watched over, and can be called off."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from bot.app import Options
from bot.config.load import load
from bot.running import run

PATIENCE = 60.0
"""Seconds after which something that should happen is called missing. Nothing is measured against it."""


@pytest.fixture
async def hole() -> AsyncIterator[int]:
    """The port of a server that takes every connection and says nothing."""
    held: list[asyncio.StreamWriter] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        with contextlib.suppress(ConnectionError):
            await reader.read()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    for writer in held:
        writer.close()
    server.close()


def both(configure: Callable[..., Path], hole: int, port: int) -> Path:
    return configure(
        sources=("ledger",),
        channels="""
[[channels]]
id = "team"
to = "slack:C0000000001"
[[channels]]
id = "ops"
to = "discord:112233445566778899"
""",
        rule_channels='["team", "ops"]',
        top=f"""
web = {{ listen = "127.0.0.1:{port}" }}
slack = {{ mode = "socket", base_url = "http://127.0.0.1:{hole}/api/" }}
discord = {{ api_url = "http://127.0.0.1:{hole}/api/v10", gateway_url = "ws://127.0.0.1:{hole}/gw/" }}
""",
    )


ENVIRON = {"WATCHLAMP_SLACK_BOT_TOKEN": "xoxb-1", "WATCHLAMP_SLACK_APP_TOKEN": "xapp-1", "WATCHLAMP_DISCORD_TOKEN": "MTE.x.y"}


async def status(port: int, path: str) -> int:
    with contextlib.suppress(httpx.TransportError):
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"http://127.0.0.1:{port}{path}")).status_code
    return 0


async def test_the_process_answers_and_can_be_called_off_while_both_chats_keep_it_waiting(
    configure: Callable[..., Path], hole: int, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for chat in ("slack", "discord"):
        monkeypatch.setattr(f"bot.adapters.{chat}.connection.FIRST_WAIT", PATIENCE)
    stop = asyncio.Event()
    bot = asyncio.create_task(run(load(both(configure, hole, free_port), environ=ENVIRON), Options(), stop=stop))
    async with asyncio.timeout(PATIENCE / 2):
        while await status(free_port, "/healthz") != 200:
            await asyncio.sleep(0.02)
        assert await status(free_port, "/readyz") == 503
        stop.set()
        assert await bot == 0


async def test_the_start_goes_on_without_them(
    configure: Callable[..., Path], hole: int, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for chat in ("slack", "discord"):
        monkeypatch.setattr(f"bot.adapters.{chat}.connection.FIRST_WAIT", 0.1)
    stop = asyncio.Event()
    bot = asyncio.create_task(run(load(both(configure, hole, free_port), environ=ENVIRON), Options(), stop=stop))
    async with asyncio.timeout(PATIENCE):
        told: dict[str, bool] = {}
        while not (told.get("scheduler") and told.get("database")):
            await asyncio.sleep(0.02)
            with contextlib.suppress(httpx.TransportError):
                async with httpx.AsyncClient(trust_env=False) as client:
                    told = (await client.get(f"http://127.0.0.1:{free_port}/readyz")).json()["parts"]
        assert (told["slack"], told["discord"]) == (False, False)
        stop.set()
        assert await bot == 0
