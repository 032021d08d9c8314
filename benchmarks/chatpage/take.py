"""Plays the sample newsroom into Slack and Discord, and keeps what the two stand-ins were sent.

Promises: the real program, over the real SDKs, on loopback alone; what is drawn later is what arrived, byte for byte. The
clock is set to one evening, so that two runs give the same words.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import sys
import tempfile
import time
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.adapters.slack.manifest import manifest
from bot.app import Options
from bot.config.load import load
from bot.core.deliveries import Delivery
from bot.demo import show
from bot.demo.newsroom import ARTICLES, link
from bot.demo.server import Newsroom
from bot.running import run
from bot.service.alert import Filed

from .scene import Said, Scene

STANDINS = Path(__file__).resolve().parents[2] / "tests" / "standins"
START = datetime(2026, 3, 10, 20, 44, tzinfo=UTC)
"""The evening on which the newsroom plays: the dates of the pictures."""
PATIENCE = 30.0
"""Seconds until something that does not happen is called a fault."""
SPEAKING = {1, 2, 3, 5, 6}
"""Steps of the newsroom's tale that change a channel."""
SLACK_CHANNEL = "C0000000001"
LEAD = "https://harbourledger.example/plate-readers-vote"


@dataclass(slots=True)
class Taken:
    """The scenes of both platforms."""

    slack: list[Scene] = field(default_factory=list)
    discord: list[Scene] = field(default_factory=list)


class Evening:
    """A clock that goes as fast as the machine's and stands at another date."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return time.monotonic() - self._began


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

[[channels]]
id = "watch-discord"
to = "discord:%s"
"""


def configuration(newsroom: Newsroom, slack: Any, discord: Any, place: str) -> str:
    """The demo's own configuration, told to two chats instead of a terminal."""
    terminal = '[[channels]]\nid = "team"\nto = "console:team"\n'
    written = show.configuration(base_url=newsroom.base_url, port=newsroom.port)
    assert terminal in written
    written = written.replace(terminal, CHANNELS % place).replace(
        'channels = ["team"]', 'channels = ["watch-slack", "watch-discord"]'
    )
    return f"""timezone = "Europe/Berlin"
slack = {{ mode = "socket", base_url = "{slack.base_url}" }}
discord = {{ api_url = "{discord.api_url}", gateway_url = "{discord.gateway_url}" }}
{written}"""


class Stage:
    """The program, the newsroom and both stand-ins, running; steps of the tale are played one by one."""

    def __init__(self, newsroom: Newsroom, slack: Any, discord: Any, place: Any) -> None:
        self.newsroom, self.slack, self.discord, self.place = newsroom, slack, discord, place
        self._filed: set[str] = set()
        self._settled = 0
        self._bell = asyncio.Event()

    def filed(self, batch: Filed) -> None:
        self._filed.update(entry.item.url or "" for entry in batch.items)
        self._bell.set()

    def settled(self, delivery: Delivery) -> None:
        del delivery
        self._settled += 1
        self._bell.set()

    async def play(self, step: int) -> None:
        """Publish a step and wait until it is filed and, where it speaks, told in both chats."""
        before = self._settled
        self.newsroom.step = step
        expected = {link(article) for article in ARTICLES if article.step == step}
        async with asyncio.timeout(PATIENCE):
            while not (expected <= self._filed and (step not in SPEAKING or self._settled >= before + 2)):
                self._bell.clear()
                await self._bell.wait()

    def in_slack(self, thread: str | None = None) -> list[Any]:
        """What the channel shows, or a thread below its first message."""
        shown = [message for message in self.slack.messages(SLACK_CHANNEL) if message.visible_to is None]
        return [message for message in shown if (message.thread_ts if message.is_reply else None) == thread]

    def in_discord(self) -> list[Any]:
        """What the channel shows of the bot."""
        me = self.discord.world.me
        return [message for message in self.place.messages.values() if message.author is me and message.seen_by is None]


def slack_said(message: Any, asked: str | None = None) -> Said:
    """A message of the Slack stand-in."""
    return Said(deepcopy(message.body), message.at, bool(message.edits), message.visible_to is not None, asked)


def discord_said(message: Any, asked: str | None = None) -> Said:
    """A message of the Discord stand-in."""
    return Said(deepcopy(message.body), message.created, message.edited is not None, asked is not None, asked)


async def take() -> Taken:
    """Run the program twice: the tale with questions after it, and the tale with an edit that both chats refuse."""
    taken = Taken()
    async with _running() as stage:
        await _told(stage, taken)
    async with _running() as stage:
        await _refused_edit(stage, taken)
    return taken


async def _told(stage: Stage, taken: Taken) -> None:
    for step in (0, 1):
        await stage.play(step)
    taken.slack.append(Scene("alert", "An alert in Slack", tuple(map(slack_said, stage.in_slack()))))
    taken.discord.append(Scene("alert", "An alert in Discord", tuple(map(discord_said, stage.in_discord()))))
    for step in (2, 3, 4, 5, 6):
        await stage.play(step)
    later = "edited as more outlets report it, another county's story, and a story that follows the first"
    taken.slack.append(Scene("later", f"Slack: the alert {later}", tuple(map(slack_said, stage.in_slack()))))
    taken.discord.append(Scene("later", f"Discord: the alert {later}", tuple(map(discord_said, stage.in_discord()))))
    await _ask_slack(stage, taken)
    await _ask_discord(stage, taken)


QUESTIONS = (
    ("help", "help", {}, "the answer to help"),
    ("why", "why", {"article": LEAD}, "the answer to why"),
    ("latest", "latest", {"n": 2}, "the answer to latest"),
)


async def _ask_slack(stage: Stage, taken: Taken) -> None:
    person = sys.modules["slack_standin"].Person(stage.slack)
    answers = stage.slack.world.ephemerals
    for name, words, options, title in QUESTIONS:
        typed = " ".join([words, *map(str, options.values())])
        seen = len(answers)
        await person.slash(typed, channel=SLACK_CHANNEL)
        await person.until(lambda seen=seen: len(answers) > seen, typed)
        taken.slack.append(Scene(name, f"Slack: {title}", (slack_said(answers[-1], f"/watch {typed}"),)))


async def _ask_discord(stage: Stage, taken: Taken) -> None:
    person = stage.discord.person("Mira", stage.place.guild)
    for name, words, options, title in QUESTIONS:
        asked = await person.slash(stage.place, f"watch {words}", options)
        async with asyncio.timeout(PATIENCE):
            while asked.waiting:
                await asyncio.sleep(0.02)
        taken.discord.append(Scene(name, f"Discord: {title}", (discord_said(asked.original, f"/watch {words}"),)))


async def _refused_edit(stage: Stage, taken: Taken) -> None:
    """A message that may not be edited any more is followed by a reply in its thread."""
    for step in (0, 1, 2):
        await stage.play(step)
    faults = sys.modules["discord_standin"].faults
    stage.slack.fault("chat.update", "error", error="cant_update_message")
    stage.discord.fault("PATCH /channels/{channel_id}/messages/{message_id}", faults.Refusal(400, 30046))
    await stage.play(3)
    (first,) = stage.in_slack()
    replies = stage.in_slack(first.ts)
    title = "the thread below an alert that cannot be edited any more"
    taken.slack.append(Scene("thread", f"Slack: {title}", tuple(map(slack_said, [first, *replies])), len(replies)))
    (parent,) = stage.in_discord()
    below = [one for thread in stage.discord.world.threads(stage.place) for one in thread.messages.values() if one.kind in {0, 19}]
    taken.discord.append(Scene("thread", f"Discord: {title}", tuple(map(discord_said, [parent, *below])), len(below)))


class _running:  # noqa: N801 - reads as a phrase where it is used
    """The whole stage, built and taken down."""

    async def __aenter__(self) -> Stage:
        clock = Evening()
        self._newsroom = Newsroom(START)
        loaded("slack")
        self._slack = sys.modules["slack_standin"].SlackStandIn(clock=clock, burst=50, manifest=manifest("socket"))
        self._discord = loaded("discord").load().DiscordStandIn(clock=clock)
        guild = self._discord.world.add_guild("Harbour Watch")
        place = self._discord.world.add_channel(guild, "watch")
        for part in (self._newsroom, self._slack, self._discord):
            await part.start()
        self._folder = tempfile.TemporaryDirectory(prefix="watchlamp-pictures-")
        path = Path(self._folder.name) / "config.toml"
        path.write_text(configuration(self._newsroom, self._slack, self._discord, place.id), encoding="utf-8")
        tokens = {
            "WATCHLAMP_SLACK_BOT_TOKEN": self._slack.bot_token,
            "WATCHLAMP_SLACK_APP_TOKEN": self._slack.app_token,
            "WATCHLAMP_DISCORD_TOKEN": self._discord.token,
        }
        stage = Stage(self._newsroom, self._slack, self._discord, place)
        self._stop = asyncio.Event()
        options = Options(out=io.StringIO(), on_filed=stage.filed, on_settled=stage.settled)
        self._bot = asyncio.create_task(run(load(path, environ=tokens), options, clock=clock, stop=self._stop))
        return stage

    async def __aexit__(self, *error: object) -> None:
        self._stop.set()
        await asyncio.gather(self._bot, return_exceptions=error[0] is not None)
        for part in (self._newsroom, self._slack, self._discord):
            await part.stop()
        self._folder.cleanup()
