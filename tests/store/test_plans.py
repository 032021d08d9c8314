"""Hot queries go through the index that was made for them, however large the tables are."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.dialects import sqlite

from bot.core.deliveries import DeliveryState
from bot.core.search import SearchWord
from bot.core.sources import PollRecord
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


# ---------------------------------------------------------------- PostgreSQL, on tables so large that walking through one is dear

BIG = ("items", "item_words", "item_keys", "item_terms", "memberships", "stories", "matches", "deliveries", "item_edits", "pushes")
"""Tables that grow with the archive."""
FILLED = """
INSERT INTO items (id, workspace_id, source_id, title, summary, content_text, text_state, authors, tags, notes, content_hash,
    first_seen, phase, canonical_url)
  SELECT 'i' || n, 'file', 's' || n % 40, 'A title', repeat('word ', 40), '', 'full', '[]', '[]', '[]', 'h',
    timestamptz '2026-03-10' - (12000 - n) * interval '1 min', CASE WHEN n > 11900 THEN 'queued' ELSE 'filed' END,
    'https://a.example/' || n
  FROM generate_series(1, 12000) n;
INSERT INTO sources (workspace_id, source_id, address_hash, next_due_at, failures, last_error)
  SELECT 'file', 's' || n, 'a', timestamptz '2026-03-10' + n * interval '1 s', 0, '' FROM generate_series(1, 12000) n;
INSERT INTO item_words
  SELECT n, array_to_tsvector(ARRAY(SELECT DISTINCT 'word' || (n * 7 + m * m) % 500 FROM generate_series(1, 20) m)
    || CASE WHEN n % 20 > 0 THEN '{common}' ELSE '{rare}'::text[] END)
  FROM generate_series(1, 11900) n;
INSERT INTO item_keys SELECT 'k' || n, n FROM generate_series(1, 11900) n;
INSERT INTO item_terms SELECT (n * 13 + m * 101) % 9000, n FROM generate_series(1, 11900) n, generate_series(1, 6) m;
INSERT INTO stories
  SELECT 'st' || n, 'A title', 'i' || n, 'news', timestamptz '2026-03-10' - (12000 - n) * interval '1 min', NULL, NULL, '[]',
    NULL, 1
  FROM generate_series(1, 11900) n;
INSERT INTO memberships
  SELECT n, 'i' || n, repeat('f', 200), 'st' || n, NULL, NULL, true, 'new', 0, '', '' FROM generate_series(1, 11900) n;
INSERT INTO matches SELECT 'i' || n, 'file', 'rule', 'v1', '[]' FROM generate_series(1, 11900) n;
INSERT INTO item_edits (item_id, noticed_at, before, after, settled_at)
  SELECT 'i' || n, now(), 'a', 'b', CASE WHEN n < 11800 THEN now() END FROM generate_series(1, 11900) n;
INSERT INTO subscriptions
  SELECT 't' || n, 'file', 's' || n, '', '', '', '', NULL, 'verified', NULL, 0, now() + n * interval '1 s', NULL, '', 1
  FROM generate_series(1, 2000) n;
INSERT INTO pushes (token, digest, state, received_at)
  SELECT 't' || n % 2000 + 1, 'd' || n, CASE WHEN n > 11900 THEN 'open' ELSE 'done' END,
    timestamptz '2026-03-10' - (12000 - n) * interval '1 min'
  FROM generate_series(1, 12000) n;
INSERT INTO channels (channel_id, workspace_id) SELECT 'c' || n, 'file' FROM generate_series(0, 299) n;
INSERT INTO deliveries (id, workspace_id, channel_id, action, state, reason, planned_reason, story_id, story_ids, created_at,
    not_before, updated_at, attempt, last_error, message_ref, target_id)
  SELECT 'd' || n, 'file', 'c' || n % 300, CASE WHEN n % 9 = 0 THEN 'edit' ELSE 'post' END,
    CASE WHEN n > 11900 THEN 'pending' WHEN n > 11800 THEN 'held' WHEN n > 11798 THEN 'sending' WHEN n > 11790 THEN 'dead'
      ELSE 'sent' END,
    'new_story', 'new_story', 'st' || n, '[]', time, time, time, 1, repeat('.', 300), 'm' || n,
    CASE WHEN n % 9 = 0 THEN 'd' || n - 1 END
  FROM generate_series(1, 12000) n,
    LATERAL (SELECT timestamptz '2026-03-10' - (12000 - n) * interval '1 min' AS time) AS t;
"""


@pytest.fixture(scope="module")
def filled(postgresql_server):
    """The address of a database with 12,000 of everything."""
    name = postgresql_server.create()

    async def begin():
        store = await Store.open(postgresql_server.url(name))
        await store.use_words("1")
        await store.close()

    with ThreadPoolExecutor(1) as thread:  # a loop of its own: the first test that asks already runs one
        thread.submit(asyncio.run, begin()).result()
    postgresql_server.execute(FILLED, name)
    postgresql_server.execute("VACUUM ANALYZE", name)
    yield postgresql_server.url(name)
    postgresql_server.drop(name)


@pytest.fixture
async def large(filled):
    """Does something on that database, and returns the plan of each statement that it made."""
    store = await Store.open(filled)
    explained = []
    running = [False]

    def note(connection, cursor, statement, parameters, context, executemany):
        if running[0] or not statement.startswith(("SELECT", "UPDATE", "WITH", "DELETE")):
            return
        running[0] = True
        one = parameters[0] if executemany else parameters
        found = connection.exec_driver_sql(f"EXPLAIN {statement}", one)
        explained.append((statement, [row[0].strip() for row in found]))
        running[0] = False

    for engine in (store._engines.writer, store._engines.reader):
        event.listen(engine.sync_engine, "before_cursor_execute", note)

    async def plans(work):
        explained.clear()
        await work(store)
        return list(explained)

    yield plans
    await store.close()


def walked(plans):
    """Big tables that a statement walks through, with the statement."""
    return [
        (step, statement)
        for statement, steps in plans
        for step in steps
        for found in [re.search(r"Seq Scan on (\w+)", step)]
        if found and found[1] in BIG
    ]


STORIES = [f"st{number}" for number in range(6_000, 6_050)]
ITEMS = [f"i{number}" for number in range(6_000, 6_050)]
CHANNELS = [f"c{number}" for number in range(20)]
LATE = datetime(2026, 3, 9, tzinfo=UTC)
LONG_AGO = datetime(2026, 3, 2, tzinfo=UTC)
HOT = {  # all but what is done once a day, and may read a table for it (drop_records)
    "queued_items": lambda store, now: store.queued_items(50),
    "queued_count": lambda store, now: store.queued_count(),
    "queued_by_source": lambda store, now: store.queued_by_source(),
    "queued_at": lambda store, now: store.queued_at("https://a.example/11950"),
    "items": lambda store, now: store.items(ITEMS),
    "known_item_ids": lambda store, now: store.known_item_ids(ITEMS),
    "baseline_ranks": lambda store, now: store.baseline_ranks(ITEMS),
    "neighbours": lambda store, now: store.neighbours(
        [([f"k{n}"], list(range(n, n + 30))) for n in range(5000, 5050)], min_shared=3, limit=20, newest=2, recent=500
    ),
    "term_postings": lambda store, now: store.term_postings(list(range(500)), most=100),
    "members": lambda store, now: store.members(ITEMS),
    "members_of": lambda store, now: store.members_of(STORIES),
    "matches_of": lambda store, now: store.matches_of(ITEMS),
    "stories": lambda store, now: store.stories(STORIES),
    "story_of_item": lambda store, now: store.story_of_item("i6000"),
    "items_under": lambda store, now: store.items_under(["k1", "k2"]),
    "filings": lambda store, now: store.filings(ITEMS),
    "claim_next": lambda store, now: store.claim_next("c201", now=now, lease=timedelta(minutes=2), token="t"),
    "ready_channels": lambda store, now: store.ready_channels(now),
    "next_wake": lambda store, now: store.next_wake(now),
    "held_due": lambda store, now: store.held_due(now),
    "expired_leases": lambda store, now: store.expired_leases(now),
    "take_in_doubt": lambda store, now: store.take_in_doubt(now, all_sending=False),
    "pending": lambda store, now: store.pending("c201"),
    "posts_since": lambda store, now: store.posts_since("c201", LATE),
    "post_times": lambda store, now: store.post_times("c201", LATE),
    "story_deliveries": lambda store, now: store.story_deliveries("c201", STORIES),
    "deliveries": lambda store, now: store.deliveries(state=DeliveryState.DEAD, limit=50),
    "delivery": lambda store, now: store.delivery("d6000"),
    "latest_posts": lambda store, now: store.latest_posts(["c201"], 5),
    "deliveries_of": lambda store, now: store.deliveries_of(STORIES, ["c201", "c202"]),
    "waiting_counts": lambda store, now: store.waiting_counts(CHANNELS),
    "told_since": lambda store, now: store.told_since(CHANNELS, LATE, limit=50),
    "vitals": lambda store, now: store.vitals(now, CHANNELS),
    "hasten_posts": lambda store, now: store.hasten_posts(now),
    "items_by_source": lambda store, now: store.items_by_source(LATE),
    "arrived": lambda store, now: store.arrived(LATE, ["rule"]),
    "archive_numbers of a rare word": lambda store, now: store.archive_numbers(SearchWord("rare"), words="1"),
    "archive_numbers of a common word": lambda store, now: store.archive_numbers(SearchWord("common"), words="1"),
    "archive_numbers of a prefix": lambda store, now: store.archive_numbers(
        SearchWord("word1", prefix=True), words="1", since=LATE
    ),
    "archive_numbers of no word": lambda store, now: store.archive_numbers(None, words="1"),
    "archive_items": lambda store, now: store.archive_items(list(range(6_000, 6_200))),
    "unindexed": lambda store, now: store.unindexed(100),
    "waiting_pushes": lambda store, now: store.waiting_pushes(PushState.OPEN, 9),
    "drop_texts": lambda store, now: store.drop_texts(LONG_AGO, floor=LONG_AGO, most=0, after=0, limit=100),
    "drop_messages": lambda store, now: store.drop_messages(LONG_AGO, in_play=LATE, dead=LONG_AGO, after=0, limit=100),
    "forget_pushes": lambda store, now: store.forget_pushes(LONG_AGO),
}


async def test_on_postgresql_nothing_that_is_asked_for_all_the_time_walks_through_a_table_that_grows(large, now):
    dear = []
    for name, ask in HOT.items():
        plans = await large(lambda store, ask=ask: ask(store, now))
        assert plans, f"{name} asked nothing"
        dear += [f"{name}: {step} in {statement}" for step, statement in walked(plans)]
    assert not dear, "\n".join(dear)


async def test_on_postgresql_a_poll_and_a_batch_look_up_what_they_name_and_nothing_else(large, build):
    async def poll(store):
        known = tuple((build.item(number, content_hash="other"), None) for number in (11_990, 6_000, 40_000))
        await store.commit_poll(PollRecord(build.state(), known), build.now)

    async def file(store):
        batch = [build.filed(entry, f"st{entry.order}", keys=(f"new{entry.order}",)) for entry in await store.queued_items(5)]
        seen = [(f"st{entry.order - 4000}", 1) for entry in batch]
        records = [build.story(f"st{entry.order}") for entry in batch]
        await store.commit_alert(build.batch(*batch, stories=records, seen_versions=seen, deliveries=[build.delivery(90_000)]))

    plans = await large(poll) + await large(file) + await large(build.send)
    assert len(plans) > 12
    assert walked(plans) == []


async def test_on_postgresql_the_queries_of_a_send_read_the_index_made_for_them(large, now):
    steps = "\n".join(step for _, plan in await large(lambda store: HOT["claim_next"](store, now)) for step in plan)
    assert "deliveries_state_channel_id_sequence" in steps or "deliveries_channel_id_state_updated_at" in steps
    steps = "\n".join(step for _, plan in await large(lambda store: HOT["queued_items"](store, now)) for step in plan)
    assert "Index Scan using items_queued on items" in steps
    assert "Sort" not in steps
    search = HOT["archive_numbers of a common word"]
    steps = "\n".join(step for _, plan in await large(lambda store: search(store, now)) for step in plan)
    assert "Bitmap Index Scan on item_words_words" in steps


async def test_on_postgresql_a_source_is_read_and_claimed_by_its_key(large, build):
    known = build.state("s7000")
    plans = await large(lambda store: store.states_of([("file", "s7000"), ("file", "s7001")]))
    plans += await large(lambda store: store.claim_source(known, known))
    assert len(plans) == 2
    for _, steps in plans:
        assert any("Index Scan using sources_pkey" in step for step in steps), steps
