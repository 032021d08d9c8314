"""What a test sees of a bot that runs on its own event loop. Loaded by its path.

Promises: nobody here waits for a lock of the database. The bot that holds it could not let go meanwhile: a test that waits for it
stops the loop on which it works.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 60.0
"""Seconds after which something that should happen is called missing. Nothing is measured against it."""


async def until(done: Callable[[], Any], what: str, bot: asyncio.Task[int] | None = None) -> Any:
    """What ``done`` tells as soon as it is something; a bot that failed meanwhile raises its own error."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not (told := _seen(done)):
                if bot is not None and bot.done():
                    raise AssertionError(f"the bot ended ({bot.result()}) before {what}")
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{what} did not happen") from None
    return told


def query(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the bot's database.

    Raises:
        sqlite3.OperationalError: it is locked just now (``until`` looks again), or has no such table yet.
    """
    with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=0)) as connection:
        return connection.execute(sql).fetchall()


def _seen(done: Callable[[], Any]) -> Any:
    """A database that is locked, as while the bot switches it to WAL, has not shown anything yet."""
    try:
        return done()
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        return None
