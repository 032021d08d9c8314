"""Discord as a place for messages: posts, edits, replies in threads, posts in forums, over REST alone.

Promises: one call makes at most one message. A post carries a nonce made from the delivery's number, so that Discord answers
a second try within a few minutes with the first message; a forum post, which takes no nonce, is made once and looked for
before it is made again. Nobody is called but by the channel's settings. What Discord's gate-keeper blocked stays quiet until its
time is over. Never decides what follows from an answer and never logs what one says.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from bot.adapters.discord import threads
from bot.adapters.discord.calling import called_by
from bot.adapters.discord.finding import Wanted, in_history
from bot.adapters.discord.forums import Forums
from bot.adapters.discord.limits import NONCE_MEMORY
from bot.adapters.discord.places import ANNOUNCEMENT, Places
from bot.adapters.discord.posting import Job, create, nonce_of
from bot.adapters.discord.publishing import Publisher
from bot.adapters.discord.recall import Recall
from bot.adapters.discord.receipts import CANNOT_EDIT, blocks_everything, receipt_of
from bot.adapters.discord.render import message_body
from bot.adapters.discord.theirtime import Moment, TheirTime
from bot.adapters.discord.tries import Tries
from bot.adapters.discord.wire import CallError, Wire
from bot.core.clock import Clock
from bot.core.deliveries import Action, Delivery, Outcome, Receipt, Scope
from bot.core.messages import DigestMessage, Message, StoryMessage
from bot.core.model import Channel, Platform
from bot.text.actions import SAMPLE

__all__ = ["DiscordNotifier", "nonce_of"]

_GONE = Receipt(Outcome.REJECTED, scope=Scope.MESSAGE, detail="there is no reference to the message it belongs to")
_NO_MESSAGE = Receipt(Outcome.REJECTED, scope=Scope.CONTENT, detail="the delivery has no message any more")
_NOT_LOGGED_IN = Receipt(Outcome.RETRY, detail="not logged in to Discord yet")


class DiscordNotifier:
    """Sends deliveries to Discord."""

    platform = Platform.DISCORD

    def __init__(self, wire: Wire | None, clock: Clock, *, commands: Collection[str] = ()) -> None:
        """Build a notifier.

        Args:
            wire: calls through a logged-in client; None while there is none.
            clock: tells the time.
            commands: names of the commands that somebody answers: messages have buttons for these.
        """
        self.wire = wire
        self.commands = frozenset(commands)
        self.refused = ""
        self._clock = clock
        self._quiet_until = float("-inf")
        self.theirs = TheirTime(clock)
        """Discord's clock; who builds the client has it hear the answers."""
        self._tries = Tries(self.theirs)
        self._places = Places(clock)
        self._forums = Forums(self._places)
        self._publisher = Publisher(clock)
        self._recall = Recall()

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
        began = self._tries.begin(delivery)
        try:
            job = self._job(self.wire, delivery, delivery.message, channel)
            receipt = await self._forgotten(job) or await self._send(job)
        except CallError as error:
            receipt = receipt_of(error, secret=self.wire.token)
            if blocks_everything(error) and receipt.retry_after is not None:
                self._quiet_until = self._clock.monotonic() + receipt.retry_after
            if receipt.scope is Scope.CHANNEL and await self._about_a_thread(self.wire, delivery, channel, error.place):
                receipt = replace(receipt, scope=Scope.MESSAGE)
        return self._tries.end(delivery, receipt, began)

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
            if await self._is_forum_post(job):
                return await self._forums.find(job, self._wanted(job, self._tries.first(delivery)))
            tried = self._tries.oldest(delivery)
            wait = max(delivery.not_before - self._clock.now(), timedelta(0))
            if self.theirs.age(tried) <= NONCE_MEMORY - wait:
                return Receipt(Outcome.RETRY, detail="Discord remembers the nonce")
            return await self._find_in_history(job, tried)
        except CallError:
            return None

    async def recall(self, delivery: Delivery, channel: Channel, since: datetime, taken: Collection[str]) -> Receipt | None:
        """Whether a message like a delivery's was said since then, however long ago that is."""
        if delivery.message is None:
            return Receipt(Outcome.RETRY)
        if self.wire is None:
            return Receipt(Outcome.UNKNOWN)
        job = self._job(self.wire, delivery, delivery.message, channel)
        if delivery.below and not job.target.isdigit():
            return Receipt(Outcome.RETRY)
        try:
            place = None if delivery.below else await self._places.find(job.wire, job.address)
            guild = place.guild if place is not None and place.is_forum else None
            return await self._recall.find(job, since, taken, forum=guild, theirs=self.theirs)
        except CallError as error:
            return None if error.code else Receipt(Outcome.UNKNOWN)

    def exclude(self, delivery_id: str, refs: Collection[str]) -> None:
        """Messages that belong to other deliveries: when this one is looked for, it is none of them."""
        self._tries.exclude(delivery_id, refs)

    def guild_of(self, channel_id: str) -> str | None:
        """The id of the server a channel is in, once it was posted to."""
        return self._places.guild_of(channel_id)

    def _job(self, wire: Wire, delivery: Delivery, message: Message, channel: Channel) -> Job:
        settings = channel.settings
        body = message_body(message, delivery.action, timezone=settings.timezone, now=self._clock.now(), commands=self.commands)
        called, allowed = called_by(message, delivery.action, settings)
        if called:
            body = body | {"content": f"{body['content']} {called}", "allowed_mentions": allowed}
        place, _, number = (delivery.target_ref or "").partition("/")
        return Job(wire, delivery, message, channel.address, body, place, number, settings)

    # ------------------------------------------------------------ what a delivery does

    async def _send(self, job: Job) -> Receipt:
        if job.delivery.action is Action.EDIT or job.delivery.below:
            if not job.target_place.isdigit() or not job.target.isdigit():
                return _GONE
            return await (self._edit(job) if job.delivery.action is Action.EDIT else threads.reply(job))
        place = await self._places.find(job.wire, job.address)
        if place.is_forum:
            return await self._forums.post(job, self._wanted(job, self._tries.first(job.delivery)))
        receipt, made = await create(job, job.address, job.body)
        if job.settings.publish and place.kind == ANNOUNCEMENT and made and _is_news(job.message):
            await self._publisher.publish(job.wire, job.address, made)
        return receipt

    async def _is_forum_post(self, job: Job) -> bool:
        return not job.delivery.below and (await self._places.find(job.wire, job.address)).is_forum

    async def _about_a_thread(self, wire: Wire, delivery: Delivery, channel: Channel, place: str) -> bool:
        """Whether a refusal is about a thread or forum post alone: an edit or a reply met it, and the channel itself is open."""
        if (delivery.action is not Action.EDIT and not delivery.below) or place == channel.address:
            return False
        with contextlib.suppress(CallError):
            await wire.call("GET", "/channels/{channel_id}", {"channel_id": channel.address})
            return True
        return False

    async def _edit(self, job: Job) -> Receipt:
        """Edit a message; what it can no longer be edited to say is said below it."""
        try:
            return await threads.edit(job)
        except CallError as error:
            if error.code not in CANNOT_EDIT:
                raise
            code = error.code
        zone, now = job.settings.timezone, self._clock.now()
        body = message_body(job.message, Action.REPLY, timezone=zone, now=now, update=True)
        try:
            return await threads.reply(replace(job, body=body))
        except CallError as error:
            if receipt_of(error, secret=job.wire.token).outcome is not Outcome.UNKNOWN:
                raise
            # an edit in doubt is simply done again; this one would leave a second reply once the nonce is forgotten
            return Receipt(Outcome.REJECTED, scope=Scope.MESSAGE, detail=f"code {code}; a reply instead got no answer")

    # ------------------------------------------------------------ what nobody knows

    async def _forgotten(self, job: Job) -> Receipt | None:
        """What to say instead of sending again once Discord may have forgotten the nonce of an earlier try; None: send."""
        tried = self._tries.open_since(job.delivery)
        if tried is None or job.delivery.action is Action.EDIT or await self._is_forum_post(job):
            return None  # a forum post is looked for before it is made again
        found = await self._find_in_history(job, tried)
        if found is not None:
            return found if found.outcome is Outcome.ACCEPTED else None
        if not self._tries.give_up(job.delivery, tried):
            return None
        return Receipt(Outcome.UNKNOWN, detail="Discord may have forgotten the first try")

    async def _find_in_history(self, job: Job, tried: Moment) -> Receipt | None:
        """Accepted, retry (certainly in none of its places), or None."""
        certain: Receipt | None = None
        for number, place in enumerate((job.target, job.target_place) if job.delivery.below else (job.address,)):
            found = await in_history(job.wire, place, self._wanted(job, tried))
            if found is not None and found.outcome is Outcome.ACCEPTED:
                return found
            certain = found if not number or certain is not None else None
        return certain

    def _wanted(self, job: Job, tried: Moment) -> Wanted:
        return Wanted(job.body, job.wire.own_id, tried.theirs, self._tries.taken(job.delivery.id))


def _is_news(message: Message) -> bool:
    """Whether it is for the followers of a channel too: stories are, what the bot says of itself and samples are not."""
    return isinstance(message, DigestMessage) or (isinstance(message, StoryMessage) and message.story_id != SAMPLE)
