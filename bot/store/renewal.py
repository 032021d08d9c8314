"""Connections to a SQLite file are made anew while nothing is going on: what they keep for speed goes with them.

Promises: who reads or writes meanwhile is left alone, and who comes next waits some milliseconds for a connection. At any moment
one connection is open that has read: with the last one the write-ahead log and its index would go, and on a full disk neither could
be made anew, so that not even reading would work.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.exc import TimeoutError as NoneCameFreeError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from bot.store.faults import DatabaseHealth

SPARE_WITHIN = 2.0
"""Seconds in which readers that are in use are waited for: every stage reads at the same tick, for milliseconds."""
PAUSE = 0.05
"""Seconds between two looks whether they are free."""


class Renewal:
    """Closes the connections of both engines of one file, those in use when they are free, and connects the writer anew.

    Prepared statements go with their connection only; ``PRAGMA shrink_memory`` drops pages alone. A file that was replaced stays
    as it is: beside it lies the log of the old one, and whoever opened both would put the old rows into the new file.

    Args:
        writer: has one connection.
        reader: has some, on the same file.
        path: the file.
        health: of a file that is not sound, connections stay as they are.
    """

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine, path: Path, health: DatabaseHealth) -> None:
        self._writer = writer
        self._reader = reader
        self._path = path
        self._health = health
        self._file: tuple[int, int] | None = None
        self._open: WeakSet[Any] = WeakSet()
        self._under_way: asyncio.Task[None] | None = None
        self._ended = False
        event.listen(writer.sync_engine, "connect", self._opened)
        event.listen(reader.sync_engine, "connect", self._opened)
        event.listen(reader.sync_engine, "connect", lambda connection, _: self._open.add(connection.driver_connection))
        event.listen(reader.sync_engine, "close", lambda connection, _: self._open.discard(connection.driver_connection))
        event.listen(reader.sync_engine, "close_detached", lambda connection: self._open.discard(connection.driver_connection))

    async def do(self) -> None:
        """Renew what is not in use for long; broken off, it goes on by itself, for half-made connections would leak."""
        if self._ended or self._health.broken.is_set() or self._file is None or self._file != _identity(self._path):
            return
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._renew(), name="connections made anew")
        await asyncio.shield(self._under_way)

    async def end(self) -> None:
        """Begin nothing any more, and wait for what is under way."""
        self._ended = True
        if self._under_way is not None:
            await asyncio.wait({self._under_way})  # broken off here, it goes on; whoever asked for it is told how it ended

    def _opened(self, *_: object) -> None:
        self._file = self._file or _identity(self._path)

    async def _renew(self) -> None:
        try:
            if _at_hand(self._writer):
                async with self._writer.connect() as writing:
                    await _bare(writing)  # connected before readers go; it reads when it is
            await self._close_readers()
            if _at_hand(self._writer) and _at_hand(self._reader) and not self._ended:
                await self._connect_writer()
        except NoneCameFreeError:
            return  # everybody works, so it is no time for this

    async def _close_readers(self) -> None:
        clock = asyncio.get_running_loop().time
        until = clock() + SPARE_WITHIN
        old = set(self._open)
        while not self._ended:
            known = set(self._open)
            if len(known) > _pool(self._reader).checkedout():
                async with AsyncExitStack() as stack:
                    for _ in range(_at_hand(self._reader)):
                        reading = await stack.enter_async_context(self._reader.connect())
                        driver = await _bare(reading)
                        if driver in old or driver not in known:  # what was opened only to be looked at is closed again
                            await reading.invalidate()
            if not old & set(self._open) or clock() >= until:
                return
            await asyncio.sleep(PAUSE)

    async def _connect_writer(self) -> None:
        async with self._reader.connect() as reading:
            await reading.exec_driver_sql("PRAGMA schema_version")  # who has not read yet does not hold the log
            if not _at_hand(self._writer):
                return  # whoever has it by now may have it for long
            async with self._writer.connect() as writing:
                await writing.invalidate()
            if _at_hand(self._writer):  # otherwise it is connected anew by who has it
                async with self._writer.connect() as writing:
                    await _bare(writing)  # a transaction would lock the database


def _identity(path: Path) -> tuple[int, int] | None:
    """By which a file is known under any name; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _pool(engine: AsyncEngine) -> QueuePool:
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return pool


def _at_hand(engine: AsyncEngine) -> int:
    """Places in the pool that nobody uses, with or without a connection."""
    return _pool(engine).checkedin()


async def _bare(connection: AsyncConnection) -> object:
    """The driver's own connection, without a transaction."""
    return (await connection.get_raw_connection()).driver_connection
