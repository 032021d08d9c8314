"""One feed that brings 10,000 new entries at once: what the channel gets, how long the event loop is busy, how much memory.

    python benchmarks/burst.py [ENTRIES]

``bench.py`` runs it as the case ``burst``. The whole bot runs here, in this process, on a clock of its own; a child process
serves the feed on loopback. Its first poll is silent; then it brings the entries, each of which a rule matches, and an hour later
the digest is due. A heartbeat asks every few milliseconds whether the loop is free: its longest delay is the lag, by the clock on
the wall and, so that other work on the machine does not count, by the CPU time that the loop's thread used meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from io import StringIO
from pathlib import Path

import corpus

from bot.app import Bot, Options
from bot.config.load import load
from bot.core.clock import VirtualClock
from bot.running import set_aside
from bot.store.database import Store

ENTRIES = 10_000
"""As many as a feed may have (``bot.sandbox.jobs``: a longer one is cut)."""
WORD = "zqburst"
BEAT = 0.005
"""Seconds between two heartbeats."""


@dataclass
class Heart:
    """Notices how long the event loop was not free.

    Attributes:
        lags: seconds by the clock on the wall beyond a beat, by the phase that was on.
        turns: CPU seconds of the loop's thread between two beats.
    """

    phase: str = "start"
    lags: dict[str, float] = field(default_factory=dict)
    turns: dict[str, float] = field(default_factory=dict)

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            wall, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(BEAT)
            lag, turn = time.perf_counter() - wall - BEAT, time.thread_time() - cpu
            self.lags[self.phase] = max(self.lags.get(self.phase, 0.0), lag)
            self.turns[self.phase] = max(self.turns.get(self.phase, 0.0), turn)


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of it.

    Attributes:
        posts: messages of one story each.
        digests: messages that tell the rest.
        told: stories that stand in one or the other.
        stored: entries stored.
        heart: the loop.
    """

    posts: int
    digests: int
    told: int
    stored: int
    heart: Heart


def document(entries: int, now: datetime) -> bytes:
    """A feed whose entries are unlike events, the newest first."""
    writer = corpus.Writer(71)
    rows = []
    for number in range(entries):
        when = (now - timedelta(seconds=number)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        address = f"https://wire.example/{entries}-{number}"
        rows.append(
            f"<item><title>{escape(writer.title())} {WORD}</title><link>{address}</link><guid>{address}</guid>"
            f"<pubDate>{when}</pubDate><description>{escape(writer.text(260))}</description></item>"
        )
    head = "<title>Wire</title><link>https://wire.example/</link><description>Invented news</description>"
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{"".join(rows)}</channel></rss>'.encode()


async def measure(entries: int = ENTRIES) -> Burst:
    """Let the burst come."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "feed.xml").write_bytes(document(20, corpus.START))
        (folder / "burst.xml").write_bytes(document(entries, corpus.START + timedelta(days=1)))
        written = (folder / "feed.xml").stat().st_mtime
        os.utime(folder / "feed.xml", (written - 3600, written - 3600))  # Last-Modified tells seconds; both are written within one
        script = (
            "import http.server as h, sys\n"
            "s = h.ThreadingHTTPServer(('127.0.0.1', 0), h.SimpleHTTPRequestHandler)\n"
            "print(s.server_address[1], flush=True)\n"
            "s.serve_forever()"
        )
        server = subprocess.Popen(
            [sys.executable, "-c", script], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            assert server.stdout is not None
            return await _measure(folder, int(server.stdout.readline()))
        finally:
            server.kill()
            server.wait()


async def _measure(folder: Path, port: int) -> Burst:
    config = folder / "config.toml"
    config.write_text(
        f'net = {{ contact = "mailto:bench@example.org", allow = ["127.0.0.0/8"], allow_ports = [{port}] }}\n'
        f'[[sources]]\nid = "wire"\nurl = "http://127.0.0.1:{port}/feed.xml"\nfull_text = "never"\n'
        f'[[rules]]\nid = "burst"\nquery = "{WORD}"\nchannels = ["console:a"]\n',
        encoding="utf-8",
    )
    clock = VirtualClock(corpus.START + timedelta(minutes=1))
    out, heart = StringIO(), Heart()
    store = await Store.open(f"sqlite:{folder / 'bench.db'}")
    bot = Bot(
        load(config, environ={}), store, Options(once=True, jsonl=True, out=out, at=lambda point: _phase(heart, point)), clock
    )
    await bot.prepare()
    await bot.once()
    set_aside()
    (folder / "burst.xml").replace(folder / "feed.xml")
    clock.advance(timedelta(days=1))
    beating = asyncio.create_task(heart.beat())
    try:
        await bot.once()
        clock.advance(timedelta(minutes=61))
        await bot.once()
    finally:
        beating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beating
        await bot.close()
        stored = await store.newest_arrival()
        await store.close()
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    sent = Counter(row["action"] for row in rows if row["state"] == "sent")
    told = {story for row in rows if row["state"] == "sent" for story in (row["story_ids"] or [row["story_id"]])}
    return Burst(sent["post"], sent["digest"], len(told), stored - 20, heart)


def _phase(heart: Heart, point: str) -> None:
    heart.phase = point


def main() -> None:
    """Print it."""
    begun = time.process_time()
    found = asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES))
    print(f"{found.stored} entries stored, {found.posts} posts, {found.digests} digests that tell {found.told} stories in all")
    print(f"{time.process_time() - begun:.1f} s of CPU")
    for phase, lag in found.heart.lags.items():
        print(f"after {phase:24} lag {lag * 1e3:7.1f} ms, longest turn {found.heart.turns[phase] * 1e3:7.1f} ms of CPU")


if __name__ == "__main__":
    main()
