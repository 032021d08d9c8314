"""What a driver's error means to the person who runs the bot: the one place where it becomes a StoreError sentence.

Promises: trouble an operator can act on (busy, full, read-only, refused, damaged) becomes a sentence without secrets;
everything else, a mistake in this program, passes through unchanged. What is wrong is remembered until something was written
again; after a disk that lost what it was told to keep, nothing is written any more.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from bot.core.errors import BusyError, StoreError

# SQLite's primary result codes: https://www.sqlite.org/rescode.html (2026-11).
_SQLITE = {
    sqlite3.SQLITE_BUSY: "The database {where} is in use by another program and did not become free in time. Nothing was written; "
    "stop the other program or try again.",
    sqlite3.SQLITE_LOCKED: "The database {where} is in use by another connection and did not become free in time. Nothing was "
    "written; try again.",
    sqlite3.SQLITE_PERM: "The database {where} may not be opened. Give this user the right to read and write the file.",
    sqlite3.SQLITE_READONLY: "The database {where} cannot be written. Give this user the right to write the file and its folder.",
    sqlite3.SQLITE_IOERR: "The disk under the database {where} reports an error ({detail}). Nothing was written; "
    "look after the disk before going on.",
    sqlite3.SQLITE_CORRUPT: "The database {where} is damaged ({detail}). Keep a copy of it and restore a backup.",
    sqlite3.SQLITE_FULL: "There is no room left for the database {where}. Nothing was written; free some space on its disk.",
    sqlite3.SQLITE_CANTOPEN: "The database {where} cannot be opened. Its folder must exist, and this user "
    "must be able to write there.",
    sqlite3.SQLITE_NOTADB: "{where} is not a SQLite database. It was left as it is; name another file in database.url.",
}

# PostgreSQL's error codes, by code or by class of two letters: https://www.postgresql.org/docs/18/errcodes-appendix.html
_POSTGRESQL = {
    "08": "The connection to the database {where} broke ({detail}). Try again; look whether the server runs.",
    "25006": "The database {where} takes no writes at present: the server is a standby or read-only. Nothing was written.",
    "25P03": "The database {where} ended a transaction in which this program was silent for too long: its process, or its machine, "
    "stood still. Nothing was written; try again.",
    "40": "The database {where} broke off this work in favour of another program's. Nothing was written; try again.",
    "42501": "The database {where} does not give this user the rights it needs ({detail}).",
    "53100": "There is no room left for the database {where}. Nothing was written; free some space on the server's disk.",
    "53": "The server of the database {where} is short of resources ({detail}). Nothing was written; try again.",
    "55P03": "The database {where} is in use by another program and did not become free in time. Nothing was written; try again.",
    "57014": "The database {where} broke off what took too long, or what its administrator stopped ({detail}). Nothing was "
    "written; try again.",
    "57P": "The server of the database {where} is starting or stopping ({detail}). Nothing was written; try again.",
    "58": "The server of the database {where} reports an error of its disk or system ({detail}).",
    "XX001": "The database {where} is damaged ({detail}). Restore a backup.",
    "XX002": "The database {where} is damaged ({detail}). Restore a backup.",
}

_NO_INDEX = sqlite3.SQLITE_IOERR_SHMSIZE
"""The file beside the database (-shm) that indexes its log could not grow. At a start on a full disk that is what fails first, and
SQLite calls it an input/output error whatever the system said (unixShmMap in os_unix.c), so the disk may as well be broken."""
_NO_INDEX_SENTENCE = (
    "There is no room left for the database {where}, or its disk reports an error: the file {where}-shm could not grow ({detail}). "
    "Nothing was written; free some space on its disk, and if there is some, look after the disk."
)

_LOST = frozenset({sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC})
"""The disk did not keep what it was told to keep. Linux then marks the pages as written, so that a second try would succeed and
lie (https://lwn.net/Articles/752063/): only reading the file anew, which is a new process, tells what is there."""
_LOST_SENTENCE = (
    "The disk under the database {where} did not keep what was written ({detail}). That transaction was taken back, and the "
    "program ends, because what the system remembers of the file cannot be trusted any more. Look after the disk; the next "
    "start reads what is there."
)


class DatabaseHealth:
    """How a database is, as whoever used it last found it. In memory, so that it can be asked at any time.

    Attributes:
        trouble: what is wrong, as a sentence; empty if nothing is known to be.
        full: there was no room. Small writes may still find some, so only who looks for room says that there is (``has_room``).
        broken: set for good when the disk lost what it was told to keep; then ``trouble`` says so.
    """

    def __init__(self) -> None:
        self.trouble = ""
        self.full = False
        self.broken = asyncio.Event()

    def worked(self) -> None:
        """Something was written."""
        if not self.full and not self.broken.is_set():
            self.trouble = ""

    def failed(self, told: str, *, full: bool = False) -> None:
        """Somebody could not read or write, or waits for it for longer than usual."""
        if not self.broken.is_set():
            self.trouble = told
            self.full = self.full or full

    def has_room(self) -> None:
        """Somebody looked, and there seems to be room: whether it works, the next who writes will say."""
        self.full = False

    def lost(self, told: str) -> None:
        """What was written is not there."""
        self.failed(told)
        self.broken.set()

    def require_whole(self) -> None:
        """Refuse to write after a loss.

        Raises:
            StoreError: there was one.
        """
        if self.broken.is_set():
            raise StoreError(self.trouble)


def is_busy(error: BaseException) -> bool:
    """Whether the database only says that another connection writes: the same may be tried again."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or getattr(error, "sqlstate", None) == "55P03"


def is_passing(error: StoreError) -> bool:
    """Whether trouble that was told comes of other connections alone, so that the same may be tried again from the beginning."""
    cause = getattr(error.__cause__, "orig", None)
    return isinstance(error, BusyError) or str(getattr(cause, "sqlstate", None) or "").startswith("40")


def _is_full(error: BaseException) -> bool:
    return getattr(error, "sqlite_errorcode", 0) in (sqlite3.SQLITE_FULL, _NO_INDEX) or getattr(error, "sqlstate", None) == "53100"


def _is_loss(error: BaseException) -> bool:
    return getattr(error, "sqlite_errorcode", 0) in _LOST


def sentence(error: BaseException, where: str) -> str | None:
    """What ``error``, as a driver raised it, means for the database ``where``; None if no operator can do anything about it."""
    if isinstance(error, sqlite3.Error):
        # Errors that the driver found without asking SQLite carry no code: they are this program's mistakes.
        code = getattr(error, "sqlite_errorcode", None)
        whole = {_NO_INDEX: _NO_INDEX_SENTENCE, **dict.fromkeys(_LOST, _LOST_SENTENCE)}
        template = None if code is None else whole.get(code) or _SQLITE.get(code & 0xFF)
    else:
        state = getattr(error, "sqlstate", None)
        if state is not None:
            template = next((_POSTGRESQL[state[:size]] for size in (5, 3, 2) if state[:size] in _POSTGRESQL), None)
        elif type(error).__name__ in {"OperationalError", "ConnectionTimeout"}:
            # libpq gives no code for a connection that never came about, only a text.
            template = (
                "The database {where} cannot be reached ({detail}). See that the server runs, that database.url names the right "
                "host, user and database, and that PGPASSWORD is set if it asks for a password."
            )
        else:
            template = None
    return None if template is None else template.format(where=where, detail=_first_line(error))


@contextmanager
def told(where: str, health: DatabaseHealth | None = None) -> Iterator[None]:
    """Turn drivers' errors about the database ``where`` into StoreErrors, and remember them in ``health``.

    Raises:
        StoreError: an operator can act on it.
    """
    try:
        yield
    except exc.TimeoutError as error:
        text = f"The database {where} is busy: no connection became free in time. Nothing was written; try again."
        if health is not None:
            health.failed(text)
        raise StoreError(text) from error
    except (exc.DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        said = None if cause is None else sentence(cause, where)
        if cause is None or said is None:
            raise
        if health is not None and _is_loss(cause):
            health.lost(said)
        elif health is not None:
            health.failed(said, full=_is_full(cause))
        raise (BusyError if is_busy(cause) else StoreError)(said) from error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
