"""What only one process may do at a time: who asks first has the lead, until it gives it back or is silent for too long.

Promises: a process that cannot reach the database, or that slept, stops believing in its lead before anybody else can have it; a
lead that is given back is taken by another within seconds. What a sleeper has in hand when it wakes is stopped by the store's own
checks, not here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.errors import StoreError, WorkError

LEASE = timedelta(seconds=30)
"""How long a lead lasts without a word from its holder: as long as a worker is missed before its jobs are given to others."""
RENEWED_EVERY = 8.0
"""Seconds between two words."""
BELIEVED_FOR = 20.0
"""Seconds after the last word for which the holder acts on it: ten less than the lease, for what it has begun."""
ANSWERED_WITHIN = 6.0
"""Seconds that the database may take to answer: less than it may be silent before the lead is believed in no more."""
LOOKED_EVERY = 0.05
"""Seconds between two looks whether another has taken what was given back."""
ASKED_EVERY = 3.0
"""Seconds after which who does not have the lead asks for it again."""

log = structlog.get_logger(__name__)


class LeadStore(Protocol):
    """Where leads are kept."""

    async def take_lead(self, name: str, holder: str, token: str, *, now: datetime, lease: timedelta) -> bool:
        """Take a lead that nobody has, or go on with our own; False if another has it."""
        ...

    async def leave_lead(self, name: str, token: str) -> None:
        """Give it back."""
        ...

    async def lead_holders(self, now: datetime) -> Mapping[str, str]:
        """Who has which lead."""
        ...


async def _nothing() -> None:
    pass


class Lead:
    """One lead, as one process sees it.

    Args:
        name: what is led.
        holder: this process, for people to read.
        store: where leads are kept.
        clock: the time, of which all processes have the same.
        new_token: makes texts that nobody has used before.
        on_gained: called when the lead was taken, before it counts as held; what it raises lets go of the lead.
        on_lost: called when it is held no more.
        asked_every: seconds after which it is asked for by who does not have it.
    """

    def __init__(
        self,
        name: str,
        holder: str,
        *,
        store: LeadStore,
        clock: Clock,
        new_token: Callable[[], str],
        on_gained: Callable[[], Awaitable[object]] = _nothing,
        on_lost: Callable[[], Awaitable[object]] = _nothing,
        asked_every: float | None = None,
    ) -> None:
        self.name = name
        self._holder = holder
        self._store = store
        self._clock = clock
        self._new_token = new_token
        self._on_gained = on_gained
        self._on_lost = on_lost
        self._asked_every = asked_every
        self._token = ""
        self._asked_with = ""
        """What was asked with last: it may be ours though nobody heard the answer."""
        self._heard = 0.0
        self._in_office = False
        self._task: asyncio.Task[None] | None = None
        self._told = ""

    @property
    def held(self) -> bool:
        """Whether this process has the lead, and may act on it now."""
        return self._in_office and self._ours

    @property
    def _ours(self) -> bool:
        return bool(self._token) and self._clock.monotonic() - self._heard < BELIEVED_FOR

    @property
    def alive(self) -> bool:
        """Whether it is asked for still; True before the start."""
        return self._task is None or not self._task.done()

    def start(self) -> None:
        """Begin to ask for it."""
        self._task = asyncio.create_task(self._run(), name=f"lead {self.name}")

    async def stop(self, *, until_taken: float = 0.0) -> None:
        """Ask no more, and give it back.

        Args:
            until_taken: seconds for which it is acted on still, unless another process has it sooner: for what must not stop in
                between. For a moment both may act on it then.
        """
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            if token := self._token or self._asked_with:
                await self._store.leave_lead(self.name, token)
                await self._await_another(until_taken if self.held else 0.0)
        except WorkError as error:
            log.info("a lead could not be given back; it ends by itself", lead=self.name, error=str(error))
        self._token = ""
        await self._resign()

    async def _await_another(self, seconds: float) -> None:
        given_up = self._clock.monotonic() + seconds
        while self._clock.monotonic() < given_up:
            if self.name in await self._store.lead_holders(self._clock.now()):
                return
            await asyncio.sleep(LOOKED_EVERY)

    async def look(self) -> None:
        """Ask for the lead, or say that it is still ours, once."""
        begun = self._clock.monotonic()
        token = self._token or self._new_token()
        if self._token and not self._ours:  # silent for too long: another may have had it meanwhile, so all begins anew
            self._token = ""
            await self._resign()
            token = self._new_token()
        got = await self._ask(token)
        if got:
            self._token, self._heard = token, begun
        elif self._token:
            self._token = ""
            await self._resign()
        if got and not self._in_office:
            try:
                await self._take_office()
            except Exception:
                # Whatever it met here, another process may do better: it need not wait until the lease is over.
                await self._store.leave_lead(self.name, self._token)
                raise

    async def _ask(self, token: str) -> bool:
        self._asked_with = token
        try:
            async with asyncio.timeout(ANSWERED_WITHIN):
                return await self._store.take_lead(self.name, self._holder, token, now=self._clock.now(), lease=LEASE)
        except TimeoutError as error:
            raise StoreError(f"The database did not answer within {ANSWERED_WITHIN:g} seconds.") from error

    async def _take_office(self) -> None:
        office = asyncio.create_task(self._gained(), name=f"take office {self.name}")
        try:
            while not office.done():
                await asyncio.wait({office}, timeout=RENEWED_EVERY)
                if not office.done():
                    begun = self._clock.monotonic()
                    if not await self._ask(self._token):
                        break
                    self._heard = begun
            if not office.done():
                office.cancel()
                await asyncio.gather(office, return_exceptions=True)
                self._token = ""
                return
            office.result()
        except BaseException:
            office.cancel()
            raise
        self._in_office = True
        log.info("this process leads from now on", lead=self.name)

    async def _gained(self) -> None:
        await self._on_gained()

    async def _resign(self) -> None:
        if self._in_office:
            self._in_office = False
            log.info("this process does not lead any more", lead=self.name)
            await self._on_lost()

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
                self._told = ""
            except WorkError as error:
                if str(error) != self._told:
                    log.warning("a lead could not be asked for, tried again", lead=self.name, error=str(error))
                self._told = str(error)
                await self._expire()
            except Exception:
                # Whatever taking office met: another process may do better, and this one tries again.
                log.exception("a lead could not be taken up, tried again", lead=self.name)
                await self._expire()
            await asyncio.sleep(RENEWED_EVERY if self.held else self._asked_every or ASKED_EVERY)

    async def _expire(self) -> None:
        """Believe in the lead no longer than it lasts, though nobody can be asked."""
        if self._token and (not self._in_office or not self._ours):
            self._token = ""
            await self._resign()


class Mine:
    """A lead where there is only one process: always held."""

    held = True
    alive = True

    def start(self) -> None:
        """Nothing to ask for."""

    async def stop(self) -> None:
        """Nothing to give back."""
