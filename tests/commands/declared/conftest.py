"""Two workspaces and an operator on one installation, with the real store, engine, backtest and configuration reader."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from bot.commands.table import Ask, Commands, Reply, Role, ask_in_terminal
from bot.config.declared import DeclaredTables
from bot.config.load import load_for_replay
from bot.core.clock import VirtualClock
from bot.core.declared import scope_of
from bot.core.errors import UserInputError
from bot.core.model import Channel, Item, Platform, Rule
from bot.core.preview import Concern, NewSource, Worry
from bot.core.quotas import Quotas
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.outbox.drain import Drain
from bot.rules.engine import Engine
from bot.service.alert import Alerter, Rulebook
from bot.service.declared import Declaring
from bot.service.inforce import FromFile, InForce, own_workspace
from bot.store.database import Store
from bot.stories.model import build_model

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
CAMERAS = Rule("cameras", "council cameras", title="Cameras", channels=("team",))
PACK = Rule("drones", '"police drones" OR sheriff', title="Drones")
SECRET_ONE = Rule("sting", "harbour fishing", title="Nobody may know", channels=("guild",))
HERE, OTHER, THEIRS = "C0000000001", "C0000000002", "112233445566778899"
FEED = "https://gazette.example/feed.xml"
AS_SHIPPED = Quotas()
RULES = (CAMERAS, PACK, SECRET_ONE)
CHANNELS = (
    Channel("team", Platform.SLACK, HERE),
    Channel("guild", Platform.DISCORD, THEIRS),
    Channel("ops", Platform.CONSOLE, "ops"),
)
WORKSPACES = {HERE: "T1", OTHER: "T1", THEIRS: "22"}


class Nobody:
    """Configured roles: nobody has any."""

    owner: tuple[Any, ...] = ()
    editor: tuple[Any, ...] = ()


class Settled:
    """A reader for items that bring their text along."""

    def ready(self, queued):
        return list(queued)

    def forget(self, item_ids):
        del item_ids


class Town:
    """Workspace T1 of Slack, guild G1 of Discord, and the operator's terminal; or what a test puts in their place.

    Args:
        store: the database.
        clock: tells the time.
        channels: of the file.
        workspaces: the platform's id of the workspace of a channel, by the channel's address.
        rules: of the file.
        quotas: of the file.
    """

    def __init__(self, store, clock, *, channels=CHANNELS, workspaces=WORKSPACES, rules=RULES, quotas=AS_SHIPPED) -> None:
        self.store = store
        self.clock = clock
        self.channels = tuple(channels)
        self.workspaces = dict(workspaces)
        self.rules = tuple(rules)
        self.sources = (SourceConfig("harbour", "feed", "https://harbour.example/feed"),)
        tables = DeclaredTables(load_for_replay(None))
        self.in_force = InForce(
            FromFile(self.rules, self.channels, self.sources, (), frozenset({"drones"}), quotas=quotas),
            tables,
            store=store,
            engine=Engine.compile(self.rules),
        )
        self.numbers = count(1)
        self.links: dict[str, NewSource] = {}
        self.known: list[str] = []
        self.declaring = Declaring(
            current=lambda: self.in_force.current,
            tables=tables,
            store=store,
            clock=clock,
            new_id=lambda: f"{next(self.numbers):012x}",
            entities=(),
            least=timedelta(minutes=5),
            model=build_model(),
            look_at=self._look_at,
            on_declared=self._declared,
        )
        force = self.in_force.current
        self.commands = Commands(
            store=store,
            engine=force.engine,
            rules=force.rules,
            channels=force.channels,
            sources=force.sources,
            roles=Nobody(),
            clock=clock,
            workspace_of=self._workspace_of,
            declaring=self.declaring,
        )
        self.in_force.listen(self.commands.use)

    def _workspace_of(self, channel: Channel) -> str | None:
        return own_workspace(channel) or self.workspaces.get(channel.address)

    async def _declared(self) -> None:
        await self.in_force.refresh()
        await self.store.declare_sources(self.in_force.current.sources, self.clock.now())

    async def _look_at(self, link: str, declared: Sequence[SourceConfig]) -> NewSource:
        self.known = [source.id for source in declared]
        if link not in self.links:
            raise UserInputError("That is no link.")
        return self.links[link]

    def serve(self, link: str, **changes: Any) -> None:
        """Let a link lead to a feed."""
        config = SourceConfig("gazette", "feed", FEED)
        items = (Item("x1", "gazette", "Council buys cameras", NOON, url="https://gazette.example/1"),)
        found = NewSource(link, NOON, config, "feed", "The page names it.", "The Gazette", items=items, per_day=3.0, newest=NOON)
        table = f'[[sources]]\nid = "gazette"\nkind = "feed"\nurl = "{FEED}"\n'
        self.links[link] = replace(found, table=table, **changes)

    async def ask(self, text: str, *, role: Role = Role.EDITOR, place: str = HERE, **changes: Any) -> Reply:
        """Ask in T1's channel."""
        return await self.commands.answer(replace(Ask(Platform.SLACK, "T1", place, "U1", text, role), **changes))

    async def other(self, text: str, *, role: Role = Role.EDITOR) -> Reply:
        """Ask in the guild."""
        return await self.commands.answer(Ask(Platform.DISCORD, "22", THEIRS, "M1", text, role))

    async def operator(self, text: str) -> Reply:
        """Ask in the terminal."""
        return await self.commands.answer(ask_in_terminal(text))

    async def press(self, reply: Reply, label: str, **changes: Any) -> Reply:
        """Press a button of an answer."""
        return await self.ask(next(one.words for one in reply.buttons if one.label == label), **changes)

    async def add(self, text: str, **changes: Any) -> Reply:
        """Add something, and confirm it."""
        reply = await self.ask(text, **changes)
        assert not reply.error, reply
        return await self.press(reply, "Add it" if text.startswith("source") else "Confirm", **changes)

    async def arrive(self, *items: Item, on_filed: Any = None) -> list[Any]:
        """Store items as polls would, file them, and return the deliveries that follow."""
        for item in items:
            record = PollRecord(
                SourceState(item.source_id, scope_of(item.source_id)), ((replace(item, first_seen=self.clock.now()), None),)
            )
            await self.store.commit_poll(record, self.clock.now())
        made: list[Any] = []
        await self.file(on_filed or (lambda filed: made.extend(filed.deliveries)))
        return made

    async def file(self, on_filed) -> None:
        """File what waits."""
        force = self.in_force.current
        rules = {rule.id: rule for rule in force.rules if rule.status.value == "live"}
        alerter = Alerter(
            store=self.store,
            rulebook=Rulebook(force.engine, rules, force.channels, force.drafts),
            model=build_model(),
            reader=Settled(),
            clock=self.clock,
            on_filed=on_filed,
            at=lambda _: None,
            workspace_of=self._workspace_of,
        )
        await alerter.file_ready()


@pytest.fixture
def town(store, clock) -> Town:
    return Town(store, clock)


@pytest.fixture
async def new_town(prepared, tmp_path):
    """Builds towns that know nothing of one another, each on a database and a clock of its own."""
    opened = []

    async def build(**parts) -> Town:
        path = tmp_path / f"town{len(opened)}.db"
        shutil.copyfile(prepared, path)
        opened.append(await Store.open(f"sqlite:{path}"))
        return Town(opened[-1], VirtualClock(NOON), **parts)

    yield build
    for store in opened:
        await store.close()


__all__ = ["Concern", "Drain", "Worry"]
