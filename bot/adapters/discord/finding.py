"""Looks for a message that Discord may have taken without our hearing of it: among a forum's posts, in a channel's history.

Promises: a message is recognised by the story its button names and else by what it shows, never by its name alone, and
never if it belongs to another delivery; "certainly not there" is said only where everything since was read, or nothing was
said there since. Since when is counted by Discord's clock, whose hours the ids are. Reads only; never decides what follows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.adapters.discord.components import buttons_in, story_named
from bot.adapters.discord.receipts import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE
from bot.adapters.discord.wire import CallError, Wire
from bot.core.deliveries import Outcome, Receipt

EPOCH = 1_420_070_400_000
"""Milliseconds of the first instant of Discord's ids (docs.discord.com/developers/reference, snowflakes)."""
PAGE = 100
"""Messages of one page of a channel's history (docs.discord.com/developers/resources/message)."""
PAGES = 5
"""A channel in which more was said since is not read to its end, and nothing is certain."""
SPARE = timedelta(minutes=3)
"""How much earlier than the first try is looked: for clocks that waver and for a long call."""

_NOT_THERE = Receipt(Outcome.RETRY, detail="it is not there")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message that may be there.

    Attributes:
        body: as it was to be sent.
        author: our own user id.
        since: it was first sent after this, by Discord's clock; None where nobody knows since when.
        taken: references of messages that belong to other deliveries.
    """

    body: Mapping[str, Any]
    author: str
    since: datetime | None
    taken: Collection[str] = ()

    @property
    def earliest(self) -> int:
        """The smallest id it can have."""
        return 0 if self.since is None else max(int((self.since - SPARE).timestamp() * 1000) - EPOCH, 0) << 22

    def is_it(self, sent: Mapping[str, Any]) -> bool:
        """Whether a message of Discord is this one."""
        if str((sent.get("author") or {}).get("id")) != self.author:
            return False
        ours, theirs = _story(self.body), _story(sent)
        return ours == theirs if ours and theirs else _look(self.body) == _look(sent)


async def in_forum(wire: Wire, forum: str, guild: str, name: str, wanted: Wanted) -> Receipt | None:
    """Whether a forum has a post: accepted, retry (it has not), or None (one may be it and cannot be read).

    Looked at are the active posts, and of those that a person closed since the newest.

    Raises:
        CallError: the active posts cannot be listed.
    """
    told = await wire.call("GET", "/guilds/{guild_id}/threads/active", {"guild_id": guild})
    threads = list(told.get("threads", ()))
    with contextlib.suppress(CallError):  # not everybody may list them, and hardly a post is closed so soon
        path = f"/channels/{{channel_id}}/threads/archived/public?limit={PAGE}"
        threads += (await wire.call("GET", path, {"channel_id": forum})).get("threads", ())
    unread = False
    for thread in threads:
        number = str(thread["id"])
        ours = str(thread.get("parent_id")) == forum and str(thread.get("owner_id")) == wanted.author
        if not ours or thread.get("name") != name or int(number) < wanted.earliest or f"{number}/{number}" in wanted.taken:
            continue
        places = {"channel_id": number, "message_id": number}  # a forum post has the id of its first message
        try:
            first = await wire.call("GET", "/channels/{channel_id}/messages/{message_id}", places)
        except CallError:
            unread = True
            continue
        if wanted.is_it(first):
            return Receipt(Outcome.ACCEPTED, message_ref=f"{number}/{number}")
    return None if unread else _NOT_THERE


async def in_history(wire: Wire, place: str, wanted: Wanted) -> Receipt | None:
    """Whether a message is in a channel or thread: accepted, retry (it certainly is not), or None (that cannot be told)."""
    step = "" if wanted.since is None else f"&after={wanted.earliest}"
    for page in range(PAGES):
        path = f"/channels/{{channel_id}}/messages?limit={PAGE}{step}"
        try:
            told = await wire.call("GET", path, {"channel_id": place})
        except CallError as error:
            return _NOT_THERE if error.code == UNKNOWN_CHANNEL else await silent(wire, place, wanted.earliest)
        for sent in told:
            if f"{place}/{sent['id']}" not in wanted.taken and wanted.is_it(sent):
                return Receipt(Outcome.ACCEPTED, message_ref=f"{place}/{sent['id']}")
        if not told and not page:  # nothing was said, or we may not read what was
            return await silent(wire, place, wanted.earliest)
        if len(told) < PAGE:
            return _NOT_THERE
        numbers = [int(sent["id"]) for sent in told]
        step = f"&before={min(numbers)}" if wanted.since is None else f"&after={max(numbers)}"  # back from the newest, or onwards
    return None


async def silent(wire: Wire, place: str, earliest: int) -> Receipt | None:
    """Retry if nothing was said in a place since, which a channel tells also those who may not read its history; else None."""
    try:
        told = await wire.call("GET", "/channels/{channel_id}", {"channel_id": place})
    except CallError as error:
        return _NOT_THERE if error.code in (UNKNOWN_CHANNEL, UNKNOWN_MESSAGE) else None
    if "last_message_id" not in told:
        return None
    return _NOT_THERE if int(told["last_message_id"] or 0) < earliest else None


def _story(message: Mapping[str, Any]) -> str | None:
    """The story that the buttons of a message name."""
    rows = message.get("components") or ()
    named = (story_named(str(button.get("custom_id", ""))) for button in buttons_in(rows))
    return next((story for story in named if story), None)


def _look(message: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a message shows, for telling whether two are the same."""
    embeds = message.get("embeds") or ()
    return tuple((embed.get("title"), embed.get("url"), embed.get("description")) for embed in embeds)
