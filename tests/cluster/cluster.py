"""Several processes of the program on one PostgreSQL, between feeds and both chats; what can befall them; and the count.

Who counts shares nothing with the program but the database's rows: what is owed is what the feeds published, what was said is
what the chats hold, and a trigger of the test's own keeps every state that a delivery ever had.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from aiohttp import ClientSession, web

HERE = Path(__file__).parent
PATIENCE = 300.0
"""Seconds after which something that should happen is called missing."""
OPEN = "state in ('pending', 'sending', 'in_doubt')"
HOSTS = 8
"""Addresses of loopback over which the feeds are spread: one host is asked by one worker at a time."""
FEEDS = 6
KEPT = 60
"""Entries a feed shows: more than come while everything stands still."""
ROWS = (
    "select channel_id, sequence, message, state, "
    "(select count(*) from witness.moves where delivery_id = id and now_is = 'in_doubt')"
    " from deliveries where action = 'post' order by sequence"
)
WITNESS = """
create schema witness;
create table witness.moves (
    number bigint generated always as identity primary key, at timestamptz not null default clock_timestamp(),
    delivery_id text not null, channel_id text not null, now_is text not null, token text
);
create function witness.note() returns trigger language plpgsql as $$
begin
    insert into witness.moves (delivery_id, channel_id, now_is, token) values (new.id, new.channel_id, new.state, new.lease_token);
    return null;
end $$;
create trigger witness after insert or update of state on deliveries for each row execute function witness.note();
"""


@dataclass
class Member:
    """One process, its way to the database, its clock, and what it writes down."""

    number: int
    cluster: Cluster
    line: Any
    clock: Any = None
    process: asyncio.subprocess.Process | None = None
    deaths: int = 0
    beginning: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def journal(self) -> Path:
        return self.cluster.folder / f"journal-{self.number}"

    @property
    def errors(self) -> Path:
        return self.cluster.folder / f"errors-{self.number}"

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.returncode is None

    @property
    def frozen(self) -> bool:
        """Whether it met a SIGSTOP and has not gone on since."""
        return self.heard("SIGSTOP") > self.heard("goes on")

    def noted(self) -> list[dict[str, Any]]:
        """What it wrote down; a line that it died over is none."""
        text = self.journal.read_text(encoding="utf-8") if self.journal.exists() else ""
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def heard(self, what: str) -> int:
        return sum(line["what"] == what for line in self.noted())

    async def start(self) -> None:
        """Start the process; it is up when it has told so in its log."""
        cluster = self.cluster
        orders = {"journal": str(self.journal), "lease": cluster.lease, "spare": cluster.spare, "quick": cluster.quick}
        arguments = [str(HERE / "member.py"), json.dumps(orders), *cluster.verb, "-c", f"config-{self.number}.toml"]
        environment = cluster.environment | (self.clock.environment() if self.clock is not None else {})
        with self.errors.open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                cwd=cluster.folder,
                env=environment,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,
            )

    async def arm(self, point: str, *, how: str = "KILL", channel: str = "") -> None:
        """Tell it at which point a signal is to meet it; ``-`` is none. Returns when it has understood."""
        assert self.process is not None
        assert self.process.stdin is not None
        armed = self.heard("armed")
        order = {"point": point, "nth": 1, "channel": channel, "signal": how}
        with contextlib.suppress(ConnectionError):
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
            await self.process.stdin.drain()

        def taken() -> bool:
            return not self.runs or self.frozen or self.heard("armed") > armed

        await until(taken, f"worker {self.number} took an order")

    async def kill(self) -> None:
        """SIGKILL, and its end."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    def freeze(self) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)

    async def again(self) -> None:
        """Start it where it has died; a death that nobody asked for is an error, but for a start that met no database."""
        async with self.beginning:
            if self.runs:
                return
            assert self.process is not None
            if self.process.returncode != -signal.SIGKILL and not self.met_no_database:
                raise AssertionError(f"worker {self.number} ended by itself ({self.process.returncode}):\n{self.tail()}")
            self.deaths += 1
            await self.start()

    @property
    def met_no_database(self) -> bool:
        """Whether it ended as a start does that cannot reach the database: whoever supervises it starts it again."""
        assert self.process is not None
        last = self.tail().splitlines()[-1:]
        return self.process.returncode == 1 and last != [] and "cannot be " in last[0]

    def tail(self) -> str:
        return "\n".join(self.errors.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])


async def until(done: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait until something is so."""
    late = time.monotonic() + patience
    while not done():
        if time.monotonic() > late:
            raise AssertionError(f"waited in vain until {what}")
        await asyncio.sleep(0.05)


class Cluster:
    """A folder with a configuration for each worker, the workers, and the world around them."""

    def __init__(
        self, folder: Path, tools: Any, *, verb: Sequence[str], lease: float | None, skewed: bool, quick: bool, seed: int
    ) -> None:
        self.folder, self.tools, self.verb = folder, tools, tuple(verb)
        self.lease, self.spare = lease, None if lease is None else lease / 4
        self.quick = quick
        self.random = random.Random(seed)
        self.server: Any = None
        self.house = tools.feedhouse.FeedHouse({})
        self.members: list[Member] = []
        self.environment: dict[str, str] = {}
        self.channels: dict[str, str] = {}
        self.chats: Any = None
        self._skewed = skewed
        self._told: dict[str, Any] = {}
        self._feeds = [f"feed{number}" for number in range(FEEDS)]
        self._published: dict[str, list[Any]] = {name: [] for name in self._feeds}
        self._events = 0
        self._began = datetime.now(UTC)

    # ------------------------------------------------------------ opening

    async def open(self, session: ClientSession, told: dict[str, Any], server: Any, *, members: int) -> None:
        """Serve the feeds, start the workers, let the silent first polls pass."""
        self.server, self._told, self.channels = server, told, told["channels"]
        self.chats = self.tools.chats.Chats(told, session)
        self.environment = self.chats.environment()
        for name in self._feeds:
            self.publish(name)
        await self.house.start()
        runner = self.house._runner
        for host in range(2, HOSTS + 1):
            await web.TCPSite(runner, f"127.0.0.{host}", self.house.port).start()
        for number in range(members):
            line = self.tools.cutting.Line(server.port)
            await line.open()
            member = Member(number, self, line)
            if self._skewed:
                place = self.folder / f"clock-{number}"
                place.mkdir()
                member.clock = self.tools.faketime.WallClock(place)
            (self.folder / f"config-{number}.toml").write_text(self._configuration(line.port), encoding="utf-8")
            self.members.append(member)
        await self.members[0].start()  # the schema is made by the first
        await self.until(lambda: bool(self.count("select count(*) from deliveries where false") == 0), "the schema is there")
        await asyncio.to_thread(server.execute, WITNESS)  # it waits for workers, whose lines this loop carries
        for member in self.members[1:]:
            await member.start()
        await self.until(lambda: self.count("select count(*) from items where phase = 'filed'") == self._events, "all was polled")
        assert await self.chats.held() == []

    async def close(self) -> None:
        """End the workers and the feeds."""
        for member in self.members:
            if member.runs:
                member.thaw()
                await member.kill()
            await member.line.close()
        await self.house.stop()

    def _configuration(self, port: int) -> str:
        sources = "".join(
            f'[[sources]]\nid = "{name}"\nurl = "http://127.0.0.{number % HOSTS + 1}:{self.house.port}/feeds/{name}"\n'
            f'interval = "4s"\nfull_text = "never"\n'
            for number, name in enumerate(self._feeds)
        )
        channels = "".join(
            f'[[channels]]\nid = "{name}"\nto = "{name.partition("-")[0]}:{address}"\n' for name, address in self.channels.items()
        )
        discord = self._told["discord"]
        return f"""
database = {{ url = "postgresql://postgres@127.0.0.1:{port}/watchlamp" }}
defaults = {{ group_wait = "0s", group_interval = "0s", max_per_hour = 0 }}
slack = {{ mode = "socket", base_url = "{self._told["slack"]["base_url"]}" }}
discord = {{ api_url = "{discord["api_url"]}", gateway_url = "{discord["gateway_url"]}" }}
[net]
contact = "mailto:ops@example.org"
allow = ["127.0.0.0/8"]
allow_ports = [{self.house.port}]
min_interval = "1s"
{channels}
{sources}
[[rules]]
id = "signal"
query = "{self.tools.press.TOKEN}"
channels = {list(self.channels)!r}
"""

    # ------------------------------------------------------------ the world

    def publish(self, name: str = "") -> Any:
        """Something new in a feed."""
        self._events += 1
        name = name or self.random.choice(self._feeds)
        entry = self.tools.press.Entry.first(f"event{self._events}")
        self._published[name].insert(0, entry)
        self.house.documents[name] = self.tools.press.document(name, self._published[name][:KEPT], self._began)
        return entry

    @asynccontextmanager
    async def publishing(self, pause: float = 1.0) -> AsyncIterator[list[Any]]:
        """Meanwhile something new appears again and again; yields the list of it, which grows."""
        entries: list[Any] = []

        async def publish() -> None:
            while True:
                entries.append(self.publish())
                await asyncio.sleep(self.random.uniform(0.5, 1.5) * pause)

        task = asyncio.create_task(publish())
        try:
            yield entries
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def supervise(self) -> None:
        """Start again, as whoever supervises processes does, those whose start met no database."""
        while True:
            await asyncio.sleep(0.5)
            for member in self.members:
                if member.process is not None and not member.runs and member.met_no_database:
                    await member.again()

    def count(self, sql: str) -> int | None:
        """The number that a query gives; None while the server does not answer or has no tables."""
        try:
            return int(self.server.query(sql)[0][0])
        except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
            return None

    async def until(self, done: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Wait until something is so; a worker that ends by itself meanwhile is an error."""

        def so() -> bool:
            for member in self.members:
                ended = member.process is not None and member.process.returncode not in {None, -signal.SIGKILL}
                if member.process is not None and ended and not member.met_no_database:
                    raise AssertionError(f"worker {member.number} ended ({member.process.returncode}):\n{member.tail()}")
            return done()

        try:
            await until(so, what, patience)
        except AssertionError as error:
            tails = "\n".join(f"worker {member.number}:\n{member.tail()}" for member in self.members)
            raise AssertionError(f"{error}\n{tails}") from None

    # ------------------------------------------------------------ one row of the table

    async def row(self, label: str, fault: Callable[[Cluster], Awaitable[int]], *, within: float, pause: float = 1.0) -> Any:
        """Let a fault befall the workers while news appears; then all is well again, and what stands in the chats is counted.

        Args:
            label: what the table calls it.
            fault: makes it happen, and returns how often it did; everybody is well when it returns.
            within: seconds after its end in which everything has to be said.
            pause: seconds between two events.
        """
        async with self.publishing(pause) as entries:
            repetitions = await fault(self)
            for member in self.members:
                await member.again()
            last = len(entries) + 2  # something comes after the last fault, too
            await self.until(lambda: len(entries) >= last, "more was published")
        began = time.monotonic()
        try:
            await self.until(self._settled, f"all was said after {label}", within)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._left(entries)}") from None
        count = self.tools.counting.Count(label, repetitions, len(entries), settled=time.monotonic() - began)
        self.tools.counting.judge(count, entries, await self.chats.held(), list(self.channels), self.server.query(ROWS))
        return count

    def _left(self, entries: Sequence[Any]) -> str:
        """What waits for ever, for whoever has to find out why."""
        stored = dict(self.server.query("select title, phase from items"))
        phases = {entry.title: stored.get(entry.title, "not stored") for entry in entries}
        missing = [f"{title}: {phase}" for title, phase in phases.items() if phase != "filed"]
        columns = "id, channel_id, action, state, reason, attempt, not_before, lease_expires_at, last_error"
        rows = self.server.query(f"select {columns} from deliveries where {OPEN} order by sequence")
        states = self.server.query("select channel_id, parked, not_before from channels")
        jobs = self.server.query("select id, task_name, lock, status, worker_id from watchlamp_jobs.procrastinate_jobs limit 40")
        leads = self.server.query("select name, holder, until from leads")
        return "\n".join(["now: " + str(datetime.now(UTC)), *missing, *map(str, [*rows, *states, *jobs, *leads])])

    def _settled(self) -> bool:
        filed = self.count("select count(*) from items where phase = 'filed'")
        return filed == self._events and self.count(f"select count(*) from deliveries where {OPEN}") == 0


@asynccontextmanager
async def opened(
    folder: Path,
    tools: Any,
    *,
    verb: Sequence[str],
    members: int = 3,
    lease: float | None = 8.0,
    skewed: bool = False,
    quick: bool = False,
    seed: int = 1,
) -> AsyncIterator[Cluster]:
    """A cluster that works; at its end nothing may be left that a strict Slack or Discord would not forgive.

    Args:
        folder: for configurations, journals and logs.
        tools: the world around it.
        verb: what the processes run, and its options.
        members: how many there are.
        lease: seconds of a claim; None leaves it the two minutes of the program.
        skewed: whether their clocks can be set.
        quick: whether the silent count as dead after seconds instead of half a minute.
        seed: of everything that chance decides.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "house.py"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    server = None
    try:
        server = await asyncio.to_thread(tools.postgres.Server)
        told = json.loads(await process.stdout.readline())
        async with ClientSession() as session:
            cluster = Cluster(folder, tools, verb=verb, lease=lease, skewed=skewed, quick=quick, seed=seed)
            try:
                await cluster.open(session, told, server, members=members)
                supervisor = asyncio.create_task(cluster.supervise())
                try:
                    yield cluster
                finally:
                    supervisor.cancel()
                    await asyncio.gather(supervisor, return_exceptions=True)
                violations = (await cluster.chats.verdict())["violations"]
            finally:
                await cluster.close()
        assert violations == {"slack": [], "discord": []}
    finally:
        process.stdin.close()
        await process.wait()
        if server is not None:
            server.stop()
