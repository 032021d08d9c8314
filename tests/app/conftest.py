"""A publisher on loopback, configurations that poll it, the bot as a process of its own, and a program that holds its database."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import freeport
import pytest
from aiohttp import web

PATIENCE = 60.0
"""Seconds after which something that should happen is called missing. Nothing is measured against it."""


@dataclass(frozen=True)
class Story:
    """An entry of the publisher's feed; with ``page`` its text stands only on its page."""

    slug: str
    title: str
    text: str
    page: bool = False


class Press:
    """A publisher: a feed, its pages, and what was asked of it."""

    def __init__(self) -> None:
        self.stories: list[Story] = []
        self.broken: set[str] = set()
        self.slow = 0.0
        self.asked: list[str] = []
        self.port = 0

    def publish(self, slug: str, title: str, text: str, *, page: bool = False) -> None:
        self.stories.insert(0, Story(slug, title, text, page))

    async def feed(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.asked.append(f"feed {name}")
        await asyncio.sleep(self.slow)
        if name in self.broken:
            return web.Response(status=500, text="closed")
        now = format_datetime(datetime.now(UTC) - timedelta(minutes=2))
        items = "".join(
            f"<item><title>{escape(story.title)}</title><guid isPermaLink='false'>{name}-{story.slug}</guid>"
            f"<link>http://127.0.0.1:{self.port}/page/{story.slug}</link><pubDate>{now}</pubDate>"
            f"<description>{'' if story.page else escape(story.text)}</description></item>"
            for story in self.stories
        )
        body = f"<rss version='2.0'><channel><title>The {name}</title>{items}</channel></rss>"
        return web.Response(text=body, content_type="application/rss+xml")

    async def page(self, request: web.Request) -> web.Response:
        slug = request.match_info["slug"]
        self.asked.append(f"page {slug}")
        (story,) = [story for story in self.stories if story.slug == slug]
        paragraphs = "".join(f"<p>{escape(line)}</p>" for line in story.text.split("\n"))
        title = escape(story.title)
        head = f"<!doctype html><html><head><title>{title}</title></head>"
        body = f"{head}<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
        return web.Response(text=body, content_type="text/html")


@pytest.fixture
async def press() -> AsyncIterator[Press]:
    """The publisher, listening."""
    served = Press()
    app = web.Application()
    app.router.add_get("/feed/{name}", served.feed)
    app.router.add_get("/page/{slug}", served.page)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.port = runner.addresses[0][1]
    yield served
    await runner.cleanup()


@pytest.fixture
def free_port() -> int:
    """A port of loopback that nobody listens on."""
    return freeport.free_port()


@pytest.fixture
def configure(press: Press, tmp_path: Path, migrated: str) -> Callable[..., Path]:
    """Writes a configuration that polls the press; ``more`` is further TOML.

    An empty database of the newest schema stands beside it, unless a start is to be the ``first``, which has a process migrate.
    """

    def write(
        *,
        sources: tuple[str, ...] = ("ledger",),
        interval: str = "1s",
        group_wait: str = "0s",
        full_text: str = "never",
        more: str = "",
        top: str = "",
        name: str = "config.toml",
        channels: str = '[[channels]]\nid = "team"\nto = "console:team"\n',
        rule_channels: str = '["team"]',
        first: bool = False,
    ) -> Path:
        declared = "".join(
            f'[[sources]]\nid = "{source}"\nurl = "http://127.0.0.1:{press.port}/feed/{source}"\n'
            f'interval = "{interval}"\nfull_text = "{full_text}"\n'
            for source in sources
        )
        path = tmp_path / name
        if not first and not (tmp_path / "bot.db").exists():
            with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
                connection.executescript(migrated)
        path.write_text(
            f"""
database = {{ url = "sqlite:bot.db" }}
defaults = {{ group_wait = "{group_wait}", group_interval = "0s", max_per_hour = 0 }}
{top}
[net]
contact = "mailto:ops@example.org"
allow = ["127.0.0.0/8"]
allow_ports = [{press.port}]
min_interval = "1s"
{channels}
{declared}
[[rules]]
id = "cameras"
query = "council cameras"
channels = {rule_channels}
{more}
""",
            encoding="utf-8",
        )
        return path

    return write


@dataclass
class Process:
    """A running bot: its printed rows, its log, how it ended."""

    process: asyncio.subprocess.Process
    rows: list[dict[str, Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    @property
    def posts(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row.get("action") == "post" and row["state"] == "sent"]

    async def until(self, done: Callable[[], bool], what: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while not done():
                if self.process.returncode is not None:
                    raise AssertionError(f"ended ({self.process.returncode}) before {what}:\n" + "\n".join(self.log[-30:]))
                await asyncio.sleep(0.02)

    async def until_logged(self, words: str, times: int = 1) -> None:
        await self.until(lambda: sum(words in line for line in self.log) >= times, f"the log says {words!r}")

    async def signalled(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        """The exit status."""
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


@asynccontextmanager
async def running(*arguments: str, cwd: Path) -> AsyncIterator[Process]:
    """``watchlamp`` with these arguments as a process; killed at the end if it still runs."""
    async with running_code("from bot.cli.main import main; main()", *arguments, cwd=cwd) as bot:
        yield bot


@asynccontextmanager
async def running_code(code: str, *arguments: str, cwd: Path) -> AsyncIterator[Process]:
    """Code that runs ``watchlamp``, as a process; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        *arguments,
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # A shell that starts this run in the background has told it to ignore Ctrl+C, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    bot = Process(process)

    async def read_rows() -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            bot.rows.append(json.loads(line))

    async def read_log() -> None:
        assert process.stderr is not None
        while line := await process.stderr.readline():
            bot.log.append(line.decode(errors="replace").rstrip())

    readers = [asyncio.create_task(read_rows()), asyncio.create_task(read_log())]
    try:
        yield bot
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await asyncio.gather(*readers)


@pytest.fixture
def start() -> Callable[..., Any]:
    """Starts the bot as a process of its own; use it with ``async with``."""
    return running


@pytest.fixture
def start_code() -> Callable[..., Any]:
    """Starts a program that runs the bot; use it with ``async with``."""
    return running_code


@asynccontextmanager
async def another_program(database: Path, seconds: float) -> AsyncIterator[threading.Event]:
    """Another program writes, for so long or until the event is set; it is set in any case when that is over."""
    begun, over = threading.Event(), threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as connection:
            connection.execute("begin exclusive")
            begun.set()
            over.wait(seconds)
            connection.execute("rollback")
        over.set()

    holder = threading.Thread(target=hold)
    holder.start()
    assert await asyncio.to_thread(begun.wait, 30)
    try:
        yield over
    finally:
        over.set()
        await asyncio.to_thread(holder.join)


@pytest.fixture
def held() -> Callable[..., Any]:
    """Holds a database against everybody else who writes."""
    return another_program
