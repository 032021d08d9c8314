"""Several mortal bots on one PostgreSQL, on one clock, in one loop: what ``mortal.py`` beside the tests of delivery does for one.

One of them has the desk and files; all of them send. One can be killed at any step, or frozen in the middle of a send until its
lease is over, while the others go on. The auditor of those tests reads PostgreSQL here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from bypath import loaded

from bot.core.deliveries import Delivery, Receipt
from bot.core.leased import must_be_ours
from bot.core.model import Channel, Platform, Rule
from bot.outbox.drain import LEASE
from bot.store.database import Store

DELIVERY = Path(__file__).resolve().parent.parent / "delivery"
audit, chat, mortal, reports = (
    loaded(DELIVERY / f"{name}.py", f"delivery_{name}") for name in ("audit", "chat", "mortal", "reports")
)


class AsSqlite:
    """A connection that the auditor may ask in its own words: places for values are ``?``, times come as text."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("set time zone 'UTC'")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        sql = re.sub(r"\browid\b", "id", sql).replace("?", "%s::text")
        rows = self._connection.execute(sql, [None if value is None else str(value) for value in values] or None).fetchall()
        return _Rows([tuple(self._told(value) for value in row) for row in rows])

    def close(self) -> None:
        self._connection.close()

    @staticmethod
    def _told(value: Any) -> Any:
        return value.replace(tzinfo=None).isoformat(sep=" ") if isinstance(value, datetime) else value


class _Rows(list[Any]):
    def fetchall(self) -> list[Any]:
        return self


class Audit(audit.Audit):  # type: ignore[misc,name-defined]  # loaded by its path
    """The same auditor, of a database on a server."""

    def __post_init__(self) -> None:
        self._file = AsSqlite(self.path)

    def nothing_waits(self) -> None:
        """An edit may wait for a post that a person has to decide on: it was planned while another process still sent that."""
        rows = {row.id: row for row in self.rows()}
        held = {row.id for row in rows.values() if row.state == "held" and row.reason == "in_doubt"}
        with_it = {row.id for row in rows.values() if row.state == "pending" and row.target_id in held}
        try:
            super().nothing_waits()
        except AssertionError:
            self.wrong = [sentence for sentence in self.wrong if sentence.split()[0] not in with_it]
            self.verdict()


@dataclass
class Door:
    """What one process sees of a chat: it dies alone, and can be frozen in a call.

    Attributes:
        at: channel and moment (``before`` the message is taken, or ``after``) of the next call in which it freezes.
        reached: set when it is frozen.
        thawed: set when it goes on.
    """

    chat: Any
    die: Callable[[], None] = lambda: None
    at: tuple[str, str] | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    thawed: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        await self._freeze(channel.id, "before")
        must_be_ours()  # as every adapter asks before a request leaves
        self.chat.die = self.die
        receipt: Receipt = await self.chat.deliver(delivery, channel)
        await self._freeze(channel.id, "after")
        return receipt

    async def _freeze(self, channel: str, moment: str) -> None:
        await asyncio.sleep(0)  # others have their turn between any two steps
        if self.at == (channel, moment):
            self.at = None
            self.reached.set()
            await self.thawed.wait()


@dataclass
class AskableDoor(Door):
    """The same, of a chat that can be asked."""

    async def find(self, delivery: Delivery, channel: Channel) -> Receipt | None:
        found: Receipt | None = await self.chat.find(delivery, channel)
        await asyncio.sleep(0)
        return found


class Process(mortal.Bot):  # type: ignore[misc,name-defined]  # loaded by its path
    """One of several: it takes nobody's sends for its own."""

    async def begin(self) -> None:
        if self.raw is None:
            self.raw = await Store.open(str(self.path), migrate=False)
        await super().begin()

    async def prepare(self) -> None:
        recover = self.drain.recover

        async def of_others(*, all_sending: bool) -> int:  # what is still being sent may be in good hands
            return int(await recover(all_sending=False))

        self.drain.recover = of_others
        try:
            await super().prepare()
        finally:
            self.drain.recover = recover

    async def idle(self) -> None:
        """Wait until nothing of its own runs any more."""
        while running := self._running():
            await asyncio.wait(running)

    def _running(self) -> set[asyncio.Task[Any]]:
        recovery = self.deliverer._recovery
        tasks = {*self.drain._in_hand, *self.deliverer._tasks.values(), *(() if recovery is None else (recovery,))}
        return {task for task in tasks if not task.done()}


class Together:
    """Looks like one bot to who walks it."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self.processes = list(processes)
        self._turn = count()
        self._unprepared: set[int] = set()

    @classmethod
    async def born(
        cls, url: str, clock: Any, chats: Mapping[Platform, Any], rules: Sequence[Rule], channels: Sequence[Channel], *, many: int
    ) -> Together:
        numbers = count()
        processes = []
        for _ in range(many):
            doors = {platform: (AskableDoor if hasattr(one, "find") else Door)(one) for platform, one in chats.items()}
            processes.append(
                Process(
                    url,
                    clock,
                    doors,
                    {rule.id: rule for rule in rules},
                    {channel.id: channel for channel in channels},
                    tokens=map(str, numbers).__next__,
                )
            )
        together = cls(processes)
        await together.begin()
        together._unprepared.clear()
        return together

    # ------------------------------------------------------------ what one bot has

    @property
    def desk(self) -> Process:
        """Who files now: whoever is first."""
        return self.processes[0]

    @property
    def rules(self) -> dict[str, Rule]:
        return dict(self.desk.rules)

    @rules.setter
    def rules(self, rules: Mapping[str, Rule]) -> None:
        for process in self.processes:
            process.rules = dict(rules)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.desk, name)

    async def begin(self) -> None:
        """Start whoever does not live."""
        for number, process in enumerate(self.processes):
            if process.raw is None or process.life.dead:
                await process.begin()
                self._unprepared.add(number)

    async def prepare(self) -> None:
        """What every start does before its first tick."""
        begun, self._unprepared = sorted(self._unprepared), set()
        await self._all(self.processes[number].prepare() for number in begun)

    async def end(self) -> None:
        for process in self.processes:
            await process.end()

    async def again(self) -> None:
        await self.end()
        await self.begin()
        await self.prepare()

    async def idle(self) -> None:
        for process in self.processes:
            await process.idle()

    async def think(self) -> None:
        await self._all([self.desk.think()])

    async def send(self) -> None:
        await self._all(process.send() for process in self.processes)

    async def both(self) -> None:
        sends = [process.send() for process in self.processes]
        await self._all([self.desk.think(), self.desk.reminders.tell_due(), *sends])

    async def _all(self, works: Any) -> None:
        """Do all of it at once; who is killed over it is dead, and the others go on."""
        for result in await asyncio.gather(*works, return_exceptions=True):
            if isinstance(result, BaseException) and not isinstance(result, mortal.Killed):
                raise result

    # ------------------------------------------------------------ what befalls one of them

    def next(self) -> Process:
        """Whose turn it is to have bad luck; another has the desk then."""
        victim = self.processes[next(self._turn) % len(self.processes)]
        if victim is self.desk:
            self.processes.append(self.processes.pop(0)) if next(self._turn) % 2 else None
        return victim

    async def die_within(self, steps: int, work: Callable[[], Awaitable[None]]) -> bool:
        """Everybody works, and one dies on the way; whether it did."""
        victim = self.next()
        victim.life.ends_after(steps)
        await work()
        await self.idle()
        died = bool(victim.life.dead)
        victim.life.dead = True
        return died

    async def sleep_in_a_send(self, channel: str, moment: str, pause: timedelta, clock: Any, wake: Callable[[], None]) -> bool:
        """One freezes in a send, for longer than its lease, while the others go on; then it wakes. Whether it came to that."""
        sleeper = self.next()
        door = sleeper.chats[sleeper.channels[channel].platform]
        door.at, door.reached, door.thawed = (channel, moment), asyncio.Event(), asyncio.Event()
        work = asyncio.create_task(sleeper.send(), name="the sleeper")
        asked = asyncio.create_task(door.reached.wait())
        await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
        slept = door.reached.is_set()
        if slept:
            wake()
            others = [process for process in self.processes if process is not sleeper]
            for step in (pause, timedelta(seconds=6), timedelta(seconds=6)):
                clock.advance(step)
                await self._all(process.send() for process in others)
        door.at = None
        door.thawed.set()
        asked.cancel()
        await self._all([_finished(work)])
        await self.idle()
        return slept


async def _finished(task: asyncio.Task[None]) -> None:
    await task


OVERSLEPT = LEASE + timedelta(seconds=10)
"""Longer than any lease."""
Work = Coroutine[Any, Any, Any]
