"""Where WebSub hubs reach us: one address a subscription, GET to verify, POST to bring news.

Promises: a body is answered as soon as it is kept, before anybody reads it; none of more than 10 MB is taken in, none for an
address nobody has; what is echoed is plain text to every browser. Never says what an address belongs to.
"""

from __future__ import annotations

import asyncio
import re

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.core.errors import StoreError
from bot.service.intake import Intake
from bot.service.websub import PATH, Subscriber

MAX_BYTES = 10 * 1024 * 1024
"""Longest body taken in: as long as the longest feed that is read (docs/sources.md: limits)."""
DEADLINE = 30.0
"""Seconds in which a body has to be here."""
AT_ONCE = 8
"""Bodies taken in at a time: with the cap above, what strangers can make us hold."""
COME_BACK = "30"
"""Seconds after which a hub that finds no room may try again."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}")
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class _RefusedError(Exception):
    """The body is not taken in; carries the status to answer with."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


def callback(subscriber: Subscriber, intake: Intake) -> Route:
    """The route of every callback."""
    room = asyncio.Semaphore(AT_ONCE)

    async def called(request: Request) -> Response:
        token = request.path_params["token"]
        if not _TOKEN.fullmatch(token):
            return _answer(404)
        try:
            if request.method == "POST":
                return await brought(request, token)
            decided = await subscriber.verify(token, dict(request.query_params))
        except StoreError:  # nothing may be promised; the hub comes back
            return _answer(503)
        return _answer(decided.status, decided.body)

    async def brought(request: Request, token: str) -> Response:
        refused = await intake.refusal(token)
        if refused is not None:
            return _answer(refused)
        if room.locked():
            return _answer(503)
        async with room:
            try:
                body = await _body(request)
            except _RefusedError as error:
                return _answer(error.status)
            headers = request.headers
            status = await intake.receive(
                token, body, content_type=headers.get("content-type"), signature=headers.get("x-hub-signature")
            )
            return _answer(status)

    return Route(f"{PATH}{{token}}", called, methods=["GET", "POST"])


async def _body(request: Request) -> bytes:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and (len(length) > 9 or int(length) > MAX_BYTES):
        raise _RefusedError(413)
    body = bytearray()
    try:
        async with asyncio.timeout(DEADLINE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise _RefusedError(413)
    except TimeoutError:
        raise _RefusedError(408) from None
    except ClientDisconnect:
        raise _RefusedError(400) from None
    return bytes(body)


def _answer(status: int, body: str = "") -> Response:
    retry = {"Retry-After": COME_BACK} if status == 503 else {}
    return PlainTextResponse(body, status_code=status, headers={**_HEADERS, **retry})
