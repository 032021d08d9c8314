"""An older schema is copied before it is changed; whatever happens on the way, the old is there or the new, and the copy."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import StoreError
from bot.store import schema
from bot.store.backup import KEPT_BEFORE_UPGRADES, before_upgrade
from bot.store.engine import connect

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
OLDER = schema.REVISIONS[-2]


@pytest.fixture(scope="module")
def older_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the release before, with a word in it."""
    path = tmp_path_factory.mktemp("older") / "watchlamp.db"

    async def make() -> None:
        engines = connect(f"sqlite:{path}", password=None, busy_timeout=timedelta(seconds=10))
        await schema.upgrade(engines, target=OLDER)
        await engines.close()

    asyncio.run(make())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO facts VALUES ('word', 'old')")
    return path


@pytest.fixture
def older(older_file: Path, tmp_path: Path) -> Path:
    """That database for one test."""
    return Path(shutil.copyfile(older_file, tmp_path / "watchlamp.db"))


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchone()[0])


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.schema-*"))


def test_db_upgrade_keeps_the_database_as_it_was_and_says_where(watchlamp: Callable[..., Any], config: Path, older: Path) -> None:
    ended = watchlamp("db", "upgrade", "-c", config)
    (copy,) = copies(older)
    assert (ended.status, revision(older), revision(copy)) == (0, schema.HEAD, OLDER), ended.err
    assert f"{copy.name}.\n" in ended.out
    again = watchlamp("db", "upgrade", "-c", config)
    assert (again.status, copies(older), "As it was" in again.out) == (0, [copy], False)


def test_run_keeps_the_database_as_it_was_before_it_upgrades(watchlamp: Callable[..., Any], config: Path, older: Path) -> None:
    ended = watchlamp("run", "--once", "-c", config)
    (copy,) = copies(older)
    assert (ended.status, revision(older), revision(copy)) == (0, schema.HEAD, OLDER), ended.err
    assert "as it was before is kept" in ended.err


def test_a_dry_run_upgrades_its_scratch_copy_alone(watchlamp: Callable[..., Any], config: Path, older: Path) -> None:
    assert watchlamp("run", "--once", "--dry-run", "-c", config).status == 0
    assert (revision(older), copies(older)) == (OLDER, [])


def test_a_database_of_a_newer_program_is_refused_with_a_sentence_and_left_as_it_is(
    watchlamp: Callable[..., Any], config: Path, database: Path
) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'")
    before = database.read_bytes()
    for verb in (("run", "--once"), ("db", "upgrade")):
        ended = watchlamp(*verb, "-c", config)
        assert ended.status == 1
        assert "has the schema 9999; this program knows up to" in ended.err
    assert (database.read_bytes() == before, copies(database)) == (True, [])


def test_without_room_for_the_copy_nothing_is_upgraded(
    watchlamp: Callable[..., Any], config: Path, older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(older.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type(usage)(usage.total, usage.total, 0))
    ended = watchlamp("run", "--once", "-c", config)
    assert ended.status == 1
    assert "has to be upgraded" in ended.err
    assert "There is no room for the copy" in ended.err
    assert (revision(older), copies(older)) == (OLDER, [])


def test_of_the_copies_before_upgrades_the_newest_stay(older: Path) -> None:
    for hours in range(KEPT_BEFORE_UPGRADES + 2):
        before_upgrade(older, NOON + timedelta(hours=hours))
    assert [path.name for path in copies(older)] == [f"watchlamp.db.schema-{OLDER}-20260310T{hour}0000Z" for hour in (14, 15, 16)]


def test_what_needs_no_upgrade_or_is_not_ours_is_not_copied(database: Path, tmp_path: Path) -> None:
    assert before_upgrade(database, NOON) is None
    assert before_upgrade(tmp_path / "none.db", NOON) is None
    (tmp_path / "text.db").write_text("words " * 100)
    assert before_upgrade(tmp_path / "text.db", NOON) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["text.db", "watchlamp.db"]


def test_a_damaged_database_of_an_older_schema_is_not_upgraded(older: Path) -> None:
    with closing(sqlite3.connect(older)) as connection, connection:
        connection.executemany("INSERT INTO facts VALUES (?, ?)", [(f"fact {number}", "word " * 100) for number in range(400)])
    size = older.stat().st_size
    with older.open("r+b") as file:
        file.seek(size - size // 3)
        file.write(b"\xa5" * (size // 4))
    with pytest.raises(StoreError, match=r"damaged.*left as it is"):
        before_upgrade(older, NOON)
    assert (revision(older), copies(older)) == (OLDER, [])
