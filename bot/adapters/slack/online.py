"""What ``check --online`` and ``doctor`` ask Slack: tokens, scopes, channels, its clock, and whether it would take our blocks.

Promises: nothing is posted and nothing is changed; every finding says what to do. What could not be checked, or only has to be
known, is a note: no mistake.
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
from bot.core.findings import Code, Finding, clock_off, error, note
from bot.core.messages import StoryMessage
from bot.core.model import Channel, Platform

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


async def check_online(
    settings: SlackSettings, channels: Iterable[Channel], *, proxy: str | None = None, now: datetime | None = None
) -> tuple[Finding, ...]:
    """What stands in the way, and notes beside it; no finding if all is well.

    Args:
        settings: of the file.
        channels: the configured ones; those of other platforms are left out.
        proxy: address of an HTTP proxy, or None.
        now: the present instant as this machine has it, to be held against Slack's; None for no such check.
    """
    client = build_client(settings, proxy=proxy, token=settings.bot_token)
    client.session = build_session()
    try:
        return tuple(await _findings(client, settings, [one for one in channels if one.platform is Platform.SLACK], now))
    finally:
        await client.session.close()


async def _findings(
    client: AsyncWebClient, settings: SlackSettings, channels: list[Channel], now: datetime | None
) -> list[Finding]:
    if settings.bot_token is None and settings.installing is not None:  # every token is that of a workspace which installed the app
        app = [] if settings.app_token is None else await _app_token(client, settings.app_token)
        return [*app, *await _blocks(client)]
    answer, code = await _asked(client.auth_test())
    if code == "unreachable":
        remedy = "Check the network, and slack.base_url if it is set."
        return [error(Code.SLACK_UNREACHABLE, "slack", f"Slack cannot be reached at {client.base_url}.", remedy)]
    if code in RETRIED | UNKNOWN:
        said = f"Slack does not answer at present ({code}): nothing was checked."
        return [error(Code.SLACK_BUSY, "slack", said, "Try again in a minute.")]
    if code is not None:
        remedy = f"Copy it again from the app's page, OAuth & Permissions, into {SLACK_BOT_TOKEN}; after Reinstall it is a new one."
        return [error(Code.SLACK_TOKEN, SLACK_BOT_TOKEN, f"Slack refuses the bot token ({code}).", remedy)]
    headers = {name.lower(): value for name, value in answer.headers.items()}
    found = list(clock_off("Slack", headers.get("date"), now))
    scopes = granted_scopes(answer.headers) or frozenset()
    missing = sorted(set(SCOPES) - scopes)
    if missing:
        told = ", ".join(f"{scope} (to {SCOPES[scope]})" for scope in missing)
        remedy = (
            "On the app's page, App Manifest, paste the output of `watchlamp manifest slack`, save, then Install App, "
            "Reinstall to Workspace."
        )
        found.append(error(Code.SLACK_SCOPES, "slack", f"The Slack app lacks {told}.", remedy))
    if settings.mode == "socket" and settings.app_token is not None:
        found += await _app_token(client, settings.app_token)
    for channel in channels:
        if channel.address.startswith("D"):  # a conversation with the bot, which is there as long as the person is
            continue
        found += await _channel(client, channel, scopes)
    found += await _blocks(client)
    return found


async def _app_token(client: AsyncWebClient, token: Secret) -> list[Finding]:
    _, code = await _asked(client.apps_connections_open(app_token=token.reveal()))
    if code is None:
        return []
    if code == "unreachable" or code in RETRIED | UNKNOWN:
        said = f"Slack does not say whether it would open a socket with the app token ({code})."
        return [note(Code.SLACK_BUSY, SLACK_APP_TOKEN, said, "Try again in a minute.")]
    remedy = (
        "On the app's page, Basic Information, App-Level Tokens, make one with the scope connections:write and put it into "
        f"{SLACK_APP_TOKEN}; Socket Mode must be on."
    )
    return [error(Code.SLACK_APP_TOKEN, SLACK_APP_TOKEN, f"Slack opens no socket with the app token ({code}).", remedy)]


async def _channel(client: AsyncWebClient, channel: Channel, scopes: frozenset[str]) -> list[Finding]:
    where = f"channels.{channel.id}"
    name = f"Channel {channel.id} ({channel.address})"
    missing = sorted(_READING.keys() - scopes)
    if len(missing) == len(_READING):
        said = f"{name} was not checked: that needs the scopes {' and '.join(missing)}."
        return [note(Code.SLACK_NOT_CHECKED, where, said, "Type /watch test in it.")]
    answer, code = await _asked(client.conversations_info(channel=channel.address))
    if code in {"channel_not_found", "missing_scope"}:
        if not missing:
            said = f"{name} is not there: the id is wrong or of another workspace, or it is private and the bot is not in it."
            return [error(Code.SLACK_CHANNEL, where, said, f"Check the id; {_INVITE}.")]
        needed = f"if it is a {_READING[missing[0]]} channel, that needs the scope {missing[0]}"
        remedy = f"Type /watch test in it; if nothing appears, check the id; {_INVITE}."
        return [note(Code.SLACK_NOT_CHECKED, where, f"{name} was not checked: {needed}.", remedy)]
    if code is not None:
        said = f"{name} could not be checked: Slack answered {code}."
        return [note(Code.SLACK_NOT_CHECKED, where, said, "Try again in a minute.")]
    told: Any = answer["channel"]
    if told.get("is_archived"):
        return [error(Code.SLACK_ARCHIVED, where, f"{name} is archived.", "Unarchive it, or choose another.")]
    found = []
    if not told.get("is_member"):
        said = f"The bot is not in {name[0].lower()}{name[1:]}."
        found.append(error(Code.SLACK_NOT_INVITED, where, said, f"{_INVITE[0].upper()}{_INVITE[1:]}."))
    if told.get("is_ext_shared"):
        said = f"{name} is shared with another organisation: its people will read every alert and its rule."
        found.append(note(Code.SLACK_SHARED, where, said))
    return found


async def _blocks(client: AsyncWebClient) -> list[Finding]:
    now = datetime(2026, 3, 11, tzinfo=UTC)
    payload = message_payload(SAMPLE, Action.POST, timezone="UTC", now=now, commands=("why", "vote", "remind", "more"))
    _, code = await _asked(client.blocks_validate(blocks=payload["blocks"]))
    if code in {None, "unknown_method"}:
        return []
    if code == "unreachable" or code in RETRIED | UNKNOWN:
        said = f"Slack does not say whether it would take our messages ({code})."
        return [note(Code.SLACK_BUSY, "slack", said, "Try again in a minute.")]
    remedy = "Please report this with the version of Watchlamp."
    return [error(Code.SLACK_BLOCKS, "slack", f"Slack would refuse our messages ({code}).", remedy)]


async def _asked(call: Awaitable[Any]) -> tuple[Any, str | None]:
    """The answer, or Slack's code for why there is none (``unreachable`` where Slack said nothing)."""
    try:
        async with asyncio.timeout(DEADLINE):
            return await call, None
    except SlackApiError as refused:
        return None, error_code(getattr(refused.response, "data", None)) or "unreachable"
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError, AttributeError):
        return None, "unreachable"
