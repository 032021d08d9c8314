"""What several processes hear one of them works on; a database that does not answer keeps nobody waiting."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.core.errors import StoreError
from bot.service import heard
from bot.service.heard import KEPT, TIDIED_EVERY, Heard


class Shared:
    """A store of several processes, which remembers what it was asked.

    Attributes:
        trouble: what comes of it that something is heard.
    """

    def __init__(self):
        self.until = {}
        self.tidied = []
        self.trouble = None

    async def hear_first(self, digests, *, now, kept):
        if self.trouble is not None:
            raise self.trouble
        fresh = [one for one in digests if self.until.get(one, now) <= now]
        self.until.update(dict.fromkeys(fresh, now + kept))
        return len(fresh) == len(digests)

    async def forget_heard(self, now):
        self.tidied.append(now)


async def underway(one):
    """Let come to its end what nobody waits for."""
    while one._underway:
        await asyncio.sleep(0)


@pytest.fixture
def shared():
    return Shared()


async def test_of_two_processes_one_is_the_first(shared, clock):
    one, other = Heard(shared, clock), Heard(shared, clock)
    assert [await one.is_first("a"), await other.is_first("a"), await other.is_first("a", "b"), await one.is_first("c")] == [
        True, False, False, True,
    ]  # fmt: skip
    assert set(shared.until.values()) == {clock.now() + KEPT}


async def test_the_database_learns_no_name(shared, clock):
    await Heard(shared, clock).is_first("slack:T1/secret channel")
    assert not [digest for digest in shared.until if "secret" in digest or len(digest) != 32]


@pytest.mark.parametrize("trouble", [StoreError("It is away."), LookupError("a table that is not there")])
@pytest.mark.parametrize("unknown", [True, False])
async def test_where_the_database_fails_the_caller_has_it_as_it_wants(shared, clock, unknown, trouble):
    shared.trouble = trouble
    assert await Heard(shared, clock).is_first("a", unknown=unknown) is unknown


@pytest.mark.parametrize("unknown", [True, False])
async def test_a_database_that_is_silent_and_takes_its_time_to_be_left_keeps_nobody_waiting(shared, clock, monkeypatch, unknown):
    """What is worked on is remembered once the database answers, lest another takes it; what is not, is left alone."""
    monkeypatch.setattr(heard, "ANSWERED_WITHIN", 0.01)
    answers, left, hear = asyncio.Event(), [], shared.hear_first

    async def silent(digests, *, now, kept):
        try:
            await answers.wait()
        except asyncio.CancelledError:
            left.append(digests)
            await answers.wait()
            raise StoreError("The line is cut.") from None
        return await hear(digests, now=now, kept=kept)

    shared.hear_first = silent
    one = Heard(shared, clock)
    async with asyncio.timeout(5):
        assert await one.is_first("a", unknown=unknown) is unknown
        answers.set()
        await underway(one)  # and what it raises then is nobody's trouble
    assert (len(shared.until), len(left)) == ((1, 0) if unknown else (0, 1))


async def test_what_counts_no_more_is_forgotten_once_a_minute(shared, clock):
    one = Heard(shared, clock)
    for name in ("a", "b"):
        assert await one.is_first(name)
    assert shared.tidied == []
    clock.advance(timedelta(seconds=TIDIED_EVERY))
    for name in ("c", "d"):
        assert await one.is_first(name)
    await underway(one)
    assert shared.tidied == [clock.now()]


async def test_a_trouble_with_forgetting_costs_no_answer(shared, clock):
    one = Heard(shared, clock)
    clock.advance(timedelta(seconds=TIDIED_EVERY))

    async def refused(now):
        raise StoreError("It is away.")

    shared.forget_heard = refused
    assert await one.is_first("a")
    await underway(one)
    assert not await one.is_first("a")
