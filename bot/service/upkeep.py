"""What keeps a long-running process true to its promises: due times after a clock step, leases that ran out.

Never polls, files or sends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.model import Channel
from bot.core.sources import SourceConfig
from bot.outbox.drain import LEASE
from bot.outbox.windows import next_digest
from bot.service.rhythm import LONGEST_BACK_OFF

LONGEST_WAIT = timedelta(days=1)
"""No message waits longer for its next try: neither our schedule nor a platform that asks for time goes beyond."""

log = structlog.get_logger(__name__)


class UpkeepStore(Protocol):
    """What upkeep needs of the store."""

    async def make_due(self, waits: Sequence[tuple[str, timedelta]], now: datetime) -> int:
        """Pull each source's due time back to at most ``now`` and its wait; returns how many moved."""
        ...

    async def pull_back(
        self, step: timedelta, now: datetime, *, longest: timedelta, lease: timedelta, digests: Mapping[str, datetime]
    ) -> int:
        """Move what waits by the step by which the clock was set back, and cap it; returns how many moved."""
        ...

    async def pull_back_silences(self, now: datetime) -> int:
        """Let mutes, holds and reminders that a clock made that was ahead begin now; returns how many."""
        ...

    async def hasten_posts(self, now: datetime) -> int:
        """Let posts that wait for copies of their story go at once; returns how many."""
        ...


class Upkeep:
    """Small duties of a long-running process."""

    def __init__(
        self,
        sources: Mapping[str, SourceConfig],
        *,
        store: UpkeepStore,
        clock: Clock,
        channels: Mapping[str, Channel] | None = None,
    ) -> None:
        self._sources = sources
        self._channels = channels or {}
        self._store = store
        self._clock = clock

    async def at_start(self) -> None:
        """Pull back due times that lie too far ahead: a machine that polled before its clock was set wrote them."""
        waits = [(source.id, max(source.interval, LONGEST_BACK_OFF)) for source in self._sources.values()]
        moved = await self._store.make_due(waits, self._clock.now())
        messages = await self._pull_back(timedelta(0))
        if moved or messages:
            log.warning(
                "due times lay too far ahead, as if the clock had been wrong; pulled back", sources=moved, messages=messages
            )

    async def _pull_back(self, step: timedelta) -> int:
        now = self._clock.now()
        digests = {
            channel.id: next_digest(channel.settings.digest, now, channel.settings.timezone)
            for channel in self._channels.values()
            if channel.settings.digest
        }
        moved = await self._store.pull_back(step, now, longest=LONGEST_WAIT, lease=LEASE, digests=digests)
        return moved + await self._store.pull_back_silences(now)

    async def after_clock_step(self, step: timedelta) -> None:
        """Pull back what the old clock put too far ahead: no source and no first message waits longer than it would have."""
        # Set forward, everything is due sooner by itself; only what a clock set back left far ahead must be pulled back.
        waits = [(source.id, source.interval) for source in self._sources.values()] if step < timedelta(0) else []
        moved = await self._store.make_due(waits, self._clock.now())
        hastened = await self._store.hasten_posts(self._clock.now()) if step < timedelta(0) else 0
        messages = await self._pull_back(step) if step < timedelta(0) else 0
        if moved or hastened or messages:
            log.info("re-armed after the clock was set", sources=moved, posts=hastened, messages=messages)
