"""A lead is one process's at a time, and a process that was silent knows that it has lost it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from bot.core.clock import VirtualClock
from bot.core.errors import StoreError
from bot.scheduler.leads import BELIEVED_FOR, LEASE, Lead, Mine
from bot.store.database import Store

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class Desk:
    """A process that wants a lead, over a real store."""

    def __init__(self, store: Store, clock: VirtualClock, name: str) -> None:
        self.store, self.clock, self.name = store, clock, name
        self.told: list[str] = []
        self.tokens = 0
        self.cut_off = False
        self.fails = False
        self.gate: asyncio.Event | None = None
        self.lead = Lead("desk", name, store=self, clock=clock, new_token=self._token, on_gained=self._gained, on_lost=self._lost)

    def _token(self) -> str:
        self.tokens += 1
        return f"{self.name}-{self.tokens}"

    async def _gained(self) -> None:
        if self.fails:
            raise ValueError("it cannot begin")
        if self.gate is not None:
            await self.gate.wait()
        self.told.append("gained")

    async def _lost(self) -> None:
        self.told.append("lost")

    async def take_lead(self, name: str, holder: str, token: str, *, now: datetime, lease: timedelta) -> bool:
        if self.cut_off:
            raise StoreError("The database does not answer.")
        return await self.store.take_lead(name, holder, token, now=now, lease=lease)

    async def lead_holders(self, now: datetime) -> dict[str, str]:
        return await self.store.lead_holders(now)

    async def leave_lead(self, name: str, token: str) -> None:
        if self.cut_off:
            raise StoreError("The database does not answer.")
        await self.store.leave_lead(name, token)


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[tuple[Desk, Desk, VirtualClock]]:
    clock = VirtualClock(START)
    store = await Store.open(f"sqlite:{tmp_path / 'leads.db'}")
    yield Desk(store, clock, "one"), Desk(store, clock, "other"), clock
    await store.close()


async def test_who_asks_first_has_it_until_it_is_given_back(two: tuple[Desk, Desk, VirtualClock]) -> None:
    one, other, _ = two
    await one.lead.look()
    await other.lead.look()
    assert (one.lead.held, other.lead.held) == (True, False)
    await one.lead.stop()
    assert (one.lead.held, one.told) == (False, ["gained", "lost"])
    await other.lead.look()
    assert other.lead.held


async def test_who_hands_over_acts_on_it_until_another_has_it(
    two: tuple[Desk, Desk, VirtualClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, _ = two
    monkeypatch.setattr("bot.scheduler.leads.LOOKED_EVERY", 0.001)
    await one.lead.look()
    ending = asyncio.create_task(one.lead.stop(until_taken=5.0))
    while await one.store.lead_holders(START):
        await asyncio.sleep(0.001)
    assert one.lead.held
    await other.lead.look()
    await ending
    assert (one.lead.held, other.lead.held) == (False, True)


async def test_who_hands_over_to_nobody_ends_all_the_same(
    two: tuple[Desk, Desk, VirtualClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _, clock = two
    monkeypatch.setattr("bot.scheduler.leads.LOOKED_EVERY", 0.001)
    await one.lead.look()
    ending = asyncio.create_task(one.lead.stop(until_taken=5.0))
    while await one.store.lead_holders(START):
        await asyncio.sleep(0.001)
    clock.advance(timedelta(seconds=5))
    await ending
    assert (one.lead.held, one.told) == (False, ["gained", "lost"])


async def test_a_holder_believes_in_its_lead_for_less_long_than_it_lasts(two: tuple[Desk, Desk, VirtualClock]) -> None:
    one, other, clock = two
    await one.lead.look()
    clock.advance(timedelta(seconds=BELIEVED_FOR))
    assert not one.lead.held
    await other.lead.look()
    assert not other.lead.held
    clock.advance(LEASE - timedelta(seconds=BELIEVED_FOR))
    await other.lead.look()
    assert other.lead.held


async def test_one_that_slept_begins_anew_and_finds_the_lead_taken(two: tuple[Desk, Desk, VirtualClock]) -> None:
    one, other, clock = two
    await one.lead.look()
    clock.advance(LEASE)
    await other.lead.look()
    await one.lead.look()
    assert (one.lead.held, other.lead.held, one.told) == (False, True, ["gained", "lost"])


async def test_one_that_slept_and_finds_the_lead_free_takes_office_again(two: tuple[Desk, Desk, VirtualClock]) -> None:
    one, _, clock = two
    await one.lead.look()
    clock.advance(2 * LEASE)
    await one.lead.look()
    assert (one.lead.held, one.told) == (True, ["gained", "lost", "gained"])


async def test_a_word_in_time_keeps_the_lead_without_another_beginning(two: tuple[Desk, Desk, VirtualClock]) -> None:
    one, other, clock = two
    for _ in range(20):
        await one.lead.look()
        await other.lead.look()
        clock.advance(timedelta(seconds=8))
    assert (one.told, other.told, one.tokens) == (["gained"], [], 1)


async def test_it_counts_as_held_only_once_what_comes_first_is_done(two: tuple[Desk, Desk, VirtualClock]) -> None:
    one, _, _ = two
    one.gate = asyncio.Event()
    look = asyncio.create_task(one.lead.look())
    while not await one.store.lead_holders(START):
        await asyncio.sleep(0)
    assert not one.lead.held
    one.gate.set()
    await look
    assert one.lead.held


async def test_one_that_is_cut_off_lets_go_by_itself_and_takes_it_up_when_the_database_is_back(
    two: tuple[Desk, Desk, VirtualClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _, clock = two
    monkeypatch.setattr("bot.scheduler.leads.ASKED_EVERY", 0.001)
    monkeypatch.setattr("bot.scheduler.leads.RENEWED_EVERY", 0.001)
    with structlog.testing.capture_logs() as logs:
        one.lead.start()
        while not one.lead.held:
            await asyncio.sleep(0.001)
        one.cut_off = True
        clock.advance(LEASE)
        while one.told != ["gained", "lost"]:
            await asyncio.sleep(0.001)
        assert one.lead.alive
        one.cut_off = False
        while not one.lead.held:
            await asyncio.sleep(0.001)
        await one.lead.stop()
    assert sum("could not be asked for" in entry["event"] for entry in logs) == 1
    assert await one.store.lead_holders(clock.now()) == {}


async def test_a_process_that_cannot_take_office_does_not_lead_and_goes_on_trying(
    two: tuple[Desk, Desk, VirtualClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _, clock = two
    monkeypatch.setattr("bot.scheduler.leads.ASKED_EVERY", 0.001)
    one.fails = True
    with structlog.testing.capture_logs() as logs:
        one.lead.start()
        while not any("could not be taken up" in entry["event"] for entry in logs):
            await asyncio.sleep(0.001)
        assert (one.lead.held, one.lead.alive) == (False, True)
        one.fails = False
        clock.advance(LEASE)
        while not one.lead.held:
            await asyncio.sleep(0.001)
        await one.lead.stop()


async def test_who_cannot_take_office_leaves_it_to_another_at_once(two: tuple[Desk, Desk, VirtualClock]) -> None:
    one, other, _ = two
    one.fails = True
    with pytest.raises(ValueError, match="cannot begin"):
        await one.lead.look()
    await other.lead.look()
    assert (one.lead.held, other.lead.held) == (False, True)


async def test_a_lead_that_cannot_be_given_back_is_let_go_all_the_same(two: tuple[Desk, Desk, VirtualClock]) -> None:
    one, _, _ = two
    await one.lead.look()
    one.cut_off = True
    await one.lead.stop()
    assert (one.lead.held, one.told) == (False, ["gained", "lost"])


async def test_a_long_beginning_is_broken_off_when_the_lead_is_lost_meanwhile(
    two: tuple[Desk, Desk, VirtualClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, clock = two
    monkeypatch.setattr("bot.scheduler.leads.RENEWED_EVERY", 0.001)
    one.gate = asyncio.Event()
    look = asyncio.create_task(one.lead.look())
    while not await one.store.lead_holders(START):
        await asyncio.sleep(0)
    clock.advance(LEASE)
    await other.lead.look()
    await look
    assert (one.lead.held, one.told) == (False, [])


async def test_where_there_is_one_process_the_lead_is_its_own() -> None:
    mine = Mine()
    mine.start()
    assert mine.held
    assert mine.alive
    await mine.stop()


async def test_one_that_is_told_to_end_while_it_asks_leaves_nothing_behind(two: tuple[Desk, Desk, VirtualClock]) -> None:
    one, other, _ = two
    heard = asyncio.Event()
    take = one.take_lead

    async def late(*args: object, **more: object) -> bool:
        got = await take(*args, **more)  # type: ignore[arg-type]
        heard.set()
        await asyncio.sleep(60)
        return got

    one.take_lead = late  # type: ignore[method-assign]
    asking = asyncio.create_task(one.lead.look())
    await heard.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await one.lead.stop()
    await other.lead.look()
    assert other.lead.held
