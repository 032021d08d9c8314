"""Poll what is due: which sources are asked, when, and in which order; what becomes of each poll is in ``onepoll``.

Promises: a source is never asked before its time, not even after a crash (the next due time is stored before the request); one
source of a site at a time, and none of a site that said it is asked too often; one failing source changes nothing for the others.
When the time is, ``rhythm`` says. Never reads, matches or posts: a committed poll only wakes the next stage.

Sources are claimed some at a time: on disk a transaction costs the same for one as for thirty.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Protocol, TypedDict

import structlog

from bot.core.clock import Clock
from bot.core.errors import StoreError
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.service import rhythm
from bot.service.duelist import DueList
from bot.service.onepoll import Asker, AskingStore, AskSource, Committed, NoPushes, PollResult, Pushes
from bot.service.sites import Sites

CONCURRENCY = 32
"""Sources asked at a time, as many as the fetcher has in flight."""
LOOK_EVERY = 5.0
"""Seconds after which the store is asked again what is due, though some sources still wait for their site: another site's
sources must not wait for that."""
STORE_PAUSE = 10.0
"""Seconds without polls after one that could not be stored: a full disk is not emptied by asking once a second."""

log = structlog.get_logger(__name__)


class PollStore(AskingStore, Protocol):
    """What polling needs of the store."""

    async def source_states(self) -> Mapping[str, SourceState]:
        """Every state by source id."""
        ...

    async def due_sources(self, ids: Sequence[str], now: datetime, limit: int) -> list[SourceState]:
        """Those of ``ids`` that are due, longest waiting first."""
        ...

    async def claim_sources(self, states: Sequence[SourceState]) -> None:
        """Store when sources are asked and are due again, in one transaction."""
        ...


class PollingParts(TypedDict):
    """What polling takes besides sources and a store, alone and in shares alike; see ``Poller``."""

    ask: AskSource
    clock: Clock
    on_news: Callable[[], None]
    at: Callable[[str], None]
    on_polled: Callable[[PollResult], None]
    least: timedelta
    where: Callable[[SourceConfig], str]
    pushes: Pushes | None


class Poller:
    """Polls declared sources.

    Args:
        sources: by id; those that come and go while it runs are seen at the next look.
        store: where their states and items are kept.
        ask: who asks one of them.
        clock: the time.
        on_news: called after a poll that brought something.
        at: called with the name of each step; crash tests end the process there.
        on_polled: called with every poll that was stored.
        concurrency: sources asked at a time.
        least: ``net.min_interval``: no address is asked sooner again, whatever else is wanted.
        where: the true address of a source, which may be secret: whose site it is. It is kept in memory only.
        pushes: who else brings what sources have.
    """

    def __init__(
        self,
        sources: Mapping[str, SourceConfig],
        *,
        store: PollStore,
        ask: AskSource,
        clock: Clock,
        on_news: Callable[[], None],
        at: Callable[[str], None],
        on_polled: Callable[[PollResult], None] = lambda _: None,
        concurrency: int = CONCURRENCY,
        least: timedelta = timedelta(0),
        where: Callable[[SourceConfig], str] = attrgetter("url"),
        pushes: Pushes | None = None,
    ) -> None:
        self._sources = sources
        self._store = store
        self._clock = clock
        self._at = at
        self._concurrency = concurrency
        self._least = least
        self._sites = Sites(sources, where)
        self._due = DueList(failing=max(concurrency // 2, 1))
        self._asker = Asker(
            store=store,
            ask=ask,
            clock=clock,
            sites=self._sites,
            pushes=pushes or NoPushes(),
            on_news=on_news,
            on_stored=self._stored_again,
            on_throttled=self._due.drop,
            on_polled=on_polled,
            at=at,
            least=least,
        )
        self._remembers = False
        self._asked_at: dict[str, float] = {}
        self._looked_at = -math.inf
        self._in_flight: dict[str, asyncio.Task[PollResult]] = {}
        self._taken: set[str] = set()
        """Sources that are being claimed or asked: what is stored of them is about to change."""
        self._claiming: asyncio.Task[None] | None = None
        self._stopping = False
        self._stored = True
        self._resume_at = clock.monotonic()

    @property
    def stored(self) -> bool:
        """Whether what sources bring can be stored, as far as the last poll tells."""
        return self._stored

    async def poll_due(self) -> None:
        """Begin to ask the sources that are due and not being asked already; those in excess of the room follow by themselves."""
        if self._stopping or (not self._stored and self._clock.monotonic() < self._resume_at):
            return
        if not self._due or self._clock.monotonic() - self._looked_at >= LOOK_EVERY:
            await self._look()
        self._fill()

    async def poll_all_due(self) -> list[PollResult]:
        """Poll every source that is due and wait for all of them.

        Raises:
            StoreError: the polls cannot be stored.
        """
        await self._look()
        asked: list[asyncio.Task[PollResult]] = []
        try:
            while self._due:
                begun = await self._claim()
                asked += begun
                wait = not begun  # all that is left waits for its site
                while self._in_flight and (wait or len(self._in_flight) > self._concurrency // 2):
                    await asyncio.wait(self._in_flight.values(), return_when=asyncio.FIRST_COMPLETED)
                    wait = False
            return list(await asyncio.gather(*asked))
        finally:
            self._due.clear()

    async def take(self, record: PollRecord) -> Committed:
        """Store what came without a poll, and wake the next stage.

        Raises:
            StoreError: it cannot be stored.
        """
        return await self._asker.take(record)

    async def stop(self) -> None:
        """Begin no poll any more and drop those in flight: nothing of them is stored, they are asked again when due."""
        self._stopping = True
        self._due.clear()
        tasks: list[asyncio.Task[PollResult] | asyncio.Task[None]] = list(self._in_flight.values())
        if self._claiming is not None:
            tasks.append(self._claiming)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._asker.finish()

    async def _look(self) -> None:
        """Remember which sources are due; only this poller changes their states, so they may wait for room here."""
        if not self._remembers:
            self._sites.remember(await self._store.source_states())
            self._remembers = True
        now, began = self._clock.now(), self._clock.monotonic()
        self._looked_at = began
        taken = set(self._taken)
        states = await self._store.due_sources(list(self._sources), now, len(self._sources) or 1)
        due = []
        for state in states:
            # What was read of one that was taken when this look began is stale, even if its poll has ended meanwhile.
            if state.source_id not in self._sources or state.source_id in taken or state.source_id in self._taken:
                continue
            url = self._sites.address(self._sources[state.source_id], state)
            site = rhythm.site_of(url)
            # Also false for one that was asked since this look began: that is stale, too.
            rested = began - self._asked_at.get(url, -math.inf) >= self._least.total_seconds()
            if rested and self._sites.may_be_asked(site, now):
                due.append((site, state))
        self._due.put(due)

    def _fill(self) -> None:
        """Claim more once half of the room is free: claims are stored together, so a few at a time would cost more."""
        idle = self._claiming is None or self._claiming.done()
        if self._due and idle and not self._stopping and len(self._in_flight) <= self._concurrency // 2:
            self._claiming = asyncio.create_task(self._claim_in_background(), name="claim sources")

    async def _claim_in_background(self) -> None:
        try:
            begun = await self._claim()
            for task in begun:
                task.add_done_callback(self._landed)
            if begun:  # polls may have landed while these were claimed
                asyncio.get_running_loop().call_soon(self._fill)
        except StoreError as error:
            self._due.clear()
            self._not_stored(error)

    async def _claim(self) -> list[asyncio.Task[PollResult]]:
        """Store the next due times of as many due sources as there is room for, and begin to ask them."""
        room = self._concurrency - len(self._in_flight)
        now = self._clock.now()
        taken = []
        for site, state in self._due.take(room):
            if state.source_id in self._sources:
                taken.append((site, state))
            else:  # it was taken back since it fell due
                self._due.give_back(site)
        if not taken:
            return []
        configs = {state.source_id: self._sources[state.source_id] for _, state in taken}
        claimed = [self._claimed(state, now) for _, state in taken]
        self._taken.update(configs)
        try:
            await self._store.claim_sources(claimed)
        except BaseException:
            for site, _ in taken:
                self._due.give_back(site)
            self._taken.difference_update(configs)
            raise
        self._at("poll.due_stored")
        tasks = []
        for (site, known), state in zip(taken, claimed, strict=True):
            config = configs[state.source_id]
            task = asyncio.create_task(self._poll(config, known, state, now), name=f"poll {config.id}")
            self._in_flight[config.id] = task
            task.add_done_callback(partial(self._ended, config.id, site))
            tasks.append(task)
        return tasks

    def _claimed(self, state: SourceState, now: datetime) -> SourceState:
        """The state that is stored before the request: whatever becomes of it, the source is not asked again before that time."""
        due = rhythm.next_poll(self._sources[state.source_id], state, now, least=self._least, hopeful=True)
        return replace(state, next_due_at=due, last_polled_at=now)

    async def _poll(self, config: SourceConfig, known: SourceState, state: SourceState, now: datetime) -> PollResult:
        self._asked_at[self._sites.address(config, known)] = self._clock.monotonic()
        return await self._asker.poll(config, known, state, now)

    def _ended(self, source_id: str, site: str, _: asyncio.Task[PollResult]) -> None:
        self._in_flight.pop(source_id, None)
        self._taken.discard(source_id)
        self._due.give_back(site)

    def _landed(self, task: asyncio.Task[PollResult]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, StoreError):
            self._due.clear()
            self._not_stored(error)
        elif error is not None:
            log.error("poll failed unexpectedly, tried again when due", task=task.get_name(), exc_info=error)
        self._fill()

    def _not_stored(self, error: StoreError) -> None:
        self._resume_at = self._clock.monotonic() + STORE_PAUSE
        if self._stored:  # said once, however many sources are due and however long it lasts
            log.warning("polls cannot be stored, tried again every few seconds", error=str(error))
        self._stored = False

    def _stored_again(self) -> None:
        if not self._stored:
            self._stored = True
            log.info("polls are stored again")
