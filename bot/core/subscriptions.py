"""Subscriptions at WebSub hubs and what hubs push: the values that store, service and web hand to each other.

The words are those of https://www.w3.org/TR/websub/: a hub tells of a topic (a feed, by the address its publisher gives it) at a
callback, for as long as a lease lasts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.model import FILE_WORKSPACE


class SubscriptionState(StrEnum):
    """How far a subscription has come."""

    WANTED = "wanted"  # the hub is to be asked
    PENDING = "pending"  # the hub was asked; it has not come back yet to see whether that was us
    VERIFIED = "verified"  # the hub tells of news until the lease ends
    LEAVING = "leaving"  # the hub is to be asked to stop
    LEFT = "left"  # the hub has stopped because we wanted it to, or its lease ran out
    DENIED = "denied"  # the hub does not want to
    GONE = "gone"  # the hub is no more, or never agreed


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription; a source has at most one that is not over or about to be.

    Attributes:
        token: the last part of the callback's path: random, and known to the hub alone.
        callback: the whole address that the hub was given.
        address_hash: digest of what the source was asked for when it named the hub; with another address it is another source.
        secret: what the hub signs with, shorter than 200 bytes (section 5.1); None for a hub asked in the clear.
        failures: how often the hub was asked since it last agreed.
        next_due_at: when there is something to do: ask, ask again, renew, give up, forget.
        last_push_at: when the hub last brought what could be believed; None also if it missed something since.
        reason: why it ended, a sentence.
        version: grows with every change, so that a change made meanwhile is noticed.
    """

    token: str = field(repr=False)
    source_id: str
    callback: str = field(repr=False)
    hub: str = field(repr=False)
    topic: str = field(repr=False)
    address_hash: str
    secret: str | None = field(default=None, repr=False)
    workspace_id: str = FILE_WORKSPACE
    state: SubscriptionState = SubscriptionState.WANTED
    lease_ends_at: datetime | None = None
    failures: int = 0
    next_due_at: datetime | None = None
    last_push_at: datetime | None = None
    reason: str = ""
    version: int = 0


class Kept(StrEnum):
    """What became of a push that was to be kept."""

    NEW = "new"
    KNOWN = "known"  # the very same body came before
    FULL = "full"  # too many of the subscription wait already


class PushState(StrEnum):
    """How far a push has come."""

    OPEN = "open"  # its body waits to be read
    HINT = "hint"  # it brought nothing that can be taken from it: the source is to be polled soon
    DONE = "done"  # its items are stored, or the source was polled since; the digest stays, for replays


@dataclass(frozen=True, slots=True)
class Push:
    """What a hub brought, kept until its items are stored.

    Attributes:
        number: grows in the order of arrival.
        body: as it came; empty for a hint.
    """

    number: int
    token: str = field(repr=False)
    source_id: str
    topic: str = field(repr=False)
    state: PushState
    received_at: datetime
    content_type: str | None = None
    body: bytes = field(default=b"", repr=False)
    workspace_id: str = FILE_WORKSPACE
