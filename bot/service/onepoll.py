"""One poll of one source: it is asked, and what came of it is stored, its items with its new state or that it failed.

Promises: validators are stored only together with the items they stand for; a poll that breaks off stores what came before and
leaves validators as they were; a fault of this program that one document brings out is a failed poll of that source alone. What an
answer means for the next poll, ``rhythm`` and ``sourcehealth`` say. Never decides who is asked, nor when (``poll``).

Polls that end together are stored together: most answers are "not modified", and then the transaction would cost more than the
request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.core.clock import Clock, format_instant
from bot.core.errors import DocumentError, WatchlampError
from bot.core.leased import LeaseOverError
from bot.core.model import Item
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.service import rhythm, sourcehealth
from bot.service.sites import Sites
from bot.service.together import Together

ITEMS_TOGETHER = 500
"""Entries in one transaction of several polls: some tens of milliseconds, in which nobody else can write to SQLite."""
FEWEST_IN_WINDOW = 3
"""Entries that a source has to show before "none of them was known" says that some between were lost."""

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


class AskingStore(Protocol):
    """What is needed of the store to keep what sources bring."""

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


class Asker:
    """Asks sources, one a call.

    Args:
        store: where their states and items are kept.
        ask: who asks one of them.
        clock: the time.
        sites: what is known of the sites that were asked.
        pushes: who else brings what sources have.
        on_news: called after a poll that brought something.
        on_stored: called after a poll was stored that did not fail.
        on_throttled: called with a site that wants to be left alone.
        on_polled: called with every poll that was stored.
        at: called with the name of each step; crash tests end the process there.
        least: ``net.min_interval``: no address is asked sooner again, whatever else is wanted.
        shared: several processes poll, so that a poll that ends late must not undo a later one.
    """

    def __init__(
        self,
        *,
        store: AskingStore,
        ask: AskSource,
        clock: Clock,
        sites: Sites,
        pushes: Pushes,
        on_news: Callable[[], None],
        on_stored: Callable[[], None],
        on_throttled: Callable[[str], None],
        on_polled: Callable[[PollResult], None],
        at: Callable[[str], None],
        least: timedelta,
        shared: bool = False,
    ) -> None:
        self._shared = shared
        self._ask = ask
        self._clock = clock
        self._sites = sites
        self._pushes = pushes
        self._on_news = on_news
        self._on_stored = on_stored
        self._on_throttled = on_throttled
        self._on_polled = on_polled
        self._at = at
        self._least = least
        self._commits: Together[PollRecord, Committed] = Together(
            lambda records: store.commit_polls(records, clock.now()),
            weight=lambda record: 1 + len(record.items),
            most=ITEMS_TOGETHER,
        )

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

    async def finish(self) -> None:
        """Wait for the transaction in hand."""
        await self._commits.finish()

    async def poll(self, config: SourceConfig, known: SourceState, state: SourceState, now: datetime) -> PollResult:
        """Ask one source and store its answer, or that it failed.

        Args:
            config: of the source.
            known: its state with the validators to send.
            state: the same, claimed.
            now: when it was claimed.

        Raises:
            LeaseOverError: this process may not ask any more; nothing was stored.
        """
        begun = self._clock.monotonic()
        try:
            polled = await self._ask(replace(config, url=known.adopted_url) if known.adopted_url else config, known, now)
        except WatchlampError as error:
            return await self._failed(config, state, error)
        except LeaseOverError:
            raise  # not the source's doing
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
        self._sites.recovered(rhythm.site_of(self._sites.address(config, known)), ended)
        window = polled.window and not baseline and bool(state.entries) and len(polled.items) >= FEWEST_IN_WINDOW
        claimed_at = now if self._shared else None
        record = PollRecord(after, _ranked(polled.items, baseline=baseline), window=window, claimed_at=claimed_at)
        committed = await self._commits.do(record)
        self._on_stored()
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
            self._on_throttled(site)
            failed = replace(failed, next_due_at=max(failed.next_due_at or now, until), throttled_until=until)
        if rhythm.is_gone(error) and state.adopted_url:  # only the adopted address is gone; the configured one may know a newer
            failed = replace(failed, trouble="410")
        claimed_at = state.last_polled_at if self._shared else None
        record = PollRecord(failed, _ranked(items, baseline=state.baselined_at is None), claimed_at=claimed_at)
        committed = await self._commits.do(record)
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
