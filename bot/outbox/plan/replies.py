"""News of a story under its message, in its thread. Pure.

Promises: replies are ``group_interval`` apart, of what came together the most important; what waits is not forgotten for what
comes, and the same is never told twice; a reply waits for the end of quiet hours and leaves then only if it is still true; nothing
is told under a message that is not out, that people deleted, or that was no news here (a first poll, a sample). Never counts
towards ``max_per_hour``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import Update, UpdateMessage
from bot.core.model import Channel, ChannelSettings, Precision
from bot.core.outbox import NewDelivery, Revision
from bot.core.reasons import Reason
from bot.outbox.plan.ask import SAID, Ask, Plan, may_be_read
from bot.outbox.windows import quiet_ends

REASONS: Mapping[Update, Reason] = MappingProxyType(
    {
        Update.CORRECTION: Reason.CORRECTION,
        Update.DEVELOPMENT: Reason.DEVELOPMENT,
        Update.COMMITMENT: Reason.COMMITMENT,
        Update.HEADLINE: Reason.HEADLINE_CHANGED,
        Update.REPORT: Reason.FOLLOWED,
    }
)
"""What is told in a reply, the most important first, and the reason of its row."""

WAIT = 12
"""Replies that wait under a message at most: an hour of them by the usual ``group_interval``; the least important is not told."""
HEADLINES = 4
"""Changed headlines told under one message: a publisher that goes to and fro is followed by the edits of the message alone."""

_RANK = {update: rank for rank, update in enumerate(REASONS)}
_NO_NEWS = frozenset({Reason.BACKFILL, Reason.SAMPLE})


def reply(ask: Ask, living: Delivery, history: Sequence[Delivery], elsewhere: Collection[str | None]) -> Plan:
    """What is told under a message that is out.

    Args:
        ask: the question, with what may be told.
        living: the story's message.
        history: every row of the story here, by ``sequence``.
        elsewhere: names of stories folded into it whose messages stood here; what was told under those is theirs.
    """
    replies = [row for row in history if row.action is Action.REPLY and row.story_id not in elsewhere]
    told = [row for row in replies if may_be_read(row)]
    waiting = [row for row in replies if row.state is DeliveryState.PENDING and row not in told]
    gone = any(row.reason is Reason.MESSAGE_GONE and row.sequence > living.sequence for row in replies)
    kept = [row.message for row in waiting if isinstance(row.message, UpdateMessage) and not _untrue(row, ask)]
    found = [] if gone else _chosen(ask, living, [row.message for row in told], kept, _homeless(history, elsewhere))
    if any(one.update is Update.HEADLINE for one in found):
        kept = [one for one in kept if one.update is not Update.HEADLINE]  # the newer one tells what holds
    return _queue(ask, living, history, replies, sorted((*kept, *found), key=_rank)[:WAIT])


def _chosen(
    ask: Ask, living: Delivery, told: Sequence[object], waiting: Sequence[object], homeless: Sequence[UpdateMessage]
) -> list[UpdateMessage]:
    """The most important of what may be told and was not; where people follow the story, every further report beside it."""
    if living.state not in SAID or living.reason in _NO_NEWS or ask.muted or ask.channel.settings.updates == "off":
        return []
    wanted = [one for one in (*ask.updates, *homeless) if ask.followed or one.update is not Update.REPORT]
    fresh = [one for one in wanted if not _known(one, told) and not any(_same(one, message) for message in waiting)]
    if not fresh:
        return []
    first = min(fresh, key=_rank)
    return [first, *(one for one in fresh if one.update is Update.REPORT and not _same(one, first))]


def _known(one: UpdateMessage, told: Sequence[object]) -> bool:
    """Whether readers were told this; of headlines, whether it was the last that they were told, or they were told many."""
    if one.update is not Update.HEADLINE:
        return any(_same(one, message) for message in told)
    headlines = [message for message in told if isinstance(message, UpdateMessage) and message.update is Update.HEADLINE]
    return len(headlines) >= HEADLINES or _same(one, headlines[-1] if headlines else None)


def _homeless(history: Sequence[Delivery], elsewhere: Collection[str | None]) -> list[UpdateMessage]:
    """Dates that were to be told under messages that are not sent any more, as their stories proved to be part of this one."""
    out = {row.story_id for row in history if row.action is Action.POST and may_be_read(row)}
    left = [row.message for row in history if row.action is Action.REPLY and row.state is DeliveryState.PENDING
            and row.story_id in elsewhere and row.story_id not in out]  # fmt: skip
    return [message for message in left if isinstance(message, UpdateMessage) and message.update is Update.COMMITMENT]


def _queue(
    ask: Ask,
    living: Delivery,
    history: Sequence[Delivery],
    replies: Sequence[Delivery],
    queue: Sequence[UpdateMessage],
) -> Plan:
    """What waits and what came leave one after the other, the most important first, each when a reply may."""
    waiting = [row for row in replies if row.state is DeliveryState.PENDING and not may_be_read(row)]
    slots = sorted(waiting, key=lambda row: (row.not_before, row.sequence))
    revisions = [
        Revision(row.id, DeliveryState.PENDING, message=message, reason=REASONS[message.update], story_id=ask.story.id)
        for row, message in zip(slots, queue, strict=False)
        if row.message != message
    ]
    revisions += [_dropped(row) for row in slots[len(queue) :]]
    if len(queue) <= len(slots):
        return Plan(revisions=tuple(revisions))
    settings, now = ask.channel.settings, ask.now
    last = max(min(row.updated_at, now) for row in (living, *replies) if row.state in SAID)
    after = [last, *(row.not_before for row in slots)]
    due = max(now + settings.group_wait, max(after) + settings.group_interval)
    numbered, new = list(history), []
    for message in queue[len(slots) :]:
        due = _by_day(due, settings)
        row = ask.row(Action.REPLY, DeliveryState.PENDING, REASONS[message.update], message, due, history=numbered, target=living)
        new.append(row)
        numbered.append(replace(living, id=row.id, action=Action.REPLY, story_id=row.story_id))
        due += settings.group_interval
    return Plan(new=tuple(new), revisions=tuple(revisions))


def beside(ask: Ask, post: NewDelivery | Delivery, history: Sequence[Delivery]) -> Plan:
    """What is told under a story's first message after it: a date to remember, at the earliest ``group_interval`` later.

    It is decided on while the message waits, for nobody asks again when it leaves; what becomes of the message, becomes of it.

    Args:
        ask: the question, with what may be told.
        post: the message; it waits.
        history: every row of the story here, by ``sequence``.
    """
    dates = [one for one in ask.updates if one.update is Update.COMMITMENT]
    settings = ask.channel.settings
    unwanted = post.reason in _NO_NEWS or ask.muted or settings.updates == "off" or settings.digest
    waits = [row for row in history if row.action is Action.REPLY and row.state is DeliveryState.PENDING]
    if unwanted or not dates or any(row.story_id in (post.story_id, ask.story.id) for row in waits):
        return Plan()
    due = _by_day(post.not_before + settings.group_interval, settings)
    row = ask.row(Action.REPLY, DeliveryState.PENDING, Reason.COMMITMENT, dates[0], due, history=history, target=post)
    return Plan(new=(row,))


def _by_day(due: datetime, settings: ChannelSettings) -> datetime:
    return due if settings.quiet_hours is None else quiet_ends(due, settings.quiet_hours, settings.timezone)


def drop_waiting(history: Sequence[Delivery], story_ids: Collection[str | None], reason: Reason) -> tuple[Revision, ...]:
    """Replies under the messages of these stories that wait are not sent."""
    return tuple(
        Revision(delivery_id=row.id, expected=row.state, state=DeliveryState.SKIPPED, reason=reason)
        for row in history
        if row.action is Action.REPLY and row.story_id in story_ids and row.state is DeliveryState.PENDING and not may_be_read(row)
    )


def _rank(message: UpdateMessage) -> int:
    return _RANK.get(message.update, 0)


def is_past(message: object, channel: Channel, now: datetime) -> bool:
    """Whether the day that a reply asks to remember has come already where it is read."""
    if not isinstance(message, UpdateMessage) or message.update is not Update.COMMITMENT or message.precision is not Precision.DAY:
        return False
    return date.fromisoformat(message.date) <= now.astimezone(ZoneInfo(channel.settings.timezone)).date()


def _untrue(waiting: Delivery, ask: Ask) -> bool:
    """The headline that the reply was to tell of reads otherwise again, or as readers know it; or its day has come."""
    message = waiting.message
    if not isinstance(message, UpdateMessage) or message.update is not Update.HEADLINE or message.url != ask.message.url:
        return is_past(message, ask.channel, ask.now)
    return message.headline != ask.message.headline


def _dropped(waiting: Delivery) -> Revision:
    return Revision(delivery_id=waiting.id, expected=DeliveryState.PENDING, state=DeliveryState.SKIPPED, reason=Reason.SAME_STORY)


def _same(one: UpdateMessage, told: object) -> bool:
    """Whether readers were told this."""
    if not isinstance(told, UpdateMessage):
        return False
    if one.update is Update.COMMITMENT:
        return (one.date, one.commitment) == (told.date, told.commitment)
    if one.update is Update.HEADLINE:
        return told.update is Update.HEADLINE and one.headline == told.headline
    if one.update is Update.CORRECTION:
        return told.update is Update.CORRECTION and one.sentences == told.sentences
    if told.update not in (Update.DEVELOPMENT, Update.REPORT):
        return False
    return (one.url, one.headline) == (told.url, told.headline)
