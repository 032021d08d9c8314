"""The queue of jobs on a real PostgreSQL: jobs wake, once each, whichever process takes them, and losing them costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import psycopg
import pytest
import structlog
from procrastinate.exceptions import ConnectorException

from bot.core.errors import StoreError
from bot.scheduler.cluster import DESK, SCHEMA, Job, Jobs
from bot.store.instance import conninfo

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


class Node:
    """One process's share of the queue, and what it was asked to do."""

    def __init__(self, database: str, *, listen: bool = True) -> None:
        self.visited: list[tuple[str, ...]] = []
        self.drained: list[str] = []
        self.called = 0
        self.now: set[str] = set()
        self.at_once: list[str] = []
        self.gate: asyncio.Event | None = None
        self.hangs: asyncio.Event | None = None
        self.fault: Exception | None = None
        self.jobs = Jobs(
            database,
            node="node",
            concurrency=8,
            listen=listen,
            on_visit=self._visit,
            on_drain=self._drain,
            on_call=self._call,
        )

    async def _visit(self, sources: Sequence[str]) -> None:
        self.visited.append(tuple(sources))
        if self.hangs is not None:
            await self.hangs.wait()
        if self.fault is not None:
            raise self.fault

    async def _drain(self, channel: str) -> None:
        if channel in self.now:
            self.at_once.append(channel)
        self.now.add(channel)
        self.drained.append(channel)
        try:
            if self.gate is not None:
                await self.gate.wait()
        finally:
            self.now.discard(channel)

    def _call(self) -> None:
        self.called += 1


@pytest.fixture
def database(postgresql_server: Any) -> Any:
    name = postgresql_server.create()
    yield conninfo(postgresql_server.url(name), None)
    postgresql_server.drop(name)


Start = Callable[..., Awaitable[Node]]


@pytest.fixture
async def start(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    monkeypatch.setattr("bot.scheduler.cluster.PAUSE", 0.05)
    nodes: list[Node] = []

    async def begin(**options: Any) -> Node:
        node = Node(database, **options)
        nodes.append(node)
        await node.jobs.open()
        node.jobs.start()
        return node

    yield begin
    for node in nodes:
        for gate in (node.gate, node.hangs):
            if gate is not None:
                gate.set()
        await node.jobs.stop()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


def channels(*names: str) -> list[Job]:
    return [Job(name, {"channel": name}) for name in names]


async def test_each_job_is_done_once_by_one_of_them(start: Start) -> None:
    one, other = await asyncio.gather(start(), start())
    await one.jobs.visits([Job(str(number), {"sources": [f"s{number}"]}) for number in range(30)])
    await until(lambda: len(one.visited) + len(other.visited) >= 30)
    assert sorted((*one.visited, *other.visited)) == sorted((f"s{number}",) for number in range(30))
    assert one.jobs.alive


async def test_of_a_channel_one_job_runs_and_one_waits_however_often_it_is_told(start: Start) -> None:
    node = await start()
    node.gate = asyncio.Event()
    await node.jobs.drains(channels("team"))
    await until(lambda: node.drained)
    for _ in range(5):
        await node.jobs.drains(channels("team", "team"))
    assert node.jobs.in_hand == 1
    node.gate.set()
    await until(lambda: len(node.drained) == 2)
    await node.jobs.drains(channels("other"))
    await until(lambda: "other" in node.drained)
    assert (node.drained.count("team"), node.at_once) == (2, [])


async def test_several_that_tell_of_the_same_at_once_fill_the_queue_once_and_lose_nothing(start: Start) -> None:
    nodes = await asyncio.gather(*(start() for _ in range(3)))
    names = [f"c{number}" for number in range(20)]
    for node in nodes:
        node.gate = asyncio.Event()
    await asyncio.gather(*(node.jobs.drains(channels(*names)) for node in nodes))
    for node in nodes:
        node.gate.set()
    await until(lambda: {name for node in nodes for name in node.drained} == set(names))


async def test_the_higher_priority_goes_first(start: Start) -> None:
    node = await start()
    node.gate = asyncio.Event()
    await node.jobs.drains(channels(*(f"busy{number}" for number in range(8))))
    await until(lambda: len(node.drained) == 8)
    await node.jobs.drains([Job("late", {"channel": "late"}, -5), Job("soon", {"channel": "soon"}, 5)])
    node.gate.set()
    await until(lambda: len(node.drained) == 10)
    assert node.drained[-2:] == ["soon", "late"]


async def test_sites_that_hang_keep_no_message_waiting(start: Start) -> None:
    node = await start()
    node.hangs = asyncio.Event()
    await node.jobs.visits([Job(str(number), {"sources": [f"s{number}"]}) for number in range(12)])
    await until(lambda: len(node.visited) == 8)
    await node.jobs.drains(channels("team"))
    await until(lambda: node.drained)
    assert len(node.visited) == 8
    node.hangs.set()
    await until(lambda: len(node.visited) == 12)


async def test_what_an_address_asks_of_the_server_is_asked_beside_what_the_queue_needs(start: Start, database: str) -> None:
    node = Node(psycopg.conninfo.make_conninfo(database, options="-c work_mem=5MB -c search_path=elsewhere"))
    await node.jobs.open()
    assert node.jobs._app is not None
    row = await node.jobs._app.connector.execute_query_one_async(
        "SELECT current_setting('work_mem') AS memory, current_setting('search_path') AS path"
    )
    assert (row["memory"], row["path"]) == ("5MB", SCHEMA)
    await node.jobs.stop()


async def test_only_who_has_the_desk_hears_what_is_for_it(start: Start) -> None:
    one, other = await asyncio.gather(start(), start())
    one.jobs.listen_to_desk(on=True)
    await other.jobs.call_desk()
    await until(lambda: one.called)
    (hearing,) = (task for task in asyncio.all_tasks() if task.get_name() == f"jobs of {DESK}")
    one.jobs.listen_to_desk(on=False)
    one.jobs.listen_to_desk(on=False)
    await asyncio.wait({hearing})  # until it has ended, it may still take what is called
    other.jobs.listen_to_desk(on=True)
    await one.jobs.call_desk()
    await until(lambda: other.called)


async def test_where_the_database_cannot_tell_of_news_it_is_asked(start: Start) -> None:
    node = await start(listen=False)
    await node.jobs.drains(channels("team"))
    await until(lambda: node.drained)


async def test_a_job_that_fails_is_told_and_leaves_nothing_behind(start: Start, database: str) -> None:
    node = await start()
    with structlog.testing.capture_logs() as logs:
        for fault, told in ((StoreError("The disk is full."), "could not be done"), (ValueError("odd"), "fault of the program")):
            node.fault = fault
            await node.jobs.visits([Job("site", {"sources": ["a"]})])
            await until(lambda told=told: any(told in entry["event"] for entry in logs))
    async with await psycopg.AsyncConnection.connect(database) as connection:

        async def left() -> int:
            row = await (await connection.execute(f"SELECT count(*) FROM {SCHEMA}.procrastinate_jobs")).fetchone()
            assert row is not None
            return int(row[0])

        async with asyncio.timeout(30):
            while await left():
                await asyncio.sleep(0.05)


async def test_a_job_whose_process_is_silent_is_over_and_its_channel_goes_on(
    start: Start, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.scheduler.cluster.REAPED_EVERY", 0.05)
    node = await start()
    async with await psycopg.AsyncConnection.connect(database) as connection:
        worker = f"INSERT INTO {SCHEMA}.procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id"
        found = await (await connection.execute(worker)).fetchone()
        assert found is not None
        await connection.execute(
            f"INSERT INTO {SCHEMA}.procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id) "
            "VALUES ('watchlamp', 'drain', 'channel:team', 'channel:team', '{\"channel\": \"team\"}', 'doing', %s)",
            [found[0]],
        )
        await connection.commit()  # both at once: a process that begins removes silent ones that have nothing in hand
        await node.jobs.drains(channels("team"))
        await until(lambda: node.drained == ["team"])


async def test_a_job_whose_end_could_not_be_told_to_the_queue_blocks_its_channel_for_two_looks_and_no_longer(
    start: Start, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.scheduler.cluster.REAPED_EVERY", 0.2)
    node = await start()
    assert node.jobs._app is not None
    manager = node.jobs._app.job_manager
    finish, refused = manager.finish_job, []

    async def broken(job: Any, *args: Any, **more: Any) -> None:
        if not refused:
            refused.append(job.id)
            raise ConnectorException("the connection broke off")
        await finish(job, *args, **more)

    manager.finish_job = broken
    node.gate = asyncio.Event()
    await node.jobs.drains(channels("team"))
    await until(lambda: node.drained)
    await asyncio.sleep(1)  # some looks, while it goes on: it is left alone
    async with await psycopg.AsyncConnection.connect(database) as connection:
        row = await (await connection.execute(f"SELECT status FROM {SCHEMA}.procrastinate_jobs")).fetchone()
    assert row == ("doing",)
    node.gate.set()
    await node.jobs.drains(channels("team"))
    await until(lambda: len(node.drained) == 2)
    assert refused
    assert node.at_once == []


async def test_who_drops_the_whole_queue_has_it_again_at_the_next_start(start: Start, database: str) -> None:
    first = await start()
    await first.jobs.stop()
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
    node = await start()
    await node.jobs.drains(channels("team"))
    await until(lambda: node.drained)


async def test_a_queue_that_broke_off_is_taken_up_again(start: Start, database: str) -> None:
    node = await start()
    await node.jobs.drains(channels("before"))
    await until(lambda: node.drained)
    with structlog.testing.capture_logs() as logs:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            await connection.execute(f"ALTER TABLE {SCHEMA}.procrastinate_jobs RENAME TO elsewhere")
            async with asyncio.timeout(30):
                while not any("broke off" in entry["event"] for entry in logs):
                    await asyncio.sleep(0.05)
            with pytest.raises(StoreError, match="cannot be put into the queue"):
                await node.jobs.drains(channels("meanwhile"))
            await connection.execute(f"ALTER TABLE {SCHEMA}.elsewhere RENAME TO procrastinate_jobs")

    async def told() -> None:
        await node.jobs.drains(channels("after"))

    async with asyncio.timeout(60):
        while "after" not in node.drained:
            await told()
            await asyncio.sleep(0.1)
    assert node.jobs.alive


async def test_a_queue_that_cannot_be_left_in_order_is_left_all_the_same(start: Start, database: str) -> None:
    node = await start()
    node.jobs.listen_to_desk(on=True)
    await node.jobs.drains(channels("team"))
    await until(lambda: node.drained)
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await connection.execute(f"ALTER TABLE {SCHEMA}.procrastinate_workers RENAME TO elsewhere")
    workers = [task for task in asyncio.all_tasks() if task.get_name().startswith("jobs of ")]
    assert len(workers) == 3
    node.jobs.listen_to_desk(on=False)
    await node.jobs.stop()
    async with asyncio.timeout(20):
        await asyncio.wait(workers)


async def test_an_older_queue_is_brought_to_the_installed_librarys_version(start: Start, database: str) -> None:
    first = await start()
    await first.jobs.stop()
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        before = await (await connection.execute(f"SELECT step FROM {SCHEMA}.watchlamp_version")).fetchone()
        assert before is not None
        await connection.execute(
            f"UPDATE {SCHEMA}.watchlamp_version SET step = '03.04.00_01_pre_add_retry_failed_job_procedure.sql'"
        )
        node = await start()
        after = await (await connection.execute(f"SELECT step FROM {SCHEMA}.watchlamp_version")).fetchone()
    assert after == before
    await node.jobs.drains(channels("team"))
    await until(lambda: node.drained)


async def test_a_server_that_does_not_answer_is_told_without_its_password() -> None:
    jobs = Node(conninfo("postgresql://bot@127.0.0.1:9/watchlamp?connect_timeout=2", "canary-password")).jobs
    with pytest.raises(StoreError, match="cannot be used") as refused:
        await jobs.open()
    assert "canary" not in str(refused.value)
    await jobs.stop()
