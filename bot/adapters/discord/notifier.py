"""Discord as a place for messages: posts, edits, replies in threads, posts in forums, over REST alone.

Promises: one call makes at most one message. A post carries a nonce made from the delivery's number, so that Discord answers
a second try within a few minutes with the first message; a forum post, which takes no nonce, is made once and looked for
before it is made again. Nobody is ever mentioned. What Discord's gate-keeper blocked stays quiet until its time is over.
Never decides what follows from an answer and never logs what one says.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.adapters.discord.finding import Wanted, in_forum, in_history
from bot.adapters.discord.limits import NONCE_MEMORY, THREAD_SLEEPS_AFTER
from bot.adapters.discord.receipts import (
    CANNOT_EDIT,
    CLOSED_THREAD,
    NO_REFERENCE,
    THREAD_ASLEEP,
    THREAD_EXISTS,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    blocks_everything,
    receipt_of,
)
from bot.adapters.discord.render import message_body, thread_name
from bot.adapters.discord.wire import CallError, Wire
from bot.core.clock import Clock
from bot.core.deliveries import Action, Delivery, Outcome, Receipt, Scope
from bot.core.messages import Message
from bot.core.model import Channel, Platform

_FORUMS = frozenset({15, 16})
"""Types of channels that hold threads alone: forum and media (docs.discord.com/developers/resources/channel)."""
_REMEMBERED = 2_000
"""Deliveries of open outcome kept in mind: far more than can be open at once."""

_GONE = Receipt(Outcome.REJECTED, scope=Scope.MESSAGE, detail="there is no reference to the message it belongs to")
_NO_MESSAGE = Receipt(Outcome.REJECTED, scope=Scope.CONTENT, detail="the delivery has no message any more")
_NOT_LOGGED_IN = Receipt(Outcome.RETRY, detail="not logged in to Discord yet")


_UNREADABLE = Receipt(Outcome.UNKNOWN, detail="Discord's answer could not be read")


@dataclass(frozen=True, slots=True)
class _Job:
    """One delivery in hand: what is sent where; for an edit or a reply, the channel and id of the message it belongs to."""

    wire: Wire
    delivery: Delivery
    message: Message
    address: str
    body: dict[str, Any]
    target_place: str
    target: str
    timezone: str


def nonce_of(delivery_id: str) -> str:
    """22 characters that are the same for every try of a delivery and differ between deliveries."""
    return base64.urlsafe_b64encode(hashlib.sha256(delivery_id.encode()).digest())[:22].decode()


class DiscordNotifier:
    """Sends deliveries to Discord."""

    platform = Platform.DISCORD

    def __init__(self, wire: Wire | None, clock: Clock, *, buttons: bool = False) -> None:
        """Build a notifier.

        Args:
            wire: calls through a logged-in client; None while there is none.
            clock: tells the time.
            buttons: whether somebody listens to the buttons of messages.
        """
        self.wire = wire
        self.buttons = buttons
        self.refused = ""
        self._clock = clock
        self._quiet_until = float("-inf")
        self._doubted: OrderedDict[str, datetime] = OrderedDict()
        self._given_up: set[str] = set()
        self._followed: OrderedDict[str, int] = OrderedDict()
        """Deliveries whose every try this process saw, and the number of the last."""
        self._taken: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._places: dict[str, tuple[int, str]] = {}

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        """Make one call that sends ``delivery``; the reference of a message is ``CHANNEL/MESSAGE``."""
        if delivery.message is None:
            return _NO_MESSAGE
        if self.refused:
            return Receipt(Outcome.REJECTED, scope=Scope.TOKEN, detail=self.refused)
        if self.wire is None:
            return _NOT_LOGGED_IN
        quiet = self._quiet_until - self._clock.monotonic()
        if quiet > 0:
            return Receipt(Outcome.RETRY, retry_after=quiet, detail="blocked before Discord's API")
        began = self._clock.now()
        self._follow(delivery)
        try:
            job = self._job(self.wire, delivery, delivery.message, channel)
            receipt = await self._forgotten(job) or await self._send(job)
        except CallError as error:
            receipt = receipt_of(error, secret=self.wire.token)
            if blocks_everything(error) and receipt.retry_after is not None:
                self._quiet_until = self._clock.monotonic() + receipt.retry_after
            if receipt.scope is Scope.CHANNEL and await self._about_a_thread(self.wire, delivery, channel, error.place):
                receipt = replace(receipt, scope=Scope.MESSAGE)
        return self._remembering(delivery, receipt, began)

    async def find(self, delivery: Delivery, channel: Channel) -> Receipt | None:
        """Whether a message of unknown outcome arrived.

        Within Discord's memory for nonces a second try is answered with the first message, so ``retry`` is right whether it
        arrived or not. Beyond, the channel's history is asked, which may be closed to us. Forum posts are looked for among the
        active threads.
        """
        if self.wire is None or delivery.message is None:
            return None
        if delivery.action is Action.EDIT:
            return Receipt(Outcome.RETRY, detail="an edit made twice shows once")
        job = self._job(self.wire, delivery, delivery.message, channel)
        try:
            if delivery.action is not Action.REPLY and (await self._place(job))[0] in _FORUMS:
                return await self._find_thread(job)
            tried = self._last_try(delivery)
            if max(self._clock.now(), delivery.not_before) - tried <= NONCE_MEMORY:
                return Receipt(Outcome.RETRY, detail="Discord remembers the nonce")
            return await self._find_in_history(job, tried)
        except CallError:
            return None

    def exclude(self, delivery_id: str, refs: Collection[str]) -> None:
        """Messages that belong to other deliveries: when this one is looked for, it is none of them."""
        self._taken[delivery_id] = frozenset(refs)
        self._taken.move_to_end(delivery_id)
        while len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)

    def guild_of(self, channel_id: str) -> str | None:
        """The id of the server a channel is in, once it was posted to."""
        return self._places.get(channel_id, (0, ""))[1] or None

    def _job(self, wire: Wire, delivery: Delivery, message: Message, channel: Channel) -> _Job:
        zone = channel.settings.timezone
        body = message_body(message, delivery.action, timezone=zone, now=self._clock.now(), buttons=self.buttons)
        place, _, number = (delivery.target_ref or "").partition("/")
        return _Job(wire, delivery, message, channel.address, body, place, number, zone)

    # ------------------------------------------------------------ what a delivery does

    async def _send(self, job: _Job) -> Receipt:
        if job.delivery.action in (Action.EDIT, Action.REPLY):
            if not job.target_place.isdigit() or not job.target.isdigit():
                return _GONE
            return await (self._edit(job) if job.delivery.action is Action.EDIT else self._reply(job))
        kind, _ = await self._place(job)
        return await (self._post_in_forum(job) if kind in _FORUMS else self._create(job, job.address, job.body))

    async def _about_a_thread(self, wire: Wire, delivery: Delivery, channel: Channel, place: str) -> bool:
        """Whether a refusal is about a thread or forum post alone: an edit or a reply met it, and the channel itself is open."""
        if delivery.action not in (Action.EDIT, Action.REPLY) or place == channel.address:
            return False
        with contextlib.suppress(CallError):
            await wire.call("GET", "/channels/{channel_id}", {"channel_id": channel.address})
            return True
        return False

    async def _forgotten(self, job: _Job) -> Receipt | None:
        """What to say instead of sending again once Discord may have forgotten the nonce of an earlier try; None: send.

        Tries of an earlier process count: how they ended, nobody remembers. It is said once: who asks for the message again
        after that, the outbox with a mark or a person, gets it.
        """
        number = job.delivery.id
        tried = self._doubted.get(number)
        if tried is None and number not in self._followed:
            tried = job.delivery.created_at
        if tried is None or number in self._given_up or job.delivery.action is Action.EDIT:
            return None
        if self._clock.now() - tried <= NONCE_MEMORY:
            return None
        if job.delivery.action is not Action.REPLY and (await self._place(job))[0] in _FORUMS:
            return None  # it is looked for before it is made again
        found = await self._find_in_history(job, tried)
        if found is not None:
            return found if found.outcome is Outcome.ACCEPTED else None
        if number not in self._doubted and job.message.repeated:
            return None  # it was said to an earlier process, and this is the marked repeat
        self._doubted.setdefault(number, tried)
        self._given_up.add(number)
        return Receipt(Outcome.UNKNOWN, detail="Discord may have forgotten the first try")

    async def _create(self, job: _Job, place: str, body: dict[str, Any]) -> Receipt:
        named = body | {"nonce": nonce_of(job.delivery.id), "enforce_nonce": True}
        try:
            made = await job.wire.call("POST", "/channels/{channel_id}/messages", {"channel_id": place}, body=named)
        except CallError as error:
            if error.code == UNKNOWN_MESSAGE:
                # Discord remembers the nonce, and a person deleted the message it stands for: it was sent.
                return Receipt(Outcome.ACCEPTED, detail="sent by an earlier try, and deleted since")
            raise
        return _accepted(place, made)

    async def _edit(self, job: _Job) -> Receipt:
        path = "/channels/{channel_id}/messages/{message_id}"
        places = {"channel_id": job.target_place, "message_id": job.target}
        try:
            made = await job.wire.call("PATCH", path, places, body=job.body)
        except CallError as error:
            if error.code in CANNOT_EDIT:
                return await self._reply_instead(job, error.code)
            if error.code != THREAD_ASLEEP:
                raise
            awake = {"archived": False}
            await job.wire.call("PATCH", "/channels/{channel_id}", {"channel_id": job.target_place}, body=awake, harmless=True)
            made = await job.wire.call("PATCH", path, places, body=job.body)
        return _accepted(job.target_place, made)

    async def _reply_instead(self, job: _Job, code: int) -> Receipt:
        """Say below a message what it can no longer be edited to say."""
        body = message_body(job.message, Action.REPLY, timezone=job.timezone, now=self._clock.now(), update=True)
        try:
            return await self._reply(replace(job, body=body))
        except CallError as error:
            receipt = receipt_of(error, secret=job.wire.token)
            if receipt.outcome is not Outcome.UNKNOWN:
                raise
            # an edit in doubt is simply done again; this one would leave a second reply once the nonce is forgotten
            return Receipt(Outcome.REJECTED, scope=Scope.MESSAGE, detail=f"code {code}; a reply instead got no answer")

    async def _reply(self, job: _Job) -> Receipt:
        """Post in the thread of a message; where it can have none or its own is closed to us, as a reply beside it.

        A thread has the id of the message it hangs on, so it needs no memory of ours. A forum post is its own thread.
        """
        try:
            return await self._create(job, job.target, job.body)
        except CallError as error:
            if error.code not in CLOSED_THREAD or job.target_place == job.target:
                raise
            opened = error.code == UNKNOWN_CHANNEL and await self._open_thread(job)
        if opened:
            try:
                return await self._create(job, job.target, job.body)
            except CallError as error:
                if error.code not in CLOSED_THREAD:
                    raise
        reference = {"message_id": job.target, "channel_id": job.target_place, "fail_if_not_exists": True}
        try:
            return await self._create(job, job.target_place, job.body | {"message_reference": reference})
        except CallError as error:
            if error.code not in NO_REFERENCE:
                raise
        return await self._create(job, job.target_place, job.body)

    async def _open_thread(self, job: _Job) -> bool:
        """Hang a thread on a message; False where that is not possible or not allowed. Done twice, it is there once."""
        body = {"name": thread_name(job.message), "auto_archive_duration": THREAD_SLEEPS_AFTER}
        path = "/channels/{channel_id}/messages/{message_id}/threads"
        places = {"channel_id": job.target_place, "message_id": job.target}
        try:
            await job.wire.call("POST", path, places, body=body, harmless=True)
        except CallError as error:
            if error.code == THREAD_EXISTS:
                return True
            receipt = receipt_of(error, secret=job.wire.token)
            if receipt.outcome is Outcome.REJECTED and receipt.scope in (Scope.CHANNEL, Scope.CONTENT):
                return False
            raise
        return True

    async def _post_in_forum(self, job: _Job) -> Receipt:
        if job.delivery.attempt > 1:
            found = await self._find_thread(job)
            if found is None and not job.message.repeated:
                return Receipt(Outcome.UNKNOWN, detail="a forum post of that name cannot be read")
            if found is not None and found.outcome is Outcome.ACCEPTED:
                return found
        post = {"name": thread_name(job.message), "auto_archive_duration": THREAD_SLEEPS_AFTER, "message": job.body}
        made = await job.wire.call("POST", "/channels/{channel_id}/threads", {"channel_id": job.address}, body=post, once=True)
        if not isinstance(made, dict) or "id" not in made:
            return _UNREADABLE
        return Receipt(Outcome.ACCEPTED, message_ref=f"{made['id']}/{made['id']}")

    # ------------------------------------------------------------ what Discord knows

    async def _place(self, job: _Job) -> tuple[int, str]:
        """Type and guild of the job's channel, asked once."""
        if job.address not in self._places:
            told = await job.wire.call("GET", "/channels/{channel_id}", {"channel_id": job.address})
            self._places[job.address] = (int(told.get("type", 0)), str(told.get("guild_id") or ""))
        return self._places[job.address]

    def _wanted(self, job: _Job, since: datetime) -> Wanted:
        return Wanted(job.body, job.wire.own_id, since, self._taken.get(job.delivery.id, frozenset()))

    async def _find_thread(self, job: _Job) -> Receipt | None:
        _, guild = await self._place(job)
        return await in_forum(job.wire, job.address, guild, thread_name(job.message), self._wanted(job, job.delivery.created_at))

    async def _find_in_history(self, job: _Job, tried: datetime) -> Receipt | None:
        """Accepted, retry (certainly in none of its places), or None."""
        certain: Receipt | None = None
        for number, place in enumerate((job.target, job.target_place) if job.delivery.action is Action.REPLY else (job.address,)):
            found = await in_history(job.wire, place, self._wanted(job, tried))
            if found is not None and found.outcome is Outcome.ACCEPTED:
                return found
            certain = found if not number or certain is not None else None
        return certain

    # ------------------------------------------------------------ what we remember

    def _follow(self, delivery: Delivery) -> None:
        """Keep in mind whether this process saw every try of a delivery: of such a one it knows how each ended."""
        if delivery.attempt <= self._followed.get(delivery.id, 0) + 1:
            self._followed[delivery.id] = delivery.attempt
            self._followed.move_to_end(delivery.id)
        else:
            self._followed.pop(delivery.id, None)
        while len(self._followed) > _REMEMBERED:
            self._followed.popitem(last=False)

    def _last_try(self, delivery: Delivery) -> datetime:
        """When the oldest try of unknown outcome began, or a moment that is surely not later.

        After a restart the row alone tells: it was due before it was tried, and if it was found in doubt already, it was
        last written when the try ended.
        """
        if delivery.id in self._doubted:
            return self._doubted[delivery.id]
        if delivery.not_before > delivery.updated_at:
            return delivery.updated_at
        return max(delivery.created_at, delivery.not_before)

    def _remembering(self, delivery: Delivery, receipt: Receipt, began: datetime) -> Receipt:
        """Keep in mind since when an outcome is open: waiting longer than Discord remembers the nonce makes it unknown again."""
        if receipt.outcome is Outcome.UNKNOWN:
            self._doubted.setdefault(delivery.id, began)
            while len(self._doubted) > _REMEMBERED:
                self._given_up.discard(self._doubted.popitem(last=False)[0])
        elif receipt.outcome is not Outcome.RETRY:
            self._followed.pop(delivery.id, None)  # tried again all the same, the answer was not written down
            self._doubted.pop(delivery.id, None)
            self._given_up.discard(delivery.id)
        elif delivery.id in self._doubted and delivery.id not in self._given_up:
            again = self._clock.now() + timedelta(seconds=receipt.retry_after or 0)
            if again - self._doubted[delivery.id] > NONCE_MEMORY:
                self._given_up.add(delivery.id)
                return replace(receipt, outcome=Outcome.UNKNOWN, retry_after=None)
        return receipt


def _accepted(place: str, made: Any) -> Receipt:
    if not isinstance(made, dict) or "id" not in made:
        return _UNREADABLE
    return Receipt(Outcome.ACCEPTED, message_ref=f"{made.get('channel_id', place)}/{made['id']}")
