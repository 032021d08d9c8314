"""Documents made to burst: each is refused or read in time and in little memory, and the next document is read as if nothing was.

They come the whole way: from a server on loopback through the fetcher, which decodes under its cap, into a child process, whose
largest resident set the kernel tells.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import ipaddress
import os
import sys
import time
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.config.settings import NetSettings
from bot.core.clock import SystemClock
from bot.core.errors import DocumentError, FetchError
from bot.net.client import Fetcher
from bot.sandbox.pool import Limits, Sandbox

MEGABYTE = 1024 * 1024
CHILD, PARENT, SECONDS = 128, 64, 10.0
"""Megabytes a child may hold at its worst and this process may grow by; seconds of processor time, here and there together, until a
document is over."""
GOOD = b"<rss version='2.0'><channel><title>Good</title><item><title>Council news</title><guid>1</guid></item></channel></rss>"


def rss(inside: str, head: str = "") -> bytes:
    return f"<?xml version='1.0'?>{head}<rss version='2.0'><channel><title>b</title>{inside}</channel></rss>".encode()


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return rss("<item><title>&a9;</title></item>", f'<!DOCTYPE rss [<!ENTITY a0 "ha">{entities}]>')


def quadratic() -> bytes:
    return rss(f"<item><title>{'&a;' * 50_000}</title></item>", f'<!DOCTYPE rss [<!ENTITY a "{"a" * 50_000}">]>')


def nested(count: int) -> bytes:
    return rss("<item><description>" + "<b>" * count + "x" + "</b>" * count + "</description></item>")


def zipped(size: int) -> bytes:
    """So many bytes of a feed that never ends, compressed about a thousand times."""
    pack = zlib.compressobj(9, wbits=31)  # piece by piece: this process is measured too
    pieces = [pack.compress(b"<rss><channel>"), *(pack.compress(b" " * MEGABYTE) for _ in range(size // MEGABYTE)), pack.flush()]
    return b"".join(pieces)


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "gzip, a gibibyte in a mebibyte": ("gzip", lambda: zipped(1024 * MEGABYTE)),
    "gzip in gzip": ("gzip", lambda: gzip.compress(zipped(100 * MEGABYTE), 9)),
    "a billion laughs": ("", laughs),
    "quadratic entities": ("", quadratic),
    "twenty thousand nested tags": ("", lambda: nested(20_000)),
    "twenty thousand nested escaped tags": ("", lambda: nested(20_000).replace(b"<b>", b"&lt;b&gt;").replace(b"</b>", b"")),
    "a title of a mebibyte": ("", lambda: rss(f"<item><title>{'T' * MEGABYTE}</title><guid>1</guid></item>")),
    "ten thousand namespaces": ("", lambda: rss("<item " + " ".join(f'xmlns:a{n}="u{n}"' for n in range(10_000)) + "/>")),
    "JSON of a hundred thousand brackets": (
        "",
        lambda: b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 100_000,
    ),
}
"""The encoding it is said to have, and the body as it is sent."""


def resident(pid: int) -> float:
    """The most a process ever held, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def spent(pids: tuple[int, ...]) -> float:
    """Seconds of processor time that this process and those have used."""
    fields = [Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split() for pid in pids]
    return time.process_time() + sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


class House:
    """A server of bombs, and what meets them."""

    def __init__(self) -> None:
        self.body, self.encoding = b"", ""
        self.begin()
        self.largest: dict[str, float] = {}

    def begin(self) -> None:
        """A child of its own for the next document; judged by processor time, so that a busy machine fails nothing.

        That a child is killed by the clock, ``tests/sandbox`` shows.
        """
        self.sandbox = Sandbox(limits=Limits(seconds=60.0, idle_seconds=600.0))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            encoding = f"content-encoding: {self.encoding}\r\n" if self.encoding else ""
            writer.write(f"HTTP/1.1 200 x\r\n{encoding}connection: close\r\n\r\n".encode())
            if self.body:
                writer.write(self.body)
            else:
                for _ in range(1024):  # a gibibyte, for whoever takes it
                    writer.write(b" " * MEGABYTE)
                    await writer.drain()
            await writer.drain()
        writer.close()

    async def read(self, name: str) -> str:
        """What becomes of the body: what was read, or the sentence that says why not."""
        document = None
        try:
            answer = await self.fetcher.get(self.url, accept="*/*", max_bytes=10 * MEGABYTE)
            document = await self.sandbox.run("feed", data=answer.body, url=answer.url, content_type=answer.content_type)
        except (FetchError, DocumentError) as error:
            return str(error)
        finally:
            self.largest[name] = max((resident(pid) for pid in self.sandbox.pids), default=0.0)
        return f"{len(document.entries)} entries"


@pytest.fixture
async def bombed() -> AsyncIterator[House]:
    made = House()
    async with await asyncio.start_server(made.serve, "127.0.0.3", 0) as server:
        port = server.sockets[0].getsockname()[1]
        made.url = f"http://127.0.0.3:{port}/"
        settings = NetSettings(allow=(ipaddress.ip_network("127.0.0.0/8"),), allow_ports=(port,))
        made.fetcher = Fetcher(settings, clock=SystemClock())
        try:
            yield made
        finally:
            await made.fetcher.close()
            await made.sandbox.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="how much a process held at its worst is told by Linux")
async def test_no_bomb_takes_ten_seconds_or_128_megabytes_and_the_next_document_is_read(
    bombed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    bodies = {name: (encoding, make()) for name, (encoding, make) in BOMBS.items()}
    bodies["a body of a gibibyte"] = ("", b"")
    bombed.body, bombed.encoding = GOOD, ""
    assert await bombed.read("good") == "1 entries"
    before = resident(os.getpid())
    lines = []
    for name, (encoding, body) in bodies.items():
        await bombed.sandbox.close()
        bombed.begin()
        bombed.body, bombed.encoding = body, encoding
        began = spent(bombed.sandbox.pids)
        became = await bombed.read(name)
        took = spent(bombed.sandbox.pids) - began
        bombed.body, bombed.encoding = GOOD, ""
        assert await bombed.read("good") == "1 entries", name
        lines.append(f"  {name:38} {took:5.2f} s  child {bombed.largest[name]:5.1f} MB  {became[:70]}")
        assert took < SECONDS, name
        assert bombed.largest[name] < CHILD, name
    grown = resident(os.getpid()) - before
    with capsys.disabled():
        print("\n" + "\n".join(lines) + f"\n  this process grew by {grown:.1f} MB")  # noqa: T201  # the figures are the result
    assert grown < PARENT
