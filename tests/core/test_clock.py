"""A clock that goes by another machine's time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.clock import SharedClock, VirtualClock

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_before_it_heard_anything_it_is_our_own() -> None:
    own = VirtualClock(NOON)
    clock = SharedClock(own)
    own.advance(5 * SECOND)
    assert (clock.now(), clock.own(), clock.ahead, clock.monotonic()) == (NOON + 5 * SECOND, NOON + 5 * SECOND, timedelta(0), 5.0)


def test_what_it_heard_counts_from_the_middle_of_the_question() -> None:
    own = VirtualClock(NOON)
    clock = SharedClock(own)
    own.advance(2 * SECOND)
    step = clock.heard(NOON + 31 * SECOND, asked=NOON, answered=NOON + 2 * SECOND)
    assert (step, clock.ahead, clock.now()) == (30 * SECOND, 30 * SECOND, NOON + 32 * SECOND)
    assert clock.own() == NOON + 2 * SECOND


def test_when_our_own_clock_is_set_the_next_answer_puts_it_right() -> None:
    own = VirtualClock(NOON)
    clock = SharedClock(own)
    clock.heard(NOON, asked=NOON, answered=NOON)
    own.move_to(NOON - timedelta(hours=1))
    clock.heard(NOON + SECOND, asked=clock.own(), answered=clock.own())
    assert clock.now() == NOON + SECOND
    assert clock.monotonic() == 0.0


def test_one_that_slept_between_the_question_and_the_answer_is_no_less_right_than_before() -> None:
    own = VirtualClock(NOON)
    clock = SharedClock(own)
    clock.heard(NOON + 30 * SECOND, asked=NOON, answered=NOON)
    own.advance(200 * SECOND)
    assert clock.heard(NOON + 30 * SECOND, asked=NOON, answered=clock.own()) == timedelta(0)  # it slept before it read the answer
    assert clock.heard(NOON + 230 * SECOND, asked=NOON, answered=clock.own()) == timedelta(0)  # or before it asked
    assert clock.now() == NOON + 230 * SECOND


def test_a_first_answer_that_took_long_is_put_right_by_the_next() -> None:
    own = VirtualClock(NOON)
    clock = SharedClock(own)
    own.advance(20 * SECOND)
    clock.heard(NOON + 20 * SECOND, asked=NOON, answered=clock.own())
    assert clock.ahead == 10 * SECOND
    clock.heard(NOON + 20 * SECOND, asked=clock.own(), answered=clock.own())
    assert clock.ahead == timedelta(0)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware UTC"):
        SharedClock(VirtualClock(NOON)).heard(NOON.replace(tzinfo=None), asked=NOON, answered=NOON)
