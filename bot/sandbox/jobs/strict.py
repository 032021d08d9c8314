"""Well-formed RSS 2.0, RDF and Atom, read in a tenth of feedparser's time; everything else is left to feedparser.

Promises: what ``parse`` returns is what ``lenient.parse`` would return, in the same keys, for everything ``feed`` reads; where
that is not certain (a DTD, an encoding other than UTF-8, a namespace under another one's usual prefix, elements whose effect
in feedparser depends on their surroundings) it raises ``UnusualError``, and feedparser reads the document. libxml2 resolves no
entity, loads nothing, and stops at 256 levels and 10 MB of one text. Must never import feedparser: a child that reads only
ordinary feeds starts without it. ``entries`` walks the tree; this module decides whether it may.
"""

from __future__ import annotations

import re
from typing import Any, Final

from lxml import etree

from bot.sandbox.jobs.strictnames import CANONICAL, RSS10, UnusualError, canonical
from bot.sandbox.jobs.strictwalk import MAX_ENTRIES, MORE, Walk

__all__ = ["MAX_BYTES", "MAX_ENTRIES", "MORE", "UnusualError", "parse", "root_at"]

MAX_BYTES = 10 * 1024 * 1024
"""Largest document read; the fetcher hands over no larger one (docs/sources.md: limits)."""

_DECLARATION = re.compile(rb"<\?xml[^>]*>")
_ENCODING = re.compile(rb"""encoding=['"](.*?)['"]""")
_NAMESPACE = re.compile(rb"""xmlns(?::([\w.-]+))?\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")
_BASE = re.compile(rb"\bbase\s*=", re.IGNORECASE)
LONG_TAG = 8 * 1024
"""Bytes: a tag of twice this length is not given to libxml2, whose time grows with the square of one tag's attributes."""

_A_TAG = re.compile(rb"""<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>""")
_BLANKS = re.compile(rb"\s*")
_UTF8: Final = frozenset({"utf-8", "utf8"})
_BOM = b"\xef\xbb\xbf"
_ATOM = "http://www.w3.org/2005/Atom"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
_ADDRESS = re.compile(r"https?://[^/?#\s]")


def parse(data: bytes, url: str | None, content_type: str | None) -> dict[str, Any]:
    """What feedparser would read, as a dictionary with ``feed``, ``entries`` and ``version``.

    Args:
        data: the document.
        url: its address, against which relative links are resolved.
        content_type: the header, whose charset counts.

    Raises:
        UnusualError: only feedparser can say what this document means; the message is the reason, in a few words.
    """
    if len(data) > MAX_BYTES:
        raise UnusualError("larger than 10 MB")
    body = _utf8(data, url, content_type)
    if _has_doctype(body):
        raise UnusualError("has a DTD")
    if _has_long_tag(body):
        raise UnusualError("has a very long tag")
    declared = _declared(body)
    if url is not None and not _ADDRESS.match(url):
        raise UnusualError("its address is not http")
    if not url and _BASE.search(body):
        raise UnusualError("has a base of its own and no address")
    try:
        root = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError:
        raise UnusualError("not well-formed for libxml2") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnusualError("has a DTD")
    return Walk(url or "", _version(root, declared)).document(root)


def _parser() -> etree.XMLParser[Any]:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _version(root: etree._Element, declared: dict[str, set[str]]) -> str:
    """The family, as feedparser names its usual versions; it takes the first namespace declared for a hint."""
    names = {name.lower() for uris in declared.values() for name in uris}
    tag = root.tag if isinstance(root.tag, str) else ""
    if tag == f"{{{_ATOM}}}feed" and RSS10 not in names and not any("netscape.com" in name for name in names):
        return "atom10"
    if tag == "rss":
        return "rss20"
    if tag == _RDF and RSS10 in names and _ATOM.lower() not in names:
        return "rss10"
    raise UnusualError("its root is not that of RSS 2.0, RDF or Atom 1.0")


# ---------------------------------------------------------------- before the document is given to libxml2


def _utf8(data: bytes, url: str | None, content_type: str | None) -> bytes:
    """The document without byte order mark and declaration, if feedparser too would read it as UTF-8."""
    marked = data.startswith(_BOM)
    body = data[len(_BOM) :] if marked else data
    if body[:2] in {b"\xfe\xff", b"\xff\xfe"} or b"\0" in body[:4]:
        raise UnusualError("not in UTF-8")
    declaration = _DECLARATION.match(body)
    head = declaration[0] if declaration else b""
    stated = _ENCODING.findall(head)
    if body.partition(b"\n")[0].count(b"encoding=") != len(stated):
        raise UnusualError("names an encoding in an odd place")
    kind, _, parameters = (content_type or "").lower().partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip().strip("\"'")
    if any(name not in _UTF8 for name in (*(name.decode("latin-1").lower() for name in stated), *filter(None, [charset]))):
        raise UnusualError("not in UTF-8")
    # Of a text/* type without charset feedparser reads ASCII first, of a document without any type Latin-1.
    sure = stated or charset or (not kind.strip().startswith("text/") if content_type else not url)
    if not sure and not body.isascii():
        raise UnusualError("does not say that it is UTF-8")
    return body[len(head) :]


def root_at(body: bytes) -> int:
    """Where a document's root element, or its document type, begins: after comments, instructions and white space."""
    place = 0
    while True:
        place = _BLANKS.match(body, place).end()  # type: ignore[union-attr]  # it always matches
        if body.startswith(b"<!--", place):
            mark = b"-->"
        elif body.startswith(b"<?", place):
            mark = b">"
        else:
            return place
        end = body.find(mark, place)
        if end < 0:  # so there is no root
            return len(body)
        place = end + len(mark)


def _has_doctype(body: bytes) -> bool:
    """Whether the part before the root element declares a document type, or looks as if it did."""
    root = root_at(body)
    prolog = body[:root].lower()
    return body.startswith(b"<!", root) or b"<!doctype" in prolog or b"<!entity" in prolog


def _has_long_tag(body: bytes) -> bool:
    """Whether a tag is too long. No tag has a ``<`` within, so only stretches without one are looked at."""
    place = 0
    while len(body) - place > LONG_TAG:
        last = body.rfind(b"<", place, place + LONG_TAG)
        if last >= 0:
            place = last + 1
            continue
        begin = max(body.rfind(b"<", 0, place), 0)
        if not body.startswith((b"<!", b"<?"), begin):  # comments, CDATA and instructions have no attributes
            tag = _A_TAG.match(body, begin)
            if tag is None or tag.end() - begin > LONG_TAG:
                return True
        place = body.find(b"<", place + LONG_TAG)
        if place < 0:
            return False
    return False


def _declared(body: bytes) -> dict[str, set[str]]:
    """The namespaces by prefix. Those in texts count too: that may send a document to feedparser, but never the other way.

    Raises:
        UnusualError: a prefix stands for two namespaces, or for another one than everywhere else.
    """
    declared: dict[str, set[str]] = {}
    for prefix, double, single in set(_NAMESPACE.findall(body)):
        declared.setdefault(prefix.decode("latin-1"), set()).add((double or single).decode("utf-8", "replace"))
    for prefix, uris in declared.items():
        if prefix and len(uris) > 1:
            raise UnusualError("a prefix with two namespaces")
        if prefix in CANONICAL and any(canonical(uri) != prefix for uri in uris):
            raise UnusualError("a usual prefix with another namespace")
    return declared
