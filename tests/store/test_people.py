"""What is held about one person is told whole, and goes whole: of that person alone, and what was done stays done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.changes import numbered
from bot.core.declared import Declared, Draft, Sort, Vote
from bot.core.errors import UserInputError
from bot.core.members import MEMBER_SECRET, member_key
from bot.core.messages import ReminderMessage
from bot.core.overlays import Audited, Bond, Constraint, OverlayChange
from bot.core.reminders import Reminder
from bot.core.retention import FORGOTTEN
from bot.core.silences import Hold, Mute, Silenced
from bot.service import people
from bot.service.retention import NOBODY, pseudonym

DAY = timedelta(days=1)
ANNA, BEN, ELSEWHERE = ("slack:T1", "U1"), ("slack:T1", "U2"), ("slack:T2", "U1")
TABLES = {"audit", "declared", "drafts", "follows", "holds", "mutes", "overlays", "reminders", "votes"}


async def act(store, build, now, who, number):
    """One of everything that a person can do."""
    workspace, member = who
    key = member_key(await store.secret_fact(MEMBER_SECRET), workspace, member)
    row = numbered(Audited(workspace, member, now, "mute", (f"m{number}",), (), ()))
    mute = Mute(f"m{number}", workspace, Silenced.RULE, "cameras", "cameras", None, member, now, now + DAY)
    await store.change_mutes(made=[mute], ended=[], restored=[], audited=row)
    hold = Hold(f"h{number}", workspace, "team", member, now, now + DAY)
    await store.change_holds(made=[hold], ended=[], restored=[], audited=row)
    await store.vote([Vote(workspace, "cameras", "s1", key, True, now)])
    await store.follow(workspace, "team", "s1", key, now)
    await store.keep_draft(Draft(f"x{number}", workspace, member, "rule add", (), now, now + DAY))
    made = Declared(workspace, Sort.RULE, f"rule{number}", 1, {"query": "a"}, member, now)
    await store.declare([made], row)
    message = ReminderMessage("s1", "Headline", None, None, now + DAY, note="bring the folder")
    reminder = Reminder(f"r{number}", workspace, "team", "s1", message, key, now)
    await store.change_reminders(made=[reminder], ended=[], restored=[], audited=row)
    seen, _ = await store.constraints()
    constraint = Constraint(f"c{number}", workspace, Bond.APART, "s1", f"s{number}", member, now)
    await store.commit_overlay(OverlayChange(seen=seen, audited=row, made=(constraint,), undone=()), build.batch())


async def forget(store, who, now, roles=()):
    return await people.forget(store, *who, roles=roles, now=now)


async def test_everything_is_told_and_everything_goes_of_one_person_alone(store, build, now):
    for number, who in enumerate((ANNA, BEN, ELSEWHERE), 10):
        await act(store, build, now, who, number)
    held = await people.held(store, *ANNA)
    assert held.rows.keys() == TABLES
    assert held.rows["reminders"][0]["message"].note == "bring the folder"
    assert held.counts["audit"] == 5
    assert await forget(store, ANNA, now) == held.counts
    assert await people.held(store, *ANNA) == people.Held()
    assert (await people.held(store, *BEN)).counts == (await people.held(store, *ELSEWHERE)).counts == held.counts
    assert await forget(store, ANNA, now) == {}


async def test_what_was_done_stays_done_and_says_no_longer_by_whom(store, build, now):
    for number, who in enumerate((ANNA, BEN), 10):
        await act(store, build, now, who, number)
    before = [(one.what, one.subjects, one.at) for one in await store.audited("slack:T1")]
    await forget(store, ANNA, now)
    after = await store.audited("slack:T1")
    assert [(one.what, one.subjects, one.at) for one in after] == before
    assert {one.member for one in after} == {FORGOTTEN, "U2"}
    assert {one.id for one in await store.mutes_in_force(now)} == {"m10", "m11"}
    assert (await store.vote_counts("slack:T1"))["cameras"].relevant == 1
    assert (await store.declared_versions("slack:T1", Sort.RULE, "rule10"))[0].member == FORGOTTEN
    assert [one.id for one in await store.reminders_waiting(["team"])] == ["r11"]
    assert await store.followed({"s1"}) == {("team", "s1")}


async def test_votes_of_several_forgotten_people_stay_several(store, build, now):
    for number, who in enumerate((ANNA, BEN), 10):
        await act(store, build, now, who, number)
        await people.forget(store, *who, roles=(), now=now)
    async with store._read() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM votes")).scalar() == 2


async def test_a_person_whose_id_became_a_pseudonym_is_found_and_forgotten_as_well(store, build, now):
    await act(store, build, now, ANNA, 10)
    secret = await store.secret_fact(MEMBER_SECRET)
    await store.pseudonymise(now + DAY, lambda workspace, member: pseudonym(secret, workspace, member), kept=NOBODY)
    assert (await people.held(store, *ANNA)).rows.keys() == TABLES
    assert (await forget(store, ANNA, now))["audit"] == 5


async def test_nobody_is_forgotten_halfway(store, build, now):
    await act(store, build, now, ANNA, 10)
    with pytest.raises(UserInputError, match=r"roles\.editor and roles\.owner"):
        await forget(store, ANNA, now, roles=("owner", "editor"))
    row = numbered(Audited("slack:T1", "U2", now, "channel", (), (), ()))
    made = Declared("slack:T1", Sort.CHANNEL, "slack:C1", 1, {"mentions": ["user:U1", "user:U12"]}, "U2", now)
    await store.declare([made], row)
    with pytest.raises(UserInputError, match="channel slack:C1"):
        await forget(store, ANNA, now)
    assert (await people.held(store, *ANNA)).named == (("channel", "slack:C1"),)
    assert (await people.held(store, "slack:T1", "U3")).named == ()
    await store.declare([Declared("slack:T1", Sort.CHANNEL, "slack:C1", 2, None, "U2", now)], row)
    assert (await forget(store, ANNA, now))["mutes"] == 1


async def test_earlier_versions_of_what_called_a_person_call_nobody_once_the_person_is_forgotten(store, build, now):
    row = numbered(Audited("slack:T1", "U2", now, "channel", (), (), ()))
    calls = [["user:U1", "user:U12", "here"], ["here"]]
    for version, mentions in enumerate(calls, 1):
        await store.declare([Declared("slack:T1", Sort.CHANNEL, "slack:C1", version, {"mentions": mentions}, "U2", now)], row)
    held = await people.held(store, *ANNA)
    assert (held.named, held.formerly) == ((), (("channel", "slack:C1"),))
    assert await forget(store, ANNA, now) == held.counts == {"declared": 1}
    assert await people.held(store, *ANNA) == people.Held()
    versions = await store.declared_versions("slack:T1", Sort.CHANNEL, "slack:C1")
    assert sorted((one.version, one.table["mentions"], one.member) for one in versions) == [
        (1, ["user:U12", "here"], "U2"),
        (2, ["here"], "U2"),
    ]
