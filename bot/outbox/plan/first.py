"""The first message of a story in a channel: it is posted, held for company, or passed over with a reason. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.reasons import Reason
from bot.outbox.levels import breaks_through
from bot.outbox.plan.ask import Ask, Plan, join
from bot.outbox.plan.news import Arrival
from bot.outbox.plan.replies import beside
from bot.outbox.windows import is_quiet, next_digest, quiet_ends


def first(ask: Ask, history: Sequence[Delivery], *, passed_over: bool) -> Plan:
    """Nothing of the story was ever on its way here: post it, hold it, or pass it over."""
    judged = _judge(ask, independent_only=passed_over)
    settings, now = ask.channel.settings, ask.now
    if ask.muted and judged in (Reason.NEW_STORY, Reason.BACKFILL):
        judged = Reason.MUTED  # last of all: what would not be posted anyway has its own reason, mute or no mute
    if judged not in (Reason.NEW_STORY, Reason.BACKFILL):
        if passed_over:
            return Plan(silence=judged)
        return Plan(new=(ask.row(Action.POST, DeliveryState.SKIPPED, judged, ask.message, now, history=history),))
    held = _hold(ask)
    if held is not None and breaks_through(ask.message.level, settings):
        judged = Reason.URGENT
    elif held is not None:
        reason, until = held
        post = ask.row(Action.POST, DeliveryState.HELD, reason, ask.message, until, history=history)
        return join(Plan(new=(post,)), beside(ask, post, history))
    due = now + settings.group_wait
    post = ask.row(Action.POST, DeliveryState.PENDING, judged, ask.message, due, history=history)
    return join(Plan(new=(post,)), beside(ask, post, history))


def _judge(ask: Ask, *, independent_only: bool) -> Reason:
    """Is there something new in what arrived? A posting reason if so, else the reason to pass it over."""
    settings = ask.channel.settings
    live = [arrival for arrival in ask.news.arrivals if not arrival.rerun]
    if not live:
        return Reason.RERUN
    if independent_only:
        live = [arrival for arrival in live if not arrival.copy]
        if not live:
            return Reason.COPY
    wanted = [arrival for arrival in live if arrival.baseline_rank is None or arrival.baseline_rank < settings.backfill]
    if not wanted:
        return Reason.BASELINE
    return _age(ask, wanted) or (Reason.NEW_STORY if any(arrival.baseline_rank is None for arrival in wanted) else Reason.BACKFILL)


def _age(ask: Ask, wanted: Sequence[Arrival]) -> Reason | None:
    """Why what arrived is old; None if something of it is new."""
    max_age = ask.channel.settings.max_age
    fresh = [arrival for arrival in wanted if not arrival.looks_back]
    if not fresh:
        return Reason.LOOKS_BACK
    if max_age is None:
        return None
    dates = [arrival.published for arrival in fresh if arrival.published is not None]
    newest = max(dates) if dates else ask.story.last_published
    if newest is not None and ask.now - newest > max_age:
        return Reason.TOO_OLD
    if all(arrival.old_date is not None and ask.now - arrival.old_date > max_age for arrival in fresh):
        return Reason.OLD_DATE
    return None


def _hold(ask: Ask) -> tuple[Reason, datetime] | None:
    """Why the message must wait for company, and until when; None if it may go."""
    settings, zone = ask.channel.settings, ask.channel.settings.timezone
    due = ask.now + settings.group_wait
    if settings.digest:
        reason, until = Reason.DIGEST_ONLY, next_digest(settings.digest, ask.now, zone)
    elif settings.quiet_hours is not None and is_quiet(due, settings.quiet_hours, zone):
        reason, until = Reason.QUIET_HOURS, due
    elif settings.max_per_hour and ask.recent_posts >= settings.max_per_hour:
        reason, until = Reason.OVER_CAP, ask.now  # the release, which knows when posts were sent, waits for room
    else:
        return None
    return reason, until if settings.quiet_hours is None else quiet_ends(until, settings.quiet_hours, zone)
