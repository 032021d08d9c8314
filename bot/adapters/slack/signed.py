"""HTTP mode: the one address where Slack reaches the bot, as a plain ASGI application to be mounted.

Promises: nothing is handed on whose signature is not Slack's, whose time is more than five minutes off, or that was handed
on before by this process (Slack's own verifier accepts the same request again and again for five minutes); every such request
gets 401 and no word of explanation, a strange one no 500. Never logs a body or a header. What another process handed on is told by
what it says, not here (``SlackConnection``).
Scheme: docs.slack.dev/authentication/verifying-requests-from-slack (seen 2026-11).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.adapters.slack.limits import SIGNATURE_AGE
from bot.adapters.slack.memory import Memory
from bot.core.clock import Clock

REMEMBERED = 360.0
"""Seconds a signature is remembered: longer than one can be valid, so that none is accepted twice."""
MOST_BYTES = 1_000_000
"""Of a request; Slack's own are far smaller (a message's blocks come back with a press of its button)."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]


class SignedEvents:
    """The ASGI application."""

    def __init__(
        self, *, signing_secret: str, dispatch: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]], clock: Clock
    ) -> None:
        """Build it.

        Args:
            signing_secret: of the app.
            dispatch: answers a genuine request.
            clock: tells how old a request is.
        """
        self._key = signing_secret.encode()
        self._dispatch = dispatch
        self._clock = clock
        self._seen = Memory(clock, seconds=REMEMBERED)

    def __repr__(self) -> str:
        return "<SignedEvents>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["method"] != "POST":
            await _answer(send, 405)
            return
        body = await _body(receive)
        if body is None:
            await _answer(send, 413)
            return
        headers = _headers(scope["headers"])
        if not self._genuine(headers, body):
            await _answer(send, 401)
            return
        try:
            request = AsyncBoltRequest(body=body.decode(), headers={name: [value] for name, value in headers.items()})
        except (ValueError, TypeError, AttributeError, LookupError):  # no text, no JSON, or JSON of another shape than Slack's
            await _answer(send, 400)
            return
        response = await self._dispatch(request)
        await _answer(send, response.status, response.body or "", response.first_headers())

    def _genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            return False
        if abs(self._clock.now().timestamp() - int(stamp)) > SIGNATURE_AGE:
            return False
        expected = "v0=" + hmac.new(self._key, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), signature.encode()) and self._seen.is_new(expected)


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None if it is too large or the sender left."""
    body = bytearray()
    while True:
        part = await receive()
        if part["type"] != "http.request":
            return None
        body += part.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not part.get("more_body"):
            return bytes(body)


def _headers(given: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by small names; of a name that comes twice the last counts, as in what was signed nothing of them stands."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in given}


async def _answer(send: Send, status: int, body: str = "", headers: Mapping[str, str] | None = None) -> None:
    told = {"content-type": "text/plain; charset=utf-8", **(headers or {})}
    data = body.encode()
    told["content-length"] = str(len(data))
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": data})
