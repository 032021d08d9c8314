"""Whether what waited may still go: between the decision and the call lie minutes, or a night without the bot. Pure.

Promises: only what was never tried is judged again, for what was tried may have been read; what a person or its time has
released from a hold is not held again. Never decides what is said: that is ``plan``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import NoticeMessage, ReminderMessage, StoryMessage, UpdateMessage
from bot.core.model import Channel, Level, Rule
from bot.core.reasons import Reason
from bot.outbox.levels import breaks_through
from bot.outbox.plan.replies import is_past
from bot.outbox.windows import is_quiet, next_digest, quiet_ends

CAP_WINDOW = timedelta(minutes=60)
"""``max_per_hour`` counts posts in any 60 minutes."""
AGREED_WITHIN = timedelta(minutes=2)
"""Processes beside one another read a changed configuration one after the other: for so long none of them says for all that nobody
asked for a message."""
_LEVELS = tuple(Level)
_AS_PLANNED = frozenset({Reason.NEW_STORY, Reason.BACKFILL})


@dataclass(frozen=True, slots=True)
class Standing:
    """What becomes of a row that may not go now."""

    state: DeliveryState
    reason: Reason
    not_before: datetime


def still_wanted(row: Delivery, channel: Channel, rules: Mapping[str, Rule] | None, now: datetime) -> Standing | None:
    """What becomes of a waiting row that is due, as the configuration and the clock say now; None if it may go.

    Args:
        row: pending or held, and due.
        channel: where, as it is configured now.
        rules: every rule there is, by id; None where rules do not change while messages wait.
        now: the present instant.
    """
    if was_tried(row):
        return None
    if row.action is Action.DIGEST or isinstance(row.message, NoticeMessage | ReminderMessage):
        return _after_quiet(row, DeliveryState.PENDING, row.reason, channel, now)
    if isinstance(row.message, UpdateMessage):
        return _news_refused(row, channel, now) or _after_quiet(row, DeliveryState.PENDING, row.reason, channel, now)
    if row.action is not Action.POST or not isinstance(row.message, StoryMessage):
        return None
    refused = _refused(row, row.message, channel, rules, now)
    if refused is not None or breaks_through(row.message.level, channel.settings):
        return refused
    return _held(row, channel, now)


def others_may_want(row: Delivery, channel: Channel, rules: Mapping[str, Rule] | None, now: datetime) -> bool:
    """Whether nobody here asked for a row that is due, so new that a process with another configuration may know who did.

    Args:
        row: pending or held.
        channel: where, as it is configured here.
        rules: every rule that is known here, by id.
        now: the present instant.
    """
    since = now - max(row.created_at, row.not_before)
    if was_tried(row) or row.action is not Action.POST or not timedelta(0) <= since < AGREED_WITHIN:
        return False
    return isinstance(row.message, StoryMessage) and not _asked_for(row, row.message, channel, rules)


def was_tried(row: Delivery) -> bool:
    """Somebody may have read it."""
    return bool(row.attempt) or (row.message is not None and row.message.repeated)


def told_by(row: Delivery, named: Collection[str] | None, channel: Channel, rules: Mapping[str, Rule] | None) -> Delivery:
    """A post that was never tried as the rules that still tell it would have it: their names, and their level alone.

    Args:
        row: due, and never tried.
        named: ids of the rules that people did not silence; None where nothing is silenced, empty where everything is.
        channel: where.
        rules: every rule there is, by id; None where rules do not change.
    """
    message = row.message
    if not named or row.action is not Action.POST or not isinstance(message, StoryMessage):
        return row
    told = tuple(rule for rule in message.rules if rule[0] in named)
    if told == message.rules or not told:
        return row
    known = [rules[rule_id].level for rule_id, _ in told if rules is not None and rule_id in rules]
    level = max(known, key=_LEVELS.index, default=message.level)
    calm = row.reason is Reason.URGENT and not breaks_through(level, channel.settings)
    return replace(row, message=replace(message, rules=told, level=level), reason=Reason.NEW_STORY if calm else row.reason)


def _news_refused(row: Delivery, channel: Channel, now: datetime) -> Standing | None:
    """The channel wants no news under its messages any more, or it is none any more."""
    max_age = channel.settings.max_age
    if channel.settings.updates == "off":
        return Standing(DeliveryState.SKIPPED, Reason.UNDECLARED, row.not_before)
    late = max_age is not None and now - max(row.created_at, row.not_before) > max_age
    return Standing(DeliveryState.SKIPPED, Reason.TOO_OLD, row.not_before) if late or is_past(row.message, channel, now) else None


def _refused(
    row: Delivery, message: StoryMessage, channel: Channel, rules: Mapping[str, Rule] | None, now: datetime
) -> Standing | None:
    """Nobody asked for it any more, or it is no news any more."""
    if not _asked_for(row, message, channel, rules):
        return Standing(DeliveryState.SKIPPED, Reason.UNDECLARED, row.not_before)
    max_age = channel.settings.max_age
    if max_age is not None and now - _seen(row, message, max_age) > max_age:
        return Standing(DeliveryState.SKIPPED, Reason.TOO_OLD, row.not_before)
    return None


def _asked_for(row: Delivery, message: StoryMessage, channel: Channel, rules: Mapping[str, Rule] | None) -> bool:
    named = [rule_id for rule_id, _ in message.rules] if row.reason is not Reason.SAMPLE else []  # a person asked for it
    return rules is None or not named or any(name in rules and channel.id in rules[name].channels for name in named)


def _held(row: Delivery, channel: Channel, now: datetime) -> Standing | None:
    """The channel does not want it now."""
    settings = channel.settings
    if row.state is DeliveryState.HELD:
        return _after_quiet(row, DeliveryState.HELD, row.reason, channel, now)
    if row.reason not in _AS_PLANNED:
        return None
    if settings.digest:
        until = next_digest(settings.digest, now, settings.timezone)
        quiet = settings.quiet_hours
        return Standing(
            DeliveryState.HELD, Reason.DIGEST_ONLY, until if quiet is None else quiet_ends(until, quiet, settings.timezone)
        )
    return _after_quiet(row, DeliveryState.HELD, Reason.QUIET_HOURS, channel, now)


def room_from(posts: Sequence[datetime], cap: int, now: datetime) -> datetime:
    """The first instant from ``now`` on at which a channel had fewer than ``cap`` posts in the 60 minutes before.

    Args:
        posts: when posts and digests were sent, or will be; those not sent yet count as sent now.
        cap: ``max_per_hour``; 0 is no cap.
        now: the present instant.
    """
    counted = sorted(moment for post in posts if now - (moment := min(post, now)) < CAP_WINDOW)
    if not cap or len(counted) < cap:
        return now
    return counted[len(counted) - cap] + CAP_WINDOW


def _seen(row: Delivery, message: StoryMessage, max_age: timedelta) -> datetime:
    """From when the age of a story counts: its date, if that was what made it news; else when it was decided on.

    The time for which the channel itself held it does not count.
    """
    seen = row.created_at
    if message.published is not None and row.created_at - message.published <= max_age:
        seen = min(message.published, seen)
    held = row.state is DeliveryState.HELD or row.reason not in _AS_PLANNED
    return max(seen, row.not_before) if held else seen


def _after_quiet(row: Delivery, state: DeliveryState, reason: Reason, channel: Channel, now: datetime) -> Standing | None:
    quiet, zone = channel.settings.quiet_hours, channel.settings.timezone
    if quiet is None or not is_quiet(now, quiet, zone) or (row.state is DeliveryState.PENDING and row.not_before > now):
        return None
    return Standing(state, reason, quiet_ends(now, quiet, zone))
