"""Which process may use a database."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.errors import UserInputError
from bot.store.instance import only_run, scratch_copy, sqlite_path


def test_only_files_of_sqlite_have_a_path() -> None:
    assert sqlite_path("sqlite:/srv/bot.db") == Path("/srv/bot.db")
    assert sqlite_path("sqlite::memory:") is None
    assert sqlite_path("postgresql://bot@db.example/bot") is None


def test_a_file_is_held_by_one_run_at_a_time(tmp_path: Path) -> None:
    address = f"sqlite:{tmp_path / 'bot.db'}"
    with only_run(address):
        with pytest.raises(UserInputError, match="Another `watchlamp run`"), only_run(address):
            raise AssertionError
        with only_run(f"sqlite:{tmp_path / 'other.db'}"):
            pass
    with only_run(address):
        pass


def test_a_file_is_held_by_one_run_whichever_link_leads_to_it(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    link = tmp_path / "bot.db"
    link.symlink_to(tmp_path / "disk" / "bot.db")
    with only_run(f"sqlite:{link}"):
        with pytest.raises(UserInputError, match="Another `watchlamp run`"), only_run(f"sqlite:{tmp_path / 'disk' / 'bot.db'}"):
            raise AssertionError
        assert not link.with_name("bot.db-run.lock").exists()


@pytest.mark.parametrize("there", [True, False])
def test_who_holds_a_database_as_root_leaves_the_lock_to_the_user_of_the_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    given: list[tuple[Path, int, int, bool]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(
        os, "chown", lambda path, user, group, follow_symlinks: given.append((path, user, group, follow_symlinks)), raising=False
    )
    database = tmp_path / "bot.db"
    if there:
        database.touch()
    like = (database if there else tmp_path).stat()
    with only_run(f"sqlite:{database}"):
        pass
    assert given == [(Path(f"{tmp_path.resolve() / 'bot.db'}-run.lock"), like.st_uid, like.st_gid, False)]
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    with only_run(f"sqlite:{database}"):
        pass
    assert len(given) == 1


def test_a_lock_that_another_user_left_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "bot.db-run.lock").mkdir()  # cannot be opened, whoever asks
    with (
        pytest.raises(UserInputError, match=r"bot\.db-run\.lock cannot be opened .*chown"),
        only_run(f"sqlite:{tmp_path / 'bot.db'}"),
    ):
        raise AssertionError
    (tmp_path / "file").touch()
    with pytest.raises(UserInputError, match="cannot be written"), only_run(f"sqlite:{tmp_path / 'file' / 'bot.db'}"):
        raise AssertionError


def test_on_a_server_the_leases_decide_and_nothing_is_held() -> None:
    with only_run("postgresql://bot@db.example/bot"), only_run("postgresql://bot@db.example/bot"):
        pass


def test_a_copy_holds_what_a_living_writer_has_committed_and_is_gone_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("pragma journal_mode = wal")
        writer.execute("create table words (word text)")
        writer.execute("insert into words values ('committed')")
        with scratch_copy(f"sqlite:{path}") as address:
            copy = sqlite_path(address)
            assert copy is not None
            with closing(sqlite3.connect(copy, isolation_level=None)) as reader:
                assert reader.execute("select word from words").fetchall() == [("committed",)]
                reader.execute("delete from words")
        assert not copy.exists()
        assert writer.execute("select count(*) from words").fetchone() == (1,)
