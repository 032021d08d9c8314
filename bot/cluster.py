"""What a process needs to work beside others on one PostgreSQL: the leads, the queue of jobs, the common time. Part of composition.

Promises: whatever any process dies or sleeps over, another goes on with it within half a minute; every process goes by the database
server's clock. The truth stands in the store: what is due is looked for there by whoever has the desk, and jobs only wake.
"""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol

import structlog

from bot.config.settings import Settings
from bot.core.clock import SharedClock
from bot.core.duties import Duty
from bot.core.errors import UserInputError, WorkError
from bot.core.fairshare import ranked
from bot.core.model import FILE_WORKSPACE
from bot.scheduler.cluster import Job, Jobs
from bot.scheduler.leads import LEASE, Lead
from bot.scheduler.local import Stage
from bot.service.deliver import Deliverer
from bot.service.sharedpoll import SharedPoller
from bot.store.database import Store
from bot.store.instance import conninfo, sqlite_path

DESK = "desk"
"""The lead of the process that files articles, releases what was held, and says what is due."""
GATEWAY = "gateway:discord"
"""The lead of the process that hears Discord: of two that do, each would answer."""
HEARD_AFTER = 0.3
"""Seconds after which a process in reserve asks for the lead of the gateway; in between the one that leaves goes on answering."""
HANDED_OVER_WITHIN = 1.5
"""Seconds for which a process that ends goes on answering while no other does. Discord takes one answer, the first."""
TOLD_TIME_EVERY = 10.0
"""Seconds after which the server is asked anew what time it is: so long a clock that somebody sets is wrong at the most."""
STEP = timedelta(seconds=2)
"""A correction above this is told."""
CLOSE = timedelta(seconds=1)
"""An answer that took longer, for a connection had to be made or the machine slept, tells too little: it is asked for again."""
WAITED_FOR_DESK = LEASE.total_seconds() + 2.0
"""Seconds after which the desk is free if who had it died."""
TRIES = 3
"""Answers after which the last is taken as it is."""

log = structlog.get_logger(__name__)


def several(settings: Settings) -> bool:
    """Whether the database is one on which several processes can work."""
    return sqlite_path(settings.database_url) is None and settings.database_url.startswith("postgresql")


async def hear_time(store: Store, clock: SharedClock) -> None:
    """Go by the time of the database server.

    Raises:
        StoreError: it does not answer.
    """
    for _ in range(TRIES):
        asked = clock.own()
        told = await store.server_time()
        answered = clock.own()
        if answered - asked <= CLOSE:
            break
    if told is not None:
        step = clock.heard(told, asked=asked, answered=answered)
        if abs(step) > STEP:
            log.warning(
                "this machine's clock and the database server's differ, the server's counts",
                ahead_seconds=round(clock.ahead.total_seconds(), 1),
            )


def node_of(settings: Settings) -> str:
    """What this process is called."""
    return settings.together.node or f"{platform.node()}:{os.getpid()}"


@asynccontextmanager
async def desk_to_itself(
    settings: Settings,
    store: Store,
    clock: SharedClock,
    *,
    new_token: Callable[[], str],
    on_lost: Callable[[], Awaitable[object]],
) -> AsyncIterator[None]:
    """The desk for a run that polls, files and sends all by itself: nobody else has anything polled or sent meanwhile.

    Args:
        settings: the configuration.
        store: what all processes share.
        clock: the server's time.
        new_token: makes texts that nobody has used before.
        on_lost: called when another process may have it, for this one was silent for too long; and when it is given back.

    Raises:
        UserInputError: other processes work on the database.
        StoreError: it does not answer.
    """
    lead = Lead(DESK, node_of(settings), store=store, clock=clock, new_token=new_token, on_lost=on_lost)
    try:
        await _take(lead, store, clock)
        lead.start()
        yield
    finally:
        await lead.stop()


async def _take(lead: Lead, store: Store, clock: SharedClock) -> None:
    given_up = clock.monotonic() + WAITED_FOR_DESK
    told = False
    while not await _taken(lead):
        holder = (await store.lead_holders(clock.now())).get(DESK, "another process")
        if clock.monotonic() > given_up:
            raise UserInputError(
                f"`--once` polls and sends everything by itself, and {holder} does so on the same database. Leave out --once, and "
                "this process works beside it; or stop the others first."
            )
        if not told:
            log.warning("another process works on this database; waiting half a minute, in case it is dead", node=holder)
            told = True
        await asyncio.sleep(1)


async def _taken(lead: Lead) -> bool:
    await lead.look()
    return lead.held


def _queue(settings: Settings) -> str:
    """How the queue of jobs is reached.

    Raises:
        UserInputError: only a pooler is known, which gives no connection that stays.
    """
    if settings.database_pool.pooler and not settings.together.queue:
        raise UserInputError(
            "database.pooler is true, and the queue of jobs needs connections of its own: write the address of the same PostgreSQL "
            "past the pooler into cluster.queue."
        )
    password = settings.database_password.reveal() if settings.database_password else None
    return conninfo(settings.together.queue or settings.database_url, password)


class Listen(Protocol):
    """Begins or ends to hear a platform."""

    async def __call__(self, on: bool, *, held: Callable[[], bool] = ...) -> None:
        """Hear it from now on, while ``held`` says that it is ours to answer, or no more."""
        ...


async def _hears_nothing(on: bool, *, held: Callable[[], bool] = lambda: True) -> None:
    pass


class Cluster:
    """One process among several."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: SharedClock,
        *,
        duties: frozenset[Duty],
        on_call: Callable[[], object],
        take_desk: Callable[[], Awaitable[object]],
        workspace_of: Callable[[str], str | None],
        new_token: Callable[[], str],
    ) -> None:
        """Nothing is asked for yet.

        Args:
            settings: the configuration.
            store: what all processes share.
            clock: the server's time, as far as it was heard.
            duties: what this process does.
            on_call: called when another process has news for the desk, if this one has it.
            take_desk: called when this process is given the desk, before it begins.
            workspace_of: whose a channel is, by its id.
            new_token: makes texts that nobody has used before.
        """
        self.node = node_of(settings)
        self._store = store
        self._clock = clock
        self._duties = duties
        self._workspace_of = workspace_of
        self._poller: SharedPoller | None = None
        self._deliverer: Deliverer | None = None
        self._take_desk = take_desk
        self._new_token = new_token
        self.jobs = Jobs(
            _queue(settings),
            node=self.node,
            concurrency=settings.together.jobs,
            listen=settings.together.listen,
            on_visit=self._visit,
            on_drain=self._send,
            on_call=on_call,
        )
        self.desk = self._lead(DESK, self._given_desk, self._lost_desk)
        self.gateway: Lead | None = None
        self._listen: Listen = _hears_nothing
        self._hears: asyncio.Task[None] | None = None
        self._call = Stage("call", self.jobs.call_desk)
        self._hears_time: asyncio.Task[None] | None = None

    def _lead(self, name: str, gained: Callable[[], Awaitable[object]], lost: Callable[[], Awaitable[object]]) -> Lead:
        return Lead(
            name,
            self.node,
            store=self._store,
            clock=self._clock,
            new_token=self._new_token,
            on_gained=gained,
            on_lost=lost,
        )

    @property
    def alive(self) -> bool:
        """Whether all that this process does for the others goes on."""
        leads = [self.desk] if self.gateway is None else [self.desk, self.gateway]
        hears = self._hears is None or not self._hears.done() or self._hears.cancelled() or self._hears.exception() is None
        return self.jobs.alive and self._call.alive and hears and all(lead.alive for lead in leads)

    def works(self, poller: SharedPoller, deliverer: Deliverer) -> None:
        """These do what jobs ask for."""
        self._poller = poller
        self._deliverer = deliverer

    def hears_discord(self, listen: Listen) -> None:
        """This process hears Discord, and answers what it hears while it has the lead: who waits for that is connected already."""
        self._listen = listen
        self.gateway = Lead(
            GATEWAY, self.node, store=self._store, clock=self._clock, new_token=self._new_token, asked_every=HEARD_AFTER
        )

    async def open(self) -> None:
        """Make the queue ready.

        Raises:
            StoreError: the database does not answer.
        """
        await self.jobs.open()

    def start(self) -> None:
        """Begin to work beside the others."""
        self._hears_time = asyncio.create_task(self._hear_time(), name="hear time")
        self._call.start()
        if Duty.WORK in self._duties:
            self.jobs.start()
            self.desk.start()
        if self.gateway is not None:
            gateway = self.gateway
            gateway.start()
            self._hears = asyncio.create_task(self._listen(True, held=lambda: gateway.held), name="hear discord")

    async def hand_over(self) -> None:
        """Let another process answer from now on; what is being answered here is answered to its end."""
        if self.gateway is not None and self._hears is not None:
            await self.gateway.stop(until_taken=HANDED_OVER_WITHIN)
            await self._hears
            await self._listen(False)

    async def stop(self) -> None:
        """Give back what this process leads, and leave the queue."""
        if self._hears_time is not None:
            self._hears_time.cancel()
            await asyncio.gather(self._hears_time, return_exceptions=True)
            await self._call.stop()
        await self.desk.stop()
        await self.jobs.stop()

    def call_desk(self) -> None:
        """There is news for whoever has the desk."""
        self._call.wake()

    async def spread_polls(self) -> None:
        """Have everything that is due asked, by whoever has room.

        Raises:
            StoreError: the database does not answer.
        """
        assert self._poller is not None
        visits = await self._poller.due()
        priority = ranked([(visit.site, visit.workspace) for visit in visits], self._clock.now())
        await self.jobs.visits([Job(visit.site, {"sources": list(visit.sources)}, priority[visit.site]) for visit in visits])

    async def spread_sends(self) -> None:
        """Have everything that may go sent, by whoever has room.

        Raises:
            StoreError: the database does not answer.
        """
        assert self._deliverer is not None
        ready = await self._deliverer.look()
        priority = ranked([(channel, self._workspace_of(channel) or FILE_WORKSPACE) for channel in ready], self._clock.now())
        await self.jobs.drains([Job(channel, {"channel": channel}, priority[channel]) for channel in ready])

    async def _visit(self, sources: Sequence[str]) -> None:
        assert self._poller is not None
        await self._poller.visit(sources)

    async def _send(self, channel: str) -> None:
        assert self._deliverer is not None
        await self._deliverer.send(channel)

    async def _given_desk(self) -> None:
        await self._take_desk()
        self.jobs.listen_to_desk(on=True)

    async def _lost_desk(self) -> None:
        self.jobs.listen_to_desk(on=False)

    async def _hear_time(self) -> None:
        while True:
            await asyncio.sleep(TOLD_TIME_EVERY)
            try:
                async with asyncio.timeout(TOLD_TIME_EVERY):
                    await hear_time(self._store, self._clock)
            except (WorkError, TimeoutError) as error:
                log.debug("the database server did not say what time it is", error=str(error))
