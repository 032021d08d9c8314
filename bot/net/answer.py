"""What a server answered, as the rest of the program sees it: a document, "nothing new", or a sentence.

Promises: validators are the server's bytes; what a 304 does not name stays as it was; no sentence holds an address with its path
or query. Pure.
"""

from __future__ import annotations

import http
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from bot.core.errors import FetchError
from bot.core.identity import digest
from bot.core.wishes import NO_WISHES, Wishes
from bot.net.headers import Headers, charset_of, field_of, freshness, linked, named_feeds, read_date, retry_after

_THROTTLING = frozenset((429, 503))
_NOTHING_LEFT = frozenset((b"0", b"0.0"))
"""What a rate limit's "remaining" field says when there is nothing left (the ``RateLimit`` draft and its forerunners)."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered.

    Attributes:
        status: 200, 203 or 304.
        url: where the document was found after redirects.
        body: decoded; empty for 304.
        content_type: the header as sent, or None; charset: its parameter, lower case, or None.
        etag, last_modified: the server's bytes. After a 304 that names none, those that were sent; after a 200 only its own.
        permanent_url: where the document lives now, if the first redirects were permanent ones (301, 308), else None.
        place: a digest of the address that answered, without its query: what its validators may be sent to.
        fresh: seconds for which the server says this stays so (``headers.freshness``), None if it does not say.
        hub, topic: addresses of the Link fields ``hub`` and ``self`` (WebSub 4), or None.
        feeds: addresses that Link fields name as feeds of this document.
        sized: whether the server said where the body ends; if not, nobody can tell a whole one from a part.
    """

    status: int
    url: str
    body: bytes
    content_type: str | None = None
    charset: str | None = None
    etag: bytes | None = None
    last_modified: bytes | None = None
    permanent_url: str | None = None
    place: str = ""
    fresh: float | None = None
    hub: str | None = None
    topic: str | None = None
    sized: bool = True
    feeds: tuple[str, ...] = ()

    @property
    def not_modified(self) -> bool:
        """The document is the one we know."""
        return self.status == http.HTTPStatus.NOT_MODIFIED

    @property
    def wishes(self) -> Wishes:
        """What its head says of when to ask again."""
        return NO_WISHES if self.fresh is None else Wishes(fresh=int(self.fresh))


@dataclass(frozen=True, slots=True)
class Hop:
    """One answer on the way."""

    status: int
    headers: Headers
    sized: bool = True
    body: bytes = field(default=b"", repr=False)

    def header(self, name: bytes) -> bytes | None:
        """The first field of a name (lower case)."""
        return field_of(self.headers, name)


def refusal(hop: Hop, target: httpx.URL, now: datetime | None, *, itself: bool = True) -> FetchError:
    """The error for a status that brings no document.

    Args:
        hop: the answer.
        target: who gave it.
        now: our own time, for a server that does not say what time it has.
        itself: whether no temporary redirect led there, so that a 410 is about the address asked for.
    """
    failed = hop.status >= 400
    wait = retry_after(hop.header(b"retry-after"), read_date(hop.header(b"date")) or now) if failed else None
    left = (hop.header(b"x-ratelimit-remaining") or hop.header(b"ratelimit-remaining") or b"").strip()
    return FetchError(
        f"{target.host} answered {hop.status}{_phrase(hop.status)}.",
        reason="gone" if hop.status == http.HTTPStatus.GONE and itself else "status",
        status=hop.status,
        retry_after=wait,
        throttled=hop.status in _THROTTLING or (failed and (wait is not None or left in _NOTHING_LEFT)),
    )


def not_modified(
    hop: Hop,
    target: httpx.URL,
    now: datetime | None,
    etag: bytes | None,
    last_modified: bytes | None,
    *,
    permanent: str | None,
) -> Response:
    """A 304: it renews what it names and leaves the rest as it was (RFC 9111 4.3.4); ``etag`` and ``last_modified`` were sent."""
    links = linked(hop.headers, str(target))
    return Response(
        hop.status,
        str(target),
        b"",
        etag=hop.header(b"etag") or etag,
        last_modified=hop.header(b"last-modified") or last_modified,
        permanent_url=permanent,
        place=place_of(target),
        fresh=freshness(hop.headers, now),
        hub=links.get("hub"),
        topic=links.get("self"),
    )


def whole(hop: Hop, target: httpx.URL, now: datetime | None, *, permanent: str | None) -> Response:
    """A document with its own validators alone."""
    content_type = (hop.header(b"content-type") or b"").decode("latin-1") or None
    links = linked(hop.headers, str(target))
    return Response(
        hop.status,
        str(target),
        hop.body,
        content_type,
        charset_of(content_type),
        hop.header(b"etag"),
        hop.header(b"last-modified"),
        permanent_url=permanent,
        place=place_of(target),
        fresh=freshness(hop.headers, now),
        hub=links.get("hub"),
        topic=links.get("self"),
        sized=hop.sized,
        feeds=named_feeds(hop.headers, str(target)),
    )


def place_of(url: httpx.URL) -> str:
    """See ``Response.place``. Not the query: stores sign their addresses anew for every reader."""
    return digest(*map(str, origin_of(url)), url.raw_path.partition(b"?")[0].decode("ascii"))


def host_and_port(url: httpx.URL) -> tuple[str, int]:
    """The host as it is connected to, and the port."""
    return url.raw_host.decode("ascii"), url.port or {"http": 80, "https": 443}.get(url.scheme, 0)


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port."""
    return (url.scheme, *host_and_port(url))


def _phrase(status: int) -> str:
    try:
        return f" ({http.HTTPStatus(status).phrase})"
    except ValueError:
        return ""
