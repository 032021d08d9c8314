"""Status: trouble first, with since when and what to do; a workspace hears of its own channels alone."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from bot.commands.asking import Role
from bot.commands.moments import at, span
from bot.commands.reasons import ADVICE, HAPPENED
from bot.core.deliveries import Outcome, Receipt, Scope
from bot.core.reasons import Reason
from bot.core.sources import SourceConfig, SourceState

MINUTE = timedelta(minutes=1)


def facts(reply):
    return dict(reply.sections[-1].fields)


async def polled(rig, source_id, **changes):
    now = rig.clock.now()
    state = {"last_polled_at": now - MINUTE, "last_success_at": now - MINUTE, "next_due_at": now + 30 * MINUTE, **changes}
    await rig.store.save_source_states([SourceState(source_id, **state)])


def declare(rig, *ids):
    rig.sources = tuple(SourceConfig(source_id, "feed", f"https://{source_id}.example/rss") for source_id in ids)


async def test_when_all_is_well_it_says_so_and_how_it_knows(rig, event):
    declare(rig, "gazette", "ledger")
    await polled(rig, "gazette")
    await polled(rig, "ledger", last_polled_at=rig.clock.now() - 5 * MINUTE)
    await rig.arrive(event("a", 0))
    await rig.come(event("b", 1))
    reply = await rig.ask("status")
    assert reply.title == "All is well."
    assert facts(reply) == {
        "Sources": "2",
        "Last poll": "11:59 (1 minute ago)",
        "Articles waiting to be read": "1",
        "Messages": "1 to be sent",
        "Rules posting here": "1",
        "Version": "1.2.3",
    }


async def test_before_the_first_poll(rig):
    declare(rig, "gazette")
    reply = await rig.ask("status", "terminal")
    assert facts(reply)["Sources"] == "1, 1 not polled yet"
    assert facts(reply)["Last poll"] == "never"
    assert facts(reply)["Live rules"] == "2"


async def test_a_failing_source_is_told_with_its_trouble_and_since_when(rig):
    declare(rig, "courier", "ledger", "new")
    now = rig.clock.now()
    yesterday = now - timedelta(hours=26)
    await polled(rig, "courier", failures=14, last_success_at=yesterday, last_error="The server answered 403.")
    await polled(rig, "ledger")
    await polled(rig, "new", failures=1, last_success_at=None, last_error="No such host", next_due_at=now)
    reply = await rig.ask("status")
    assert reply.title == "2 things to look at"
    first, second = reply.sections[0].text.split("\n")
    assert first == (
        "Source courier fails (14 polls in a row; it worked last on Mon 9 March, 10:00). The server answered 403. "
        "It is tried again at 12:30."
    )
    assert second == "Source new fails (1 poll; it has never worked). No such host."
    assert facts(reply)["Sources"] == "3, 2 failing"


async def test_a_source_with_a_secret_is_named_to_the_operator_alone(rig, event, words):
    rig.sources = (
        SourceConfig("inbox", "feed", "", url_secret=True),
        SourceConfig("paid", "feed", "https://paid.example/rss", secret="PAID"),
    )
    await rig.arrive(event("a", 0, source_id="inbox"))
    await polled(rig, "inbox", failures=2, last_error="The server secret.example answered 500.")
    await polled(rig, "paid", failures=1, last_error="The server paid.example answered 500.")
    for question in ("status", "why https://a.example/a", "why https://paid.example/story"):
        told = words(await rig.ask(question, role=Role.OWNER))
        assert "inbox" not in told
        assert "Source paid" not in told
        assert "secret.example" not in told
    assert "A private source fails (2 polls in a row" in words(await rig.ask("status"))
    assert "from a private source." in words(await rig.ask("why https://a.example/a"))
    assert "Source inbox fails" in words(await rig.ask("status", "terminal"))
    assert 'from "inbox".' in words(await rig.ask("why https://a.example/a", "terminal"))
    assert "Source paid reads this site" in words(await rig.ask("why https://paid.example/story", "terminal"))


async def test_many_failing_sources_are_counted(rig):
    declare(rig, *(f"s{number:02}" for number in range(13)))
    for source in rig.sources:
        await polled(rig, source.id, failures=1, last_error="It is down.")
    lines = (await rig.ask("status")).sections[0].text.split("\n")
    assert len(lines) == 11
    assert lines[-1] == "3 more sources fail."


async def test_sources_that_nobody_polls_are_told(rig, words):
    declare(rig, "gazette", "ledger")
    await polled(rig, "gazette", next_due_at=rig.clock.now() - 11 * MINUTE)
    await polled(rig, "ledger", next_due_at=rig.clock.now() + MINUTE)
    told = words(await rig.ask("status", "terminal"))
    assert "1 of 2 sources are overdue, the first since 11:49. Does the bot run (watchlamp run)?" in told
    rig.clock.advance(timedelta(hours=1))
    assert "No source is polled: all are overdue, the first since 11:49." in words(await rig.ask("status", "terminal"))


async def test_a_parked_channel_and_what_was_given_up_are_told(rig, event, refused, words):
    rig.slack.receipt = refused(Scope.CONTENT)
    await rig.arrive(event("a", 0))
    await rig.send()
    rig.slack.receipt = refused(Scope.CHANNEL)
    await rig.arrive(event("b", 1))
    await rig.send()
    reply = await rig.ask("status")
    told = words(reply)
    assert reply.title == "2 things to look at"
    assert "Nothing is sent to team. The channel cannot be posted to: it is archived" in told
    assert "Invite the bot, or change the channel; it is tried again at every start, and by itself every few hours." in told
    assert "1 message is given up. The operator can look into the outbox." in told
    assert facts(reply)["Messages"] == "1 to be sent, 1 given up"
    assert "watchlamp outbox list --state dead" in words(await rig.ask("status", "terminal"))


async def test_a_channel_whose_platform_takes_nothing_is_told_with_its_next_try(rig, event, clock):
    rig.slack.receipt = Receipt(Outcome.RETRY, retry_after=600, detail="rate limited")
    await rig.arrive(event("a", 0))
    await rig.send()
    reply = await rig.ask("status")
    (line,) = reply.sections[0].text.split("\n")
    assert line.startswith("Nothing is sent to team before 12:10: ")
    assert "rate limited" in line
    (row,) = await rig.store.pending("team")
    await rig.store.drop(row.id, clock.now())
    assert (await rig.ask("status")).sections[0].text == "Nothing is sent to team before 12:10."
    clock.advance(10 * MINUTE)
    assert (await rig.ask("status")).title == "All is well."


async def test_messages_in_doubt_are_told(make_rig, event, words):
    rig = make_rig()
    rig.slack.receipt = Receipt(Outcome.UNKNOWN)
    await rig.arrive(event("a", 0), event("b", 1))
    await rig.store.claim_next("team", now=rig.clock.now(), lease=MINUTE, token="t")
    await rig.store.take_in_doubt(rig.clock.now(), all_sending=True)
    assert "1 message is in doubt." in words(await rig.ask("status"))


async def test_another_workspace_hears_nothing_of_these_channels(rig, event, refused, words):
    rig.slack.receipt = refused(Scope.CHANNEL)
    await rig.arrive(event("a", 0))
    await rig.send()
    reply = await rig.ask("status", "guild", role=Role.OWNER)
    assert reply.title == "All is well."
    assert "team" not in words(reply)
    assert facts(reply)["Messages"] == "nothing waits"


def test_spans_are_one_figure():
    seconds = (0, -5, 1, 59, 60, 3_599, 7_200, 86_400, 200_000)
    assert [span(timedelta(seconds=number)) for number in seconds] == [
        "0 seconds", "0 seconds", "1 second", "59 seconds", "1 minute", "59 minutes", "2 hours", "1 day", "2 days",
    ]  # fmt: skip


def test_times_of_today_have_no_day(rig):
    zone = rig.clock.now().tzinfo
    assert at(rig.clock.now(), zone, rig.clock.now()) == "at 12:00"
    assert at(rig.clock.now() - timedelta(days=3), zone, rig.clock.now()) == "on Sat 7 March, 12:00"


def test_reasons_are_told_in_the_words_of_their_page():
    page = (Path(__file__).resolve().parents[2] / "docs" / "reasons.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| ?(.*?) ?\|$", page, re.MULTILINE)
    assert {Reason(name): happened.replace("`", "") for name, happened, _ in rows} == HAPPENED
    assert {Reason(name): advice.replace("`", "") for name, _, advice in rows if advice} == ADVICE
