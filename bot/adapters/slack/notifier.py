"""Sends deliveries to Slack and says what became of them.

Promises: one call makes at most one message; nothing is repeated here; whatever may or may not have arrived is ``unknown``;
a call is over after DEADLINE. Never logs or reports a token, an address or what Slack says in its own words: a detail is
one of Slack's error codes, a status, or the name of an exception.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.errors import CANNOT_EDIT, RETRIED, UNKNOWN, NoTokenError, scope_of
from bot.adapters.slack.recall import Recall
from bot.adapters.slack.render import message_payload
from bot.core.clock import Clock
from bot.core.deliveries import Action, Delivery, Outcome, Receipt, Scope
from bot.core.leased import must_be_ours
from bot.core.model import Channel, Platform

DEADLINE = 15.0
"""Seconds a call may last in all, connecting included (reliability: request deadline 15 s, lease 120 s)."""
EVENT_TYPE = "watchlamp_delivery"
"""``event_type`` of the metadata of our messages; the payload is the delivery's number and nothing else, since every app in
the channel may read it (docs.slack.dev/messaging/message-metadata, seen 2026-11)."""
LOOK_BACK = timedelta(minutes=2)
"""How far before a delivery was made its message is looked for: clocks go wrong little by little, and are put right so."""
LOOKS, BETWEEN_LOOKS = 2, 5.0
"""A message that is not there is looked for once more after so many seconds: an unanswered call may still be under way."""
PAGE = 15
"""Messages a page: the most Slack gives to apps outside its exemptions (docs.slack.dev/apis/web-api/rate-limits)."""
PAGES = 10
"""Pages that are read at most: where so much was said since, nobody can tell."""

_CODE = re.compile(r"[a-z0-9_]{1,60}")
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?")
_REF = re.compile(r"([A-Z0-9]+)/(\d{10}\.\d{6})")
_FAULTS = (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError, AttributeError, TypeError)
"""What a call may raise: Slack's and aiohttp's errors, and what the SDK stumbles over in an answer that is no answer."""
NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL, NoTokenError)
"""Refused, no such name, no trust, no connection in time, nothing to speak with: the request was never written."""


class SlackNotifier:
    """Posts, edits and replies through the Web API."""

    platform = Platform.SLACK

    def __init__(
        self,
        client: AsyncWebClient,
        clock: Clock,
        *,
        commands: Collection[str] = (),
        deadline: float = DEADLINE,
        between_looks: float = BETWEEN_LOOKS,
    ) -> None:
        """Build a notifier.

        Args:
            client: with the bot's token and without retries.
            clock: tells the year where a message's date needs it, and counts ``Retry-After`` given as a date.
            commands: names of the commands that are answered, so that a message offers no other.
            deadline: seconds a call may last.
            between_looks: seconds between two questions whether a message arrived.

        Raises:
            ValueError: the client repeats calls by itself, which would post twice.
        """
        if client.retry_handlers:
            raise ValueError("Slack's client must be built with retry_handlers=[]: its own retries post twice")
        self._client = client
        self._clock = clock
        self._commands = commands
        self._deadline = deadline
        self._between_looks = between_looks
        self._recall = Recall(client, event_type=EVENT_TYPE, deadline=deadline)
        self._learned = False
        self.scopes: frozenset[str] = frozenset()
        """What Slack has granted to the token, as the last answer to ``learn`` said."""
        self.token_refused = False
        """Whether Slack refused the token of a post since the start."""

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take the granted scopes from an answer's headers."""
        granted = granted_scopes(headers)
        self._learned = True
        self.scopes = self.scopes if granted is None else granted

    def grant(self, scopes: frozenset[str]) -> None:
        """Take the granted scopes as they are remembered."""
        self._learned = True
        self.scopes = scopes

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        """Make the one call of a delivery. The reference of a message is ``CHANNEL/TIMESTAMP``."""
        if delivery.message is None:
            return Receipt(Outcome.REJECTED, scope=Scope.CONTENT, detail="the delivery has no message any more")
        words = partial(
            message_payload,
            delivery.message,
            timezone=channel.settings.timezone,
            now=self._clock.now(),
            number=delivery.id,
            commands=self._commands,
            settings=channel.settings,
        )
        payload = words(delivery.action)
        if delivery.action is not Action.EDIT and not delivery.below:
            return await self._post(delivery, channel.address, payload)
        target = _REF.fullmatch(delivery.target_ref or "")
        if target is None:
            return Receipt(Outcome.REJECTED, scope=Scope.MESSAGE, detail="it names no message of Slack")
        if delivery.below:
            receipt = await self._post(delivery, target[1], payload, thread=target[2])
        else:
            receipt = await self._edit(target[1], target[2], payload)
            if receipt.detail in CANNOT_EDIT:
                more = words(Action.REPLY, update=True)
                receipt = await self._reply_instead(delivery, target[1], target[2], receipt.detail, more)
        if receipt.scope is Scope.CHANNEL and target[1] != channel.address:
            return replace(receipt, scope=Scope.MESSAGE)  # it is about where the message stands, not about where posts go now
        return receipt

    async def find(self, delivery: Delivery, channel: Channel) -> Receipt | None:
        """Whether a message of this delivery is in the channel; None where we may not read it or could not read far enough."""
        if delivery.action is Action.EDIT:
            return None
        target = _REF.fullmatch(delivery.target_ref or "") if delivery.below else None
        address = channel.address if target is None else target[1]
        if not self.scopes & _history_scopes(address):
            return None
        for look in range(LOOKS):
            if look:
                await asyncio.sleep(self._between_looks)
            found = await self._look(delivery, address, None if target is None else target[2])
            if found is None or found.outcome is Outcome.ACCEPTED:
                return found
        return Receipt(Outcome.RETRY, detail="it is not in the channel")

    async def recall(self, delivery: Delivery, channel: Channel, since: datetime, taken: Collection[str]) -> Receipt | None:
        """Whether a message like a delivery's was said since then, however long ago that is; None where we may not read it."""
        if delivery.message is None:
            return Receipt(Outcome.RETRY)
        if not self._learned:
            return Receipt(Outcome.UNKNOWN)
        target = _REF.fullmatch(delivery.target_ref or "") if delivery.below else None
        if delivery.below and target is None:
            return Receipt(Outcome.RETRY)
        place = (channel.address, None) if target is None else (target[1], target[2])
        if not self.scopes & _history_scopes(place[0]):
            return None
        zone, now = channel.settings.timezone, self._clock.now()
        payload = message_payload(delivery.message, delivery.action, timezone=zone, now=now, commands=self._commands)
        try:
            return await self._recall.find(delivery, place, since, payload, taken)
        except _FAULTS:
            return Receipt(Outcome.UNKNOWN)

    # ------------------------------------------------------------ the calls

    async def _post(self, delivery: Delivery, address: str, payload: dict[str, Any], *, thread: str | None = None) -> Receipt:
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"delivery": delivery.id}}
        must_be_ours()
        return await self._called(self._client.chat_postMessage(channel=address, thread_ts=thread, metadata=metadata, **payload))

    async def _edit(self, address: str, ts: str, payload: dict[str, Any]) -> Receipt:
        must_be_ours()
        return await self._called(self._client.chat_update(channel=address, ts=ts, text=payload["text"], blocks=payload["blocks"]))

    async def _reply_instead(self, delivery: Delivery, address: str, ts: str, why: str, payload: dict[str, Any]) -> Receipt:
        """Say below a message what it can no longer be edited to say."""
        reply = await self._post(delivery, address, payload, thread=ts)
        if reply.outcome is Outcome.UNKNOWN:
            # an edit in doubt is simply done again; this one would leave a second reply each time, so it ends here
            return Receipt(Outcome.REJECTED, scope=Scope.MESSAGE, detail=f"{why}; a reply instead got no answer")
        return reply

    async def _called(self, call: Awaitable[Any]) -> Receipt:
        try:
            async with asyncio.timeout(self._deadline):
                answer = await call
            return _accepted(answer.data)
        except NEVER_SENT as error:
            return Receipt(Outcome.RETRY, detail=type(error).__name__)
        except SlackApiError as error:
            return self._refused(error)
        except _FAULTS as error:
            return Receipt(Outcome.UNKNOWN, detail=type(error).__name__)

    def _refused(self, error: SlackApiError) -> Receipt:
        status, headers, data = _answer_of(error)
        code = error_code(data)
        if status == 429 or code in {"ratelimited", "rate_limited"}:
            return Receipt(Outcome.RETRY, retry_after=self._retry_after(headers), detail=code or "ratelimited")
        if code is None or status >= 500:
            return Receipt(Outcome.UNKNOWN, detail=code or f"status {status}")
        if code in UNKNOWN:
            return Receipt(Outcome.UNKNOWN, detail=code)
        if code in RETRIED:
            return Receipt(Outcome.RETRY, retry_after=self._retry_after(headers), detail=code)
        scope = scope_of(code)
        self.token_refused = self.token_refused or scope is Scope.TOKEN
        return Receipt(Outcome.REJECTED, scope=scope, detail=code)

    def _retry_after(self, headers: Mapping[str, str]) -> float | None:
        """Seconds to wait as the answer says them, a number or a date; None where it says nothing."""
        told = {name.lower(): value.strip() for name, value in headers.items()}
        given = told.get("retry-after", "")
        if _NUMBER.fullmatch(given):
            return max(0.0, float(given))
        until, since = _date(given), _date(told["date"]) if "date" in told else self._clock.now()
        return None if until is None or since is None else max(0.0, (until - since).total_seconds())

    async def _look(self, delivery: Delivery, address: str, thread: str | None) -> Receipt | None:
        """One look: accepted, retry (read far enough, not there), or None (not allowed, or too much to read).

        Slack is not asked for what is newer than some moment of ours: by a clock that is ahead of Slack's, nothing would be. A
        channel is read from its newest message back to what is older than the delivery by Slack's own clock, a thread from its
        beginning.
        """
        cursor: str | None = None
        for _ in range(PAGES):
            try:
                async with asyncio.timeout(self._deadline):
                    page = await self._page(address, thread, cursor)
                for message in page["messages"]:
                    if _is_of(message, delivery.id):
                        return Receipt(Outcome.ACCEPTED, message_ref=f"{address}/{message['ts']}")
                before = self._made_at(delivery, page.headers)
                if thread is None and before is not None and any(float(message["ts"]) < before for message in page["messages"]):
                    return Receipt(Outcome.RETRY)
                cursor = (page.get("response_metadata") or {}).get("next_cursor")
            except (*_FAULTS, KeyError, ValueError):
                return None
            if not cursor:
                return Receipt(Outcome.RETRY)
        return None

    def _made_at(self, delivery: Delivery, headers: Mapping[str, str]) -> float | None:
        """When a delivery was made at the earliest, by the clock of Slack, which an answer tells, as it dates its messages.

        None where nobody can tell: by our clock it is made only later, for that was set back since.
        """
        passed = self._clock.now() - delivery.created_at
        if passed < -LOOK_BACK:
            return None
        now = _date({name.lower(): value for name, value in headers.items()}.get("date", "")) or self._clock.now()
        return (now - max(passed, timedelta(0)) - LOOK_BACK).timestamp()

    async def _page(self, address: str, thread: str | None, cursor: str | None) -> Any:
        asked: dict[str, Any] = {"limit": PAGE, "include_all_metadata": True, "cursor": cursor}
        if thread is None:
            return await self._client.conversations_history(channel=address, **asked)
        return await self._client.conversations_replies(channel=address, ts=thread, **asked)


def granted_scopes(headers: Mapping[str, str]) -> frozenset[str] | None:
    """The scopes of the token as Slack tells them with every answer; None where it does not."""
    granted = {name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes")
    return None if granted is None else frozenset(scope.strip() for scope in granted.split(",") if scope.strip())


def _date(text: str) -> datetime | None:
    """A moment as a header says it; None for what is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def error_code(data: object) -> str | None:
    """Slack's code in an answer; None if the answer is none of Slack's."""
    code = data.get("error") if isinstance(data, Mapping) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def _answer_of(error: SlackApiError) -> tuple[int, Mapping[str, str], object]:
    """Status, headers and body; of an answer that was no JSON the SDK hands on aiohttp's own, which has no body any more."""
    answer = error.response
    if isinstance(answer, aiohttp.ClientResponse):
        return answer.status, answer.headers, None
    return answer.status_code, answer.headers, answer.data


def _accepted(data: object) -> Receipt:
    """The receipt of an answer that says ``ok``; one that names no message is no answer."""
    if isinstance(data, Mapping):
        ref = f"{data.get('channel')}/{data.get('ts')}"
        if _REF.fullmatch(ref):
            return Receipt(Outcome.ACCEPTED, message_ref=ref)
    return Receipt(Outcome.UNKNOWN, detail="the answer names no message")


def _is_of(message: Mapping[str, Any], delivery_id: str) -> bool:
    metadata = message.get("metadata") or {}
    return metadata.get("event_type") == EVENT_TYPE and (metadata.get("event_payload") or {}).get("delivery") == delivery_id


def _history_scopes(address: str) -> frozenset[str]:
    """The scopes of which one lets us read a channel; an id that begins with C may be public or private."""
    return frozenset({"im:history"} if address.startswith("D") else {"channels:history", "groups:history"})
