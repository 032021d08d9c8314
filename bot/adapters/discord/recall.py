"""What we said in a Discord channel, forum or thread since some moment, read from its history once and remembered.

Promises: a message is recognised by the story its button names or by what it shows, never twice; of a place that cannot be read to
that moment nothing is claimed, nor of any where the moment lies ahead of our clock. Reads only; never decides what follows, never
logs a word of a message.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.adapters.discord.components import buttons_in, story_named
from bot.adapters.discord.finding import EPOCH, silent
from bot.adapters.discord.posting import Job
from bot.adapters.discord.receipts import UNKNOWN_CHANNEL
from bot.adapters.discord.theirtime import TheirTime
from bot.adapters.discord.wire import CallError
from bot.core.deliveries import Action, Outcome, Receipt
from bot.core.messages import StoryMessage

PAGE = 100
"""Messages of one page of a channel's history (docs.discord.com/developers/resources/message)."""
PAGES = 80
"""A channel in which more was said since is not read to its end."""

_LINK = re.compile(r"\]\(<?(https?://[^)>\s]+)")
_NOT_THERE = Receipt(Outcome.RETRY)

Messages = list[Mapping[str, Any]]


class Recall:
    """Remembers the histories it has read: what was said before now changes no more."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._read: dict[tuple[str, datetime], Messages | None] = {}

    async def find(
        self, job: Job, since: datetime, taken: Collection[str], *, forum: str | None, theirs: TheirTime
    ) -> Receipt | None:
        """Whether a message like a delivery's stands in its place since then; see ``Recaller``.

        Args:
            job: what is looked for, and through which wire.
            since: nothing before is looked at.
            taken: references of messages that belong to other deliveries.
            forum: the server of the forum that the channel is, or None for another channel.
            theirs: Discord's clock.

        Raises:
            CallError: Discord does not answer.
        """
        if job.delivery.below:
            places = [job.target] if job.target == job.target_place else [job.target, job.target_place]
        else:
            places = [job.address]
        listed = False
        for place in places:
            said = await self._ours(job, place, since, forum if not job.delivery.below else None, theirs)
            if said is None:
                return None
            for one in said:
                ref = f"{one.get('channel_id', place)}/{one['id']}"
                if ref in taken:
                    continue
                if _is_it(job, one):
                    return Receipt(Outcome.ACCEPTED, message_ref=ref)
                listed = listed or _lists(job, one)
        return Receipt(Outcome.ACCEPTED) if listed else _NOT_THERE

    async def _ours(self, job: Job, place: str, since: datetime, forum: str | None, theirs: TheirTime) -> Messages | None:
        key = (place, since)
        if key not in self._read:
            begun = theirs.of(since).theirs
            if begun is None:
                return None
            earliest = max(int(begun.timestamp() * 1000) - EPOCH, 0) << 22
            read = _history(job, place, earliest) if forum is None else _first_messages(job, place, forum, earliest)
            told = await read
            self._read[key] = None if told is None else [one for one in told if _author(one) == job.wire.own_id]
        return self._read[key]


async def _history(job: Job, place: str, earliest: int) -> Messages | None:
    found: Messages = []
    after = earliest
    for page in range(PAGES):
        path = f"/channels/{{channel_id}}/messages?limit={PAGE}&after={after}"
        try:
            told = await job.wire.call("GET", path, {"channel_id": place})
        except CallError as error:
            if error.code == UNKNOWN_CHANNEL:
                return []  # a message without a thread, or a channel that is gone with all that was said in it
            if error.code:
                return None
            raise
        if not told and not page:  # nothing was said, or we may not read what was
            answer = await silent(job.wire, place, earliest)
            return None if answer is None else []
        found += told
        if len(told) < PAGE:
            return found
        after = max(int(one["id"]) for one in told)
    return None


async def _first_messages(job: Job, forum: str, guild: str, earliest: int) -> Messages | None:
    """The first message of every post that we made in a forum since then."""
    told = await job.wire.call("GET", "/guilds/{guild_id}/threads/active", {"guild_id": guild})
    closed = await _closed(job, forum, earliest)
    if closed is None:
        return None
    found: Messages = []
    for thread in [*told.get("threads", ()), *closed]:
        number = str(thread["id"])
        ours = str(thread.get("parent_id")) == forum and str(thread.get("owner_id")) == job.wire.own_id
        if not ours or int(number) < earliest:
            continue
        places = {"channel_id": number, "message_id": number}  # a forum post has the id of its first message
        try:
            found.append(await job.wire.call("GET", "/channels/{channel_id}/messages/{message_id}", places))
        except CallError as error:
            if not error.code:
                raise
            if error.code != UNKNOWN_CHANNEL:
                return None
    return found


async def _closed(job: Job, forum: str, earliest: int) -> Messages | None:
    """The posts of a forum that were closed since then, by anybody; None if they may not be listed, or are too many."""
    path = f"/channels/{{channel_id}}/threads/archived/public?limit={PAGE}"
    found: Messages = []
    before = ""
    for _ in range(PAGES):
        try:
            told = await job.wire.call("GET", f"{path}{before}", {"channel_id": forum})
        except CallError as error:
            if error.code:
                return None
            raise
        page = list(told.get("threads", ()))
        found += page
        if not page or not told.get("has_more"):
            return found
        # The last that was closed comes first, and nothing is closed before it was made.
        last = datetime.fromisoformat(page[-1]["thread_metadata"]["archive_timestamp"]).astimezone(UTC)
        if int(last.timestamp() * 1000) - EPOCH < earliest >> 22:
            return found
        before = f"&before={last:%Y-%m-%dT%H:%M:%S.%fZ}"
    return None


def _is_it(job: Job, sent: Mapping[str, Any]) -> bool:
    """Whether a message of ours is the delivery's: it shows the same, or is the message of the same story."""
    if _heading(sent) != _heading(job.body):
        return False
    ours, theirs = _shown(job.body), _shown(sent)
    if ours == theirs:
        return True
    if job.delivery.action is not Action.POST or len(ours) != 1 or len(theirs) != 1 or _links(sent):
        return bool(ours and theirs and job.delivery.below and ours[0][:2] == theirs[0][:2])
    named = _story(sent)
    return (named is not None and named == job.delivery.story_id) or (ours[0][1] is not None and ours[0][1] == theirs[0][1])


def _lists(job: Job, sent: Mapping[str, Any]) -> bool:
    """Whether a message of ours is a digest that tells the delivery's story."""
    link = _shown(job.body)[0][1] if _shown(job.body) else None
    return isinstance(job.message, StoryMessage) and link is not None and link in _links(sent)


def _author(sent: Mapping[str, Any]) -> str:
    return str((sent.get("author") or {}).get("id"))


def _story(message: Mapping[str, Any]) -> str | None:
    named = (story_named(str(button.get("custom_id", ""))) for button in buttons_in(message.get("components") or ()))
    return next((story for story in named if story), None)


def _shown(message: Mapping[str, Any]) -> list[tuple[Any, Any, Any]]:
    return [(embed.get("title"), embed.get("url"), embed.get("description")) for embed in message.get("embeds") or ()]


def _heading(message: Mapping[str, Any]) -> str:
    """The bold line in which an update or a reminder says what it is; a story's message has none."""
    first = str((_shown(message) or [(None, None, "")])[0][2] or "").split("\n", 1)[0]
    return first if first.startswith("**") and first.endswith("**") else ""


def _links(message: Mapping[str, Any]) -> list[str]:
    return [link for _, _, text in _shown(message) for link in _LINK.findall(str(text or ""))]
