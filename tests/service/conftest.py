"""The alert and delivery stages on the real store, engine, story decisions, planner, drain and console."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from bot.adapters.console.notifier import ConsoleNotifier
from bot.core.clock import VirtualClock
from bot.core.deliveries import Delivery
from bot.core.identity import content_hash
from bot.core.model import Channel, ChannelSettings, Item, Platform, Rule, TextState
from bot.core.sources import PollRecord, QueuedItem, SourceState
from bot.outbox.drain import Drain
from bot.rules.engine import Engine
from bot.service.alert import Alerter, Filed, Rulebook
from bot.service.deliver import Deliverer
from bot.store.database import Store
from bot.stories.model import build_model
from bot.stories.outlets import SHIPPED
from bot.text.urls import canonical_url

AT_ONCE = ChannelSettings(group_wait=timedelta(0), group_interval=timedelta(0), max_per_hour=0)

EVENTS = (
    ("Harbour City council ends contract for cameras that read number plates", "vote gallery diary motorists Nwosu renewal lapse"),
    (
        "Ferndale sheriff hides purchase of drones from county council, cameras aboard",
        "drone sheriff bridge invoice helicopter pilot",
    ),
    ("Mill Lane school removes cameras from cafeteria after council complaint", "pupils lunch payment fingers canteen headteacher"),
    ("Northport council lets harbour cameras count fishing boats", "trawler quota herring skipper anchorage lighthouse"),
    ("Museum cameras recognise thieves, council of curators boasts", "gallery painting frame burglar curator vase"),
    ("Orchard farmers ask council for cameras against apple theft", "apples ladder orchard cider harvest fence"),
    ("Railway council tests cameras that spot sleeping conductors", "conductor carriage timetable sleep signalman platform"),
    ("Swimming pool cameras watch lifeguards, works council protests", "lifeguard whistle chlorine towel swimmer lane"),
)
"""Unlike events of an invented region, each with words of its own; every one matches ``council cameras``."""


def story_text(number: int, sentences: int = 6) -> str:
    """A text about one event, in words that no other event shares."""
    title, own = EVENTS[number]
    words = own.split()
    lines = [f"{title}, people in the {words[0]} trade said."]
    for i in range(sentences):
        one, two, three = (words[(i + step) % len(words)] for step in (0, 2, 3))
        lines.append(f"The {one} and the {two} came before the {three} number {number}{i}.")
    return " ".join(lines)


def article(item_id: str, event: int | None, when: datetime | None, **changes: Any) -> Item:
    """An item about an event; ``None`` for one that no rule matches."""
    title, text = (
        ("Bakery wins prize for rye bread", "The bakery on Linden Street won.")
        if event is None
        else (EVENTS[event][0], story_text(event))
    )
    fields: dict[str, Any] = {
        "id": item_id,
        "source_id": f"source-{item_id}",
        "guid": item_id,
        "title": title,
        "url": f"https://{item_id}.example/{item_id}",
        "content_text": text,
        "text_state": TextState.FULL,
        "outlet": f"Outlet {item_id}",
        "date_published": when,
        "first_seen": when,
        **changes,
    }
    fields["canonical_url"] = canonical_url(fields["url"]) if fields["url"] else None
    fields["content_hash"] = content_hash(fields["title"], "", fields["content_text"])
    return Item(**fields)


class TextSettled:
    """A reader for items that bring their text along; ``unread`` are still waiting for their page."""

    def __init__(self) -> None:
        self.unread: set[str] = set()
        self.forgotten: list[str] = []

    def ready(self, queued: Sequence[QueuedItem]) -> list[QueuedItem]:
        return [entry for entry in queued if entry.item.id not in self.unread]

    def forget(self, item_ids: Sequence[str]) -> None:
        self.forgotten += item_ids


class Rig:
    """Everything between a stored poll and a printed row, with a clock that stands still."""

    def __init__(self, store: Store, clock: VirtualClock, rules: Sequence[Rule], channels: Sequence[Channel]) -> None:
        self.store = store
        self.clock = clock
        self.channels = {channel.id: channel for channel in channels}
        self.rules = {rule.id: rule for rule in rules}
        self.engine = Engine.compile(tuple(rules), ())
        self.drafts: Engine | None = None
        self.owners = SHIPPED
        self.reader: Any = TextSettled()
        self.own_words: Callable[[Item], Item] = lambda item: item
        self.filed: list[Filed] = []
        self.points: list[str] = []
        self.settled: list[Delivery] = []
        self.out = io.StringIO()
        self.drain = Drain(
            store,
            {Platform.CONSOLE: ConsoleNotifier(self.out, clock, jsonl=True)},
            self.channels,
            clock,
            new_token=map(str, count()).__next__,
            on_settled=self.settled.append,
        )
        self.deliverer = Deliverer(
            store=store, drain=self.drain, channels=self.channels, clock=clock, on_settled=self.settled.append
        )

    def alerter(self, store: Any = None) -> Alerter:
        return Alerter(
            store=store or self.store,
            rulebook=Rulebook(self.engine, self.rules, self.channels, self.drafts, self.owners),
            model=build_model(self.engine.watch_words),
            reader=self.reader,
            clock=self.clock,
            on_filed=self.filed.append,
            at=self.points.append,
            own_words=self.own_words,
        )

    async def store_items(self, *items: Item, baseline: bool = False) -> None:
        """Store items as polls of their sources would, in the order given."""
        for item in items:
            seen = replace(item, first_seen=self.clock.now())
            rank = 0 if baseline else None
            await self.store.commit_poll(PollRecord(SourceState(item.source_id), ((seen, rank),)), self.clock.now())

    async def arrive(self, *items: Item, baseline: bool = False) -> list[Delivery]:
        """Store items, file them; the rows that were written or revised."""
        before = len(self.filed)
        await self.store_items(*items, baseline=baseline)
        await self.alerter().file_ready()
        return [row for filed in self.filed[before:] for row in filed.deliveries]

    async def idle(self) -> None:
        """Wait until nothing that the deliverer began runs any more."""
        names = ("drain ", "recover", "send ", "lease ")
        while running := [task for task in asyncio.all_tasks() if task.get_name().startswith(names)]:
            await asyncio.wait(running)

    async def send(self) -> list[dict[str, Any]]:
        """Send what is due; the rows that this printed."""
        start = len(self.printed())
        await self.deliverer.send_all_due()
        return self.printed()[start:]

    def printed(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    async def story_of(self, item_id: str) -> str | None:
        record = await self.store.story_of_item(item_id)
        return None if record is None else record.id


MakeRig = Callable[..., Awaitable[Rig]]


@pytest.fixture
async def store(memory_store: Callable[[], Awaitable[Store]]) -> AsyncIterator[Store]:
    opened = await memory_store()
    yield opened
    await opened.close()


@pytest.fixture
def make_rig(store: Store, clock: VirtualClock) -> Callable[..., Rig]:
    """Builds a rig: rule ``cameras`` into channel ``team`` unless told otherwise; keywords are settings
    of every channel, ``of`` is another store.
    """

    def make(
        rules: Sequence[Rule] | None = None, channels: Sequence[str] = ("team",), *, of: Store | None = None, **settings: Any
    ) -> Rig:
        chosen = rules if rules is not None else (Rule("cameras", "council cameras", title="Cameras", channels=tuple(channels)),)
        return Rig(
            of or store, clock, chosen, [Channel(name, Platform.CONSOLE, name, replace(AT_ONCE, **settings)) for name in channels]
        )

    return make


@pytest.fixture
def event() -> Callable[..., Item]:
    """Makes an article: ``event("a", 0, when)``."""
    return article
