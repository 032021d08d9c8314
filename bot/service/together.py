"""Work of many callers in one transaction.

Promises: whoever asks while a transaction runs is served by the next one, together with all others who asked meanwhile;
everybody gets their own answer or their own error, and one whose part cannot be done does not fail the others. Nothing is
delayed to collect more. Never drops a part that was asked for, not even when the asker stopped waiting.

A commit on disk costs the same for one part as for thirty (SQLite waits for the disk once a transaction), so this is what
makes many small polls cheap.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from bot.core.errors import StoreError

Part = TypeVar("Part")
Answer = TypeVar("Answer")


class Together(Generic[Part, Answer]):
    """Collects parts and hands them to ``work`` together.

    Args:
        work: does several parts in one transaction; answers in their order, or raises having done none of them.
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
        """Have ``part`` done with what else waits; its own answer or error."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((part, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="commit together")
        return await answer

    async def finish(self) -> None:
        """Wait until nothing is being done; what was asked for is done."""
        while self._running is not None:
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        try:
            while self._waiting:
                group = self._next()
                try:
                    answers = await self._work([part for part, _ in group])
                except Exception as error:  # noqa: BLE001  # handed on to those who asked
                    await self._one_by_one(group, error)
                else:
                    for (_, waiting), answer in zip(group, answers, strict=True):
                        _answer(waiting, answer)
        finally:
            self._running = None

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
                (answer,) = await self._work([part])
            except Exception as own:  # noqa: BLE001  # handed on to the one who asked
                _fail(waiting, own)
            else:
                _answer(waiting, answer)


def _answer(waiting: asyncio.Future[Answer], answer: Answer) -> None:
    if not waiting.done():  # else the asker was cancelled meanwhile
        waiting.set_result(answer)


def _fail(waiting: asyncio.Future[Answer], error: Exception) -> None:
    if not waiting.done():
        waiting.set_exception(error)
