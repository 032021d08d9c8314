"""A chat that speaks the notifier's contract and fails honestly: what it shows, what it was asked, what it left unsaid.

It lives on when the bot dies. What it will do next is told to it channel by channel (``Fate``); after that it accepts.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.core.clock import Clock
from bot.core.deliveries import Action, Delivery, Outcome, Receipt, Scope
from bot.core.messages import Message
from bot.core.model import Channel, Platform


class Fate(StrEnum):
    """What becomes of a call."""

    ACCEPTED = "accepted"
    LATER = "asked to wait"  # 429 with a time
    BUSY = "cannot take it now"  # 503 or 429 without a time: certainly not taken
    BROKEN = "500, not taken"  # the caller cannot know whether it was taken
    CUT = "taken, the answer lost"
    RAISED = "taken, then the adapter broke"
    KILLED = "taken, the bot died"
    CLOSED = "channel archived"
    REFUSED = "content refused"
    DELETED = "the message was deleted"


SILENT = frozenset({Fate.BROKEN, Fate.CUT, Fate.RAISED, Fate.KILLED})
"""After these nobody but the chat knows whether the message arrived."""


@dataclass(slots=True)
class Shown:
    """One message in a channel.

    Attributes:
        delivery_id: the delivery that made it.
        said: what it says now.
        marked: it came as a repeat, and says so.
        sequence: of the delivery.
    """

    ref: str
    channel_id: str
    delivery_id: str
    sequence: int
    action: Action
    said: Message | None
    marked: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot."""

    delivery_id: str
    channel_id: str
    action: Action
    fate: Fate
    at: datetime


@dataclass
class Chat:
    """One platform.

    Attributes:
        askable: it can say whether a message arrived.
        die: called where the bot dies after the message was taken.
        watch: called with each call before it is answered; raises where the call should not have been made.
    """

    platform: Platform
    clock: Clock
    askable: bool = False
    die: Callable[[], None] = lambda: None
    watch: Callable[[Delivery], None] = lambda _: None
    shown: list[Shown] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    fates: dict[str, deque[tuple[Fate, float]]] = field(default_factory=lambda: defaultdict(deque))
    wait_until: dict[str, datetime] = field(default_factory=dict)
    in_flight: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def will(self, channel_id: str, fate: Fate, seconds: float = 0.0) -> None:
        """What becomes of a further call in a channel."""
        self.fates[channel_id].append((fate, seconds))

    def clock_was_set_back(self, step: timedelta) -> None:
        """What was so long ago stays so long ago, and what is left of a wait stays left."""
        for message in self.shown:
            message.at += step
        self.wait_until = {channel: until + step for channel, until in self.wait_until.items()}

    def of(self, delivery_id: str) -> list[Shown]:
        return [message for message in self.shown if message.delivery_id == delivery_id]

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        if channel.id in self.in_flight:
            self.wrong.append(f"two calls at once in {channel.id}")
        self.in_flight.add(channel.id)
        try:
            return self._answer(delivery, channel)
        finally:
            self.in_flight.discard(channel.id)

    def _answer(self, delivery: Delivery, channel: Channel) -> Receipt:
        now = self.clock.now()
        if now < self.wait_until.get(channel.id, now):
            self.wrong.append(f"{channel.id} was called {self.wait_until[channel.id] - now} before the time given")
        self.watch(delivery)
        fate, seconds = self.fates[channel.id].popleft() if self.fates[channel.id] else (Fate.ACCEPTED, 0.0)
        if fate is Fate.DELETED and delivery.action not in (Action.EDIT, Action.REPLY) and delivery.target_ref is None:
            fate = Fate.ACCEPTED
        self.calls.append(Call(delivery.id, channel.id, delivery.action, fate, now))
        match fate:
            case Fate.LATER:
                self.wait_until[channel.id] = now + timedelta(seconds=seconds)
                return Receipt(Outcome.RETRY, retry_after=seconds, detail="429")
            case Fate.BUSY:
                return Receipt(Outcome.RETRY, detail="503")
            case Fate.BROKEN:
                return Receipt(Outcome.UNKNOWN, detail="500")
            case Fate.CLOSED:
                return Receipt(Outcome.REJECTED, scope=Scope.CHANNEL, detail="is_archived")
            case Fate.REFUSED:
                return Receipt(Outcome.REJECTED, scope=Scope.CONTENT, detail="invalid_blocks")
            case Fate.DELETED:
                return Receipt(Outcome.REJECTED, scope=Scope.MESSAGE, detail="message_not_found")
        ref = self._take(delivery, channel, now)
        match fate:
            case Fate.CUT:
                return Receipt(Outcome.UNKNOWN, detail="ConnectionResetError")
            case Fate.RAISED:
                raise RuntimeError("an adapter met what nobody foresaw")
            case Fate.KILLED:
                self.die()
        return Receipt(Outcome.ACCEPTED, message_ref=ref)

    def _take(self, delivery: Delivery, channel: Channel, now: datetime) -> str:
        if delivery.action is Action.EDIT:
            target = next((message for message in self.shown if message.ref == delivery.target_ref), None)
            if target is None:
                self.wrong.append(f"{delivery.id} edits {delivery.target_ref}, which is not there")
                return "none"
            target.said = delivery.message
            return target.ref
        message = Shown(
            ref=f"m{len(self.shown) + 1}",
            channel_id=channel.id,
            delivery_id=delivery.id,
            sequence=delivery.sequence,
            action=delivery.action,
            said=delivery.message,
            marked=delivery.message is not None and delivery.message.repeated,
            at=now,
        )
        self.shown.append(message)
        return message.ref


@dataclass
class AskableChat(Chat):
    """The same, where it can be asked what stands in a channel."""

    async def find(self, delivery: Delivery, channel: Channel) -> Receipt | None:
        if delivery.action is Action.EDIT:
            return None
        there = self.of(delivery.id)
        if there:
            return Receipt(Outcome.ACCEPTED, message_ref=there[0].ref)
        return Receipt(Outcome.RETRY)


def untouched(message: Message | None) -> Any:
    """A message without its mark."""
    return None if message is None else replace(message, repeated=False)
