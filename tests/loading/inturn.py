"""SQLite without its threads: what aiosqlite hands to a thread, the event loop does in its next turn.

The statements, the file and the points at which one task gives way to another stay as they are. What goes is the waiting for
threads, half of the time of a walk, and their chance: the same steps then interleave in the same way every time. tests/conftest.py
says which rooms are tested so, and which with the threads of a run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import aiosqlite

Work = tuple["asyncio.Future[Any] | None", Callable[[], Any]]


class NextTurn:
    """Stands where aiosqlite has the queue of a connection's thread."""

    def put_nowait(self, work: Work) -> None:
        future, _ = work
        if future is None:
            self._do(work)
        else:
            future.get_loop().call_soon(self._do, work)

    @staticmethod
    def _do(work: Work) -> None:
        future, function = work
        try:
            done = function()
        except Exception as error:  # noqa: BLE001  # whatever it is belongs to who asked, as a thread would hand it over
            if future is not None and not future.done():
                future.set_exception(error)
            return
        if future is not None and not future.done():
            future.set_result(done)


@contextmanager
def without_threads() -> Iterator[None]:
    """Connections that are opened meanwhile have no threads."""
    begun, awaited = aiosqlite.Connection.__init__, aiosqlite.Connection.__await__

    def begin(self: aiosqlite.Connection, *arguments: Any, **options: Any) -> None:
        begun(self, *arguments, **options)
        self._tx = NextTurn()  # type: ignore[assignment]

    def connected(self: aiosqlite.Connection) -> Generator[Any, None, aiosqlite.Connection]:
        connecting: Awaitable[aiosqlite.Connection] = self._connect()
        return connecting.__await__()

    aiosqlite.Connection.__init__, aiosqlite.Connection.__await__ = begin, connected  # type: ignore[method-assign]
    try:
        yield
    finally:
        aiosqlite.Connection.__init__, aiosqlite.Connection.__await__ = begun, awaited  # type: ignore[method-assign]
