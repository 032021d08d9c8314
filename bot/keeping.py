"""Copies of the configured database: made, made before an upgrade, put back.

Part of the composition root. Promises: what changes a database holds it for itself first; what is put back does not speak before it
knows what was said since (``bot.service.restored``).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from bot.config.load import environment
from bot.config.settings import Settings
from bot.core.clock import Clock, SystemClock
from bot.core.errors import StoreError, UserInputError
from bot.core.restored import Restored
from bot.store.backup import at_rest, before_upgrade, checked_copy, put_back, stamp, told_size
from bot.store.backup import back_up as copy_file
from bot.store.database import Store
from bot.store.dump import dump, load, require_dump, require_nobody
from bot.store.instance import SQLITE, only_run, sqlite_path, where_it_leads
from bot.store.vital import BACKED_UP

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A copy that was made.

    Attributes:
        size: in words for people.
        what: which copy it is, a sentence.
        removed: older copies that were removed for it.
    """

    path: Path
    size: str
    what: str
    removed: tuple[Path, ...] = ()


async def back_up(settings: Settings, target: Path, *, keep: int | None, replace: bool) -> BackedUp:
    """Copy the configured database, which may be in use.

    Args:
        settings: the configuration.
        target: a file that is not there, or a folder that is.
        keep: how many copies stay in the folder; None for all.
        replace: a file that is there may be replaced.

    Raises:
        UserInputError: the target cannot be meant, or there is nothing to copy.
        StoreError: there is no room, or the copy is not whole; the target is as it was.
    """
    now = SystemClock().now()
    path = sqlite_path(settings.database_url)
    if path is not None:
        made = await asyncio.to_thread(copy_file, path, target, now, replace=replace, keep=keep)
        await _remember(settings, now)
        return BackedUp(made.path, told_size(made.size), f"Its schema is {made.revision}.", made.removed)
    if keep is not None:
        raise UserInputError("--keep counts copies of a SQLite database; remove old dumps of PostgreSQL by other means.")
    dumped = await asyncio.to_thread(dump, settings.database_url, target, now, replace=replace, environ=_with_password(settings))
    await _remember(settings, now)
    return BackedUp(dumped, told_size(dumped.stat().st_size), "It was made by pg_dump, and pg_restore reads it.")


async def _remember(settings: Settings, now: datetime) -> None:
    """Let the database know when it was copied last: the bot tells it to whoever watches its numbers."""
    try:
        store = await Store.open(settings.database_url, password=_password(settings), migrate=False, pool=settings.database_pool)
        try:
            await store.keep_fact(BACKED_UP, now.isoformat())
        finally:
            await store.close()
    except StoreError as error:  # the copy is there; of an older schema, or while another program writes, it is not told
        log.warning("the copy was made, but the database could not be told of it", error=str(error))


@dataclass(frozen=True, slots=True)
class PutBack:
    """A copy that was put back.

    Attributes:
        since: the last moment that the database remembers.
        replaced: what the one before is called now; None if there was none.
    """

    since: datetime
    replaced: Path | None


async def restore(settings: Settings, copy: Path | None) -> PutBack:
    """Put a copy in the place of the configured database, held in every channel until it is known what was said since.

    Args:
        settings: the configuration.
        copy: the copy; None if the database was put back by other means, and only has to be held.

    Raises:
        UserInputError: a `run` holds the database, or the file is no copy of ours.
        StoreError: the copy is damaged, or there is no room; the database is as it was.
    """
    now = SystemClock().now()
    path = sqlite_path(settings.database_url)
    replaced: Path | None = None
    with only_run(settings.database_url):
        if path is None:
            await asyncio.to_thread(require_nobody, settings.database_url, _password(settings))
            if copy is not None:
                replaced = await _put_back_dump(settings, copy, now)
            return PutBack(await _marked(settings, settings.database_url, now), replaced)
        if copy is None:
            if not path.is_file():
                raise UserInputError(f"There is no database {path}. Put it there first, or name a copy.")
            await keep_before_upgrade(settings, SystemClock())
            return PutBack(await _marked(settings, settings.database_url, now), None)
        path = where_it_leads(path)  # a link goes on leading to the disk that was chosen for the database
        with checked_copy(copy, path) as part:
            since = await _marked(settings, f"{SQLITE}{part}", now)
            await asyncio.to_thread(at_rest, part)
            replaced = await asyncio.to_thread(put_back, part, path, now)
        return PutBack(since, replaced)


async def _put_back_dump(settings: Settings, copy: Path, now: datetime) -> Path:
    environ = _with_password(settings)
    kept = copy.with_name(f"{copy.name}.replaced-{stamp(now)}")
    await asyncio.to_thread(require_dump, copy, environ=environ)
    await asyncio.to_thread(dump, settings.database_url, kept, now, replace=False, environ=environ)
    await asyncio.to_thread(load, settings.database_url, copy, environ=environ)
    return kept


async def _marked(settings: Settings, url: str, now: datetime) -> datetime:
    """Bring a database to this program's schema and let it know that it was put back; returns the last moment it remembers."""
    store = await Store.open(url, password=_password(settings), pool=settings.database_pool)
    try:
        last = await store.last_sign()
        since = now if last is None else min(last, now)
        await store.mark_restored(Restored(since, now))
        return since
    finally:
        await store.close()


async def keep_before_upgrade(settings: Settings, clock: Clock) -> Path | None:
    """Copy a database of an older schema before this program changes it: the way back, if the new version disappoints.

    The caller holds the database. On PostgreSQL nothing is copied: whoever runs the server keeps its copies.

    Raises:
        StoreError: there is no room for the copy; then nothing is upgraded either.
    """
    path = sqlite_path(settings.database_url)
    if path is None or (made := await asyncio.to_thread(before_upgrade, path, clock.now())) is None:
        return None
    log.info("the database is upgraded; as it was before is kept", copy=str(made.path), schema=made.revision)
    return made.path


async def upgrade_database(settings: Settings) -> tuple[str, Path | None]:
    """Bring the database to this version's schema; that schema's name, and the copy that was made before, if one was due.

    Raises:
        UserInputError: a `run` holds the database.
        StoreError: it cannot be used, or there is no room for the copy.
    """
    with only_run(settings.database_url):
        copy = await keep_before_upgrade(settings, SystemClock())
        store = await Store.open(settings.database_url, password=_password(settings), migrate=False, pool=settings.database_pool)
        try:
            return await store.upgrade(), copy
        finally:
            await store.close()


def _password(settings: Settings) -> str | None:
    return settings.database_password.reveal() if settings.database_password is not None else None


def _with_password(settings: Settings) -> dict[str, str]:
    """The environment of PostgreSQL's own programs, which take the password from nowhere else."""
    password = _password(settings)
    return {**environment(), **({} if password is None else {"PGPASSWORD": password})}
