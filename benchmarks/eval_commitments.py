"""How well dated promises are found: precision and recall by how the date is written, and every sentence judged wrongly.

    python benchmarks/eval_commitments.py [FOLDER] [--part development | --part held_out] [--news]

The sentences are ours and stand in ``tests/stories/commitments.jsonl``, each with the day of its report and what it promises:
305 on which the rules may be tuned, and 122, labelled before any rule was run on them, on which they may not. A commitment
is right if its date and precision are; its kind is counted apart. Precision = right among found, recall = found among right;
the form of a found one is how its date is written in the sentence.

With FOLDER, what the golden case promises is printed too; ``--news`` lists what is found in the news of ``domain/`` and
``dedup/``, which has no labels: a person has to judge.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bot.core.model import Item, Precision
from bot.sources.files import read_jsonl
from bot.stories.commitments import commitments, in_text, local_day
from bot.stories.dated import Form
from bot.stories.promises import claims
from bot.stories.summary import StoryItem

SENTENCES = Path(__file__).resolve().parents[1] / "tests" / "stories" / "commitments.jsonl"
PARTS = ("development", "held_out")
NEWS = ("domain/items.jsonl", "dedup/uci_full.jsonl", "dedup/semeval.jsonl")
GOLDEN = "amazon-moratorium"
SHOWN = 150


@dataclass(frozen=True)
class Judged:
    """One sentence with what was expected of it and what was found: (date, form, kind) each."""

    about: str
    text: str
    expected: frozenset[tuple[str, str, str]]
    found: frozenset[tuple[str, str, str]]

    @property
    def right(self) -> bool:
        return {row[:2] for row in self.expected} == {row[:2] for row in self.found}


def sentences(part: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in SENTENCES.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["part"] == part]


def judged(part: str) -> list[Judged]:
    made = []
    for row in sentences(part):
        base = date.fromisoformat(row["anchor"]) if row["anchor"] else None
        found = {
            (day.isoformat(), str(claim.expression.form), str(claim.kind))
            for claim in claims(row["text"])
            if (day := claim.expression.means(base))
        }
        expected = {(one["date"], one["form"], one["kind"]) for one in row["expect"]}
        made.append(Judged(row["about"], row["text"], frozenset(expected), frozenset(found)))
    return made


def counts(rows: list[Judged], form: str) -> tuple[int, int, int]:
    """Right, found and expected commitments whose date is written in this form."""
    found = [(row, one) for row in rows for one in row.found if one[1] == form]
    expected = sum(one[1] == form for row in rows for one in row.expected)
    return sum(one[:2] in {known[:2] for known in row.expected} for row, one in found), len(found), expected


def share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "  -  "


def report(part: str, rows: list[Judged]) -> None:
    empty = sum(not row.expected for row in rows)
    kinds = [known[2] == one[2] for row in rows for one in row.found for known in row.expected if known[:2] == one[:2]]
    traps = len({row.about for row in rows if not row.expected})
    print(f"{part}: {len(rows)} sentences, {empty} of them without a promise ({traps} traps)")
    for form in Form:
        right, found, expected = counts(rows, form)
        of_found, of_expected = share(right, found), share(right, expected)
        print(f"    {form:9} precision {of_found} ({right} of {found})  recall {of_expected} ({right} of {expected})")
    print(f"    kind right in {sum(kinds)} of {len(kinds)}")
    for row in rows:
        if row.right and row.found != row.expected:
            told, wanted = (", ".join(sorted(one[2] for one in of)) for of in (row.found, row.expected))
            print(f"    kind {told}, not {wanted}: {row.text[:SHOWN]}")
        if not row.right:
            told = "; ".join(" ".join(one) for one in sorted(row.found)) or "nothing"
            wanted = "; ".join(" ".join(one) for one in sorted(row.expected)) or "nothing"
            print(f"    found {told}, not {wanted}: {row.text[:SHOWN]}")


def golden(folder: Path) -> None:
    path = folder / "golden" / "amazon-moratorium.jsonl"
    rows = {row["id"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    items = [item for item in read_jsonl(path.read_bytes(), name=path.name) if rows[item.id]["story"] == GOLDEN]
    for one in commitments([StoryItem(item, order=order, rerun_of=_rerun(item, items)) for order, item in enumerate(items)]):
        print(f"golden case: {one.date} {one.precision} {one.kind} {one.confidence}: {one.sentence[:SHOWN]}")


def _rerun(item: Item, items: list[Item]) -> str | None:
    """The golden case's re-dated copy: the same headline's text five years later."""
    first = min(one.date_published for one in items if one.date_published)
    late = item.date_published is not None and (item.date_published - first).days > 365
    return items[0].id if late else None


def news(folder: Path) -> None:
    """List what is found in news without labels."""
    found: Counter[str] = Counter()
    began = time.process_time()
    count = 0
    for name in NEWS:
        path = folder / name
        for item in read_jsonl(path.read_bytes(), name=path.name):
            count += 1
            base = local_day(item) or datetime(2020, 1, 1, tzinfo=UTC).date()
            for text in (item.title, item.summary, item.content_text):
                for one in in_text(text, base):
                    form = "day" if one.precision is Precision.DAY else "approximate"
                    found[form] += 1
                    print(f"    {base} {one.date} {form:11} {one.kind:12} {one.confidence} {' '.join(one.sentence.split())[:240]}")
    cost = (time.process_time() - began) * 1000 / count
    print(f"news: {dict(found)} in {count} items, {cost:.3f} ms of CPU each")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--part", choices=PARTS, action="append", help="one part only")
    parser.add_argument("--news", action="store_true", help="list what is found in the news of FOLDER")
    options = parser.parse_args()
    for part in options.part or PARTS:
        report(part, judged(part))
    if options.folder is not None:
        golden(options.folder)
        if options.news:
            news(options.folder)


if __name__ == "__main__":
    main()
