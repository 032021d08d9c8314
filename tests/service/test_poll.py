"""Polling with the real client, the real sandbox and the real store, against a server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from typing import Any

import pytest
import structlog
from aiohttp import web

from bot.config.settings import NetSettings
from bot.core.clock import VirtualClock
from bot.core.errors import StoreError
from bot.core.model import Item
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.net.client import Fetcher
from bot.sandbox.pool import Sandbox
from bot.service.poll import Poller
from bot.sources import registry
from bot.store.database import Store

HALF_AN_HOUR = timedelta(minutes=30)
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def rss(*titles: str) -> str:
    entries = "".join(
        f"<item><title>{title}</title><guid isPermaLink='false'>{title}</guid><link>https://ledger.example/{title}</link>"
        f"<pubDate>{format_datetime(NOON - timedelta(hours=number + 1))}</pubDate></item>"
        for number, title in enumerate(titles)
    )
    return f'<rss version="2.0"><channel><title>The Ledger</title>{entries}</channel></rss>'


@dataclass
class Answer:
    """What the server says at one path."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    gate: asyncio.Event | None = None


class Paper:
    """A publisher on loopback."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.called = asyncio.Event()
        self.port = 0

    async def handle(self, request: web.Request) -> web.Response:
        name = request.path.strip("/")
        self.asked.append((name, dict(request.headers)))
        self.called.set()
        answer = self.answers[name]
        if answer.gate is not None:
            await answer.gate.wait()
        etag = answer.headers.get("ETag")
        if etag and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(
            text=answer.body, status=answer.status, headers={"Content-Type": "application/rss+xml", **answer.headers}
        )


@pytest.fixture
async def paper() -> AsyncIterator[Paper]:
    served = Paper()
    app = web.Application()
    app.router.add_get("/{name}", served.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.port = runner.addresses[0][1]
    yield served
    await runner.cleanup()


@dataclass
class Desk:
    """A poller on everything real, and what it did."""

    poller: Poller
    store: Store
    clock: VirtualClock
    news: list[str]
    points: list[str]

    async def state(self, source_id: str = "ledger") -> SourceState:
        return (await self.store.source_states())[source_id]

    async def next_poll(self, source_id: str = "ledger") -> None:
        """Move the clock to the instant at which the source is due."""
        due = (await self.state(source_id)).next_due_at
        assert due is not None
        self.clock.move_to(due)


Open = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def desk(paper: Paper, store: Store, clock: VirtualClock) -> AsyncIterator[Open]:
    fetcher = Fetcher(NetSettings(contact="mailto:ops@example.org", allow=(ip_network("127.0.0.0/8"),), allow_ports=(paper.port,)))
    sandbox = Sandbox()
    pollers: list[Poller] = []

    async def ask(config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        validators = registry.Validators(state.etag, state.last_modified)
        return await registry.poll(config, validators, fetcher=fetcher, sandbox=sandbox, now=now)

    async def build(*names: str) -> Desk:
        configs = {
            name: SourceConfig(name, "feed", f"http://127.0.0.1:{paper.port}/{name}", interval=HALF_AN_HOUR)
            for name in names or ("ledger",)
        }
        await store.declare_sources(tuple(configs.values()), clock.now())
        news: list[str] = []
        points: list[str] = []
        poller = Poller(configs, store=store, ask=ask, clock=clock, on_news=lambda: news.append("news"), at=points.append)
        pollers.append(poller)
        return Desk(poller, store, clock, news, points)

    yield build
    for poller in pollers:
        await poller.stop()
    await sandbox.close()
    await fetcher.close()


async def queued(store: Store) -> list[tuple[str, int | None]]:
    return [(entry.item.title, entry.baseline_rank) for entry in await store.queued_items(100)]


async def test_the_first_poll_is_the_baseline_and_what_comes_after_it_is_news(paper: Paper, desk: Open) -> None:
    paper.answers["ledger"] = Answer(rss("B", "A"))
    at = await desk()
    (first,) = await at.poller.poll_all_due()
    assert (first.new, first.baseline, first.error) == (2, True, "")
    assert await queued(at.store) == [("A", 1), ("B", 0)]
    paper.answers["ledger"] = Answer(rss("C", "B", "A"))
    await at.next_poll()
    (second,) = await at.poller.poll_all_due()
    assert (second.new, second.baseline) == (1, False)
    assert (await queued(at.store))[-1] == ("C", None)
    assert at.news == ["news", "news"]


async def test_a_source_is_not_asked_before_it_is_due(paper: Paper, desk: Open) -> None:
    paper.answers["ledger"] = Answer(rss("A"))
    at = await desk()
    await at.poller.poll_all_due()
    at.clock.advance(HALF_AN_HOUR - timedelta(seconds=1))
    assert await at.poller.poll_all_due() == []
    assert len(paper.asked) == 1


async def test_validators_go_back_byte_for_byte_and_not_modified_changes_nothing(paper: Paper, desk: Open) -> None:
    headers = {"ETag": 'W/"a-\u00e9\\"', "Last-Modified": "Tuesday, some time"}
    paper.answers["ledger"] = Answer(rss("A"), headers=headers)
    at = await desk()
    await at.poller.poll_all_due()
    state = await at.state()
    assert state.etag == headers["ETag"].encode("utf-8")
    assert state.last_modified == b"Tuesday, some time"
    await at.next_poll()
    (again,) = await at.poller.poll_all_due()
    assert (again.not_modified, again.new, again.error) == (True, 0, "")
    sent = paper.asked[-1][1]
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == (headers["ETag"], headers["Last-Modified"])
    assert (await at.state()).etag == state.etag
    assert at.news == ["news"]


async def test_a_failing_source_is_left_alone_for_longer_each_time_and_recovers(paper: Paper, desk: Open) -> None:
    paper.answers["ledger"] = Answer("out of order", status=500)
    at = await desk()
    waits = []
    for _ in range(3):
        started = at.clock.now()
        (failed,) = await at.poller.poll_all_due()
        assert "500" in failed.error
        due = (await at.state()).next_due_at
        assert due is not None
        waits.append(round((due - started) / HALF_AN_HOUR))
        at.clock.move_to(due)
    assert waits == [2, 4, 8]
    state = await at.state()
    assert (state.failures, state.baselined_at) == (3, None)
    assert "500" in state.last_error
    paper.answers["ledger"] = Answer(rss("A"))
    (well,) = await at.poller.poll_all_due()
    assert (well.new, well.baseline) == (1, True)
    assert ((await at.state()).failures, (await at.state()).last_error) == (0, "")


async def test_retry_after_is_obeyed(paper: Paper, desk: Open) -> None:
    paper.answers["ledger"] = Answer("", status=429, headers={"Retry-After": "20000"})
    at = await desk()
    await at.poller.poll_all_due()
    due = (await at.state()).next_due_at
    assert due is not None
    assert due - at.clock.now() >= timedelta(seconds=20000)


async def test_a_feed_that_becomes_a_web_page_is_a_failure_that_keeps_validators_and_items(paper: Paper, desk: Open) -> None:
    paper.answers["ledger"] = Answer(rss("A"), headers={"ETag": '"1"'})
    at = await desk()
    await at.poller.poll_all_due()
    await at.next_poll()
    paper.answers["ledger"] = Answer("<!doctype html><html><body><h1>Log in</h1></body></html>", headers={"ETag": '"2"'})
    (failed,) = await at.poller.poll_all_due()
    assert failed.error
    state = await at.state()
    assert (state.etag, state.failures) == (b'"1"', 1)
    await at.next_poll()
    paper.answers["ledger"] = Answer(rss("B", "A"), headers={"ETag": '"3"'})
    (well,) = await at.poller.poll_all_due()
    assert (well.new, well.baseline) == (1, False)


async def test_one_failing_source_does_not_touch_the_others(paper: Paper, desk: Open) -> None:
    paper.answers |= {"ledger": Answer("", status=500), "radio": Answer(rss("A")), "courier": Answer("not a feed at all")}
    at = await desk("ledger", "radio", "courier")
    results = {result.source_id: result for result in await at.poller.poll_all_due()}
    assert {name: bool(result.error) for name, result in results.items()} == {"ledger": True, "radio": False, "courier": True}
    assert await queued(at.store) == [("A", 0)]
    states = await at.store.source_states()
    assert {name: state.failures for name, state in states.items()} == {"ledger": 1, "radio": 0, "courier": 1}


async def test_the_next_due_time_is_stored_before_the_request_so_that_no_crash_asks_twice(paper: Paper, desk: Open) -> None:
    paper.answers["ledger"] = Answer(rss("A"), gate=asyncio.Event())
    at = await desk()
    await at.poller.poll_due()
    await asyncio.wait_for(paper.called.wait(), 30)
    state = await at.state()
    assert state.next_due_at is not None
    assert state.next_due_at >= at.clock.now() + HALF_AN_HOUR
    assert state.last_polled_at == at.clock.now()
    assert state.baselined_at is None


async def test_a_poll_in_flight_is_not_begun_again_and_is_dropped_whole_at_a_stop(paper: Paper, desk: Open) -> None:
    paper.answers["ledger"] = Answer(rss("A"), gate=asyncio.Event())
    at = await desk()
    await at.poller.poll_due()
    await at.poller.poll_due()
    await asyncio.wait_for(paper.called.wait(), 30)
    at.clock.advance(timedelta(days=2))
    await at.poller.poll_due()
    await at.poller.stop()
    assert len(paper.asked) == 1
    assert await queued(at.store) == []
    assert (await at.state()).baselined_at is None
    assert at.news == []


async def test_after_a_stop_nothing_is_asked_any_more(paper: Paper, desk: Open) -> None:
    paper.answers["ledger"] = Answer(rss("A"))
    at = await desk()
    await at.poller.stop()
    await at.poller.poll_due()
    await asyncio.sleep(0.05)
    assert paper.asked == []
    assert at.points == []


async def test_polls_in_the_background_store_what_they_bring_and_call_the_next_stage(paper: Paper, desk: Open) -> None:
    paper.answers |= {"ledger": Answer(rss("A")), "radio": Answer(rss("B"))}
    at = await desk("ledger", "radio")
    await at.poller.poll_due()
    async with asyncio.timeout(30):
        while len(at.news) < 2:
            await asyncio.sleep(0.01)
    assert sorted(await queued(at.store)) == [("A", 0), ("B", 0)]
    assert at.points.count("poll.committed") == 2


async def test_a_changed_entry_is_updated_and_is_no_news(paper: Paper, desk: Open) -> None:
    paper.answers["ledger"] = Answer(rss("A"))
    at = await desk()
    await at.poller.poll_all_due()
    paper.answers["ledger"] = Answer(rss("A").replace("<title>A</title>", "<title>A, corrected</title>"))
    await at.next_poll()
    (again,) = await at.poller.poll_all_due()
    assert again.new == 0
    assert await queued(at.store) == [("A, corrected", 0)]


# ---------------------------------------------------------------- what nobody foresaw


class Broken:
    """A store whose commits fail for one source."""

    def __init__(self, store: Store, error: Exception) -> None:
        self._store = store
        self._error = error
        self.source_states = store.source_states
        self.due_sources = store.due_sources
        self.claim_sources = store.claim_sources

    async def commit_polls(self, records: object, now: datetime) -> Any:
        raise self._error


async def one_item(config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
    return registry.Polled((Item("i1", "ledger", "A", now),), False, None, None, ())


async def test_a_full_disk_ends_a_single_pass_with_its_sentence(store: Store, clock: VirtualClock) -> None:
    config = SourceConfig("ledger", "feed", "https://ledger.example/")
    await store.declare_sources((config,), clock.now())
    broken = Broken(store, StoreError("The disk is full."))
    poller = Poller({"ledger": config}, store=broken, ask=one_item, clock=clock, on_news=lambda: None, at=lambda _: None)
    with pytest.raises(StoreError, match="disk is full"):
        await poller.poll_all_due()


async def test_a_poll_that_cannot_be_stored_is_logged_and_made_again_when_due(store: Store, clock: VirtualClock) -> None:
    config = SourceConfig("ledger", "feed", "https://ledger.example/", interval=HALF_AN_HOUR)
    await store.declare_sources((config,), clock.now())
    broken = Broken(store, StoreError("The disk is full."))
    news: list[str] = []
    poller = Poller(
        {"ledger": config}, store=broken, ask=one_item, clock=clock, on_news=lambda: news.append("news"), at=lambda _: None
    )
    with structlog.testing.capture_logs() as logs:
        await poller.poll_due()
        async with asyncio.timeout(10):
            while not logs:
                await asyncio.sleep(0)
        for _ in range(9):
            clock.advance(timedelta(seconds=1))
            await poller.poll_due()
    assert [(entry["log_level"], entry["error"]) for entry in logs] == [("warning", "The disk is full.")]
    assert not poller.stored
    assert await store.queued_count() == 0
    broken.commit_polls = store.commit_polls  # type: ignore[assignment,method-assign]
    clock.advance(timedelta(hours=1))
    await poller.poll_all_due()
    assert (await store.queued_count(), news) == (1, ["news"])
    assert poller.stored


async def ended() -> None:
    """Returns once nothing is claimed or polled any more."""
    while running := [task for task in asyncio.all_tasks() if task.get_name().startswith(("poll ", "claim "))]:
        await asyncio.wait(running)


@pytest.mark.parametrize("step", ["claimed", "asked"])
async def test_what_was_read_of_a_source_before_its_poll_was_stored_begins_no_second_one(
    store: Store, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """It would go by the state before the first: what came meanwhile would be part of a silent beginning."""
    config = SourceConfig("ledger", "feed", "https://ledger.example/", interval=HALF_AN_HOUR)
    await store.declare_sources((config,), clock.now())
    asked: list[bool] = []
    begun, ends, read, told = (asyncio.Event() for _ in range(4))
    real_claim, real_due = store.claim_sources, store.due_sources

    async def claim(states: Sequence[SourceState]) -> None:
        if step == "claimed":
            begun.set()
            await ends.wait()
        await real_claim(states)

    async def ask(config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        asked.append(state.baselined_at is None)
        if step == "asked":
            begun.set()
            await ends.wait()
        return await one_item(config, state, now)

    async def due(sources: Sequence[str], now: datetime, most: int) -> list[SourceState]:
        found = await real_due(sources, now, most)
        read.set()
        await told.wait()
        return found

    monkeypatch.setattr(store, "claim_sources", claim)
    poller = Poller({"ledger": config}, store=store, ask=ask, clock=clock, on_news=lambda: None, at=lambda _: None)
    await poller.poll_due()
    await begun.wait()
    monkeypatch.setattr(store, "due_sources", due)
    clock.advance(2 * HALF_AN_HOUR)
    look = asyncio.create_task(poller.poll_due())
    await read.wait()
    if step == "claimed":  # it has been looked while that lasts
        told.set()
        await look
    ends.set()
    await ended()
    told.set()
    await look
    await ended()
    assert asked == [True]
    clock.advance(2 * HALF_AN_HOUR)
    await poller.poll_due()
    await ended()
    assert asked == [True, False]


async def test_a_full_disk_is_told_once_however_many_sources_are_due(store: Store, clock: VirtualClock) -> None:
    configs = {name: SourceConfig(name, "feed", f"https://{name}.example/") for name in ("ledger", "radio", "post")}
    await store.declare_sources(tuple(configs.values()), clock.now())
    broken = Broken(store, StoreError("The disk is full."))
    tries: list[str] = []

    async def save(states: Sequence[SourceState]) -> None:
        tries.extend(state.source_id for state in states)
        raise StoreError("The disk is full.")

    broken.claim_sources = save  # type: ignore[assignment]
    poller = Poller(configs, store=broken, ask=one_item, clock=clock, on_news=lambda: None, at=lambda _: None)
    with structlog.testing.capture_logs() as logs:
        for _ in range(25):
            await poller.poll_due()
            while running := [task for task in asyncio.all_tasks() if task.get_name().startswith(("poll ", "claim "))]:
                await asyncio.wait(running)
            clock.advance(timedelta(seconds=1))
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert (len(tries), poller.stored) == (9, False)


async def test_a_fault_in_one_poll_of_a_single_pass_leaves_the_others_stored(store: Store, clock: VirtualClock) -> None:
    good = SourceConfig("radio", "feed", "https://radio.example/", interval=HALF_AN_HOUR)
    bad = replace(good, id="ledger")
    await store.declare_sources((good, bad), clock.now())
    turn = asyncio.Event()

    async def ask(config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        if config.id == "ledger":
            turn.set()
            raise ZeroDivisionError
        await turn.wait()
        await asyncio.sleep(0.01)
        return registry.Polled((Item("i1", "radio", "A", now),), False, None, None, ())

    poller = Poller({"radio": good, "ledger": bad}, store=store, ask=ask, clock=clock, on_news=lambda: None, at=lambda _: None)
    results = {result.source_id: result for result in await poller.poll_all_due()}
    assert results["radio"].new == 1
    assert "ZeroDivisionError" in results["ledger"].error
    state = (await store.source_states())["ledger"]
    assert state.failures == 1
    assert state.next_due_at is not None
    assert state.next_due_at >= clock.now() + 2 * HALF_AN_HOUR


# ---------------------------------------------------------------- many at a time


class Counting:
    """A store that counts its transactions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.source_states = store.source_states
        self.due_sources = store.due_sources
        self.claims: list[int] = []
        self.commits: list[int] = []

    async def claim_sources(self, states: Sequence[SourceState]) -> None:
        self.claims.append(len(states))
        await self._store.claim_sources(states)

    async def commit_polls(self, records: Sequence[PollRecord], now: datetime) -> Any:
        self.commits.append(len(records))
        return await self._store.commit_polls(records, now)


class Crowd:
    """Sources that answer at once, and how many of them were asked at one time."""

    def __init__(self) -> None:
        self.now = self.most = 0

    async def ask(self, config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        return registry.Polled((Item(f"i-{config.id}", config.id, "A", now),), False, None, None, ())


@pytest.mark.parametrize("background", [False, True])
async def test_many_due_sources_are_claimed_and_stored_together_and_never_more_asked_than_there_is_room(
    store: Store, clock: VirtualClock, background: bool
) -> None:
    configs = {name: SourceConfig(name, "feed", f"https://{name}.example/") for name in (f"paper{number}" for number in range(100))}
    await store.declare_sources(tuple(configs.values()), clock.now())
    counting, crowd = Counting(store), Crowd()
    poller = Poller(configs, store=counting, ask=crowd.ask, clock=clock, on_news=lambda: None, at=lambda _: None, concurrency=16)
    if background:
        await poller.poll_due()
        async with asyncio.timeout(30):
            while await store.queued_count() < 100:
                await asyncio.sleep(0.01)
        await poller.stop()
    else:
        assert sum(result.new for result in await poller.poll_all_due()) == 100
    assert await store.queued_count() == 100
    assert crowd.most <= 16
    assert sum(counting.claims) == sum(counting.commits) == 100
    assert max(counting.claims) == 16
    assert len(counting.claims) <= 13  # at least half of the room at a time
    assert len(counting.commits) < 50
    assert not await store.due_sources(list(configs), clock.now(), 100)


async def test_claims_that_cannot_be_stored_ask_nobody(store: Store, clock: VirtualClock) -> None:
    config = SourceConfig("ledger", "feed", "https://ledger.example/")
    await store.declare_sources((config,), clock.now())
    counting, crowd = Counting(store), Crowd()

    async def full(states: Sequence[SourceState]) -> None:
        raise StoreError("The disk is full.")

    counting.claim_sources = full  # type: ignore[method-assign]
    poller = Poller({"ledger": config}, store=counting, ask=crowd.ask, clock=clock, on_news=lambda: None, at=lambda _: None)
    with pytest.raises(StoreError, match="disk is full"):
        await poller.poll_all_due()
    assert crowd.most == 0
    assert len(await store.due_sources(["ledger"], clock.now(), 1)) == 1
