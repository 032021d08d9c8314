"""What the bot needs while nothing happens: cold start and memory, with both chats connected and sources that have no news.

    python benchmarks/idle.py [--sources 300]        also a case of the bench: make bench CASES=idle

Starts ``watchlamp run`` as a process of its own, connected to the stand-ins of ``tests/standins`` over the real SDKs; every
source is polled once (twenty entries each, which are filed) and then waits for an hour. Prints lines of ``name value unit``:
the start from the beginning of the process until ``/readyz`` says ready; the PSS of the process tree then, once all is
polled, and once the bot is at rest: everything filed, the reader of documents stopped for idling; then, started again on the
same database, its start and its memory at rest with nothing to do at all (``again``); by kinds of memory, and by
parts. A part is what the resident set of one process grew by while its packages were imported, in this order; what is
left is what the running bot keeps. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx

HERE = Path(__file__).parent
ROOT = HERE.parent
PATIENCE = 180.0
"""Seconds after which a bot that does not come up, or does not come to rest, has failed."""
QUIET = 0.03
"""Share of a processor that a bot at rest may use: it ticks every second."""
SETTLED = 30.0
"""Seconds at rest before memory is measured: what was kept for much work is given back after twenty (``bot/spare.py``)."""
TICK = os.sysconf("SC_CLK_TCK")
PARTS = (
    ("python, asyncio and ssl", ("asyncio", "ssl", "email.message", "sqlite3", "zoneinfo")),
    ("command line (typer, rich)", ("typer", "rich.console")),
    ("log (structlog)", ("structlog",)),
    ("configuration (pydantic, tomli)", ("pydantic", "tomli", "bot.config.load")),
    ("sources (httpx)", ("httpx", "bot.net.client")),
    ("database (sqlalchemy, aiosqlite)", ("sqlalchemy.ext.asyncio", "aiosqlite", "bot.store.database")),
    ("rules (lark, re2)", ("lark", "re2", "bot.rules.engine")),
    ("stories", ("bot.stories.model", "bot.stories.summary")),
    ("slack (slack_bolt, slack_sdk, aiohttp)", ("aiohttp", "slack_bolt.app.async_app", "bot.adapters.slack.connection")),
    ("discord (discord.py)", ("discord", "bot.adapters.discord.connection")),
    ("web (starlette, uvicorn)", ("starlette", "uvicorn", "bot.web.server")),
    ("everything else of ours", ("bot.cli.main", "bot.running")),
)
"""Names of parts, and what is imported for them."""


Tell = Callable[[str, float, str], None]
"""Takes one figure: its name, value and unit."""


def tell(name: str, value: float, unit: str) -> None:
    """One figure, printed."""
    sys.stdout.write(f"{name.replace(' ', '_')} {value:.2f} {unit}\n")
    sys.stdout.flush()


# ---------------------------------------------------------------- memory and time, as Linux tells them


def tree(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text(encoding="ascii").split():
            yield from tree(int(child))


def rollup(pid: int | str, field: str) -> float:
    """A field of ``smaps_rollup`` in MB; nothing of a process that ended."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def kinds(pid: int) -> dict[str, float]:
    """PSS in MB by what the memory is: the heap of C, the arenas of Python and other memory of its own, files of programs."""
    found = {"heap": 0.0, "arenas and buffers": 0.0, "libraries": 0.0, "stacks and rest": 0.0}
    kind = ""
    for line in Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8").splitlines():
        words = line.split()
        if not words[0].endswith(":"):
            name = words[5] if len(words) > 5 else ""
            kind = (
                "heap"
                if name == "[heap]"
                else "arenas and buffers"
                if not name
                else "libraries"
                if "/" in name
                else "stacks and rest"
            )
        elif words[0] == "Pss:":
            found[kind] += int(words[1]) * 1024 / 1e6
    return found


def cpu(pid: int) -> float:
    """Seconds of processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def import_parts() -> None:
    """In a process of its own: import part after part and tell by how much the process grew."""
    before = 0.0
    for name, modules in PARTS:
        for module in modules:
            importlib.import_module(module)
        now = rollup("self", "Rss")
        tell(f"part: {name}", now - before, "MB")
        before = now


# ---------------------------------------------------------------- the surroundings


def loaded(file: str, name: str) -> ModuleType:
    """A door of the stand-ins by its path."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "standins" / file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@contextlib.asynccontextmanager
async def platforms() -> AsyncIterator[tuple[Any, Any, str]]:
    """Both stand-ins, and a channel of Discord's."""
    slack = loaded("slack.py", "standins_slack").SlackStandIn()
    discord = loaded("discord.py", "standin_discord_loader").load().DiscordStandIn()
    place = discord.world.add_channel(discord.world.add_guild("Watch group"), "alerts")
    await slack.start()
    await discord.start()
    try:
        yield slack, discord, place.id
    finally:
        await slack.stop()
        await discord.stop()


@contextlib.contextmanager
def feeds(count: int) -> Iterator[list[str]]:
    """Addresses of feeds that have no news."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(HERE / "feed_server.py"), str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.stdin.close()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configuration(folder: Path, slack: Any, discord: Any, place: str, *, addresses: list[str], port: int) -> Path:
    """What a group with both chats and the shipped pack would write."""
    ports = sorted({int(address.split("/")[2].rpartition(":")[2]) for address in addresses})
    sources = "".join(
        f'[[sources]]\nid = "s{number}"\nurl = "{address}"\ninterval = "1h"\nfull_text = "never"\n'
        for number, address in enumerate(addresses)
    )
    path = folder / "config.toml"
    path.write_text(
        f"""
include = ["pack:surveillance"]
database = {{ url = "sqlite:idle.db" }}
web = {{ listen = "127.0.0.1:{port}" }}
slack = {{ mode = "socket", base_url = "{slack.base_url}" }}
discord = {{ api_url = "{discord.api_url}", gateway_url = "{discord.gateway_url}" }}
[net]
allow = ["127.0.0.0/8"]
allow_ports = {ports}
[[channels]]
id = "team"
to = "slack:C0000000001"
[[channels]]
id = "ops"
to = "discord:{place}"
{sources}
[[rules]]
id = "everything-watched"
query = "(surveillance OR cameras) police"
channels = ["team", "ops"]
""",
        encoding="utf-8",
    )
    return path


# ---------------------------------------------------------------- the measurement


async def until(done: Any, what: str, bot: subprocess.Popen[bytes]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not await done():
        if bot.poll() is not None:
            raise SystemExit(f"the bot ended with status {bot.returncode} before {what}; its log is above")
        if time.monotonic() > end:
            raise SystemExit(f"{what} did not happen within {PATIENCE:g} seconds")
        await asyncio.sleep(0.01)


async def measure(count: int, folder: Path, tell: Tell = tell) -> None:
    """Start, wait, measure."""
    port = free_port()
    async with platforms() as (slack, discord, place), httpx.AsyncClient(trust_env=False) as client:
        with feeds(count) as addresses:
            path = configuration(folder, slack, discord, place, addresses=addresses, port=port)
            environment = {
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": str(ROOT),
                "WATCHLAMP_SLACK_BOT_TOKEN": slack.bot_token,
                "WATCHLAMP_SLACK_APP_TOKEN": slack.app_token,
                "WATCHLAMP_DISCORD_TOKEN": discord.token,
            }
            code = "from bot.cli.main import main; main()"
            command = [sys.executable, "-c", code, "run", "-c", str(path), "--log-level", "error"]
            began = time.monotonic()
            bot = subprocess.Popen(command, env=environment)

            async def ready() -> bool:
                with contextlib.suppress(httpx.TransportError):
                    return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
                return False

            async def all_polled() -> bool:
                with (
                    contextlib.suppress(sqlite3.OperationalError),
                    contextlib.closing(sqlite3.connect(f"file:{folder / 'idle.db'}?mode=ro", uri=True)) as connection,
                ):
                    (polled,) = connection.execute("select count(*) from sources where baselined_at is not null").fetchone()
                    return bool(polled >= count)
                return False

            async def at_rest() -> bool:
                used = cpu(bot.pid)
                await asyncio.sleep(3)
                return len(list(tree(bot.pid))) == 1 and cpu(bot.pid) - used < QUIET * 3

            try:
                await until(ready, "ready", bot)
                tell("start", time.monotonic() - began, "s")
                tell("start.cpu", cpu(bot.pid), "s")
                tell("ready.tree", sum(rollup(pid, "Pss") for pid in tree(bot.pid)), "MB")
                await until(all_polled, "every source polled", bot)
                members = list(tree(bot.pid))
                tell("polled.tree", sum(rollup(pid, "Pss") for pid in members), "MB")
                tell("polled.parent", rollup(bot.pid, "Pss"), "MB")
                for number, pid in enumerate(members[1:], 1):
                    tell(f"polled.child{number}", rollup(pid, "Pss"), "MB")
                await until(at_rest, "rest", bot)
                used = cpu(bot.pid)
                await asyncio.sleep(SETTLED)
                tell("idle.tree", sum(rollup(pid, "Pss") for pid in tree(bot.pid)), "MB")
                for name, size in kinds(bot.pid).items():
                    tell(f"idle.{name}", size, "MB")
                tell("idle.cpu", (cpu(bot.pid) - used) * 60 / SETTLED, "s/minute")
                bot.terminate()
                await asyncio.to_thread(bot.wait, 30)
                began = time.monotonic()
                bot = subprocess.Popen(command, env=environment)
                await until(ready, "ready again", bot)
                tell("again.start", time.monotonic() - began, "s")
                tell("again.start.cpu", cpu(bot.pid), "s")
                await until(at_rest, "rest again", bot)
                await asyncio.sleep(SETTLED)
                tell("again.tree", sum(rollup(pid, "Pss") for pid in tree(bot.pid)), "MB")
                for name, size in kinds(bot.pid).items():
                    tell(f"again.{name}", size, "MB")
            finally:
                bot.terminate()
                await asyncio.to_thread(bot.wait, 30)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--sources", type=int, default=300)
    parser.add_argument("--parts", action="store_true", help="only what imports add, in this process")
    arguments = parser.parse_args()
    if arguments.parts:
        import_parts()
        return
    folder = Path(tempfile.mkdtemp(prefix="watchlamp-idle-"))
    try:
        asyncio.run(measure(arguments.sources, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, str(HERE / "idle.py"), "--parts"], check=True, env=environment)


if __name__ == "__main__":
    main()
