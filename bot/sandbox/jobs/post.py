"""Front-matter posts (Jekyll: YAML between two ``---`` lines, then a body) and the same posts as JSON. Runs in a sandbox child.

Promises: values are read as the strings they are written as, so no YAML tag, alias, number or date can do anything; a broken
document is told with its line. ``related`` entries are entries of their own behind the post's, and never its text.

Both generations of key names are read: ``sourceUrl`` with ``ampUrl`` and ``cdnAmpUrl``, ``webUrl`` with ``ampWebUrl`` and
``cdnAmpWebUrl``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import yaml

from bot.core.documents import FeedDocument, FeedEntry, Page
from bot.core.errors import DocumentError
from bot.sandbox.jobs.feed import http_link
from bot.sandbox.jobs.plain import plain_text
from bot.text.clean import clean_line, clean_text
from bot.text.urls import canonical_url

MAX_BYTES = 2 * 1024 * 1024
MAX_FRONT_MATTER = 256 * 1024
"""Longest front matter in characters; real ones have 5 to 20 kB, and PyYAML needs seconds for a megabyte."""

MAX_DEPTH = 20
MAX_RELATED = 200
MAX_POSTS = 10_000

_URL_KEYS = ("sourceUrl", "webUrl", "originalUrl", "url", "link", "permalink", "ampUrl", "ampWebUrl", "cdnAmpUrl", "cdnAmpWebUrl")
_DATE_KEYS = ("publishedDateTime", "publishedAt", "date")
_UPDATED_KEYS = ("updatedDateTime", "updatedAt", "last_modified_at", "updated")
_SUMMARY_KEYS = ("excerpt", "summary", "description")
_FENCE = re.compile(r"\A---[ \t]*\n(?P<matter>.*?)(?:^(?:---|\.\.\.)[ \t]*(?:\n|\Z)|(?P<open>\Z))", re.DOTALL | re.MULTILINE)
_KEY_LINE = re.compile(r"\A---[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*[\w\"'-]+[ \t]*:(?:[ \t]|\n)")
_HTML = re.compile(r"</?(?:p|div|a|br|ul|ol|li|h[1-6]|em|strong|blockquote|img|span)\b", re.IGNORECASE)
_IMAGE = re.compile(r"!\[[^\]\n]{0,500}\]\([^)\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\]\n]{1,500})\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])")
_LIQUID = re.compile(r"\{%[^\n]{0,500}?%\}|\{\{[^\n]{0,500}?\}\}")
_HEADING = re.compile(r"^#{1,6}[ \t]+|^>[ \t]?", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.{1,500}?)(?<=\S)\1|(?<![\w*])\*(?=[^\s*])([^*\n]{1,500}?)(?<=\S)\*(?![\w*])")
_BARE_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})\Z")


class _Loader(yaml.BaseLoader):
    """Strings, lists and mappings only: BaseLoader resolves no tag; aliases and deep nesting are refused here."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int | None) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise self._refused("an alias (*name) is not allowed here")
        if self.depth >= MAX_DEPTH:
            raise self._refused(f"nested deeper than {MAX_DEPTH} levels")
        self.depth += 1
        try:
            return super().compose_node(parent, index)  # type: ignore[arg-type]
        finally:
            self.depth -= 1

    def _refused(self, problem: str) -> yaml.MarkedYAMLError:
        mark: Any = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def is_post(text: str) -> bool:
    """Whether a document begins with front matter: a ``---`` line, then a line that begins with a key."""
    return bool(_KEY_LINE.match(text.removeprefix("\ufeff").replace("\r\n", "\n")))


def read_post(data: bytes) -> FeedDocument:
    """Read one post, or a JSON list of posts.

    Returns:
        A document whose entries are each post followed by its ``related`` entries; ``id`` of a post is None, of a related entry
        ``related``, so that whoever does not want related entries can tell them.

    Raises:
        DocumentError: too large, not UTF-8, broken (with the line), or without a title.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError(f"This post is larger than {MAX_BYTES // 1024 // 1024} MB; it was not read.")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise DocumentError(f"This post is not UTF-8 (byte {error.start + 1}).") from error
    if text.lstrip()[:1] in {"{", "["}:
        return _read_json(text)
    matter, body = _front_matter(text)
    entries, notes = _entries(matter, body)
    return FeedDocument(title=_outlet(matter) or "", language=_language(matter), entries=entries, notes=notes)


def page_of_post(text: str) -> Page | None:
    """A post as the page it describes, or None if ``text`` is not a readable post."""
    if not is_post(text):
        return None
    try:
        document = read_post(text.encode("utf-8", "replace"))
    except DocumentError:
        return None
    post = document.entries[0]
    return Page(
        title=post.title,
        summary=post.summary_text,
        text=post.content_text,
        byline=post.authors,
        published=post.published,
        modified=post.updated,
        url=post.link,
        site=post.outlet,
        outlet=post.outlet,
        language=post.language,
        notes=document.notes,
    )


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    found = _FENCE.match(text)
    if found is None:
        raise DocumentError("line 1: a post begins with a line '---', then its front matter.")
    if found["open"] is not None:
        raise DocumentError("line 1: the front matter is never closed; put a line '---' below it.")
    matter = found["matter"]
    if len(matter) > MAX_FRONT_MATTER:
        raise DocumentError(f"The front matter is longer than {MAX_FRONT_MATTER // 1024} kB; it was not read.")
    try:
        loader = _Loader(matter)
        try:
            value = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark is not None else 0) + 2
        raise DocumentError(f"line {line}: {error.problem or error.context or 'the YAML is broken'}.") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DocumentError(f"The front matter is not readable YAML ({type(error).__name__}).") from error
    if not isinstance(value, dict):
        raise DocumentError("line 2: the front matter must be 'key: value' lines.")
    return value, text[found.end() :]


def _read_json(text: str) -> FeedDocument:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentError(f"line {error.lineno}: {error.msg}.") from error
    except RecursionError as error:
        raise DocumentError("This JSON is nested too deeply; it was not read.") from error
    posts = value.get("value", value.get("posts", [value])) if isinstance(value, dict) else value
    if not isinstance(posts, list):
        raise DocumentError("This JSON holds no list of posts.")
    entries: list[FeedEntry] = []
    notes: list[str] = []
    for number, post in enumerate(posts[:MAX_POSTS], start=1):
        if not isinstance(post, dict):
            notes.append(f"Entry {number} of the list is no post; it was left out.")
            continue
        try:
            found, said = _entries(post, str(post.get("content") or ""))
        except DocumentError as error:
            notes.append(f"Post {number} of the list was left out: {error}")
            continue
        entries += found
        notes += said
    if not entries:
        raise DocumentError(notes[0] if notes else "This JSON list holds no post.")
    return FeedDocument(title="", language=None, entries=tuple(entries), notes=tuple(notes))


def _entries(post: Mapping[str, Any], body: str) -> tuple[tuple[FeedEntry, ...], tuple[str, ...]]:
    first = _entry(post, body, None)
    if first is None:
        raise DocumentError("this post has no title.")
    related = post.get("related")
    notes: list[str] = []
    others: list[FeedEntry] = []
    for number, entry in enumerate(related[:MAX_RELATED] if isinstance(related, list) else [], start=1):
        found = _entry(entry, "", "related") if isinstance(entry, Mapping) else None
        if found is None:
            notes.append(f"Related entry {number} has no title; it was left out.")
        else:
            others.append(found)
    return (first, *others), tuple(notes)


def _entry(post: Mapping[str, Any], body: str, entry_id: str | None) -> FeedEntry | None:
    title = clean_line(_string(post.get("title")))
    if not title:
        return None
    excerpt = next((text for key in _SUMMARY_KEYS if (text := _string(post.get(key)))), "")
    content = _body(body)
    return FeedEntry(
        title=title,
        link=next((link for key in _URL_KEYS if (link := http_link(_string(post.get(key)), None)) and canonical_url(link)), None),
        id=entry_id,
        published=_date(post, _DATE_KEYS),
        updated=_date(post, _UPDATED_KEYS),
        summary=excerpt or None,
        content=body.strip() or None,
        summary_text=clean_line(plain_text(excerpt)),
        content_text=content,
        authors=_strings(post.get("authors") or post.get("author")),
        tags=tuple(dict.fromkeys((*_strings(post.get("topics")), *_strings(post.get("tags"))))),
        outlet=_outlet(post),
        language=_language(post),
    )


def _body(body: str) -> str:
    """The words of a Markdown or HTML body."""
    text = _LIQUID.sub("", body)
    text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    text = _EMPHASIS.sub(lambda found: found[2] or found[3], _HEADING.sub("", text))
    return clean_text(plain_text(text) if _HTML.search(text) else text)


def _string(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _strings(value: object) -> tuple[str, ...]:
    """Names of a list, of one string, or of mappings with ``name``."""
    found: list[str] = []
    for entry in value if isinstance(value, list) else [value]:
        name = entry.get("name") if isinstance(entry, Mapping) else entry
        if line := clean_line(_string(name)):
            found.append(line)
    return tuple(dict.fromkeys(found))


def _outlet(post: Mapping[str, Any]) -> str | None:
    provider = post.get("provider")
    if isinstance(provider, Mapping):
        return clean_line(_string(provider.get("name"))) or clean_line(_string(provider.get("domain"))) or None
    return clean_line(_string(provider)) or None


def _language(post: Mapping[str, Any]) -> str | None:
    for key in ("language", "lang", "locale"):
        if found := re.match(r"([A-Za-z]{2,3})(?:[-_]|\Z)", _string(post.get(key))):
            return found[1].lower()
    return None


def _date(post: Mapping[str, Any], keys: tuple[str, ...]) -> datetime | None:
    """ISO 8601, or Jekyll's ``2031-06-11 00:38:00 +0000``; a bare date or naive time is UTC. None if it is neither."""
    for key in keys:
        text = re.sub(r"\s+(?=[+-]\d{2}:?\d{2}\Z)", "", _string(post.get(key)))
        text = re.sub(r"([+-]\d{2})(\d{2})\Z", r"\1:\2", text) if not _BARE_DATE.search(text) else text
        try:
            instant = datetime.fromisoformat(text)
            return (instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)).replace(microsecond=0)
        except (ValueError, OverflowError):
            continue
    return None
