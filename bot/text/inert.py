"""Hostile text made inert for every face. Pure.

Promises: what comes out is one line of visible text: no control character, no terminal sequence, nothing that turns the
direction of what follows or hides between letters; references such as ``&amp;lt;`` are decoded until nothing changes, so
that no second decoder finds anything. The shown host of a link is the host a browser would open. Never raises on any text.
What a platform reads as markup or as a mention is still in it: each adapter escapes that after this.
"""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import quote

from bot.text.urls import host

ROUNDS = 8
"""Rounds of decoding and stripping; what is still changing then was nested on purpose, and its ampersands go."""
LONGEST = 20_000
"""Code points looked at: far beyond any limit of a message, so that 100,000 letters cost no more than a long article."""
LOOKED_AT = 16
"""Code points looked at for each one that has room: enough for references, which are longer than what they stand for."""
MARKS = 4
"""Combining marks kept on one letter: the most that living orthographies stack; more is drawn over other lines."""
LONGEST_URL = 2_000
"""Addresses beyond this are not shown: browsers and proxies cut them, and a cut address leads elsewhere."""

_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]?"  # CSI with its parameters (ECMA-48 5.4)
    r"|\x1b[PX^_\]][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # DCS, SOS, PM, APC, OSC up to their end (ECMA-48 5.6)
    r"|\x9b[0-?]*[ -/]*[@-~]?|[\x90\x98\x9d-\x9f][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # the same as single C1 characters
    r"|\x1b[ -/]*[0-~]?"  # every other escape sequence
)
_JOINERS = "\u200c\u200d"
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing though Unicode does not class them as format characters."""
_STOPS = str.maketrans("。．｡․﹒：﹕∶꞉／∕⁄＠", "....." + "::::" + "///" + "@")
"""Signs that a reader, and for the first four a browser too (UTS 46), takes for those of an address."""
_HOST_NAMED = re.compile(
    r"[a-z][a-z0-9+.-]{0,20}:/{1,3}([^\s/?#\\<>|]*)"  # whatever follows a scheme
    r"|(?<![\w.-])((?:\d{1,3}\.){3}\d{1,3})(?![\w-]|\.\d)"
    r"|(?<![\w-])(localhost)(?=[:/])"
    r"|(?<![\w-])((?:[\w-]{1,63}\.){1,20}[^\W\d_]{2}[\w-]*)",  # two letters or more: new top-level domains come every year
    re.IGNORECASE,
)
_PORT = re.compile(r":[0-9]{1,5}$")
_SCHEMES = ("http://", "https://")


def plain(text: str, limit: int | None = None) -> str:
    """One line of visible text.

    Args:
        text: anything.
        limit: most code points of the result; a longer text is cut at a word and ends in an ellipsis.
    """
    text = text[: LONGEST if limit is None else min(LONGEST, limit * LOOKED_AT)]
    if not (text.isascii() and text.isprintable() and "&" not in text):
        text = _stable(text)
    text = " ".join(text.split())
    return text if limit is None else clip(text, limit)


def clip(text: str, limit: int) -> str:
    """``text`` if it has at most ``limit`` code points, else its beginning, cut at a word where there is one, with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    blank = cut.rfind(" ")
    return cut[: blank if blank > limit // 2 else len(cut)].rstrip(" ,;:-–—\u200d") + "…"


def shown_url(url: str | None) -> str | None:
    """An address that may be printed and followed: http or https, ASCII only, nothing hidden in it; None if there is none."""
    if url is None or len(url) > LONGEST_URL or not url.lower().startswith(_SCHEMES):
        return None
    if any(character <= " " or character in '\\"<>`{|}^\x7f' for character in url) or host(url) is None:
        return None
    scheme, _, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        return None
    port = _PORT.search(authority)
    tail = quote(rest[len(authority) :], safe="/?#[]@!$&'()*+,;=:%-._~", errors="replace")
    return f"{scheme.lower()}://{host(url)}{port[0] if port else ''}{tail}"


def shown_host(url: str | None) -> str | None:
    """The host a browser would open for ``url``, international names as ``xn--``; None if the address is not shown."""
    return None if shown_url(url) is None else host(str(url))


def hosts_named(text: str) -> tuple[str, ...]:
    """Every host that a reader may take words of ``text`` for, look-alikes of dots and slashes included.

    Args:
        text: what is shown, not too long.

    Returns:
        Each as a reader would say it: lower case, without ``www.``, user and port; empty where a scheme has no host.
    """
    found = []
    for authority, number, local, name in _HOST_NAMED.findall(text.translate(_STOPS)):
        said = authority.rpartition("@")[2].partition(":")[0] or number or local or name
        found.append(said.casefold().strip(".").removeprefix("www."))
    return tuple(found)


def _stable(text: str) -> str:
    """Decode and strip until nothing changes: what is stripped may have hidden a reference, and a reference may hide a control."""
    for _ in range(ROUNDS):
        seen = unicodedata.normalize("NFC", _visible(_SEQUENCE.sub(" ", html.unescape(text))))
        if seen == text:
            return text
        text = seen
    return _visible(text.replace("&", " "))


def _visible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    # general categories (UAX 44): Z blanks, M marks, C controls, format characters, surrogates, private use and unassigned
    for at, character in enumerate(text):
        kind = unicodedata.category(character)
        if kind[0] == "Z" or character in "\t\n\r\x0b\x0c\x85":
            kept.append(" ")
        elif character in _JOINERS:
            if _joins(text, at):
                kept.append(character)
            continue
        elif kind[0] == "M" and character not in _INVISIBLE:
            marks += 1
            if marks <= MARKS:
                kept.append(character)
            continue
        elif character not in _INVISIBLE and (kind[0] != "C" or _new_letter(kind, character)):
            kept.append(character)
        marks = 0
    return "".join(kept)


def _joins(text: str, at: int) -> bool:
    """Whether a joiner shapes what stands beside it: an emoji made of several, or a script that is written with joiners."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if not before or not after:
        return False
    if text[at] == "\u200d" and _pictorial(after) and (_pictorial(before) or before == "\ufe0f"):
        return True
    return _joining_script(before) and _joining_script(after)


def _pictorial(character: str) -> bool:
    return unicodedata.category(character) == "So" or "\U0001f3fb" <= character <= "\U0001f3ff"


def _joining_script(character: str) -> bool:
    """Arabic, Syriac and their like, and the scripts of India: their spelling needs joiners (RFC 5892 appendix A)."""
    return "\u0600" <= character <= "\u08ff" or "\u0900" <= character <= "\u0dff"


def _new_letter(kind: str, character: str) -> bool:
    """Unassigned in this Python's Unicode, so perhaps a letter of a newer one: no noncharacter, nothing of plane 14."""
    code = ord(character)
    return kind == "Cn" and code & 0xFFFE != 0xFFFE and not 0xFDD0 <= code <= 0xFDEF and not 0xE0000 <= code <= 0xE0FFF
