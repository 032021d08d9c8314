"""The Slack adapter under the contract: the real notifier and Slack's own SDK against the stand-in.

``messages`` gives the texts of a message's blocks as they were sent, escapes and link marks included; ``bare`` what a reader
sees of them. After each test the stand-in's verdict must be empty: no refused block, no ping, no forged link.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.notifier import SlackNotifier
from bot.core.clock import VirtualClock
from bot.core.deliveries import Action
from bot.core.model import Channel, Platform

KINDS = ("blocks",)
CHANNEL = Channel("team", Platform.SLACK, "C0000000001")

_LINK = re.compile(r"<(https?://[^|>]*)\|([^<>]*)>")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


def standin_module():
    """The stand-in, loaded by its path once."""
    name = "standins_slack"
    if name not in sys.modules:
        path = Path(__file__).parent.parent / "standins" / "slack.py"
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name].parts


class Seeding:
    """The notifier, with a message to edit or to reply to where a delivery names none."""

    platform = Platform.SLACK

    def __init__(self, client, clock):
        self.client = client
        self.notifier = SlackNotifier(client, clock)
        self.seeds = set()

    async def deliver(self, delivery, channel):
        if delivery.action in {Action.EDIT, Action.REPLY} and delivery.target_ref is None:
            answer = await self.client.chat_postMessage(channel=channel.address, text="the message it belongs to")
            self.seeds.add(answer["ts"])
            delivery = replace(delivery, target_ref=f"{channel.address}/{answer['ts']}")
        return await self.notifier.deliver(delivery, channel)


def texts(message):
    """Every text of a message's blocks, as sent."""
    parts = [part for block in message.blocks for part in (block.get("text"), *block.get("elements", ())) if part]
    return [part["text"] for part in parts if isinstance(part.get("text"), str)]


def bare(text):
    """What a reader sees: the words of links, the three entities decoded once."""
    words = _LINK.sub(lambda found: found[2], text)
    return re.sub("&(?:amp|lt|gt);", lambda found: _ENTITIES[found[0]], words)


@asynccontextmanager
async def opened(kind, house):
    clock = VirtualClock(house.now)
    slack = standin_module().SlackStandIn(clock=clock, burst=50)
    await slack.start()
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    client.proxy = None
    adapter = Seeding(client, clock)

    def messages():
        shown = [one for one in slack.messages(CHANNEL.address) if one.ts not in adapter.seeds or one.edits]
        for message in shown:
            assert message.pings == []
            assert [link for link in message.forged if link.shown != link.target] == []  # a bare address hides nothing
            assert 0 < len(message.text) <= 150
            assert re.search("<[^h]|<h(?!ttps?://)", "".join((*texts(message), message.text))) is None
        return ["\n".join(texts(message)) for message in shown]

    yield house.Harness(deliver=adapter.deliver, channel=CHANNEL, messages=messages, bare=bare, most=11_000)
    await slack.stop()
    assert slack.verdict() == [], "\n".join(map(str, slack.verdict()))
