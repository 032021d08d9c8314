"""A migration that says that it only expands does: of the schema before, nothing is taken, narrowed or locked up."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Connection, DateTime, Float, Integer, LargeBinary, MetaData, Table, create_engine, inspect, select

from bot.store import schema
from bot.store.engine import connect

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
NEVER_DELETED = "workspaces"
"""No program deletes rows of this table, so anything may point there."""


@dataclass(frozen=True)
class Shape:
    """One table as the database describes it; of a column, its type, whether NULL is allowed, and whether there is a default."""

    columns: Mapping[str, tuple[str, bool, bool]]
    rules: frozenset[str]
    indexes: frozenset[str]
    points: frozenset[tuple[str, str]]


def shapes(connection: Connection) -> dict[str, Shape]:
    """Every table but the full-text index, which each database has in its own way."""
    found = inspect(connection)
    return {
        name: Shape(
            {one["name"]: (str(one["type"]), bool(one["nullable"]), one["default"] is not None) for one in found.get_columns(name)},
            frozenset(
                [
                    f"primary key {sorted(found.get_pk_constraint(name)['constrained_columns'])}",
                    *(f"unique {sorted(one['column_names'])}" for one in found.get_unique_constraints(name)),
                    *(f"unique {sorted(map(str, one['column_names']))}" for one in found.get_indexes(name) if one["unique"]),
                    *(f"check {one['sqltext']}" for one in found.get_check_constraints(name)),
                    *(f"{one['constrained_columns']} to {one['referred_table']}" for one in found.get_foreign_keys(name)),
                ]
            ),
            frozenset(
                f"{one['name']} {one['column_names']}"
                + " of some rows" * any("_where" in key for key in one.get("dialect_options", ()))
                for one in found.get_indexes(name)
            ),
            frozenset(
                (one["referred_table"], str(one.get("options", {}).get("ondelete") or "")) for one in found.get_foreign_keys(name)
            ),
        )
        for name in found.get_table_names()
        if not name.startswith("item_words")
    }


def contractions(before: Mapping[str, Shape], after: Mapping[str, Shape]) -> list[str]:
    """Sentences about what a program that knows ``before`` would miss, or run into, on ``after``."""
    wrong = []
    for name, old in before.items():
        if (new := after.get(name)) is None:
            wrong.append(f"{name} is gone")
            continue
        for column, described in old.columns.items():
            if new.columns.get(column) != described:
                wrong.append(f"{name}.{column} was {described}, is {new.columns.get(column, 'gone')}")
        for column, (_, nullable, default) in new.columns.items():
            if column not in old.columns and not nullable and not default:
                wrong.append(f"{name}.{column} is new and has to be given")
        wrong += [f"{name} has another rule: {rule}" for rule in sorted(old.rules ^ new.rules)]
        wrong += [f"{name} lost an index: {index}" for index in sorted(old.indexes - new.indexes)]
        # writers wait while an index is made: of some rows, while the table is read once; of all, while they are sorted and written
        made = sorted(index for index in new.indexes - old.indexes if not index.endswith(" of some rows"))
        wrong += [f"{name} was there, and is locked while an index is made: {index}" for index in made]
    for name in after.keys() - before.keys():
        wrong += [
            f"{name} keeps rows of {pointed} from being deleted"
            for pointed, on_delete in sorted(after[name].points)
            if pointed in before and pointed != NEVER_DELETED and on_delete.upper() not in {"CASCADE", "SET NULL"}
        ]
    return wrong


def value(kind: Any, number: int) -> Any:
    """Something of a column's type; the same number gives the same, so that what points at it finds it."""
    for sort, given in (
        (Boolean, True),
        (Integer, number),
        (Float, float(number)),
        (LargeBinary, b"%d" % number),
        (DateTime, NOON + timedelta(days=number)),
    ):
        if isinstance(kind, sort):
            return given
    return f"x{number}"


def lives_on(connection: Connection, known: MetaData, number: int) -> None:
    """What a program that knows only these tables writes, reads, changes and deletes."""
    tables: list[Table] = [table for table in known.sorted_tables if not table.name.startswith("item_words")]
    for table in tables:
        connection.execute(table.insert().values({column.name: value(column.type, number) for column in table.columns}))
    for table in reversed(tables):
        mine = [column == value(column.type, number) for column in table.primary_key]
        (row,) = connection.execute(select(table).where(*mine)).mappings().all()
        assert set(row) == set(table.columns.keys())
        connection.execute(table.update().where(*mine).values(dict(row)))
        assert connection.execute(table.delete().where(*mine)).rowcount == 1


def scripts() -> list[Any]:
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    return list(reversed(list(ScriptDirectory.from_config(config).walk_revisions())))


@pytest.mark.durable
async def test_what_says_that_it_only_expands_leaves_an_older_program_everything_it_has(empty_database: Any) -> None:
    engines = connect(empty_database.url, password=None, busy_timeout=timedelta(seconds=10))

    def look(connection: Connection) -> tuple[dict[str, Shape], MetaData]:
        known = MetaData()
        known.reflect(connection, only=lambda name, _: name != schema.VERSION_TABLE and not name.startswith("item_words"))
        return shapes(connection), known

    expanding = 0
    try:
        before: dict[str, Shape] = {}
        known = MetaData()
        for number, script in enumerate(scripts(), 1):
            await schema.upgrade(engines, target=script.revision)
            async with engines.write() as connection:
                after, now_known = await connection.run_sync(look)
                if script.module.expands:
                    expanding += 1
                    assert contractions(before, after) == [], f"Migration {script.revision} says that it only expands"
                    await connection.run_sync(lives_on, known, number)
            before, known = after, now_known
    finally:
        await engines.close()
    assert expanding >= 8


FIRST = (
    "CREATE TABLE items (id TEXT PRIMARY KEY, title TEXT NOT NULL, size INTEGER); CREATE TABLE workspaces (id TEXT PRIMARY KEY);"
)


def described(path: Path, sql: str) -> dict[str, Shape]:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(sql)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connected:
        found = shapes(connected)
    engine.dispose()
    return found


@pytest.mark.parametrize(
    ("then", "sentence"),
    [
        ("DROP TABLE items", "items is gone"),
        ("ALTER TABLE items RENAME TO articles", "items is gone"),
        ("ALTER TABLE items DROP COLUMN size", "items.size was ('INTEGER', True, False), is gone"),
        ("ALTER TABLE items RENAME COLUMN size TO length", "items.size was ('INTEGER', True, False), is gone"),
        (
            "DROP TABLE items; CREATE TABLE items (id TEXT PRIMARY KEY, title TEXT NOT NULL, size INTEGER, colour TEXT NOT NULL)",
            "items.colour is new and has to be given",
        ),
        (
            "DROP TABLE items; CREATE TABLE items (id TEXT PRIMARY KEY, title TEXT NOT NULL, size INTEGER NOT NULL)",
            "items.size was ('INTEGER', True, False), is ('INTEGER', False, False)",
        ),
        (
            "DROP TABLE items; CREATE TABLE items (id TEXT PRIMARY KEY, title VARCHAR(9) NOT NULL, size INTEGER)",
            "items.title was ('TEXT', False, False), is ('VARCHAR(9)', False, False)",
        ),
        ("CREATE UNIQUE INDEX one ON items (title)", "items has another rule: unique ['title']"),
        ("CREATE INDEX one ON items (title)", "items was there, and is locked while an index is made: one ['title']"),
        ("CREATE TABLE notes (item_id TEXT REFERENCES items (id))", "notes keeps rows of items from being deleted"),
    ],
)
def test_what_takes_or_narrows_something_would_be_seen(tmp_path: Path, then: str, sentence: str) -> None:
    path = tmp_path / "one.db"
    assert sentence in contractions(described(path, FIRST), described(path, f"{FIRST} {then};"))


def test_what_only_adds_is_let_through(tmp_path: Path) -> None:
    then = """
        ALTER TABLE items ADD COLUMN colour TEXT; ALTER TABLE items ADD COLUMN weight TEXT NOT NULL DEFAULT '';
        CREATE TABLE notes (item_id TEXT, workspace_id TEXT REFERENCES workspaces (id),
            CONSTRAINT of_item FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE);
        CREATE UNIQUE INDEX one ON notes (item_id); CREATE INDEX large ON items (size) WHERE size > 1000;
    """
    path = tmp_path / "one.db"
    assert contractions(described(path, FIRST), described(path, FIRST + then)) == []
