"""The database knows when it was copied last, so that whoever watches the numbers is told when that was long ago."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.store.database import Store


def last(database: Path) -> datetime | None:
    return asyncio.run(_last(database))


async def _last(database: Path) -> datetime | None:
    store = await Store.open(f"sqlite:{database}", migrate=False)
    try:
        return (await store.vitals(datetime.now(UTC), [])).backed_up
    finally:
        await store.close()


def test_a_backup_is_remembered_in_the_database_and_not_in_the_copy(
    database: Path, config: Path, watchlamp: Any, tmp_path: Path
) -> None:
    assert last(database) is None
    assert watchlamp("backup", "-c", config, tmp_path / "copy.db").status == 0
    told = last(database)
    assert told is not None
    assert timedelta(0) <= datetime.now(UTC) - told < timedelta(minutes=5)
    assert last(tmp_path / "copy.db") is None


def test_a_database_that_cannot_be_told_is_copied_all_the_same(
    database: Path, config: Path, watchlamp: Any, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DROP TABLE facts")
        connection.execute("UPDATE alembic_version SET version_num = '0013'")
    done = watchlamp("backup", "-c", config, tmp_path / "copy.db")
    assert done.status == 0
    assert (tmp_path / "copy.db").exists()
