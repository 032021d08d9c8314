"""A receiver of webhooks: a real server that knows Standard Webhooks by its specification alone, and nothing of our adapter.

It refuses what a careful receiver refuses (a wrong signature, an old or future timestamp, no number), takes each number once, and
can be told to answer otherwise, or not at all.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

TOLERANCE = 300
"""Seconds a timestamp may be off (the libraries of Standard Webhooks take five minutes)."""


def hmac_sha256(key: bytes, content: bytes) -> bytes:
    """RFC 2104, spelt out: proof that shares no code with what is proven."""
    key = hashlib.sha256(key).digest() if len(key) > 64 else key
    key = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + content).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).digest()


@dataclass
class Call:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def number(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """Answers with 204, or by ``script``: a whole answer as bytes, ``None`` to take the call and hang up without a word.

    Attributes:
        key: what calls must be signed with; None takes unsigned ones.
        now: what time the receiver has.
        taken: calls by number, in the order in which they were first taken.
        calls: every call, also those that were refused or came again.
        faults: what a careful receiver would not have taken.
    """

    key: bytes | None = None
    now: Any = None
    script: list[bytes | None] = field(default_factory=list)
    taken: dict[str, Call] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    hang: asyncio.Event | None = None
    port: int = 0
    _server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            call = await self._read(reader)
            self.calls.append(call)
            answer = self.script.pop(0) if self.script else b"HTTP/1.1 204 Taken\r\n\r\n"
            fault = self._fault(call)
            if fault:
                self.faults.append(fault)
                answer = b"HTTP/1.1 401 Forged\r\ncontent-length: 0\r\n\r\n"
            elif answer is None or answer.startswith(b"HTTP/1.1 2"):
                self.taken.setdefault(call.number, call)
            if answer is None and self.hang is not None:
                await self.hang.wait()
            writer.write(answer or b"")
            await writer.drain()
        writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Call:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, version = lines[0].split(" ")
        assert (method, version) == ("POST", "HTTP/1.1")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:-2])}
        return Call(path, headers, await reader.readexactly(int(headers["content-length"])))

    def _fault(self, call: Call) -> str | None:
        number, moment = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
        if not number or "." in number or not moment.isdigit():
            return "no number or no timestamp"
        if call.headers.get("content-type") != "application/json":
            return "no JSON"
        if self.now is not None and abs(int(moment) - self.now().timestamp()) > TOLERANCE:
            return "a timestamp too far off"
        if self.key is None:
            return None
        right = base64.b64encode(hmac_sha256(self.key, f"{number}.{moment}.".encode() + call.body)).decode()
        given = [mark.partition(",") for mark in call.headers.get("webhook-signature", "").split(" ")]
        return None if ("v1", ",", right) in given else "a wrong signature"
