"""A server that fails in every way there is, and repeats whatever it was told while it does."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import trustme

PAST = datetime(2020, 1, 1, tzinfo=UTC)
WAYS = (
    "good",
    "echo-feed",
    "echo-json",
    "echo-html",
    "echo-headers",
    "echo-reason",
    "echo-etag",
    "broken-xml",
    "broken-json",
    "empty",
    "not-http",
    "half-head",
    "hangs-up",
    "truncated",
    "bad-gzip",
    "huge",
    "400",
    "401",
    "402",
    "403",
    "404",
    "407",
    "410",
    "418",
    "429",
    "451",
    "500",
    "502",
    "503",
    "elsewhere",
    "elsewhere-inside",
    "elsewhere-nowhere",
    "round-and-round",
    "moved",
)
"""What the first part of a path asks for."""


class Echo:
    """Answers as its paths say. ``told`` is every request as it came."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.port = 0
        self.servers: list[asyncio.Server] = []
        self.ports: dict[str, int] = {}
        self.authority = trustme.CA()

    async def start(self) -> None:
        self.port = await self._listen(None)
        stranger = trustme.CA()
        for name, authority, host, ends in (
            ("wrong-host", self.authority, "elsewhere.example", None),
            ("self-signed", stranger, "127.0.0.1", None),
            ("expired", self.authority, "127.0.0.1", PAST + timedelta(days=2)),
        ):
            more = {} if ends is None else {"not_before": PAST, "not_after": ends}
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(host, **more).configure_cert(context)
            self.ports[name] = await self._listen(context)
        self.ports["not-tls"] = self.port

    async def _listen(self, context: ssl.SSLContext | None) -> int:
        server = await asyncio.start_server(self._serve, "0.0.0.0", 0, ssl=context)  # all of 127/8
        self.servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        for server in self.servers:
            server.close()
        for task in [task for task in asyncio.all_tasks() if "Echo._serve" in repr(task.get_coro())]:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.LimitOverrunError):
            first = await reader.readexactly(1)
            if first == b"\x16":  # somebody wants to agree on encryption
                writer.close()
                return
            head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = head.split("\r\n")
            length = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")), 0)
            body = (await reader.readexactly(length)).decode("latin-1")
            self.told.append(head + body)
            target = lines[0].split(" ")[1]
            way = target.strip("/").split("/")[0].split("?")[0]
            # As it came, and as it would be read: what is escaped is repeated both ways.
            writer.write(self._answer(way, target, f"{head}{unquote(head)}{body}"))
            await writer.drain()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            writer.close()

    def _answer(self, way: str, target: str, said: str) -> bytes:
        flat = " ".join(said.split())
        quoted = flat.replace('"', "%22")
        safe = flat.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        ours = f"http://127.0.0.1:{self.port}"
        bodies: dict[str, Callable[[], bytes]] = {
            "good": lambda: reply(200, feed("A camera at the harbour", "The council votes on a camera."), "application/rss+xml"),
            "echo-feed": lambda: reply(200, feed(f"A camera {safe}", f"You said {safe}", link=f"{ours}{safe_target(target)}")),
            "echo-json": lambda: reply(200, json.dumps({"error": flat, "items": [{"title": flat}]}), "application/json"),
            "echo-html": lambda: reply(200, f"<html><title>{safe}</title><a href='{safe}'>{safe}</a></html>", "text/html"),
            "echo-headers": lambda: reply(200, "x", more=f"X-Said: {flat}\r\nLink: <{ours}{target}>; rel=hub\r\n"),
            "echo-reason": lambda: reply(500, flat, reason=flat.encode("ascii", "ignore").decode()),
            "echo-etag": lambda: reply(200, feed("A camera", "again"), more=f'ETag: "{quoted[:400]}"\r\n'),
            "broken-xml": lambda: reply(200, f"<rss><channel><item><title>{safe}</title>&nosuch;<<", "application/rss+xml"),
            "broken-json": lambda: reply(200, '{"items": [' + json.dumps(flat), "application/json"),
            "empty": lambda: reply(200, ""),
            "not-http": lambda: f"SSH-2.0-{flat}\r\n\r\n".encode("latin-1"),
            "half-head": lambda: f"HTTP/1.1 200 OK\r\nX-Said: {flat[:50]}".encode("latin-1"),
            "hangs-up": lambda: b"",
            "truncated": lambda: reply(200, flat, more="", length=len(flat) + 500),
            "bad-gzip": lambda: reply(200, flat, more="Content-Encoding: gzip\r\n"),
            "huge": lambda: reply(200, gzip.compress(b" " * 12_000_000), more="Content-Encoding: gzip\r\n"),
            "elsewhere": lambda: reply(302, flat, more=f"Location: {ours.replace('127.0.0.1', '127.0.0.2')}{target}\r\n"),
            "elsewhere-inside": lambda: reply(302, flat, more=f"Location: http://10.0.0.1{target}\r\n"),
            "elsewhere-nowhere": lambda: reply(302, flat, more=f"Location: gopher://{flat}\r\n"),
            "round-and-round": lambda: reply(307, flat, more=f"Location: {target}\r\n"),
            "moved": lambda: reply(301, flat, more=f"Location: {ours}{target.replace('moved', 'echo-feed', 1)}\r\n"),
        }
        if way in bodies:
            return bodies[way]()
        status = int(way) if way.isdigit() else 404
        return reply(status, flat, reason="No", more="Retry-After: 120\r\n" if status in {429, 503} else "")


def safe_target(target: str) -> str:
    """A target as an attribute of XML."""
    return target.replace("&", "&amp;")


def feed(title: str, text: str, *, link: str = "http://127.0.0.1/story") -> str:
    """A feed of one article."""
    entry = f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><description>{text}</description></item>"
    return f"<rss version='2.0'><channel><title>{title}</title><link>{link}</link>{entry}</channel></rss>"


def reply(
    status: int, body: str | bytes, kind: str = "text/plain", *, reason: str = "OK", more: str = "", length: int | None = None
) -> bytes:
    """One whole answer."""
    data = body if isinstance(body, bytes) else body.encode("utf-8")
    size = len(data) if length is None else length
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n{more}Connection: close\r\n\r\n"
    return head.encode("latin-1", "replace") + data
