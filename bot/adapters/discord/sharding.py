"""How many connections Discord wants to be listened to on, and when each of them may begin.

Discord says with ``GET /gateway/bot`` how many connections it recommends, how many sessions may still begin today and how many of
them at a time (docs.discord.com/developers/events/gateway, Sharding and Session Start Limit, seen 2026-11). Who begins more has its
token taken away.

Promises: no session begins beyond what Discord said, nor sooner after another than it said. Connects nothing.
"""

from __future__ import annotations

import asyncio

import structlog

from bot.adapters.discord.library import STRANGE, discord

IDENTIFY_EVERY = 5.0
"""Seconds in which ``max_concurrency`` sessions may begin, one of each ``number % max_concurrency`` (the same page)."""
LONGEST_WAIT = 3_600.0
"""Seconds after which Discord is asked again whether sessions may begin, however long it said."""
SHARDING_REQUIRED, INVALID_SHARD = 4011, 4010
"""Codes with which Discord closes a connection that is one of too few (topics/opcodes-and-status-codes)."""

log = structlog.get_logger(__name__)


class Starts:
    """Counts the sessions that this process begins."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._left = 0
        self._at_once = 1
        self._last: dict[int, float] = {}
        self._turn = asyncio.Lock()

    async def shards(self, client: discord.Client) -> int:
        """On how many connections to listen; returns once so many may begin.

        Raises:
            discord.DiscordException and others of the client: Discord does not say it.
        """
        while True:
            shards, wait = await self._ask(client)
            if self._left >= shards:
                return shards
            await self._wait(wait)

    async def may_begin(self, client: discord.Client, shard: int) -> None:
        """Wait until this shard may say who it is.

        Raises:
            discord.DiscordException and others of the client: Discord does not say when.
        """
        async with self._turn:
            while self._left < 1:
                _, wait = await self._ask(client)
                if self._left < 1:
                    await self._wait(wait)
            bucket = shard % self._at_once
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(self._last.get(bucket, now - IDENTIFY_EVERY) + IDENTIFY_EVERY - now)
            self._left -= 1
            self.begins(shard)

    def begins(self, shard: int) -> None:
        """A shard that may says who it is, now: Discord counts from this word until the next, not from when it might be said."""
        self._last[shard % self._at_once] = asyncio.get_running_loop().time()

    async def _ask(self, client: discord.Client) -> tuple[int, float]:
        """Learn the limits; how many connections are recommended, and seconds until sessions may begin again."""
        try:
            shards, _, limit = await client.http.get_bot_gateway()
            self._left, self._at_once = int(limit["remaining"]), max(int(limit["max_concurrency"]), 1)
            return max(int(shards), 1), float(limit["reset_after"]) / 1000
        except STRANGE:
            raise discord.DiscordException("what answers there is not Discord") from None

    async def _wait(self, seconds: float) -> None:
        seconds = min(max(seconds, 1.0), LONGEST_WAIT)
        log.warning("Discord lets no more connections begin yet; commands are heard later", seconds=round(seconds))
        await asyncio.sleep(seconds)
