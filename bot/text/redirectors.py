"""The address inside a redirector's address, where it stands there to be read.

Promises: pure, never raises; only services named here are unwrapped, because any site may have a ``url`` in its query that is
not where its link leads. Never resolves: what only the service knows (t.co, newer Google News links) stays as it is.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from urllib.parse import unquote

_GOOGLE = re.compile(r"google\.[a-z]{2,3}(\.[a-z]{2})?")
_AMP_CACHES = (".cdn.ampproject.org", ".bing-amp.com")
_CACHED = frozenset("cvr") | {"wp"}
"""First part of a cached document's path; ``i`` and ``ii`` are pictures (AMP cache URL format, amp.dev)."""

_BY_QUERY: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("facebook.com", r"/l\.php", ("u",)),
    ("l.facebook.com", r"/l\.php", ("u",)),
    ("lm.facebook.com", r"/l\.php", ("u",)),
    ("l.messenger.com", r"/l\.php", ("u",)),
    ("l.instagram.com", "/?", ("u",)),
    ("l.threads.com", "/?", ("u",)),
    ("l.threads.net", "/?", ("u",)),
    ("bing.com", r"/news/apiclick\.aspx", ("url",)),
    ("youtube.com", "/redirect", ("q",)),
    ("linkedin.com", "/(?:redir/redirect|safety/go)/?", ("url",)),
    ("out.reddit.com", ".*", ("url",)),
    ("t.umblr.com", "/redirect", ("z",)),
    ("vk.com", r"/away\.php", ("to",)),
    ("duckduckgo.com", "/l/?", ("uddg",)),
    ("slack-redir.net", "/link", ("url",)),
    ("flipboard.com", "/redirect", ("url",)),
    ("getpocket.com", "/redirect", ("url",)),
    ("consent.google.com", "/.{1,2}", ("continue",)),
    (".safelinks.protection.outlook.com", ".*", ("url",)),
)
"""Host (a leading dot: any host below it), path, and the query keys that may hold the address, as each service's links are."""

_NEWS_PATH = re.compile(r"/(?:.*/)?(?:articles|read)/(?P<code>CB[\w-]{10,4000})=*")
_PROOFPOINT = re.compile(r"/v3/__(?P<url>.+?)__;")
_YAHOO = re.compile(r"/RU=(?P<url>[^/]+)/")


def inner_address(host: str, path: str, query: str) -> str | None:
    """What the address leads to, not yet checked to be one; None if this is no redirector's or cache's address.

    Args:
        host: without ``www.`` and the like.
        path: of the address, as written.
        query: of the address, as written.
    """
    if host.endswith(_AMP_CACHES) or f".{host}" in _AMP_CACHES:
        kind, _, cached = path.lstrip("/").partition("/")
        return _cached(cached if kind in _CACHED else "", query)
    if _GOOGLE.fullmatch(host):
        if path.startswith("/amp/"):
            return _cached(path.removeprefix("/amp/"), query)
        return _value(query, ("url", "q")) if path == "/url" else None
    for name, form, keys in _BY_QUERY:
        if (host.endswith(name) if name.startswith(".") else host == name) and re.fullmatch(form, path):
            return _value(query, keys)
    special = _SPECIAL.get(host)
    return special(path, query) if special is not None else None


def _cached(address: str, query: str) -> str | None:
    """The address behind a cache's prefix; ``s/`` says https, and both are the same article."""
    inner = "https://" + address.removeprefix("s/")
    return None if not address else f"{inner}?{query}" if query else inner


def _value(query: str, keys: tuple[str, ...]) -> str | None:
    """The first address under one of the keys."""
    values = dict(reversed([(key, value) for key, _, value in (pair.partition("=") for pair in query.split("&"))]))
    for key in keys:
        target = unquote(values.get(key, "").replace("+", " "))
        if target.lower().startswith(("http://", "https://")):
            return target
    return None


def _google_news(path: str, query: str) -> str | None:
    """Google News until mid-2024: base64 of a record whose first text, behind 08 13 22 and its length, is the address."""
    found = _NEWS_PATH.fullmatch(path)
    record = _base64(found["code"]) if found else b""
    if not record.startswith(b"\x08\x13\x22") or len(record) < 5:
        return _value(query, ("url",)) if path.endswith("/url") else None
    length, at = record[3], 4
    if length & 0x80:  # a length of two bytes, low seven bits first
        length, at = (length & 0x7F) | record[4] << 7, 5
    address = record[at : at + length].decode("ascii", "replace")
    return address if address.startswith(("http://", "https://")) and len(address) == length else None


def _bing_click(path: str, query: str) -> str | None:
    """Bing's ``/ck/a``: ``u`` is ``a1`` and then base64."""
    code = next((pair[4:] for pair in query.split("&") if pair.startswith("u=a1")), "")
    address = _base64(code).decode("utf-8", "replace") if path == "/ck/a" else ""
    return address if address.startswith(("http://", "https://")) else None


def _proofpoint(path: str, query: str) -> str | None:
    """Version 2 writes ``-`` for ``%`` and ``_`` for ``/``; version 3 has the address in the path, with one slash lost."""
    if path == "/v2/url":
        code = next((pair[2:] for pair in query.split("&") if pair.startswith("u=")), "")
        return unquote(code.replace("-", "%").replace("_", "/")) or None
    found = _PROOFPOINT.match(path)
    if found is None or "*" in found["url"]:  # stars stand for characters that only the part behind the ; tells
        return None
    return re.sub(r"^(https?):/+", r"\1://", found["url"])


def _yahoo(path: str, _query: str) -> str | None:
    found = _YAHOO.search(path)
    return unquote(found["url"]) if found else None


def _base64(code: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
    except (binascii.Error, ValueError):
        return b""


_SPECIAL: dict[str, Callable[[str, str], str | None]] = {
    "news.google.com": _google_news,
    "bing.com": _bing_click,
    "urldefense.proofpoint.com": _proofpoint,
    "urldefense.com": _proofpoint,
    "r.search.yahoo.com": _yahoo,
}
