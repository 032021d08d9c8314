"""Connections: one engine that writes and one that reads, on SQLite and on PostgreSQL.

Promises: a transaction that writes begins by taking the right to write, so it never fails halfway because it read first; a
transaction that reads sees one moment of the database; what was committed survives a loss of power. Who waits for another
program's writing does not keep this program's others from trying, and waits no longer than it has patience for.

SQLite has one writer at a time. Its writing engine is a single connection whose every transaction is BEGIN IMMEDIATE (a
transaction that reads first and then writes fails with SQLITE_BUSY_SNAPSHOT, whatever the timeout: https://www.sqlite.org/rescode.html).
Readers run beside it on connections that cannot write. A database in memory belongs to one connection, which then does both.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, Table, event, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.core.errors import StoreError
from bot.core.patience import patience
from bot.core.pool import DIRECT, Pool
from bot.store.faults import DatabaseHealth, is_busy, sentence, told
from bot.store.renewal import Renewal
from bot.store.revisions import HEAD, SESSION
from bot.store.tables import speak_postgresql

SQLITE = "sqlite:"
MEMORY = ":memory:"
READERS = 3
"""Reading connections to a SQLite file; each is a thread, so few."""
WAL_LIMIT = 16 * 1024 * 1024
"""Bytes to which SQLite cuts its write-ahead log back once it has been copied into the file."""

SLICE = timedelta(milliseconds=200)
"""How long SQLite itself waits for another program, in a thread that holds the only writing connection; between two such waits the
connection is free for whoever has less time."""
PAUSE = 0.05
"""Seconds between two such waits."""
LONG_WAIT = timedelta(seconds=3)
"""A wait for another program that counts as trouble before it is over: a write here takes milliseconds."""
CONNECT_WITHIN = timedelta(seconds=10)
"""Longest wait for a server of PostgreSQL to answer at all."""
IDLE_IN_TRANSACTION = timedelta(seconds=10)
"""After this the server ends a session that does nothing within a transaction. This program's pauses between two statements are
milliseconds; a process that was frozen, or its machine, would hold its row locks against all others for ever."""
LONGEST_STATEMENT = timedelta(seconds=60)
"""What one statement may take besides the wait for a lock: the longest searches of a million articles take seconds."""
KEEPALIVE = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}
"""By these words of libpq a server whose machine or cable is gone is noticed after 25 seconds, where Linux takes two hours, and
fifteen minutes while something is under way (https://www.postgresql.org/docs/current/libpq-connect.html, tcp(7))."""

Upsert = Callable[[Table], sqlite.Insert]
"""An INSERT that knows ON CONFLICT; SQLAlchemy has one for each dialect, to be called alike."""


@dataclass(frozen=True, slots=True)
class Engines:
    """Both engines of one database.

    Attributes:
        where: the database's name in sentences for people: a path, or host and name, never a password.
        path: the file of a SQLite database, or None.
        insert: the dialect's own INSERT, which knows ON CONFLICT.
        busy_timeout: how long a writer waits for another program, unless who asks has less patience.
        health: how the database was found last.
        renewal: makes the connections to a SQLite file anew; None of any other database.
    """

    writer: AsyncEngine
    reader: AsyncEngine
    where: str
    path: Path | None
    insert: Upsert
    busy_timeout: timedelta
    health: DatabaseHealth = field(default_factory=DatabaseHealth)
    renewal: Renewal | None = None

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``, for the few statements that each writes in its own way."""
        return self.writer.dialect.name

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One writing transaction: committed at the end, rolled back on any error."""
        self.health.require_whole()
        with told(self.where, self.health):
            async with AsyncExitStack() as stack:
                connection = await self._begun(stack)
                yield connection
            self.health.worked()

    async def _begun(self, stack: AsyncExitStack) -> AsyncConnection:
        """A transaction that may write, entered in ``stack``; while another program writes, it is asked for again and again."""
        longest = patience(self.busy_timeout)
        if self.path is None:
            connection = await stack.enter_async_context(self.writer.begin())
            if self.dialect == "postgresql" and longest < self.busy_timeout:
                await connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_milliseconds(longest)}")
            return connection
        clock = asyncio.get_running_loop().time
        began = clock()
        while True:
            try:
                return await stack.enter_async_context(self.writer.begin())
            except OperationalError as error:
                waited = clock() - began
                if error.orig is None or not is_busy(error.orig) or waited >= longest.total_seconds():
                    raise
                if waited >= LONG_WAIT.total_seconds():
                    self.health.failed(sentence(error.orig, self.where) or "")
            await asyncio.sleep(PAUSE)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One reading transaction: every statement in it sees the same moment."""
        with told(self.where, self.health):
            async with self.reader.connect() as connection:
                yield connection

    async def spare(self) -> None:
        """Give back what connections to a SQLite file keep for speed, pages and prepared statements."""
        if self.renewal is not None:
            await self.renewal.do()

    async def close(self) -> None:
        """Close every connection."""
        if self.renewal is not None:
            await self.renewal.end()
        await self.reader.dispose()
        if self.writer is not self.reader:
            await self.writer.dispose()


def connect(url: str, *, password: str | None, busy_timeout: timedelta, pool: Pool = DIRECT) -> Engines:
    """Both engines of the database at ``url``; nothing is opened yet.

    Raises:
        StoreError: the address is none, or the driver it needs is not installed.
    """
    if url.startswith(SQLITE):
        return _sqlite(url.removeprefix(SQLITE), busy_timeout)
    return _postgresql(url, password, busy_timeout, pool)


def _sqlite(name: str, busy_timeout: timedelta) -> Engines:
    if not name or name.startswith("//"):
        raise StoreError(
            'The address of a SQLite database is "sqlite:" and a path, as in sqlite:watchlamp.db or sqlite:/srv/watchlamp.db.'
        )
    memory = name == MEMORY
    # Only absolute: a path that reads ":memory:" or "file:..." must stay a path.
    address = URL.create("sqlite+aiosqlite", database=MEMORY if memory else str(Path(name).absolute()))

    # isolation_level=None keeps the sqlite3 module from beginning and committing by itself, which it does before some statements.
    def engine(size: int, wait: timedelta) -> AsyncEngine:
        return create_async_engine(
            address,
            connect_args={"isolation_level": None, "timeout": wait.total_seconds()},
            poolclass=AsyncAdaptedQueuePool,
            pool_size=size,
            max_overflow=0,
            pool_reset_on_return="rollback",
            hide_parameters=True,  # an error may end up in the log, and among the values are secrets
        )

    writer = engine(1, busy_timeout if memory else min(busy_timeout, SLICE))
    event.listen(writer.sync_engine, "connect", _prepare_writer)
    event.listen(writer.sync_engine, "begin", _begin_immediate)
    reader = writer
    if memory:
        event.listen(writer.sync_engine, "connect", _OnlyOnce())
    else:
        reader = engine(READERS, busy_timeout)
        event.listen(reader.sync_engine, "connect", _prepare_reader)
        event.listen(reader.sync_engine, "begin", _begin_deferred)
    path, health = None if memory else Path(name), DatabaseHealth()
    renewal = Renewal(writer, reader, path, health) if path is not None else None
    return Engines(writer, reader, name, path, sqlite.insert, busy_timeout, health, renewal)


def _postgresql(url: str, password: str | None, busy_timeout: timedelta, pool: Pool) -> Engines:
    from sqlalchemy.dialects.postgresql import insert as insert_into  # noqa: PLC0415  # megabytes that a bot on SQLite never uses

    speak_postgresql()
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "database.url is no address of a database; write sqlite:watchlamp.db or postgresql://user@host/name."
        ) from error
    if address.drivername not in {"postgresql", "postgresql+psycopg"}:
        raise StoreError(
            f"Databases of the kind {address.drivername!r} are not known; write sqlite:watchlamp.db or postgresql://user@host/name."
        )
    where = f"{address.database or address.username or ''} on {address.host or address.query.get('host') or 'this machine'}"
    address = address.set(drivername="postgresql+psycopg")
    if password is not None:
        address = address.set(password=password)
    session = _Session(busy_timeout)

    def engine(size: int, **options: Any) -> AsyncEngine:
        try:
            made = create_async_engine(
                address,
                connect_args=_connecting(address, busy_timeout, session, pool),
                pool_size=size,
                max_overflow=0,
                hide_parameters=True,
                pool_pre_ping=True,  # the server may have been restarted since; a lost receipt would be a repeated post
                **options,
            )
        except ModuleNotFoundError as error:
            raise StoreError("PostgreSQL needs the driver psycopg: pip install 'watchlamp[postgresql]'.") from error
        if pool.pooler:
            event.listen(made.sync_engine, "begin", session.in_transaction)
        return made

    half = max(1, pool.connections // 2)
    writer = engine(half)
    reader = engine(
        max(1, pool.connections - half), isolation_level="REPEATABLE READ", execution_options={"postgresql_readonly": True}
    )
    return Engines(writer, reader, where, None, cast("Upsert", insert_into), busy_timeout)


def _connecting(address: URL, busy_timeout: timedelta, session: _Session, pool: Pool) -> dict[str, Any]:
    """What libpq and the driver are told besides the address; what the address says itself counts more."""
    given: dict[str, Any] = {
        # libpq reads 1 as 2
        "connect_timeout": max(2, round(min(busy_timeout, CONNECT_WITHIN).total_seconds())),
        "fallback_application_name": SESSION + HEAD,
        **KEEPALIVE,
    }
    told = {name: value for name, value in given.items() if name not in address.query}
    if pool.pooler:
        return {**told, "prepare_threshold": None}
    own = address.query.get("options", "")
    return {**told, "options": " ".join([session.at_connect, own if isinstance(own, str) else " ".join(own)]).strip()}


def _execute(connection: Any, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _prepare_writer(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    (mode,) = cursor.fetchone()
    cursor.close()
    if mode not in ("wal", "memory"):
        raise StoreError(
            "The file system of the database has no room for a write-ahead log; put the database on a local disk (database.url)."
        )
    # FULL: in WAL mode only FULL keeps a committed transaction over a loss of power (https://www.sqlite.org/pragma.html#pragma_synchronous).
    _execute(connection, "PRAGMA foreign_keys=ON", "PRAGMA synchronous=FULL", f"PRAGMA journal_size_limit={WAL_LIMIT}")


def _prepare_reader(connection: Any, _: object) -> None:
    _execute(connection, "PRAGMA query_only=ON")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _milliseconds(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)


class _OnlyOnce:
    """A database in memory ends with its connection: a second connection would be an empty database without a word."""

    def __init__(self) -> None:
        self._connected = False

    def __call__(self, connection: Any, _: object) -> None:
        if self._connected:
            raise StoreError("The database in memory is lost: work on it was broken off.")
        self._connected = True


class _Session:
    """Settings of PostgreSQL's sessions: UTC, so that instants come back as they went; no wait, and no hold, without an end."""

    def __init__(self, busy_timeout: timedelta) -> None:
        self._settings = {
            "timezone": "UTC",
            "lock_timeout": str(_milliseconds(busy_timeout)),
            "statement_timeout": str(_milliseconds(busy_timeout + LONGEST_STATEMENT)),
            "idle_in_transaction_session_timeout": str(_milliseconds(IDLE_IN_TRANSACTION)),
            "jit": "off",  # it pays for queries of seconds; where the planner expects one in vain, it costs a tenth of a second
        }
        self.at_connect = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        self._local = "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in self._settings.items())

    def in_transaction(self, connection: Connection) -> None:
        """Settings of one transaction: the session behind a pooler is another's the moment it ends."""
        connection.exec_driver_sql(self._local)
