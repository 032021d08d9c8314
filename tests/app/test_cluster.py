"""Several whole bots beside one another on one PostgreSQL, in this process: the work is shared, and one takes over from another."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.cluster import several
from bot.config.load import load
from bot.core.clock import SystemClock
from bot.core.duties import ALL_DUTIES, Duty
from bot.core.errors import UserInputError, WorkError
from bot.options import Options
from bot.running import run
from bot.service.alert import Filed
from bot.store.database import Store
from bot.store.tables import leads

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PATIENCE = 90.0


class Ahead(SystemClock):
    """A machine whose clock is half an hour ahead of everybody's."""

    def now(self) -> Any:
        return super().now() + timedelta(minutes=30)


class Process:
    """One of the bots, and what it did."""

    def __init__(self) -> None:
        self.filed: list[Filed] = []
        self.settled: list[Any] = []
        self.stop = asyncio.Event()
        self.task: asyncio.Task[int] | None = None

    async def end(self) -> int:
        self.stop.set()
        assert self.task is not None
        return await self.task


@pytest.fixture
def database(postgresql_server: Any) -> Any:
    name = postgresql_server.create()
    yield postgresql_server.url(name)
    postgresql_server.drop(name)


@pytest.fixture
async def begin(configure: Callable[..., Path], database: str) -> AsyncIterator[Callable[..., Process]]:
    begun: list[Process] = []

    def start(
        *duties: Duty,
        clock: Any = None,
        listen: Any = None,
        more: str = "",
        top: str = "",
        sources: tuple[str, ...] = ("ledger",),
        pooler: bool = False,
        once: bool = False,
    ) -> Process:
        config = configure(more=more, top=top, sources=sources)
        text = config.read_text(encoding="utf-8").replace(
            '"sqlite:bot.db"', f'"{database}"' + (", pooler = true" if pooler else "")
        )
        config.write_text(text, encoding="utf-8")
        process = Process()
        options = Options(
            jsonl=True,
            out=io.StringIO(),
            on_filed=process.filed.append,
            on_settled=process.settled.append,
            duties=frozenset(duties) or ALL_DUTIES,
            listen=listen,
            once=once,
        )
        settings = load(config, environ={})
        assert several(settings)
        process.task = asyncio.create_task(run(settings, options, clock=clock, stop=process.stop))
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.stop.set()
    await asyncio.gather(*(process.task for process in begun if process.task is not None), return_exceptions=True)


async def until(holds: Callable[[], object], *processes: Process) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            for process in processes:
                assert process.task is not None
                if process.task.done():
                    process.task.result()
                    raise AssertionError("a process ended")
            await asyncio.sleep(0.02)


def posts(*processes: Process) -> list[str]:
    rows = (row for process in processes for row in process.settled if row.action == "post" and row.state == "sent")
    return sorted(row.message.headline for row in rows)


async def baselined(database: str, sources: int = 1) -> None:
    store = await Store.open(database)
    try:
        async with asyncio.timeout(PATIENCE):
            while sum(state.baselined_at is not None for state in (await store.source_states()).values()) < sources:
                await asyncio.sleep(0.05)
    finally:
        await store.close()


async def answers(port: int, *processes: Process) -> dict[str, Any]:
    """What a process says of its parts, once all of them work."""
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as client:
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await client.get(f"http://127.0.0.1:{port}/readyz")
                if answer.status_code == 200:
                    return dict(answer.json())
            for process in processes:
                assert process.task is not None
                if process.task.done():
                    process.task.result()
            await asyncio.sleep(0.05)


async def led(database: str) -> set[str]:
    store = await Store.open(database)
    try:
        return set((await store.lead_holders(SystemClock().now())).values())
    finally:
        await store.close()


async def test_what_comes_in_is_posted_once_and_another_goes_on_when_the_one_with_the_desk_ends(
    press: Any, begin: Callable[..., Process], database: str
) -> None:
    press.publish("old", "Council buys cameras for the old pier", "It did.")
    first = begin(Duty.WORK)
    await baselined(database)
    second = begin(Duty.WORK, clock=Ahead())
    press.publish("new", "Council removes cameras from the market", "It did so on Monday.")
    await until(lambda: posts(first, second), first, second)
    assert first.filed
    assert not second.filed
    assert await first.end() == 0
    press.publish("next", "Council puts cameras into the library", "It did so on Tuesday.")
    await until(lambda: len(posts(first, second)) == 2, second)
    assert posts(first, second) == ["Council puts cameras into the library", "Council removes cameras from the market"]
    assert second.filed
    store = await Store.open(database)
    asked = (await store.source_states())["ledger"].last_polled_at
    await store.close()
    assert asked is not None
    assert abs(asked - SystemClock().now()) < timedelta(minutes=5), "it goes by the server's clock, not by its own"


async def test_one_process_alone_does_everything_and_serves_its_health(
    press: Any, begin: Callable[..., Process], free_port: int, database: str
) -> None:
    press.publish("old", "Council buys cameras for the old pier", "It did.")
    top = 'web = { listen = "127.0.0.1:1", public_url = "https://bot.example" }'
    alone = begin(
        listen=("127.0.0.1", free_port), top=top, more='[cluster]\nnode = "north-1"\njobs = 4\n', sources=("ledger", "herald")
    )
    await baselined(database, 2)
    press.publish("new", "Council removes cameras from the market", "It did so on Monday.")
    await until(lambda: posts(alone), alone)
    assert await answers(free_port, alone)
    assert await led(database) == {"north-1"}
    assert await alone.end() == 0
    assert await led(database) == set()


async def test_a_process_that_only_hears_or_serves_does_no_work_and_leads_nothing(
    press: Any, begin: Callable[..., Process], free_port: int, database: str
) -> None:
    press.publish("old", "Council buys cameras for the old pier", "It did.")
    web = begin(Duty.CHAT, Duty.WEB, listen=("127.0.0.1", free_port))
    assert await answers(free_port, web)
    assert press.asked == []
    assert await led(database) == set()
    assert await web.end() == 0


async def test_a_run_that_ends_at_once_goes_by_the_servers_time_too(begin: Callable[..., Process], database: str) -> None:
    process = begin(clock=Ahead(), once=True)
    assert process.task is not None
    assert await process.task == 0
    store = await Store.open(database)
    try:
        (state,) = (await store.source_states()).values()
        now = await store.server_time()
    finally:
        await store.close()
    assert state.last_polled_at is not None
    assert now is not None
    assert abs(now - state.last_polled_at) < timedelta(minutes=5)


async def test_a_run_that_ends_at_once_does_not_poll_and_send_beside_others(
    press: Any, begin: Callable[..., Process], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cluster.WAITED_FOR_DESK", 0.5)
    worker = begin(Duty.WORK)
    await baselined(database)
    beside = begin(once=True)
    assert beside.task is not None
    with pytest.raises(UserInputError, match="Leave out --once"):
        await beside.task
    assert not beside.filed
    assert await worker.end() == 0
    after = begin(once=True)
    assert after.task is not None
    assert await after.task == 0
    assert await led(database) == set()


async def test_a_run_that_ends_at_once_ends_when_it_has_lost_the_desk_meanwhile(
    press: Any, begin: Callable[..., Process], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.scheduler.leads.RENEWED_EVERY", 0.05)
    press.slow = 60.0
    process = begin(once=True)
    store = await Store.open(database)
    async with asyncio.timeout(PATIENCE):
        while not press.asked:
            await asyncio.sleep(0.02)
    async with store._write() as connection:
        await connection.execute(leads.update().values(holder="another", token="theirs"))  # as if it had slept
    assert process.task is not None
    with pytest.raises(WorkError, match="silent for so long"):
        await process.task
    assert await store.lead_holders(SystemClock().now()) == {"desk": "another"}
    await store.close()


async def test_behind_a_pooler_alone_it_does_not_begin_and_says_what_is_missing(begin: Callable[..., Process]) -> None:
    process = begin(Duty.WORK, pooler=True)
    assert process.task is not None
    with pytest.raises(UserInputError, match=r"cluster\.queue"):
        await process.task
