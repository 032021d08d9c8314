"""A lost answer is looked for by Discord's own clock, whatever ours says or is set to meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.discord.limits import NONCE_MEMORY
from bot.adapters.discord.theirtime import TheirTime
from bot.core.clock import VirtualClock
from bot.core.deliveries import Action, Outcome

POST, FORUM_POST = "POST /channels/{channel_id}/messages", "POST /channels/{channel_id}/threads"
LATER = NONCE_MEMORY + timedelta(minutes=8)


class OurClock:
    """Goes as the stand-in's does, and is set to what it is set to."""

    def __init__(self, clock):
        self._clock = clock
        self.ahead = timedelta(0)

    def now(self):
        return self._clock.now() + self.ahead

    def monotonic(self):
        return self._clock.monotonic()


@pytest.fixture
def ours(clock):
    return OurClock(clock)


@pytest.fixture
def row(make, ours):
    """A delivery that was written when it is made, by our clock."""

    def built(message=None, action=Action.POST, **changes):
        moment = {"created_at": ours.now(), "updated_at": ours.now(), "not_before": ours.now()}
        return make.delivery(message or make.plain, action, **(moment | changes))

    return built


AHEAD = [timedelta(minutes=4), timedelta(hours=14), timedelta(days=3653), timedelta(hours=-5)]


@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_message_whose_answer_is_lost_is_found_wherever_our_clock_stands(
    connected, discord_standin, discord_parts, place, clock, ours, to, row, ahead, restarted
):
    ours.ahead = ahead
    connection = await connected(clock=ours)
    lost = row()
    discord_standin.fault(POST, discord_parts.Cut())
    assert (await connection.notifier.deliver(lost, to(place))).outcome is Outcome.UNKNOWN
    clock.advance(LATER)
    if restarted:
        connection = await connected(clock=ours)
    (message,) = place.messages.values()
    found = await connection.notifier.find(replace(lost, updated_at=ours.now()), to(place))
    assert (found.outcome, found.message_ref) == (Outcome.ACCEPTED, f"{place.id}/{message.id}")
    again = await connection.notifier.deliver(replace(lost, attempt=2), to(place))
    assert (again.outcome, again.message_ref) == (Outcome.ACCEPTED, f"{place.id}/{message.id}")
    assert len(place.messages) == 1


@pytest.mark.parametrize("ahead", AHEAD)
async def test_what_never_arrived_is_certainly_not_there_wherever_our_clock_stands(
    connected, discord_standin, discord_parts, place, clock, ours, to, row, ahead
):
    ours.ahead = ahead
    notifier = (await connected(clock=ours)).notifier
    await notifier.deliver(row(id="d0"), to(place))
    clock.advance(LATER)
    lost = row()
    discord_standin.fault(POST, discord_parts.Cut(accepted=False))
    assert (await notifier.deliver(lost, to(place))).outcome is Outcome.UNKNOWN
    clock.advance(LATER)
    found = await notifier.find(lost, to(place))
    assert (found.outcome, found.detail) == (Outcome.RETRY, "it is not there")


@pytest.mark.parametrize("step", [timedelta(hours=5), timedelta(hours=-5), timedelta(days=-9000)])
async def test_a_clock_that_is_set_between_the_try_and_the_question_changes_nothing(
    connected, discord_standin, discord_parts, place, clock, ours, to, row, step
):
    notifier = (await connected(clock=ours)).notifier
    lost, never = row(), row(id="d2")
    discord_standin.fault(POST, discord_parts.Cut())
    assert (await notifier.deliver(lost, to(place))).outcome is Outcome.UNKNOWN
    discord_standin.fault(POST, discord_parts.Cut(accepted=False))
    assert (await notifier.deliver(never, to(place))).outcome is Outcome.UNKNOWN
    clock.advance(LATER)
    ours.ahead += step
    (message,) = place.messages.values()
    assert (await notifier.find(lost, to(place))).message_ref == f"{place.id}/{message.id}"
    notifier.exclude(never.id, {f"{place.id}/{message.id}"})
    assert (await notifier.find(never, to(place))).detail == "it is not there"
    assert (await notifier.deliver(replace(lost, attempt=2), to(place))).message_ref == f"{place.id}/{message.id}"


@pytest.mark.parametrize("readable", [True, False])
async def test_after_a_restart_with_a_clock_that_was_set_back_nothing_is_claimed_that_nobody_knows(
    connected, discord_standin, discord_parts, place, clock, ours, to, row, readable, monkeypatch
):
    monkeypatch.setattr("bot.adapters.discord.finding.PAGE", 2)
    monkeypatch.setattr("bot.adapters.discord.finding.PAGES", 2)
    ours.ahead = timedelta(hours=14)
    first = (await connected(clock=ours)).notifier
    for number in range(5):
        await first.deliver(row(id=f"before {number}"), to(place))
    lost, never = row(), row(id="d2")
    discord_standin.fault(POST, discord_parts.Cut())
    await first.deliver(lost, to(place))
    clock.advance(LATER)
    ours.ahead = timedelta(0)
    if not readable:
        discord_standin.world.deny(place, discord_parts.world.may.READ_MESSAGE_HISTORY)
    second = (await connected(clock=ours)).notifier
    for number, other in enumerate(place.messages):
        if number < 5:
            second.exclude(lost.id, second._tries.taken(lost.id) | {f"{place.id}/{other}"})
        second.exclude(never.id, second._tries.taken(never.id) | {f"{place.id}/{other}"})
    found = await second.find(lost, to(place))
    assert found is None if not readable else found.outcome is Outcome.ACCEPTED
    assert await second.find(never, to(place)) is None


async def test_a_short_history_is_read_to_its_beginning_where_nobody_knows_the_hour(connected, place, clock, ours, to, row):
    ours.ahead = timedelta(hours=14)
    await (await connected(clock=ours)).notifier.deliver(row(id="d0"), to(place))
    never = row()
    ours.ahead = timedelta(0)
    notifier = (await connected(clock=ours)).notifier
    (other,) = place.messages
    notifier.exclude(never.id, {f"{place.id}/{other}"})
    assert (await notifier.find(never, to(place))).detail == "it is not there"


@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.parametrize("back", [False, True])
async def test_a_forum_post_whose_answer_is_lost_is_found_wherever_our_clock_stands(
    connected, discord_standin, discord_parts, forum, clock, ours, to, row, ahead, back
):
    ours.ahead = ahead
    notifier = (await connected(clock=ours)).notifier
    lost = row()
    discord_standin.fault(FORUM_POST, discord_parts.Cut())
    assert (await notifier.deliver(lost, to(forum))).outcome is Outcome.UNKNOWN
    clock.advance(LATER)
    if back:
        ours.ahead = timedelta(0)
    (thread,) = discord_standin.world.threads(forum)
    assert (await notifier.find(lost, to(forum))).message_ref == f"{thread.id}/{thread.id}"
    assert (await notifier.deliver(replace(lost, attempt=2), to(forum))).message_ref == f"{thread.id}/{thread.id}"


async def test_where_the_history_may_not_be_read_a_clock_ahead_does_not_make_a_channel_silent(
    connected, discord_standin, discord_parts, place, clock, ours, to, row
):
    discord_standin.world.deny(place, discord_parts.world.may.READ_MESSAGE_HISTORY)
    ours.ahead = timedelta(hours=14)
    notifier = (await connected(clock=ours)).notifier
    lost = row()
    discord_standin.fault(POST, discord_parts.Cut())
    assert (await notifier.deliver(lost, to(place))).outcome is Outcome.UNKNOWN
    clock.advance(LATER)
    assert await notifier.find(lost, to(place)) is None


async def test_what_was_said_since_a_copy_is_recalled_by_discords_clock_too(connected, place, clock, ours, to, row):
    ours.ahead = timedelta(hours=14)
    notifier = (await connected(clock=ours)).notifier
    since = ours.now()
    clock.advance(timedelta(minutes=5))
    sent = row()
    ref = (await notifier.deliver(sent, to(place))).message_ref
    assert (await notifier.recall(sent, to(place), since, ())).message_ref == ref


# ---------------------------------------------------------------- their time


def test_until_discord_has_said_the_time_and_where_it_says_nonsense_ours_stands_in():
    ours = VirtualClock(datetime(2026, 3, 10, 12, tzinfo=UTC))
    theirs = TheirTime(ours)
    assert theirs.now() == ours.now()
    theirs.heard({})
    theirs.heard({"Date": "yesterday"})
    assert theirs.now() == ours.now()
    theirs.heard({"Date": "Tue, 10 Mar 2026 09:00:00 GMT"})
    ours.advance(timedelta(seconds=90))
    assert theirs.now() == datetime(2026, 3, 10, 9, 1, 30, tzinfo=UTC)
    theirs.heard({"Date": "Tue, 10 Mar 2026 09:02:00 -0000"})
    assert theirs.now() == datetime(2026, 3, 10, 9, 2, tzinfo=UTC)


def test_a_clock_that_is_put_right_little_by_little_was_not_set_back():
    ours = VirtualClock(datetime(2026, 3, 10, 12, tzinfo=UTC))
    theirs = TheirTime(ours)
    assert theirs.of(ours.now() + timedelta(seconds=5)).theirs == ours.now()
    assert theirs.of(ours.now() + timedelta(hours=1)).theirs is None
    assert theirs.age(theirs.of(ours.now() + timedelta(hours=1))) == timedelta.max
