"""Reminders: made by people, told when their time has come, under the story's message or beside it.

Promises: a reminder is told once, also by a bot that was away at its time, and also if the message it was to stand under is gone;
when it is due is reckoned by the wall clock of its channel. Never reminds anybody of what nobody asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from bot.core.changes import numbered
from bot.core.clock import Clock
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.errors import UserInputError
from bot.core.identity import delivery_id, digest
from bot.core.messages import ReminderMessage
from bot.core.model import Channel
from bot.core.outbox import NewDelivery, Stale
from bot.core.overlays import Audited
from bot.core.reasons import Reason
from bot.core.reminders import Reminder
from bot.core.spoken import speaking, tr
from bot.outbox.plan import retracted
from bot.outbox.windows import at_local
from bot.service.regroup import Person
from bot.service.turns import Turns, TurnStore

REMIND_AT = time(9, 0)
"""When a reminder of a day comes, by the channel's own clock: when people who work begin to read (docs/delivery.md)."""
REMIND = "remind"
"""Kind of the change in the audit log; taking a reminder back is one too."""
MOST_OF_STORY = 10
"""Reminders of one story that wait in one channel: more are noise that somebody would have to take back one by one."""
MOST_WAITING = 500
"""Reminders that wait in one workspace: what a busy team sets in a year, and a wall against a program that sets them."""
FEW_OF_STORY, FEW_WAITING = 3, 30
"""Of one story, and in all, for each person who may not edit, such as a guest: nobody takes the others' room."""
AT_ONCE = 50
"""Reminders told with one look."""
LOST_EVERY = 60.0
"""Seconds between two looks for reminders whose message was gone: nobody waits for those to the second."""
LOST_WITHIN = timedelta(days=2)
"""So long ago a reminder proved to have come to nothing that is told again: longer than a restart takes."""

log = structlog.get_logger(__name__)


class RemindingStore(TurnStore, Protocol):
    """What making reminders needs of the store."""

    async def reminders_of(self, story_ids: Collection[str], channel_ids: Collection[str]) -> list[Reminder]:
        """Reminders of these stories in these channels that wait."""
        ...

    async def reminders_waiting(self, channel_ids: Collection[str]) -> list[Reminder]:
        """Every reminder in these channels that waits."""
        ...

    async def reminders_named(self, workspace_id: str, ids: Collection[str]) -> list[Reminder]:
        """These reminders of a workspace."""
        ...

    async def change_reminders(
        self, *, made: Sequence[Reminder], ended: Collection[str], restored: Collection[str], audited: Audited
    ) -> None:
        """Make reminders, take some back, let some wait again."""
        ...


class RemindersStore(Protocol):
    """What telling reminders needs of the store."""

    async def reminders_due(self, now: datetime, *, limit: int, gone: Collection[str] = ()) -> list[Reminder]:
        """Reminders whose time has come, but for those of channels that are gone."""
        ...

    async def reminders_lost(self, since: datetime) -> list[tuple[Reminder, Delivery]]:
        """Reminders told since then under a message that was gone."""
        ...

    async def story_deliveries(self, channel_id: str, story_ids: Collection[str]) -> list[Delivery]:
        """Every row of these stories in this channel."""
        ...

    async def tell_reminder(self, reminder_id: str, row: NewDelivery, now: datetime) -> Delivery:
        """Write a reminder's delivery; raises Stale if it waits no longer."""
        ...

    async def retell_reminder(self, reminder_id: str, told_by: str, row: NewDelivery, now: datetime) -> Delivery:
        """Write one in place of a delivery that came to nothing; raises Stale if somebody else did."""
        ...


def due_on(day: date, timezone: str) -> datetime:
    """The instant at which a reminder of a day comes: ``REMIND_AT`` by the wall clock there."""
    return at_local(day, REMIND_AT, timezone)


def due_after(span: timedelta, now: datetime, timezone: str) -> datetime:
    """So long from now: whole days by the calendar, at the same time of the wall clock; less by the clock alone."""
    if span % timedelta(days=1):
        return now + span
    local = now.astimezone(ZoneInfo(timezone))
    at = local.time().replace(second=0, microsecond=0)
    return at_local((local + span).date(), at, timezone)


@dataclass(frozen=True, slots=True)
class Reminded:
    """What a person changed.

    Attributes:
        number: by which it is taken back.
        reminders: made, taken back, or waiting again.
    """

    number: str
    reminders: tuple[Reminder, ...]


class Reminding:
    """Makes reminders and takes them back."""

    def __init__(self, store: RemindingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._turns = Turns(store, clock)

    async def remind(self, person: Person, key: str, channel: Channel, message: ReminderMessage, *, few: bool = False) -> Reminded:
        """Have a channel reminded at ``message.due``.

        Args:
            person: who asks.
            key: the person as a keyed digest.
            channel: one of the person's own.
            message: what will be said.
            few: who asks may not edit: so many that others are left room.

        Raises:
            UserInputError: its time is over, it is set already, or there are too many.
        """
        async with self._turns.of(channel.id):
            return await self._remind(person, key, channel, message, few=few)

    async def _remind(self, person: Person, key: str, channel: Channel, message: ReminderMessage, *, few: bool) -> Reminded:
        now = self._clock.now()
        if message.due <= now:
            raise UserInputError(tr("That is over already. Give a day or a time that is still to come."))
        of_story = await self._store.reminders_of([message.story_id], [channel.id])
        if any(one.due_at == message.due for one in of_story):
            raise UserInputError(tr("This reminder is set already."))
        waiting = await self._store.reminders_waiting(person.channels)
        if few and sum(one.asked_by == key for one in of_story) >= FEW_OF_STORY:
            raise UserInputError(tr("There are {count} reminders of this story here already.", count=FEW_OF_STORY))
        if few and sum(one.asked_by == key for one in waiting) >= FEW_WAITING:
            raise UserInputError(tr("There are {count} reminders already; some have to be taken back first.", count=FEW_WAITING))
        if len(of_story) >= MOST_OF_STORY:
            raise UserInputError(tr("There are {count} reminders of this story here already.", count=MOST_OF_STORY))
        if len(waiting) >= MOST_WAITING:
            raise UserInputError(tr("There are {count} reminders already; some have to be taken back first.", count=MOST_WAITING))
        number = digest(person.workspace_id, channel.id, message.story_id, message.due.isoformat(), now.isoformat(), size=6)
        made = Reminder(f"r{number}", person.workspace_id, channel.id, message.story_id, replace(message, asked=now), key, now)
        return await self._change(person, made=[made])

    async def forget(self, person: Person, reminders: Sequence[Reminder]) -> Reminded:
        """Take back reminders that wait."""
        return await self._change(person, ended=reminders)

    async def take_back(self, person: Person, change: Audited) -> Reminded:
        """Bring back how it was before a change.

        Raises:
            UserInputError: it is so already, or its time is over.
        """
        before, after = (frozenset(line.split(" ", 1)[0] for line in lines) for lines in (change.before, change.after))
        now = self._clock.now()
        found = [one for one in await self._store.reminders_named(person.workspace_id, before | after) if one.told_by is None]
        ended = [one for one in found if one.id in after - before and one.ended_at is None]
        restored = [one for one in found if one.id in before - after and one.ended_at is not None and one.due_at > now]
        if not ended and not restored:
            raise UserInputError(tr("There is nothing to take back: it is so already, or its time is over."))
        return await self._change(person, ended=ended, restored=restored)

    async def _change(
        self, person: Person, *, made: Sequence[Reminder] = (), ended: Sequence[Reminder] = (), restored: Sequence[Reminder] = ()
    ) -> Reminded:
        before, after = ([_in_words(one) for one in some] for some in (ended, (*made, *restored)))
        subjects = tuple(dict.fromkeys(one.story_id for one in (*made, *ended, *restored)))
        row = numbered(
            Audited(person.workspace_id, person.member, self._clock.now(), REMIND, subjects, tuple(before), tuple(after))
        )
        gone, again = [one.id for one in ended], [one.id for one in restored]
        await self._store.change_reminders(made=made, ended=gone, restored=again, audited=row)
        return Reminded(row.number, (*made, *restored) or tuple(ended))


class Reminders:
    """Tells reminders as they fall due."""

    def __init__(self, store: RemindersStore, channels: Mapping[str, Channel], clock: Clock) -> None:
        """Take what telling needs.

        Args:
            store: keeps the reminders and the outbox.
            channels: by id; a reminder of a channel that is not configured waits until it is again.
            clock: tells the time.
        """
        self._store = store
        self._channels = channels
        self._clock = clock
        self._look_at = clock.monotonic()
        self._gone: set[str] = set()

    async def tell_due(self) -> int:
        """Write a delivery for every reminder that is due; how many."""
        now = self._clock.now()
        told = 0
        self._gone -= self._channels.keys()
        for reminder in await self._store.reminders_due(now, limit=AT_ONCE, gone=self._gone):
            channel = self._channels.get(reminder.channel_id)
            if channel is None:
                self._gone.add(reminder.channel_id)  # asked for no more, so that they hold up nobody
                continue
            rows = await self._store.story_deliveries(channel.id, [reminder.story_id])
            try:
                await self._store.tell_reminder(reminder.id, _row(_told(reminder, channel, rows), channel, living(rows), now), now)
            except Stale:
                continue  # taken back at this very moment
            told += 1
        if self._clock.monotonic() >= self._look_at:
            self._look_at = self._clock.monotonic() + LOST_EVERY
            told += await self._tell_lost(now)
        return told

    async def _tell_lost(self, now: datetime) -> int:
        """Reminders whose message was deleted while they were sent come as messages of their own."""
        told = 0
        for reminder, gone in await self._store.reminders_lost(now - LOST_WITHIN):
            channel = self._channels.get(reminder.channel_id)
            if channel is None:
                continue
            rows = await self._store.story_deliveries(channel.id, [reminder.story_id])
            try:
                row = _row(_told(reminder, channel, rows), channel, None, now, ordinal=1)
                await self._store.retell_reminder(reminder.id, gone.id, row, now)
            except Stale:
                continue
            log.info("a reminder's message was gone; it is told beside it", channel=channel.id, story=reminder.story_id)
            told += 1
        return told


def living(rows: Sequence[Delivery]) -> Delivery | None:
    """The message of a story under which a reminder can stand; None if there is none, or a person deleted it."""
    posts = [row for row in rows if row.action is Action.POST and row.state is DeliveryState.SENT and row.message_ref is not None]
    gone = {row.target_ref for row in rows if row.reason is Reason.MESSAGE_GONE}  # None below a post that was passed over
    return min((post for post in posts if post.message_ref not in gone), key=lambda row: row.sequence, default=None)


def _told(reminder: Reminder, channel: Channel, rows: Sequence[Delivery]) -> Reminder:
    """A reminder of a story that people took back says so, and no more of it than its headline."""
    if reminder.story_id not in retracted(rows):
        return reminder
    with speaking(channel.settings.language):
        headline = tr("Taken back: {headline}", headline=reminder.message.headline)
    return replace(reminder, message=replace(reminder.message, headline=headline, sentence="", outlet=None, said=None))


def _row(reminder: Reminder, channel: Channel, below: Delivery | None, now: datetime, *, ordinal: int = 0) -> NewDelivery:
    story_id = reminder.story_id
    return NewDelivery(
        id=delivery_id(channel.id, Action.REMIND, reminder.id, ordinal),
        workspace_id=channel.workspace_id,
        channel_id=channel.id,
        action=Action.REMIND,
        state=DeliveryState.PENDING,
        reason=Reason.REMINDER,
        message=replace(reminder.message, story_id=story_id),
        story_id=story_id,
        story_ids=(),
        not_before=now,
        target_id=None if below is None else below.id,
    )


def _in_words(reminder: Reminder) -> str:
    return f"{reminder.id} {reminder.story_id} in {reminder.channel_id} at {reminder.due_at.astimezone(UTC).isoformat()}"
