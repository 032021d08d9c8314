"""A bot that can die at every step: the real store, rules, story decisions, planner, drain and upkeep on a clock of the test.

``kill -9`` is an exception that nothing catches, raised before or after any call of the store and at every crash point; from
then on every further step of the dead process raises it too. Only what was committed is there afterwards.
"""

from __future__ import annotations

import asyncio
import inspect
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from bot.core.clock import require_utc
from bot.core.deliveries import Delivery
from bot.core.model import Channel, Item, Platform, Rule
from bot.core.sources import PollRecord, QueuedItem, SourceState
from bot.outbox.drain import Drain, Trouble
from bot.rules.engine import Engine
from bot.service.alert import Alerter, Rulebook
from bot.service.deliver import Deliverer
from bot.service.regroup import Person
from bot.service.reminders import Reminders, Reminding
from bot.service.silences import Muting, Silences
from bot.service.upkeep import Upkeep
from bot.store.database import Store
from bot.stories.model import Model, build_model

WRITTEN: dict[str, tuple[Any, Any]] = {}
COMPILED: dict[str, tuple[Engine, Model]] = {}


def make_database(path: Path) -> None:
    """Make a database of the newest schema, in one file."""

    async def made() -> None:
        await (await Store.open(f"sqlite:{path}")).close()

    asyncio.run(made())
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _share(store: Store) -> None:
    """Statements that one store's engines have written out serve those of all others: every bot here speaks to SQLite alike."""
    for engine in (store._engines.writer.sync_engine, store._engines.reader.sync_engine):
        engine.dialect, engine._compiled_cache = WRITTEN.setdefault("sqlite", (engine.dialect, engine._compiled_cache))


class Killed(BaseException):
    """The process ends here."""


class WallClock:
    """Two clocks that stand still until they are moved: the wall's can be set, the steady one only goes on."""

    def __init__(self, start: datetime) -> None:
        self._now = require_utc(start)
        self._steady = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._steady

    def advance(self, step: timedelta) -> None:
        """Time passes."""
        self._now += step
        self._steady += step.total_seconds()

    def set(self, step: timedelta) -> None:
        """Somebody sets the wall clock."""
        self._now += step


class Life:
    """One process: it dies at a chosen step."""

    def __init__(self) -> None:
        self.dead = False
        self._left: int | None = None

    def ends_after(self, steps: int) -> None:
        self._left = steps

    def step(self, _: str = "") -> None:
        if self._left is not None:
            self._left -= 1
            self.dead = self.dead or self._left < 0
        if self.dead:
            raise Killed

    def end(self) -> None:
        self.dead = True
        raise Killed


class MortalStore:
    """The store, with a step of the process before and after each of its transactions."""

    def __init__(self, store: Store, life: Life) -> None:
        self._store = store
        self._life = life

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def mortal(*args: Any, **options: Any) -> Any:
            self._life.step()
            done = await method(*args, **options)
            self._life.step()
            return done

        return mortal


class TextSettled:
    """A reader for items that bring their text along."""

    def ready(self, queued: Sequence[QueuedItem]) -> list[QueuedItem]:
        return list(queued)

    def forget(self, item_ids: Sequence[str]) -> None:
        pass


@dataclass
class Bot:
    """One process after the other over one database file.

    Attributes:
        troubles: what the operator was told, by all of them.
        settled: rows that were told.
    """

    path: Path
    clock: Any
    chats: Mapping[Platform, Any]
    rules: Mapping[str, Rule]
    channels: Mapping[str, Channel]
    troubles: list[Trouble] = field(default_factory=list)
    settled: list[Delivery] = field(default_factory=list)
    tokens: Callable[[], str] = field(default_factory=lambda: map(str, count()).__next__)
    life: Life = field(default_factory=Life)
    raw: Store | None = None

    @property
    def person(self) -> Person:
        """Who decides about its channels."""
        return Person("file", "operator", tuple(self.channels))

    @classmethod
    async def born(cls, empty: Path, path: Path, clock: Any, chats: Any, rules: Sequence[Rule], channels: Sequence[Channel]) -> Bot:
        shutil.copyfile(empty, path)
        bot = cls(path, clock, chats, {rule.id: rule for rule in rules}, {channel.id: channel for channel in channels})
        await bot.begin()
        return bot

    async def begin(self) -> None:
        """Start a process: every part of it is built anew."""
        self.life = Life()
        if self.raw is None:
            self.raw = await Store.open(f"sqlite:{self.path}", migrate=False)
            _share(self.raw)
        self.store: Any = MortalStore(self.raw, self.life)
        live = tuple(rule for rule in self.rules.values() if rule.channels)
        engine, model = self._compiled(live)
        channels = dict(self.channels)
        for chat in self.chats.values():
            chat.die = self.life.end
        self.drain = Drain(
            self.store,
            self.chats,
            channels,
            self.clock,
            new_token=self.tokens,
            on_settled=self.settled.append,
            on_trouble=self.troubles.append,
            at=self.life.step,
        )
        self.deliverer = Deliverer(
            store=self.store,
            drain=self.drain,
            channels=channels,
            clock=self.clock,
            rules=dict(self.rules),
            on_settled=self.settled.append,
            muted=Muting(self.store, self.rules.values, lambda channel: channel.workspace_id, self.clock),
        )
        self.reminders = Reminders(self.store, channels, self.clock)
        self.silences = Silences(self.raw, self.clock)
        self.reminding = Reminding(self.raw, self.clock)
        self.alerter = Alerter(
            store=self.store,
            rulebook=Rulebook(engine, dict(self.rules), channels),
            model=model,
            reader=TextSettled(),
            clock=self.clock,
            on_filed=lambda _: None,
            at=self.life.step,
        )
        self.upkeep = Upkeep({}, store=self.store, clock=self.clock, channels=channels)

    def _compiled(self, rules: tuple[Rule, ...]) -> tuple[Engine, Model]:
        """Neither is ever changed, so that one serves every process with the same rules."""
        known = str([(rule.id, rule.query) for rule in rules])
        if known not in COMPILED:
            engine = Engine.compile(rules, ())
            COMPILED[known] = engine, build_model(engine.watch_words)
        return COMPILED[known]

    async def prepare(self) -> None:
        """What every start does before its first tick."""
        await self.upkeep.at_start()
        for row in await self.store.drop_undeclared(list(self.channels), self.clock.now()):
            self.settled.append(row)
        for channel_id, state in (await self.store.channel_states()).items():
            if state.parked is not None:
                await self.store.unpark(channel_id)
        await self.drain.recover(all_sending=True)

    async def end(self) -> None:
        """Nothing of the process is left but the file."""
        await self.idle()
        if self.raw is not None:
            await self.raw.close()
        self.raw = None

    async def again(self) -> None:
        """A new process on the same file."""
        await self.end()
        await self.begin()
        await self.prepare()

    async def die_within(self, steps: int, work: Callable[[], Any]) -> bool:
        """Do some work and die on the way, if there are so many steps; whether it died."""
        self.life.ends_after(steps)
        try:
            await work()
            await self.idle()
        except Killed:
            pass
        await self.idle()
        died = self.life.dead
        self.life.dead = True
        return died

    async def idle(self) -> None:
        """Wait until nothing that was begun in the background runs any more."""
        names = ("drain ", "recover", "send ", "lease ")
        while running := [task for task in asyncio.all_tasks() if task.get_name().startswith(names)]:
            await asyncio.wait(running)

    async def arrive(self, *items: Item, baseline: bool = False) -> None:
        """Store what a poll of each item's source brought."""
        for item in items:
            seen = replace(item, first_seen=self.clock.now())
            await self.store.commit_poll(
                PollRecord(SourceState(item.source_id), ((seen, 0 if baseline else None),)), self.clock.now()
            )

    async def think(self) -> None:
        await self.alerter.file_ready()

    async def send(self) -> None:
        """One tick of the deliverer, and what it began."""
        await self.deliverer.send_due()
        await self.idle()

    async def both(self) -> None:
        """Every stage at once, as the scheduler wakes them."""
        results = await asyncio.gather(self.think(), self.send(), self.reminders.tell_due(), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
