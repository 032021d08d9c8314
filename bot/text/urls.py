"""One address for one article: AMP, mobile, tracker and cache variants of a URL fold into the same key.

Promises: pure, never raises, never joins two articles by dropping a query key it does not know. The result is a key for
comparing; a reader is shown the address as the source gave it, without trackers. Never resolves, fetches or guesses.
"""

from __future__ import annotations

import ipaddress
import re
import string
from urllib.parse import SplitResult, unquote, urlsplit

from bot.core.memo import memo
from bot.text.platforms import is_registrable, owned
from bot.text.redirectors import inner_address
from bot.text.trackers import follows_reader, is_view
from bot.text.wordset import word_set

MAX_LENGTH = 8192
"""Longest address read, in code points; RFC 9110 section 4.1 asks for at least 8000 octets. A longer one is refused."""

_AMP_SEGMENTS = ("amp", "google-amp")
_HOST_PREFIXES = ("www", "m", "mobile", "amp", "wap", "touch")
_INNER_LABELS = ("m", "amp", "mobile")
_PRINT_SEGMENTS = ("print", "printable", "print-view", "printview")
_SESSION = re.compile(r";jsessionid=[\w.!-]*", re.IGNORECASE)
_INDEX_ENDINGS = ("html", "htm", "shtml", "php", "asp", "aspx", "jsp")
_INDEX_FILES = frozenset(f"{name}.{ending}" for name in ("index", "default") for ending in _INDEX_ENDINGS)
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.ASCII)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_HALVES = re.compile("[\ud800-\udfff]")
_ROUNDS = 8
"""Times that escapes are undone; what is still changing then (``%3%31``, again and again) was made to."""
_ESCAPED_AMPERSAND = re.compile(r"&(?:amp;)+", re.IGNORECASE)
_UNRESERVED = frozenset((string.ascii_letters + string.digits + "-._~").encode())
_SAFE = frozenset((string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@/%?[]|").encode())
_FURNITURE = word_set("comments comment respond disqus_thread top content main article story header footer share rss more readmore")
"""Fragments that lead to a part every page has."""
_COPIED = re.compile(r"[ai]xzz[0-9]|\.[\w-]{10,}$")
"""What Tynt and AddThis put behind an address that somebody copies."""
_CODE, _CODE_DIGITS = 8, 3
"""Length of a number with letters that names an article (``idUSKBN23H3EO``), and digits in it: ``bootstrap5`` names a topic."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_ROUTE = re.compile(r"(?:!|/)/*[^/]")
_MAX_UNWRAPS = 3


@memo(256)  # asked for when an entry is read and again when its keys are made
def canonical_url(url: str) -> str | None:
    """The address that all variants of the same article share, or None if this is no http or https address.

    Undone are: scheme and case of the host, ``www.`` ``m.`` ``mobile.`` ``amp.`` hosts, AMP paths and switches, AMP caches,
    redirectors that say where they lead, print and mobile views, named trackers, session ids, default ports, credentials,
    fragments (except the routes ``#!`` and ``#/``), index files, trailing slashes and needless percent-escapes. The order of the
    remaining query is kept.

    Args:
        url: an address as a document gives it.

    Returns:
        An https address in ASCII, or None.
    """
    for _ in range(_MAX_UNWRAPS):
        parts = _split(url)
        if parts is None:
            return None
        name = _true_host(parts)
        if name is None:
            return None
        inner = _unwrap(name, parts)
        if inner is None:
            return _compose(name, parts)
        url = inner
    return None


def behind_redirectors(url: str) -> str:
    """The address that a redirector's or an AMP cache's address leads to, as it is written there; any other address as given.

    A reader, a fetch and the count of outlets want the publisher's host and not Google's.
    """
    given = url
    for _ in range(_MAX_UNWRAPS):
        parts = _split(url)
        name = None if parts is None else _true_host(parts)
        if parts is None or name is None:
            return given
        inner = _unwrap(name, parts)
        if inner is None:
            return url
        url = inner
    return given


def without_trackers(url: str) -> str:
    """The address as the source gave it, byte for byte, but for the named trackers in its query.

    Unlike the canonical address it is one the site itself gave out: a folded host or a missing slash may lead nowhere.
    """
    head, mark, tail = url.partition("?")
    query, hash_mark, fragment = tail.partition("#")
    pairs = _ESCAPED_AMPERSAND.sub("&", query).split("&")
    where = _fold_host(host(url) or "")
    kept = [pair for pair in pairs if not follows_reader(pair, where)]
    if not mark or "#" in head or len(kept) == len(pairs):
        return url
    return f"{head}{'?' if kept else ''}{'&'.join(kept)}{hash_mark}{fragment}"


def place_in_page(url: str) -> str | None:
    """The part of a page that an address points to (``June_10`` of ``/notes#June_10``), or None if it points to all of it.

    Some sources link every entry to one page. Routes belong to the canonical address; highlights (``:~:text=``), the page's own
    furniture and trackers are no part of the article's.
    """
    if "#" not in url:
        return None
    parts = _split(url)
    name = None if parts is None else _true_host(parts)
    if parts is None or name is None or _ROUTE.match(parts.fragment):
        return None
    place = _clean_query(parts.fragment.partition(":~:")[0], _fold_host(name))
    return place if place.strip("!/") and place.lower() not in _FURNITURE and not _COPIED.match(place) else None


def is_part_of_page(url: str) -> bool:
    """Whether the article is a part of the page at this address, or what a program there shows: the page's text is not its own."""
    place = place_in_page(url)
    return "#" in (canonical_url(url) or "") or (place is not None and "=" not in place)


def host(url: str) -> str | None:
    """The host that a browser would really open, lower case, international names as ``xn--``; None if there is none.

    What stands before an ``@`` is never the host, and a backslash counts as a slash (WHATWG URL, special schemes).
    """
    parts = _split(url)
    return None if parts is None else _true_host(parts)


def site(url: str) -> str | None:
    """The registrable domain of an address: ``harbourpost.co.uk`` of ``https://news.harbourpost.co.uk/x``; None if it has no host.

    Below the hosts of blogs and pages of strangers (``github.io``) every name is a site of its own. An address in numbers is one.
    """
    name = host(url)
    return None if name is None else owned(name)


def stated_address(stated: str, fetched: str | None) -> str | None:
    """The address a page states for itself, if that can be believed, else None.

    Args:
        stated: its ``rel=canonical`` or ``og:url``.
        fetched: where the page came from; None for a saved page, which may say what it likes.

    A fetched page must state an address of its own site that names an article: many sites state their front page or a
    section's on every page, and all their articles would become one.
    """
    own = canonical_url(stated.strip())
    if own is None or fetched is None:
        return None if own is None else stated.strip()
    came = canonical_url(fetched)
    if came is None or site(own) != site(came):
        return None
    parts, before = urlsplit(own), urlsplit(came)
    if not parts.path.strip("/") and not parts.query:
        return None
    last = parts.path.rsplit("/", 1)[-1]
    asked = next((part for part in reversed(before.path.lower().split("/")) if part not in _AMP_SEGMENTS), "")
    known = last.lower() == asked and (parts.query or not before.query)
    return stated.strip() if known or names_article(last) or names_article(parts.query) else None


@memo(64)  # several questions are asked about one address
def _split(url: str) -> SplitResult | None:
    text = url.strip(string.whitespace + "\x00").replace("\t", "").replace("\r", "").replace("\n", "")
    if len(text) > MAX_LENGTH:
        return None
    if not text.isascii():
        text = _HALVES.sub("\ufffd", text)  # half a character would become a question mark, behind which a query begins
    head, mark, rest = _cut_at(text, "?#")
    head = head.replace("\\", "/")
    scheme, colon, after = head.partition(":")
    if not colon or scheme.lower() not in {"http", "https"} or not after.startswith("//"):
        return None
    try:
        return urlsplit(f"{scheme.lower()}:{after}{mark}{rest}")
    except ValueError:
        return None


def _cut_at(text: str, marks: str) -> tuple[str, str, str]:
    found = min((at for at in map(text.find, marks) if at >= 0), default=-1)
    return (text, "", "") if found < 0 else (text[:found], text[found], text[found + 1 :])


def _true_host(parts: SplitResult) -> str | None:
    try:
        name = parts.hostname
    except ValueError:
        return None
    if not name or ("[" in parts.netloc and "%" in name):  # a zone means something to one machine only (RFC 4007 11.2)
        return None
    if "[" in parts.netloc:
        try:
            return f"[{ipaddress.IPv6Address(name).compressed}]"
        except ValueError:
            return None
    try:
        name = unquote(name, errors="strict").rstrip(".").encode("idna").decode("ascii").lower()
    except (UnicodeError, ValueError):
        return None
    return name if len(name) <= 253 and _HOST.fullmatch(name) else None


def _unwrap(name: str, parts: SplitResult) -> str | None:
    """The address inside an AMP cache's or redirector's address, or None if this is an ordinary one."""
    inner = inner_address(_fold_host(name), parts.path, parts.query)
    return None if inner is None or _split(inner) is None else inner


def _compose(name: str, parts: SplitResult) -> str:
    try:
        port = parts.port
    except ValueError:
        port = None
    where = _fold_host(name)
    if port not in {None, 443} and not (port == 80 and parts.scheme == "http"):
        where = f"{where}:{port}"
    query = _clean_query(parts.query, _fold_host(name))
    route = _clean_route(parts.fragment, _fold_host(name))
    return f"https://{where}{_clean_path(parts.path)}{'?' + query if query else ''}{'#' + route if route else ''}"


def _clean_route(fragment: str, where: str) -> str:
    """A fragment by which a page that is a program finds its article (``#!/7``, ``#/news/7``), without trackers; else nothing."""
    path, mark, query = fragment.partition("?")
    if not _ROUTE.match(path):
        return ""
    query = _clean_query(query, where)
    route = _normal_escapes(path).rstrip("/")
    return f"{route}?{query}" if mark and query else route


def _fold_host(name: str) -> str:
    """Without ``www.``, ``m.`` and the like, as long as a registrable name remains."""
    labels = name.split(".")
    if name.startswith("[") or labels[-1].isdigit():
        return name
    while labels[0] in _HOST_PREFIXES and is_registrable(labels[1:]):
        labels = labels[1:]
    while len(labels) > 3 and labels[1] in _INNER_LABELS:  # en.m.wikipedia.org
        del labels[1]
    return ".".join(labels)


def _clean_path(path: str) -> str:
    kept: list[str] = []
    for segment in _normal_escapes(_SESSION.sub("", path)).split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    kept = _without_print(_without_amp(kept))
    while kept and (not kept[-1] or kept[-1].lower() in _INDEX_FILES or _without_amp_ending(kept[-1]) != kept[-1]):
        shorter = _without_amp_ending(kept.pop())
        if shorter.lower() not in _INDEX_FILES:
            kept.extend([shorter] if shorter else [])
    return "/" + "/".join(kept)


def _without_amp(segments: list[str]) -> list[str]:
    """``/amp`` in an article's address is a view; in ``/docs/amp`` and ``/topics/amp/why`` it is what the page is about."""
    others = [segment for segment in segments if segment.lower() not in _AMP_SEGMENTS]
    named = [segment for segment in others if segment and segment.lower() not in _INDEX_FILES]
    if not named or len(others) == len(segments):
        return segments
    dated = any(_YEAR.fullmatch(segment) for segment in named[:-1])
    numbered = len(named[-1]) >= _CODE and len(re.findall(r"\d", named[-1])) >= _CODE_DIGITS
    return others if numbered or names_article(named[-1]) or (dated and "-" in named[-1]) else segments


def _without_print(segments: list[str]) -> list[str]:
    """``/print/`` before an article's address or behind it is a view; ``/shop/print`` is a section."""
    if len(segments) > 1 and segments[0].lower() in _PRINT_SEGMENTS and names_article(segments[-1]):
        return segments[1:]
    ending = [segment for segment in segments if segment]
    if len(ending) > 1 and ending[-1].lower() in _PRINT_SEGMENTS and names_article(ending[-2]):
        return segments[: len(segments) - segments[::-1].index(ending[-1]) - 1]
    return segments


def names_article(segment: str) -> bool:
    """Whether a part of a path is like the name of one article: three words or more, or a number of five digits."""
    return len(re.findall(r"[^\W\d_]{2,}", segment)) >= 3 or re.search(r"\d{5}", segment) is not None


def _without_amp_ending(segment: str) -> str:
    lower = segment.lower()
    for ending, instead in ((".amp.html", ".html"), ("_amp.html", ".html"), (".amp", ""), (".print.html", ".html"), (".print", "")):
        if lower.endswith(ending) and len(segment) > len(ending):
            return segment[: -len(ending)] + instead
    return segment


def _clean_query(query: str, where: str) -> str:
    pairs = (_normal_escapes(pair) for pair in _ESCAPED_AMPERSAND.sub("&", query).split("&") if pair)
    return "&".join(pair for pair in pairs if not is_view(pair, where))


def _normal_escapes(text: str) -> str:
    """RFC 3986 section 6.2.2: escapes in capitals, none for unreserved characters, everything unsafe escaped."""

    def plain(found: re.Match[str]) -> str:
        byte = int(found[1], 16)
        return chr(byte) if byte in _UNRESERVED else f"%{byte:02X}"

    unescaped = _ESCAPE.sub(plain, text)
    for _ in range(_ROUNDS):
        if unescaped == text or "%" not in unescaped:
            break
        text, unescaped = unescaped, _ESCAPE.sub(plain, unescaped)
    if unescaped.isascii() and unescaped.isalnum():
        return unescaped
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in unescaped.encode("utf-8", "replace"))
