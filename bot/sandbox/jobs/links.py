"""Where the feeds of one web page are, as the page says itself. Runs in a sandbox child.

Promises: every address is absolute, http or https, and resolved against the page's own base; broken markup gives what can be
read of it. Must never fetch anything the page names, nor guess an address that stands nowhere in it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from lxml import etree
from lxml import html as lxml_html
from lxml.etree import _Element

from bot.core.errors import DocumentError
from bot.core.links import PageLink, SitePage
from bot.sandbox.jobs.feed import http_link
from bot.sandbox.jobs.htmlscan import scan
from bot.text.clean import clean_line

MAX_BYTES = 2 * 1024 * 1024
"""Largest page read, as in ``page``."""

MAX_LINKS = 50
"""Links kept of each sort: nobody chooses from more, and a page may list every feed of a city."""

MAX_TITLE = 200
"""Longest name kept, as names in ``feed``."""

MAX_REFRESH = 2_000
"""Characters looked at of what a page says about loading another; an address has no more."""

PARKED_WORDS = 250
"""A page that speaks of a domain for sale and has more words than this speaks of somebody else's."""

FEED_TYPES = frozenset(
    (
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/rss",
        "text/rss+xml",
    )
)
"""Media types that name a feed and nothing else (RFC 4287 7, jsonfeed.org/version/1.1; RSS and RDF by long use)."""

_LOOSE_TYPES = frozenset(("", "application/xml", "text/xml", "application/json", "text/json"))
"""Types under which feeds stand as well as other things: the address has to say it."""

_FEED_ADDRESS = re.compile(
    r"(?:^|[/?&=.])(?:feeds?|rss\d?|atom|rdf)(?:[/?&=._-]|$)|\.(?:rss|atom|rdf)(?:$|[?#])|\bfeed(?:burner|blitz)\b", re.IGNORECASE
)
_FEED_WORDS = re.compile(r"\b(?:rss|atom|(?:web|news)?feeds?|xml|syndicate|syndication)\b", re.IGNORECASE)
_FEED_NAME = re.compile(r"[^\w]*(?:\w+[^\w]+){0,3}?(?:rss|atom|feeds?|xml)(?:[^\w]+\w+){0,3}[^\w]*", re.IGNORECASE)
"""Words of a link that is called a feed: a few words, one of them this."""

_PARKED = re.compile(
    r"\b(?:(?:this|the) domain (?:name )?(?:is|may be) (?:for sale|parked|available for purchase)|buy this domain|"
    r"domain(?: name)? (?:is )?parked|inquire about this domain|make an offer on this domain|"
    r"diese domain (?:steht|ist) zum verkauf|ce (?:nom de )?domaine est (?:à|en) vente|este dominio está (?:a la|en) venta)\b",
    re.IGNORECASE,
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MARKUP = re.compile(r"<(?:!doctype\s+html|html|head|body|title|meta|link|div|p|a|h1|table|script|form)\b", re.IGNORECASE)
_FEED_SCHEME = re.compile(r"^feed:(?://)?(?=https?:)", re.IGNORECASE)
_REFRESH = re.compile(r"(\d{0,6})(?:\.\d*)?\s*[;,]?\s*url\s*=(.*)", re.IGNORECASE | re.DOTALL)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def read_links(data: bytes, url: str | None = None, content_type: str | None = None) -> SitePage:
    """Read what a page says about its feeds.

    Args:
        data: the page as served.
        url: where it was found, for relative links.
        content_type: the Content-Type header, or None.

    Raises:
        DocumentError: too large, no page, or built to stall a parser.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError(f"This page is larger than {MAX_BYTES // 1024 // 1024} MB; it was not read.")
    text = _decoded(data, content_type)
    if not _MARKUP.search(text[:65_536]):
        raise DocumentError("This is neither a feed nor a web page.")
    scanned = scan(text).html.replace("\0", "")
    try:
        tree = lxml_html.document_fromstring(scanned) if scanned.strip() else None
    except (etree.LxmlError, ValueError):
        tree = None
    if tree is None:
        raise DocumentError("This page has no markup that could be read.")
    return _page(tree, url)


def _page(tree: _Element, url: str | None) -> SitePage:
    base = _base(tree, url)
    meta = _meta(tree)
    whole = " ".join(tree.itertext())
    words = len(whole.split())
    feeds = _unique(_feed_links(tree, base))
    named = {link.url for link in feeds}
    return SitePage(
        title=_line(meta.get("og:title") or "".join(tree.xpath("string(.//title)"))),
        site=_line(meta.get("og:site_name") or meta.get("application-name") or ""),
        language=_language(tree.get("lang") or meta.get("og:locale") or meta.get("content-language") or ""),
        generator=_line(meta.get("generator") or ""),
        url=next((found for href in _canonical(tree) if (found := http_link(href, base))), None),
        feeds=feeds,
        anchors=tuple(link for link in _unique(_anchors(tree, base)) if link.url not in named),
        login=bool(tree.xpath(".//input[translate(@type,'PASWORD','pasword')='password']")),
        parked=words <= PARKED_WORDS and _PARKED.search(clean_line(whole)) is not None,
        article=(meta.get("og:type") or "").strip().lower() == "article",
        words=words,
        refresh=_refresh(meta.get("refresh") or "", base),
    )


def _feed_links(tree: _Element, base: str | None) -> Iterator[PageLink]:
    """``link`` elements that name another form of this page which is a feed, or a feed (WHATWG HTML 4.6.7.1, rel=alternate)."""
    for link in tree.iter("link"):
        rels = set((link.get("rel") or "").lower().split())
        if not rels & {"alternate", "feed", "service.feed"} or "stylesheet" in rels:
            continue
        found = _resolved(link.get("href"), base)
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        if found is None or (kind not in FEED_TYPES and not (kind in _LOOSE_TYPES and _is_feed_like(link, found, rels))):
            continue
        yield PageLink(found, _line(link.get("title") or ""), kind)


def _is_feed_like(link: _Element, url: str, rels: set[str]) -> bool:
    if link.get("hreflang") or link.get("media"):  # another language, another screen
        return False
    return "feed" in rels or _FEED_ADDRESS.search(url) is not None or _FEED_WORDS.search(link.get("title") or "") is not None


def _anchors(tree: _Element, base: str | None) -> Iterator[PageLink]:
    """Links that are called a feed or whose address ends like one."""
    for anchor in tree.iter("a"):
        href = anchor.get("href")
        found = _resolved(href, base) if href else None
        if found is None or len(found) > 1000:
            continue
        kind = (anchor.get("type") or "").partition(";")[0].strip().lower()
        words = _line(" ".join(anchor.itertext()) or anchor.get("title") or anchor.get("aria-label") or "".join(_pictures(anchor)))
        called = len(words) <= 60 and _FEED_NAME.fullmatch(words) is not None
        if (
            kind in FEED_TYPES
            or (_FEED_ADDRESS.search(_path(found)) and (called or _ENDS_LIKE_A_FEED.search(found)))
            or (called and _XML.search(found))
        ):
            yield PageLink(found, words, kind)


_ENDS_LIKE_A_FEED = re.compile(
    r"(?:/feed/?|/rss/?|/atom/?|\.(?:rss|atom|rdf)|(?:feed|rss|atom|index)\.(?:xml|json))(?:$|[?#])", re.IGNORECASE
)
_XML = re.compile(r"\.(?:xml|rdf|rss|json)(?:$|[?#])|format=(?:rss|atom|xml)", re.IGNORECASE)


def _path(url: str) -> str:
    """An address without its host: ``feeds.example`` alone makes no feed, but ``feedburner`` does."""
    return url if "feedburner" in url else "/" + url.split("/", 3)[-1] if url.count("/") >= 3 else ""


def _pictures(anchor: _Element) -> Iterator[str]:
    for picture in anchor.iter("img"):
        yield picture.get("alt") or ""


def _resolved(href: str | None, base: str | None) -> str | None:
    """The address, with the schemes that feed readers once registered undone (``feed:https://``, ``feed://``)."""
    text = _FEED_SCHEME.sub("", (href or "").strip())
    if text.lower().startswith("feed://"):
        text = "https://" + text[len("feed://") :]
    found = http_link(text, base) if text else None
    return None if found is None else found.partition("#")[0]


def _base(tree: _Element, url: str | None) -> str | None:
    for element in tree.iter("base"):
        if href := (element.get("href") or "").strip():
            return http_link(href, url) or url
    return url


def _canonical(tree: _Element) -> Iterator[str | None]:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            yield link.get("href")
    for meta in tree.iter("meta"):
        if (meta.get("property") or "").lower() == "og:url":
            yield meta.get("content")


def _refresh(said: str, base: str | None) -> str | None:
    """Where ``meta http-equiv=refresh`` leads within ten seconds (WHATWG HTML 4.2.5.3); a longer wait loads anew what is read."""
    match = _REFRESH.fullmatch(said[:MAX_REFRESH].strip())
    return None if match is None or int(match[1] or 0) > 10 else http_link(match[2].strip().strip("\"'"), base)


def _meta(tree: _Element) -> dict[str, str]:
    """Meta tags by name or property, the first of each."""
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("http-equiv") or "").strip().lower()
        if name and meta.get("content"):
            found.setdefault(name, meta.get("content") or "")
    return found


def _unique(links: Iterator[PageLink]) -> tuple[PageLink, ...]:
    found: dict[str, PageLink] = {}
    for link in links:
        found.setdefault(link.url, link)
        if len(found) == MAX_LINKS:
            break
    return tuple(found.values())


def _line(text: str) -> str:
    line = clean_line(text[: 10 * MAX_TITLE])
    return line if len(line) <= MAX_TITLE else line[: MAX_TITLE - 1] + "…"


def _language(text: str) -> str | None:
    tag = text.strip().replace("_", "-")
    return tag.lower() if _LANGUAGE.fullmatch(tag) else None


def _decoded(data: bytes, content_type: str | None) -> str:
    """Byte-order mark, header, meta tag, UTF-8; else what browsers read (windows-1252)."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    header = _HEADER_CHARSET.search(content_type or "")
    declared = _META_CHARSET.search(data[:4096])
    for name in (header[1] if header else "", declared[1].decode("ascii", "ignore") if declared else "", "utf-8"):
        try:
            return data.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("windows-1252", "replace")
