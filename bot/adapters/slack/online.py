"""What ``check --online`` asks Slack: tokens, scopes, channels, and whether it would take our blocks.

Promises: nothing is posted and nothing is changed; every trouble is one sentence that says what to do. What could not be
checked, or only has to be known, is a ``Note``: no mistake.
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
from bot.adapters.slack.errors import RETRIED, UNKNOWN
from bot.adapters.slack.manifest import SCOPES
from bot.adapters.slack.notifier import DEADLINE, error_code, granted_scopes
from bot.adapters.slack.render import message_payload
from bot.config.secret import SLACK_APP_TOKEN, SLACK_BOT_TOKEN, Secret
from bot.config.settings import SlackSettings
from bot.core.deliveries import Action
from bot.core.messages import StoryMessage
from bot.core.model import Channel, Platform


class Note(str):
    """A sentence to be told that is no trouble."""

    __slots__ = ()


_READING = {"channels:read": "public", "groups:read": "private"}
"""The scopes that let us look at a channel, with the kind of channel; an app made from an older manifest may lack them."""
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
    """Sentences of trouble, and notes (``Note``) beside them; no trouble if all is well.

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
    if code in RETRIED | UNKNOWN:
        return [f"Slack does not answer at present ({code}): nothing was checked. Try again in a minute."]
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
        if channel.address.startswith("D"):  # a conversation with the bot, which is there as long as the person is
            continue
        troubles += await _channel(client, channel, scopes)
    troubles += await _blocks(client)
    return troubles


async def _app_token(client: AsyncWebClient, token: Secret) -> list[str]:
    _, code = await _asked(client.apps_connections_open(app_token=token.reveal()))
    if code is None:
        return []
    if code == "unreachable" or code in RETRIED | UNKNOWN:
        return [Note(f"Slack does not say whether it would open a socket with the app token ({code}). Try again in a minute.")]
    made = "make one with the scope connections:write on the app's page, Basic Information"
    return [
        f"Slack opens no socket with the app token ({code}): {made}, and put it into {SLACK_APP_TOKEN}; Socket Mode must be on."
    ]


async def _channel(client: AsyncWebClient, channel: Channel, scopes: frozenset[str]) -> list[str]:
    name = f"Channel {channel.id} ({channel.address})"
    missing = sorted(_READING.keys() - scopes)
    if len(missing) == len(_READING):
        return [Note(f"{name} was not checked: that needs the scopes {' and '.join(missing)}. Type /watch test in it.")]
    answer, code = await _asked(client.conversations_info(channel=channel.address))
    if code in {"channel_not_found", "missing_scope"}:
        if not missing:
            return [f"{name} is not there, or is private and the bot is not in it: check the id, and {_INVITE}."]
        needed = f"if it is a {_READING[missing[0]]} channel, that needs the scope {missing[0]}"
        return [Note(f"{name} was not checked: {needed}. Type /watch test in it; if nothing appears, check the id, and {_INVITE}.")]
    if code is not None:
        return [Note(f"{name} could not be checked: Slack answered {code}. Try again in a minute.")]
    told: Any = answer["channel"]
    if told.get("is_archived"):
        return [f"{name} is archived: unarchive it, or choose another."]
    troubles = [] if told.get("is_member") else [f"The bot is not in {name[0].lower()}{name[1:]}: {_INVITE}."]
    if told.get("is_ext_shared"):
        troubles.append(Note(f"{name} is shared with another organisation: its people will read every alert and its rule."))
    return troubles


async def _blocks(client: AsyncWebClient) -> list[str]:
    now = datetime(2026, 3, 11, tzinfo=UTC)
    payload = message_payload(SAMPLE, Action.POST, timezone="UTC", now=now, commands=("why", "vote", "remind", "more"))
    _, code = await _asked(client.blocks_validate(blocks=payload["blocks"]))
    if code in {None, "unknown_method"}:
        return []
    if code == "unreachable" or code in RETRIED | UNKNOWN:
        return [Note(f"Slack does not say whether it would take our messages ({code}). Try again in a minute.")]
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
