"""Which process may use a database."""

from __future__ import annotations

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
