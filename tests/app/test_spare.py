"""What was taken for much work is given back when there is none, once, and never while something comes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import spare
from bot.core.clock import VirtualClock
from bot.core.errors import StoreError
from bot.spare import REST_AFTER, Spare
from bot.stories.tokens import stem

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
A_WHILE = timedelta(seconds=REST_AFTER)


class Kept:
    def __init__(self) -> None:
        self.spared = 0
        self.away = False

    async def spare(self) -> None:
        self.spared += 1
        if self.away:
            raise StoreError("The database does not answer.")


@pytest.fixture
def clock():
    return VirtualClock(NOON)


async def test_it_is_given_back_once_after_each_time_of_work(clock):
    store = Kept()
    keeper = Spare(store, clock)
    assert not await keeper.keep_up()
    clock.advance(A_WHILE)
    assert [await keeper.keep_up() for _ in range(3)] == [True, False, False]
    keeper.worked()
    clock.advance(A_WHILE - timedelta(seconds=1))
    keeper.worked()
    clock.advance(A_WHILE - timedelta(seconds=1))
    assert not await keeper.keep_up()
    clock.advance(timedelta(seconds=1))
    assert await keeper.keep_up()
    assert store.spared == 2


async def test_answers_that_can_be_worked_out_again_are_dropped(clock):
    stem("cameras")
    assert stem.cache_info().currsize
    keeper = Spare(Kept(), clock)
    clock.advance(A_WHILE)
    await keeper.keep_up()
    assert not stem.cache_info().currsize
    assert stem("cameras") == "camera"


async def test_a_database_that_does_not_answer_keeps_the_rest_from_nothing(clock, monkeypatch):
    trimmed = []
    monkeypatch.setattr(spare, "_malloc_trim", lambda: trimmed.append)
    store = Kept()
    store.away = True
    keeper = Spare(store, clock)
    clock.advance(A_WHILE)
    assert await keeper.keep_up()
    assert trimmed == [0]


async def test_where_the_c_library_gives_nothing_back_that_is_left_out(clock, monkeypatch):
    class Without:
        def __init__(self, name):
            assert name is None

    monkeypatch.setattr(spare.ctypes, "CDLL", Without)
    keeper = Spare(Kept(), clock)
    clock.advance(A_WHILE)
    assert await keeper.keep_up()
