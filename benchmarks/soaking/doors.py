"""The doors between the world of the soak and the bot: the servers of its sources, and faults at both chats' stand-ins."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from soaking.world import LISTED, START, Entry, World

POST, FORUM = "POST /channels/{channel_id}/messages", "PATCH /channels/{channel_id}/messages/{message_id}"


class Town:
    """The servers of all sources, each on an address of its own."""

    def __init__(self, world: World, loop: Any) -> None:
        self.world = world
        self.loop = loop
        self.servers: list[asyncio.Server] = []
        self.port = 0
        self.asked = 0

    async def open(self) -> list[str]:
        addresses = []
        for number in range(self.world.sources):
            host = f"127.2.{number // 250}.{number % 250 + 1}"
            serve = self._serving(number)
            server = await asyncio.start_server(serve, host, self.port)
            self.port = server.sockets[0].getsockname()[1]
            self.servers.append(server)
            addresses.append(f"http://{host}:{self.port}/feed")
        return addresses

    def _serving(self, number: int) -> Any:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                request = await reader.readuntil(b"\r\n\r\n")
                self.asked += 1
                await self._answer(number, request, writer)
            writer.close()

        return serve

    async def _answer(self, number: int, request: bytes, writer: asyncio.StreamWriter) -> None:
        now = float(self.loop.now)
        bad = self.world.source_is(now, number)
        if bad is not None:
            self.world.happened(now, f"source {number}", bad)
        shown = [entry for entry in self.world.feeds[number] if entry.at <= now]
        etag = f'"{len(shown)}"'
        end = "connection: close\r\n"
        if bad == "status":
            writer.write(f"HTTP/1.1 503 x\r\ncontent-length: 0\r\n{end}\r\n".encode())
        elif bad == "slow down":
            writer.write(f"HTTP/1.1 429 x\r\nretry-after: 5400\r\ncontent-length: 0\r\n{end}\r\n".encode())
        elif bad == "hang":
            await asyncio.sleep(120)
        elif bad == "reset":
            writer.transport.abort()
        elif etag.encode() in request:
            writer.write(f"HTTP/1.1 304 x\r\netag: {etag}\r\n{end}\r\n".encode())
        else:
            body = (b"\x00<rss" * 50) if bad == "garbage" else self._document(number, shown[-LISTED:])
            writer.write(f"HTTP/1.1 200 x\r\netag: {etag}\r\ncontent-length: {len(body)}\r\n{end}\r\n".encode())
            writer.write(body[: len(body) // 2] if bad == "cut" else body)
        with contextlib.suppress(ConnectionError):
            await writer.drain()

    def _document(self, number: int, shown: list[Entry]) -> bytes:
        items = "".join(
            f"<item><title>{escape(entry.title)}</title><guid isPermaLink='false'>{entry.guid}</guid>"
            f"<link>https://outlet{number}.example/{entry.guid}</link>"
            f"<pubDate>{format_datetime(START + timedelta(seconds=entry.at))}</pubDate>"
            f"<description>{escape(entry.text)}</description></item>"
            for entry in reversed(shown)
        )
        return f'<rss version="2.0"><channel><title>Outlet {number}</title>{items}</channel></rss>'.encode()

    async def close(self) -> None:
        for server in self.servers:
            server.close()


@dataclass
class OverSlack:
    """Takes the place of Slack's fault script."""

    world: World
    loop: Any
    fault: Any

    def next(self, method: str, channel: str | None) -> Any:
        kind = self.world.chat_is(self.loop.now, "slack") if method in {"chat.postMessage", "chat.update"} else None
        if kind is None:
            return None
        self.world.happened(self.loop.now, "slack", kind)
        if kind == "slow down":
            return self.fault(method, "ratelimited", retry_after=self.world.stream("slack waits").randint(1, 90))
        if kind == "status":
            return self.fault(method, "status", status=503)
        return self.fault(method, "cut", commit=kind == "accepted")

    def unspent(self) -> list[Any]:
        return []


@dataclass
class OverDiscord:
    """Stands among Discord's scripted faults."""

    world: World
    loop: Any
    parts: Any
    route: str
    fault: Any = None
    spent: bool = field(default=True, init=False)

    def takes(self) -> bool:
        kind = self.world.chat_is(self.loop.now, "discord")
        if kind is None:
            return False
        self.world.happened(self.loop.now, "discord", kind)
        if kind == "slow down":
            self.fault = self.parts.RateLimited(float(self.world.stream("discord waits").randint(1, 90)))
        elif kind == "status":
            self.fault = self.parts.Status(503)
        else:
            self.fault = self.parts.Cut(accepted=kind == "accepted")
        return True
