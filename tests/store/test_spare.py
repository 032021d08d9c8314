"""A store at rest has new connections in the place of those that worked, and no more of them than it needs."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from bot.store import renewal
from bot.store.database import Store
from bot.store.engine import READERS
from bot.store.tables import facts as facts_table


def threads() -> set[threading.Thread]:
    """Each connection has one of its own."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("asyncio")}


async def facts(store: Store, *names: str) -> list[str | None]:
    return list(await asyncio.gather(*(store.fact(name) for name in names)))


async def until_ended(those: set[threading.Thread]) -> None:
    async with asyncio.timeout(30):
        while threads() & those:  # a thread ends a moment after its connection
            await asyncio.sleep(0)


async def test_connections_are_closed_with_their_threads_and_made_anew(tmp_path: Path) -> None:
    before = threads()
    store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
    await store.keep_fact("name", "value")
    assert await facts(store, *["name"] * 6) == ["value"] * 6
    worked = threads() - before
    assert len(worked) == 1 + READERS
    await store.spare()
    await until_ended(worked)
    assert len(threads() - before) == 2, "a writer, and the reader beside which it was connected"
    await store.keep_fact("name", "other")
    assert await facts(store, "name", "none") == ["other", None]
    for _ in range(3):
        await store.spare()
        async with asyncio.timeout(30):
            while len(threads() - before) > 2:  # each round ends what it began
                await asyncio.sleep(0)
    await store.close()


@pytest.mark.parametrize("writer_first", [True, False])
async def test_the_log_stays_for_on_a_full_disk_it_could_not_be_made_anew(tmp_path: Path, writer_first: bool) -> None:
    store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
    await store.keep_fact("name", "value")
    await facts(store, *["name"] * 6)
    if not writer_first:  # as after a connection that was lost: readers alone hold the log
        async with store._engines.writer.connect() as writing:
            await writing.invalidate()
    size = (tmp_path / "bot.db-wal").stat().st_size
    stood: list[bool] = []

    def look(*_: object) -> None:
        stood.append((tmp_path / "bot.db-wal").exists() and (tmp_path / "bot.db-shm").exists())

    for of in (store._engines.writer, store._engines.reader):
        event.listen(of.sync_engine, "do_connect", look)
        event.listen(of.sync_engine, "close", look)
    for _ in range(3):
        await store.spare()
    assert stood
    assert all(stood)
    assert (tmp_path / "bot.db-wal").stat().st_size == size, "the last connection that closes empties it"
    await store.close()


async def test_while_every_reader_is_in_use_for_long_nothing_is_renewed_and_nothing_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "SPARE_WITHIN", 0.0)
    before = threads()
    store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
    await store.keep_fact("name", "value")
    async with AsyncExitStack() as stack:
        for _ in range(READERS):
            await stack.enter_async_context(store._read())
        worked = threads() - before
        async with asyncio.timeout(10):
            await store.spare()
        assert threads() - before == worked
    assert await store.trouble() is None
    await store.close()


async def test_who_breaks_it_off_and_closes_leaves_nothing_open(tmp_path: Path) -> None:
    before = threads()
    for number in range(30):
        store = await Store.open(f"sqlite:{tmp_path / f'{number}.db'}")
        await facts(store, *["name"] * 6)
        sparing = asyncio.create_task(store.spare())
        for _ in range(number):
            await asyncio.sleep(0)
        sparing.cancel()
        await store.close()
        await store.spare()
        await asyncio.gather(sparing, return_exceptions=True)
        await until_ended(threads() - before)


async def test_a_closing_that_is_broken_off_breaks_nothing_else_off_and_may_be_tried_again(tmp_path: Path) -> None:
    before = threads()
    for number in range(0, 30, 3):
        store = await Store.open(f"sqlite:{tmp_path / f'{number}.db'}")
        await facts(store, *["name"] * 6)
        sparing = asyncio.create_task(store.spare())
        for _ in range(number):
            await asyncio.sleep(0)
        ending = asyncio.create_task(store.close())
        await asyncio.sleep(0)
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
        await store.close()
        await sparing
        await until_ended(threads() - before)


async def test_a_file_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
    await store.keep_fact("name", "value")
    (tmp_path / "bot.db").unlink()
    await store.spare()
    assert not (tmp_path / "bot.db").exists()
    await store.close()


async def test_a_reader_that_is_in_use_is_closed_when_it_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "SPARE_WITHIN", 60.0)
    before = threads()
    store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
    await facts(store, *["name"] * 6)
    worked = threads() - before
    async with store._read() as connection:
        sparing = asyncio.create_task(store.spare())
        async with asyncio.timeout(30):
            while len(threads() & worked) > 2:  # the one in use, and the writer
                await asyncio.sleep(0)
        assert await connection.scalar(select(func.count()).select_from(facts_table)) is not None
        assert not sparing.done()
    await sparing
    await until_ended(worked)
    await store.close()


async def test_who_reads_for_long_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "SPARE_WITHIN", 0.0)
    store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
    async with store._read() as connection:
        await facts(store, *["name"] * 4)
        await store.spare()
        assert await connection.scalar(select(func.count()).select_from(facts_table)) is not None
    await store.spare()
    await store.close()


async def test_a_writer_that_begins_meanwhile_is_not_waited_for(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
    await facts(store, *["name"] * 6)
    enough, writing = asyncio.Event(), []

    async def write_for_long() -> None:
        async with store._write() as connection:
            await enough.wait()
            await connection.execute(facts_table.insert().values(name="name", value="value"))

    def begin(*given: object) -> None:
        if "PRAGMA schema_version" in given:  # by which the reader holds the log, beside which the writer is connected anew
            writing.append(asyncio.create_task(write_for_long()))

    event.listen(store._engines.reader.sync_engine, "before_cursor_execute", begin)
    async with asyncio.timeout(20):
        await store.spare()
    assert [task.done() for task in writing] == [False]
    enough.set()
    await asyncio.gather(*writing)
    assert await store.fact("name") == "value"
    await store.close()


async def test_a_file_that_was_replaced_is_left_as_it_is(tmp_path: Path) -> None:
    """Connected anew, the bot would put the log of the old file into the new one."""
    before = threads()
    store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
    await store.keep_fact("name", "value")
    await facts(store, *["name"] * 6)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE theirs (id)")
    whole = other.read_bytes()
    worked = threads() - before
    other.replace(tmp_path / "bot.db")
    await store.spare()
    assert threads() - before == worked
    assert (tmp_path / "bot.db").read_bytes() == whole
    await store.close()


async def test_who_writes_meanwhile_keeps_its_connection(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
    async with store._write() as connection:
        await store.spare()
        await connection.execute(facts_table.insert().values(name="name", value="value"))
    assert await store.fact("name") == "value"
    await store.close()


async def test_a_store_in_memory_stays() -> None:
    store = await Store.open("sqlite::memory:")
    await store.keep_fact("name", "value")
    await store.spare()
    assert await store.fact("name") == "value"
    await store.close()
