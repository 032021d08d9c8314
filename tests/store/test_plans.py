"""Hot queries go through the index that was made for them, however large the tables are."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlalchemy.dialects import sqlite

from bot.core.search import SearchWord
from bot.core.subscriptions import PushState
from bot.store.database import Store
from bot.store.items import _QUEUED


@pytest.fixture
async def explained(tmp_path, build):
    """Runs a method on a SQLite file with a little of everything, and returns the plan of each statement it made."""
    store = await Store.open(f"sqlite:{tmp_path / 'watchlamp.db'}")
    entries = await build.queue(store, *range(3))
    filed = [
        build.filed(entry, "s1", keys=(f"k{entry.order}",), terms=tuple(range(entry.order, entry.order + 20)))
        for entry in entries[:2]
    ]
    await store.commit_alert(build.batch(*filed, stories=(build.story("s1"),), deliveries=[build.delivery(n) for n in range(3)]))
    await build.send(store)

    async def plans(work):
        seen = []

        def note(connection, cursor, text, parameters, context, executemany):
            if text.startswith(("SELECT", "UPDATE", "WITH")) and not executemany:
                seen.append((text, parameters))

        engines = {store._engines.writer.sync_engine, store._engines.reader.sync_engine}
        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        await work(store)
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
        found = []
        async with store._engines.reader.connect() as connection:
            for text, parameters in seen:
                rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters)
                found.append([row[-1] for row in rows])
        return found

    yield plans
    await store.close()


def scans(plans):
    """Steps that walk through a whole table; walking along the partial index of the queue is walking along the queue."""
    return [
        step
        for plan in plans
        for step in plan
        if step.startswith("SCAN") and step != "SCAN CONSTANT ROW" and "items_queued" not in step and "(subquery" not in step
    ]


async def test_the_queue_is_read_along_its_own_index(explained):
    plans = await explained(lambda store: store.queued_items(50))
    assert any("items_queued" in step for step in plans[0])
    assert not any("TEMP B-TREE" in step for step in plans[0])
    assert any("items_queued" in step for step in (await explained(lambda store: store.queued_count()))[0])


async def test_a_claim_reads_only_the_rows_of_its_channel_that_wait(explained, build, now):
    plans = await explained(build.send)
    text = "\n".join(step for plan in plans for step in plan)
    assert "deliveries_state_channel_id_sequence (state=? AND channel_id=?)" in text
    assert "TEMP B-TREE" not in text
    assert scans(plans) == []


async def test_neighbours_are_looked_up_by_key_and_term(explained):
    plans = await explained(
        lambda store: store.neighbours([(["k7"], list(range(30, 40)))], min_shared=3, limit=20, newest=2, recent=50)
    )
    by_key, by_term = ("\n".join(plan) for plan in plans[:2])
    assert "SEARCH item_keys USING PRIMARY KEY (key=?)" in by_key
    assert by_term.count("SEARCH item_terms USING PRIMARY KEY (term=?)") == 1
    in_memory = {"SCAN asked VIRTUAL TABLE INDEX 1:", "SCAN newest"}
    assert "TEMP B-TREE" not in by_key + by_term, "the newest stand at one end of what is under a key or term"
    assert [step for step in scans(plans) if step not in in_memory] == []


@pytest.mark.parametrize(
    "name", ["posts_since", "story_deliveries", "pending", "members_of", "items", "matches_of", "stories", "story_of_item"]
)
async def test_nothing_a_batch_asks_for_walks_through_a_table(explained, now, name):
    asked = {
        "posts_since": lambda store: store.posts_since("team", now),
        "story_deliveries": lambda store: store.story_deliveries("team", ["s1"]),
        "pending": lambda store: store.pending("team"),
        "members_of": lambda store: store.members_of(["s1"]),
        "items": lambda store: store.items(["i1", "i2"]),
        "matches_of": lambda store: store.matches_of(["i1", "i2"]),
        "stories": lambda store: store.stories(["s1"]),
        "story_of_item": lambda store: store.story_of_item("i1"),
    }
    plans = await explained(asked[name])
    assert len(plans) == 1
    assert scans(plans) == []


async def test_the_tick_looks_only_at_rows_that_wait_and_at_channels(explained, now):
    for work in (
        lambda store: store.ready_channels(now),
        lambda store: store.next_wake(now),
        lambda store: store.held_due(now),
        lambda store: store.expired_leases(now),
    ):
        assert [step for step in scans(await explained(work)) if step != "SCAN channels"] == []


def test_the_value_of_the_partial_index_is_written_into_the_statement():
    assert "phase = 'queued'" in str(_QUEUED.compile(dialect=sqlite.dialect()))


async def test_what_people_ask_is_looked_up_by_indexes(explained):
    keyed = await explained(lambda store: store.items_under(["k1", "k2"]))
    assert "item_keys USING PRIMARY KEY (key=?)" in "\n".join(keyed[0])
    waiting = await explained(lambda store: store.queued_at("https://gazette.example/1"))
    assert any("items_queued" in step for step in waiting[0])
    told = await explained(lambda store: store.latest_posts(["team", "ops"], 5))
    of_stories = await explained(lambda store: store.deliveries_of(["s1", "s2"], ["team", "ops"]))
    counted = await explained(lambda store: store.waiting_counts(["team", "ops"]))
    by_number = await explained(lambda store: store.delivery("d1"))
    decided = await explained(lambda store: store.filings(["i1", "i2"]))
    assert scans([*keyed, *waiting, *told, *of_stories, *counted, *by_number, *decided]) == []
    assert "deliveries_channel_id_story_id (channel_id=? AND story_id=?)" in "\n".join(of_stories[0])
    assert "deliveries_state_channel_id_sequence (state=? AND channel_id=?)" in "\n".join(counted[0])


async def test_the_items_of_a_week_are_counted_from_the_newest_on_without_sorting(explained, now):
    assert [step for plan in await explained(lambda store: store.items_by_source(now)) for step in plan] == ["SCAN items"]


async def test_a_search_of_the_archive_looks_only_at_what_the_words_leave_over(explained):
    await explained(lambda store: store.use_words("1"))
    plans = await explained(lambda store: store.archive_numbers(SearchWord("drone"), words="1"))
    text = "\n".join(plans[-1])
    assert "SCAN item_words VIRTUAL TABLE INDEX" in text
    assert "items USING INTEGER PRIMARY KEY (rowid=?)" in text
    assert [step for step in scans(plans) if "item_words" not in step and "found" not in step and "candidates" not in step] == []
    numbered = await explained(lambda store: store.archive_items([3, 1]))
    assert scans(numbered) == []


async def test_pushes_that_wait_are_found_without_those_that_are_done(explained, now):
    steps = [step for plan in await explained(lambda store: store.waiting_pushes(PushState.OPEN, 9)) for step in plan]
    assert not [step for step in steps if step.startswith("SCAN pushes") and "pushes_unsettled" not in step]
    steps = [step for plan in await explained(lambda store: store.due_subscriptions(now, 9)) for step in plan]
    assert any("subscriptions_next_due_at" in step for step in steps)
