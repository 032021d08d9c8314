"""The bot as a process that kills itself (SIGKILL) at a named point: ``python crashing.py CONFIG POINT NTH [CHANNEL]``.

The points are the program's own progress hooks; the instants just before and after each transaction is committed and each
row is written to the terminal; and for each request to a chat platform ``NAME leaves``, before its first byte does, and
``NAME unread``, when its answer is there and nobody has read it. Among them are the steps of connecting to both platforms.

With POINT ``-`` it runs to the end like any other. With POINT ``+`` it runs until it is told where to die, by lines on its
standard input, ``{"point": ..., "nth": 1, "channel": "", "action": ""}``; channel and action narrow a point down to what is
being sent. It answers each with the row ``{"event": "armed"}``.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
import json
import os
import re
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp.client_reqrep import ClientRequest, ClientResponse
from sqlalchemy import event

from bot.app import Options
from bot.cli.logs import LogLevel, configure
from bot.config.load import load
from bot.outbox.drain import Drain
from bot.running import run
from bot.store.database import Store

WORK = contextvars.ContextVar("work", default="other")
CHANNEL = contextvars.ContextVar("channel", default="")
ACTION = contextvars.ContextVar("action", default="")
TRANSACTIONS = {
    "save_source_states": "state",
    "claim_sources": "state",
    "commit_polls": "poll",
    "commit_alert": "alert",
    "claim_next": "claim",
    "settle": "settle",
    "take_in_doubt": "doubt",
    "resolve_doubt": "resolve",
}


@dataclass
class Order:
    """Where to die: at the ``nth`` time from now that a point is reached for a channel and an action, any if they are empty."""

    point: str
    nth: int = 1
    channel: str = ""
    action: str = ""


class Killer:
    """Counts named points and ends the process at one of them."""

    def __init__(self, order: Order) -> None:
        self.order = order

    def __call__(self, point: str) -> None:
        order = self.order
        if point != order.point or order.channel not in ("", CHANNEL.get()) or order.action not in ("", ACTION.get()):
            return
        order.nth -= 1
        if order.nth == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def listen(self) -> None:
        """Take orders from standard input, in a thread of its own."""
        for line in sys.stdin:
            self.order = Order(**json.loads(line))
            os.write(sys.stdout.fileno(), b'{"event": "armed"}\n')


class Terminal(io.TextIOBase):
    """Standard output, with a point before and after each row."""

    encoding = "utf-8"

    def __init__(self, at: Killer) -> None:
        self._at = at

    def write(self, text: str) -> int:
        self._at("terminal.before_write")
        written = sys.stdout.write(text)
        sys.stdout.flush()
        self._at("terminal.after_write")
        return written


def watch_transactions(at: Killer) -> None:
    """Put a point before and after the commit of each of the store's transactions between poll and receipt."""
    for method, name in TRANSACTIONS.items():
        setattr(Store, method, _named(getattr(Store, method), name, at))
    opened = Store.open.__func__  # type: ignore[attr-defined]

    async def open_and_watch(cls: type[Store], *args: Any, **kwargs: Any) -> Store:
        store = await opened(cls, *args, **kwargs)
        event.listen(store._engines.writer.sync_engine, "commit", lambda _: at(f"{WORK.get()}.before_commit"))
        return store

    Store.open = classmethod(open_and_watch)  # type: ignore[assignment,method-assign]


def _named(method: Any, name: str, at: Killer) -> Any:
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        token = WORK.set(name)
        try:
            at(f"{name}.begin")
            result = await method(*args, **kwargs)
            at(f"{name}.after_commit")
            return result
        finally:
            WORK.reset(token)

    return wrapped


def watch_sending() -> None:
    """Keep in mind which channel is being sent to, and what is done there."""
    drained, resolved, claimed = Drain.drain_channel, Drain._resolve, Store.claim_next

    async def drain_channel(self: Drain, channel_id: str, **more: Any) -> None:
        CHANNEL.set(channel_id)
        ACTION.set("")
        await drained(self, channel_id, **more)

    async def claim_next(self: Store, channel_id: str, **more: Any) -> Any:
        claim = await claimed(self, channel_id, **more)
        ACTION.set("" if claim is None else str(claim.delivery.action))
        return claim

    async def resolve(self: Drain, row: Any, channel: Any) -> None:
        CHANNEL.set(channel.id)
        ACTION.set(str(row.action))
        await resolved(self, row, channel)

    Drain.drain_channel, Drain._resolve, Store.claim_next = drain_channel, resolve, claim_next  # type: ignore[method-assign,assignment]


def watch_requests(at: Killer) -> None:
    """Put a point before each request to a chat platform leaves, and one where its answer has come and is not read."""
    send, start = ClientRequest.send, ClientResponse.start

    async def leaving(self: ClientRequest, *args: Any) -> ClientResponse:
        at(f"{_name(self.method, self.url.path)} leaves")
        return await send(self, *args)

    async def answered(self: ClientResponse, *args: Any) -> ClientResponse:
        answer = await start(self, *args)
        at(f"{_name(self.method, self.url.path)} unread")
        return answer

    ClientRequest.send, ClientResponse.start = leaving, answered  # type: ignore[method-assign]


def _name(method: str, path: str) -> str:
    """``chat.postMessage`` for a method of Slack, ``POST /channels/N/messages`` for a route of Discord; sockets by their path."""
    if path.startswith("/api/v10/"):
        return f"{method} {re.sub(r'/[0-9]+', '/N', path.removeprefix('/api/v10'))}"
    return path.removeprefix("/api/").strip("/")


def main() -> int:
    config, point, nth, channel = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), "".join(sys.argv[4:])
    configure(LogLevel.INFO)
    at = Killer(Order(point, nth, channel))
    if point != "-":
        watch_sending()
        watch_transactions(at)
        watch_requests(at)
    if point == "+":
        threading.Thread(target=at.listen, daemon=True).start()
    options = Options(jsonl=True, out=Terminal(at), at=at)
    return asyncio.run(run(load(config, environ=os.environ), options))


if __name__ == "__main__":
    sys.exit(main())
