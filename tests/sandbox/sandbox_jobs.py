"""Jobs that misbehave, called in a child only."""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import DocumentError


def echo(data: bytes = b"", text: str = "") -> str:
    return f"{len(data)} {text}"


def pid() -> str:
    return str(os.getpid())


def refuse(why: str) -> str:
    raise DocumentError(why)


def give_up() -> str:
    raise ValueError("canary: a stranger's words")


def recurse() -> str:
    return recurse()


def spin() -> str:
    while True:
        pass


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


def hog() -> str:
    blocks = []
    while True:
        blocks.append(bytearray(16 * 1024 * 1024))


def leave() -> str:
    os._exit(7)


def crash() -> str:
    ctypes.string_at(0)
    return "unreachable"


def chatter() -> str:
    sys.stdout.write("a library that prints")
    sys.stdout.flush()
    os.write(1, b"and writes to the descriptor")
    return f"read {sys.stdin.read()!r}"


def connect(port: int) -> str:
    with socket.socket() as line:
        line.connect(("127.0.0.1", port))
    return "connected"


def spawn() -> str:
    return subprocess.run(["true"], check=True).args[0]


def environment() -> str:
    return ",".join(sorted(os.environ))


def limits() -> str:
    return ",".join(
        str(resource.getrlimit(which)[0]) for which in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)
    )


def first_to_go() -> str:
    return Path("/proc/self/oom_score_adj").read_text(encoding="ascii").strip()


def lie(frames: list[str]) -> str:
    """Write raw frames over the answer pipe: what a child taken over by a document could do."""
    for number in range(3, 64):
        try:
            os.fstat(number)
        except OSError:
            continue
        for frame in frames:
            try:
                os.write(number, bytes.fromhex(frame))
            except OSError:
                break
    time.sleep(60)
    return ""


def wrong_type() -> object:
    return 7


def document(entries: int) -> FeedDocument:
    entry = FeedEntry(
        title="Ein Satz über \ud800 alles",
        link="https://example.org/1",
        id="1",
        published=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
        updated=None,
        summary="<p>raw</p>",
        content=None,
        summary_text="plain",
        content_text="",
        authors=("A", "B"),
        tags=(),
        outlet=None,
        language="de",
    )
    return FeedDocument(title="Feed", language=None, entries=(entry,) * entries, notes=("odd",))


def burn(data: bytes) -> str:
    while data:
        pass
    return ""
