"""What is remembered of sources, and the transaction that stores a poll."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.core.identity import digest
from bot.core.model import TextState
from bot.core.records import PollRecord, SourceConfig, SourceState

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
    await store.save_source_state(state)
    await store.declare_sources([declared("a")], now + HOUR)
    assert await store.source_states() == {"a": state}


async def test_a_new_address_voids_validators_and_makes_the_source_due_but_is_no_second_baseline(store, build, now):
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
    await store.save_source_state(state)
    await store.declare_sources([declared("a", "https://gazette.example/new")], now)
    assert await store.source_states() == {
        "a": SourceState(
            "a",
            address_hash=digest("https://gazette.example/new"),
            next_due_at=now,
            last_polled_at=now,
            baselined_at=state.baselined_at,
        )
    }


async def test_the_state_of_an_undeclared_source_stays_but_is_not_due(store, build, now):
    await store.save_source_state(build.state("gone"))
    await store.declare_sources([declared("a")], now)
    assert set(await store.source_states()) == {"a", "gone"}
    assert [state.source_id for state in await store.due_sources(["a"], now, 10)] == ["a"]
    assert await store.next_due(["a"]) == now


async def test_sources_of_another_workspace_are_kept_apart(store, now):
    await store.declare_sources([declared("a"), declared("a", "https://other.example/", workspace_id="T1")], now)
    assert (await store.source_states())["a"].address_hash == digest("https://gazette.example/feed")
    assert (await store.source_states(workspace_id="T1"))["a"].address_hash == digest("https://other.example/")
    await store.add_workspaces(["T1", "T2", "file"])
    assert await store.source_states(workspace_id="T2") == {}


async def test_due_sources_come_longest_overdue_first_and_no_more_than_asked(store, build, now):
    for name, due in (("late", now - HOUR), ("later", now - 2 * HOUR), ("never", None), ("not-yet", now + HOUR)):
        await store.save_source_state(build.state(name, next_due_at=due))
    every = ["late", "later", "never", "not-yet"]
    assert [state.source_id for state in await store.due_sources(every, now, 10)] == ["never", "later", "late"]
    assert [state.source_id for state in await store.due_sources(every, now, 2)] == ["never", "later"]
    assert [state.source_id for state in await store.due_sources(["late"], now, 1)] == ["late"]


async def test_next_due_is_the_earliest_time_of_the_sources_asked_for(store, build, now):
    assert await store.next_due(["a"]) is None
    await store.save_source_state(build.state("a", next_due_at=now + HOUR))
    await store.save_source_state(build.state("b", next_due_at=now))
    await store.save_source_state(build.state("c", next_due_at=None))
    assert await store.next_due(["a"]) == now + HOUR
    assert await store.next_due(["a", "b"]) == now
    assert await store.next_due(["a", "c"]) < now - timedelta(days=365)


async def test_sources_that_a_clock_step_put_off_are_pulled_back_to_their_interval(store, build, now):
    await store.save_source_state(build.state("far", next_due_at=now + 10 * HOUR))
    await store.save_source_state(build.state("near", next_due_at=now + HOUR / 2))
    await store.save_source_state(build.state("never", next_due_at=None))
    assert await store.make_due([("far", HOUR), ("near", HOUR), ("never", HOUR), ("unknown", HOUR)], now) == 1
    states = await store.source_states()
    assert {name: state.next_due_at for name, state in states.items()} == {"far": now + HOUR, "near": now + HOUR / 2, "never": None}
    assert await store.make_due([], now) == 0


async def test_validators_come_back_byte_for_byte(store, build):
    state = build.state("a", etag=bytes(range(256)), last_modified=b"", last_error="Refused.", failures=7)
    await store.save_source_state(state)
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


async def test_a_changed_item_is_updated_in_place_and_not_queued_again(store, build, now):
    (entry,) = await build.queue(store, 1)
    await store.commit_alert(build.batch(build.filed(entry)))
    changed = build.item(
        1, title="Corrected", summary="New.", content_text="New text.", content_hash="other", date_modified=now, outlet="Ignored"
    )
    committed = await store.commit_poll(PollRecord(build.state(), ((changed, None), (build.item(2), None))), now)
    assert (committed.new, committed.updated) == (("i2",), ("i1",))
    assert (await store.items(["i1"]))["i1"] == replace(changed, outlet="The Gazette")
    assert [queued.item.id for queued in await store.queued_items(10)] == ["i2"]


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
