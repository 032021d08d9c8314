"""Hostile text made inert for Slack. Pure.

Promises: what comes out holds no ``<...>`` that Slack would read as a mention, a date or a link; a cut never falls into
an entity or a link; a link leads to the host a browser would open, and words that look like an address are no link to
another. No text is shown bold, struck, quoted or as code, nor lets what stands beside it be: Slack has no escape for these
marks, so that those that could begin a style are replaced by signs that look like them.
Source: docs.slack.dev/messaging/formatting-message-text (seen 2026-11): ``&``, ``<`` and ``>`` are all that must be escaped.
"""

from __future__ import annotations

import re

from bot.adapters.slack.limits import LINK
from bot.text.inert import clip, hosts_named, plain, shown_host, shown_url

_ENTITIES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_WIDTHS = {"&": 5, "<": 4, ">": 4}
_FENCE = re.compile(r"`{2,}")
_OPENING = re.compile(r"`|(?<![^\W_])[*_~](?!\s)")
"""What may begin a style: no sign behind a letter or digit (``snake_case``, ``surveill*``) and none before a blank. What could
only end one is left: there is none to end, but in words that we show in bold ourselves."""
_ANYWHERE = re.compile(r"`|(?<![^\W_])[*_~]|[*_~](?![^\W_])")
_LOOK_ALIKES = {"`": "ˋ", "*": "∗", "_": "ˍ", "~": "∼"}
_QUOTE = re.compile(r"^[> ]+")
"""At the begin of a line one makes it a quotation, and three quote everything up to the end of the block."""
_UNSAFE = {ord(character): f"%{ord(character):02X}" for character in '|<>{}^`"'}
"""Characters that browsers accept in a path though RFC 3986 does not; ``|`` and ``>`` would end Slack's link."""


def width(text: str) -> int:
    """Characters of ``text`` as we count them: UTF-16 units, see ``limits``."""
    return len(text) + sum(character > "\uffff" for character in text)


def escaped(text: str) -> str:
    """An inert text with Slack's three characters escaped, in one pass."""
    return text.translate(_ENTITIES)


def mrkdwn(text: str, limit: int, *, bold: bool = False) -> str:
    """Any text as one inert line for a mrkdwn field or a top-level text.

    Args:
        text: anything.
        limit: most characters of the result, escapes included.
        bold: it stands between asterisks of ours, which none of its own may end.
    """
    return _fitting(_unstyled(plain(text, limit), _ANYWHERE if bold else _OPENING), limit)


def calm(text: str) -> str:
    """An inert text that may stand between our own marks of style: escaped, and without any of its own. Never cut."""
    return escaped(_unstyled(text, _ANYWHERE))


def code(text: str, limit: int) -> str:
    """Any text as one line inside a block of code, character for character; only what would end the block gives way.

    Args:
        text: anything.
        limit: most characters of the result, escapes included.
    """
    return _fitting(_FENCE.sub("`", plain(text, limit)), limit)


def label(text: str, limit: int) -> str:
    """Any text as one line of a plain_text object, in which Slack reads its three escapes and no style.

    Args:
        text: anything.
        limit: most characters of the result, escapes included.
    """
    return _fitting(plain(text, limit), limit)


def link_label(text: str, limit: int) -> str:
    """Any text as the words of a link: as ``mrkdwn``, and without the bar that divides address and words."""
    return _fitting(_unstyled(plain(text, limit), _ANYWHERE).replace("|", "¦"), limit)


def linked(text: str, url: str | None, limit: int) -> str:
    """Any text as the words of a link to ``url``; the words alone where the address cannot be shown.

    Words that hold what a reader takes for an address are no link themselves: the true host stands behind them and is the
    link, so that they cannot pretend to lead elsewhere.

    Args:
        text: the words; not blank.
        url: where to, or None.
        limit: most characters of the words and the host, escapes included; the address adds at most LINK.
    """
    address = link_address(url)
    if address is None:
        return mrkdwn(text, limit, bold=True)
    if not looks_like_address(text):
        return f"<{address}|{link_label(text, limit)}>"
    host = str(link_host(url))
    told = mrkdwn(text, limit, bold=True)
    return f"{told} (<{address}|{host}>)" if len(host) < limit // 2 else told


def looks_like_address(text: str) -> bool:
    """Whether a reader may take words in ``text`` for an address."""
    return bool(hosts_named(plain(text, 500)))


def link_address(url: str | None) -> str | None:
    """An address as it may stand in ``<address|words>``; None if there is none that may be followed or it is too long."""
    shown = shown_url(_encoded(url))
    if shown is None:
        return None
    address = escaped(shown)
    return address if len(address) <= LINK else None


def link_host(url: str | None) -> str | None:
    """The host a browser would open for an address that is linked; None where none is."""
    return None if link_address(url) is None else shown_host(_encoded(url))


def _encoded(url: str | None) -> str | None:
    """``url`` with what would break the link percent-encoded behind its authority, which is left as it is."""
    if url is None:
        return None
    scheme, slashes, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return f"{scheme}{slashes}{authority}{rest[len(authority) :].translate(_UNSAFE)}"


def _unstyled(text: str, marks: re.Pattern[str]) -> str:
    """As many characters as before, those that Slack reads as style replaced."""
    told = marks.sub(lambda found: _LOOK_ALIKES[found[0]], text)
    return _QUOTE.sub(lambda found: found[0].replace(">", "›"), told)


def _fitting(text: str, limit: int) -> str:
    whole = escaped(text)
    if width(whole) <= limit:
        return whole
    room = limit - 1
    for kept, character in enumerate(text):
        room -= _WIDTHS.get(character, 1 + (character > "\uffff"))
        if room < 0:
            return escaped(clip(text[:kept] + text, kept + 1) if kept else "…")  # longer than its limit, so that clip does cut
    raise AssertionError("a text that is too wide has a character that does not fit")
