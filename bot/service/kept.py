"""Something learnt in memory that outlives the process: a fact of the store, saved at intervals and at a clean stop.

Promises: a crash loses one interval; what cannot be read is told in the log and begins anew; writing goes on beside everything
else, of a copy, so that learning never stops for it. Never knows what is learnt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, TypeVar

import structlog

from bot.core.clock import Clock
from bot.core.errors import WorkError

SAVED_EVERY = timedelta(minutes=15)
"""Between two saves: some 70 ms of work and up to half a megabyte, so not with every batch."""

log = structlog.get_logger(__name__)


class FactStore(Protocol):
    """What learning needs of the store."""

    async def fact(self, name: str) -> str | None:
        """What was kept under this name, or None."""
        ...

    async def keep_fact(self, name: str, value: str) -> None:
        """Keep a value under a name."""
        ...


class Learnt(Protocol):
    """What is learnt."""

    def to_json(self) -> str:
        """It as text."""
        ...


Memory = TypeVar("Memory", bound=Learnt)


async def recalled(store: FactStore, name: str, of: Callable[[str], Memory], empty: Callable[[], Memory]) -> Memory:
    """What earlier runs learnt; what ``empty`` gives, told in the log, if that cannot be read.

    Args:
        store: where it is kept.
        name: under which.
        of: reads it from text; raises ValueError if that is none.
        empty: what is known before anything is learnt.
    """
    text = await store.fact(name)
    if text is None:
        return empty()
    try:
        return of(text)
    except ValueError as error:
        log.warning("what was learnt cannot be read; learning begins anew", fact=name, error=str(error))
        return empty()


class Kept:
    """Saves one thing that is learnt.

    Args:
        name: under which the store keeps it.
        copied: what is known now, which later learning does not change.
        store: where it is kept.
        clock: tells how long ago it was saved.
    """

    def __init__(self, name: str, copied: Callable[[], Learnt], *, store: FactStore, clock: Clock) -> None:
        self._name = name
        self._copied = copied
        self._store = store
        self._clock = clock
        self._saved_at = clock.monotonic()
        self._changes = 0

    def changed(self) -> None:
        """Something was learnt that is not saved yet."""
        self._changes += 1

    async def keep_up(self) -> bool:
        """Save if it is time; to be called often. Whether it was saved.

        Raises:
            WorkError: the database does not answer; what was learnt is saved at the next interval.
        """
        if not self._changes or self._clock.monotonic() - self._saved_at < SAVED_EVERY.total_seconds():
            return False
        self._saved_at = self._clock.monotonic()
        changes = self._changes
        known = self._copied()  # written in a thread, so that reading and matching go on meanwhile
        await self._store.keep_fact(self._name, await asyncio.to_thread(known.to_json))
        self._changes -= changes
        return True

    async def close(self) -> None:
        """Save what is not saved yet; a database that does not answer is told in the log."""
        if self._changes:
            try:
                await self._store.keep_fact(self._name, self._copied().to_json())
            except WorkError as error:
                log.warning("what was learnt since the last save is lost", fact=self._name, error=str(error))
