"""How well the pack's names are told from what else they mean: precision and recall, and every text judged wrongly.

    python benchmarks/eval_entities.py [FOLDER] [--pack surveillance]

The texts are ours and stand in ``tests/packs/``: ``names_development.toml``, on which the entities may be tuned, and
``names_held_out.toml``, on which they may not. Each file has a table a name: texts in which the name means the entity, and texts
in which it means something else. A text counts as found if the entity has a mention in its title, summary or text.
Precision = right among found, recall = found among right, over all texts of a split, each text once.

With FOLDER, the same names are looked for in the news of its ``domain/`` and ``dedup/``. That news has no labels for names: what is
found is listed for a person to judge, and says how often ordinary news sets a name off.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.config.load import load_for_replay
from bot.core.model import Entity, Item, Rule
from bot.rules.engine import Engine
from bot.sources.files import read_jsonl

TEXTS = Path(__file__).resolve().parents[1] / "tests" / "packs"
SPLITS = ("development", "held_out")
SHOWN = 110
NEWS = ("domain/items.jsonl", "dedup/uci_full.jsonl", "dedup/semeval.jsonl", "dedup/ecb.jsonl")


@dataclass(frozen=True)
class Text:
    """A text, the name it is about, and whether the name means the pack's entity in it."""

    entity: str
    meant: bool
    item: Item


def texts(split: str) -> Iterator[Text]:
    tables = tomllib.loads((TEXTS / f"names_{split}.toml").read_text(encoding="utf-8"))
    for entity, table in tables.items():
        for meant, key in ((True, "match"), (False, "no_match")):
            for number, given in enumerate(table[key]):
                yield Text(entity, meant, _item(f"{entity}-{key}-{number}", {"text": given} if isinstance(given, str) else given))


def _item(item_id: str, fields: dict[str, Any]) -> Item:
    return Item(
        id=item_id,
        source_id="eval",
        first_seen=datetime(2026, 1, 1, tzinfo=UTC),
        title=fields.get("title", ""),
        summary=fields.get("summary", ""),
        content_text=fields.get("text", ""),
        url=fields.get("url"),
        canonical_url=fields.get("url"),
        outlet=fields.get("outlet"),
    )


def entities_of(pack: str) -> tuple[Entity, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        path.write_text(f'include = ["pack:{pack}"]\n', encoding="utf-8")
        return load_for_replay(path).entities


def judged(split: str, entities: tuple[Entity, ...]) -> list[tuple[Text, bool]]:
    """Every text of a split, and whether its entity was found in it."""
    rows = list(texts(split))
    names = dict.fromkeys(row.entity for row in rows)
    engine = Engine.compile([Rule(name, f"@{name}") for name in names], entities)
    found = {(match.rule_id, row.item.id) for row in rows for match in engine.match(row.item)}
    return [(row, (row.entity, row.item.id) in found) for row in rows]


def rates(rows: list[tuple[Text, bool]]) -> tuple[float, float]:
    """Precision and recall."""
    right = sum(row.meant and found for row, found in rows)
    return right / sum(found for _, found in rows), right / sum(row.meant for row, _ in rows)


def report(split: str, rows: list[tuple[Text, bool]]) -> None:
    names = dict.fromkeys(row.entity for row, _ in rows)
    precision, recall = rates(rows)
    wrong = [(row, found) for row, found in rows if row.meant is not found]
    print(
        f"{split:12} {len(names)} names, {sum(row.meant for row, _ in rows)} texts that mean them, "
        f"{sum(not row.meant for row, _ in rows)} that do not: precision {precision:.3f}, recall {recall:.3f}; "
        f"{len(wrong)} disagreements"
    )
    for row, found in wrong:
        text = " | ".join(part for part in (row.item.title, row.item.summary, row.item.content_text) if part)
        shown = text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
        print(f"    {'not meant, found' if found else 'meant, not found':16}  {row.entity:18} {shown}")


def general(folder: Path, names: Iterable[str], entities: tuple[Entity, ...]) -> None:
    """List what is found of the names in news that was not written for them."""
    engine = Engine.compile([Rule(name, f"@{name}") for name in names], entities)
    count = 0
    lines = []
    for file in NEWS:
        path = folder / file
        for item in read_jsonl(path.read_bytes(), name=path.name):
            count += 1
            for match in engine.match(item):
                span = match.spans[0]
                value = {"title": item.title, "summary": item.summary, "body": item.content_text}[span.field]
                around = " ".join(value[max(0, span.start - 50) : span.end + 40].split())
                lines.append(f"    {match.rule_id:18} {item.id:12} {around}")
    print(f"news         {count} items hold the names {len(lines)} times:")
    print("\n".join(sorted(lines)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--pack", default="surveillance")
    parser.add_argument("--split", choices=SPLITS, action="append", help="one split only")
    options = parser.parse_args()
    began = time.process_time()
    entities = entities_of(options.pack)
    cost = (time.process_time() - began) * 1000
    print(f"pack         {len(entities)} entities; read with everything else in it in {cost:.0f} ms of CPU")
    for split in options.split or SPLITS:
        report(split, judged(split, entities))
    if options.folder is not None:
        general(options.folder, dict.fromkeys(row.entity for row in texts(SPLITS[0])), entities)


if __name__ == "__main__":
    main()
