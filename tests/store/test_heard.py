"""Of several processes that hear the same one is the first, and what was heard is kept no longer than it may come again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from bot.store.database import Store
from bot.store.tables import heard

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
KEPT = timedelta(minutes=15)


async def hear(store: Store, *digests: str, seconds: float = 0) -> bool:
    return await store.hear_first(digests, now=NOW + timedelta(seconds=seconds), kept=KEPT)


async def remembered(store: Store) -> int:
    async with store._read() as connection:
        return await connection.scalar(select(func.count()).select_from(heard))


async def test_of_many_that_hear_the_same_at_once_one_is_the_first(store: Store) -> None:
    assert sum(await asyncio.gather(*(hear(store, "interaction 1") for _ in range(12)))) == 1


async def test_what_has_several_names_is_heard_before_if_one_of_them_was(store: Store) -> None:
    assert await hear(store, "event 1", "trigger 1")
    assert not await hear(store, "event 2", "trigger 1")
    assert not await hear(store, "event 2")
    assert await hear(store, "event 3", "event 3")


async def test_of_several_names_in_any_order_at_once_one_call_is_the_first(store: Store) -> None:
    """Rows are taken in one order, so that no two wait for each other."""
    names = [f"name {number}" for number in range(8)]
    got = await asyncio.gather(*(hear(store, *(names if turn % 2 else names[::-1])) for turn in range(12)))
    assert sum(got) == 1


async def test_a_name_counts_for_its_time_and_no_longer(store: Store) -> None:
    assert await hear(store, "event")
    assert not await hear(store, "event", seconds=899)
    assert await hear(store, "event", seconds=900)
    assert not await hear(store, "event", seconds=1799)


async def test_what_counts_no_more_is_forgotten_when_it_is_asked_for(store: Store) -> None:
    assert await hear(store, "old", "older")
    assert await hear(store, "new", seconds=600)
    await store.forget_heard(NOW + timedelta(seconds=900))
    assert await remembered(store) == 1
    assert not await hear(store, "new", seconds=900)


async def test_what_was_heard_is_nobodys_lead(store: Store) -> None:
    assert await hear(store, "event")
    assert await store.lead_holders(NOW) == {}
