"""Socket Mode, kept alive: one socket to Slack, replaced whenever it breaks, falls silent, or Slack asks for it.

Promises: a half-open socket is noticed within 20 seconds; a new socket stands before one that Slack takes away is closed;
reconnecting backs off; ``stop`` leaves no task and no connection behind. The SDK's client reads, pings and acknowledges;
when to connect is decided here alone, since the SDK's own reconnecting can end in a state that looks connected and is not
(github.com/slackapi/python-slack-sdk issues 1110, 1446 and 1922).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.notifier import error_code
from bot.core.clock import Clock

PING_EVERY = 4.0
"""Seconds between our pings."""
SILENCE = 12.0
"""Seconds without any sign of life, three pings unanswered, after which a socket counts as dead."""
CHECK_EVERY = 1.0
CONNECT_WITHIN = 15.0
CLOSE_WITHIN = 3.0
"""Slack does not end the connection after the closing handshake (node-slack-sdk, socket-mode 3.2.0), so we do not wait for it."""
LIVED = 30.0
"""A socket that stood so long ends a row of failures."""
BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before the next try after so many failures: ``apps.connections.open`` allows a call a minute at worst."""

log = structlog.get_logger(__name__)

Handle = Callable[[AsyncBaseSocketModeClient, SocketModeRequest], Awaitable[None]]


class _Socket(SocketModeClient):
    """The SDK's client for one connection: it never connects a second time, it says that it is lost."""

    def __init__(self, app_token: str, web_client: AsyncWebClient, logger: logging.Logger, ping_every: float) -> None:
        super().__init__(app_token=app_token, web_client=web_client, logger=logger, ping_interval=ping_every)
        self.proxy = web_client.proxy  # the SDK would take one from the environment
        self.lost = asyncio.Event()
        self.asked_to_go = False

    async def connect(self) -> None:
        """One try; the base class tries for ever."""
        if self.wss_uri is None:
            answer = await self.web_client.apps_connections_open(app_token=self.app_token)
            self.wss_uri = str(answer["url"])
        self.current_session = await self.aiohttp_client_session.ws_connect(
            self.wss_uri,
            autoping=False,
            heartbeat=self.ping_interval,
            proxy=self.proxy,
            ssl=self.web_client.ssl if self.web_client.ssl is not None else True,
        )
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """What the base class calls when the socket is broken, or (``force``) when Slack asks it to go."""
        self.asked_to_go = self.asked_to_go or force
        self.lost.set()

    async def shut(self) -> None:
        """End this connection and every task of it, politely where that is quick."""
        self.closed = True
        self.auto_reconnect_enabled = False
        tasks = [task for task in (self.message_processor, self.current_session_monitor, self.message_receiver) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.current_session is not None:
            with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
                async with asyncio.timeout(CLOSE_WITHIN):
                    await self.current_session.close()
        await self.aiohttp_client_session.close()


class SocketMode:
    """Keeps one socket standing and hands every envelope on."""

    def __init__(
        self,
        *,
        app_token: str,
        client: AsyncWebClient,
        handle: Handle,
        clock: Clock,
        logger: logging.Logger,
        ping_every: float = PING_EVERY,
        check_every: float = CHECK_EVERY,
    ) -> None:
        """Build it.

        Args:
            app_token: ``xapp-...`` with ``connections:write``.
            client: for ``apps.connections.open``; its address, proxy and certificates serve the socket too.
            handle: called with every envelope; acknowledges it.
            clock: measures silence.
            logger: for the SDK.
            ping_every: seconds between pings.
            check_every: seconds between two looks at the socket.
        """
        self._app_token = app_token
        self._client = client
        self._handle = handle
        self._clock = clock
        self._logger = logger
        self._ping_every = ping_every
        self._check_every = check_every
        self._task: asyncio.Task[None] | None = None
        self._current: _Socket | None = None
        self._tried = asyncio.Event()
        self.connections = 0
        """How many sockets were opened so far."""

    @property
    def ready(self) -> bool:
        """Whether commands reach us."""
        return self._current is not None and not self._current.lost.is_set()

    async def start(self) -> None:
        """Begin; returns when the first try is over, however it ended: a Slack that is away keeps nothing else from starting."""
        self._task = asyncio.create_task(self._run(), name="slack socket")
        await self._tried.wait()

    async def stop(self) -> None:
        """End the socket."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._replace(None)

    async def _run(self) -> None:
        failures = 0
        while True:
            socket = await self._opened()
            if socket is None:
                self._tried.set()
                failures += 1
                await asyncio.sleep(BACK_OFF[min(failures, len(BACK_OFF)) - 1])
                continue
            await self._replace(socket)
            self.connections += 1
            self._tried.set()
            since = self._clock.monotonic()
            await self._until_lost(socket)
            failures = 0 if self._clock.monotonic() - since >= LIVED else failures + 1
            if failures > 1:
                await asyncio.sleep(BACK_OFF[min(failures, len(BACK_OFF)) - 1])

    async def _opened(self) -> _Socket | None:
        """A socket that stands, or None with the reason in the log."""
        socket = _Socket(self._app_token, self._client, self._logger, self._ping_every)
        socket.socket_mode_request_listeners.append(self._handle)
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await socket.connect()
        except SlackApiError as error:
            code = error_code(getattr(error.response, "data", None))
            log.warning("Slack opens no socket; commands are not heard until it does", error=code or type(error).__name__)
        except Exception as error:  # noqa: BLE001  # whatever a library stumbles over, commands must be heard again later
            log.warning("no socket to Slack; trying again", error=type(error).__name__)
        except asyncio.CancelledError:
            await socket.shut()
            raise
        else:
            return socket
        await socket.shut()
        return None

    async def _until_lost(self, socket: _Socket) -> None:
        """Return when the socket is broken or silent, or Slack asked it to go."""
        heard = self._clock.monotonic()
        pong = socket.last_ping_pong_time
        texts = 0

        async def on_text(_: aiohttp.WSMessage) -> None:
            nonlocal texts
            texts += 1

        socket.on_message_listeners.append(on_text)
        while not socket.lost.is_set():
            before = texts
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._check_every):
                    await socket.lost.wait()
            now = self._clock.monotonic()
            if socket.current_session is None or socket.current_session.closed:
                socket.lost.set()
            if texts != before or socket.last_ping_pong_time != pong:
                heard, pong = now, socket.last_ping_pong_time
            elif now - heard >= SILENCE and not socket.lost.is_set():
                log.warning("Slack's socket fell silent; connecting anew", seconds=round(now - heard))
                socket.lost.set()
        if socket.asked_to_go:
            log.info("Slack asked for a new socket")

    async def _replace(self, socket: _Socket | None) -> None:
        before, self._current = self._current, socket
        if before is not None:
            await before.shut()
