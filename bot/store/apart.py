"""A SQLite database brought to this program's schema by a process of its own, whose memory ends with it.

Migrations take Alembic, a template language and another database's dialect: nine megabytes that Python never gives back, for half a
second of work once in a version. Promises: what fails here is done and told by who opens the database next (``schema.upgrade``),
which looks for itself; a child that is broken off leaves the old schema or the new, and none outlives its parent. Imports nothing
heavy at the top: a child may make a database while its parent is still being imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

Child = subprocess.Popen[bytes]

PATIENCE = timedelta(seconds=10)
"""How long a child waits for another program to leave the database; who opens it next has patience of its own."""


ALONE = 3
"""Exit status of a child whose parent is gone."""


@contextlib.contextmanager
def beginning(url: str) -> Iterator[Child | None]:
    """Let a child make a database that is not there, before anything else is ready; None for every other database.

    There is nothing to be kept before, and nobody who could hold it. A child that is at work in the end is broken off.

    Args:
        url: ``database.url``.
    """
    name = url.removeprefix("sqlite:")
    child = None if name in (url, ":memory:") or os.path.lexists(name) else _start(Path(name))
    try:
        yield child
    finally:
        if child is not None:
            _end(child)


async def upgrade_apart(path: Path, stop: asyncio.Event, begun: Child | None = None) -> bool:
    """Bring a database to this program's schema, in a child; one that needs nothing, or cannot be judged, is left alone.

    The caller holds the database.

    Args:
        path: the file, which need not exist.
        stop: the work is broken off once this is set.
        begun: a child that is at work on it.

    Returns:
        Whether a child did it.
    """
    if begun is None and await asyncio.to_thread(_is_due, path):
        begun = _start(path)
    if begun is None:
        return False
    work = asyncio.create_task(asyncio.to_thread(begun.wait))
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        begun.kill()
        await asyncio.shield(work)
        _end(begun)
    return begun.returncode == 0


def _start(path: Path) -> Child | None:
    if not sys.executable:
        return None
    # -P: the working directory must not be able to shadow a module. What goes wrong is said by who opens the database next.
    command = [sys.executable, "-P", "-m", "bot.store.apart", str(path)]
    nothing = subprocess.DEVNULL
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=nothing, stderr=nothing)  # noqa: S603  # this very program
    except OSError:  # no room for another process
        return None


def _end(child: Child) -> None:
    child.kill()
    child.wait()
    if child.stdin is not None:
        child.stdin.close()


def _is_due(path: Path) -> bool:
    from bot.store.backup import known_revision  # noqa: PLC0415  # see above
    from bot.store.schema import is_current  # noqa: PLC0415

    if not path.exists():
        return True
    if not path.is_file():
        return False
    revision = known_revision(path)
    return path.stat().st_size == 0 if revision is None else not is_current(revision)


async def _upgrade(path: Path) -> None:
    from bot.store import schema  # noqa: PLC0415  # see above
    from bot.store.engine import SQLITE, connect  # noqa: PLC0415

    engines = connect(f"{SQLITE}{path}", password=None, busy_timeout=PATIENCE)
    try:
        await schema.inspect_file(path)
        await schema.upgrade(engines)
    finally:
        await engines.close()


def _end_with_parent() -> None:
    """The pipe ends with whoever holds its other end, however that one ends."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(ALONE)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(_upgrade(Path(sys.argv[1])))
