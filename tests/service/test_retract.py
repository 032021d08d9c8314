"""Taking a story back as the workspace has it: in its own channels, with what people merged, and anew when the world changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.clock import VirtualClock
from bot.core.errors import StoreError, UserInputError
from bot.core.outbox import Stale
from bot.service.regroup import Named, Person, Regrouper
from bot.service.retract import ATTEMPTS, Retractor

MORNING = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
OPERATOR = Person("file", "operator", ("team", "press"))
WHY = "The vote was postponed."


@pytest.fixture
def clock():
    return VirtualClock(MORNING)


@pytest.fixture
async def rig(make_rig, event):
    """Two stories that were told in two channels."""
    made = make_rig(channels=("team", "press"))
    await made.arrive(event("a", 0, MORNING), event("b", 1, MORNING))
    assert len(await made.send()) == 4
    made.clock.advance(timedelta(hours=1))
    return made


def retractor(rig, store=None):
    return Retractor(store or rig.store, channels=rig.channels, workspace_of=lambda channel: None, clock=rig.clock)


def edits(rows):
    return [(row["channel"], row["story_id"], row["reason"]) for row in rows]


async def test_a_story_is_taken_back_in_the_channels_of_the_workspace_alone(rig):
    story_id = await rig.story_of("a")
    done = await retractor(rig).take_back(replace(OPERATOR, channels=("press",)), Named(story_id), WHY)
    assert [row.channel_id for row in done.deliveries] == ["press"]
    assert done.change.after == ("withdrawn", WHY)
    assert done.change.number.startswith("c")
    (row,) = await rig.send()
    assert edits([row]) == [("press", story_id, "retracted")]
    assert WHY in row["text"]
    with pytest.raises(UserInputError, match="Nothing of it is taken back here"):
        await retractor(rig).put_back(replace(OPERATOR, channels=("team",)), Named(story_id), WHY)


async def test_what_people_merged_is_taken_back_as_one(rig):
    one, other = await rig.story_of("a"), await rig.story_of("b")
    regrouper = Regrouper(rig.store, rules=rig.rules, channels=rig.channels, workspace_of=lambda channel: None, clock=rig.clock)
    await regrouper.merge(OPERATOR, Named(one), Named(other))
    await rig.send()
    await retractor(rig).take_back(OPERATOR, Named(other, "b"), WHY)
    sent = await rig.send()
    assert {row["reason"] for row in sent} == {"retracted"}
    assert [row["channel"] for row in sent] == ["team", "press"]
    told = {row["story_id"] for row in sent}
    assert len(told) == 1
    assert told <= {one, other}


class Changing:
    """A store in which something is always committed in between, for so many times."""

    def __init__(self, store, times):
        self.store = store
        self.times = times

    def __getattr__(self, name):
        return getattr(self.store, name)

    async def commit_overlay(self, change, batch):
        if self.times:
            self.times -= 1
            raise Stale
        return await self.store.commit_overlay(change, batch)


async def test_what_changed_in_between_is_looked_at_again(rig):
    story_id = await rig.story_of("a")
    done = await retractor(rig, Changing(rig.store, 2)).take_back(OPERATOR, Named(story_id), WHY)
    assert len(done.deliveries) == 2
    with pytest.raises(StoreError, match="nothing was taken back"):
        await retractor(rig, Changing(rig.store, ATTEMPTS)).put_back(OPERATOR, Named(story_id), WHY)


async def test_an_unknown_story_is_refused(rig):
    with pytest.raises(UserInputError, match="no story of this id"):
        await retractor(rig).take_back(OPERATOR, Named("s00000000feed"), WHY)
