"""The part of the composition root that hears from WebSub hubs: what subscribes, what takes in, and where hubs reach both.

Built only where hubs can reach this process: with ``web.public_url``, in a run that goes on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

from bot.config.check import is_allowed
from bot.config.settings import Settings
from bot.core.clock import Clock
from bot.core.sources import PollRecord, SourceConfig
from bot.core.subscriptions import Push
from bot.net.client import Fetcher
from bot.sandbox.pool import Sandbox
from bot.scheduler.local import Stage
from bot.service.intake import Intake, PushStore
from bot.service.websub import Subscriber, SubscriptionStore
from bot.sources import websub
from bot.sources.contract import Polled
from bot.web.websub import callback


class HubStore(SubscriptionStore, PushStore, Protocol):
    """What both parts need of the store."""


class Hubs:
    """Everything about hubs, wired once.

    Args:
        settings: the configuration.
        base: ``web.public_url``.
        sources: declared, by id.
        store: what is remembered.
        fetcher: the way out.
        sandbox: where pushes are read.
        clock: the present.
        new_token: makes random texts.
        take: stores items as the answer to a poll would be.
        may: whether it is this process that asks hubs and takes in what they brought: of several one does.
    """

    def __init__(
        self,
        settings: Settings,
        base: str,
        sources: Mapping[str, SourceConfig],
        *,
        store: HubStore,
        fetcher: Fetcher,
        sandbox: Sandbox,
        clock: Clock,
        new_token: Callable[[], str],
        take: Callable[[PollRecord], Awaitable[object]],
        may: Callable[[], bool] = lambda: True,
    ) -> None:
        self._settings = settings
        self._may = may
        self._fetcher = fetcher
        self._sandbox = sandbox
        asks = Stage("hubs", self._keep_up)
        takes_in = Stage("pushes", self._take_in)
        self.stages = (asks, takes_in)
        self.subscriber = Subscriber(
            sources,
            store=store,
            post=self._post,
            base=base,
            new_token=new_token,
            confided=self._confided,
            clock=clock,
            on_wanted=asks.wake,
        )
        self.intake = Intake(
            sources,
            store=store,
            read=self._read,
            take=take,
            shortest=settings.net.min_interval,
            clock=clock,
            on_push=takes_in.wake,
            on_taken=self.subscriber.pushed,
        )
        self.route = callback(self.subscriber, self.intake)

    async def named(self, config: SourceConfig, polled: Polled) -> None:
        """A source answered, and may have named its hub."""
        hub, topic = polled.hub, polled.topic
        if hub is None and not config.url_secret and (known := websub.unadvertised(config.url)) is not None:
            hub, topic = known
        await self.subscriber.discovered(config, hub, topic, not_modified=polled.not_modified)

    async def stop(self) -> None:
        """Begin nothing any more and wait for nobody; what was accepted is kept, and what was asked is known."""
        await self.subscriber.stop()
        await self.intake.stop()

    async def _keep_up(self) -> None:
        if self._may():
            await self.subscriber.keep_up()

    async def _take_in(self) -> None:
        if self._may():
            await self.intake.process()

    async def _post(self, url: str, form: Mapping[str, str]) -> int:
        return await self._fetcher.post(url, form=form)

    async def _read(self, config: SourceConfig, push: Push, now: datetime) -> websub.Brought:
        return await websub.read(config, push.body, push.content_type, push.topic, sandbox=self._sandbox, now=now)

    def _confided(self, url: str) -> bool:
        return url.startswith("https:") or is_allowed(url, list(self._settings.net.allow))
