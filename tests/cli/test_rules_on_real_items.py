"""The rules of a real team on real items, through the command line alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LETTER = "letter"


@pytest.fixture
def domain(shared_data: Path) -> Path:
    return shared_data / "domain"


@pytest.fixture
def rules_file(domain: Path, write: Callable[[str, str], Path]) -> Path:
    """The ``[[rule]]`` tables of the data as the ``[[rules]]`` of a configuration; nothing else is changed."""
    text = (domain / "rules.toml").read_text(encoding="utf-8")
    assert text.count("[[rule]]") == 25
    return write("rules.toml", text.replace("[[rule]]", "[[rules]]"))


def test_rules_match_finds_exactly_what_the_queries_name_word_for_word(
    watchlamp: Callable[..., Any], domain: Path, rules_file: Path
) -> None:
    ended = watchlamp("rules", "match", "-c", rules_file, "--items", domain / "items.jsonl", "--format", "jsonl")
    assert (ended.status, ended.err) == (0, "")
    labels = json.loads((domain / "rule_labels.json").read_text(encoding="utf-8"))
    wanted = {(item_id, rule) for rule, label in labels.items() for item_id in label[LETTER]}
    found = [(row["item_id"], row["rule"]) for row in ended.rows]
    assert set(found) == wanted
    assert len(found) == len(wanted)


def test_the_evaluation_prints_precision_and_recall_and_each_disagreement(shared_data: Path, domain: Path) -> None:
    script = ROOT / "benchmarks" / "eval_rules.py"
    done = subprocess.run([sys.executable, script, shared_data], capture_output=True, encoding="utf-8", check=True, timeout=60)
    assert "LETTER  25 rules x 310 items: 7750 of 7750 pairs agree" in done.stdout
    labels = json.loads((domain / "rule_labels.json").read_text(encoding="utf-8"))
    differing = sum(len((set(one["intent"]) ^ set(one[LETTER])) - set(one["unsure"])) for one in labels.values())
    assert f"    {differing} disagreements with the intent:" in done.stdout
    assert done.stdout.count("\n    not wanted  ") + done.stdout.count("\n    missed  ") >= differing
    assert "\nINTENT of 9 of the pack's " in done.stdout
    assert "any of these rules, borderline items left out: precision" in done.stdout
