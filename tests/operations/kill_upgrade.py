"""A program that upgrades a database of an older release again and again and is killed (SIGKILL) at one point after another.

A point is: before a statement, after it, before a commit, after it, and every step of the copy that is made before. Prints one JSON
line a point: whether the process was killed there, whether the schema was old, new or between afterwards, how many whole copies lie
beside the database, and what a normal start then made of it. Ends at the first run that reaches its end.

Usage: kill_upgrade.py DATABASE STEP
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import alembic.command  # noqa: F401  # paid for here instead of in every fork
from sqlalchemy import Engine, Pool, event

from bot.store import backup, schema
from bot.store.database import Store
from bot.store.tables import metadata


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def state(path: Path, old: tuple[str, set[str]]) -> str:
    """Old, new, or between; a database whose rows were lost is between."""
    with closing(sqlite3.connect(path)) as connection:
        (revision,) = connection.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchone()
        sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (rows,) = connection.execute("SELECT count(*) FROM items").fetchone()
    if not sound or not rows:
        return "between"
    if (revision, tables(path)) == old:
        return "old"
    return "new" if revision == schema.HEAD and set(metadata.tables) <= tables(path) else "between"


def fork(path: Path, point: int | None) -> int:
    """Start as ``run`` does, in a child, with a mine at its Nth point; returns its wait status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    passed = iter(range(1_000_000))

    def step(*_: Any, **__: Any) -> None:
        if next(passed) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def mined(name: str) -> None:
        whole = getattr(backup, name)

        def stepped(*arguments: Any, **named: Any) -> Any:
            step()
            result = whole(*arguments, **named)
            step()
            return result

        setattr(backup, name, stepped)

    for name in ("_remove_left_overs", "_require_room", "_copy", "_put_in_place", "_thin_out"):
        mined(name)
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, step)
    event.listen(Pool, "checkin", step)  # the first thing after a commit

    async def start() -> None:
        backup.before_upgrade(path, datetime.now(UTC))
        await (await Store.open(f"sqlite:{path}")).close()

    try:
        asyncio.run(start())
    except BaseException as error:  # noqa: BLE001  # a child must end here, whatever happens in it
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(1)
    os._exit(0)


def copies(path: Path, old: tuple[str, set[str]]) -> int:
    found = path.parent.glob(f"{path.name}.schema-*")
    return sum(state(copy, old) == "old" for copy in found if not copy.name.endswith(("-wal", "-shm", "-journal")))


def main() -> None:
    """Walk through the points."""
    original, wide = Path(sys.argv[1]), int(sys.argv[2])
    with closing(sqlite3.connect(original)) as connection:
        old = (str(connection.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchone()[0]), tables(original))
    folder = original.parent / "fire"
    point, status = 0, signal.SIGKILL.value
    while status == signal.SIGKILL:
        folder.mkdir()
        path = Path(shutil.copyfile(original, folder / "watchlamp.db"))
        status = fork(path, point)
        line = {"point": point, "status": status, "after": state(path, old), "copies": copies(path, old)}
        again = fork(path, None)
        sys.stdout.write(
            json.dumps({**line, "again": again, "finally": state(path, old), "copies_at_last": copies(path, old)}) + "\n"
        )
        shutil.rmtree(folder)
        point += wide


main()
