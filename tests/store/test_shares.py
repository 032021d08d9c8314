"""Sources of which every process polls a share: one asks, and who is late changes nothing that another wrote since."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.core.sources import PollRecord, SourceConfig

MINUTE = timedelta(minutes=1)


async def declare(store, now, *names):
    await store.declare_sources([SourceConfig(name, "feed", f"https://{name}.example/") for name in names], now)


async def states(store, *names):
    return await store.states_of([("file", name) for name in names])


def asked(state, at):
    return replace(state, last_polled_at=at, next_due_at=at + 30 * MINUTE)


async def test_what_is_due_is_told_longest_overdue_first_and_nothing_that_is_not_due_or_gone(store, now):
    await declare(store, now, "a", "b", "c", "gone")
    known = await states(store, "a", "b", "c", "gone")
    await store.save_source_states(
        [
            replace(known["a"], next_due_at=now - MINUTE, failures=2, adopted_url="https://new.example/"),
            replace(known["b"], next_due_at=now - 2 * MINUTE),
            replace(known["c"], next_due_at=now + MINUTE),
            replace(known["gone"], trouble="gone"),
        ]
    )
    due = await store.due_now(now)
    assert [source.source_id for source in due] == ["b", "a"]
    assert (due[1].failures, due[1].adopted_url, due[1].due_at) == (2, "https://new.example/", now - MINUTE)
    assert due[0].address_hash == known["b"].address_hash


async def test_of_many_that_claim_a_source_at_once_one_may_ask_it(store, now):
    await declare(store, now, "a")
    known = (await states(store, "a"))["a"]
    claims = [store.claim_source(asked(known, now + timedelta(seconds=number)), known) for number in range(1, 11)]
    assert sum(await asyncio.gather(*claims)) == 1


async def test_a_source_that_another_asked_meanwhile_is_not_claimed(store, now):
    await declare(store, now, "a")
    known = (await states(store, "a"))["a"]
    assert await store.claim_source(asked(known, now), known)
    assert not await store.claim_source(asked(known, now + MINUTE), known)
    assert (await states(store, "a"))["a"].last_polled_at == now


async def test_a_poll_that_ends_after_another_claimed_its_source_keeps_its_items_and_not_its_state(store, build, now):
    await declare(store, now, "a")
    known = (await states(store, "a"))["a"]
    first = asked(known, now)
    await store.claim_source(first, known)
    second = asked(first, now + 31 * MINUTE)
    await store.claim_source(second, first)
    slept = PollRecord(replace(first, etag=b"old"), ((build.item(1, source_id="a"), None),), claimed_at=now)
    (late,) = await store.commit_polls([slept], now + 32 * MINUTE)
    assert late.new == (build.item(1, source_id="a").id,)
    assert (await states(store, "a"))["a"] == second
    (own,) = await store.commit_polls([PollRecord(replace(second, etag=b"new"), claimed_at=now + 31 * MINUTE)], now + 32 * MINUTE)
    assert own.new == ()
    assert (await states(store, "a"))["a"].etag == b"new"


async def test_sources_whose_site_wants_to_be_left_alone_are_told(store, now):
    await declare(store, now, "a", "b", "c")
    known = await states(store, "a", "b", "c")
    await store.save_source_states(
        [replace(known["a"], throttled_until=now + MINUTE), replace(known["b"], throttled_until=now - MINUTE)]
    )
    assert list(await store.throttled_sources(now)) == ["a"]


async def test_sources_that_nobody_knows_have_no_state(store, now):
    assert await states(store, "nobody") == {}
    assert await store.due_now(now) == []
