"""A copy put back: proven first, swapped in one step, the replaced one kept, and every channel held."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.core.deliveries import Action, DeliveryState
from bot.core.messages import StoryMessage
from bot.core.outbox import AlertBatch, NewDelivery
from bot.core.reasons import Reason
from bot.core.restored import FACT, HOLD, Restored
from bot.store import backup, schema
from bot.store.database import Store
from bot.store.instance import only_run

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
T = TypeVar("T")


def within(path: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    async def run() -> T:
        store = await Store.open(f"sqlite:{path}", migrate=False)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def post(path: Path, number: int, at: datetime = NOON) -> None:
    """Write a delivery that waits."""
    row = NewDelivery(
        id=f"d{number}",
        workspace_id="file",
        channel_id="team",
        action=Action.POST,
        state=DeliveryState.PENDING,
        reason=Reason.NEW_STORY,
        message=StoryMessage(f"s{number}", "Headline", None, None, (), None, None),
        story_id=f"s{number}",
        story_ids=(),
        not_before=at,
    )
    within(path, lambda store: store.commit_alert(AlertBatch((), (), (row,), (), (), at)))


def waiting(path: Path) -> list[str]:
    return [row.id for row in within(path, lambda store: store.pending("team"))]


@pytest.fixture
def copy(database: Path, tmp_path: Path) -> Path:
    """A copy that knows of one delivery; the database knows of two."""
    post(database, 1)
    made = backup.back_up(database, tmp_path / "copy.db", NOON).path
    post(database, 2, NOON + timedelta(hours=1))
    return made


def replaced(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.replaced-*"))


def test_a_copy_takes_the_place_of_the_database_which_is_kept(
    watchlamp: Callable[..., Any], config: Path, database: Path, copy: Path
) -> None:
    before = copy.read_bytes()
    ended = watchlamp("restore", copy, "-c", config)
    (kept,) = replaced(database)
    assert ended.status == 0, ended.err
    assert "The database is as it was at 2026-03-10T12:00:00Z." in ended.out
    assert kept.name in ended.out
    assert (waiting(database), waiting(kept)) == (["d1"], ["d1", "d2"])
    assert copy.read_bytes() == before
    assert sorted(path.name for path in database.parent.iterdir() if path.name.startswith(".")) == []


def test_a_restored_database_is_held_in_every_channel_it_knows_and_remembers_since_when(
    watchlamp: Callable[..., Any], config: Path, database: Path, copy: Path
) -> None:
    assert watchlamp("restore", copy, "-c", config).status == 0
    restored = Restored.from_json(str(within(database, lambda store: store.fact(FACT))))
    assert restored.since == NOON
    assert restored.at > NOON
    (hold,) = within(database, lambda store: store.holds_standing())
    assert (hold.id, hold.channel_id, hold.member, hold.until) == (HOLD, "team", "operator", None)
    claimed = within(database, lambda store: store.claim_next("team", now=datetime.now(UTC), lease=timedelta(minutes=1), token="t"))
    assert claimed is None


def test_the_database_that_was_replaced_is_whole_with_what_stood_only_in_its_log(
    watchlamp: Callable[..., Any], config: Path, database: Path, copy: Path, tmp_path: Path
) -> None:
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    with closing(sqlite3.connect(database)) as writer:
        with writer:
            writer.execute("INSERT OR REPLACE INTO facts VALUES ('word', 'late')")
        for ending in ("", "-wal"):
            shutil.copyfile(f"{database}{ending}", crashed / f"watchlamp.db{ending}")
    for ending in ("", "-wal"):
        shutil.copyfile(crashed / f"watchlamp.db{ending}", f"{database}{ending}")
    assert watchlamp("restore", copy, "-c", config).status == 0
    (kept,) = [path for path in replaced(database) if not path.name.endswith(("-wal", "-shm"))]
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT value FROM facts WHERE name = 'word'").fetchall() == [("late",)]
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT value FROM facts WHERE name = 'word'").fetchall() == []


def test_a_damaged_database_is_moved_away_and_replaced(
    watchlamp: Callable[..., Any], config: Path, database: Path, copy: Path
) -> None:
    database.write_bytes(b"\xa5" * 8192)
    ended = watchlamp("restore", copy, "-c", config)
    assert ended.status == 0, ended.err
    assert waiting(database) == ["d1"]
    assert [path.read_bytes() for path in replaced(database)] == [b"\xa5" * 8192]


@pytest.mark.parametrize("there", [True, False])
def test_a_log_that_is_left_never_lies_beside_another_database(
    database: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    """As after a crash with a file that SQLite cannot open: its log must not be read into the copy."""
    monkeypatch.setattr(backup, "_settle_log", lambda _: None)
    Path(f"{database}-wal").write_bytes(b"frames of another database")
    if not there:
        database.unlink()
    backup.put_back(copy, database, NOON)
    assert [path.name for path in replaced(database)] == ["watchlamp.db.replaced-20260310T120000Z"] * there + [
        "watchlamp.db.replaced-20260310T120000Z-wal"
    ]
    assert not Path(f"{database}-wal").exists()
    assert waiting(database) == ["d1"]


@pytest.mark.parametrize("there", [True, False])
def test_who_restores_as_root_leaves_the_database_to_the_user_of_the_bot(
    database: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    given: list[tuple[Path, int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, user, group: given.append((path, user, group)))
    database.chmod(0o640)
    if not there:
        database.unlink()
    like = (database if there else database.parent).stat()
    backup.put_back(copy, database, NOON)
    assert given == [(copy, like.st_uid, like.st_gid)]
    assert stat.S_IMODE(database.stat().st_mode) == (0o640 if there else 0o600)


@pytest.mark.parametrize("verb", ["copy", "restore"])
def test_where_a_file_can_have_one_name_alone_it_is_renamed(
    database: Path, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    if verb == "copy":
        assert waiting(backup.back_up(database, tmp_path / "other.db", NOON).path) == ["d1", "d2"]
        return
    kept = backup.put_back(copy, database, NOON)
    assert kept is not None
    assert (waiting(database), waiting(kept)) == (["d1"], ["d1", "d2"])


def test_a_copy_is_put_back_where_there_is_no_database(
    watchlamp: Callable[..., Any], config: Path, database: Path, copy: Path
) -> None:
    database.unlink()
    ended = watchlamp("restore", copy, "-c", config)
    assert ended.status == 0, ended.err
    assert (waiting(database), replaced(database), "is kept as" in ended.out) == (["d1"], [], False)


def test_a_copy_of_an_older_schema_is_upgraded_and_itself_left_as_it_is(
    watchlamp: Callable[..., Any], config: Path, tmp_path: Path
) -> None:
    from bot.store.engine import connect  # noqa: PLC0415

    older = tmp_path / "older.db"

    async def make() -> None:
        engines = connect(f"sqlite:{older}", password=None, busy_timeout=timedelta(seconds=10))
        await schema.upgrade(engines, target=schema.REVISIONS[-2])
        await engines.close()

    asyncio.run(make())
    before = older.read_bytes()
    ended = watchlamp("restore", older, "-c", config)
    assert ended.status == 0, ended.err
    assert within(tmp_path / "watchlamp.db", lambda store: store.current_revision()) == schema.HEAD
    assert older.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nothing.db", "There is no file"),
        ("folder", "is a folder"),
        ("text.db", "no database of Watchlamp"),
        ("recipes.db", "no database of Watchlamp"),
        ("newer.db", "A newer version of Watchlamp made it"),
        ("watchlamp.db", "is the database itself"),
        ("link.db", "is the database itself"),
    ],
)
def test_what_is_no_copy_of_ours_is_refused_and_nothing_changes(
    watchlamp: Callable[..., Any], config: Path, database: Path, tmp_path: Path, name: str, sentence: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.db").write_text("words " * 1000)
    (tmp_path / "link.db").symlink_to(database)
    with closing(sqlite3.connect(tmp_path / "recipes.db")) as connection, connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    shutil.copyfile(database, tmp_path / "newer.db")
    with closing(sqlite3.connect(tmp_path / "newer.db")) as connection, connection:
        connection.execute(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'")
    before, there = database.read_bytes(), sorted(tmp_path.iterdir())
    ended = watchlamp("restore", tmp_path / name, "-c", config)
    assert ended.status == 2
    assert sentence in ended.err
    assert database.read_bytes() == before
    assert [path for path in sorted(tmp_path.iterdir()) if not path.name.endswith("-run.lock")] == there


def test_a_damaged_copy_is_refused_and_nothing_changes(
    watchlamp: Callable[..., Any], config: Path, database: Path, copy: Path
) -> None:
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.executemany("INSERT INTO facts VALUES (?, ?)", [(f"fact {number}", "word " * 100) for number in range(400)])
    size = copy.stat().st_size
    with copy.open("r+b") as file:
        file.seek(size - size // 3)
        file.write(b"\xa5" * (size // 4))
    ended = watchlamp("restore", copy, "-c", config)
    assert (ended.status, "is damaged" in ended.err) == (1, True)
    assert (waiting(database), replaced(database)) == (["d1", "d2"], [])


def test_a_database_that_a_run_holds_is_not_replaced(
    watchlamp: Callable[..., Any], config: Path, database: Path, copy: Path
) -> None:
    with only_run(f"sqlite:{config.parent / '../watchlamp.db'}"):
        ended = watchlamp("restore", copy, "-c", config)
    assert (ended.status, "Another `watchlamp run` uses the database" in ended.err) == (2, True)
    assert (waiting(database), replaced(database)) == (["d1", "d2"], [])


def test_a_database_that_another_program_reads_is_not_replaced(
    watchlamp: Callable[..., Any], config: Path, database: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "LOG_PATIENCE", 0.1)
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM facts").fetchone()
        post(database, 3)
        ended = watchlamp("restore", copy, "-c", config)
        reader.execute("ROLLBACK")
    assert (ended.status, "Another program uses the database" in ended.err) == (1, True)
    assert (waiting(database), replaced(database)) == (["d1", "d2", "d3"], [])


def test_a_database_that_another_program_keeps_for_itself_is_not_replaced(
    watchlamp: Callable[..., Any], config: Path, database: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "LOG_PATIENCE", 0.1)
    with closing(sqlite3.connect(database, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("INSERT OR REPLACE INTO facts VALUES ('word', 'mine')")
        ended = watchlamp("restore", copy, "-c", config)
        assert (ended.status, "Another program uses the database" in ended.err) == (1, True)
    assert replaced(database) == []
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT value FROM facts WHERE name = 'word'").fetchall() == [("mine",)]


def test_a_copy_is_put_where_the_link_leads_that_the_configuration_names(
    watchlamp: Callable[..., Any], config: Path, database: Path, copy: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    database.rename(disk / "lamp.db")
    database.symlink_to(disk / "lamp.db")
    assert watchlamp("restore", copy, "-c", config).status == 0
    assert database.is_symlink()
    assert database.resolve() == (disk / "lamp.db").resolve()
    assert [path.name.partition(".replaced-")[0] for path in sorted(disk.iterdir())] == ["lamp.db", "lamp.db-run.lock", "lamp.db"]
    assert waiting(disk / "lamp.db") == ["d1"]


def test_without_room_for_the_copy_nothing_changes(
    watchlamp: Callable[..., Any], config: Path, database: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(database.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type(usage)(usage.total, usage.total, 0))
    ended = watchlamp("restore", copy, "-c", config)
    assert (ended.status, "There is no room for the copy" in ended.err) == (1, True)
    assert (waiting(database), replaced(database)) == (["d1", "d2"], [])


def test_a_database_put_back_by_other_means_is_held_in_place(
    watchlamp: Callable[..., Any], config: Path, database: Path, copy: Path
) -> None:
    assert watchlamp("restore", "--in-place", "-c", config).status == 0
    restored = Restored.from_json(str(within(database, lambda store: store.fact(FACT))))
    assert restored.since == NOON + timedelta(hours=1)
    assert (waiting(database), replaced(database)) == (["d1", "d2"], [])
    database.unlink()
    missing = watchlamp("restore", "--in-place", "-c", config)
    assert (missing.status, "There is no database" in missing.err) == (2, True)


@pytest.mark.parametrize("arguments", [(), ("copy.db", "--in-place")])
def test_either_a_copy_is_named_or_the_database_is_there(
    watchlamp: Callable[..., Any], config: Path, arguments: tuple[str, ...]
) -> None:
    ended = watchlamp("restore", *arguments, "-c", config)
    assert (ended.status, "Name the copy to put back" in ended.err) == (2, True)
