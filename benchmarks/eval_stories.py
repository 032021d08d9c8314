"""How well story decisions do on the development data, printed as a table.

    python benchmarks/eval_stories.py FOLDER [--orders 200] [--misses]

FOLDER holds ``golden/``, ``domain/`` and ``dedup/``. B-cubed figures are Bagga and Baldwin's (1998); "posts" is stories made
per true story; "lost" counts true stories that no made story announces, a made story announcing that of its first item.
A hard case is right when its two items end in one story exactly if they should.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.core.model import Item
from bot.stories.index import group_items
from bot.stories.model import Model, build_model
from bot.text.urls import canonical_url

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SAME, DIFFERENT = 1.75, 2.75
"""SemEval-2022 task 8 ratings read as the same and as different stories; what lies between is left out."""


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_item(row: dict[str, Any], item_id: str | None = None) -> Item:
    stamp = row.get("published") or row.get("ts")
    if isinstance(stamp, int):
        stamp = datetime.fromtimestamp(stamp, UTC).isoformat()
    published = datetime.fromisoformat(stamp) if stamp else None
    url = row.get("url") or None
    return Item(
        id=item_id or row["id"],
        source_id=row.get("source") or row.get("outlet") or "unknown",
        title=row["title"],
        first_seen=published or EPOCH,
        url=url,
        canonical_url=canonical_url(url) if url else None,
        summary=row.get("summary") or "",
        outlet=row.get("outlet"),
        date_published=published,
        language=row.get("language"),
    )


def bcubed(made: dict[str, str], true: dict[str, str]) -> tuple[float, float, float]:
    made_members, true_members = defaultdict(set), defaultdict(set)
    for item_id, story in made.items():
        made_members[story].add(item_id)
        true_members[true[item_id]].add(item_id)
    precision = recall = 0.0
    for item_id, story in made.items():
        shared = len(made_members[story] & true_members[true[item_id]])
        precision += shared / len(made_members[story])
        recall += shared / len(true_members[true[item_id]])
    precision, recall = precision / len(made), recall / len(made)
    return precision, recall, 2 * precision * recall / (precision + recall)


def stream(items: Sequence[Item], true: dict[str, str], model: Model) -> tuple[dict[str, str], list[set[str]], int]:
    """Where each item ended, the true stories in each made one, and how many true stories nothing announces."""
    grouped = group_items(items, model)
    made = {row.item_id: row.story_id for row in grouped}
    members = defaultdict(list)
    for row in grouped:
        members[row.story_id].append(true[row.item_id])
    announced = {stories[0] for stories in members.values()}
    return made, [set(stories) for stories in members.values()], len(set(true.values()) - announced)


def set_line(name: str, items: Sequence[Item], true: dict[str, str], model: Model) -> float:
    began = time.process_time()
    made, mixed, lost = stream(items, true, model)
    cost = (time.process_time() - began) * 1000 / len(items)
    precision, recall, score = bcubed(made, true)
    posts = len(set(made.values())) / len(set(true.values()))
    wrong = sum(1 for stories in mixed if len(stories) > 1)
    print(
        f"{name:10} {len(items):5} {len(set(true.values())):5} {precision:6.3f} {recall:6.3f} {score:6.3f}"
        f" {posts:6.2f} {lost:5} {wrong:5} {cost:7.2f}"
    )
    return score


def golden(folder: Path, model: Model, orders: int) -> None:
    data = rows(folder / "golden" / "amazon-moratorium.jsonl")
    true = {row["id"]: row["story"] for row in data}
    worst_posts = worst_absorbed = good = 0
    for seed in range(orders):
        items = [read_item(row) for row in data]
        if seed:
            random.Random(seed).shuffle(items)
        made = {row.item_id: row.story_id for row in group_items(items, model)}
        stories = {made[item_id] for item_id, story in true.items() if story == "amazon-moratorium"}
        absorbed = sum(1 for item_id, story in true.items() if story != "amazon-moratorium" and made[item_id] in stories)
        worst_posts, worst_absorbed = max(worst_posts, len(stories)), max(worst_absorbed, absorbed)
        good += len(stories) == 1 and not absorbed
    print(f"golden     {orders} orders: right {good}, most stories {worst_posts}, most neighbours absorbed {worst_absorbed}")


def hard_cases(folder: Path, model: Model, misses: bool) -> None:
    kinds: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for row in rows(folder / "dedup" / "hardcases.jsonl"):
        items = [read_item(row["a"] | {"outlet": "one"}, "a"), read_item(row["b"] | {"outlet": "two"}, "b")]
        if row["kind"].startswith("url_") or row["kind"] == "liveblog":
            items = [read_item(row["a"] | {"outlet": "one"}, "a"), read_item(row["b"] | {"outlet": "one"}, "b")]
        first, second = group_items(items, model)
        kind = row["kind"].split("_")[0]
        kinds[kind] += 1
        if (first.story_id == second.story_id) == bool(row["same"]):
            right[kind] += 1
        elif misses:
            print(f"  missed {row['kind']}: should be {row['same']}: {row['a']['title']} / {row['b']['title']}")
    print(
        f"hard cases {sum(right.values())} of {sum(kinds.values())}: "
        + ", ".join(f"{kind} {right[kind]}/{kinds[kind]}" for kind in kinds)
    )


def pairs(folder: Path, model: Model) -> float:
    items = {row["id"]: read_item(row) for row in rows(folder / "dedup" / "semeval.jsonl")}
    counts: Counter[tuple[bool, bool]] = Counter()
    for line in (folder / "dedup" / "semeval_pairs.tsv").read_text(encoding="utf-8").splitlines():
        one, other, rating, languages, _ = line.split("\t")
        if languages != "en-en" or SAME < float(rating) < DIFFERENT:
            continue
        first, second = group_items([items[one], items[other]], model)
        counts[float(rating) <= SAME, first.story_id == second.story_id] += 1
    precision = counts[True, True] / (counts[True, True] + counts[False, True])
    recall = counts[True, True] / (counts[True, True] + counts[True, False])
    score = 2 * precision * recall / (precision + recall)
    print(f"semeval en {sum(counts.values())} pairs: precision {precision:.3f} recall {recall:.3f} F1 {score:.3f}")
    return score


def shuffled(items: Iterable[Item]) -> list[Item]:
    mixed = list(items)
    random.Random(7).shuffle(mixed)
    return mixed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--misses", action="store_true", help="list what went wrong")
    options = parser.parse_args()
    model = build_model()
    print(f"model {model.version}")
    golden(options.folder, model, options.orders)
    hard_cases(options.folder, model, options.misses)
    print(
        f"{'set':10} {'items':>5} {'true':>5} {'P':>6} {'R':>6} {'B3 F1':>6} {'posts':>6} {'lost':>5} {'mixed':>5} {'ms/item':>7}"
    )
    labels = {row["id"]: row for row in rows(options.folder / "domain" / "labels.jsonl")}
    domain = [read_item(row) for row in rows(options.folder / "domain" / "items.jsonl") if labels[row["id"]]["in_domain"]]
    true = {item.id: labels[item.id]["story"] for item in domain}
    set_line("domain", domain, true, model)
    if options.misses:
        explain(domain, true, model)
    scores = []
    for name in ("uci_thin", "ecb", "basil"):
        data = rows(options.folder / "dedup" / f"{name}.jsonl")
        scores.append(set_line(name, shuffled(read_item(row) for row in data), {row["id"]: row["story"] for row in data}, model))
    scores.append(pairs(options.folder, model))
    print(f"J, mean of the four: {sum(scores) / 4:.3f}")


def explain(items: Sequence[Item], true: dict[str, str], model: Model) -> None:
    made, _, _ = stream(items, true, model)
    stories = defaultdict(list)
    for item in items:
        stories[made[item.id]].append(item)
    for members in stories.values():
        if len({true[item.id] for item in members}) > 1:
            print("  merged: " + " / ".join(f"{true[item.id]}: {item.title}" for item in members))
    split = defaultdict(set)
    for item in items:
        split[true[item.id]].add(made[item.id])
    for story, parts in split.items():
        if len(parts) > 1:
            print(f"  split into {len(parts)}: {story}")
            for part in parts:
                print("      " + " / ".join(item.title for item in stories[part] if true[item.id] == story))


if __name__ == "__main__":
    main()
