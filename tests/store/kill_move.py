"""A program that moves a database and is killed (SIGKILL) again and again, until one of its lives sees the end.

A life ends before or after a statement, before a commit or after it, or before a block of rows leaves; at the Nth such moment,
with N drawn from a seed. Prints one JSON line a life: after how many moments it died, and whether the target was refused to
everybody else, or nothing had been begun there. Each life is a fork, so that the imports are paid for once.

Usage: kill_move.py SQLITE_FILE POSTGRESQL_URL LONGEST_LIFE
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import alembic.command  # noqa: F401  # paid for here instead of in every fork
import psycopg
from sqlalchemy import Engine, Pool, event

from bot.core.errors import StoreError
from bot.store.database import Store
from bot.store.move import move
from bot.store.schema import VERSION_TABLE

BUSY = timedelta(seconds=10)


def life(origin: str, target: str, moments: int | None) -> int:
    """Move in a child that dies after so many moments; returns its wait status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    passed = iter(range(1_000_000))

    def step(*_: Any) -> None:
        if next(passed) == moments:
            os.kill(os.getpid(), signal.SIGKILL)

    write = psycopg.AsyncCopy.write

    async def written(self: Any, block: Any) -> None:
        step()
        await write(self, block)

    psycopg.AsyncCopy.write = written  # type: ignore[method-assign]
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, step)
    event.listen(Pool, "checkin", step)  # the first thing after a commit
    try:
        now = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
        asyncio.run(move(origin, target, password=None, now=now, tell=lambda _: None, busy_timeout=BUSY, piece=2))
    except BaseException as error:  # noqa: BLE001  # a child must end here, whatever happens in it
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(1)
    os._exit(0)


def refused(target: str) -> bool:
    """Whether nobody else can take the target for a database, unless it is as empty as before."""
    with psycopg.connect(target) as connection:
        if connection.execute("SELECT to_regclass(%s)", [VERSION_TABLE]).fetchone() == (None,):
            return True
        if connection.execute("SELECT to_regclass('watchlamp_moving')").fetchone() == (None,):
            return connection.execute("SELECT count(*) FROM items").fetchone() == (0,)

    async def opened() -> bool:
        try:
            await (await Store.open(target)).close()
        except StoreError as error:
            return "a move into it was broken off" in str(error)
        return False

    child = os.fork()  # no thread of an event loop may be inherited by the lives to come
    if child:
        return os.waitpid(child, 0)[1] == 0
    os._exit(0 if asyncio.run(opened()) else 1)


def main() -> None:
    """Live until one life sees the end."""
    origin, target, longest = f"sqlite:{sys.argv[1]}", sys.argv[2], int(sys.argv[3])
    chance = random.Random(7)
    status = signal.SIGKILL.value
    while status == signal.SIGKILL:
        moments = chance.randrange(longest)
        status = life(origin, target, moments)
        line = {"moments": moments, "status": status, "refused": status != 0 and refused(target)}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


main()
