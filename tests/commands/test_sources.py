"""Sources: trouble first, with what to do; what each brought and when it is read; no address, and no name of a private one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.commands.sources import LISTED, TROUBLED
from bot.core.sources import SourceConfig, SourceState

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def declare(rig, *ids):
    rig.sources = tuple(SourceConfig(source_id, "feed", f"https://{source_id}.example/rss") for source_id in ids)


async def polled(rig, source_id, **changes):
    now = rig.clock.now()
    state = {"last_polled_at": now - MINUTE, "last_success_at": now - MINUTE, "next_due_at": now + 30 * MINUTE, **changes}
    await rig.store.save_source_states([SourceState(source_id, **state)])


def fields(reply):
    return dict(reply.sections[-1].fields)


async def test_without_a_source_it_says_who_adds_one(rig, words):
    assert "The operator adds them." in words(await rig.ask("sources"))
    assert "watchlamp sources test LINK" in words(await rig.ask("sources", "terminal"))


async def test_when_all_is_well_each_source_is_told_with_what_it_brought(rig, event):
    declare(rig, "gazette", "ledger", "new")
    await rig.come(event("a", 0, source_id="ledger"), event("b", 1, source_id="ledger"), event("c", 2, source_id="gazette"))
    await polled(rig, "gazette")
    await polled(rig, "ledger", last_success_at=rig.clock.now() - 2 * DAY, next_due_at=rig.clock.now())
    reply = await rig.ask("sources")
    assert reply.title == "3 sources, all of them do well"
    assert reply.sections[0].fields == (
        ("ledger", "2 entries in 7 days; read 2 days ago, due now"),
        ("gazette", "1 entry in 7 days; read 1 minute ago, next at 12:30"),
        ("new", "0 entries in 7 days; not read yet"),
    )
    assert reply.private


async def test_one_source_is_told_in_the_singular(rig):
    declare(rig, "gazette")
    await polled(rig, "gazette")
    assert (await rig.ask("sources")).title == "1 source, and it does well"


async def test_what_came_more_than_a_week_ago_does_not_count(rig, event):
    declare(rig, "ledger")
    await rig.come(event("a", 0, source_id="ledger"))
    rig.clock.advance(7 * DAY + MINUTE)
    await rig.come(event("b", 1, source_id="ledger"))
    await polled(rig, "ledger")
    assert fields(await rig.ask("sources"))["ledger"].startswith("1 entry in 7 days")


async def test_trouble_comes_first_with_its_reason_and_what_to_do(rig):
    declare(rig, "courier", "ledger", "page")
    since = rig.clock.now() - 3 * DAY
    failing = {"failing_since": since, "last_success_at": since, "next_due_at": rig.clock.now() + DAY}
    await polled(rig, "courier", failures=9, last_error="courier.example answered 403 (Forbidden).", trouble="403", **failing)
    await polled(rig, "page", failures=2, last_error="This is a web page, not a feed.", trouble="document", **failing)
    await polled(rig, "ledger")
    reply = await rig.ask("sources")
    assert reply.title == "3 sources, 2 to look at"
    assert reply.sections[0].heading == "Trouble"
    first, second = reply.sections[0].text.split("\n")
    assert first.startswith("courier is blocked since Sat 7 March, 12:00. courier.example answered 403 (Forbidden). Check its key")
    assert second.startswith("page is not a feed since Sat 7 March, 12:00. This is a web page, not a feed. Open its address")
    assert reply.sections[1].heading == "All of them"
    assert fields(reply)["courier"] == (
        "0 entries in 7 days; read 3 days ago, the last 9 tries failed, next on Wed 11 March, 12:00"
    )


async def test_a_single_failure_is_no_trouble_but_not_hidden(rig):
    declare(rig, "courier", "ledger")
    before = rig.clock.now() - DAY
    await polled(rig, "courier", failures=1, last_success_at=before, last_error="It is down.", trouble="connect")
    await polled(rig, "ledger")
    reply = await rig.ask("sources")
    assert reply.title == "2 sources, of which 1 failed at the last try"
    assert fields(reply)["courier"] == "0 entries in 7 days; read 1 day ago, the last try failed, next at 12:30"


async def test_no_address_is_shown_and_a_private_source_has_no_name(rig, words):
    rig.sources = (
        SourceConfig("inbox", "feed", "", url_secret=True),
        SourceConfig("paid", "feed", "https://paid.example/rss", secret="PAID"),
        SourceConfig("open", "feed", "https://open.example/rss"),
    )
    trouble = {"failures": 3, "last_error": "The server secret.example answered 500.", "trouble": "500"}
    for source in rig.sources:
        await polled(rig, source.id, **trouble)
    told = words(await rig.ask("sources"))
    assert "inbox" not in told
    assert "paid" not in told
    assert "/rss" not in told
    assert "PAID" not in told
    assert told.count("secret.example") == 1  # of the open one
    assert told.count("A private source is failing. The operator sees which and why.") == 2
    assert told.count("a private source = ") == 2
    assert "inbox is failing" in words(await rig.ask("sources", "terminal"))


async def test_long_lists_are_cut_in_a_chat_and_whole_in_the_terminal(rig):
    names = [f"s{number:02}" for number in range(LISTED + 5)]
    declare(rig, *names)
    for name in names[: TROUBLED + 2]:
        await polled(rig, name, failures=2, last_error="It is down.", trouble="connect")
    reply = await rig.ask("sources")
    assert reply.sections[0].text.split("\n")[TROUBLED:] == ["2 more have trouble."]
    assert len(reply.sections[1].fields) == LISTED
    assert reply.sections[2].text == "5 more brought less. The operator sees all: watchlamp sources list."
    assert len(fields(await rig.ask("sources", "terminal"))) == LISTED + 5


async def test_a_workspace_that_nothing_is_bound_to_sees_no_source(rig):
    declare(rig, "ledger")
    reply = await rig.ask("sources", "C0000000009", workspace_id="T9")
    assert reply.title == "Nothing of this installation belongs to this workspace."


@pytest.mark.parametrize("more", ["all", "5"])
async def test_it_takes_no_word_after_it(rig, more):
    reply = await rig.ask(f"sources {more}")
    assert reply.error
    assert reply.title == "sources takes no word after it, not 1."


async def test_items_are_counted_across_many_statements(rig, event, monkeypatch):
    monkeypatch.setattr("bot.store.asking._COUNTED_AT_ONCE", 2)
    await rig.come(*(event(f"old{n}", 0, source_id="old") for n in range(3)))
    rig.clock.advance(8 * DAY)
    await rig.come(*(event(f"a{n}", 0, source_id="a") for n in range(4)), event("b", 1, source_id="b"))
    assert await rig.store.items_by_source(rig.clock.now() - 7 * DAY) == {"a": 4, "b": 1}
    assert await rig.store.items_by_source(rig.clock.now() + DAY) == {}
    assert await rig.store.items_by_source(rig.clock.now() - 9 * DAY) == {"old": 3, "a": 4, "b": 1}
