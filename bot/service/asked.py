"""What waits is asked again when it is due: whether it may still go, and whether it says what it should by now.

Promises: only what was never tried is changed, for what was tried may have been read; what people silenced or took back since
it was written is not told, in no digest either. Never sends anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import DigestMessage, Message, UpdateMessage
from bot.core.model import Channel, Rule
from bot.core.reasons import Reason
from bot.outbox.plan import retracted, shortened
from bot.outbox.wanted import CAP_WINDOW, Standing, room_from, still_wanted, told_by, was_tried
from bot.outbox.windows import quiet_ends

AT_ONCE = 100
"""Rows that are judged before other tasks get their turn: after a flood thousands wait."""

Recalled = Callable[[Channel, Sequence[Delivery], datetime], Awaitable[list[Delivery]]]
"""Those of the rows that were not said before, in a time that the database does not know (``bot.service.restored``)."""
Heard = Callable[[Channel, Collection[str]], Awaitable[Mapping[str, Collection[str]]]]
"""Which rules still tell each of these stories in a channel, by story; none: people silence it. No mute touches what is missing."""


class AskedStore(Protocol):
    """What asking again needs of the store."""

    async def story_deliveries(self, channel_id: str, story_ids: Collection[str]) -> list[Delivery]:
        """Every row of these stories in this channel."""
        ...

    async def post_times(self, channel_id: str, since: datetime) -> list[datetime]:
        """When posts and digests were sent since then; far in the future for those on their way."""
        ...

    async def reconsider(
        self,
        delivery_id: str,
        expected: DeliveryState,
        *,
        state: DeliveryState,
        reason: Reason,
        not_before: datetime,
        now: datetime,
        message: Message | None = None,
        story_ids: tuple[str, ...] | None = None,
    ) -> Delivery | None:
        """Hold, put off, reword or skip a row that waits; None if it is no longer as expected."""
        ...


class AskedAgain:
    """Judges rows that are due."""

    def __init__(
        self,
        store: AskedStore,
        rules: Mapping[str, Rule] | None,
        heard: Heard | None,
        on_settled: Callable[[Delivery], None],
        recalled: Recalled | None = None,
    ) -> None:
        """Take what judging needs.

        Args:
            store: the outbox.
            rules: by id, to skip what waits for a rule that is gone; None where rules do not change.
            heard: asks what people silenced since a row was written; None where nobody can.
            on_settled: called with every row that is held or skipped instead of being sent.
            recalled: tells what was said already; None where the database knows it all.
        """
        self._recalled = recalled
        self._store = store
        self._rules = rules
        self._heard = heard
        self._on_settled = on_settled

    async def ask(self, channel: Channel, rows: Sequence[Delivery], now: datetime) -> list[Delivery]:
        """Those of the rows that may go, as they are by now; the others are held, put off or skipped."""
        wanted = []
        rows = rows if self._recalled is None else await self._recalled(channel, rows, now)
        heard = await self._still_heard(channel, rows, now)
        for number, row in enumerate(rows):
            await a_turn(number)
            if row.not_before > now or was_tried(row):
                wanted.append(row)
                continue
            named = heard.get(row.story_id or "") if row.action in (Action.POST, Action.REPLY) else None
            said = told_by(row, named, channel, self._rules)
            standing = still_wanted(said, channel, self._rules, now)
            if standing is None and named is not None and not named:
                standing = Standing(DeliveryState.SKIPPED, Reason.MUTED, row.not_before)
            if standing is None and row.reason is Reason.URGENT is not said.reason:
                standing = await self._over_cap(channel, now)
            if standing is None and isinstance(row.message, DigestMessage):
                said, standing = await self._without_silent(row, row.message, channel, now)
            if standing is None:
                wanted.append(said)
            if standing is not None or said is not row:
                await self.put(said, standing or Standing(said.state, said.reason, said.not_before), now, before=row)
        return wanted

    async def put(self, row: Delivery, standing: Standing, now: datetime, *, before: Delivery | None = None) -> None:
        """Write what becomes of a row; ``before`` is how it stands there, if its words change too."""
        known = before or row
        changed = await self._store.reconsider(
            row.id,
            known.state,
            state=standing.state,
            reason=standing.reason,
            not_before=standing.not_before,
            now=now,
            message=None if row.message is known.message else row.message,
            story_ids=None if row.story_ids == known.story_ids else row.story_ids,
        )
        if changed is not None and changed.state is not known.state:
            self._on_settled(changed)

    async def _still_heard(self, channel: Channel, rows: Sequence[Delivery], now: datetime) -> Mapping[str, Collection[str]]:
        """What people silence by now of the stories that these rows tell, if they are due and were never tried."""
        asked = {
            row.story_id
            for row in rows
            if (row.action is Action.POST or isinstance(row.message, UpdateMessage))
            and row.story_id is not None
            and row.not_before <= now
            and not was_tried(row)
        }
        return await self._heard(channel, asked) if self._heard is not None and asked else {}

    async def _over_cap(self, channel: Channel, now: datetime) -> Standing | None:
        """A post that broke through and does so no more waits for room like others."""
        settings = channel.settings
        others = sorted(await self._store.post_times(channel.id, now - CAP_WINDOW))[:-1]  # the last is its own
        until = room_from(others, settings.max_per_hour, now)
        if until <= now:
            return None
        quiet = settings.quiet_hours
        until = until if quiet is None else quiet_ends(until, quiet, settings.timezone)
        return Standing(DeliveryState.HELD, Reason.OVER_CAP, until)

    async def _without_silent(
        self, row: Delivery, message: DigestMessage, channel: Channel, now: datetime
    ) -> tuple[Delivery, Standing | None]:
        """A digest without what was taken back or silenced since it was put together; those stories were not told by it."""
        history = await self._store.story_deliveries(channel.id, row.story_ids)
        heard = await self._heard(channel, row.story_ids) if self._heard is not None else {}
        gone = dict.fromkeys((one for one in row.story_ids if one in heard and not heard[one]), Reason.MUTED)
        gone |= dict.fromkeys(retracted(history) & set(row.story_ids), Reason.RETRACTED)
        if not gone:
            return row, None
        for post in history:
            if post.action is Action.POST and post.reason is Reason.IN_DIGEST and post.story_id in gone:
                await self.put(post, Standing(post.state, gone[post.story_id], post.not_before), now)
        left = tuple(one for one in row.story_ids if one not in gone)
        if not left:
            return row, Standing(DeliveryState.SKIPPED, next(iter(gone.values())), row.not_before)
        return replace(row, message=shortened(message, channel, left, row.created_at), story_ids=left), None


async def a_turn(number: int) -> None:
    """Let other tasks go on after every ``AT_ONCE`` rows."""
    if number % AT_ONCE == AT_ONCE - 1:
        await asyncio.sleep(0)
