"""How far an answer is, while a person waits for it: shown where the answer will stand.

Promises: nothing is shown before the person was asked to wait, and nothing after the answer; of what comes faster than Discord
takes it the newest is shown; what cannot be shown is left out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from bot.adapters.discord import speaking
from bot.adapters.discord.components import Body
from bot.adapters.discord.speaking import LOST, Interaction
from bot.commands.reply import Reply


class Underway:
    """What is told of one answer before it is there."""

    def __init__(self, interaction: Interaction, body: Callable[[Reply], Body]) -> None:
        """Nothing is told yet.

        Args:
            interaction: whose answer it is.
            body: makes a message of a Reply.
        """
        self._interaction = interaction
        self._body = body
        self._line = ""
        self._open = False
        self._task: asyncio.Task[None] | None = None

    def tell(self, line: str) -> None:
        """Show a line as soon as that is possible, in place of the last one."""
        self._line = line
        if self._open and self._task is None:
            self._task = asyncio.create_task(self._show())

    def begin(self) -> None:
        """The person was asked to wait."""
        self._open = True
        if self._line:
            self.tell(self._line)

    async def end(self) -> None:
        """The answer is there: what is being shown is shown to its end, and nothing more."""
        self._open = False
        self._line = ""
        if self._task is not None:
            await self._task

    async def _show(self) -> None:
        while self._line:
            line, self._line = self._line, ""
            with contextlib.suppress(*LOST):
                await speaking.say_meanwhile(self._interaction, self._body(Reply(line)))
        self._task = None
