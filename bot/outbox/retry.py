"""What follows from a platform's answer: the retry schedule and the verdict on a try. Pure.

Promises: eleven tries over about a day; the platform's own ``Retry-After`` always wins over our schedule and does not
count as a failed try; an outcome nobody knows is never guessed; a message is sent again after such an outcome at most
once, and marked, unless its receiver takes each number once. Never sends, sleeps or asks what time it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.core.deliveries import Action, Delivery, DeliveryState, Outcome, Receipt, Scope
from bot.core.identity import digest
from bot.core.messages import Message
from bot.core.model import ChannelSettings, OnDoubt
from bot.core.reasons import Reason

DELAYS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=8),
)
"""Wait before each try, before jitter: 23 h 43 min in all, shaped after Svix's schedule (docs.svix.com/retries, 2026-11)."""

JITTER = 0.2
"""A wait is up to 20 % shorter or longer, so that channels that failed together do not come back together."""

SHORTEST_WAIT, LONGEST_WAIT = 1.0, 86_400.0
"""Seconds. A ``Retry-After`` of nothing still waits this long, so that no loop runs hot; one beyond a day is asked again daily."""

PARKED_FIRST, PARKED_LONGEST = timedelta(minutes=15), timedelta(hours=6)
"""A channel that refused us is asked once more after the first, then after twice as long, up to the longest: whoever lets the
bot in waits for nobody, and four questions a day are too few to be a nuisance. Ours; no platform names a figure."""

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""``not_before`` of a row that waits for a person: after every instant the program can meet."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery and its channel after a try.

    Attributes:
        state, reason: of the row.
        message_ref: the platform's reference, if the message arrived.
        not_before: earliest next try, or None where there is none.
        channel_not_before: the channel waits until then, so that nothing overtakes; None to leave it.
        park: nothing is sent to the channel, for this reason, until time (``wait_parked``), a start or a person opens it again.
        whole_platform: the park is about the platform's credentials: every channel of the platform stops.
        counted: this try counts towards the eleven.
        message: the message as it is sent again (marked), or None to leave it.
        tell: the operator hears of it.
        error: a sentence for the operator, without secrets.
    """

    state: DeliveryState
    reason: Reason
    message_ref: str | None = None
    not_before: datetime | None = None
    channel_not_before: datetime | None = None
    park: Reason | None = None
    whole_platform: bool = False
    counted: bool = True
    message: Message | None = None
    tell: bool = False
    error: str = ""


def wait_before(delivery_id: str, attempt: int) -> timedelta:
    """Wait between try number ``attempt`` (from 1) and the next one, with the jitter that belongs to this delivery.

    The jitter is drawn from the delivery's number and the try, so that a replay and a restart wait alike.

    Raises:
        ValueError: there is no further try.
    """
    if not 0 <= attempt < len(DELAYS):
        raise ValueError(f"a delivery is tried {len(DELAYS)} times; there is no try after number {attempt}")
    share = int(digest(delivery_id, str(attempt), size=4), 16) / 0xFFFFFFFF
    return DELAYS[attempt] * (1 - JITTER + 2 * JITTER * share)


def wait_parked(tries: int) -> timedelta:
    """How long a channel that refused us is left alone before it is tried again, after so many tries in vain (from 0)."""
    doubled: int = 2 ** min(tries, 32)
    return min(PARKED_FIRST * doubled, PARKED_LONGEST)


def after_receipt(delivery: Delivery, receipt: Receipt, now: datetime, *, taken_once: bool = False) -> Verdict:
    """The verdict on a try.

    Args:
        delivery: the row as claimed: ``attempt`` counts this try.
        receipt: what the adapter reports of the call.
        now: when the answer was there.
        taken_once: the receiver takes a delivery once, however often it is sent: then a call without an answer is a failed
            try like others.
    """
    if receipt.outcome is Outcome.ACCEPTED:
        return Verdict(DeliveryState.SENT, delivery.reason, message_ref=receipt.message_ref)
    if receipt.outcome is Outcome.RETRY:
        return _again(delivery, receipt, delivery.reason, now)
    if receipt.outcome is Outcome.REJECTED:
        return _refused(delivery, receipt, now)
    if taken_once or _harmless_twice(delivery):
        return _again(delivery, receipt, Reason.REPEATED, now)
    wait = now + wait_before(delivery.id, min(delivery.attempt, len(DELAYS) - 1))
    return Verdict(
        DeliveryState.IN_DOUBT,
        delivery.reason,
        not_before=wait,
        channel_not_before=wait,
        error=_told("the platform did not say whether the message arrived", receipt),
    )


def after_doubt(delivery: Delivery, found: Receipt | None, settings: ChannelSettings, *, taken_once: bool = False) -> Verdict:
    """What becomes of a row whose outcome is unknown, once the platform was asked where it can be.

    Args:
        delivery: the row in doubt.
        found: what the platform says: accepted (it is there, with its reference), retry (it is certainly not there), or
            None or unknown (it cannot say).
        settings: of the row's channel.
        taken_once: as for ``after_receipt``.
    """
    if found is not None and found.outcome is Outcome.ACCEPTED:
        return Verdict(DeliveryState.SENT, delivery.reason, message_ref=found.message_ref)
    again = delivery.not_before  # due since then, and so before all that comes after it, however long the doubt took
    if found is not None and found.outcome is Outcome.RETRY:
        return Verdict(DeliveryState.PENDING, delivery.reason, not_before=again)
    if _harmless_twice(delivery) or (taken_once and delivery.message is not None):
        return Verdict(DeliveryState.PENDING, Reason.REPEATED, not_before=again)
    if settings.on_doubt is OnDoubt.REPEAT and delivery.message is not None and not delivery.message.repeated:
        return Verdict(DeliveryState.PENDING, Reason.REPEATED, not_before=again, message=replace(delivery.message, repeated=True))
    return Verdict(
        DeliveryState.HELD,
        Reason.IN_DOUBT,
        not_before=NEVER,
        tell=True,
        error="nobody knows whether the message arrived; look in the channel, then retry or drop the delivery",
    )


def not_yet(delivery: Delivery, now: datetime) -> Verdict:
    """A row that was claimed before it was asked whether it may go: it and its channel wait a moment, and no try is counted."""
    wait = now + DELAYS[1] / 5
    return Verdict(DeliveryState.PENDING, delivery.reason, not_before=wait, channel_not_before=wait, counted=False)


def _harmless_twice(delivery: Delivery) -> bool:
    """An edit puts the same words in the same place: done twice it shows nothing twice, so it is never held in doubt."""
    return delivery.action is Action.EDIT


def _again(delivery: Delivery, receipt: Receipt, reason: Reason, now: datetime) -> Verdict:
    if receipt.retry_after is not None:
        wait = now + timedelta(seconds=min(max(SHORTEST_WAIT, receipt.retry_after), LONGEST_WAIT))
        error = _told("the platform asked us to wait", receipt)
        return Verdict(DeliveryState.PENDING, reason, not_before=wait, channel_not_before=wait, counted=False, error=error)
    if delivery.attempt >= len(DELAYS):
        error = _told(f"all {len(DELAYS)} tries failed", receipt)
        return Verdict(DeliveryState.DEAD, Reason.EXHAUSTED, tell=True, error=error)
    wait = now + wait_before(delivery.id, delivery.attempt)
    error = _told("the platform could not take the message", receipt)
    return Verdict(DeliveryState.PENDING, reason, not_before=wait, channel_not_before=wait, error=error)


def _refused(delivery: Delivery, receipt: Receipt, now: datetime) -> Verdict:
    match receipt.scope:
        case Scope.TOKEN:
            return _parked(delivery, Reason.TOKEN_REFUSED, "the platform refused our credentials", receipt, now)
        case Scope.WORKSPACE:
            what = "the bot is not installed in this workspace, or its token there is refused"
            return _parked(delivery, Reason.NOT_INSTALLED, what, receipt, now)
        case Scope.CHANNEL:
            return _parked(delivery, Reason.CHANNEL_GONE, "the channel cannot be posted to", receipt, now)
        case Scope.MESSAGE:
            error = _told("the message it belongs to is not there any more", receipt)
            return Verdict(DeliveryState.SKIPPED, Reason.MESSAGE_GONE, error=error)
        case Scope.EDIT:
            return Verdict(DeliveryState.SKIPPED, Reason.CANNOT_EDIT, error=receipt.detail)
        case Scope.CONTENT | None:
            error = _told("the platform refused this content; it is kept for repair", receipt)
            return Verdict(DeliveryState.DEAD, Reason.CONTENT_REFUSED, tell=True, error=error)


def _parked(delivery: Delivery, reason: Reason, what: str, receipt: Receipt, now: datetime) -> Verdict:
    """The row waits with its channel: nothing is wrong with it, and it goes out once a person has put the channel right."""
    return Verdict(
        DeliveryState.PENDING,
        delivery.reason,
        not_before=now,
        park=reason,
        whole_platform=reason is Reason.TOKEN_REFUSED,
        counted=False,
        tell=True,
        error=_told(what, receipt),
    )


def _told(what: str, receipt: Receipt) -> str:
    return f"{what} ({receipt.detail})" if receipt.detail else what
