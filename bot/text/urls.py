"""One address for one article: AMP, mobile, tracker and cache variants of a URL fold into the same key.

Promises: pure, never raises, never joins two articles by dropping a query key it does not know. The result is a key for
comparing; a reader is shown the address as the source gave it, without trackers. Never resolves, fetches or guesses.
"""

from __future__ import annotations

import ipaddress
import re
import string
from urllib.parse import SplitResult, unquote, urlsplit

from bot.text.redirectors import inner_address

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
_MAILINGS = {
    "elqtrackid",
    "elqtrack",
    "elqaid",
    "elqat",
    "elqcampaignid",
    "sfmc_id",
    "sfmc_activityid",
    "ck_subscriber_id",
    "ml_subscriber",
    "ml_subscriber_hash",
    "_branch_match_id",
    "_branch_referrer",
    "wprov",
    "spm",
}
_FACEBOOK = {"fb_ref", "fb_source", "fb_action_ids", "fb_action_types", "__tn__"}
_SESSIONS = {"phpsessid", "jsessionid"}
_NEWSROOMS = {"ito", "mbid", "at_medium", "at_campaign", "at_format", "at_bbc_team", "at_ptr_name"}
_AMP_VIEWER = {"amp_js_v", "amp_gsa", "amp_r", "usqp"}
TRACKERS = frozenset(
    _ADVERTISING | _SHARING | _NEWSLETTERS | _ANALYTICS | _CAMPAIGNS | _NEWSROOMS | _AMP_VIEWER | _MAILINGS | _FACEBOOK | _SESSIONS
)
"""Query keys of advertisers, newsletters and newsrooms that never choose the article. Compared without case."""

_ONLY_THERE = {
    "youtube.com": ("si", "feature", "pp", "ab_channel"),
    "youtu.be": ("si", "feature"),
    "twitter.com": ("s", "t", "ref_src", "ref_url"),
    "x.com": ("s", "t", "ref_src", "ref_url"),
    "news.google.com": ("oc", "hl", "gl", "ceid"),
    "linkedin.com": ("trk", "trackingid", "lipi"),
    "wsj.com": ("mod", "reflink"),
    "bloomberg.com": ("srnd", "sref", "leadsource"),
    "washingtonpost.com": ("itid",),
}
"""Keys that say how the reader came on these hosts; elsewhere they may choose the article."""

_SWITCHES = {
    "amp": ("", "1", "true", "yes"),
    "_amp": ("", "1", "true"),
    "isamp": ("1", "true"),
    "noamp": ("", "1", "true", "mobile", "available"),
    "nonamp": ("", "1", "true"),
    "outputtype": ("amp",),
    "template": ("ampart",),
    "view": ("amp", "print", "mobile"),
    "mode": ("amp", "print"),
    "format": ("amp", "print"),
    "output": ("amp", "print"),
    "action": ("print",),
    "print": ("", "1", "true", "yes", "y"),
    "printable": ("", "1", "true", "yes"),
    "printview": ("", "1", "true"),
    "printer_friendly": ("", "1", "true"),
    "mobile": ("1", "true"),
    "nomobile": ("", "1", "true"),
}
"""Query keys and values that choose another view of the same article: AMP, print, mobile. Other values are kept."""

_AMP_SEGMENTS = ("amp", "google-amp")
_HOST_PREFIXES = ("www", "m", "mobile", "amp", "wap", "touch")
_INNER_LABELS = ("m", "amp", "mobile")
_PRINT_SEGMENTS = ("print", "printable", "print-view", "printview")
_SESSION = re.compile(r";jsessionid=[\w.!-]*", re.IGNORECASE)
_INDEX_ENDINGS = ("html", "htm", "shtml", "php", "asp", "aspx", "jsp")
_INDEX_FILES = frozenset(f"{name}.{ending}" for name in ("index", "default") for ending in _INDEX_ENDINGS)
_STRANGERS = frozenset(
    (
        "blogspot.com",
        "github.io",
        "gitlab.io",
        "medium.com",
        "netlify.app",
        "substack.com",
        "tumblr.com",
        "typepad.com",
        "vercel.app",
        "weebly.com",
        "wixsite.com",
        "wordpress.com",
    )
)
"""Hosts below which every name is somebody else's (from the private part of publicsuffix.org's list, and blog services)."""

_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gob", "gov", "gouv", "net", "ne", "or", "org"))
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.ASCII)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_ESCAPED_AMPERSAND = re.compile(r"&(?:amp;)+", re.IGNORECASE)
_UNRESERVED = frozenset((string.ascii_letters + string.digits + "-._~").encode())
_SAFE = frozenset((string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@/%?[]|").encode())
_MAX_UNWRAPS = 3


def canonical_url(url: str) -> str | None:
    """The address that all variants of the same article share, or None if this is no http or https address.

    Undone are: scheme and case of the host, ``www.`` ``m.`` ``mobile.`` ``amp.`` hosts, AMP paths and switches, AMP caches,
    redirectors that say where they lead, print and mobile views, named trackers, session ids, default ports, credentials,
    fragments (except ``#!``), index files, trailing slashes and needless percent-escapes. The order of the remaining query is kept.

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


def site(url: str) -> str | None:
    """The registrable domain of an address: ``harbourpost.co.uk`` of ``https://news.harbourpost.co.uk/x``; None if it has no host.

    Below the hosts of blogs and pages of strangers (``github.io``) every name is a site of its own. An address in numbers is one.
    """
    name = host(url)
    if name is None or name.startswith("["):
        return name
    labels = name.split(".")
    if labels[-1].isdigit():
        return name
    ending = 2 if ".".join(labels[-2:]) in _STRANGERS or (labels[-2:-1] and not _registrable(labels[-2:])) else 1
    return ".".join(labels[-ending - 1 :])


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
    known = last.lower() == before.path.rsplit("/", 1)[-1].lower() and (parts.query or not before.query)
    return stated.strip() if known or names_article(last) or names_article(parts.query) else None


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
    fragment = f"#{_normal_escapes(parts.fragment)}" if parts.fragment.startswith("!") else ""
    return f"https://{where}{_clean_path(parts.path)}{'?' + query if query else ''}{fragment}"


def _fold_host(name: str) -> str:
    """Without ``www.``, ``m.`` and the like, as long as a registrable name remains."""
    labels = name.split(".")
    if name.startswith("[") or labels[-1].isdigit():
        return name
    while labels[0] in _HOST_PREFIXES and _registrable(labels[1:]):
        labels = labels[1:]
    while len(labels) > 3 and labels[1] in _INNER_LABELS:  # en.m.wikipedia.org
        del labels[1]
    return ".".join(labels)


def _registrable(labels: list[str]) -> bool:
    if len(labels) == 2:
        return not (labels[0] in _SECOND_LEVEL and len(labels[1]) == 2)
    return len(labels) > 2


def _clean_path(path: str) -> str:
    kept: list[str] = []
    for segment in _normal_escapes(_SESSION.sub("", path)).split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    others = [segment for segment in kept if segment.lower() not in _AMP_SEGMENTS]
    if any(others):
        kept = others
    kept = _without_print(kept)
    while kept and (not kept[-1] or kept[-1].lower() in _INDEX_FILES or _without_amp_ending(kept[-1]) != kept[-1]):
        shorter = _without_amp_ending(kept.pop())
        if shorter.lower() not in _INDEX_FILES:
            kept.extend([shorter] if shorter else [])
    return "/" + "/".join(kept)


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
    return "&".join(pair for pair in pairs if not _is_view(pair, where))


def _is_view(pair: str, where: str) -> bool:
    """Whether a part of the query only says how the reader came or which view is wanted."""
    key, _, value = pair.partition("=")
    key = unquote(key).lower()
    if _follows_reader(pair) or value.lower() in _SWITCHES.get(key, ()) or key in _ONLY_THERE.get(where, ()):
        return True
    return key == "m" and value == "1" and ".blogspot." in where


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
