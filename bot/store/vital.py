"""Whether the database lives, and how it is.

Promises: a database that is away or gone is told with a sentence; while this process itself holds every connection, nothing is
answered at all, so that whoever waits for an answer can tell a database in trouble from a program that hangs.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from sqlalchemy import BindParameter, bindparam, exc, exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.deliveries import DeliveryState
from bot.core.errors import StoreError
from bot.core.vitals import Vitals
from bot.store.connected import Connected, chunks
from bot.store.faults import told
from bot.store.tables import QUEUED, channels, deliveries, facts, items

BACKED_UP = "backup.finished"
"""Name of the fact that says when the last backup was finished, in ISO 8601."""

_QUEUE = select(func.count(), func.min(items.c.first_seen)).where(items.c.phase == QUEUED)
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_DUE = select(func.min(deliveries.c.not_before)).where(
    deliveries.c.state == DeliveryState.PENDING,
    deliveries.c.not_before <= bindparam("now"),
    deliveries.c.channel_id.in_(_IDS),
    ~exists().where(channels.c.channel_id == deliveries.c.channel_id, channels.c.parked.is_not(None)),  # they are counted apart
)
_PARKED = select(func.count()).select_from(channels).where(channels.c.parked.is_not(None), channels.c.channel_id.in_(_IDS))
_BACKED_UP = select(facts.c.value).where(facts.c.name == BACKED_UP)


class VitalQueries(Connected):
    """Queries about the database itself."""

    _file: tuple[int, int] | None = None

    async def trouble(self) -> str | None:
        """What is wrong with the database, as far as a reader, the writer and its file tell without writing; None if nothing is.

        Does not return while this process holds every connection, however long that is. Another program's lock is no hindrance.
        """
        while True:
            try:
                async with self._read() as connection:
                    await connection.execute(select(1))
                with told(self._engines.where):
                    # Taken and given back, which its thread has to answer; a transaction would wait for other programs.
                    await (await self._engines.writer.connect()).close()
            except StoreError as error:
                if isinstance(error.__cause__, exc.TimeoutError):
                    continue
                return str(error)
            return None if self._engines.path is None else await asyncio.to_thread(self._of_file, self._engines.path)

    async def vitals(self, now: datetime, channel_ids: Collection[str]) -> Vitals:
        """How the database is now, and what waits for these channels."""
        oldest, parked = [], 0
        async with self._read() as connection:
            queued, oldest_queued = (await connection.execute(_QUEUE)).one()
            for chunk in chunks(channel_ids):
                oldest.append(await connection.scalar(_DUE, {"now": now, "ids": chunk}))
                parked += (await connection.execute(_PARKED, {"ids": chunk})).scalar_one()
            backed_up = await connection.scalar(_BACKED_UP)
            size = await self._size(connection)
        path = self._engines.path
        return Vitals(
            queued=queued,
            oldest_queued=oldest_queued,
            oldest_due=min((instant for instant in oldest if instant is not None), default=None),
            parked=parked,
            size=size,
            log_size=None if path is None else await asyncio.to_thread(_bytes, path.with_name(f"{path.name}-wal")),
            disk_free=None if path is None else (await asyncio.to_thread(shutil.disk_usage, path.parent)).free,
            backed_up=None if backed_up is None else datetime.fromisoformat(backed_up),
        )

    async def _size(self, connection: AsyncConnection) -> int:
        if self._engines.dialect == "sqlite":
            pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
            return int(pages) * int((await connection.execute(text("PRAGMA page_size"))).scalar_one())
        return int((await connection.execute(text("SELECT pg_database_size(current_database())"))).scalar_one())

    def _of_file(self, path: Path) -> str | None:
        """The file may be removed or replaced while it is open: what is written then is lost without any error."""
        try:
            found = path.stat()
        except OSError:
            return f"The database {self._engines.where} is gone from its folder. Stop the bot, put the file back, start again."
        known = self._file = self._file or (found.st_dev, found.st_ino)
        if known != (found.st_dev, found.st_ino):
            return f"The database {self._engines.where} was replaced while it was in use. Stop the bot and start it again."
        return None


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
