"""Work of many callers in one transaction.

Promises: whoever asks while a transaction runs is served by the next one, together with all others who asked meanwhile;
everybody gets their own answer or their own error, and one whose part cannot be done does not fail the others. Nothing is
delayed to collect more. Never drops a part that was asked for, not even when the asker stopped waiting; never gives an answer
that may be another one's; never leaves an asker waiting, whatever becomes of the work.

A commit on disk costs the same for one part as for thirty (SQLite waits for the disk once a transaction), so this is what
makes many small polls cheap.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from bot.core.errors import StoreError

log = structlog.get_logger(__name__)

CUT_OFF = "The work was cut off before it could say what became of it; it is done anew when it is due."
"""Told to those whose parts may have been done or not: what is asked for here may be asked for twice."""

Part = TypeVar("Part")
Answer = TypeVar("Answer")


class Together(Generic[Part, Answer]):
    """Collects parts and hands them to ``work`` together.

    Args:
        work: does several parts in one transaction; answers in their order, or raises having done none of them. Work that is cut
            off, or that gives more or fewer answers than it was given parts, may have done them: nothing of it is tried again.
        weight: of one part; a transaction takes parts until their weights reach ``most``, at least one.
        most: bounds how long one transaction keeps others from writing.
    """

    def __init__(
        self, work: Callable[[Sequence[Part]], Awaitable[Sequence[Answer]]], *, weight: Callable[[Part], int], most: int
    ) -> None:
        self._work = work
        self._weight = weight
        self._most = most
        self._waiting: deque[tuple[Part, asyncio.Future[Answer]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def do(self, part: Part) -> Answer:
        """Have ``part`` done with what else waits; its own answer or error.

        Raises:
            StoreError: the work was cut off, or did not say what became of this part.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((part, answer))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run(), name="commit together")
            self._running.add_done_callback(self._ended)
        return await answer

    async def finish(self) -> None:
        """Wait until nothing is being done; what was asked for is done."""
        while self._running is not None:
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        while self._waiting:
            group = self._next()
            try:
                await self._serve(group)
            except asyncio.CancelledError:
                if _is_cancelled():
                    raise  # this task is: the loop ends
            finally:
                for _, waiting in group:
                    _fail(waiting, StoreError(CUT_OFF))

    async def _serve(self, group: Sequence[tuple[Part, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._work([part for part, _ in group])
        except Exception as error:  # noqa: BLE001  # handed on to those who asked
            await self._one_by_one(group, error)
            return
        self._answer_all(group, answers)

    def _answer_all(self, group: Sequence[tuple[Part, asyncio.Future[Answer]]], answers: Sequence[Answer]) -> None:
        """Each their own. Answers that are too few or too many may be anybody's: then nobody gets one."""
        if len(answers) != len(group):
            log.error("work done together gave a wrong number of answers", parts=len(group), answers=len(answers))
            return
        for (_, waiting), answer in zip(group, answers, strict=True):
            _answer(waiting, answer)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nobody waits for a task that is gone, whether it ever ran or not."""
        if self._running is not task:
            return
        self._running = None
        while self._waiting:
            _fail(self._waiting.popleft()[1], StoreError(CUT_OFF))

    def _next(self) -> list[tuple[Part, asyncio.Future[Answer]]]:
        group = [self._waiting.popleft()]
        weight = self._weight(group[0][0])
        while self._waiting and (weight := weight + self._weight(self._waiting[0][0])) <= self._most:
            group.append(self._waiting.popleft())
        return group

    async def _one_by_one(self, group: Sequence[tuple[Part, asyncio.Future[Answer]]], error: Exception) -> None:
        """After a failure: if it may be one part's own, each gets its chance alone. A database that refuses refuses all."""
        if len(group) == 1 or isinstance(error, StoreError):
            for _, waiting in group:
                _fail(waiting, error)
            return
        for part, waiting in group:
            try:
                answers = await self._work([part])
            except Exception as own:  # noqa: BLE001  # handed on to the one who asked
                _fail(waiting, own)
            else:
                self._answer_all([(part, waiting)], answers)


def _is_cancelled() -> bool:
    """Whether it is the task in hand that is cancelled, and not something that it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _answer(waiting: asyncio.Future[Answer], answer: Answer) -> None:
    if not waiting.done():  # else the asker was cancelled meanwhile
        waiting.set_result(answer)


def _fail(waiting: asyncio.Future[Answer], error: Exception) -> None:
    if not waiting.done():
        waiting.set_exception(error)
