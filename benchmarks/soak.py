"""Weeks of a bot's life in minutes: sources and chats fail at random, clocks are set, other programs hold the database.

    python benchmarks/soak.py [--days 28] [--sources 300] [--seed 1]

The program's own parts, as the composition root wires them (``bot.app.Bot``: poller, reader of feeds in its child process, store
on a file, alerts, outbox, both adapters with their real SDKs, learning, monitor, upkeep), between servers on loopback and the
stand-ins of ``tests/standins``. Time is that of the event loop: it stands still while anything can be done, and goes on to the next
timer when nothing can. What differs from a run: the stages are woken every five minutes instead of every second (and by each other
at once, as always), nothing beats once a second for a supervisor, SQLite's calls are made without threads, and nobody listens at
the chats' sockets (a heartbeat every half minute, for weeks). A restart is a clean one.

Prints a line a day: objects that the garbage collector knows after a collection, memory blocks, PSS of the process, open files,
threads, tasks, bytes of the database and of its write-ahead log. At the end, who knows what was published looks at what the chats
show: nothing may be missing, and nothing there twice without its mark. PSS and open files are told on Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import importlib.util
import itertools
import os
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any

import structlog

from bot import app
from bot.chats import Chats
from bot.config.load import load
from bot.sandbox.pool import Limits, Sandbox
from bot.service.learn import learnt
from bot.service.repeated import remembered
from bot.store import engine
from bot.store.database import Store
from bot.text.telling import REPEATED

TESTS = Path(__file__).resolve().parent.parent / "tests"
START = datetime(2026, 3, 9, 0, 0, tzinfo=UTC)
"""A Monday; Europe's clocks change within three weeks."""
TICK = 300.0
INTERVAL = "8h"
DAY = 86_400.0
TOLD_A_DAY, UNTOLD_A_DAY = 8, 40
"""Events that a rule matches, and others."""
LISTED = 30
"""Entries of a feed."""
KEPT_DAYS = 9.0
"""After so long, the stand-ins forget a message: they live in this process, and what they keep would look like a leak."""
BASELINED = 0.4
"""Days until the first news; every source was read by then."""
QUIET_DAYS = 2.0
"""Days at the end without faults or news, in which what waits has to arrive."""
FAULTS = {"status": 0.03, "slow down": 0.015, "cut": 0.015, "hang": 0.01, "garbage": 0.005, "reset": 0.01}
"""Of a hundred requests to sources, how many go wrong in which way."""
CHAT_FAULTS = 0.03
POST, FORUM = "POST /channels/{channel_id}/messages", "PATCH /channels/{channel_id}/messages/{message_id}"
SYLLABLES = ("ba", "cor", "del", "fin", "gar", "hul", "jo", "kes", "lim", "mar", "nol", "pri", "rus", "sta", "tel", "vor")


def loaded(folder: str, name: str) -> ModuleType:
    """A module of the tests by its path."""
    known = f"soak_{folder}_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, TESTS / folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[known] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[known]


class SetClock:
    """The loop's time, and a wall clock that is set now and then."""

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return START + timedelta(seconds=self._loop.now) + self.ahead

    def monotonic(self) -> float:
        return float(self._loop.now)


# ---------------------------------------------------------------- what happens in the world


def mark(number: int) -> str:
    """A word that stands in every report of one event and nowhere else."""
    return "zq" + "".join(SYLLABLES[(number >> (4 * place)) % 16] for place in range(3))


@dataclass(frozen=True)
class Entry:
    """An entry of a feed and when it appears."""

    at: float
    title: str
    text: str
    guid: str


@dataclass
class World:
    """What will be published where, and what goes wrong; all of it drawn from one seed."""

    seed: int
    days: float
    sources: int
    feeds: dict[int, list[Entry]] = field(default_factory=dict)
    wanted: dict[str, float] = field(default_factory=dict)
    outages: list[tuple[float, float, str]] = field(default_factory=list)
    steps: list[tuple[float, timedelta]] = field(default_factory=list)
    locks: list[tuple[float, float]] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        report = loaded("delivery", "reports").report
        busy = (BASELINED, max(self.days - QUIET_DAYS, 0.75))
        self.feeds = {number: [] for number in range(self.sources)}
        for number in range(round((busy[1] - busy[0]) * (TOLD_A_DAY + UNTOLD_A_DAY))):
            at = self.chance.uniform(*busy) * DAY
            told = number % (TOLD_A_DAY + UNTOLD_A_DAY) < TOLD_A_DAY
            if told:
                self.wanted[mark(number)] = at
            outlets = self.chance.sample(range(self.sources), self.chance.choice((1, 1, 2, 3)) if told else 1)
            for wording, outlet in enumerate(outlets):
                item = report(number, outlet, None, wording=wording, subject="cameras" if told else "rowers")
                later = at + wording * self.chance.uniform(0, 3 * 3600)
                title = f"{mark(number).title()}: {item.title}"
                self.feeds[outlet].append(Entry(later, title, f"{mark(number).title()}. {item.content_text}", item.guid))
        for feed in self.feeds.values():
            feed.sort(key=lambda entry: entry.at)
        self.outages = [
            (at, at + self.chance.choice((600.0, 1800.0, 4 * 3600.0)), self.chance.choice(("status", "refuse", "slow down")))
            for at in self._moments(busy, 2.0)
        ]
        hours = (timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=-7), timedelta(hours=5), timedelta(hours=-4))
        self.steps = [(at, self.chance.choice(hours)) for at in self._moments(busy, 3.0)]
        self.locks = [(at, self.chance.choice((20.0, 45.0, 130.0))) for at in self._moments(busy, 1.0)]
        self.restarts = self._moments(busy, 1.5)

    def _moments(self, busy: tuple[float, float], every: float) -> list[float]:
        """Moments at random, one in so many days on average, at least one."""
        count = max(round((busy[1] - busy[0]) / every), 1)
        return sorted(self.chance.uniform(*busy) * DAY for _ in range(count))

    def over(self, now: float) -> bool:
        """Whether nothing bad happens: before every source was read once, which is silent, and at the end."""
        return now > (self.days - QUIET_DAYS) * DAY or now < BASELINED * DAY

    def chats_are(self, now: float) -> str | None:
        """How both chats fail now, or None."""
        if self.over(now):
            return None
        for begin, end, kind in self.outages:
            if begin <= now < end:
                return kind
        return self.chance.choice(("status", "slow down", "cut", "accepted")) if self.chance.random() < CHAT_FAULTS else None

    def source_is(self, now: float) -> str | None:
        """How a source fails now, or None."""
        if self.over(now):
            return None
        drawn = self.chance.random()
        for kind, share in FAULTS.items():
            drawn -= share
            if drawn < 0:
                return kind
        return None


class Town:
    """The servers of all sources, each on an address of its own."""

    def __init__(self, world: World, loop: Any) -> None:
        self.world = world
        self.loop = loop
        self.servers: list[asyncio.Server] = []
        self.port = 0
        self.asked = 0

    async def open(self) -> list[str]:
        addresses = []
        for number in range(self.world.sources):
            host = f"127.2.{number // 250}.{number % 250 + 1}"
            serve = self._serving(number)
            server = await asyncio.start_server(serve, host, self.port)
            self.port = server.sockets[0].getsockname()[1]
            self.servers.append(server)
            addresses.append(f"http://{host}:{self.port}/feed")
        return addresses

    def _serving(self, number: int) -> Any:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                request = await reader.readuntil(b"\r\n\r\n")
                self.asked += 1
                await self._answer(number, request, writer)
            writer.close()

        return serve

    async def _answer(self, number: int, request: bytes, writer: asyncio.StreamWriter) -> None:
        now = float(self.loop.now)
        bad = self.world.source_is(now)
        if bad is not None:
            self.world.met[f"source: {bad}"] += 1
        shown = [entry for entry in self.world.feeds[number] if entry.at <= now]
        etag = f'"{len(shown)}"'
        end = "connection: close\r\n"
        if bad == "status":
            writer.write(f"HTTP/1.1 503 x\r\ncontent-length: 0\r\n{end}\r\n".encode())
        elif bad == "slow down":
            writer.write(f"HTTP/1.1 429 x\r\nretry-after: 5400\r\ncontent-length: 0\r\n{end}\r\n".encode())
        elif bad == "hang":
            await asyncio.sleep(120)
        elif bad == "reset":
            writer.transport.abort()
        elif etag.encode() in request:
            writer.write(f"HTTP/1.1 304 x\r\netag: {etag}\r\n{end}\r\n".encode())
        else:
            body = (b"\x00<rss" * 50) if bad == "garbage" else self._document(number, shown[-LISTED:])
            writer.write(f"HTTP/1.1 200 x\r\netag: {etag}\r\ncontent-length: {len(body)}\r\n{end}\r\n".encode())
            writer.write(body[: len(body) // 2] if bad == "cut" else body)
        with contextlib.suppress(ConnectionError):
            await writer.drain()

    def _document(self, number: int, shown: list[Entry]) -> bytes:
        items = "".join(
            f"<item><title>{escape(entry.title)}</title><guid isPermaLink='false'>{entry.guid}</guid>"
            f"<link>https://outlet{number}.example/{entry.guid}</link>"
            f"<pubDate>{format_datetime(START + timedelta(seconds=entry.at))}</pubDate>"
            f"<description>{escape(entry.text)}</description></item>"
            for entry in reversed(shown)
        )
        return f'<rss version="2.0"><channel><title>Outlet {number}</title>{items}</channel></rss>'.encode()

    async def close(self) -> None:
        for server in self.servers:
            server.close()


@dataclass
class OverSlack:
    """Takes the place of Slack's fault script."""

    world: World
    loop: Any
    fault: Any

    def next(self, method: str, channel: str | None) -> Any:
        kind = self.world.chats_are(self.loop.now) if method in {"chat.postMessage", "chat.update"} else None
        if kind is None:
            return None
        self.world.met[f"slack: {kind}"] += 1
        if kind == "slow down":
            return self.fault(method, "ratelimited", retry_after=self.world.chance.randint(1, 90))
        if kind == "status":
            return self.fault(method, "status", status=503)
        return self.fault(method, "cut", commit=kind == "accepted")

    def unspent(self) -> list[Any]:
        return []


@dataclass
class OverDiscord:
    """Stands among Discord's scripted faults."""

    world: World
    loop: Any
    parts: Any
    route: str
    fault: Any = None
    spent: bool = field(default=True, init=False)

    def takes(self) -> bool:
        kind = self.world.chats_are(self.loop.now)
        if kind is None:
            return False
        self.world.met[f"discord: {kind}"] += 1
        if kind == "slow down":
            self.fault = self.parts.RateLimited(float(self.world.chance.randint(1, 90)))
        elif kind == "status":
            self.fault = self.parts.Status(503)
        else:
            self.fault = self.parts.Cut(accepted=kind == "accepted")
        return True


# ---------------------------------------------------------------- what is measured


@dataclass(frozen=True)
class Day:
    """What the process holds after a day."""

    day: int
    objects: int
    blocks: int
    pss: float
    files: int
    threads: int
    tasks: int
    database: int
    log: int

    def line(self) -> str:
        """A line of the curve."""
        return (
            f"{self.day:4} {self.objects:9,} {self.blocks:10,} {self.pss:8.1f} {self.files:6} {self.threads:4} {self.tasks:4} "
            f"{self.database / 1e6:8.2f} {self.log / 1e6:7.2f}"
        )


HEAD = " day   objects     blocks   PSS MB  files thrd task    DB MB  WAL MB"


def measured(day: int, database: Path) -> Day:
    """Look at this process."""
    gc.collect()
    pss, files = 0.0, 0
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                pss = int(line.split()[1]) / 1024
        files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # a listing that opens itself, each time alike
    log = database.with_name(f"{database.name}-wal")
    return Day(
        day=day,
        objects=len(gc.get_objects()),
        blocks=sys.getallocatedblocks(),
        pss=pss,
        files=files,
        threads=threading.active_count(),
        tasks=len(asyncio.all_tasks()),
        database=database.stat().st_size,
        log=log.stat().st_size if log.exists() else 0,
    )


def slope(values: list[float]) -> float:
    """Growth a day as the median of the slopes between all pairs of days (Theil and Sen), which no single day bends."""
    pairs = [(later - former) / (b - a) for (a, former), (b, later) in itertools.combinations(enumerate(values), 2)]
    return statistics.median(pairs) if pairs else 0.0


@dataclass
class Told:
    """What the curve and the chats say."""

    days: list[Day]
    shown: dict[str, Counter[str]]
    marked: Counter[str]
    stories: list[frozenset[str]]
    met: Counter[str]
    largest_log: int
    states: dict[str, int]
    asked: int
    restarts: int
    seconds: float

    @property
    def steady(self) -> list[Day]:
        """The days of the second half: what is kept for a week or two is there by then."""
        return self.days[len(self.days) // 2 :]

    def growth(self, what: str) -> float:
        """Growth a day of a column over the second half, as a share of its median."""
        values = [float(getattr(day, what)) for day in self.steady]
        return slope(values) / (statistics.median(values) or 1.0)

    def lost(self) -> dict[str, list[str]]:
        """Stories of which a channel shows nothing, by channel, each by the events in it."""
        missing = {channel: [story for story in self.stories if not story & set(seen)] for channel, seen in self.shown.items()}
        return {channel: [" ".join(sorted(story)) for story in stories] for channel, stories in missing.items() if stories}

    def doubled(self) -> dict[str, list[str]]:
        """Stories with more messages in a channel than events, not counting what says of itself that it may be a repeat.

        Where two stories became one, the younger message is turned into a pointer that names the older, so that this stands twice.
        """
        found = {}
        for channel, seen in self.shown.items():
            twice = [story for story in self.stories if sum(seen[event] for event in story) > len(story)]
            if twice:
                found[channel] = [" ".join(sorted(story)) for story in twice]
        return found


def told_together(database: Path, wanted: dict[str, float]) -> list[frozenset[str]]:
    """Events by the story that they ended up in; one that the bot never filed is a story of its own."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        merged = dict(connection.execute("select id, merged_into from stories where merged_into is not null").fetchall())
        filed = connection.execute(
            "select items.title, memberships.story_id from items join memberships on memberships.item_id = items.id"
        ).fetchall()
    groups: dict[str, set[str]] = {}
    for title, found in filed:
        story = found
        event = title.partition(":")[0].casefold()
        if event in wanted:
            while story in merged:
                story = merged[story]
            groups.setdefault(story, set()).add(event)
    known = {event for group in groups.values() for event in group}
    return [frozenset(group) for group in groups.values()] + [frozenset({event}) for event in wanted if event not in known]


# ---------------------------------------------------------------- the life of a bot


def configuration(folder: Path, addresses: list[str], port: int, tables: str) -> Path:
    """What a group with both chats would write."""
    sources = "".join(
        f'[[sources]]\nid = "s{number}"\nurl = "{url}"\ninterval = "{INTERVAL}"\nfull_text = "never"\n'
        for number, url in enumerate(addresses)
    )
    path = folder / "config.toml"
    path.write_text(
        f"""
database = {{ url = "sqlite:soak.db" }}
operator = {{ channel = "ops" }}
defaults = {{ group_wait = "30s", group_interval = "5m", max_per_hour = 0 }}
{tables}
[[channels]]
id = "ops"
to = "console:ops"
[net]
allow = ["127.0.0.0/8"]
allow_ports = [{port}]
min_interval = "1m"
{sources}
[[rules]]
id = "cameras"
query = "council cameras"
channels = ["slack", "discord"]
""",
        encoding="utf-8",
    )
    return path


class Rig:
    """The world, the chats, and one bot after the other."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder = folder
        self.world = world
        self.loop: Any = asyncio.get_running_loop()
        self.clock = SetClock(self.loop)
        self.platforms = loaded("delivery", "platforms")
        self.shown = {"slack": Counter[str](), "discord": Counter[str]()}
        self.marked = Counter[str]()
        self.largest_log = 0
        self.restarts = 0
        self.days: list[Day] = []
        self.database = folder / "soak.db"

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        slack_door, discord_door = self.platforms._standin("slack"), self.platforms._standin("discord").load()
        steady = self.platforms.loops.LoopClock(self.loop, START)
        self.slack = slack_door.of_our_app(clock=steady, burst=50, grant_optional=True)
        self.discord = discord_door.DiscordStandIn(clock=steady, elapsed=steady.monotonic)
        self.slack.faults = OverSlack(self.world, self.loop, slack_door.parts.Fault)
        for route in (POST, FORUM):
            self.discord._scripted.append(OverDiscord(self.world, self.loop, discord_door, route))
        self.place = self.discord.world.add_channel(self.discord.world.add_guild("Watch group"), "alerts")
        self.slack.channel("C0000000100", "alerts")
        self.town = Town(self.world, self.loop)
        await self.slack.start()
        await self.discord.start()
        try:
            addresses = await self.town.open()
            tables = (
                f'slack = {{ mode = "socket", base_url = "{self.slack.base_url}" }}\n'
                f'discord = {{ api_url = "{self.discord.api_url}", gateway_url = "{self.discord.gateway_url}" }}\n'
                '[[channels]]\nid = "slack"\nto = "slack:C0000000100"\n'
                f'[[channels]]\nid = "discord"\nto = "discord:{self.place.id}"\n'
            )
            tokens = {
                "WATCHLAMP_SLACK_BOT_TOKEN": self.slack.bot_token,
                "WATCHLAMP_SLACK_APP_TOKEN": self.slack.app_token,
                "WATCHLAMP_DISCORD_TOKEN": self.discord.token,
            }
            self.settings = load(configuration(self.folder, addresses, self.town.port, tables), environ=tokens)
            yield
        finally:
            await self.town.close()
            await self.slack.stop()
            await self.discord.stop()

    async def begin(self) -> None:
        """A new process, as far as one can be had in this one."""
        self.store = await Store.open(self.settings.database_url, busy_timeout=timedelta(minutes=1))
        self.out = (self.folder / "terminal").open("a", encoding="utf-8")  # closed in ``end``
        options = app.Options(jsonl=True, out=self.out)
        self.bot = app.Bot(
            self.settings, self.store, options, self.clock, await learnt(self.store), repeats=await remembered(self.store)
        )
        self.bot.pulse.start = lambda: None  # type: ignore[method-assign]
        await self.bot.prepare()
        for stage in self.bot._scheduler._stages:
            stage.start()

    async def end(self) -> None:
        await self.bot.stop()
        await self.store.close()
        self.out.close()

    async def live(self) -> None:
        """Day after day."""
        steps, locks, restarts = list(self.world.steps), list(self.world.locks), list(self.world.restarts)
        holder: asyncio.Task[None] | None = None
        await self.begin()
        day = 0
        while day < self.world.days:
            now = self.loop.now
            if locks and locks[0][0] <= now:
                holder = asyncio.create_task(self._hold(locks.pop(0)[1]), name="another program")
            if steps and steps[0][0] <= now:
                _, step = steps.pop(0)
                self.clock.ahead += step
                self.world.met["clock set"] += 1
                await self._told_of(step)
            if restarts and restarts[0] <= now and (holder is None or holder.done()):
                restarts.pop(0)
                self.restarts += 1
                await self.end()
                await self.begin()
            for stage in self.bot._scheduler._stages:
                stage.wake()
            await asyncio.sleep(TICK)
            log = self.database.with_name(f"{self.database.name}-wal")
            self.largest_log = max(self.largest_log, log.stat().st_size if log.exists() else 0)
            if self.loop.now >= (day + 1) * DAY:
                day += 1
                self._harvest(self.loop.now - KEPT_DAYS * DAY)
                self.days.append(measured(day, self.database))
                sys.stdout.write(self.days[-1].line() + "\n")
                sys.stdout.flush()
        await self.end()
        self._harvest(self.loop.now)

    async def _told_of(self, step: timedelta) -> None:
        """What the scheduler does about a clock that was set; while others hold the database, again and again."""
        while True:
            try:
                await self.bot.upkeep.after_clock_step(step)
            except Exception:  # noqa: BLE001  # as in the scheduler: whatever it is, the duty is still owed
                await asyncio.sleep(1)
            else:
                return

    async def _hold(self, seconds: float) -> None:
        self.world.met["database held"] += 1
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None, timeout=5)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(seconds)
            other.execute("ROLLBACK")

    def _harvest(self, before: float) -> None:
        """Count what the chats show and is older, and let the stand-ins forget it and every request."""
        limit = START + timedelta(seconds=before)
        kept = []
        for message in self.slack.world.messages["C0000000100"]:
            if message.at > limit:
                kept.append(message)
            elif message.thread_ts in (None, message.ts):
                self._count("slack", str(message.body))
        self.slack.world.messages["C0000000100"][:] = kept
        self.slack.requests.clear()
        self.discord.calls.clear()
        for number, message in list(self.place.messages.items()):
            if snowflake(number) <= limit:
                del self.place.messages[number]
                if message.kind == 0:
                    self._count("discord", str(message.body))

    def _count(self, channel: str, body: str) -> None:
        words = {word.strip(".:,*_<>|[]()\\'\"").casefold() for word in body.replace("\\n", " ").split()}
        told = {word for word in words if word in self.world.wanted}
        if REPEATED in body:
            self.marked[channel] += 1
            told -= set(self.shown[channel])
        self.shown[channel].update(told)


def snowflake(number: str) -> datetime:
    """When a message of Discord's was made (discord.com/developers/docs/reference, snowflakes)."""
    return datetime.fromtimestamp(((int(number) >> 22) + 1_420_070_400_000) / 1000, UTC)


def patient_sandbox(loop: Any) -> Any:
    """The sandbox; while its child works, the fake clock stands still, and a child that waits for hours of it is not stopped."""

    class Patient(Sandbox):
        def __init__(self, **options: Any) -> None:
            super().__init__(limits=Limits(idle_seconds=1e9), **options)

        async def run(self, *values: Any, **options: Any) -> Any:
            loop.busy += 1
            try:
                return await super().run(*values, **options)
            finally:
                loop.busy -= 1

    return Patient


@contextlib.contextmanager
def altered(loop: Any) -> Iterator[None]:
    """What differs from a run, as the docstring says."""
    before = app.Sandbox, app.Chats, engine.SLICE

    def deaf(*values: Any, **options: Any) -> Chats:
        return Chats(*values, **{**options, "listen": False})

    app.Sandbox, app.Chats, engine.SLICE = patient_sandbox(loop), deaf, timedelta(0)  # type: ignore[misc,assignment]
    try:
        with loaded("delivery", "inturn").without_threads():
            yield
    finally:
        app.Sandbox, app.Chats, engine.SLICE = before  # type: ignore[misc]


async def soaked(folder: Path, world: World) -> Told:
    """Live through it."""
    began = time.monotonic()
    with altered(asyncio.get_running_loop()):
        rig = Rig(folder, world)
        async with rig.opened():
            await rig.live()
    with contextlib.closing(sqlite3.connect(rig.database)) as connection:
        states = dict(connection.execute("select state, count(*) from deliveries group by state").fetchall())
    return Told(
        days=rig.days,
        shown=rig.shown,
        marked=rig.marked,
        stories=told_together(rig.database, world.wanted),
        met=world.met,
        largest_log=rig.largest_log,
        states=states,
        asked=rig.town.asked,
        restarts=rig.restarts,
        seconds=time.monotonic() - began,
    )


def soak(folder: Path, *, days: float, sources: int, seed: int) -> Told:
    """Play so many days on a loop of their own and print the curve."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    try:
        sys.stdout.write(HEAD + "\n")
        with asyncio.Runner(loop_factory=loaded("standins", "loops").FakeTimeLoop) as runner:
            return runner.run(soaked(folder, World(seed, days, sources)))
    finally:
        structlog.reset_defaults()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--days", type=float, default=28)
    parser.add_argument("--sources", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="watchlamp-soak-"))
    try:
        told = soak(folder, days=arguments.days, sources=arguments.sources, seed=arguments.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    told_all = {what: f"{told.growth(what):+.3%}" for what in ("objects", "blocks", "pss", "files")}
    sys.stdout.write(
        f"{told.asked:,} requests to sources, {told.restarts} restarts, met: {dict(sorted(told.met.items()))}\n"
        f"{len(told.stories)} stories; deliveries {told.states}; marked as repeats {dict(told.marked)}\n"
        f"lost {told.lost()}, doubled {told.doubled()}\n"
        f"growth a day over the second half (Theil-Sen slope / median): {told_all}; largest log {told.largest_log / 1e6:.2f} MB\n"
        f"{told.seconds:.0f} s\n"
    )
    sys.exit(1 if told.lost() or told.doubled() else 0)


if __name__ == "__main__":
    main()
