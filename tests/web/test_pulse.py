"""The pulse of a process: it beats while the loop turns and the database answers, and at no other time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bot.core.clock import SystemClock
from bot.web.pulse import Pulse

EVERY = 0.01
PATIENCE = 12


@dataclass
class Body:
    """A process with a pulse of a hundred beats a second, whose parts a test can break."""

    trouble: str | None = None
    hangs: bool = False
    broken: bool = False
    works: bool = True
    beats: int = 0
    asked: int = 0
    lags: list[float] = field(default_factory=list)

    async def ask(self) -> str | None:
        self.asked += 1
        if self.broken:
            raise RuntimeError("no word")
        while self.hangs:
            await asyncio.sleep(EVERY)
        return self.trouble

    def beat(self) -> None:
        self.beats += 1

    @asynccontextmanager
    async def living(self) -> AsyncIterator[Pulse]:
        pulse = Pulse(
            ask=self.ask,
            works=lambda: self.works,
            clock=SystemClock(),
            on_beat=self.beat,
            on_lag=self.lags.append,
            patience=PATIENCE,
            every=EVERY,
        )
        pulse.start()
        try:
            yield pulse
        finally:
            await pulse.stop()

    async def looks(self, count: int) -> None:
        """Let the pulse look so many times more."""
        before = len(self.lags)
        async with asyncio.timeout(10):
            while len(self.lags) < before + count:
                await asyncio.sleep(EVERY / 2)


@pytest.fixture
def body() -> Body:
    return Body()


async def test_it_beats_while_all_is_well(body):
    async with body.living() as pulse:
        await body.looks(20)
        assert (pulse.alive, pulse.trouble) == (True, None)
    assert body.beats >= 20
    assert body.asked >= 4


async def test_a_database_that_hangs_ends_the_beats_and_its_answer_begins_them_again(body):
    body.hangs = True
    async with body.living() as pulse:
        await body.looks(PATIENCE + 1)
        assert (pulse.alive, pulse.answered) == (False, False)
        silent = body.beats
        await body.looks(10)
        assert body.beats == silent < PATIENCE
        assert body.asked == 1  # nobody else has to wait for it
        body.hangs = False
        await body.looks(10)
        assert pulse.alive
        assert body.beats > silent


async def test_a_database_that_says_what_is_wrong_has_answered(body):
    body.trouble = "The server is starting."
    async with body.living() as pulse:
        await body.looks(3 * PATIENCE)
        assert (pulse.alive, pulse.answered, pulse.trouble) == (True, True, "The server is starting.")
        body.trouble = None
        await body.looks(2 * PATIENCE)
        assert pulse.trouble is None


async def test_a_question_that_fails_for_no_known_reason_is_no_answer(body):
    body.broken = True
    async with body.living() as pulse:
        await body.looks(PATIENCE + 1)
        assert not pulse.alive
        assert body.asked > 1  # it is asked again


async def test_work_that_has_ended_ends_the_beats(body):
    body.works = False
    async with body.living() as pulse:
        await body.looks(5)
        assert (pulse.alive, pulse.answered) == (False, True)
    assert body.beats == 0


async def test_a_loop_that_stands_still_is_measured_and_does_not_beat_meanwhile(body):
    async with body.living():
        await body.looks(3)
        before = body.beats
        time.sleep(0.2)  # the fault itself: nothing else runs in this loop
        assert body.beats == before
        await body.looks(2)
    assert max(body.lags) > 0.15


async def test_a_process_that_slept_for_long_did_not_hang(body):
    """Beats are counted, not seconds: after a pause of the whole machine there is one late beat."""
    async with body.living() as pulse:
        await body.looks(1)
        time.sleep(EVERY * PATIENCE * 4)  # as above
        await body.looks(1)
        assert pulse.alive
