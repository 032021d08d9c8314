"""How well rules do on the development data: word for word, and by what their teams meant. Every disagreement is listed.

    python benchmarks/eval_rules.py FOLDER [--pack surveillance]

FOLDER holds ``domain/``: items, 25 rules in ``rules.toml``, and for each rule which items its query names word for word
(letter), which ones the team would want (intent), and on which two careful readers may differ (unsure; left out of intent).

What is measured:

* LETTER: rule and item pairs in which the engine and the label differ, either way.
* INTENT of the labelled rules: precision = wanted among found, recall = found among wanted, without the unsure items. This
  judges the queries as the data gives them, not the engine: some are too wide, some too narrow, on purpose.
* INTENT of the pack's rules: those that mean what a labelled rule means are judged by that rule's intent and unsure items; which,
  is written in ``SAME_INTENT`` by reading both intents. The other rules of the pack have no labels.
* RELEVANCE of the pack: all its rules together are judged by what the data says of each item: relevant to a team that watches
  surveillance technology (yes), not (no), or borderline (left out). An item counts as found if any live rule of the pack finds it.
  Each rule's own line says what it found; its share of relevant items is no precision of its intent.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bot.compose import compile_rules
from bot.config.load import load_for_replay
from bot.core.model import Item
from bot.rules.engine import Engine
from bot.sources.files import read_jsonl

TITLE = 76

SAME_INTENT = {
    "surveillance": {
        "airport-face-scans": "travellers",
        "body-cameras": "axon",
        "clearview": "clearview",
        "doorbell-cameras": "ring",
        "face-police": "police-face",
        "plate-readers": "plates",
        "retail-surveillance": "retail",
        "school-surveillance": "schools",
        "surveillance-bans": "ban-near",
    }
}
"""Rules of a pack, and the labelled rules of the same intent. Some of the pack's are wider (any surveillance technology, where the
label has face recognition alone), which costs them precision here."""


Labels = Mapping[str, list[str]]
"""Item ids by kind of label: intent, letter, unsure."""

HEAD = f"        {'rule':20} {'wanted':>6} {'found':>6} {'right':>6} {'precision':>9} {'recall':>6}   (unsure items left out)"


def engine_of(text: str) -> Engine:
    """The rules of a configuration, by the way every configuration goes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        path.write_text(text, encoding="utf-8")
        return compile_rules(load_for_replay(path))


def found_by(engine: Engine, items: Sequence[Item]) -> dict[str, set[str]]:
    """Item ids by rule."""
    found: dict[str, set[str]] = {rule.id: set() for rule in engine.rules}
    for item in items:
        for match in engine.match(item):
            found[match.rule_id].add(item.id)
    return found


def share(part: int, whole: int) -> str:
    return f"{part / whole:6.3f}" if whole else "     -"


def line(kind: str, rule: str, item: Item) -> str:
    title = " ".join(item.title.split())
    return f"    {kind:12} {item.id:6} {rule:20} {title if len(title) <= TITLE else title[: TITLE - 3] + '...'}"


def labelled(folder: Path, items: Mapping[str, Item]) -> None:
    text = (folder / "rules.toml").read_text(encoding="utf-8").replace("[[rule]]", "[[rules]]")
    labels = json.loads((folder / "rule_labels.json").read_text(encoding="utf-8"))
    found = found_by(engine_of(text), list(items.values()))
    letter = [(rule, item_id) for rule, ids in found.items() for item_id in sorted(ids ^ set(labels[rule]["letter"]))]
    pairs = len(found) * len(items)
    print(f"LETTER  {len(found)} rules x {len(items)} items: {pairs - len(letter)} of {pairs} pairs agree")
    for rule, item_id in letter:
        print(line("found" if item_id in found[rule] else "not found", rule, items[item_id]))
    print(f"\nINTENT of the labelled rules\n{HEAD}")
    by_intent(found, {rule: rule for rule in found}, labels, items)


def by_intent(
    found: Mapping[str, set[str]], judged_as: Mapping[str, str], labels: Mapping[str, Labels], items: Mapping[str, Item]
) -> None:
    """Precision and recall of rules by the intent of labelled ones, and each disagreement."""
    sums: Counter[str] = Counter()
    wrong = []
    for rule, label in judged_as.items():
        unsure = set(labels[label]["unsure"])
        wanted, seen = set(labels[label]["intent"]) - unsure, found[rule] - unsure
        right = wanted & seen
        sums.update(wanted=len(wanted), found=len(seen), right=len(right))
        print(f"        {rule:20} {_figures(len(wanted), len(seen), len(right))}{'' if rule == label else f'   by {label}'}")
        wrong += [line("not wanted", rule, items[item_id]) for item_id in sorted(seen - wanted)]
        wrong += [line("missed", rule, items[item_id]) for item_id in sorted(wanted - seen)]
    print(f"        {f'all {len(judged_as)} together':20} {_figures(sums['wanted'], sums['found'], sums['right'])}")
    print(f"    {len(wrong)} disagreements with the intent:")
    print("\n".join(wrong))


def _figures(wanted: int, found: int, right: int) -> str:
    return f"{wanted:6} {found:6} {right:6} {share(right, found):>9} {share(right, wanted):>6}"


def pack(folder: Path, items: Mapping[str, Item], name: str) -> None:
    labels = {row["id"]: row for row in map(json.loads, (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines())}
    by_label = {
        word: {item_id for item_id, row in labels.items() if row["relevant"] == word} for word in ("yes", "borderline", "no")
    }
    found = found_by(engine_of(f'include = ["pack:{name}"]\n'), list(items.values()))
    same = {rule: label for rule, label in SAME_INTENT.get(name, {}).items() if rule in found}
    print(f"\nINTENT of {len(same)} of the pack's {len(found)} rules: those that mean what a labelled rule means\n{HEAD}")
    by_intent(found, same, json.loads((folder / "rule_labels.json").read_text(encoding="utf-8")), items)
    print(f"\nRELEVANCE of what the pack's rules find\n        {'rule':28} {'found':>6} {'yes':>5} {'borderline':>10} {'no':>5}")
    for rule, ids in sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        print(f"        {rule:28} {len(ids):6} {_split(ids, by_label)}")
    union: set[str] = set().union(*found.values())
    print(f"        {'any of these rules':28} {len(union):6} {_split(union, by_label)}")
    right, judged = len(union & by_label["yes"]), len(union - by_label["borderline"])
    figures = f"precision{share(right, judged)}, recall{share(right, len(by_label['yes']))}"
    print(f"    any of these rules, borderline items left out: {figures}")
    in_domain = {item_id for item_id, row in labels.items() if row["in_domain"]}
    outside = union - in_domain
    print(f"    of {len(labels) - len(in_domain)} items of other news {len(outside)} are found")
    tags = Counter(tag for item_id in by_label["yes"] for tag in labels[item_id]["tags"])
    got = Counter(tag for item_id in by_label["yes"] & union for tag in labels[item_id]["tags"])
    print("    recall by the relevant items' tags: " + ", ".join(f"{tag} {got[tag]}/{tags[tag]}" for tag in sorted(tags)))
    missed, unwanted = sorted(by_label["yes"] - union), sorted(union & by_label["no"])
    print(f"    {len(missed) + len(unwanted)} disagreements with the label:")
    for item_id in missed:
        print(line("missed", "-", items[item_id]))
    for item_id in unwanted:
        for rule in _rules(found, item_id):
            print(line("not relevant", rule, items[item_id]))


def _split(ids: Iterable[str], by_label: Mapping[str, set[str]]) -> str:
    seen = set(ids)
    return f"{len(seen & by_label['yes']):5} {len(seen & by_label['borderline']):10} {len(seen & by_label['no']):5}"


def _rules(found: Mapping[str, set[str]], item_id: str) -> list[str]:
    return sorted(rule for rule, ids in found.items() if item_id in ids)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pack", default="surveillance")
    arguments = parser.parse_args()
    folder = arguments.folder / "domain"
    path = folder / "items.jsonl"
    items = {item.id: item for item in read_jsonl(path.read_bytes(), name=path.name)}
    labelled(folder, items)
    pack(folder, items, arguments.pack)


if __name__ == "__main__":
    main()
