"""The watched part of a page: its lines, or the entries of a list. Runs in a sandbox child.

Promises: what a selector finds is read whole, whatever element it stands in; only what nobody sees (scripts, styles, templates,
hidden elements) and what is told to be ignored is left out. Must never fetch anything the page names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import re2
from lxml import etree
from lxml import html as lxml_html
from lxml.cssselect import CSSSelector

from bot.core.documents import FeedEntry
from bot.core.errors import DocumentError
from bot.core.watched import WatchedPage
from bot.sandbox.jobs.dates import read_iso
from bot.sandbox.jobs.feed import http_link
from bot.sandbox.jobs.htmlscan import scan
from bot.sandbox.jobs.page import MAX_BYTES, decode, is_html
from bot.sandbox.jobs.plain import LINES, PARAGRAPHS
from bot.text.clean import clean_line

MAX_LINES = 5_000
MAX_LINE = 1_000
"""Characters of one line kept, and lines of one page: a page of 2 MB whose every word is watched has about so many."""

MAX_CHARACTERS = 200_000
"""Characters of all lines together, for they are kept between polls."""

MAX_ENTRIES = 500
"""Elements of a list read; such pages show 10 to 100. Of more, its start and its end: some lists begin with the oldest."""

_BREAK = "\x1f"
_HIDDEN = frozenset(("script", "style", "template", "noscript", "head", "svg", "iframe", "option", "textarea", "button", "input"))
_CELLS = frozenset(("td", "th", "option", "legend", "label", "br", "hr", "html"))
_BLOCKS = PARAGRAPHS | LINES | _CELLS | {"footer", "form", "frame", "header", "nav", "noframes", "figcaption"}
_EMPTIED = "template"
"""What excluded elements become: one that nobody sees."""
_INVISIBLE_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HEADINGS = ".//h1|.//h2|.//h3|.//h4|.//h5|.//h6"
_LANGUAGE = re.compile(r"[a-z]{2,3}(?=[-_]|\Z)", re.IGNORECASE)


def read_watched(
    *, data: bytes, url: str, content_type: str | None, selector: str, exclude: list[str], ignore: list[str], entries: bool
) -> WatchedPage:
    """Read what is watched of one page.

    Args:
        data: the page as served.
        url: where it came from; links are resolved against it.
        content_type: the Content-Type header, or None.
        selector: CSS selector of what is watched.
        exclude: CSS selectors of what is not, inside it.
        ignore: patterns (RE2) of words that count as absent.
        entries: each element found is an entry of a list.

    Raises:
        DocumentError: too large, not text, or built to stall a parser.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError(f"This page is larger than {MAX_BYTES // 1024 // 1024} MB; it was not read.")
    text = decode(data, content_type)
    patterns = [re2.compile(pattern) for pattern in ignore]
    if not is_html(text):
        return _plain(text, patterns, whole=selector == "body" and not entries)
    scanned = scan(text)
    try:
        tree: Any = lxml_html.document_fromstring(scanned.html)
    except (ValueError, etree.ParserError):
        raise DocumentError("This page holds nothing that could be read.") from None
    title, language = clean_line(tree.findtext(".//title") or ""), _LANGUAGE.match(tree.get("lang") or "")
    login = bool(tree.xpath("//input[translate(@type, 'PASWORD', 'pasword') = 'password']"))
    base = http_link(next(iter(tree.xpath("//base/@href")), None), url) or url
    _drop(tree, exclude)
    found = _outermost(CSSSelector(selector, translator="html")(tree))
    notes = ["This page is nested too deeply to be read; some of it may be missing."] if scanned.flattened else []
    listed: list[FeedEntry] = []
    lines: list[str] = []
    cut = False
    if entries:
        half = MAX_ENTRIES // 2
        chosen = found if len(found) <= MAX_ENTRIES else [*found[:half], *found[-half:]]
        listed = [entry for element in chosen if (entry := _entry(element, base, patterns)) is not None]
        notes += _left_out(len(found), len(chosen) - len(listed))
    else:
        lines, cut = _kept(line for element in found for line in _lines(element, patterns))
        if cut:
            notes.append("The page is long; only its first part is watched. A narrower selector would help.")
    return WatchedPage(
        title=title,
        language=language[0].lower() if language else None,
        found=len(found),
        lines=tuple(lines),
        entries=tuple(listed),
        login=login,
        notes=tuple(notes),
        cut=cut,
    )


def _drop(tree: Any, unwanted: list[str]) -> None:
    for selector in unwanted:
        for element in CSSSelector(selector, translator="html")(tree):
            if element.getparent() is not None:
                # Emptied where it stands: to take it out, lxml would write the words behind it anew, and it refuses to write the
                # control characters that it reads.
                element.clear(keep_tail=True)
                element.tag = _EMPTIED


def _left_out(found: int, without_link: int) -> Iterator[str]:
    if without_link:
        yield f"{without_link} of {found} elements of the list have no link and were left out."
    if found > MAX_ENTRIES:
        yield f"Only the first and the last {MAX_ENTRIES // 2} of {found:,} elements of the list were read."


def _plain(text: str, patterns: list[Any], *, whole: bool) -> WatchedPage:
    """A page that is plain text: it has lines, and nothing that a selector could find."""
    lines, cut = _kept(line for raw in text.split("\n") if (line := _line(raw, patterns))) if whole else ([], False)
    notes = ("The page is long; only its first part is watched.",) if cut else ()
    return WatchedPage("", None, int(whole), tuple(lines), (), False, notes, cut)


def _outermost(elements: list[Any]) -> list[Any]:
    """Elements that stand in no other of them."""
    chosen = set(elements)
    return [element for element in elements if not any(above in chosen for above in element.iterancestors())]


def _lines(element: Any, patterns: list[Any]) -> Iterator[str]:
    for piece in "".join(_pieces(element)).split(_BREAK):
        if line := _line(piece, patterns):
            yield line


def _line(text: str, patterns: list[Any]) -> str:
    line = clean_line(text)
    for pattern in patterns:
        line = clean_line(pattern.sub(" ", line)) if line else ""
    return line


def _kept(lines: Iterator[str]) -> tuple[list[str], bool]:
    """As many lines as are kept, and whether some are not."""
    kept: list[str] = []
    room = MAX_CHARACTERS
    for line in lines:
        if len(kept) == MAX_LINES or room <= 0:
            return kept, True
        kept.append(line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}…")
        room -= len(kept[-1])
    return kept, False


def _pieces(element: Any) -> Iterator[str]:
    """The visible text of an element, blocks set apart by marks. Not recursive: levels are bounded by ``scan``, not small."""
    stack: list[tuple[Any, bool]] = [(element, False)]
    while stack:
        node, after = stack.pop()
        if after:
            if node.tag in _BLOCKS:
                yield _BREAK
            if node is not element and node.tail:
                yield node.tail
            continue
        stack.append((node, True))
        if not isinstance(node.tag, str) or _hidden(node):
            continue
        if node.tag in _BLOCKS:
            yield _BREAK
        if node.text:
            yield node.text
        stack.extend((child, False) for child in reversed(node))


def _hidden(node: Any) -> bool:
    return (
        node.tag in _HIDDEN
        or node.get("hidden") is not None
        or node.get("aria-hidden") == "true"
        or bool(_INVISIBLE_STYLE.search(node.get("style") or ""))
    )


# ---------------------------------------------------------------- lists


def _entry(element: Any, base: str, patterns: list[Any]) -> FeedEntry | None:
    """An element of a list: where its first link of words leads, what its heading or that link says, and its day."""
    anchors = [element] if element.tag == "a" else element.xpath(".//a[@href]")
    heading = next((found for found in element.xpath(_HEADINGS) if _words(found, patterns)), None)
    inside = [] if heading is None else heading.xpath("ancestor-or-self::a[@href]|.//a[@href]")
    links = [(anchor, link) for anchor in (*inside, *anchors) if (link := http_link(anchor.get("href"), base))]
    worded = next(((anchor, link) for anchor, link in links if _words(anchor, patterns)), None)
    if not links:
        return None
    anchor, link = worded or links[0]
    title = _words(heading if heading is not None else anchor, patterns)
    words = [line for line in _lines(element, patterns) if line != title]
    return FeedEntry(
        title=title or (words[0] if words else ""),
        link=link,
        id=None,
        published=_day(element),
        updated=None,
        summary=None,
        content=None,
        summary_text="\n".join(words),
        content_text="",
        authors=(),
        tags=(),
        outlet=None,
        language=None,
    )


def _words(element: Any, patterns: list[Any]) -> str:
    return " ".join(_lines(element, patterns))


def _day(element: Any) -> Any:
    """The instant of the first time element that states one; a bare day is midnight UTC."""
    found = [*([element] if element.tag == "time" else []), *element.xpath(".//time")]
    return next((at for node in found if (at := read_iso(node.get("datetime") or node.text)) is not None), None)
