"""A feed server on loopback that serves real feeds with their dates moved to now, and plants new entries in them.

It answers conditional requests with 304, so that a poller that sends its validators back is seen to do so.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

RFC_822 = re.compile(rb"(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4})(?= \d\d:\d\d)")
ISO = re.compile(rb"(\d{4})-(\d\d)-(\d\d)(?=T\d\d:\d\d)")
MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")


WISHES = re.compile(
    rb"<((?:\w+:)?(?:ttl|skipHours|skipDays|updatePeriod|updateFrequency|updateBase))\b[^>]*>.*?</\1\s*>", re.DOTALL
)
"""What a feed asks of its readers (``bot.core.wishes``): kept to the letter, it would make these tests last for hours."""


def shifted(document: bytes, now: datetime) -> bytes:
    """The document with every date moved by the same number of days, its newest a day back; it asks for no pauses."""
    document = WISHES.sub(b"", document)
    days = [_day(int(y), MONTHS.index(m) + 1, int(d)) for d, m, y in RFC_822.findall(document)]
    days += [_day(int(y), int(m), int(d)) for y, m, d in ISO.findall(document)]
    known = [day for day in days if day is not None and day <= now]
    if not known:
        return document
    step = timedelta(days=(now - max(known)).days - 1)

    def rfc_822(found: re.Match[bytes]) -> bytes:
        day = _day(int(found[3]), MONTHS.index(found[2]) + 1, int(found[1]))
        if day is None:
            return found[0]
        moved = day + step
        return b"%02d %s %04d" % (moved.day, MONTHS[moved.month - 1], moved.year)

    def iso(found: re.Match[bytes]) -> bytes:
        day = _day(int(found[1]), int(found[2]), int(found[3]))
        return found[0] if day is None else (day + step).strftime("%Y-%m-%d").encode()

    return ISO.sub(iso, RFC_822.sub(rfc_822, document))


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def planted(document: bytes, title: str, text: str, guid: str, link: str, published: datetime) -> bytes:
    """The document with one more entry in front, in the document's own format."""
    head = document[:2000].lstrip()
    if head.startswith(b"{"):
        data = json.loads(document)
        entry = {"id": guid, "url": link, "title": title, "content_text": text, "date_published": published.isoformat()}
        data["items"] = [entry, *data.get("items", [])]
        return json.dumps(data).encode()
    if re.search(rb"<feed[\s>]", document):
        entry_xml = (
            f"<entry><title>{title}</title><id>{guid}</id><link href='{link}'/><updated>{published.isoformat()}</updated>"
            f"<published>{published.isoformat()}</published><summary>{text}</summary></entry>"
        )
        return _before(document, (rb"<entry[\s>]", rb"</feed>"), entry_xml.encode())
    entry_xml = (
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid>"
        f"<pubDate>{format_datetime(published)}</pubDate><description>{text}</description></item>"
    )
    return _before(document, (rb"<item[\s>]", rb"</channel>"), entry_xml.encode())


def _before(document: bytes, patterns: tuple[bytes, ...], entry: bytes) -> bytes:
    for pattern in patterns:
        found = re.search(pattern, document)
        if found:
            return document[: found.start()] + entry + document[found.start() :]
    raise AssertionError("the document has no place for an entry")


class FeedHouse:
    """Serves documents by name at ``/feeds/NAME`` and counts requests.

    Attributes:
        on_news: awaited before a document is handed to somebody who knew another one.
    """

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        self.documents = dict(documents)
        self.requests: list[tuple[str, int]] = []
        self.on_news: Callable[[], Awaitable[None]] | None = None
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/feeds/{name}", self._feed)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/feeds/{name}"

    async def _feed(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        document = self.documents.get(name)
        if document is None:
            return web.Response(status=404)
        etag = '"' + hashlib.blake2b(document, digest_size=8).hexdigest() + '"'
        status = 304 if request.headers.get("If-None-Match") == etag else 200
        if status == 200 and "If-None-Match" in request.headers and self.on_news is not None:
            await self.on_news()
        self.requests.append((name, status))
        if status == 304:
            return web.Response(status=304, headers={"ETag": etag})
        kind = "application/feed+json" if document.lstrip().startswith(b"{") else "application/xml"
        return web.Response(body=document, headers={"ETag": etag, "Content-Type": kind})
