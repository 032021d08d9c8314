"""Which process may use a database: one `run` on one SQLite file, and a scratch copy for a dry run.

Promises: the original is never written by a dry run; a second `run` is refused with a sentence. On PostgreSQL the
leases of deliveries decide, so nothing is locked there.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import filelock
from sqlalchemy import make_url

from bot.core.errors import StoreError, UserInputError
from bot.store.engine import KEEPALIVE

SQLITE = "sqlite:"
MEMORY = ":memory:"


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite address, or None for PostgreSQL and for databases in memory."""
    if not url.startswith(SQLITE) or url.removeprefix(SQLITE) == MEMORY:
        return None
    return Path(url.removeprefix(SQLITE))


def where_it_leads(database: Path) -> Path:
    """The file itself, whichever links lead there; it need not exist."""
    return Path(os.path.realpath(database))


def run_lock(database: Path) -> Path:
    """The file by which one `run` holds a database: beside the file itself."""
    return Path(f"{where_it_leads(database)}-run.lock")


@contextlib.contextmanager
def only_run(url: str) -> Iterator[None]:
    """Hold the database for one `run`.

    Raises:
        UserInputError: another `run` holds it, or this user may not hold it.
    """
    path = sqlite_path(url)
    if path is None:
        yield
        return
    # The lock is released by the system when the process ends, however it ends, so a crash leaves nothing to clean up.
    name = run_lock(path)
    lock = filelock.FileLock(name)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise UserInputError(
            f"Another `watchlamp run` uses the database {path}. Stop it first, or give this one its own (database.url)."
        ) from error
    except OSError as error:
        if name.exists():
            raise UserInputError(
                f"The file {name} cannot be opened ({error.strerror}): another user has run Watchlamp on this database. Give that "
                "file, and the database, to the user that runs it (chown)."
            ) from error
        raise UserInputError(
            f"The folder {name.parent} cannot be written ({error.strerror}); the database needs it (database.url)."
        ) from error
    _leave_to_owner(name, path)
    try:
        yield
    finally:
        lock.release()


def _leave_to_owner(lock: Path, database: Path) -> None:
    """What root makes must not keep out the user of the bot: the lock belongs to whom the database belongs, or else the folder."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        like = (database if database.exists() else lock.parent).stat()
        os.chown(lock, like.st_uid, like.st_gid, follow_symlinks=False)


def conninfo(url: str, password: str | None) -> str:
    """The address of a PostgreSQL in the words of libpq, with its password.

    Raises:
        StoreError: the driver is not installed.
    """
    try:
        from psycopg.conninfo import make_conninfo  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise StoreError("PostgreSQL needs the driver psycopg: pip install 'watchlamp[postgresql]'.") from error
    address = make_url(url)
    given = {
        "host": address.host,
        "port": address.port,
        "user": address.username,
        "dbname": address.database,
        "password": password or address.password,
        "application_name": "watchlamp-jobs",
        **{name: str(value) for name, value in KEEPALIVE.items()},
        **{name: value if isinstance(value, str) else value[-1] for name, value in address.query.items()},
    }
    return make_conninfo("", **{name: value for name, value in given.items() if value is not None})


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
