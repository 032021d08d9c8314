"""Calls an address somebody gave us with a document, once: how a message leaves for another program.

Promises: one call is one request on a connection of its own, through the same gate as every fetch; no redirect is followed and
nothing is repeated; whether the request may have left is known and said. Never names the address, nor its host, in an answer or
a log: where messages go is itself a secret, and may stand in any part of it. Never reads more of an answer than its head.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote_to_bytes, urlsplit

import httpx

from bot.core.clock import Clock
from bot.core.errors import FetchError
from bot.net.guard import Resolver, SystemResolver, check_url
from bot.net.headers import field_of, read_date, retry_after
from bot.net.transport import LEAVES, Credential, NetValues, only_ours, way_out

DEADLINE = 30.0
"""Seconds until the head of the answer must be there: the longest that Standard Webhooks proposes (15 to 30; its
specification, seen 2026-11). A quarter of a delivery's lease."""

COURTESY = 1.0
LARGEST_ANSWER = 64 * 1024
"""Seconds and bytes for the rest of the answer, which is thrown away: a server whose answer nobody takes may log an error."""


class Trouble(StrEnum):
    """Why there is no answer."""

    ADDRESS = "address"  # refused by the gate, or no address at all
    NAME = "name"  # its name has no address
    CONNECT = "connect"  # nobody there, no agreement on encryption, refused by the proxy
    TIMEOUT = "timeout"
    BROKEN = "broken"  # the connection broke off, or what came was no HTTP


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a call.

    Attributes:
        status: of the answer, or None if there was none.
        retry_after: seconds the answer asks us to wait, or None.
        sent: whether any of the request may have left; False is certain.
        trouble: why there is no answer, or None.
    """

    status: int | None = None
    retry_after: float | None = None
    sent: bool = True
    trouble: Trouble | None = None


class Caller:
    """Makes calls.

    Args:
        settings: contact, allowed networks and ports, proxy, certificates.
        clock: against which a date in Retry-After is read if the server does not say what time it has.
        deadline: seconds a call may last.
        resolver: who turns names into addresses.
    """

    def __init__(self, settings: NetValues, *, clock: Clock, deadline: float = DEADLINE, resolver: Resolver | None = None) -> None:
        self._clock = clock
        self._deadline = deadline
        self._system = SystemResolver()
        # a kept connection may be closed by the other side just as we send: a call of its own leaves no such doubt
        self._way = way_out(settings, resolver=resolver or self._system, http2=False, kept=0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Release what is held."""
        await self._way.transport.aclose()
        self._system.close()

    @property
    def connections(self) -> int:
        """Connections the gate has let through so far."""
        return self._way.guard.connections

    async def call(self, address: Credential, body: bytes, headers: Mapping[str, str]) -> Called:
        """POST ``body``.

        Args:
            address: http or https; a name and password in it are sent as Basic authorization (RFC 7617).
            body: sent as it is.
            headers: sent beside our own.

        Raises:
            LeaseOverError: who sends waited so long for its connection that it may not send any more; nothing left.
        """
        try:
            target, authorization = _parted(address.reveal())
            url = check_url(target, self._way.policy)
        except (FetchError, ValueError):
            return Called(sent=False, trouble=Trouble.ADDRESS)
        own = [(b"User-Agent", self._way.agent), (b"Accept", b"*/*"), *authorization]
        given = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
        watch = _Watch()
        request = httpx.Request("POST", url, headers=[*own, *given], content=body, extensions={"trace": watch.see})
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._way.transport.handle_async_request(request)
        except (TimeoutError, httpx.HTTPError, OSError, ssl.SSLError, FetchError) as error:
            return Called(sent=watch.sent, trouble=_trouble(error))
        try:
            return Called(response.status_code, self._wait(response.headers.raw))
        finally:
            await _discard(response)

    def _wait(self, headers: Sequence[tuple[bytes, bytes]]) -> float | None:
        now: datetime = read_date(field_of(headers, b"date")) or self._clock.now()
        return retry_after(field_of(headers, b"retry-after"), now)


class _Watch:
    """Sees the moment from which on the request may have left."""

    def __init__(self) -> None:
        self.sent = False

    async def see(self, event: str, info: Mapping[str, Any]) -> None:
        """Hear what httpcore does (httpcore.org/extensions: "trace"); a tunnel asked of a proxy is not the request."""
        await only_ours(event, info)
        if event.endswith(LEAVES) and info["request"].method != b"CONNECT":
            self.sent = True


def _parted(url: str) -> tuple[str, list[tuple[bytes, bytes]]]:
    """The address without its name and password, and the header that says them."""
    parts = urlsplit(url)
    named, _, place = parts.netloc.rpartition("@")
    if not named:
        return url, []
    return parts._replace(netloc=place).geturl(), [(b"Authorization", b"Basic " + base64.b64encode(unquote_to_bytes(named)))]


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, FetchError):
        return Trouble.NAME if error.reason == "name" else Trouble.ADDRESS
    if isinstance(error, TimeoutError):
        return Trouble.TIMEOUT
    return Trouble.CONNECT if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError) else Trouble.BROKEN


async def _discard(response: httpx.Response) -> None:
    with contextlib.suppress(TimeoutError, httpx.HTTPError, OSError):
        async with asyncio.timeout(COURTESY):
            async for _ in response.aiter_raw():
                if response.num_bytes_downloaded > LARGEST_ANSWER:
                    break
    await response.aclose()
