"""``db move`` and ``db stay`` as typed: what they print, what they refuse, and what ``run`` says afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.store.instance import only_run

TOP = 'database = { url = "sqlite:bot.db" }\n[[channels]]\nid = "team"\nto = "console:team"\n'


@pytest.fixture
def target(postgresql_server: Any) -> Iterator[str]:
    name = postgresql_server.create()
    yield postgresql_server.url(name)
    postgresql_server.drop(name)


def test_a_database_is_moved_and_the_old_one_refuses_to_run_until_it_is_taken_back(
    watchlamp: Any, config: Any, target: str, tmp_path: Path
) -> None:
    path = config(TOP)
    assert watchlamp("run", "--once", "-c", path).status == 0
    moved = watchlamp("db", "move", target, "-c", path)
    assert (moved.status, moved.err) == (0, "")
    assert "workspaces: 1 rows, " in moved.out
    assert "tables are equal on both sides" in moved.out
    assert f'Next: write url = "{target}" under [database]' in moved.out
    refused = watchlamp("run", "--once", "-c", path)
    assert refused.status == 2
    assert "This database was moved to " in refused.err
    assert watchlamp("run", "--once", "-c", config(TOP.replace("sqlite:bot.db", target))).status == 0
    path = config(TOP)
    again = watchlamp("db", "move", target, "-c", path)
    assert again.status == 1
    assert "already holds data of a Watchlamp" in again.err
    assert watchlamp("db", "stay", "-c", path).out == "Bots may run on this database again.\n"
    assert watchlamp("db", "stay", "-c", path).out == "This database was not moved; nothing was changed.\n"
    assert watchlamp("run", "--once", "-c", path).status == 0


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("sqlite:other.db", "A move leads into PostgreSQL"),
        ("postgres://u@h/d", 'did you mean "postgresql://u@h/d"'),
        ("postgresql://u:canary@h/d", "put it into PGPASSWORD"),
        ("postgresql://u@h", "is not complete"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_before_anything_is_read(
    watchlamp: Any, config: Any, tmp_path: Path, address: str, sentence: str
) -> None:
    told = watchlamp("db", "move", address, "-c", config(TOP))
    assert (told.status, told.out) == (2, "")
    assert sentence in told.err
    assert "canary" not in told.err
    assert not (tmp_path / "bot.db").exists()


def test_what_cannot_be_moved_is_told(watchlamp: Any, config: Any, tmp_path: Path) -> None:
    path = config(TOP)
    assert "so there is nothing to move" in watchlamp("db", "move", "postgresql://u@h/d", "-c", path).err
    assert "names none that is there" in watchlamp("db", "stay", "-c", path).err
    assert watchlamp("db", "upgrade", "-c", path).status == 0
    with only_run(f"sqlite:{tmp_path / 'bot.db'}"):
        assert "Another `watchlamp run` uses the database" in watchlamp("db", "move", "postgresql://u@h/d", "-c", path).err
    path = config(TOP.replace("sqlite:bot.db", "postgresql://u@h/e"))
    assert "Only a SQLite database can be moved" in watchlamp("db", "move", "postgresql://u@h/d", "-c", path).err


def test_a_password_that_cannot_be_used_is_told_without_its_words(
    watchlamp: Any, config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "two canaries\nhere")
    told = watchlamp("db", "move", "postgresql://u@h/d", "-c", config(TOP))
    assert told.status == 2
    assert "PGPASSWORD" in told.err
    assert "canaries" not in told.err
