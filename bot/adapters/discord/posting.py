"""One delivery in hand, and the call that makes a message of it in a channel or thread.

Promises: one call makes at most one message: it carries a nonce made from the delivery's number, by which Discord answers a second
try within a few minutes with the first message.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from bot.adapters.discord.receipts import UNKNOWN_MESSAGE
from bot.adapters.discord.wire import CallError, Wire
from bot.core.deliveries import Delivery, Outcome, Receipt
from bot.core.messages import Message
from bot.core.model import ChannelSettings

UNREADABLE = Receipt(Outcome.UNKNOWN, detail="Discord's answer could not be read")


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery in hand: what is sent where; for an edit or a reply, the channel and id of the message it belongs to."""

    wire: Wire
    delivery: Delivery
    message: Message
    address: str
    body: dict[str, Any]
    target_place: str
    target: str
    settings: ChannelSettings


def nonce_of(delivery_id: str) -> str:
    """22 characters that are the same for every try of a delivery and differ between deliveries."""
    return base64.urlsafe_b64encode(hashlib.sha256(delivery_id.encode()).digest())[:22].decode()


async def create(job: Job, place: str, body: dict[str, Any]) -> tuple[Receipt, Any]:
    """Make a message; the receipt, and the message as Discord describes it, or None.

    Raises:
        CallError: there is no answer, or the answer is no.
    """
    named = body | {"nonce": nonce_of(job.delivery.id), "enforce_nonce": True}
    try:
        made = await job.wire.call("POST", "/channels/{channel_id}/messages", {"channel_id": place}, body=named)
    except CallError as error:
        if error.code == UNKNOWN_MESSAGE:
            # Discord remembers the nonce, and a person deleted the message it stands for: it was sent.
            return Receipt(Outcome.ACCEPTED, detail="sent by an earlier try, and deleted since"), None
        raise
    return accepted(place, made), made


def accepted(place: str, made: Any) -> Receipt:
    """What Discord's description of a message means."""
    if not isinstance(made, dict) or "id" not in made:
        return UNREADABLE
    return Receipt(Outcome.ACCEPTED, message_ref=f"{made.get('channel_id', place)}/{made['id']}")
