"""Turns count in this process, and with a store in every process that uses its database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.core.errors import BusyError, StoreError
from bot.service import turns
from bot.service.turns import LEASE, Turns


class Shared:
    """A store of two processes."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[str, object]] = {}
        self.asked = 0

    async def take_lead(self, name, holder, token, *, now, lease):
        del holder
        self.asked += 1
        has, until = self.held.get(name, (token, now))
        if has != token and until > now:
            return False
        self.held[name] = (token, now + lease)
        return True

    async def leave_lead(self, name, token):
        if self.held.get(name, ("", None))[0] == token:
            del self.held[name]


async def looked_at_before_it_is_written(one, workspace_id, had, most):
    async with one.of(workspace_id):
        if len(had) < most:
            await asyncio.sleep(0)
            had.append(workspace_id)


async def test_two_processes_keep_to_a_cap_that_is_looked_at_first(clock, monkeypatch):
    monkeypatch.setattr(turns, "EVERY", 0)
    store, had = Shared(), []
    processes = (Turns(store, clock), Turns(store, clock))
    await asyncio.gather(*(looked_at_before_it_is_written(processes[n % 2], "slack:T1", had, 3) for n in range(8)))
    assert len(had) == 3
    assert not store.held


async def test_another_workspace_waits_for_nobody(clock):
    store = Shared()
    async with Turns(store, clock).of("slack:T1"), Turns(store, clock).of("discord:22"):
        assert sorted(store.held) == ["turn:discord:22", "turn:slack:T1"]


async def test_the_turn_of_a_process_that_died_is_over_after_its_lease(clock):
    store = Shared()
    assert await store.take_lead("turn:slack:T1", "", "gone", now=clock.now(), lease=LEASE)
    clock.advance(LEASE + timedelta(seconds=1))
    async with Turns(store, clock).of("slack:T1"):
        assert store.held["turn:slack:T1"][0] != "gone"


async def test_who_waits_too_long_is_told_to_try_again(clock, monkeypatch):
    monkeypatch.setattr(turns, "EVERY", 0)
    store = Shared()
    await store.take_lead("turn:slack:T1", "", "other", now=clock.now(), lease=LEASE)
    with pytest.raises(BusyError):
        async with Turns(store, clock).of("slack:T1"):
            pytest.fail("it is another's turn")
    assert store.asked == turns.PATIENCE + 1
    assert store.held["turn:slack:T1"][0] == "other"


async def test_without_a_store_a_turn_counts_in_this_process():
    had, one = [], Turns()
    await asyncio.gather(*(looked_at_before_it_is_written(one, "slack:T1", had, 2) for _ in range(5)))
    assert len(had) == 2


async def test_a_turn_that_cannot_be_given_back_is_no_failure_of_what_was_done_in_it(clock):
    store, done = Shared(), []

    async def away(name, token):
        raise StoreError("The database does not answer.")

    store.leave_lead = away
    async with Turns(store, clock).of("slack:T1"):
        done.append("changed")
    assert done


async def test_what_is_done_in_a_turn_is_broken_off_before_another_can_have_the_turn(clock, monkeypatch):
    monkeypatch.setattr(turns, "OVER_AFTER", 0.01)
    store = Shared()
    with pytest.raises(BusyError, match="longer than a turn"):
        async with Turns(store, clock).of("slack:T1"):
            await asyncio.sleep(60)
    assert not store.held


async def test_a_timeout_of_what_is_done_in_a_turn_stays_its_own(clock):
    with pytest.raises(TimeoutError, match="its own"):
        async with Turns(Shared(), clock).of("slack:T1"):
            raise TimeoutError("its own")
