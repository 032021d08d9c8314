"""News of a told story and reminders say what they hold, in the same words for every face."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.messages import ReminderMessage, Update, UpdateMessage
from bot.core.model import Precision
from bot.stories.promise_words import Kind
from bot.text import updates
from bot.text.inert import plain

NOW = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
NEWS = UpdateMessage(
    "s1",
    Update.DEVELOPMENT,
    "Vendor says contract stands",
    "https://ledger.example/a",
    "ledger.example",
    "Harbour Ledger",
    datetime(2026, 3, 10, 20, 40, tzinfo=UTC),
    ("The vendor said on Tuesday that the contract stands.",),
)
REMINDER = ReminderMessage(
    "s1",
    "Council pauses plate readers",
    None,
    None,
    due=NOW,
    date="2026-03-11",
    commitment="vote",
    sentence="The council votes again on 11 March.",
    outlet="Harbour Ledger",
    said=datetime(2026, 2, 1, tzinfo=UTC),
    asked=datetime(2026, 2, 2, 9, tzinfo=UTC),
    note="bring the letter",
)


def lines(message):
    return updates.sentences(message, plain, now=NOW, zone=ZONE)


@pytest.mark.parametrize("update", Update)
def test_every_kind_of_news_has_a_heading(update):
    assert updates.heading(replace(NEWS, update=update)) == updates.HEADINGS[update]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_commitment_is_told_in_words(kind):
    assert updates.what_is_due("2026-03-12", Precision.DAY, str(kind), NOW).startswith("Thu 12 March: ")


def test_a_date_that_is_not_exact_says_so_and_an_unknown_kind_says_nothing():
    assert updates.what_is_due("2027-06-10", Precision.APPROXIMATE, "", NOW) == "about 10 June 2027"


def test_a_development_quotes_its_report():
    assert lines(NEWS) == ["The vendor said on Tuesday that the contract stands."]


def test_a_changed_headline_tells_the_one_before():
    changed = replace(NEWS, update=Update.HEADLINE, before="Vendor loses contract", sentences=())
    assert lines(changed) == ["Before: Vendor loses contract"]


def test_a_commitment_tells_its_day_and_its_evidence_between_quotation_marks():
    found = replace(NEWS, update=Update.COMMITMENT, date="2026-06-10", precision=Precision.APPROXIMATE, commitment="expiry")
    assert lines(found) == ["About 10 June: it ends", '"The vendor said on Tuesday that the contract stands."']


def test_a_reminder_tells_what_falls_due_the_note_and_the_evidence():
    assert updates.heading(REMINDER) == "Reminder"
    assert lines(REMINDER) == [
        "Wed 11 March: a vote or decision is due",
        "Note: bring the letter",
        '"The council votes again on 11 March."',
    ]


def test_a_plain_reminder_tells_its_note_alone():
    assert lines(replace(REMINDER, date="", sentence="", note="")) == []


def test_who_said_it_when_and_where_stands_in_one_line():
    told = updates.who_and_when(NEWS, plain, where="ledger.example", zone=ZONE, now=NOW)
    assert told == "Harbour Ledger · ledger.example · Tue 10 March, 21:40 CET"
    assert "\u00a0" in updates.who_and_when(NEWS, plain, where="", zone=ZONE, now=NOW, narrow=True)
    assert updates.who_and_when(REMINDER, plain, where="", zone=ZONE, now=NOW) == (
        "Harbour Ledger · Sun 1 February · asked for on 2 February"
    )


def test_an_outlet_named_like_its_host_is_not_told_twice():
    named = replace(NEWS, outlet="ledger.example", published=None)
    assert updates.who_and_when(named, plain, where="ledger.example", zone=ZONE, now=NOW) == "ledger.example"
    assert updates.who_and_when(replace(REMINDER, outlet=None, said=None, asked=None), plain, where="", zone=ZONE, now=NOW) == ""


def test_a_locked_phone_shows_what_it_is_and_the_headline():
    assert updates.in_one_line(NEWS, plain, 140) == "New in this story: Vendor says contract stands"
    assert updates.in_one_line(replace(REMINDER, repeated=True, headline=""), plain, 140) == "Repeated: Reminder: Untitled article"
    assert len(updates.in_one_line(replace(NEWS, headline="x" * 500), plain, 140)) <= 140
