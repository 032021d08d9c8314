"""Polling when one site is slow and when it is we who are away."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.core.clock import VirtualClock
from bot.core.errors import FetchError
from bot.core.sources import SourceConfig, SourceState
from bot.service.poll import LOOK_EVERY, Poller
from bot.service.sites import AWAY_FROM
from bot.sources import registry
from bot.store.database import Store

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


def declared(*names: str, site: str = "") -> dict[str, SourceConfig]:
    return {name: SourceConfig(name, "feed", f"https://{site or name}.example/{name}", interval=HALF_AN_HOUR) for name in names}


async def test_a_site_whose_sources_wait_for_each_other_holds_up_no_other_site() -> None:
    slow = declared(*(f"slow{number}" for number in range(20)), site="slow")
    configs = {**slow, **declared("radio")}
    clock = VirtualClock(START)
    store = await Store.open("sqlite::memory:")
    asked: list[str] = []
    never = asyncio.Event()

    async def ask(config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        asked.append(config.id)
        if config.id in slow:
            await never.wait()
        return registry.Polled()

    poller = Poller(configs, store=store, ask=ask, clock=clock, on_news=lambda: None, at=lambda _: None)
    await store.declare_sources(list(configs.values()), clock.now())
    for _ in range(20):
        await poller.poll_due()
        for _ in range(50):
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        clock.advance(timedelta(minutes=10))
    assert asked.count("radio") >= 5
    assert sum(name in slow for name in asked) == 1
    assert timedelta(seconds=LOOK_EVERY) < timedelta(minutes=1)
    await poller.stop()
    await store.close()


async def test_after_our_own_absence_everything_is_read_within_an_interval() -> None:
    configs = declared(*(f"paper{number}" for number in range(AWAY_FROM + 3)))
    clock = VirtualClock(START)
    store = await Store.open("sqlite::memory:")
    away = True

    async def ask(config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        if away:
            raise FetchError("The name is not known.", reason="name")
        return registry.Polled()

    poller = Poller(configs, store=store, ask=ask, clock=clock, on_news=lambda: None, at=lambda _: None)
    await store.declare_sources(list(configs.values()), clock.now())
    for _ in range(24):  # half a day without a connection
        await poller.poll_all_due()
        clock.advance(HALF_AN_HOUR)
    away = False
    before = clock.now()
    read = 0
    for _ in range(4):
        clock.advance(timedelta(minutes=10))
        read += sum(not result.error for result in await poller.poll_all_due())
    assert read == len(configs), f"{read} read within {clock.now() - before}"
    await store.close()


async def test_a_few_sites_that_are_away_are_left_alone_longer_and_longer() -> None:
    configs = declared(*(f"paper{number}" for number in range(AWAY_FROM - 1)))
    clock = VirtualClock(START)
    store = await Store.open("sqlite::memory:")
    asked = 0

    async def ask(config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        nonlocal asked
        asked += 1
        raise FetchError("The name is not known.", reason="name")

    poller = Poller(configs, store=store, ask=ask, clock=clock, on_news=lambda: None, at=lambda _: None)
    await store.declare_sources(list(configs.values()), clock.now())
    for _ in range(48):
        await poller.poll_all_due()
        clock.advance(HALF_AN_HOUR)
    assert asked <= 7 * len(configs)
    await store.close()
