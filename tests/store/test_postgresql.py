"""Sessions of PostgreSQL: how they are set up, how many there are, and that none holds up the others for ever."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from bot.core.deliveries import DeliveryState
from bot.core.errors import StoreError
from bot.core.pool import DIRECT, Pool
from bot.store.database import Store
from bot.store.engine import IDLE_IN_TRANSACTION, LONGEST_STATEMENT, _connecting, _Session, connect
from bot.store.revisions import HEAD, SESSION

ASKED = ("timezone", "lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "jit")
BUSY = timedelta(seconds=7)


@pytest.fixture
def url(postgresql_server):
    """A database whose own time zone is not ours."""
    name = postgresql_server.create()
    postgresql_server.execute(f"ALTER DATABASE {name} SET timezone TO 'America/New_York'")
    yield postgresql_server.url(name)
    postgresql_server.drop(name)


async def settings(connection):
    return tuple([(await connection.execute(text(f"SHOW {name}"))).scalar_one() for name in ASKED])


@pytest.mark.parametrize("pooler", [False, True])
async def test_every_transaction_is_in_utc_and_waits_and_holds_for_so_long_at_most(url, pooler, build, now):
    store = await Store.open(url, busy_timeout=BUSY, pool=Pool(pooler=pooler))
    engines = store._engines
    wanted = ("UTC", "7s", "67s", "10s", "off")
    assert timedelta(seconds=67) == BUSY + LONGEST_STATEMENT
    assert timedelta(seconds=10) == IDLE_IN_TRANSACTION
    async with engines.write() as connection:
        assert await settings(connection) == wanted
        assert (await connection.execute(text("SHOW transaction_read_only"))).scalar_one() == "off"
    async with engines.read() as connection:
        assert await settings(connection) == wanted
        assert (await connection.execute(text("SHOW transaction_isolation"))).scalar_one() == "repeatable read"
    (entry,) = await build.queue(store, 1)
    assert entry.item.date_published == now - timedelta(hours=1)
    await store.close()


async def test_behind_a_pooler_a_session_is_left_as_it_was_found_and_nothing_is_prepared_in_it(url, build, now):
    store = await Store.open(url, pool=Pool(2, pooler=True))
    for _ in range(8):  # the driver prepares what comes a sixth time
        await store.ready_channels(now)
        await build.queue(store, 1)
    for engine in (store._engines.writer, store._engines.reader):
        async with engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            found = await (await driver.execute("SHOW timezone")).fetchone()
            assert found == ("America/New_York",)
            prepared = await (await driver.execute("SELECT count(*) FROM pg_prepared_statements")).fetchone()
            assert prepared == (0,)
    await store.close()


async def test_a_process_is_told_by_its_name_and_has_as_many_sessions_as_it_may(url):
    store = await Store.open(url, pool=Pool(5))
    ours = "application_name LIKE 'watchlamp %' AND datname = current_database()"
    counted = text(f"SELECT count(*) FROM pg_stat_activity WHERE {ours}")

    async def one(enter):
        async with enter() as connection:
            await connection.execute(text("SELECT pg_sleep(0.05)"))
            return (await connection.execute(counted)).scalar_one()

    found = await asyncio.gather(*(one(enter) for enter in [store._engines.write, store._engines.read] * 8))
    assert max(found) == 5
    await store.close()


def test_what_the_address_says_of_a_session_counts_more_than_what_the_program_says():
    address = make_url("postgresql://bot@db/name?options=-c%20lock_timeout%3D1&keepalives_idle=99")
    given = _connecting(address, BUSY, _Session(BUSY), DIRECT)
    assert "keepalives_idle" not in given
    assert given["options"].startswith("-c timezone=UTC -c lock_timeout=7000 ")
    assert given["options"].endswith(" -c lock_timeout=1")  # of two the later one counts
    assert (given["tcp_user_timeout"], given["fallback_application_name"]) == (25_000, SESSION + HEAD)
    behind = _connecting(address, BUSY, _Session(BUSY), Pool(pooler=True))
    assert "options" not in behind
    assert behind["prepare_threshold"] is None


def test_one_connection_is_the_least_that_each_half_gets():
    engines = connect("postgresql://bot@db/name", password=None, busy_timeout=BUSY, pool=Pool(1))
    assert (engines.writer.pool.size(), engines.reader.pool.size()) == (1, 1)
    engines = connect("postgresql://bot@db/name", password=None, busy_timeout=BUSY, pool=Pool(9))
    assert (engines.writer.pool.size(), engines.reader.pool.size()) == (4, 5)


FROZEN = """
import asyncio, sys
from bot.core.errors import StoreError
from bot.store.database import Store
from bot.store.tables import channels, deliveries
from sqlalchemy import func, select

async def main():
    store = await Store.open(sys.argv[1])
    try:
        async with store._engines.write() as connection:
            await connection.execute(select(func.pg_advisory_xact_lock(0x574C4D5000000002)))
            await connection.execute(select(channels).with_for_update())
            await connection.execute(select(deliveries).with_for_update())
            print("held", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            await connection.execute(deliveries.update().values(state="dead"))
    except StoreError as error:
        print(error, flush=True)
    print(len(await store.deliveries(limit=9)), flush=True)
    await store.close()

asyncio.run(main())
"""


async def test_a_process_frozen_in_a_transaction_keeps_others_waiting_no_longer_than_that_and_writes_nothing_afterwards(
    url, build, now, tmp_path
):
    store = await Store.open(url)
    await build.deliver(store, build.delivery(1), build.delivery(2, channel_id="ops"))
    program = tmp_path / "frozen.py"
    program.write_text(FROZEN)
    # Two seconds instead of ten; what the address says counts more.
    short = f"{url}&options=-c%20idle_in_transaction_session_timeout%3D2000"
    frozen = subprocess.Popen(
        [sys.executable, program, short],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        assert await asyncio.to_thread(frozen.stdout.readline) == "held\n"
        frozen.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        sent, written = await asyncio.gather(
            store.claim_next("team", now=now, lease=timedelta(minutes=2), token="mine"),
            build.deliver(store, build.delivery(3)),
        )
        waited = time.monotonic() - began
        assert (sent.delivery.id, [row.id for row in written]) == ("d1", ["d3"])
        assert 0.1 < waited < IDLE_IN_TRANSACTION.total_seconds()
        frozen.send_signal(signal.SIGCONT)
        told, _ = await asyncio.to_thread(frozen.communicate, "\n")
        sentence, count = told.splitlines()
        assert "Nothing was written; try again." in sentence
        assert "stood still" in sentence
        assert count == "3", "it goes on with another session"
        states = {row.id: row.state for row in await store.deliveries(limit=9)}
        assert states == {"d1": DeliveryState.SENDING, "d2": DeliveryState.PENDING, "d3": DeliveryState.PENDING}
    finally:
        frozen.kill()
        frozen.communicate()
        await store.close()


async def test_a_statement_that_takes_too_long_is_broken_off_and_told(url):
    store = await Store.open(f"{url}&options=-c%20statement_timeout%3D200")
    with pytest.raises(StoreError, match="broke off what took too long"):
        async with store._engines.read() as connection:
            await connection.execute(text("SELECT pg_sleep(30)"))
    assert await store.queued_count() == 0
    await store.close()
