"""Keep the outbox moving: release what was held, drain every channel that has something to send.

Promises: one drain per channel at a time, channels do not wait for one another; what was held leaves as one message.
Never decides what to say: that is planned and committed before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.deliveries import Delivery, DeliveryState
from bot.core.errors import StoreError
from bot.core.model import Channel, Rule
from bot.core.outbox import NewDelivery, Stale
from bot.core.reasons import Reason
from bot.core.silences import Hold
from bot.outbox.drain import Drain
from bot.outbox.plan import Release, after_hold, catch_up, release
from bot.outbox.retry import wait_parked
from bot.outbox.wanted import CAP_WINDOW, Standing, others_may_want, room_from
from bot.outbox.windows import quiet_ends
from bot.service.asked import AskedAgain, AskedStore, Heard, Recalled, a_turn

RECOVER_EVERY = 5.0
"""Seconds between two looks for sends that nobody ended: a lease lasts two minutes, so this adds next to nothing to the wait."""

TURN = 10.0
"""Seconds for which one of several processes stays in a channel: the desk looks every second who should be sent to, and by whom."""

log = structlog.get_logger(__name__)


class DeliverStore(AskedStore, Protocol):
    """What delivering needs of the store besides what the drain itself needs."""

    async def ready_channels(self, now: datetime) -> list[str]:
        """Channels that have something due and may send."""
        ...

    async def parked_channels(self, reason: Reason) -> list[str]:
        """Channels that are parked for this reason."""
        ...

    async def unpark(self, channel_id: str) -> bool:
        """Let a parked channel send again."""
        ...

    async def held_due(self, now: datetime) -> dict[str, list[Delivery]]:
        """Held rows whose time has come, by channel."""
        ...

    async def pending(self, channel_id: str) -> list[Delivery]:
        """Rows of the channel that wait to be sent."""
        ...

    async def commit_digest(self, new: NewDelivery, held_ids: Sequence[str], now: datetime) -> Delivery:
        """Write a digest and mark the rows it tells, in one transaction; raises Stale if one of them changed."""
        ...

    async def put_off(self, delivery_ids: Collection[str], until: datetime, now: datetime) -> None:
        """Let held rows wait until then."""
        ...

    async def release(self, delivery_id: str, now: datetime) -> object:
        """Let a held row wait to be sent."""
        ...

    async def holds_standing(self) -> list[Hold]:
        """Holds of people that are in force, or whose end is not settled."""
        ...

    async def settle_holds(self, channel_id: str, now: datetime) -> bool:
        """What waited behind ended holds was let out; False if another hold stands there."""
        ...


class Deliverer:
    """Drains channels as their deliveries fall due."""

    def __init__(
        self,
        *,
        store: DeliverStore,
        drain: Drain,
        channels: Mapping[str, Channel],
        clock: Clock,
        rules: Mapping[str, Rule] | None = None,
        on_settled: Callable[[Delivery], None] = lambda _: None,
        muted: Heard | None = None,
        recalled: Recalled | None = None,
        take_up: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Build a deliverer.

        Args:
            store: the outbox.
            drain: sends.
            channels: by id.
            clock: tells the time.
            rules: by id, to skip what waits for a rule that is gone; None where rules do not change.
            on_settled: called with every row that is told in a digest, held or skipped instead of being sent.
            muted: asks what people silenced since something was planned; None where nobody can.
            recalled: tells what was said already in a time that the database does not know; None where it knows all.
            take_up: brings into force what other processes declared; None where there are none beside this one.
        """
        self._rules = rules
        self._take_up = take_up
        self._asked = AskedAgain(store, rules, muted, on_settled, recalled)
        self._on_settled = on_settled
        self._store = store
        self._drain = drain
        self._channels = channels
        self._clock = clock
        self._judged: dict[str, datetime] = {}
        """Until when what is due in a channel was asked about."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._parked: dict[str, tuple[int, float]] = {}
        """Channels that refused us: how often they were tried again in vain, and when (monotonic) they are tried next."""
        self._recovery: asyncio.Task[int] | None = None
        self._recover_at = clock.monotonic()

    async def send_due(self) -> None:
        """Release what is due and start a drain for every channel with something to send; returns at once.

        Every few seconds it also looks for sends that nobody ended: of a process that died, or of ours whose receipt could
        not be written for longer than its lease. Until they are settled, their channel is silent.
        """
        self._recover()
        for channel_id in await self._ready():
            if channel_id not in self._tasks:
                task = asyncio.create_task(self._drain_channel(channel_id), name=f"drain {channel_id}")
                self._tasks[channel_id] = task
                task.add_done_callback(partial(self._drained, channel_id))

    async def look(self) -> list[str]:
        """What ``send_due`` does but for the sending, which any process may do with ``send``; the channels that have something.

        To be called by one process at a time: what is released, put off and opened again is decided here.
        """
        self._recover()
        await self._hear()
        return await self._open()

    async def send(self, channel_id: str) -> None:
        """Send what is due in a channel, whoever said that something is; nothing, if it is not declared here.

        After ``TURN`` seconds it ends though more is due: a long queue of messages is then taken up by another, or this one again.
        Of all processes one at a time is to be in a channel: then its messages are in order. If two are, the store's leases keep
        them from sending anything twice.

        A channel in which something new waits that nobody here asked for is left to the others: they may know who did.

        Raises:
            StoreError: the database does not answer.
        """
        await self._hear()
        if channel_id not in self._channels:
            return
        now = self._clock.now()
        if not self._others_may_want(self._channels[channel_id], await self._store.pending(channel_id), now):
            await self._ask(channel_id, now)
            await self._drain.drain_channel(channel_id, within=TURN)

    async def send_all_due(self) -> None:
        """The same, and wait until nothing is due any more."""
        done: set[str] = set()
        while ready := [channel_id for channel_id in await self._ready() if channel_id not in done]:
            await asyncio.gather(*(self._drain_channel(channel_id) for channel_id in ready))
            done.update(ready)

    async def _hear(self) -> None:
        """Judge by what is declared now: a process that slept, or was slow, would take what it never heard of for unwanted."""
        if self._take_up is not None:
            await self._take_up()

    def _others_may_want(self, channel: Channel, rows: Sequence[Delivery], now: datetime) -> bool:
        if self._take_up is None:
            return False
        strange = [row for row in rows if others_may_want(row, channel, self._rules, now)]
        if strange:
            log.info("a channel is left to processes whose configuration may know more", channel=channel.id, delivery=strange[0].id)
        return bool(strange)

    async def _drain_channel(self, channel_id: str) -> None:
        """Send what was asked about; what becomes due meanwhile is asked about before it goes."""
        judged = self._judged[channel_id]
        while True:
            await self._drain.drain_channel(channel_id)
            now = self._clock.now()
            late = [row for row in await self._store.pending(channel_id) if judged < row.not_before <= now]
            if not late or channel_id not in self._channels:
                return
            await self._asked.ask(self._channels[channel_id], late, now)
            judged = self._judge(channel_id, now)

    def _judge(self, channel_id: str, now: datetime) -> datetime:
        """What is due until now in a channel was asked about, and may be sent."""
        self._judged[channel_id] = now
        self._drain.judged(channel_id, now)
        return now

    async def stop(self) -> None:
        """Let the call in hand of every channel end; what waits stays in the store."""
        await self._drain.finish()
        if self._recovery is not None:
            await asyncio.gather(self._recovery, return_exceptions=True)
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _ready(self) -> list[str]:
        now = self._clock.now()
        ready = await self._open()
        for channel_id in ready:
            await self._ask(channel_id, now)
        return ready

    async def _open(self) -> list[str]:
        """Release what is due; the channels that have something to send."""
        now = self._clock.now()
        busy = set(self._tasks)  # as they stand before the parked ones are asked for: one that ends meanwhile may park its channel
        refused = await self._try_parked()
        silent = await self._keep_holds(now)
        for channel_id, rows in (await self._store.held_due(now)).items():
            if channel_id in self._channels and channel_id not in silent:
                await self._release(self._channels[channel_id], rows, now)
        ready = [channel_id for channel_id in await self._store.ready_channels(now) if channel_id in self._channels]
        for channel_id in self._parked.keys() - refused - busy - set(ready):
            del self._parked[channel_id]  # it took what there was
        return ready

    async def _ask(self, channel_id: str, now: datetime) -> None:
        """Whether what waits in a channel may still go, and after a long outage all of it in one message."""
        channel = self._channels[channel_id]
        await self._asked.ask(channel, await self._store.pending(channel_id), now)
        await self._catch_up(channel, now)
        self._judge(channel_id, now)

    def _recover(self) -> None:
        if self._recovery is None and self._clock.monotonic() >= self._recover_at:
            self._recovery = asyncio.create_task(self._drain.recover(all_sending=False), name="recover")
            self._recovery.add_done_callback(self._recovered)

    async def _keep_holds(self, now: datetime) -> set[str]:
        """Let out what waited where holds have ended; returns the channels that go on being silent."""
        standing: dict[str, list[Hold]] = {}
        for hold in await self._store.holds_standing():
            standing.setdefault(hold.channel_id, []).append(hold)
        silent = set(standing)
        for channel_id, holds in standing.items():
            over = not any(hold.in_force(now) for hold in holds)
            if over and channel_id in self._channels and await self._let_out(self._channels[channel_id], now):
                silent.discard(channel_id)
        return silent

    async def _let_out(self, channel: Channel, now: datetime) -> bool:
        """What waited behind a hold leaves as one message, or singly if it is little; False if it has to be looked at again."""
        waited = [*await self._store.pending(channel.id), *(await self._store.held_due(now)).get(channel.id, ())]
        rows = await self._asked.ask(channel, waited, now)
        decided = after_hold(channel, rows, now)
        if decided is not None and not await self._leave(channel, decided, rows, now):
            return False
        if decided is None:
            for row in rows:  # they are due from now on: nothing kept them but people, so they are no outage
                if row.state is DeliveryState.PENDING and row.not_before < now:
                    await self._asked.put(row, Standing(row.state, row.reason, now), now)
        return await self._store.settle_holds(channel.id, now)

    async def _try_parked(self) -> set[str]:
        """Open the channels that were left alone for long enough; returns those that are parked or were just opened.

        What waited there is asked again as after an outage, and the first message that goes shows whether a person has let
        the bot in. The waits live in memory: a start tries every channel anyway.
        """
        parked = set(await self._store.parked_channels(Reason.CHANNEL_GONE)) & self._channels.keys()
        moment = self._clock.monotonic()
        for channel_id in sorted(parked):
            tries, due = self._parked.get(channel_id, (-1, float("-inf")))
            if channel_id not in self._parked or due == float("inf"):
                self._parked[channel_id] = (tries + 1, moment + wait_parked(tries + 1).total_seconds())
            elif due <= moment:
                self._parked[channel_id] = (tries, float("inf"))  # opened; how long it is left alone next, its answer decides
                await self._store.unpark(channel_id)
        return parked

    async def _catch_up(self, channel: Channel, now: datetime) -> None:
        """After a long outage, tell what waited in one message."""
        rows = await self._store.pending(channel.id)
        decided = catch_up(channel, rows, now)
        if decided is not None:
            await self._leave(channel, decided, rows, now)

    async def _release(self, channel: Channel, rows: Sequence[Delivery], now: datetime) -> None:
        if self._others_may_want(channel, rows, now):
            return
        rows = await self._asked.ask(channel, rows, now)
        settings = channel.settings
        if rows and settings.max_per_hour and not settings.digest:
            posts = await self._store.post_times(channel.id, now - CAP_WINDOW)
            until = room_from(posts, settings.max_per_hour, now)
            if until > now:
                if settings.quiet_hours is not None:
                    until = quiet_ends(until, settings.quiet_hours, settings.timezone)
                await self._store.put_off([row.id for row in rows], until, now)
                return
        await self._leave(channel, release(channel, rows, now), rows, now)

    async def _leave(self, channel: Channel, decided: Release, rows: Sequence[Delivery], now: datetime) -> bool:
        """Let rows go as it was decided; False if one of them changed meanwhile, and everything waits for the next tick."""
        try:
            if decided.digest is not None:
                await self._store.commit_digest(decided.digest, decided.held_ids, now)
                held = set(decided.held_ids)
                for number, row in enumerate(rows):
                    if row.id in held:
                        told = replace(row, state=DeliveryState.SKIPPED, reason=Reason.IN_DIGEST, updated_at=now)
                        self._on_settled(told)
                    await a_turn(number)
            for delivery_id in decided.released:
                await self._store.release(delivery_id, now)
        except Stale:
            log.info("waiting deliveries changed meanwhile; looked at again at the next tick", channel=channel.id)
            return False
        return True

    def _recovered(self, task: asyncio.Task[int]) -> None:
        self._recovery = None
        self._recover_at = self._clock.monotonic() + RECOVER_EVERY
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, StoreError):
                log.warning("sends that nobody ended could not be settled, tried again soon", error=str(error))
            else:
                log.error("sends that nobody ended could not be settled, tried again soon", exc_info=error)

    def _drained(self, channel_id: str, task: asyncio.Task[None]) -> None:
        self._tasks.pop(channel_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, StoreError):
                log.warning("sending stopped, tried again at the next tick", channel=channel_id, error=str(error))
            else:
                log.error("sending stopped, tried again at the next tick", channel=channel_id, exc_info=error)
