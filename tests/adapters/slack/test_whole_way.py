"""From an article in the store to a message in Slack, and from a person's question to the answer of the real commands."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bot.adapters.slack.connection import SlackConnection
from bot.commands.table import Commands
from bot.core.identity import content_hash
from bot.core.model import Channel, ChannelSettings, Item, Platform, Rule, TextState
from bot.core.sources import PollRecord, SourceState
from bot.outbox.drain import Drain
from bot.rules.engine import Engine
from bot.service.alert import Alerter, Rulebook
from bot.service.deliver import Deliverer
from bot.stories.model import build_model
from bot.text.urls import canonical_url
from bot.web.server import WebServer

CAMERAS = Rule("cameras", "council cameras", title="Cameras", channels=("team",))
AT_ONCE = ChannelSettings(group_wait=timedelta(0), group_interval=timedelta(0), max_per_hour=0)
CHANNELS = {"team": Channel("team", Platform.SLACK, "C0000000001", AT_ONCE)}


@dataclass(frozen=True)
class Nobody:
    """No configured roles."""

    owner: tuple[Any, ...] = ()
    editor: tuple[Any, ...] = ()


class AsTheyAre:
    """Articles that bring their text along."""

    def ready(self, queued):
        return list(queued)

    def forget(self, item_ids):
        del item_ids


class House:
    """Store, commands, connection and drain, put together as the bot does."""

    def __init__(self, store, clock, settings):
        self.store, self.clock = store, clock
        self.engine = Engine.compile((CAMERAS,), ())
        self.commands = Commands(
            store=store,
            engine=self.engine,
            rules=(CAMERAS,),
            channels=CHANNELS,
            sources=(),
            roles=Nobody(),
            clock=clock,
            version="1.2.3",
            workspace_of=lambda _: self.connection.team_id or None,
        )
        self.connection = SlackConnection(settings, clock=clock, commands=self.commands, check_every=0.02)
        self._tokens = count()

    async def arrive(self, name, title, text):
        now = self.clock.now()
        url = f"https://{name}.example/{name}"
        item = Item(
            id=f"i{name.encode().hex():0<16}"[:17],
            source_id=f"source-{name}",
            guid=name,
            title=title,
            url=url,
            canonical_url=canonical_url(url),
            content_text=text,
            text_state=TextState.FULL,
            outlet=f"The {name.title()}",
            date_published=now,
            first_seen=now,
            content_hash=content_hash(title, "", text),
        )
        await self.store.commit_poll(PollRecord(SourceState(item.source_id), ((item, None),)), now)
        alerter = Alerter(
            store=self.store,
            rulebook=Rulebook(self.engine, {CAMERAS.id: CAMERAS}, CHANNELS),
            model=build_model(self.engine.watch_words),
            reader=AsTheyAre(),
            clock=self.clock,
            on_filed=lambda _: None,
            at=lambda _: None,
        )
        await alerter.file_ready()
        await self.send()

    async def send(self):
        notifiers = {Platform.SLACK: self.connection.notifier}
        drain = Drain(self.store, notifiers, CHANNELS, self.clock, new_token=lambda: f"t{next(self._tokens)}")
        await Deliverer(store=self.store, drain=drain, channels=CHANNELS, clock=self.clock).send_all_due()


@pytest.fixture(params=["socket", "http"])
async def house(request, open_slack, clock, tools, parts, memory_store):
    """The house, open for people over Socket Mode and over HTTP; with the person who asks."""
    store = await memory_store()
    changes = {"mode": "http", "app_token": None} if request.param == "http" else {}
    built = House(store, clock, tools.settings(open_slack, **changes))
    await built.connection.start()
    door = None
    if request.param == "http":
        server = WebServer(built.connection.asgi, "127.0.0.1", 0)
        await server.start()

        class Door(parts.HttpDoor):
            """Signs by the test's clock, which is the bot's."""

            def signed(self, body, at=None):
                return super().signed(body, int(clock.now().timestamp()) if at is None else at)

        door = Door(f"http://127.0.0.1:{server.port}/slack/events")
    built.person = parts.Person(open_slack, door=door)
    yield built
    if door is not None:
        await server.stop()
    await built.connection.stop()
    await store.close()


async def said(house, count):
    """The last of so many private answers."""
    alone = house.person.world.ephemerals
    await house.person.until(lambda: len(alone) >= count, f"{count} answers")
    return json.dumps(alone[-1].blocks, ensure_ascii=False)


async def test_a_story_is_posted_edited_and_explained_on_request(house, open_slack):
    title = "Harbour City council ends contract for cameras that read number plates"
    text = (
        "The vote surprised motorists. Mayor Nwosu let the renewal of the council cameras lapse. The police searched 11,400 times."
    )
    await house.arrive("gazette", title, text)
    (message,) = open_slack.messages()
    assert message.text == f"{title} (The Gazette). Rule: Cameras"
    house.clock.advance(timedelta(hours=1))
    later = (
        "Harbour City will switch off its council cameras. Drivers were surprised when Mayor Nwosu ended the contract on Tuesday, "
        "after a report counted 11,400 searches by police. The cameras that read number plates stood at nine crossings."
    )
    await house.arrive("courier", "Mayor Nwosu ends Harbour City contract for number plate cameras", later)
    (message,) = open_slack.messages()
    assert len(message.edits) == 1
    assert "also The Courier (2\u00a0independent\u00a0outlets)" in json.dumps(message.blocks, ensure_ascii=False)
    envelope = await house.person.press(message, "why")
    assert envelope.acked
    answer = await said(house, 1)
    assert "Posted because" in answer
    assert "Cameras" in answer


async def test_the_first_five_commands_answer_in_time(house, open_slack):
    slowest = 0.0
    for number, words in enumerate(("help", "latest 5", "why https://nowhere.example/x", "status", "test", "", "lates"), 1):
        began = time.monotonic()
        envelope = await house.person.slash(words)
        slowest = max(slowest, time.monotonic() - began)
        assert envelope.acked
        assert await said(house, number) != "[]"
    assert "Did you mean latest?" in await said(house, 7)
    assert slowest < 1
    await house.send()
    (sample,) = open_slack.messages()
    assert sample.text.startswith("Test: ")
    await house.person.press(sample, "why")
    assert await said(house, 8) != "[]"
