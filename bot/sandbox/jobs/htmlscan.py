"""One linear pass over a page's HTML before libxml2 sees it: scripts out, hostile shapes refused or flattened.

Promises: time grows with the length of the page only. Must never run, fetch or decode anything the page names.

Measured with lxml 6 (libxml2): below 256 levels of nesting it drops everything without a word, and one tag with 50,000
attributes takes 13 s of CPU; hence the limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.errors import DocumentError

MAX_TAG = 64 * 1024
"""Longest tag, in characters, that keeps its attributes: pictures inlined as data addresses are longer and not needed."""

MAX_OPENINGS = 20_000
"""So many tags opened in a row without one closed is no page."""

MAX_DEPTH = 200
"""Deeper levels are flattened: libxml2 stops at 256."""

_TAG = re.compile(r"<(?:(?P<comment>!--)|(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:-]*)|(?P<other>[!?]))")
_VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"))
_TABLE_LEVELS = 4
"""A table brings a body, a row and a cell."""

_AUTO_CLOSED = frozenset(("p", "li", "dt", "dd", "tr", "td", "th", "option", "thead", "tbody", "tfoot", "colgroup"))
"""Tags that the next one of their kind closes: an unclosed one does not nest."""

_DROPPED = frozenset(("script", "style", "svg", "template", "iframe", "canvas"))
_LINKED_DATA = re.compile(r"type\s*=\s*[\"']?application/ld\+json", re.IGNORECASE)
_MAX_LINKED_DATA = 512 * 1024


@dataclass(frozen=True, slots=True)
class Scanned:
    """A page fit for libxml2.

    Attributes:
        html: without scripts, styles, comments, inlined pictures and excess levels.
        linked_data: texts of the JSON-LD scripts, in order.
        flattened: levels were taken out because the page is nested too deeply.
    """

    html: str
    linked_data: tuple[str, ...]
    flattened: bool


def scan(html: str) -> Scanned:
    """Prepare a page.

    Raises:
        DocumentError: the page is made of nothing but opening tags.
    """
    pieces: list[str] = []
    linked: list[str] = []
    never_closed: set[str] = set()
    at = depth = openings = 0
    flattened = False
    while (tag := _TAG.search(html, at)) is not None:
        pieces.append(html[at : tag.start()])
        if tag["comment"]:
            at = _skip(html, "-->", tag.end(), never_closed)
            continue
        end = html.find(">", tag.end())
        if end < 0:
            at = len(html)
            break
        at = end + 1
        name = (tag["name"] or "").lower()
        if name in _DROPPED and not tag["close"]:
            body_end, at = _element(html, name, at)
            if name == "script" and _LINKED_DATA.search(html, tag.start(), end) and body_end - end <= _MAX_LINKED_DATA:
                linked.append(html[end + 1 : body_end])
            continue
        openings = 0 if tag["close"] else openings + (name not in _VOID and bool(name))
        if openings > MAX_OPENINGS:
            raise DocumentError(f"This page opens more than {MAX_OPENINGS} tags in a row without closing one; it was not read.")
        if name and name not in _VOID and name not in _AUTO_CLOSED:
            levels = _TABLE_LEVELS if name == "table" else 1
            depth = max(depth - levels, 0) if tag["close"] else depth + levels
            if depth >= MAX_DEPTH:
                flattened = True
                pieces.append(" ")
                continue
        pieces.append(html[tag.start() : at] if at - tag.start() <= MAX_TAG else f"<{tag['close']}{name}>" if name else "")
    pieces.append(html[at:])
    return Scanned("".join(pieces), tuple(linked), flattened)


def _skip(html: str, mark: str, start: int, never_closed: set[str]) -> int:
    """Behind the next ``mark``, or ``start`` if there is none: what is never closed swallows nothing."""
    end = -1 if mark in never_closed else html.find(mark, start)
    if end < 0:
        never_closed.add(mark)
        return start
    return end + len(mark)


def _element(html: str, name: str, start: int) -> tuple[int, int]:
    """Where a dropped element's content ends, and where the page goes on; an unclosed one swallows the rest, as in a browser."""
    closing = re.compile(rf"</{name}\b[^>]*>", re.IGNORECASE).search(html, start)
    return (len(html), len(html)) if closing is None else (closing.start(), closing.end())
