"""Every sentence of every summary stands in its source: real feeds, saved pages and labelled items, read where they lie."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.errors import DocumentError
from bot.core.model import Format, Rule
from bot.core.sources import SourceConfig
from bot.core.stories import StoryRecord
from bot.rules.engine import Engine
from bot.sandbox.jobs.feed import parse_feed
from bot.sandbox.jobs.page import read_page
from bot.sources.entry import Entries
from bot.stories.candidates import content
from bot.stories.summary import StoryItem, compose, summarise

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
WATCH = Rule(
    id="watch", query='police OR camera OR privacy OR security OR government OR "facial recognition" OR music', title="Watch"
)
MOMENT = re.compile(r"\b(?:\d{1,2}: ?\d\d ?(?:[ap]m)?(?: [A-Z]{2,4})?,?|(?:19|20)\d\d) $", re.IGNORECASE)
ENGINE = Engine.compile([WATCH], [])


def feed_items(folder):
    items = []
    for path in sorted((folder / "feeds" / "real").iterdir()):
        try:
            document = parse_feed(path.read_bytes(), f"https://{path.name}.example/feed", None)
        except DocumentError:
            continue
        entries = Entries(document, SourceConfig(id=path.name, kind="feed", url="https://feed.example/"), NOW)
        for entry in document.entries[:6]:
            entries.add(entry)
        items += [replace(item, id=f"{path.name}#{item.id}") for item in entries.items()]
    return items


def labelled_items(folder, make):
    rows = []
    for name in ("golden/amazon-moratorium.jsonl", "domain/items.jsonl", "dedup/ecb.jsonl"):
        rows += [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
    return [
        make(
            row["id"], row["title"], row.get("summary") or "", content_text=row.get("content_text") or "", outlet=row.get("outlet")
        )
        for row in rows
    ], [row.get("story") for row in rows]


def pages(folder, make):
    for path in sorted((folder / "seeds").glob("*.txt")):
        page = read_page(path.read_bytes(), None, "text/plain")
        yield make(path.stem, page.title, page.summary, content_text=page.text)


def check(shown, items):
    assert len(shown) <= 3
    assert len(set(shown)) == len(shown)
    for sentence in shown:
        sources = [text for item in items for text in (item.summary, item.content_text) if sentence in text]
        assert sources, sentence
        # Before it stands the end of a sentence, of a line, of an agency's place or of the moment of publication; it ends with a
        # mark or with its line.
        assert any(
            (
                re.search(r"(?:^|[.!?…:)\]\"'”’»*•]|[-–—]|\n)\s*$", text[: text.index(sentence)])
                or MOMENT.search(text[: text.index(sentence)])
            )
            and (sentence[-1] in ".!?…\"'”’»)]" or re.match(r"\s*(?:\n|$)", text[text.index(sentence) + len(sentence) :]))
            for text in sources
        ), sentence


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)], ids=["every ninth", "every one"])
def test_every_sentence_of_the_real_feeds_and_of_labelled_items_is_in_its_source(shared_data, make, step):
    items = [*feed_items(shared_data), *labelled_items(shared_data, make)[0]][::step]
    told = 0
    for item in items:
        spans = [span for match in ENGINE.match(item) for span in match.spans]
        shown = summarise(item, spans)
        check(shown, [item])
        told += bool(shown)
    assert told >= 100 // step


def test_every_sentence_of_the_saved_pages_is_in_its_source(shared_data, make):
    for item in pages(shared_data, make):
        shown = summarise(item, [span for match in ENGINE.match(item) for span in match.spans])
        check(shown, [item])
        assert shown or not item.content_text


def test_every_sentence_of_a_story_is_in_one_of_its_reports_and_none_is_told_twice(shared_data, make):
    items, labels = labelled_items(shared_data, make)
    stories = {}
    for item, label in zip(items, labels, strict=True):
        if label is not None:
            stories.setdefault(label, []).append(replace(item, outlet=item.outlet or item.id))
    several = [members for members in stories.values() if len(members) > 1]
    assert len(several) >= 60
    for members in several:
        told = [StoryItem(item, ENGINE.match(item), order=order) for order, item in enumerate(members)]
        story = StoryRecord(id="s", title="", lead_item_id=members[0].id, format=Format.NEWS, opened_at=NOW)
        shown = compose(story, told, [WATCH]).sentences
        check(shown, members)
        words = [content(sentence) for sentence in shown]
        for at, said in enumerate(words):
            assert all(len(said & other) < 0.8 * min(len(said), len(other)) for other in words[:at])
