"""Polls that several processes share: over one store, each asks what another does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.core.clock import VirtualClock
from bot.core.errors import FetchError, StoreError
from bot.core.leased import must_be_ours
from bot.core.model import Item
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.service.sharedpoll import MOST_OF_A_SITE, SharedPoller
from bot.sources.contract import Polled
from bot.store.database import Store

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


def source(name: str, site: str = "", **changes: Any) -> SourceConfig:
    return replace(SourceConfig(name, "feed", f"https://{site or name}.example/{name}", interval=HALF_AN_HOUR), **changes)


@dataclass
class Press:
    """What sources answer, and who was asked when."""

    clock: VirtualClock
    asked: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None
    refusal: FetchError | None = None
    now_asked: int = 0
    most_at_once: int = 0

    async def ask(self, config: SourceConfig, state: SourceState, now: datetime) -> Polled:
        self.asked.append(config.id)
        self.now_asked += 1
        self.most_at_once = max(self.most_at_once, self.now_asked)
        try:
            if self.gate is not None:
                await self.gate.wait()
            if self.refusal is not None:
                raise self.refusal
            number = self.asked.count(config.id)
            item = Item(f"{config.id}-{number}", config.id, f"{config.id} {number}", first_seen=now, content_hash=str(number))
            return Polled(items=(item,), etag=str(number).encode())
        finally:
            self.now_asked -= 1


Process = Callable[..., SharedPoller]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(f"sqlite:{tmp_path / 'shared.db'}")
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


@pytest.fixture
def press(clock: VirtualClock) -> Press:
    return Press(clock)


@pytest.fixture
async def process(store: Store, clock: VirtualClock, press: Press) -> AsyncIterator[Process]:
    made: list[SharedPoller] = []

    def build(*configs: SourceConfig, over: Any = store, **options: Any) -> SharedPoller:
        sources = {config.id: config for config in configs}
        given = {"ask": press.ask, **options}
        poller = SharedPoller(sources, store=over, clock=clock, on_news=lambda: None, at=lambda _: None, **given)
        made.append(poller)
        return poller

    yield build
    for poller in made:
        await poller.stop()


async def test_what_is_due_is_told_by_site_and_in_no_site_that_wants_to_be_left_alone(
    store: Store, process: Process, clock: VirtualClock
) -> None:
    configs = [source("a", "north"), source("b", "north"), source("c", "south"), source("d", "west"), source("e", "west")]
    await store.declare_sources(configs, NOON)
    states = await store.source_states()
    await store.save_source_states(
        [
            replace(states["a"], next_due_at=NOON - HALF_AN_HOUR, failures=3),
            replace(states["e"], throttled_until=NOON + HALF_AN_HOUR, next_due_at=NOON + HALF_AN_HOUR),
        ]
    )
    visits = await process(*configs).due()
    assert [visit.sources for visit in visits] == [("b", "a"), ("c",)]
    assert len({visit.site for visit in visits}) == 2
    assert all("example" not in visit.site for visit in visits)
    assert visits == await process(*configs).due()


async def test_nothing_due_is_nothing_to_do(process: Process) -> None:
    assert await process(source("a")).due() == []


async def test_of_a_large_site_some_are_told_at_a_time(store: Store, process: Process) -> None:
    configs = [source(f"s{number:02}", "tube") for number in range(MOST_OF_A_SITE + 5)]
    await store.declare_sources(configs, NOON)
    (visit,) = await process(*configs).due()
    assert len(visit.sources) == MOST_OF_A_SITE


async def test_a_visit_of_a_workspaces_sources_counts_as_that_workspaces(store: Store, process: Process) -> None:
    own = source("slack:T1/a", workspace_id="slack:T1")
    await store.declare_sources([own], NOON)
    (visit,) = await process(own).due()
    assert visit.workspace == "slack:T1"


async def test_many_processes_that_visit_at_once_ask_each_source_once(store: Store, process: Process, press: Press) -> None:
    configs = [source(f"s{number}") for number in range(6)]
    await store.declare_sources(configs, NOON)
    processes = [process(*configs) for _ in range(4)]
    await asyncio.gather(*(one.visit([config.id for config in configs]) for one in processes))
    assert sorted(press.asked) == sorted(config.id for config in configs)
    assert {state.etag for state in (await store.source_states()).values()} == {b"1"}


async def test_a_visit_asks_one_after_the_other(store: Store, process: Process, press: Press) -> None:
    configs = [source(f"s{number}", "north") for number in range(5)]
    await store.declare_sources(configs, NOON)
    done = await process(*configs).visit([config.id for config in configs])
    assert [result.source_id for result in done] == press.asked == [config.id for config in configs]
    assert press.most_at_once == 1


async def test_a_source_is_not_asked_again_before_it_is_due(
    store: Store, process: Process, press: Press, clock: VirtualClock
) -> None:
    await store.declare_sources([source("a")], NOON)
    one, other = process(source("a")), process(source("a"))
    await one.visit(["a"])
    clock.advance(HALF_AN_HOUR - timedelta(minutes=5))
    await other.visit(["a"])
    clock.advance(timedelta(minutes=10))
    await other.visit(["a"])
    assert press.asked == ["a", "a"]


async def test_sources_that_are_gone_or_declared_elsewhere_with_another_address_are_left_alone(
    store: Store, process: Process, press: Press
) -> None:
    here = source("a", "here")
    await store.declare_sources([source("a", "elsewhere")], NOON)
    poller = process(here)
    assert await poller.due() == []
    assert await poller.visit(["a", "unknown"]) == []
    assert press.asked == []
    never_stored = process(source("b"))
    assert await never_stored.visit(["b"]) == []


async def test_two_sources_of_one_address_keep_their_distance(store: Store, process: Process, press: Press) -> None:
    twins = [source("a", "north", url="https://north.example/feed"), source("b", "north", url="https://north.example/feed")]
    await store.declare_sources(twins, NOON)
    await process(*twins, least=timedelta(minutes=5)).visit(["a", "b"])
    assert press.asked == ["a"]


async def test_a_site_that_says_too_often_is_left_alone_by_every_process(store: Store, process: Process, press: Press) -> None:
    configs = [source("a", "north"), source("b", "north")]
    await store.declare_sources(configs, NOON)
    press.refusal = FetchError("It is asked too often.", reason="status", status=429, throttled=True)
    await process(*configs).visit(["a"])
    other = process(*configs)
    assert await other.due() == []
    assert (await store.source_states())["a"].throttled_until is not None


async def test_a_visit_that_waited_in_the_queue_hears_what_the_site_said_to_another_process_meanwhile(
    store: Store, process: Process, press: Press
) -> None:
    configs = [source("a", "north"), source("b", "north")]
    await store.declare_sources(configs, NOON)
    press.refusal = FetchError("It is asked too often.", reason="status", status=429, throttled=True)
    await process(*configs).visit(["a"])
    press.refusal = None
    assert await process(*configs).visit(["b"]) == []
    assert press.asked == ["a"]


async def test_a_process_that_slept_in_a_visit_leaves_the_rest_of_the_site_to_another(
    store: Store, process: Process, press: Press, clock: VirtualClock
) -> None:
    configs = [source("a", "north"), source("b", "north")]
    await store.declare_sources(configs, NOON)
    press.gate = asyncio.Event()
    asleep = asyncio.create_task(process(*configs).visit(["a", "b"]))
    while not press.asked:
        await asyncio.sleep(0)
    clock.advance(timedelta(seconds=40))
    press.gate.set()
    assert [result.source_id for result in await asleep] == ["a"]
    assert press.asked == ["a"]
    assert [visit.sources for visit in await process(*configs).due()] == [("b",)]


async def test_what_a_sleeper_brings_late_changes_no_newer_state(
    store: Store, process: Process, press: Press, clock: VirtualClock
) -> None:
    await store.declare_sources([source("a")], NOON)
    sleeper, other = process(source("a")), process(source("a"))
    press.gate = asyncio.Event()
    asleep = asyncio.create_task(sleeper.visit(["a"]))
    while not press.asked:
        await asyncio.sleep(0)
    gate, press.gate = press.gate, None
    clock.advance(HALF_AN_HOUR + timedelta(minutes=5))
    await other.visit(["a"])
    newer = (await store.source_states())["a"]
    gate.set()
    await asleep
    assert (await store.source_states())["a"] == newer
    assert len(await store.queued_items(10)) >= 1


class Full:
    """A store whose disk is full whenever polls are to be stored."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.full = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit_polls(self, records: list[PollRecord], now: datetime) -> Any:
        if self.full:
            raise StoreError("The disk is full.")
        return await self._store.commit_polls(records, now)


async def test_polls_that_cannot_be_stored_are_told_once_and_so_is_that_they_are_again(
    store: Store, process: Process, clock: VirtualClock
) -> None:
    configs = [source("a"), source("b")]
    await store.declare_sources(configs, NOON)
    full = Full(store)
    poller = process(*configs, over=full)
    with structlog.testing.capture_logs() as logs:
        for name in ("a", "b"):
            with pytest.raises(StoreError, match="full"):
                await poller.visit([name])
        assert not poller.stored
        full.full = False
        clock.advance(2 * HALF_AN_HOUR)
        await poller.visit(["a"])
    assert poller.stored
    assert [entry["event"] for entry in logs if "stored" in entry["event"]] == [
        "polls cannot be stored, tried again every few seconds",
        "polls are stored again",
    ]


async def test_a_stop_drops_the_poll_in_hand_and_begins_no_other(store: Store, process: Process, press: Press) -> None:
    configs = [source("a"), source("b")]
    await store.declare_sources(configs, NOON)
    press.gate = asyncio.Event()
    poller = process(*configs)
    visit = asyncio.create_task(poller.visit(["a", "b"]))
    while not press.asked:
        await asyncio.sleep(0)
    await poller.stop()
    assert await asyncio.gather(visit, return_exceptions=True)
    assert press.asked == ["a"]
    assert await poller.visit(["b"]) == []
    assert (await store.source_states())["a"].last_success_at is None


async def test_what_a_hub_brought_is_taken_in(store: Store, process: Process) -> None:
    await store.declare_sources([source("a")], NOON)
    state = (await store.source_states())["a"]
    item = Item("pushed", "a", "A pushed article", first_seen=NOON, content_hash="1")
    committed = await process(source("a")).take(PollRecord(state, ((item, None),)))
    assert committed.new == ("pushed",)


async def test_a_process_that_slept_after_it_claimed_a_source_asks_nobody_and_blames_nobody(
    store: Store, process: Process, clock: VirtualClock, press: Press
) -> None:
    config = source("a")
    await store.declare_sources([config], NOON)

    async def ask(config: SourceConfig, state: SourceState, now: datetime) -> Polled:
        clock.advance(timedelta(seconds=40))
        must_be_ours()
        return await press.ask(config, state, now)

    sleeper = process(config, ask=ask)
    with structlog.testing.capture_logs() as logs:
        assert await sleeper.visit(["a"]) == []
    assert press.asked == []
    assert [entry["event"] for entry in logs] == ["a poll was left, for this process was silent since it began"]
    after = (await store.source_states())["a"]
    assert (after.failures, after.baselined_at, after.last_polled_at) == (0, None, None)
    (visit,) = await process(config).due()
    assert visit.sources == ("a",), "it is due still"
    await process(config).visit(["a"])
    assert press.asked == ["a"]
