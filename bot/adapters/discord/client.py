"""discord.py's client as this program uses it: what it shall keep in mind, how it logs in, what its failures are called.

Promises: a login ends in time, whatever answers there; what failed is named without what was said. Never decides what follows.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from bot.adapters.discord.library import STRANGE, discord
from bot.adapters.discord.limits import BLOCKED_WAIT, RATE_LIMIT_WAIT
from bot.adapters.discord.receipts import blocks_everything
from bot.adapters.discord.wire import CallError, trace
from bot.config.settings import DiscordSettings

LOGIN_SECONDS = 60.0
"""A login that takes longer is begun anew: two short calls, with discord.py's own repeats of them."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds between tries to log in; doubled each time."""
DOWN = (discord.DiscordException, aiohttp.ClientError, OSError, asyncio.TimeoutError)
"""What a Discord that is not there looks like."""


def options(**more: Any) -> dict[str, Any]:
    """What every client is built with: nobody is called by accident, and nothing is kept but servers and channels.

    Args:
        more: further options of discord.py, or others in place of these.
    """
    return {
        "intents": discord.Intents(guilds=True),
        "allowed_mentions": discord.AllowedMentions.none(),
        "member_cache_flags": discord.MemberCacheFlags.none(),
        "chunk_guilds_at_startup": False,
        "max_messages": None,
        "max_ratelimit_timeout": RATE_LIMIT_WAIT,
        "http_trace": trace(),
        **more,
    }


async def log_in(client: discord.Client, settings: DiscordSettings) -> None:
    """Learn who we are; afterwards the client can call.

    Raises:
        discord.LoginFailure: Discord does not know the token.
        DOWN: Discord is not there, or what answers there is something else.
    """
    token = settings.token.reveal() if settings.token is not None else ""
    try:
        async with asyncio.timeout(LOGIN_SECONDS):
            await client.login(token)
    except STRANGE:
        raise discord.DiscordException("what answers there is not Discord") from None


def word(error: BaseException) -> str:
    """What happened, without what was said."""
    code = getattr(error, "code", None)
    status = getattr(error, "status", None)
    return " ".join(str(part) for part in (type(error).__name__, status, code) if part)


def asked_to_wait(error: BaseException) -> float:
    """Seconds that Discord, or the gate-keeper before it, asks for."""
    if isinstance(error, discord.RateLimited):
        return error.retry_after
    return BLOCKED_WAIT if blocks_everything(CallError(error, doubtful=False)) else 0.0
