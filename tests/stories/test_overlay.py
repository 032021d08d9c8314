"""A workspace's merges and splits over the shared stories: a partition, every constraint respected, in any order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Format
from bot.core.overlays import Bond, Constraint, own_story
from bot.core.stories import StoryRecord
from bot.stories.cluster import going_on
from bot.stories.overlay import Overlay, Placed

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
STORIES = tuple(f"s{number:012x}" for number in range(6))
ITEMS = tuple(f"i{number:016x}" for number in range(14))


def record(number: int, into: str | None = None) -> StoryRecord:
    return StoryRecord(
        STORIES[number], f"Story {number}", ITEMS[number], Format.NEWS, NOON + timedelta(hours=number), merged_into=into
    )


def constraint(bond: Bond, first: str, second: str, minute: int = 0, workspace: str = "file") -> Constraint:
    return Constraint(f"c{minute:012x}", workspace, bond, first, second, "U1", NOON + timedelta(minutes=minute))


@st.composite
def shared(draw):
    """Shared stories: some merged into older ones, the articles where they were first filed, some of them copies."""
    stories = {}
    for number in range(draw(st.integers(2, len(STORIES)))):
        into = draw(st.one_of(st.none(), st.sampled_from(STORIES[:number]))) if number else None
        stories[STORIES[number]] = record(number, into)
    placed = [Placed(ITEMS[number], story_id) for number, story_id in enumerate(stories)]
    for item_id in ITEMS[len(stories) : draw(st.integers(len(stories), len(ITEMS)))]:
        home = draw(st.sampled_from(list(stories)))
        mates = [one.item_id for one in placed if one.home == home and one.duplicate_of is None]
        placed.append(Placed(item_id, home, draw(st.one_of(st.none(), st.sampled_from(mates)))))
    return stories, placed


@st.composite
def decided(draw, stories, placed):
    """Constraints of any kind about these, and about things that are not there."""
    made = []
    places = [*stories, *(own_story(one.item_id) for one in placed[:3]), "s00000000feed"]
    for minute in range(draw(st.integers(0, 6))):
        if draw(st.booleans()):
            bond = draw(st.sampled_from([Bond.ONE, Bond.APART]))
            first, second = draw(st.lists(st.sampled_from(places), min_size=2, max_size=2, unique=True))
        else:
            article = draw(st.sampled_from(placed))
            bond, first, second = Bond.OUT, article.item_id, going_on(article.home, stories)
        made.append(constraint(bond, first, second, minute, draw(st.sampled_from(["file", "slack:T1"]))))
    return made


@st.composite
def cases(draw):
    stories, placed = draw(shared())
    return stories, placed, draw(decided(stories, placed))


@settings(max_examples=150)
@given(cases(), st.randoms(use_true_random=False))
def test_an_overlay_is_a_partition_that_respects_every_constraint_in_any_order(case, chance: random.Random):
    stories, placed, made = case
    laid = Overlay(made).lay(placed, stories)
    assert laid.story_of.keys() == {one.item_id for one in placed}
    assert all(laid.goes_on[story] == story for story in laid.goes_on.values()), "a story is called by one of its own places"
    out = {one.first for one in made if one.bond is Bond.OUT}
    for one in made:
        first, second = one.ends
        if one.id in laid.void or first not in laid.goes_on or second not in laid.goes_on:
            continue
        together = laid.goes_on[first] == laid.goes_on[second]
        assert together is (one.bond is Bond.ONE), one
    for one in placed:
        if one.duplicate_of in out and one.item_id not in out:
            assert laid.story_of[one.item_id] == laid.story_of[one.duplicate_of], "a copy goes with its original"
    shuffled, others, records = list(placed), list(made), list(stories.items())
    for some in (shuffled, others, records):
        chance.shuffle(some)
    assert Overlay(others).lay(shuffled, dict(records)) == laid


@settings(max_examples=80)
@given(cases())
def test_what_no_constraint_touches_is_as_the_shared_stories_have_it(case):
    stories, placed, made = case
    overlay = Overlay(made)
    laid = overlay.lay(placed, stories)
    for one in placed:
        root = going_on(one.home, stories)
        if not overlay.reach([root], stories):
            assert laid.story_of[one.item_id] == root
    assert Overlay([]).lay(placed, stories).story_of == {one.item_id: going_on(one.home, stories) for one in placed}


@settings(max_examples=80)
@given(cases(), st.data())
def test_the_stories_within_reach_are_enough_to_lay(case, data):
    """Looking at the whole archive says the same of a story as looking at what constraints tie to it."""
    stories, placed, made = case
    overlay = Overlay(made)
    start = going_on(data.draw(st.sampled_from(list(stories))), stories)
    near = overlay.reach([start], stories) or {start}
    whole = overlay.lay(placed, stories)
    mine = [one for one in placed if going_on(one.home, stories) in near]
    records = {story_id: story for story_id, story in stories.items() if going_on(story_id, stories) in near}
    part = overlay.lay(mine, records)
    assert part.story_of == {one.item_id: whole.story_of[one.item_id] for one in mine}


@settings(max_examples=80)
@given(shared(), st.data())
def test_what_arrives_later_moves_nothing_that_is_there(case, data):
    """Another article of a story that people merged or split leaves every other one where it was."""
    stories, placed = case
    made = data.draw(decided(stories, placed))
    later = Placed("i" + 16 * "f", data.draw(st.sampled_from(list(stories))))
    before = Overlay(made).lay(placed, stories)
    after = Overlay(made).lay([*placed, later], stories)
    assert {item_id: after.story_of[item_id] for item_id in before.story_of} == dict(before.story_of)
    assert after.story_of[later.item_id] == before.goes_on[later.home]


def test_the_newer_of_two_decisions_wins():
    stories = {story.id: story for story in (record(0), record(1))}
    placed = [Placed(ITEMS[0], STORIES[0]), Placed(ITEMS[1], STORIES[1])]
    one, apart = constraint(Bond.ONE, STORIES[0], STORIES[1], 1), constraint(Bond.APART, STORIES[1], STORIES[0], 2)
    assert set(Overlay([one, apart]).lay(placed, stories).story_of.values()) == set(STORIES[:2])
    assert Overlay([one, apart]).lay(placed, stories).void == {one.id}
    newer = constraint(Bond.ONE, STORIES[0], STORIES[1], 3)
    assert set(Overlay([one, apart, newer]).lay(placed, stories).story_of.values()) == {STORIES[0]}


def test_stories_that_people_set_apart_are_not_bridged_by_a_shared_merge():
    stories = {story.id: story for story in (record(0), record(1, into=STORIES[0]), record(2, into=STORIES[1]))}
    placed = [Placed(ITEMS[number], STORIES[number]) for number in range(3)]
    laid = Overlay([constraint(Bond.APART, STORIES[0], STORIES[1])]).lay(placed, stories)
    assert laid.story_of == {ITEMS[0]: STORIES[0], ITEMS[1]: STORIES[1], ITEMS[2]: STORIES[1]}


def test_what_was_taken_back_holds_no_more():
    gone = Constraint("c1", "file", Bond.ONE, STORIES[0], STORIES[1], "U1", NOON, undone_at=NOON)
    assert Overlay([gone]).constraints == ()
    assert Overlay([gone]).named == frozenset()
