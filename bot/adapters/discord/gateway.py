"""Listening to Discord: the connection over which people's words come in, begun and ended while messages go on being sent.

Promises: it has a client of its own, so that neither its beginning nor its end touches a message on its way; when ``stop``
returns nothing more is heard, and an answer that is being made still gets its seconds; what is down is tried again with growing
pauses; what Discord refuses for good is not tried again. There are as many connections as Discord wants. It hears of the commands
only when they changed. What several processes hear one of them answers (``whose``). Never decides anything about messages or
commands.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.adapters.discord.client import DOWN, FIRST_PAUSE, LONGEST_PAUSE, asked_to_wait, log_in, options, word
from bot.adapters.discord.library import discord
from bot.adapters.discord.listeners import Answering, Listeners
from bot.adapters.discord.memory import Memory
from bot.adapters.discord.registration import commands_payload, fingerprint
from bot.adapters.discord.sharding import INVALID_SHARD, SHARDING_REQUIRED, Starts
from bot.adapters.discord.theirtime import TheirTime
from bot.adapters.discord.welcoming import Greeter
from bot.adapters.discord.whose import Held, Whose
from bot.config.settings import DiscordSettings
from bot.core.clock import Clock
from bot.service.heard import Heard

COMMANDS_KNOWN = "discord.commands"
"""Under this name the memory keeps the fingerprint of the commands that Discord knows."""
LAST_ANSWERS = 3.0
"""Seconds that an end waits for answers which are being made: they seldom take one, and who stops a service waits for it."""
HANG_UP = 1.0
"""Seconds that Discord has to take leave; one that is silent is left without."""
SERVERS_SECONDS = 2.0
"""Seconds without a further server after which those that Discord told are all there were: discord.py's own figure. Every later one
is new."""
COMMANDS_PAUSE = 60.0
"""Seconds until Discord is told of the commands again after it did not take them; doubled each time."""

log = structlog.get_logger(__name__)


class _Client(discord.AutoShardedClient):
    """discord.py's client on one connection, or on as many as Discord wants."""

    def __init__(self, owner: Gateway, held: Held) -> None:
        super().__init__(**options(guild_ready_timeout=SERVERS_SECONDS))
        self._owner = owner
        self._held = held
        self._telling: asyncio.Task[None] | None = None
        self._connected: set[int] = set()
        self._admitted: set[int] = set()
        """Connections that may say who they are and have not yet."""
        self.was_online = False

    @property
    def online(self) -> bool:
        """Whether every server can be heard."""
        return bool(self.shard_count) and len(self._connected) == self.shard_count

    async def launch_shard(self, gateway: Any, shard_id: int, *, initial: bool = False) -> None:
        """Begin a connection when it may: it is not opened before, for who ends the wait would leave an open one behind."""
        if shard_id not in self._admitted:
            await self._owner.starts.may_begin(self, shard_id)
            self._admitted.add(shard_id)
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until a connection may say anew who it is."""
        shard = shard_id or 0
        if shard in self._admitted:
            self._admitted.discard(shard)
            self._owner.starts.begins(shard)
        else:
            await self._owner.starts.may_begin(self, shard)

    async def setup_hook(self) -> None:
        if not await self._owner.tell_commands(self):
            self._telling = asyncio.create_task(self._owner.tell_commands_again(self), name="discord commands")

    async def hang_up(self) -> None:
        """Hear nothing more; calls go on."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
            self._telling = None
        partings = [asyncio.create_task(shard.disconnect()) for shard in self.shards.values()]
        if partings:
            _, late = await asyncio.wait(partings, timeout=HANG_UP)
            for parting in late:
                parting.cancel()
            await asyncio.gather(*partings, return_exceptions=True)

    async def on_shard_connect(self, shard: int) -> None:
        self._connected.add(shard)  # ready comes two seconds later, when every server was told; nothing waits for that
        self.was_online = True

    async def on_shard_resumed(self, shard: int) -> None:
        self._connected.add(shard)

    async def on_shard_disconnect(self, shard: int) -> None:
        self._connected.discard(shard)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        await self._owner.heard(interaction, self._held)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._owner.joined(guild, self._held)

    async def on_error(self, event_method: str, /, *_: Any, **__: Any) -> None:
        log.error("a listener met a fault of the program", listener=event_method)


class Gateway:
    """Hears what people do, as long as it shall."""

    def __init__(
        self,
        settings: DiscordSettings,
        commands: Answering,
        clock: Clock,
        *,
        memory: Memory | None,
        timezone: str,
        may_begin: Callable[[], Awaitable[object]],
        on_refused: Callable[[], None],
        theirs: TheirTime,
        several: Heard | None = None,
    ) -> None:
        """Build it; nothing is connected yet.

        Args:
            settings: token and addresses.
            commands: answer what people ask.
            clock: tells the time.
            memory: where the fingerprint of the commands is kept; without, Discord hears of them at every beginning.
            timezone: of times in answers.
            may_begin: returns once there is a Discord that takes our token.
            on_refused: called when Discord will never let us listen.
            theirs: Discord's clock.
            several: tells whether another process heard the same before; None: there is no other.
        """
        self._settings = settings
        self._commands = commands
        self._memory = memory
        self._may_begin = may_begin
        self._on_refused = on_refused
        self._whose = Whose(several, theirs)
        self.starts = Starts()
        self._listeners = Listeners(commands, clock, timezone=timezone)
        names = frozenset(command.name for command in commands.table)
        self._greeter = Greeter(names, clock, memory=memory, timezone=timezone, language=commands.language)
        self._client: _Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._ends: set[asyncio.Task[None]] = set()
        self._tried = asyncio.Event()

    @property
    def wanted(self) -> bool:
        """Whether it was begun and not ended."""
        return self._task is not None

    @property
    def online(self) -> bool:
        """Whether people are heard now."""
        return self._client is not None and self._client.online

    @property
    def client(self) -> discord.Client | None:
        """discord.py's client while it is logged in."""
        return self._client

    def start(self, held: Held = lambda: True) -> None:
        """Begin to listen; what is begun already goes on.

        Args:
            held: asked whenever something comes in; what comes while it is False is another process's, if there is one.
        """
        if self._task is None:
            self._tried.clear()
            self._task = asyncio.create_task(self._keep(held), name="discord gateway")

    async def tried(self) -> None:
        """Wait for the first try to log in."""
        await self._tried.wait()

    async def stop(self) -> None:
        """Hear nothing more, at once; answers that are being made go on for ``LAST_ANSWERS``."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def finish(self) -> None:
        """Wait until what ``stop`` left is done."""
        while self._ends:
            await asyncio.gather(*self._ends)

    # ------------------------------------------------------------ for the client

    async def heard(self, interaction: discord.Interaction[Any], held: Held) -> None:
        """Hand an interaction to the listeners."""

        async def ours() -> bool:
            if interaction.type is discord.InteractionType.autocomplete:
                return held()  # it changes nothing, and comes with every letter
            return await self._whose.is_ours(f"interaction {interaction.id}", held, said=interaction.created_at)

        await self._listeners.on_interaction(interaction, ours)

    async def joined(self, guild: discord.Guild, held: Held = lambda: True) -> None:
        """Greet a server that the bot was just added to."""
        if await self._whose.is_ours(f"joined {guild.id}", held):
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
        if client.application_id is None:
            return True
        payload: list[Any] = commands_payload(self._commands.table)
        mark = fingerprint(payload, str(client.application_id))
        if self._memory is not None and await self._memory.get(COMMANDS_KNOWN) == mark:
            return True
        try:
            await client.http.bulk_upsert_global_commands(client.application_id, payload)
        except DOWN as error:
            log.warning("Discord did not take the commands; they stay as they were, and it is asked again", error=word(error))
            return False
        if self._memory is not None:
            await self._memory.set(COMMANDS_KNOWN, mark)
        return True

    # ------------------------------------------------------------ being connected

    async def _keep(self, held: Held) -> None:
        """Listen, and begin anew when that ends, until cancelled or refused."""
        await self._may_begin()
        pause = FIRST_PAUSE
        while True:
            client = _Client(self, held)
            try:
                asked = await self._listen(client)
            finally:
                self._client = None
                self._tried.set()
                await client.hang_up()
                end = asyncio.create_task(self._end(client), name="discord last answers")
                self._ends.add(end)
                end.add_done_callback(self._ends.discard)
            if asked is None:
                self._on_refused()
                return
            pause = FIRST_PAUSE if client.was_online else pause
            await asyncio.sleep(max(pause, asked))
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _listen(self, client: _Client) -> float | None:
        """Listen until that ends; seconds that Discord asks to wait, or None if it will never let us listen."""
        try:
            await log_in(client, self._settings)
            client.shard_count = await self.starts.shards(client)
            self._client = client
            self._tried.set()
            await client.connect()
        except (discord.LoginFailure, discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
            if getattr(error, "code", None) not in (SHARDING_REQUIRED, INVALID_SHARD):
                log.warning("Discord refused to be listened to; messages go on, commands do not", error=word(error))
                return None
            log.info("Discord wants to be listened to on more connections")
        except DOWN as error:
            log.warning("Discord cannot be listened to; trying again", error=word(error))
            return asked_to_wait(error)
        except Exception as error:  # noqa: BLE001  # what discord.py trips over shall not end the listening for good
            log.warning("Discord cannot be listened to; trying again", error=type(error).__name__)
        return 0.0

    async def _end(self, client: _Client) -> None:
        """Give answers that are being made their time, and close what they go over."""
        await self._listeners.finish(LAST_ANSWERS)
        with contextlib.suppress(*DOWN):
            async with asyncio.timeout(HANG_UP):
                await client.close()
        await client.http.close()
