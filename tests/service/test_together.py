"""Parts that are done together: everybody's own answer, everybody's own error, nothing delayed and nothing dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

import pytest
from structlog.testing import capture_logs

from bot.core.errors import StoreError
from bot.service.together import CUT_OFF, Together


class Work:
    """Doubles numbers, a group at a time, while the gate is open."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.refuses: dict[int, Exception] = {}

    async def __call__(self, parts: Sequence[int]) -> list[int]:
        self.groups.append(list(parts))
        await self.gate.wait()
        for part in parts:
            if part in self.refuses:
                raise self.refuses[part]
        return [2 * part for part in parts]


def together(work: Work, most: int = 100) -> Together[int, int]:
    return Together(work, weight=lambda part: part, most=most)


async def ask(at: Together[int, int], *parts: int) -> list[int | BaseException]:
    return await asyncio.gather(*(at.do(part) for part in parts), return_exceptions=True)


async def test_one_that_comes_alone_is_done_at_once() -> None:
    work = Work()
    assert await together(work).do(3) == 6
    assert work.groups == [[3]]


async def test_those_who_ask_while_work_runs_are_done_by_the_next_and_get_their_own_answers() -> None:
    work = Work()
    work.gate.clear()
    at = together(work)
    first = asyncio.create_task(at.do(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    rest = [asyncio.create_task(at.do(part)) for part in (2, 3, 4)]
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(first, *rest) == [2, 4, 6, 8]
    assert work.groups == [[1], [2, 3, 4]]


async def test_a_transaction_takes_no_more_than_its_weight_and_always_one() -> None:
    work = Work()
    assert await ask(together(work, most=10), 4, 6, 1, 50, 9) == [8, 12, 2, 100, 18]
    assert work.groups == [[4, 6], [1], [50], [9]]


async def test_one_that_cannot_be_done_does_not_fail_the_others() -> None:
    work = Work()
    work.refuses = {2: ValueError("no twos")}
    one, two, three = await ask(together(work), 1, 2, 3)
    assert (one, three) == (2, 6)
    assert isinstance(two, ValueError)
    assert work.groups == [[1, 2, 3], [1], [2], [3]]


async def test_a_database_that_refuses_is_asked_once_and_everybody_hears_why() -> None:
    work = Work()
    work.refuses = {2: StoreError("The disk is full.")}
    answers = await ask(together(work), 1, 2, 3)
    assert [str(answer) for answer in answers] == ["The disk is full."] * 3
    assert work.groups == [[1, 2, 3]]
    work.refuses = {}
    assert await together(work).do(2) == 4


async def test_an_asker_who_leaves_takes_nothing_from_the_others_and_what_was_asked_for_is_done() -> None:
    work = Work()
    work.gate.clear()
    at = together(work)
    leaving, staying = asyncio.create_task(at.do(1)), asyncio.create_task(at.do(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    finishing = asyncio.create_task(at.finish())
    await asyncio.sleep(0)
    assert not finishing.done()
    work.gate.set()
    await finishing
    assert await staying == 4
    assert work.groups == [[1, 2]]


async def test_an_asker_who_leaves_before_a_failure_is_told_nothing() -> None:
    work = Work()
    work.gate.clear()
    work.refuses = {1: ValueError("no ones"), 2: ValueError("no twos")}
    at = together(work)
    leaving, staying = asyncio.create_task(at.do(1)), asyncio.create_task(at.do(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    leaving.cancel()
    work.gate.set()
    assert [str(error) for error in await asyncio.gather(leaving, staying, return_exceptions=True)] == ["", "no twos"]


class CutOff(Work):
    """Work that is cut off where it refuses: what it waited for was cancelled, or the connection under it."""

    def __init__(self, *parts: int) -> None:
        super().__init__()
        self.cut = set(parts)

    async def __call__(self, parts: Sequence[int]) -> list[int]:
        answers = await super().__call__(parts)
        if self.cut & set(parts):
            raise asyncio.CancelledError
        return answers


async def soon(*asked: Awaitable[int]) -> list[int | BaseException]:
    return await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 5)


async def test_work_that_is_cut_off_leaves_nobody_waiting_and_the_next_are_served() -> None:
    work = CutOff(2)
    at = together(work, most=3)
    one, two, three = await soon(at.do(1), at.do(2), at.do(3))
    assert [str(one), str(two), three] == [CUT_OFF, CUT_OFF, 6]
    assert isinstance(one, StoreError)
    assert work.groups == [[1, 2], [3]], "whether it was done is not known, so it is not done again"
    assert await asyncio.wait_for(at.do(4), 5) == 8
    await asyncio.wait_for(at.finish(), 5)


async def test_work_that_is_cut_off_while_each_gets_its_chance_leaves_nobody_waiting() -> None:
    class Refuses(CutOff):
        async def __call__(self, parts: Sequence[int]) -> list[int]:
            if len(parts) > 1:
                raise ValueError("not together")
            return await super().__call__(parts)

    at = together(Refuses(2))
    assert [str(answer) for answer in await soon(at.do(1), at.do(2), at.do(3))] == ["2", CUT_OFF, CUT_OFF]


@pytest.mark.parametrize("begun", [True, False])
async def test_when_the_loop_ends_those_who_wait_are_told(begun: bool) -> None:
    work = Work()
    work.gate.clear()
    at = together(work, most=1)
    asked = [asyncio.create_task(at.do(part)) for part in (1, 2, 3)]
    await asyncio.sleep(0)
    if begun:
        await asyncio.sleep(0)
    (running,) = (task for task in asyncio.all_tasks() if task.get_name() == "commit together")
    running.cancel()
    assert [str(answer) for answer in await soon(*asked)] == [CUT_OFF] * 3
    assert work.groups == ([[1]] if begun else [])
    work.gate.set()
    assert await asyncio.wait_for(at.do(4), 5) == 8


@pytest.mark.parametrize("answers", [[], [2], [2, 4], [2, 4, 6, 8]])
async def test_too_few_or_too_many_answers_are_nobodys(answers: list[int]) -> None:
    class Miscounts(Work):
        async def __call__(self, parts: Sequence[int]) -> list[int]:
            given = await super().__call__(parts)
            return answers if len(parts) == 3 else given

    work = Miscounts()
    at = together(work)
    with capture_logs() as logs:
        given = await soon(at.do(1), at.do(2), at.do(3))
    assert [str(answer) for answer in given] == [CUT_OFF] * 3
    assert work.groups == [[1, 2, 3]], "it may be done, so it is not done again"
    assert [entry["log_level"] for entry in logs] == ["error"]
    assert await asyncio.wait_for(at.do(4), 5) == 8


async def test_whoever_asks_as_soon_as_an_answer_comes_is_served_too() -> None:
    at = together(Work())

    async def again(part: int) -> int:
        for _ in range(5):
            part = await at.do(part)
        return part

    assert await soon(again(1), again(3)) == [32, 96]
    await asyncio.wait_for(at.finish(), 5)
