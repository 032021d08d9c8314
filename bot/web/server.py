"""One HTTP server inside this process: uvicorn, started and stopped with the rest.

Promises: the port is known once started; an address in use is told with a sentence. Never handles signals.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from bot.core.errors import WorkError


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the process has one owner of signals, ``bot.running``."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves one application on one address until stopped."""

    def __init__(self, application: ASGIApp, host: str, port: int) -> None:
        self._host = host
        self._port = port
        config = uvicorn.Config(
            application,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=5,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    @property
    def host(self) -> str:
        """Where it listens."""
        return self._host

    @property
    def port(self) -> int:
        """The port in use: the one asked for, or, for 0, the one the system chose."""
        sockets = [socket for server in self._server.servers for socket in server.sockets]
        return int(sockets[0].getsockname()[1]) if sockets else self._port

    async def start(self) -> None:
        """Listen.

        Raises:
            WorkError: the address cannot be listened on.
        """
        serving = asyncio.create_task(self._serve(), name="web")
        while not self._server.started:
            if serving.done():
                await serving
            await asyncio.sleep(0.01)
        self._task = serving

    async def stop(self) -> None:
        """Answer what is in hand, then close."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task

    async def _serve(self) -> None:
        try:
            await self._server.serve()
        except (SystemExit, OSError) as error:
            raise WorkError(
                f"{self._host}:{self._port} cannot be listened on (web.listen); another program may use it. Choose another port."
            ) from error
