"""How the database is: what it says of itself, what waits in it, and that a program that hangs gets no answer."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from bot.core.reasons import Reason
from bot.core.vitals import Vitals
from bot.store.vital import BACKED_UP

MINUTE = timedelta(minutes=1)


async def test_an_empty_database_has_nothing_that_waits(store, database, now):
    vitals = await store.vitals(now, ["team"])
    assert vitals.size > 10_000
    assert (vitals.log_size is None) == (vitals.disk_free is None) == (database.path is None)
    assert vitals == Vitals(size=vitals.size, log_size=vitals.log_size, disk_free=vitals.disk_free)


async def test_the_age_of_what_waits_is_told(store, build, now):
    await build.queue(store, 1, first_seen=now - 2 * MINUTE)
    await build.queue(store, 2)
    await build.deliver(
        store,
        build.delivery(1, not_before=now - MINUTE),
        build.delivery(2, not_before=now + MINUTE),
        build.delivery(3, channel_id="elsewhere", not_before=now - 9 * MINUTE),
    )
    vitals = await store.vitals(now, ["team", "ops"])
    assert (vitals.queued, vitals.oldest_queued, vitals.oldest_due) == (2, now - 2 * MINUTE, now - MINUTE)


async def test_channels_that_cannot_be_posted_to_are_counted(store, build, now):
    await build.deliver(store, build.delivery(1))
    claimed = await store.claim_next("team", now=now, lease=MINUTE, token="t")
    await store.settle(build.settled(claimed.delivery.id, "t", park=Reason.CHANNEL_GONE))
    await build.deliver(store, build.delivery(2))
    vitals = await store.vitals(now + MINUTE, ["team", "ops"])
    assert (vitals.parked, vitals.oldest_due) == (1, None)  # what waits there waits for a person
    assert (await store.vitals(now, ["ops"])).parked == 0


async def test_the_last_backup_is_told(store, now):
    await store.keep_fact(BACKED_UP, now.isoformat())
    assert (await store.vitals(now, [])).backed_up == now


async def test_a_database_that_is_well_has_no_trouble(store):
    assert await store.trouble() is None


@pytest.mark.durable
async def test_another_program_that_writes_is_no_trouble_of_ours_and_is_not_disturbed(store, database):
    if database.path is None:
        pytest.skip("nobody locks a whole server")
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with asyncio.timeout(60):
            assert await store.trouble() is None
        other.execute("COMMIT")


@pytest.mark.durable
async def test_a_program_that_hangs_in_its_own_transaction_gets_no_answer(store, database):
    if database.kind == "postgresql":
        pytest.skip("its writers are several; one that hangs keeps nobody waiting")
    async with store._write():
        asked = asyncio.create_task(store.trouble())
        _, waiting = await asyncio.wait([asked], timeout=0.5)
        assert waiting
    async with asyncio.timeout(60):
        assert await asked is None


@pytest.mark.durable
async def test_a_file_that_is_gone_or_replaced_is_trouble_although_everything_can_be_written(store, database):
    if database.path is None:
        pytest.skip("a server's database is no file of ours")
    assert await store.trouble() is None
    database.path.rename(database.path.with_name("moved.db"))
    assert "is gone from its folder" in await store.trouble()
    await store.keep_fact("a", "b")
    database.path.with_name("moved.db").rename(database.path)
    assert await store.trouble() is None
    database.path.rename(database.path.with_name("moved.db"))
    database.path.write_bytes(b"")
    assert "was replaced while it was in use" in await store.trouble()
