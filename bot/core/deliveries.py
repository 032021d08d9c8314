"""The rows of the outbox and what a platform answers. Frozen, slotted, standard library only, instants aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.messages import Message
from bot.core.reasons import Reason


class Action(StrEnum):
    """What a delivery does on the platform."""

    POST = "post"
    EDIT = "edit"
    REPLY = "reply"
    DIGEST = "digest"
    REMIND = "remind"


class DeliveryState(StrEnum):
    """Where a delivery is. ``sent``, ``skipped`` and ``dead`` are final."""

    HELD = "held"
    PENDING = "pending"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    SENT = "sent"
    SKIPPED = "skipped"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the outbox.

    Attributes:
        id: opaque; the same for every try, sent to the platform as idempotency key where it takes one.
        sequence: order of commit; a channel's deliveries are sent in this order.
        not_before: earliest instant of the next try (for a held row: when it is released).
        attempt: tries begun so far.
        lease_token, lease_expires_at: who is sending it, until when.
        target_ref: for an edit or reply, the platform's reference of the first message; None until that is sent.
        message_ref: the platform's reference of what this delivery made.
    """

    id: str
    sequence: int
    workspace_id: str
    channel_id: str
    action: Action
    state: DeliveryState
    reason: Reason
    message: Message | None
    story_id: str | None
    story_ids: tuple[str, ...]
    created_at: datetime
    not_before: datetime
    updated_at: datetime
    attempt: int = 0
    lease_token: str | None = None
    lease_expires_at: datetime | None = None
    target_ref: str | None = None
    message_ref: str | None = None
    last_error: str = ""

    @property
    def below(self) -> bool:
        """It stands under another message: a reply, or a reminder of a story whose message is there."""
        return self.action is Action.REPLY or (self.action is Action.REMIND and self.target_ref is not None)


class Outcome(StrEnum):
    """What the platform answered. An adapter that does not know says ``unknown`` and never guesses."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RETRY = "retry"
    UNKNOWN = "unknown"


class Scope(StrEnum):
    """What a refusal is about: each is answered differently (docs/delivery.md)."""

    TOKEN = "token"  # all that this program has for the platform
    WORKSPACE = "workspace"  # what it has for the channel's workspace alone
    CHANNEL = "channel"
    MESSAGE = "message"
    CONTENT = "content"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an adapter reports of one call.

    Attributes:
        message_ref: the platform's reference of the message, if accepted.
        scope: what a rejection is about.
        retry_after: seconds the platform asked us to wait; it always wins over our own schedule.
        detail: the platform's own word for it, without secrets.
    """

    outcome: Outcome
    message_ref: str | None = None
    scope: Scope | None = None
    retry_after: float | None = None
    detail: str = ""
