"""What the strict reader reads, feedparser reads too, value for value: made-up feeds, real ones, and feedparser's own."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from made_feeds import made_feed

from bot.sandbox.jobs import lenient, strict

HERE = "https://news.example/feeds/all.xml"
XML = "application/xml"


def view(parsed: Any) -> dict[str, Any]:
    """All that ``feed`` looks at, from either reader's dictionaries."""
    feed = parsed["feed"]
    return {
        "version": str(parsed["version"]).startswith("atom"),
        "more": bool(feed.get(strict.MORE)),
        "title": text(feed, "title"),
        "language": feed.get("language"),
        "entries": [entry_view(entry) for entry in parsed["entries"]],
    }


def entry_view(entry: Any) -> dict[str, Any]:
    source = entry.get("source")
    return {
        "title": text(entry, "title"),
        "summary": text(entry, "summary"),
        "content": [(part["value"], part.get("type"), part.get("language")) for part in entry.get("content", ())],
        "id": entry.get("id"),
        "link": entry.get("link"),
        "links": [link.get("href") for link in entry.get("links", ()) if link.get("rel", "alternate") == "alternate"],
        "dates": [date(entry, key) for key in ("published", "updated", "created")],
        "authors": [author.get("name") for author in entry.get("authors", ())],
        "author": None if entry.get("authors") else entry.get("author"),
        "tags": [(tag.get("term"), tag.get("label")) for tag in entry.get("tags", ())],
        "source": text(source, "title") if isinstance(source, dict) else source,
    }


def text(owner: Any, key: str) -> tuple[Any, Any, Any]:
    detail = owner.get(f"{key}_detail") or {}
    return dict.get(owner, key), detail.get("type"), detail.get("language")


def date(entry: Any, key: str) -> tuple[Any, Any]:
    parsed = dict.get(entry, f"{key}_parsed")
    return dict.get(entry, key), tuple(parsed)[:6] if parsed else None


def read_fast(data: bytes, url: str | None, content_type: str | None) -> dict[str, Any] | None:
    try:
        return strict.parse(data, url, content_type)
    except strict.UnusualError:
        return None


@settings(max_examples=400, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([HERE, None]))
def test_a_made_up_feed_is_read_alike_or_left_to_feedparser(rng: random.Random, url: str | None) -> None:
    data = made_feed(rng)
    fast = read_fast(data, url, XML)
    if fast is not None:
        assert view(fast) == view(lenient.parse(data, url, XML))


def test_of_1000_made_up_feeds_a_good_part_is_read_fast_and_every_one_of_them_alike() -> None:
    fast_ones = 0
    for seed in range(1000):
        data = made_feed(random.Random(seed), odd=0.02)
        fast = read_fast(data, HERE, XML)
        if fast is not None:
            fast_ones += 1
            assert view(fast) == view(lenient.parse(data, HERE, XML)), seed
    assert fast_ones > 400


def test_what_is_read_fast_of_the_real_feeds_is_read_alike_and_makes_97_percent_of_their_bytes(shared_data: Path) -> None:
    total = fast_bytes = 0
    for path in sorted((shared_data / "feeds" / "real").iterdir()):
        data = path.read_bytes()
        total += len(data)
        fast = read_fast(data, HERE, None)
        if fast is not None:
            fast_bytes += len(data)
            assert view(fast) == view(lenient.parse(data, HERE, None)), path.name
    assert fast_bytes > 0.97 * total


def test_what_is_read_fast_of_feedparsers_documents_is_read_alike(shared_data: Path) -> None:
    root = shared_data / "feeds" / "feedparser-tests"
    fast_ones = 0
    for path in sorted(path for path in root.rglob("*") if path.is_file() and path.name != "LICENSE"):
        data = path.read_bytes()
        stated = dict(re.findall(r"Header:\s*([\w-]+):\s*(.*)", data.decode("latin-1").replace("\0", "")))
        headers = {name.lower(): value for name, value in stated.items()}
        for url in (headers.get("content-location"), HERE):
            fast = read_fast(data, url, headers.get("content-type"))
            if fast is not None:
                fast_ones += 1
                assert view(fast) == view(lenient.parse(data, url, headers.get("content-type"))), path
    assert fast_ones > 1500
