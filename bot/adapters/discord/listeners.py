"""What people do in Discord: ``/watch ...``, its completions, the Why button. Everything else is answered with a sentence.

Promises: an interaction is acknowledged before anything is looked up; every one gets an answer, also one that nobody
handles any more and one whose handling failed; an answer that got lost is sent once more; answers are for the eyes of who
asked unless that person wants them shown. Who may what is decided by the commands from ids, never from what Discord's client
let through. Nothing a person typed and no name is logged.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import aiohttp
import structlog

from bot.adapters.discord.answers import reply_body
from bot.adapters.discord.components import Press, pressed
from bot.adapters.discord.library import discord
from bot.adapters.discord.limits import CHOICE_NAME, COMMAND_CHOICES
from bot.adapters.discord.registration import ADMIN, SHOW, WATCH, matching
from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind
from bot.commands.reply import Reply, Section
from bot.core.clock import Clock
from bot.core.model import Platform

log = structlog.get_logger(__name__)

PAUSE = 1.0
"""Seconds until an answer that got lost is sent once more; an interaction's token lives for fifteen minutes
(docs.discord.com/developers/interactions/receiving-and-responding, seen 2026-11). The library itself waits out limits."""
_LOST = (discord.DiscordException, aiohttp.ClientError, OSError)
"""What answering can meet: an interaction that is too old or acknowledged already, a broken line."""
_GONE = Reply(
    "Nobody listens to this any more.",
    (Section(text="It belongs to an earlier version of this bot. The commands of today are in /watch help."),),
    error=True,
)
_FAILED = Reply(
    "That could not be answered.",
    (Section(text="The program failed on it; the operator's log says where."),),
    error=True,
    failed=True,
)


class Answering(Protocol):
    """What the listeners need of the commands."""

    @property
    def table(self) -> tuple[Command, ...]:
        """Every command."""
        ...

    def role(self, *, platform: Platform, workspace_id: str, member: str, groups: tuple[str, ...], admin: bool) -> Role:
        """The role of a person."""
        ...

    async def answer(self, ask: Ask) -> Reply:
        """Answer one question; never raises."""
        ...


class Listeners:
    """Answers interactions."""

    def __init__(self, commands: Answering, clock: Clock, *, timezone: str = "UTC") -> None:
        """Build the listeners.

        Args:
            commands: answer what is asked.
            clock: tells the time.
            timezone: of the times on cards.
        """
        self._commands = commands
        self._clock = clock
        self._timezone = timezone

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Answer one interaction. Never raises what answering can meet."""
        try:
            await self._handle(interaction)
        except _LOST as error:
            log.warning("an interaction could not be answered", kind=interaction.type.name, error=_word(error))
        except Exception as error:  # noqa: BLE001  # the last wall between a fault of the program and a person who waits
            log.warning("an interaction met a fault of the program", kind=interaction.type.name, error=type(error).__name__)
            with contextlib.suppress(*_LOST):
                await self._tell(interaction, _FAILED)

    async def _handle(self, interaction: discord.Interaction[Any]) -> None:
        data: dict[str, Any] = dict(interaction.data or {})
        kind = interaction.type
        if kind is discord.InteractionType.autocomplete:
            await self._complete(interaction, data)
        elif kind is discord.InteractionType.application_command:
            await self._command(interaction, data)
        elif kind is discord.InteractionType.component and (found := pressed(str(data.get("custom_id", "")))):
            await self._answer(interaction, found.words if found.press is Press.ASK else "help", shown=False)
        elif kind is not discord.InteractionType.ping:
            await self._tell(interaction, _GONE)

    async def _command(self, interaction: discord.Interaction[Any], data: dict[str, Any]) -> None:
        name, options = _subcommand(data)
        if data.get("name") not in (WATCH, ADMIN) or name is None:
            await self._tell(interaction, _GONE)
            return
        shown = options.pop(SHOW, False) is True
        command = next((entry for entry in self._commands.table if entry.name == name), None)
        order = [parameter.name for parameter in command.parameters_in(terminal=False)] if command else []
        given = [str(options[key]) for key in order if key in options]
        await self._answer(interaction, " ".join([name, *given]), shown=shown)

    async def _complete(self, interaction: discord.Interaction[Any], data: dict[str, Any]) -> None:
        name, _ = _subcommand(data)
        focused = _focused(data)
        command = next((entry for entry in self._commands.table if entry.name == name), None)
        asked = focused.get("name")
        kinds = [parameter.kind for parameter in command.parameters if parameter.name == asked] if command else []
        names = [entry.name for entry in self._commands.table] if Kind.COMMAND in kinds else []
        found = matching(names, str(focused.get("value", "")), COMMAND_CHOICES)
        choices = [discord.app_commands.Choice(name=entry[:CHOICE_NAME], value=entry) for entry in found]
        await interaction.response.autocomplete(choices)

    async def _answer(self, interaction: discord.Interaction[Any], text: str, *, shown: bool) -> None:
        """Acknowledge, ask, answer."""
        await interaction.response.defer(ephemeral=not shown, thinking=True)
        reply = await self._commands.answer(self._ask(interaction, text, shown=shown))
        if shown and reply.private:  # what went wrong is nobody else's business
            with contextlib.suppress(discord.NotFound):  # a lost answer to the first try may have taken it away
                await _through(interaction.delete_original_response)
            await _through(lambda: interaction.followup.send(embeds=self._embeds(reply), ephemeral=True))
            return
        await _through(lambda: interaction.edit_original_response(embeds=self._embeds(reply)))

    async def _tell(self, interaction: discord.Interaction[Any], reply: Reply) -> None:
        """Say something whether the interaction was acknowledged or not."""
        if not interaction.response.is_done():
            await interaction.response.send_message(embeds=self._embeds(reply), ephemeral=True)
        else:
            await _through(lambda: interaction.edit_original_response(embeds=self._embeds(reply)))

    def _embeds(self, reply: Reply) -> list[discord.Embed]:
        body = reply_body(reply, timezone=self._timezone, now=self._clock.now())
        return [discord.Embed.from_dict(embed) for embed in body["embeds"]]

    def _ask(self, interaction: discord.Interaction[Any], text: str, *, shown: bool) -> Ask:
        guild = str(interaction.guild_id) if interaction.guild_id is not None else ""
        member = str(interaction.user.id)
        groups = tuple(str(role.id) for role in interaction.user.roles) if isinstance(interaction.user, discord.Member) else ()
        may = interaction.permissions
        admin = bool(guild) and (may.manage_guild or may.administrator)
        parent = getattr(interaction.channel, "parent_id", None)
        return Ask(
            platform=Platform.DISCORD,
            workspace_id=guild,
            channel_id=str(interaction.channel_id) if interaction.channel_id is not None else None,
            within=str(parent) if parent is not None else None,
            member=member,
            role=self._commands.role(platform=Platform.DISCORD, workspace_id=guild, member=member, groups=groups, admin=admin),
            text=text,
            shown=shown,
        )


async def _through(call: Callable[[], Awaitable[object]]) -> None:
    """Make a call that does no harm twice, and make it once more if its answer got lost.

    Raises:
        discord.HTTPException: Discord refused it, or did not take it the second time either.
        aiohttp.ClientError: the line broke twice; also OSError.
    """
    try:
        await call()
    except _LOST as error:
        if not isinstance(error, aiohttp.ClientError | OSError | discord.DiscordServerError):
            raise
        await asyncio.sleep(PAUSE)
        await call()


def _subcommand(data: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Name and options of the subcommand, or None and nothing."""
    for option in data.get("options", ()):
        if option.get("type") == discord.AppCommandOptionType.subcommand.value:
            return option["name"], {entry["name"]: entry.get("value") for entry in option.get("options", ())}
    return None, {}


def _focused(data: dict[str, Any]) -> dict[str, Any]:
    """The option somebody is typing in."""
    for option in data.get("options", ()):
        for entry in option.get("options", ()):
            if entry.get("focused"):
                return dict(entry)
    return {}


def _word(error: BaseException) -> str:
    """What happened, without what was said: a type and Discord's code."""
    code = f" {error.code}" if isinstance(error, discord.HTTPException) else ""
    return f"{type(error).__name__}{code}"
