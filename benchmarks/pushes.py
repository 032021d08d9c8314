"""From a hub's POST to the chat request: the whole bot as a process, subscribed to a hub and connected to a stand-in for Slack.

``bench.py`` runs it as the case ``push``. Every push holds one new entry that one rule matches; ``group_wait`` is 0. Ten channels
take turns, because a channel takes one message a second and the pause between two would be measured instead. The time is taken
where the hub begins to send and where Slack has read the call, both in this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import corpus
import httpx
from idle import ROOT, free_port, loaded

CHANNELS = 10
PATIENCE = 60.0
PAUSE = 0.15
"""Seconds between two pushes: the outbox has written what Slack answered, and a channel's second is over when its turn comes."""
IDLE = 25.0
"""Seconds after which the reader of documents has stopped for want of work (``bot.sandbox.pool.Limits.idle_seconds``)."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds from POST to chat request.

    Attributes:
        warm: of each push, while the reader of documents runs.
        cold: of pushes after a pause, in which it has to be started.
        missing: pushes that became no chat request.
    """

    warm: list[float]
    cold: list[float]
    missing: int


def configuration(folder: Path, hub: Any, slack: Any, port: int) -> Path:
    """One feed, told of by its hub; a channel and a rule for each turn."""
    channels = "".join(
        f'[[channels]]\nid = "c{turn}"\nto = "slack:{slack_channel(turn)}"\n'
        f'[[rules]]\nid = "r{turn}"\nquery = "zqturn{turn}"\nchannels = ["c{turn}"]\n'
        for turn in range(CHANNELS)
    )
    path = folder / "config.toml"
    path.write_text(
        f"""
database = {{ url = "sqlite:push.db" }}
web = {{ listen = "127.0.0.1:{port}", public_url = "http://127.0.0.1:{port}" }}
slack = {{ mode = "socket", base_url = "{slack.base_url}" }}
defaults = {{ group_wait = "0s", max_per_hour = 0, max_age = "" }}
[net]
allow = ["127.0.0.0/8"]
allow_ports = [{hub.port}]
[[sources]]
id = "wire"
kind = "websub"
url = "{hub.address("wire")}"
interval = "1h"
full_text = "never"
{channels}
""",
        encoding="utf-8",
    )
    return path


def slack_channel(turn: int) -> str:
    """Id of the channel of a turn."""
    return f"C1000000{turn:03d}"


async def measure(pushes: int, cold: int) -> Measured:
    """Start everything, push, and take the times."""
    hub = loaded("hub.py", "standins_hub").HubStandIn()
    slack = loaded("slack.py", "standins_slack").SlackStandIn(burst=pushes + cold)
    for turn in range(CHANNELS):
        slack.channel(slack_channel(turn), f"turn-{turn}")
    await hub.start()
    await slack.start()
    hub.documents["wire"] = hub.atom("wire", [])
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = configuration(Path(folder), hub, slack, port)
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(ROOT),
            "WATCHLAMP_SLACK_BOT_TOKEN": slack.bot_token,
            "WATCHLAMP_SLACK_APP_TOKEN": slack.app_token,
        }
        command = [sys.executable, "-c", "from bot.cli.main import main; main()", "run", "-c", str(path), "--log-level", "warning"]
        bot = subprocess.Popen(command, env=environment)
        try:
            await _until(lambda: bool(hub.subscribers), bot, "the hub has a subscriber")
            await _ready(port, bot)
            writer = corpus.Writer(61)
            taken = [await _time(hub, slack, writer, number) for number in range(pushes + 1)]
            rested = []
            for number in range(cold):
                await asyncio.sleep(IDLE)
                rested.append(await _time(hub, slack, writer, pushes + 1 + number))
        finally:
            bot.terminate()
            await asyncio.to_thread(bot.wait, 30)
            await slack.stop()
            await hub.stop()
    warm = [seconds for seconds in taken[1:] if seconds is not None]  # with the first, the reader starts
    after = [seconds for seconds in rested if seconds is not None]
    return Measured(warm, after, pushes + cold - len(warm) - len(after))


async def _time(hub: Any, slack: Any, writer: corpus.Writer, number: int) -> float | None:
    article = corpus.article(writer, number, size=1500)
    turn = number % CHANNELS
    entry = (
        f"<entry><id>urn:push:{number}</id><title>{article.title} zqturn{turn}</title><link href='https://wire.example/{number}'/>"
        f"<content type='text'>{article.content_text}</content></entry>"
    )
    document = hub.atom("wire", [entry])
    before = len(slack.calls("chat.postMessage"))
    begin = datetime.now(UTC)
    assert await hub.publish("wire", document, changed=False) == [202]
    deadline = time.monotonic() + PATIENCE
    while len(slack.calls("chat.postMessage")) == before:
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(0.002)
    await asyncio.sleep(PAUSE)
    spent: float = (slack.calls("chat.postMessage")[before].at - begin).total_seconds()
    return spent


async def _ready(port: int, bot: subprocess.Popen[bytes]) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and bot.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
    raise SystemExit("the bot did not become ready")


async def _until(done: Any, bot: subprocess.Popen[bytes], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if bot.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{what}: that did not happen within {PATIENCE:g} seconds")
        await asyncio.sleep(0.01)
