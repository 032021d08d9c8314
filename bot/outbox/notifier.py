"""What the outbox needs of a chat platform, and what else one may be able to do.

Promises: none of them is called by anybody but ``drain``, which sends, and ``doubts``, which asks. Every adapter has a
``Notifier``; whether it has more is asked of it with ``isinstance``, for not every platform can do everything. Never holds code:
an adapter shares nothing with another one here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.core.deliveries import Delivery, Receipt
from bot.core.model import Channel, Platform


class Notifier(Protocol):
    """What the outbox needs of a chat platform."""

    platform: Platform

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        """Make one call that sends ``delivery``; one call makes at most one message.

        Says ``unknown`` whenever the message may or may not have arrived, and never repeats a write by itself.
        """
        ...


@runtime_checkable
class Finder(Protocol):
    """A notifier that can ask whether a message arrived."""

    async def find(self, delivery: Delivery, channel: Channel) -> Receipt | None:
        """Ask: accepted (it is there), retry (it is certainly not there), None (the platform cannot say)."""
        ...


@runtime_checkable
class Seeker(Protocol):
    """A notifier that looks for messages by what they show, and must not take one for another that looks alike."""

    def exclude(self, delivery_id: str, refs: Collection[str]) -> None:
        """Hear which messages belong to other deliveries, before a delivery is tried again or asked for."""
        ...


@runtime_checkable
class Recaller(Protocol):
    """A notifier that can read what was said in a channel long ago, when the database does not know."""

    async def recall(self, delivery: Delivery, channel: Channel, since: datetime, taken: Collection[str]) -> Receipt | None:
        """Whether a message like that of a delivery was said since then.

        Accepted: it is there; without a reference it is one of a digest's. Retry: it is certainly not there. Unknown: the platform
        does not answer now. None: it never can.

        Args:
            delivery: of an edit or a reply with the reference of the message it belongs to.
            channel: where.
            since: nothing before is looked at.
            taken: references of messages that belong to other deliveries.
        """
        ...


@runtime_checkable
class TakenOnce(Protocol):
    """A notifier whose receivers know a delivery by its number and take it once, however often it is sent.

    A repeat is then a question: whoever has the message says so. A channel with ``on_doubt = "hold"`` says that its receiver
    does not keep to that.
    """

    taken_once: bool
