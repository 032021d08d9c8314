"""One feed document to its entries: RSS 0.9x to 2.0, RDF, Atom and JSON Feed.

Promises: identifiers are the document's own, byte for byte, or None; links are http or https or None; dates are those the
document states or None; every entry that can be read is, whatever is wrong with its neighbours. Must never fetch, resolve
a name, or follow anything the document names.

feedparser is the reference and reads everything but JSON. Ordinary well-formed XML is read by ``strict``, to the same values in a
fraction of the time; feedparser is not even imported for it.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import DocumentError
from bot.sandbox.jobs import strict, wishes
from bot.sandbox.jobs.dates import read_date, read_iso
from bot.sandbox.jobs.footers import without_footers
from bot.sandbox.jobs.plain import plain_line, plain_paragraphs, plain_text
from bot.sandbox.jobs.strictnames import WHOLE_ADDRESS

MAX_ENTRIES = 10_000
"""Entries read of one JSON Feed; the same as ``lenient.MAX_ENTRIES``."""

MAX_LINK = 8192
"""Longest address kept, as in ``bot.text.urls``."""

MAX_NAME = 200
"""Longest name of a person or keyword kept, as in ``pagefacts``: what is longer is text in the wrong place."""

_SCRIPT, _SCRIPT_END = (re.compile(rf"<{slash}(?:script|style)\b", re.IGNORECASE) for slash in ("", "/"))
_JSON_FEED = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.[0-9])?/?")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def parse_feed(data: bytes, url: str | None, content_type: str | None) -> FeedDocument:
    """Read one feed document.

    Args:
        data: the body as served, decoded from its transfer encoding.
        url: where it came from: relative links are resolved against it.
        content_type: the Content-Type header, whose charset counts as RFC 7303 says.

    Raises:
        DocumentError: this is no feed.
    """
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise DocumentError("The document is empty.")
    if data.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] in {b"{", b"["}:
        return _read_json(data, url)
    return _read_xml(data, url, content_type)


def http_link(link: object, base: str | None) -> str | None:
    """``link`` resolved against ``base`` if that makes an http or https address with a host, else None."""
    if not isinstance(link, str) or not (text := link.strip()):
        return None
    if len(text) <= MAX_LINK and WHOLE_ADDRESS.fullmatch(text):
        return text
    try:
        resolved = urljoin(base or "", text)
        parts = urlsplit(resolved)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(resolved) > MAX_LINK:
        return None
    return None if any(char < " " or char == "\x7f" for char in resolved) else resolved


# ---------------------------------------------------------------- XML


def _read_xml(data: bytes, url: str | None, content_type: str | None) -> FeedDocument:
    try:
        parsed: Any = strict.parse(data, url, content_type)
        ill_formed = False
    except strict.UnusualError:
        from bot.sandbox.jobs import lenient  # noqa: PLC0415  # feedparser's import takes longer than most feeds

        try:
            parsed = lenient.parse(data, url, content_type)
        except ValueError:
            raise DocumentError("The document is no text in the encoding that it names, so it cannot be read.") from None
        ill_formed = lenient.is_ill_formed(parsed)
    feed, found = parsed["feed"], parsed["entries"]
    if not found:
        _refuse_without_entries(data, version=parsed.get("version"), ill_formed=ill_formed)
    language = _language(feed.get("language"))
    notes = ["The document is not well-formed XML; it was read as far as possible."] if ill_formed else []
    if strict.MORE in feed:
        notes.append(f"Only the first {len(found):,} entries were read.")
    literal = str(parsed.get("version")).startswith("atom")
    entries = []
    for entry in found:
        try:
            entries.append(_entry(entry, url, language, literal=literal))
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            notes.append(f"An entry could not be read ({type(error).__name__}).")
    asked = wishes.read_xml(data, url)
    title = _line(feed, "title")
    return FeedDocument(
        title, language, tuple(entries), tuple(notes), asked.wishes, asked.hub, asked.topic, not ill_formed, asked.home
    )


def _refuse_without_entries(data: bytes, *, version: str | None, ill_formed: bool) -> None:
    """A feed without entries is a feed; what only lacks them because it is something else, or broken, is not."""
    if _PAGE.match(data, strict.root_at(data)):
        raise DocumentError("This is a web page, not a feed; look for the address of its feed.")
    if ill_formed:
        raise DocumentError("The document is no well-formed XML, and no entry of a feed could be read from it.")
    if not version:
        raise DocumentError("This is not a feed: it is neither RSS, RDF, Atom nor JSON Feed.")


def _entry(entry: Any, url: str | None, language: str | None, *, literal: bool) -> FeedEntry:
    summary, content = _text_of(entry.get("summary")), _content(entry)
    source = entry.get("source")
    return FeedEntry(
        title=_line(entry, "title", literal=literal),
        link=_link(entry, url),
        id=_text_of(entry.get("id")) or None,
        published=read_date(_raw(entry, "published"), _raw(entry, "published_parsed"))
        or read_date(_raw(entry, "created"), _raw(entry, "created_parsed")),
        updated=read_date(_raw(entry, "updated"), _raw(entry, "updated_parsed")),
        summary=summary,
        content=content,
        summary_text=_words(summary, html=_is_html(entry.get("summary_detail"))),
        content_text=_words(content, html=_is_html(entry["content"][0]) if content else False, teasers=False),
        authors=_authors(entry),
        tags=_tags(entry),
        outlet=(_line(source, "title") or None) if isinstance(source, dict) else None,
        language=_language(_entry_language(entry)) or language,
    )


def _raw(entry: Any, key: str) -> Any:
    """A value without feedparser's substitutions (its ``updated`` falls back to ``published`` with a warning)."""
    return dict.get(entry, key)


def _line(owner: Any, key: str, *, literal: bool = False) -> str:
    """A text construct on one line; ``literal``: the document itself says what is markup, as Atom does and RSS does not."""
    text = _text_of(owner.get(key)) or ""
    html = _is_html(owner.get(f"{key}_detail"), default=False)
    if not html and not literal and _SCRIPT.search(text):  # feedparser takes what has a tag it does not know for plain text
        html = _SCRIPT_END.search(text) is not None
    return plain_line(text, html=html)


def _is_html(detail: Any, *, default: bool = True) -> bool:
    """Whether a text construct holds markup, as it says itself."""
    kind = detail.get("type") if isinstance(detail, dict) else None
    return default if not isinstance(kind, str) else kind != "text/plain"


def _words(raw: str | None, *, html: bool, teasers: bool = True) -> str:
    """A text's words, without what feeds append; without ``teasers`` also without paragraphs that only lead elsewhere."""
    if not raw:
        return ""
    # Feeds call markup plain text more often than they show a reader angle brackets: a closing tag decides.
    marked_up = html or "</" in raw or "<br" in raw
    return without_footers(plain_text(raw, teasers=teasers) if marked_up else plain_paragraphs(raw))


def _content(entry: Any) -> str | None:
    values = entry.get("content")
    return _text_of(values[0].get("value")) if values else None


def _text_of(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _link(entry: Any, url: str | None) -> str | None:
    if (link := http_link(entry.get("link"), url)) is not None:
        return link
    for other in entry.get("links", ()):
        if other.get("rel", "alternate") == "alternate" and (link := http_link(other.get("href"), url)) is not None:
            return link
    return None


def _authors(entry: Any) -> tuple[str, ...]:
    names = [author.get("name") for author in entry.get("authors", ())] or [entry.get("author")]
    return _distinct(names)


def _tags(entry: Any) -> tuple[str, ...]:
    return _distinct(tag.get("term") or tag.get("label") for tag in entry.get("tags", ()))


def _distinct(values: Any) -> tuple[str, ...]:
    lines = (plain_line(value, html=False) for value in values if isinstance(value, str))
    return tuple(dict.fromkeys(line for line in lines if 0 < len(line) <= MAX_NAME))


def _entry_language(entry: Any) -> Any:
    details = [*entry.get("content", ()), entry.get("title_detail"), entry.get("summary_detail")]
    return next((detail.get("language") for detail in details if isinstance(detail, dict) and detail.get("language")), None)


def _language(value: Any) -> str | None:
    """A language tag such as ``en`` or ``pt-br``, lower case, or None if it is none."""
    if not isinstance(value, str):
        return None
    tag = value.strip().replace("_", "-").lower()
    return tag if re.fullmatch(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*", tag) else None


# ---------------------------------------------------------------- JSON


def _read_json(data: bytes, url: str | None) -> FeedDocument:
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise DocumentError("The document looks like JSON, but cannot be read as JSON.") from None
    if not isinstance(document, dict) or not _JSON_FEED.fullmatch(str(document.get("version", "")).strip()):
        raise DocumentError("The document is JSON, but not a JSON Feed: its version does not say so.")
    found = document.get("items")
    if not isinstance(found, list):
        raise DocumentError("The JSON Feed has no list of items.")
    language = _language(document.get("language"))
    authors = _json_authors(document)
    entries = tuple(_json_entry(item, url, language, authors) for item in found[:MAX_ENTRIES] if isinstance(item, dict))
    notes = []
    if len(found) > MAX_ENTRIES:
        notes.append(f"Only the first {MAX_ENTRIES:,} entries were read.")
    if not all(isinstance(item, dict) for item in found[:MAX_ENTRIES]):
        notes.append("Some items are no objects and were left out.")
    asked = wishes.read_json(document, url)
    title = plain_line(_text_of(document.get("title")) or "", html=False)
    return FeedDocument(title, language, entries, tuple(notes), asked.wishes, asked.hub, asked.topic, home=asked.home)


def _json_entry(item: dict[str, Any], url: str | None, language: str | None, authors: tuple[str, ...]) -> FeedEntry:
    """One item (jsonfeed.org/version/1.1): ``content_html`` wins over ``content_text``; a number as id is its text."""
    html, text, summary = (_text_of(item.get(key)) for key in ("content_html", "content_text", "summary"))
    content = text if html is None else html
    number = item.get("id")
    return FeedEntry(
        title=plain_line(_text_of(item.get("title")) or "", html=False),
        link=http_link(item.get("url"), url) or http_link(item.get("external_url"), url),
        id=str(number) if isinstance(number, str | int | float) and not isinstance(number, bool) and str(number) else None,
        published=read_iso(item.get("date_published")),
        updated=read_iso(item.get("date_modified")),
        summary=summary,
        content=content,
        summary_text=_words(summary, html=False),
        content_text=_words(content, html=html is not None, teasers=False),
        authors=_json_authors(item) or authors,
        tags=_distinct(item["tags"]) if isinstance(item.get("tags"), list) else (),
        outlet=None,
        language=_language(item.get("language")) or language,
    )


def _json_authors(owner: dict[str, Any]) -> tuple[str, ...]:
    """``authors`` of version 1.1, else ``author`` of 1.0."""
    listed = owner.get("authors")
    people = listed if isinstance(listed, list) else [owner.get("author")]
    return _distinct(person.get("name") for person in people if isinstance(person, dict))
