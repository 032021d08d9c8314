"""A database is brought to its schema by a process of its own, and by whoever opens it if that cannot be."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.apart import ALONE, _upgrade, beginning, upgrade_apart
from bot.store.backup import known_revision
from bot.store.database import Store
from bot.store.revisions import HEAD


async def test_a_new_database_is_made_by_a_child_and_a_current_one_needs_none(tmp_path: Path) -> None:
    database = tmp_path / "new #1.db"
    assert await upgrade_apart(database, asyncio.Event())
    assert known_revision(database) == HEAD
    assert not await upgrade_apart(database, asyncio.Event())
    store = await Store.open(f"sqlite:{database}", migrate=False)
    try:
        assert await store.current_revision() == HEAD
    finally:
        await store.close()


async def test_a_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    database = tmp_path / "foreign.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE theirs (id)")
        connection.commit()
    before = database.read_bytes()
    assert not await upgrade_apart(database, asyncio.Event())
    assert not await upgrade_apart(tmp_path, asyncio.Event())
    assert database.read_bytes() == before


async def test_a_child_that_is_broken_off_leaves_a_database_that_the_next_start_can_make(tmp_path: Path) -> None:
    stop = asyncio.Event()
    stop.set()
    assert not await upgrade_apart(tmp_path / "broken.db", stop)
    store = await Store.open(f"sqlite:{tmp_path / 'broken.db'}")
    try:
        assert await store.current_revision() == HEAD
    finally:
        await store.close()


@pytest.mark.parametrize("program", ["", "missing"])
async def test_where_no_process_can_be_started_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(sys, "executable", program and str(tmp_path / program))
    assert not await upgrade_apart(tmp_path / "alone.db", asyncio.Event())
    assert not (tmp_path / "alone.db").exists()


async def test_a_new_database_may_be_begun_before_its_owner_is_ready(tmp_path: Path) -> None:
    database = tmp_path / "early.db"
    with beginning(f"sqlite:{database}") as child:
        assert child is not None
        assert await upgrade_apart(database, asyncio.Event(), child)
    assert known_revision(database) == HEAD


def test_a_database_that_is_begun_for_nobody_is_broken_off(tmp_path: Path) -> None:
    with beginning(f"sqlite:{tmp_path / 'begun.db'}") as child:
        assert child is not None
    assert child.returncode is not None


def test_only_a_file_that_is_not_there_is_begun(tmp_path: Path) -> None:
    (tmp_path / "there.db").touch()
    for url in (f"sqlite:{tmp_path / 'there.db'}", "sqlite::memory:", "postgresql://somebody@nowhere/name"):
        with beginning(url) as child:
            assert child is None


async def test_what_the_child_does_is_what_an_opening_does(tmp_path: Path) -> None:
    await _upgrade(tmp_path / "made.db")
    await (await Store.open(f"sqlite:{tmp_path / 'opened.db'}")).close()
    made, opened = (_shape(tmp_path / name) for name in ("made.db", "opened.db"))
    assert made == opened


def _shape(database: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()


def test_a_child_does_not_outlive_whoever_began_it(tmp_path: Path) -> None:
    database = tmp_path / "held.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")  # so that it has to wait
        child = subprocess.Popen([sys.executable, "-P", "-m", "bot.store.apart", str(database)], stdin=subprocess.PIPE)
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(60) == ALONE
    assert known_revision(database) is None
