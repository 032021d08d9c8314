"""Asks Discord whether everything that is configured will work, and says in sentences what will not.

Promises: reads only, posts nothing, tells Discord nothing; no sentence holds a secret. Permissions are computed as Discord
computes them (docs.discord.com/developers/topics/permissions, seen 2026-11).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aiohttp

from bot.adapters.discord.fitting import unfitting
from bot.adapters.discord.library import discord, keep_quiet, point_at
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
from bot.config.settings import DiscordSettings
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

_WRONG_TOKEN = "Discord does not know this token. Reset it in the developer portal under Bot, and set WATCHLAMP_DISCORD_TOKEN."


async def check_online(settings: DiscordSettings, channels: Iterable[Channel]) -> tuple[str, ...]:
    """What will not work, one sentence each; nothing if all is well.

    Args:
        settings: token and addresses.
        channels: the configured channels; those of other platforms are left out.
    """
    keep_quiet()
    point_at(settings.api_url, settings.gateway_url)
    client = discord.Client(intents=discord.Intents(guilds=True), max_ratelimit_timeout=RATE_LIMIT_WAIT, http_trace=trace())
    try:
        try:
            async with asyncio.timeout(SECONDS):
                await client.login(settings.token.reveal() if settings.token is not None else "")
        except discord.LoginFailure:
            return (
                "Discord does not know this token. Reset it in the developer portal under Bot, and set WATCHLAMP_DISCORD_TOKEN.",
            )
        except (TimeoutError, discord.DiscordException, aiohttp.ClientError, OSError) as error:
            return (f"Discord could not be asked ({type(error).__name__}). Is this machine online?",)
        found = list(_application(client))
        wire = Wire(client)
        for channel in channels:
            if channel.platform is Platform.DISCORD:
                found += await _channel(wire, channel, str(client.application_id))
        return tuple(found)
    finally:
        await client.close()
        point_at(None, None)


def _application(client: discord.Client) -> Iterable[str]:
    application = client.application
    if application is not None and getattr(application, "interactions_endpoint_url", None):
        yield (
            "The application has an Interactions Endpoint URL, so that commands never reach this bot. "
            "Clear it in the developer portal under General Information."
        )


async def _channel(wire: Wire, channel: Channel, application_id: str) -> list[str]:
    try:
        told = await wire.call("GET", "/channels/{channel_id}", {"channel_id": channel.address})
    except CallError as error:
        return [_closed(channel, error, application_id)]
    if told.get("type") in _DIRECT:
        return []
    name = f'"{channel.id}" (#{plain(str(told.get("name", "")), 100)})'
    if told.get("type") == _CATEGORY:
        return [f"Channel {name} is a category. Take a channel in it."]
    try:
        guild, granted = await _granted(wire, told)
    except CallError as error:
        return [f"Channel {name}: its permissions could not be read ({_word(error)})."]
    return [*_lacking(name, told, granted), *unfitting(name, channel.settings, told, guild, granted)]


def _closed(channel: Channel, error: CallError, application_id: str) -> str:
    if error.code == UNKNOWN_CHANNEL:
        return (
            f'Channel "{channel.id}": there is no channel with the id {channel.address}. In Discord, switch on Developer Mode, '
            "right-click the channel and take Copy Channel ID."
        )
    if isinstance(error.cause, discord.Forbidden):
        return (
            f'Channel "{channel.id}": the bot cannot see the channel {channel.address}. Invite it to the server '
            f"({invitation(application_id)}), or allow it View Channel there."
        )
    return f'Channel "{channel.id}": Discord could not be asked ({_word(error)}).'


def _lacking(name: str, told: Mapping[str, Any], granted: int) -> Iterable[str]:
    kind = told.get("type")
    wanted = _IN_FORUM if kind in _FORUMS else _IN_THREAD if kind in _THREADS else ASKED
    lacking = [permission for permission in wanted if not granted & permission.bit]
    needed = [permission for permission in lacking if permission not in _NEED_NOT or kind in _FORUMS | _THREADS]
    if needed:
        yield f"Channel {name}: the bot may not {_named(needed)}. Allow it under Edit Channel, Permissions."
    if rest := [permission for permission in lacking if permission not in needed]:
        yield (
            f"Channel {name}: the bot may not {_named(rest)}; what is new about a story will stand beside its message, "
            "not in a thread under it."
        )


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
