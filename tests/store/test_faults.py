"""Trouble with a database, as an operator is told of it; a mistake of the program stays one."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa

from bot.core.errors import StoreError
from bot.core.sources import PollRecord
from bot.store.database import Store
from bot.store.engine import _prepare_writer, connect
from bot.store.faults import sentence, told

PATIENCE = timedelta(seconds=0.2)


async def run_on(store, text):
    async with store._engines.write() as connection:
        await connection.exec_driver_sql(text)


@pytest.fixture
async def impatient(tmp_path):
    """A store on a file that waits for nobody for long."""
    store = await Store.open(f"sqlite:{tmp_path / 'watchlamp.db'}", busy_timeout=PATIENCE)
    yield store
    await store.close()


async def test_a_database_locked_for_too_long_is_told_and_nothing_is_lost(impatient, build, tmp_path, now):
    with closing(sqlite3.connect(tmp_path / "watchlamp.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"in use by another program and did not become free in time\. Nothing was written"):
            await impatient.commit_poll(PollRecord(build.state(), ((build.item(1), None),)), now)
        assert await impatient.queued_count() == 0  # reading goes on beside a writer
        other.execute("ROLLBACK")
    assert len(await build.queue(impatient, 1)) == 1


async def test_a_postgresql_database_locked_for_too_long_is_told(postgresql_server, build, now):
    name = postgresql_server.create()
    store = await Store.open(postgresql_server.url(name), busy_timeout=PATIENCE)
    with psycopg.connect(postgresql_server.url(name)) as other:
        other.execute("LOCK TABLE items")
        with pytest.raises(StoreError, match="in use by another program and did not become free in time"):
            await build.queue(store, 1)
    assert len(await build.queue(store, 1)) == 1
    await store.close()
    postgresql_server.drop(name)


async def test_a_full_disk_is_told_nothing_is_half_written_and_work_goes_on_when_there_is_room(impatient, build, now):
    await run_on(impatient, "CREATE TABLE filler (data BLOB)")
    async with impatient._engines.writer.connect() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 3}")
    items = tuple((build.item(number, content_text="x" * 5000), None) for number in range(50))
    for _ in range(2):
        with pytest.raises(StoreError, match=r"There is no room left for the database .*\. Nothing was written; free some space"):
            await impatient.commit_poll(PollRecord(build.state(), items), now)
    assert (await impatient.queued_count(), await impatient.source_states()) == (0, {})
    async with impatient._engines.writer.connect() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count=100000")
    assert len((await impatient.commit_poll(PollRecord(build.state(), items), now)).new) == 50


async def test_a_damaged_file_is_told(impatient, build, tmp_path):
    await build.queue(impatient, *range(200))
    await impatient.close()
    path = tmp_path / "watchlamp.db"
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    with pytest.raises(StoreError, match=r"is damaged \(.*\)\. Keep a copy of it and restore a backup\."):
        await Store.open(f"sqlite:{path}")


async def test_a_mistake_of_the_program_is_no_trouble_of_the_operator(store, build):
    with pytest.raises(sa.exc.DBAPIError, match="nonsense"):
        await run_on(store, "SELECT nonsense FROM items")
    with pytest.raises(sa.exc.IntegrityError):
        await build.deliver(store, build.delivery(1), build.delivery(1))
    assert await store.deliveries(limit=9) == []


@pytest.mark.durable  # in memory one connection does both
async def test_readers_cannot_write(store):
    with pytest.raises(StoreError, match=r"cannot be written|takes no writes"):
        async with store._engines.read() as connection:
            await connection.exec_driver_sql("DELETE FROM items")


async def test_a_writer_that_never_gets_its_turn_is_told(impatient):
    impatient._engines.writer.pool._timeout = 0.05
    async with impatient._engines.write():
        with pytest.raises(StoreError, match="is busy: no connection became free in time"):
            await impatient.unpark("team")
    assert not await impatient.unpark("team")


@pytest.mark.durable  # a database in memory ends with its connection
async def test_a_broken_off_transaction_leaves_nothing_and_the_store_goes_on(database, build):
    store = await database.open()
    written = asyncio.Event()

    async def half():
        async with store._engines.write() as connection:
            await connection.execute(sa.text("INSERT INTO workspaces VALUES ('half')"))
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(half())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store._engines.read() as connection:
        assert (await connection.execute(sa.text("SELECT id FROM workspaces"))).scalars().all() == ["file"]
    assert len(await build.queue(store, 1)) == 1
    await store.close()


async def test_a_database_in_memory_whose_connection_is_gone_says_so_instead_of_being_empty():
    store = await Store.open("sqlite::memory:")
    async with store._engines.writer.connect() as connection:
        await connection.invalidate()
    with pytest.raises(StoreError, match="The database in memory is lost"):
        await store.queued_count()
    await store.close()


async def test_two_databases_in_memory_know_nothing_of_each_other(build):
    stores = [await Store.open("sqlite::memory:") for _ in range(2)]
    await build.queue(stores[0], 1)
    assert [await store.queued_count() for store in stores] == [1, 0]
    for store in stores:
        await store.close()


@pytest.mark.parametrize("pragma", [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
async def test_a_writing_connection_keeps_what_it_promises(impatient, pragma):
    async with impatient._engines.write() as connection:
        assert (await connection.exec_driver_sql(f"PRAGMA {pragma[0]}")).scalar_one() == pragma[1]


def test_a_file_system_without_room_for_a_log_is_told(tmp_path):
    # This way of locking knows no shared memory, as some network file systems do not.
    other = sqlite3.connect(f"file:{tmp_path}/watchlamp.db?vfs=unix-dotfile", uri=True)
    with closing(other), pytest.raises(StoreError, match="put the database on a local disk"):
        _prepare_writer(other, None)


async def test_the_log_outlives_a_process_that_never_closed(tmp_path, build):
    program = (
        "import asyncio, os, sys\n"
        "from bot.core.sources import SourceState\n"
        "from bot.store.database import Store\n"
        "async def main():\n"
        "    store = await Store.open(sys.argv[1])\n"
        "    await store.save_source_states([SourceState('a', last_error='kept')])\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    path = tmp_path / "watchlamp.db"
    assert subprocess.run([sys.executable, "-c", program, f"sqlite:{path}"], check=False).returncode == -9
    assert (tmp_path / "watchlamp.db-wal").stat().st_size > 0
    store = await Store.open(f"sqlite:{path}")
    assert (await store.source_states())["a"].last_error == "kept"
    await store.close()


async def test_a_server_that_does_not_answer_is_told_without_the_password(refusing_port):
    url = f"postgresql://bot@127.0.0.1:{refusing_port}/watch"
    with pytest.raises(
        StoreError, match=r"The database watch on 127\.0\.0\.1 cannot be reached \(.*refused.*\)\. See that the server runs"
    ) as caught:
        await Store.open(url, password="hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.fixture
def refusing_port():
    """A port that is taken, so that nobody else gets it, and on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


async def test_a_missing_database_and_an_unknown_user_are_told(postgresql_server):
    url = postgresql_server.url("nowhere")
    with pytest.raises(
        StoreError, match=r'nowhere on .* cannot be reached \(.*database "nowhere" does not exist\)\. See that the server'
    ):
        await Store.open(url)
    with pytest.raises(StoreError, match=r'cannot be reached \(.*role "stranger" does not exist\)'):
        await Store.open(url.replace("postgres@", "stranger@").replace("nowhere", "postgres"))


async def test_a_server_restarted_under_us_costs_no_more_than_one_piece_of_work(postgresql_server, build):
    name = postgresql_server.create()
    store = await Store.open(postgresql_server.url(name))
    await build.queue(store, 1)
    kill = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    postgresql_server.execute(kill)
    assert await store.queued_count() == 1  # an idle connection is looked at before it is used

    async def cut_off():
        async with store._engines.write() as connection:
            await connection.exec_driver_sql("SELECT 1")
            postgresql_server.execute(kill)
            await connection.exec_driver_sql("SELECT 1")

    with pytest.raises(StoreError, match="starting or stopping"):
        await cut_off()
    assert len(await build.queue(store, 2)) == 1
    await store.close()
    postgresql_server.drop(name)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:", 'is "sqlite:" and a path'),
        ("sqlite:///watchlamp.db", 'is "sqlite:" and a path'),
        ("nonsense", "is no address of a database"),
        ("mysql://user@host/db", "of the kind 'mysql' are not known"),
        ("postgres://user@host/db", "of the kind 'postgres' are not known"),
    ],
)
def test_an_address_that_is_none_is_told(url, message):
    with pytest.raises(StoreError, match=message):
        connect(url, password=None, busy_timeout=PATIENCE)


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'watchlamp\[postgresql\]'"):
        connect("postgresql://user@host/db", password=None, busy_timeout=PATIENCE)


class RefusedError(Exception):
    """What a PostgreSQL driver raises: an error with a state, or none."""

    def __init__(self, text, sqlstate=None):
        super().__init__(text)
        self.sqlstate = sqlstate


def test_states_of_postgresql_mean_what_its_manual_says():
    def say(state):
        return sentence(RefusedError("reason.\nmore", state), "db")

    assert say("53100").startswith("There is no room left for the database db.")
    assert "short of resources (reason)" in say("53300")
    assert "broke off this work" in say("40P01")
    assert "takes no writes" in say("25006")
    assert "the rights it needs (reason)" in say("42501")
    assert "The connection to the database db broke (reason)" in say("08006")
    assert "reports an error of its disk or system" in say("58030")
    assert "is damaged (reason)" in say("XX001")
    assert say("42601") is None
    assert say("23505") is None
    assert sentence(RefusedError("no state"), "db") is None
    assert "cannot be reached (ConnectionTimeout)" in sentence(psycopg.errors.ConnectionTimeout(), "db")


def test_a_sqlite_error_without_a_code_is_the_programs_own():
    assert sentence(sqlite3.ProgrammingError("Cannot operate on a closed database."), "db") is None
    with pytest.raises(sqlite3.ProgrammingError), told("db"):
        raise sqlite3.ProgrammingError("Incorrect number of bindings")
