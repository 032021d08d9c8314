"""Socket Mode: tickets, hello, envelopes and their acks, and every way a socket can end or fall silent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from aiohttp import WSMsgType, web

from .state import APP, Violation, World

ACK_SECONDS = 3.0
"""Within which Slack wants an envelope acknowledged (docs.slack.dev/apis/events-api/using-socket-mode)."""
MOST_SOCKETS = 10
Disconnect = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


@dataclass
class Envelope:
    """One delivery and what came back.

    Attributes:
        sent: on which socket it was written; None while no socket was there.
        acked_after: seconds of the stand-in's clock until the ack; None while there is none.
        answers: payloads of the acks (None for a bare ack); more than one means it was acknowledged twice.
        lost: the socket ended before the ack, or stood half open, so that no app could have answered.
    """

    id: str
    type: str
    payload: dict[str, Any]
    at: datetime
    accepts_response_payload: bool = False
    sent: int | None = None
    acked_after: float | None = None
    answers: list[dict[str, Any] | None] = field(default_factory=list)
    lost: bool = False
    retries: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def acked(self) -> bool:
        """Whether it was acknowledged."""
        return bool(self.answers)

    @property
    def answer(self) -> dict[str, Any] | None:
        """The payload of the first ack."""
        return self.answers[0] if self.answers else None


@dataclass
class Socket:
    """One connection of the app."""

    number: int
    ws: web.WebSocketResponse
    http: web.Request
    half_open: bool = False
    pings: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class SocketMode:
    """All sockets of the app."""

    def __init__(self, world: World, ping_interval: float) -> None:
        self.world = world
        self.ping_interval = ping_interval
        self.sockets: list[Socket] = []
        self.opened = 0
        self.envelopes: list[Envelope] = []
        self._tickets: set[str] = set()
        self._changed = asyncio.Condition()
        self._turn = 0

    def ticket(self) -> str:
        """A ticket for one handshake."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return ticket

    # ---------------------------------------------------------------- a connection

    async def serve(self, http: web.Request) -> web.StreamResponse:
        """The handshake and everything after it."""
        ticket = http.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="the ticket is used or unknown")
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse(autoping=False, autoclose=False, heartbeat=None)
        await ws.prepare(http)
        self.opened += 1
        socket = Socket(self.opened, ws, http)
        if len(self.sockets) >= MOST_SOCKETS:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": "standin"}})
            await ws.close()
            return ws
        self.sockets.append(socket)
        await ws.send_json(
            {
                "type": "hello",
                "num_connections": len(self.sockets),
                "debug_info": {"host": "standin", "build_number": 1, "approximate_connection_time": 18060},
                "connection_info": {"app_id": APP},
            }
        )
        await self._tell()
        pinging = asyncio.create_task(self._ping(socket)) if self.ping_interval else None
        try:
            await self._listen(socket)
        finally:
            if pinging is not None:
                pinging.cancel()
            self._ended(socket)
            await self._tell()
        return ws

    async def _listen(self, socket: Socket) -> None:
        while True:
            message = await socket.ws.receive()
            if socket.half_open:
                break
            if message.type == WSMsgType.PING:
                socket.pings += 1
                await socket.ws.pong(message.data)
            elif message.type == WSMsgType.TEXT:
                self._ack(message.data)
            elif message.type == WSMsgType.CLOSE:
                await socket.ws.close()
                return
            elif message.type in {WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}:
                return
        # half open: nothing is read or answered until one side lets go of the connection itself
        while not socket.ended.is_set() and socket.http.transport is not None and not socket.http.transport.is_closing():
            await asyncio.sleep(0.02)

    async def _ping(self, socket: Socket) -> None:
        while not socket.ws.closed:
            await asyncio.sleep(self.ping_interval)
            if not socket.half_open and not socket.ws.closed:
                await socket.ws.ping(b"Ping from standin")

    def _ack(self, text: str) -> None:
        try:
            ack = json.loads(text)
        except ValueError:
            self.world.violate("socket", f"not JSON: {text[:80]}")
            return
        envelope = next((one for one in self.envelopes if isinstance(ack, dict) and one.id == ack.get("envelope_id")), None)
        if envelope is None:
            self.world.violate("socket", f"an ack of no envelope: {text[:80]}")
            return
        if ack.get("payload") and not envelope.accepts_response_payload:
            self.world.violate("socket", f"an ack with a payload for a {envelope.type} envelope, which takes none")
        if envelope.acked and not envelope.retries:
            self.world.violate("socket", f"envelope {envelope.id} was acknowledged twice")
        if envelope.acked_after is None:
            envelope.acked_after = (self.world.clock.now() - envelope.at).total_seconds()
        envelope.answers.append(ack.get("payload") or None)
        envelope.lost = False
        envelope.done.set()

    def _ended(self, socket: Socket) -> None:
        if socket in self.sockets:
            self.sockets.remove(socket)
        for envelope in self.envelopes:
            if envelope.sent == socket.number and not envelope.acked:
                envelope.lost = True

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # ---------------------------------------------------------------- what the stand-in sends

    async def connected(self, count: int = 1, *, opened: int = 0, seconds: float = 60) -> None:
        """Wait until so many sockets stand, and at least ``opened`` were opened in all."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: len(self._live()) >= count and self.opened >= opened)

    def _live(self) -> list[Socket]:
        return [socket for socket in self.sockets if not socket.ws.closed]

    async def send(self, kind: str, payload: dict[str, Any], *, answerable: bool = False, at: datetime | None = None) -> Envelope:
        """Deliver a new envelope to one of the sockets, each in its turn."""
        envelope = Envelope(secrets.token_hex(8), kind, payload, at or self.world.clock.now(), answerable)
        self.envelopes.append(envelope)
        await self._write(envelope)
        return envelope

    async def redeliver(self, envelope: Envelope, reason: str = "timeout") -> Envelope:
        """Slack's retry: the same payload in a new envelope that says so."""
        again = Envelope(
            secrets.token_hex(8), envelope.type, envelope.payload, self.world.clock.now(), envelope.accepts_response_payload,
            retries=envelope.retries + 1,
        )  # fmt: skip
        envelope.lost = not envelope.acked
        self.envelopes.append(again)
        await self._write(again, reason)
        return again

    async def duplicate(self, envelope: Envelope) -> None:
        """The very same envelope once more, id and all."""
        envelope.retries += 1
        await self._write(envelope, None)

    async def _write(self, envelope: Envelope, reason: str | None = None) -> None:
        live = self._live()
        if not live:
            envelope.lost = True
            return
        self._turn += 1
        socket = live[self._turn % len(live)]
        envelope.sent = socket.number
        body: dict[str, Any] = {
            "envelope_id": envelope.id,
            "type": envelope.type,
            "accepts_response_payload": envelope.accepts_response_payload,
            "payload": envelope.payload,
        }
        if envelope.type == "events_api":
            body |= {"retry_attempt": envelope.retries if reason else 0, "retry_reason": reason or ""}
        if socket.half_open:
            envelope.lost = True
            return
        await socket.ws.send_json(body)

    async def disconnect(self, reason: Disconnect = "refresh_requested") -> None:
        """Tell every socket to go; all but ``warning`` are closed as well."""
        for socket in self._live():
            await socket.ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "standin"}})
            if reason != "warning":
                await socket.ws.close()

    def abort(self) -> None:
        """Cut every connection without a word."""
        for socket in list(self.sockets):
            socket.ended.set()
            if socket.http.transport is not None:
                socket.http.transport.abort()

    def go_silent(self) -> None:
        """Every socket stays open, and nothing is answered on it any more, not even a ping."""
        for socket in self.sockets:
            socket.half_open = True

    def unanswered(self) -> list[Violation]:
        """Envelopes not acknowledged in time."""
        now = self.world.clock.now()
        found = []
        for envelope in self.envelopes:
            waited = envelope.acked_after if envelope.acked_after is not None else (now - envelope.at).total_seconds()
            if waited > ACK_SECONDS and not envelope.lost:
                state = "acknowledged" if envelope.acked else "not acknowledged"
                found.append(
                    Violation("ack", f"{envelope.type} envelope {state} after {waited:.1f} s: {json.dumps(envelope.payload)[:160]}")
                )
        return found

    async def close(self) -> None:
        """End all."""
        for socket in list(self.sockets):
            socket.ended.set()
            if socket.half_open and socket.http.transport is not None:
                socket.http.transport.abort()
            elif not socket.ws.closed:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(socket.ws.close(), 2)
