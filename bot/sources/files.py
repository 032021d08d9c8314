"""Past items from files: what ``replay``, ``rules match`` and ``stories group`` read. Kinds are told by content.

Promises: the same files give the same items with the same ids in the same order; a file or line that cannot be read is an
error of its own and the others go on; a document of a stranger is only read in the sandbox.

Ids: a JSONL line's ``id``; for a file with one item its path relative to the folder given (with ``/``), or its name if the
file itself was given; for an entry of a feed that path, ``#`` and its guid, else its link, else its number from 1. A post's
related entries count as entries of a feed: the path, ``#related-`` and their number.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.core.documents import FeedDocument, FeedEntry, Page
from bot.core.errors import ConfigError, DocumentError, Mistake, UserInputError
from bot.core.model import Item
from bot.core.plausible import EARLIEST, MAX_AHEAD
from bot.core.sources import SourceConfig
from bot.sandbox.jobs.dates import LATEST
from bot.sandbox.pool import Sandbox
from bot.sources.contract import Reads
from bot.sources.entry import Entries
from bot.sources.jsonl import NO_DATE, Lines, finished, parse_lines, unreadable
from bot.sources.posts import RELATED
from bot.text.urls import behind_redirectors

MAX_FILE = 256 * 1024 * 1024
"""Largest file read, in bytes; the readers' own limits (10 MB a feed, 2 MB a page) are lower."""

_NEVER_AHEAD = LATEST - MAX_AHEAD
"""The present, as far as past items are concerned: in a replay no date lies ahead of it."""

_SNIFFED = 8192
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF|channel)[\s>]", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[\w\"'-]+[ \t]*:(?:[ \t]|\r?\n)")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the files held.

    Attributes:
        items: in the order of the paths given, folders sorted, a file's own order within.
        errors: what could not be read and why, with file and line.
        ranks: for each item, which of the paths given it came from: 0 the first.
    """

    items: tuple[Item, ...]
    errors: tuple[Mistake, ...]
    ranks: tuple[int, ...]


async def read_inputs(paths: Sequence[Path], *, sandbox: Reads, related: bool = False) -> Inputs:
    """Read every file, and every file in every folder (hidden ones are skipped).

    Args:
        paths: files and folders as the person gave them.
        sandbox: where documents are read.
        related: whether a post's ``related`` entries are items too.

    Raises:
        UserInputError: a path does not exist or is no file or folder, or two items have the same id.
    """
    found: list[tuple[str, Item]] = []
    errors: list[Mistake] = []
    ranks: list[int] = []
    for rank, path, name in _files(paths):
        try:
            items, mistakes = await _read_file(path, name, sandbox, related=related)
        except (DocumentError, OSError) as error:
            reason = f"cannot be read ({error.strerror or error})." if isinstance(error, OSError) else str(error)
            line = re.match(r"line (\d+): ", reason)
            errors.append(Mistake(str(path), int(line[1]) if line else 0, "", reason[line.end() :] if line else reason))
            continue
        found += items
        ranks += [rank] * len(items)
        errors += mistakes
    _refuse_twins(found)
    return Inputs(_seen(item for _, item in found), tuple(errors), tuple(ranks))


def read_jsonl(data: bytes | str, *, name: str = "items") -> tuple[Item, ...]:
    """Items of JSON lines, all or nothing: every line is the person's own input here.

    A child process is started only if a line has ``content_html`` and no ``content_text``. Not to be called in an event loop.

    Raises:
        ConfigError: all bad lines, with their numbers.
        UserInputError: not UTF-8, or an id occurs twice.
    """
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserInputError(f"{name}: this file is not UTF-8 (byte {error.start + 1}). Save it as UTF-8.") from error
    lines = parse_lines(text, name)
    items, mistakes = asyncio.run(_with_own_sandbox(lines, name)) if lines.html else ([*lines.items], [*lines.mistakes])
    if mistakes:
        raise ConfigError(tuple(sorted(mistakes)))
    _refuse_twins([(f"{name}:{number}", item) for number, item in items])
    return _seen(item for _, item in items)


def replay_instant(item: Item, earliest: datetime | None) -> datetime:
    """When an item of a replay appears: its publication, else the date its page shows, else the earliest date of the input."""
    return item.date_published or item.date_rendered or earliest or NO_DATE


def order_for_replay(inputs: Inputs | Sequence[Item]) -> list[tuple[datetime, Item]]:
    """Items with their instants, in order of instants; equal ones keep the order of the paths given, then of their ids.

    Args:
        inputs: as ``read_inputs`` gives them; bare items count as if they came from one path.
    """
    items = inputs.items if isinstance(inputs, Inputs) else tuple(inputs)
    ranks = inputs.ranks if isinstance(inputs, Inputs) else (0,) * len(items)
    earliest = _earliest(items)
    keyed = sorted(
        (replay_instant(item, earliest), rank, item.id, place) for place, (rank, item) in enumerate(zip(ranks, items, strict=True))
    )
    return [(instant, items[place]) for instant, _, _, place in keyed]


# ---------------------------------------------------------------- files


def _files(paths: Sequence[Path]) -> list[tuple[int, Path, str]]:
    """Every file with the path argument it belongs to and the name its item gets."""
    found: list[tuple[int, Path, str]] = []
    for rank, path in enumerate(paths):
        if path.is_dir():
            inside = (entry for entry in path.rglob("*") if entry.is_file() and not _hidden(entry.relative_to(path)))
            found += sorted(((rank, entry, entry.relative_to(path).as_posix()) for entry in inside), key=lambda found: found[2])
        elif path.is_file():
            found.append((rank, path, path.name))
        else:
            raise UserInputError(
                f"{path}: this is neither a file nor a folder; save its content as a file."
                if path.exists()
                else f"{path}: there is no such file or folder."
            )
    return found


def _hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)


async def _read_file(path: Path, name: str, sandbox: Reads, *, related: bool) -> tuple[list[tuple[str, Item]], list[Mistake]]:
    """Items with the place each stands at, and what is wrong."""
    data = _bytes(path)
    kind, text = _kind(data)
    if kind == "jsonl":
        return await _jsonl(text, path, sandbox)
    return [(str(path), item) for item in await _document_items(kind, data, name, sandbox, related=related)], []


async def _document_items(kind: str, data: bytes, name: str, sandbox: Reads, *, related: bool) -> list[Item]:
    if kind == "page":
        page = await sandbox.run("page", data=data, url=None, content_type=None)
        assert isinstance(page, Page)
        return [_page_item(page, name)]
    job = {"data": data} if kind == "post" else {"data": data, "url": None, "content_type": None}
    document = await sandbox.run(kind, **job)
    assert isinstance(document, FeedDocument)
    if kind == "post":
        return _post_items(document, name, related=related)
    return _feed_items(document, name)


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > MAX_FILE:
        raise DocumentError(f"larger than {MAX_FILE // 1024 // 1024} MB; it was not read.")
    data = path.read_bytes()
    if not data.strip():
        raise DocumentError("the file is empty.")
    return data


def _kind(data: bytes) -> tuple[str, str]:
    """``feed``, ``page``, ``post`` or ``jsonl``, and the text if it had to be decoded."""
    head = data[:_SNIFFED].decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig", "replace").lstrip()
    if head[:1] in {"{", "["}:
        return _json_kind(data)
    if head.startswith("<") and _FEED.search(head) and not _PAGE.search(head):
        return "feed", ""
    return ("post" if _FRONT_MATTER.match(head) else "page"), ""


def _json_kind(data: bytes) -> tuple[str, str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"this file is not UTF-8 (byte {error.start + 1}).") from error
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        if _has_object_line(text):
            return "jsonl", text
        where = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else unreadable(error)
        raise DocumentError(f"{where}; this is neither JSON nor JSON lines.") from error
    if isinstance(value, dict):
        if "jsonfeed.org" in str(value.get("version")) or isinstance(value.get("items"), list):
            return "feed", text
        return ("jsonl", text) if "id" in value else ("post", text)
    return "post", text


def _has_object_line(text: str) -> bool:
    for line in text.splitlines()[:50]:
        try:
            if isinstance(json.loads(line), dict):
                return True
        except (ValueError, RecursionError):
            continue
    return False


# ---------------------------------------------------------------- items


def _page_item(page: Page, item_id: str) -> Item:
    title = page.title or page.text.partition("\n")[0][:200]
    if not title:
        raise DocumentError(page.notes[0] if page.notes else "no article could be found in this file.")
    return finished(
        Item(
            id=item_id,
            source_id=item_id,
            title=title,
            first_seen=NO_DATE,
            url=page.url,
            summary=page.summary,
            content_text=page.text,
            outlet=page.outlet,
            authors=page.byline,
            language=page.language,
            date_published=_possible(page.published),
            date_modified=_possible(page.modified),
            date_rendered=_possible(page.rendered),
            notes=page.notes,
        )
    )


def _possible(date: datetime | None) -> datetime | None:
    """A page's date, unless it is a slip or an empty field's (0001-01-01): such a page has none."""
    return date if date is not None and EARLIEST <= date < LATEST else None


def _post_items(document: FeedDocument, name: str, *, related: bool) -> list[Item]:
    """The post under the file's name; of a list of posts, and for related entries, each under a number."""
    alone = sum(entry.id != RELATED for entry in document.entries) == 1
    items: list[Item] = []
    posts = others = 0
    for entry in document.entries:
        if entry.id != RELATED:
            posts += 1
            item_id = name if alone else f"{name}#{posts}"
        elif related:
            others += 1
            item_id = f"{name}#related-{others}"
        else:
            continue
        items += [replace(item, id=item_id) for item in _as_polled([replace(entry, id=None)], name)]
    return items


def _feed_items(document: FeedDocument, name: str) -> list[Item]:
    """Entries as items, oldest first; entries that share a guid by mistake are told apart by their number."""
    numbers: dict[tuple[str | None, str | None], int] = {}
    for number, entry in enumerate(document.entries, start=1):
        numbers.setdefault((entry.id, behind_redirectors(entry.link) if entry.link else None), number)
    taken: set[str] = set()

    def name_item(item: Item) -> str:
        number = numbers[item.guid, item.url]
        item_id = f"{name}#{item.guid or item.url or number}"
        while item_id in taken:
            item_id = f"{item_id}#{number}"
        taken.add(item_id)
        return item_id

    return [replace(item, id=name_item(item)) for item in _as_polled(document.entries, name, document)]


def _as_polled(entries: Sequence[FeedEntry], name: str, feed: FeedDocument | None = None) -> tuple[Item, ...]:
    """Entries made items by the same rules as in ``run``."""
    collected = Entries(feed or FeedDocument("", None, ()), SourceConfig(id=name, kind="feed", url=""), _NEVER_AHEAD)
    for entry in entries:
        collected.add(entry)
    return collected.items()


def _refuse_twins(found: Sequence[tuple[str, Item]]) -> None:
    places: dict[str, str] = {}
    for place, item in found:
        if item.id in places:
            raise UserInputError(
                f"The id {item.id!r} occurs twice: in {places[item.id]} and in {place}. Give every item its own id."
            )
        places[item.id] = place


def _seen(items: Iterable[Item]) -> tuple[Item, ...]:
    listed = tuple(items)
    earliest = _earliest(listed)
    return tuple(replace(item, first_seen=replay_instant(item, earliest)) for item in listed)


def _earliest(items: Iterable[Item]) -> datetime | None:
    dates = [date for item in items if (date := item.date_published or item.date_rendered) is not None]
    return min(dates, default=None)


# ---------------------------------------------------------------- JSON lines


async def _jsonl(text: str, path: Path, sandbox: Reads) -> tuple[list[tuple[str, Item]], list[Mistake]]:
    items, mistakes = await _with_html(parse_lines(text, str(path)), str(path), sandbox)
    return [(f"{path}:{number}", item) for number, item in items], sorted(mistakes)


async def _with_own_sandbox(lines: Lines, name: str) -> tuple[list[tuple[int, Item]], list[Mistake]]:
    sandbox = Sandbox(workers=1)
    try:
        return await _with_html(lines, name, sandbox)
    finally:
        await sandbox.close()


async def _with_html(lines: Lines, name: str, sandbox: Reads) -> tuple[list[tuple[int, Item]], list[Mistake]]:
    """The items of the lines, those with HTML read in the sandbox."""
    items: list[tuple[int, Item]] = []
    mistakes = [*lines.mistakes]
    for number, item in lines.items:
        if number not in lines.html:
            items.append((number, item))
            continue
        try:
            words = str(await sandbox.run("text", html=lines.html[number]))
        except DocumentError as error:
            mistakes.append(Mistake(name, number, "content_html", str(error)))
            continue
        items.append((number, finished(replace(item, content_text=words, title=item.title or words.partition("\n")[0][:200]))))
    return items, mistakes
