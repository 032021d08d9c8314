"""What the chats show, against what was published: every event once in every channel, whatever the bot's database says.

A message tells what its headline names; a digest what each of its lines names. In both, and in both chats, a headline is what
carries the link to the article, and nothing else does: the story that a message follows is named in it (``Follows: ...``) and not
told. A message that points to another story in its place tells nothing any more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from bot.text.telling import REPEATED

SLACK_LINK = re.compile(r"<[^|<>]*\|([^<>]*)>")
DISCORD_LINK = re.compile(r"\[([^\]]*)\]\(")
GOES_ON = "This story goes on as: "


def headlines(channel: str, body: Mapping[str, Any]) -> list[str]:
    """The linked headlines of a message, as its chat got it."""
    if channel == "slack":
        sections = [block["text"]["text"] for block in body.get("blocks", ()) if block["type"] == "section"]
        return [found for text in sections for found in SLACK_LINK.findall(text)]
    told: list[str] = []
    for embed in body.get("embeds", ()):
        told += [embed["title"]] if "url" in embed else []
        told += DISCORD_LINK.findall(embed.get("description", ""))
    return told


def event(headline: str) -> str:
    """The mark of the event that a headline names."""
    return headline.partition(":")[0].casefold()


class Ledger:
    """Counts what is shown.

    Args:
        wanted: the marks of all events that each channel has to show.
        channels: where.

    Attributes:
        shown: how often each event is told, by channel; whatever says of itself that it may be a repeat is left out if the event is
            told already.
        marked: messages that say so.
    """

    def __init__(self, wanted: Collection[str], channels: Collection[str]) -> None:
        self.wanted = frozenset(wanted)
        self.shown = {channel: Counter[str]() for channel in channels}
        self.marked = Counter[str]()

    def read(self, channel: str, body: Mapping[str, Any]) -> None:
        """Enter a message as it stands now."""
        whole = str(body)
        if GOES_ON in whole:
            return
        told = Counter(event(headline) for headline in headlines(channel, body))
        if REPEATED in whole:
            self.marked[channel] += 1
            told = Counter({one: count for one, count in told.items() if one not in self.shown[channel]})
        self.shown[channel].update(told)

    def lost(self) -> dict[str, list[str]]:
        """Events that a channel does not show, by channel."""
        return _named({channel: self.wanted - set(seen) for channel, seen in self.shown.items()})

    def doubled(self) -> dict[str, list[str]]:
        """Events that a channel shows more than once, by channel."""
        return _named({channel: {one for one, count in seen.items() if count > 1} for channel, seen in self.shown.items()})

    def strange(self) -> dict[str, list[str]]:
        """What a channel shows though no rule matches it, by channel."""
        return _named({channel: set(seen) - self.wanted for channel, seen in self.shown.items()})


def _named(found: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    return {channel: sorted(events) for channel, events in found.items() if events}
