"""What a message costs on PostgreSQL straight and behind a pooler, and how long a frozen process holds up others.

    python benchmarks/sessions.py [--messages 600]

A server of our own, durable as it comes. A message is claimed and settled (``claim_next``, ``settle``), 32 channels at a time;
nothing is sent. ``pooler`` is the program's way with a pooler in transaction mode: settings with each transaction, nothing
prepared; the pooler itself is not there. Then a process takes the lock under which batches are committed, and is stopped (SIGSTOP);
printed is how long another waits for it. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import tree
from cluster import postgresql, used

from bot.core.deliveries import Action, DeliveryState
from bot.core.messages import StoryMessage
from bot.core.outbox import AlertBatch, NewDelivery, Settled
from bot.core.pool import Pool
from bot.core.reasons import Reason
from bot.store.database import Store

CHANNELS = 32
LEASE = timedelta(minutes=2)
FROZEN = """
import asyncio, sys
from sqlalchemy import func, select
from bot.store.alert import _COMMIT_LOCK
from bot.store.database import Store

async def main():
    store = await Store.open(sys.argv[1])
    async with store._engines.write() as connection:
        await connection.execute(select(func.pg_advisory_xact_lock(_COMMIT_LOCK)))
        print("held", flush=True)
        sys.stdin.readline()

asyncio.run(main())
"""


def batch(first: int, count: int) -> AlertBatch:
    """A batch that only writes messages."""
    now = datetime.now(UTC)
    card = StoryMessage(
        "s", "A headline", "https://gazette.example/1", "gazette.example", ("Two sentences. " * 9,), "The Gazette", now
    )
    rows = [
        NewDelivery(
            f"d{n}", "file", f"c{n % CHANNELS}", Action.POST, DeliveryState.PENDING, Reason.NEW_STORY, card, f"s{n}", (), now
        )
        for n in range(first, first + count)
    ]
    return AlertBatch((), (), rows, (), (), now)


async def sent(store: Store, channel: str) -> int:
    """Claim and settle everything of a channel; how many that were."""
    count = 0
    while (claimed := await store.claim_next(channel, now=datetime.now(UTC), lease=LEASE, token="bench")) is not None:
        row = claimed.delivery
        await store.settle(
            Settled(row.id, "bench", DeliveryState.SENT, Reason.NEW_STORY, datetime.now(UTC), message_ref="m"),
        )
        count += 1
    return count


async def cost(url: str, server: Any, pool: Pool, first: int, messages: int) -> str:
    """What a message costs, as a line."""
    store = await Store.open(url, pool=pool)
    await store.commit_alert(batch(first, messages))
    postmaster = server.get_pid()

    def of_server() -> float:
        return used([postmaster], ended=True) + used([pid for pid in tree(postmaster) if pid != postmaster])

    own, others, wall = time.process_time(), of_server(), time.monotonic()
    count = sum(await asyncio.gather(*(sent(store, f"c{number}") for number in range(CHANNELS))))
    own, others, wall = time.process_time() - own, of_server() - others, time.monotonic() - wall
    await store.close()
    assert count == messages
    each = f"{own / count * 1e3:.1f} ms of CPU of ours and {others / count * 1e3:.1f} ms of PostgreSQL's a message"
    return f"{each}, {count / wall:.0f} a second"


async def held_up(url: str, first: int) -> float:
    """Seconds for which a frozen process holds up a commit."""
    store = await Store.open(url)
    with subprocess.Popen([sys.executable, "-c", FROZEN, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as frozen:
        assert frozen.stdout is not None
        assert frozen.stdout.readline() == "held\n"
        frozen.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        busy = True
        while busy:
            try:
                await store.commit_alert(batch(first, 1))
                busy = False
            except Exception as error:  # noqa: BLE001  # whoever waits for a lock for too long is told, and tries again
                print(error)
        waited = time.monotonic() - began
        frozen.kill()
    await store.close()
    return waited


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=600)
    messages = parser.parse_args().messages
    with postgresql() as (server, _):
        server.psql("CREATE DATABASE bench")
        url = str(server.get_uri("bench")).replace(":@", "@")
        ways = {"straight": Pool(), "pooler": Pool(pooler=True)}
        for turn, (name, pool) in enumerate([*ways.items(), *ways.items()]):
            print(f"{name}: {await cost(url, server, pool, turn * messages, messages)}")
        print(f"a frozen process held up a commit for {await held_up(url, 9 * messages):.1f} s")


if __name__ == "__main__":
    asyncio.run(main())
