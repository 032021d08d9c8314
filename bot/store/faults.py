"""What a driver's error means to the person who runs the bot: the one place where it becomes a StoreError sentence.

Promises: trouble an operator can act on (busy, full, read-only, refused, damaged) becomes a sentence without secrets;
everything else, a mistake in this program, passes through unchanged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from bot.core.errors import StoreError

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
    "40": "The database {where} broke off this work in favour of another program's. Nothing was written; try again.",
    "42501": "The database {where} does not give this user the rights it needs ({detail}).",
    "53100": "There is no room left for the database {where}. Nothing was written; free some space on the server's disk.",
    "53": "The server of the database {where} is short of resources ({detail}). Nothing was written; try again.",
    "55P03": "The database {where} is in use by another program and did not become free in time. Nothing was written; try again.",
    "57P": "The server of the database {where} is starting or stopping ({detail}). Nothing was written; try again.",
    "58": "The server of the database {where} reports an error of its disk or system ({detail}).",
    "XX001": "The database {where} is damaged ({detail}). Restore a backup.",
    "XX002": "The database {where} is damaged ({detail}). Restore a backup.",
}


def sentence(error: BaseException, where: str) -> str | None:
    """What ``error``, as a driver raised it, means for the database ``where``; None if no operator can do anything about it."""
    if isinstance(error, sqlite3.Error):
        # Errors that the driver found without asking SQLite carry no code: they are this program's mistakes.
        code = getattr(error, "sqlite_errorcode", None)
        template = None if code is None else _SQLITE.get(code & 0xFF)
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
def told(where: str) -> Iterator[None]:
    """Turn drivers' errors about the database ``where`` into StoreErrors.

    Raises:
        StoreError: an operator can act on it.
    """
    try:
        yield
    except exc.TimeoutError as error:
        raise StoreError(
            f"The database {where} is busy: no connection became free in time. Nothing was written; try again."
        ) from error
    except (exc.DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        text = None if cause is None else sentence(cause, where)
        if text is None:
            raise
        raise StoreError(text) from error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
