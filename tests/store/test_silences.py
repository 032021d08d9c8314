"""Mutes, holds, follows and reminders, kept: with their audit rows, of their own workspace, and carried over by merges."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.changes import numbered
from bot.core.deliveries import Action, DeliveryState
from bot.core.members import member_key
from bot.core.messages import ReminderMessage
from bot.core.outbox import Stale
from bot.core.overlays import Audited
from bot.core.reasons import Reason
from bot.core.reminders import Reminder
from bot.core.silences import Hold, Mute, Silenced

HOUR = timedelta(hours=1)
WORKSPACE = "slack:T1"


@pytest.fixture
def audited(now):
    """Makes an audit row."""
    return lambda what, at=now, workspace=WORKSPACE: numbered(Audited(workspace, "U1", at, what, (), (), ()))


@pytest.fixture
def mute(now):
    """Makes a mute of a rule in every channel of the workspace, for two hours."""

    def make(number, **changes):
        plain = Mute(
            f"m{number}",
            WORKSPACE,
            Silenced.RULE,
            "cameras",
            "Cameras",
            None,
            "U1",
            now + timedelta(minutes=number),
            now + 2 * HOUR,
            ("team",),
        )
        return replace(plain, **changes)

    return make


@pytest.fixture
def reminder(now):
    """Makes a reminder due in an hour."""

    def make(number, **changes):
        message = ReminderMessage("s1", "Headline", None, None, changes.pop("due", now + HOUR), note="look again")
        return replace(Reminder(f"r{number}", WORKSPACE, "team", "s1", message, "key", now), **changes)

    return make


async def test_a_mute_is_in_force_until_its_end_or_until_a_person_ends_it(store, mute, audited, now):
    first, lasting = mute(1), mute(2, until=None, channel_id="team", kind=Silenced.STORY, subject="s1")
    await store.change_mutes(made=[first, lasting], ended=(), restored=(), audited=audited("mute"))
    assert await store.mutes_in_force(now) == [first, lasting]
    assert await store.mutes_in_force(now + 2 * HOUR) == [lasting]
    ended = audited("unmute", now + HOUR)
    await store.change_mutes(made=(), ended=["m2"], restored=(), audited=ended)
    assert await store.mutes_in_force(now + 2 * HOUR) == []
    assert await store.mutes_named(WORKSPACE, ["m2", "m9"]) == [replace(lasting, ended_at=now + HOUR)]
    assert await store.mutes_named("file", ["m2"]) == []
    await store.change_mutes(made=(), ended=(), restored=["m2"], audited=audited("unmute", now + 2 * HOUR))
    assert await store.mutes_in_force(now + 2 * HOUR) == [lasting]
    assert [row.what for row in await store.audited(WORKSPACE)] == ["mute", "unmute", "unmute"]


async def test_nobody_ends_the_mute_the_hold_or_the_reminder_of_another_workspace(store, mute, reminder, audited, now):
    hold = Hold("h1", WORKSPACE, "team", "U1", now)
    await store.change_mutes(made=[mute(1)], ended=(), restored=(), audited=audited("mute"))
    await store.change_holds(made=[hold], ended=(), restored=(), audited=audited("hold"))
    await store.change_reminders(made=[reminder(1)], ended=(), restored=(), audited=audited("remind"))
    foreign = audited("undo", workspace="discord:G1")
    await store.change_mutes(made=(), ended=["m1"], restored=(), audited=foreign)
    await store.change_holds(made=(), ended=["h1"], restored=(), audited=foreign)
    await store.change_reminders(made=(), ended=["r1"], restored=(), audited=foreign)
    assert await store.mutes_in_force(now) == [mute(1)]
    assert await store.holds_standing() == [hold]
    assert await store.reminders_due(now + HOUR, limit=9) == [reminder(1)]


async def test_nothing_is_claimed_in_a_held_channel_until_the_hold_has_ended_and_was_settled(store, build, audited, now):
    await build.deliver(store, build.delivery(1), build.delivery(2, channel_id="ops"))
    hold = Hold("h1", WORKSPACE, "team", "U1", now)
    await store.change_holds(made=[hold], ended=(), restored=(), audited=audited("hold"))
    lease = {"now": now, "lease": HOUR, "token": "t"}
    assert await store.ready_channels(now) == ["ops"]
    assert await store.claim_next("team", **lease) is None
    assert (await store.claim_next("ops", **lease)).delivery.id == "d2"
    assert not await store.settle_holds("team", now)  # it stands
    await store.change_holds(made=(), ended=["h1"], restored=(), audited=audited("release"))
    assert await store.claim_next("team", **lease) is None  # what waited is let out first
    assert await store.holds_standing() == [replace(hold, ended_at=now)]
    assert await store.settle_holds("team", now)
    assert await store.holds_standing() == []
    assert await store.ready_channels(now) == ["team"]
    assert (await store.claim_next("team", **lease)).delivery.id == "d1"


async def test_a_hold_with_an_end_is_settled_from_then_on_and_another_one_goes_on_standing(store, audited, now):
    short = Hold("h1", WORKSPACE, "team", "U1", now, now + HOUR)
    await store.change_holds(made=[short], ended=(), restored=(), audited=audited("hold"))
    assert not await store.settle_holds("team", now + HOUR - timedelta(seconds=1))
    longer = Hold("h2", "file", "team", "operator", now)
    await store.change_holds(made=[longer], ended=(), restored=(), audited=audited("hold", workspace="file"))
    assert not await store.settle_holds("team", now + HOUR)
    assert await store.holds_standing() == [longer]
    await store.change_holds(made=(), ended=(), restored=["h1"], audited=audited("hold"))
    assert await store.holds_standing() == [short, longer]
    assert await store.holds_named("file", ["h1", "h2"]) == [longer]


async def test_several_people_follow_a_story_and_each_unfollows_alone(store, now):
    assert await store.followed([]) == await store.followed(["s1", "s2"]) == set()
    assert await store.follow(WORKSPACE, "team", "s1", "ada", now)
    assert not await store.follow(WORKSPACE, "team", "s1", "ada", now)
    assert await store.follow(WORKSPACE, "team", "s1", "bo", now)
    assert await store.follow(WORKSPACE, "other", "s2", "ada", now + HOUR)
    assert await store.followed(["s1", "s2", "s3"]) == {("team", "s1"), ("other", "s2")}
    assert await store.followed_by(["team", "other"], "ada") == [("other", "s2"), ("team", "s1")]
    assert await store.unfollow("team", ["s1", "s2"], "ada") == 1
    assert await store.unfollow("team", ["s1"], "ada") == 0
    assert await store.followed(["s1"]) == {("team", "s1")}
    assert await store.unfollow("team", ["s1"], "bo") == 1
    assert await store.followed(["s1"]) == set()


async def test_a_reminder_is_told_once_and_one_taken_back_never(store, build, reminder, audited, now):
    later = reminder(2, due=now + 2 * HOUR)
    await store.change_reminders(made=[reminder(1), later], ended=(), restored=(), audited=audited("remind"))
    assert await store.reminders_due(now, limit=9) == []
    assert await store.reminders_due(now + HOUR, limit=9) == [reminder(1)]
    assert await store.reminders_due(now + 2 * HOUR, limit=2) == [reminder(1), later]
    assert await store.reminders_due(now + 2 * HOUR, limit=1) == [reminder(1)]
    assert await store.reminders_due(now + 2 * HOUR, limit=9, gone=["team"]) == []
    assert await store.reminders_of(["s1"], ["team"]) == [reminder(1), later]
    assert await store.reminders_of(["s1"], ["ops"]) == []
    assert await store.reminders_waiting(["team", "ops"]) == [reminder(1), later]
    row = build.delivery(7, action=Action.REMIND, reason=Reason.REMINDER, message=reminder(1).message)
    told = await store.tell_reminder("r1", row, now + HOUR)
    assert (told.action, told.message) == (Action.REMIND, reminder(1).message)
    with pytest.raises(Stale):
        await store.tell_reminder("r1", build.delivery(8), now + HOUR)
    await store.change_reminders(made=(), ended=["r2"], restored=["r1"], audited=audited("remind"))
    assert await store.reminders_due(now + 9 * HOUR, limit=9) == []  # what was told stays told
    assert [one.told_by for one in await store.reminders_named(WORKSPACE, ["r1", "r2"])] == ["d7", None]
    await store.change_reminders(made=(), ended=(), restored=["r2"], audited=audited("remind"))
    assert await store.reminders_due(now + 9 * HOUR, limit=9) == [later]


async def test_a_reminder_whose_message_was_gone_is_told_once_more(store, build, reminder, audited, now):
    await store.change_reminders(made=[reminder(1)], ended=(), restored=(), audited=audited("remind"))
    await store.tell_reminder("r1", build.delivery(1, action=Action.REMIND), now)
    assert await store.reminders_lost(now - HOUR) == []
    claimed = await store.claim_next("team", now=now, lease=HOUR, token="t")
    await store.settle(build.settled(claimed.delivery.id, "t", state=DeliveryState.SKIPPED, reason=Reason.MESSAGE_GONE))
    ((lost, row),) = await store.reminders_lost(now - HOUR)
    assert (lost.id, row.id) == ("r1", "d1")
    assert await store.reminders_lost(now + HOUR) == []
    again = await store.retell_reminder("r1", "d1", build.delivery(2, action=Action.REMIND), now)
    assert again.state is DeliveryState.PENDING
    assert await store.reminders_lost(now - HOUR) == []
    with pytest.raises(Stale):
        await store.retell_reminder("r1", "d1", build.delivery(3), now)


async def test_a_merge_carries_over_what_people_mute_follow_and_wait_for(store, build, mute, reminder, audited, now):
    first, second, third = await build.queue(store, 1, 2, 3)
    for number, entry in ((1, first), (2, second)):
        await store.commit_alert(build.batch(build.filed(entry, f"s{number}"), stories=(build.story(f"s{number}"),)))
    gone = mute(1, kind=Silenced.STORY, subject="s2")
    await store.change_mutes(made=[gone, mute(2, subject="s2")], ended=(), restored=(), audited=audited("mute"))
    await store.change_reminders(made=[reminder(1, story_id="s2")], ended=(), restored=(), audited=audited("remind"))
    for story_id, who in (("s1", "ada"), ("s2", "ada"), ("s2", "bo")):
        await store.follow(WORKSPACE, "team", story_id, who, now)
    merging = build.filed(third, "s1", merged=("s2",))
    await store.commit_alert(build.batch(merging, stories=(build.story("s1", version=2),), seen_versions=(("s1", 1), ("s2", 1))))
    assert [one.subject for one in await store.mutes_in_force(now)] == ["s1", "s2"]  # the rule called s2 is none of it
    assert await store.followed(["s1", "s2"]) == {("team", "s1")}
    assert await store.unfollow("team", ["s1"], "bo") == 1
    assert [one.story_id for one in await store.reminders_waiting(["team"])] == ["s1"]


async def test_outlets_are_those_of_articles_that_a_rule_matched_newest_first(store, build, now):
    entries = await build.queue(store, 1, 2, 3)
    changed = [replace(entry, item=replace(entry.item, outlet=f"Outlet {entry.order}")) for entry in entries]
    rules = ("rule", "foreign", "rule")
    filed = [build.filed(entry, matches=(build.match(entry.item.id, rule),)) for entry, rule in zip(changed, rules, strict=True)]
    await store.commit_alert(build.batch(*filed))
    names = [outlet for outlet, _ in await store.outlets_matched(["rule"], limit=9)]
    assert names == [changed[2].item.outlet, changed[0].item.outlet]
    assert await store.outlets_matched([], limit=9) == []


@pytest.mark.durable
async def test_a_hold_outlives_the_program(database, audited, build, now):
    store = await database.open()
    await build.deliver(store, build.delivery(1))
    await store.change_holds(made=[Hold("h1", WORKSPACE, "team", "U1", now)], ended=(), restored=(), audited=audited("hold"))
    await store.close()
    again = await database.open()
    assert await again.claim_next("team", now=now + 99 * HOUR, lease=HOUR, token="t") is None
    await again.close()


async def test_a_key_of_the_installation_is_made_once_and_is_no_other_ones(store):
    first, second = await asyncio.gather(store.secret_fact("one"), store.secret_fact("one"))
    assert first == second == await store.fact("one")
    assert len(bytes.fromhex(first)) == 32
    assert await store.secret_fact("two") != first


def test_a_members_key_is_of_one_person_one_workspace_and_one_installation():
    keys = {member_key(secret, workspace, who) for secret in ("a", "b") for workspace in ("T1", "T1U") for who in ("U1", "1")}
    assert len(keys) == 8
    assert member_key("a", "T1", "U1") == member_key("a", "T1", "U1")
    assert all(len(key) == 32 and "U1" not in key for key in keys)
