"""What is remembered of a delivery's tries: since when its outcome is open, and whether it was said so already.

Promises: a waiting that is longer than Discord remembers a nonce makes an open outcome unknown again, once; what this process did
not see, it does not claim to know; our clock may be set meanwhile. Bounded; nothing here outlives the process.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from bot.adapters.discord.limits import NONCE_MEMORY
from bot.adapters.discord.theirtime import Moment, TheirTime
from bot.core.deliveries import Delivery, Outcome, Receipt

REMEMBERED = 2_000
"""Deliveries of open outcome kept in mind: far more than can be open at once."""


class Tries:
    """The tries of the deliveries in hand."""

    def __init__(self, theirs: TheirTime) -> None:
        """Nothing was tried yet."""
        self._theirs = theirs
        self._doubted: OrderedDict[str, Moment] = OrderedDict()
        self._given_up: set[str] = set()
        self._followed: OrderedDict[str, int] = OrderedDict()
        """Deliveries whose every try this process saw, and the number of the last."""
        self._taken: OrderedDict[str, frozenset[str]] = OrderedDict()

    def begin(self, delivery: Delivery) -> Moment:
        """When this try begins; and keep in mind whether this process saw every one: of such a delivery it knows how each ended."""
        if delivery.attempt <= self._followed.get(delivery.id, 0) + 1:
            self._followed[delivery.id] = delivery.attempt
            self._followed.move_to_end(delivery.id)
        else:
            self._followed.pop(delivery.id, None)
        while len(self._followed) > REMEMBERED:
            self._followed.popitem(last=False)
        return self._theirs.moment()

    def open_since(self, delivery: Delivery) -> Moment | None:
        """Since when a message of this delivery may be there without our knowing; None if certainly none is, or it was said.

        Tries of an earlier process count: how they ended, nobody remembers.
        """
        tried = self._doubted.get(delivery.id)
        if tried is None and delivery.id not in self._followed:
            tried = self._theirs.of(delivery.created_at)
        if tried is None or delivery.id in self._given_up or self._theirs.age(tried) <= NONCE_MEMORY:
            return None
        return tried

    def give_up(self, delivery: Delivery, tried: Moment) -> bool:
        """Say that Discord may have forgotten the first try; False if it was said to an earlier process: this is the repeat.

        It is said once: who asks for the message again after that, the outbox with a mark or a person, gets it.
        """
        if delivery.id not in self._doubted and delivery.message is not None and delivery.message.repeated:
            return False
        self._doubted.setdefault(delivery.id, tried)
        self._given_up.add(delivery.id)
        return True

    def oldest(self, delivery: Delivery) -> Moment:
        """When the oldest try of unknown outcome began, or a moment that is surely not later.

        After a restart the row alone tells: it was due before it was tried, and if it was found in doubt already, it was
        last written when the try ended.
        """
        if delivery.id in self._doubted:
            return self._doubted[delivery.id]
        if delivery.not_before > delivery.updated_at:
            return self._theirs.of(delivery.updated_at)
        return self._theirs.of(max(delivery.created_at, delivery.not_before))

    def first(self, delivery: Delivery) -> Moment:
        """When the oldest try of unknown outcome began, or when the row was made: nothing of it was sent before."""
        return self._doubted.get(delivery.id) or self._theirs.of(delivery.created_at)

    def end(self, delivery: Delivery, receipt: Receipt, began: Moment) -> Receipt:
        """Keep in mind since when an outcome is open: waiting longer than Discord remembers the nonce makes it unknown again."""
        if receipt.outcome is Outcome.UNKNOWN:
            self._doubted.setdefault(delivery.id, began)
            while len(self._doubted) > REMEMBERED:
                self._given_up.discard(self._doubted.popitem(last=False)[0])
        elif receipt.outcome is not Outcome.RETRY:
            self._followed.pop(delivery.id, None)  # tried again all the same, the answer was not written down
            self._doubted.pop(delivery.id, None)
            self._given_up.discard(delivery.id)
        elif delivery.id in self._doubted and delivery.id not in self._given_up:
            wait = timedelta(seconds=receipt.retry_after or 0)
            if self._theirs.age(self._doubted[delivery.id]) > NONCE_MEMORY - wait:
                self._given_up.add(delivery.id)
                return replace(receipt, outcome=Outcome.UNKNOWN, retry_after=None)
        return receipt

    def exclude(self, delivery_id: str, refs: Collection[str]) -> None:
        """Messages that belong to other deliveries: when this one is looked for, it is none of them."""
        self._taken[delivery_id] = frozenset(refs)
        self._taken.move_to_end(delivery_id)
        while len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)

    def taken(self, delivery_id: str) -> frozenset[str]:
        """See ``exclude``."""
        return self._taken.get(delivery_id, frozenset())
