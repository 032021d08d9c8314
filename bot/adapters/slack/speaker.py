"""Answers the person who acted: through Slack's response URL, or by a message only that person sees.

Promises: one answer is one call, never repeated; nothing is raised, since nobody waits for it but the person; no address
and no text is logged.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.adapters.slack.answer import reply_payload
from bot.adapters.slack.listeners import Place
from bot.adapters.slack.notifier import DEADLINE, error_code
from bot.commands.reply import Reply
from bot.core.clock import Clock

ADMIN_FOR = 300.0
"""Seconds an answer to "who administers this workspace" is believed: who loses the right loses it soon here too."""
_FAULTS = (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError, AttributeError, TypeError, KeyError)

log = structlog.get_logger(__name__)


class SlackSpeaker:
    """Sends answers with the app's own client."""

    def __init__(self, client: AsyncWebClient, *, clock: Clock, timezone: str, logger: logging.Logger) -> None:
        """Build it.

        Args:
            client: with the bot's token and without retries.
            clock: tells the year where a date needs it, and how old an answer is.
            timezone: IANA name; times of stories are told by its wall clock.
            logger: for the SDK.
        """
        self._client = client
        self._clock = clock
        self._timezone = timezone
        self._logger = logger
        self._admins: dict[str, tuple[float, bool]] = {}
        self.may_ask_for_admins = False
        """Whether the scope ``users:read`` was granted."""

    async def say(self, place: Place, reply: Reply) -> None:
        """Show the reply to this person alone, or to the channel if it is not private."""
        payload = reply_payload(reply, timezone=self._timezone, now=self._clock.now())
        try:
            async with asyncio.timeout(DEADLINE):
                await self._send(place, reply, payload)
        except SlackApiError as error:
            log.warning("an answer was refused", error=error_code(getattr(error.response, "data", None)) or type(error).__name__)
        except _FAULTS as error:
            log.warning("an answer could not be sent", error=type(error).__name__)

    async def is_admin(self, user: str) -> bool:
        """Whether this member administers the workspace."""
        if not self.may_ask_for_admins:
            return False
        now = self._clock.monotonic()
        known = self._admins.get(user)
        if known is not None and now - known[0] < ADMIN_FOR:
            return known[1]
        try:
            async with asyncio.timeout(DEADLINE):
                answer = await self._client.users_info(user=user)
            told: Any = answer["user"]
            admin = bool(told.get("is_admin") or told.get("is_owner")) and not told.get("is_restricted", False)
        except _FAULTS as error:
            log.warning("Slack did not say who administers the workspace", error=type(error).__name__)
            return False
        if len(self._admins) > 10_000:
            self._admins.clear()
        self._admins[user] = (now, admin)
        return admin

    async def _send(self, place: Place, reply: Reply, payload: dict[str, Any]) -> None:
        if place.response_url is not None:
            await self._respond(place, reply, payload)
        elif place.direct or not reply.private:
            await self._client.chat_postMessage(channel=place.channel, thread_ts=place.thread, **payload)
        else:
            words = {"text": payload["text"], "blocks": payload["blocks"]}  # an ephemeral message has no previews to turn off
            await self._client.chat_postEphemeral(channel=place.channel, user=place.user, thread_ts=place.thread, **words)

    async def _respond(self, place: Place, reply: Reply, payload: dict[str, Any]) -> None:
        client = AsyncWebhookClient(
            str(place.response_url), timeout=int(DEADLINE), session=self._client.session, retry_handlers=[], logger=self._logger
        )
        client.proxy = self._client.proxy  # the SDK would take one from the environment
        body = {**payload, "response_type": "ephemeral" if reply.private else "in_channel", "replace_original": False}
        if place.thread is not None:
            body["thread_ts"] = place.thread
        answer = await client.send_dict(body)
        if answer.status_code != 200:
            log.warning("an answer was refused", status=answer.status_code)
