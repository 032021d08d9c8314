"""Items, matches, stories and deliveries become true together or not at all; neighbours are found again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from random import Random

import pytest

from bot.core.deliveries import Action, DeliveryState
from bot.core.identity import digest
from bot.core.model import Format, StoryChange, Tier
from bot.core.outbox import Revision, Stale
from bot.core.reasons import Reason
from bot.core.stories import FiledItem, Member
from bot.stories.fingerprint import fingerprint
from bot.stories.index import MemoryIndex
from bot.stories.model import build_model, term_weight


async def fingerprint_of(store, item_id):
    return (await store.members([item_id]))[item_id]


async def test_what_a_batch_files_comes_back_as_it_was_filed(store, build, now):
    first, second = await build.queue(store, 1, 2)
    read = replace(first.item, content_text="The whole article.", notes=("paywalled: lead only",), summary="Read.")
    story = build.story("s1", "i1", related=("s0",), format=Format.OPINION, first_published=None)
    filed = (
        build.filed(
            replace(first, item=read), "s1", keys=("u:1", "u:1"), terms=(7, 9, 7), matches=(build.match("i1"),), opened=True
        ),
        build.filed(second, duplicate_of="i1", rerun_of="i1", tier=Tier.COPY, score=0.75, why="Same text.", reason=Reason.RERUN),
    )
    rows = await store.commit_alert(build.batch(*filed, stories=(story,), deliveries=(build.delivery(1), build.delivery(2))))
    assert [(row.id, row.created_at, row.attempt) for row in rows] == [("d1", now, 0), ("d2", now, 0)]
    assert rows[0].sequence < rows[1].sequence
    assert await store.queued_count() == 0
    assert (await store.items(["i1"]))["i1"] == read
    assert await store.stories(["s1", "unknown"]) == {"s1": story}
    assert await store.story_of_item("i1") == story
    assert await store.story_of_item("i2") is None
    assert await store.members(["i1", "i2", "i3"]) == {
        "i1": Member("i1", first.order, '{"id":"i1"}', "s1", matched=True),
        "i2": Member("i2", second.order, '{"id":"i2"}', None, "i1", "i1"),
    }
    assert await store.matches_of(["i1", "i2"]) == {"i1": (build.match("i1"),), "i2": ()}


async def test_an_empty_batch_is_committed_too(store, build):
    assert await store.commit_alert(build.batch()) == []


async def test_an_item_that_is_no_longer_queued_makes_the_batch_stale_and_nothing_is_written(store, build):
    first, second = await build.queue(store, 1, 2)
    await store.commit_alert(build.batch(build.filed(second)))
    batch = build.batch(build.filed(first), build.filed(second), stories=(build.story("s1"),), deliveries=(build.delivery(1),))
    with pytest.raises(Stale, match="i2"):
        await store.commit_alert(batch)
    assert [entry.item.id for entry in await store.queued_items(10)] == ["i1"]
    assert await store.stories(["s1"]) == {}
    assert await store.deliveries(limit=10) == []


async def test_an_item_that_was_never_stored_makes_the_batch_stale(store, build):
    (entry,) = await build.queue(store, 1)
    with pytest.raises(Stale, match="i9"):
        await store.commit_alert(build.batch(build.filed(replace(entry, item=build.item(9)))))


@pytest.mark.parametrize("seen", [("s1", 1), ("s1", 3), ("gone", 1)])
async def test_a_story_of_another_version_makes_the_batch_stale(store, build, seen):
    first, second = await build.queue(store, 1, 2)
    await store.commit_alert(build.batch(build.filed(first, "s1"), stories=(build.story("s1", version=2),)))
    batch = build.batch(build.filed(second, "s1"), stories=(build.story("s1", version=3),), seen_versions=(("s1", 2), seen))
    with pytest.raises(Stale, match=seen[0]):
        await store.commit_alert(batch)
    assert (await store.stories(["s1"]))["s1"].version == 2
    await store.commit_alert(replace(batch, seen_versions=(("s1", 2),)))
    assert (await store.stories(["s1"]))["s1"].version == 3


async def test_a_revision_of_a_row_in_another_state_makes_the_batch_stale(store, build, now):
    (entry,) = await build.queue(store, 1)
    await build.deliver(store, build.delivery(1))
    await store.claim_next("team", now=now, lease=timedelta(seconds=120), token="t")
    for delivery_id in ("d1", "unknown"):
        with pytest.raises(Stale, match=delivery_id):
            await store.commit_alert(build.batch(build.filed(entry), revisions=(Revision(delivery_id, DeliveryState.PENDING),)))
    assert await store.queued_count() == 1


async def test_a_revision_changes_what_it_names_and_nothing_else(store, build, now):
    message, later = build.message(headline="Better"), now + timedelta(minutes=1)
    before = await build.deliver(store, build.delivery(1), build.delivery(2, state=DeliveryState.HELD, reason=Reason.OVER_CAP))
    revisions = (
        Revision("d2", DeliveryState.HELD, state=DeliveryState.SKIPPED, reason=Reason.MERGED_AWAY, story_id="s2"),
        Revision("d1", DeliveryState.PENDING, message=message, not_before=later),
    )
    after = await store.commit_alert(build.batch(deliveries=(build.delivery(3),), revisions=revisions, now=later))
    assert after[:2] == [
        replace(before[0], message=message, not_before=later, updated_at=later),
        replace(before[1], state=DeliveryState.SKIPPED, reason=Reason.MERGED_AWAY, story_id="s2", updated_at=later),
    ]
    assert [row.id for row in after] == ["d1", "d2", "d3"]


async def test_a_merge_moves_members_and_ends_the_younger_story(store, build):
    entries = await build.queue(store, 1, 2, 3, 4)
    await store.commit_alert(
        build.batch(
            build.filed(entries[0], "s1"), build.filed(entries[1], "s2"), stories=(build.story("s1"), build.story("s2", version=4))
        )
    )
    # In one batch: an item opens s3, the next folds s2 and s3 into s1.
    await store.commit_alert(
        build.batch(
            build.filed(entries[2], "s3", opened=True),
            build.filed(entries[3], "s1", merged=("s2", "s3")),
            stories=(build.story("s1", version=2), build.story("s3", version=2, merged_into="s1")),
        )
    )
    assert [member.item_id for member in await store.members_of(["s1"])] == ["i1", "i2", "i3", "i4"]
    assert await store.members_of(["s2", "s3"]) == []
    stories = await store.stories(["s1", "s2", "s3"])
    assert {story.id: (story.merged_into, story.version) for story in stories.values()} == {
        "s1": (None, 2),
        "s2": ("s1", 5),
        "s3": ("s1", 2),
    }
    assert (await store.story_of_item("i2")).id == "s1"


async def test_an_item_can_adopt_prove_copies_and_prove_reruns(store, build):
    entries = await build.queue(store, 1, 2, 3, 4)
    await store.commit_alert(build.batch(*(build.filed(entry) for entry in entries[:3])))
    await store.commit_alert(
        build.batch(
            build.filed(entries[3], "s1", adopted=("i1", "i2", "i3"), copies=(("i1", "i4"),), reruns=(("i2", "i4"),)),
            stories=(build.story("s1"),),
        )
    )
    places = {
        member.item_id: (member.story_id, member.duplicate_of, member.rerun_of) for member in (await store.members_of(["s1"]))
    }
    assert places == {"i1": ("s1", "i4", None), "i2": ("s1", "i4", "i4"), "i3": ("s1", None, None), "i4": ("s1", None, None)}


async def test_an_adopted_item_that_has_a_story_by_now_makes_the_batch_stale(store, build):
    entries = await build.queue(store, 1, 2)
    await store.commit_alert(build.batch(build.filed(entries[0], "s1"), stories=(build.story("s1"),)))
    batch = build.batch(build.filed(entries[1], "s2", adopted=("i1",)), stories=(build.story("s2"),))
    with pytest.raises(Stale, match="i1"):
        await store.commit_alert(batch)


async def test_two_batches_over_the_same_items_are_committed_once(store, build):
    entries = await build.queue(store, 1, 2)
    batches = [build.batch(*(build.filed(entry) for entry in entries), deliveries=(build.delivery(number),)) for number in (1, 2)]
    results = await asyncio.gather(*(store.commit_alert(batch) for batch in batches), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Stale", "list"]
    assert len(await store.deliveries(limit=10)) == 1


async def test_batches_committed_at_once_get_sequences_in_the_order_of_commit(store, build):
    finished = []

    async def commit(number):
        rows = await build.deliver(store, *(build.delivery(number * 100 + part) for part in range(20)))
        finished.append([row.sequence for row in rows])

    await asyncio.gather(*(commit(number) for number in range(8)))
    sequences = list(chain.from_iterable(finished))
    assert sequences == sorted(sequences)
    assert [row.sequence for row in reversed(await store.deliveries(limit=1000))] == sequences


async def test_rows_of_one_batch_keep_its_order(store, build):
    deliveries = [build.delivery(number, story_id=f"s{number}") for number in range(300, 0, -1)]
    rows = await build.deliver(store, *deliveries)
    assert [row.id for row in rows] == [delivery.id for delivery in deliveries]


async def neighbours(store, build):
    """Six filed items: i1 and i2 in story s1, i3 in s2, i4 a loose copy of i5, i6 unlike all others."""
    entries = await build.queue(store, 1, 2, 3, 4, 5, 6)
    filed = (
        build.filed(entries[0], "s1", keys=("a",), terms=(1, 2, 3, 4)),
        build.filed(entries[1], "s1", keys=("b",), terms=(90, 91)),
        build.filed(entries[2], "s2", keys=("c",), terms=(1, 2, 3, 50)),
        build.filed(entries[3], keys=("d",), terms=(1, 2, 60, 61), duplicate_of="i5"),
        build.filed(entries[4], keys=("e",), terms=(70, 71)),
        build.filed(entries[5], keys=("f",), terms=(80, 81)),
    )
    await store.commit_alert(build.batch(*filed, stories=(build.story("s1"), build.story("s2"))))


@pytest.mark.parametrize(
    ("keys", "terms", "min_shared", "limit", "expected"),
    [
        ([], [], 1, 10, []),
        (["nobody"], [1000], 1, 10, []),
        (["f"], [], 1, 10, ["i6"]),
        (["f", "e"], [], 1, 10, ["i6", "i5"]),  # newest first among those that share a key
        (["b"], [], 1, 10, ["i2", "i1"]),  # and the other member of its story
        (["d"], [], 1, 10, ["i4", "i5"]),  # and what it names as its original
        ([], [1, 2, 3, 4], 3, 10, ["i1", "i3", "i2"]),  # most shared first
        ([], [1, 2, 3], 3, 10, ["i3", "i1", "i2"]),  # newest first among equals
        ([], [1, 2, 3], 2, 1, ["i3"]),  # no more than asked
        ([], [1, 2, 3, 4], 5, 10, []),
        (["f"], [1, 2, 3], 3, 10, ["i6", "i3", "i1", "i2"]),  # keys before terms
        (["c"], [1, 2, 3], 3, 10, ["i3", "i1", "i2"]),  # a key and terms: once
        (["f", "e", "d"], [], 1, 1, ["i6"]),
    ],
)
async def test_neighbours_are_found_by_keys_and_shared_terms(store, build, keys, terms, min_shared, limit, expected):
    await neighbours(store, build)
    found = await store.neighbours([(keys, terms)], min_shared=min_shared, limit=limit, newest=0, recent=9)
    assert [member.item_id for member in found] == expected


async def test_a_batch_asks_for_all_its_items_at_once_each_with_its_own_limit(store, build):
    await neighbours(store, build)
    found = await store.neighbours([([], [1, 2, 3]), (["f"], []), (["nobody"], [1000])], min_shared=2, limit=1, newest=0, recent=9)
    assert [member.item_id for member in found] == ["i6", "i3"]
    assert await store.neighbours([], min_shared=2, limit=1, newest=0, recent=9) == []


async def test_the_newest_are_looked_at_even_if_many_old_ones_share_more(store, build):
    queued = await build.queue(store, *range(1, 7))
    filed = [build.filed(entry, terms=(1, 2, 3, 4) if number < 4 else (1, 2)) for number, entry in enumerate(queued)]
    await store.commit_alert(build.batch(*filed))
    for newest, expected in ((0, ["i4", "i3"]), (1, ["i4", "i3", "i6"]), (3, ["i4", "i3", "i6", "i5"])):
        found = await store.neighbours([([], [1, 2, 3, 4])], min_shared=2, limit=2, newest=newest, recent=9)
        assert [member.item_id for member in found] == expected


async def test_of_a_common_term_or_key_only_the_newest_items_are_looked_at(store, build):
    filed = [
        build.filed(entry, keys=("same",), terms=(7, 8, 100 + entry.order)) for entry in await build.queue(store, *range(1, 7))
    ]
    await store.commit_alert(build.batch(*filed))
    for asked, expected in (
        (([], [7, 8]), ["i6", "i5", "i4"]),
        ((["same"], []), ["i6", "i5", "i4"]),
        (([], [7, 8, filed[0].order + 100]), ["i6", "i5", "i4"]),  # one rare term alone is too few
    ):
        found = await store.neighbours([asked], min_shared=2, limit=10, newest=0, recent=3)
        assert [member.item_id for member in found] == expected
    assert len(await store.neighbours([([], [7, 8])], min_shared=2, limit=10, newest=0, recent=6)) == 6
    assert len(await store.neighbours([([], [7, 8])], min_shared=2, limit=10, newest=0, recent=7)) == 6


async def test_heavier_terms_go_first_and_one_that_weighs_enough_is_enough(store, build):
    queued = await build.queue(store, *range(1, 5))
    terms = ((1, 2, 3), (1, 9), (9,), (3,))
    await store.commit_alert(build.batch(*(build.filed(entry, terms=some) for entry, some in zip(queued, terms, strict=True))))
    asked = [([], [1, 2, 3, 9])]
    bounds = {"min_shared": 2, "limit": 10, "newest": 0, "recent": 9}

    async def found(**weighing):
        return [member.item_id for member in await store.neighbours(asked, **{**bounds, **weighing})]

    assert await found() == ["i1", "i2"]
    assert await found(weights={9: 5}) == ["i2", "i1"]
    assert await found(weights={9: 5}, enough=5) == ["i2", "i3", "i1"]
    assert await found(weights={9: 5}, enough=5, limit=0, newest=2) == ["i2", "i1"], "the newest share more than one"
    postings = await store.term_postings([1, 2, 3, 9, 77], most=9)
    first, second, third, fourth = (str(entry.order) for entry in queued)
    under = {1: [first, second], 2: [first], 3: [first, fourth], 9: [second, third]}
    assert {term: sorted(arrivals) for term, arrivals in postings.items()} == under
    assert await found(weights={9: 5}, enough=5, postings=postings) == ["i2", "i3", "i1"]
    assert await found(postings={9: [second]}) == [], "what was read is not read again"
    assert await store.term_postings([1, 9], most=1) == {1: [second], 9: [third]}
    assert await store.term_postings([], most=9) == {}


@pytest.mark.parametrize("seed", range(4))
async def test_the_store_and_the_index_in_memory_look_at_the_same_items(store, build, seed):
    """Under few terms stand many items, under many few: as words do."""
    chance = Random(seed)
    model = replace(build_model(frozenset()), candidate_limit=5, newest=2, recent=12)
    index = MemoryIndex(model)
    filed = []
    for entry in await build.queue(store, *range(60)):
        terms = tuple(sorted({int(1 / (chance.random() + 0.003)) for _ in range(8)}))
        change = StoryChange(entry.item.id, Tier.NEW, None)
        mark = replace(fingerprint(entry.item, entry.order, model), keys=(f"k{entry.order}",), terms=terms)
        index.apply(change, mark, matched=False, now=build.now)
        filed.append(build.filed(entry, keys=mark.keys, terms=terms))
    await store.commit_alert(build.batch(*filed))
    for _ in range(40):
        terms = sorted({int(1 / (chance.random() + 0.003)) for _ in range(8)})
        postings = await store.term_postings(terms, most=model.recent)
        stored = await store.neighbours(
            [([], terms)],
            min_shared=model.min_shared_terms,
            limit=model.candidate_limit,
            newest=model.newest,
            recent=model.recent,
            weights={term: term_weight(len(arrivals)) for term, arrivals in postings.items()},
            enough=model.lone_weight,
        )
        assert {member.item_id for member in stored} == {member.item_id for member in index.members_like((), terms)}


async def test_terms_may_have_63_bits_and_there_may_be_many(store, build):
    (entry,) = await build.queue(store, 1)
    terms = tuple(2**63 - 1 - number for number in range(1500))
    await store.commit_alert(build.batch(build.filed(entry, terms=terms)))
    found = await store.neighbours([([], terms)], min_shared=1500, limit=10, newest=0, recent=9)
    assert [member.item_id for member in found] == ["i1"]


async def test_matches_come_by_workspace_and_rule(store, build):
    await store.add_workspaces(["A"])
    (entry,) = await build.queue(store, 1)
    matches = (build.match("i1", "z"), build.match("i1", "b"), replace(build.match("i1", "b"), workspace_id="A", spans=()))
    await store.commit_alert(build.batch(build.filed(entry, matches=matches)))
    assert (await store.matches_of(["i1"]))["i1"] == (matches[2], matches[1], matches[0])


async def test_a_digest_and_the_rows_it_tells_change_together(store, build, now):
    held = {"state": DeliveryState.HELD, "reason": Reason.QUIET_HOURS}
    await build.deliver(store, build.delivery(1, **held), build.delivery(2), build.delivery(3, **held))
    digest = build.delivery(9, action=Action.DIGEST, story_id=None, story_ids=("s1", "s2"), reason=Reason.DIGEST)
    with pytest.raises(Stale, match="unknown"):
        await store.commit_digest(digest, ["d1", "unknown"], now)
    assert [row.id for row in await store.deliveries(limit=10)] == ["d3", "d2", "d1"]
    later = now + timedelta(hours=1)
    written = await store.commit_digest(digest, ["d1", "d2"], later)
    assert (written.id, written.story_ids, written.state, written.created_at) == ("d9", ("s1", "s2"), DeliveryState.PENDING, later)
    rows = {row.id: (row.state, row.reason) for row in await store.deliveries(limit=10)}
    told = (DeliveryState.SKIPPED, Reason.IN_DIGEST)
    assert (rows["d1"], rows["d2"], rows["d3"]) == (told, told, (DeliveryState.HELD, Reason.QUIET_HOURS))
    with pytest.raises(Stale, match="d1"):
        await store.commit_digest(replace(digest, id="d10"), ["d1"], later)


async def test_a_digest_may_tell_no_stored_row(store, build, now):
    assert (await store.commit_digest(build.delivery(9, action=Action.DIGEST), [], now)).id == "d9"


@pytest.mark.parametrize("seed", range(6))
async def test_a_batch_does_to_the_store_exactly_what_its_changes_do_to_the_index(store, build, seed):
    chance = Random(seed)
    model = build_model(frozenset())
    index = MemoryIndex(model)
    for start in range(0, 40, 10):
        filed, touched = [], set()
        for entry in await build.queue(store, *range(start, start + 10)):
            item_id = entry.item.id
            members = _members(index)
            live = sorted(story.id for story in index.stories.values() if story.merged_into is None)
            loose = sorted(member.item_id for member in members if member.story_id is None)
            known = sorted(member.item_id for member in members)
            chance.shuffle(known)
            story = chance.choice([None, f"s{item_id}", *live[:3]])
            merged = (
                tuple(chance.sample([other for other in live if other != story], 1))
                if len(live) > 2 and chance.random() < 0.3
                else ()
            )
            change = StoryChange(
                item_id,
                Tier.COPY,
                story,
                opened=story == f"s{item_id}",
                duplicate_of=known[0] if known and chance.random() < 0.5 else None,
                copies=tuple((one, item_id) for one in known[1:3]),
                reruns=tuple((one, item_id) for one in known[3:5]),
                adopted=tuple(loose[:2]) if story else (),
                merged=merged if story else (),
            )
            mark = fingerprint(entry.item, entry.order, model)
            index.apply(change, mark, matched=True, now=build.now)
            touched |= {story, *change.merged} - {None}
            filed.append(FiledItem(entry.item, entry.order, (build.match(item_id),), change, mark.to_json(), (), ()))
        await store.commit_alert(build.batch(*filed, stories=tuple(index.stories[story_id] for story_id in sorted(touched))))
        stored = await store.members([f"i{number}" for number in range(start + 10)])
        assert stored == {member.item_id: member for member in _members(index)}
        assert await store.stories(list(index.stories)) == dict(index.stories)


def _members(index):
    """Every member of an index: each is found under the key of its guid."""
    return index.members_like(["g" + digest("gazette", f"guid-{number}") for number in range(40)], (), limit=100)
