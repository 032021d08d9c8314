"""Which schema a database has, whether it is ours, and how it gets the newest.

Promises: a database of another program, or of a newer version of this one that does not say that older ones may work on it, is
refused with a sentence and left as it is; a migration is done wholly or not at all, whenever the process dies. Alembic is
imported only when a migration is due, and nothing with it that only colours its messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import BusyError, StoreError
from bot.store.engine import Engines
from bot.store.faults import is_passing, told
from bot.store.revisions import HEAD, REVISIONS, SESSION
from bot.store.tables import facts, metadata

APPLICATION_ID = 0x574C4D50
"""``WLMP`` in ASCII: bytes 68 to 71 of a SQLite file, by which ``file`` and this program know its owner (https://www.sqlite.org/fileformat.html)."""

OLDEST = "schema.oldest"
"""The fact that tells older programs whether they may stay: the database's schema and the oldest whose program works on it, as in
``0017 0015``. Written with every upgrade; where it is missing, or speaks of another schema, nobody but the newest may work."""

VERSION_TABLE = "alembic_version"
MOVING = "watchlamp_moving"
"""The table that says how far a move into this database is; gone when it is complete."""
FOLDER = Path(__file__).parent / "migrations"

UPGRADE_LOCK = 0x574C4D5000000001
"""Key of the PostgreSQL advisory lock under which one process migrates while others wait."""
QUEUEING = timedelta(seconds=1)
"""How long a change of the schema stands in the queue for a table: whoever comes after it waits as long, persons included."""
PAUSE = timedelta(seconds=1)
"""How long it lets others pass before it tries again."""
UPGRADE_PATIENCE = timedelta(minutes=1)
"""How long it tries; a supervisor that starts the program again then tries anew."""
_OLDER = text(
    "SELECT application_name || ' from ' || coalesce(host(client_addr), 'this machine') FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE :like AND application_name < :oldest"
    " GROUP BY 1 ORDER BY 1"
)
_LONGEST = text(
    "SELECT pid, application_name AS name, to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS') AS since FROM pg_stat_activity"
    " WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1"
)
_UNHURRIED = "SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)"
"""On a large table an index takes minutes; and Alembic is read from disk in the middle of the transaction."""


async def inspect_file(path: Path) -> None:
    """Look at a SQLite file before it is opened for writing; one that is missing is made, empty.

    Raises:
        StoreError: it is another program's, no database at all, or cannot be opened or made.
    """
    await asyncio.to_thread(_peek, path)


def _peek(path: Path) -> None:
    if path.is_dir():
        raise StoreError(f"{path} is a folder; database.url has to name a file in it.")
    if not path.exists():
        # For its owner alone: hubs' secrets and the key of the digests will stand in it. SQLite's log takes over the file's rights.
        with contextlib.suppress(OSError):  # where there can be no file, SQLite says so below
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        # Here and not by the engine: when its driver cannot open a file, its thread may outlive the loop and complain on stderr.
        with told(str(path)), closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
        return
    # immutable: reads the file without a lock or a log, so that nothing, not even a side file, is made beside foreign data.
    with told(str(path)), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if application == APPLICATION_ID:
            return
        (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        _refuse_foreign(application, objects, str(path))


def _refuse_foreign(application: int, objects: int, where: str) -> None:
    if application not in (0, APPLICATION_ID) or (application == 0 and objects):
        raise StoreError(f"{where} is a database of another program. It was left as it is; name another file in database.url.")


def works_on(revision: str, told: str | None) -> bool:
    """Whether this program can do something with a database of this schema: work on it, or upgrade it.

    Args:
        revision: the database's schema.
        told: what its fact ``OLDEST`` says.
    """
    of, _, oldest = (told or "").partition(" ")
    return revision in REVISIONS or (of == revision and oldest in REVISIONS)


def is_current(revision: str | None) -> bool:
    """Whether a schema that was read (``read_revision``) needs no upgrade: it is this program's, or one that it expands to."""
    return revision is not None and (revision == HEAD or revision not in REVISIONS)


async def read_revision(engines: Engines) -> str | None:
    """The schema of the database; None if it is empty. It may be a newer one on which this program works as well.

    Raises:
        StoreError: the database is another program's, or so new that this program cannot work on it.
    """
    async with engines.read() as connection:
        return await connection.run_sync(_revision, engines.where)


def _revision(connection: Connection, where: str) -> str | None:
    if connection.dialect.name == "sqlite":
        application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
        objects = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        _refuse_foreign(application, objects, where)
        if not objects:
            return None
    elif not inspect(connection).has_table(VERSION_TABLE):
        taken = set(inspect(connection).get_table_names()) & set(metadata.tables)
        if taken:
            raise StoreError(
                f"The database {where} holds tables of another program ({', '.join(sorted(taken))}). They were left as they are; "
                "give Watchlamp a database of its own (database.url)."
            )
        return None
    elif inspect(connection).has_table(MOVING):
        raise StoreError(
            f"The database {where} is not complete: a move into it was broken off. The same `watchlamp db move` goes on with it."
        )
    revision = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608  # a constant
    revision = str(revision)
    if works_on(revision, None if revision in REVISIONS else _told_oldest(connection)):
        return revision
    raise StoreError(
        f"The database {where} has the schema {revision}; this program knows up to {HEAD}. A newer version of Watchlamp, or "
        "another program, made it. It was left as it is; use that version, or restore a backup."
    )


def _told_oldest(connection: Connection) -> str | None:
    """What the database says about older programs; nothing, where it is no database of ours."""
    if not inspect(connection).has_table(facts.name):
        return None
    return connection.scalar(select(facts.c.value).where(facts.c.name == OLDEST))


async def upgrade(engines: Engines, *, folder: Path = FOLDER, target: str = HEAD, longest: timedelta = UPGRADE_PATIENCE) -> str:
    """Bring the database to the schema ``target`` in one transaction; nothing happens if it is there already, or beyond.

    On PostgreSQL other programs go on meanwhile: what cannot have a table at once lets them pass and tries again.

    Returns:
        The schema it has now.

    Raises:
        StoreError: the database cannot be used, is not ours, or others were in the way for longer than ``longest``.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + longest.total_seconds()
    while True:
        try:
            async with engines.write() as connection:
                return await _upgraded(connection, engines, folder, target)
        except StoreError as error:
            if engines.dialect != "postgresql" or not is_passing(error):
                raise
            if clock() >= until:
                raise StoreError(await _in_the_way(engines, target, str(error))) from error
        await asyncio.sleep(PAUSE.total_seconds())


async def _upgraded(connection: AsyncConnection, engines: Engines, folder: Path, target: str) -> str:
    if engines.dialect == "postgresql":
        await connection.exec_driver_sql(_UNHURRIED)
        await connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(QUEUEING.total_seconds() * 1000)}")
        await connection.execute(select(func.pg_advisory_xact_lock(UPGRADE_LOCK)))
    # Asked again under the lock: another process may have migrated, or another program filled the file, in between.
    revision = await connection.run_sync(_revision, engines.where)
    if revision is not None and (revision == target or revision not in REVISIONS):
        return revision
    if revision is None and engines.dialect == "sqlite":
        await connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    oldest = _oldest(folder, target)
    if engines.dialect == "postgresql" and revision is not None:
        await _require_no_older(connection, engines.where, oldest)
    await connection.run_sync(_migrate, folder, target)
    told = engines.insert(facts).values(name=OLDEST, value=f"{target} {oldest}")
    await connection.execute(told.on_conflict_do_update(index_elements=[facts.c.name], set_={"value": told.excluded.value}))
    return target


async def _require_no_older(connection: AsyncConnection, where: str, oldest: str) -> None:
    """Refuse a schema under the feet of running programs that cannot work on it.

    Raises:
        BusyError: there are some.
    """
    found = (await connection.execute(_OLDER, {"like": f"{SESSION}____", "oldest": SESSION + oldest})).scalars().all()
    if found:
        raise BusyError(
            f"The database {where} was left as it is: what this version changes in it, programs of an older version that are "
            f"connected could not work with ({', '.join(found)}). Stop them, then start this one."
        )


async def _in_the_way(engines: Engines, target: str, why: str) -> str:
    """A sentence about who keeps the schema from being changed."""
    async with engines.read() as connection:
        first = (await connection.execute(_LONGEST)).first()
    who = "" if first is None else f" Open for longest: the transaction of process {first.pid} ({first.name}), since {first.since}."
    return f"{why} It has to be brought to the schema {target}; programs of the version before go on working on it meanwhile.{who}"


_COLOURS = "mako.ext.pygmentplugin"
"""Alembic writes new migrations with Mako, and Mako colours its error pages with Pygments, if that is there: readers of thirty
languages, several megabytes that a bot would keep as long as it runs."""


@contextlib.contextmanager
def _without(name: str) -> Iterator[None]:
    """Import what imports a module if it is there as if it were not (https://docs.python.org/3/reference/import.html#the-module-cache)."""
    modules = cast("dict[str, ModuleType | None]", sys.modules)
    if name in modules:
        yield
        return
    modules[name] = None
    try:
        yield
    finally:
        del modules[name]


def _migrate(connection: Connection, folder: Path, target: str) -> None:
    with _without(_COLOURS):
        from alembic import command  # noqa: PLC0415  # a bot whose schema is current never loads alembic

    config = _config(folder)
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def _oldest(folder: Path, target: str) -> str:
    """The oldest schema whose program works on ``target``: every migration after it only expands."""
    with _without(_COLOURS):
        from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory.from_config(_config(folder)).iterate_revisions(target, "base")
    return str(next(script.revision for script in scripts if not getattr(script.module, "expands", False)))


def _config(folder: Path) -> Any:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))  # ConfigParser reads % as an escape
    return config
