"""Hostile text made inert for Discord. Pure.

Promises: what comes out shows the same characters and does nothing: no mention of anybody or anything, no link but the
ones our own renderer makes, no markup, no emoji of a foreign server, no invitation card. An escape is never cut in two.
Source of the markup: docs.discord.com/developers/reference, message formatting (seen 2026-11). A backslash before
punctuation is not shown and takes the meaning from what follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from bot.adapters.discord.limits import EMBED_URL, LINKED_URL, units
from bot.text.inert import clip, hosts_named, plain, shown_host, shown_url

_MARKUP = re.compile(
    r"[\\*_~`|\[\]]"  # emphasis, code, spoilers, masked links
    r"|<(?=\S)"  # mentions, commands, emoji, times, links, mail, telephone numbers
    r"|(?<=<)[@#/:]"  # the same once more inside: no reader that overlooks the first backslash finds a mention either
    r"|(?<=<[a-zA-Z]):|(?<=<id):"  # <t:0:R> <a:name:1> <id:home>
    r"|:(?=//)"  # bare addresses
    r"|(?<=discord)\.(?=\w)|(?<=discordapp)\.(?=\w)"  # invitations, gifts and templates show a card even without a scheme
    r"|:(?=[A-Za-z_+-][\w+-]*:)",  # :skull:
    re.IGNORECASE,
)
_EVERYBODY = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_AT_LINE_START = re.compile(r"^(?:(#{1,3}|-#|>{1,3}|[-+])(?=\s|$)|(\d{1,9})([.)])(?=\s))")


def escaped(text: str) -> str:
    """An inert line (``bot.text.inert.plain``) with Discord's markup taken out of force."""
    text = _EVERYBODY.sub("@ ", text)  # allowed_mentions keeps it from ringing; this keeps it from looking like it
    text = _MARKUP.sub(lambda found: "\\" + found[0], text)
    return _AT_LINE_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", text)


def markdown(text: str, limit: int) -> str:
    """Any text as one inert line where Discord reads markdown: content, titles, descriptions, field values.

    Args:
        text: anything.
        limit: most characters of the result, backslashes included.
    """
    return _fitting(text, limit, escaped)


def words(text: str, limit: int) -> str:
    """Any text as one inert line where Discord reads no markdown: footers, thread names, labels, choices."""
    return _fitting(text, limit, lambda inert: _EVERYBODY.sub("@ ", inert))


def link_target(url: str | None, longest: int = EMBED_URL) -> str | None:
    """An address that an embed may lead to; None if there is none that may be shown or it is too long."""
    shown = shown_url(url)
    return shown if shown is not None and len(shown) <= longest else None


def linked(text: str, url: str | None, limit: int) -> str:
    """Any text as the words of a link to ``url``; the words alone where the address cannot be linked.

    Words that look like an address of another host stand without a link, and the true host behind them carries it.

    Args:
        text: the words.
        url: where to, or None.
        limit: most characters of the words; the address adds at most LINKED_URL, a host behind the words 253 more.
    """
    told = markdown(text, limit)
    target, where = link_target(url, LINKED_URL), shown_host(url)
    if target is None or where is None or "[" in where or not told:
        return told
    address = quote(target, safe=_IN_LINKS)
    return f"{told} ([{where}]({address}))" if seems_elsewhere(text, url) else f"[{told}]({address})"


def seems_elsewhere(text: str, url: str | None) -> bool:
    """Whether a reader may take words in ``text`` for an address of another host than that of ``url``."""
    true = (shown_host(url) or "").removeprefix("www.")
    return any(named != true for named in hosts_named(plain(text, _LOOKED_AT)))


_IN_LINKS = "/?#@!$&'*+,;=:%-._~"
"""What stands in a linked address as it is: everything an address may hold but brackets, which would end the link."""
_LOOKED_AT = 400
"""Characters of a text that are looked through for addresses: more than any text that is linked may have."""


def _fitting(text: str, limit: int, make: Callable[[str], str]) -> str:
    """As much of ``text`` as stays within ``limit`` after ``make``; shrunk until it does, since a cut shifts what is escaped."""
    room, inert = limit, plain(text, limit)
    while room > 0:
        told = make(clip(inert, room))
        taken = units(told)
        if taken <= limit:
            return told
        room = min(room - 1, room * limit // taken)
    return ""
