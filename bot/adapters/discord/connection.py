"""Discord as a part of the running bot: logged in, listening where commands are wanted, ended without a trace.

Promises: a start waits for Discord some seconds at most and never fails because of it; what is down is tried again with
growing pauses; a wrong token is tried once. Posting needs no gateway, and goes on when the gateway is refused, begun or ended;
where it was refused this part is not ready, so that somebody notices. Never decides anything about messages or commands.
"""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from bot.adapters.discord.client import DOWN, FIRST_PAUSE, LONGEST_PAUSE, asked_to_wait, log_in, options, word
from bot.adapters.discord.gateway import COMMANDS_KNOWN, Gateway
from bot.adapters.discord.library import discord, keep_quiet, point_at
from bot.adapters.discord.listeners import Answering
from bot.adapters.discord.memory import Memory
from bot.adapters.discord.notifier import DiscordNotifier
from bot.adapters.discord.whose import Held
from bot.adapters.discord.wire import Wire, trace
from bot.config.settings import DiscordSettings
from bot.core.clock import Clock
from bot.service.heard import Heard

__all__ = ["COMMANDS_KNOWN", "DiscordConnection"]

FIRST_WAIT = 5.0
"""Seconds a start waits for Discord; a login that takes longer goes on in the background."""

log = structlog.get_logger(__name__)


class DiscordConnection:
    """Everything of Discord in one part."""

    def __init__(
        self,
        settings: DiscordSettings,
        *,
        clock: Clock,
        commands: Answering | None = None,
        gateway: bool = True,
        memory: Memory | None = None,
        timezone: str = "UTC",
        heard: Heard | None = None,
    ) -> None:
        """Build the part; nothing is connected yet.

        Args:
            settings: token and addresses.
            clock: tells the time.
            commands: answer what people ask; None listens to nobody.
            gateway: whether somebody listens, this process or another one: messages have buttons. Without, only messages are sent.
            memory: where the fingerprint of the commands is kept; without, Discord hears of them at every start.
            timezone: of times in answers.
            heard: tells whether another process heard the same before; None: there is no other.
        """
        self._settings = settings
        self._client: discord.Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._logged_in = asyncio.Event()
        answered = frozenset(command.name for command in commands.table) if commands is not None and gateway else frozenset[str]()
        self.notifier = DiscordNotifier(None, clock, commands=answered)
        self.gateway: Gateway | None = None
        if commands is not None and gateway:
            self.gateway = Gateway(
                settings,
                commands,
                clock,
                memory=memory,
                timezone=timezone,
                may_begin=self._logged_in.wait,
                on_refused=self._unanswered,
                theirs=self.notifier.theirs,
                several=heard,
            )

    def _unanswered(self) -> None:
        self.notifier.commands = frozenset()

    @property
    def ready(self) -> bool:
        """Whether messages can be sent and, where that is this process's business now, commands are heard."""
        heard = self.gateway is None or not self.gateway.wanted or self.gateway.online
        return self._client is not None and self.notifier.wire is not None and heard

    @property
    def listening(self) -> bool:
        """Whether commands are heard now."""
        return self.gateway is not None and self.gateway.online

    @property
    def client(self) -> discord.Client | None:
        """discord.py's client while it is logged in: the one that listens, if one does."""
        return (self.gateway.client if self.gateway is not None else None) or self._client

    async def start(self, *, listen: bool = True) -> None:
        """Log in; returns after the first try or after ``FIRST_WAIT``; what failed or takes longer goes on in the background.

        Args:
            listen: False where another process listens, until ``listen`` is called.
        """
        keep_quiet()
        point_at(self._settings.api_url, self._settings.gateway_url)
        self._task = asyncio.create_task(self._keep(), name="discord")
        if listen:
            await self.listen()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_WAIT):
                await self._tried.wait()
                if self.gateway is not None and self.gateway.wanted and self._logged_in.is_set():
                    await self.gateway.tried()

    async def stop(self) -> None:
        """End every connection; who waits for an answer gets it if it comes soon."""
        if self.gateway is not None:
            await self.gateway.stop()
            await self.gateway.finish()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        point_at(None, None)

    async def listen(self, held: Held = lambda: True) -> None:
        """Begin to hear commands; returns at once, and what cannot be reached is tried again in the background.

        Messages that are being sent are not touched. Who listens already goes on. Without commands there is nothing to hear.

        Args:
            held: asked whenever something comes in, quickly and without failing: whether listening is still this process's
                business. What comes in while it is not is left to who listens now, unless that one leaves it lying.
        """
        if self.gateway is not None:
            self.gateway.start(held)

    async def unlisten(self) -> None:
        """Hear nothing more from now on, within a second; answers that are being made still go out, and so do messages."""
        if self.gateway is not None:
            await self.gateway.stop()

    def workspace_of(self, channel_id: str) -> str | None:
        """The id of the server a channel is in, as far as Discord has said it."""
        known = self.notifier.guild_of(channel_id)
        client = self.client
        if known is not None or client is None or not channel_id.isdigit():
            return known
        channel = client.get_channel(int(channel_id))
        guild = getattr(channel, "guild", None)
        return str(guild.id) if guild is not None else None

    # ------------------------------------------------------------ being connected

    async def _keep(self) -> None:
        """Log in, and begin anew where that fails, until cancelled."""
        pause = FIRST_PAUSE
        while True:
            client = discord.Client(**options(http_trace=trace(self.notifier.theirs.heard)))
            try:
                await log_in(client, self._settings)
                self._client = client
                self.notifier.wire = Wire(client)
                self._logged_in.set()
                self._tried.set()
                await asyncio.Event().wait()
            except discord.LoginFailure:
                self.notifier.refused = "Discord does not know this token"
                log.warning("Discord does not know this token; put the right one into WATCHLAMP_DISCORD_TOKEN and start again")
                return
            except DOWN as error:
                log.warning("Discord is not reachable; trying again", error=word(error), seconds=pause)
                pause = max(pause, asked_to_wait(error))
            finally:
                self.notifier.wire = None
                self._client = None
                self._tried.set()
                await client.close()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
