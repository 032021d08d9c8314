"""A way to a server that can be cut: what a worker sends then arrives nowhere, and nobody tells it so.

A cut line keeps its connections and carries nothing, as where a cable is out; new ones are accepted and carry nothing either.
Mended, everything that was sent meanwhile arrives, late, or, if the test wants it, the old connections are reset.
"""

from __future__ import annotations

import asyncio
import contextlib


class Line:
    """Listens on loopback and hands everything on to a port."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._whole = asyncio.Event()
        self._whole.set()
        self._server: asyncio.Server | None = None
        self._carrying: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End with every connection."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """From now on nothing passes."""
        self._whole.clear()

    def mend(self, *, reset: bool) -> None:
        """It passes again; with ``reset`` those who were connected have to connect anew."""
        if reset:
            for writer in tuple(self._carrying):
                writer.transport.abort()
        self._whole.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._carrying.add(writer)
        far = None
        try:
            await self._whole.wait()
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._target)
            self._carrying.add(far)
            ways = [asyncio.create_task(self._one_way(reader, far)), asyncio.create_task(self._one_way(far_reader, writer))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass  # the other end is gone, or the test is over
        finally:
            for end in (writer, far):
                if end is not None:
                    self._carrying.discard(end)
                    end.transport.abort()
            self._tasks.discard(task)

    async def _one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(2**16):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
