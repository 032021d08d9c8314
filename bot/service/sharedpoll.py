"""Polls of which several processes each do a share: one says what is due, any of them asks.

Promises: a source is asked by one process at a time and never before its time, whoever dies or sleeps meanwhile: a claim is a
compare-and-set in the store, a sleeper that wakes asks nobody on an old claim, and what it brings after somebody else's does not
overwrite what that one wrote. One source of a site at a time in each visit; that one visit of a site goes on at a time is up to
who calls (a lock of the job queue).
When the time is, ``rhythm`` says; what becomes of each poll is in ``onepoll``. Never reads, matches or posts.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.declared import scope_of
from bot.core.errors import StoreError
from bot.core.identity import digest
from bot.core.leased import LeaseOverError, leaving_while
from bot.core.sources import DueSource, PollRecord, SourceConfig, SourceState
from bot.service import rhythm
from bot.service.awake import Awake
from bot.service.onepoll import Asker, AskingStore, AskSource, Committed, NoPushes, PollResult, Pushes
from bot.service.sites import Sites

MOST_OF_A_SITE = 20
"""Sources of one visit: what is left over is due still, and told at the next look. A visit that lasts for minutes would keep its
process from ending."""
ALONE_FOR = 25.0
"""Seconds without a step after which a visit ends: a process that is silent for half a minute has lost the site to another."""
TWINS_FOR = 60.0
"""Seconds for which it is believed which sources have one address."""
KEY = 16
"""Hexadecimal digits by which a site is called where its name could be read: an address may be a secret."""

log = structlog.get_logger(__name__)


class SharingStore(AskingStore, Protocol):
    """What polling in shares needs of the store."""

    async def due_now(self, now: datetime) -> list[DueSource]:
        """Every source that is due, longest overdue first."""
        ...

    async def throttled_sources(self, now: datetime) -> Mapping[str, SourceState]:
        """Those whose site wants to be left alone still."""
        ...

    async def states_of(self, keys: Collection[tuple[str, str]]) -> Mapping[str, SourceState]:
        """The states of these sources, by id; asked for by workspace and id."""
        ...

    async def claim_source(self, claimed: SourceState, known: SourceState) -> bool:
        """Store when a source is asked and is due again; False if another process did since ``known`` was read."""
        ...


@dataclass(frozen=True, slots=True)
class Visit:
    """Sources of one site that are due, to be asked one after the other.

    Attributes:
        site: the site's key, the same in every process; it tells nobody the site's name.
        sources: their ids, longest overdue first.
        workspace: whose the first of them is.
    """

    site: str
    sources: tuple[str, ...]
    workspace: str


class SharedPoller:
    """Polls declared sources together with other processes.

    Args:
        sources: by id; those that come and go while it runs are seen at the next look.
        store: where their states and items are kept.
        ask: who asks one of them.
        clock: the time, of which all processes have the same.
        on_news: called after a poll that brought something.
        at: called with the name of each step; crash tests end the process there.
        on_polled: called with every poll that was stored.
        least: ``net.min_interval``: no address is asked sooner again, whatever else is wanted.
        where: the true address of a source, which may be secret. It is kept in memory only.
        pushes: who else brings what sources have.
    """

    def __init__(
        self,
        sources: Mapping[str, SourceConfig],
        *,
        store: SharingStore,
        ask: AskSource,
        clock: Clock,
        on_news: Callable[[], None],
        at: Callable[[str], None],
        on_polled: Callable[[PollResult], None] = lambda _: None,
        least: timedelta = timedelta(0),
        where: Callable[[SourceConfig], str] = attrgetter("url"),
        pushes: Pushes | None = None,
    ) -> None:
        self._sources = sources
        self._store = store
        self._clock = clock
        self._at = at
        self._least = least
        self._where = where
        self._sites = Sites(sources, where)
        self._stored = True
        self._stopping = False
        self._awake = Awake(clock)
        self._twins: dict[str, list[SourceConfig]] = {}
        self._twins_until = -math.inf
        self._in_flight: set[asyncio.Task[PollResult]] = set()
        self._asker = Asker(
            store=store,
            ask=ask,
            clock=clock,
            sites=self._sites,
            pushes=pushes or NoPushes(),
            on_news=on_news,
            on_stored=self._stored_again,
            on_throttled=lambda _: None,
            on_polled=on_polled,
            at=at,
            least=least,
            shared=True,
        )

    @property
    def stored(self) -> bool:
        """Whether what sources bring can be stored, as far as the last poll of this process tells."""
        return self._stored

    async def due(self) -> list[Visit]:
        """What is to be asked now, a visit for each site, the longest overdue first.

        Raises:
            StoreError: the database does not answer.
        """
        now = self._clock.now()
        due = await self._store.due_now(now)
        if not due:
            return []
        silent = {self._site(state.source_id, state.adopted_url) for state in (await self._store.throttled_sources(now)).values()}
        visits: dict[str, list[str]] = {}
        for source in sorted(due, key=lambda source: source.failures > 0):  # stable: those that fail wait for the others
            config = self._sources.get(source.source_id)
            if config is None or source.address_hash != digest(config.asked):
                continue  # not declared here, or elsewhere with another address: a changed configuration is on its way round
            site = self._site(source.source_id, source.adopted_url)
            waiting = visits.setdefault(site, [])
            if site not in silent and len(waiting) < MOST_OF_A_SITE:
                waiting.append(source.source_id)
        return [Visit(digest(site)[:KEY], tuple(waiting), scope_of(waiting[0])) for site, waiting in visits.items() if waiting]

    async def visit(self, ids: Sequence[str]) -> list[PollResult]:
        """Ask these sources one after the other, as far as they are due still and nobody else asks them.

        What a site said to another process since this was put into the queue is heard first. After a step that took so long that
        another process may visit the site by now, the rest is left: it is due still, and told again.

        Raises:
            StoreError: the polls cannot be stored; what was not stored is due again in its time.
        """
        done: list[PollResult] = []
        self._awake.start()
        alone_until = self._clock.monotonic() + ALONE_FOR
        self._sites.remember(await self._store.throttled_sources(self._clock.now()))
        for source_id in ids:
            config = self._sources.get(source_id)
            if self._stopping or self._clock.monotonic() > alone_until:
                break
            alone_until = self._clock.monotonic() + ALONE_FOR
            if config is None:
                continue
            asked = [(one.workspace_id, one.id) for one in (config, *self._same_address(config))]
            states = dict(await self._store.states_of(asked))
            known, now = states.pop(source_id, None), self._clock.now()
            if known is None or not self._may_be_asked(config, known, now):
                continue
            if any(twin.last_polled_at is not None and now - twin.last_polled_at < self._least for twin in states.values()):
                continue
            due = rhythm.next_poll(config, known, now, least=self._least, hopeful=True)
            claimed = replace(known, next_due_at=due, last_polled_at=now)
            ours = self._awake.since_now()
            if not await self._store.claim_source(claimed, known):
                continue
            self._at("poll.due_stored")
            try:
                with leaving_while(ours):
                    done.append(await self._asked(config, known, claimed, now))
            except LeaseOverError:
                # Another process may be at the same site by now. That we slept says nothing of the source: it is due still.
                log.warning("a poll was left, for this process was silent since it began", source=source_id)
                await self._store.claim_source(known, claimed)
                break
        return done

    async def take(self, record: PollRecord) -> Committed:
        """Store what came without a poll, and wake the next stage.

        Raises:
            StoreError: it cannot be stored.
        """
        return await self._asker.take(record)

    async def stop(self) -> None:
        """Begin no poll any more and drop those in flight: nothing of them is stored, they are asked again when due."""
        self._stopping = True
        for task in tuple(self._in_flight):
            task.cancel()
        await asyncio.gather(*self._in_flight, return_exceptions=True)
        await self._awake.stop()
        await self._asker.finish()

    def _site(self, source_id: str, adopted_url: str) -> str:
        config = self._sources.get(source_id)
        return rhythm.site_of(adopted_url or (self._where(config) if config is not None else "") or f"source:{source_id}")

    def _same_address(self, config: SourceConfig) -> Sequence[SourceConfig]:
        """Other sources with the address of this one; sought once a minute, for there are hardly ever any."""
        moment = self._clock.monotonic()
        if moment >= self._twins_until:
            known: dict[str, list[SourceConfig]] = {}
            for source in self._sources.values():
                known.setdefault(source.asked, []).append(source)
            self._twins = {asked: twins for asked, twins in known.items() if len(twins) > 1}
            self._twins_until = moment + TWINS_FOR
        return [other for other in self._twins.get(config.asked, ()) if other.id != config.id]

    def _may_be_asked(self, config: SourceConfig, known: SourceState, now: datetime) -> bool:
        self._sites.remember({config.id: known})
        due = known.next_due_at is None or known.next_due_at <= now
        gone = known.trouble == rhythm.GONE or known.address_hash != digest(config.asked)
        return due and not gone and self._sites.may_be_asked(self._sites.of(config, known), now)

    async def _asked(self, config: SourceConfig, known: SourceState, claimed: SourceState, now: datetime) -> PollResult:
        task = asyncio.create_task(self._asker.poll(config, known, claimed, now), name=f"poll {config.id}")
        self._in_flight.add(task)
        try:
            return await task
        except StoreError as error:
            if self._stored:  # said once, however many sources are due and however long it lasts
                log.warning("polls cannot be stored, tried again every few seconds", error=str(error))
            self._stored = False
            raise
        finally:
            self._in_flight.discard(task)

    def _stored_again(self) -> None:
        if not self._stored:
            self._stored = True
            log.info("polls are stored again")
