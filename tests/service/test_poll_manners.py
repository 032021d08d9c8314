"""Whom the poller leaves alone, where it asks, and what it remembers of that: with the real store and scripted answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.clock import VirtualClock
from bot.core.errors import FetchError
from bot.core.model import Item
from bot.core.sources import SourceConfig, SourceState
from bot.core.wishes import Wishes
from bot.service.onepoll import PollResult
from bot.service.poll import Poller
from bot.sources.contract import Polled
from bot.store.database import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOO_MANY = FetchError("Too many.", reason="status", status=429, throttled=True)
GONE = FetchError("Gone.", reason="gone", status=410)


class Wire:
    """What sources answer, by the address they are asked at, and who was asked."""

    def __init__(self, store: Store, clock: VirtualClock) -> None:
        self.store = store
        self.clock = clock
        self.answers: dict[str, Polled | FetchError] = {}
        self.asked: list[str] = []

    async def ask(self, config: SourceConfig, state: SourceState, now: datetime) -> Polled:
        self.asked.append(config.url or config.id)
        await asyncio.sleep(0)
        answer = self.answers.get(config.url, Polled())
        if isinstance(answer, FetchError):
            raise answer
        return answer

    async def open(self, *configs: SourceConfig, where: Callable[[SourceConfig], str] | None = None, **options) -> Poller:
        await self.store.declare_sources(configs, self.clock.now())
        return self.poller(*configs, where=where, **options)

    def poller(self, *configs: SourceConfig, where: Callable[[SourceConfig], str] | None = None, **options) -> Poller:
        return Poller(
            {config.id: config for config in configs},
            store=self.store,
            ask=self.ask,
            clock=self.clock,
            on_news=lambda: None,
            at=lambda _: None,
            where=where or (lambda config: config.url),
            **options,
        )

    async def state(self, name: str) -> SourceState:
        return (await self.store.source_states())[name]


@pytest.fixture
def wire(store: Store, clock: VirtualClock) -> Wire:
    return Wire(store, clock)


def source(name: str, site: str = "ledger.example", **options) -> SourceConfig:
    return SourceConfig(name, "feed", f"https://{name}.{site}/feed", **options)


def by_name(results: list[PollResult]) -> dict[str, bool]:
    return {result.source_id: bool(result.error) for result in results}


async def test_the_rest_of_a_site_is_not_asked_once_one_of_it_was_refused(wire: Wire) -> None:
    sources = [source("a"), source("b"), source("c"), source("other", "radio.example")]
    poller = await wire.open(*sources)
    wire.answers[sources[0].url] = TOO_MANY
    assert by_name(await poller.poll_all_due()) == {"a": True, "other": False}
    wire.clock.advance(timedelta(minutes=29))
    assert await poller.poll_all_due() == []
    wire.clock.advance(timedelta(minutes=2))
    assert set(by_name(await poller.poll_all_due())) == {"b", "c", "other"}


async def test_a_site_that_wants_to_be_left_alone_is_remembered_over_a_restart(wire: Wire) -> None:
    sources = [source("a"), source("b"), source("c")]
    poller = await wire.open(*sources)
    wire.answers |= {
        config.url: FetchError("Wait.", reason="status", status=429, retry_after=7200, throttled=True) for config in sources
    }
    await poller.poll_all_due()
    assert len(wire.asked) == 1
    assert (await wire.state("a")).throttled_until == wire.clock.now() + 2 * HOUR
    wire.clock.advance(HOUR)
    assert await wire.poller(*sources).poll_all_due() == []
    wire.clock.advance(HOUR + timedelta(minutes=10))
    assert len(await wire.poller(*sources).poll_all_due()) == 1, "the first of them is refused again, so the others wait on"


async def test_the_longest_of_several_waits_of_a_site_is_remembered(wire: Wire) -> None:
    sources = [source("a"), source("b")]
    await wire.open(*sources)
    now = wire.clock.now()
    states = await wire.store.source_states()
    await wire.store.save_source_states([replace(states["a"], throttled_until=now + 3 * HOUR, failures=2)])
    await wire.store.save_source_states([replace(states["b"], throttled_until=now + HOUR)])
    poller = wire.poller(*sources)
    wire.clock.advance(2 * HOUR)
    assert await poller.poll_all_due() == []
    wire.clock.advance(HOUR)
    assert len(await poller.poll_all_due()) == 2


async def test_a_site_that_answers_again_begins_anew(wire: Wire) -> None:
    config = source("a")
    poller = await wire.open(config)
    waits = []
    for answer in (TOO_MANY, TOO_MANY, Polled(), TOO_MANY):
        wire.answers[config.url] = answer
        wire.clock.move_to((await wire.state("a")).next_due_at or wire.clock.now())
        await poller.poll_all_due()
        until = (await wire.state("a")).throttled_until
        waits.append(None if until is None else (until - wire.clock.now()) / HOUR)
    assert waits == [0.5, 1, None, 0.5]


async def test_one_address_is_not_asked_again_below_the_minimum_whatever_the_store_says(wire: Wire) -> None:
    config = source("a")
    poller = await wire.open(config, least=timedelta(minutes=5))
    await poller.poll_all_due()
    await wire.store.save_source_states([replace(await wire.state("a"), next_due_at=wire.clock.now())])
    wire.clock.advance(timedelta(minutes=4))
    assert await poller.poll_all_due() == []
    wire.clock.advance(timedelta(minutes=1))
    assert len(await poller.poll_all_due()) == 1


async def test_sources_of_secret_addresses_are_sites_by_where_they_truly_are(wire: Wire) -> None:
    secrets = {"a": "https://one.example/key", "b": "https://two.example/key", "c": ""}
    configs = [SourceConfig(name, "feed", "", url_secret=True) for name in secrets]
    poller = await wire.open(*configs, where=lambda config: secrets[config.id])
    wire.answers[""] = TOO_MANY
    results = await poller.poll_all_due()
    assert set(by_name(results)) == {"a", "b", "c"}, "none is held up by another"
    assert "key" not in repr(await wire.store.source_states())


async def test_an_adopted_address_is_asked_and_given_up_when_it_is_gone(wire: Wire) -> None:
    config = source("a")
    poller = await wire.open(config)
    await wire.store.save_source_states([replace(await wire.state("a"), adopted_url="https://new.example/feed")])
    await poller.poll_all_due()
    assert wire.asked == ["https://new.example/feed"]
    wire.answers["https://new.example/feed"] = GONE
    wire.clock.move_to((await wire.state("a")).next_due_at)
    await poller.poll_all_due()
    state = await wire.state("a")
    assert (state.adopted_url, state.trouble) == ("", "410")
    wire.clock.move_to(state.next_due_at)
    await poller.poll_all_due()
    assert wire.asked[-1] == config.url
    wire.answers[config.url] = GONE
    wire.clock.move_to((await wire.state("a")).next_due_at)
    await poller.poll_all_due()
    assert (await wire.state("a")).trouble == "gone"
    wire.clock.advance(400 * DAY)
    assert await poller.poll_all_due() == []


def window(*names: str, now: datetime) -> Polled:
    return Polled(tuple(Item(f"i{name}", "a", name, now) for name in names), window=True)


@pytest.mark.parametrize(
    ("first", "second", "gap"),
    [("abc", "def", True), ("abc", "cde", False), ("abc", "de", False), ("", "def", False)],
    ids=["no entry in common", "one in common", "too few to tell", "nothing before"],
)
async def test_an_answer_of_strangers_only_is_a_gap(first: str, second: str, gap: bool, wire: Wire) -> None:
    config = source("a")
    poller = await wire.open(config)
    wire.answers[config.url] = window(*first, now=wire.clock.now())
    await poller.poll_all_due()
    assert (await wire.state("a")).gap_at is None, "a first poll has no gap"
    wire.clock.advance(2 * DAY)
    wire.answers[config.url] = window(*second, now=wire.clock.now())
    await poller.poll_all_due()
    assert ((await wire.state("a")).gap_at == wire.clock.now()) is gap


async def test_what_is_asked_for_is_remembered_while_nothing_changes(wire: Wire) -> None:
    config = source("a")
    poller = await wire.open(config)
    wire.answers[config.url] = Polled(wishes=Wishes(ttl=7200))
    await poller.poll_all_due()
    wire.answers[config.url] = Polled(not_modified=True)
    for _ in range(3):
        before = wire.clock.now()
        wire.clock.move_to((await wire.state("a")).next_due_at)
        assert wire.clock.now() - before >= 2 * HOUR
        await wire.poller(config).poll_all_due()


async def test_in_the_background_what_waits_for_its_site_follows_by_itself(wire: Wire) -> None:
    poller = await wire.open(*(source(f"s{number}") for number in range(6)))
    await poller.poll_due()
    async with asyncio.timeout(20):
        while len(wire.asked) < 6:
            await asyncio.sleep(0.01)
    await poller.stop()
