"""Every example of docs/rules.md does what the page says."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.errors import QueryError
from bot.core.model import Entity, Item, Nearby, Rule, WeakAlias
from bot.rules.engine import Engine, RuleErrors
from bot.rules.query import parse

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIELDS = {"title": "title", "summary": "summary", "text": "content_text", "url": "url", "outlet": "outlet", "lang": "language"}
LINE = re.compile(r"(matches|does not match|let (\w+) =)[: ] *(.*)")


def fences(kind: str) -> list[str]:
    return [body for name, body in FENCE.findall(PAGE) if name == kind]


def near(table: dict[str, object] | None) -> Nearby | None:
    return None if table is None else Nearby(int(str(table["within"])), tuple(table["any"]))  # type: ignore[arg-type]


def entities() -> list[Entity]:
    found = []
    for row in tomllib.loads("\n".join(fences("toml")))["entities"]:
        weak = tuple(WeakAlias(one["text"], one.get("case") == "exact", near(one.get("near"))) for one in row.pop("weak", ()))
        rest = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
        found.append(Entity(**{**rest, "weak": weak, "not_near": near(rest.pop("not_near", None))}))
    return found


def article(text: str) -> Item:
    values: dict[str, object] = {}
    tags = []
    for name, value in re.findall(r"\[(\w+)\] ([^\[]+)", text) or [("text", text)]:
        if name == "tag":
            tags.append(value.strip())
        else:
            values[FIELDS[name]] = value.strip()
    return Item(
        **{"id": "i", "source_id": "s", "title": "", "first_seen": datetime(2026, 1, 1, tzinfo=UTC), **values}, tags=tuple(tags)
    )  # type: ignore[arg-type]


def examples() -> list[tuple[str, dict[str, str], str, bool]]:
    found = []
    for body in fences("rule"):
        let: dict[str, str] = {}
        query = []
        for line in body.splitlines():
            match = LINE.fullmatch(line)
            if match is None:
                query.append(line)
            elif match.group(2):
                let[match.group(2)] = match.group(3)
            else:
                found.append(("\n".join(query), let, match.group(3), match.group(1) == "matches"))
    return found


def test_the_page_has_examples_of_every_kind() -> None:
    assert len(examples()) >= 50
    assert {expected for _, _, _, expected in examples()} == {True, False}
    for body in fences("rule"):
        for said in ("matches:", "does not match:"):
            assert any(line.startswith(said) for line in body.splitlines()), f"no line {said} in {body}"


@pytest.mark.parametrize(("query", "let", "text", "expected"), examples())
def test_an_example_does_what_the_page_says(query: str, let: dict[str, str], text: str, expected: bool) -> None:
    engine = Engine.compile([Rule("r", query, let=let)], entities())
    assert bool(engine.match(article(text))) is expected


@pytest.mark.parametrize("query", "".join(fences("refused")).splitlines())
def test_what_the_page_calls_refused_is_refused(query: str) -> None:
    with pytest.raises(RuleErrors) as caught:
        Engine.compile([Rule("r", query)], entities())
    assert all(isinstance(error, QueryError) for _, error in caught.value.errors)


@pytest.mark.parametrize("query", "".join(fences("warned")).splitlines())
def test_what_the_page_calls_remarked_on_is_taken_with_a_warning(query: str) -> None:
    Engine.compile([Rule("r", query)], entities())
    assert parse(query).cautions


@pytest.mark.parametrize("query", sorted({query for query, _, _, _ in examples()}))
def test_the_examples_themselves_bring_no_warning(query: str) -> None:
    assert parse(query).cautions == ()
