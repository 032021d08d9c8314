"""What people say is worked on once, in whichever of several processes it arrives, and in however many.

Promises: of all processes that hear the same, one is told that it is the first, and the others that they are not; who asks is
answered within ``ANSWERED_WITHIN``, and where the database does not answer by then, by what the caller then wants: twice is better
than never. Never keeps what anybody said, nor what it is called: digests alone.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine, Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import structlog

from bot.core.clock import Clock
from bot.core.errors import WorkError

KEPT = timedelta(minutes=15)
"""How long it is remembered. Slack repeats an event up to five minutes later (docs.slack.dev/apis/events-api), Discord takes no
answer after fifteen (docs.discord.com/developers/interactions/receiving-and-responding; both seen 2026-11)."""
ANSWERED_WITHIN = 0.5
"""Seconds that the database may take: both platforms wait three for a first word, and the answer takes most of them."""
TIDIED_EVERY = 60.0
"""Seconds after which what counts no more is forgotten, with what is heard next."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class HeardStore(Protocol):
    """What all processes share."""

    async def hear_first(self, digests: Iterable[str], *, now: datetime, kept: timedelta) -> bool:
        """Whether nobody said any of the names lately; all of them are remembered from now on."""
        ...

    async def forget_heard(self, now: datetime) -> None:
        """Forget names that count no more."""
        ...


class Heard:
    """Tells who of several processes works on what all of them may hear.

    Args:
        store: what they share.
        clock: the time, of which all have the same.
    """

    def __init__(self, store: HeardStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._tidied = clock.monotonic()
        self._underway: set[asyncio.Task[Any]] = set()

    async def is_first(self, *names: str, unknown: bool = True) -> bool:
        """Whether nobody heard of any of these names before; they are remembered from now on.

        Args:
            names: under which a platform knows one thing that somebody said.
            unknown: what is answered if the database does not; what is worked on is remembered still once it does.
        """
        digests = [hashlib.sha256(name.encode()).hexdigest()[:32] for name in names]
        asked = self._begin(self._store.hear_first(digests, now=self._clock.now(), kept=KEPT))
        await asyncio.wait({asked}, timeout=ANSWERED_WITHIN)
        if not asked.done():
            if not unknown:  # what is not worked on here is not to be this process's
                asked.cancel()  # and not waited for: over a line that is cut, that alone takes the driver seconds
            log.warning("whether another process heard the same is not known, the database is silent", worked_on=unknown)
            return unknown
        try:
            first = asked.result()
        except WorkError as error:
            log.warning("whether another process heard the same is not known", worked_on=unknown, error=str(error))
            return unknown
        except Exception as error:  # noqa: BLE001  # whatever the database meets, nobody is left without an answer for it
            log.warning("whether another process heard the same is not known", worked_on=unknown, error=type(error).__name__)
            return unknown
        if self._clock.monotonic() - self._tidied >= TIDIED_EVERY:
            self._tidied = self._clock.monotonic()
            self._begin(self._tidy())
        return first

    async def _tidy(self) -> None:
        try:
            await self._store.forget_heard(self._clock.now())
        except WorkError as error:
            log.debug("what was heard could not be forgotten yet", error=str(error))

    def _begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work, name="heard")
        self._underway.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[Any]) -> None:
        """Forget it, and see what it raised: of what came too late nobody else does."""
        self._underway.discard(task)
        if not task.cancelled():
            task.exception()
