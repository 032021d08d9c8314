"""What is said when somebody adds the bot to a server: a greeting in the server's system channel, once.

Promises: one greeting a server, also after a restart and when a server comes back after an outage; none where the bot may not
write; a greeting that cannot be posted is not tried again, and costs nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import structlog

from bot.adapters.discord.answers import reply_body
from bot.adapters.discord.library import discord
from bot.adapters.discord.memory import Memory
from bot.adapters.discord.speaking import LOST, parts
from bot.commands.asking import Ask
from bot.commands.welcome import welcome
from bot.core.clock import Clock
from bot.core.model import Platform
from bot.core.spoken import speaking

WELCOMED = "discord.welcomed."
"""Under this name and a server's id the memory keeps that it was greeted."""

log = structlog.get_logger(__name__)


class Greeter:
    """Greets servers."""

    def __init__(
        self, commands: Collection[str], clock: Clock, *, memory: Memory | None, timezone: str, language: Callable[[Ask], str]
    ) -> None:
        """Build the greeter.

        Args:
            commands: names of the commands that are answered; what none answers is not offered.
            clock: tells the time.
            memory: which servers were greeted; without, it is known as long as the process runs.
            timezone: of times.
            language: in which a channel is spoken to.
        """
        self._commands = commands
        self._clock = clock
        self._memory = memory
        self._timezone = timezone
        self._language = language
        self._greeted: set[int] = set()

    async def greet(self, guild: discord.Guild) -> None:
        """Greet a server that the bot was just added to. Never raises what posting can meet."""
        name = f"{WELCOMED}{guild.id}"
        if guild.id in self._greeted or (self._memory is not None and await self._memory.get(name)):
            return
        self._greeted.add(guild.id)
        if self._memory is not None:
            await self._memory.set(name, "yes")
        channel = guild.system_channel
        may = channel.permissions_for(guild.me) if channel is not None else discord.Permissions.none()
        if channel is None or not (may.view_channel and may.send_messages and may.embed_links):
            log.info("added to a server that has no channel for a greeting", server=guild.id)
            return
        ask = Ask(Platform.DISCORD, str(guild.id), str(channel.id), "", "")
        with speaking(self._language(ask)):
            told = welcome(ask, self._commands)
        body = reply_body(told, timezone=self._timezone, now=self._clock.now())
        try:
            await channel.send(**parts(body, None, "files"), nonce=f"w{guild.id}")
        except LOST as error:
            log.warning("a server could not be greeted", server=guild.id, error=type(error).__name__)
