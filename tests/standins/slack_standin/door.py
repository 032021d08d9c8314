"""Where an app in HTTP mode listens: requests signed as Slack signs them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, ClientTimeout

from .sockets import Envelope
from .state import SIGNING_SECRET

PATIENCE = 60.0
"""Real seconds after which an app that has not answered is said not to answer. Nothing is measured against it."""


@dataclass
class HttpDoor:
    """Where an app in HTTP mode listens, and the secret both know.

    Attributes:
        url: of the app's one endpoint.
        shift: seconds the stamp of the signature is off, for tests of replay.
        last: body and headers of the last request, so that a test can send the very same again with ``repeat``.
    """

    url: str
    secret: str = SIGNING_SECRET
    shift: int = 0
    last: tuple[str, dict[str, str]] = ("", {})

    def signed(self, body: str, at: int | None = None) -> dict[str, str]:
        """The headers of a request: HMAC-SHA256 of ``v0:{timestamp}:{body}`` (docs.slack.dev, verifying requests from Slack)."""
        stamp = str((int(time.time()) if at is None else at) + self.shift)
        digest = hmac.new(self.secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    async def post(self, body: str, content_type: str, **headers: str) -> tuple[int, str]:
        """One request, signed now; its status and body."""
        return await self.repeat(body, {"Content-Type": content_type, **self.signed(body), **headers})

    async def repeat(self, body: str, headers: dict[str, str]) -> tuple[int, str]:
        """A request whose headers are already there: also one that was sent before."""
        self.last = body, headers
        async with (
            ClientSession(timeout=ClientTimeout(PATIENCE)) as session,
            session.post(self.url, data=body.encode(), headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def send(self, envelope: Envelope, now: Callable[[], Any]) -> None:
        """Deliver what Socket Mode would put into an envelope."""
        headers = {}
        if envelope.type == "events_api":
            body, kind = json.dumps(envelope.payload), "application/json"
            if envelope.retries:
                headers = {"X-Slack-Retry-Num": str(envelope.retries), "X-Slack-Retry-Reason": "http_timeout"}
        elif envelope.type == "slash_commands":
            body, kind = (
                urlencode({name: str(value) for name, value in envelope.payload.items()}),
                "application/x-www-form-urlencoded",
            )
        else:
            body, kind = urlencode({"payload": json.dumps(envelope.payload)}), "application/x-www-form-urlencoded"
        status, answer = await self.post(body, kind, **headers)
        if status // 100 != 2:
            return
        envelope.acked_after = (now() - envelope.at).total_seconds()
        envelope.answers.append(_spoken(answer))
        envelope.done.set()


def _spoken(answer: str) -> dict[str, Any] | None:
    if not answer.strip():
        return None
    try:
        spoken = json.loads(answer)
    except ValueError:
        return {"text": answer}
    return spoken if isinstance(spoken, dict) and spoken else None
