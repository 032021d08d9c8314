"""Answers the person who acted: through Slack's response URL, by a message only that person sees, in a window or the Home tab.

Promises: an answer that Slack turned away, or that got lost where a repeat does no harm, is sent once more, and no sooner
than Slack said; what everybody would see twice is repeated only where Slack certainly did not show it. Nothing is raised,
since nobody waits for it but the person; no address and no text is logged.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.adapters.slack import windows
from bot.adapters.slack.answer import reply_payload
from bot.adapters.slack.errors import RETRIED, UNKNOWN
from bot.adapters.slack.notifier import DEADLINE, error_code
from bot.adapters.slack.pictures import uploaded
from bot.adapters.slack.place import Place
from bot.commands import directly
from bot.commands.reply import Reply
from bot.core.clock import Clock
from bot.core.spoken import later, speaking

ADMIN_FOR = 300.0
"""Seconds an answer to "who administers this workspace" is believed: who loses the right loses it soon here too."""
TRIES = 2
"""How often an answer is sent at most."""
PATIENCE = 60.0
"""Seconds an answer may wait for its turn: who asked has gone by then. A response URL lives for thirty minutes
(docs.slack.dev/interactivity/handling-user-interaction, seen 2026-11)."""
DIRECT_PATIENCE = 5.0
"""Seconds that a direct message may wait for its turn: who asked is waiting to hear whether it came."""
PAUSE = 1.0
"""Seconds until the second try where Slack names none: one message a second is what a channel takes
(docs.slack.dev/apis/web-api/rate-limits, seen 2026-11)."""
MOST_LANES = 1_000
"""Places whose pause is remembered at most."""
_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
"""Refused, no such name, no trust, no connection in time: the request was never written."""
_MAY_NOT_WRITE = later("Open this app under Apps in Slack and see whether it may send you messages there.")
_WAY_OUT = {
    "messages_tab_disabled": later(
        "Whoever installed the app switches on its Messages tab (App Home, in the settings of the app)."
    ),
}
"""What to do about a refusal, by Slack's codes."""
_FAULTS = (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError, AttributeError, TypeError, KeyError)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Lane:
    """One place and one way to speak there: answers go one after another, so that a pause holds for all of them.

    Attributes:
        turn: who holds it may speak.
        not_before: monotonic time before which Slack wants to hear nothing.
    """

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    not_before: float = 0.0


@dataclass(frozen=True, slots=True)
class _Failure:
    """An answer that did not get through.

    Attributes:
        word: what happened, for the log.
        again: a second try may help.
        shown: it may be shown all the same, so that a second try may show it twice.
        wait: seconds to wait before anything more is sent the same way.
    """

    word: str
    again: bool = False
    shown: bool = False
    wait: float = PAUSE


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
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._admins: dict[str, tuple[float, bool]] = {}
        self.may_ask_for_admins: bool = False
        """Whether the scope ``users:read`` was granted."""
        self.may_upload: bool = False
        """Whether the scope ``files:write`` was granted."""

    async def say(self, place: Place, reply: Reply, words: str = "") -> None:
        """Show the reply to this person alone, or to the channel if it is not private.

        Args:
            place: where.
            reply: what.
            words: what was asked, so that a form of the reply can be opened by a press; empty where it cannot be asked again.
        """
        file = await self._file(reply)
        payload = reply_payload(reply, timezone=self._timezone, now=self._clock.now(), again=words, file=file)
        harmless = reply.private or place.direct
        lane = self._lane(place, reply)
        asked = self._clock.monotonic()
        async with lane.turn:
            for left in reversed(range(TRIES)):
                wait = max(0.0, lane.not_before - self._clock.monotonic())
                if self._clock.monotonic() + wait - asked > PATIENCE:
                    log.warning("an answer was given up: Slack wants to hear nothing for too long", seconds=math.ceil(wait))
                    return
                await asyncio.sleep(wait)
                failure = await self._tried(place, reply, payload)
                if failure is None:
                    return
                again = left > 0 and (failure.again or file != "") and (harmless or not failure.shown)
                lane.not_before = self._clock.monotonic() + failure.wait if failure.again else 0.0
                log.warning("an answer did not get through", error=failure.word, again=again)
                if not again:
                    return
                if file:  # a picture that Slack does not take must not cost its words
                    payload = reply_payload(reply, timezone=self._timezone, now=self._clock.now(), again=words)
                    file = ""

    # ------------------------------------------------------------ windows

    def view(self, place: Place, reply: Reply | None, *, step: int = 0, file: str = "") -> windows.View:
        """The window for a reply: its form, or the answer; None: that there will be one."""
        if reply is None:
            return windows.waiting_view(place)
        form = None
        if reply.form is not None:
            with speaking(reply.language):
                form = windows.form_view(reply.form, place, step=step, wrong=reply if reply.error else None)
        return form or windows.answer_view(reply, place, timezone=self._timezone, now=self._clock.now(), file=file)

    async def open(self, place: Place, reply: Reply | None) -> str:
        """Open a window at a place with a trigger; its id, or empty where Slack opens none."""
        answer = await self._called(self._client.views_open(trigger_id=place.trigger, view=self.view(place, reply)))
        return str((answer or {}).get("view", {}).get("id", ""))

    async def change(self, place: Place, reply: Reply | None, *, step: int = 0) -> bool:
        """Show a reply in the window of a place, in place of what it shows; False where that is closed."""
        file = "" if reply is None else await self._file(reply)
        for one in dict.fromkeys((file, "")):
            view = self.view(place, reply, step=step, file=one)
            if await self._called(self._client.views_update(view_id=place.view, view=view)) is not None:
                return True
        return False

    async def publish(self, user: str, reply: Reply) -> None:
        """Show a reply as somebody's Home tab."""
        file = await self._file(reply)
        for one in dict.fromkeys((file, "")):
            view = windows.home_view(reply, timezone=self._timezone, now=self._clock.now(), file=one)
            if await self._called(self._client.views_publish(user_id=user, view=view)) is not None:
                return

    # ------------------------------------------------------------ direct messages

    async def send_directly(self, user: str, reply: Reply) -> Reply:
        """Send a reply to somebody's direct messages; what the place where it was asked is to hear.

        Sent again only where Slack certainly did not take it: who is told that nobody knows can look.
        """
        place = Place(user, user, direct=True)  # Slack takes a member's id for the conversation with that member
        payload = reply_payload(reply, timezone=self._timezone, now=self._clock.now())
        lane = self._lane(place, reply)
        async with lane.turn:
            for _ in range(TRIES):
                wait = max(0.0, lane.not_before - self._clock.monotonic())
                if wait > DIRECT_PATIENCE:
                    break
                await asyncio.sleep(wait)
                failure = await self._tried(place, reply, payload)
                if failure is None:
                    return directly.arrived(reply)
                lane.not_before = self._clock.monotonic() + failure.wait if failure.again else 0.0
                log.warning("a direct message did not get through", error=failure.word)
                if failure.shown:
                    return directly.unsure(reply, "Slack")
                if not failure.again:
                    return directly.refused(reply, "Slack", _WAY_OUT.get(failure.word, _MAY_NOT_WRITE), failure.word)
        return directly.put_off(reply, "Slack")

    async def _called(self, call: Awaitable[Any]) -> dict[str, Any] | None:
        """What Slack answered; None where it refused or did not answer."""
        try:
            async with asyncio.timeout(DEADLINE):
                return dict((await call).data)
        except SlackApiError as error:
            log.warning("Slack shows no window", error=error_code(getattr(error.response, "data", None)) or type(error).__name__)
        except _FAULTS as error:
            log.warning("Slack shows no window", error=type(error).__name__)
        return None

    async def _file(self, reply: Reply) -> str:
        """Slack's id of the picture of a reply, uploaded now; empty where there is none or it cannot be."""
        if reply.picture is None or not self.may_upload:
            return ""
        try:
            async with asyncio.timeout(DEADLINE):
                return await uploaded(self._client, reply.picture)
        except _FAULTS as error:
            log.warning("a picture could not be uploaded; its words are shown", error=type(error).__name__)
            return ""

    # ------------------------------------------------------------ who asks

    async def is_admin(self, user: str, team: str) -> bool:
        """Whether this person is a member of this workspace, ours, and administers it; who administers another one does not."""
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
            teams = {told.get("team_id", team), *((told.get("enterprise_user") or {}).get("teams") or ())}
            stranger = team not in teams or told.get("is_stranger", False)
            admin = bool(told.get("is_admin") or told.get("is_owner")) and not told.get("is_restricted", False) and not stranger
        except _FAULTS as error:
            log.warning("Slack did not say who administers the workspace", error=type(error).__name__)
            return False
        if len(self._admins) > 10_000:
            self._admins.clear()
        self._admins[user] = (now, admin)
        return admin

    def _lane(self, place: Place, reply: Reply) -> _Lane:
        if place.response_url is not None:  # each has a limit of its own
            return _Lane()
        if len(self._lanes) > MOST_LANES:
            self._lanes = {key: lane for key, lane in self._lanes.items() if lane.turn.locked()}
        way = "post" if place.direct or not reply.private else "alone"
        return self._lanes.setdefault((way, place.channel), _Lane())

    async def _tried(self, place: Place, reply: Reply, payload: dict[str, Any]) -> _Failure | None:
        """Send it once; None if Slack took it."""
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._send(place, reply, payload)
        except SlackApiError as error:
            answer = error.response  # the SDK's, or aiohttp's own where the answer was no JSON
            code = error_code(getattr(answer, "data", None))
            return _refused(int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0)), code, answer.headers)
        except _NEVER_SENT as error:
            return _Failure(type(error).__name__, again=True)
        except _FAULTS as error:
            return _Failure(type(error).__name__, again=True, shown=True)

    async def _send(self, place: Place, reply: Reply, payload: dict[str, Any]) -> _Failure | None:
        if place.response_url is not None:
            return await self._respond(place, reply, payload)
        if place.direct or not reply.private:
            await self._client.chat_postMessage(channel=place.channel, thread_ts=place.thread, **payload)
        else:
            words = {"text": payload["text"], "blocks": payload["blocks"]}  # an ephemeral message has no previews to turn off
            await self._client.chat_postEphemeral(channel=place.channel, user=place.user, thread_ts=place.thread, **words)
        return None

    async def _respond(self, place: Place, reply: Reply, payload: dict[str, Any]) -> _Failure | None:
        client = AsyncWebhookClient(
            str(place.response_url), timeout=int(DEADLINE), session=self._client.session, retry_handlers=[], logger=self._logger
        )
        client.proxy = self._client.proxy  # the SDK would take one from the environment
        body = {**payload, "response_type": "ephemeral" if reply.private else "in_channel", "replace_original": False}
        if place.thread is not None:
            body["thread_ts"] = place.thread
        answer = await client.send_dict(body)
        return None if answer.status_code == 200 else _refused(answer.status_code, None, answer.headers)


def _refused(status: int, code: str | None, headers: Mapping[str, str]) -> _Failure:
    """What an answer of Slack's that is no yes means: later, perhaps, or no."""
    word = code or f"status {status}"
    if status == 429 or code in RETRIED:
        return _Failure(word, again=True, wait=_pause(headers))
    unclear = status >= 500 or code in UNKNOWN or (code is None and status == 200)
    return _Failure(word, again=unclear, shown=unclear)


def _pause(headers: Mapping[str, str]) -> float:
    """Seconds to wait as Slack says them, in whole seconds; ``PAUSE`` where it says nothing of use."""
    given = {name.lower(): value for name, value in headers.items()}.get("retry-after", "").strip()
    return max(PAUSE, float(given)) if given.isascii() and given.isdigit() and len(given) < 8 else PAUSE
