"""A SQLite installation copied into PostgreSQL: every row, in pieces that can be interrupted, proved equal at the end.

Promises: what was copied is committed together with the note of how far it came, so a second call goes on where the first was
broken off; until both sides are equal by count and hash the new database is refused by every other use; the old file is only
read, but for the mark at the end that keeps a bot from running on it as well. The full-text index is no copy: the bot makes
it anew. Never deletes anything of the old database.

Rows become texts in the databases (``rowtexts``), and indexes are made once the rows are there (``postponed``).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table, func, inspect, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import StoreError
from bot.core.moved import MovedTable, MoveProgress
from bot.store import postponed, rowtexts
from bot.store.archive import UNINDEXED, VERSION
from bot.store.engine import Engines, connect
from bot.store.facts import MOVED_TO
from bot.store.faults import told
from bot.store.revisions import HEAD
from bot.store.schema import MOVING, OLDEST, UPGRADE_LOCK, is_current, read_revision, upgrade
from bot.store.tables import facts, item_words, metadata, workspaces

PIECE = 50_000
"""Rows copied in one transaction: a second or two of work, which is all that a death costs."""
BLOCK = 1_000
"""Rows in hand at once: long articles are some megabytes then."""

_HELD_BACK = {facts.name: (VERSION, UNINDEXED, MOVED_TO, OLDEST)}
"""Facts that are true of one database only."""

_MODULUS = 1 << 128

Tell = Callable[[MoveProgress], None]


async def move(
    origin: str,
    target: str,
    *,
    password: str | None,
    now: datetime,
    tell: Tell,
    busy_timeout: timedelta,
    piece: int = PIECE,
) -> tuple[MovedTable, ...]:
    """Copy the SQLite database at ``origin`` into the PostgreSQL database at ``target``, and prove that both are equal.

    Args:
        origin: ``sqlite:PATH``; no bot may be running on it.
        target: ``postgresql://user@host/name``: empty, or left by a move that was broken off.
        password: of PostgreSQL's user.
        now: when; written into the old database's mark.
        tell: hears of progress after every piece.
        busy_timeout: how long to wait for another program.
        piece: rows of one transaction.

    Returns:
        Every table with its rows and their hash, alike on both sides.

    Raises:
        StoreError: one of them cannot be used, the target holds something else, or both differ at the end.
    """
    old = connect(origin, password=None, busy_timeout=busy_timeout)
    new = connect(target, password=password, busy_timeout=busy_timeout)
    try:
        found = await read_revision(old)
        if found != HEAD:
            state = "is empty" if found is None else f"has the schema {found} and this program moves only {HEAD}"
            remedy = "Move it with the newer version." if is_current(found) else "`watchlamp db upgrade` prepares it."
            raise StoreError(f"The database {old.where} {state}; nothing was moved. {remedy}")
        await _begin(new)
        with _rows_of(old) as rows:
            for table in _tables():
                await _copy(rows, new, table, tell, piece)
            while (made := await postponed.make_next(new)) is not None:
                tell(MoveProgress("indexed", *made))
            moved = tuple([await _compared(rows, old, new, table, tell) for table in _tables()])
        async with old.write() as connection:
            mark = old.insert(facts).values(name=MOVED_TO, value=f"{new.where}, {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
            await connection.execute(mark.on_conflict_do_update(index_elements=[facts.c.name], set_={"value": mark.excluded.value}))
        await _end(old, new)
    finally:
        await old.close()
        await new.close()
    return moved


async def unmark(origin: str, *, busy_timeout: timedelta) -> bool:
    """Let a bot run on a moved SQLite database again. Returns whether it had been moved.

    Raises:
        StoreError: it cannot be used.
    """
    old = connect(origin, password=None, busy_timeout=busy_timeout)
    try:
        if await read_revision(old) is None:
            return False
        async with old.write() as connection:
            return bool((await connection.execute(facts.delete().where(facts.c.name == MOVED_TO))).rowcount)
    finally:
        await old.close()


def _tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if table is not item_words]


# ---------------------------------------------------------------- beginning and end


async def _begin(new: Engines) -> None:
    """Leave the target with the newest schema, without its indexes, and with the table of how far the move is."""
    if new.dialect != "postgresql":
        raise StoreError("A move leads into PostgreSQL; write postgresql://user@host/name.")
    async with new.read() as connection:
        if await connection.run_sync(_has_moving):
            return
    if await read_revision(new) is None:
        await upgrade(new)
    async with new.write() as connection:
        await connection.execute(select(func.pg_advisory_xact_lock(UPGRADE_LOCK)))
        if await connection.run_sync(_has_moving):  # by a move that died a moment ago, and whose last word was still on its way
            return
        for table in metadata.sorted_tables:
            own = facts.c.name != OLDEST if table is facts else true()
            if table is not workspaces and (await connection.execute(table.select().where(own).limit(1))).first() is not None:
                raise StoreError(
                    f"The database {new.where} already holds data of a Watchlamp (table {table.name}). It was left as it is; "
                    "name an empty database."
                )
        await connection.execute(workspaces.delete())  # the first migration makes one, which comes with the others
        await connection.exec_driver_sql(f"CREATE TABLE {MOVING} (name text PRIMARY KEY, last text NOT NULL, rows bigint NOT NULL)")
        await postponed.lay_aside(connection, [table.name for table in _tables()])


def _has_moving(connection: Any) -> bool:
    return bool(inspect(connection).has_table(MOVING))


async def _end(old: Engines, new: Engines) -> None:
    """Numbers go on where SQLite's stood; from here on the target is an ordinary database."""
    async with old.read() as connection:
        rows = [tuple(row) for row in await connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")]
        given: dict[str, int] = {str(name): int(seq) for name, seq in rows}
    async with new.write() as connection:
        for table in _tables():
            for column in table.primary_key:
                await _go_on(connection, table, column, given.get(table.name, 0))
        await connection.exec_driver_sql(f"DROP TABLE {MOVING}, {postponed.LATER}")
    async with new.write() as connection:
        await postponed.unhurried(connection)
        await connection.exec_driver_sql("ANALYZE")  # or the first queries are planned as if every table were empty


async def _go_on(connection: AsyncConnection, table: Table, column: Column[Any], given: int) -> None:
    sequence = (
        await connection.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
        )
    ).scalar()
    if sequence is None:
        return
    largest = (await connection.exec_driver_sql(f"SELECT coalesce(max({column.name}), 0) FROM {table.name}")).scalar_one()  # noqa: S608  # own names
    if last := max(given, largest):
        await connection.execute(text("SELECT setval(cast(:sequence AS regclass), :last)"), {"sequence": sequence, "last": last})


# ---------------------------------------------------------------- copying


@contextmanager
def _rows_of(old: Engines) -> Iterator[sqlite3.Connection]:
    """The old database, read in this very thread: its rows are too many to be handed from one to another."""
    assert old.path is not None
    with told(old.where), closing(sqlite3.connect(f"{old.path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        rowtexts.teach(connection)
        connection.execute(f"PRAGMA busy_timeout = {round(old.busy_timeout.total_seconds() * 1000)}")
        yield connection


async def _copy(old: sqlite3.Connection, new: Engines, table: Table, tell: Tell, piece: int) -> None:
    while (done := await _copy_piece(old, new, table, piece)) is not None:
        tell(MoveProgress("copied", table.name, done))


async def _copy_piece(old: sqlite3.Connection, new: Engines, table: Table, size: int) -> int | None:
    """Copy the next rows; returns how many have arrived by now, None if all had."""
    async with new.write() as connection:
        await postponed.unhurried(connection)
        await connection.exec_driver_sql("SET LOCAL synchronous_commit = off")  # rows that are lost are copied again
        # Held until the commit: of a process that was killed the server may still be finishing the last piece.
        await connection.exec_driver_sql(f"LOCK TABLE {MOVING} IN SHARE ROW EXCLUSIVE MODE")
        asked = text(f"SELECT last, rows FROM {MOVING} WHERE name = :name")  # noqa: S608  # own name
        noted = (await connection.execute(asked, {"name": table.name})).first()
        last: list[Any] = json.loads(noted.last) if noted else []
        if (up_to := _end_of_piece(old, table, last, size)) is None:
            return None
        done = (noted.rows if noted else 0) + await _copy_in(connection, table, _between(old, table, last, up_to))
        note = text(
            f"INSERT INTO {MOVING} (name, last, rows) VALUES (:name, :last, :rows) "  # noqa: S608  # own name
            "ON CONFLICT (name) DO UPDATE SET last = excluded.last, rows = excluded.rows"
        )
        await connection.execute(note, {"name": table.name, "last": json.dumps(up_to), "rows": done})
        return done


def _end_of_piece(old: sqlite3.Connection, table: Table, last: Sequence[Any], size: int) -> list[Any] | None:
    """The key up to which the next piece goes; None where nothing is left."""
    keys = _keys(table)
    beyond = f"WHERE ({keys}) > ({_marks(last)})" if last else ""
    for descending, offset in (("", size - 1), (" DESC", 0)):  # the last piece is a smaller one
        order = ", ".join(f'"{column.name}"{descending}' for column in table.primary_key)
        statement = f"SELECT {keys} FROM {table.name} {beyond} ORDER BY {order} LIMIT 1 OFFSET {offset}"  # noqa: S608  # own names
        if (found := old.execute(statement, last).fetchone()) is not None:
            return [value.decode() if isinstance(value, bytes) else value for value in found]
    return None


def _between(old: sqlite3.Connection, table: Table, last: Sequence[Any], up_to: Sequence[Any]) -> sqlite3.Cursor:
    keys = _keys(table)
    within = f"({keys}) <= ({_marks(up_to)})" + (f" AND ({keys}) > ({_marks(last)})" if last else "")
    statement = f"SELECT {rowtexts.to_copy(table)} FROM {table.name} WHERE {within}{_held_back(table)}"  # noqa: S608  # own names
    return old.execute(statement, (*up_to, *last))


async def _copy_in(connection: AsyncConnection, table: Table, rows: sqlite3.Cursor) -> int:
    """Rows into PostgreSQL; returns how many."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    count = 0
    async with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({rowtexts.names(table)}) FROM STDIN") as stream,
    ):
        while some := rows.fetchmany(BLOCK):
            await stream.write(rowtexts.written(row for (row,) in some))
            count += len(some)
    return count


def _keys(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.primary_key)


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _held_back(table: Table) -> str:
    return "".join(f" AND name <> '{name}'" for name in _HELD_BACK.get(table.name, ()))


# ---------------------------------------------------------------- comparing


async def _compared(old: sqlite3.Connection, where: Engines, new: Engines, table: Table, tell: Tell) -> MovedTable:
    """The table on the new side, read whole and alike on the old; both are read at once."""
    other = asyncio.create_task(_digest(_read_old(old, table), table, lambda _: None))
    try:
        after = await _digest(_read_new(new, table), table, tell)
        before = await other
    finally:
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)
    if before != after:
        how = ", which differ in what they say" if before.rows == after.rows else ""
        raise StoreError(
            f"Table {table.name} has {before.rows} rows in {where.where} and {after.rows} in {new.where}{how}. Something wrote to "
            "one of them since the move began. Nothing was lost: empty the new database, and move again while no bot runs."
        )
    return after


async def _read_old(old: sqlite3.Connection, table: Table) -> AsyncGenerator[Sequence[tuple[bytes]], None]:
    statement = f"SELECT {rowtexts.to_compare(table, 'sqlite')} FROM {table.name} WHERE true{_held_back(table)}"  # noqa: S608  # own names
    with closing(old.execute(statement)) as found:
        while some := found.fetchmany(BLOCK):
            yield some
            await asyncio.sleep(0)  # the other side's turn


async def _read_new(new: Engines, table: Table) -> AsyncGenerator[Sequence[tuple[bytes]], None]:
    row = rowtexts.to_compare(table, "postgresql")
    statement = f"SELECT convert_to({row}, 'UTF8') FROM {table.name} WHERE true{_held_back(table)}"  # noqa: S608  # own names
    async with new.read() as connection:
        await postponed.unhurried(connection)
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        async with driver.cursor(name="compared") as found:
            await found.execute(statement, binary=True)
            while some := await found.fetchmany(BLOCK):
                yield some


async def _digest(blocks: AsyncGenerator[Sequence[tuple[bytes]], None], table: Table, tell: Tell) -> MovedTable:
    count = total = 0
    hashed, number = hashlib.blake2b, int.from_bytes
    async with aclosing(blocks):
        async for rows in blocks:
            for (row,) in rows:
                total += number(hashed(row, digest_size=16).digest(), "big")
            count += len(rows)
            tell(MoveProgress("compared", table.name, count))
    return MovedTable(table.name, count, f"{total % _MODULUS:032x}")
