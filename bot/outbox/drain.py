"""Sends what the outbox holds: nobody else sends through a notifier.

Promises: ``sending`` and a lease are committed before the call, the receipt after it; one call at a time in a channel, in
order; a call in hand is never cancelled and its lease is renewed while it lasts; whatever a notifier raises counts as an
outcome nobody knows, never as a success and never as a failure. Never decides what is said (``plan``) or what follows
from an answer (``retry``), never asks what became of a message (``doubts``); never logs what an exception says, for it may
hold a secret.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.deliveries import Action, Delivery, DeliveryState, Outcome, Receipt, Scope
from bot.core.errors import StoreError
from bot.core.leased import LeaseOverError, leaving_while
from bot.core.model import Channel, Platform
from bot.core.outbox import Claimed, Settled
from bot.core.reasons import Reason
from bot.core.spoken import speaking
from bot.outbox.doubts import Doubts, DoubtStore
from bot.outbox.notifier import Notifier
from bot.outbox.retry import Verdict, after_receipt, not_yet

LEASE = timedelta(seconds=120)
"""How long a claim is ours without renewal (docs/delivery.md)."""
LEASE_NEEDED = timedelta(seconds=20)
"""A call is begun only with at least so much of the lease left: a machine that slept must not send what others took over."""
CRASH_POINTS = (
    "drain.before_claim",
    "drain.after_claim",
    "drain.before_call",
    "drain.after_call",
    "drain.after_receipt",
    "drain.in_doubt",
    "drain.after_doubt",
)
"""Where the hook ``at`` is called, here and in ``doubts``: tests end the process there and count what was lost or repeated."""

_NEEDS_TARGET = frozenset({Action.EDIT, Action.REPLY})
_TOLD = frozenset({DeliveryState.SENT, DeliveryState.HELD, DeliveryState.SKIPPED, DeliveryState.DEAD})
"""States that are told to whoever shows deliveries: one line each."""

log = structlog.get_logger(__name__)


class OutboxStore(DoubtStore, Protocol):
    """What draining needs of the store. Every method is one transaction."""

    async def claim_next(
        self, channel_id: str, *, now: datetime, lease: timedelta, token: str, due: datetime | None = None
    ) -> Claimed | None:
        """The channel's next row due by ``due`` (by ``now`` unless said), now ``sending`` and ours.

        None if nothing is due or the channel waits or is parked.
        """
        ...

    async def renew(self, delivery_id: str, token: str, until: datetime) -> bool:
        """Prolong a lease; False if it is not ours any more."""
        ...

    async def settle(self, settled: Settled) -> Delivery | None:
        """Write what became of a claimed row; None if the lease is not ours any more."""
        ...

    async def take_in_doubt(self, now: datetime, *, all_sending: bool, in_hand: Collection[str]) -> Sequence[Delivery]:
        """Rows in doubt, with those whose lease has passed (or every ``sending`` row) turned into such; none of ``in_hand``."""
        ...


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person must know.

    Attributes:
        reason: what it is about.
        delivery_id: the row, or None when it is about the whole channel or platform.
        sentence: for people, without secrets.
    """

    reason: Reason
    platform: Platform
    channel_id: str
    delivery_id: str | None
    sentence: str


@dataclass(slots=True)
class _Lease:
    """How long a claim is ours, as far as this process knows: what it wrote itself."""

    until: datetime

    def is_ours(self, now: datetime) -> bool:
        return self.until - now >= LEASE_NEEDED


class Drain:
    """Takes a channel's due rows one after the other, sends each, writes down what came of it.

    Attributes:
        doubts: asks the same platforms what nobody wrote down.
    """

    def __init__(
        self,
        store: OutboxStore,
        notifiers: Mapping[Platform, Notifier],
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        new_token: Callable[[], str],
        on_settled: Callable[[Delivery], None] = lambda _: None,
        on_trouble: Callable[[Trouble], None] = lambda _: None,
        at: Callable[[str], None] = lambda _: None,
        lease: timedelta = LEASE,
        renew_every: float | None = None,
        settle_pause: float = 1.0,
        may_go: Callable[[Delivery], bool] = lambda _: True,
    ) -> None:
        """Build a drain.

        Args:
            store: the outbox.
            notifiers: one a platform.
            channels: by id; looked up anew for every row, so a reload may change it.
            clock: tells the time.
            new_token: a fresh lease token each time it is called.
            on_settled: called with every row that was sent, held, skipped or given up, after that was committed.
            on_trouble: called with what the operator must hear.
            at: called at each of CRASH_POINTS.
            lease: how long a claim lasts without renewal.
            renew_every: seconds between renewals of a lease in flight; a third of the lease if not given.
            settle_pause: seconds between two attempts to write a receipt while the store cannot take it.
            may_go: asked of every row right before its call; one that may not go yet waits a moment.
        """
        self._store = store
        self._notifiers = notifiers
        self._channels = channels
        self._clock = clock
        self._new_token = new_token
        self._on_settled = on_settled
        self._on_trouble = on_trouble
        self._at = at
        self._lease = lease
        self._renew_every = lease.total_seconds() / 3 if renew_every is None else renew_every
        self._settle_pause = settle_pause
        self._may_go = may_go
        self.doubts = Doubts(store, self._notifier, clock, at=at)
        self._busy: set[str] = set()
        self._called_again: set[str] = set()
        self._judged: dict[str, datetime] = {}
        self._refused: dict[Platform, str] = {}
        self._not_installed: set[tuple[Platform, str]] = set()
        self._stopping = False
        self._in_hand: set[asyncio.Task[bool]] = set()
        self._rows_in_hand: set[str] = set()
        self._homeless: set[str] = set()

    async def drain_channel(self, channel_id: str, *, within: float | None = None) -> None:
        """Send everything due in a channel; returns when nothing is due, the channel waits, or ``stop`` was called.

        If the channel is being drained already, that drain looks once more and this call returns at once.

        Args:
            channel_id: of the channel.
            within: seconds after which no further message is begun, though more is due; None for no such bound.

        Raises:
            LookupError: the channel is unknown, or its platform has no notifier.
            StoreError: the store failed; rows in hand become doubtful when their lease ends.
        """
        channel = self._channels[channel_id]
        self._notifier(channel)
        if channel_id in self._busy:
            self._called_again.add(channel_id)
            return
        self._busy.add(channel_id)
        begun = self._clock.monotonic()
        try:
            while not self._stopping and (within is None or self._clock.monotonic() - begun < within):
                self._called_again.discard(channel_id)
                sent = await self._never_cancelled(channel_id)
                if not sent and channel_id not in self._called_again:
                    return
        finally:
            self._busy.discard(channel_id)

    def judged(self, channel_id: str, until: datetime) -> None:
        """Send in a channel only what is due by then, until told otherwise: whether the rest may go was not asked yet."""
        self._judged[channel_id] = until

    def stop(self) -> None:
        """Claim nothing more. Calls in hand end by themselves; ``finish`` waits for them."""
        self._stopping = True

    async def finish(self) -> None:
        """Wait until every call in hand is over and written down."""
        self.stop()
        while self._in_hand:
            await asyncio.wait(self._in_hand)

    async def recover(self, *, all_sending: bool) -> int:
        """Settle rows whose outcome nobody wrote down: ask the platform where it can be asked, else by ``on_doubt``.

        Args:
            all_sending: at the start of the only process, every ``sending`` row is a dead process's; else only those whose
                lease has passed. Rows that this drain has in hand itself are left alone: it still may write their receipt.

        Returns:
            How many rows were in doubt.
        """
        in_hand = tuple(self._rows_in_hand)
        rows = await self._store.take_in_doubt(self._clock.now(), all_sending=all_sending, in_hand=in_hand)
        rows = [row for row in rows if row.id not in self._rows_in_hand]
        for row in rows:
            if row.channel_id in self._channels:
                with self._holding(row.id):
                    await self._resolve(row, self._channels[row.channel_id])
            elif row.id not in self._homeless:
                self._homeless.add(row.id)
                log.warning(
                    "a delivery in doubt belongs to a channel that is not configured", delivery=row.id, channel=row.channel_id
                )
        return len(rows)

    async def _never_cancelled(self, channel_id: str) -> bool:
        """Claim and send one row in a task of its own: cancelling the drain lets it end."""
        task = asyncio.create_task(self._send_next(channel_id), name=f"send {channel_id}")
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)
        return await asyncio.shield(task)

    async def _send_next(self, channel_id: str) -> bool:
        """Send the channel's next due row; False if there is none."""
        self._at("drain.before_claim")
        now = self._clock.now()
        due = min(now, self._judged.get(channel_id, now))
        claimed = await self._store.claim_next(channel_id, now=now, lease=self._lease, token=self._new_token(), due=due)
        if claimed is None:
            return False
        with self._holding(claimed.delivery.id):
            await self._send(claimed, self._channels[channel_id])
        return True

    async def _send(self, claimed: Claimed, channel: Channel) -> None:
        self._at("drain.after_claim")
        lease = _Lease(claimed.delivery.lease_expires_at or self._clock.now() + self._lease)
        async with self._renewed(claimed, lease):
            if self._may_go(claimed.delivery):
                verdict = await self._call(claimed.delivery, channel, lease)
            else:
                verdict = not_yet(claimed.delivery, self._clock.now())
            settled = await self._settle(claimed, verdict)
        if settled is None:
            log.warning("the lease of a delivery was lost while it was sent", delivery=claimed.delivery.id, channel=channel.id)
            return
        self._at("drain.after_receipt")
        self._report(settled, channel, verdict)
        if settled.state is DeliveryState.IN_DOUBT:
            await self._resolve(settled, channel)

    @contextlib.contextmanager
    def _holding(self, delivery_id: str) -> Iterator[None]:
        """This row is ours: ``recover`` leaves it alone."""
        self._rows_in_hand.add(delivery_id)
        try:
            yield
        finally:
            self._rows_in_hand.discard(delivery_id)

    async def _call(self, delivery: Delivery, channel: Channel, lease: _Lease) -> Verdict:
        now = self._clock.now()
        refused = self._refused.get(channel.platform)
        if refused is not None:
            return after_receipt(delivery, Receipt(Outcome.REJECTED, scope=Scope.TOKEN, detail=refused), now)
        if not lease.is_ours(now):
            return _too_late(delivery)
        if delivery.action in _NEEDS_TARGET and delivery.target_ref is None:
            error = "the message it belongs to was never sent"
            return Verdict(DeliveryState.SKIPPED, Reason.MESSAGE_GONE, error=error)
        try:
            if delivery.attempt > 1:
                await self.doubts.exclude(delivery, channel)
        except StoreError:
            error = "the store could not be asked before the call"
            return Verdict(DeliveryState.PENDING, delivery.reason, counted=False, error=error)
        self._at("drain.before_call")
        try:
            with speaking(channel.settings.language), leaving_while(lambda: lease.is_ours(self._clock.now())):
                receipt = await self._notifier(channel).deliver(delivery, channel)
        except LeaseOverError:
            return _too_late(delivery)
        except Exception as error:  # noqa: BLE001  # any fault of an adapter, foreseen or not, leaves the outcome unknown
            receipt = Receipt(Outcome.UNKNOWN, detail=type(error).__name__)
            log.warning("a notifier failed", delivery=delivery.id, channel=channel.id, error=type(error).__name__)
        self._at("drain.after_call")
        return after_receipt(delivery, receipt, self._clock.now(), taken_once=self.doubts.taken_once(channel))

    async def _settle(self, claimed: Claimed, verdict: Verdict) -> Delivery | None:
        """Write the verdict down, again and again for as long as the lease lasts: it is all that keeps a repeat away."""
        settled = Settled(
            delivery_id=claimed.delivery.id,
            lease_token=claimed.lease_token,
            state=verdict.state,
            reason=verdict.reason,
            now=self._clock.now(),
            message_ref=verdict.message_ref,
            not_before=verdict.not_before,
            channel_not_before=verdict.channel_not_before,
            park=verdict.park,
            error=verdict.error,
            counted=verdict.counted,
        )
        give_up = self._clock.monotonic() + self._lease.total_seconds()
        while True:
            try:
                return await self._store.settle(replace(settled, now=self._clock.now()))
            except StoreError:
                if self._clock.monotonic() >= give_up:
                    raise
                log.warning("a receipt could not be stored; trying again", delivery=settled.delivery_id)
                await asyncio.sleep(self._settle_pause)

    def _report(self, row: Delivery, channel: Channel, verdict: Verdict) -> None:
        if verdict.whole_platform:
            already = channel.platform in self._refused
            self._refused.setdefault(channel.platform, verdict.error)
            if already:
                return
        workspace = (channel.platform, channel.workspace_id)
        if verdict.park is Reason.NOT_INSTALLED:
            if workspace in self._not_installed:  # told with its first channel; the others of the workspace wait without a word
                return
            self._not_installed.add(workspace)
        elif row.state is DeliveryState.SENT:
            self._not_installed.discard(workspace)
        if verdict.tell:
            delivery_id = None if verdict.park else row.id
            self._on_trouble(Trouble(verdict.park or verdict.reason, channel.platform, channel.id, delivery_id, verdict.error))
        if row.state in _TOLD:
            self._on_settled(row)

    async def _resolve(self, row: Delivery, channel: Channel) -> None:
        written = await self.doubts.resolve(row, channel)
        if written is not None:
            resolved, verdict = written
            self._report(resolved, channel, verdict)

    @contextlib.asynccontextmanager
    async def _renewed(self, claimed: Claimed, lease: _Lease) -> AsyncIterator[None]:
        """Keep the lease ours while the call lasts."""
        task = asyncio.create_task(self._keep_lease(claimed, lease), name=f"lease {claimed.delivery.id}")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _keep_lease(self, claimed: Claimed, lease: _Lease) -> None:
        while True:
            await asyncio.sleep(self._renew_every)
            until = self._clock.now() + self._lease
            try:
                kept = await self._store.renew(claimed.delivery.id, claimed.lease_token, until)
            except StoreError:
                log.warning("a lease could not be renewed; trying again", delivery=claimed.delivery.id)
                continue
            if not kept:
                return
            lease.until = until

    def _notifier(self, channel: Channel) -> Notifier:
        try:
            return self._notifiers[channel.platform]
        except KeyError:
            raise LookupError(f"channel {channel.id!r} is on {channel.platform}, which is not connected") from None


def _too_late(delivery: Delivery) -> Verdict:
    return Verdict(DeliveryState.PENDING, delivery.reason, counted=False, error="the lease ran out before the call")
