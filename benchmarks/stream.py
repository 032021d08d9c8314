"""Six weeks of surveillance news through the real outbox into three kinds of channel on both platforms: what they are sent.

    python benchmarks/stream.py FOLDER [--transcript CHANNEL]

FOLDER holds ``domain/``: items with their dates and the rules of an invented team (``rules.toml``). The items arrive at their own
times on a clock that is moved, are matched, filed among stories, planned and sent by the product's own code, to the stand-ins of
Slack and Discord of ``tests/standins``, which refuse what the platforms refuse. Three channels on each: ``instant`` (as it comes),
``digest`` (every morning at eight, quiet from ten in the evening to seven, both in New York) and ``capped`` (two messages an hour).

Printed are, by channel: posts, edits, replies, digests, stories held and told in digests; the most posts and digests in any 60
minutes; stories that were told twice; how many messages the chat itself shows, and how many calls it refused. With a channel's
name, everything that was sent there follows as the terminal would show it.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.console.render import render_text
from bot.adapters.discord.connection import DiscordConnection
from bot.adapters.slack.notifier import SlackNotifier
from bot.config.secret import Secret
from bot.config.settings import DiscordSettings
from bot.core.clock import VirtualClock, parse_instant
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.model import Channel, ChannelSettings, Item, Level, Platform, Rule
from bot.core.sources import QueuedItem
from bot.outbox.drain import Drain
from bot.rules.engine import Engine
from bot.service.alert import Alerter, Filed, Rulebook
from bot.service.deliver import Deliverer
from bot.service.replay import Replay
from bot.store.database import Store
from bot.stories.model import build_model

STANDINS = Path(__file__).resolve().parents[1] / "tests" / "standins"
CAP = 2
HOUR = timedelta(minutes=60)
ZONE = "America/New_York"
SETTINGS = {
    "instant": ChannelSettings(timezone=ZONE),
    "digest": ChannelSettings(timezone=ZONE, digest="daily 08:00", quiet_hours=(22 * 60, 7 * 60)),
    "capped": ChannelSettings(timezone=ZONE, max_per_hour=CAP),
}


class _Ready:
    """Items bring their texts along."""

    def ready(self, queued: Sequence[QueuedItem]) -> list[QueuedItem]:
        return list(queued)

    def forget(self, item_ids: Sequence[str]) -> None:
        """Nothing is kept."""


@dataclass
class Sent:
    """What became of the stream.

    Attributes:
        channels: by id.
        settled: rows as they were sent, held or skipped, with the instant.
        stories: how many matched stories there are.
        rows: every row in the end.
        shown: how many messages of ours each channel of the chats shows, those in threads apart.
        problems: what the stand-ins would not forgive.
    """

    channels: dict[str, Channel] = field(default_factory=dict)
    settled: list[tuple[datetime, Delivery]] = field(default_factory=list)
    stories: int = 0
    rows: list[Delivery] = field(default_factory=list)
    shown: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def sent(self, channel_id: str, *actions: Action) -> list[tuple[datetime, Delivery]]:
        """What was sent to a channel, in order."""
        return [
            (at, row)
            for at, row in self.settled
            if row.channel_id == channel_id and row.state is DeliveryState.SENT and row.action in actions
        ]

    def told(self, channel_id: str) -> Counter[str]:
        """How often each story was told in a channel, by a post or in a digest; a message that points elsewhere tells none."""
        pointing = {row.story_id for _, row in self.sent(channel_id, Action.EDIT) if getattr(row.message, "pointer", None)}
        told: Counter[str] = Counter()
        for _, row in self.sent(channel_id, Action.POST, Action.DIGEST):
            told.update(row.story_ids if row.action is Action.DIGEST else [row.story_id or ""])
        return Counter({story_id: times for story_id, times in told.items() if story_id not in pointing})

    def most_an_hour(self, channel_id: str) -> int:
        """The most posts and digests in any 60 minutes."""
        times = [at for at, _ in self.sent(channel_id, Action.POST, Action.DIGEST)]
        return max((sum(start <= at < start + HOUR for at in times) for start in times), default=0)

    def held(self, channel_id: str) -> int:
        """How many stories waited for company."""
        return len({row.id for _, row in self.settled if row.channel_id == channel_id and row.state is DeliveryState.HELD})

    def in_digests(self, channel_id: str) -> int:
        """How many stories digests told."""
        return sum(len(row.story_ids) for _, row in self.sent(channel_id, Action.DIGEST))


def part(name: str) -> ModuleType:
    """The loader of a stand-in, by its path, once."""
    loaded = f"stream_{name}"
    if loaded not in sys.modules:
        spec = importlib.util.spec_from_file_location(loaded, STANDINS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[loaded] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[loaded])
    return sys.modules[loaded]


def items_of(folder: Path) -> list[Item]:
    """The items of the stream, in order of publication."""
    lines = (folder / "domain" / "items.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for row in map(json.loads, lines):
        at = parse_instant(row["published"])
        found.append(
            Item(
                row["id"],
                row["source"],
                row["title"],
                at,
                url=row["url"],
                summary=row["summary"],
                outlet=row["outlet"],
                date_published=at,
            )
        )
    return sorted(found, key=lambda item: (item.first_seen, item.id))


def rules_of(folder: Path, channels: Sequence[str]) -> tuple[Rule, ...]:
    """The team's rules, each into every channel."""
    read = tomllib.loads((folder / "domain" / "rules.toml").read_text(encoding="utf-8"))
    return tuple(
        Rule(row["id"], row["query"], title=row["id"].replace("-", " "), channels=tuple(channels), level=Level.NORMAL)
        for row in read["rule"]
    )


Then = Callable[[Store, Mapping[str, Channel], VirtualClock], Awaitable[None]]
"""What somebody does when the stream has ended."""


async def play(
    items: Sequence[Item],
    rules: Callable[[Sequence[str]], tuple[Rule, ...]],
    *,
    kinds: Mapping[str, ChannelSettings] = SETTINGS,
    then: Then | None = None,
) -> Sent:
    """Let a stream run from its first item to its last message.

    Args:
        items: in order of their instants.
        rules: those of the team, for the channels of these ids.
        kinds: settings by kind of channel, of which each platform has one.
        then: done at the end; what follows from it is sent too.
    """
    clock = VirtualClock(items[0].first_seen)
    result = Sent()
    async with AsyncExitStack() as stack:
        slack = part("slack").parts.SlackStandIn(clock=clock, burst=50)
        await slack.start()
        stack.push_async_callback(slack.stop)
        discord = part("discord").load().DiscordStandIn(clock=clock, openapi=None)
        await discord.start()
        stack.push_async_callback(discord.stop)
        guild = discord.world.add_guild("Watch group")
        places = {name: discord.world.add_channel(guild, name) for name in kinds}
        for number, (name, settings) in enumerate(kinds.items(), 2):
            address = f"C000000000{number}"
            slack.channel(address, name)
            result.channels[f"slack {name}"] = Channel(f"slack {name}", Platform.SLACK, address, settings)
            result.channels[f"discord {name}"] = Channel(f"discord {name}", Platform.DISCORD, places[name].id, settings)
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
        client.proxy = None
        connection = DiscordConnection(
            DiscordSettings(discord.api_url, discord.gateway_url, Secret(discord.token)), clock=clock, gateway=False
        )
        await connection.start()
        stack.push_async_callback(connection.stop)
        notifiers = {Platform.SLACK: SlackNotifier(client, clock), Platform.DISCORD: connection.notifier}
        await _run(items, rules(list(result.channels)), clock, notifiers, result, then=then)
        for channel in result.channels.values():
            if channel.platform is Platform.SLACK:
                ours = slack.posts(channel.address)
                below = sum(message.thread_ts not in (None, message.ts) for message in ours)
                result.shown[channel.id] = (len(ours) - below, below)
            else:
                place = discord.world.channels[channel.address]
                here = [message for message in place.messages.values() if message.kind == 0]
                replies = [message for message in place.messages.values() if message.kind == 19]
                threads = [message for one in discord.world.threads(place) for message in one.messages.values()]
                written = [message for message in threads if message.kind in {0, 19}]
                result.shown[channel.id] = (len(here), len(replies) + len(written))
        result.problems = [*map(str, slack.verdict()), *map(str, discord.settle())]
    return result


async def _run(
    items: Sequence[Item],
    rules: Sequence[Rule],
    clock: VirtualClock,
    notifiers: Mapping[Platform, Any],
    result: Sent,
    *,
    then: Then | None,
) -> None:
    engine = Engine.compile(tuple(rules), ())
    store = await Store.open("sqlite::memory:")
    try:

        def settled(row: Delivery) -> None:
            result.settled.append((clock.now(), row))

        def filed(batch: Filed) -> None:
            for row in batch.deliveries:
                if row.state in (DeliveryState.HELD, DeliveryState.SKIPPED):
                    settled(row)

        alerter = Alerter(
            store=store,
            rulebook=Rulebook(engine, {rule.id: rule for rule in rules}, result.channels),
            model=build_model(engine.watch_words),
            reader=_Ready(),
            clock=clock,
            on_filed=filed,
            at=lambda _: None,
        )
        drain = Drain(store, notifiers, result.channels, clock, new_token=map(str, count()).__next__, on_settled=settled)
        deliverer = Deliverer(store=store, drain=drain, channels=result.channels, clock=clock, on_settled=settled)
        timed = [(item.first_seen, item) for item in items]
        replay = Replay(store=store, alerter=alerter, deliverer=deliverer, clock=clock)
        await replay.run(timed)
        if then is not None:
            await then(store, result.channels, clock)
            await replay.run(())
        result.rows = await store.deliveries(limit=100_000)
        result.stories = len({row.story_id for row in result.rows if row.story_id})
    finally:
        await store.close()


COLUMNS = ("posts", "edits", "replies", "digests", "stories in digests", "held", "most in 60 min", "told twice", "chat shows")


def table(result: Sent) -> list[tuple[str, ...]]:
    """A line for each channel."""
    lines = []
    for channel_id in result.channels:
        counts = [len(result.sent(channel_id, action)) for action in (Action.POST, Action.EDIT, Action.REPLY, Action.DIGEST)]
        twice = sum(times > 1 for times in result.told(channel_id).values())
        main, below = result.shown[channel_id]
        told = (*counts, result.in_digests(channel_id), result.held(channel_id), result.most_an_hour(channel_id), twice)
        lines.append((channel_id, *map(str, told), f"{main} + {below} below"))
    return lines


def transcript(result: Sent, channel_id: str) -> list[str]:
    """Everything that was sent to a channel, as the terminal would show it."""
    lines = []
    zone = result.channels[channel_id].settings.timezone
    for at, row in result.sent(channel_id, *Action):
        lines.append(f"--- {at.astimezone(ZoneInfo(zone)):%a %d %b %H:%M} {row.action} ({row.reason})")
        text = "" if row.message is None else render_text(row.message, row.action, timezone=zone, now=at)
        lines += [f"    {line}" for line in text.splitlines()]
    return lines


def main() -> None:
    """Print the table, and a transcript if one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--transcript", metavar="CHANNEL", help='as the table names it: "slack instant"')
    arguments = parser.parse_args()
    result = asyncio.run(play(items_of(arguments.folder), partial(rules_of, arguments.folder)))
    rows = [("channel", *COLUMNS), *table(result)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    replies = Counter(str(row.reason) for _, row in result.sent("slack instant", Action.REPLY))
    print(f"\n{result.stories} stories; replies of an instant channel by reason: {dict(replies)}")
    print(f"refused or unforgiven by the chats: {len(result.problems)}")
    for problem in result.problems[:20]:
        print("   ", problem)
    if arguments.transcript:
        print("\n".join(["", *transcript(result, arguments.transcript)]))


if __name__ == "__main__":
    main()
