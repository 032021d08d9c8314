"""What is remembered of sources, and the transaction that stores a poll."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.core.identity import digest
from bot.core.model import TextState
from bot.core.outbox import Stale
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.core.stories import ChangedItem, EditedItem, HeadlineChange
from bot.core.wishes import Wishes
from bot.store.edits import MOST_EDITS

HOUR = timedelta(hours=1)


def declared(source_id, url="https://gazette.example/feed", **changes):
    return replace(SourceConfig(source_id, "feed", url), **changes)


async def test_a_declared_source_is_due_at_once(store, now):
    await store.declare_sources([declared("a"), declared("b")], now)
    assert await store.source_states() == {
        name: SourceState(name, address_hash=digest("https://gazette.example/feed"), next_due_at=now) for name in ("a", "b")
    }
    assert [state.source_id for state in await store.due_sources(["a", "b"], now, 10)] == ["a", "b"]


async def test_a_source_declared_again_keeps_its_state(store, build, now):
    await store.declare_sources([declared("a")], now)
    state = build.state("a", address_hash=digest("https://gazette.example/feed"), etag=b'W/"1"', failures=3, next_due_at=now + HOUR)
    await store.save_source_states([state])
    await store.declare_sources([declared("a")], now + HOUR)
    assert await store.source_states() == {"a": state}


async def test_a_new_address_voids_validators_and_makes_the_next_poll_a_first_one(store, build, now):
    state = build.state(
        "a",
        address_hash="old",
        etag=b"1",
        last_modified=b"2",
        failures=3,
        last_error="No.",
        next_due_at=now + HOUR,
        last_polled_at=now,
    )
    await store.save_source_states([state])
    await store.declare_sources([declared("a", "https://gazette.example/new")], now)
    assert await store.source_states() == {
        "a": SourceState(
            "a",
            address_hash=digest("https://gazette.example/new"),
            next_due_at=now,
            last_polled_at=now,
        )
    }


async def test_the_state_of_an_undeclared_source_stays_but_is_not_due(store, build, now):
    await store.save_source_states([build.state("gone")])
    await store.declare_sources([declared("a")], now)
    assert set(await store.source_states()) == {"a", "gone"}
    assert [state.source_id for state in await store.due_sources(["a"], now, 10)] == ["a"]
    assert await store.next_due(["a"]) == now


async def test_sources_of_another_workspace_are_kept_apart(store, now):
    await store.declare_sources([declared("a"), declared("a", "https://other.example/", workspace_id="T1")], now)
    assert (await store.source_states(workspace_id="file"))["a"].address_hash == digest("https://gazette.example/feed")
    assert (await store.source_states(workspace_id="T1"))["a"].address_hash == digest("https://other.example/")
    await store.add_workspaces(["T1", "T2", "file"])
    assert await store.source_states(workspace_id="T2") == {}


async def test_due_sources_come_longest_overdue_first_and_no_more_than_asked(store, build, now):
    for name, due in (("late", now - HOUR), ("later", now - 2 * HOUR), ("never", None), ("not-yet", now + HOUR)):
        await store.save_source_states([build.state(name, next_due_at=due)])
    every = ["late", "later", "never", "not-yet"]
    assert [state.source_id for state in await store.due_sources(every, now, 10)] == ["never", "later", "late"]
    assert [state.source_id for state in await store.due_sources(every, now, 2)] == ["never", "later"]
    assert [state.source_id for state in await store.due_sources(["late"], now, 1)] == ["late"]


async def test_next_due_is_the_earliest_time_of_the_sources_asked_for(store, build, now):
    assert await store.next_due(["a"]) is None
    await store.save_source_states([build.state("a", next_due_at=now + HOUR)])
    await store.save_source_states([build.state("b", next_due_at=now)])
    await store.save_source_states([build.state("c", next_due_at=None)])
    assert await store.next_due(["a"]) == now + HOUR
    assert await store.next_due(["a", "b"]) == now
    assert await store.next_due(["a", "c"]) < now - timedelta(days=365)


async def test_sources_that_a_clock_step_put_off_are_pulled_back_to_their_interval(store, build, now):
    await store.save_source_states([build.state("far", next_due_at=now + 10 * HOUR)])
    await store.save_source_states([build.state("near", next_due_at=now + HOUR / 2)])
    await store.save_source_states([build.state("never", next_due_at=None)])
    assert await store.make_due([("far", HOUR), ("near", HOUR), ("never", HOUR), ("unknown", HOUR)], now) == 1
    states = await store.source_states()
    assert {name: state.next_due_at for name, state in states.items()} == {"far": now + HOUR, "near": now + HOUR / 2, "never": None}
    assert await store.make_due([], now) == 0


async def test_what_a_server_put_off_waits_on_when_a_clock_was_set(store, build, now):
    await store.save_source_states([build.state("asked", next_due_at=now + 10 * HOUR, last_polled_at=now - HOUR)])
    await store.save_source_states([build.state("ahead", next_due_at=now + 10 * HOUR, last_polled_at=now + HOUR)])
    await store.save_source_states([build.state("absurd", next_due_at=now + 900 * HOUR, last_polled_at=now - HOUR)])
    assert await store.make_due([(name, HOUR) for name in ("asked", "ahead", "absurd")], now) == 2
    states = await store.source_states()
    assert {name: (state.next_due_at - now) / HOUR for name, state in states.items()} == {"asked": 10, "ahead": 1, "absurd": 1}


async def test_a_source_that_is_gone_for_good_is_never_due(store, build, now):
    await store.save_source_states(
        [build.state("a", next_due_at=now, trouble="gone"), build.state("b", next_due_at=now, trouble="410")]
    )
    assert [state.source_id for state in await store.due_sources(["a", "b"], now, 9)] == ["b"]
    assert await store.next_due(["a"]) is None


async def test_an_address_under_a_new_name_is_not_asked_again_at_once(store, build, now):
    config = SourceConfig("old", "feed", "https://gazette.example/feed")
    await store.declare_sources([config], now)
    (state,) = await store.due_sources(["old"], now, 1)
    await store.save_source_states([replace(state, last_polled_at=now, next_due_at=now + HOUR)])
    later = now + HOUR / 20
    names = [replace(config, id="new"), replace(config, id="other", url="https://gazette.example/other")]
    secret = [replace(config, id="key", url="", url_secret=True), replace(config, id="key2", url="", url_secret=True)]
    await store.declare_sources([*names, *secret], later, least=HOUR / 10)
    states = await store.source_states()
    assert states["new"].next_due_at == now + HOUR / 10
    assert {states[name].next_due_at for name in ("other", "key", "key2")} == {later}


async def test_what_pollers_are_asked_for_comes_back_as_it_was(store, build, now):
    wishes = Wishes(60, 3600, (0, 23), (5, 6), 7200, now)
    state = build.state(
        "a", wishes=wishes, place="p", moved_to="https://b.example/", moved_polls=3, moved_since=now, throttled_until=now
    )
    await store.save_source_states([state, build.state("b")])
    states = await store.source_states()
    assert states["a"] == state
    assert states["b"].wishes == Wishes()


async def test_an_answer_that_holds_only_strangers_is_remembered_as_a_gap(store, build, now):
    first = PollRecord(build.state(entries=2), ((build.item(1), None), (build.item(2), None)))
    assert (await store.commit_poll(first, now)).known == 0
    assert (await store.source_states())["gazette"].gap_at is None, "nobody called it all that the source shows"
    overlapping = PollRecord(build.state(), ((build.item(2), None), (build.item(3), None)), window=True)
    assert (await store.commit_poll(overlapping, now)).known == 1
    assert (await store.source_states())["gazette"].gap_at is None
    strangers = PollRecord(build.state(), ((build.item(4), None), (build.item(5), None)), window=True)
    assert (await store.commit_poll(strangers, now + HOUR)).known == 0
    assert (await store.source_states())["gazette"].gap_at == now + HOUR


async def test_validators_come_back_byte_for_byte(store, build):
    state = build.state("a", etag=bytes(range(256)), last_modified=b"", last_error="Refused.", failures=7)
    await store.save_source_states([state])
    assert (await store.source_states())["a"] == state


async def test_a_poll_stores_state_and_items_together_in_order(store, build, now):
    items = tuple((build.item(number), rank) for number, rank in ((3, 2), (1, 1), (2, 0)))
    committed = await store.commit_poll(PollRecord(build.state(etag=b"e"), items), now)
    assert (committed.new, committed.updated) == (("i3", "i1", "i2"), ())
    assert (await store.source_states())["gazette"].etag == b"e"
    queued = await store.queued_items(10)
    assert [(entry.item, entry.baseline_rank) for entry in queued] == list(items)
    assert [entry.order for entry in queued] == sorted(entry.order for entry in queued)
    assert await store.baseline_ranks(["i1", "i2", "unknown"]) == {"i1": 1, "i2": 0}


async def test_an_empty_poll_stores_the_state_alone(store, build, now):
    committed = await store.commit_poll(PollRecord(build.state(failures=1)), now)
    assert (committed.new, committed.updated) == ((), ())
    assert (await store.source_states())["gazette"].failures == 1


async def test_an_item_stored_before_is_ignored_while_its_hash_is_the_same(store, build, now):
    await build.queue(store, 1)
    again = build.item(1, title="Another title, the same hash")
    committed = await store.commit_poll(PollRecord(build.state(), ((again, None),)), now)
    assert (committed.new, committed.updated) == ((), ())
    assert (await store.items(["i1"]))["i1"].title == "Title 1"


async def poll(store, build, now, *items, rank=None):
    return await store.commit_poll(PollRecord(build.state(), tuple((item, rank) for item in items)), now)


CHANGED = {"title": "Title 1 corrected", "summary": "New.", "content_text": "Surveillance.", "content_hash": "other"}


async def test_an_item_that_changes_while_it_waits_is_filed_with_its_new_words(store, build, now):
    await build.queue(store, 1)
    changed = build.item(1, **CHANGED, date_modified=now, outlet="Ignored")
    committed = await poll(store, build, now, changed, build.item(2))
    assert (committed.new, committed.updated) == (("i2",), ("i1",))
    assert (await store.items(["i1"]))["i1"] == replace(changed, outlet="The Gazette")


async def test_an_item_in_a_story_reads_as_its_publisher_changed_it_and_its_place_stays(store, build, now):
    (entry,) = await build.queue(store, 1)
    filed = build.filed(entry, "s1", opened=True, matches=(build.match("i1"),))
    await store.commit_alert(build.batch(filed, stories=(build.story("s1", "i1"),)))
    member = (await store.members(["i1"]))["i1"]
    later = now + timedelta(hours=3)
    for expected in (("i1",), ()):
        committed = await poll(store, build, later, build.item(1, **CHANGED, date_modified=later))
        assert (committed.new, committed.updated, committed.edited) == ((), expected, expected)
    changed = replace(entry.item, **CHANGED, date_modified=later)
    kept = replace(changed, summary=entry.item.summary, content_text=entry.item.content_text)
    assert (await store.items(["i1"]))["i1"] == kept  # its matches are still those of this text
    assert (await store.members(["i1"]))["i1"] == member
    assert await store.headline_changes(["i1", "i2"]) == {"i1": (HeadlineChange("i1", "Title 1", "Title 1 corrected", later),)}
    assert await store.queued_count() == 0
    (waiting,) = await store.edited_items(10)
    assert waiting == ChangedItem(changed, entry.order, waiting.number, kept, retitled=True)
    own = replace(changed, content_text="Surveillance", notes=("A remark.",))
    edited = EditedItem("i1", entry.order, waiting.number, own, (replace(build.match("i1"), rule_version="v2"),), ("corrected",))
    with pytest.raises(Stale, match="changed again"):
        await store.commit_alert(build.batch(edited=(replace(edited, number=waiting.number - 1),)))
    await store.commit_alert(build.batch(edited=(edited,)))
    assert await store.edited_items(10) == []
    assert (await store.matches_of(["i1"]))["i1"] == edited.matches
    assert (await store.items(["i1"]))["i1"] == own
    assert (await store.stories(["s1"]))["s1"].title == "Headline"  # what that becomes is not decided here


async def test_what_a_source_gives_again_and_again_is_compared_with_what_waits(store, build, now):
    (entry,) = await build.queue(store, 1)
    filed = build.filed(entry, "s1", opened=True, matches=(build.match("i1"),))
    await store.commit_alert(build.batch(filed, stories=(build.story("s1", "i1"),)))
    texts = ("Surveillance ends.", "Surveillance ends 12:05.", "", "Surveillance goes on.")
    noticed = [
        (await poll(store, build, now, build.item(1, content_text=text, content_hash=str(number)))).edited
        for number, text in enumerate(texts)
    ]
    assert noticed == [("i1",), (), (), ("i1",)]
    (waiting,) = await store.edited_items(10)
    assert (waiting.filed, waiting.retitled) == (replace(entry.item, content_hash="3"), False)
    assert waiting.item == replace(waiting.filed, content_text="Surveillance goes on.")


async def test_a_change_that_turned_out_to_be_none_is_forgotten_and_not_counted(store, build, now):
    (entry,) = await build.queue(store, 1)
    matches = (build.match("i1"),)
    filed = build.filed(entry, "s1", opened=True, matches=matches)
    await store.commit_alert(build.batch(filed, stories=(build.story("s1", "i1"),)))
    for number in range(2 * MOST_EDITS):
        text = f"Surveillance. Word{'x' * number} of the site."
        committed = await poll(store, build, now, build.item(1, content_text=text, content_hash=str(number)))
        assert committed.edited == ("i1",)
        (waiting,) = await store.edited_items(10)
        none = EditedItem("i1", entry.order, waiting.number, None)
        with pytest.raises(Stale, match="changed again"):
            await store.commit_alert(build.batch(edited=(replace(none, number=waiting.number - 1),)))
        await store.commit_alert(build.batch(edited=(none,)))
        assert await store.edited_items(10) == []
    assert (await store.items(["i1"]))["i1"] == replace(entry.item, content_hash=str(number))
    assert (await store.matches_of(["i1"]))["i1"] == matches


async def test_an_excerpt_takes_the_place_of_no_whole_text(store, build, now):
    (entry,) = await build.queue(store, 1)
    filed = build.filed(entry, "s1", opened=True, matches=(build.match("i1"),))
    await store.commit_alert(build.batch(filed, stories=(build.story("s1", "i1"),)))
    await poll(store, build, now, build.item(1, **CHANGED, text_state=TextState.EXCERPT))
    (waiting,) = await store.edited_items(10)
    changed = waiting.item
    assert (changed.title, changed.content_text, changed.text_state) == (
        "Title 1 corrected",
        entry.item.content_text,
        TextState.FULL,
    )


async def test_a_changed_item_that_nothing_matched_is_queued_again_as_the_newest_arrival(store, build, now):
    first, second = await build.queue(store, 1, 2)
    await store.commit_alert(build.batch(build.filed(first, keys=("k",), terms=(1, 2)), build.filed(second)))
    later = now + 47 * HOUR
    changed = build.item(1, **CHANGED, first_seen=later)
    committed = await poll(store, build, later, changed)
    assert (committed.new, committed.updated) == (("i1",), ("i1",))
    (entry,) = await store.queued_items(10)
    assert entry.item == replace(changed, first_seen=now)
    assert entry.order > second.order
    assert await store.members(["i1"]) == {}
    assert await store.neighbours([(["k"], [1, 2])], min_shared=1, limit=10, newest=0, recent=9) == []
    await store.commit_alert(
        build.batch(build.filed(entry, "s1", matches=(build.match("i1"),), keys=("k",)), stories=(build.story("s1", "i1"),))
    )
    assert [member.story_id for member in await store.neighbours([(["k"], [1])], min_shared=1, limit=10, newest=0, recent=9)] == [
        "s1"
    ]
    assert (await poll(store, build, later, build.item(1, **{**CHANGED, "summary": "Third.", "content_hash": "3"}))).new == ()


async def test_a_change_that_says_nothing_more_or_comes_late_or_beside_a_match_queues_nothing(store, build, now):
    entries = await build.queue(store, 1, 2, 3, content_text="Updated at 12:05 on 10.3.")
    matched = build.filed(entries[2], matches=(build.match("i3"),))
    await store.commit_alert(build.batch(build.filed(entries[0]), build.filed(entries[1]), matched))
    figures = build.item(1, content_text="Updated at 13:10 on 11.3.", content_hash="other")
    assert (await poll(store, build, now, figures)).new == ()
    late = build.item(2, **CHANGED)
    assert (await poll(store, build, now + 49 * HOUR, late)).new == ()
    assert (await poll(store, build, now, build.item(3, **CHANGED))).new == ()
    assert (await store.items(["i1"]))["i1"].content_text == "Updated at 12:05 on 10.3."


async def test_a_batch_that_would_adopt_an_item_queued_again_meanwhile_is_stale(store, build, now):
    (loose,) = await build.queue(store, 1)
    await store.commit_alert(build.batch(build.filed(loose)))
    (newcomer,) = await build.queue(store, 2)
    await poll(store, build, now, build.item(1, **CHANGED))
    batch = build.batch(build.filed(newcomer, "s1", opened=True, adopted=("i1",)), stories=(build.story("s1", "i2"),))
    with pytest.raises(Stale, match="waits again"):
        await store.commit_alert(batch)
    old = build.batch(build.filed(loose))
    with pytest.raises(Stale, match="no longer queued"):
        await store.commit_alert(old)


async def test_a_guid_used_again_for_another_article_is_a_new_item(store, build, now):
    (entry,) = await build.queue(store, 1, title="Harbour town council buys cameras")
    other = build.item(
        1,
        title="Glacier survey begins",
        url="https://gazette.example/2",
        canonical_url="https://gazette.example/2",
        content_hash="b",
    )
    committed = await poll(store, build, now, other)
    (new_id,) = committed.new
    assert committed.updated == ()
    stored = await store.items(["i1", new_id])
    assert stored["i1"] == entry.item
    assert stored[new_id] == replace(other, id=new_id, guid=None)
    assert (await poll(store, build, now, other)).new == ()
    third = replace(other, title="Opera house reopens", canonical_url="https://gazette.example/3", content_hash="c")
    assert len((await poll(store, build, now, third)).new) == 1
    moved = build.item(1, title="Harbour council buys town cameras", canonical_url="https://gazette.example/1b", content_hash="d")
    assert await poll(store, build, now, moved) == type(committed)((), ("i1",), known=1)


async def test_an_empty_text_never_replaces_the_text_read_from_the_page(store, build, now):
    await build.queue(store, 1)
    changed = build.item(1, title="Corrected", content_text="", text_state=TextState.EXCERPT, content_hash="other")
    await store.commit_poll(PollRecord(build.state(), ((changed, None),)), now)
    stored = (await store.items(["i1"]))["i1"]
    assert (stored.title, stored.content_text, stored.text_state) == ("Corrected", "The council met on Monday.", TextState.FULL)


async def test_an_id_twice_in_one_poll_counts_once_as_it_came_first_whenever_it_is_polled(store, build, now):
    twice = ((build.item(1), None), (build.item(1, title="Second", content_hash="other"), None))
    for expected in (("i1",), ()):
        committed = await store.commit_poll(PollRecord(build.state(), twice), now)
        assert (committed.new, committed.updated) == (expected, ())
    assert (await store.items(["i1"]))["i1"].title == "Title 1"


async def test_polls_stored_together_are_each_stored_as_if_alone(store, build, now):
    await build.queue(store, 1)
    records = [
        PollRecord(
            build.state(failures=0, etag=b"new"), ((build.item(1, **CHANGED, date_modified=now), None), (build.item(2), None))
        ),
        PollRecord(build.state("herald", failures=3, last_error="It answered 500.")),
        PollRecord(build.state("radio"), ((build.item(7, source_id="radio"), 0),)),
    ]
    committed = await store.commit_polls(records, now)
    assert [(one.new, one.updated) for one in committed] == [(("i2",), ("i1",)), ((), ()), (("i7",), ())]
    states = await store.source_states()
    assert (states["gazette"].etag, states["herald"].failures, "radio" in states) == (b"new", 3, True)
    assert [entry.item.id for entry in await store.queued_items(10)] == ["i1", "i2", "i7"]
    assert await store.baseline_ranks(["i7"]) == {"i7": 0}


async def test_of_polls_stored_together_none_is_stored_if_one_cannot_be(store, build, now):
    twice = tuple(PollRecord(build.state(name), ((build.item(1), None),)) for name in ("gazette", "herald"))
    with pytest.raises(IntegrityError):
        await store.commit_polls(twice, now)
    assert await store.queued_count() == 0
    assert await store.source_states() == {}


async def test_ten_thousand_items_in_one_poll_keep_their_order(store, build, now):
    items = tuple((build.item(number, content_text="", summary=""), None) for number in range(10_000))
    committed = await store.commit_poll(PollRecord(build.state(), items), now)
    assert committed.new == tuple(f"i{number}" for number in range(10_000))
    assert await store.queued_count() == 10_000
    assert [entry.item.id for entry in await store.queued_items(3)] == ["i0", "i1", "i2"]
    assert await store.known_item_ids([*committed.new, "unknown"]) == set(committed.new)
    assert len(await store.items(committed.new)) == 10_000
    again = await store.commit_poll(PollRecord(build.state(), items), now)
    assert (again.new, again.updated) == ((), ())
