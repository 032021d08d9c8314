"""Copies of a SQLite database: made while it is in use, checked before they count, kept private, put back whole.

Promises: a copy is one moment of the database and has passed SQLite's own check before it gets its name; a name is taken only by a
whole copy, whenever the process dies; nobody but its owner can read one; room is looked for before anything is written. What a
restored copy replaces is kept. Holds no tokens and no configuration: a database has none of the first and never the second. Never
asks what time it is and never deletes what it did not name itself.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.core.errors import StoreError, UserInputError
from bot.store.faults import is_busy, sentence
from bot.store.revisions import HEAD
from bot.store.schema import APPLICATION_ID, OLDEST, VERSION_TABLE, is_current, works_on

SPARE = 1_048_576
"""Bytes that stay free beside a copy: a disk filled to the last byte stops the bot whose database it is."""
KEPT_BEFORE_UPGRADES = 3
"""Copies made before upgrades that are kept: one for each of the last releases, as nobody goes back further in one step."""
LEFT_OVER = timedelta(days=1)
"""Age at which an unfinished copy is a dead process's: no copy takes so long."""
LOG_PATIENCE = 5.0
"""Seconds in which whoever reads a database that is to be replaced may end: no verb of ours reads for so long."""
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database (https://www.sqlite.org/tempfiles.html)."""

_STAMP = r"[0-9]{8}T[0-9]{6}Z"


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy that is there and whole.

    Attributes:
        size: in bytes.
        revision: the schema it has.
        removed: older copies in the same folder that made room for it.
    """

    path: Path
    size: int
    revision: str
    removed: tuple[Path, ...] = ()


def stamp(now: datetime) -> str:
    """An instant in a file's name: sorts by time, and every file system takes it."""
    return f"{now:%Y%m%dT%H%M%SZ}"


def back_up(database: Path, target: Path, now: datetime, *, replace: bool = False, keep: int | None = None) -> Copied:
    """Copy a database that may be in use into a file, or into a folder under a name that tells the time.

    Args:
        database: the file of the database.
        target: a file that is not there, or a folder that is.
        now: names a copy in a folder.
        replace: a file that is there may be replaced; it is, in one step, only once the new one is whole.
        keep: how many copies of this database stay in the folder, this one counted; None for all.

    Raises:
        UserInputError: there is nothing to copy, or the target cannot be meant.
        StoreError: no room, no right to write, or the copy does not pass SQLite's check. The target is as it was.
    """
    if not database.is_file():
        raise UserInputError(f"There is no database {database} yet; `watchlamp run` makes it. Nothing to copy.")
    if keep is not None and not target.is_dir():
        raise UserInputError(f"--keep counts the copies in a folder, and {target} is none. Name a folder that is there.")
    folder = target if target.is_dir() else target.parent
    name = f"{database.stem}-{stamp(now)}.db" if target.is_dir() else target.name
    final = folder / name
    _refuse_target(database, final, replace=replace)
    with _told(final):
        _remove_left_overs(folder, name, now)
        _require_room(database, folder)
        with _unfinished(final) as part:
            revision = _copy(database, part, _in_use(database))
            _put_in_place(part, final, replace=replace)
        removed = _thin_out(folder, rf"{re.escape(database.stem)}-{_STAMP}\.db", keep, final) if keep is not None else ()
        return Copied(final, final.stat().st_size, revision, removed)


def before_upgrade(database: Path, now: datetime) -> Copied | None:
    """Keep a copy beside a database that this program is about to bring to a newer schema; None if there is nothing to keep.

    A database that is foreign, newer or damaged is left to who opens it next, who says so.

    Raises:
        StoreError: there is no room for a copy, or it cannot be written. The database was not touched.
    """
    if not database.is_file() or (revision := known_revision(database)) is None or is_current(revision):
        return None
    final = database.with_name(f"{database.name}.schema-{revision}-{stamp(now)}")
    try:
        with _told(final):
            _remove_left_overs(final.parent, final.name, now)
            _require_room(database, final.parent)
            with _unfinished(final) as part:
                _copy(database, part, _in_use(database))
                _put_in_place(part, final, replace=True)  # of the same second and the same schema: a start that died at once
            _thin_out(final.parent, rf"{re.escape(database.name)}\.schema-[0-9]{{4}}-{_STAMP}", KEPT_BEFORE_UPGRADES, final)
            return Copied(final, final.stat().st_size, str(revision))
    except StoreError as error:
        raise StoreError(
            f"The database {database} has to be upgraded from schema {revision} to {HEAD}, and a copy is made before. {error} "
            "The database was left as it is."
        ) from error


@contextlib.contextmanager
def checked_copy(copy: Path, database: Path) -> Iterator[Path]:
    """A private duplicate of a copy beside the database it is to replace, proven whole; gone at the end if it is still there.

    Raises:
        UserInputError: there is no such file, it is no copy of ours, or it is the database itself.
        StoreError: it is damaged, or there is no room for it.
    """
    if copy.is_dir():
        raise UserInputError(f"{copy} is a folder; name the copy in it that is to be put back.")
    if not copy.is_file():
        raise UserInputError(f"There is no file {copy}.")
    if database.exists() and copy.samefile(database):
        raise UserInputError(f"{copy} is the database itself. Name a copy of it.")
    if database.is_dir():
        raise UserInputError(f"{database} is a folder; database.url has to name a file in it.")
    with _told(database):
        _require_room(copy, database.parent)
        with _unfinished(database) as part:
            _copy(copy, part, _at_rest(copy))
            yield part


def put_back(part: Path, database: Path, now: datetime) -> Path | None:
    """Let a whole copy take the place of the database; returns what the replaced one is called now, None if there was none.

    The caller holds the database for itself, and the copy lies beside it.

    Raises:
        StoreError: the folder cannot be written, or another program has the database open.
    """
    kept: Path | None = None
    with _told(database):
        _belong_as(part, database)
        if database.exists():
            kept = database.with_name(f"{database.name}.replaced-{stamp(now)}")
            _settle_log(database)
            if not _linked(database, kept):
                database.rename(kept)
        for ending in BESIDE:  # another database's log beside the copy would be read into it
            left = Path(f"{database}{ending}")
            if left.exists():
                left.rename(f"{kept or database.with_name(f'{database.name}.replaced-{stamp(now)}')}{ending}")
        part.replace(database)
        _sync(database.parent)
    return kept


def at_rest(database: Path) -> None:
    """Bring a database that nobody else has open into one file, on the disk.

    Raises:
        StoreError: it cannot be written.
    """
    with _told(database):
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        with database.open("rb") as written:
            os.fsync(written.fileno())


def require_ours(database: Path, *, with_log: bool = True) -> str:
    """The schema of a file of ours.

    Raises:
        UserInputError: it is no database of Watchlamp, or of a version so new that this one cannot work on it.
    """
    told = None
    with closing(_at_rest(database, with_log=with_log)) as connection:
        try:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            rows = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall()  # noqa: S608  # a constant
        except sqlite3.DatabaseError:
            application, rows = 0, []
        with contextlib.suppress(sqlite3.DatabaseError):  # a damaged one is found out by who copies it
            told = connection.execute("SELECT value FROM facts WHERE name = ?", (OLDEST,)).fetchone()
    if application != APPLICATION_ID or not rows:
        raise UserInputError(f"{database} is no database of Watchlamp, so it is no copy of one. Nothing was changed.")
    if not works_on(revision := str(rows[0][0]), told and str(told[0])):
        raise UserInputError(
            f"{database} has the schema {revision}; this program knows up to {HEAD}. A newer version of Watchlamp made it: use "
            "that version. Nothing was changed."
        )
    return revision


# ---------------------------------------------------------------- the steps


def _refuse_target(database: Path, final: Path, *, replace: bool) -> None:
    own = {database.resolve(), *(Path(f"{database.resolve()}{ending}") for ending in (*BESIDE, "-run.lock"))}
    if final.parent.resolve() / final.name in own or (final.exists() and final.resolve() in own):
        raise UserInputError(f"{final} belongs to the database itself. Name another file, or a folder.")
    if not final.parent.is_dir():
        raise UserInputError(f"There is no folder {final.parent}. Make it first.")
    if final.is_dir():
        raise UserInputError(f"{final} is a folder.")
    if (final.exists() or final.is_symlink()) and not replace:
        raise UserInputError(f"{final} is there already. Name another file, or a folder, or replace it with --force.")


def known_revision(database: Path) -> str | None:
    """The schema as the file alone tells it, None if it is foreign or damaged; nothing is written.

    What a log says besides it costs at most a needless copy, or a needless look.
    """
    try:
        return require_ours(database, with_log=False)
    except (UserInputError, sqlite3.Error):
        return None


def _require_room(database: Path, folder: Path) -> None:
    """Raise StoreError unless a copy of the database fits into a folder, with its write-ahead log and some room to spare."""
    size = sum(part.stat().st_size for part in (database, Path(f"{database}-wal")) if part.exists())
    free = shutil.disk_usage(folder).free
    if free < size + SPARE:
        raise StoreError(
            f"There is no room for the copy in {folder}: it needs {told_size(size + SPARE)} and {told_size(free)} are free. "
            "Free some space, or name a folder on another disk."
        )


def told_size(size: int) -> str:
    """Bytes in words for people."""
    return f"{size / 1_000_000:,.1f} MB" if size >= 100_000 else f"{size / 1000:,.1f} kB"


@contextlib.contextmanager
def _unfinished(final: Path) -> Iterator[Path]:
    """A new private file beside the one it is to become; whatever happens, nothing of it stays under its own name."""
    descriptor, name = tempfile.mkstemp(prefix=f".{final.name}.", suffix=".part", dir=final.parent)  # made with mode 0600
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
    finally:
        for left in (part, *(Path(f"{part}{ending}") for ending in BESIDE)):
            left.unlink(missing_ok=True)


def _in_use(database: Path) -> sqlite3.Connection:
    """A connection to a database that others may write to. One that may only read would leave files beside it."""
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, timeout=30)


def _at_rest(copy: Path, *, with_log: bool = True) -> sqlite3.Connection:
    """A connection to a file that nobody writes to, perhaps on a medium that takes nothing; with its log, if one lies beside it."""
    how = "mode=ro" if with_log and Path(f"{copy}-wal").exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"{copy.absolute().as_uri()}?{how}", uri=True)


def _copy(database: Path, part: Path, connection: sqlite3.Connection) -> str:
    """SQLite's own online copy, in one step: one moment of the database, whoever writes to it; returns the copy's schema."""
    with closing(connection) as original, closing(sqlite3.connect(part, isolation_level=None)) as copy:
        require_ours(database)
        original.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        found = [str(row[0]) for row in copy.execute("PRAGMA integrity_check(3)")]
        if found != ["ok"]:
            first = found[0].splitlines()[-1][:200].rstrip(".")
            raise StoreError(
                f"The database {database} is damaged ({first}), so no copy was made of it. Keep it, and restore an older copy."
            )
    with part.open("rb") as written:
        os.fsync(written.fileno())
    return require_ours(part)


def _put_in_place(part: Path, final: Path, *, replace: bool) -> None:
    try:
        if replace or not _linked(part, final):
            part.replace(final)
    except FileExistsError as error:
        raise UserInputError(f"{final} is there already. Name another file, or a folder, or replace it with --force.") from error
    _sync(final.parent)


def _linked(path: Path, name: Path) -> bool:
    """Give a file a second name, which unlike a rename fails if somebody has it; False where a file can have one name alone."""
    try:
        os.link(path, name)
    except FileExistsError:
        raise
    except OSError:
        return False
    return True


def _belong_as(part: Path, database: Path) -> None:
    """Give a file the owner and the mode of the one it replaces, or else the folder's owner: root may restore for another user."""
    like = (database if database.exists() else database.parent).stat()
    if database.exists():
        part.chmod(like.st_mode & 0o777)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.chown(part, like.st_uid, like.st_gid)


def _settle_log(database: Path) -> None:
    """Bring a database's write-ahead log into its file; a damaged one keeps it, and both are moved away together."""
    with closing(sqlite3.connect(database, timeout=LOG_PATIENCE)) as connection:
        try:
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.DatabaseError as error:
            busy = is_busy(error)
        if busy:
            raise StoreError(f"Another program uses the database {database}. Stop it, and try again. Nothing was changed.")


def _thin_out(folder: Path, pattern: str, keep: int, newest: Path) -> tuple[Path, ...]:
    """Remove the oldest files whose names we gave, down to ``keep``; names sort by time.

    ``newest`` was just made and stays, whatever time the others' names tell: a clock may have been wrong when they were made.
    """
    named = sorted(
        (path for path in folder.iterdir() if re.fullmatch(pattern, path.name) and path.is_file() and not path.is_symlink()),
        key=lambda path: re.findall(_STAMP, path.name)[-1],
    )
    others = [path for path in named if path.name != newest.name]
    gone = others[: max(0, len(named) - keep)]
    for path in gone:
        path.unlink(missing_ok=True)
    return tuple(gone)


def _remove_left_overs(folder: Path, name: str, now: datetime) -> None:
    """Remove what a process that died left of copies to the same place."""
    stem = re.sub(_STAMP, _STAMP, re.escape(name))
    for path in folder.iterdir():
        own = re.fullmatch(rf"\.{stem}\.[a-z0-9_]{{8}}\.part(-wal|-shm|-journal)?", path.name)
        if own and path.is_file() and now.timestamp() - path.stat().st_mtime > LEFT_OVER.total_seconds():
            path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """A name that is not on the disk yet is gone after a loss of power; Windows, which opens no folder, sees to it by itself."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _told(where: Path) -> Iterator[None]:
    """Turn the system's and SQLite's errors about a copy into sentences."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"The copy {where} cannot be written ({error.strerror or type(error).__name__}).") from error
    except sqlite3.Error as error:
        raise StoreError(sentence(error, str(where)) or f"The copy {where} cannot be made ({error}).") from error
