"""How often a further report of a story is told below its message as a development: rather seldom than wrongly. Each is printed.

    python benchmarks/eval_news.py FOLDER

FOLDER holds ``dedup/ecb.jsonl`` (reports of events in full text, by event), ``domain/`` and ``golden/`` (excerpts). The reports in
full text have no dates; they are put seven hours apart, in the order of the file, so that every one after the first of its event is
late enough to be a development. All of them report the same event, so nearly none should be told: a reader judges those that are.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.core.clock import parse_instant
from bot.core.model import Item
from bot.stories.developments import development
from bot.stories.summary import StoryItem

START = datetime(2026, 1, 1, tzinfo=UTC)
APART = timedelta(hours=7)
TITLE = 100


@dataclass
class Told:
    """What became of the reports of one collection.

    Attributes:
        reports: those after the first of each event.
        told: (headline of the first report, headline of the development, its sentence).
    """

    reports: int = 0
    told: list[tuple[str, str, str]] = field(default_factory=list)


def item_of(row: Mapping[str, Any], when: datetime | None) -> Item:
    """An item as the data gives it."""
    text = {name: row.get(name) or "" for name in ("summary", "content_text", "outlet")}
    return Item(row["id"], "data", row["title"], when or START, url=row.get("url"), date_published=when, **text)


def tell(events: Sequence[Sequence[Item]]) -> Told:
    """Ask of every report after the first of its event."""
    found = Told()
    for reports in events:
        before: list[StoryItem] = []
        for order, item in enumerate(reports):
            member = StoryItem(item=item, order=order)
            if before:
                found.reports += 1
                sentence = development(member, before, ())
                if sentence is not None:
                    found.told.append((before[0].item.title, item.title, sentence))
            before.append(member)
    return found


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The lines of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def full_texts(folder: Path) -> list[list[Item]]:
    """Events with their reports in full text, each seven hours after the one before."""
    events: dict[str, list[Item]] = {}
    for row in rows_of(folder / "dedup" / "ecb.jsonl"):
        reports = events.setdefault(row["story"], [])
        reports.append(item_of(row, START + APART * len(reports)))
    return list(events.values())


def excerpts(folder: Path) -> list[list[Item]]:
    """Events with their reports as excerpts, each at its own time."""
    stories = {row["id"]: row["story"] for row in rows_of(folder / "domain" / "labels.jsonl") if row.get("story")}
    events: dict[str, list[Item]] = {}
    for row in rows_of(folder / "domain" / "items.jsonl"):
        if row["id"] in stories:
            events.setdefault(stories[row["id"]], []).append(item_of(row, parse_instant(row["published"])))
    golden = [row for row in rows_of(folder / "golden" / "amazon-moratorium.jsonl") if row["published"]]
    events["golden"] = [item_of(row, parse_instant(row["published"])) for row in golden]
    return [sorted(reports, key=lambda item: item.first_seen) for reports in events.values()]


def main() -> None:
    """Print what is told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for name, events in (("full text", full_texts(folder)), ("excerpts", excerpts(folder))):
        found = tell(events)
        print(f"{name}: {len(found.told)} of {found.reports} further reports of {len(events)} events are told as developments")
        for first, headline, sentence in found.told:
            print(f"    {first[:TITLE]}\n        {headline[:TITLE]}\n        {sentence}")


if __name__ == "__main__":
    main()
