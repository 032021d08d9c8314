"""Copies of a PostgreSQL database, by the server's own programs.

Promises: a dump gets its name only when it is whole; nobody but its owner can read it; the password is handed on by the environment
and stands on no command line. Never guesses: without ``pg_dump`` or ``pg_restore`` it says what to do instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text

from bot.core.errors import StoreError, UserInputError
from bot.store.backup import stamp
from bot.store.faults import told

FIRST_WORDS = 200
"""Characters of a program's complaint that are passed on."""


def dump(url: str, target: Path, now: datetime, *, replace: bool, environ: Mapping[str, str]) -> Path:
    """Write the whole database into a file, or into a folder under a name that tells the time.

    Args:
        url: of the database, without a password.
        target: a file that is not there, or a folder that is.
        now: names a dump in a folder.
        replace: a file that is there may be replaced.
        environ: for the program, the password in it.

    Raises:
        UserInputError: the target cannot be meant, or there is no ``pg_dump`` here.
        StoreError: it did not work out; the target is as it was.
    """
    name = make_url(url).database or "watchlamp"
    final = target / f"{name}-{stamp(now)}.dump" if target.is_dir() else target
    if not final.parent.is_dir():
        raise UserInputError(f"There is no folder {final.parent}. Make it first.")
    if final.exists() and not replace:
        raise UserInputError(f"{final} is there already. Name another file, or a folder, or replace it with --force.")
    try:
        descriptor, part = tempfile.mkstemp(prefix=f".{final.name}.", suffix=".part", dir=final.parent)
        os.close(descriptor)
    except OSError as error:
        raise StoreError(f"The copy {final} cannot be written ({error.strerror}).") from error
    try:
        _run("pg_dump", ["--format=custom", f"--file={part}", f"--dbname={_address(url)}"], environ)
        with Path(part).open("rb") as written:
            os.fsync(written.fileno())
        Path(part).replace(final)
    finally:
        Path(part).unlink(missing_ok=True)
    return final


def load(url: str, copy: Path, *, environ: Mapping[str, str]) -> None:
    """Put a dump in place of what the database holds, wholly or not at all.

    Raises:
        UserInputError: there is no ``pg_restore`` here.
        StoreError: it did not work out; the database is as it was.
    """
    once = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
    _run("pg_restore", [*once, f"--dbname={_address(url)}", str(copy.absolute())], environ)


def require_dump(copy: Path, *, environ: Mapping[str, str]) -> None:
    """See that a file is a dump of a database of ours.

    Raises:
        UserInputError: it is none, or there is no ``pg_restore`` here.
        StoreError: it cannot be read.
    """
    if not copy.is_file():
        raise UserInputError(f"There is no file {copy}.")
    if " alembic_version " not in _run("pg_restore", ["--list", str(copy.absolute())], environ):
        raise UserInputError(f"{copy} is no copy of a database of Watchlamp. Nothing was changed.")


def require_nobody(url: str, password: str | None) -> None:
    """See that no other program is connected to a database: what is put back under a running bot is lost.

    Raises:
        UserInputError: somebody is.
        StoreError: the server does not answer.
    """
    address = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(address if password is None else address.set(password=password), hide_parameters=True)
    others = (  # the server's own workers, such as autovacuum's, come and go and are nobody
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    try:
        with told(f"{address.database} on {address.host or 'this machine'}"), engine.connect() as connection:
            count = connection.execute(text(others)).scalar_one()
    finally:
        engine.dispose()
    if count:
        raise UserInputError(
            f"{count} other connections use the database {address.database}. Stop every bot first. Nothing was changed."
        )


def _address(url: str) -> str:
    """The database's address for a command line, which every user of the machine can read: without a password."""
    told = make_url(url)
    bare = URL.create(
        "postgresql", username=told.username, host=told.host, port=told.port, database=told.database, query=told.query
    )
    return bare.render_as_string(hide_password=False)


def _run(program: str, arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    found = shutil.which(program, path=environ.get("PATH"))
    if found is None:
        raise UserInputError(
            f"A PostgreSQL database is copied and put back by its own programs, and there is no {program} here. Install "
            "PostgreSQL's client programs, or use them where the server runs (docs/operations.md, Backups)."
        )
    done = subprocess.run(  # noqa: S603  # no shell reads it, and the program is PostgreSQL's own
        [found, *arguments], env=dict(environ), capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise StoreError(f"{program} could not do it: {lines[0][:FIRST_WORDS].rstrip('.')}. Nothing was changed.")
    return done.stdout
