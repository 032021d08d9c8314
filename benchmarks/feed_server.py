"""Serves invented feeds on many loopback addresses, with ETags: the other side of the polling bench, in a process of its own.

    python benchmarks/feed_server.py COUNT

Prints one line of JSON, the addresses of the feeds, then serves until its standard input is closed. Every feed has an
address of 127.0.0.0/8 to itself as long as there are enough, so that none waits for another of the same host. Two commands, a line
each: ``change 10`` gives every tenth feed one new entry; ``count`` tells what was asked since the last count.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sys

import corpus

ADDRESSES = 250


def _etag(document: bytes) -> bytes:
    return f'"{hashlib.blake2b(document, digest_size=8).hexdigest()}"'.encode()


class Feeds:
    """Documents by path, each with its ETag."""

    def __init__(self, count: int) -> None:
        self.documents = [corpus.feed(number) for number in range(count)]
        self.etags = [_etag(document) for document in self.documents]
        self.counted = {"requests": 0, "unchanged": 0, "bytes": 0}
        self._changes = 0

    def change(self, every: int) -> None:
        """Give each feed whose number is a multiple of ``every`` a new entry in place of its oldest."""
        self._changes += 1
        for number in range(0, len(self.documents), every):
            self.documents[number] = corpus.feed(number, later=self._changes)
            self.etags[number] = _etag(self.documents[number])

    def count(self) -> dict[str, int]:
        """What was asked since the last time, and begin anew."""
        told = self.counted
        self.counted = dict.fromkeys(told, 0)
        return told

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self.answer(head))
                await writer.drain()
        writer.close()

    def answer(self, head: bytes) -> bytes:
        """The response to a request's head."""
        number = int(head.split(b" ", 2)[1].rsplit(b"/", 1)[1])
        etag = self.etags[number]
        self.counted["requests"] += 1
        if b"if-none-match: " + etag in head.replace(b"If-None-Match", b"if-none-match"):
            self.counted["unchanged"] += 1
            return b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\n\r\n" % etag
        body = self.documents[number]
        self.counted["bytes"] += len(body)
        start = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: %b\r\nContent-Length: %d\r\n\r\n"
        return start % (etag, len(body)) + body


async def main(count: int) -> None:
    """Listen, say where, and end with the reader of our output."""
    feeds = Feeds(count)
    hosts = [f"127.{1 + number // 200}.{number % 200}.1" for number in range(min(count, ADDRESSES))]
    first = await asyncio.start_server(feeds.serve, hosts[0], 0, backlog=512)
    port = first.sockets[0].getsockname()[1]
    servers = [first, *[await asyncio.start_server(feeds.serve, host, port, backlog=512) for host in hosts[1:]]]
    print(json.dumps([f"http://{hosts[number % len(hosts)]}:{port}/{number}" for number in range(count)]), flush=True)
    while command := (await asyncio.to_thread(sys.stdin.readline)).split():
        if command[0] == "change":
            feeds.change(int(command[1]))
        print(json.dumps(feeds.count()), flush=True)
    for server in servers:
        server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
