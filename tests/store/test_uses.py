"""What a workspace may do so often in an hour is counted in the database, once for all who answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.core.quotas import HOUR, Use


async def test_so_many_uses_fit_into_an_hour_and_no_more_however_many_ask_at_once(store, build):
    asked = (store.use("slack:T1", Use.LOOK, build.now, most=3) for _ in range(8))
    assert sorted(await asyncio.gather(*asked)) == [False] * 5 + [True] * 3
    assert await store.used_since("slack:T1", build.now - HOUR) == {Use.LOOK: 3}


async def test_a_use_counts_for_an_hour_and_is_gone_then(store, build):
    assert await store.use("slack:T1", Use.LOOK, build.now, most=1)
    assert not await store.use("slack:T1", Use.LOOK, build.now + HOUR - timedelta(seconds=1), most=1)
    assert await store.use("slack:T1", Use.LOOK, build.now + HOUR, most=1)
    assert await store.used_since("slack:T1", build.now - HOUR) == {Use.LOOK: 1}


async def test_uses_are_of_one_workspace_and_of_one_kind(store, build):
    assert await store.use("slack:T1", Use.LOOK, build.now, most=1)
    assert await store.use("slack:T2", Use.LOOK, build.now, most=1)
    assert await store.use("slack:T1", Use.DECISION, build.now, most=1)
    assert await store.used_since("slack:T1", build.now - HOUR) == {Use.LOOK: 1, Use.DECISION: 1}
    assert await store.used_since("slack:T3", build.now - HOUR) == {}
