"""What every chat tells alike: lists, breadth, reasons, times, the line of a locked phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.messages import StoryMessage
from bot.text.inert import plain
from bot.text.telling import (
    how_wide,
    in_one_line,
    listed,
    say_day,
    say_moment,
    say_when,
    what_it_follows,
    which_rules,
    who_and_when,
    why_here,
)

NOW = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)
MESSAGE = StoryMessage("s1", "Council ends contract", None, None, (), "Harbour Ledger", None, rules=(("plates", "plate readers"),))


@pytest.mark.parametrize(
    ("names", "shown"),
    [("A", "A"), ("AB", "A and B"), ("ABC", "A, B and C"), ("ABCD", "A, B and 2 more")],
)
def test_a_list_names_three_and_counts_the_rest(names, shown):
    assert listed(names, 3) == shown


@pytest.mark.parametrize(
    ("also", "independent", "copies", "shown"),
    [
        ((), 1, 0, ""),
        (("A",), 2, 0, "also A (2 independent outlets)"),
        (("A", " "), 1, 1, "also A (1 copy)"),
        ((), 3, 2, "(3 independent outlets, 2 copies)"),
    ],
)
def test_breadth_counts_outlets_and_copies(also, independent, copies, shown):
    assert how_wide(replace(MESSAGE, also=also, independent=independent, copies=copies), plain) == shown


@pytest.mark.parametrize(
    ("rules", "matched", "shown"),
    [
        ((("plates", ""),), (), "Rule: plates"),
        ((("a", "first"), ("b", "")), ("x", "y"), 'Rules: first and b · matched "x", "y"'),
        ((), tuple("abcdefgh"), 'matched "a", "b", "c", "d" and 4 more'),
        ((), (), ""),
    ],
)
def test_the_reason_names_rules_and_words(rules, matched, shown):
    assert why_here(replace(MESSAGE, rules=rules, matched=matched), plain) == shown


def test_rules_beyond_five_are_counted():
    rules = tuple((str(number), f"rule {number}") for number in range(8))
    assert which_rules(replace(MESSAGE, rules=rules), plain) == "rule 0, rule 1, rule 2, rule 3 and 4 more"


def test_what_a_story_follows_is_dated_by_the_readers_clock():
    zone = ZoneInfo("Asia/Tokyo")
    followed = replace(MESSAGE, follows=("Vote delayed", datetime(2025, 12, 31, 20, 0, tzinfo=UTC)))
    assert what_it_follows(followed, plain, zone, NOW) == "Follows: Vote delayed (1 January)"
    assert what_it_follows(replace(MESSAGE, follows=("", None)), plain, zone, NOW) == "Follows: Untitled article"
    assert what_it_follows(MESSAGE, plain, zone, NOW) == ""


@pytest.mark.parametrize(
    ("instant", "zone", "shown"),
    [
        ("2026-03-10T21:40:00", "UTC", "Tue 10 March, 21:40"),
        ("2026-03-10T21:40:00", "Asia/Tokyo", "Wed 11 March, 06:40"),
        ("2025-03-10T21:40:00", "UTC", "Mon 10 March 2025, 21:40"),
        ("2020-06-10T00:00:00", "America/New_York", "Wed 10 June 2020"),
    ],
)
def test_a_moment_is_told_by_a_wall_clock_and_a_bare_date_as_a_date(instant, zone, shown):
    assert say_moment(datetime.fromisoformat(instant).replace(tzinfo=UTC), ZoneInfo(zone), NOW) == shown


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "Tue 10 March, 21:40 UTC"),
        ("Europe/Berlin", "Tue 10 March, 22:40 CET"),
        ("America/Sao_Paulo", "Tue 10 March, 18:40 UTC-03"),
    ],
)
def test_a_moment_names_its_clock(zone, shown):
    assert say_when(datetime(2026, 3, 10, 21, 40, tzinfo=UTC), ZoneInfo(zone), NOW) == shown


def test_a_bare_date_has_no_clock():
    assert say_when(datetime(2026, 3, 10, tzinfo=UTC), ZoneInfo("Asia/Tokyo"), NOW) == "Tue 10 March"


@pytest.mark.parametrize(
    ("outlet", "where", "shown"),
    [
        ("Harbour Ledger", "harbourledger.example", ["Harbour Ledger", "harbourledger.example"]),
        ("Harbourledger.example", "www.harbourledger.example", ["www.harbourledger.example"]),
        ("ledger.example", "harbourledger.example", ["ledger.example", "harbourledger.example"]),
        (None, "harbourledger.example", ["harbourledger.example"]),
        ("Harbour Ledger", "", ["Harbour Ledger"]),
    ],
)
def test_an_outlet_that_is_called_as_its_site_is_named_once(outlet, where, shown):
    told = who_and_when(replace(MESSAGE, outlet=outlet), plain, where=where, zone=ZoneInfo("UTC"), now=NOW)
    assert told == shown


def test_an_update_in_a_thread_says_so_in_its_line():
    assert in_one_line(MESSAGE, plain, 120, update=True).startswith("Update: Council ends contract (Harbour")


def test_a_day_without_its_weekday():
    assert say_day(NOW, NOW, weekday=False) == "11 March"


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "Council ends contract (Harbour Ledger). Rule: plate readers"),
        ({"outlet": None, "rules": ()}, "Council ends contract"),
        ({"rules": (("a", "first"), ("b", "second"))}, "Council ends contract (Harbour Ledger). Rule: first and 1 more"),
        ({"repeated": True}, "Repeated: Council ends contract (Harbour Ledger). Rule: plate readers"),
        ({"pointer": "Contract ended"}, "This story goes on as: Contract ended (Harbour Ledger). Rule: plate readers"),
        ({"headline": "\u200b"}, "Untitled article (Harbour Ledger). Rule: plate readers"),
        ({"independent": 3}, "Council ends contract (Harbour Ledger and 2 more). Rule: plate readers"),
        ({"headline": "word " * 99}, f"{'word ' * 15}word… (Harbour Ledger). Rule: plate readers"),
    ],
)
def test_the_line_of_a_locked_phone(changes, shown):
    told = in_one_line(replace(MESSAGE, **changes), plain, 120)
    assert told == shown
    assert len(told) <= 120
