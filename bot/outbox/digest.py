"""Several stories in one message: what is held comes out together, and an outage ends with one message, not a flood. Pure.

Promises: every story of a digest is named in its row, also those that the message has no room for, and the message says
how many these are. Never decides what is held: that is ``plan``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.identity import delivery_id
from bot.core.messages import DigestMessage, StoryMessage
from bot.core.model import Channel, Level
from bot.core.outbox import NewDelivery
from bot.core.reasons import Reason
from bot.core.spoken import later, speaking, tr, trn
from bot.outbox.levels import breaks_through
from bot.outbox.windows import is_quiet, quiet_ends

OUTAGE = timedelta(hours=2)
"""A post overdue by more than this was kept back by an outage (docs/delivery.md: after a long outage one digest)."""
CROWD = 20
"""More posts than this waiting behind an outage make a digest even when it was shorter (reliability.md C)."""
STALL = timedelta(minutes=10)
"""Overdue by more than this, a crowd waits behind an outage; by less, it is a burst of news on its way."""
FEW = 3
"""So many posts leave one by one when a hold ends; more are one digest: a glance takes in three, and nobody asked for a flood."""
LISTED = 40
"""Stories a digest lists; more is no reading matter. The rest is counted, and named in the delivery's row."""

AFTER_HOLD = later("These waited while nothing was to be posted here.")

_DAYS = (
    later("Monday"), later("Tuesday"), later("Wednesday"), later("Thursday"), later("Friday"), later("Saturday"), later("Sunday"),
)  # fmt: skip
_MONTHS = (
    later("January"), later("February"), later("March"), later("April"), later("May"), later("June"), later("July"),
    later("August"), later("September"), later("October"), later("November"), later("December"),
)  # fmt: skip
_LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Release:
    """How waiting rows leave.

    Attributes:
        released: rows that go out as messages of their own.
        digest: one message for all of ``held_ids`` instead, which become skipped/in_digest; None if there is none.
        held_ids: the rows told in the digest, by ``sequence``.
    """

    released: tuple[str, ...] = ()
    digest: NewDelivery | None = None
    held_ids: tuple[str, ...] = ()


def release(channel: Channel, rows: Sequence[Delivery], now: datetime) -> Release:
    """Decide how held rows that are due leave: as one digest if the channel wants digests or several wait, else alone.

    Rows held in doubt stay: only a person releases those.
    """
    due = _stories(rows, DeliveryState.HELD, now)
    if len(due) == 1 and not channel.settings.digest:
        return Release(released=(due[0].id,))
    return _digest(channel, due, Reason.DIGEST, now)


def catch_up(channel: Channel, rows: Sequence[Delivery], now: datetime) -> Release | None:
    """Decide whether posts waited so long, or so many behind an outage, that one digest is kinder; None to send them singly.

    Args:
        channel: where they wait.
        rows: every pending row of the channel; only posts never sent before are counted and told.
        now: the present instant.
    """
    waiting = _stories(rows, DeliveryState.PENDING, now)
    due = [row for row in waiting if row.action is Action.POST and not _alone(row, channel, now)]
    if len(due) < 2:
        return None
    overdue = now - min(row.not_before for row in due)
    if overdue > OUTAGE or (len(due) > CROWD and overdue > STALL):
        return _digest(channel, due, Reason.AFTER_OUTAGE, now)
    return None


def after_hold(channel: Channel, rows: Sequence[Delivery], now: datetime) -> Release | None:
    """Decide how what waited leaves when people let a channel speak again: as one digest; None if it is few and may go singly.

    Args:
        channel: where it waited.
        rows: every pending and held row of the channel; posts never sent before are counted and told, if their time has come.
        now: the present instant.
    """
    waited = [*_stories(rows, DeliveryState.PENDING, now), *_stories(rows, DeliveryState.HELD, now)]
    due = [row for row in waited if row.action is Action.POST and not _alone(row, channel, now)]
    due.sort(key=lambda row: row.sequence)
    if len(due) <= FEW:
        return None
    return _digest(channel, due, Reason.DIGEST, now, why=AFTER_HOLD)


def shortened(message: DigestMessage, channel: Channel, story_ids: Sequence[str], made: datetime) -> DigestMessage:
    """A digest that was never tried, with these of its stories alone.

    Args:
        message: as it was put together.
        channel: where it waits.
        story_ids: what it still tells, also what it has no room to list.
        made: when it was put together.
    """
    stories = tuple(story for story in message.stories if story.story_id in story_ids)
    return replace(message, title=_title(channel, made, len(story_ids)), stories=stories)


def _alone(row: Delivery, channel: Channel, now: datetime) -> bool:
    """Breaking news in quiet hours: a digest would have to wait for their end, so it goes as a message of its own.

    What people asked to see (a sample) is no story, and goes alone as well.
    """
    if row.reason is Reason.SAMPLE:
        return True
    quiet = channel.settings.quiet_hours
    at_night = quiet is not None and is_quiet(now, quiet, channel.settings.timezone)
    level = row.message.level if isinstance(row.message, StoryMessage) else Level.NORMAL
    return at_night and row.state is DeliveryState.PENDING and breaks_through(level, channel.settings)


def _stories(rows: Sequence[Delivery], state: DeliveryState, now: datetime) -> list[Delivery]:
    return [
        row
        for row in sorted(rows, key=lambda row: row.sequence)
        if row.state is state
        and row.reason not in (Reason.IN_DOUBT, Reason.REPEATED)
        and row.not_before <= now
        and isinstance(row.message, StoryMessage)
    ]


def _digest(channel: Channel, rows: Sequence[Delivery], reason: Reason, now: datetime, *, why: str = "") -> Release:
    if not rows:
        return Release()
    ranked = sorted(((row, row.message) for row in rows if isinstance(row.message, StoryMessage)), key=_rank)
    stories = tuple(message for _, message in ranked[:LISTED])
    quiet = channel.settings.quiet_hours
    title = _title(channel, now, len(ranked))
    with speaking(channel.settings.language):
        note = " ".join([*([tr(why)] if why else []), *_notes(channel, rows, reason, len(ranked) - len(stories))])
    row = NewDelivery(
        id=delivery_id(channel.id, Action.DIGEST, rows[0].id, len(rows)),
        workspace_id=channel.workspace_id,
        channel_id=channel.id,
        action=Action.DIGEST,
        state=DeliveryState.PENDING,
        reason=reason,
        message=DigestMessage(
            title=title,
            stories=stories,
            note=note,
        ),
        story_id=None,
        story_ids=tuple(dict.fromkeys(row.story_id for row in rows if row.story_id)),
        not_before=now if quiet is None else quiet_ends(now, quiet, channel.settings.timezone),
    )
    return Release(digest=row, held_ids=tuple(row.id for row in rows))


def _title(channel: Channel, now: datetime, stories: int) -> str:
    local = now.astimezone(ZoneInfo(channel.settings.timezone))
    with speaking(channel.settings.language):
        return tr(
            "{weekday} {date}: {stories}",
            weekday=tr(_DAYS[local.weekday()]),
            date=tr("{day} {month}", day=local.day, month=tr(_MONTHS[local.month - 1])),
            stories=trn("{count} story", "{count} stories", stories),
        )


def _rank(entry: tuple[Delivery, StoryMessage]) -> tuple[int, int, int]:
    """What matters most first: level, then how widely it was reported, then order of arrival."""
    row, message = entry
    return -_LEVELS.index(message.level), -message.independent, row.sequence


def _notes(channel: Channel, rows: Sequence[Delivery], reason: Reason, unlisted: int) -> list[str]:
    """Why these stories come together, one sentence a reason."""
    notes = []
    held = Counter(row.reason for row in rows)
    quiet = channel.settings.quiet_hours
    if reason is Reason.AFTER_OUTAGE:
        notes.append(tr("These waited while this channel could not be reached."))
    if held[Reason.QUIET_HOURS]:
        count = held[Reason.QUIET_HOURS]
        if quiet is None:
            notes.append(tr("Held during quiet hours: {count}.", count=count))
        else:
            start, end = _clock(quiet[0]), _clock(quiet[1])
            notes.append(tr("Held during quiet hours, between {start} and {end}: {count}.", start=start, end=end, count=count))
    if held[Reason.OVER_CAP]:
        count = held[Reason.OVER_CAP]
        notes.append(tr("Held because more messages were due than this channel takes in an hour: {count}.", count=count))
    if unlisted:
        notes.append(tr("Not listed here for want of room: {count} more.", count=unlisted))
    return notes


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
