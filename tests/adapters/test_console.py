"""The console adapter: what it prints, how it ends, what it makes of times, names and addresses."""

from __future__ import annotations

import errno
import fcntl
import io
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.adapters.console.card import card
from bot.adapters.console.notifier import CARD_WIDTH, ConsoleNotifier
from bot.adapters.console.render import delivery_line, render_text
from bot.core.clock import VirtualClock
from bot.core.deliveries import Action, DeliveryState, Outcome, Scope
from bot.core.messages import DigestMessage
from bot.core.model import Channel, ChannelSettings, Platform
from bot.core.reasons import Reason

CHANNEL = Channel("team", Platform.CONSOLE, "console:team", ChannelSettings(timezone="Europe/Berlin"))


def text_of(message, make, *, action=Action.POST, timezone="UTC", now=None):
    return render_text(message, action, timezone=timezone, now=now or make.now)


# ---------------------------------------------------------------- the text


def test_the_first_minute_of_a_story_as_text(make):
    assert text_of(make.plain, make) == (
        "Harbour City council votes to end licence-plate reader contract\n"
        "https://harbourledger.example/plates\n"
        "The council voted 6-3 on Tuesday night to let the licence-plate reader contract lapse on 30 June.\n"
        "Police had searched the records 11,400 times last year, a report to the council says.\n"
        "Harbour Ledger · harbourledger.example · Tue 10 March, 21:40 UTC\n"
        'Rule: plate readers · matched "licence-plate reader"'
    )


def test_three_hours_later_as_text(make):
    message = replace(
        make.plain,
        also=("A", "B", "C", "D"),
        independent=4,
        copies=1,
        follows=("Harbour City delays camera vote", datetime(2026, 2, 24, 9, 0, tzinfo=UTC)),
        notes=("paywalled: lead only",),
    )
    assert text_of(message, make, action=Action.EDIT, timezone="America/New_York").split("\n")[4:] == [
        "Harbour Ledger · harbourledger.example · Tue 10 March, 17:40 EDT · also A, B and 2 more (4 independent outlets, 1 copy)",
        'Rule: plate readers · matched "licence-plate reader"',
        "Follows: Harbour City delays camera vote (24 February)",
        "Note: paywalled: lead only",
        "Edited: this replaces the earlier message.",
    ]


def test_a_message_of_a_story_merged_away_points_to_the_one_that_goes_on(make):
    message = replace(make.plain, pointer="Council ends plate-reader contract")
    assert text_of(message, make).startswith("This story goes on as: Council ends plate-reader contract\nHarbour City council")


def test_a_page_without_an_address_an_outlet_or_a_date_says_only_what_is_known(make):
    message = replace(make.plain, url=None, host=None, outlet=None, published=None, rules=(), matched=(), sentences=())
    assert text_of(message, make) == make.plain.headline


def test_an_article_without_a_title_is_said_to_have_none(make):
    assert text_of(replace(make.plain, headline=" "), make).startswith("Untitled article\n")


@pytest.mark.parametrize(
    ("also", "independent", "copies", "shown"),
    [
        ((), 1, 0, ""),
        (("A",), 2, 0, " · also A (2 independent outlets)"),
        (("A",), 1, 1, " · also A (1 copy)"),
        (("A", "B"), 3, 2, " · also A and B (3 independent outlets, 2 copies)"),
        (("A", "B", "C"), 4, 0, " · also A, B and C (4 independent outlets)"),
        (("A", "B", "C", "D", "E"), 6, 0, " · also A, B and 3 more (6 independent outlets)"),
        ((), 1, 4, " · (4 copies)"),
    ],
)
def test_how_widely_it_was_reported(also, independent, copies, shown, make):
    message = replace(make.plain, also=also, independent=independent, copies=copies)
    assert text_of(message, make).split("\n")[4] == f"Harbour Ledger · harbourledger.example · Tue 10 March, 21:40 UTC{shown}"


@pytest.mark.parametrize(
    ("rules", "matched", "shown"),
    [
        ((("plates", ""),), (), "Rule: plates"),
        ((("a", "first"), ("b", "")), ("x", "y"), 'Rules: first and b · matched "x", "y"'),
        ((("a", "first"),), tuple("abcdefgh"), 'Rule: first · matched "a", "b", "c", "d" and 4 more'),
        ((), ("x",), 'matched "x"'),
    ],
)
def test_why_it_is_here(rules, matched, shown, make):
    assert text_of(replace(make.plain, rules=rules, matched=matched), make).split("\n")[-1] == shown


@pytest.mark.parametrize(
    ("published", "now", "zone", "shown"),
    [
        ("2026-03-10T21:40:00", "2026-03-11T01:00:00", "UTC", "Tue 10 March, 21:40 UTC"),
        ("2026-03-10T21:40:00", "2026-03-11T01:00:00", "Asia/Tokyo", "Wed 11 March, 06:40 JST"),
        ("2025-03-10T21:40:00", "2026-03-11T01:00:00", "UTC", "Mon 10 March 2025, 21:40 UTC"),
        ("2025-12-31T23:30:00", "2026-01-01T00:10:00", "UTC", "Wed 31 December 2025, 23:30 UTC"),
        ("2025-12-31T23:30:00", "2026-01-01T00:10:00", "Europe/Berlin", "Thu 1 January, 00:30 CET"),
        ("2020-06-10T00:00:00", "2026-03-11T01:00:00", "America/New_York", "Wed 10 June 2020"),  # a bare date
    ],
)
def test_times_are_told_by_the_channels_clock_with_the_year_only_where_it_is_not_this_one(published, now, zone, shown, make):
    message = replace(make.plain, published=datetime.fromisoformat(published).replace(tzinfo=UTC))
    told = text_of(message, make, timezone=zone, now=datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert told.split("\n")[4] == f"Harbour Ledger · harbourledger.example · {shown}"


def test_a_digest_as_text(make):
    wide = replace(make.plain, headline="Ferry cameras stay off", independent=3, also=("A", "B"))
    unlinked = replace(make.plain, url=None, published=None)
    digest = DigestMessage("Tuesday 10 March: 2 stories", (wide, unlinked), "Held during quiet hours: 2.")
    assert text_of(digest, make, action=Action.DIGEST) == (
        "Tuesday 10 March: 2 stories\n"
        "1. Ferry cameras stay off · 3 outlets · Tue 10 March, 21:40 · plate readers\n"
        "   https://harbourledger.example/plates\n"
        "2. Harbour City council votes to end licence-plate reader contract · Harbour Ledger · plate readers\n"
        "Held during quiet hours: 2."
    )


# ---------------------------------------------------------------- the row


def test_the_row_of_a_delivery_has_these_keys_and_no_others(make):
    row = delivery_line(make.delivery(make.plain), at=make.now, timezone="UTC", state=DeliveryState.SENT)
    assert row == {
        "event": "delivery",
        "at": "2026-03-11T01:00:00Z",
        "channel": "team",
        "action": "post",
        "story_id": "s1",
        "story_ids": [],
        "state": "sent",
        "reason": "new_story",
        "text": text_of(make.plain, make),
    }
    assert list(row) == ["event", "at", "channel", "action", "story_id", "story_ids", "state", "reason", "text"]


def test_the_row_of_a_digest_names_its_stories_and_no_story_of_its_own(make):
    digest = DigestMessage("Tuesday 10 March: 1 story", (make.plain,))
    row = delivery_line(make.delivery(digest, Action.DIGEST, state=DeliveryState.SENT), at=make.now, timezone="UTC")
    assert (row["story_id"], row["story_ids"], row["action"]) == (None, ["s1"], "digest")


@pytest.mark.parametrize("state", ["held", "skipped", "dead"])
def test_the_row_of_what_was_not_sent_says_so_in_the_same_words(state, make):
    delivery = make.delivery(make.plain, state=DeliveryState(state), reason=Reason.BASELINE)
    row = delivery_line(delivery, at=make.now, timezone="UTC")
    assert (row["state"], row["reason"], row["text"]) == (state, "baseline", text_of(make.plain, make))


def test_a_row_whose_words_are_not_kept_has_no_text(make):
    assert delivery_line(make.delivery(None), at=make.now, timezone="UTC")["text"] is None


async def test_in_jsonl_the_printed_line_is_the_row_and_nothing_else(make):
    stream = io.StringIO()
    await ConsoleNotifier(stream, VirtualClock(make.now), jsonl=True).deliver(make.delivery(make.plain), CHANNEL)
    line, rest = stream.getvalue().split("\n")
    assert rest == ""
    assert json.loads(line) == delivery_line(
        make.delivery(make.plain), at=make.now, timezone="Europe/Berlin", state=DeliveryState.SENT
    )


async def test_in_jsonl_words_are_utf_8_and_on_another_stream_ascii(make):
    message = replace(make.plain, headline="Überwachung")
    for encoding, expected in (("utf-8", "Überwachung"), ("ascii", "\\u00dcberwachung"), ("latin-1", "\\u00dcberwachung")):
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding)
        await ConsoleNotifier(stream, VirtualClock(make.now), jsonl=True).deliver(make.delivery(message), CHANNEL)
        assert expected.encode() in raw.getvalue()
        assert json.loads(raw.getvalue())["text"].startswith("Überwachung\n")


# ---------------------------------------------------------------- the card


def test_a_card_stays_within_its_width_and_names_its_channel_and_marks(make):
    message = replace(make.plain, repeated=True)
    shown = card(make.delivery(message, Action.EDIT), CHANNEL, now=make.now, width=60, colour=False)
    lines = shown.split("\n")[:-1]
    assert {len(line) for line in lines} == {60}
    assert lines[0].startswith("╭─ team · edited · repeated ─")


def test_on_a_terminal_with_colours_the_headline_is_the_link(make):
    shown = card(make.delivery(make.plain), CHANNEL, now=make.now, width=80, colour=True)
    assert "https://harbourledger.example/plates\x1b\\\x1b[1mHarbour City council" in shown
    assert shown.count("https://harbourledger.example/plates") == 1


def test_markup_in_a_message_stays_text(make):
    message = replace(make.plain, headline="[red]council[/red] :skull: [link=https://evil.example]x[/link]", matched=("[red]",))
    shown = card(make.delivery(message), CHANNEL, now=make.now, width=100, colour=True)
    assert "[red]council[/red] :skull: [link=https://evil.example]x[/link]" in shown


def test_a_row_without_a_message_has_no_card(make):
    assert card(make.delivery(None), CHANNEL, now=make.now, width=80, colour=False) == ""


async def test_a_terminal_that_knows_few_letters_gets_a_card_all_the_same(make):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    receipt = await ConsoleNotifier(stream, VirtualClock(make.now)).deliver(make.delivery(make.plain), CHANNEL)
    assert receipt.outcome is Outcome.ACCEPTED
    assert b"Harbour City council" in raw.getvalue()


def test_the_width_and_the_colours_are_those_of_the_terminal(make):
    parent, child = pty.openpty()
    with os.fdopen(child, "w") as terminal:
        os.set_blocking(parent, False)
        fcntl.ioctl(terminal.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", 24, 72, 0, 0))
        notifier = ConsoleNotifier(terminal, VirtualClock(make.now))
        assert (notifier._width, notifier._colour) == (72, True)
        fcntl.ioctl(terminal.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", 24, 300, 0, 0))
        assert ConsoleNotifier(terminal, VirtualClock(make.now))._width == CARD_WIDTH
    os.close(parent)
    plain_file = ConsoleNotifier(io.StringIO(), VirtualClock(make.now))
    assert (plain_file._width, plain_file._colour) == (CARD_WIDTH, False)


# ---------------------------------------------------------------- streams that fail


class Failing(io.StringIO):
    """A stream whose flush fails."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def flush(self):
        raise self.error


@pytest.mark.parametrize(
    ("error", "outcome", "scope", "detail"),
    [
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), Outcome.REJECTED, Scope.CHANNEL, "nobody reads this output any more"),
        (OSError(errno.ENOSPC, "No space left on device"), Outcome.UNKNOWN, None, "the output failed: No space left on device"),
        (OSError(), Outcome.UNKNOWN, None, "the output failed: OSError"),
    ],
)
async def test_what_a_failing_stream_means(error, outcome, scope, detail, make):
    receipt = await ConsoleNotifier(Failing(error), VirtualClock(make.now), jsonl=True).deliver(make.delivery(make.plain), CHANNEL)
    assert (receipt.outcome, receipt.scope, receipt.detail) == (outcome, scope, detail)


async def test_a_closed_stream_refuses_the_channel(make):
    stream = io.StringIO()
    notifier = ConsoleNotifier(stream, VirtualClock(make.now))
    stream.close()
    receipt = await notifier.deliver(make.delivery(make.plain), CHANNEL)
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.CHANNEL)


# ---------------------------------------------------------------- what it loads


def test_loading_the_console_adapter_loads_no_chat_platform():
    code = "import sys, bot.adapters.console.notifier; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "rich" in loaded
    assert loaded.isdisjoint({"slack_sdk", "slack_bolt", "discord", "aiohttp", "httpx", "sqlalchemy"})
