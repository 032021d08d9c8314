"""The sources' side of a run: who polls, alone or in shares, and the hubs that bring news by themselves. Part of composition."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.cluster import Cluster
from bot.config.settings import Settings
from bot.core.clock import Clock
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.hubs import Hubs
from bot.options import Options
from bot.outside import Outside
from bot.service.onepoll import PollResult
from bot.service.poll import Poller, PollingParts
from bot.service.sharedpoll import SharedPoller
from bot.sources.contract import Polled
from bot.store.database import Store

HEARD_EVERY = 30.0
"""Seconds after which one process hears what others did to subscriptions at hubs."""


class Polling:
    """Asks sources, and takes in what hubs bring."""

    def __init__(
        self,
        settings: Settings,
        options: Options,
        sources: Mapping[str, SourceConfig],
        *,
        store: Store,
        outside: Outside,
        clock: Clock,
        cluster: Cluster | None,
        on_news: Callable[[], None],
        on_polled: Callable[[PollResult], None],
        at_desk: Callable[[], bool],
    ) -> None:
        """Nobody is asked yet.

        Args:
            settings: the configuration.
            options: how the run is wanted.
            sources: in force, by id.
            store: where items are kept.
            outside: the way out.
            clock: the time.
            cluster: the processes beside this one; None for one that is alone.
            on_news: called when something came.
            on_polled: called with every poll that was stored.
            at_desk: whether it is this process that says what is due.
        """
        self._outside = outside
        self._clock = clock
        self._cluster = cluster
        self._at_desk = at_desk
        self._heard_at = clock.monotonic()
        reached = None if options.once or options.dry_run or settings.web is None else settings.web.public_url
        self.hubs = (
            Hubs(
                settings,
                reached,
                sources,
                store=store,
                fetcher=outside.fetcher,
                sandbox=outside.sandbox,
                clock=clock,
                new_token=lambda: secrets.token_urlsafe(24),
                take=self._take,
                may=at_desk,
            )
            if reached is not None
            else None
        )
        parts: PollingParts = {
            "ask": self._ask,
            "clock": clock,
            "on_news": on_news,
            "at": options.at,
            "on_polled": on_polled,
            "least": settings.net.min_interval,
            "where": lambda config: settings.with_secret_url(config).url,
            "pushes": self.hubs.subscriber if self.hubs is not None else None,
        }
        self._poller: Poller | SharedPoller = (
            Poller(sources, store=store, **parts) if cluster is None else SharedPoller(sources, store=store, **parts)
        )

    @property
    def shared(self) -> SharedPoller | None:
        """Who does this process's share; None for one that is alone."""
        return self._poller if isinstance(self._poller, SharedPoller) else None

    async def at_start(self) -> None:
        """Take up what earlier runs left at hubs."""
        if self.hubs is not None:
            await self.hubs.subscriber.at_start()

    async def due(self) -> None:
        """Ask what is due, or have it asked.

        Raises:
            StoreError: the database does not answer.
        """
        if isinstance(self._poller, Poller):
            await self._poller.poll_due()
        elif self._cluster is not None and self._at_desk():
            await self._cluster.spread_polls()

    async def all_due(self) -> list[PollResult]:
        """Ask everything that is due and wait for it; only of a process that is alone.

        Raises:
            StoreError: the polls cannot be stored.
        """
        assert isinstance(self._poller, Poller)
        return await self._poller.poll_all_due()

    async def keep_up(self) -> None:
        """Hear now and then what other processes did at hubs.

        Raises:
            StoreError: the database does not answer.
        """
        if self.hubs is None or self._cluster is None or self._clock.monotonic() - self._heard_at < HEARD_EVERY:
            return
        self._heard_at = self._clock.monotonic()
        await self.hubs.subscriber.refresh()

    async def stop(self) -> None:
        """Drop the polls in hand."""
        await self._poller.stop()

    async def _ask(self, config: SourceConfig, state: SourceState, now: datetime) -> Polled:
        polled = await self._outside.ask(config, state, now)
        if self.hubs is not None:
            await self.hubs.named(config, polled)
        return polled

    async def _take(self, record: PollRecord) -> object:
        return await self._poller.take(record)
