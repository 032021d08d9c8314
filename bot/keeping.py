"""Copies of the configured database: made, made before an upgrade, put back.

Part of the composition root. Promises: what changes a database holds it for itself first; what is put back does not speak before it
knows what was said since (``bot.service.restored``).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.config.load import environment
from bot.config.settings import Settings
from bot.core.clock import Clock, SystemClock
from bot.core.errors import UserInputError
from bot.store.backup import back_up as copy_file
from bot.store.backup import before_upgrade, told_size
from bot.store.database import Store
from bot.store.dump import dump
from bot.store.instance import only_run, sqlite_path

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
        return BackedUp(made.path, told_size(made.size), f"Its schema is {made.revision}.", made.removed)
    if keep is not None:
        raise UserInputError("--keep counts copies of a SQLite database; remove old dumps of PostgreSQL by other means.")
    dumped = await asyncio.to_thread(dump, settings.database_url, target, now, replace=replace, environ=_with_password(settings))
    return BackedUp(dumped, told_size(dumped.stat().st_size), "It was made by pg_dump, and pg_restore reads it.")


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
        store = await Store.open(settings.database_url, password=_password(settings), migrate=False)
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
