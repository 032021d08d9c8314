"""One after the other: what a workspace's people change at once, such as by pressing a button twice.

Promises: who has the turn of a workspace sees everything that was changed in it before, so that what is looked at first, a cap or
whether it is so already, still holds when it is written. Workspaces never wait for one another. With a store the turn counts in
every process that uses its database: it is a lease there, so one whose holder died is over after ``LEASE``.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol
from weakref import WeakValueDictionary

import structlog

from bot.core.clock import Clock
from bot.core.errors import BusyError, StoreError

LEASE = timedelta(seconds=30)
"""How long a turn is kept for who took it: what is done in one takes hundredths of a second, compiling many rules a few seconds."""
OVER_AFTER = 20.0
"""Seconds after which what is done in a turn is broken off, before somebody else can have it."""
EVERY = 0.05
"""Seconds between two looks whether another process is done."""
PATIENCE = 200
"""Looks before who waits is told to try again: ten seconds, as long as a chat shows that it waits."""

log = structlog.get_logger(__name__)


class TurnStore(Protocol):
    """What turns across processes need of the store."""

    async def take_lead(self, name: str, holder: str, token: str, *, now: datetime, lease: timedelta) -> bool:
        """Take what nobody has; False if another has it."""
        ...

    async def leave_lead(self, name: str, token: str) -> None:
        """Give it back."""
        ...


class Turns:
    """A turn for each workspace.

    Args:
        store: where a turn counts for every process; None: in this one alone.
        clock: the present, by which leases end.
    """

    def __init__(self, store: TurnStore | None = None, clock: Clock | None = None) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._store = store
        self._clock = clock

    @asynccontextmanager
    async def of(self, workspace_id: str) -> AsyncIterator[None]:
        """The turn of a workspace, to be entered with ``async with``.

        Raises:
            BusyError: another process has it and does not end.
        """
        lock = self._locks.setdefault(workspace_id, asyncio.Lock())
        async with lock:
            if self._store is None or self._clock is None:
                yield
                return
            name, token = f"turn:{workspace_id}", secrets.token_hex(8)
            await self._wait_for(self._store, self._clock, name, token)
            try:
                async with asyncio.timeout(OVER_AFTER) as turn:
                    yield
            except TimeoutError as error:
                if turn.expired():
                    raise BusyError("That took longer than a turn may last.") from error
                raise
            finally:
                await self._leave(self._store, name, token)

    @staticmethod
    async def _leave(store: TurnStore, name: str, token: str) -> None:
        """Give a turn back; what was changed in it stands, so that this fails is nobody's error: the lease ends by itself."""
        try:
            await store.leave_lead(name, token)
        except StoreError as error:
            log.info("a turn could not be given back; it ends by itself", lead=name, error=str(error))

    @staticmethod
    async def _wait_for(store: TurnStore, clock: Clock, name: str, token: str) -> None:
        for _ in range(PATIENCE):
            if await store.take_lead(name, "commands", token, now=clock.now(), lease=LEASE):
                return
            await asyncio.sleep(EVERY)
        raise BusyError("Another process changes something of the same workspace, and does not end.")
