"""Feeds on many loopback hosts and a receiver of webhooks: the outside of ``cluster.py``, in a process of its own, which counts.

    python benchmarks/clusterworld.py SOURCES HOSTS

Prints one line of JSON, where everything is, then obeys commands, a line of JSON each, until its standard input closes. It shares
nothing with the program: what was asked, what was asked at the same time, and what was received is counted from requests alone.
Every answer of a feed takes ``THINKS`` seconds, so that two requests to one host at a time would be seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

import corpus

THINKS = 0.02
EVENT = re.compile(rb"event([0-9]{6})")
_UNCHANGED = b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\n\r\n"
_FEED = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: %b\r\nContent-Length: %d\r\n\r\n%b"
_TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"
_LENGTH = re.compile(rb"(?i)content-length: *([0-9]+)")
_HOST = re.compile(rb"(?i)\r\nhost: *([^\r]+)")


class World:
    """What is outside, and what it was asked.

    Attributes:
        polls: requests by source since the last time it was asked to count.
        received: calls by event and channel, ever.
        most_at_once: the most requests that one host ever had at a time.
    """

    def __init__(self, sources: int) -> None:
        self._writer = corpus.Writer(14)
        self._entries: list[list[str]] = [[self._entry(number, "", "old")] for number in range(sources)]
        self._versions = [0] * sources
        self._events = 0
        self.polls: Counter[int] = Counter()
        self.received: Counter[tuple[int, int]] = Counter()
        self._at_once: Counter[bytes] = Counter()
        self.most_at_once = 0
        self.last_call = 0.0

    def _entry(self, source: int, words: str, number: str) -> str:
        title, text = f"{words} {self._writer.title()} {number}".strip(), self._writer.text(500)
        when = format_datetime(datetime.now(UTC))
        return (
            f"<item><title>{escape(title)}</title><guid isPermaLink='false'>{source}-{number}</guid><pubDate>{when}</pubDate>"
            f"<link>http://news{source}.example/{number}</link><description>{escape(text)}</description></item>"
        )

    def publish(self, source: int, topic: int) -> int:
        """Let a feed bring an event of a topic; returns the event's number."""
        self._events += 1
        self._entries[source] = [self._entry(source, f"topic{topic}", f"event{self._events:06}"), *self._entries[source]][:20]
        self._versions[source] += 1
        return self._events

    async def feed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests for feeds on one connection."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                host = _HOST.search(head)
                assert host is not None
                self._at_once[host[1]] += 1
                self.most_at_once = max(self.most_at_once, self._at_once[host[1]])
                try:
                    number = int(head.split(b" ", 2)[1].rsplit(b"/", 1)[1])
                    self.polls[number] += 1
                    await asyncio.sleep(THINKS)
                    writer.write(self._answer(number, head))
                    await writer.drain()
                finally:
                    self._at_once[host[1]] -= 1
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    def _answer(self, number: int, head: bytes) -> bytes:
        etag = b'"%d-%d"' % (number, self._versions[number])
        if etag in head:
            return _UNCHANGED % etag
        items = "".join(self._entries[number])
        body = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Feed {number}</title>{items}</channel></rss>".encode()
        return _FEED % (etag, len(body), body)

    async def hook(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take messages on one connection."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1]) if length is not None else 0)
                channel = int(head.split(b" ", 2)[1].rsplit(b"/", 1)[1])
                for event in {int(found) for found in EVENT.findall(body)}:
                    self.received[event, channel] += 1
                self.last_call = time.monotonic()
                writer.write(_TAKEN)
                await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    def obey(self, command: Sequence[int | str | Sequence[int]]) -> object:
        """Do what a line says, and answer it."""
        match command:
            case ["publish", *pairs]:
                return [self.publish(source, topic) for source, topic in pairs]  # type: ignore[misc]
            case ["count"]:
                asked, self.polls = self.polls, Counter()
                times = os.times()
                return {
                    "asked": len(asked),
                    "requests": asked.total(),
                    "again": sum(number > 1 for number in asked.values()),
                    "most_at_once": self.most_at_once,
                    "cpu": times.user + times.system,
                }
            case ["asked"]:
                return len(self.polls)
            case ["received", first]:
                of_late = [number for (event, _), number in self.received.items() if event >= first]  # type: ignore[operator]
                ago = time.monotonic() - self.last_call
                return {"different": len(of_late), "calls": sum(of_late), "twice": sum(n > 1 for n in of_late), "last_ago": ago}
            case _:
                raise ValueError(command)


async def main(sources: int, hosts: int) -> None:
    """Listen, say where, obey."""
    world = World(sources)
    names = [f"127.{1 + number // 200}.{number % 200}.1" for number in range(hosts)]
    first = await asyncio.start_server(world.feed, names[0], 0, backlog=512)
    port = first.sockets[0].getsockname()[1]
    servers = [first, *[await asyncio.start_server(world.feed, name, port, backlog=512) for name in names[1:]]]
    hook = await asyncio.start_server(world.hook, "127.0.0.1", 0, backlog=2048)
    told = {
        "feeds": [f"http://{names[number % hosts]}:{port}/{number}" for number in range(sources)],
        "port": port,
        "hook": hook.sockets[0].getsockname()[1],
    }
    print(json.dumps(told), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(world.obey(json.loads(line))), flush=True)
    for server in (*servers, hook):
        server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
