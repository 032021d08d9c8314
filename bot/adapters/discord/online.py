"""Asks Discord whether everything that is configured will work, and says what will not.

Promises: reads only, posts nothing, tells Discord nothing; no finding holds a secret. Permissions are computed as Discord
computes them (docs.discord.com/developers/topics/permissions, seen 2026-11).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import aiohttp

from bot.adapters.discord.fitting import unfitting
from bot.adapters.discord.library import STRANGE, discord, keep_quiet, point_at
from bot.adapters.discord.limits import RATE_LIMIT_WAIT
from bot.adapters.discord.manifest import (
    ADMINISTRATOR,
    ASKED,
    EMBED,
    HISTORY,
    IN_THREADS,
    SEND,
    THREADS,
    VIEW,
    Permission,
    invitation,
)
from bot.adapters.discord.receipts import UNKNOWN_CHANNEL
from bot.adapters.discord.wire import CallError, Wire, trace
from bot.config.secret import DISCORD_TOKEN
from bot.config.settings import DiscordSettings
from bot.core.findings import Code, Finding, clock_off, error, note, warning
from bot.core.model import Channel, Platform
from bot.text.inert import plain

SECONDS = 30.0
"""Longest a login may take here: a person waits."""

_CATEGORY, _FORUMS, _THREADS, _DIRECT = 4, frozenset({15, 16}), frozenset({10, 11, 12}), frozenset({1, 3})
"""Types of channels (docs.discord.com/developers/resources/channel)."""
_IN_FORUM = (VIEW, SEND, EMBED, IN_THREADS)
_IN_THREAD = (VIEW, EMBED, HISTORY, IN_THREADS)
_NEED_NOT = frozenset({THREADS, IN_THREADS})
"""Without these a message still arrives; what follows it stands beside it instead of in a thread."""

_INTENTS = {
    "Presence Intent": 1 << 12 | 1 << 13,
    "Server Members Intent": 1 << 14 | 1 << 15,
    "Message Content Intent": 1 << 18 | 1 << 19,
}
"""Flags of an application that asks for a privileged intent, in few servers or in many
(docs.discord.com/developers/resources/application, application flags, seen 2026-11)."""
_ENDPOINT = "https://discord.com/developers/applications"


async def check_online(
    settings: DiscordSettings, channels: Iterable[Channel], *, now: datetime | None = None, told_commands: bool = False
) -> tuple[Finding, ...]:
    """What will not work; nothing if all is well.

    Args:
        settings: token and addresses.
        channels: the configured channels; those of other platforms are left out.
        now: the present instant as this machine has it, to be held against Discord's; None for no such check.
        told_commands: a run has told Discord of the commands, so it should know some.
    """
    keep_quiet()
    point_at(settings.api_url, settings.gateway_url)
    dates: list[str] = []
    client = discord.Client(intents=discord.Intents(guilds=True), max_ratelimit_timeout=RATE_LIMIT_WAIT, http_trace=_dated(dates))
    try:
        try:
            async with asyncio.timeout(SECONDS):
                await client.login(settings.token.reveal() if settings.token is not None else "")
        except discord.LoginFailure:
            remedy = f"Reset it in the developer portal ({_ENDPOINT}), your application, Bot, and set {DISCORD_TOKEN}."
            return (error(Code.DISCORD_TOKEN, DISCORD_TOKEN, "Discord does not know this token.", remedy),)
        except (TimeoutError, discord.DiscordException, aiohttp.ClientError, OSError, *STRANGE) as away:
            said = f"Discord could not be asked ({type(away).__name__})."
            return (error(Code.DISCORD_UNREACHABLE, "discord", said, "Is this machine online?"),)
        found = [*clock_off("Discord", dates[-1] if dates else None, now), *_application(client)]
        wire = Wire(client)
        if told_commands:
            found += await _commands(wire, str(client.application_id))
        for channel in channels:
            if channel.platform is Platform.DISCORD:
                found += await _channel(wire, channel, str(client.application_id))
        return tuple(found)
    finally:
        await client.close()
        point_at(None, None)


def _dated(dates: list[str]) -> aiohttp.TraceConfig:
    """The trace that ``Wire`` needs, which also puts down when each answer says it was given."""

    async def ended(_: aiohttp.ClientSession, __: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
        if date := params.response.headers.get("Date"):
            dates.append(date)

    config = trace()
    config.on_request_end.append(ended)
    return config


def _application(client: discord.Client) -> Iterator[Finding]:
    application = client.application
    if application is None:
        return
    if application.interactions_endpoint_url:
        yield error(
            Code.DISCORD_ENDPOINT,
            "discord",
            "The application has an Interactions Endpoint URL, so that commands never reach this bot.",
            "Clear it in the developer portal under General Information.",
        )
    asked = [name for name, bits in _INTENTS.items() if application.flags.value & bits]
    if asked:
        told = asked[0] if len(asked) == 1 else f"{', '.join(asked[:-1])} and {asked[-1]}"
        yield warning(
            Code.DISCORD_INTENTS,
            "discord",
            f"The application asks for {told}: what members write or do is nothing Watchlamp needs.",
            "Switch it off in the developer portal under Bot, Privileged Gateway Intents.",
        )


async def _commands(wire: Wire, application_id: str) -> list[Finding]:
    try:
        known = await wire.call("GET", "/applications/{application_id}/commands", {"application_id": application_id})
    except CallError as refused:
        said = f"Which commands Discord knows could not be asked ({_word(refused)})."
        return [note(Code.DISCORD_NOT_CHECKED, "discord", said, "Try again in a minute.")]
    if known:
        return []
    remedy = "Stop the bot and start it again: it tells Discord of them. Then press Ctrl+R (Cmd+R) in Discord."
    return [error(Code.DISCORD_COMMANDS, "discord", "Discord knows none of the commands, so nobody is offered /watch.", remedy)]


async def _channel(wire: Wire, channel: Channel, application_id: str) -> list[Finding]:
    where = f"channels.{channel.id}"
    try:
        told = await wire.call("GET", "/channels/{channel_id}", {"channel_id": channel.address})
    except CallError as refused:
        return [_closed(channel, refused, application_id)]
    if told.get("type") in _DIRECT:
        return []
    name = f'"{channel.id}" (#{plain(str(told.get("name", "")), 100)})'
    if told.get("type") == _CATEGORY:
        return [error(Code.DISCORD_CHANNEL, where, f"Channel {name} is a category.", "Take a channel in it.")]
    try:
        guild, granted = await _granted(wire, told)
    except CallError as refused:
        said = f"Channel {name}: its permissions could not be read ({_word(refused)})."
        return [error(Code.DISCORD_NOT_CHECKED, where, said)]
    unfit = unfitting(name, channel.settings, told, guild, granted)
    return [*_lacking(where, name, told, granted), *(warning(Code.DISCORD_SETTING, where, sentence) for sentence in unfit)]


def _closed(channel: Channel, refused: CallError, application_id: str) -> Finding:
    where = f"channels.{channel.id}"
    if refused.code == UNKNOWN_CHANNEL:
        remedy = "In Discord, switch on Developer Mode, right-click the channel and take Copy Channel ID."
        said = f'Channel "{channel.id}": there is no channel with the id {channel.address}.'
        return error(Code.DISCORD_CHANNEL, where, said, remedy)
    if isinstance(refused.cause, discord.Forbidden):
        remedy = f"Invite it to the server ({invitation(application_id)}), or allow it View Channel there."
        said = f'Channel "{channel.id}": the bot cannot see the channel {channel.address}.'
        return error(Code.DISCORD_NOT_INVITED, where, said, remedy)
    return error(Code.DISCORD_NOT_CHECKED, where, f'Channel "{channel.id}": Discord could not be asked ({_word(refused)}).')


def _lacking(where: str, name: str, told: Mapping[str, Any], granted: int) -> Iterator[Finding]:
    kind = told.get("type")
    wanted = _IN_FORUM if kind in _FORUMS else _IN_THREAD if kind in _THREADS else ASKED
    lacking = [permission for permission in wanted if not granted & permission.bit]
    needed = [permission for permission in lacking if permission not in _NEED_NOT or kind in _FORUMS | _THREADS]
    if needed:
        said = f"Channel {name}: the bot may not {_named(needed)}."
        yield error(Code.DISCORD_PERMISSION, where, said, "Allow it under Edit Channel, Permissions.")
    if rest := [permission for permission in lacking if permission not in needed]:
        said = (
            f"Channel {name}: the bot may not {_named(rest)}; what is new about a story will stand beside its message, "
            "not in a thread under it."
        )
        yield warning(Code.DISCORD_PERMISSION, where, said, "Allow it under Edit Channel, Permissions, if you want threads.")


def _named(permissions: Sequence[Permission]) -> str:
    names = [permission.name for permission in permissions]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


async def _granted(wire: Wire, channel: Mapping[str, Any]) -> tuple[Mapping[str, Any], int]:
    """A channel's server, and the bot's permissions in it; a thread has those of the channel around it."""
    guild_id = str(channel.get("guild_id"))
    if channel.get("type") in _THREADS:
        channel = await wire.call("GET", "/channels/{channel_id}", {"channel_id": str(channel.get("parent_id"))})
    guild = await wire.call("GET", "/guilds/{guild_id}", {"guild_id": guild_id})
    member = await wire.call("GET", "/guilds/{guild_id}/members/{user_id}", {"guild_id": guild_id, "user_id": wire.own_id})
    return guild, permissions(guild, member.get("roles", ()), wire.own_id, channel.get("permission_overwrites") or ())


def permissions(guild: Mapping[str, Any], roles: Iterable[str], user_id: str, overwrites: Sequence[Mapping[str, Any]]) -> int:
    """A member's permissions in a channel, in Discord's documented order.

    Args:
        guild: as Discord describes it, with its roles.
        roles: ids of the member's roles.
        user_id: the member.
        overwrites: of the channel.
    """
    everyone = str(guild["id"])
    held = {everyone, *map(str, roles)}
    base = 0
    for role in guild.get("roles", ()):
        if str(role["id"]) in held:
            base |= int(role["permissions"])
    if base & ADMINISTRATOR or str(guild.get("owner_id")) == user_id:
        return ~0
    by_id = {str(entry["id"]): (int(entry["allow"]), int(entry["deny"])) for entry in overwrites}
    layers = [[everyone], sorted(held - {everyone}), [user_id]]
    for layer in layers:
        allow = deny = 0
        for number in layer:
            more_allow, more_deny = by_id.get(number, (0, 0))
            allow, deny = allow | more_allow, deny | more_deny
        base = base & ~deny | allow
    return base if base & VIEW.bit else 0


def _word(error: CallError) -> str:
    return f"code {error.code}" if error.code else type(error.cause).__name__
