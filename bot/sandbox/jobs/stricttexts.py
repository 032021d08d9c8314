"""The texts, addresses and names in a well-formed feed, as feedparser would store them.

Promises: nothing but the element given, and the base address and language around it, decides what is read from it. What
feedparser would take for something else raises ``UnusualError``. Must never look at anything outside the tree.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from bot.sandbox.jobs import strictnames as names
from bot.sandbox.jobs.strictnames import UnusualError

HTML = frozenset({"text/html", "application/xhtml+xml"})
KINDS = {"text": "text/plain", "plain": "text/plain", "html": "text/html", "xhtml": "application/xhtml+xml"}
_SLASHES = re.compile(r"([A-Za-z][A-Za-z0-9+,.-]*://)/*")
AMPERSAND = re.compile(r"&([A-Za-z0-9_]+);")
ADDRESS = re.compile(r"https?://|/(?!/)", re.IGNORECASE)
_MAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}(?:[a-z]{2,24}|[0-9]{1,3})(?:\?subject=\S{0,200})?",
    re.ASCII | re.IGNORECASE,
)
"""The same as ``lenient``'s: an e-mail address beside a name."""

_C1 = re.compile("[\x80-\x9f]")
_WINDOWS = {code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}}
"""Control characters that are meant as those of Windows-1252."""


def cleaned(text: str) -> str:
    """A text as feedparser mends it: UTF-8 that was taken for Latin-1 is decoded, Windows' characters are put right."""
    if text.isascii():
        return text
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return text.translate(_WINDOWS) if _C1.search(text) else text


def join(base: str, link: str) -> str:
    """``link`` resolved against ``base``; surplus slashes after its scheme go, and what is no address at all is empty."""
    if names.WHOLE_ADDRESS.fullmatch(link):
        return link
    try:
        return urljoin(base, _SLASHES.sub(r"\1", link, count=1) if _SLASHES.match(link) else link)
    except ValueError:
        return ""


def person(written: str) -> tuple[str, str]:
    """Name and e-mail address in what a feed says of an author; empty where it has none."""
    mail = _MAIL.search(written) if "@" in written else None
    if mail is None:
        return written, ""
    name = written.replace(mail[0], "").replace("()", "").replace("<>", "").replace("&lt;&gt;", "").strip()
    return name.removeprefix("(").removesuffix(")").strip(), mail[0]


class Reader:
    """What stands in single elements of one document.

    Args:
        base: address of the document, or an empty string.
        version: ``atom10``, ``rss20`` or ``rss10``.
    """

    def __init__(self, base: str, version: str) -> None:
        self._base = base
        self._lang: str | None = None
        self._version = version
        self._atom = version == "atom10"
        self._names: dict[tuple[str, str | None], str] = {}

    def _name(self, element: etree._Element) -> str:
        key = (str(element.tag), element.prefix)
        found = self._names.get(key)
        if found is None:
            found = self._names[key] = names.plain_name(*key)
        return found

    def _attributes(self, element: etree._Element) -> dict[str, str]:
        """Attributes with their names in lower case; ``lang`` and ``base`` are those of XML."""
        found: dict[str, str] = {}
        for written, value in element.items():
            namespace, mark, local = str(written).rpartition("}")
            name = local.lower()
            if mark and names.canonical(namespace[1:]) == "xml":
                if local not in {"lang", "base", "space"}:
                    raise UnusualError("an odd attribute of XML")
            elif mark and names.canonical(namespace[1:]):
                continue
            elif name in {"lang", "base"} or (mark and name in names.ATTRIBUTES):  # feedparser leaves unknown prefixes out
                raise UnusualError("an attribute that looks like another")
            found[name] = str(value).lower() if name in {"rel", "type"} else str(value)
        return found

    def _scope(self, attributes: dict[str, str]) -> tuple[str, str | None]:
        """Base address and language within an element."""
        base, lang = self._base, self._lang
        if stated := attributes.pop("base", ""):
            if not ADDRESS.match(stated):
                raise UnusualError("a base that is no address")
            base = join(base, stated)
        if (stated_lang := attributes.pop("lang", None)) is not None:
            lang = stated_lang or None
        return base, lang

    def _leaf(self, element: etree._Element) -> str:
        """The text of an element that holds nothing else, as feedparser stores it."""
        if len(element):
            raise UnusualError("markup where there should be text")
        return cleaned((element.text or "").strip())

    def _construct(self, element: etree._Element, default: str) -> tuple[str, dict[str, Any]]:
        """A text that may hold markup, and what it says of itself."""
        attributes = self._attributes(element) if len(element.attrib) else {}
        _, lang = self._scope(attributes)
        if attributes.keys() & {"mode", "src"}:
            raise UnusualError("a text that is encoded or elsewhere")
        stated = attributes.get("type", default)
        kind = KINDS.get(stated, stated)
        if kind == "application/xhtml+xml" and self._atom:
            value = _inline(element).strip()
        elif kind in {"text/plain", "text/html"}:
            if len(element):
                raise UnusualError("markup where there should be text")
            value = (element.text or "").strip()
            if kind == "text/plain" and not self._atom and names.looks_like_html(value):
                kind = "text/html"
        else:
            raise UnusualError("a text of an odd type")
        return cleaned(value), {"type": kind, "language": lang.replace("_", "-") if lang else lang}


def _inline(element: etree._Element) -> str:
    """The markup in an element, as feedparser writes it; a division around all of it is left out."""
    pieces: list[str] = []
    if len(element) == 1 and element[0].tag == f"{names.XHTML}div" and not (element.text or "").strip():
        only = element[0]
        if not (only.tail or "").strip():
            _check_inline(only)
            _write(only, pieces)
            return "".join(pieces)
    _write(element, pieces)
    return "".join(pieces)


def _write(element: etree._Element, pieces: list[str]) -> None:
    pieces.append(_escaped(element.text or ""))
    for child in element:
        name = _check_inline(child)
        pieces += ["<", name, *(_attribute(str(key), str(value)) for key, value in child.items()), ">"]
        _write(child, pieces)
        pieces += ["</", name, ">", _escaped(child.tail or "")]


def _check_inline(element: etree._Element) -> str:
    tag = str(element.tag)
    name = tag.removeprefix(names.XHTML)
    if not tag.startswith(names.XHTML) or name not in names.INLINE:
        raise UnusualError("markup that is not XHTML")
    for key in element.attrib:
        if str(key).startswith("{") or str(key).lower() != key or key in {"base", "lang"}:
            raise UnusualError("markup with odd attributes")
    return name


def _escaped(text: str) -> str:
    """A text as XML (the standard library's function would bring HTTP and e-mail with it: a third of the child's start)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(key: str, value: str) -> str:
    value = value.lower() if key in {"rel", "type"} else value
    quoted = _escaped(value).replace('"', "&quot;")
    return f' {key}="{quoted}"'
