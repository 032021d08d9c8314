"""How far an answer is, while a person waits for it: shown by a face until the answer is there.

Promises: nothing is shown before the face began, and nothing after the answer; of what comes faster than it can be shown the newest
is. Knows no platform: how a line is shown, and what happens where it cannot be, is the face's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.commands.reply import Reply, Section
from bot.core.spoken import spoken

Show = Callable[[Reply], Awaitable[object]]
"""Shows a line where a person waits. Never raises what showing can meet."""


class Underway:
    """What is told of one answer before it is there."""

    def __init__(self) -> None:
        """Nothing is told yet, and nothing shown."""
        self._show: Show | None = None
        self._told: Reply | None = None
        self._task: asyncio.Task[None] | None = None
        self._left = 0
        self._gap = 0.0
        self._not_before = 0.0
        self._below = ""

    def tell(self, line: str) -> None:
        """Show a line as soon as that is possible, in place of the last one; said in the language that is spoken just now."""
        below = (Section(text=self._below),) if self._below else ()
        self._told = Reply(line, below, language=spoken())
        self._go_on()

    def begin(self, show: Show, *, most: int = 10_000, gap: float = 0.0, below: str = "") -> None:
        """The person waits, and a line can be shown from now on.

        Args:
            show: shows it.
            most: lines that are shown: few where one does not take the place of another.
            gap: seconds between two of them at least.
            below: said below each line.
        """
        self._show, self._left, self._gap, self._below = show, most, gap, below
        if self._told is not None:
            self.tell(self._told.title)

    async def end(self) -> None:
        """The answer is there: what is being shown is shown to its end, and nothing more."""
        self._show = self._told = None
        if self._task is not None:
            await self._task

    def _go_on(self) -> None:
        if self._show is not None and self._task is None and self._left and asyncio.get_running_loop().time() >= self._not_before:
            self._task = asyncio.create_task(self._shown())

    async def _shown(self) -> None:
        while self._told is not None and self._show is not None and self._left:
            told, self._told = self._told, None
            self._left -= 1
            self._not_before = asyncio.get_running_loop().time() + self._gap
            await self._show(told)
            if self._gap:
                break
        self._task = None
