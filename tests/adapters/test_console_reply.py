"""The answer to a command in a terminal: the same words with and without colour, and nothing a terminal obeys."""

from __future__ import annotations

import re

import pytest

from bot.adapters.console.reply import reply_drawn, reply_text
from bot.commands.reply import Link, Reply, Section

COLOUR = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")


@pytest.fixture
def reply(make):
    sections = (
        Section("Rule", "licence: found in the title\n- plate: not found", strong=("licence",)),
        Section(fields=(("Sources", "43"), ("Last poll", "11:59"))),
        Section(links=(Link("Its headline", "https://a.example/a"), Link("Only words", "javascript:alert(1)"))),
        Section("For example", code="/watch latest 3\n/watch help"),
    )
    return Reply("Posted because", sections, (make.plain,))


def test_an_answer_as_text(reply, make):
    assert reply_text(reply, timezone="Europe/Berlin", now=make.now).split("\n") == [
        "Posted because",
        "",
        "Rule",
        "licence: found in the title",
        "- plate: not found",
        "",
        "  Sources    43",
        "  Last poll  11:59",
        "",
        "Its headline",
        "  https://a.example/a",
        "Only words",
        "",
        "For example",
        "  /watch latest 3",
        "  /watch help",
        "",
        "Harbour City council votes to end licence-plate reader contract",
        "https://harbourledger.example/plates",
        "The council voted 6-3 on Tuesday night to let the licence-plate reader contract lapse on 30 June.",
        "Police had searched the records 11,400 times last year, a report to the council says.",
        "Harbour Ledger · harbourledger.example · Tue 10 March, 22:40 CET",
        'Rule: plate readers · matched "licence-plate reader"',
        "",
    ]


def test_with_colours_the_words_are_the_same(reply, make):
    drawn = reply_drawn(reply, timezone="Europe/Berlin", now=make.now, width=200)
    assert COLOUR.sub("", drawn) == reply_text(reply, timezone="Europe/Berlin", now=make.now)
    assert "\x1b[1m" in drawn
    assert "https://a.example/a\x1b\\" in drawn  # the terminal's own link


def test_an_answer_keeps_to_the_width_of_the_terminal(reply, make):
    drawn = COLOUR.sub("", reply_drawn(reply, timezone="UTC", now=make.now, width=60))
    assert max(map(len, drawn.splitlines())) <= 60


def test_the_words_found_are_pointed_out(make):
    drawn = reply_drawn(Reply("x", (Section(text="end the licence", strong=("licence",)),)), timezone="UTC", now=make.now, width=80)
    assert "end the \x1b[1;33mlicence\x1b[0m" in drawn


def test_markup_and_sequences_of_a_terminal_do_nothing(make):
    hostile = "[bold red]x[/] \x1b[31m\x1b]8;;https://evil.example\x07y :smile:"
    text = reply_text(Reply(hostile, (Section(hostile, hostile, code=hostile),)), timezone="UTC", now=make.now)
    assert "\x1b" not in text
    drawn = reply_drawn(Reply(hostile), timezone="UTC", now=make.now, width=80)
    assert "[bold red]x[/]" in drawn
    assert ":smile:" in drawn
    assert "evil" not in drawn
