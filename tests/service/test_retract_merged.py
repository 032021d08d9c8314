"""A story that people took back and one that proves to be the same: nothing of either is told on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.clock import VirtualClock
from bot.core.deliveries import Action, DeliveryState
from bot.core.reasons import Reason
from bot.service.regroup import Named, Person
from bot.service.retract import Retractor

MORNING = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OPERATOR = Person("file", "operator", ("team",))
WHY = "The vote was postponed."
DATE = "\n\nThe contract will expire on June 30, 2026, the clerk said."


@pytest.fixture
def clock():
    return VirtualClock(MORNING)


@pytest.fixture
def bridge(event, clock):
    """An article that makes the stories of ``a`` and ``b`` one."""
    return lambda: event("bridge", 1, clock.now(), url="https://a.example/a")


async def take_back(rig, item_id, *, back=False):
    retractor = Retractor(rig.store, channels=rig.channels, workspace_of=lambda channel: None, clock=rig.clock)
    story = Named(await rig.story_of(item_id))
    await (retractor.put_back if back else retractor.take_back)(OPERATOR, story, WHY)
    return await rig.send()


async def rows(rig):
    return sorted(await rig.store.deliveries(limit=99), key=lambda row: row.sequence)


async def test_what_waits_of_a_story_that_proves_to_be_one_taken_back_is_not_posted(make_rig, event, clock, bridge):
    rig = make_rig(quiet_hours=(9 * 60, 22 * 60))
    await rig.arrive(event("a", 0, MORNING))
    await rig.send()
    await take_back(rig, "a")
    clock.advance(2 * HOUR)
    await rig.arrive(event("b", 1, clock.now()))
    clock.advance(MINUTE)
    await rig.arrive(bridge())
    clock.advance(14 * HOUR)
    assert await rig.send() == []
    (waited,) = [row for row in await rows(rig) if row.action is Action.POST and row.state is DeliveryState.SKIPPED]
    assert waited.reason is Reason.RETRACTED
    (put_back,) = await take_back(rig, "a", back=True)
    assert put_back["reason"] == "restored"
    assert await rig.send() == []


async def test_a_message_out_whose_story_proves_to_be_one_taken_back_becomes_a_pointer_without_its_replies(
    make_rig, event, clock, bridge
):
    rig = make_rig(group_interval=5 * MINUTE)
    await rig.arrive(event("a", 0, MORNING))
    await rig.send()
    await take_back(rig, "a")
    await rig.arrive(event("b", 1, clock.now(), content_text=event("b", 1, MORNING).content_text + DATE))
    await rig.send()
    clock.advance(MINUTE)
    await rig.arrive(bridge())
    clock.advance(HOUR)
    (pointer,) = await rig.send()
    assert (pointer["action"], pointer["reason"]) == ("edit", "merged")
    replies = [(row.state, row.reason) for row in await rows(rig) if row.action is Action.REPLY]
    assert set(replies) <= {(DeliveryState.SKIPPED, Reason.RETRACTED)}
    assert replies, "a date waited under the younger message"


async def test_taking_back_a_story_whose_younger_message_is_yet_to_point_leaves_no_message_in_full(make_rig, event, clock, bridge):
    rig = make_rig(group_interval=5 * MINUTE)
    await rig.arrive(event("a", 0, MORNING), event("b", 1, MORNING))
    posted = {row["story_id"] for row in await rig.send()}
    clock.advance(MINUTE)
    await rig.arrive(bridge())
    sent = await take_back(rig, "a")
    clock.advance(HOUR)
    sent += await rig.send()
    assert {row["story_id"] for row in sent} == posted
    assert sorted(row["reason"] for row in sent) == ["merged", "retracted"]
    (restored,) = await take_back(rig, "a", back=True)
    assert restored["reason"] == "restored"
