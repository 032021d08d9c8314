"""HTML to plain text: an article's words in paragraphs, without markup, and never silently less than was there.

Promises: the result has no markup, no control characters and no characters that turn the direction of writing; paragraphs
are separated by a blank line; work grows in proportion to the input. Must never run or fetch anything the markup names.
"""

from __future__ import annotations

import html as entities
import re
from typing import Any, cast

from lxml import etree
from lxml import html as lxml_html

from bot.sandbox.jobs.linkblocks import without_link_blocks

MAX_TAG = 16 * 1024
"""Longest tag, in characters, given to libxml2: its time grows with the square of one tag's attributes (8 ms at this length)."""

MAX_DECODINGS = 3
"""How often entities are decoded: some publishers escape twice, a hostile one would escape for ever."""

DROPPED = frozenset(
    """
    audio button canvas datalist embed figcaption footer form frame frameset head iframe input map math nav noembed
    noframes noscript object option script select style svg template textarea title video
    """.split()  # noqa: SIM905  # sixty quoted words are harder to read
)
"""Elements whose text is not the article's: code, menus, captions, controls, and what stands in for media."""

PARAGRAPHS = frozenset(
    """
    address article aside blockquote body center details dialog dir div dl fieldset figure h1 h2 h3 h4 h5 h6 header hgroup
    hr main menu ol p pre section summary table ul
    """.split()  # noqa: SIM905  # sixty quoted words are harder to read
)
"""Elements that begin and end a paragraph."""

LINES = frozenset({"caption", "dd", "dt", "legend", "li", "tbody", "tfoot", "thead", "tr"})
"""Elements that begin and end a line within a paragraph."""

_CELLS = frozenset(("td", "th"))
_PARAGRAPH = "\x1e"
_LINE = "\x1f"
_BREAK = "\x1d"
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_UNWANTED = re.compile(f"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f{_DIRECTION}{_INVISIBLE}]")
_MARKS = re.compile("[\x1c-\x1f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")
_BLANK_LINE = re.compile(f"{_BREAK}\\s*{_BREAK}")
_EMPTY_LINES = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)")
_LINE_END = re.compile(f"[{_BREAK}{_LINE}]")
_ESCAPED_TAG = re.compile(r"&lt;/?(?:a|b|blockquote|br|div|em|figure|h[1-6]|i|img|li|ol|p|span|strong|ul)\b", re.IGNORECASE)
_TAG_START = re.compile(r"<[a-zA-Z/]")
_TAG_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:-]*)")


def plain_text(html: str, *, teasers: bool = True) -> str:
    """The words of a piece of HTML (or of plain text): paragraphs separated by a blank line, lists and breaks one line each.

    Args:
        html: a fragment or a whole document; never trusted.
        teasers: keep paragraphs and list items that only lead to other pages. Without them an article is its own words; a text
            that would lose half of its letters is a list of links and keeps them all.

    Returns:
        Text without markup; an empty string if there are no words.
    """
    if "<" not in html and _ESCAPED_TAG.search(html):
        html = entities.unescape(html)
    if "<" not in html:
        return plain_paragraphs(html)
    html = _MARKS.sub(" ", html)
    text = "" if _has_long_tag(html) else _by_tree(html, teasers=teasers or "<a" not in html.lower())
    return _paragraphs(_decoded(text)) or _paragraphs(_decoded(_by_scan(html)))


def plain_paragraphs(text: str) -> str:
    """The same for text without markup: blank lines separate paragraphs, entities are decoded, ``<`` stays."""
    return _paragraphs(_EMPTY_LINES.sub(_PARAGRAPH, _visible(text)))


def plain_line(text: str, *, html: bool) -> str:
    """A title or a name on one line.

    Args:
        text: as the document holds it.
        html: the text is HTML: its tags are dropped (``<`` before anything but a tag stays).
    """
    if html and "<" in text:
        text = _by_scan(text)
    return _BLANKS.sub(" ", _visible(text)).strip()


def _visible(text: str) -> str:
    return _MARKS.sub(" ", _decoded(text))


def _decoded(text: str) -> str:
    """Entities decoded until nothing changes, then without characters that cannot be seen but do something."""
    for _ in range(MAX_DECODINGS):
        if "&" not in text or (plainer := entities.unescape(text)) == text:
            break
        text = plainer
    return _SURROGATES.sub("\ufffd", _UNWANTED.sub("", text))


def _paragraphs(text: str) -> str:
    paragraphs = []
    for part in _BLANK_LINE.sub(_PARAGRAPH, text).split(_PARAGRAPH):
        lines = [_BLANKS.sub(" ", line).strip() for line in _LINE_END.split(part)]
        if kept := "\n".join(line for line in lines if line):
            paragraphs.append(kept)
    return "\n\n".join(paragraphs)


def _has_long_tag(html: str) -> bool:
    """Whether more than MAX_TAG characters stand between a tag's beginning and the next ``>``."""
    at = 0
    while at < len(html):
        end = html.find(">", at)
        end = len(html) if end < 0 else end
        if end - at > MAX_TAG and (start := _TAG_START.search(html, at, end)) and end - start.start() > MAX_TAG:
            return True
        at = end + 1
    return False


def _by_tree(html: str, *, teasers: bool) -> str:
    """Text by libxml2's tree; empty if libxml2 left something out (it drops what is nested deeper than 256)."""
    kind: Any = etree.HTMLParser if teasers else lxml_html.HTMLParser  # the second knows how to take an element out
    parser = kind(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = cast("etree._Element | None", etree.fromstring(html.encode("utf-8", "replace"), parser))
    except etree.LxmlError:
        return ""
    if root is None or any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        return ""
    text = _tree_text(root)
    if not teasers and without_link_blocks(root):
        own = _tree_text(root)
        return own if 2 * _letters(own) >= _letters(text) else text
    return text


def _letters(text: str) -> int:
    return sum(map(len, text.split()))


def _tree_text(root: etree._Element) -> str:
    pieces: list[str] = []
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = str(element.tag)
        if event == "start":
            if tag in DROPPED:
                walker.skip_subtree()
                continue
            pieces.append(_BREAK if tag == "br" else _mark(tag))
            if element.text:
                pieces.append(element.text)
        else:
            pieces.append(_mark(tag))
            if element.tail:
                pieces.append(element.tail)
    return "".join(pieces)


def _mark(tag: str) -> str:
    if tag in PARAGRAPHS:
        return _PARAGRAPH
    if tag in LINES:
        return _LINE
    return " " if tag in _CELLS else ""


def _by_scan(html: str) -> str:
    """Text by one pass over the tags: for what libxml2 refuses. An element that is never closed loses nothing."""
    pieces: list[str] = []
    unclosed: set[str] = set()
    at = 0
    while (tag := html.find("<", at)) >= 0:
        pieces.append(html[at:tag])
        if html.startswith("<!--", tag) and "-->" not in unclosed:
            end = html.find("-->", tag)
            if end < 0:
                unclosed.add("-->")
            at = tag + 4 if end < 0 else end + 3
            continue
        name = _TAG_NAME.match(html, tag)
        if name is None and html[tag + 1 : tag + 2] not in {"!", "?"}:
            pieces.append("<")
            at = tag + 1
            continue
        following = html.find("<", tag + 1)
        following = len(html) if following < 0 else following
        end = html.find(">", tag, following)
        if end < 0:
            pieces.append(html[tag:following])
            at = following
            continue
        at = end + 1
        word = "" if name is None else name[1].lower()
        pieces.append(_BREAK if word == "br" else _mark(word))
        if word in DROPPED and html[tag + 1] != "/" and word not in unclosed:
            at = _after(html, word, at, unclosed)
    pieces.append(html[at:])
    return "".join(pieces)


def _after(html: str, word: str, start: int, unclosed: set[str]) -> int:
    """Where the text goes on behind the closing tag of ``word``, or ``start`` if it is never closed."""
    closing = re.compile(f"</{word}[^>]*>", re.IGNORECASE).search(html, start)
    if closing is None:
        unclosed.add(word)
        return start
    return closing.end()
