"""One address for one article: AMP, mobile, tracker and cache variants of a URL fold into the same key.

Promises: pure, never raises, never joins two articles by dropping a query key it does not know. The result is a key for
comparing; a reader is shown the address as the source gave it, without trackers. Never resolves, fetches or guesses.
"""

from __future__ import annotations

import ipaddress
import re
import string
from urllib.parse import SplitResult, unquote, urlsplit

MAX_LENGTH = 8192
"""Longest address read, in code points; RFC 9110 section 4.1 asks for at least 8000 octets. A longer one is refused."""

TRACKER_PREFIXES = ("utm_", "itm_", "mtm_", "pk_", "piwik_", "hsa_", "__hs", "_hs", "vero_", "at_custom", "at_link", "guce_")
"""Beginnings of query keys that only say how the reader came (Urchin, Matomo, HubSpot, Vero, AT Internet, Yahoo)."""

_ADVERTISING = {
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "twclid",
    "ttclid",
    "yclid",
    "rdt_cid",
    "srsltid",
}
_SHARING = {
    "igshid",
    "igsh",
    "li_fat_id",
    "epik",
    "scid",
    "s_cid",
    "s_kwcid",
    "ef_id",
    "soc_src",
    "soc_trk",
    "__twitter_impression",
}
_NEWSLETTERS = {
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "oly_anon_id",
    "oly_enc_id",
    "hsctatracking",
    "emc",
    "smid",
    "smtyp",
    "wpisrc",
    "wpmk",
}
_ANALYTICS = {"_openstat", "_ga", "_gl", "wt_mc", "wt.mc_id", "wt_mc_id", "xtor", "guccounter", "tsrc", "ns_source", "ns_mchannel"}
_CAMPAIGNS = {"ns_campaign", "ns_linkname", "ns_fee", "cmp", "cmpid", "intcmp", "intcid", "icid", "ncid", "ocid", "dmcid", "maca"}
_NEWSROOMS = {"ito", "mbid", "at_medium", "at_campaign", "at_format", "at_bbc_team", "at_ptr_name"}
_AMP_VIEWER = {"amp_js_v", "amp_gsa", "amp_r", "usqp"}
TRACKERS = frozenset(_ADVERTISING | _SHARING | _NEWSLETTERS | _ANALYTICS | _CAMPAIGNS | _NEWSROOMS | _AMP_VIEWER)
"""Query keys of advertisers, newsletters and newsrooms that never choose the article. Compared without case."""

_AMP_SWITCHES = {
    "amp": ("", "1", "true", "yes"),
    "_amp": ("", "1", "true"),
    "outputtype": ("amp",),
    "view": ("amp",),
    "template": ("ampart",),
}
_AMP_SEGMENTS = ("amp", "google-amp")
_HOST_PREFIXES = ("www", "m", "mobile", "amp")
_INDEX_ENDINGS = ("html", "htm", "shtml", "php", "asp", "aspx", "jsp")
_INDEX_FILES = frozenset(f"{name}.{ending}" for name in ("index", "default") for ending in _INDEX_ENDINGS)
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gob", "gov", "gouv", "net", "ne", "or", "org"))
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.ASCII)
_GOOGLE = re.compile(r"google\.[a-z]{2,3}(\.[a-z]{2})?")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_ESCAPED_AMPERSAND = re.compile(r"&(?:amp;)+", re.IGNORECASE)
_UNRESERVED = frozenset((string.ascii_letters + string.digits + "-._~").encode())
_SAFE = frozenset((string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@/%?[]|").encode())
_MAX_UNWRAPS = 3


def canonical_url(url: str) -> str | None:
    """The address that all variants of the same article share, or None if this is no http or https address.

    Undone are: scheme and case of the host, ``www.`` ``m.`` ``mobile.`` ``amp.`` hosts, AMP paths and switches, AMP caches,
    Google's and Facebook's redirectors, named trackers, default ports, credentials, fragments (except ``#!``), index files,
    trailing slashes and needless percent-escapes. The order of the remaining query is kept.

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


def without_trackers(url: str) -> str:
    """The address as the source gave it, byte for byte, but for the named trackers in its query.

    Unlike the canonical address it is one the site itself gave out: a folded host or a missing slash may lead nowhere.
    """
    head, mark, tail = url.partition("?")
    query, hash_mark, fragment = tail.partition("#")
    pairs = _ESCAPED_AMPERSAND.sub("&", query).split("&")
    kept = [pair for pair in pairs if not _follows_reader(pair)]
    if not mark or "#" in head or len(kept) == len(pairs):
        return url
    return f"{head}{'?' if kept else ''}{'&'.join(kept)}{hash_mark}{fragment}"


def host(url: str) -> str | None:
    """The host that a browser would really open, lower case, international names as ``xn--``; None if there is none.

    What stands before an ``@`` is never the host, and a backslash counts as a slash (WHATWG URL, special schemes).
    """
    parts = _split(url)
    return None if parts is None else _true_host(parts)


def _split(url: str) -> SplitResult | None:
    text = "".join(char for char in url.strip(string.whitespace + "\x00") if char not in "\t\r\n")
    if len(text) > MAX_LENGTH:
        return None
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
    if not name:
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
    folded = _fold_host(name)
    cached = ""
    if name.endswith((".cdn.ampproject.org", ".bing-amp.com")):
        kind, _, cached = parts.path.lstrip("/").partition("/")
        cached = cached if kind in {"c", "v", "wp"} else ""
    elif _GOOGLE.fullmatch(folded) and parts.path.startswith("/amp/"):
        cached = parts.path.removeprefix("/amp/")
    if cached:
        inner = "https://" + cached.removeprefix("s/")
        return inner if not parts.query else f"{inner}?{parts.query}"
    if _GOOGLE.fullmatch(folded) and parts.path == "/url":
        return _redirected(parts.query, ("url", "q"))
    if folded in {"l.facebook.com", "lm.facebook.com", "facebook.com"} and parts.path == "/l.php":
        return _redirected(parts.query, ("u",))
    return None


def _redirected(query: str, keys: tuple[str, ...]) -> str | None:
    values = dict(reversed([(key, value) for key, _, value in (pair.partition("=") for pair in query.split("&"))]))
    for key in keys:
        target = unquote(values.get(key, "").replace("+", " "))
        if _split(target) is not None:
            return target
    return None


def _compose(name: str, parts: SplitResult) -> str:
    try:
        port = parts.port
    except ValueError:
        port = None
    where = _fold_host(name)
    if port not in {None, 443} and not (port == 80 and parts.scheme == "http"):
        where = f"{where}:{port}"
    query = _clean_query(parts.query)
    fragment = f"#{_normal_escapes(parts.fragment)}" if parts.fragment.startswith("!") else ""
    return f"https://{where}{_clean_path(parts.path)}{'?' + query if query else ''}{fragment}"


def _fold_host(name: str) -> str:
    """Without ``www.``, ``m.`` and the like, as long as a registrable name remains."""
    labels = name.split(".")
    if name.startswith("[") or labels[-1].isdigit():
        return name
    while labels[0] in _HOST_PREFIXES and _registrable(labels[1:]):
        labels = labels[1:]
    while len(labels) > 3 and labels[1] == "m":  # en.m.wikipedia.org
        del labels[1]
    return ".".join(labels)


def _registrable(labels: list[str]) -> bool:
    if len(labels) == 2:
        return not (labels[0] in _SECOND_LEVEL and len(labels[1]) == 2)
    return len(labels) > 2


def _clean_path(path: str) -> str:
    kept: list[str] = []
    for segment in _normal_escapes(path).split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    others = [segment for segment in kept if segment.lower() not in _AMP_SEGMENTS]
    if any(others):
        kept = others
    while kept and (not kept[-1] or kept[-1].lower() in _INDEX_FILES or _without_amp_ending(kept[-1]) != kept[-1]):
        shorter = _without_amp_ending(kept.pop())
        if shorter.lower() not in _INDEX_FILES:
            kept.extend([shorter] if shorter else [])
    return "/" + "/".join(kept)


def _without_amp_ending(segment: str) -> str:
    lower = segment.lower()
    for ending, instead in ((".amp.html", ".html"), ("_amp.html", ".html"), (".amp", "")):
        if lower.endswith(ending) and len(segment) > len(ending):
            return segment[: -len(ending)] + instead
    return segment


def _clean_query(query: str) -> str:
    pairs = (_normal_escapes(pair) for pair in _ESCAPED_AMPERSAND.sub("&", query).split("&") if pair)
    return "&".join(pair for pair in pairs if not _is_tracker(pair))


def _is_tracker(pair: str) -> bool:
    key, _, value = pair.partition("=")
    return _follows_reader(pair) or value.lower() in _AMP_SWITCHES.get(unquote(key).lower(), ())


def _follows_reader(pair: str) -> bool:
    key = unquote(pair.partition("=")[0]).lower()
    return key in TRACKERS or key.startswith(TRACKER_PREFIXES)


def _normal_escapes(text: str) -> str:
    """RFC 3986 section 6.2.2: escapes in capitals, none for unreserved characters, everything unsafe escaped."""

    def plain(found: re.Match[str]) -> str:
        byte = int(found[1], 16)
        return chr(byte) if byte in _UNRESERVED else f"%{byte:02X}"

    unescaped = _ESCAPE.sub(plain, text)
    if unescaped.isascii() and unescaped.isalnum():
        return unescaped
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in unescaped.encode("utf-8", "replace"))
