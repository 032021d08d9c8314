"""What readers of JSON interfaces share: rows out of an answer, and values out of a row, whatever stands there.

Promises: a value of another type than expected counts as absent; texts come out as plain text on one line or in paragraphs. Must
never raise over a row, only over a whole answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from bot.core.documents import FeedEntry
from bot.core.errors import DocumentError
from bot.sandbox.jobs.dates import read_iso
from bot.sandbox.jobs.plain import plain_text
from bot.text.clean import clean_line, clean_text

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")

MAX_TITLE = 400
"""Longest part of a title taken from an official name, in characters; only a longer one is repeated in the text, whole. Texts that
repeat a name say it twice as loudly, and two bills of one formula would be taken for one."""

MAX_TAG = 200
"""Longest tag kept, as in feeds."""

Row = Mapping[str, Any]


def read_json(data: bytes, service: str) -> Any:
    """The value of an answer.

    Raises:
        DocumentError: it is no JSON; the sentence names the service.
    """
    text = data.decode("utf-8-sig", "replace")
    if not text.strip():
        raise DocumentError(f"{service} sent an empty answer.")
    if text.lstrip().startswith("<"):
        raise DocumentError(f"{service} sent a page or XML instead of JSON.")
    try:
        return json.loads(text)
    except RecursionError:
        raise DocumentError(f"{service} sent JSON that is nested too deeply.") from None
    except ValueError:
        raise DocumentError(f"{service} sent something that is not readable JSON.") from None


def line(row: Row, key: str) -> str:
    """A value as one line of plain text; a number is written out."""
    value = row.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return clean_line(plain_text(value)) if isinstance(value, str) else ""


def paragraphs(row: Row, key: str) -> str:
    """A value as plain text in paragraphs."""
    value = row.get(key)
    return clean_text(plain_text(value)) if isinstance(value, str) else ""


def number(row: Row, key: str) -> str:
    """An identifier that is a number, written out, or an empty string."""
    value = row.get(key)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return value
    return str(value) if type(value) is int and 0 <= value < 10**20 else ""


def instant(row: Row, key: str) -> datetime | None:
    """An ISO 8601 instant, or None; without a zone it counts as UTC."""
    return read_iso(row.get(key))


def day(row: Row, key: str) -> date | None:
    """The day a date stands for as it is written, whatever its zone, or None."""
    value = row.get(key)
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def midnight(at: date | None) -> datetime | None:
    """A bare day as an instant: midnight UTC."""
    return None if at is None else datetime(at.year, at.month, at.day, tzinfo=UTC)


def written(at: date) -> str:
    """A day as people write it: ``12 March 2027``."""
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def shortened(text: str, longest: int = MAX_TITLE) -> str:
    """At most so many characters, whole words."""
    if len(text) <= longest:
        return text
    return f"{text[:longest].rpartition(' ')[0] or text[:longest]}…"


def entry(
    identity: str,
    title: str,
    *,
    link: str | None,
    text: str,
    published: datetime | None,
    updated: datetime | None,
    outlet: str | None,
    tags: tuple[str, ...] = (),
) -> FeedEntry:
    """An entry in English made of such values; ``text`` is all there is to say of it."""
    return FeedEntry(
        title=title,
        link=link,
        id=identity,
        published=published,
        updated=updated,
        summary=None,
        content=None,
        summary_text=clean_text(text),  # an address that stands in it may hold anything
        content_text="",
        authors=(),
        tags=tuple(tag for tag in tags if len(tag) <= MAX_TAG),
        outlet=outlet,
        language="en",
    )
