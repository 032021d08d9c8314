"""Two hundred labelled sentences: what they promise and for when, and the traps that promise nothing."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from bot.stories.dated import Form, expressions
from bot.stories.promises import Kind, claims

ROWS = [json.loads(line) for line in (Path(__file__).parent / "commitments.jsonl").read_text(encoding="utf-8").splitlines()]


def found(row) -> list[tuple[str, str]]:
    base = date.fromisoformat(row["anchor"]) if row["anchor"] else None
    meant = ((claim.expression.means(base), claim.expression.form) for claim in claims(row["text"]))
    return [(day.isoformat(), str(form)) for day, form in meant if day]


@pytest.mark.parametrize("row", [row for row in ROWS if row["part"] == "development"], ids=lambda row: row["text"][:60])
def test_a_development_sentence_promises_what_its_label_says(row):
    assert sorted(found(row)) == sorted((one["date"], one["form"]) for one in row["expect"])


@pytest.mark.parametrize("part", ["development", "held_out"])
def test_written_days_are_right_at_least_seventeen_times_in_twenty(part):
    rows = [row for row in ROWS if row["part"] == part]
    days = [(one, row) for row in rows for one in found(row) if one[1] == Form.DAY]
    right = sum(one in {(known["date"], known["form"]) for known in row["expect"]} for one, row in days)
    assert len(days) >= 10
    assert right / len(days) >= 0.85


def test_there_are_two_hundred_sentences_and_two_in_five_promise_nothing():
    parts = Counter(row["part"] for row in ROWS)
    empty = Counter(row["part"] for row in ROWS if not row["expect"])
    assert parts == {"development": 140, "held_out": 60}
    assert all(empty[part] >= 0.4 * parts[part] for part in parts)
    assert len({row["text"] for row in ROWS}) == 200
    assert {one["kind"] for row in ROWS for one in row["expect"]} == set(Kind)


@pytest.mark.parametrize(
    ("text", "anchor", "expected"),
    [
        ("by June 31", "2026-03-11", []),
        ("by June 10", "2026-06-20", []),
        ("by June 10", "2026-11-20", ["2027-06-10"]),
        ("by Feb. 29", "2027-05-01", ["2028-02-29"]),
        ("by June 10, 2020", "2026-03-11", []),
        ("by the 3rd of April", "2026-03-11", ["2026-04-03"]),
        ("by 4/14/2026", "2026-03-11", ["2026-04-14"]),
        ("by 4/5/2026", "2026-03-11", []),
        ("by 13/13/2026", "2026-03-11", []),
        ("in 2099", "2026-03-11", []),
        ("by early May", "2026-03-11", ["2026-05-10"]),
        ("in the middle of May", "2026-03-11", ["2026-05-15"]),
        ("at the start of next year", "2026-03-11", ["2027-01-31"]),
        ("by the end of the month", "2026-03-11", ["2026-03-31"]),
        ("in the month", "2026-03-11", []),
        ("in early 2027", "2026-03-11", ["2027-03-31"]),
        ("in the third quarter of 2026", "2026-03-11", ["2026-09-30"]),
        ("by March 2027", None, []),
        ("for one month", "2026-01-31", ["2026-02-28"]),
        ("within two weeks", "2026-03-11", ["2026-03-25"]),
        ("for years", "2026-03-11", []),
        ("for another year", "2026-03-11", ["2027-03-11"]),
        ("within 0 days", "2026-03-11", []),
        ("for 900 years", "2026-03-11", []),
        ("for 999 years", "9500-01-01", []),
        ("they may 10 march 3", "2026-03-11", []),
        ("in may", "2026-03-11", []),
    ],
)
def test_an_expression_means_the_day_it_names(text, anchor, expected):
    base = date.fromisoformat(anchor) if anchor else None
    assert [day.isoformat() for one in expressions(text) if (day := one.means(base))] == expected


def test_a_list_that_was_not_cut_is_no_sentence():
    assert claims("The contract expires on June 30, 2026. " * 20) == ()


def test_a_question_and_a_cut_sentence_promise_nothing():
    assert claims("Will the contract end on June 30?") == ()
    assert claims("The contract expires on June 30...") == ()
    assert len(claims("The contract expires on June 30.")) == 1
