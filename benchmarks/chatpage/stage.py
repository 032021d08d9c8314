"""The stage of the pictures: the real program, the sample newsroom and both platforms' stand-ins, on loopback, on one evening.

Promises: what is drawn later is what arrived over the real SDKs, byte for byte. The clock is set to one evening and can leap, so
that two runs give the same words and nobody waits for the morning.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.adapters.slack.manifest import manifest
from bot.app import Options
from bot.config.load import load
from bot.core.deliveries import Delivery, DeliveryState
from bot.demo import newsroom as tale
from bot.demo import show
from bot.demo.newsroom import ARTICLES, Article, link
from bot.demo.server import Newsroom
from bot.running import run
from bot.service.alert import Filed

from .scene import Said

STANDINS = Path(__file__).resolve().parents[2] / "tests" / "standins"
START = datetime(2026, 3, 10, 20, 44, tzinfo=UTC)
"""The evening on which the newsroom plays: the dates of the pictures."""
PATIENCE = 30.0
"""Seconds until something that does not happen is called a fault."""
SPEAKING = {1, 2, 3, 5, 6, 8}
"""Steps of the newsroom's tale that change a channel."""
SLACK_CHANNEL, SLACK_DAILY = "C0000000001", "C0000000002"
LEAD = "https://harbourledger.example/plate-readers-vote"
TOLD_AT_ONCE = ("watch-slack", "watch-discord")
"""Our own ids of the channels that hear everything at once."""
SEQUEL = (
    Article(
        "radio",
        "readers-hooded",
        "Mayor orders hoods over Harbour City licence-plate readers months early",
        "The council voted 6-3 on Tuesday night to let the contract with Argus Plate Systems lapse on 30 June.",
        (
            "Mayor Lena Osei ordered crews on Wednesday to pull hoods over all 42 licence-plate readers months early.",
            "The Harbour City council voted 6-3 on Tuesday night to let the contract with Argus Plate Systems lapse on 30 June.",
            "Police had searched the records of the 42 licence-plate readers 11,400 times last year, a report to the council says.",
            "Residents had filled the gallery for three hours before the vote on Tuesday night.",
        ),
        -timedelta(hours=10, minutes=16),
        7,
    ),
    Article(
        "digest",
        "plate-readers-evening-digest",
        "Harbour City to switch off licence-plate readers after 6-3 council vote",
        "The city's contract with Argus Plate Systems will lapse on 30 June.",
        (
            "Harbour City will switch off its licence-plate readers: the council voted 6-3 to let the contract lapse on 30 June.",
            "Police searched the records of the 42 cameras 11,400 times last year.",
        ),
        -timedelta(hours=10, minutes=10),
        8,
    ),
)
"""What the pictures tell beyond the demo, on the next morning: something new, and a fourth outlet."""
NEW_HEADLINE = "Council ends licence-plate reader contract; company threatens to sue"
"""What the first outlet's headline becomes in the last step."""


class Evening:
    """A clock that goes as fast as the machine's, stands at another date, and leaps when it is told to."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._leapt = timedelta(0)

    def now(self) -> datetime:
        return START + self._leapt + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return time.monotonic() - self._began

    def leap(self, far: timedelta) -> None:
        """It is so much later."""
        self._leapt += far


def loaded(name: str) -> ModuleType:
    """A stand-in by its path: its folder must not be on the path, or it would hide the library it stands in for."""
    spec = importlib.util.spec_from_file_location(f"standin_of_{name}", STANDINS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


CHANNELS = f"""[[channels]]
id = "watch-slack"
to = "slack:{SLACK_CHANNEL}"
updates = "thread"

[[channels]]
id = "daily-slack"
to = "slack:{SLACK_DAILY}"
digest = "daily 08:00"

[[channels]]
id = "watch-discord"
updates = "thread"
to = "discord:%s"

[[channels]]
id = "daily-discord"
to = "discord:%s"
digest = "daily 08:00"
"""


def configuration(newsroom: Newsroom, slack: Any, discord: Any, place: str, daily: str) -> str:
    """The demo's own configuration, told to two chats instead of a terminal."""
    terminal = '[[channels]]\nid = "team"\nto = "console:team"\n'
    written = show.configuration(base_url=newsroom.base_url, port=newsroom.port)
    assert terminal in written
    written = written.replace(terminal, CHANNELS % (place, daily)).replace(
        'channels = ["team"]', 'channels = ["watch-slack", "daily-slack", "watch-discord", "daily-discord"]'
    )
    return f"""timezone = "Europe/Berlin"
slack = {{ mode = "socket", base_url = "{slack.base_url}" }}
discord = {{ api_url = "{discord.api_url}", gateway_url = "{discord.gateway_url}" }}
{written}"""


class Stage:
    """The program, the newsroom and both stand-ins, running; steps of the tale are played one by one."""

    def __init__(self, clock: Evening, newsroom: Newsroom, slack: Any, discord: Any, places: tuple[Any, Any]) -> None:
        self.clock, self.newsroom, self.slack, self.discord = clock, newsroom, slack, discord
        self.place, self.daily = places
        self._filed: set[str] = set()
        self._sent: Counter[str] = Counter()
        self._bell = asyncio.Event()

    def filed(self, batch: Filed) -> None:
        self._filed.update(entry.item.url or "" for entry in batch.items)
        self._bell.set()

    def settled(self, delivery: Delivery) -> None:
        self._sent[delivery.channel_id] += delivery.state is DeliveryState.SENT
        self._bell.set()

    async def play(self, step: int) -> None:
        """Publish a step and wait until it is filed and, where it speaks, told in both chats."""
        before = Counter(self._sent)
        self.newsroom.step = step
        expected = {link(article) for article in tale.ARTICLES if article.step == step}
        spoken = lambda: step not in SPEAKING or all(self._sent[one] > before[one] for one in TOLD_AT_ONCE)  # noqa: E731
        await self.until(lambda: expected <= self._filed and spoken())

    async def until(self, done: Callable[[], Any]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(PATIENCE):
            while not done():
                self._bell.clear()
                try:
                    async with asyncio.timeout(0.2):
                        await self._bell.wait()
                except TimeoutError:
                    continue

    def publish(self, *articles: Article) -> None:
        """The newsroom has these too."""
        tale.ARTICLES = (*tale.ARTICLES, *articles)

    def rewrite_headline(self, article: Article, headline: str) -> None:
        """An outlet changes a headline that is out already."""
        tale.ARTICLES = tuple(
            replace(one, title=headline) if one.slug == article.slug and one.outlet == article.outlet else one
            for one in tale.ARTICLES
        )

    def in_slack(self, thread: str | None = None, channel: str = SLACK_CHANNEL) -> list[Any]:
        """What the channel shows, or a thread below its first message."""
        shown = [message for message in self.slack.messages(channel) if message.visible_to is None]
        return [message for message in shown if (message.thread_ts if message.is_reply else None) == thread]

    def in_discord(self, place: Any = None) -> list[Any]:
        """What the channel shows of the bot."""
        me = self.discord.world.me
        return [one for one in (place or self.place).messages.values() if one.author is me and one.seen_by is None]

    def below_in_discord(self) -> list[Any]:
        """What the threads of the channel show."""
        threads = self.discord.world.threads(self.place)
        return [one for thread in threads for one in thread.messages.values() if one.kind in {0, 19}]


def slack_said(message: Any, asked: str | None = None, files: Mapping[str, Any] | None = None) -> Said:
    """A message of the Slack stand-in; ``files`` are its files, for pictures."""
    return Said(with_pictures(message.body, files or {}), message.at, bool(message.edits), message.visible_to is not None, asked)


def with_pictures(body: Mapping[str, Any], files: Mapping[str, Any]) -> dict[str, Any]:
    """A message or view as it was sent, with the pictures that it names."""
    shown = deepcopy(dict(body))
    for block in shown.get("blocks", ()):
        if block.get("type") == "image" and (file := files.get(block["slack_file"]["id"])) is not None:
            block["png"] = file.content
    return shown


def discord_said(message: Any, asked: str | None = None) -> Said:
    """A message of the Discord stand-in."""
    return Said(deepcopy(message.body), message.created, message.edited is not None, asked is not None, asked)


@asynccontextmanager
async def running() -> AsyncIterator[Stage]:
    """The whole stage, built and taken down."""
    clock = Evening()
    newsroom = Newsroom(START)
    loaded("slack")
    slack = sys.modules["slack_standin"].SlackStandIn(clock=clock, burst=50, manifest=manifest("socket"), grant_optional=True)
    discord = loaded("discord").load().DiscordStandIn(clock=clock)
    guild = discord.world.add_guild("Harbour Watch")
    place, daily = discord.world.add_channel(guild, "watch"), discord.world.add_channel(guild, "daily")
    for part in (newsroom, slack, discord):
        await part.start()
    stage = Stage(clock, newsroom, slack, discord, (place, daily))
    stop = asyncio.Event()
    try:
        with tempfile.TemporaryDirectory(prefix="watchlamp-pictures-") as folder:
            path = Path(folder) / "config.toml"
            path.write_text(configuration(newsroom, slack, discord, place.id, daily.id), encoding="utf-8")
            tokens = {
                "WATCHLAMP_SLACK_BOT_TOKEN": slack.bot_token,
                "WATCHLAMP_SLACK_APP_TOKEN": slack.app_token,
                "WATCHLAMP_DISCORD_TOKEN": discord.token,
            }
            options = Options(out=io.StringIO(), on_filed=stage.filed, on_settled=stage.settled)
            bot = asyncio.create_task(run(load(path, environ=tokens), options, clock=clock, stop=stop))
            try:
                yield stage
            finally:
                stop.set()
                await asyncio.gather(bot, return_exceptions=sys.exc_info()[0] is not None)
    finally:
        tale.ARTICLES = ARTICLES
        for part in (newsroom, slack, discord):
            await part.stop()
