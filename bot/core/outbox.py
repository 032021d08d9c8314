"""What is written to the outbox: decisions that are committed together or not at all, and what became of each delivery.

The store writes and reads these, each in one transaction, so that nothing is half decided; it decides nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import Message
from bot.core.model import FILE_WORKSPACE, Commitment
from bot.core.reasons import Reason
from bot.core.stories import EditedItem, FiledItem, StoryRecord


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A row to be written. ``target_id`` names the post that an edit or reply belongs to."""

    id: str
    workspace_id: str
    channel_id: str
    action: Action
    state: DeliveryState
    reason: Reason
    message: Message | None
    story_id: str | None
    story_ids: tuple[str, ...]
    not_before: datetime
    target_id: str | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """A waiting row whose message changed before it was sent.

    Attributes:
        state: new state, or None to leave it.
        expected: the state it must still be in; if not, the decision is stale and is taken again.
    """

    delivery_id: str
    expected: DeliveryState
    message: Message | None = None
    state: DeliveryState | None = None
    reason: Reason | None = None
    not_before: datetime | None = None
    story_id: str | None = None


@dataclass(frozen=True, slots=True)
class AlertBatch:
    """Everything that at most 50 items caused; committed together or not at all.

    Attributes:
        seen_versions: version of every stored story that the decisions looked at; re-checked inside the transaction.
        stories: stories as they are afterwards (``version`` already grown).
        commitments: what each touched story promises now, by story id.
        overlays: number of the last decision of a person that was seen, re-checked likewise; None where none matters.
        edited: filed items whose changed words the batch takes in.
    """

    filed: tuple[FiledItem, ...]
    stories: tuple[StoryRecord, ...]
    deliveries: tuple[NewDelivery, ...]
    revisions: tuple[Revision, ...]
    seen_versions: tuple[tuple[str, int], ...]
    now: datetime
    commitments: tuple[tuple[str, tuple[Commitment, ...]], ...] = ()
    overlays: int | None = None
    edited: tuple[EditedItem, ...] = ()


class Stale(Exception):  # noqa: N818  # not an error: the answer to a re-check, caught where the batch was computed
    """The world changed between deciding and committing; nothing was written; decide again."""


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What the outbox remembers of a channel.

    Attributes:
        not_before: the platform asked us to wait until then, or a try failed; nothing overtakes.
        parked: why nothing is sent here until it is tried again, or None.
    """

    channel_id: str
    workspace_id: str = FILE_WORKSPACE
    not_before: datetime | None = None
    parked: Reason | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claimed delivery; written only while the claim's lease token is still ours.

    Attributes:
        channel_not_before: the channel waits until then, or None to leave it.
        park: park the channel for this reason, or None.
        counted: False if this was no failed try (the platform asked us to wait, or no call was made): ``attempt`` goes back by one.
    """

    delivery_id: str
    lease_token: str
    state: DeliveryState
    reason: Reason
    now: datetime
    message_ref: str | None = None
    not_before: datetime | None = None
    channel_not_before: datetime | None = None
    park: Reason | None = None
    error: str = ""
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in state ``sending`` with our lease, already committed."""

    delivery: Delivery
    lease_token: str
