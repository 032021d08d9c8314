"""Malformed, doubtful and dangerous queries, each with the exact words its author gets.

The golden file holds one block a query: a line ``### `` with the query as JSON, then the message. What may be meant as it
stands is taken with a warning: such a message begins with ``warning``. To add a query, add its
``### `` line; to write the messages anew after a deliberate change, run

    UPDATE_GOLDEN=1 pytest tests/rules/test_refused_queries.py

and read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from bot.core.errors import QueryError
from bot.core.model import Entity, Rule
from bot.rules.engine import Engine, RuleErrors
from bot.rules.grammar import MAX_DEPTH, MAX_LENGTH, failure
from bot.rules.operands import MAX_TIMES
from bot.rules.query import MAX_TERMS, parse

GOLDEN = Path(__file__).with_name("refused_queries.golden")
ENTITIES = (
    Entity("flock_safety", "Flock Safety", "vendor", aliases=("Flock Safety",)),
    Entity("clearview_ai", "Clearview AI", "vendor", aliases=("Clearview AI",)),
    Entity("nameless", "Nameless", "vendor", products=("flock_safety",)),
)
LET = {"alpr": 'ALPR OR "plate reader"', "both": "drone camera"}


def blocks() -> list[tuple[str, str]]:
    found = []
    for block in GOLDEN.read_text(encoding="utf-8").split("### ")[1:]:
        query, _, message = block.partition("\n")
        found.append((json.loads(query), message.strip("\n")))
    return found


def message_of(query: str) -> str:
    try:
        Engine.compile([Rule("r", query, let=LET)], ENTITIES)
    except RuleErrors as errors:
        return "\n".join(str(error) for _, error in errors.errors)
    told = [failure(query, found.offset, found.message, found.suggestion) for found in parse(query).cautions]
    return "\n".join(f"warning, {caution}" for caution in told) or "ACCEPTED"


def test_the_golden_file_has_hundreds_of_queries_refused_and_warned_of_and_none_twice() -> None:
    queries = [query for query, _ in blocks()]
    warned = [query for query, message in blocks() if message.startswith("warning")]
    assert len(warned) >= 60
    assert len(queries) - len(warned) >= 250
    assert len(set(queries)) == len(queries)


def test_every_query_is_refused_or_warned_of_in_the_words_of_the_golden_file() -> None:
    found = [(query, message_of(query)) for query, _ in blocks()]
    if os.environ.get("UPDATE_GOLDEN"):
        text = "\n\n".join(f"### {json.dumps(query, ensure_ascii=False)}\n{message}" for query, message in found)
        GOLDEN.write_text(text + "\n", encoding="utf-8")
    assert blocks() == found
    assert [query for query, message in found if message == "ACCEPTED"] == []


def test_every_message_names_a_place_inside_the_query() -> None:
    for query, message in blocks():
        if message.startswith("warning"):
            continue
        with pytest.raises(RuleErrors) as caught:
            Engine.compile([Rule("r", query, let=LET)], ENTITIES)
        for _, error in caught.value.errors:
            lines = error.source.splitlines() or [""]
            assert 1 <= error.line <= len(lines), query
            assert 1 <= error.column <= len(lines[error.line - 1]) + 1, query
            assert error.message
            assert not error.message.endswith("."), query


def test_every_message_ends_with_what_to_write() -> None:
    for query, message in blocks():
        for told in re.split(r"\n(?=warning, |line )", message):
            suggestion = told.rpartition("^\n")[2].strip()
            assert suggestion, query
            assert suggestion[0].isupper(), query
            assert suggestion[-1] in '.?"*' or suggestion.split()[-1].startswith("url:"), query


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("drone " * MAX_LENGTH, id="too long"),
        pytest.param("(" * (MAX_DEPTH + 1) + "drone" + ")" * (MAX_DEPTH + 1), id="too deep"),
        pytest.param("(" * 9000 + "drone" + ")" * 9000, id="far too deep"),
        pytest.param("(" * 19_000, id="only opening parentheses"),
        pytest.param(")" * 19_000, id="only closing parentheses"),
        pytest.param("-" * 19_000 + "a", id="only minuses"),
        pytest.param("NOT " * 4000 + "drone", id="only negations"),
        pytest.param("OR " * 6000, id="only operators"),
        pytest.param('"' * 19_001, id="only quotes"),
        pytest.param("drone " * (MAX_TERMS + 1), id="too many words"),
        pytest.param("title:" * 3000 + "@", id="only prefixes"),
        pytest.param(f"x{MAX_TIMES + 1}:drone", id="too many times"),
        pytest.param("x" + "9" * 5000 + ":drone", id="a number without end"),
        pytest.param("9" * 5000 + " of (drone, police)", id="a list without end"),
        pytest.param("drone NEAR/" + "9" * 5000 + " police", id="a distance without end"),
        pytest.param('"face recognition"~' + "9" * 5000, id="a slop without end"),
        pytest.param("title:/" + "(" * 9000 + ")" * 9000 + "/", id="a deep regular expression"),
        pytest.param("title:/(((x{1000}){1000}){1000})/", id="a regular expression that explodes"),
        pytest.param("title:/\ud800/", id="half a surrogate pair"),
        pytest.param("\x00", id="a null"),
    ],
)  # fmt: skip
def test_hostile_queries_are_refused_with_a_sentence_never_with_a_crash(query: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert len(str(caught.value)) < 100_000


def test_a_query_of_many_lines_is_shown_by_the_line_with_the_mistake() -> None:
    with pytest.raises(QueryError) as caught:
        parse("police\r\n  (drone OR\n  camera*s)\nsheriff")
    assert (caught.value.line, caught.value.column) == (3, 3)
    assert str(caught.value).splitlines()[1:3] == ["    camera*s)", "    ^"]


@pytest.mark.parametrize(
    ("query", "line", "mark"),
    [
        ("監視 監視カメラ AND", "監視 監視カメラ AND", " " * 16 + "^"),
        ("e\u0301te\u0301 AND", "e\u0301te\u0301 AND", "    ^"),
        ("\tdrone\tAND", " drone AND", "       ^"),
        ("drone " * 100 + "AND", "", None),
    ],
)
def test_the_mark_stands_under_the_place_in_any_script_and_in_a_long_line(query: str, line: str, mark: str | None) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    shown, under = caught.value.pointed_at()
    assert len(shown) <= 100
    assert shown == line if mark else shown.endswith("AND")
    assert under == mark if mark else shown[under.index("^") :].startswith("AND")


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("@CLEARVIEW_AI", "clearview_ai"),
        ("@Flock_Safety", "flock_safety"),
        ("@clearview", "clearview_ai"),
        ("@Watchful_Inc", "wtchfl"),
    ],
)
def test_a_name_is_guessed_in_any_case_and_by_what_the_entity_is_called(query: str, meant: str) -> None:
    renamed = Entity("wtchfl", "Watchful", "vendor", aliases=("Watchful Inc",))
    with pytest.raises(RuleErrors) as caught:
        Engine.compile([Rule("r", query)], (*ENTITIES, renamed))
    assert caught.value.errors[0][1].suggestion == f"Did you mean @{meant}?"
