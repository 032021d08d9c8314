"""Real feeds, and feedparser's own test documents: our entries against feedparser's, field by field."""

from __future__ import annotations

import calendar
import io
import re
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import feedparser
import pytest

from bot.core.documents import FeedDocument
from bot.core.errors import DocumentError
from bot.sandbox.jobs import lenient
from bot.sandbox.jobs.feed import parse_feed

UNREADABLE = "7ef13a42fa7e177a"
SHOWN = re.compile(r"[<&\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028\u2029]|  ")
"""What a title must be cleaned of: where feedparser has any of it, ours may differ."""


def test_59_of_60_real_feeds_are_read_and_the_other_is_refused_with_a_sentence(shared_data: Path) -> None:
    files = sorted(path for path in (shared_data / "feeds" / "real").iterdir() if path.is_file())
    assert len(files) == 60
    entries = 0
    for path in files:
        if path.name == UNREADABLE:
            with pytest.raises(DocumentError, match="no well-formed XML"):
                parse_feed(path.read_bytes(), None, None)
            continue
        document = parse_feed(path.read_bytes(), "https://feed.example/", None)
        assert document.entries, path.name
        for entry in document.entries:
            assert entry.link or entry.id, path.name
            assert entry.title or entry.summary_text or entry.content_text, path.name
            assert not (entry.summary and "<" not in entry.summary) or entry.summary_text, path.name
            assert not re.search(r"</?(?:p|div|a|span)\b[^>]*>", entry.summary_text + entry.content_text) or "&lt;" in (
                (entry.summary or "") + (entry.content or "")
            ), path.name
        entries += len(document.entries)
    assert entries == 1170


def reference(data: bytes, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """What feedparser itself makes of it, with our two settings and its own handlers."""
    with monkeypatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("StrictFeedParser", "LooseFeedParser"):
            ours = getattr(lenient.feedparser.api, name)
            patch.setattr(lenient.feedparser.api, name, ours.__mro__[2])
        return feedparser.parse(io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)


def seconds(parsed: time.struct_time | None) -> int | None:
    return None if parsed is None else calendar.timegm(parsed)


def differences(document: FeedDocument, parsed: Any, url: str | None) -> Counter[str]:
    """Fields in which we differ without one of the documented reasons."""
    found: Counter[str] = Counter()
    if len(document.entries) != len(parsed.entries):
        found["count"] += 1
    for ours, theirs in zip(document.entries, parsed.entries, strict=False):
        content = theirs["content"][0]["value"] if theirs.get("content") else None
        title, link, guid = theirs.get("title") or "", theirs.get("link") or None, theirs.get("id") or None
        published = seconds(theirs.get("published_parsed")) or seconds(theirs.get("created_parsed"))
        updated = seconds(dict.get(theirs, "updated_parsed"))
        found["title"] += ours.title != title and not SHOWN.search(title)
        found["link"] += ours.link != link and not (ours.link is None and link is not None and "://" not in link)
        found["id"] += ours.id != guid and not (ours.id is not None and (guid is None or guid.endswith(ours.id)))
        found["summary"] += ours.summary != theirs.get("summary") and not (
            ours.summary is None and theirs.get("summary") == content
        )
        found["content"] += ours.content != content
        found["published"] += (ours.published and int(ours.published.timestamp())) != published
        found["updated"] += (ours.updated and int(ours.updated.timestamp())) != updated
    return +found


def compare(files: list[Path], root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Read every file both ways; returns how many had entries and how many differ."""
    compared = 0
    wrong: list[str] = []
    for path in files:
        data = path.read_bytes()
        stated = re.findall(r"Header:\s*([\w-]+):\s*(.*)", data.decode("latin-1").replace("\0", ""))
        headers = {name.lower(): value for name, value in stated}
        parsed = reference(data, headers, monkeypatch)
        if not parsed.entries:
            continue
        compared += 1
        url = headers.get("content-location")
        if found := differences(parse_feed(data, url, headers.get("content-type")), parsed, url):
            wrong.append(f"{path.relative_to(root)}: {dict(found)}")
    assert wrong == []
    return compared, len(files)


def test_every_document_of_feedparsers_is_read_as_feedparser_reads_it(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = shared_data / "feeds" / "feedparser-tests"
    files = sorted(path for path in root.rglob("*") if path.is_file() and path.name != "LICENSE")
    compared, total = compare(files, root, monkeypatch)
    assert (compared, total) == (1194, 2106)
