"""What a WebSub hub pushes for a feed: the feed's own document, or the part of it that is new; and hubs that feeds do not name.

Promises: read in the sandbox and made into items exactly as the answer to a poll is. Never fetches anything.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, quote, urlsplit

from bot.core.documents import FeedDocument
from bot.core.model import Item
from bot.core.sources import SourceConfig
from bot.sources import shaped_feed
from bot.sources.contract import Reads
from bot.sources.entry import Entries

_TURN = 25
"""Entries made into items between two turns of the event loop: about 2 ms."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a push holds.

    Attributes:
        items: oldest first; empty if the push says only that there is news. Some hubs leave out the text, as YouTube's does, or
            name what was deleted; the feed says it whole.
    """

    items: tuple[Item, ...] = ()


def unadvertised(url: str) -> tuple[str, str] | None:
    """Hub and topic of a feed that has a hub and does not say so, or None.

    That is YouTube's of one channel: developers.google.com/youtube/data/guides/push_notifications, read 2026-11.
    """
    parts = urlsplit(url)
    channels = parse_qs(parts.query).get("channel_id", [])
    if parts.hostname not in {"www.youtube.com", "youtube.com"} or parts.path != "/feeds/videos.xml" or len(channels) != 1:
        return None
    topic = f"https://www.youtube.com/xml/feeds/videos.xml?channel_id={quote(channels[0], safe='')}"
    return "https://pubsubhubbub.appspot.com/subscribe", topic


async def read(
    config: SourceConfig, body: bytes, content_type: str | None, topic: str, *, sandbox: Reads, now: datetime
) -> Brought:
    """Read what a hub pushed.

    Args:
        config: the source.
        body: as the hub sent it.
        content_type: what the hub calls it.
        topic: address of the feed, against which links are resolved.
        sandbox: where it is read.
        now: the present; dates are checked against it.

    Raises:
        DocumentError: it is no feed, or could not be read.
    """
    document = await shaped_feed.reading(config, sandbox).run("feed", data=body, url=topic, content_type=content_type)
    assert isinstance(document, FeedDocument)
    if not any(entry.summary_text or entry.content_text for entry in document.entries):
        return Brought()
    entries = Entries(document, config, now)
    for index, entry in enumerate(document.entries):
        entries.add(entry)
        if index % _TURN == _TURN - 1:
            await asyncio.sleep(0)
    return Brought(entries.items())
