"""``test`` posts a sample by the way of every message, into the place where it is asked and nowhere else."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.commands.asking import Role
from bot.core.deliveries import Action, DeliveryState, Outcome, Receipt, Scope
from bot.core.reasons import Reason


async def rows(rig):
    return await rig.store.deliveries(limit=10)


async def test_a_sample_is_a_row_that_the_drain_sends(rig):
    reply = await rig.ask("test", role=Role.EDITOR)
    assert reply.title == "A sample is on its way to this channel."
    (row,) = await rows(rig)
    assert (row.channel_id, row.action, row.state, row.reason) == ("team", Action.POST, DeliveryState.PENDING, Reason.SAMPLE)
    assert (row.story_id, row.story_ids, row.workspace_id) == (None, (), "file")
    assert row.message.headline.startswith("Test: ")
    assert "This is a test that somebody asked for here. It is no news." in row.message.notes
    assert rig.woken == 1
    await rig.send()
    (row,) = await rows(rig)
    assert (row.state, row.reason) == (DeliveryState.SENT, Reason.SAMPLE)
    assert rig.slack.taken == 1


async def test_one_sample_waits_at_a_time(rig, clock):
    await rig.ask("test", role=Role.OWNER)
    clock.advance(timedelta(seconds=1))
    assert (await rig.ask("test", role=Role.OWNER)).title == "A sample waits already."
    assert len(await rows(rig)) == 1
    await rig.send()
    clock.advance(timedelta(minutes=1))
    assert (await rig.ask("test", role=Role.OWNER)).title == "A sample is on its way to this channel."
    assert len(await rows(rig)) == 2


async def test_a_sample_asked_for_twice_within_a_minute_is_sent_once(rig):
    await rig.ask("test", role=Role.OWNER)
    await rig.send()
    again = await rig.ask("test", role=Role.OWNER)
    assert again.title == "This channel had a sample within this minute."
    assert len(await rows(rig)) == 1


async def test_two_people_who_ask_for_a_sample_at_one_instant_get_one_and_both_an_answer(rig):
    replies = await asyncio.gather(rig.ask("test", role=Role.EDITOR), rig.ask("test", role=Role.EDITOR))
    assert not [reply.title for reply in replies if reply.failed or reply.error]
    assert [row.reason for row in await rows(rig)] == [Reason.SAMPLE]


@pytest.mark.parametrize("place", [None, "D0000000001", "C0000000009"])
async def test_a_sample_needs_a_channel_that_is_configured(rig, place):
    reply = await rig.ask("test", place, role=Role.OWNER)
    assert reply.error
    assert reply.title == "test posts into the channel where it is asked, and this one is not configured."
    assert await rows(rig) == []


async def test_in_the_terminal_a_channel_is_named(rig, words):
    assert (await rig.ask("test", "terminal")).title == "test needs channel: The id of a channel."
    unknown = await rig.ask("test nowhere", "terminal")
    assert unknown.title == "The file declares no channel of that id. There are: team, other, guild, ops."
    assert "watchlamp watch test CHANNEL\nwatchlamp watch test team" in words(unknown)
    assert (await rig.ask("test #general", "terminal")).title.startswith("channel is the id of a channel")
    assert (await rig.ask("test ops", "terminal")).title == "A sample is on its way to ops."
    await rig.send()
    assert [(row["channel"], row["state"], row["reason"]) for row in rig.printed()] == [("ops", "sent", "sample")]
    assert "Test: Harbour City council" in rig.printed()[0]["text"]


async def test_a_channel_in_trouble_is_told_before_anybody_waits(rig, refused, words):
    rig.slack.receipt = refused(Scope.CHANNEL)
    await rig.ask("test", role=Role.EDITOR)
    await rig.send()
    rig.clock.advance(timedelta(minutes=1))
    waiting = await rig.ask("test", role=Role.EDITOR)
    assert waiting.title == "A sample waits already."
    (row,) = await rows(rig)
    await rig.store.drop(row.id, rig.clock.now())
    parked = words(await rig.ask("test", role=Role.EDITOR))
    assert "But nothing is sent there at present. The channel cannot be posted to" in parked


async def test_a_channel_that_was_asked_to_wait_is_told(rig, words):
    rig.slack.receipt = Receipt(Outcome.RETRY, retry_after=3_600)
    await rig.ask("test", role=Role.EDITOR)
    await rig.send()
    (row,) = await rows(rig)
    await rig.store.drop(row.id, rig.clock.now())
    rig.clock.advance(timedelta(minutes=1))
    assert "The platform asked us to wait until 13:00; it comes after that." in words(await rig.ask("test", role=Role.EDITOR))


async def test_why_of_a_sample_says_that_it_is_one(rig):
    reply = await rig.ask("why sample")
    assert reply.title == "That is a sample message: somebody asked for it with test. It is no news."


async def test_a_sample_takes_part_in_no_digest_of_news(make_rig, event, clock):
    rig = make_rig(digest="hourly")
    await rig.arrive(event("a", 0))
    await rig.ask("test", role=Role.EDITOR)
    await rig.send()
    assert rig.slack.taken == 1
