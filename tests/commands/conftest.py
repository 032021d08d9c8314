"""Commands on the real store, engine, story decisions, planner and drain: articles come, messages go, people ask."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.console.notifier import ConsoleNotifier
from bot.commands.table import Ask, Commands, Reply, Role
from bot.core.clock import VirtualClock
from bot.core.deliveries import Delivery, Outcome, Receipt, Scope
from bot.core.identity import content_hash
from bot.core.model import Channel, ChannelSettings, Entity, Item, Platform, Rule, RuleStatus, TextState
from bot.core.sources import PollRecord, QueuedItem, SourceConfig, SourceState
from bot.outbox.drain import Drain
from bot.rules.engine import Engine
from bot.service.alert import Alerter, Filed, Rulebook
from bot.service.deliver import Deliverer
from bot.store.database import Store
from bot.stories.model import build_model
from bot.text.urls import canonical_url

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
AT_ONCE = ChannelSettings(group_wait=timedelta(0), group_interval=timedelta(0), max_per_hour=0)

CAMERAS = Rule("cameras", "council cameras", title="Cameras", channels=("team",))
DRONES = Rule("drones", '"police drones" OR sheriff', title="Drones", channels=("guild",))

EVENTS = (
    (
        "Harbour City council ends contract for cameras that read number plates",
        "The vote in the gallery surprised motorists. Mayor Nwosu let the renewal lapse. The police searched 11,400 times.",
    ),
    (
        "Mill Lane school removes cameras from cafeteria after council complaint",
        "Pupils had paid for lunch with their fingers. The headteacher apologised in the canteen. The machines went back.",
    ),
    (
        "Northport council lets harbour cameras count fishing boats",
        "Trawlers land herring under a quota. A skipper called it a lighthouse that writes letters. It has four.",
    ),
    (
        "Museum cameras recognise thieves, council of curators boasts",
        "A painting came back in its frame. The burglar had waved from the gallery. A vase is still missing, one curator said.",
    ),
)
"""Unlike events of an invented region; every one matches the rule ``cameras``."""


def article(name: str, event: int | None, when: datetime | None = NOON, **changes: Any) -> Item:
    """An article about an event; ``None`` for one that no rule matches."""
    title, text = ("Bakery wins prize for rye bread", "The bakery on Linden Street won.") if event is None else EVENTS[event]
    fields: dict[str, Any] = {
        "id": f"i{name.encode().hex():0<16}"[:17],
        "source_id": f"source-{name}",
        "guid": name,
        "title": title,
        "url": f"https://{name}.example/{name}",
        "content_text": text,
        "text_state": TextState.FULL,
        "outlet": f"Outlet {name}",
        "date_published": when,
        "first_seen": when or NOON,
        **changes,
    }
    fields["canonical_url"] = canonical_url(fields["url"]) if fields["url"] else None
    fields["content_hash"] = content_hash(fields["title"], "", fields["content_text"])
    return Item(**fields)


class TextSettled:
    """A reader for items that bring their text along."""

    def ready(self, queued: Sequence[QueuedItem]) -> list[QueuedItem]:
        return list(queued)

    def forget(self, item_ids: Sequence[str]) -> None:
        del item_ids


@dataclass
class Refusing:
    """A chat that refuses, in the words of the contract for notifiers, or takes everything while ``receipt`` is None."""

    platform: Platform
    receipt: Receipt | None = None
    taken: int = 0

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        self.taken += self.receipt is None
        return self.receipt or Receipt(Outcome.ACCEPTED, message_ref=f"{channel.address}/{delivery.sequence}")


@dataclass(frozen=True)
class Members:
    """Configured roles."""

    owner: tuple[Any, ...] = ()
    editor: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Someone:
    """A configured member."""

    platform: Platform
    workspace: str
    kind: str
    id: str


class Rig:
    """Everything between a stored poll and an answer, with a clock that stands still."""

    def __init__(self, store: Store, clock: VirtualClock, rules: Sequence[Rule], channels: Sequence[Channel]) -> None:
        self.store = store
        self.clock = clock
        self.channels = {channel.id: channel for channel in channels}
        self.rules = tuple(rules)
        self.entities: tuple[Entity, ...] = ()
        self.sources: tuple[SourceConfig, ...] = ()
        self.workspaces: dict[str, str] = {}
        self.roles = Members()
        self.out = io.StringIO()
        self.slack = Refusing(Platform.SLACK)
        self.discord = Refusing(Platform.DISCORD)
        self.settled: list[Delivery] = []
        self.woken = 0
        self._numbers = count()

    def _wake(self) -> None:
        self.woken += 1

    def commands(self) -> Commands:
        return Commands(
            store=self.store,
            engine=Engine.compile(self.rules, self.entities),
            rules=self.rules,
            channels=self.channels,
            sources=self.sources,
            roles=self.roles,
            clock=self.clock,
            timezone="UTC",
            version="1.2.3",
            workspace_of=lambda channel: self.workspaces.get(channel.id),
            on_written=self._wake,
        )

    async def ask(self, text: str, channel: str | None = "team", role: Role = Role.VIEWER, **changes: Any) -> Reply:
        """Ask in a Slack or Discord channel by its configured id, in a direct message (``None``), or in the terminal."""
        if channel == "terminal":
            plain = Ask(Platform.CONSOLE, "file", None, "", text, Role.OWNER)
        elif channel == "guild":
            plain = Ask(Platform.DISCORD, "G1", self.channels["guild"].address, "U1", text, role)
        else:
            address = self.channels[channel].address if channel in self.channels else channel
            plain = Ask(Platform.SLACK, "T1", address, "U1", text, role)
        return await self.commands().answer(replace(plain, **changes))

    async def arrive(self, *items: Item, baseline: bool = False) -> None:
        """Store items as polls of their sources would, and file them."""
        await self.come(*items, baseline=baseline)
        engine = Engine.compile(self.rules, self.entities)
        drafts = Engine.compile([replace(rule, status=RuleStatus.LIVE) for rule in self.rules if rule.status is RuleStatus.DRAFT])
        filed: list[Filed] = []
        alerter = Alerter(
            store=self.store,
            rulebook=Rulebook(engine, {rule.id: rule for rule in self.rules}, self.channels, drafts),
            model=build_model(engine.watch_words),
            reader=TextSettled(),
            clock=self.clock,
            on_filed=filed.append,
            at=lambda _: None,
            workspace_of=lambda channel: self.workspaces.get(channel.id),
        )
        await alerter.file_ready()

    async def come(self, *items: Item, baseline: bool = False) -> None:
        """Store items; they wait to be filed."""
        for item in items:
            seen = replace(item, first_seen=self.clock.now())
            record = PollRecord(SourceState(item.source_id), ((seen, 0 if baseline else None),))
            await self.store.commit_poll(record, self.clock.now())

    async def send(self) -> None:
        """Send what is due."""
        notifiers = {
            Platform.CONSOLE: ConsoleNotifier(self.out, self.clock, jsonl=True),
            Platform.SLACK: self.slack,
            Platform.DISCORD: self.discord,
        }
        drain = Drain(
            self.store,
            notifiers,
            self.channels,
            self.clock,
            new_token=map(str, self._numbers).__next__,
            on_settled=self.settled.append,
        )
        await Deliverer(store=self.store, drain=drain, channels=self.channels, clock=self.clock).send_all_due()

    def printed(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


def words_of(reply: Reply) -> str:
    """Every text of an answer but those of its cards, a line each."""
    lines = [reply.title]
    for section in reply.sections:
        lines += [section.heading, section.text, *(f"{name} = {value}" for name, value in section.fields)]
        lines += [*(f"{link.text} -> {link.url}" for link in section.links), section.code]
    return "\n".join(line for line in lines if line)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema, made once: a copy costs a hundredth of what the migrations do."""
    path = tmp_path_factory.mktemp("prepared") / "watchlamp.db"

    async def prepare() -> None:
        await (await Store.open(f"sqlite:{path}")).close()

    asyncio.run(prepare())
    return path


@pytest.fixture
async def store(prepared: Path, tmp_path: Path) -> AsyncIterator[Store]:
    path = tmp_path / "watchlamp.db"
    shutil.copyfile(prepared, path)
    opened = await Store.open(f"sqlite:{path}")
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


@pytest.fixture
def make_rig(store: Store, clock: VirtualClock) -> Callable[..., Rig]:
    """Builds a rig: rule ``cameras`` into Slack's ``team``, ``drones`` into Discord's ``guild``; ``quiet`` has no rule."""

    def make(rules: Sequence[Rule] = (CAMERAS, DRONES), **settings: Any) -> Rig:
        chosen = replace(AT_ONCE, **settings)
        rig = Rig(
            store,
            clock,
            rules,
            (
                Channel("team", Platform.SLACK, "C0000000001", chosen),
                Channel("other", Platform.SLACK, "C0000000002", chosen),
                Channel("guild", Platform.DISCORD, "112233445566778899", chosen),
                Channel("ops", Platform.CONSOLE, "ops", chosen),
            ),
        )
        rig.workspaces = {"team": "T1", "other": "T1", "guild": "G1"}
        return rig

    return make


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    return make_rig()


@pytest.fixture(scope="session")
def event() -> Callable[..., Item]:
    """Makes an article: ``event("a", 0, when)``."""
    return article


@pytest.fixture(scope="session")
def words() -> Callable[[Reply], str]:
    """Every text of an answer."""
    return words_of


@pytest.fixture(scope="session")
def someone() -> Callable[..., Someone]:
    """Makes a configured member."""
    return Someone


@pytest.fixture(scope="session")
def members() -> Callable[..., Members]:
    """Makes configured roles."""
    return Members


@pytest.fixture(scope="session")
def refused() -> Callable[[Scope], Receipt]:
    """A refusal about something."""
    return lambda scope: Receipt(Outcome.REJECTED, scope=scope, detail="refused")
