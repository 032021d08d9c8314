"""A program that migrates a database again and again and is killed (SIGKILL) at one point after another.

A point is: before a statement, after it, before a commit, after it. Prints one JSON line a point: whether the process was killed
there, whether the schema was old, new or between afterwards, and what a normal open then made of it. Ends at the first
run that reaches its end. Each run is a fork, so that the imports are paid for once.

Usage: kill_migration.py first|next URL STEP [FOLDER]
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Coroutine
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import alembic.command  # noqa: F401  # paid for here instead of in every fork
import psycopg
from sqlalchemy import Engine, Pool, event

from bot.store import schema
from bot.store.database import Store
from bot.store.engine import connect
from bot.store.tables import metadata


class Target:
    """The database under fire, looked at without the store."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.path = Path(url.removeprefix("sqlite:")) if url.startswith("sqlite:") else None

    def rows(self, statement: str) -> list[Any]:
        if self.path is not None:
            with closing(sqlite3.connect(self.path)) as connection:
                return connection.execute(statement).fetchall()
        with psycopg.connect(self.url) as connection:
            return connection.execute(statement).fetchall()

    def empty(self) -> None:
        if self.path is not None:
            for suffix in ("", "-wal", "-shm", "-journal"):
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)
            return
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def tables(self) -> set[str]:
        if self.path is not None:
            names = {name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
            parts = {name for name in names if name.startswith("item_words_")}  # what SQLite keeps a full-text table in
            return names - {"sqlite_sequence"} - parts
        return {name for (name,) in self.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")}

    def sound(self) -> bool:
        return self.path is None or self.rows("PRAGMA integrity_check") == [("ok",)]


def in_fork(work: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Run ``work`` in a child; returns its wait status."""
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(work())
        except BaseException as error:  # noqa: BLE001  # a child must end here, whatever happens in it
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def armed(work: Callable[[], Coroutine[Any, Any, None]], point: int) -> Callable[[], Coroutine[Any, Any, None]]:
    """``work`` with a mine at its Nth point."""
    passed = iter(range(1_000_000))

    def step(*_: Any) -> None:
        if next(passed) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    async def mined() -> None:
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, name, step)
        event.listen(Pool, "checkin", step)  # the first thing after a commit
        await work()

    return mined


def first(target: Target) -> tuple[Callable[[], None], Callable[[], Coroutine[Any, Any, None]], Callable[[], str]]:
    """From nothing to the newest schema."""

    async def migrate() -> None:
        await (await Store.open(target.url)).close()

    def state() -> str:
        tables = target.tables()
        if not tables:
            return "old"
        whole = tables == {*metadata.tables, schema.VERSION_TABLE} and target.rows("SELECT id FROM workspaces") == [("file",)]
        return "new" if whole else "between"

    return target.empty, migrate, state


def following(
    target: Target, folder: Path
) -> tuple[Callable[[], None], Callable[[], Coroutine[Any, Any, None]], Callable[[], str]]:
    """From the newest schema, with data, to one that comes after it."""

    def prepare() -> None:
        target.empty()

        async def make() -> None:
            store = await Store.open(target.url)
            await store.add_workspaces(["T1", "T2"])
            await store.close()

        assert in_fork(make) == 0

    async def migrate() -> None:
        engines = connect(target.url, password=None, busy_timeout=timedelta(seconds=10))
        await schema.upgrade(engines, folder=folder, target="9999")
        await engines.close()

    def state() -> str:
        revision = target.rows(f"SELECT version_num FROM {schema.VERSION_TABLE}")[0][0]
        tables = target.tables()
        names = [name for (name,) in target.rows("SELECT id FROM workspaces ORDER BY id")]
        if (revision, "teams" in tables, names) == (schema.HEAD, False, ["T1", "T2", "file"]):
            return "old"
        if revision == "9999" and target.rows("SELECT name FROM teams ORDER BY name") == [("T1",), ("T2",)] and names == ["file"]:
            return "new"
        return "between"

    return prepare, migrate, state


def main() -> None:
    """Walk through the points."""
    mode, url, step = sys.argv[1:4]
    target = Target(url)
    prepare, migrate, state = first(target) if mode == "first" else following(target, Path(sys.argv[4]))
    point, status = 0, signal.SIGKILL.value
    while status == signal.SIGKILL:
        prepare()
        status = in_fork(armed(migrate, point))
        after, sound = state(), target.sound()
        again = in_fork(migrate)
        line = {"point": point, "killed": status == signal.SIGKILL, "status": status, "after": after, "sound": sound}
        sys.stdout.write(json.dumps({**line, "again": again, "finally": state()}) + "\n")
        point += int(step)


main()
