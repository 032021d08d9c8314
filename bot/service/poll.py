"""Poll what is due and store what it brought: a source's state and its items in one transaction.

Promises: a source is never asked before its time, not even after a crash (the next due time is stored before the
request); one source of a site at a time, and none of a site that said it is asked too often; validators are stored only together
with the items they stand for; one failing source changes nothing for the others. When the time is, ``rhythm`` says.
Never reads, matches or posts: a committed poll only wakes the next stage.

Sources are claimed some at a time, and polls that end together are stored together: most answers are "not modified", and
then the transaction would cost more than the request.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Protocol

import structlog

from bot.core.clock import Clock, format_instant
from bot.core.errors import DocumentError, StoreError, WatchlampError
from bot.core.model import Item
from bot.core.records import PollRecord, SourceConfig, SourceState
from bot.service import rhythm, sourcehealth
from bot.service.duelist import DueList
from bot.service.sites import Sites
from bot.service.together import Together

CONCURRENCY = 32
"""Sources asked at a time, as many as the fetcher has in flight."""
ITEMS_TOGETHER = 500
"""Entries in one transaction of several polls: some tens of milliseconds, in which nobody else can write to SQLite."""
FEWEST_IN_WINDOW = 3
"""Entries that a source has to show before "none of them was known" says that some between were lost."""
LOOK_EVERY = 5.0
"""Seconds after which the store is asked again what is due, though some sources still wait for their site: another site's
sources must not wait for that."""
STORE_PAUSE = 10.0
"""Seconds without polls after one that could not be stored: a full disk is not emptied by asking once a second."""

log = structlog.get_logger(__name__)


class Polled(rhythm.Answer, Protocol):
    """What a source answered; see ``bot.sources.contract.Polled``."""

    @property
    def items(self) -> tuple[Item, ...]:
        """Entries, oldest first."""
        ...

    @property
    def listed(self) -> int | None:
        """How many entries the answer listed, known ones too; None: as many as ``items``."""
        ...

    @property
    def window(self) -> bool:
        """These are all entries that the source shows."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What was odd, in sentences."""
        ...

    @property
    def broken_off(self) -> WatchlampError | None:
        """What stopped the poll before its end; the items are those that came before."""
        ...


class Committed(Protocol):
    """What a stored poll changed."""

    @property
    def new(self) -> tuple[str, ...]:
        """Ids of items that were not known."""
        ...

    @property
    def edited(self) -> tuple[str, ...]:
        """Ids of items in stories that read differently now."""
        ...


class PollStore(Protocol):
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

    async def commit_polls(self, records: Sequence[PollRecord], now: datetime) -> Sequence[Committed]:
        """Store polls with their items, in one transaction."""
        ...


class Pushes(Protocol):
    """Who else brings what sources have, without a poll (``bot.service.websub``)."""

    def shortest_wait(self, source_id: str) -> timedelta:
        """The least time between two polls of a source whose news is brought; nothing for any other."""
        ...

    def polled(self, source_id: str, new: int) -> None:
        """A poll was stored that brought so many entries nobody had brought before."""
        ...


class NoPushes:
    """Nobody brings anything: every source is polled at its own interval."""

    def shortest_wait(self, source_id: str) -> timedelta:
        """None."""
        return timedelta(0)

    def polled(self, source_id: str, new: int) -> None:
        """Nothing to note."""


AskSource = Callable[[SourceConfig, SourceState, datetime], Awaitable[Polled]]
"""Ask one source for its entries; raises FetchError or DocumentError."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """One poll, for logs and the terminal. ``new`` counts stored entries; ``error`` is a sentence or empty."""

    source_id: str
    new: int = 0
    not_modified: bool = False
    baseline: bool = False
    error: str = ""


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
        self._pushes = pushes or NoPushes()
        self._store = store
        self._ask = ask
        self._clock = clock
        self._on_news = on_news
        self._at = at
        self._on_polled = on_polled
        self._concurrency = concurrency
        self._commits: Together[PollRecord, Committed] = Together(
            lambda records: store.commit_polls(records, clock.now()),
            weight=lambda record: 1 + len(record.items),
            most=ITEMS_TOGETHER,
        )
        self._least = least
        self._sites = Sites(sources, where)
        self._due = DueList(failing=max(concurrency // 2, 1))
        self._remembers = False
        self._asked_at: dict[str, float] = {}
        self._looked_at = -math.inf
        self._in_flight: dict[str, asyncio.Task[PollResult]] = {}
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
        """Store what came without a poll, in one transaction with the polls that end meanwhile, and wake the next stage.

        Raises:
            StoreError: it cannot be stored.
        """
        committed = await self._commits.do(record)
        self._at("push.committed")
        if committed.new or committed.edited:
            self._on_news()
        return committed

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
        await self._commits.finish()

    async def _look(self) -> None:
        """Remember which sources are due; only this poller changes their states, so they may wait for room here."""
        if not self._remembers:
            self._sites.remember(await self._store.source_states())
            self._remembers = True
        now, began = self._clock.now(), self._clock.monotonic()
        self._looked_at = began
        states = await self._store.due_sources(list(self._sources), now, len(self._sources) or 1)
        due = []
        for state in states:
            if state.source_id not in self._sources or state.source_id in self._in_flight:
                continue
            url = self._sites.address(self._sources[state.source_id], state)
            site = rhythm.site_of(url)
            # Also false for one that was asked since this look began: what was read of it is stale.
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
        try:
            await self._store.claim_sources(claimed)
        except BaseException:
            for site, _ in taken:
                self._due.give_back(site)
            raise
        self._at("poll.due_stored")
        tasks = []
        for (site, known), state in zip(taken, claimed, strict=True):
            config = configs[state.source_id]
            task = asyncio.create_task(self._ask_and_store(config, known, state, now), name=f"poll {config.id}")
            self._in_flight[config.id] = task
            task.add_done_callback(partial(self._ended, config.id, site))
            tasks.append(task)
        return tasks

    def _claimed(self, state: SourceState, now: datetime) -> SourceState:
        """The state that is stored before the request: whatever becomes of it, the source is not asked again before that time."""
        due = rhythm.next_poll(self._sources[state.source_id], state, now, least=self._least, hopeful=True)
        return replace(state, next_due_at=due, last_polled_at=now)

    def _ended(self, source_id: str, site: str, _: asyncio.Task[PollResult]) -> None:
        self._in_flight.pop(source_id, None)
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

    async def _ask_and_store(self, config: SourceConfig, known: SourceState, state: SourceState, now: datetime) -> PollResult:
        """Ask one source and store its answer.

        Args:
            config: of the source.
            known: its state with the validators to send.
            state: the same, claimed.
            now: when it was claimed.
        """
        begun = self._clock.monotonic()
        url = self._sites.address(config, known)
        self._asked_at[url] = begun
        try:
            polled = await self._ask(replace(config, url=known.adopted_url) if known.adopted_url else config, known, now)
        except WatchlampError as error:
            return await self._failed(config, state, error)
        except Exception as error:
            # A fault of ours that one document brings out must not stop the others, nor be met again every few minutes.
            log.exception("poll met a fault of the program", source=config.id)
            fault = DocumentError(f"The program failed on it ({type(error).__name__}); its log says more.")
            return await self._failed(config, state, fault)
        self._at("poll.answered")
        self._sites.answered()
        if polled.broken_off is not None:
            # Validators and the first poll's end stay open: the next poll has to see all of it.
            state = state if polled.memory is None else replace(state, memory=polled.memory)
            return await self._failed(config, state, polled.broken_off, polled.items)
        baseline = state.baselined_at is None
        ended = self._clock.now()
        after = sourcehealth.answered(state, polled, ended, seconds=self._clock.monotonic() - begun)
        after = rhythm.after_success(config, after, polled, ended, least=self._least)
        pushed = self._pushes.shortest_wait(config.id)
        if after.next_due_at is not None and pushed > after.next_due_at - ended:
            after = replace(after, next_due_at=ended + pushed)
        if after.adopted_url != state.adopted_url:
            log.warning(
                "a source has moved for good; it is asked there from now on",
                source=config.id,
                site=rhythm.site_of(after.adopted_url),
            )
        self._sites.recovered(rhythm.site_of(url), ended)
        window = polled.window and not baseline and bool(state.entries) and len(polled.items) >= FEWEST_IN_WINDOW
        committed = await self._commits.do(PollRecord(after, _ranked(polled.items, baseline=baseline), window=window))
        if not self._stored:
            self._stored = True
            log.info("polls are stored again")
        self._at("poll.committed")
        if not baseline:
            self._pushes.polled(config.id, len(committed.new))
        if committed.new or committed.edited:
            self._on_news()
        told = log.info if committed.new or baseline else log.debug
        noted = {"notes": list(polled.notes)} if polled.notes else {}
        told("polled", source=config.id, new=len(committed.new), not_modified=polled.not_modified, baseline=baseline, **noted)
        return self._told(PollResult(config.id, len(committed.new), polled.not_modified, baseline))

    async def _failed(
        self, config: SourceConfig, state: SourceState, error: WatchlampError, items: Sequence[Item] = ()
    ) -> PollResult:
        """Store a failure, with the items that came before it."""
        now = self._clock.now()
        state = sourcehealth.refused(state, error, now)
        failed = rhythm.after_failure(config, state, error, now, least=self._least)
        site = self._sites.of(config, state)
        if self._sites.are_we_away(site, state):
            # It is not the site that is away: then it is asked again at its interval, so that all is read soon after we are back.
            due = rhythm.next_poll(config, replace(failed, failures=0), now, least=self._least)
            failed = replace(failed, next_due_at=min(failed.next_due_at or due, due))
        if rhythm.is_throttled(state, error, now):
            until = self._sites.throttle(site, error, now)
            self._due.drop(site)
            failed = replace(failed, next_due_at=max(failed.next_due_at or now, until), throttled_until=until)
        if rhythm.is_gone(error) and state.adopted_url:  # only the adopted address is gone; the configured one may know a newer
            failed = replace(failed, trouble="410")
        committed = await self._commits.do(PollRecord(failed, _ranked(items, baseline=state.baselined_at is None)))
        if committed.new or committed.edited:
            self._on_news()
        log.warning(
            "poll failed",
            source=config.id,
            error=str(error),
            failures=failed.failures,
            next_due=format_instant(failed.next_due_at) if failed.trouble != rhythm.GONE else "never",
        )
        return self._told(PollResult(config.id, len(committed.new), error=str(error)))

    def _told(self, result: PollResult) -> PollResult:
        self._on_polled(result)
        return result


def _ranked(items: Sequence[Item], *, baseline: bool) -> tuple[tuple[Item, int | None], ...]:
    """Pair items, oldest first, with their baseline rank: 0 for the newest."""
    newest = len(items) - 1
    return tuple((item, newest - index if baseline else None) for index, item in enumerate(items))
