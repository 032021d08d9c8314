"""The printed rows of every verb, as plain mappings with fixed keys in a fixed order.

Promises: absent values are null, lists are lists, times are whole seconds in UTC with a Z; one object a line, UTF-8,
nothing else on standard output. Never decides what is printed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from bot.core.clock import format_instant
from bot.core.documents import FeedEntry, Page
from bot.core.model import Item, Match, Span
from bot.core.stories import SeenStory

Row = Mapping[str, Any]


def item_row(item: Item, *, duplicate_of: str | None, rerun_of: str | None) -> Row:
    """One item as read."""
    return {
        "event": "item",
        "id": item.id,
        "source": item.source_id,
        "canonical_url": item.canonical_url,
        "title": item.title,
        "summary": item.summary or None,
        "content_text": item.content_text or None,
        "outlet": item.outlet,
        "published": format_instant(item.date_published),
        "rendered": format_instant(item.date_rendered),
        "duplicate_of": duplicate_of,
        "rerun_of": rerun_of,
    }


def match_row(match: Match) -> Row:
    """One rule that holds for one item, with where it holds."""
    return {
        "event": "match",
        "item_id": match.item_id,
        "rule": match.rule_id,
        "spans": span_rows(match.spans),
    }


def span_rows(spans: Iterable[Span]) -> list[Row]:
    """Where clauses were found."""
    return [{"field": span.field, "start": span.start, "end": span.end, "text": span.text, "clause": span.clause} for span in spans]


def story_row(seen: SeenStory) -> Row:
    """One story with all its members, by arrival."""
    return {
        "event": "story",
        "story_id": seen.story.id,
        "title": seen.story.title,
        "item_ids": list(seen.item_ids),
        "rules": list(seen.rules),
        "format": str(seen.story.format),
        "related_story_ids": list(seen.related),
        "first_published": format_instant(seen.story.first_published),
        "commitments": [
            {"date": one.date, "precision": str(one.precision), "kind": one.kind, "sentence": one.sentence}
            for one in seen.commitments
        ],
    }


def entry_row(entry: FeedEntry) -> Row:
    """One entry of a feed document: raw summary and content, dates normalised."""
    return {
        "title": entry.title or None,
        "link": entry.link,
        "id": entry.id,
        "published": format_instant(entry.published),
        "updated": format_instant(entry.updated),
        "summary": entry.summary,
        "content": entry.content,
        "authors": list(entry.authors),
        "tags": list(entry.tags),
    }


def page_row(page: Page) -> Row:
    """One page reduced to its article."""
    return {
        "title": page.title or None,
        "byline": list(page.byline),
        "published": format_instant(page.published),
        "rendered": format_instant(page.rendered),
        "site": page.site,
        "outlet": page.outlet,
        "text": page.text or None,
        "language": page.language,
        "paywalled": page.paywalled,
        "notes": list(page.notes),
    }


def print_row(row: Row, stream: TextIO | None = None) -> None:
    """Write one row as one line of JSON and flush it."""
    out = stream or sys.stdout
    out.write(json.dumps(row, ensure_ascii=False) + "\n")
    out.flush()
