"""Which process may use a database: one `run` on one SQLite file, and a scratch copy for a dry run.

Promises: the original is never written by a dry run; a second `run` is refused with a sentence. On PostgreSQL the
leases of deliveries decide, so nothing is locked there.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import filelock

from bot.core.errors import UserInputError

SQLITE = "sqlite:"
MEMORY = ":memory:"


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite address, or None for PostgreSQL and for databases in memory."""
    if not url.startswith(SQLITE) or url.removeprefix(SQLITE) == MEMORY:
        return None
    return Path(url.removeprefix(SQLITE))


@contextlib.contextmanager
def only_run(url: str) -> Iterator[None]:
    """Hold the database for one `run`.

    Raises:
        UserInputError: another `run` holds it.
    """
    path = sqlite_path(url)
    if path is None:
        yield
        return
    # The lock is released by the system when the process ends, however it ends, so a crash leaves nothing to clean up.
    lock = filelock.FileLock(f"{path}-run.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise UserInputError(
            f"Another `watchlamp run` uses the database {path}. Stop it first, or give this one its own (database.url)."
        ) from error
    except OSError as error:
        raise UserInputError(
            f"The folder {path.parent} cannot be written ({error.strerror}); the database needs it (database.url)."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def scratch_copy(url: str) -> Iterator[str]:
    """The address of a copy of the database, which is deleted afterwards.

    Raises:
        UserInputError: the database is on PostgreSQL, which has no cheap copy.
    """
    path = sqlite_path(url)
    if path is None:
        raise UserInputError("--dry-run works on a copy of a SQLite database; this configuration uses another kind (database.url).")
    with tempfile.TemporaryDirectory(prefix="watchlamp-dry-run-") as folder:
        copy = Path(folder) / "copy.db"
        if path.exists():
            # SQLite's own backup: consistent although a `run` may be writing to the original.
            # Where nobody has it open, "immutable" keeps SQLite from leaving files of its own beside the original.
            open_elsewhere = path.with_name(f"{path.name}-wal").exists()
            how = "mode=ro" if open_elsewhere else "mode=ro&immutable=1"
            original = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)
            with contextlib.closing(original), contextlib.closing(sqlite3.connect(copy)) as target:
                original.backup(target)
        yield f"{SQLITE}{copy}"
