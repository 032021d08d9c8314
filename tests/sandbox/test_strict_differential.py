"""What the strict reader reads, feedparser reads too, value for value: made-up feeds, real ones, and feedparser's own."""

from __future__ import annotations

import contextlib
import copy
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
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


@settings(max_examples=300, deadline=None)
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


def mutated(rng: random.Random, trees: list[etree._Element], pieces: list[etree._Element]) -> bytes:
    """A document with some elements put elsewhere, taken out, or given another one's attributes or text."""
    tree = copy.deepcopy(rng.choice(trees))
    elements = [element for element in tree.iter() if isinstance(element.tag, str)][1:] or [tree]
    for _ in range(rng.randint(1, 4)):
        element, other = rng.choice(elements), rng.choice(pieces)
        parent = element.getparent()
        change = rng.choice(["insert", "beside", "beside", "remove", "double", "attributes", "text"])
        if change == "attributes":
            element.attrib.update(other.attrib)
        elif change == "text":
            element.text = other.text
        elif change == "insert" or parent is None:
            element.insert(rng.randint(0, len(element)), copy.deepcopy(other))
        elif change == "remove" and element in list(parent):
            parent.remove(element)
        else:
            parent.insert(rng.randint(0, len(parent)), copy.deepcopy(element if change == "double" else other))
    return etree.tostring(tree)


@pytest.mark.slow
def test_documents_with_elements_in_the_wrong_places_are_read_alike_or_left_to_feedparser(shared_data: Path) -> None:
    trees = []
    for path in sorted((shared_data / "feeds").rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        if 0 < len(data) < 40_000:
            with contextlib.suppress(etree.XMLSyntaxError):  # Atom 0.3 is not read fast, but its documents are good ones
                trees.append(etree.fromstring(data.replace(b"http://purl.org/atom/ns#", b"http://www.w3.org/2005/Atom")))
    trees = [tree for tree in trees if etree.QName(tree).localname in {"rss", "feed", "RDF"}]
    pieces = [element for tree in trees for element in tree.iter() if isinstance(element.tag, str) and len(element) < 4]
    rng = random.Random(6)
    fast_ones = 0
    for _ in range(2000):
        data = mutated(rng, trees, pieces)
        fast = read_fast(data, HERE, XML)
        if fast is not None:
            fast_ones += 1
            assert view(fast) == view(lenient.parse(data, HERE, XML)), data
    assert fast_ones > 500
