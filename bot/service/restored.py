"""After a restore: what was said between the copy and now is found out before anything is said again.

Promises: a message that may stand in its channel already is not sent before the platform was asked; what stands there counts as
sent and goes on living; what nobody can tell is held for a person, never guessed; what was published after the restore waits for
none of this. Never sends anything itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.deliveries import Action, Delivery, DeliveryState, Outcome, Receipt
from bot.core.model import Channel
from bot.core.reasons import Reason
from bot.core.restored import FACT, REMEMBERED, Restored
from bot.outbox.retry import NEVER

AGAIN = 15.0
"""Seconds between two questions to a platform that does not answer now."""
PUT_OFF = timedelta(minutes=1)
"""How long a message waits whose platform could not be asked."""
UNKNOWN = (
    "the database was put back from a copy, and nobody can tell whether this was posted before; look in the channel, then retry or "
    "drop it"
)
SPARE = timedelta(minutes=2)
"""How much before the last sign of life is looked: the platforms' clocks differ from ours."""

log = structlog.get_logger(__name__)

Recall = Callable[[Delivery, Channel, datetime], Awaitable[Receipt | None]]
"""Asks a platform whether a message was said since then (``Doubts.recall``)."""


class RestoredStore(Protocol):
    """What is read and written."""

    async def fact(self, name: str) -> str | None:
        """What was kept under this name."""
        ...

    async def keep_fact(self, name: str, value: str) -> None:
        """Keep a value under a name."""
        ...

    async def hold_restored(self, channel_ids: Collection[str], restored: Restored) -> None:
        """Hold channels, unless they were."""
        ...

    async def held_restored(self) -> list[str]:
        """Channels that are held because of it."""
        ...

    async def end_restored(self, channel_id: str, now: datetime) -> None:
        """End the hold of a channel."""
        ...

    async def pending(self, channel_id: str) -> list[Delivery]:
        """Rows that wait to be sent."""
        ...

    async def held_due(self, now: datetime) -> dict[str, list[Delivery]]:
        """Held rows whose time has come, by channel."""
        ...

    async def target_ref(self, delivery_id: str) -> str | None:
        """The reference of the message that a row belongs to."""
        ...

    async def recalled(self, became: Delivery, expected: DeliveryState, now: datetime) -> Delivery | None:
        """Write what became of a waiting row."""
        ...


class Recollection:
    """Finds out what was said in the time that a restored database does not know."""

    def __init__(
        self,
        store: RestoredStore,
        recall: Recall,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        on_settled: Callable[[Delivery], None] = lambda _: None,
    ) -> None:
        """Nothing is known yet.

        Args:
            store: the outbox.
            recall: asks a platform.
            channels: by id.
            clock: tells the time.
            on_settled: called with every row that turns out to be sent, or is held for a person.
        """
        self._store = store
        self._recall = recall
        self._channels = channels
        self._clock = clock
        self._on_settled = on_settled
        self._restored: Restored | None = None
        self._answered: set[str] = set()
        self._next = clock.monotonic()

    async def at_start(self) -> None:
        """Learn whether the database was put back, and hold the channels that it did not know of."""
        text = await self._store.fact(FACT)
        restored = None if text is None else Restored.from_json(text)
        if restored is None or self._clock.now() > restored.at + REMEMBERED:
            return
        self._restored = restored
        await self._store.hold_restored(sorted(self._channels), restored)
        log.warning(
            "the database was put back from a copy; nothing is posted before it is known what was posted since",
            since=restored.since.isoformat(),
        )

    async def let_go(self) -> None:
        """End the hold of every channel whose waiting messages were asked about; try the others again a little later."""
        if self._restored is None or self._clock.monotonic() < self._next:
            return
        now = self._clock.now()
        held = [one for one in await self._store.held_restored() if one in self._channels]
        due = await self._store.held_due(now) if held else {}
        for channel_id in held:
            rows = [*await self._store.pending(channel_id), *due.get(channel_id, ())]
            channel = self._channels[channel_id]
            await self.ask(channel, rows, now)
            if await self._all_answered(channel, rows):
                await self._store.end_restored(channel_id, now)
                log.info("it is known what was posted while the copy was away", channel=channel_id)
            else:
                self._next = self._clock.monotonic() + AGAIN

    def may_go(self, row: Delivery) -> bool:
        """Whether a row that is about to be sent was asked about: one may have been written since others were."""
        return self._restored is None or row.id in self._answered or not self._restored.to_be_asked(row)

    async def ask(self, channel: Channel, rows: Sequence[Delivery], now: datetime) -> list[Delivery]:
        """Those of the rows that were not said before; the others are sent already, held for a person, or put off."""
        if self._restored is None:
            return list(rows)
        left: list[Delivery] = []
        for row in rows:
            if self.may_go(row):
                left.append(row)
            elif await self._was_not_said(channel, row, self._restored, now):
                self._answered.add(row.id)
                left.append(row)
        return left

    async def _all_answered(self, channel: Channel, rows: Sequence[Delivery]) -> bool:
        """Whether there is an answer about each of the rows: one without is put off, and waits as before."""
        assert self._restored is not None
        unanswered = {row.id for row in rows if self._restored.to_be_asked(row)} - self._answered
        due = (await self._store.held_due(NEVER)).get(channel.id, []) if unanswered else []
        waiting = [*await self._store.pending(channel.id), *due] if unanswered else []
        return not unanswered & {row.id for row in waiting}

    async def _was_not_said(self, channel: Channel, row: Delivery, restored: Restored, now: datetime) -> bool:
        asked = row
        if row.action in (Action.REPLY, Action.REMIND) and row.target_ref is None:
            asked = replace(row, target_ref=await self._store.target_ref(row.id))
        receipt = await self._recall(asked, channel, restored.since - SPARE)
        not_there = receipt is not None and receipt.outcome is Outcome.RETRY
        if (receipt is None or not_there) and not restored.may_have_been_said(row):
            return True
        if receipt is not None and not_there and not receipt.detail:
            return True
        changed = await self._store.recalled(_became(row, receipt, now), row.state, now)
        if changed is None:  # it is being sent, or a person was quicker: it is asked about when it waits again
            return False
        if receipt is None:
            await self._held_for_a_person(row.id)
        elif not_there:
            self._answered.add(row.id)
        if changed.state is not row.state:
            self._on_settled(changed)
        return False

    async def _held_for_a_person(self, delivery_id: str) -> None:
        """Remember it: what that person lets go is not held again."""
        assert self._restored is not None
        self._restored = replace(self._restored, held=(*self._restored.held, delivery_id))
        await self._store.keep_fact(FACT, self._restored.to_json())


def _became(row: Delivery, receipt: Receipt | None, now: datetime) -> Delivery:
    """A waiting row as it is once its platform was asked, if it may not simply go."""
    if receipt is None:
        return replace(row, state=DeliveryState.HELD, reason=Reason.IN_DOUBT, not_before=NEVER, last_error=UNKNOWN)
    if receipt.outcome is Outcome.RETRY:
        # Who takes it knows it by its number: it goes alone and as it is, never in a digest, which has a number of its own.
        return replace(row, state=DeliveryState.PENDING, reason=Reason.REPEATED, not_before=now)
    if receipt.outcome is not Outcome.ACCEPTED:
        return replace(row, not_before=max(row.not_before, now + PUT_OFF))
    if receipt.message_ref is None:
        return replace(row, state=DeliveryState.SKIPPED, reason=Reason.IN_DIGEST)
    return replace(row, state=DeliveryState.SENT, message_ref=receipt.message_ref)
