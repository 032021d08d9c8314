"""Whose what was heard is to answer: of several processes that are connected, Discord tells each of everything.

Promises: one works on it. The process that has the lead does so at once; one in reserve takes what the other left lying, while
Discord still waits, so that a hand-over or a process that dies costs nobody an answer. Where the database does not say who was the
first, the one with the lead answers all the same, and one in reserve does not. Never looks at what was said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.adapters.discord.theirtime import TheirTime
from bot.service.heard import Heard

RESERVE_WAITS = 0.7
"""Seconds that the process with the lead has to take what was said. Discord waits three in all for a first word, of which the
answer needs some (docs.discord.com/developers/interactions/receiving-and-responding, seen 2026-11)."""
FRESH = timedelta(seconds=2)
"""What is older when a process in reserve could take it is nobody's any more: whoever said it was told that nobody answers, and
may have said it again. Discord's own clock, which counts here, is told to the second."""

Held = Callable[[], bool]
"""Whether listening is this process's business."""

log = structlog.get_logger(__name__)


class Whose:
    """Tells whether something is this process's to answer.

    Args:
        heard: tells whether another process has taken it; None: none is told of it.
        theirs: Discord's clock.
    """

    def __init__(self, heard: Heard | None, theirs: TheirTime) -> None:
        self._heard = heard
        self._theirs = theirs

    async def is_ours(self, name: str, held: Held, *, said: datetime | None = None) -> bool:
        """Whether this process is to work on something that was heard now.

        Args:
            name: which no other thing that is heard has.
            held: whether this process has the lead.
            said: when it was said, by Discord's clock; None for what can be answered late.
        """
        if held():
            return self._heard is None or await self._heard.is_first(f"discord {name}")
        if self._heard is None:
            log.info("somebody's words came after another process began to listen; they are left to it")
            return False
        await asyncio.sleep(RESERVE_WAITS)
        if said is not None and self._theirs.now() - said > FRESH:
            log.info("somebody's words were too old when the process in reserve could take them")  # or its time of Discord's is off
            return False
        left = await self._heard.is_first(f"discord {name}", unknown=False)
        if left:
            log.info("the process that answers left somebody's words lying; they are answered here")
        return left
