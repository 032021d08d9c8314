"""News of a story under its message, in its thread. Pure.

Promises: at most one reply every ``group_interval``, the most important of what came together; the same is never told twice; a
reply waits for the end of quiet hours and leaves then only if it is still true; nothing is told under a message that is not out,
that people deleted, or that was no news here (a first poll, a sample). Never counts towards ``max_per_hour``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import Update, UpdateMessage
from bot.core.reasons import Reason
from bot.core.records import NewDelivery, Revision
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
    waiting = next((row for row in replies if row.state is DeliveryState.PENDING and not may_be_read(row)), None)
    untrue = waiting is not None and _untrue(waiting, ask)
    gone = any(row.reason is Reason.MESSAGE_GONE and row.sequence > living.sequence for row in replies)
    best = None if gone else _best(ask, living, [row for row in replies if may_be_read(row)])
    if waiting is None:
        return Plan() if best is None else Plan(new=(_row(ask, best, living, replies, history),))
    if best is None:
        return Plan(revisions=(_dropped(waiting),)) if untrue else Plan()
    if not untrue and _stays(waiting.message, best):
        return Plan()
    changed = Revision(waiting.id, DeliveryState.PENDING, message=best, reason=REASONS[best.update], story_id=ask.story.id)
    return Plan(revisions=(changed,))


def _best(ask: Ask, living: Delivery, told: Sequence[Delivery]) -> UpdateMessage | None:
    """The most important of what may be told and was not told yet; None if nothing may."""
    if living.state not in SAID or living.reason in _NO_NEWS or ask.muted or ask.channel.settings.updates == "off":
        return None
    wanted = [one for one in ask.updates if ask.followed or one.update is not Update.REPORT]
    fresh = [one for one in wanted if not any(_same(one, row.message) for row in told)]
    return min(fresh, key=lambda one: _RANK[one.update], default=None)


def _stays(waiting: object, best: UpdateMessage) -> bool:
    """Whether what waits is told rather than what came now: it is the same, or matters more, or is a date, which was first."""
    if not isinstance(waiting, UpdateMessage) or _same(best, waiting):
        return True
    return _rank(best) > _rank(waiting) or best.update is waiting.update is Update.COMMITMENT


def beside(ask: Ask, post: NewDelivery, history: Sequence[Delivery]) -> Plan:
    """What is told under a story's first message right after it: a date to remember, after ``group_interval``."""
    dates = [one for one in ask.updates if one.update is Update.COMMITMENT]
    if post.reason in _NO_NEWS or not dates or ask.channel.settings.updates == "off":
        return Plan()
    settings = ask.channel.settings
    due = post.not_before + settings.group_interval
    if settings.quiet_hours is not None:
        due = quiet_ends(due, settings.quiet_hours, settings.timezone)
    row = ask.row(Action.REPLY, DeliveryState.PENDING, Reason.COMMITMENT, dates[0], due, history=history, target=post)
    return Plan(new=(row,))


def drop_waiting(history: Sequence[Delivery], story_ids: Collection[str | None], reason: Reason) -> tuple[Revision, ...]:
    """Replies under the messages of these stories that wait are not sent."""
    return tuple(
        Revision(delivery_id=row.id, expected=row.state, state=DeliveryState.SKIPPED, reason=reason)
        for row in history
        if row.action is Action.REPLY and row.story_id in story_ids and row.state is DeliveryState.PENDING and not may_be_read(row)
    )


def _row(ask: Ask, best: UpdateMessage, living: Delivery, replies: Sequence[Delivery], history: Sequence[Delivery]) -> NewDelivery:
    settings = ask.channel.settings
    last = max(min(row.updated_at, ask.now) for row in (living, *replies) if row.state in SAID)
    due = max(ask.now + settings.group_wait, last + settings.group_interval)
    if settings.quiet_hours is not None:
        due = quiet_ends(due, settings.quiet_hours, settings.timezone)
    return ask.row(Action.REPLY, DeliveryState.PENDING, REASONS[best.update], best, due, history=history, target=living)


def _rank(message: UpdateMessage) -> int:
    return _RANK.get(message.update, 0)


def _untrue(waiting: Delivery, ask: Ask) -> bool:
    """The headline that the reply was to tell of reads otherwise again, or as readers know it."""
    message = waiting.message
    if not isinstance(message, UpdateMessage) or message.update is not Update.HEADLINE or message.url != ask.message.url:
        return False
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
