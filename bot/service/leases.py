"""What to do about a subscription, as decisions over values: when to ask a hub, to renew, to wait, to give up, what to answer.

Promises: the same subscription and the same instant give the same decision; a subscription is renewed before its lease ends; a hub
that does not answer is asked less and less often and then no more; nobody but the hub that was asked can make a subscription
begin, and nobody but us can make it end. Never asks anybody and never looks at a clock: ``now`` comes in.

The protocol is https://www.w3.org/TR/websub/ (sections as numbered there).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.core.subscriptions import Subscription, SubscriptionState

LEASE = timedelta(days=10)
"""How long we ask to be told: what section 8.2 calls a good default. A hub may say otherwise, and then that counts."""
LONGEST_LEASE = timedelta(days=365)
"""A hub that promises more is believed so far: leases have to end (5.3.1), and no date may overflow over one."""
RENEWED_AFTER = 0.8
"""Share of a lease after which it is renewed: of ten days two are left for a hub that does not answer."""
SHORTEST_RENEWAL = timedelta(minutes=5)
"""A hub cannot make us ask more often than that, however short a lease it gives."""
PATIENCE = timedelta(minutes=10)
"""How long a hub may take to verify before it is asked again; doubled with every time it did not."""
LONGEST_BACK_OFF = timedelta(hours=24)
ATTEMPTS = 8
"""Times a hub is asked in a row before it is given up: with the pauses doubling from ten minutes, after about two days."""
FAREWELLS = 3
"""Times a hub is asked to stop; after that its lease runs out."""
SET_ASIDE = timedelta(days=30)
"""After a denial, or after giving up, the hub is left alone for so long. The callback of what is over answers 410 for so long."""
SAFETY_NET = timedelta(hours=6)
"""Shortest interval between two polls of a source whose hub brings its news: four requests a day instead of 48."""
BELIEVED_FOR = timedelta(days=7)
"""A hub that brought nothing for so long may have stopped without a word: the source is polled at its own interval again."""
AGREED = 3
"""Documents in a row that have to name another hub or topic, or none, before that is believed: copies of one feed in a delivery
network differ for a while."""

_ASKED = frozenset((SubscriptionState.PENDING, SubscriptionState.VERIFIED))
_LISTENING = frozenset((SubscriptionState.WANTED, *_ASKED))
_SET_ASIDE = frozenset((SubscriptionState.DENIED, SubscriptionState.GONE))
_OVER = frozenset((SubscriptionState.LEFT, *_SET_ASIDE))
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


class Step(Enum):
    """What is to be done when it is due."""

    SUBSCRIBE = auto()
    UNSUBSCRIBE = auto()
    GIVE_UP = auto()
    FORGET = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the callback answers, and the subscription as it is from then on.

    Attributes:
        status: of the answer.
        body: of the answer.
        after: None if nothing changes.
    """

    status: int
    body: str = ""
    after: Subscription | None = None


REFUSED = Verdict(404)
"""What a hub is answered that nobody asked (5.3.1)."""


def is_wanted(subscription: Subscription) -> bool:
    """Whether the subscription is there to stay: neither over nor about to be."""
    return subscription.state in _LISTENING


def is_set_aside(subscription: Subscription) -> bool:
    """Whether its hub is left alone for a while: it refused, is gone, or never agreed."""
    return subscription.state in _SET_ASIDE


def is_live(subscription: Subscription, now: datetime) -> bool:
    """Whether the hub has promised to tell of news at this instant."""
    return (
        subscription.state is SubscriptionState.VERIFIED
        and subscription.lease_ends_at is not None
        and subscription.lease_ends_at > now
    )


def shortest_wait(subscription: Subscription, now: datetime) -> timedelta:
    """The least time between two polls of the source: the safety net's while its hub is known to bring the news, else none."""
    pushed = subscription.last_push_at
    if pushed is None or now - pushed > BELIEVED_FOR or not is_live(subscription, now):
        return timedelta(0)
    return SAFETY_NET


def due(subscription: Subscription, now: datetime) -> Step:
    """What to do about a subscription whose time has come."""
    if subscription.state in _OVER:
        return Step.FORGET
    if subscription.state is SubscriptionState.LEAVING:
        running = subscription.lease_ends_at is not None and subscription.lease_ends_at > now
        return Step.UNSUBSCRIBE if running and subscription.failures < FAREWELLS else Step.GIVE_UP
    if subscription.failures >= ATTEMPTS and not is_live(subscription, now):
        return Step.GIVE_UP
    return Step.SUBSCRIBE


def asking(subscription: Subscription, now: datetime) -> Subscription:
    """The subscription as it is stored before its hub is asked: asked once more, and to be asked again unless the hub agrees.

    A hub may come back to verify before its answer to the request is here, so this is what it meets then.
    """
    wanted = subscription.state is SubscriptionState.WANTED
    return replace(
        subscription,
        state=SubscriptionState.PENDING if wanted else subscription.state,
        failures=subscription.failures + 1,
        next_due_at=now + min(PATIENCE * 2 ** min(subscription.failures, 16), LONGEST_BACK_OFF),
    )


def unanswered(subscription: Subscription, now: datetime, *, status: int | None, retry_after: float | None) -> Subscription | None:
    """The subscription after its hub could not be asked, or said something else than yes; None if nothing changes.

    Args:
        subscription: as ``asking`` left it.
        now: the present.
        status: what the hub answered, if it did.
        retry_after: seconds it asked us to wait, or None.
    """
    if status == 410:  # RFC 9110 15.5.11: it is gone for good
        return given_up(subscription, now, "the hub is gone (410)")
    if retry_after is None or subscription.next_due_at is None:
        return None
    later = max(subscription.next_due_at, now + timedelta(seconds=retry_after))
    return replace(subscription, next_due_at=later) if later != subscription.next_due_at else None


def leaving(subscription: Subscription, now: datetime) -> Subscription:
    """The subscription as one that is to end: its source is gone, or names another hub."""
    return replace(subscription, state=SubscriptionState.LEAVING, failures=0, next_due_at=now)


def given_up(subscription: Subscription, now: datetime, reason: str) -> Subscription:
    """The subscription as one that came to nothing, or as one that has ended as it should, if it was to end."""
    left = subscription.state is SubscriptionState.LEAVING
    return _over(subscription, now, SubscriptionState.LEFT if left else SubscriptionState.GONE, reason)


def verdict(subscription: Subscription, asked: Mapping[str, str], now: datetime) -> Verdict:
    """What to answer a hub that comes to verify, or to deny (5.2, 5.3).

    Args:
        subscription: the one whose callback was called.
        asked: the parameters of the call.
        now: the present.
    """
    mode, challenge = asked.get("hub.mode", ""), asked.get("hub.challenge", "")
    if not same_address(asked.get("hub.topic", ""), subscription.topic):
        return REFUSED
    if mode == "denied" and subscription.state not in _OVER:
        return Verdict(200, "", _denied(subscription, asked.get("hub.reason", ""), now))
    if not challenge:
        return REFUSED
    if mode == "subscribe" and subscription.state in _ASKED:
        return Verdict(200, challenge, _verified(subscription, asked.get("hub.lease_seconds", ""), now))
    if mode == "unsubscribe" and subscription.state is SubscriptionState.LEAVING:
        return Verdict(200, challenge, given_up(subscription, now, "we asked the hub to stop"))
    return REFUSED


def delivery_status(subscription: Subscription | None) -> int | None:
    """What a delivery is refused with (7): 404 for a callback nobody has, 410 where we want no more; None if it is welcome."""
    if subscription is None:
        return 404
    return None if subscription.state in _LISTENING else 410


def same_address(one: str, other: str) -> bool:
    """Whether two addresses are one: hubs decode what need not be escaped (5.1.1), so that may differ."""
    return one == other or _plainly_escaped(one) == _plainly_escaped(other)


def lease_of(text: str) -> timedelta:
    """The lease a hub grants. One that it does not say, or not in seconds, is the one we asked for (5.1: it may grant that)."""
    digits = text.strip().lstrip("0")
    if not (digits.isascii() and digits.isdecimal()):
        return LEASE
    return LONGEST_LEASE if len(digits) > 9 else min(timedelta(seconds=int(digits)), LONGEST_LEASE)


def _verified(subscription: Subscription, lease_seconds: str, now: datetime) -> Subscription:
    lease = lease_of(lease_seconds)
    return replace(
        subscription,
        state=SubscriptionState.VERIFIED,
        lease_ends_at=now + lease,
        failures=0,
        next_due_at=now + max(lease * RENEWED_AFTER, SHORTEST_RENEWAL),
        reason="",
    )


def _denied(subscription: Subscription, reason: str, now: datetime) -> Subscription:
    if subscription.state is SubscriptionState.LEAVING:
        return given_up(subscription, now, "the hub ended it")
    said = "".join(char for char in " ".join(reason.split()) if char.isprintable())[:200]
    for hidden in (subscription.token, subscription.secret):
        said = said.replace(hidden, "***") if hidden else said
    return _over(subscription, now, SubscriptionState.DENIED, f"the hub refused: {said}" if said else "the hub refused")


def _over(subscription: Subscription, now: datetime, state: SubscriptionState, reason: str) -> Subscription:
    return replace(
        subscription,
        state=state,
        secret=None,
        lease_ends_at=None,
        failures=0,
        next_due_at=now + SET_ASIDE,
        reason=reason,
    )


def _plainly_escaped(address: str) -> str:
    def plain(escape: re.Match[str]) -> str:
        char = chr(int(escape[1], 16))
        return char if _UNRESERVED.fullmatch(char) else escape[0].upper()

    return _ESCAPE.sub(plain, address)
