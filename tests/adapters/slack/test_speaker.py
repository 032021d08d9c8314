"""Answers to people: what Slack turned away or lost comes once more, no sooner than Slack said, and nothing is shown twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.adapters.slack import speaker
from bot.adapters.slack.connection import SlackConnection
from bot.adapters.slack.listeners import Place
from bot.commands.reply import Reply
from bot.core.clock import SystemClock

ALERTS = "C0000000001"


@pytest.fixture
async def real(parts, tools):
    """Slack on the machine's clock, for waits that are waited; one message a second in a channel after the first two."""
    async with tools.judged(parts, SystemClock(), burst=2) as standin:
        yield standin


@pytest.fixture
def person(parts, real):
    return parts.Person(real)


async def test_a_mentions_answer_that_is_met_by_a_limit_comes_when_the_limit_is_over(real, answering, person, tools):
    real.fault("chat.postEphemeral", "ratelimited", retry_after=1)
    async with tools.connected(real, SystemClock(), answering):
        await person.mention("help")
        await person.until(lambda: real.world.ephemerals, "the answer")
    assert [request.status for request in real.calls("chat.postEphemeral")] == [429, 200]


@pytest.mark.parametrize(("kind", "details"), [("status", {"status": 500}), ("cut", {}), ("status", {"status": 429})])
async def test_a_commands_answer_that_gets_lost_is_sent_once_more(real, answering, person, tools, kind, details, monkeypatch):
    monkeypatch.setattr(speaker, "PAUSE", 0.01)
    real.fault("response_url", kind, **details)
    async with tools.connected(real, SystemClock(), answering):
        await person.slash("help")
        await person.until(lambda: real.world.ephemerals, "the answer")
    assert len(real.calls("response_url")) == 2


async def test_many_who_ask_at_once_all_hear_the_answer_and_no_limit_is_overrun(real, answering, person, tools):
    answering.reply = replace(answering.reply, private=False)
    async with tools.connected(real, SystemClock(), answering):
        for _ in range(4):
            await person.mention("latest show", wait=False)
        await person.until(lambda: len(real.posts()) == 4, "four answers")


async def test_what_all_see_is_not_repeated_where_it_may_have_arrived(real, answering, person, tools, monkeypatch):
    monkeypatch.setattr(speaker, "PAUSE", 0.01)
    answering.reply = replace(answering.reply, private=False)
    real.fault("chat.postMessage", "cut", commit=True)
    real.fault("response_url", "status", status=500)
    async with tools.connected(real, SystemClock(), answering):
        await person.mention("latest show")
        await person.until(lambda: real.calls("chat.postMessage"), "the answer's call")
        await person.slash("latest show")
        await person.until(lambda: real.calls("response_url"), "the answer's call")
        await asyncio.sleep(0.2)  # a repeat would have come
    assert (len(real.posts()), len(real.calls("chat.postMessage")), len(real.calls("response_url"))) == (1, 1, 1)


async def test_what_all_see_is_repeated_where_it_was_never_shown(real, answering, person, tools):
    answering.reply = replace(answering.reply, private=False)
    real.fault("chat.postMessage", "ratelimited", retry_after=1)
    async with tools.connected(real, SystemClock(), answering):
        await person.mention("latest show")
        await person.until(real.posts, "the answer")
    assert [request.status for request in real.calls("chat.postMessage")] == [429, 200]


async def test_a_pause_longer_than_anybody_waits_ends_the_answer_and_those_after_it(real, answering, person, tools):
    real.fault("chat.postEphemeral", "ratelimited", retry_after=61)
    async with tools.connected(real, SystemClock(), answering) as connection:
        await person.mention("help")
        await person.until(lambda: real.calls("chat.postEphemeral"), "the answer's call")
        await person.mention("help")
        await person.until(lambda: len(answering.asks) == 2 and not connection._tasks, "both given up")
    assert len(real.calls("chat.postEphemeral")) == 1


async def test_a_refusal_is_not_repeated(real, answering, person, tools, monkeypatch):
    monkeypatch.setattr(speaker, "PAUSE", 0.01)
    real.fault("chat.postEphemeral", "error", error="user_not_in_channel")
    async with tools.connected(real, SystemClock(), answering) as connection:
        await person.mention("help")
        await person.until(lambda: real.calls("chat.postEphemeral") and not connection._tasks, "the refusal")
    assert len(real.calls("chat.postEphemeral")) == 1


async def test_the_second_failure_ends_it(real, answering, person, tools, monkeypatch):
    monkeypatch.setattr(speaker, "PAUSE", 0.01)
    real.fault("response_url", "status", status=500, times=2)
    async with tools.connected(real, SystemClock(), answering) as connection:
        await person.slash("help")
        await person.until(lambda: len(real.calls("response_url")) == 2 and not connection._tasks, "both tries")
    assert real.world.ephemerals == []


async def test_places_are_forgotten_before_they_are_too_many_but_never_one_in_use(slack, clock, tools, monkeypatch):
    monkeypatch.setattr(speaker, "MOST_LANES", 2)
    speaks = SlackConnection(tools.settings(slack), clock=clock)._speaker
    first = speaks._lane(Place("D1", "U1", direct=True), Reply("x"))
    first.turn._locked = True
    for number in range(2, 9):
        speaks._lane(Place(f"D{number}", "U1", direct=True), Reply("x"))
    assert len(speaks._lanes) <= 3
    assert speaks._lane(Place("D1", "U1", direct=True), Reply("x")) is first


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("30", 30.0), ("0", speaker.PAUSE), ("", speaker.PAUSE), ("soon", speaker.PAUSE), ("9" * 20, speaker.PAUSE)],
)
def test_a_pause_is_taken_as_slack_says_it(told, seconds):
    assert speaker._pause({"Retry-After": told}) == seconds
