"""Routes of the application itself: who am I, which gateway, which commands, which guilds."""

from __future__ import annotations

from typing import Any

from . import checks
from .ask import Answer, Ask, route
from .errors import Refused
from .world import Guild, User

DAILY_CREATES = 200
"""New command names a day and place (interactions/application-commands, error 30034)."""


def me(api: Any) -> dict[str, Any]:
    """The application's own account, as it sees itself."""
    user: User = api.world.me
    return user.payload() | {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


@route("GET", "/users/@me")
async def own_account(api: Any, ask: Ask) -> Answer:
    return Answer(me(api))


def _application(api: Any) -> dict[str, Any]:
    return {
        "id": api.world.me.id,
        "name": api.world.me.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": api.world.me.payload(),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": api.world.owner.payload(),
        "approximate_guild_count": len(api.world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
        **api.application,
    }


@route("GET", "/oauth2/applications/@me")
async def own_application_oauth2(api: Any, ask: Ask) -> Answer:
    return Answer(_application(api))


@route("GET", "/applications/@me")
async def own_application(api: Any, ask: Ask) -> Answer:
    return Answer(_application(api))


@route("GET", "/gateway")
async def gateway(api: Any, ask: Ask) -> Answer:
    return Answer({"url": api.gateway_url})


@route("GET", "/gateway/bot")
async def gateway_bot(api: Any, ask: Ask) -> Answer:
    gateway = api.gateway
    return Answer({"url": api.gateway_url, "shards": gateway.shards, "session_start_limit": gateway.start_limit})


# ---------------------------------------------------------------- guilds


def guild_of(api: Any, ask: Ask) -> Guild:
    """The guild of the path, if the application is in it."""
    guild: Guild | None = api.world.guilds.get(ask.parameters["guild_id"])
    if guild is None:
        raise Refused(10004)
    if api.world.me.id not in guild.members:
        raise Refused(50001)
    return guild


def guild_payload(guild: Guild) -> dict[str, Any]:
    """A guild as GET prints it."""
    return {
        "id": guild.id,
        "name": guild.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": guild.owner.id,
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": guild.system_channel.id if guild.system_channel else None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role.payload() for role in guild.roles.values()],
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def member_payload(guild: Guild, user: User) -> dict[str, Any]:
    """A member of a guild."""
    return {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": list(guild.members[user.id]),
        "user": user.payload(),
        "mute": False,
        "deaf": False,
    }


@route("GET", "/guilds/{guild_id}")
async def guild(api: Any, ask: Ask) -> Answer:
    return Answer(guild_payload(guild_of(api, ask)))


@route("GET", "/guilds/{guild_id}/channels")
async def guild_channels(api: Any, ask: Ask) -> Answer:
    return Answer([channel.payload() for channel in guild_of(api, ask).channels.values() if not channel.gone])


@route("GET", "/guilds/{guild_id}/roles")
async def guild_roles(api: Any, ask: Ask) -> Answer:
    return Answer([role.payload() for role in guild_of(api, ask).roles.values()])


@route("GET", "/guilds/{guild_id}/members/{user_id}")
async def guild_member(api: Any, ask: Ask) -> Answer:
    place = guild_of(api, ask)
    user = api.world.users.get(ask.parameters["user_id"])
    if user is None:
        raise Refused(10013)
    if user.id not in place.members:
        raise Refused(10007)
    return Answer(member_payload(place, user))


@route("GET", "/users/@me/guilds")
async def own_guilds(api: Any, ask: Ask) -> Answer:
    return Answer(
        [
            {
                "id": place.id,
                "name": place.name,
                "icon": None,
                "banner": None,
                "owner": False,
                "permissions": str(place.base(api.world.me)),
                "features": [],
            }
            for place in api.world.guilds.values()
        ]
    )


# ---------------------------------------------------------------- commands


def _place(api: Any, ask: Ask) -> str | None:
    """The guild whose commands are meant, or None for the global ones."""
    if ask.parameters["application_id"] != api.world.me.id:
        raise Refused(20012)
    guild_id = ask.parameters.get("guild_id")
    if guild_id is not None:
        guild_of(api, ask)
        api.commands.setdefault(guild_id, [])
    return guild_id


def _registered(api: Any, command: dict[str, Any], place: str | None, before: dict[str, Any] | None) -> dict[str, Any]:
    permissions = command.get("default_member_permissions")
    printed = {
        "type": 1,
        "description": "",
        **command,
        "id": before["id"] if before else api.world.snowflake(),
        "application_id": api.world.me.id,
        "version": api.world.snowflake(),
        "default_member_permissions": None if permissions is None else str(permissions),
    }
    if place is not None:
        printed["guild_id"] = place
        printed.pop("integration_types", None)
        printed["contexts"] = None
    else:
        printed["integration_types"] = command.get("integration_types") or [0]
        printed["contexts"] = command.get("contexts") or [0, 1]
    return printed


def _key(command: dict[str, Any]) -> tuple[int, str]:
    return command.get("type") or 1, command["name"]


def _replace(api: Any, place: str | None, wanted: list[dict[str, Any]]) -> None:
    """Make ``wanted`` the commands of a place; only names that were not there before count to the daily limit."""
    Ask.refuse(checks.commands(wanted))
    before = {_key(command): command for command in api.commands[place]}
    created = api.created_commands.get(place, 0) + sum(_key(command) not in before for command in wanted)
    if created > DAILY_CREATES:
        raise Refused(30034, retry_after=86_400.0)
    api.created_commands[place] = created
    api.commands[place] = [_registered(api, command, place, before.get(_key(command))) for command in wanted]


async def _overwrite(api: Any, ask: Ask) -> Answer:
    place = _place(api, ask)
    if not isinstance(ask.body, list):
        raise Refused(50035, problems=[((), "a list of commands is needed")])
    _replace(api, place, ask.body)
    return Answer(api.commands[place])


async def _list(api: Any, ask: Ask) -> Answer:
    return Answer(api.commands[_place(api, ask)])


async def _upsert(api: Any, ask: Ask) -> Answer:
    place = _place(api, ask)
    body = ask.body or {}
    known = {_key(command): command for command in api.commands[place]}
    Ask.refuse(checks.commands([body]))
    status = 200 if _key(body) in known else 201
    before = known.pop(_key(body), None)
    if before is None:
        api.created_commands[place] = api.created_commands.get(place, 0) + 1
        if api.created_commands[place] > DAILY_CREATES:
            raise Refused(30034, retry_after=86_400.0)
    registered = _registered(api, body, place, before)
    api.commands[place] = [*known.values(), registered]
    return Answer(registered, status)


def _command_of(api: Any, ask: Ask) -> tuple[str | None, dict[str, Any]]:
    place = _place(api, ask)
    for command in api.commands[place]:
        if command["id"] == ask.parameters["command_id"]:
            return place, command
    raise Refused(10063)


async def _read(api: Any, ask: Ask) -> Answer:
    return Answer(_command_of(api, ask)[1])


async def _delete(api: Any, ask: Ask) -> Answer:
    place, command = _command_of(api, ask)
    api.commands[place].remove(command)
    return Answer(status=204)


for _base in ("/applications/{application_id}/commands", "/applications/{application_id}/guilds/{guild_id}/commands"):
    route("PUT", _base)(_overwrite)
    route("GET", _base)(_list)
    route("POST", _base)(_upsert)
    route("GET", _base + "/{command_id}")(_read)
    route("DELETE", _base + "/{command_id}")(_delete)
