"""A few words that the installation remembers between two runs."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from datetime import datetime

from sqlalchemy import select

from bot.core.errors import StoreError
from bot.store.connected import Connected
from bot.store.tables import facts

MOVED_TO = "moved_to"
"""The fact that says where a database was moved, and when; no bot runs on a database that has it."""
LEAST_ROOM = 1024 * 1024
"""Bytes that must be free on a disk that was full before it counts as having room: a batch of fifty articles with its indexes."""


class FactQueries(Connected):
    """Queries of facts."""

    async def fact(self, name: str) -> str | None:
        """What was kept under this name, or None."""
        async with self._read() as connection:
            value = await connection.scalar(select(facts.c.value).where(facts.c.name == name))
        return None if value is None else str(value)

    async def secret_fact(self, name: str) -> str:
        """A key of this installation, made at first need of 32 random bytes, in hex: the first to ask decides for all."""
        if (known := await self.fact(name)) is not None:
            return known
        statement = self._insert(facts).values(name=name, value=secrets.token_hex(32)).on_conflict_do_nothing()
        async with self._write() as connection:
            await connection.execute(statement)
            kept = await connection.scalar(select(facts.c.value).where(facts.c.name == name))
        return str(kept)

    async def keep_fact(self, name: str, value: str) -> None:
        """Keep a value under a name; the one before is forgotten."""
        statement = self._insert(facts).values(name=name, value=value)
        async with self._write() as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=[facts.c.name], set_={"value": statement.excluded.value})
            )

    async def probe(self, now: datetime) -> None:
        """Write down that it is now: whether the database can be written at all, and after a full disk, whether there is room.

        Raises:
            StoreError: it cannot, or there is none.
        """
        path = self._engines.path
        if self.health.full and path is not None:
            room = await asyncio.to_thread(shutil.disk_usage, path.absolute().parent)
            if room.free < LEAST_ROOM:
                raise StoreError(self.health.trouble)
        self.health.has_room()
        await self.keep_fact("database.probed", now.isoformat())
