"""What ``check --online`` asks Slack: tokens, scopes, channels, and whether it would take our blocks.

Promises: nothing is posted and nothing is changed; every trouble is one sentence that says what to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import UTC, datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.connection import build_client, build_session
from bot.adapters.slack.manifest import SCOPES
from bot.adapters.slack.notifier import DEADLINE, error_code, granted_scopes
from bot.adapters.slack.render import message_payload
from bot.config.secret import SLACK_APP_TOKEN, SLACK_BOT_TOKEN, Secret
from bot.config.settings import SlackSettings
from bot.core.model import Action, Channel, Platform, StoryMessage

_INVITE = "in Slack, type /invite @Watchlamp in it"
SAMPLE = StoryMessage(
    story_id="s0000000000",
    headline="Harbour City council votes to end licence-plate reader contract",
    url="https://harbourledger.example/plates",
    host="harbourledger.example",
    sentences=("The council voted 6-3 on Tuesday night to let the contract lapse on 30 June.",),
    outlet="Harbour Ledger",
    published=datetime(2026, 3, 10, 21, 40, tzinfo=UTC),
    rules=(("plates", "plate readers"),),
    matched=("licence-plate reader",),
)


async def check_online(settings: SlackSettings, channels: Iterable[Channel], *, proxy: str | None = None) -> tuple[str, ...]:
    """Sentences of trouble; none if all is well.

    Args:
        settings: of the file.
        channels: the configured ones; those of other platforms are left out.
        proxy: address of an HTTP proxy, or None.
    """
    client = build_client(settings, proxy=proxy, token=settings.bot_token)
    client.session = build_session()
    try:
        return tuple(await _troubles(client, settings, [one for one in channels if one.platform is Platform.SLACK]))
    finally:
        await client.session.close()


async def _troubles(client: AsyncWebClient, settings: SlackSettings, channels: list[Channel]) -> list[str]:
    answer, code = await _asked(client.auth_test())
    if code == "unreachable":
        return [f"Slack cannot be reached at {client.base_url}: check the network, and slack.base_url if it is set."]
    if code is not None:
        return [
            f"Slack refuses the bot token ({code}): copy it again from the app's page, OAuth & Permissions, into {SLACK_BOT_TOKEN}."
        ]
    scopes = granted_scopes(answer.headers) or frozenset()
    troubles = []
    missing = sorted(set(SCOPES) - scopes)
    if missing:
        told = ", ".join(f"{scope} (to {SCOPES[scope]})" for scope in missing)
        troubles.append(f"The Slack app lacks {told}: paste the output of watchlamp manifest slack into it and install it again.")
    if settings.mode == "socket" and settings.app_token is not None:
        troubles += await _app_token(client, settings.app_token)
    for channel in channels:
        troubles += await _channel(client, channel, scopes)
    troubles += await _blocks(client)
    return troubles


async def _app_token(client: AsyncWebClient, token: Secret) -> list[str]:
    _, code = await _asked(client.apps_connections_open(app_token=token.reveal()))
    if code is None:
        return []
    made = "make one with the scope connections:write on the app's page, Basic Information"
    return [
        f"Slack opens no socket with the app token ({code}): {made}, and put it into {SLACK_APP_TOKEN}; Socket Mode must be on."
    ]


async def _channel(client: AsyncWebClient, channel: Channel, scopes: frozenset[str]) -> list[str]:
    if channel.address.startswith("D"):
        return []
    name = f"Channel {channel.id} ({channel.address})"
    if not scopes & {"channels:read", "groups:read"}:
        return [
            f"{name} was not checked: that needs the optional scopes channels:read and groups:read. Type /watch test in it instead."
        ]
    answer, code = await _asked(client.conversations_info(channel=channel.address))
    if code in {"channel_not_found", "missing_scope"}:
        return [f"{name} is not there, or is private and the bot is not in it: check the id, and {_INVITE}."]
    if code is not None:
        return [f"{name} could not be checked: Slack answered {code}."]
    told: Any = answer["channel"]
    if told.get("is_archived"):
        return [f"{name} is archived: unarchive it, or choose another."]
    troubles = [] if told.get("is_member") else [f"The bot is not in {name[0].lower()}{name[1:]}: {_INVITE}."]
    if told.get("is_ext_shared"):
        troubles.append(f"{name} is shared with another organisation: its people will read every alert and its rule.")
    return troubles


async def _blocks(client: AsyncWebClient) -> list[str]:
    payload = message_payload(SAMPLE, Action.POST, timezone="UTC", now=datetime(2026, 3, 11, tzinfo=UTC))
    _, code = await _asked(client.blocks_validate(blocks=payload["blocks"]))
    if code in {None, "unknown_method"}:
        return []
    return [f"Slack would refuse our messages ({code}): please report this with the version of Watchlamp."]


async def _asked(call: Awaitable[Any]) -> tuple[Any, str | None]:
    """The answer, or Slack's code for why there is none (``unreachable`` where Slack said nothing)."""
    try:
        async with asyncio.timeout(DEADLINE):
            return await call, None
    except SlackApiError as error:
        return None, error_code(getattr(error.response, "data", None)) or "unreachable"
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError, AttributeError):
        return None, "unreachable"
