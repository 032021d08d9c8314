"""The whole bot on a machine that fails it: full disks, disks that lie, databases that others hold.

The publisher and the configurations are those of ``tests/app``; processes are started as ``tests/acceptance`` starts them.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest

TESTS = Path(__file__).resolve().parents[1]


def _module(folder: str, name: str) -> ModuleType:
    known = f"operations_{folder}_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, TESTS / folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[known] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[known]


_app = _module("app", "conftest")
press, free_port, configure, held = _app.press, _app.free_port, _app.configure, _app.held
_runs = _module("app", "test_run")
_processes = _module("acceptance", "conftest")
_traced = _module("acceptance", "test_fsync")

OPERATOR = '[[channels]]\nid = "team"\nto = "console:team"\n[[channels]]\nid = "ops"\nto = "console:ops"\n'
"""Channels of a configuration with ``operator = { channel = "ops" }``."""


@contextlib.asynccontextmanager
async def process(config: Path, *, under: tuple[str, ...] = ()) -> AsyncIterator[Any]:
    """``watchlamp run``, with its rows and its log; ``under`` another program."""
    code = "from bot.cli.main import main; main()"
    async with _processes.started("-c", code, "run", "-c", str(config), "--format", "jsonl", cwd=config.parent, under=under) as bot:
        yield bot


async def stop(bot: Any) -> int:
    """SIGTERM for the bot itself, also if another program runs it; then its exit status."""
    pid = bot.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    traced = "strace" in Path(f"/proc/{pid}/cmdline").read_text("utf-8").split("\0")[0] if children.exists() else False
    os.kill(int(children.read_text("ascii").split()[0]) if traced else pid, signal.SIGTERM)
    return int(await bot.ended())


def told(rows: list[dict[str, Any]], channel: str) -> list[str]:
    """What was said in a channel, a line each."""
    return [row["text"] for row in rows if row.get("channel") == channel and row.get("state") == "sent"]


def headlines(rows: list[dict[str, Any]], channel: str = "team") -> list[str]:
    """The first lines of what was said in a channel."""
    return [text.splitlines()[0] for text in told(rows, channel)]


async def parts(port: int) -> dict[str, Any]:
    """What ``/readyz`` says of the bot's parts, with ``ready`` for its status; nothing if nobody answers."""
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            answer = await client.get(f"http://127.0.0.1:{port}/readyz", timeout=10)
        except httpx.TransportError:
            return {}
    said: dict[str, Any] = answer.json()["parts"]
    return {**said, "ready": answer.status_code == 200}


def settled(database: Path) -> int:
    """How many messages were sent and written down."""
    return int(_processes.count(database, "select count(*) from deliveries where state = 'sent'"))


def whole(database: Path) -> str:
    """What SQLite says of a file that nobody uses."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        (said,) = connection.execute("pragma integrity_check").fetchone()
    return str(said)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of so many megabytes of its own; the test is skipped where nobody may mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("no file system may be mounted here (that takes Linux and root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True, timeout=30)


@pytest.fixture
def house() -> SimpleNamespace:
    """What the tests of this folder use."""
    return SimpleNamespace(
        living=_runs.living,
        until=_runs.until,
        baselined=_runs.baselined,
        query=_runs.query,
        process=process,
        stop=stop,
        count=_processes.count,
        tracer=_traced.tracer,
        operator=OPERATOR,
        told=told,
        headlines=headlines,
        parts=parts,
        settled=settled,
        whole=whole,
        small_disk=small_disk,
        module=_module,
    )
