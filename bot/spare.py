"""Memory that was taken for much work is given back when there is none. Part of composition.

Promises: nothing is lost but speed, and that for a moment: what is dropped is worked out again when it is wanted. Nothing is given
back while something comes in.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.errors import StoreError
from bot.core.memo import drop_memos

REST_AFTER = 20.0
"""Seconds without anything new: as long as the reader of documents waits for another before it ends (``bot.sandbox.pool``)."""

log = structlog.get_logger(__name__)


class SparingStore(Protocol):
    """What giving back needs of the store."""

    async def spare(self) -> None:
        """Give back memory that connections keep for speed."""
        ...


class Spare:
    """Gives back memory once after each time of work.

    Args:
        store: has connections that keep pages.
        clock: tells how long nothing came in.
    """

    def __init__(self, store: SparingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._worked_at: float | None = clock.monotonic()  # a start is work, too

    def worked(self) -> None:
        """Something came in."""
        self._worked_at = self._clock.monotonic()

    async def keep_up(self) -> bool:
        """Give memory back if nothing has come in for a while; tells whether it did."""
        if self._worked_at is None or self._clock.monotonic() - self._worked_at < REST_AFTER:
            return False
        self._worked_at = None
        drop_memos()
        try:
            await self._store.spare()
        except StoreError as error:
            log.debug("the database did not give back what it keeps", error=str(error))
        gc.collect()
        _trim()
        return True


def _trim() -> None:
    """Give the system back what C's allocator keeps of what was freed (https://man7.org/linux/man-pages/man3/malloc_trim.3.html)."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


def _malloc_trim() -> Callable[[int], int] | None:
    """The function, where the C library is the one that has it."""
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return None
    return trim
