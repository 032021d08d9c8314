"""A store at rest holds one connection, and the next who reads has a new one."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from sqlalchemy import func, select

from bot.store.database import Store
from bot.store.tables import facts as facts_table


def connections() -> int:
    """Each has a thread of its own."""
    return sum(not thread.name.startswith("asyncio") for thread in threading.enumerate())


async def facts(store: Store, *names: str) -> list[str | None]:
    return list(await asyncio.gather(*(store.fact(name) for name in names)))


async def test_readers_that_nobody_uses_are_closed_with_their_threads_and_made_anew_and_the_writer_stays(tmp_path: Path) -> None:
    before = connections()
    store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
    await store.keep_fact("name", "value")
    assert await facts(store, *["name"] * 6) == ["value"] * 6
    assert connections() >= before + 3
    await store.spare()
    async with asyncio.timeout(30):
        while connections() > before + 1:  # a thread ends a moment after its connection
            await asyncio.sleep(0)
    assert (tmp_path / "bot.db-wal").exists(), "on a full disk it could not be made anew"
    await store.keep_fact("name", "other")
    assert await facts(store, "name", "none") == ["other", None]
    await store.close()


async def test_who_reads_meanwhile_is_left_alone(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
    async with store._read() as connection:
        await facts(store, *["name"] * 4)
        await store.spare()
        assert await connection.scalar(select(func.count()).select_from(facts_table)) is not None
    await store.spare()
    await store.close()


async def test_a_store_in_memory_stays() -> None:
    store = await Store.open("sqlite::memory:")
    await store.keep_fact("name", "value")
    await store.spare()
    assert await store.fact("name") == "value"
    await store.close()
