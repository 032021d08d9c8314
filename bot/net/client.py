"""Fetches documents for sources: one deadline, one cap, one gate, and every error as a sentence.

Promises: the whole fetch with all its redirects ends within its deadline; the body is what the server sent, whole, and
never longer than the cap; validators come back and go out byte for byte; one request in flight per host. Never sends
cookies, a referrer or a stored credential to another origin; never follows a redirect without asking the gate; never
writes an address with its query into a sentence or a log.
"""

from __future__ import annotations

import asyncio
import http
import ssl
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode, urljoin

import httpx

from bot.core.clock import Clock
from bot.core.errors import FetchError
from bot.net import answer
from bot.net.answer import Hop, Response, host_and_port, origin_of, place_of
from bot.net.decode import ACCEPTED, Body
from bot.net.guard import Resolver, SystemResolver, check_url, refused
from bot.net.headers import authorization_header
from bot.net.transport import Credential, NetValues, only_ours, way_out
from bot.net.turns import PAUSE, Turns

__all__ = ["CONCURRENCY", "DEADLINE", "KEEP_ALIVE", "MAX_REDIRECTS", "Credential", "Fetcher", "NetValues", "Response"]

DEADLINE = 30.0
"""Seconds for a whole fetch: what a feed of 10 MB needs over a slow line of 3 Mbit/s; waiting for another fetch from the same
host does not count."""

MAX_REDIRECTS = 5
CONCURRENCY = 32
"""Fetches in flight at a time, all hosts together."""

KEEP_ALIVE = 15.0
"""Seconds an idle connection is kept: long enough for the next feed of the same host in one pass."""

_PERMANENT = frozenset((301, 308))
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_SAME_METHOD = frozenset((307, 308))


class Fetcher:
    """The one client for sources and pages.

    Args:
        settings: contact, allowed networks and ports, proxy, certificates.
        deadline: seconds for one fetch.
        concurrency: fetches in flight.
        resolver: who turns names into addresses.
        clock: against which a date in Retry-After or Expires is read if the server does not say what time it has.
        pause: seconds between two fetches from one host.
    """

    def __init__(
        self,
        settings: NetValues,
        *,
        deadline: float = DEADLINE,
        concurrency: int = CONCURRENCY,
        resolver: Resolver | None = None,
        clock: Clock | None = None,
        pause: float = PAUSE,
    ) -> None:
        self._deadline = deadline
        self._clock = clock
        self._turns = Turns(settings.allow, concurrency=concurrency, pause=pause)
        self._system = SystemResolver()
        way = way_out(settings, resolver=resolver or self._system, http2=True, kept=concurrency, keep_alive=KEEP_ALIVE)
        self._policy, self._guard, self._transport, self._agent = way.policy, way.guard, way.transport, way.agent

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.aclose()
        self._system.close()

    @property
    def connections(self) -> int:
        """Connections the gate has let through so far: proof that it is asked, and a metric."""
        return self._guard.connections

    def ask_for_pause(self, url: str, seconds: float) -> None:
        """Keep at least so many seconds between two fetches from the host of ``url``, as its robots.txt asks."""
        self._turns.ask_for_pause(*host_and_port(httpx.URL(url)), seconds)

    async def post(self, url: str, *, form: Mapping[str, str], deadline: float | None = None) -> int:
        """Send one form, through the same gate and under the same limits; what is answered is not read.

        A redirect is followed only if it says that the same request belongs elsewhere (307, 308: RFC 9110 15.4.8). After a kept
        connection broke off the form is sent again, so it has to be one that does no harm twice.

        Args:
            url: http or https.
            form: what is sent as ``application/x-www-form-urlencoded``, in UTF-8.
            deadline: seconds for this call if it has less time than others, else None.

        Returns the status, which is one of 2xx.

        Raises:
            FetchError: whatever went wrong, with a reason as for ``get``; another status is ``status``.
        """
        target = check_url(url, self._policy)
        content = urlencode(form).encode("ascii")
        headers = [(b"User-Agent", self._agent), (b"Content-Type", b"application/x-www-form-urlencoded")]
        allowed = left = self._deadline if deadline is None else min(deadline, self._deadline)
        for number in range(MAX_REDIRECTS + 1):
            hop, spent = await self._hop(target, headers, 0, left, allowed, form=content, follows=number > 0)
            left = max(left - spent, 0.0)
            location = hop.header(b"location") if hop.status in _SAME_METHOD else None
            if location is None:
                if 200 <= hop.status < 300:
                    return hop.status
                raise answer.refusal(hop, target, self._now(), itself=False)  # a form's 410 is about what the form asked
            previous, target = target, self._follow(target, location)
            _stay_encrypted(previous, target)
        raise FetchError(f"{httpx.URL(url).host} redirects more than {MAX_REDIRECTS} times.", reason="redirect")

    async def get(
        self,
        url: str,
        *,
        accept: str,
        max_bytes: int,
        etag: bytes | None = None,
        last_modified: bytes | None = None,
        authorization: Credential | None = None,
        header: str = "Authorization",
        deadline: float | None = None,
        place: str | None = None,
    ) -> Response:
        """Fetch one document.

        Args:
            url: http or https.
            accept: value of the Accept header.
            max_bytes: cap on the decoded body.
            etag: the ETag the server gave last time, byte for byte.
            last_modified: its Last-Modified, byte for byte, even if it is no date.
            authorization: sent to the address's own origin only: ``user:password``, a token (sent as bearer), or a whole
                header value that begins with its scheme (``Basic ...``).
            header: the field it is sent in; in another one than Authorization it stands as it is.
            deadline: seconds for this fetch if it has less time than others, else None.
            place: the ``Response.place`` that gave the validators: they are sent there alone, for to another one they mean
                nothing, and a date might fit by chance. None sends them wherever redirects lead.

        Raises:
            FetchError: whatever went wrong, with a reason of ``address name connect tls proxy timeout redirect status
                gone too_large truncated encoding protocol``; ``gone`` is a 410 of the address itself or of where it moved for good.
        """
        target = check_url(url, self._policy)
        origin = origin_of(target)
        plain = [(b"User-Agent", self._agent), (b"Accept", accept.encode("ascii")), (b"Accept-Encoding", ACCEPTED)]
        secret = [] if authorization is None else [_private(authorization, header)]
        permanent: str | None = None
        only_permanent = True
        allowed = left = self._deadline if deadline is None else min(deadline, self._deadline)
        for number in range(MAX_REDIRECTS + 1):
            validators = _validators(etag, last_modified) if place is None or place == place_of(target) else []
            hop, spent = await self._hop(target, [*plain, *validators, *secret], max_bytes, left, allowed, follows=number > 0)
            left = max(left - spent, 0.0)
            location = hop.header(b"location") if hop.status in _REDIRECTS else None
            if location is None:
                if hop.status == http.HTTPStatus.NOT_MODIFIED and validators:
                    return answer.not_modified(hop, target, self._now(), etag, last_modified, permanent=permanent)
                if hop.status not in {200, 203}:
                    raise answer.refusal(hop, target, self._now(), itself=only_permanent)
                return answer.whole(hop, target, self._now(), permanent=permanent)
            previous, target = target, self._follow(target, location)
            only_permanent = only_permanent and hop.status in _PERMANENT
            permanent = str(target) if only_permanent else permanent
            if origin_of(target) != origin:
                secret = []
            _stay_encrypted(previous, target)
        raise FetchError(f"{origin[1]} redirects more than {MAX_REDIRECTS} times.", reason="redirect")

    async def exchange(
        self,
        url: str,
        *,
        document: bytes,
        max_bytes: int,
        authorization: Credential | None = None,
        deadline: float | None = None,
    ) -> bytes:
        """Send a JSON document and read the answer: how a service gives out the token with which it is then asked.

        No redirect is followed, for what is sent may be a password.

        Args:
            url: http or https.
            document: what is sent; may be empty.
            max_bytes: cap on the decoded answer.
            authorization: sent along, as for ``get``.
            deadline: seconds for this call if it has less time than others, else None.

        Raises:
            FetchError: whatever went wrong, with a reason as for ``get``; any status but 200 is ``status``.
        """
        target = check_url(url, self._policy)
        headers = [(b"User-Agent", self._agent), (b"Accept", b"application/json"), (b"Accept-Encoding", ACCEPTED)]
        headers += [(b"Content-Type", b"application/json")] if document else []
        headers += [] if authorization is None else [_private(authorization, "Authorization")]
        allowed = self._deadline if deadline is None else min(deadline, self._deadline)
        hop, _ = await self._hop(target, headers, max_bytes, allowed, allowed, form=document, follows=False)
        if hop.status != http.HTTPStatus.OK:
            raise answer.refusal(hop, target, self._now(), itself=False)
        return hop.body

    def _follow(self, target: httpx.URL, location: bytes) -> httpx.URL:
        """The address a redirect names, through the gate. Servers send blanks and letters raw; both are escaped as browsers do."""
        text = location.decode("utf-8", "surrogateescape").strip()
        text = quote(text, safe="!#$%&'()*+,/:;=?@[]~\\", errors="surrogateescape")
        try:
            return check_url(urljoin(str(target), text).partition("#")[0], self._policy)
        except ValueError:
            raise FetchError(f"{target.host} redirects to something that is no address.", reason="redirect") from None
        except FetchError as error:
            raise refused(f"{target.host} redirects elsewhere, which was refused: {error}") from None

    async def _hop(
        self,
        target: httpx.URL,
        headers: list[tuple[bytes, bytes]],
        max_bytes: int,
        left: float,
        allowed: float,
        *,
        form: bytes | None = None,
        follows: bool,
    ) -> tuple[Hop, float]:
        """One request: the answer and the seconds it took of those allowed for the fetch, without the wait for its turn."""
        name, port = host_and_port(target)
        async with self._turns.turn(name, port, follows=follows):
            begin = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(left):
                    hop = await self._request(target, headers, max_bytes, form)
            except TimeoutError:
                raise FetchError(f"{name} did not answer in full within {allowed:g} seconds.", reason="timeout") from None
            except (httpx.HTTPError, OSError, ssl.SSLError) as error:
                raise _told(error, name) from None
            return hop, asyncio.get_running_loop().time() - begin

    async def _request(self, target: httpx.URL, headers: list[tuple[bytes, bytes]], max_bytes: int, form: bytes | None) -> Hop:
        """One request; a form makes it a POST; without bytes that may come, only the head of the answer is wanted."""
        method = "GET" if form is None else "POST"
        response = await self._send(httpx.Request(method, target, headers=headers, content=form, extensions={"trace": only_ours}))
        try:
            hop = Hop(response.status_code, response.headers.raw)
            wanted = max_bytes > 0 and hop.status in {200, 203}
            encoding = (hop.header(b"content-encoding") or b"").decode("latin-1") if wanted else ""
            body = Body(encoding, max_bytes=max_bytes, host=target.host)
            async for chunk in response.aiter_raw():
                if wanted:
                    body.add(chunk)
                elif response.num_bytes_downloaded > 64 * 1024:  # an error's page is of no use; a short one keeps the connection
                    break
            sized = response.http_version == "HTTP/2" or hop.header(b"content-length") or hop.header(b"transfer-encoding")
            return Hop(hop.status, hop.headers, bool(sized), body.finish())
        finally:
            await response.aclose()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        """Send; once more if a kept connection turned out to be closed by the server in the meantime (RFC 9112 9.3.1).

        Raises:
            LeaseOverError: who asks waited so long for its turn or its connection that it may not ask any more.
        """
        made = self._guard.connections
        try:
            return await self._transport.handle_async_request(request)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if self._guard.connections != made:  # it was a new one, here or for another host: then the next poll will do
                raise
        return await self._transport.handle_async_request(request)

    def _now(self) -> datetime | None:
        return None if self._clock is None else self._clock.now()


def _private(secret: Credential, header: str) -> tuple[bytes, bytes]:
    """A header with a credential in it."""
    if header.casefold() == "authorization":
        return b"Authorization", authorization_header(secret.reveal())
    return header.encode("ascii"), secret.reveal().encode("utf-8")


def _validators(etag: bytes | None, last_modified: bytes | None) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in ((b"If-None-Match", etag), (b"If-Modified-Since", last_modified)) if value]


def _stay_encrypted(previous: httpx.URL, target: httpx.URL) -> None:
    if previous.scheme == "https" and target.scheme == "http":
        raise FetchError(f"{previous.host} redirects from https to http, which could be read on the way.", reason="redirect")


def _told(error: Exception, host: str) -> FetchError:
    """The sentence for what went wrong below HTTP. The libraries' own words may hold addresses; none is repeated."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return FetchError(f"{host} has a certificate that is not valid: {cause.verify_message}.", reason="tls")
        if isinstance(cause, ssl.SSLError):
            return FetchError(f"{host} and we did not agree on encryption.", reason="tls")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.RemoteProtocolError) and "without sending complete message body" in str(error):
        return FetchError(f"{host} sent a body that ends in the middle.", reason="truncated")
    for kinds, sentence, reason in _SENTENCES:
        if isinstance(error, kinds):
            return FetchError(sentence.format(host=host), reason=reason)
    return FetchError(f"The connection to {host} broke off.", reason="connect")


_SENTENCES: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    ((httpx.ProxyError,), "The proxy of net.proxy refused the connection to {host}.", "proxy"),
    ((httpx.ConnectError, httpx.ConnectTimeout), "{host} does not accept connections.", "connect"),
    ((httpx.RemoteProtocolError, httpx.LocalProtocolError), "{host} does not speak proper HTTP.", "protocol"),
)
