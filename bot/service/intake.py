"""What hubs push: kept before the hub is told so, believed if it is signed, read and stored like the answer to a poll.

Promises: what was accepted is not lost, whenever the process dies; what is not signed with our secret is never read, and the
sender is not told; the same body counts once; items, and the note that their push is dealt with, are stored in one transaction;
what brings no text is only a reason to poll, never earlier than the shortest interval allows. Never reads a body before its hub
has its answer.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.errors import DocumentError, StoreError
from bot.core.model import Item
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.core.subscriptions import Kept, Push, PushState, Subscription
from bot.service import leases
from bot.service.signed import is_signed

MOST_WAITING = 8
"""Pushes of one subscription that may wait to be read, 10 MB each at most; above that its hub is told to come back (503)."""
AT_ONCE = 4
"""Pushes read side by side, each of another subscription; with 10 MB each at most, what they hold of memory."""
HINTS = 1000
"""Reasons to poll looked at in one pass; there is at most one a subscription."""

ACCEPTED = 202
AGAIN = 503

log = structlog.get_logger(__name__)


class PushStore(Protocol):
    """What taking in needs of the store."""

    async def subscription(self, token: str) -> Subscription | None:
        """The subscription whose callback ends so."""
        ...

    async def keep_push(self, token: str, digest: str, body: bytes, content_type: str | None, now: datetime, *, most: int) -> Kept:
        """Keep a body, once, unless too many wait."""
        ...

    async def keep_hint(self, token: str, digest: str, now: datetime) -> None:
        """Keep that there is a reason to poll."""
        ...

    async def waiting_pushes(self, state: PushState, limit: int) -> Sequence[Push]:
        """The oldest of each subscription in that state."""
        ...

    async def settle_push(self, number: int) -> None:
        """Nothing is left to do about it."""
        ...

    async def make_hint(self, number: int) -> None:
        """It is only a reason to poll."""
        ...

    async def source_state(self, source_id: str) -> SourceState | None:
        """What is remembered of a source between polls."""
        ...

    async def hasten_poll(self, source_id: str, due: datetime) -> bool:
        """Make a source due then if it is due later and in no trouble."""
        ...


class Brought(Protocol):
    """What a push holds; see ``bot.sources.websub.Brought``."""

    @property
    def items(self) -> tuple[Item, ...]:
        """Oldest first; empty if it is only a reason to poll."""
        ...


Read = Callable[[SourceConfig, Push, datetime], Awaitable[Brought]]
"""Read a push as its source's document; raises DocumentError if it is none."""

Take = Callable[[PollRecord], Awaitable[object]]
"""Store items as the answer to a poll would be, in one transaction; raises StoreError."""


class Intake:
    """Takes in what hubs push.

    Args:
        sources: declared, by id.
        store: where pushes are kept.
        read: reads one.
        take: stores what it held.
        shortest: the least time between two polls of any source.
        clock: the present.
        on_push: called when there is something to read.
        on_taken: called with source and token when a push is stored.
    """

    def __init__(
        self,
        sources: Mapping[str, SourceConfig],
        *,
        store: PushStore,
        read: Read,
        take: Take,
        shortest: timedelta,
        clock: Clock,
        on_push: Callable[[], None],
        on_taken: Callable[[str, str], None],
    ) -> None:
        self._sources = sources
        self._store = store
        self._read = read
        self._take = take
        self._shortest = shortest
        self._clock = clock
        self._on_push = on_push
        self._on_taken = on_taken
        self._working: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.ignored: Counter[str] = Counter()
        """How many pushes of each source were not believed since the start."""

    async def refusal(self, token: str) -> int | None:
        """The status with which a delivery is refused before its body is read, or None.

        Raises:
            StoreError: the database does not answer.
        """
        return leases.delivery_status(await self._store.subscription(token))

    async def receive(self, token: str, body: bytes, *, content_type: str | None, signature: str | None) -> int:
        """Keep what a hub brought; the status to answer with.

        Args:
            token: the last part of the callback's path.
            body: as it came.
            content_type: the header, or None.
            signature: the header X-Hub-Signature, or None.

        Raises:
            StoreError: it cannot be kept, so it must not be accepted.
        """
        subscription = await self._store.subscription(token)
        status = leases.delivery_status(subscription)
        if status is not None or subscription is None:
            return status or 404
        now = self._clock.now()
        marked = hashlib.sha256(body).hexdigest()
        if subscription.secret is None:  # it was asked in the clear: anybody may have listened, so this proves nothing
            await self._store.keep_hint(token, f"hint {now.isoformat()} {marked}", now)
        elif not await is_signed(body, signature, subscription.secret):
            self._ignore(subscription.source_id, "it is not signed" if signature is None else "its signature is wrong")
            return ACCEPTED
        else:
            kept = await self._store.keep_push(token, marked, body, content_type, now, most=MOST_WAITING)
            if kept is Kept.FULL:
                log.warning("a hub pushes faster than can be read, it is told to come back", source=subscription.source_id)
                return AGAIN
            if kept is Kept.KNOWN:
                log.debug("a push came before", source=subscription.source_id)
                return ACCEPTED
        self._on_push()
        return ACCEPTED

    async def process(self) -> None:
        """Read and store what waits; to be called often, and whenever a push came.

        Raises:
            StoreError: the database does not answer; what waits goes on waiting.
        """
        while not self._stopping and (waiting := await self._store.waiting_pushes(PushState.OPEN, AT_ONCE)):
            self._working = {asyncio.create_task(self._deal_with(push), name=f"push {push.source_id}") for push in waiting}
            outcomes = await asyncio.gather(*self._working, return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, Exception):
                    raise outcome
        for hint in await self._store.waiting_pushes(PushState.HINT, HINTS):
            await self._hint(hint)

    async def stop(self) -> None:
        """Read nothing any more; what is not stored yet is kept for the next start."""
        self._stopping = True
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    async def _deal_with(self, push: Push) -> None:
        config = self._sources.get(push.source_id)
        if config is None:
            await self._store.settle_push(push.number)
            return
        try:
            brought = await self._read(config, push, self._clock.now())
            items = brought.items
        except DocumentError as error:
            log.warning("what a hub pushed cannot be read, the source is polled instead", source=config.id, error=str(error))
            items = ()
        except StoreError:
            raise
        except Exception:
            # A fault of ours that one body brings out must not keep what comes after it from being read.
            log.exception("a push met a fault of the program, the source is polled instead", source=config.id)
            items = ()
        if not items:
            await self._store.make_hint(push.number)
            return
        record = PollRecord(SourceState(config.id, config.workspace_id), tuple((item, None) for item in items), push=push.number)
        await self._take(record)
        self._on_taken(config.id, push.token)
        log.info("pushed", source=config.id, entries=len(items))

    async def _hint(self, push: Push) -> None:
        """Have the source polled as soon as manners allow; done once a poll began after the hint, or its server wants its peace."""
        state = await self._store.source_state(push.source_id)
        asked = None if state is None else state.last_polled_at
        if state is None or state.failures or (asked is not None and asked >= push.received_at):
            await self._store.settle_push(push.number)
            return
        now = self._clock.now()
        soonest = now if asked is None else max(now, asked + self._shortest)
        if state.next_due_at is not None and state.next_due_at > soonest:
            await self._store.hasten_poll(push.source_id, soonest)

    def _ignore(self, source_id: str, why: str) -> None:
        """Count, and say so at the first, second, fourth, eighth ...: whoever knows the address could fill a disk otherwise."""
        self.ignored[source_id] += 1
        times = self.ignored[source_id]
        if times & (times - 1) == 0:
            log.warning("a push was ignored", source=source_id, why=why, times=times)
