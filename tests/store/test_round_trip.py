"""Values come back as they went, on both databases: every character that a database can hold, every instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.deliveries import Action, DeliveryState
from bot.core.messages import DigestMessage, StoryMessage
from bot.core.model import Item, Level, Match, Span, TextState
from bot.core.outbox import NewDelivery
from bot.core.reasons import Reason
from bot.core.sources import PollRecord
from bot.store.types import AwareUTC, storable

QUICK = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
anything = st.text(max_size=40)
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)
instants = st.datetimes(timezones=st.just(UTC))
lists = st.lists(texts, max_size=3).map(tuple)


def maybe(strategy):
    return st.none() | strategy


items = st.builds(
    Item,
    id=texts,
    source_id=texts,
    title=texts,
    first_seen=instants,
    guid=maybe(texts),
    url=maybe(texts),
    canonical_url=maybe(texts),
    summary=texts,
    content_text=texts,
    text_state=st.sampled_from(TextState),
    outlet=maybe(texts),
    authors=lists,
    tags=lists,
    language=maybe(texts),
    date_published=maybe(instants),
    date_modified=maybe(instants),
    date_rendered=maybe(instants),
    notes=lists,
    content_hash=texts,
)
# NUL stands in JSON as an escape, so a message keeps even that; lone surrogates are no text.
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
stories = st.builds(
    StoryMessage,
    story_id=words,
    headline=words,
    url=maybe(words),
    host=maybe(words),
    sentences=st.lists(words, max_size=3).map(tuple),
    outlet=maybe(words),
    published=maybe(instants),
    also=st.lists(words, max_size=2).map(tuple),
    independent=st.integers(0, 99),
    copies=st.integers(0, 99),
    rules=st.lists(st.tuples(words, words), max_size=2).map(tuple),
    matched=st.lists(words, max_size=2).map(tuple),
    follows=maybe(st.tuples(words, maybe(instants))),
    level=st.sampled_from(Level),
    notes=st.lists(words, max_size=2).map(tuple),
    pointer=maybe(words),
    repeated=st.booleans(),
)
messages = stories | st.builds(
    DigestMessage, title=words, stories=st.lists(stories, max_size=2).map(tuple), note=words, repeated=st.booleans()
)
deliveries = st.builds(
    NewDelivery,
    id=texts,
    workspace_id=st.just("file"),
    channel_id=texts,
    action=st.sampled_from(Action),
    state=st.sampled_from(DeliveryState),
    reason=st.sampled_from(Reason),
    message=maybe(messages),
    story_id=maybe(texts),
    story_ids=lists,
    not_before=instants,
    target_id=maybe(texts),
)


async def clear(store):
    async with store._engines.write() as connection:
        for table in ("deliveries", "channels", "matches", "memberships", "item_keys", "item_terms", "items"):
            await connection.exec_driver_sql(f"DELETE FROM {table}")


@QUICK
@given(wanted=st.lists(items, max_size=4, unique_by=lambda item: item.id))
async def test_items_come_back_as_they_went(store, build, now, wanted):
    await clear(store)
    await store.commit_poll(PollRecord(build.state(), tuple((item, None) for item in wanted)), now)
    assert [entry.item for entry in await store.queued_items(10)] == wanted


@QUICK
@given(wanted=st.lists(deliveries, max_size=4, unique_by=lambda delivery: delivery.id))
async def test_deliveries_come_back_as_they_went(store, build, wanted):
    await clear(store)
    rows = await build.deliver(store, *wanted)
    names = ("id", "workspace_id", "channel_id", "action", "state", "reason", "message", "story_id", "story_ids", "not_before")
    assert [[getattr(row, name) for name in names] for row in rows] == [[getattr(new, name) for name in names] for new in wanted]


@QUICK
@given(
    spans=st.lists(st.builds(Span, texts, st.integers(0, 2**31), st.integers(0, 2**31), texts, texts), max_size=3),
    rule_id=texts,
    keys=st.lists(texts, max_size=3, unique=True),
    terms=st.lists(st.integers(0, 2**63 - 1), max_size=5, unique=True),
)
async def test_matches_keys_and_terms_come_back_as_they_went(store, build, spans, rule_id, keys, terms):
    await clear(store)
    (entry,) = await build.queue(store, 1)
    match = Match("i1", rule_id, "v", tuple(spans))
    await store.commit_alert(build.batch(build.filed(entry, keys=tuple(keys), terms=tuple(terms), matches=(match,))))
    assert await store.matches_of(["i1"]) == {"i1": (match,)}
    for key in keys:
        assert len(await store.neighbours([([key], [])], min_shared=1, limit=1, newest=0, recent=9)) == 1
    if terms:
        assert len(await store.neighbours([([], terms)], min_shared=len(terms), limit=1, newest=0, recent=9)) == 1


@QUICK
@given(title=anything, author=anything)
async def test_no_character_makes_a_poll_fail_and_both_databases_keep_the_same(store, build, now, title, author):
    await clear(store)
    item = build.item(1, title=title, authors=(author,), tags=("\x00a\ud800b",))
    await store.commit_poll(PollRecord(build.state(), ((item, None),)), now)
    (entry,) = await store.queued_items(1)
    assert (entry.item.title, entry.item.authors, entry.item.tags) == (storable(title), (storable(author),), ("a\ufffdb",))


def test_only_nul_and_lone_surrogates_are_lost():
    assert storable("a\x00b\ud83dc\udc4d") == "ab\ufffdc\ufffd"
    whole = "".join(map(chr, (*range(1, 0xD800), *range(0xE000, 0x110000))))
    assert storable(whole) is whole


@pytest.mark.parametrize(
    "instant",
    [datetime(2026, 3, 10, 12, tzinfo=UTC).replace(tzinfo=None), datetime(2026, 3, 10, 12, tzinfo=timezone(timedelta(hours=1)))],
)
async def test_an_instant_that_is_not_in_utc_is_refused(store, build, instant):
    with pytest.raises(Exception, match="an aware UTC datetime is needed"):
        await store.save_source_states([build.state(next_due_at=instant)])
    assert AwareUTC().process_bind_param(None, None) is None


async def test_the_first_and_the_last_instant_can_be_stored(store, build):
    for instant in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        await store.save_source_states([build.state(next_due_at=instant)])
        assert (await store.source_states())["gazette"].next_due_at == instant
