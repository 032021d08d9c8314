"""The Apprise adapter under the contract: the real library, its plugin for JSON, and a server that takes what that sends."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

from bot.adapters.apprise.notifier import AppriseNotifier
from bot.adapters.console.render import render_text
from bot.config.secret import Secret
from bot.core.clock import VirtualClock
from bot.core.model import Channel, Platform

KINDS = ("json",)


class Service:
    """Takes everything; ``answer`` is what it says, or None to hang up without a word."""

    def __init__(self):
        self.told, self.answer, self.port = [], b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", 0

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self):
        self.server.close()
        await self.server.wait_closed()

    async def serve(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        (length,) = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
        self.told.append(json.loads(await reader.readexactly(length)))
        writer.write(self.answer or b"")
        await writer.drain()
        writer.close()

    def address(self, more=""):
        return f"json://127.0.0.1:{self.port}/hook{more}"


@asynccontextmanager
async def opened(kind, house):
    service = Service()
    await service.start()
    notifier = AppriseNotifier({"team": Secret(service.address())}, VirtualClock(house.now), tell=render_text)
    yield house.Harness(
        deliver=notifier.deliver,
        channel=Channel("team", Platform.APPRISE, "TEAM"),
        messages=lambda: ["\n".join(filter(None, (one["title"], one["message"]))) for one in service.told],
        bare=lambda text: text,
        most=33_100,
    )
    notifier.close()
    await service.stop()
