"""One page of a service's JSON to the entries it lists, as a source's field map says. Runs in a sandbox child.

Promises: what a field map names is taken, and nothing else; a value of the wrong type is a value that is not there; one entry that
cannot be used never costs the others; an answer that is an error, or has no list where one was promised, is never an empty list.
Paths are JMESPath (https://jmespath.org/specification.html). Must never fetch or follow anything the answer names.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError

from bot.core.documents import FeedEntry
from bot.core.errors import DocumentError
from bot.core.jsonlisting import Listing
from bot.sandbox.jobs.dates import read_date, read_iso
from bot.sandbox.jobs.feed import MAX_NAME, http_link
from bot.sandbox.jobs.footers import without_footers
from bot.sandbox.jobs.plain import plain_line, plain_paragraphs, plain_text

MAX_NAMES = 200
"""Authors or tags of one entry, as for feeds."""

MAX_QUOTED = 200
"""Characters of a service's own words shown in an error."""

MAX_RAW = 1_000_000
"""Characters of one text read: a page of a service holds many entries, and no text of one is longer."""

_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_PAGE = re.compile(r"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_SAFE = "/:?&=#%+,;@!$'()*~[]"
"""What a value put into an address keeps as it is: it may be a whole path or query of its own."""

_START = 2000
"""Characters of an answer that is no JSON in which its words are looked for."""

_ERROR_KEYS = ("error", "errors", "message", "detail", "title", "status")
"""Where services say what is wrong, looked at when the list is missing."""

_SECONDS = re.compile(r"[0-9]{9,10}(?:\.[0-9]+)?")
_MILLISECONDS = re.compile(r"[0-9]{12,13}")


class _Functions(functions.Functions):
    """JMESPath's own and ours (``bot.core.jsonlisting.OWN_FUNCTIONS``)."""

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_after_last(self, text: str, mark: str) -> str:
        return text.rpartition(mark)[2] if mark else text


_OPTIONS = jmespath.Options(custom_functions=_Functions())


def read_listing(data: bytes, url: str | None, content_type: str | None, plan: Mapping[str, Any]) -> Listing:
    """Read one page of a list.

    Args:
        data: the body as served.
        url: where it came from, against which addresses are resolved.
        content_type: the Content-Type header; only its charset counts.
        plan: ``items``, ``fields``, ``dates``, ``error`` and ``next`` of the source's options, and the ``most`` entries read.

    Raises:
        DocumentError: it is no JSON, or holds no list where one should be.
    """
    answer = _read_json(data, content_type)
    trouble = _quoted(_at(plan["error"], answer)) if plan["error"] else ""
    if trouble:
        return Listing((), 0, None, trouble)
    listed = _at(plan["items"], answer)
    if not isinstance(listed, list):
        raise DocumentError(_no_list(plan["items"], answer))
    fields = _Fields(plan["fields"], plan["dates"], url)
    entries, unusable, unread = [], 0, 0
    for item in listed[: plan["most"]]:
        if not isinstance(item, dict):
            unusable += 1
            continue
        try:
            entries.append(fields.entry(item))
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
            unread += 1
    notes = []
    if unusable:
        notes.append(
            f"{_count(unusable)} of the list {'is no object and was' if unusable == 1 else 'are no objects and were'} left out."
        )
    if unread:
        notes.append(f"{_count(unread)} could not be read and {'was' if unread == 1 else 'were'} left out.")
    if len(listed) > plan["most"]:
        notes.append(f"Only the first {plan['most']:,} entries of the list were read.")
    further = _line(_at(plan["next"], answer)) if plan["next"] else None
    return Listing(tuple(entries), len(listed), further or None, "", tuple(notes))


def _count(number: int) -> str:
    return "An entry" if number == 1 else f"{number} entries"


def _read_json(data: bytes, content_type: str | None) -> Any:
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise DocumentError("The answer is empty.")
    text = _decoded(data, content_type)
    try:
        return json.loads(text)
    except RecursionError:
        raise DocumentError("The answer is nested too deeply to be read.") from None
    except ValueError:
        if _PAGE.match(text):
            raise DocumentError("The service answered with a web page where JSON was expected.") from None
        if text.lstrip()[:1] in {"{", "["}:
            raise DocumentError("The answer begins like JSON and is broken off or damaged.") from None
        words = _short(plain_line(text[:_START], html=True))
        said = f" in words where JSON was expected: {words}" if words else " with something that is no JSON."
        raise DocumentError(f"The service answered{said}") from None


def _decoded(data: bytes, content_type: str | None) -> str:
    """JSON is UTF-8 (RFC 8259 8.1); another encoding is believed if the server names it or the first bytes show it."""
    try:
        return data.decode("utf-8-sig" if data[:3] == b"\xef\xbb\xbf" else json.detect_encoding(data))
    except UnicodeDecodeError:
        found = re.search(r"charset=[\"']?([\w.:-]{1,40})", content_type or "", re.IGNORECASE)
        try:
            return data.decode(found[1] if found else "utf-8")
        except (LookupError, UnicodeDecodeError, ValueError):
            raise DocumentError("The answer is neither UTF-8 nor in an encoding that the service names.") from None


def _no_list(path: str, answer: Any) -> str:
    said = next((words for key in _ERROR_KEYS if isinstance(answer, dict) and (words := _quoted(answer.get(key)))), "")
    where = "The answer is no list" if path == "@" else f"There is no list at {path} in the answer"
    return f"{where}; the service says: {said}" if said else f"{where}; the service has changed, or this is not the address meant."


def _quoted(value: Any) -> str:
    """A service's own words about what is wrong, short, or an empty text if there are none."""
    if isinstance(value, dict):
        value = next(
            (value[key] for key in (*_ERROR_KEYS, "code") if _line(value.get(key))), "an error without words" if value else ""
        )
    if isinstance(value, list):
        return _quoted(value[0]) if value else ""
    if value is True:
        return "an error without words"
    return _short(plain_line(_line(value) or "", html=True))


def _short(text: str) -> str:
    return text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 1].rstrip()}…"


def _at(path: str, value: Any) -> Any:
    try:
        return jmespath.search(path, value, _OPTIONS)
    except JMESPathError:
        return None


# ---------------------------------------------------------------- one entry


class _Fields:
    """The field map of a source, ready for its entries."""

    def __init__(self, fields: Mapping[str, Sequence[str]], dates: str, url: str | None) -> None:
        self._ways = {name: [_Way(text, address=name == "url") for text in texts] for name, texts in fields.items()}
        self._dates = dates
        self._url = url

    def entry(self, item: dict[str, Any]) -> FeedEntry:
        title = self._line("title", item) or ""
        return FeedEntry(
            title=plain_line(title, html=_is_markup(title)),
            link=next((link for way in self._ways.get("url", ()) if (link := http_link(way.line(item), self._url))), None),
            id=self._line("id", item) or None,
            published=self._date("published", item),
            updated=self._date("updated", item),
            summary=None,
            content=None,
            summary_text=_words(self._line("summary", item), teasers=True),
            content_text=_words(self._line("text", item), teasers=False),
            authors=self._names("authors", item),
            tags=self._names("tags", item),
            outlet=plain_line(self._line("outlet", item) or "", html=False) or None,
            language=_language(self._line("language", item)),
        )

    def _line(self, name: str, item: dict[str, Any]) -> str | None:
        return next((line for way in self._ways.get(name, ()) if (line := way.line(item))), None)

    def _date(self, name: str, item: dict[str, Any]) -> datetime | None:
        for way in self._ways.get(name, ()):
            if (date := _date(way.line(item), self._dates)) is not None:
                return date
        return None

    def _names(self, name: str, item: dict[str, Any]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for way in self._ways.get(name, ()):
            for value in way.values(item)[:MAX_NAMES]:
                line = plain_line(_line(value) or "", html=False)
                if 0 < len(line) <= MAX_NAME:
                    found[line] = None
            if found:
                break
        return tuple(found)


class _Way:
    """One way to a field's value: a path, or a template with paths in braces, all of which must lead to something."""

    def __init__(self, text: str, *, address: bool) -> None:
        self._address = address
        self._path = None if "{" in text else jmespath.compile(text)
        self._parts: list[tuple[str, Any]] = []
        last = 0
        for found in _PLACE.finditer(text) if self._path is None else ():
            self._parts.append((text[last : found.start()], None))
            self._parts.append(("", jmespath.compile(found[1])) if found[1] is not None else (found[0][0], None))
            last = found.end()
        self._rest = text[last:]

    def line(self, item: dict[str, Any]) -> str | None:
        """The value as one text, or None if there is none."""
        if self._path is not None:
            return _line(_search(self._path, item))
        made = ""
        for text, path in self._parts:
            if path is None:
                made += text
                continue
            value = _line(_search(path, item))
            if not value:
                return None
            made += quote(value, safe=_SAFE) if self._address else value
        return made + self._rest

    def values(self, item: dict[str, Any]) -> list[Any]:
        """The value as a list of texts: its elements if it is a list."""
        if self._path is None:
            return [self.line(item)]
        value = _search(self._path, item)
        return value if isinstance(value, list) else [value]


def _search(path: Any, item: dict[str, Any]) -> Any:
    try:
        return path.search(item, _OPTIONS)
    except JMESPathError:
        return None


def _line(value: Any) -> str | None:
    """A value as text: text and finite numbers are, of a list the first that is; anything else is nothing."""
    if isinstance(value, str):
        return value.replace("\x00", "").strip()[:MAX_RAW]
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else None
    if isinstance(value, float):
        return None if not math.isfinite(value) else str(int(value)) if value.is_integer() and abs(value) < 2**53 else str(value)
    if isinstance(value, list):
        return next((line for part in value if not isinstance(part, list) and (line := _line(part))), None)
    return None


def _is_markup(text: str) -> bool:
    """Whether a text holds markup: a closing tag decides, since people do write angle brackets."""
    return "</" in text or "<br" in text


def _words(raw: str | None, *, teasers: bool) -> str:
    if not raw:
        return ""
    return without_footers(plain_text(raw, teasers=teasers) if _is_markup(raw) or "<p>" in raw else plain_paragraphs(raw))


def _language(value: str | None) -> str | None:
    tag = (value or "").replace("_", "-").lower()
    return tag if _LANGUAGE.fullmatch(tag) else None


def _date(text: str | None, form: str) -> datetime | None:
    """A date as the source says its service writes them; between 1995 and 2100, else None."""
    if not text:
        return None
    if "%" in form:
        try:
            instant = datetime.strptime(text, form)  # noqa: DTZ007  # a pattern without a zone means UTC, as everywhere here
        except ValueError:
            return None
        return read_iso((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).isoformat())
    if form in {"auto", "seconds"} and _SECONDS.fullmatch(text):
        return read_date(text, None)
    if form in {"auto", "milliseconds"} and _MILLISECONDS.fullmatch(text):
        return read_date(text, None)
    return read_iso(text) if form in {"auto", "iso"} else None
