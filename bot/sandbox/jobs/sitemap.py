"""Sitemaps, news sitemaps and indexes of sitemaps to what they list. Runs in a sandbox child.

The shape is that of https://www.sitemaps.org/protocol.html and
https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap, as stored in November 2026.

Promises: a broken document is read up to where it breaks; an address that cannot be used is left out and counted. Must never
resolve an entity, fetch anything the document names, or unpack more than its cap.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import re2
from lxml import etree

from bot.core.errors import DocumentError
from bot.core.sitemap import MappedPage, Sitemap
from bot.sandbox.jobs.dates import read_iso
from bot.sandbox.jobs.feed import http_link
from bot.text.clean import clean_line

MAX_PAGES = 50_000
"""Addresses in one sitemap (https://www.sitemaps.org/protocol.html)."""

MAX_BYTES = 50 * 1024 * 1024
"""Bytes of one sitemap, unpacked (the same page)."""

MAX_TAGS = 50
"""Keywords of one page kept."""

_GZIP = b"\x1f\x8b"
_START = re.compile(rb"\A\s*(?:\xef\xbb\xbf)?\s*<")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)\b")
_SPOKEN = re.compile(r"[a-z]{2,3}(?=[-_]|\Z)", re.IGNORECASE)
_YEAR_OR_MONTH = re.compile(r"(\d{4})(-\d{2})?\Z")


def read_sitemap(*, data: bytes, url: str, include: list[str], exclude: list[str]) -> Sitemap:
    """Read one sitemap.

    Args:
        data: as served; XML, plain text (an address a line), either of them packed with gzip.
        url: where it came from; addresses are resolved against it.
        include: patterns (RE2), one of which a page's address has to have; none: every address.
        exclude: patterns that a page's address must not have.

    Raises:
        DocumentError: it is no sitemap.
    """
    data = _unpacked(data) if data.startswith(_GZIP) else data
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise DocumentError("The sitemap is empty.")
    if not _START.match(data):
        found, index, whole = _plain(data), False, True
    else:
        _refuse_other(data[:4096])
        found, index, whole = _elements(data)
    wanted, unwanted = [re2.compile(pattern) for pattern in include], [re2.compile(pattern) for pattern in exclude]
    pages: list[MappedPage] = []
    unusable = 0
    for page in found[:MAX_PAGES]:
        address = http_link(page.url, url)
        if address is None:
            unusable += 1
        elif index or _chosen(address, wanted, unwanted):
            pages.append(replace(page, url=address))
    return Sitemap(index, tuple(pages), tuple(_notes(len(found), unusable, whole=whole)))


def _notes(found: int, unusable: int, *, whole: bool) -> Iterator[str]:
    if not whole:
        yield "The sitemap is not well-formed XML; it was read as far as possible."
    if unusable:
        yield f"{unusable} of {found} addresses of the sitemap are none and were left out."
    if found > MAX_PAGES:
        yield f"Only the first {MAX_PAGES:,} addresses of the sitemap were read."


def _unpacked(data: bytes) -> bytes:
    unpack = zlib.decompressobj(wbits=31)
    try:
        plain = unpack.decompress(data, MAX_BYTES)
    except zlib.error:
        raise DocumentError("The sitemap is packed with gzip, and its data is damaged.") from None
    if unpack.unconsumed_tail:
        raise DocumentError(f"The sitemap is larger than {MAX_BYTES // 1024 // 1024} MB unpacked; it was not read.")
    if not unpack.eof:
        raise DocumentError("The sitemap is packed with gzip and ends in the middle.")
    return plain


def _refuse_other(head: bytes) -> None:
    if _PAGE.search(head):
        raise DocumentError("This is a web page, not a sitemap; robots.txt of the site says where its sitemaps are.")
    if _FEED.search(head):
        raise DocumentError('This is a feed, not a sitemap; read it with kind = "feed".')
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise DocumentError("This sitemap declares a document type, as no sitemap does; it was not read.")


def _plain(data: bytes) -> list[MappedPage]:
    """A plain list of addresses, one a line, in UTF-8."""
    lines = [line.strip() for line in data.decode("utf-8-sig", "replace").splitlines()]
    addresses = [line for line in lines if line.startswith(("http://", "https://")) and len(line.split()) == 1]
    if len(addresses) * 2 < len([line for line in lines if line]) or not addresses:
        raise DocumentError("This is neither a sitemap in XML nor a list of addresses, one a line.")
    return [MappedPage(address, None) for address in addresses[: MAX_PAGES + 1]]


def _elements(data: bytes) -> tuple[list[MappedPage], bool, bool]:
    """The pages of a urlset or the sitemaps of an index; whether it is an index; whether the document is whole."""
    found: list[MappedPage] = []
    root = ""
    events: Any = etree.iterparse(
        io.BytesIO(data), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        for event, element in events:
            name = _name(element)
            if not root:
                root = name
                if root not in {"urlset", "sitemapindex"}:
                    raise DocumentError("This is no sitemap: its XML is of another kind.")
            if event == "end" and name in {"url", "sitemap"}:
                found.append(_page(element))
                element.clear()
                if len(found) > MAX_PAGES:
                    break
    except etree.XMLSyntaxError:
        if not found:
            raise DocumentError("The document is no well-formed XML, and no address of a sitemap could be read from it.") from None
        return found, root == "sitemapindex", False
    return found, root == "sitemapindex", True


def _page(element: Any) -> MappedPage:
    """One page or sitemap. Pictures and films of a page have titles and dates of their own, which are not the page's."""
    own = _values(element)
    news = next((child for child in element if _name(child) == "news"), None)
    if news is None:
        return MappedPage(own.get("loc", ""), _date(own.get("lastmod")))
    told = _values(news)
    publication = next((_values(child) for child in news if _name(child) == "publication"), {})
    spoken = _SPOKEN.match(publication.get("language", ""))
    return MappedPage(
        url=own.get("loc", ""),
        modified=_date(own.get("lastmod")),
        news=True,
        title=clean_line(told.get("title", "")),
        published=_date(told.get("publication_date")),
        outlet=clean_line(publication.get("name", "")) or None,
        language=spoken[0].lower() if spoken else None,
        tags=tuple(dict.fromkeys(word for part in told.get("keywords", "").split(",") if (word := clean_line(part))))[:MAX_TAGS],
    )


def _values(element: Any) -> dict[str, str]:
    """The texts of an element's children by their names, the first of each."""
    values: dict[str, str] = {}
    for child in element:
        if name := _name(child):
            values.setdefault(name, (child.text or "").strip())
    return values


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _date(text: str | None) -> datetime | None:
    """A date in W3C's profile of ISO 8601; a year or a month alone is no day of news."""
    return None if text is None or _YEAR_OR_MONTH.match(text) else read_iso(text)


def _chosen(address: str, wanted: list[Any], unwanted: list[Any]) -> bool:
    return (not wanted or any(pattern.search(address) for pattern in wanted)) and not any(
        pattern.search(address) for pattern in unwanted
    )
