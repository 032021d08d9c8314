"""Servers that say exactly the bytes a test wants, on loopback addresses."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest

from bot.net.client import Fetcher

sys.path.insert(0, str(Path(__file__).parent))  # the table of spellings is data beside the tests

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Settings:
    contact: str = "mailto:ops@example.org"
    allow: tuple[Any, ...] = (ipaddress.ip_network("127.0.0.0/8"),)
    allow_ports: tuple[int, ...] = ()
    proxy: str | None = None
    ca_file: Path | None = None


@dataclass
class Site:
    """A web server: ``answers`` by target, ``requests`` as they came, ``bodies`` of those that had one."""

    host: str = ""
    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0

    def url(self, target: str = "/", host: str | None = None) -> str:
        return f"http://{host or self.host}:{self.port}{target}"

    def headers(self, index: int = -1) -> dict[str, bytes]:
        lines = self.requests[index].split(b"\r\n")[1:-2]
        return {name.decode().lower(): value for name, _, value in (line.partition(b": ") for line in lines)}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(request)
                length = re.search(rb"\r\ncontent-length: (\d+)\r\n", request, re.IGNORECASE)
                if length is not None:
                    self.bodies.append(await reader.readexactly(int(length[1])))
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    answer = self.answers.get(request.split(b" ")[1].decode("latin-1"), reply(404))
                    if callable(answer):
                        await answer(writer)
                        break
                    writer.write(answer)
                    await writer.drain()
                    await asyncio.sleep(0)
                finally:
                    self.at_once -= 1
        writer.close()


def reply(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Said"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if "content_length" not in headers and status != 304:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@dataclass
class Names:
    """A resolver with a table; a name may give another answer each time."""

    table: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        answers = self.table.get(host)
        if answers is None:
            raise OSError("no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture(name="reply")
def _reply() -> Callable[..., bytes]:
    return reply


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
async def start() -> AsyncIterator[Callable[..., Awaitable[Site]]]:
    """Start a site on a loopback address; a port may be shared between addresses."""
    servers = []

    async def begin(host: str = "127.0.0.2", port: int = 0) -> Site:
        site = Site(host)
        server = await asyncio.start_server(site.serve, host, port)
        servers.append(server)
        site.port = server.sockets[0].getsockname()[1]
        return site

    yield begin
    for server in servers:
        server.close()
    # Let the handlers of closed connections see their end.
    for task in [task for task in asyncio.all_tasks() if "Site.serve" in repr(task.get_coro())]:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def fetcher(names: Names) -> AsyncIterator[Callable[..., Fetcher]]:
    made: list[Fetcher] = []

    def make(
        *sites: Site, deadline: float = 20.0, concurrency: int = 32, clock: Any = None, pause: float = 0.0, **settings: Any
    ) -> Fetcher:
        values = Settings(**{"allow_ports": tuple(site.port for site in sites), **settings})
        made.append(Fetcher(values, deadline=deadline, concurrency=concurrency, resolver=names, clock=clock, pause=pause))
        return made[-1]

    yield make
    for each in made:
        await each.close()


LOOPBACK = Path(__file__).parent / "loopback.pem"


@dataclass
class SecondGeneration:
    """A server that speaks HTTP/2 over TLS and gives the same small feed to everybody."""

    ca_file: Path = LOOPBACK
    port: int = 0
    connections: int = 0
    asked: list[list[tuple[bytes, bytes]]] = field(default_factory=list)
    short: bool = False
    """Whether the next bodies are shorter than their length says."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        machine = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
        machine.initiate_connection()
        writer.write(machine.data_to_send())
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while data := await reader.read(65_536):
                for event in machine.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        self.asked.append(list(event.headers))
                        length = "7" if self.short else "6"
                        head = [(":status", "200"), ("content-length", length), ("etag", '"b"'), ("content-type", "text/xml")]
                        machine.send_headers(event.stream_id, head)
                        machine.send_data(event.stream_id, b"<rss/>", end_stream=True)
                writer.write(machine.data_to_send())
        writer.close()


@pytest.fixture
async def second_generation() -> AsyncIterator[Callable[[], Awaitable[SecondGeneration]]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(LOOPBACK)
    context.set_alpn_protocols(["h2"])
    servers = []

    async def begin() -> SecondGeneration:
        site = SecondGeneration()
        server = await asyncio.start_server(site.serve, "127.0.0.2", 0, ssl=context)
        servers.append(server)
        site.port = server.sockets[0].getsockname()[1]
        return site

    yield begin
    for server in servers:
        server.close()
    for task in [task for task in asyncio.all_tasks() if "SecondGeneration.serve" in repr(task.get_coro())]:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
