"""Twenty-five real rules on 310 real items: what the query says word for word is exactly what the engine finds."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.model import Item, Rule
from bot.rules.engine import Engine
from bot.rules.explain import explain

SEEN = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def domain(shared_data: Path) -> Path:
    return shared_data / "domain"


@pytest.fixture(scope="module")
def items(domain: Path) -> list[Item]:
    rows = [json.loads(line) for line in (domain / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    return [
        Item(
            id=row["id"],
            source_id=row["source"],
            title=row["title"],
            summary=row["summary"],
            url=row["url"],
            outlet=row["outlet"],
            first_seen=SEEN,
        )
        for row in rows
    ]


@pytest.fixture(scope="module")
def rules(domain: Path) -> list[Rule]:
    table = tomllib.loads((domain / "rules.toml").read_text(encoding="utf-8"))
    return [Rule(id=rule["id"], query=rule["query"], intent=rule["intent"]) for rule in table["rule"]]


def test_each_rule_matches_exactly_the_items_its_query_names_word_for_word(
    domain: Path, items: list[Item], rules: list[Rule]
) -> None:
    engine = Engine.compile(rules)
    found: dict[str, set[str]] = {rule.id: set() for rule in rules}
    for item in items:
        for match in engine.match(item):
            found[match.rule_id].add(item.id)
    labels = json.loads((domain / "rule_labels.json").read_text(encoding="utf-8"))
    assert found == {rule.id: set(labels[rule.id]["letter"]) for rule in rules}


def test_every_span_is_a_slice_of_the_field_it_names(items: list[Item], rules: list[Rule]) -> None:
    engine = Engine.compile(rules)
    seen = 0
    for item in items:
        values = {"title": item.title, "summary": item.summary, "body": item.content_text}
        for match in engine.match(item):
            for span in match.spans:
                seen += 1
                assert values[span.field][span.start : span.end] == span.text
    assert seen >= len(items)


def test_the_explanation_of_every_rule_and_item_agrees_with_the_match(items: list[Item], rules: list[Rule]) -> None:
    engine = Engine.compile(rules)
    for item in items:
        matched = {match.rule_id for match in engine.match(item)}
        for rule in rules:
            assert explain(engine, rule.id, item).held == (rule.id in matched)
