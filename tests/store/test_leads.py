"""Of several processes that want a lead one has it, and one that is silent loses it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.store.database import Store

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)


async def take(store: Store, token: str, seconds: int = 0) -> bool:
    return await store.take_lead("desk", f"node {token}", token, now=NOW + timedelta(seconds=seconds), lease=LEASE)


async def test_of_many_that_ask_at_once_one_has_the_lead(store: Store) -> None:
    got = await asyncio.gather(*(take(store, str(number)) for number in range(20)))
    assert sum(got) == 1
    assert await store.lead_holders(NOW) == {"desk": f"node {got.index(True)}"}


async def test_a_lead_stays_with_its_holder_while_it_asks_again(store: Store) -> None:
    assert await take(store, "one")
    assert await take(store, "one", 20)
    assert not await take(store, "other", 49)
    assert await store.lead_holders(NOW + timedelta(seconds=49)) == {"desk": "node one"}


async def test_a_holder_that_is_silent_for_its_lease_has_lost_it_and_is_told_so(store: Store) -> None:
    assert await take(store, "one")
    assert await take(store, "other", 30)
    assert not await take(store, "one", 31)


async def test_a_lead_that_is_given_back_is_free_at_once_and_only_its_holder_can_give_it_back(store: Store) -> None:
    assert await take(store, "one")
    await store.leave_lead("desk", "other")
    assert not await take(store, "other", 1)
    await store.leave_lead("desk", "one")
    assert await store.lead_holders(NOW) == {}
    assert await take(store, "other", 1)


async def test_leads_of_different_names_are_apart(store: Store) -> None:
    assert await take(store, "one")
    assert await store.take_lead("gateway", "node other", "other", now=NOW, lease=LEASE)


async def test_only_a_database_server_has_a_time_of_its_own(store: Store) -> None:
    told = await store.server_time()
    if store._engines.dialect == "postgresql":
        assert told is not None
        assert told.utcoffset() == timedelta(0)
    else:
        assert told is None
