"""``watchlamp demo``: the real program on the sample newsroom, told step by step in the terminal.

Promises: only loopback, no account, no token; ends by itself in under half a minute; leaves nothing behind. Everything
shown comes from the running bot; the tale only says what the newsroom just published.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.text import Text

from bot.adapters.console.notifier import CARD_WIDTH
from bot.compose import compile_rules
from bot.config.load import load
from bot.config.settings import Settings
from bot.core.clock import SystemClock
from bot.core.deliveries import Delivery
from bot.core.errors import WorkError
from bot.core.model import Item
from bot.core.stories import FiledItem
from bot.demo.newsroom import ARTICLES, LAST_STEP, OUTLETS, link
from bot.demo.server import Newsroom
from bot.options import Options
from bot.rules import explain
from bot.running import run
from bot.service.alert import Filed

STEP_LIMIT = 15.0
"""Seconds until a step that does not happen is called a fault."""
READING_PAUSE = 1.8
"""Seconds between steps for a person who reads along; none when the output goes to a file."""

TALE = (
    "First look at four sample outlets. What is there already is remembered, and nothing of it is posted.",
    "The Harbour Ledger publishes the first report of a council vote. It matches a rule, so it becomes a message.",
    "State Radio reports the same vote in its own words. No second message: the first one is edited.",
    "The Courier has it too. Still one message, and it says how many outlets stand behind it.",
    "The Evening Digest republishes an article under today's date. Its text is years old:",
    "Another county buys plate readers. Much the same words, but not the same event: a message of its own.",
    "The police union goes to court. A new event that follows the first story, and says so.",
)


def configuration(*, base_url: str, port: int) -> str:
    """The demo's configuration: what a team would write, with the newsroom's address."""
    sources = "".join(
        f'\n[[sources]]\nid = "{outlet.id}"\nurl = "{base_url}/{outlet.id}/feed"\ninterval = "1s"\nfull_text = "never"\n'
        for outlet in OUTLETS
    )
    return f"""
database = {{ url = "sqlite:demo.db" }}
defaults = {{ group_wait = "0s", group_interval = "0s", max_per_hour = 0, updates = "off" }}

[net]
contact = "https://example.org/watchlamp-demo"
allow = ["127.0.0.0/8"]
allow_ports = [{port}]
min_interval = "1s"

[[channels]]
id = "team"
to = "console:team"
{sources}
[[entities]]
id = "argus"
name = "Argus Plate Systems"
kind = "vendor"
aliases = ["Argus Plate Systems"]

[[rules]]
id = "plate-readers"
title = "plate readers"
query = '("licence plate reader" OR "licence plate readers" OR @argus) (council OR police OR sheriff)'
channels = ["team"]

[[rules]]
id = "police-face"
title = "police and face recognition"
query = '"face recognition" police'
channels = ["team"]
"""


@dataclass(slots=True)
class _Watch:
    """What the bot has filed so far, and a bell that rings when it files more."""

    filed: dict[str, FiledItem] = field(default_factory=dict)
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def see(self, filed: Filed) -> None:
        self.filed.update((entry.item.url or entry.item.id, entry) for entry in filed.items)
        self.bell.set()

    async def until(self, done: Callable[[], bool]) -> None:
        while not done():
            self.bell.clear()
            await self.bell.wait()


async def play(*, keep: bool, out: TextIO | None = None, pause: float | None = None, width: int | None = None) -> int:
    """Play the tale; returns the exit status.

    Args:
        keep: stay until interrupted instead of ending after the tale.
        out: where to show it; None is standard output.
        pause: seconds between steps; None chooses by whether a person is watching.
        width: columns; None takes the terminal's, at most 100.

    Raises:
        WorkError: a step of the tale did not happen.
    """
    stream = out or sys.stdout
    columns = width or min(Console(file=stream).width if stream.isatty() else CARD_WIDTH, CARD_WIDTH)
    console = Console(file=stream, highlight=False, width=columns, force_terminal=stream.isatty())
    wait = pause if pause is not None else (READING_PAUSE if stream.isatty() else 0.0)
    newsroom = Newsroom(SystemClock().now())
    await newsroom.start()
    try:
        with tempfile.TemporaryDirectory(prefix="watchlamp-demo-") as folder:
            path = Path(folder) / "config.toml"
            path.write_text(configuration(base_url=newsroom.base_url, port=newsroom.port), encoding="utf-8")
            settings = load(path, environ={})
            return await _play(settings, newsroom, console, stream, wait=wait, keep=keep)
    finally:
        await newsroom.stop()


async def _play(settings: Settings, newsroom: Newsroom, console: Console, stream: TextIO, *, wait: float, keep: bool) -> int:
    watch, stop = _Watch(), asyncio.Event()
    posted: dict[str, int] = {}

    def settled(delivery: Delivery) -> None:
        posted[delivery.id] = posted.get(delivery.id, 0) + 1
        watch.bell.set()

    console.rule("[bold]Watchlamp demo[/bold]: a sample newsroom on this machine, no account, no network")
    bot = asyncio.create_task(run(settings, Options(out=stream, on_filed=watch.see, on_settled=settled), stop=stop))
    try:
        for step in range(LAST_STEP + 1):
            console.print()
            console.print(Text.assemble((f"{step + 1}. ", "bold cyan"), (TALE[step], "bold")))
            if not await _step(step, newsroom, watch, posted, bot=bot, stop=stop):
                return await bot
            _remark(step, watch, console)
            await asyncio.sleep(wait)
            if stop.is_set():
                return await bot
        _why(settings, watch, console)
        _next_steps(console)
        if keep:
            console.print(Text(f"\nThe newsroom stays at {newsroom.base_url} until you press Ctrl+C.", style="dim"))
            return await bot
        return 0
    finally:
        stop.set()
        await asyncio.gather(bot, return_exceptions=True)


async def _step(
    step: int, newsroom: Newsroom, watch: _Watch, posted: dict[str, int], *, bot: asyncio.Task[int], stop: asyncio.Event
) -> bool:
    """Publish a step and wait until the bot has filed it and, where it speaks, spoken; False if it was told to end.

    A signal sets ``stop`` long before the bot has ended: on a busy machine that takes it longer than a step may.

    Raises:
        WorkError: it did not happen.
    """
    before = len(posted)
    newsroom.step = step
    expected = {link(article) for article in ARTICLES if article.step == step}
    speaks = step in {1, 2, 3, 5, 6}
    seen = asyncio.create_task(watch.until(lambda: expected <= set(watch.filed) and (not speaks or len(posted) > before)))
    done, _ = await asyncio.wait({seen, bot}, timeout=STEP_LIMIT, return_when=asyncio.FIRST_COMPLETED)
    seen.cancel()
    if stop.is_set() or bot in done:
        return False
    if seen not in done:
        raise WorkError(f"The demo stopped at step {step + 1}: the bot did not do what the tale tells. Please report this.")
    return True


def _remark(step: int, watch: _Watch, console: Console) -> None:
    """What the bot knows about a step that it stays silent on."""
    if step == 0:
        console.print(Text(f"   {len(watch.filed)} articles of {len(OUTLETS)} outlets remembered, 0 posted.", style="dim"))
    for article in ARTICLES:
        entry = watch.filed.get(link(article))
        if article.step != step or entry is None or entry.change.rerun_of is None:
            continue
        original = next(other.item for other in watch.filed.values() if other.item.id == entry.change.rerun_of)
        day = original.date_published
        dated = f", {day.day} {day:%B %Y}" if day else ""
        console.print(
            Text(f"   Not posted: it repeats a story we know ({original.outlet}{dated}): {entry.change.why}.", style="yellow")
        )


def _why(settings: Settings, watch: _Watch, console: Console) -> None:
    first = next(article for article in ARTICLES if article.step == 1)
    item: Item = watch.filed[link(first)].item
    console.print()
    console.print(Text("Why was that posted?", style="bold cyan"))
    told = explain.render_text(explain.explain(compile_rules(settings), "plate-readers", item), item)
    for line in told.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + 7)
        console.print(Text(textwrap.fill(f"   {line}", console.width, subsequent_indent=indent)))


def _next_steps(console: Console) -> None:
    console.print()
    console.rule("[bold]Your own[/bold]")
    for command, use in (
        ("watchlamp init", "writes config.toml: feeds, rules, a channel in this terminal"),
        ("watchlamp check", "reads it, runs the rules' tests, tells every mistake at once"),
        ("watchlamp run", "starts the bot"),
    ):
        console.print(Text.assemble(("   " + f"{command:18}", "bold green"), use))
    console.print(
        Text(
            "\n   Slack and Discord: name the channel in config.toml,\n"
            '   to = "slack:C0123456789" or "discord:112233445566778899",\n'
            "   and put the tokens into WATCHLAMP_SLACK_BOT_TOKEN and WATCHLAMP_SLACK_APP_TOKEN,\n"
            "   or WATCHLAMP_DISCORD_TOKEN.\n"
            "   docs/slack.md and docs/discord.md go through it in ten minutes each.",
            style="dim",
        )
    )
