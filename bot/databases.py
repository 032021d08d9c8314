"""The database as a whole: into PostgreSQL with everything that is in it, and back to the old one.

Never called while a bot runs on the database: the lock of a run is held meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.config.secret import Secret
from bot.config.settings import Settings
from bot.core.clock import SystemClock
from bot.core.errors import UserInputError
from bot.core.moved import MovedTable, MoveProgress
from bot.store.database import BUSY_TIMEOUT
from bot.store.instance import only_run, sqlite_path
from bot.store.move import move, unmark


async def move_database(
    settings: Settings, target: str, password: Secret | None, tell: Callable[[MoveProgress], None]
) -> tuple[MovedTable, ...]:
    """Copy the SQLite database of a configuration into PostgreSQL; returns what is there now.

    Raises:
        UserInputError: a bot runs on it, or it is no SQLite file.
        StoreError: one of them cannot be used, or both differ at the end.
    """
    path = sqlite_path(settings.database_url)
    if path is None:
        raise UserInputError("Only a SQLite database can be moved; this configuration uses another kind (database.url).")
    if not path.exists():
        raise UserInputError(f"There is no database {path}, so there is nothing to move: write the new address into database.url.")
    with only_run(settings.database_url):
        return await move(
            settings.database_url,
            target,
            password=password.reveal() if password else None,
            now=SystemClock().now(),
            tell=tell,
            busy_timeout=BUSY_TIMEOUT,
        )


async def stay_with(settings: Settings) -> bool:
    """Let bots run on a database again that was moved; returns whether it had been.

    Raises:
        UserInputError: it is no SQLite file, or a bot runs on it.
    """
    path = sqlite_path(settings.database_url)
    if path is None or not path.exists():
        raise UserInputError(
            "Only a SQLite database can have been moved; this configuration names none that is there (database.url)."
        )
    with only_run(settings.database_url):
        return await unmark(settings.database_url, busy_timeout=BUSY_TIMEOUT)
