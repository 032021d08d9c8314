"""A SQLite database brought to this program's schema by a process of its own, whose memory ends with it.

Migrations take Alembic, a template language and another database's dialect: nine megabytes that Python never gives back, for half a
second of work once in a version. Promises: what fails here is done and told by who opens the database next (``schema.upgrade``),
which looks for itself; a child that is broken off leaves the old schema or the new. The caller holds the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from datetime import timedelta
from pathlib import Path

from bot.store import schema
from bot.store.backup import known_revision
from bot.store.engine import SQLITE, connect

PATIENCE = timedelta(seconds=10)
"""How long a child waits for another program to leave the database; who opens it next has patience of its own."""


async def upgrade_apart(path: Path, stop: asyncio.Event) -> bool:
    """Bring a database to this program's schema, in a child; one that needs nothing, or cannot be judged, is left alone.

    Args:
        path: the file, which need not exist.
        stop: the work is broken off once this is set.

    Returns:
        Whether a child did it.
    """
    if not sys.executable or not await asyncio.to_thread(_is_due, path):
        return False
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the working directory must not be able to shadow a module
            "-m",
            __name__,
            str(path),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,  # it is said by who opens the database next
        )
    except OSError:  # no room for another process
        return False
    work = asyncio.create_task(child.wait())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        if not work.done():
            with contextlib.suppress(ProcessLookupError):
                child.kill()
        await asyncio.shield(work)
    return child.returncode == 0


def _is_due(path: Path) -> bool:
    if not path.exists():
        return True
    if not path.is_file():
        return False
    revision = known_revision(path)
    return path.stat().st_size == 0 if revision is None else not schema.is_current(revision)


async def _upgrade(path: Path) -> None:
    engines = connect(f"{SQLITE}{path}", password=None, busy_timeout=PATIENCE)
    try:
        await schema.inspect_file(path)
        await schema.upgrade(engines)
    finally:
        await engines.close()


if __name__ == "__main__":
    asyncio.run(_upgrade(Path(sys.argv[1])))
