"""The bot under a supervisor: what systemd hears on its socket, and what the health endpoints say, while real faults happen."""

from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

PATIENCE = 60.0
"""Seconds after which something that should happen is called missing. Nothing is measured against it."""
SILENT = 2.0
"""Seconds after which a process that does not answer is said not to; it would have been fed in that time."""
pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="only systems with local sockets have such a supervisor")


class Systemd:
    """The manager's end: a datagram socket, and the environment that it gives a service of ``Type=notify``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[str] = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)

    def hear(self) -> None:
        self.told += self.socket.recv(4096).decode().split("\n")

    async def until_told(self, line: str, times: int = 1) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.told.count(line) < times:
                await asyncio.sleep(0.02)


@pytest.fixture
async def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Systemd]:
    """A manager whose watchdog gives two seconds."""
    manager = Systemd(tmp_path / "notify")
    asyncio.get_running_loop().add_reader(manager.socket, manager.hear)
    monkeypatch.setenv("NOTIFY_SOCKET", str(manager.path))
    monkeypatch.setenv("WATCHDOG_USEC", "2000000")
    yield manager
    asyncio.get_running_loop().remove_reader(manager.socket)
    manager.socket.close()


@pytest.fixture
def health(free_port: int) -> Callable[..., Awaitable[int]]:
    """Asks an endpoint; 0 if nobody answers."""

    async def ask(path: str, within: float = PATIENCE) -> int:
        async with httpx.AsyncClient(trust_env=False, timeout=within) as client:
            try:
                return (await client.get(f"http://127.0.0.1:{free_port}{path}")).status_code
            except httpx.TransportError:
                return 0

    return ask


async def until(asked: Callable[..., Awaitable[int]], path: str, status: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await asked(path) != status:
            await asyncio.sleep(0.1)


@pytest.fixture
def watched(configure: Callable[..., Path], free_port: int) -> Path:
    """A configuration with the health endpoints."""
    return configure(top=f'web = {{ listen = "127.0.0.1:{free_port}" }}')


async def test_the_supervisor_hears_of_start_life_reload_and_end(
    press: Any, systemd: Systemd, health: Any, watched: Path, start: Any, tmp_path: Path
) -> None:
    async with start("run", "-c", str(watched), "--format", "jsonl", cwd=tmp_path) as bot:
        await systemd.until_told("READY=1")
        told = [line for line in systemd.told if line != "WATCHDOG=1"]  # a slow start is a sign of life, too
        assert told[:2] == ["READY=1", "STATUS=1 sources, 1 rules, 1 channels"]
        assert await health("/healthz") == 200
        await systemd.until_told("WATCHDOG=1")
        bot.process.send_signal(signal.SIGHUP)
        await systemd.until_told("READY=1", times=2)
        assert systemd.told.index("RELOADING=1") < len(systemd.told) - systemd.told[::-1].index("READY=1")
        assert "STOPPING=1" not in systemd.told
        assert await bot.signalled(signal.SIGTERM) == 0
    await systemd.until_told("STOPPING=1")


STUCK = """
import asyncio, signal, sys, time
import bot.running

begun = bot.running._begun

async def begin(*arguments):
    ready = await begun(*arguments)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, time.sleep, 3600)
    return ready

bot.running._begun = begin
from bot.cli.main import main
main()
"""
"""Runs the bot; at a signal, its loop stands still for an hour."""


@pytest.mark.slow
async def test_a_loop_that_stands_still_is_not_fed_for_and_answers_nobody(
    press: Any, systemd: Systemd, health: Any, watched: Path, start_code: Any, tmp_path: Path
) -> None:
    async with start_code(STUCK, "run", "-c", str(watched), "--format", "jsonl", cwd=tmp_path) as bot:
        await systemd.until_told("WATCHDOG=1", times=2)
        bot.process.send_signal(signal.SIGUSR1)
        assert await health("/healthz", SILENT) == 0
        fed = systemd.told.count("WATCHDOG=1")
        assert await health("/healthz", SILENT) == 0
        assert systemd.told.count("WATCHDOG=1") == fed


HUNG = """
import asyncio, signal, sys
import bot.running, bot.web.pulse

bot.web.pulse.Pulse.__init__.__kwdefaults__["patience"] = 7
begun = bot.running._begun

async def hang(store):
    async with store._write():
        await asyncio.sleep(3600)

async def begin(bot, told):
    ready = await begun(bot, told)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: setattr(bot, "hung", loop.create_task(hang(bot.store))))
    return ready

bot.running._begun = begin
from bot.cli.main import main
main()
"""
"""Runs the bot; at a signal, a transaction does not end any more. It waits seven seconds for the database, not a minute."""


@pytest.mark.slow
async def test_a_database_that_hangs_ends_the_feeding_and_turns_health_red(
    press: Any, systemd: Systemd, health: Any, watched: Path, start_code: Any, tmp_path: Path
) -> None:
    async with start_code(HUNG, "run", "-c", str(watched), "--format", "jsonl", cwd=tmp_path) as bot:
        await systemd.until_told("WATCHDOG=1", times=2)
        bot.process.send_signal(signal.SIGUSR1)
        await until(health, "/healthz", 503)
        assert await health("/readyz") == 503
        fed = systemd.told.count("WATCHDOG=1")
        await asyncio.sleep(2.5)  # longer than the watchdog gives
        assert systemd.told.count("WATCHDOG=1") == fed


@pytest.mark.slow
async def test_a_database_file_that_is_taken_away_turns_readiness_red_and_leaves_the_process_alive(
    press: Any, systemd: Systemd, health: Any, watched: Path, start: Any, tmp_path: Path
) -> None:
    async with start("run", "-c", str(watched), "--format", "jsonl", cwd=tmp_path) as bot:
        await until(health, "/readyz", 200)
        with closing(sqlite3.connect(tmp_path / "bot.db")) as other:
            assert other.execute("select count(*) from sources").fetchone() == (1,)
        (tmp_path / "bot.db").rename(tmp_path / "taken.db")
        await until(health, "/readyz", 503)
        assert await health("/healthz") == 200
        await bot.until_logged("is gone from its folder")
        await systemd.until_told("STATUS=1 sources, 1 rules, 1 channels; not ready: database")
        (tmp_path / "taken.db").rename(tmp_path / "bot.db")
        await until(health, "/readyz", 200)
