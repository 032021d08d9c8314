"""What we said in a Slack channel since some moment, read from its history once and remembered.

Promises: a message is recognised by the delivery's number in its metadata, and else by the link it was about, never twice; of a
channel that cannot be read to that moment nothing is claimed. Reads only; never decides what follows, logs no word of a message.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.deliveries import Action, Delivery, Outcome, Receipt
from bot.core.messages import StoryMessage

PAGE = 200
"""Messages a page: the most Slack recommends (docs.slack.dev/apis/web-api/pagination, seen 2026-11)."""
PAGES = 60
"""A channel in which more than some ten thousand messages were written since is not read to its end."""
LONGEST_PAUSE = 120.0
"""Seconds that Slack may ask us to wait between two pages; a longer wait is no answer now."""
_PASSING = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
"""Errors that Slack says with status 200 and that are over a moment later (docs.slack.dev/reference/methods, seen 2026-11)."""

_LINK = re.compile(r"<(https?://[^|>]+)\|")
_NOT_THERE = Receipt(Outcome.RETRY)
_NOT_NOW = Receipt(Outcome.UNKNOWN)

Messages = list[Mapping[str, Any]]


class Recall:
    """Remembers the histories it has read: what was said before now changes no more."""

    def __init__(
        self, client: AsyncWebClient, *, event_type: str, deadline: float, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """Nothing was read yet.

        Args:
            client: with the bot's token.
            event_type: of the metadata of our messages.
            deadline: seconds a call may last.
            pause: waits so many seconds.
        """
        self._client = client
        self._event_type = event_type
        self._deadline = deadline
        self._pause = pause
        self._read: dict[tuple[str, str | None, datetime], Messages | None] = {}

    async def find(
        self, delivery: Delivery, place: tuple[str, str | None], since: datetime, payload: Mapping[str, Any], taken: Collection[str]
    ) -> Receipt | None:
        """Whether a message like a delivery's stands in a place since then; see ``Recaller``.

        Args:
            delivery: what is looked for.
            place: the channel, and the message whose thread it is, or None.
            since: nothing before is looked at.
            payload: the delivery's message as it would be sent.
            taken: references of messages that belong to other deliveries.

        Raises:
            SlackApiError, TimeoutError and others of the client: Slack does not answer.
        """
        address, thread = place
        key = (address, thread, since)
        if key not in self._read:
            self._read[key] = await self._ours(address, thread, since)
        said = self._read[key]
        if said is None:
            return None
        free = [one for one in said if f"{address}/{one['ts']}" not in taken]
        return recognised(delivery, address, payload, free)

    async def _ours(self, address: str, thread: str | None, since: datetime) -> Messages | None:
        """Our own messages in a place since then; None if it may not be read, or not to its end."""
        asked: dict[str, Any] = {"oldest": f"{since.timestamp():.6f}", "limit": PAGE, "include_all_metadata": True}
        found: Messages = []
        for _ in range(PAGES):
            page = await self._page(address, thread, asked)
            if page is None:
                return None
            found += [one for one in page["messages"] if (one.get("metadata") or {}).get("event_type") == self._event_type]
            asked["cursor"] = (page.get("response_metadata") or {}).get("next_cursor")
            if not asked["cursor"]:
                return found
        return None

    async def _page(self, address: str, thread: str | None, asked: Mapping[str, Any]) -> Any:
        while True:
            try:
                async with asyncio.timeout(self._deadline):
                    if thread is None:
                        return await self._client.conversations_history(channel=address, **asked)
                    return await self._client.conversations_replies(channel=address, ts=thread, **asked)
            except SlackApiError as error:
                code = error.response.get("error") if isinstance(error.response.data, dict) else None
                if code == "thread_not_found":
                    return {"messages": []}
                if code in {"ratelimited", "rate_limited"}:
                    wait = float(error.response.headers.get("Retry-After", LONGEST_PAUSE))
                    if wait < LONGEST_PAUSE:
                        await self._pause(wait)
                        continue
                    raise
                if isinstance(code, str) and code not in _PASSING and error.response.status_code < 500:
                    return None  # not a member, no scope, no such channel: asked again it says the same
                raise


def recognised(delivery: Delivery, address: str, payload: Mapping[str, Any], said: Iterable[Mapping[str, Any]]) -> Receipt:
    """Which of our messages is a delivery's: by its number if it is about the same link, else by the link alone."""
    ours = _about(payload)
    listed = False
    for by_number in (True, False):
        for one in said:
            theirs = _about(one)
            ref = f"{address}/{one['ts']}"
            numbered = (one["metadata"].get("event_payload") or {}).get("delivery") == delivery.id
            if by_number:
                if numbered and (theirs[:1] == ours[:1] or not delivery.below):
                    return Receipt(Outcome.ACCEPTED, message_ref=ref)
            elif ours and len(theirs) == 1 and _begins(one) == _begins(payload) and theirs == ours and _by_link(delivery):
                return Receipt(Outcome.ACCEPTED, message_ref=ref)
            elif isinstance(delivery.message, StoryMessage) and len(theirs) > 1 and ours and ours[0] in theirs:
                listed = True
    return Receipt(Outcome.ACCEPTED) if listed else _NOT_THERE


def _by_link(delivery: Delivery) -> bool:
    """Whether a link tells it: a reminder has the link of its story, so it goes by its number alone."""
    return delivery.action in (Action.POST, Action.REPLY)


def _about(message: Mapping[str, Any]) -> list[str]:
    """The links of a message's sections, in order, each once."""
    texts = ((block.get("text") or {}).get("text", "") for block in message.get("blocks") or () if block.get("type") == "section")
    return list(dict.fromkeys(html.unescape(link) for text in texts for link in _LINK.findall(text)))


def _begins(message: Mapping[str, Any]) -> str:
    """What kind of message it is: a heading stands above the headline of an update, and above nothing else."""
    for block in message.get("blocks") or ():
        if block.get("type") == "section":
            first = str((block.get("text") or {}).get("text", "")).split("\n", 1)[0]
            return "" if "<http" in first else first
    return ""
