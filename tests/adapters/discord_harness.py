"""The Discord adapter under the contract: the real notifier and an unmodified discord.py against the stand-in.

``messages`` gives every text of a message as it was sent, backslashes and link marks included; ``bare`` what a reader sees of
them. After each test nothing may be left that a strict Discord would not forgive: no refused body, no ping, no forged link.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.adapters.discord.connection import DiscordConnection
from bot.config.secret import Secret
from bot.config.settings import DiscordSettings
from bot.core.clock import VirtualClock
from bot.core.deliveries import Action
from bot.core.model import Channel, Platform

KINDS = ("channel",)
_FORUM = 15
_LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\((https?://[^()]*)\)")
_ESCAPE = re.compile(r"\\([^\w\s])")
_OPENAPI = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data" / "discord" / "openapi.json"


def standin_parts():
    """The stand-in's package, loaded by its path once."""
    name = "standin_discord_loader"
    if name not in sys.modules:
        path = Path(__file__).resolve().parent.parent / "standins" / "discord.py"
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name].load()


class Seeding:
    """The notifier, with a message to edit or to reply to where a delivery names none."""

    platform = Platform.DISCORD

    def __init__(self, notifier, place):
        self.notifier = notifier
        self.place = place
        self.seeds = set()

    async def deliver(self, delivery, channel):
        if delivery.action in {Action.EDIT, Action.REPLY} and delivery.target_ref is None:
            first = replace(delivery, id="d0", action=Action.POST)
            ref = (await self.notifier.deliver(first, channel)).message_ref
            self.seeds.add(ref.partition("/")[2])
            delivery = replace(delivery, target_ref=ref)
        return await self.notifier.deliver(delivery, channel)


def texts(message):
    """Every text of a message, as sent."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.get("title"), embed.get("description"), embed.get("footer", {}).get("text")]
    return [part for part in parts if part]


def bare(text):
    """What a reader sees: the words of links, escapes without their backslash."""
    return _ESCAPE.sub(r"\1", _LINK.sub(r"\1", text))


@asynccontextmanager
async def opened(kind, house):
    parts = standin_parts()
    clock = VirtualClock(house.now)
    standin = parts.DiscordStandIn(clock=clock, openapi=_OPENAPI if _OPENAPI.is_file() else None)
    await standin.start()
    place = standin.world.add_channel(standin.world.add_guild("Watch group"), "alerts", kind=_FORUM if kind == "forum" else 0)
    settings = DiscordSettings(standin.api_url, standin.gateway_url, Secret(standin.token))
    connection = DiscordConnection(settings, clock=clock, gateway=False)
    await connection.start()
    adapter = Seeding(connection.notifier, place)

    def messages():
        places = [place, *standin.world.threads(place)]
        shown = [message for where in places for message in where.messages.values() if message.kind in {0, 19}]
        shown = [message for message in shown if message.id not in adapter.seeds or message.edited]
        for message in shown:
            assert not message.pings
            assert [link for link in parts.links(message) if link.lies] == []
            assert 0 < len(message.content) < 150
        return ["\n".join(texts(message)) for message in shown]

    yield house.Harness(
        deliver=adapter.deliver, channel=Channel("team", Platform.DISCORD, place.id), messages=messages, bare=bare, most=6_150
    )
    await connection.stop()
    await standin.stop()
    assert standin.settle() == []
