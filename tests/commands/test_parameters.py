"""Words, quoted names, rests of lines and filled-in values become the values of a command, or a sentence that says what would."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.commands.asking import Role
from bot.commands.command import Command, Kind, Parameter
from bot.commands.parameters import day_of, span_of
from bot.commands.reply import Button, Reply
from bot.core.errors import UserInputError


async def _run(desk, ask, values):
    return Reply("done")


MUTE = Command(
    name="mute",
    group="Tune",
    role=Role.EDITOR,
    summary="Silence something",
    help="Silences something.",
    examples=("mute outlet",),
    run=_run,
    parameters=(
        Parameter("what", Kind.CHOICE, "What kind of thing", required=True, choices=("outlet", "rule")),
        Parameter("name", Kind.NAME, "Its name", required=True),
        Parameter("time", Kind.TIME, "For how long"),
        Parameter("note", Kind.TEXT, "Why", most=30),
    ),
)


def read(text, **values):
    return MUTE.read(text, terminal=False, values=values)


def test_a_name_of_two_words_stands_in_quotation_marks():
    expected = {"what": "outlet", "name": "Harbour Ledger", "time": "7d"}
    assert read('outlet "Harbour Ledger" 7D') == expected
    assert read("outlet \u201cHarbour Ledger\u201d 7d") == expected


def test_the_last_text_is_taken_as_it_stands():
    assert read('outlet Ledger 7d too  "many" reports')["note"] == 'too  "many" reports'


def test_a_quotation_mark_that_is_not_closed_is_a_letter():
    assert read('outlet "Ledger')["name"] == '"Ledger'


def test_what_was_filled_in_takes_the_place_of_words():
    assert read("", what="outlet", name="Harbour Ledger") == {"what": "outlet", "name": "Harbour Ledger"}
    assert read("rule plates", time="12h", name="  ") == {"what": "rule", "name": "plates", "time": "12h"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "mute needs what: What kind of thing."),
        ("outlet", "mute needs name: Its name."),
        ("town Ledger", "what is one of: outlet, rule."),
        ("outlet Ledger soon", "time is a time such as 30m, 12h, 7d or 2w, ten years at most."),
        ("outlet Ledger 7d " + "x" * 31, "note has 1 to 30 letters."),
        ('outlet ""', "name has 1 to 2,000 letters."),
    ],
)
def test_what_does_not_fit_is_told_with_what_would(text, told):
    with pytest.raises(UserInputError) as caught:
        read(text)
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("word", "span"),
    [("30m", timedelta(minutes=30)), ("2w", timedelta(weeks=2)), ("0d", None), ("99999d", None), ("d", None), ("1y", None)],
)
def test_a_time_has_a_unit_and_an_end(word, span):
    assert span_of(word) == span


def test_a_day_is_a_day_of_the_calendar():
    assert day_of("2027-03-01") == date(2027, 3, 1)
    assert day_of("2027-02-30") is None
    assert day_of("tomorrow") is None


def test_a_day_or_a_time_from_now_is_taken_and_nothing_else():
    when = Parameter("when", Kind.WHEN, "When")
    assert when.read("2027-03-01") == "2027-03-01"
    assert when.read("12H") == "12h"
    with pytest.raises(UserInputError, match="when is a day such as 2027-03-01"):
        when.read("2027-02-30")


@pytest.mark.parametrize("words", ["", "x" * 91])
def test_a_button_asks_something_that_a_platform_can_keep(words):
    with pytest.raises(ValueError, match="1 to 90 letters"):
        Button("Go", words)


SILENCE = replace(
    MUTE,
    parameters=(
        Parameter("what", Kind.CHOICE, "What kind of thing", required=True, choices=("outlet", "rule")),
        Parameter("name", Kind.NAME, "Its name", required=True, several=True),
        Parameter("time", Kind.TIME, "For how long"),
        Parameter("where", Kind.CHOICE, "Where", choices=("here", "everywhere")),
    ),
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("outlet The Harbour Ledger", {"name": "The Harbour Ledger"}),
        ("outlet The Harbour Ledger 7d here", {"name": "The Harbour Ledger", "time": "7d", "where": "here"}),
        ("outlet Ledger everywhere", {"name": "Ledger", "where": "everywhere"}),
        ("outlet Ledger here 7d", {"name": "Ledger", "time": "7d", "where": "here"}),
        ('outlet "Radio here" here', {"name": "Radio here", "where": "here"}),
    ],
)
def test_what_may_be_left_out_is_passed_over_and_a_name_goes_on_until_something_else_is_meant(text, values):
    assert SILENCE.read(text, terminal=False) == {"what": "outlet", **values}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('outlet "Harbour" Ledger', "time is a time such as 30m, 12h, 7d or 2w, ten years at most."),
        ("outlet Ledger here there", "mute takes at most 4 words after it, not 5."),
        ("outlet Ledger 7d here there", "mute takes at most 4 words after it, not 5."),
    ],
)
def test_what_is_too_much_or_fits_nothing_is_told(text, told):
    with pytest.raises(UserInputError) as caught:
        SILENCE.read(text, terminal=False)
    assert str(caught.value) == told
