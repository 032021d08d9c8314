"""A list of subscriptions (OPML 1.0 to 2.0) to the feeds it names. Runs in a sandbox child.

Promises: every outline with an address is told with its line, each address once, with the further lines where it stands;
nested groups become tags. Documents that declare entities, are nested too deeply, or list too much are refused in a sentence.
Must never resolve, fetch or include anything the document names.

listparser says what an outline means (which are feeds, lists and sites, what they are called, which groups they stand in). It reads
with an HTML parser, which knows no XML encodings and no line numbers, so the document is read as XML here first: that gives both,
and gives listparser one encoding.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import listparser
from lxml import etree
from lxml.etree import _Element

from bot.core.errors import DocumentError
from bot.core.links import Outline, OutlineDocument
from bot.text.clean import clean_line

MAX_BYTES = 10 * 1024 * 1024
"""Largest list read: 5,000 outlines have about 1 MB."""

MAX_OUTLINES = 20_000
"""Outlines read; four times the largest list people have shown."""

MAX_DEPTH = 50
"""Groups within groups; readers make two or three."""

MAX_TAGS = 10
MAX_NAME = 200
"""Longest name of a feed or a group kept, as names in ``feed``."""

_NO_LIST = "This is not a list of subscriptions: it is no OPML. A list of addresses, one a line, is read too."


def read_outlines(data: bytes) -> OutlineDocument:
    """Read one list.

    Args:
        data: the document.

    Raises:
        DocumentError: it is no list of subscriptions, or built to harm.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError(f"This list is larger than {MAX_BYTES // 1024 // 1024} MB; it was not read.")
    if b"<!ENTITY" in data.replace(b"\0", b""):  # also in the two-byte encodings
        raise DocumentError("This list declares entities of its own, as no list of subscriptions needs to; it was not read.")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or _name(root) != "opml":
        raise DocumentError(_NO_LIST)
    lines = _lines(root)
    notes = ["The list is not well-formed XML; it was read as far as possible."] if len(parser.error_log) else []
    found: Any = listparser.parse(etree.tostring(root, encoding="utf-8", xml_declaration=True))
    outlines = [_outline(entry, lines) for entry in found.feeds]
    outlines += _sites(root)
    if found.lists:
        notes.append("It names other lists; what they hold is not read. Import each by itself.")
    return OutlineDocument(_line(found.meta.get("title", "")), tuple(sorted(outlines, key=lambda one: one.line)), tuple(notes))


def _lines(root: _Element) -> dict[str, list[int]]:
    """The lines of every address, in document order.

    Raises:
        DocumentError: too deep, or too much.
    """
    lines: defaultdict[str, list[int]] = defaultdict(list)
    depth = count = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if _name(element) != "outline":
            continue
        depth += 1 if event == "start" else -1
        if event == "end":
            continue
        count += 1
        if depth > MAX_DEPTH:
            raise DocumentError(f"This list has groups nested more than {MAX_DEPTH} deep; it was not read.")
        if count > MAX_OUTLINES:
            raise DocumentError(f"This list has more than {MAX_OUTLINES:,} outlines; divide it.")
        if address := _attributes(element).get("xmlurl"):
            lines[address].append(element.sourceline or 0)
    return lines


def _outline(entry: Any, lines: dict[str, list[int]]) -> Outline:
    line, *again = lines.get(entry.url) or [0]
    tags = (_line(name) for category in entry.get("categories", ()) for name in category)
    unique = tuple(dict.fromkeys(tag for tag in tags if tag))[:MAX_TAGS]
    return Outline(line, _line(entry.title), entry.url, "", unique, tuple(again))


def _sites(root: _Element) -> list[Outline]:
    """Outlines that name a site and no feed; listparser takes those with a title for groups."""
    found = []
    for element in root.iter():
        if _name(element) == "outline" and not len(element):
            attributes = _attributes(element)
            if attributes.get("htmlurl") and not attributes.get("xmlurl"):
                title = attributes.get("text") or attributes.get("title") or ""
                found.append(Outline(element.sourceline or 0, _line(title), "", attributes["htmlurl"], ()))
    return found


def _attributes(element: _Element) -> dict[str, str]:
    """By small names; none of an element that holds bytes which are no text, as only a broken document does."""
    try:
        return {str(name).lower(): str(value).strip() for name, value in element.attrib.items()}
    except UnicodeDecodeError:
        return {}


def _name(element: _Element) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _line(text: str) -> str:
    line = clean_line(text[: 10 * MAX_NAME])
    return line if len(line) <= MAX_NAME else line[: MAX_NAME - 1] + "…"
