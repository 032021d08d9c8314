"""Watches over the database: notices that it does not take what is written, tries it until it does, and tells who runs the bot.

Promises: while it lasts, it is tried every few seconds, also if nobody else has anything to write, so that health is well again by
itself; what lasted is told in the operator's channel when it is over, for while it lasts nothing that is sent could be kept.
Never repairs anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.errors import StoreError
from bot.core.model import Channel
from bot.core.outbox import NewDelivery
from bot.core.patience import waiting_at_most
from bot.service import notices

PROBED_EVERY = 5.0
"""Seconds between two tries."""
TOLD_AFTER = 10.0
"""Seconds that trouble lasts before it is told afterwards: a backup or a person's query may take some."""

log = structlog.get_logger(__name__)


class Health(Protocol):
    """How the database was found last."""

    trouble: str


class WatchedStore(Protocol):
    """What the watch needs of the store."""

    @property
    def health(self) -> Health:
        """How it was found last."""
        ...

    async def probe(self, now: datetime) -> None:
        """Write something; raises StoreError."""
        ...

    async def commit_notices(
        self, notices: Sequence[NewDelivery], kept: tuple[()], forgotten: tuple[()], facts_kept: dict[str, str], now: datetime
    ) -> None:
        """Write rows of the outbox."""
        ...


class StoreWatch:
    """Looks at every tick.

    Args:
        store: what is watched.
        clock: tells the time.
        operator: where trouble is told; None: it is logged alone.
    """

    def __init__(self, *, store: WatchedStore, clock: Clock, operator: Channel | None) -> None:
        self._store = store
        self._clock = clock
        self._operator = operator
        self._since: tuple[datetime, float] | None = None
        self._told = ""
        self._next = 0.0

    @property
    def well(self) -> bool:
        """Whether the database takes what is written, as far as anybody knows."""
        return not self._store.health.trouble

    async def keep_up(self) -> bool:
        """Try what is in trouble, if it is time; whether anything is to be sent."""
        if self.well and self._since is None:
            return False
        if self._since is None:
            self._since = (self._clock.now(), self._clock.monotonic())
            self._next = self._clock.monotonic() + PROBED_EVERY
            log.error("the database cannot be used; it is tried every few seconds", error=self._store.health.trouble)
        self._told = self._store.health.trouble or self._told
        try:
            if not self.well:
                if self._clock.monotonic() < self._next:
                    return False
                self._next = self._clock.monotonic() + PROBED_EVERY
                with waiting_at_most():
                    await self._store.probe(self._clock.now())
            return await self._over(*self._since)
        except StoreError:
            return False  # what is wrong is in the store's health, and was logged

    async def _over(self, since: datetime, began: float) -> bool:
        lasted = timedelta(seconds=self._clock.monotonic() - began)
        told = lasted.total_seconds() >= TOLD_AFTER and self._operator is not None
        if told and self._operator is not None:
            now = self._clock.now()
            row = notices.to_send(self._operator, notices.of_database(self._told, since, lasted), now)
            await self._store.commit_notices([row], (), (), {}, now)
        log.warning("the database works again", after_seconds=round(lasted.total_seconds(), 1))
        self._since = None
        self._told = ""
        return told
