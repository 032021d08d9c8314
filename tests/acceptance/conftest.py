"""The feed house, the chats, and the bot as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

HERE = Path(__file__).parent
PATIENCE = 90.0
"""Seconds after which something that should happen is called missing. Nothing is measured against it."""


def _module(name: str, folder: Path = HERE) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"acceptance_{name}", folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


feedhouse = _module("feedhouse")
chats = _module("chats")
press = _module("press")
deaths = _module("deaths")
newsroom = _module("newsroom")
faketime = _module("faketime")
loops = _module("loops", HERE.parent / "standins")

TITLES = (
    "Bakery on Linden Street wins prize for rye bread",
    "Orchestra rehearses opera beneath railway bridge",
    "Glacier survey counts seventeen hidden lakes",
    "Beekeepers swap hives across the northern border",
    "Chess club invites retired sailors to tournament",
    "Museum restores dinosaur skeleton with bamboo frame",
    "Tram drivers publish cookbook of night shift soups",
    "Astronomers name comet after their cleaner",
    "Swimming pool heated by neighbouring data hall",
    "Postage stamp shows forgotten lighthouse keeper",
    "Farmers plant hedges against drifting snow",
    "Students build violin from reclaimed church doors",
)
TOKEN = "zqxsignal"


@dataclass
class BotProcess:
    """A running bot: its printed rows and how it ended."""

    process: asyncio.subprocess.Process
    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def posts(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["event"] == "delivery" and row["action"] == "post" and row["state"] == "sent"]

    async def until(self, done: Callable[[], bool], what: str) -> None:
        late = time.monotonic() + PATIENCE
        while not done():
            if self.process.returncode is not None:
                raise AssertionError(f"the bot ended ({self.process.returncode}) before {what}:\n" + "\n".join(self.errors[-30:]))
            if time.monotonic() > late:
                raise AssertionError(f"waited in vain until {what}:\n" + "\n".join(self.errors[-30:]))
            await asyncio.sleep(0.05)

    async def arm(self, point: str, *, nth: int = 1, channel: str = "", action: str = "") -> None:
        """Tell a bot that takes orders where to die; returns when it has understood."""
        assert self.process.stdin is not None
        armed = self._armed() + 1
        order = {"point": point, "nth": nth, "channel": channel, "action": action}
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        await self.until(lambda: self._armed() >= armed, "it took the order")

    def _armed(self) -> int:
        return sum(row["event"] == "armed" for row in self.rows)

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


async def _read(bot: BotProcess) -> None:
    assert bot.process.stdout is not None
    while line := await bot.process.stdout.readline():
        bot.rows.append(json.loads(line))


async def _read_errors(bot: BotProcess) -> None:
    assert bot.process.stderr is not None
    while line := await bot.process.stderr.readline():
        bot.errors.append(line.decode(errors="replace").rstrip())


@asynccontextmanager
async def started(
    *arguments: str, cwd: Path, environment: Mapping[str, str] | None = None, under: Sequence[str] = ()
) -> AsyncIterator[BotProcess]:
    """The bot as a process, run by another program if ``under`` names one; ended at the end if it still runs."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *under, sys.executable, *arguments, cwd=cwd, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, limit=2**24
    )
    bot = BotProcess(process)
    readers = [asyncio.create_task(_read(bot)), asyncio.create_task(_read_errors(bot))]
    try:
        yield bot
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()
        await asyncio.gather(*readers)


async def stop(bot: BotProcess) -> int:
    """SIGTERM, then the exit status."""
    bot.process.send_signal(signal.SIGTERM)
    return await bot.ended()


def query(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the bot's database, read from outside. While the bot switches it to WAL it is locked, whatever the timeout."""
    for _ in range(200):
        try:
            with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
                return connection.execute(sql).fetchall()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.05)
    raise AssertionError(f"{database} stayed locked")


def count(database: Path, sql: str) -> int:
    """The number a query gives; 0 where the bot has not made its tables yet."""
    if not database.exists() or not query(database, "select 1 from sqlite_master where name = 'deliveries'"):
        return 0
    return int(query(database, sql)[0][0])


@pytest.fixture
def tools() -> SimpleNamespace:
    """What acceptance tests use."""
    return SimpleNamespace(
        feedhouse=feedhouse,
        chats=chats,
        press=press,
        deaths=deaths,
        newsroom=newsroom,
        loops=loops,
        faketime=faketime,
        started=started,
        stop=stop,
        query=query,
        count=count,
        titles=TITLES,
        token=TOKEN,
        crashing=str(HERE / "crashing.py"),
    )
