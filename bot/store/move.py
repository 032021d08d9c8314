"""A SQLite installation copied into PostgreSQL: every row, in pieces that can be interrupted, proved equal at the end.

Promises: what was copied is committed together with the note of how far it came, so a second call goes on where the first was
broken off; until both sides are equal by count and hash the new database is refused by every other use; the old file is only
read, but for the mark at the end that keeps a bot from running on it as well. The full-text index is no copy: the bot makes
it anew. Never deletes anything of the old database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Table, inspect, text, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import StoreError
from bot.core.moved import MovedTable, MoveProgress
from bot.store.archive import UNINDEXED, VERSION
from bot.store.engine import Engines, connect
from bot.store.facts import MOVED_TO
from bot.store.schema import HEAD, MOVING, OLDEST, is_current, read_revision, upgrade
from bot.store.tables import facts, item_words, metadata, workspaces

PIECE = 5_000
"""Rows copied in one transaction: large enough for COPY to pay, small enough that little is done again."""

_HELD_BACK = {facts.name: (VERSION, UNINDEXED, MOVED_TO, OLDEST)}
"""Facts that are true of one database only."""

_MODULUS = 1 << 128

Row = tuple[Any, ...]


async def move(
    origin: str,
    target: str,
    *,
    password: str | None,
    now: datetime,
    tell: Callable[[MoveProgress], None],
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
        for table in _tables():
            await _copy(old, new, table, tell, piece)
        moved = tuple([await _compared(old, new, table, tell) for table in _tables()])
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
    """Leave the target with the newest schema and the table of how far the move is."""
    if new.dialect != "postgresql":
        raise StoreError("A move leads into PostgreSQL; write postgresql://user@host/name.")
    async with new.read() as connection:
        if await connection.run_sync(_has_moving):
            return
    if await read_revision(new) is None:
        await upgrade(new)
    async with new.write() as connection:
        for table in metadata.sorted_tables:
            own = facts.c.name != OLDEST if table is facts else true()
            if table is not workspaces and (await connection.execute(table.select().where(own).limit(1))).first() is not None:
                raise StoreError(
                    f"The database {new.where} already holds data of a Watchlamp (table {table.name}). It was left as it is; "
                    "name an empty database."
                )
        await connection.execute(workspaces.delete())  # the first migration makes one, which comes with the others
        await connection.exec_driver_sql(f"CREATE TABLE {MOVING} (name text PRIMARY KEY, last text NOT NULL, rows bigint NOT NULL)")


def _has_moving(connection: Any) -> bool:
    return bool(inspect(connection).has_table(MOVING))


async def _end(old: Engines, new: Engines) -> None:
    """Numbers go on where SQLite's stood; from here on the target is an ordinary database."""
    async with old.read() as connection:
        rows: list[Row] = [tuple(row) for row in await connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")]
        given: dict[str, int] = {str(name): int(seq) for name, seq in rows}
    async with new.write() as connection:
        for table in _tables():
            for column in table.primary_key:
                await _go_on(connection, table, column, given.get(table.name, 0))
        await connection.exec_driver_sql(f"DROP TABLE {MOVING}")
    async with new.write() as connection:
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


async def _copy(old: Engines, new: Engines, table: Table, tell: Callable[[MoveProgress], None], piece: int) -> None:
    async with new.read() as connection:
        asked = text(f"SELECT last, rows FROM {MOVING} WHERE name = :name")  # noqa: S608  # own name
        noted = (await connection.execute(asked, {"name": table.name})).first()
    last: list[Any] | None = json.loads(noted.last) if noted else None
    done = noted.rows if noted else 0
    keys = [list(table.columns).index(column) for column in table.primary_key]
    convert = _converters(table)
    while True:
        async with old.read() as connection:
            rows = await _after(connection, table, last, piece)
        if not rows:
            return
        last, done = [rows[-1][index] for index in keys], done + len(rows)
        async with new.write() as connection:
            await _copy_in(connection, table, [row for row in rows if not _held_back(table, row)], convert)
            await connection.execute(
                text(
                    f"INSERT INTO {MOVING} (name, last, rows) VALUES (:name, :last, :rows) "  # noqa: S608  # own name
                    "ON CONFLICT (name) DO UPDATE SET last = excluded.last, rows = excluded.rows"
                ),
                {"name": table.name, "last": json.dumps(last), "rows": done},
            )
        tell(MoveProgress("copied", table.name, done))


async def _after(connection: AsyncConnection, table: Table, last: Sequence[Any] | None, limit: int) -> Sequence[Row]:
    """Rows beyond a key, in the order of the key, as SQLite holds them."""
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    beyond = f"WHERE ({keys}) > ({', '.join('?' * len(last))}) " if last is not None else ""
    statement = f"SELECT {_columns(table)} FROM {table.name} {beyond}ORDER BY {keys} LIMIT {limit}"  # noqa: S608  # own names
    found = await connection.exec_driver_sql(statement, tuple(last or ()))
    return [tuple(row) for row in found.all()]


async def _copy_in(
    connection: AsyncConnection, table: Table, rows: Sequence[Row], convert: Sequence[Callable[[Any], Any] | None]
) -> None:
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    async with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({_columns(table)}) FROM STDIN") as stream,
    ):
        for row in rows:
            await stream.write_row(
                [value if change is None or value is None else change(value) for value, change in zip(row, convert, strict=True)]
            )


def _columns(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _held_back(table: Table, row: Row) -> bool:
    return table.name in _HELD_BACK and row[0] in _HELD_BACK[table.name]


def _converters(table: Table) -> list[Callable[[Any], Any] | None]:
    return [_instant if _is(column, DateTime) else bool if _is(column, Boolean) else None for column in table.columns]


def _is(column: Column[Any], kind: type[Any]) -> bool:
    return isinstance(getattr(column.type, "impl", column.type), kind)


def _instant(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


# ---------------------------------------------------------------- comparing


async def _compared(old: Engines, new: Engines, table: Table, tell: Callable[[MoveProgress], None]) -> MovedTable:
    """The table on the new side, read whole and alike on the old."""
    async with old.read() as connection:
        before = await _digest(_stream(connection, table), table, tell)
    async with new.read() as connection:
        after = await _digest(_stream(connection, table), table, tell)
    if before != after:
        how = ", which differ in what they say" if before.rows == after.rows else ""
        raise StoreError(
            f"Table {table.name} has {before.rows} rows in {old.where} and {after.rows} in {new.where}{how}. Something wrote to "
            "one of them since the move began. Nothing was lost: empty the new database, and move again while no bot runs."
        )
    return after


async def _stream(connection: AsyncConnection, table: Table) -> AsyncIterator[Row]:
    statement = text(f"SELECT {_columns(table)} FROM {table.name}")  # noqa: S608  # own names
    async with connection.stream(statement, execution_options={"yield_per": PIECE}) as found:
        async for row in found:
            yield tuple(row)


async def _digest(rows: AsyncIterator[Row], table: Table, tell: Callable[[MoveProgress], None]) -> MovedTable:
    count = total = 0
    async for row in rows:
        if _held_back(table, row):
            continue
        held = repr([_plain(value) for value in row]).encode("utf-8", "surrogatepass")
        total += int.from_bytes(hashlib.blake2b(held, digest_size=16).digest())
        count += 1
        if count % PIECE == 0:
            tell(MoveProgress("compared", table.name, count))
    return MovedTable(table.name, count, f"{total % _MODULUS:032x}")


def _plain(value: Any) -> Any:
    """A value as SQLite would hold it, whichever side it comes from."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f").rjust(26, "0")
    if isinstance(value, bool):
        return int(value)
    return bytes(value) if isinstance(value, memoryview) else value
