"""Labelled sentences: what they promise and for when, and the traps that promise nothing."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stories.commitments import in_text
from bot.stories.dated import Form, expressions
from bot.stories.promises import Kind, claims

WORDS = """by until on in June May 10 2027 3rd next year month the end of , which who ; for a one-year within 90 days will expire
ends vote contract pause moratorium. The must report. not may was has 2027-02-30 31 “ ” —"""
ROWS = [json.loads(line) for line in (Path(__file__).parent / "commitments.jsonl").read_text(encoding="utf-8").splitlines()]


def found(row) -> list[tuple[str, str]]:
    base = date.fromisoformat(row["anchor"]) if row["anchor"] else None
    meant = ((claim.expression.means(base), claim.expression.form) for claim in claims(row["text"]))
    return [(day.isoformat(), str(form)) for day, form in meant if day]


@pytest.mark.parametrize("row", [row for row in ROWS if row["part"] == "development"], ids=lambda row: row["text"][:60])
def test_a_development_sentence_promises_what_its_label_says(row):
    assert set(found(row)) == {(one["date"], one["form"]) for one in row["expect"]}


@pytest.mark.parametrize("part", ["development", "held_out"])
def test_written_days_are_right_at_least_seventeen_times_in_twenty(part):
    rows = [row for row in ROWS if row["part"] == part]
    days = [(one, row) for row in rows for one in found(row) if one[1] == Form.DAY]
    right = sum(one in {(known["date"], known["form"]) for known in row["expect"]} for one, row in days)
    assert len(days) >= 10
    assert right / len(days) >= 0.85


def test_there_are_over_three_hundred_sentences_and_two_in_five_promise_nothing():
    parts = Counter(row["part"] for row in ROWS)
    empty = Counter(row["part"] for row in ROWS if not row["expect"])
    assert parts == {"development": 305, "held_out": 122}
    assert all(empty[part] >= 0.4 * parts[part] for part in parts)
    assert len({row["text"] for row in ROWS}) == 427
    assert {one["kind"] for row in ROWS for one in row["expect"]} == set(Kind)


@pytest.mark.parametrize(
    ("text", "anchor", "expected"),
    [
        ("by June 31", "2026-03-11", []),
        ("by June 10", "2026-06-20", []),
        ("by June 10", "2026-11-20", ["2027-06-10"]),
        ("by Feb. 29", "2027-05-01", ["2028-02-29"]),
        ("by June 10, 2020", "2026-03-11", []),
        ("by June 10, 2124", "2026-03-11", []),
        ("by June 10, 9999", "2026-03-11", []),
        ("by June 10, 2055", "2026-03-11", ["2055-06-10"]),
        ("by 10 June 2124", "2026-03-11", []),
        ("by June 2124", "2026-03-11", []),
        ("by 2124-06-10", "2026-03-11", []),
        ("by 6/15/2124", "2026-03-11", []),
        ("by June 10, 2124", "2120-03-11", ["2124-06-10"]),
        ("by June 10 of next year", "2026-03-11", ["2027-06-10"]),
        ("by 10 June next year", "2026-03-11", ["2027-06-10"]),
        ("by Feb. 29 next year", "2026-03-11", []),
        ("by June 10 this year", "2026-03-11", ["2026-06-10"]),
        ("by January 10 of this year", "2026-03-11", []),
        ("by June 10 of the following year", "2026-03-11", []),
        ("by June 10 of last year", "2026-03-11", []),
        ("by June 10 of the year after next", "2026-03-11", []),
        ("by June 10, two years later", "2026-03-11", []),
        ("by early June next year", "2026-03-11", ["2027-06-10"]),
        ("by next June", "2026-03-11", []),
        ("by next June", "2026-06-20", ["2027-06-30"]),
        ("by next June 10", "2026-11-20", ["2027-06-10"]),
        ("by this June", "2026-03-11", ["2026-06-30"]),
        ("by this June", "2026-11-20", []),
        ("by next year's June 10", "2026-03-11", ["2027-06-10"]),
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


@given(st.dates(), st.integers(1, 999), st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 9999))
def test_no_day_of_a_report_makes_a_date_overflow(anchor, count, unit, year):
    texts = (f"within {count} {unit}s", f"by June 30, {year:04}", f"until June 30, {year}", "by June 30", "by next June")
    for text in (*texts, "by Feb. 29 next year", "at the end of next month", "by the end of the year", f"in early {year}"):
        for expression in expressions(text):
            meant = expression.means(anchor)
            assert meant is None or meant > anchor


@pytest.mark.parametrize(
    ("text", "sure", "unsure"),
    [
        ("The contract expires on June 30.", 1, 0),
        ("Unless renewed, the contract expires on June 30.", 0, 1),
        ("The contract expires on June 30 unless the council renews it.", 0, 1),
        ("If the council does not renew it, the contract expires on June 30.", 0, 1),
        ("If the council renews it, the contract expires on June 30.", 0, 0),
    ],
)
def test_an_end_that_somebody_may_yet_put_off_is_less_sure(text, sure, unsure):
    made = claims(text)
    assert sum(claim.confidence > 0.8 for claim in made) == sure
    assert sum(claim.confidence <= 0.8 for claim in made) == unsure


@pytest.mark.parametrize(
    "text",
    [
        "The agency must delete the photos within two years after the case is closed.",
        "The law gives agencies 90 days to comply after it takes effect.",
        "Once the rule is final, agencies must report back within 90 days.",
        "The vendor must answer within 30 days upon receiving the letter.",
        "When the contract ends, the city has 60 days to delete the data.",
    ],
)
def test_a_span_that_starts_with_something_else_is_not_counted_from_the_report(text):
    assert claims(text) == ()


def test_a_pause_begins_with_its_report_whatever_it_comes_after():
    (claim,) = claims("The city announced a one-year moratorium on drones after the protests that have filled its streets.")
    assert claim.expression.means(date(2026, 3, 11)) == date(2027, 3, 11)


def test_a_list_that_was_not_cut_is_no_sentence():
    assert claims("The contract expires on June 30, 2026. " * 20) == ()


def test_a_timetable_is_no_sentence():
    days = [f"on June {day}" for day in range(1, 7)]
    assert len(claims(f"The council will vote {', '.join(days)}.")) == 6
    assert claims(f"The council will vote {', '.join([*days, 'on June 8'])}.") == ()


def test_a_question_and_a_cut_sentence_promise_nothing():
    assert claims("Will the contract end on June 30?") == ()
    assert claims("The contract expires on June 30...") == ()
    assert len(claims("The contract expires on June 30.")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Nobody expects the police to stop using the scanners for a year.",
        "Rumors that the city banned the scanners for a year are baseless.",
        "It is unclear whether the vendor must answer within 30 days.",
    ],
)
def test_a_span_that_is_denied_or_doubted_is_no_promise(text):
    assert claims(text) == ()


def test_a_written_day_goes_before_the_length_of_what_ends_on_it():
    (claim,) = claims("The six-month pause will end on July 15.")
    assert claim.expression.means(date(2026, 3, 11)) == date(2026, 7, 15)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The council voted against extending the contract beyond June 30.", "contract_end"),
        ("The county must not renew the lease after June 30.", "contract_end"),
        ("No new cameras may be installed before July 1.", "expiry"),
        ("No cameras have ever been required before July 1.", None),
        ("The festival shall not go on after July 1.", None),
    ],
)
def test_what_may_not_go_on_or_not_yet_begin_ends_on_a_day(text, kind):
    assert [str(claim.kind) for claim in claims(text)] == ([kind] if kind else [])


@pytest.mark.parametrize(
    "part", ["was not the ", "blocked a plan that ", "no report that was, ", "moved from to ", "nothing in the "]
)
def test_no_sentence_takes_long_to_read(part):
    began = time.process_time()
    claims((part * 60)[:500] + " will end on June 30" + (part * 20)[:70])
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The vendor won't sell the product to the police until June 1, 2027.", [("2027-06-01", "expiry")]),
        ("The ban, which had been due to end in June, was extended to December 31.", [("2026-12-31", "expiry")]),
        ("The maker will no longer offer the technology after June 30.", [("2026-06-30", "promise")]),
        ("The officers arrested him after June 30.", []),
        ("The moratorium ends one year from now.", [("2027-03-11", "expiry")]),
        ("Under the settlement, the broker can't sell its database for five years.", [("2031-03-11", "expiry")]),
        ("The bill would ban the technology for two years.", []),
        ("The law takes effect in 90 days.", [("2026-06-09", "effective")]),
        ("The pilot will run from May 1 to October 31.", [("2026-05-01", "effective"), ("2026-10-31", "expiry")]),
        ("The company has 30 days to appeal.", [("2026-04-10", "deadline")]),
        ("The company has no reason to think it has 30 days to appeal, and keeps its data.", []),
        ("Judge sets May 5 trial date in wrongful arrest case", [("2026-05-05", "court")]),
        ("The May 5 rally fills the square.", []),
        ("The council will not decide before May.", []),
        ("The trial is expected to begin on May 5.", [("2026-05-05", "court")]),
        ("The council agreed in June to end the contract.", []),
        ("A nine-month investigation was ordered by the mayor.", []),
        ("The mayor ordered a nine-month investigation.", [("2026-12-11", "review")]),
        ("The murder trial lasts a six-month break.", []),
        ("The pilot project after its one-year contract is good.", []),
        ("The system will be running in 2026.", []),
        ("The system goes live in 2027.", [("2027-12-31", "effective")]),
    ],
)
def test_what_else_a_sentence_can_promise(text, expected):
    base = date(2026, 3, 11)
    meant = [(claim.expression.means(base), str(claim.kind)) for claim in claims(text)]
    assert [(day.isoformat(), kind) for day, kind in meant if day] == expected


@given(st.lists(st.sampled_from([*WORDS.split(), "\n\n"]), max_size=30).map(" ".join))
def test_any_text_can_be_read_and_is_quoted_word_for_word(text):
    for one in in_text(text, date(2026, 3, 11)):
        assert one.sentence in text
        assert date.fromisoformat(one.date) > date(2026, 3, 11)
        assert 0 < one.confidence < 1
