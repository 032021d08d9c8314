"""What workspaces declare, kept with every version: whole or not at all, and for nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.changes import numbered
from bot.core.declared import Count, Declared, Draft, Sort, Vote, Wanted, scope_of, scoped, shown
from bot.core.outbox import Stale
from bot.core.overlays import Audited
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.store.declared import MOST_DRAFTS

ONE, TWO = "slack:T1", "discord:22"


@pytest.fixture
def version(now):
    """Makes a version of a rule, with its audit row."""

    def make(number, table, *, name="cameras", workspace=ONE, minutes=0, sort=Sort.RULE):
        at = now + timedelta(minutes=minutes)
        made = Declared(workspace, sort, name, number, table, "U1", at)
        row = Audited(workspace, "U1", at, "rule add", (str(sort), name), (str(number - 1),), (str(number),))
        return made, numbered(row)

    return make


async def test_the_newest_version_counts_and_every_version_is_kept(store, version):
    first, row = version(1, {"query": "cameras"})
    await store.declare([first], row)
    second, again = version(2, {"query": "cameras police", "channels": ["slack:C1"]}, minutes=1)
    await store.declare([second], again)
    number, standing = await store.declarations()
    assert standing == [second]
    assert number == await store.declared_version() > 0
    assert await store.declared_versions(ONE, Sort.RULE, "cameras") == [first, second]
    assert await store.declared_by(ONE) == [second]
    assert await store.declared_by(ONE, Sort.SOURCE) == []
    assert await store.audited(ONE) == [row, again]


async def test_what_is_removed_stands_no_more_and_is_still_told(store, version):
    first, row = version(1, {"query": "cameras"})
    await store.declare([first], row)
    gone, again = version(2, None, minutes=1)
    await store.declare([gone], again)
    assert (await store.declarations())[1] == []
    assert await store.declared_by(ONE) == []
    assert (await store.declared_versions(ONE, Sort.RULE, "cameras"))[-1].table is None


async def test_a_version_is_never_written_over_one_that_came_in_between(store, version):
    first, row = version(1, {"query": "cameras"})
    await store.declare([first], row)
    other, again = version(1, {"query": "drones"}, minutes=1)
    with pytest.raises(Stale):
        await store.declare([other], again)
    assert await store.declared_by(ONE) == [first]
    assert await store.audited(ONE) == [row]  # nothing of it was written


async def test_two_workspaces_may_use_one_name_and_know_nothing_of_one_another(store, version):
    mine, row = version(1, {"query": "cameras"})
    await store.declare([mine], row)
    theirs, other = version(1, {"query": "drones"}, workspace=TWO, minutes=1)
    await store.declare([theirs], other)
    assert (await store.declarations())[1] == [mine, theirs]
    assert await store.declared_by(TWO) == [theirs]
    assert await store.declared_versions(TWO, Sort.RULE, "cameras") == [theirs]
    assert await store.changes_since(TWO, mine.at - timedelta(hours=1)) == 1
    assert await store.changes_since(TWO, theirs.at) == 0


async def test_nothing_declared_is_number_nought(store):
    assert await store.declared_version() == 0
    assert await store.declarations() == (0, [])


async def test_a_draft_is_confirmed_once_in_its_own_workspace_and_time(store, version, now):
    wanted = (Wanted(Sort.RULE, "cameras", 0, {"query": "„Kameras“"}), Wanted(Sort.SOURCE, "eff", 2, None))
    draft = Draft("n1", ONE, "U1", "rule add", wanted, now, now + timedelta(hours=1))
    await store.keep_draft(draft)
    assert await store.draft(ONE, "n1", now) == draft
    assert await store.draft(TWO, "n1", now) is None
    assert await store.draft(ONE, "n2", now) is None
    assert await store.draft(ONE, "n1", draft.ends_at) is None
    made, row = version(1, {"query": "cameras"})
    await store.declare([made], row, draft_id="n1")
    assert await store.draft(ONE, "n1", now) is None
    twice, again = version(1, {"query": "cameras"}, name="other")
    with pytest.raises(Stale):
        await store.declare([twice], again, draft_id="n1")


async def test_a_draft_whose_time_is_over_goes_with_the_next_one(store, now):
    for number in range(3):
        at = now + timedelta(hours=number)
        await store.keep_draft(Draft(f"n{number}", ONE, "U1", "rule add", (), at, at + timedelta(minutes=30)))
    assert await store.draft(ONE, "n0", now) is None
    assert await store.draft(ONE, "n2", now + timedelta(hours=2)) is not None


async def test_votes_count_stories_by_what_most_say_and_a_second_thought_replaces_the_first(store, now):
    def vote(story, voter, relevant, rule="slack:T1/cameras", workspace=ONE):
        return Vote(workspace, rule, story, voter, relevant, now)

    await store.vote([vote("s1", "a", True), vote("s1", "b", False), vote("s2", "a", False), vote("s3", "a", True)])
    await store.vote([vote("s4", "a", False), vote("s3", "c", True), vote("s9", "a", False, workspace=TWO)])
    counts = await store.vote_counts(ONE)
    assert counts == {"slack:T1/cameras": Count(relevant=1, irrelevant=3)}
    assert counts["slack:T1/cameras"].precision == 0.25
    await store.vote([vote("s4", "a", True)])
    assert (await store.vote_counts(ONE))["slack:T1/cameras"] == Count(2, 2)
    judged = await store.judged_stories(ONE, "slack:T1/cameras")
    assert judged == {"s1": False, "s2": False, "s3": True, "s4": True}
    assert await store.vote_counts("file") == {}
    assert Count().precision is None


async def test_a_source_that_is_read_again_begins_with_a_silent_poll(store, version, now, build):
    source = SourceConfig(scoped(ONE, "eff"), "feed", "https://eff.example/feed", workspace_id=ONE)
    await store.declare_sources([source], now)
    read = SourceState(source.id, ONE, "h", etag=b"x", baselined_at=now, next_due_at=now, memory="m")
    await store.commit_polls([PollRecord(read, ())], now)
    made, row = version(1, {"url": source.url}, name="eff", sort=Sort.SOURCE)
    await store.declare([made], row, silent=[source.id])
    state = await store.source_state(source.id, workspace_id=ONE)
    assert (state.baselined_at, state.etag, state.memory) == (None, None, "")


def test_ids_of_workspaces_never_clash_and_are_shown_without_their_scope():
    assert scoped(ONE, "cameras") != scoped(TWO, "cameras") != "cameras"
    assert [shown(name) for name in (scoped(ONE, "cameras"), scoped("file", "x"), "cameras")] == ["cameras", "x", "cameras"]
    assert [scope_of(name) for name in (scoped(ONE, "a"), scoped(TWO, "a"), "a", "feeds/a.xml")] == [ONE, TWO, "file", "file"]


async def test_a_source_is_hurried_no_more_than_it_may_be_asked(store, now):
    source = SourceConfig(scoped(ONE, "eff"), "feed", "https://eff.example/feed", workspace_id=ONE)
    least, hour = timedelta(minutes=5), timedelta(hours=1)
    assert await store.hurry_source(source.id, now, least) is None
    await store.declare_sources([source], now)
    assert await store.hurry_source(source.id, now, least) is None
    state = SourceState(source.id, ONE, "h", last_polled_at=now, next_due_at=now + hour)
    for changed, at, due in (
        (state, now, now + least),
        (state, now + hour / 2, now + hour / 2),
        (replace(state, throttled_until=now + hour / 3), now, now + hour / 3),
        (replace(state, next_due_at=now + timedelta(minutes=1)), now, now + timedelta(minutes=1)),
    ):
        await store.save_source_states([changed])
        assert await store.hurry_source(source.id, at, least) == due
        assert (await store.source_state(source.id, workspace_id=ONE)).next_due_at == due


async def test_the_newest_drafts_of_a_workspace_are_kept(store, now):
    for number in range(MOST_DRAFTS + 1):
        at = now + timedelta(seconds=number)
        await store.keep_draft(Draft(f"n{number}", ONE, "U1", "rule", (), at, at + timedelta(hours=1)))
    await store.keep_draft(Draft("other", TWO, "U1", "rule", (), now, now + timedelta(hours=1)))
    assert await store.draft(ONE, "n0", now) is None
    assert await store.draft(ONE, "n1", now) is not None
    assert await store.draft(TWO, "other", now) is not None
