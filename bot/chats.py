"""The chat platforms, webhooks and Apprise services that a configuration switches on: built, started and stopped together.

A platform's libraries are loaded only if its table is there: memory is a feature. Part of the composition root.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from bot import __version__
from bot.adapters.console.render import render_text
from bot.commands.table import Commands
from bot.config.settings import Settings
from bot.core.clock import Clock
from bot.core.model import Channel, Platform
from bot.outbox.notifier import Notifier
from bot.service.declared import Declaring
from bot.service.heard import Heard
from bot.service.inforce import Force, InForce, own_workspace
from bot.store.database import Store
from bot.stories.outlets import SHIPPED

Endpoint = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application: scope, receive, send."""


class _Facts:
    """A few words that outlive the process, kept in the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, name: str) -> str | None:
        """What was set under this name, or None."""
        return await self._store.fact(name)

    async def set(self, name: str, value: str) -> None:
        """Keep it."""
        await self._store.keep_fact(name, value)


class Chats:
    """Slack, Discord, webhooks and Apprise, as far as they are configured."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        in_force: InForce,
        clock: Clock,
        on_written: Callable[[], None],
        listen: bool | Collection[Platform],
        declaring: Declaring,
        answered: bool | None = None,
        heard: Heard | None = None,
    ) -> None:
        """Build what is configured; nothing is connected yet.

        Args:
            settings: the configuration.
            store: for answers to commands.
            in_force: the rules, channels and sources.
            clock: tells the time.
            on_written: called after a command wrote a delivery.
            listen: True to listen on every platform from the start on, False for a run that only delivers, or the platforms
                that are listened to from the start on; Discord can be later too (``listen_discord``).
            declaring: takes what people declare.
            answered: whether somebody answers commands, this process or another one: messages have buttons. None: if this one
                listens from the start on.
            heard: tells whether another process heard the same before; None: there is no other.
        """
        self._listen = frozenset((Platform if listen else ()) if isinstance(listen, bool) else listen)
        force = in_force.current
        commands = self._commands = Commands(
            store=store,
            engine=force.engine,
            rules=force.rules,
            channels=force.channels,
            sources=force.sources,
            roles=settings.roles,
            clock=clock,
            timezone=settings.timezone,
            language=settings.language,
            version=__version__,
            workspace_of=self.workspace_of,
            on_written=on_written,
            owners=SHIPPED.with_families(settings.owners),
            declaring=declaring,
        )
        self._slack = None
        self._discord = None
        self._caller = None
        self._webhooks = None
        if settings.webhooks:
            from bot.adapters.webhook.notifier import WebhookNotifier  # noqa: PLC0415  # only where a webhook is configured
            from bot.net.calls import Caller  # noqa: PLC0415  # likewise

            self._caller = Caller(settings.net, clock=clock)
            self._webhooks = WebhookNotifier(settings.webhooks, self._caller, clock, tell=render_text)
        self._apprise = None
        if settings.apprise:
            from bot.adapters.apprise.notifier import AppriseNotifier  # noqa: PLC0415  # an extra, and large

            self._apprise = AppriseNotifier(settings.apprise, clock, tell=render_text)
        if settings.slack is not None:
            from bot.adapters.slack.connection import SlackConnection  # noqa: PLC0415  # only where Slack is configured

            self._slack = SlackConnection(
                settings.slack,
                clock=clock,
                commands=commands,
                memory=_Facts(store),
                timezone=settings.timezone,
                proxy=settings.net.proxy,
                installations=store,
                heard=heard,
            )
        if settings.discord is not None:
            from bot.adapters.discord.connection import DiscordConnection  # noqa: PLC0415  # only where Discord is configured

            self._discord = DiscordConnection(
                settings.discord,
                clock=clock,
                commands=commands,
                gateway=Platform.DISCORD in self._listen if answered is None else answered,
                memory=_Facts(store),
                timezone=settings.timezone,
                heard=heard,
            )

    @property
    def notifiers(self) -> dict[Platform, Notifier]:
        """One for each connected platform."""
        found: dict[Platform, Notifier] = {}
        if self._slack is not None:
            found[Platform.SLACK] = self._slack.notifier
        if self._discord is not None:
            found[Platform.DISCORD] = self._discord.notifier
        if self._webhooks is not None:
            found[Platform.WEBHOOK] = self._webhooks
        if self._apprise is not None:
            found[Platform.APPRISE] = self._apprise
        return found

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """What the web server serves for them, by path: Slack's HTTP mode, and the pages where workspaces install the app."""
        if self._slack is None:
            return {}
        from bot.adapters.slack.manifest import PATH  # noqa: PLC0415  # only where Slack is configured

        return {**self._slack.pages, **({PATH: self._slack.asgi} if self._slack.asgi is not None else {})}

    def readiness(self) -> dict[str, bool]:
        """Platforms by name, and whether each sends and hears."""
        found = {}
        if self._slack is not None:
            found["slack"] = self._slack.ready
        if self._discord is not None:
            found["discord"] = self._discord.ready
        return found

    def use(self, force: Force) -> None:
        """Answer by other rules, channels and sources from now on."""
        self._commands.use(force)

    def workspace_of(self, channel: Channel) -> str | None:
        """The Slack team or Discord guild of a channel: that which declared it, or as far as its platform has said it."""
        if (own := own_workspace(channel)) is not None:
            return own
        if channel.platform is Platform.SLACK and self._slack is not None:
            return self._slack.team_id or None
        if channel.platform is Platform.DISCORD and self._discord is not None:
            return self._discord.workspace_of(channel.address)
        return None

    async def start(self) -> None:
        """Connect to all at a time, and wait some seconds for them.

        A platform that cannot be reached is tried again in the background; one that refuses its token is off, and says so.
        """
        starts = []
        if self._slack is not None:
            starts.append(self._slack.start(listen=Platform.SLACK in self._listen))
        if self._discord is not None:
            starts.append(self._discord.start(listen=Platform.DISCORD in self._listen))
        await asyncio.gather(*starts)

    async def listen_discord(self, on: bool, *, held: Callable[[], bool] = lambda: True) -> None:
        """Listen to Discord from now on, or no longer; what is being sent goes on. Without Discord nothing happens.

        Returns within a second: the connection comes to stand in the background; one that is ended hears nothing more.

        Args:
            on: listen.
            held: asked whenever somebody says something: whether this process is still the one that listens. What comes while it is
                not is left to the other one, unless that one leaves it lying.
        """
        if self._discord is not None:
            await (self._discord.listen(held) if on else self._discord.unlisten())

    async def stop(self) -> None:
        """End every connection."""
        if self._discord is not None:
            await self._discord.stop()
        if self._slack is not None:
            await self._slack.stop()
        if self._caller is not None:
            await self._caller.close()
        if self._apprise is not None:
            self._apprise.close()
