"""Discord as a part of the running bot: logged in, listening where commands are wanted, ended without a trace.

Promises: a start waits for Discord some seconds at most and never fails because of it; what is down is tried again with
growing pauses; a wrong token is tried once. Posting needs no gateway, and goes on when the gateway is refused; then this part
is not ready, so that somebody notices. Discord hears of the commands only when they changed. Never decides anything about
messages or commands.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import aiohttp
import structlog

from bot.adapters.discord.library import STRANGE, discord, keep_quiet, point_at
from bot.adapters.discord.limits import BLOCKED_WAIT, RATE_LIMIT_WAIT
from bot.adapters.discord.listeners import Answering, Listeners
from bot.adapters.discord.memory import Memory
from bot.adapters.discord.notifier import DiscordNotifier
from bot.adapters.discord.receipts import blocks_everything
from bot.adapters.discord.registration import commands_payload, fingerprint
from bot.adapters.discord.welcoming import Greeter
from bot.adapters.discord.wire import CallError, Wire, trace
from bot.config.settings import DiscordSettings
from bot.core.clock import Clock
from bot.core.spoken import ENGLISH

COMMANDS_KNOWN = "discord.commands"
"""Under this name the memory keeps the fingerprint of the commands that Discord knows."""
LOGIN_SECONDS = 60.0
"""A login that takes longer is begun anew: three short calls, with discord.py's own repeats of them."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds between tries to log in; doubled each time."""
FIRST_WAIT = 5.0
"""Seconds a start waits for Discord; a login that takes longer goes on in the background."""
LAST_ANSWERS = 3.0
"""Seconds that a stop waits for answers which are being made: they seldom take one, and who stops a service waits for it."""
SERVERS_SECONDS = 2.0
"""Seconds without a further server after which those that Discord told are all there were: discord.py's own figure. Every later one
is new."""
COMMANDS_PAUSE = 60.0
"""Seconds until Discord is told of the commands again after it did not take them; doubled each time."""

_DOWN = (discord.DiscordException, aiohttp.ClientError, OSError, asyncio.TimeoutError)

log = structlog.get_logger(__name__)


class _Client(discord.Client):
    """discord.py's client with what it shall keep in mind reduced to servers and channels."""

    def __init__(self, owner: DiscordConnection) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=RATE_LIMIT_WAIT,
            guild_ready_timeout=SERVERS_SECONDS,
            http_trace=trace(),
        )
        self._owner = owner
        self._telling: asyncio.Task[None] | None = None
        self.online = False

    async def setup_hook(self) -> None:
        if not await self._owner.tell_commands(self):
            self._telling = asyncio.create_task(self._owner.tell_commands_again(self), name="discord commands")

    async def close(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
            self._telling = None
        await super().close()

    async def on_connect(self) -> None:  # ready comes two seconds later, when every server was told; nothing waits for that
        self.online = True

    async def on_resumed(self) -> None:
        self.online = True

    async def on_disconnect(self) -> None:
        self.online = False

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        await self._owner.heard(interaction)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._owner.joined(guild)

    async def on_error(self, event_method: str, /, *_: Any, **__: Any) -> None:
        log.error("a listener met a fault of the program", listener=event_method)


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
    ) -> None:
        """Build the part; nothing is connected yet.

        Args:
            settings: token and addresses.
            clock: tells the time.
            commands: answer what people ask; None listens to nobody.
            gateway: whether to listen at all; without, only messages are sent.
            memory: where the fingerprint of the commands is kept; without, Discord hears of them at every start.
            timezone: of times in answers.
        """
        self._settings = settings
        self._gateway = gateway and commands is not None
        self._commands = commands
        self._memory = memory
        self._listeners = Listeners(commands, clock, timezone=timezone) if commands is not None else None
        self._greeter: Greeter | None = None
        if self._gateway:
            language = commands.language if commands is not None else lambda _: ENGLISH
            self._greeter = Greeter(self._answered(), clock, memory=memory, timezone=timezone, language=language)
        self._client: _Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._refused_to_listen = False
        self.notifier = DiscordNotifier(None, clock, commands=self._answered())

    def _answered(self) -> frozenset[str]:
        """Names of the commands that are heard."""
        return frozenset(command.name for command in self._commands.table) if self._commands and self._gateway else frozenset()

    @property
    def ready(self) -> bool:
        """Whether messages can be sent and, where wanted, commands are heard."""
        client = self._client
        heard = not self._refused_to_listen and ((client is not None and client.online) or not self._gateway)
        return client is not None and self.notifier.wire is not None and heard

    @property
    def client(self) -> discord.Client | None:
        """discord.py's client while it is logged in."""
        return self._client

    async def start(self) -> None:
        """Log in; returns after the first try or after ``FIRST_WAIT``; what failed or takes longer goes on in the background."""
        keep_quiet()
        point_at(self._settings.api_url, self._settings.gateway_url)
        self._task = asyncio.create_task(self._keep(), name="discord")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_WAIT):
                await self._tried.wait()

    async def stop(self) -> None:
        """End every connection; who waits for an answer gets it if it comes soon."""
        if self._listeners is not None:
            await self._listeners.finish(LAST_ANSWERS)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        point_at(None, None)

    def workspace_of(self, channel_id: str) -> str | None:
        """The id of the server a channel is in, as far as Discord has said it."""
        known = self.notifier.guild_of(channel_id)
        if known is not None or self._client is None or not channel_id.isdigit():
            return known
        channel = self._client.get_channel(int(channel_id))
        guild = getattr(channel, "guild", None)
        return str(guild.id) if guild is not None else None

    # ------------------------------------------------------------ for the client

    async def heard(self, interaction: discord.Interaction[Any]) -> None:
        """Hand an interaction to the listeners."""
        if self._listeners is not None:
            await self._listeners.on_interaction(interaction)

    async def joined(self, guild: discord.Guild) -> None:
        """Greet a server that the bot was just added to."""
        if self._greeter is not None:
            await self._greeter.greet(guild)

    async def tell_commands_again(self, client: discord.Client) -> None:
        """Ask Discord to take the commands until it does."""
        pause = COMMANDS_PAUSE
        while True:
            await asyncio.sleep(pause)
            if await self.tell_commands(client):
                return
            pause = min(pause * 2, LONGEST_PAUSE)

    async def tell_commands(self, client: discord.Client) -> bool:
        """Tell Discord of the commands if it knows others; False if it did not take them, which costs no message."""
        if self._commands is None or not self._gateway or client.application_id is None:
            return True
        payload: list[Any] = commands_payload(self._commands.table)
        mark = fingerprint(payload, str(client.application_id))
        if self._memory is not None and await self._memory.get(COMMANDS_KNOWN) == mark:
            return True
        try:
            await client.http.bulk_upsert_global_commands(client.application_id, payload)
        except _DOWN as error:
            log.warning("Discord did not take the commands; they stay as they were, and it is asked again", error=_word(error))
            return False
        if self._memory is not None:
            await self._memory.set(COMMANDS_KNOWN, mark)
        return True

    # ------------------------------------------------------------ being connected

    async def _keep(self) -> None:
        """Log in, listen, and begin anew when that ends, until cancelled."""
        pause = FIRST_PAUSE
        while True:
            client = _Client(self)
            try:
                if await self._log_in(client):
                    pause = FIRST_PAUSE
                    await self._listen(client)
                elif self.notifier.refused:
                    return
            except _DOWN as error:
                log.warning("Discord is not reachable; trying again", error=_word(error), seconds=pause)
                pause = max(pause, _asked_to_wait(error))
            finally:
                self.notifier.wire = None
                self._client = None
                self._tried.set()
                await client.close()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _log_in(self, client: _Client) -> bool:
        token = self._settings.token.reveal() if self._settings.token is not None else ""
        try:
            async with asyncio.timeout(LOGIN_SECONDS):
                await client.login(token)
        except discord.LoginFailure:
            self.notifier.refused = "Discord does not know this token"
            log.warning("Discord does not know this token; put the right one into WATCHLAMP_DISCORD_TOKEN and start again")
            return False
        except STRANGE:
            raise discord.DiscordException("what answers there is not Discord") from None
        self._client = client
        self.notifier.wire = Wire(client)
        self._tried.set()
        return True

    async def _listen(self, client: _Client) -> None:
        """Be connected until that ends; without a gateway, until cancelled."""
        if self._gateway:
            try:
                await client.connect()
            except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
                self._gateway = False
                self.notifier.commands = frozenset()
                self._refused_to_listen = True
                log.warning("Discord refused to be listened to; messages go on, commands do not", error=_word(error))
            return
        await asyncio.Event().wait()


def _word(error: BaseException) -> str:
    """What happened, without what was said."""
    code = getattr(error, "code", None)
    status = getattr(error, "status", None)
    return " ".join(str(part) for part in (type(error).__name__, status, code) if part)


def _asked_to_wait(error: BaseException) -> float:
    """Seconds that Discord, or the gate-keeper before it, asks for."""
    if isinstance(error, discord.RateLimited):
        return error.retry_after
    return BLOCKED_WAIT if blocks_everything(CallError(error, doubtful=False)) else 0.0
