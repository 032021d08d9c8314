"""A copy of the database: whole, private, taken while it is written to, and never half there."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import StoreError, UserInputError
from bot.store.backup import back_up
from bot.store.revisions import HEAD

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def words(path: Path, query: str = "SELECT value FROM facts WHERE name = 'word'") -> list[Any]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return [row[0] for row in connection.execute(query)]


def keep(path: Path, word: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT OR REPLACE INTO facts VALUES ('word', ?)", (word,))


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_copy_is_whole_private_and_one_file(database: Path, tmp_path: Path) -> None:
    keep(database, "kept")
    made = back_up(database, tmp_path / "copy.db", NOON)
    assert (made.path, made.revision, made.size) == (tmp_path / "copy.db", HEAD, (tmp_path / "copy.db").stat().st_size)
    assert words(made.path) == ["kept"]
    assert words(made.path, "PRAGMA integrity_check") == ["ok"]
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert listing(tmp_path) == ["copy.db", "watchlamp.db"]


def test_a_copy_taken_while_another_program_writes_holds_whole_transactions_alone(database: Path, tmp_path: Path) -> None:
    done = threading.Event()
    begun = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as connection:
            number = 0
            while not done.is_set():
                number += 1
                connection.execute("BEGIN IMMEDIATE")
                for name in ("left", "right"):
                    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, str(number) * 500))
                connection.execute("COMMIT")
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(30)
        copies = [back_up(database, tmp_path / f"copy{number}.db", NOON).path for number in range(5)]
    finally:
        done.set()
        writer.join()
    for copy in copies:
        assert len(set(words(copy, "SELECT value FROM facts WHERE name IN ('left', 'right')"))) == 1


def test_what_stands_only_in_the_log_is_in_the_copy(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database)) as writer:  # it stays open, so that the log stays
        with writer:
            writer.execute("INSERT OR REPLACE INTO facts VALUES ('word', 'committed')")
        assert Path(f"{database}-wal").stat().st_size
        assert words(back_up(database, tmp_path / "copy.db", NOON).path) == ["committed"]


def test_a_copy_in_a_folder_is_named_by_the_time_and_only_so_many_stay(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    strangers = ["watchlamp-notes.db", "other-20260310T120000Z.db", "watchlamp-20260310T120000Z.db.txt"]
    for name in strangers:
        (folder / name).write_text("mine")
    made = [back_up(database, folder, NOON + timedelta(days=day), keep=3) for day in range(5)]
    assert [one.path.name for one in made[-3:]] == [f"watchlamp-202603{day}T120000Z.db" for day in (12, 13, 14)]
    assert [path.name for one in made for path in one.removed] == ["watchlamp-20260310T120000Z.db", "watchlamp-20260311T120000Z.db"]
    assert listing(folder) == sorted([*strangers, *(one.path.name for one in made[-3:])])


def test_a_copy_is_never_the_one_that_goes_however_the_clock_was_wrong_before(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    for day in (1, 2, 3):
        back_up(database, folder, datetime(2099, 1, day, tzinfo=UTC))
    made = back_up(database, folder, NOON, keep=2)
    assert listing(folder) == ["watchlamp-20260310T120000Z.db", "watchlamp-20990103T000000Z.db"]
    assert made.path == folder / "watchlamp-20260310T120000Z.db"
    assert back_up(database, folder, NOON + timedelta(days=1), keep=1).removed
    assert listing(folder) == ["watchlamp-20260311T120000Z.db"]


def test_a_file_that_is_there_is_replaced_only_if_that_is_said_and_only_by_a_whole_copy(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(UserInputError, match=r"there already.*--force"):
        back_up(database, target, NOON)
    keep(database, "new")
    assert target.read_text() == "precious"
    assert words(back_up(database, target, NOON, replace=True).path) == ["new"]


def test_a_link_that_points_at_the_database_is_not_followed(database: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").symlink_to(database)
    with pytest.raises(UserInputError, match="belongs to the database itself"):
        back_up(database, tmp_path / "copy.db", NOON, replace=True)
    elsewhere = tmp_path / "precious"
    elsewhere.write_text("precious")
    (tmp_path / "other.db").symlink_to(elsewhere)
    with pytest.raises(UserInputError, match="there already"):
        back_up(database, tmp_path / "other.db", NOON)
    back_up(database, tmp_path / "other.db", NOON, replace=True)
    assert (elsewhere.read_text(), (tmp_path / "other.db").is_symlink()) == ("precious", False)


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("watchlamp.db", "belongs to the database itself"),
        ("watchlamp.db-wal", "belongs to the database itself"),
        ("watchlamp.db-run.lock", "belongs to the database itself"),
        ("../{name}/watchlamp.db", "belongs to the database itself"),
        ("nowhere/copy.db", "There is no folder"),
    ],
)
def test_a_target_that_cannot_be_meant_is_told_in_a_sentence(database: Path, tmp_path: Path, target: str, sentence: str) -> None:
    before = database.read_bytes()
    with pytest.raises(UserInputError, match=sentence):
        back_up(database, tmp_path / target.format(name=tmp_path.name), NOON, replace=True)
    assert database.read_bytes() == before
    assert listing(tmp_path) == ["watchlamp.db"]


def test_there_is_nothing_to_copy_where_there_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="There is no database"):
        back_up(tmp_path / "watchlamp.db", tmp_path / "copy.db", NOON)
    assert listing(tmp_path) == []


def test_to_keep_so_many_takes_a_folder(database: Path, tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="--keep counts the copies in a folder"):
        back_up(database, tmp_path / "copy.db", NOON, keep=3)


def test_a_database_of_another_program_is_not_copied(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    text = tmp_path / "text.db"
    text.write_text("words " * 1000)
    for path in (other, text):
        with pytest.raises(UserInputError, match="no database of Watchlamp"):
            back_up(path, tmp_path / "copy.db", NOON)
    assert listing(tmp_path) == ["other.db", "text.db"]


def test_a_damaged_database_gives_no_copy(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany("INSERT INTO facts VALUES (?, ?)", [(f"fact {number}", "word " * 100) for number in range(400)])
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(size - size // 3)
        file.write(b"\xa5" * (size // 4))
    (tmp_path / "copy.db").write_text("the last good one")
    with pytest.raises(StoreError, match="damaged"):
        back_up(database, tmp_path / "copy.db", NOON, replace=True)
    assert (tmp_path / "copy.db").read_text() == "the last good one"
    assert listing(tmp_path) == ["copy.db", "watchlamp.db"]


def test_room_is_looked_for_before_anything_is_written(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type(usage)(usage.total, usage.total, 1_050_000))
    with pytest.raises(StoreError, match=r"no room for the copy in .*: it needs .* and 1\.1 MB are free"):
        back_up(database, tmp_path / "copy.db", NOON)
    assert listing(tmp_path) == ["watchlamp.db"]


LIMITED = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.core.errors import StoreError
from bot.store.backup import back_up
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    back_up(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC), replace=True)
except StoreError as error:
    print(error)
"""


def test_a_disk_that_fills_up_meanwhile_leaves_the_copy_before_as_it_was(database: Path, tmp_path: Path) -> None:
    """A limit on the size of files says the same to SQLite as a full disk: the write fails halfway."""
    target = tmp_path / "copy.db"
    target.write_text("the last good one")
    done = subprocess.run([sys.executable, "-c", LIMITED, database, target], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(("There is no room left", "The disk under", "The copy"))
    assert target.read_text() == "the last good one"
    assert [name for name in listing(tmp_path) if not name.startswith("watchlamp.db")] == ["copy.db"]


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.store import backup
backup._put_in_place = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
backup.back_up(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC))
"""


def test_a_copy_that_was_killed_has_no_name_and_is_cleared_away_a_day_later(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    done = subprocess.run([sys.executable, "-c", KILLED, database, folder], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = folder.iterdir()
    assert left.name.startswith(".watchlamp-")
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    stranger = folder / ".notes.part"
    stranger.write_text("mine")
    now = datetime.fromtimestamp(left.stat().st_mtime, UTC)
    back_up(database, folder, now + timedelta(hours=23))
    assert left.exists()
    back_up(database, folder, now + timedelta(hours=25))
    assert (left.exists(), stranger.exists()) == (False, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told_in_a_sentence(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with pytest.raises(StoreError, match="cannot be written"):
        back_up(database, folder, NOON)


# ---------------------------------------------------------------- the verb


def test_the_verb_says_where_how_large_and_what_is_not_in_it(
    watchlamp: Callable[..., Any], config: Path, database: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    ended = watchlamp("backup", folder, "-c", config)
    (made,) = folder.iterdir()
    assert ended.status == 0, ended.err
    assert str(made) in ended.out
    assert " MB, checked" in ended.out
    assert "Not in it: the configuration and the tokens." in ended.out
    assert watchlamp("backup", made, "-c", config).status == 2
    again = watchlamp("backup", made, "-c", config, "--force")
    assert again.status == 0
    assert words(made, "PRAGMA integrity_check") == ["ok"]


def test_the_verb_works_beside_a_bot_that_runs(watchlamp: Callable[..., Any], config: Path, database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT OR REPLACE INTO facts VALUES ('word', 'not yet')")
        assert watchlamp("backup", tmp_path / "copy.db", "-c", config).status == 0
        writer.execute("ROLLBACK")
    assert words(tmp_path / "copy.db") == []
