"""Parts that go by other rules and sources while they work."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from bot.core.clock import VirtualClock
from bot.core.model import Channel, Platform, Rule
from bot.core.reasons import Reason
from bot.core.sources import SourceConfig, SourceState
from bot.rules.engine import Engine
from bot.rules.frequencies import Frequencies
from bot.service.kept import SAVED_EVERY
from bot.service.learn import COMPILED_AFTER, Learner
from bot.service.monitor import Monitor
from bot.service.poll import Poller
from bot.sources.contract import Polled
from bot.store.database import Store

OLD, NEW = Engine.compile([Rule("a", "council")]), Engine.compile([Rule("b", "police")])


async def test_rules_that_come_into_force_while_others_are_compiled_are_not_lost(store: Store, clock: VirtualClock) -> None:
    adopted: list[Any] = []

    def compiled(_: Frequencies) -> Engine:
        learner.use(NEW)  # as a person's change does meanwhile
        return OLD

    learner = Learner(Frequencies(), OLD, compiled=compiled, store=store, clock=clock, on_compiled=adopted.append)
    learner.observe([("word",)] * COMPILED_AFTER)
    clock.advance(SAVED_EVERY)
    await learner.keep_up()
    assert learner._matcher is NEW
    assert adopted == []


async def test_rules_compiled_anew_are_handed_on(store: Store, clock: VirtualClock) -> None:
    adopted: list[Any] = []
    learner = Learner(Frequencies(), OLD, compiled=lambda _: NEW, store=store, clock=clock, on_compiled=adopted.append)
    learner.observe([("word",)] * COMPILED_AFTER)
    clock.advance(SAVED_EVERY)
    await learner.keep_up()
    assert adopted == [NEW]


async def test_sources_come_and_go_while_the_poller_works(store: Store, clock: VirtualClock) -> None:
    asked: list[str] = []
    gate = asyncio.Event()

    async def ask(config: SourceConfig, state: SourceState, now: object) -> Polled:
        asked.append(config.id)
        await gate.wait()
        return Polled((), False, None, None, ())

    def source(name: str, workspace: str = "file") -> SourceConfig:
        return SourceConfig(name, "feed", "https://one.example/" + name.replace("/", "-"), workspace_id=workspace)

    declared = {"a": source("a"), "b": source("b")}
    poller = Poller(declared, store=store, ask=ask, clock=clock, on_news=lambda: None, at=lambda _: None)
    await store.declare_sources(list(declared.values()), clock.now())
    await poller.poll_due()
    while not asked:
        await asyncio.sleep(0.01)
    assert asked == ["a"]  # both are of one site
    del declared["b"]
    added = source("slack:T1/c", "slack:T1")
    declared[added.id] = added
    await store.declare_sources([added], clock.now())
    gate.set()
    while poller._in_flight:
        await asyncio.sleep(0.01)
    clock.advance(timedelta(seconds=6))
    for _ in range(3):
        await poller.poll_due()
        await asyncio.sleep(0.05)
    assert asked == ["a", "slack:T1/c"]
    await poller.stop()


async def test_the_operator_hears_nothing_of_the_rules_and_channels_of_workspaces(store: Store, clock: VirtualClock) -> None:
    channels = {
        "team": Channel("team", Platform.CONSOLE, "team"),
        "slack:C0000000002": Channel("slack:C0000000002", Platform.SLACK, "C0000000002", workspace_id="slack:T1"),
    }
    monitor = Monitor(
        store=store, clock=clock, sources=[], channels=channels, rules={"team": ["a"]}, operator=None, why={Reason.MUTED: "Quiet."}
    )
    monitor.use(["eff"], {"team": ["a"], "slack:C0000000002": ["slack:T1/mine"]})
    assert monitor._sources == {"eff"}
    assert [matter.subject for matter in await monitor._of_channels()] == ["channel:team"]
    assert [matter.subject for matter in await monitor._of_rules({}, clock.now())] == ["rule:a"]
