"""What Slack hands us: envelopes of Socket Mode and signed requests, of every kind we hear and some that we do not."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Coroutine
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

from slack_bolt.listener import asyncio_runner
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.adapters.slack.connection import SlackConnection
from bot.config.secret import Secret
from bot.config.settings import SlackSettings
from fuzzing import pieces
from fuzzing.chats import CLOCK, Answered, Echo, loop, shown_in_slack
from fuzzing.draw import Draw
from fuzzing.target import NOW, Target

SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"


class SlackLine:
    """A session in whose place Slack says yes."""

    closed = False

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def request(self, method: str, url: str, **given: Any) -> Answered:
        assert url.startswith(("https://slack.com/", "https://hooks.slack.com/")), f"a call to {url}"
        body = given.get("json") or given.get("data") or {}
        self.sent.append(json.loads(body) if isinstance(body, str | bytes) else body)
        return Answered({"ok": True, "ts": "1.1", "channel": "C1", "view": {"id": "V1"}, "user": {"is_admin": False}})


class Socket:
    def __init__(self) -> None:
        self.acknowledged: list[Any] = []

    async def send_socket_mode_response(self, response: Any) -> None:
        self.acknowledged.append(response)


class Slack:
    """The adapter with its line, its socket and what its listeners raised."""

    def __init__(self) -> None:
        settings = SlackSettings(mode="http", bot_token=Secret("xoxb-0-fuzz"), signing_secret=Secret(SIGNING))
        self.connection = SlackConnection(settings, clock=CLOCK, commands=Echo())  # type: ignore[arg-type]
        self.connection.team_id, self.connection._bot_user, self.connection._bot_id = "T1", "UBOT", "B1"
        self.line = SlackLine()
        self.connection._client.session = self.line  # type: ignore[assignment]
        self.raised: list[BaseException] = []
        self.connection._app.error(self._note)

    async def _note(self, error: Exception) -> None:
        self.raised.append(error)

    async def settled(self) -> None:
        """Wait for every answer in hand; what one raised is noted."""
        while waiting := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(waiting)
            self.raised += [error for task in waiting if not task.cancelled() and (error := task.exception()) is not None]

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it; bolt, which looks at the machine's clock while it waits for an acknowledgement, sees the time of the loop."""
        before, asyncio_runner.time = asyncio_runner.time, SimpleNamespace(time=loop().time)  # type: ignore[attr-defined]
        try:
            loop().run_until_complete(work)
        finally:
            asyncio_runner.time = before  # type: ignore[attr-defined]

    def clear(self) -> None:
        self.line.sent.clear()
        self.raised.clear()
        self.connection._seen._until.clear()
        if self.connection.asgi is not None:
            self.connection.asgi._seen._until.clear()
        self.connection._speaker._lanes.clear()


@cache
def slack() -> Slack:
    async def build() -> Slack:
        return Slack()

    return loop().run_until_complete(build())


PERSON = {"id": "U1", "username": "ada", "team_id": "T1"}
COMMON = {
    "team": {"id": "T1"},
    "user": PERSON,
    "api_app_id": "A1",
    "token": "x",
    "trigger_id": "1.2.3",
    "enterprise": None,
    "is_enterprise_install": False,
}
BUTTON = {
    "type": "button",
    "action_id": "ask.0",
    "block_id": "b",
    "value": "why s0123456789",
    "text": {"type": "plain_text", "text": "Why"},
    "action_ts": "1.1",
}
SHOWN = {
    "type": "message", "user": "UBOT", "bot_id": "B1", "ts": "1.1", "text": "Council votes <https://news.example/a|a>", "attachments": [{"title_link": "https://news.example/b", "text": "t"}],
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<https://news.example/a>"}}, {"type": "actions", "elements": [BUTTON]}], "thread_ts": "1.0",
}  # fmt: skip
VIEW = {
    "id": "V1", "type": "modal", "callback_id": "filled", "private_metadata": '{"w":"rule add","c":"C1","n":1}', "hash": "h", "blocks": [{"type": "input", "block_id": "1:name", "element": {"type": "plain_text_input", "action_id": "v"}}],
    "state": {"values": {"1:name": {"v": {"type": "plain_text_input", "value": "plates"}}, "1:level": {"v": {"type": "static_select", "selected_option": {"value": "high"}}}}}, "title": {"type": "plain_text", "text": "T"},
}  # fmt: skip
RESPONSE = "https://hooks.slack.com/commands/1/2"


def slack_payload(draw: Draw) -> tuple[str, dict[str, Any]]:
    """What Slack sends, of every kind we hear and some that we do not; what people choose in it is hostile."""
    words = (
        f"{draw.pick(pieces.WORDS)} {pieces.text(draw, 5)}"
        if draw.chance(50)
        else draw.pick(("help", "why s0123456789", "search police", "rule add", "rule test drone OR", ""))
    )
    kind = draw.below(10)
    if kind < 2:
        return "slash_commands", {
            "token": "x", "team_id": "T1", "team_domain": "d", "channel_id": "C1", "channel_name": "alerts", "user_id": "U1", "user_name": "ada", "command": draw.pick(("/watch", "/other")), "text": words,
            "api_app_id": "A1", "response_url": RESPONSE, "trigger_id": "1.2.3",
        }  # fmt: skip
    if kind < 6:
        event = draw.pick(
            (
                {
                    "type": "app_mention",
                    "user": "U1",
                    "ts": "1.1",
                    "text": f"<@UBOT> {words}",
                    "channel": "C1",
                    "team": "T1",
                    "event_ts": "1.1",
                    "thread_ts": "1.0",
                },
                {
                    "type": "message",
                    "channel_type": "im",
                    "user": "U1",
                    "ts": "1.1",
                    "text": words,
                    "channel": "D1",
                    "team": "T1",
                    "event_ts": "1.1",
                },
                {
                    "type": "message",
                    "subtype": draw.pick(("message_changed", "file_share", "bot_message", "x")),
                    "channel_type": "im",
                    "user": "U1",
                    "ts": "1.1",
                    "text": words,
                    "channel": "D1",
                },
                {
                    "type": "app_home_opened",
                    "user": "U1",
                    "channel": "D1",
                    "tab": draw.pick(("home", "messages")),
                    "view": VIEW,
                    "event_ts": "1.1",
                },
                {
                    "type": "member_joined_channel",
                    "user": draw.pick(("UBOT", "U1")),
                    "channel": "C1",
                    "channel_type": "C",
                    "team": "T1",
                    "inviter": "U2",
                    "event_ts": "1.1",
                },
                {
                    "type": draw.pick(("team_rename", "reaction_added", "tokens_revoked", "app_uninstalled", "")),
                    "user": "U1",
                    "event_ts": "1.1",
                },
            )
        )
        return "events_api", {
            "token": "x",
            "team_id": "T1",
            "api_app_id": "A1",
            "event": event,
            "type": "event_callback",
            "event_id": "Ev1",
            "event_time": 1,
            "authorizations": [{"user_id": "UBOT", "is_bot": True, "team_id": "T1"}],
        }
    if kind < 8:
        button = {
            **BUTTON,
            "action_id": draw.pick(("ask.0", "why", "form", "ask.x", "other", "ask.0")),
            "value": words[:2000],
            **({"url": "https://x.example"} if draw.chance(10) else {}),
        }
        place: dict[str, Any] = {
            "container": {"type": "message", "message_ts": "1.1", "channel_id": "C1", "is_ephemeral": False, "thread_ts": "1.0"},
            "channel": {"id": "C1", "name": "a"},
            "message": SHOWN,
            "response_url": RESPONSE,
        }
        if draw.chance(40):
            place = {"container": {"type": "view", "view_id": "V1"}, "view": {**VIEW, "type": draw.pick(("modal", "home"))}}
        return "interactive", {**COMMON, "type": "block_actions", "actions": [button], "state": {"values": {}}, **place}
    if kind == 8:
        state = {
            "values": {
                "1:name": {"v": {"type": "plain_text_input", "value": words}},
                "1:level": {"v": {"type": "static_select", "selected_option": {"value": words[:70]}}},
            }
        }
        return "interactive", {
            **COMMON,
            "type": "view_submission",
            "view": {**VIEW, "state": state, "callback_id": draw.pick(("filled", "shown", "x"))},
            "response_urls": [],
        }
    return "interactive", {
        **COMMON, "type": draw.pick(("message_action", "shortcut", "view_closed", "block_suggestion", "x")), "callback_id": draw.pick(("why_this", "x")), "action_ts": "1.1", "message_ts": "1.1",
        "channel": {"id": "C1", "name": "a"}, "message": {**SHOWN, "text": words, "bot_id": draw.pick(("B1", "B2"))}, "response_url": RESPONSE,
    }  # fmt: skip


def envelope_input(draw: Draw) -> tuple[str, Any, bool]:
    kind, payload = slack_payload(draw)
    bent = draw.chance(50)
    return kind, pieces.bent(draw, payload, 3) if bent else payload, not bent


def enveloped(given: tuple[str, Any, bool]) -> None:
    """Acknowledged, whatever it is; answered without calling anybody; and no fault of ours over a payload of Slack's own shape."""
    kind, payload, whole = given
    if not isinstance(payload, dict):
        return  # the SDK itself takes nothing else
    heard = slack()
    heard.clear()
    socket = Socket()

    async def hear() -> None:
        await heard.connection._envelope(socket, SocketModeRequest(type=kind, envelope_id="e1", payload=payload))  # type: ignore[arg-type]
        await heard.settled()

    heard.run(hear())
    assert len(socket.acknowledged) == 1, "an envelope that is not acknowledged"
    _looked_through(heard, [response.payload for response in socket.acknowledged], whole=whole)


def _looked_through(heard: Slack, said: list[Any], *, whole: bool) -> None:
    """Over a payload of another shape a listener may stumble: it is told by its type, and acknowledged all the same."""
    if whole and heard.raised:
        raise heard.raised[0]
    for payload in (*heard.line.sent, *said):
        shown_in_slack(payload)


def signed_input(draw: Draw) -> tuple[bytes, dict[str, str], bool, bool]:
    kind, payload = slack_payload(draw)
    whole = draw.chance(50)
    if not whole:
        payload = pieces.bent(draw, payload, 3)
    if kind == "slash_commands" and isinstance(payload, dict):
        body, form = urlencode({str(name): str(value) for name, value in payload.items()}, errors="replace").encode(), True
    elif kind == "interactive":
        body, form = b"payload=" + quote(json.dumps(payload), errors="replace").encode(), True
    else:
        body, form = json.dumps(payload).encode(), False
    if draw.chance(25):
        body, whole = pieces.damaged(draw, body), False
    stamp = draw.pick((str(int(NOW.timestamp())),) * 6 + ("", "0", "²", "9" * 40, "-1", "1e9"))
    right = "v0=" + hmac.new(SIGNING.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    signature = draw.pick((right,) * 6 + ("", "v0=", right[:-1], "v1=" + right[3:], "é"))
    headers = {
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature,
        "content-type": "application/x-www-form-urlencoded" if form else "application/json",
    }
    if draw.chance(10):
        headers["content-type"], whole = draw.pick(("text/plain", "application/json; charset=x", "")), False
    return body, headers, signature == right and stamp == str(int(NOW.timestamp())), whole


def signed(given: tuple[bytes, dict[str, str], bool, bool]) -> None:
    """401 for what is not signed, a status of the protocol for the rest, and never a word of what was sent in a fault."""
    body, headers, genuine, whole = given
    heard = slack()
    heard.clear()
    sent: list[dict[str, Any]] = []
    parts = [{"type": "http.request", "body": body}]

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    async def hear() -> None:
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/",
            "headers": [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
        }
        assert heard.connection.asgi is not None
        await heard.connection.asgi(scope, receive, send)
        await heard.settled()

    heard.run(hear())
    status = sent[0]["status"]
    assert status in ({200, 400} if genuine else {401}), status
    if not genuine:
        assert not heard.line.sent, "what nobody signed was answered"
    _looked_through(heard, [], whole=whole)


TARGETS = (
    Target("slack envelopes", "slack", envelope_input, enveloped, (), share=12),
    Target("slack signed requests", "slack", signed_input, signed, (), share=12),
)
