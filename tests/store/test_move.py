"""A SQLite installation moved into PostgreSQL: every column of every table, broken off anywhere, equal at the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Boolean, Column, DateTime, Float, Integer, LargeBinary, Table

from bot.core.errors import StoreError
from bot.core.moved import MovedTable, MoveProgress
from bot.store import schema
from bot.store.database import Store
from bot.store.engine import connect
from bot.store.facts import MOVED_TO
from bot.store.move import move, unmark
from bot.store.tables import item_words, metadata

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
BUSY = timedelta(seconds=10)
PROGRAM = Path(__file__).with_name("kill_move.py")
ROWS = 5
TEXTS = ("", "plain", "tab\tline\nback\\slash \\N \\. quote\"'", "Überwachung – 監視 👁️ \u202e", "\x01\x7f" + "x" * 10_000)
INSTANTS = (
    "0001-01-01 00:00:00.000000",
    "9999-12-31 23:59:59.999999",
    "2026-03-10 12:00:00.000001",
    *["2026-03-29 01:30:00.500000"] * 2,
)
FLOATS = (0.1, -0.0, 1e308, 5e-324, 3.0)
BLOBS = (b"", bytes(range(256)), b"\\x00", b"\n", b'W/"a"')


@pytest.fixture
async def origin(tmp_path: Path) -> Path:
    """A SQLite database with five odd rows in every table."""
    path = tmp_path / "watchlamp.db"
    await (await Store.open(f"sqlite:{path}")).close()
    fill(path)
    return path


@pytest.fixture
async def target(postgresql_server: Any) -> AsyncIterator[str]:
    name = postgresql_server.create()
    yield postgresql_server.url(name)
    postgresql_server.drop(name)


def fill(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for table in metadata.sorted_tables:
            if table is item_words:
                continue
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            marks = ", ".join("?" * len(table.columns))
            connection.execute(f"DELETE FROM {table.name}")
            for number in range(ROWS):
                values = [value(table, column, number) for column in table.columns]
                connection.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", values)  # own names
        connection.execute("UPDATE sqlite_sequence SET seq = 777 WHERE name = 'deliveries'")


def value(table: Table, column: Column[Any], number: int) -> Any:
    """What SQLite would hold there: odd, different in each row, and pointing at a row of the same number where it points."""
    kind = getattr(column.type, "impl", column.type)
    if column.foreign_keys:
        (pointed,) = column.foreign_keys
        return value(pointed.column.table, pointed.column, number)
    if column.primary_key or any(column.name in index.columns for index in table.indexes if index.unique) or column.unique:
        return number + 1 if isinstance(kind, Integer) else f"{number} é\\\t{column.name}"
    if column.nullable and number % 2:
        return None
    if isinstance(kind, Boolean):
        return number % 2
    if isinstance(kind, Integer):
        return (0, -1, 2**31 - 1, 7, 7)[number]
    for sort, odd in ((DateTime, INSTANTS), (Float, FLOATS), (LargeBinary, BLOBS)):
        if isinstance(kind, sort):
            return odd[number]
    return TEXTS[number]


async def moved(origin: Path, target: str, *, tell: Any = lambda _: None, piece: int = 2) -> tuple[MovedTable, ...]:
    return await move(f"sqlite:{origin}", target, password=None, now=NOW, tell=tell, busy_timeout=BUSY, piece=piece)


async def held(url: str, table: Table) -> list[tuple[Any, ...]]:
    engines = connect(url, password=None, busy_timeout=BUSY)
    try:
        async with engines.read() as connection:
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            return [tuple(row) for row in await connection.exec_driver_sql(f"SELECT {columns} FROM {table.name}")]
    finally:
        await engines.close()


async def test_every_column_of_every_table_arrives_as_it_was(origin: Path, target: str) -> None:
    told = await moved(origin, target)
    assert {table.name: table.rows for table in told} == {
        table.name: ROWS for table in metadata.sorted_tables if table is not item_words
    }
    for table in metadata.sorted_tables:
        if table is item_words:
            continue
        old = [row for row in await held(f"sqlite:{origin}", table) if row[0] not in (MOVED_TO, schema.OLDEST)]
        new = [row for row in await held(target, table) if row[0] != schema.OLDEST]
        kinds = [getattr(column.type, "impl", column.type) for column in table.columns]
        assert sorted(map(repr, new)) == sorted(
            repr(
                tuple(
                    datetime.fromisoformat(cell).replace(tzinfo=UTC)
                    if isinstance(kind, DateTime) and cell is not None
                    else bool(cell)
                    if isinstance(kind, Boolean) and cell is not None
                    else cell
                    for cell, kind in zip(row, kinds, strict=True)
                )
            )
            for row in old
        ), table.name


@pytest.mark.parametrize("apart", [23, pytest.param(1, marks=pytest.mark.night)])
async def test_a_move_broken_off_after_a_piece_goes_on_and_ends_equal(origin: Path, target: str, apart: int) -> None:
    class Off(Exception):  # noqa: N818  # not an error of anything
        pass

    pieces: set[tuple[str, str, int]] = set()

    def off(now: MoveProgress) -> None:
        if (at := (now.doing, now.table, now.rows)) not in pieces:
            pieces.add(at)
            if len(pieces) % apart == 0:
                raise Off

    broken = 0
    while True:
        try:
            told = await moved(origin, target, tell=off)
            break
        except Off:
            broken += 1
            with pytest.raises(StoreError, match="a move into it was broken off"):
                await Store.open(target)
    assert broken == len(pieces) // apart > 3
    assert [table.rows for table in told] == [ROWS] * len(told)


async def test_the_bot_goes_on_there_and_no_number_is_given_twice(origin: Path, target: str) -> None:
    await moved(origin, target)
    store = await Store.open(target)
    try:
        assert await store.fact(MOVED_TO) is None
        assert await store.use_words("1")  # the archive's index is made anew there
    finally:
        await store.close()
    engines = connect(target, password=None, busy_timeout=BUSY)
    try:
        async with engines.write() as connection:
            next_up = await connection.exec_driver_sql("SELECT nextval(pg_get_serial_sequence('deliveries', 'sequence'))")
            assert next_up.scalar_one() == 778
            following = await connection.exec_driver_sql("SELECT nextval(pg_get_serial_sequence('items', 'arrival'))")
            assert following.scalar_one() == ROWS + 1
    finally:
        await engines.close()


async def test_the_old_database_is_marked_and_the_mark_can_be_taken_away(origin: Path, target: str) -> None:
    await moved(origin, target)
    store = await Store.open(f"sqlite:{origin}")
    assert "2026-03-10 12:00 UTC" in str(await store.fact(MOVED_TO))
    await store.close()
    assert await unmark(f"sqlite:{origin}", busy_timeout=BUSY)
    assert not await unmark(f"sqlite:{origin}", busy_timeout=BUSY)


async def test_a_word_changed_on_the_old_side_meanwhile_is_found_out(origin: Path, target: str) -> None:
    def meddle(now: MoveProgress) -> None:
        if now == MoveProgress("copied", "stories", ROWS):
            with contextlib.closing(sqlite3.connect(origin)) as connection, connection:
                connection.execute("UPDATE stories SET version = version + 1 WHERE title = 'plain'")

    with pytest.raises(StoreError, match=r"stories has 5 rows in .* and 5 in .*, which differ in what they say"):
        await moved(origin, target, tell=meddle)
    with pytest.raises(StoreError, match="broken off"):
        await Store.open(target)


async def test_a_row_lost_on_the_new_side_is_found_out(origin: Path, target: str, postgresql_server: Any) -> None:
    name = target.split("?", maxsplit=1)[0].rsplit("/", 1)[1]

    def meddle(now: MoveProgress) -> None:
        if now == MoveProgress("copied", "audit", ROWS):
            postgresql_server.execute("DELETE FROM facts WHERE value = 'plain'", name)

    with pytest.raises(StoreError, match=r"facts has 5 rows in .* and 4 in "):
        await moved(origin, target, tell=meddle)


async def test_a_target_that_holds_data_is_left_as_it_is(origin: Path, target: str) -> None:
    store = await Store.open(target)
    await store.keep_fact("mine", "1")
    await store.close()
    with pytest.raises(StoreError, match=r"already holds data of a Watchlamp \(table facts\)"):
        await moved(origin, target)


async def test_a_target_that_is_no_postgresql_is_refused(origin: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="A move leads into PostgreSQL"):
        await moved(origin, f"sqlite:{tmp_path / 'other.db'}")
    assert not (tmp_path / "other.db").exists()


async def test_an_old_database_of_an_older_schema_is_upgraded_first(tmp_path: Path, target: str) -> None:
    engines = connect(f"sqlite:{tmp_path / 'old.db'}", password=None, busy_timeout=BUSY)
    await schema.upgrade(engines, target="0009")
    await engines.close()
    with pytest.raises(StoreError, match=r"has the schema 0009 and this program moves only .*`watchlamp db upgrade` prepares it"):
        await moved(tmp_path / "old.db", target)
    store = await Store.open(target)  # nothing was begun there
    await store.close()


@pytest.mark.slow
@pytest.mark.parametrize("longest", [1200, pytest.param(600, marks=[pytest.mark.night, pytest.mark.timeout(600)])])
async def test_a_move_that_is_killed_again_and_again_ends_equal(origin: Path, target: str, longest: int) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, PROGRAM, origin, target, str(longest)],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    *lives, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert last["status"] == 0, done.stderr
    assert len(lives) > 1
    assert [one for one in lives if not one["refused"]] == []
    store = await Store.open(target)
    await store.close()
    for table in metadata.sorted_tables:
        if table is not item_words:
            assert len([row for row in await held(target, table) if row[0] != schema.OLDEST]) == ROWS, table.name


async def test_every_index_and_rule_is_there_afterwards_as_it_was_made(origin: Path, target: str, postgresql_server: Any) -> None:
    asked = (
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL"
        " SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace::regnamespace ="
        " 'public'::regnamespace ORDER BY 1"
    )
    fresh = postgresql_server.create()
    await (await Store.open(postgresql_server.url(fresh))).close()
    await moved(origin, target)
    with psycopg.connect(target) as new, psycopg.connect(postgresql_server.url(fresh)) as other:
        assert new.execute(asked).fetchall() == other.execute(asked).fetchall()
    postgresql_server.drop(fresh)


async def test_rows_that_break_a_rule_of_the_tables_are_told_as_damage(origin: Path, target: str) -> None:
    with contextlib.closing(sqlite3.connect(origin)) as connection, connection:
        connection.execute("UPDATE memberships SET story_id = 'none' WHERE story_id IS NOT NULL")
    with pytest.raises(StoreError, match="rows of table memberships break a rule that the old database should have kept"):
        await moved(origin, target)
    with pytest.raises(StoreError, match="broken off"):
        await Store.open(target)
