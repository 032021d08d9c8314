"""Lists of sources from elsewhere, and for elsewhere: OPML and plain lists of addresses in, OPML out.

Promises: every line that cannot be used is told with its number, and every source once; what goes out holds no secret. Reading
a stranger's document happens in the sandbox; the rest is pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from bot.core.errors import DocumentError, UserInputError
from bot.core.keyed import holds_a_key
from bot.core.links import Outline, OutlineDocument
from bot.core.sources import SourceConfig
from bot.sources.contract import Reads
from bot.sources.declaring import secret_name, source_id, table
from bot.sources.pasted import address_of
from bot.text.clean import clean_line
from bot.text.inert import clip, plain
from bot.text.urls import canonical_url

MAX_LINES = 20_000
"""Addresses read of a plain list, as many as of OPML (``sandbox.jobs.outlines``)."""

MAX_ADDRESS = 2_000
"""Longest address taken, in characters: browsers and proxies cut longer ones."""

SHOWN = 60
"""Characters of a line that are repeated in a sentence."""

FEED = "feed"
"""The kind that lists are of."""

FEEDS = frozenset((FEED, "websub"))
"""Kinds whose address any other reader can read."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (2.2) cannot hold, not even as a reference."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A source that a list names.

    Attributes:
        line: 1-based line of the list.
        table: the text that declares it.
    """

    line: int
    id: str
    title: str
    url: str
    tags: tuple[str, ...]
    table: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about one line, as a sentence; ``line`` is 0 for what is about the whole list."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}" if self.line else self.sentence


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a list.

    Attributes:
        sources: to be declared, in the order of the list.
        mistakes: lines that cannot be used.
        doubles: lines that name what stands elsewhere too.
        notes: what else is to be known.
    """

    sources: tuple[Listed, ...]
    mistakes: tuple[Remark, ...]
    doubles: tuple[Remark, ...]
    notes: tuple[Remark, ...]


async def read_list(data: bytes, *, sandbox: Reads, declared: Sequence[SourceConfig] = ()) -> Imported:
    """Read a list: OPML, or addresses one a line, told apart by content.

    Args:
        data: the document.
        sandbox: where OPML is read.
        declared: sources of the configuration: their ids are taken, and what they bring is not listed again.

    Raises:
        UserInputError: it is neither, or built to harm.
    """
    if _is_markup(data):
        try:
            document = await sandbox.run("outlines", data=data)
        except DocumentError as error:
            raise UserInputError(str(error)) from error
        assert isinstance(document, OutlineDocument)
        return imported(document.outlines, declared, notes=document.notes)
    return imported(_plain_lines(data), declared)


def imported(outlines: Iterable[Outline], declared: Sequence[SourceConfig] = (), *, notes: Iterable[str] = ()) -> Imported:
    """Outlines as sources, each once, with an id of its own."""
    known = {_same(source.url): f"the source {source.id} of the configuration" for source in declared if source.url}
    taken = {source.id for source in declared}
    sources: list[Listed] = []
    mistakes: list[Remark] = []
    doubles: list[Remark] = []
    remarks = [Remark(0, note) for note in notes]
    for outline in outlines:
        try:
            url = _usable(outline)
        except UserInputError as error:
            mistakes.append(Remark(outline.line, str(error)))
            continue
        if (same := _same(url)) in known:
            doubles.append(Remark(outline.line, f"{plain(url, SHOWN)} is the same as {known[same]}."))
            continue
        known[same] = f"line {outline.line}"
        doubles += [Remark(line, f"{plain(url, SHOWN)} is the same as line {outline.line}.") for line in outline.again]
        name = source_id(outline.title, url, taken)
        taken.add(name)
        private = secret_name(name) if holds_a_key(url) else None
        text = table(source_id=name, kind=FEED, url=url, tags=outline.tags, url_secret=private)
        if private is not None:
            told = (
                f"{name} seems to hold a key in its address, which was kept out of the file: put it into WATCHLAMP_URL_{private}."
            )
            remarks.append(Remark(outline.line, told))
        sources.append(Listed(outline.line, name, outline.title, url, outline.tags, text))
    return Imported(tuple(sources), tuple(mistakes), tuple(doubles), tuple(remarks))


def fragment(sources: Sequence[Listed]) -> str:
    """The tables of a list, to be included by a configuration or pasted into one."""
    return "\n".join(source.table for source in sources)


def opml(sources: Sequence[SourceConfig], title: str) -> tuple[str, tuple[str, ...]]:
    """The feeds of a configuration as OPML 2.0 (opml.org/spec2.opml), and a sentence about each source that is left out."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = _legal(title)
    body = ET.SubElement(root, "body")
    left_out = []
    for source in sources:
        if source.url_secret or not source.url:
            left_out.append(f"{source.id} is left out: its address is a secret.")
            continue
        if holds_a_key(source.url):
            left_out.append(f"{source.id} is left out: its address seems to hold a key.")
            continue
        if source.kind not in FEEDS:
            left_out.append(f"{source.id} is left out: other programs cannot read the kind {source.kind}.")
            continue
        attributes = {"type": "rss", "text": _legal(source.outlet or source.id), "xmlUrl": _legal(source.url)}
        if source.tags:  # the specification divides categories by commas and levels by slashes
            attributes["category"] = ",".join(_legal(re.sub(r"[,/]+", " ", tag)).strip() for tag in source.tags)
        if source.language:
            attributes["language"] = _legal(source.language)
        ET.SubElement(body, "outline", attributes)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n', tuple(left_out)


def _usable(outline: Outline) -> str:
    """The address of an outline.

    Raises:
        UserInputError: it has none that can be asked.
    """
    named = clip(plain(outline.title or outline.url or outline.site, 4 * SHOWN), SHOWN)
    if not outline.url:
        where = plain(outline.site, 4 * SHOWN)
        raise UserInputError(f"“{named}” names a site and no feed; `watchlamp sources test {where}` looks for one.")
    if len(outline.url) > MAX_ADDRESS:
        raise UserInputError(f"“{named}” has an address of more than {MAX_ADDRESS:,} characters.")
    try:
        address = address_of(outline.url)
    except UserInputError as error:
        if "user name" in str(error):
            raise
        raise UserInputError(f"“{clip(plain(outline.url, 4 * SHOWN), SHOWN)}” is no web address.") from error
    if canonical_url(address) is None or not address.isprintable():
        raise UserInputError(f"“{clip(plain(outline.url, 4 * SHOWN), SHOWN)}” is no web address.")
    return address


def _same(url: str) -> str:
    """``http``, ``www.`` and a slash at the end make no other feed."""
    return canonical_url(url) or url


def _is_markup(data: bytes) -> bool:
    return data.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def _plain_lines(data: bytes) -> list[Outline]:
    """Addresses one a line; what follows one is its title; ``#`` begins a remark."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise UserInputError(f"line {number}: this is no UTF-8 text. Give an OPML file, or addresses one a line.") from error
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split(maxsplit=1)
        if words and not words[0].startswith("#"):
            title = words[1].removeprefix("#") if len(words) > 1 else ""
            found.append(Outline(number, clean_line(title), words[0], "", ()))
    if len(found) > MAX_LINES:
        raise UserInputError(f"This list has more than {MAX_LINES:,} lines; divide it.")
    if not found:
        raise UserInputError("This list is empty. Give an OPML file, or addresses one a line.")
    return found


def _legal(text: str) -> str:
    return _NOT_XML.sub("", text)
