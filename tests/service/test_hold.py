"""While people hold a channel nothing is sent there; afterwards what waited comes as one message, or singly if it is little."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.changes import numbered
from bot.core.deliveries import DeliveryState
from bot.core.overlays import Audited
from bot.core.reasons import Reason
from bot.core.silences import Hold

HOUR = timedelta(hours=1)


@pytest.fixture
def hold(store, clock):
    """Holds channel ``team``; called again with its number, ends it."""

    async def change(number="h1", *, until=None, end=False, channel="team"):
        row = numbered(Audited("file", "operator", clock.now(), "hold", (number,), (), ()))
        made = () if end else [Hold(number, "file", channel, "operator", clock.now(), until)]
        await store.change_holds(made=made, ended=[number] if end else (), restored=(), audited=row)

    return change


async def came(rig, event, clock, *events):
    await rig.arrive(*(event(f"a{number}", number, clock.now()) for number in events))


async def test_news_is_planned_while_nothing_is_sent_and_a_few_stories_leave_singly(make_rig, event, clock, hold):
    rig = make_rig(channels=("team", "other"))
    await hold()
    await came(rig, event, clock, 0, 1, 2)
    assert {row["channel"] for row in await rig.send()} == {"other"}
    assert [row.state for row in await rig.store.pending("team")] == [DeliveryState.PENDING] * 3
    clock.advance(9 * HOUR)
    assert await rig.send() == []
    await hold(end=True)
    assert [row["action"] for row in await rig.send()] == ["post"] * 3, "three are no outage, however long they waited"
    assert await rig.store.holds_standing() == []


async def test_what_waited_behind_a_hold_comes_as_one_digest(make_rig, event, clock, hold):
    rig = make_rig()
    await hold()
    await came(rig, event, clock, 0, 1, 2, 3, 4)
    clock.advance(HOUR)
    await hold(end=True)
    (row,) = await rig.send()
    assert (row["action"], len(row["story_ids"])) == ("digest", 5)
    assert "These waited while nothing was to be posted here." in row["text"]
    assert [row.reason for row in rig.settled if row.state is DeliveryState.SKIPPED] == [Reason.IN_DIGEST] * 5
    assert await rig.send() == []


async def test_a_hold_ends_by_itself_at_its_time(make_rig, event, clock, hold):
    rig = make_rig()
    await hold(until=clock.now() + HOUR)
    await came(rig, event, clock, 0)
    clock.advance(HOUR - timedelta(seconds=1))
    assert await rig.send() == []
    clock.advance(timedelta(seconds=1))
    assert [row["action"] for row in await rig.send()] == ["post"]


async def test_while_another_hold_stands_the_channel_stays_silent(make_rig, event, clock, hold):
    rig = make_rig()
    await hold("h1", until=clock.now() + HOUR)
    await hold("h2")
    await came(rig, event, clock, 0)
    clock.advance(2 * HOUR)
    assert await rig.send() == []
    await hold("h2", end=True)
    assert [row["action"] for row in await rig.send()] == ["post"]


async def test_what_waited_for_the_morning_and_behind_a_hold_comes_in_one_message(make_rig, event, clock, hold):
    rig = make_rig(quiet_hours=(11 * 60, 13 * 60))  # the clock stands at noon
    await came(rig, event, clock, 0, 1)
    assert {row.reason for row in await rig.store.deliveries(limit=9)} == {Reason.QUIET_HOURS}
    await hold()
    clock.advance(2 * HOUR)
    await came(rig, event, clock, 2, 3)
    assert await rig.send() == []
    await hold(end=True)
    (row,) = await rig.send()
    assert (row["action"], len(row["story_ids"])) == ("digest", 4)


async def test_a_channel_with_digests_gets_its_digest_after_a_hold(make_rig, event, clock, hold):
    rig = make_rig(digest="hourly")
    await hold()
    await came(rig, event, clock, 0)
    clock.advance(2 * HOUR)
    assert await rig.send() == []
    await hold(end=True)
    assert [row["action"] for row in await rig.send()] == ["digest"]


async def test_what_grew_too_old_behind_a_hold_is_not_sent(make_rig, event, clock, hold):
    rig = make_rig(max_age=timedelta(days=2))
    await hold()
    await came(rig, event, clock, 0)
    clock.advance(timedelta(days=3))
    await hold(end=True)
    assert await rig.send() == []
    assert [row.reason for row in rig.settled] == [Reason.TOO_OLD]


async def test_the_end_of_a_hold_in_quiet_hours_lets_nothing_out_before_the_morning(make_rig, event, clock, hold):
    rig = make_rig(quiet_hours=(13 * 60, 15 * 60))
    await hold()
    await came(rig, event, clock, 0, 1, 2, 3)
    clock.advance(HOUR)
    await hold(end=True)
    assert await rig.send() == []
    clock.advance(2 * HOUR)
    (row,) = await rig.send()
    assert (row["action"], len(row["story_ids"])) == ("digest", 4)


async def test_a_hold_of_a_channel_that_is_configured_no_more_disturbs_nobody(make_rig, event, clock, hold):
    rig = make_rig()
    await hold(channel="gone", until=clock.now() + HOUR)
    clock.advance(2 * HOUR)
    await came(rig, event, clock, 0)
    assert [row["action"] for row in await rig.send()] == ["post"]
