"""Answers an interaction through discord.py: at once, after a wait, with a form, in place of what was pressed.

Promises: what is said is a body made by the pure parts, word for word; a call whose answer got lost is made once more, for done
twice it shows once; discord.py keeps nothing of what was shown (buttons work by what stands in them, also after a restart).
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import aiohttp

from bot.adapters.discord.answers import picture_name
from bot.adapters.discord.components import Body
from bot.adapters.discord.escape import words
from bot.adapters.discord.library import discord
from bot.adapters.discord.limits import CHOICE_NAME, COMMAND_CHOICES, units
from bot.commands.reply import Picture
from bot.commands.suggest import Choice

PAUSE = 1.0
"""Seconds until an answer that got lost is sent once more; an interaction's token lives for fifteen minutes
(docs.discord.com/developers/interactions/receiving-and-responding, seen 2026-11). The library itself waits out limits."""
FIRST_PAUSE = 0.2
"""The same for an acknowledgement, which Discord waits three seconds for (same page)."""
DIRECT_SECONDS = 20.0
"""Seconds that a direct message may take, limits and the library's repeats included."""
FAULT_OF_DISCORD = 500
"""Status from which on nobody knows what was done."""
LOST = (discord.DiscordException, aiohttp.ClientError, OSError)
"""What answering can meet: an interaction that is too old or acknowledged already, a broken line."""
_ACKNOWLEDGED = 40_060
"""Discord's code for an interaction that was answered already: by the first try, whose answer got lost
(docs.discord.com/developers/topics/opcodes-and-status-codes)."""

Interaction = discord.Interaction[Any]


class _Rows(discord.ui.View):
    """Rows of buttons as they are; nobody waits for them."""

    def __init__(self, rows: list[Body]) -> None:
        super().__init__(timeout=None)
        self._shown = rows
        self.stop()

    def to_components(self) -> list[Body]:
        return self._shown


class _Modal(discord.ui.Modal):
    """A modal as it is; nobody waits for it."""

    def __init__(self, data: Body) -> None:
        super().__init__(title=str(data["title"]), custom_id=str(data["custom_id"]))
        self._shown = data
        self.stop()

    def to_dict(self) -> Body:
        return self._shown


async def say(interaction: Interaction, body: Body, *, private: bool, picture: Picture | None = None) -> None:
    """Answer an interaction that was not acknowledged yet, with a message."""
    await _first(lambda: interaction.response.send_message(**parts(body, picture, "files"), ephemeral=private))


async def say_in_place(interaction: Interaction, body: Body, picture: Picture | None = None) -> None:
    """Answer the press of a button by changing the message that it stands in."""
    await _first(lambda: interaction.response.edit_message(**parts(body, picture, "attachments")))


async def open_form(interaction: Interaction, data: Body) -> None:
    """Answer an interaction that was not acknowledged yet, with a modal."""
    await _first(lambda: interaction.response.send_modal(_Modal(data)))


async def ask_to_wait(interaction: Interaction, *, private: bool, in_place: bool) -> None:
    """Acknowledge an interaction; the answer follows."""
    if in_place:
        await _first(interaction.response.defer)
    else:
        await _first(lambda: interaction.response.defer(ephemeral=private, thinking=True))


async def say_later(interaction: Interaction, body: Body, picture: Picture | None = None) -> None:
    """Put the answer where the person was asked to wait."""
    await _through(lambda: interaction.edit_original_response(**parts(body, picture, "attachments")))


async def say_meanwhile(interaction: Interaction, body: Body) -> None:
    """Put something where the answer will stand. Made once: the answer comes soon."""
    await interaction.edit_original_response(**parts(body, None, "attachments"))


async def say_aside(interaction: Interaction, body: Body, picture: Picture | None = None) -> None:
    """Take away what everybody sees, and tell the person alone."""
    with contextlib.suppress(discord.NotFound):  # a lost answer to the first try may have taken it away
        await _through(interaction.delete_original_response)
    await _through(lambda: interaction.followup.send(**parts(body, picture, "files"), ephemeral=True))


async def say_directly(interaction: Interaction, body: Body) -> None:
    """Send something to the direct messages of who acted.

    The interaction's number goes along as nonce, so that a call which the library repeats by itself makes no second message.

    Raises:
        discord.HTTPException: Discord refused it, or did not take it; also the other LOST.
        TimeoutError: no answer in time.
        ValueError: an answer that cannot be read.
    """
    async with asyncio.timeout(DIRECT_SECONDS):
        await interaction.user.send(**parts(body, None, "files"), nonce=interaction.id)


async def offer(interaction: Interaction, choices: Iterable[Choice]) -> None:
    """Answer what is being typed with what may be meant; a value without room cannot be chosen."""
    fitting = [one for one in choices if 0 < units(one.value) <= CHOICE_NAME][:COMMAND_CHOICES]
    made = [discord.app_commands.Choice(name=words(one.label, CHOICE_NAME) or one.value, value=one.value) for one in fitting]
    await _first(lambda: interaction.response.autocomplete(made))


def parts(body: Body, picture: Picture | None, files: str) -> dict[str, Any]:
    """A body as discord.py takes it. A file is made anew for every call, which reads it to its end.

    Args:
        body: made by the pure parts.
        picture: a file beside it, or None.
        files: what the call names it: ``files`` of a new message, ``attachments`` of one that is changed.
    """
    rows = body.get("components") or []
    told: dict[str, Any] = {"embeds": [discord.Embed.from_dict(embed) for embed in body["embeds"]]}
    if rows or files == "attachments":
        told["view"] = _Rows(rows) if rows else None
    if picture is not None:
        told[files] = [discord.File(io.BytesIO(picture.png), picture_name(picture), description=picture.words[:_ALT] or None)]
    return told


_ALT = 1_024
"""Characters of a picture's description (docs.discord.com/developers/resources/message, attachment object)."""


async def _first(call: Callable[[], Awaitable[object]]) -> None:
    """Acknowledge an interaction, and once more if nobody knows whether that arrived.

    Raises:
        discord.HTTPException: Discord refused it, or did not take it the second time either; also the other LOST.
    """
    try:
        await call()
    except LOST as error:
        if not _is_unknown(error):
            raise
        await asyncio.sleep(FIRST_PAUSE)
        try:
            await call()
        except discord.HTTPException as again:
            if again.code != _ACKNOWLEDGED:
                raise


async def _through(call: Callable[[], Awaitable[object]]) -> None:
    """Make a call that does no harm twice, and make it once more if its answer got lost.

    Raises:
        discord.HTTPException: Discord refused it, or did not take it the second time either.
        aiohttp.ClientError: the line broke twice; also OSError.
    """
    try:
        await call()
    except LOST as error:
        if not _is_unknown(error):
            raise
        await asyncio.sleep(PAUSE)
        await call()


def _is_unknown(error: BaseException) -> bool:
    """Whether a call may have been carried out or may be in a moment."""
    return isinstance(error, aiohttp.ClientError | OSError | discord.DiscordServerError)
