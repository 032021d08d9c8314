"""JSON lines as items: one object a line, every bad line told with its number. Pure.

Keys: ``id``, ``url``, ``title``, ``summary``, ``content_text``, ``content_html``, ``published``, ``outlet``, ``source``,
``language``, ``tags``; ``id`` and one of ``title`` and ``content_*`` suffice, further keys are ignored.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from bot.core.errors import Mistake
from bot.core.identity import content_hash
from bot.core.model import Item, TextState
from bot.core.plausible import EARLIEST
from bot.sandbox.jobs.dates import LATEST
from bot.text.clean import clean_line, clean_text
from bot.text.urls import canonical_url

NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
"""The instant of items when nothing in the whole input has a date."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What a text of JSON lines holds.

    Attributes:
        items: with their line numbers.
        mistakes: bad lines.
        html: by line number, the HTML of items that have no text yet.
    """

    items: tuple[tuple[int, Item], ...]
    mistakes: tuple[Mistake, ...]
    html: dict[int, str]


def parse_lines(text: str, name: str) -> Lines:
    """Read every line.

    Args:
        text: the lines.
        name: the file as the person named it; the source of items that name none is its last part.
    """
    items: list[tuple[int, Item]] = []
    mistakes: list[Mistake] = []
    html: dict[int, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            item = _line_item(value, name)
        except _BadLine as bad:
            mistakes.append(Mistake(name, number, bad.key, bad.message))
        except (ValueError, RecursionError) as error:
            where = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else unreadable(error)
            mistakes.append(Mistake(name, number, "", f"this line is not JSON: {where}."))
        else:
            if not item.content_text and isinstance(value.get("content_html"), str):
                html[number] = value["content_html"]
            items.append((number, item))
    return Lines(tuple(items), tuple(mistakes), html)


def unreadable(error: ValueError | RecursionError) -> str:
    """What Python's reader of JSON refuses though it may be JSON, in words."""
    return "nested too deeply" if isinstance(error, RecursionError) else "a number in it has too many digits"


class _BadLine(Exception):  # noqa: N818  # becomes a Mistake
    """One value of a line is wrong."""

    def __init__(self, key: str, message: str) -> None:
        self.key = key
        self.message = message
        super().__init__(message)


def _line_item(value: object, name: str) -> Item:
    if not isinstance(value, dict):
        raise _BadLine("", "a line must hold one JSON object.")
    item_id = value.get("id")
    if isinstance(item_id, int) and not isinstance(item_id, bool):
        item_id = str(item_id)
    if not isinstance(item_id, str) or not item_id:
        raise _BadLine("id", "every item needs an id, a string.")
    title, summary, content = _field(value, "title"), _field(value, "summary"), _field(value, "content_text")
    html = _field(value, "content_html")
    if not (title or content or html):
        raise _BadLine("title", "an item needs a title, a content_text or a content_html.")
    url = _field(value, "url") or None
    if url is not None and canonical_url(url) is None:
        raise _BadLine("url", f"{url[:80]!r} is no http or https address.")
    words = clean_text(content)
    return finished(
        Item(
            id=item_id,
            source_id=_field(value, "source") or PurePath(name).name,
            title=clean_line(title) or words.partition("\n")[0][:200],
            first_seen=NO_DATE,
            url=url,
            summary=clean_line(summary),
            content_text=words,
            outlet=clean_line(_field(value, "outlet")) or None,
            tags=_tags(value.get("tags")),
            language=_field(value, "language") or None,
            date_published=_published(value.get("published")),
        )
    )


def _field(value: dict[str, Any], key: str) -> str:
    found = value.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise _BadLine(key, f"{key} must be a string or null.")
    return found


def _tags(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise _BadLine("tags", "tags must be a list of strings.")
    return tuple(tag for tag in map(clean_line, value) if tag)


def _published(value: object) -> datetime | None:
    """ISO 8601 (a bare date is midnight, a naive time is UTC) or epoch seconds, between 1995 and 2100 as in feeds."""
    if value is None or value == "":
        return None
    try:
        instant = _instant(value)
    except (ValueError, OverflowError, OSError) as error:
        raise _BadLine("published", f"{str(value)[:40]!r} is neither an ISO 8601 date nor epoch seconds.") from error
    if not EARLIEST <= instant < LATEST:
        raise _BadLine(
            "published", f"{str(value)[:40]!r} is not between {EARLIEST.year} and {LATEST.year}; leave an unknown date out."
        )
    return instant.replace(microsecond=0)


def _instant(value: object) -> datetime:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    if not isinstance(value, str):
        raise ValueError("neither a text nor a number")  # noqa: TRY004  # the caller answers both alike
    instant = datetime.fromisoformat(value.strip())
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def finished(item: Item) -> Item:
    """The item with what follows from its other fields: canonical address, state of its text, hash."""
    state = TextState.FULL if item.content_text else TextState.EXCERPT if item.summary else TextState.NONE
    return replace(
        item,
        canonical_url=canonical_url(item.url) if item.url else None,
        text_state=state,
        content_hash=content_hash(item.title, item.summary, item.content_text),
    )
