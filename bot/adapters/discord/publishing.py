"""Publishes what was posted in an announcement channel to the channels that follow it.

Promises: a message is published at most once, by one call; not more often than Discord lets a channel publish; what fails or gets
no answer is left as it is: the message stands, and its followers miss one. Never changes what became of the message itself.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import structlog

from bot.adapters.discord.library import discord
from bot.adapters.discord.limits import PUBLISHED_AN_HOUR
from bot.adapters.discord.wire import CallError, Wire
from bot.core.clock import Clock

HOUR = 3_600.0
_TURNS = 5 * PUBLISHED_AN_HOUR
"""Names for calls, in turn: when one comes again, the hour in which it was used is long over."""
_CROSSPOSTED = 1 << 0
"""Flag of a message that was published (docs.discord.com/developers/resources/message, message flags)."""

log = structlog.get_logger(__name__)


class Publisher:
    """Publishes, and counts."""

    def __init__(self, clock: Clock) -> None:
        """Nothing was published yet.

        Args:
            clock: tells when an hour is over.
        """
        self._clock = clock
        self._done: dict[str, deque[float]] = {}
        self._turn = 0
        self._closed: dict[str, float] = {}
        """Channels that Discord asked to be patient about, and until when."""

    async def publish(self, wire: Wire, place: str, made: Any) -> bool:
        """Publish a message that was just posted; whether Discord took it. Never raises.

        Args:
            wire: calls Discord.
            place: id of the announcement channel.
            made: the message as Discord described it when it was posted.
        """
        if int(made.get("flags") or 0) & _CROSSPOSTED:
            return False  # by an earlier try of the same delivery
        now = self._clock.monotonic()
        done = self._done.setdefault(place, deque())
        while done and now - done[0] >= HOUR:
            done.popleft()
        if len(done) >= PUBLISHED_AN_HOUR or now < self._closed.get(place, now):
            log.info("a message is not published: its channel had its share of this hour", channel=place)
            return False
        done.append(now)
        self._turn = (self._turn + 1) % _TURNS
        path = "/channels/{channel_id}/messages/{message_id}/crosspost"
        try:
            places = {"channel_id": place, "message_id": str(made["id"])}
            await wire.call("POST", path, places, once=True, apart=f"turn {self._turn}")
        except CallError as error:
            if isinstance(error.cause, discord.RateLimited):
                self._closed[place] = now + error.cause.retry_after
            word = f"code {error.code}" if error.code else type(error.cause).__name__
            log.warning("a message was posted and not published", channel=place, error=word)
            return False
        return True
