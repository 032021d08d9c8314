"""The life of a bot in the soak: one process after the other between the world and the chats, and what is told of it at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from bot import app, outside
from bot.chats import Chats
from bot.config.load import load
from bot.sandbox.pool import Limits, Sandbox
from bot.service.learn import learnt
from bot.service.repeated import remembered
from bot.store import engine
from bot.store.database import Store
from soaking import loaded
from soaking.curve import HEAD, Day, measured, slope
from soaking.doors import FORUM, POST, OverDiscord, OverSlack, Town
from soaking.ledger import Ledger, headlines
from soaking.world import DAY, START, World

TICK = 300.0
INTERVAL = "8h"
KEPT_DAYS = 9.0
"""After so long, the stand-ins forget a message: they live in this process, and what they keep would look like a leak."""
ROOM = "C0000000100"
"""The channel in Slack."""


class SetClock:
    """The loop's time, and a wall clock that is set now and then."""

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return START + timedelta(seconds=self._loop.now) + self.ahead

    def monotonic(self) -> float:
        return float(self._loop.now)


@dataclass
class Told:
    """What the curve and the chats say."""

    days: list[Day]
    ledger: Ledger
    met: Counter[str]
    log: list[tuple[float, str, str]]
    """What went wrong: when, where, how."""
    posts: list[tuple[str, str, tuple[str, ...]]]
    """What the chats show at the end of its time there: when it was said, where, its headlines."""
    largest_log: int
    states: dict[str, int]
    asked: int
    restarts: int
    seconds: float
    processor: float
    """Seconds that this process and its children computed, which do not depend on who else uses the machine."""

    @property
    def steady(self) -> list[Day]:
        """The days of the second half: what is kept for a week or two is there by then."""
        return self.days[len(self.days) // 2 :]

    def growth(self, what: str) -> float:
        """Growth a day of a column over the second half, as a share of its median."""
        values = [float(getattr(day, what)) for day in self.steady]
        return slope(values) / (statistics.median(values) or 1.0)


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
        self.ledger = Ledger(world.wanted, ("slack", "discord"))
        self.largest_log = 0
        self.restarts = 0
        self.days: list[Day] = []
        self.posts: list[tuple[str, str, tuple[str, ...]]] = []
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
        self.slack.channel(ROOM, "alerts")
        self.town = Town(self.world, self.loop)
        await self.slack.start()
        await self.discord.start()
        try:
            addresses = await self.town.open()
            tables = (
                f'slack = {{ mode = "socket", base_url = "{self.slack.base_url}" }}\n'
                f'discord = {{ api_url = "{self.discord.api_url}", gateway_url = "{self.discord.gateway_url}" }}\n'
                f'[[channels]]\nid = "slack"\nto = "slack:{ROOM}"\n'
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

    async def live(self, meddle: Callable[[Rig], None] | None) -> None:
        """Day after day; at the end somebody may ``meddle`` with what the chats show, who wants to be found out."""
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
                self.world.happened(now, "clock", "set")
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
        if meddle is not None:
            meddle(self)
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
        self.world.happened(self.loop.now, "database", "held")
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None, timeout=5)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(seconds)
            other.execute("ROLLBACK")

    def _harvest(self, before: float) -> None:
        """Count what the chats show and is older, and let the stand-ins forget it and every request."""
        limit = START + timedelta(seconds=before)
        kept = []
        for message in self.slack.world.messages[ROOM]:
            if message.at > limit:
                kept.append(message)
            elif message.thread_ts in (None, message.ts):
                self._read("slack", message.at, message.body)
        self.slack.world.messages[ROOM][:] = kept
        self.slack.requests.clear()
        self.discord.calls.clear()
        for number, message in list(self.place.messages.items()):
            if snowflake(number) <= limit:
                del self.place.messages[number]
                if message.kind == 0:
                    self._read("discord", snowflake(number), message.body)

    def _read(self, channel: str, at: datetime, body: Mapping[str, Any]) -> None:
        self.ledger.read(channel, body)
        self.posts.append((at.isoformat(), channel, tuple(headlines(channel, body))))


def snowflake(number: str) -> datetime:
    """When a message of Discord's was made (discord.com/developers/docs/reference, snowflakes)."""
    return datetime.fromtimestamp(((int(number) >> 22) + 1_420_070_400_000) / 1000, UTC)


def patient_sandbox(loop: Any) -> Any:
    """The sandbox; while a child works or ends, the fake clock stands still, and one that waits for hours of it is not stopped."""

    class Patient(Sandbox):
        def __init__(self, **options: Any) -> None:
            super().__init__(limits=Limits(idle_seconds=1e9), **options)

        async def run(self, *values: Any, **options: Any) -> Any:
            loop.busy += 1
            try:
                return await super().run(*values, **options)
            finally:
                loop.busy -= 1

        async def close(self) -> None:
            loop.busy += 1
            try:
                await super().close()
            finally:
                loop.busy -= 1

    return Patient


@contextlib.contextmanager
def altered(loop: Any) -> Iterator[None]:
    """What differs from a run, as the docstring says."""
    before = outside.Sandbox, app.Chats, engine.SLICE

    def deaf(*values: Any, **options: Any) -> Chats:
        return Chats(*values, **{**options, "listen": False})

    outside.Sandbox, app.Chats, engine.SLICE = patient_sandbox(loop), deaf, timedelta(0)  # type: ignore[misc,assignment]
    try:
        with loaded("loading", "inturn").without_threads():
            yield
    finally:
        outside.Sandbox, app.Chats, engine.SLICE = before  # type: ignore[misc]


async def soaked(folder: Path, world: World, meddle: Callable[[Rig], None] | None) -> Told:
    """Live through it."""
    began, computed = time.monotonic(), _computed()
    with altered(asyncio.get_running_loop()):
        rig = Rig(folder, world)
        async with rig.opened():
            await rig.live(meddle)
    with contextlib.closing(sqlite3.connect(rig.database)) as connection:
        states = dict(connection.execute("select state, count(*) from deliveries group by state").fetchall())
    return Told(
        days=rig.days,
        ledger=rig.ledger,
        met=world.met,
        log=world.log,
        posts=rig.posts,
        largest_log=rig.largest_log,
        states=states,
        asked=rig.town.asked,
        restarts=rig.restarts,
        seconds=time.monotonic() - began,
        processor=_computed() - computed,
    )


def _computed() -> float:
    return sum(os.times()[:4])


def soak(folder: Path, *, days: float, sources: int, seed: int, meddle: Callable[[Rig], None] | None = None) -> Told:
    """Play so many days on a loop of their own and print the curve."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    try:
        sys.stdout.write(HEAD + "\n")
        with asyncio.Runner(loop_factory=loaded("standins", "loops").FakeTimeLoop) as runner:
            return runner.run(soaked(folder, World(seed, days, sources), meddle))
    finally:
        structlog.reset_defaults()
