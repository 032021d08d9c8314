"""The real pipeline over past items, on a virtual clock set to each item's date.

Promises: the same input gives the same events in the same order; at one instant items come before deliveries; what
waits (``group_wait``) is delivered at its own virtual time, also after the last item. Never waits for real time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Protocol

from bot.core.clock import VirtualClock
from bot.core.model import Item
from bot.core.sources import PollRecord, SourceState
from bot.service.onepoll import Committed

SOURCE = "replay"
"""The source under which past items are stored: a replay has no baseline, every item is news."""


class ReplayStore(Protocol):
    """What a replay needs of the store besides what its stages need."""

    async def commit_poll(self, record: PollRecord, now: datetime) -> Committed:
        """Store items."""
        ...

    async def next_wake(self, now: datetime) -> datetime | None:
        """The earliest instant at which anything waits to be done."""
        ...


class Files(Protocol):
    """The alert stage."""

    async def file_ready(self) -> int:
        """File everything that is ready."""
        ...


class Sends(Protocol):
    """The delivery stage."""

    async def send_all_due(self) -> None:
        """Send until nothing is due."""
        ...


class Replay:
    """Moves the clock from item to item and from delivery to delivery."""

    def __init__(self, *, store: ReplayStore, alerter: Files, deliverer: Sends, clock: VirtualClock) -> None:
        self._store = store
        self._alerter = alerter
        self._deliverer = deliverer
        self._clock = clock

    async def run(self, timed: Sequence[tuple[datetime, Item]]) -> None:
        """Send items, each with its instant and in order of instants, through the pipeline; then deliver what waits."""
        for instant, group in groupby(timed, key=lambda pair: pair[0]):
            await self._deliver_until(instant)
            self._clock.move_to(instant)
            items = tuple((item, None) for _, item in group)
            await self._store.commit_poll(PollRecord(SourceState(SOURCE, baselined_at=instant), items), instant)
            await self._alerter.file_ready()
            await self._deliverer.send_all_due()
        await self._deliver_until(None)

    async def _deliver_until(self, end: datetime | None) -> None:
        """Deliver everything that falls due before ``end``, each at its own instant; None: everything there is."""
        while (wake := await self._store.next_wake(self._clock.now())) is not None and (end is None or wake < end):
            self._clock.move_to(max(wake, self._clock.now()))
            await self._deliverer.send_all_due()
