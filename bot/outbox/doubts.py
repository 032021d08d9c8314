"""What nobody wrote down is asked of the platform: whether a message arrived, whether it was said long ago.

Promises: it only asks, what goes out again is sent by ``drain``; a question that fails is no answer and leaves the doubt; no
message that belongs to another delivery is taken for the one looked for; what came of a doubt is written only while the row is
still in doubt about the same try. It remembers nothing between two questions. Never decides what follows from an answer
(``retry``), nor who hears of it; never logs what an exception says, for it may hold a secret.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.deliveries import Delivery, DeliveryState, Outcome, Receipt
from bot.core.messages import Message
from bot.core.model import Channel, OnDoubt
from bot.core.reasons import Reason
from bot.core.spoken import speaking
from bot.outbox.notifier import Finder, Notifier, Recaller, Seeker, TakenOnce
from bot.outbox.retry import Verdict, after_doubt

LOOK_ALIKES = timedelta(minutes=10)
"""How long before a delivery was made another one's message may have been sent that could be taken for its own: more than any
adapter looks back."""

log = structlog.get_logger(__name__)


class DoubtStore(Protocol):
    """What asking needs of the store. Every method is one transaction."""

    async def refs_of_others(self, delivery_id: str, since: datetime) -> set[str]:
        """References of messages that belong to other deliveries, of those that were written since."""
        ...

    async def resolve_doubt(
        self,
        delivery_id: str,
        *,
        attempt: int,
        state: DeliveryState,
        reason: Reason,
        message_ref: str | None,
        not_before: datetime | None,
        message: Message | None,
        now: datetime,
    ) -> Delivery | None:
        """Write what became of a row in doubt about this try; None if it is so no more."""
        ...


class Doubts:
    """Asks what became of a delivery, as far as its platform can be asked, and writes down what follows."""

    def __init__(
        self,
        store: DoubtStore,
        notifier_of: Callable[[Channel], Notifier],
        clock: Clock,
        *,
        at: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Build it.

        Args:
            store: the outbox.
            notifier_of: a channel's notifier; raises LookupError where its platform has none.
            clock: tells the time.
            at: called at those of ``drain.CRASH_POINTS`` that are about a doubt.
        """
        self._store = store
        self._notifier_of = notifier_of
        self._clock = clock
        self._at = at

    async def resolve(self, row: Delivery, channel: Channel) -> tuple[Delivery, Verdict] | None:
        """End a doubt: ask the platform where it can be asked, else go by ``on_doubt``.

        Returns:
            The row as it is now and the verdict that made it so; None if a person was quicker, or another process.

        Raises:
            LookupError: the channel's platform has no notifier.
            StoreError: the store failed; the row is still in doubt.
        """
        self._at("drain.in_doubt")
        notifier = self._notifier_of(channel)
        found = None
        if isinstance(notifier, Finder):
            await self.exclude(row, channel)
            try:
                found = await notifier.find(row, channel)
            except Exception as error:  # noqa: BLE001  # as with a call: a failing question leaves the doubt
                log.warning("a notifier could not say whether a message arrived", delivery=row.id, error=type(error).__name__)
        now = self._clock.now()
        verdict = after_doubt(row, found, channel.settings, taken_once=self.taken_once(channel))
        written = await self._store.resolve_doubt(
            row.id,
            attempt=row.attempt,
            state=verdict.state,
            reason=verdict.reason,
            message_ref=verdict.message_ref,
            not_before=verdict.not_before,
            message=verdict.message,
            now=now,
        )
        if written is None:
            return None
        self._at("drain.after_doubt")
        resolved = replace(
            row,
            state=verdict.state,
            reason=verdict.reason,
            message=verdict.message or row.message,
            message_ref=verdict.message_ref,
            updated_at=now,
            last_error=verdict.error,
        )
        return resolved, verdict

    async def recall(self, row: Delivery, channel: Channel, since: datetime) -> Receipt | None:
        """Whether a message was said in a channel since then, as ``Recaller`` answers; None where nobody can tell.

        Receivers that take each number once are not asked: it may go again. Then, and only then, the answer has a detail.
        """
        try:
            notifier = self._notifier_of(channel)
        except LookupError:
            return None
        if isinstance(notifier, Recaller):
            taken = await self._store.refs_of_others(row.id, since - LOOK_ALIKES)
            try:
                with speaking(channel.settings.language):
                    return await notifier.recall(row, channel, since, taken)
            except Exception as error:  # noqa: BLE001  # as with a call: a question that fails is no answer
                log.warning("a notifier could not say what was posted", delivery=row.id, error=type(error).__name__)
                return Receipt(Outcome.UNKNOWN)
        if self.taken_once(channel):
            return Receipt(Outcome.RETRY, detail="its receiver takes each number once")
        return None

    async def exclude(self, row: Delivery, channel: Channel) -> None:
        """Tell a notifier that looks for messages which of them are not this row's, before it looks for it or sends it again."""
        notifier = self._notifier_of(channel)
        if isinstance(notifier, Seeker):
            notifier.exclude(row.id, await self._store.refs_of_others(row.id, row.created_at - LOOK_ALIKES))

    def taken_once(self, channel: Channel) -> bool:
        """Whether a repeat shows nothing twice in this channel: its receiver takes each number once, and is trusted to."""
        notifier = self._notifier_of(channel)
        return isinstance(notifier, TakenOnce) and notifier.taken_once and channel.settings.on_doubt is OnDoubt.REPEAT
