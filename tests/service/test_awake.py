"""A process that was silent for long knows it for whatever it had begun, and one that only works long is not silent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.clock import VirtualClock
from bot.service import awake
from bot.service.awake import Awake

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    return VirtualClock(NOON)


def test_a_silence_is_known_for_what_was_begun_before_it_and_not_for_what_came_after(clock):
    process = Awake(clock)
    before = process.since_now()
    clock.advance(timedelta(seconds=19))
    assert before()
    clock.advance(timedelta(seconds=21))
    after = process.since_now()
    assert (before(), after()) == (False, True)


def test_whoever_asks_first_after_a_silence_does_not_hide_it_from_the_others(clock):
    process = Awake(clock)
    one, other = process.since_now(), process.since_now()
    clock.advance(timedelta(seconds=25))
    assert not one()
    clock.advance(timedelta(seconds=1))
    assert (other(), one()) == (False, False)


async def test_a_step_that_takes_long_is_no_silence_while_the_process_gives_signs_of_life(clock, monkeypatch):
    monkeypatch.setattr(awake, "EVERY", 0)
    process = Awake(clock)
    process.start()
    process.start()
    begun = process.since_now()
    for _ in range(5):
        clock.advance(timedelta(seconds=15))
        for _ in range(3):
            await asyncio.sleep(0)
    assert begun()
    await process.stop()
    await process.stop()
    clock.advance(timedelta(seconds=25))
    assert not begun()
