"""Takes the blocks out of a page that only lead to other pages. Runs in a sandbox child.

An extractor keeps a paragraph that stands between two of the article, whatever it says; a teaser for another story would
then match rules and be told as a sentence of this one. Promises: a paragraph that holds a link among other words stays;
time grows with the length of the page only.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

LONGEST_LINK = 40
"""Words of a link above which it is no teaser but text that somebody wrapped into a link: headlines have 25 at most."""

_BLOCKS = frozenset(("p", "li", "div"))
_HEADINGS = frozenset(("h1",))
_SEEN = 160
"""Characters outside links that are looked at; a block with more is text."""
_TEXTS = 80
"""Pieces of a link's text that are looked at."""
_CUE = re.compile(
    r"\W*(?:also read|read also|read more|read next|related(?: (?:stories|story|articles?|reading|coverage|posts?|news))?|"
    r"see also|see more|further reading|more on this|recommended)\b(?P<mark>[\s:–—>»-]*)",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[\W_\d]*")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML has no place for (XML 1.0 2.2), which is what lxml holds words to."""
_SOURCE_WORDS = 3
"""Words beside a teaser's cue and link: the name of who reported it."""


def without_link_blocks(tree: Any) -> int:
    """Drop paragraphs, list items and boxes whose whole visible text is links to other pages, with their cue ("Also read:").

    Args:
        tree: the page's root (lxml.html), which is changed.

    Returns:
        How many blocks went.
    """
    outside: dict[Any, str] = {}
    linked: set[Any] = set()
    headed: set[Any] = set()
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    for element in reversed(elements):  # children come before their parents
        words = _text_of_link(element) if element.tag == "a" else ""
        if words and len(words.split()) <= LONGEST_LINK and _leads_elsewhere(element.get("href")):
            outside[element] = ""
            linked.add(element)
            continue
        pieces = [element.text or ""]
        for child in element:
            pieces.append(outside.get(child, ""))
            pieces.append(child.tail or "")
            if child in linked:
                linked.add(element)
            if child in headed or child.tag in _HEADINGS:
                headed.add(element)
        outside[element] = "".join(pieces).strip()[:_SEEN]
    dropped = [
        element
        for element in elements
        if element.tag in _BLOCKS and element not in headed and _only_leads(outside[element], linked=element in linked)
    ]
    dropped += [element for element in elements if element.tag == "a" and element in linked and _holds_block(element)]
    for element in dropped:
        if element.getparent() is not None:
            _drop(element)
    return len(dropped)


def _drop(element: Any) -> None:
    """Take an element out of its tree. lxml writes the words behind it anew, and refuses to write controls that it has read."""
    try:
        element.drop_tree()
    except ValueError:
        before, parent = element.getprevious(), element.getparent()
        element.tail = _CONTROLS.sub(" ", element.tail or "")
        if before is not None:
            before.tail = _CONTROLS.sub(" ", before.tail or "")
        else:
            parent.text = _CONTROLS.sub(" ", parent.text or "")
        element.drop_tree()


def _only_leads(outside: str, *, linked: bool) -> bool:
    """Whether the words outside a block's links say nothing but that there is something else to read."""
    if linked and _MARKS.fullmatch(outside):
        return True
    cue = _CUE.match(outside)
    if cue is None:
        return False
    rest = outside[cue.end() :]
    if not linked:
        return not rest and len(outside) < _SEEN
    return not rest or (bool(cue["mark"].strip()) and len(rest.split()) <= _SOURCE_WORDS) or not _MARKS.sub("", rest)


def _leads_elsewhere(address: str | None) -> bool:
    """Whether a link leads to another page: not to a place of this one, a mailbox or a program."""
    try:
        parts = urlsplit((address or "").strip())
    except ValueError:
        return False
    return parts.scheme in {"", "http", "https"} and bool(parts.netloc or parts.path or parts.query)


def _text_of_link(element: Any) -> str:
    return " ".join(islice((str(text) for text in element.itertext()), _TEXTS)).strip()


def _holds_block(element: Any) -> bool:
    return any(child.tag in _BLOCKS for child in element)
