"""Subscriber and intake with everything real between a hub and the store: sockets, the guarded client, the callback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import structlog
from bypath import loaded
from freeport import free_port

from bot.config.settings import NetSettings
from bot.core.clock import VirtualClock
from bot.core.documents import FeedDocument
from bot.core.errors import DocumentError, FetchError, StoreError
from bot.core.kinds import FeedOptions
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.core.subscriptions import PushState, Subscription, SubscriptionState
from bot.hubs import Hubs
from bot.net.client import Fetcher
from bot.sandbox.jobs.feed import parse_feed
from bot.sandbox.pool import Sandbox
from bot.service.poll import Poller
from bot.sources import registry
from bot.sources.contract import Polled
from bot.sources.websub import unadvertised
from bot.store.database import Store
from bot.web.health import application
from bot.web.server import WebServer
from bot.web.websub import MAX_BYTES

STANDIN = Path(__file__).parents[1] / "standins" / "hub.py"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
STATES = SubscriptionState


HubStandIn = loaded(STANDIN, "standins_hub").HubStandIn


def entry(number: int, *, text: str = "The council met about cameras.", title: str | None = None, when: datetime = NOON) -> str:
    summary = f"<summary>{text}</summary>" if text else ""
    return (
        f"<entry><id>urn:entry:{number}</id><title>{title or f'Report {number}'}</title>{summary}"
        f"<link href='https://ledger.example/{number}'/><updated>{when.isoformat()}</updated></entry>"
    )


class SameProcess:
    """The sandbox's own reader without its process, which takes half a second to start."""

    async def run(self, job: str, /, **kwargs: Any) -> FeedDocument:
        assert job == "feed"
        return parse_feed(**kwargs)

    async def close(self) -> None:
        """Nothing runs."""


@dataclass
class Wire:
    """A running bot as far as hubs are concerned; it can be closed and opened again on the same store."""

    hub: Any
    store: Store
    clock: VirtualClock
    configs: dict[str, SourceConfig]
    port: int
    base: str = ""
    allow: tuple[Any, ...] = (ip_network("127.0.0.0/8"),)
    sandboxed: bool = False
    news: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    tokens: Iterator[int] = field(default_factory=count)

    async def open(self) -> None:
        self.base = self.base or f"http://127.0.0.1:{self.port}"
        net = NetSettings(contact="mailto:ops@example.org", allow=self.allow, allow_ports=(self.hub.port,))
        self.fetcher = Fetcher(net, clock=self.clock)
        self.sandbox: Any = Sandbox() if self.sandboxed else SameProcess()
        self.hubs = Hubs(
            SimpleNamespace(net=net),  # type: ignore[arg-type]
            self.base,
            self.configs,
            store=self.store,
            fetcher=self.fetcher,
            sandbox=self.sandbox,
            clock=self.clock,
            new_token=lambda: f"token-token-token-{next(self.tokens):08d}",
            take=self.take,
        )
        self.poller = Poller(
            self.configs,
            store=self.store,
            ask=self.ask,
            clock=self.clock,
            on_news=lambda: self.news.append("news"),
            at=self.points.append,
            pushes=self.hubs.subscriber,
        )
        self.server = WebServer(application(dict, routes=(self.hubs.route,)), "127.0.0.1", self.port)
        await self.server.start()
        await self.store.declare_sources(tuple(self.configs.values()), self.clock.now())
        await self.hubs.subscriber.at_start()

    async def close(self) -> None:
        await self.hubs.stop()
        await self.poller.stop()
        await self.server.stop()
        await self.sandbox.close()
        await self.fetcher.close()

    async def restart(self) -> None:
        await self.close()
        await self.open()

    async def ask(self, config: SourceConfig, state: SourceState, now: datetime) -> Polled:
        validators = registry.Validators(state.etag, state.last_modified, state.memory, state.place)
        polled = await registry.poll(config, validators, fetcher=self.fetcher, sandbox=self.sandbox, now=now)
        await self.hubs.named(config, polled)
        return polled

    async def take(self, record: PollRecord) -> object:
        return await self.poller.take(record)

    # ------------------------------------------------------------ what happens

    async def poll(self, *, after: timedelta = timedelta(0)) -> list[Any]:
        """Let time pass, then poll what is due."""
        self.clock.advance(after)
        return await self.poller.poll_all_due()

    async def keep_up(self, *, after: timedelta = timedelta(0)) -> None:
        """Let time pass, then ask hubs, and let them come back."""
        self.clock.advance(after)
        await self.hubs.subscriber.keep_up()
        await self.hub.settled()

    async def publish(self, number: int, *, name: str = "ledger", changed: bool = True, **parts: Any) -> list[int]:
        """Have the hub push one entry and take it in."""
        statuses = await self.hub.publish(name, self.hub.atom(name, [entry(number, **parts)]), changed=changed)
        await self.hubs.intake.process()
        return statuses

    async def subscribed(self) -> Subscription:
        """Poll, subscribe, verify."""
        await self.poll()
        await self.keep_up()
        one = await self.one()
        assert one.state is STATES.VERIFIED
        return one

    async def one(self, source_id: str = "ledger") -> Subscription:
        """The one subscription of a source that is wanted, else the newest."""
        found = [one for one in await self.store.subscriptions() if one.source_id == source_id]
        wanted = [one for one in found if one.state in {STATES.WANTED, STATES.PENDING, STATES.VERIFIED}]
        return (wanted or found)[-1]

    async def state(self, source_id: str = "ledger") -> SourceState:
        found = await self.store.source_state(source_id)
        assert found is not None
        return found

    async def titles(self) -> list[str]:
        return [queued.item.title for queued in await self.store.queued_items(20_000)]

    async def verify(self, one: Subscription, mode: str = "subscribe", **changes: str) -> httpx.Response:
        asked = {"hub.mode": mode, "hub.topic": one.topic, "hub.challenge": "abc", "hub.lease_seconds": "600"}
        asked |= {f"hub.{key}": value for key, value in changes.items()}
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(one.callback, params=asked)


MakeWire = Callable[..., Awaitable[Wire]]


@pytest.fixture
async def wire(store: Store, clock: VirtualClock) -> AsyncIterator[MakeWire]:
    """Builds a wire to a hub with one feed, ``ledger``, of three entries; the hub must never have been wronged."""
    made: list[Wire] = []
    hubs: list[Any] = []

    async def make(
        *names: str, kind: str = "feed", source: dict[str, Any] | None = None, sandboxed: bool = False, **settings: Any
    ) -> Wire:
        hub = HubStandIn(**settings)
        await hub.start()
        hubs.append(hub)
        configs = {
            name: replace(SourceConfig(name, kind, hub.address(name), interval=30 * MINUTE), **(source or {}))
            for name in names or ("ledger",)
        }
        for name in configs:
            hub.documents[name] = hub.atom(name, [entry(number) for number in (3, 2, 1)])
        built = Wire(hub, store, clock, configs, free_port(), sandboxed=sandboxed)
        await built.open()
        made.append(built)
        return built

    yield make
    for each in made:
        await each.close()
    for hub in hubs:
        await hub.stop()
        assert hub.wrongs == []


# ---------------------------------------------------------------- subscribing


@pytest.mark.parametrize("named_in", ["header", "document"])
async def test_a_feed_that_names_a_hub_is_subscribed_to_and_verified(named_in: str, wire: MakeWire) -> None:
    bot = await wire(named_in=named_in)
    await bot.poll()
    assert (await bot.one()).state is STATES.WANTED
    await bot.keep_up()
    one = await bot.one()
    assert (one.state, one.failures, one.lease_ends_at) == (STATES.VERIFIED, 0, NOON + 10 * DAY)
    assert one.next_due_at == NOON + 8 * DAY
    (request,) = bot.hub.requests
    assert request == {
        "hub.mode": "subscribe",
        "hub.topic": bot.hub.address("ledger"),
        "hub.callback": f"{bot.base}/websub/{one.token}",
        "hub.verify": "async",
        "hub.lease_seconds": "864000",
        "hub.secret": one.secret,
    }
    assert bot.hub.verdicts == [("subscribe", 200)]
    await bot.poll(after=HOUR)
    await bot.keep_up()
    assert len(bot.hub.requests) == 1, "it is named again and known already"


async def test_the_topic_is_what_the_feed_calls_itself(wire: MakeWire) -> None:
    bot = await wire(topics={"ledger": "https://ledger.example/~desk/feed"})
    await bot.poll()
    bot.hub.topics["ledger"] = "https://ledger.example/%7Edesk/feed"  # a hub may decode it
    await bot.keep_up()
    assert (await bot.one()).topic == "https://ledger.example/~desk/feed"
    verdict = await bot.verify(await bot.one(), topic="https://ledger.example/%7Edesk/feed")
    assert (verdict.status_code, verdict.text) == (200, "abc")


async def test_a_hub_that_verifies_before_it_answers_is_believed(wire: MakeWire) -> None:
    bot = await wire(verifies="before")
    assert (await bot.subscribed()).failures == 0


async def test_a_feed_without_a_hub_is_polled_and_nobody_is_asked(wire: MakeWire) -> None:
    bot = await wire(named_in="nowhere")
    with structlog.testing.capture_logs() as logs:
        await bot.poll()
        await bot.keep_up()
    assert await bot.store.subscriptions() == []
    assert not [log for log in logs if "hub" in log["event"]]


async def test_a_feed_declared_as_websub_says_once_that_it_names_no_hub(wire: MakeWire) -> None:
    bot = await wire(kind="websub", named_in="nowhere")
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            bot.hub.documents["ledger"] += " "
            await bot.poll(after=HOUR)
    assert [log["source"] for log in logs if "names no hub" in log["event"]] == ["ledger"]


@pytest.mark.parametrize("private", [{"secret": "KEY"}, {"url_secret": True}])
async def test_a_private_feed_is_handed_to_a_hub_only_if_its_kind_says_so(private: dict[str, Any], wire: MakeWire) -> None:
    bot = await wire(source=private)
    await bot.poll()
    assert await bot.store.subscriptions() == []
    meant = await wire("gazette", kind="websub", source=private)
    await meant.poll()
    assert [one.source_id for one in await meant.store.subscriptions()] == ["gazette"]


async def test_a_feed_whose_address_is_secret_and_that_does_not_call_itself_anything_is_not_subscribed_to(wire: MakeWire) -> None:
    bot = await wire(kind="websub")
    hidden = replace(bot.configs["ledger"], url="", url_secret=True)
    await bot.hubs.subscriber.discovered(hidden, "https://hub.example/", None, not_modified=False)
    assert await bot.store.subscriptions() == []


async def test_a_source_named_by_no_self_link_is_known_by_its_own_address(wire: MakeWire) -> None:
    bot = await wire()
    await bot.hubs.subscriber.discovered(bot.configs["ledger"], bot.hub.hub, None, not_modified=False)
    assert (await bot.one()).topic == bot.hub.address("ledger")


async def test_a_youtube_channel_has_a_hub_that_its_feed_does_not_name(wire: MakeWire) -> None:
    bot = await wire(named_in="nowhere")
    channel = replace(bot.configs["ledger"], url="https://www.youtube.com/feeds/videos.xml?channel_id=UCab-_c")
    for _ in range(2):
        await bot.hubs.named(channel, Polled(not_modified=True))
    one = await bot.one()
    assert one.hub == "https://pubsubhubbub.appspot.com/subscribe"
    assert one.topic == "https://www.youtube.com/xml/feeds/videos.xml?channel_id=UCab-_c"
    assert len(await bot.store.subscriptions()) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/feeds/videos.xml?playlist_id=PLab",
        "https://www.youtube.com/feeds/videos.xml?channel_id=UCa&channel_id=UCb",
        "https://www.youtube.com/feeds/other.xml?channel_id=UCa",
        "https://www.youtube.com.example/feeds/videos.xml?channel_id=UCa",
    ],
)
def test_no_other_feed_of_youtube_is_thought_to_have_a_hub(url: str) -> None:
    assert unadvertised(url) is None


# ---------------------------------------------------------------- verification


async def test_what_nobody_asked_for_is_not_found(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    refused = [
        await bot.verify(one, topic="https://other.example/"),
        await bot.verify(one, "unsubscribe"),
        await bot.verify(one, challenge=""),
        await bot.verify(one, "publish"),
        await bot.verify(replace(one, callback=one.callback[:-1] + "x")),
        await bot.verify(replace(one, callback=one.callback + "/more")),
        await bot.verify(replace(one, callback=f"{bot.base}/websub/short")),
        await bot.verify(replace(one, callback=f"{bot.base}/websub/{'x' * 300}")),
    ]
    assert [answer.status_code for answer in refused] == [404] * len(refused)
    assert await bot.one() == one


async def test_a_challenge_comes_back_as_plain_text_to_every_browser(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    answer = await bot.verify(one, challenge="<script>alert(1)</script>")
    assert answer.text == "<script>alert(1)</script>"
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_denial_ends_a_subscription_at_any_time_and_polling_goes_on(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    await bot.publish(4)
    with structlog.testing.capture_logs() as logs:
        assert await bot.hub.deny(one.topic, one.callback, "quota\nused up") == 200
    assert [log["reason"] for log in logs if "no hub brings" in log["event"]] == ["the hub refused: quota used up"]
    denied = await bot.one()
    assert (denied.state, denied.lease_ends_at, denied.secret) == (STATES.DENIED, None, None)
    assert await bot.hub.push(one.callback, b"more") == 410
    assert bot.hubs.subscriber.shortest_wait("ledger") == timedelta(0)
    await bot.poll(after=HOUR)
    await bot.keep_up()
    assert len(bot.hub.requests) == 1, "the hub is left alone"
    await bot.keep_up(after=31 * DAY)
    assert await bot.store.subscriptions() == []
    bot.hub.documents["ledger"] += " "
    await bot.poll()
    assert (await bot.one()).token != one.token, "asked anew, at another callback"


async def test_a_hub_that_refuses_instead_of_verifying_is_believed(wire: MakeWire) -> None:
    bot = await wire(verifies="denies", reason="not you")
    await bot.poll()
    await bot.keep_up()
    assert (await bot.one()).reason == "the hub refused: not you"


async def test_a_verification_that_meets_a_database_in_trouble_may_come_again(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()

    class Down:
        async def subscription(self, token: str) -> Subscription:
            raise StoreError("The database is busy.")

    real, bot.hubs.subscriber._store = bot.hubs.subscriber._store, Down()
    answer = await bot.verify(one)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    bot.hubs.subscriber._store = real
    assert (await bot.verify(one)).status_code == 200


async def test_a_verification_that_is_overtaken_again_and_again_may_come_again(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()

    class Contested:
        subscription = bot.store.subscription

        async def change_subscription(self, subscription: Subscription) -> bool:
            return False

    bot.hubs.subscriber._store = Contested()
    assert (await bot.verify(one)).status_code == 503


# ---------------------------------------------------------------- leases


async def test_a_lease_is_renewed_in_time_and_across_restarts(wire: MakeWire) -> None:
    bot = await wire(lease=36_000)
    one = await bot.subscribed()
    assert one.lease_ends_at == NOON + 10 * HOUR
    await bot.restart()
    await bot.keep_up(after=8 * HOUR - MINUTE)
    assert len(bot.hub.requests) == 1
    await bot.keep_up(after=MINUTE)
    renewed = await bot.one()
    assert renewed.lease_ends_at == NOON + 18 * HOUR
    assert (renewed.token, renewed.secret, renewed.failures) == (one.token, one.secret, 0)
    assert bot.hub.requests[0] == bot.hub.requests[1]
    assert bot.hub.verdicts == [("subscribe", 200)] * 2


async def test_while_a_renewal_is_not_answered_pushes_go_on_and_polling_takes_over_when_the_lease_ends(wire: MakeWire) -> None:
    bot = await wire(lease=36_000)
    await bot.subscribed()
    bot.hub.verifies = "never"
    await bot.keep_up(after=8 * HOUR)
    assert (await bot.publish(4)) == [202]
    assert bot.hubs.subscriber.shortest_wait("ledger") == 6 * HOUR
    await bot.keep_up(after=2 * HOUR)
    assert bot.hubs.subscriber.shortest_wait("ledger") == timedelta(0)
    bot.hub.verifies = "after"
    await bot.keep_up(after=2 * HOUR)
    assert (await bot.one()).state is STATES.VERIFIED


async def test_a_hub_that_never_comes_back_is_given_up_after_two_days(wire: MakeWire) -> None:
    bot = await wire(verifies="never")
    await bot.poll()
    with structlog.testing.capture_logs() as logs:
        for _ in range(60):
            await bot.keep_up(after=HOUR)
    assert len(bot.hub.requests) == 8
    assert (await bot.one()).state is STATES.GONE
    assert [log["reason"] for log in logs if log["event"].startswith("no hub brings")] == ["the hub never agreed"]
    assert await bot.poll()
    assert len(bot.hub.polls) == 2


async def test_a_hub_in_trouble_is_asked_later_and_later_and_told_once(wire: MakeWire) -> None:
    bot = await wire(answers=[(500, {}), (503, {"Retry-After": "7200"}), (400, {})])
    await bot.poll()
    with structlog.testing.capture_logs() as logs:
        await bot.keep_up()
        await bot.keep_up(after=9 * MINUTE)
        assert len(bot.hub.requests) == 1
        await bot.keep_up(after=MINUTE)
        assert (await bot.one()).next_due_at == bot.clock.now() + 2 * HOUR
        await bot.keep_up(after=HOUR)
        assert len(bot.hub.requests) == 2, "Retry-After is never undercut"
        await bot.keep_up(after=HOUR)
        await bot.keep_up(after=HOUR)
    assert (await bot.one()).state is STATES.VERIFIED
    told = [log for log in logs if "did not take our request" in log["event"] and log["log_level"] == "warning"]
    assert [log["error"] for log in told] == ["127.0.0.1 answered 500 (Internal Server Error)."]


async def test_a_hub_that_is_gone_is_asked_no_more(wire: MakeWire) -> None:
    bot = await wire(answers=[(410, {})])
    await bot.poll()
    await bot.keep_up()
    await bot.poll(after=HOUR)
    await bot.keep_up()
    assert len(bot.hub.requests) == 1
    assert (await bot.one()).reason == "the hub is gone (410)"


async def test_a_hub_that_does_not_answer_holds_up_no_end_and_is_asked_again_after_the_next_start(wire: MakeWire) -> None:
    bot = await wire()
    await bot.poll()
    asked = asyncio.Event()

    async def hang(url: str, form: dict[str, str]) -> int:
        asked.set()
        await asyncio.Event().wait()
        return 202

    bot.hubs.subscriber._post = hang
    asking = asyncio.create_task(bot.hubs.subscriber.keep_up())
    await asked.wait()
    await bot.hubs.stop()
    await asking
    one = await bot.one()
    assert (one.state, one.failures, one.next_due_at) == (STATES.PENDING, 1, NOON + 10 * MINUTE)
    assert (await bot.verify(one)).status_code == 200, "it may have heard us"
    assert await bot.store.change_subscription(replace(await bot.one(), next_due_at=NOON + 10 * MINUTE))
    await bot.restart()
    await bot.keep_up(after=10 * MINUTE)
    assert (await bot.one()).state is STATES.VERIFIED


async def test_trouble_with_the_database_stops_no_other_request_and_is_told(wire: MakeWire) -> None:
    bot = await wire("ledger", "gazette")
    await bot.poll()
    real = bot.hubs.subscriber._post

    async def out(url: str, form: Any) -> int:
        if form["hub.topic"].endswith("ledger"):
            raise StoreError("The database is busy.")
        return await real(url, form)

    bot.hubs.subscriber._post = out
    with pytest.raises(StoreError):
        await bot.keep_up()
    await bot.hub.settled()
    assert [(await bot.one(name)).state for name in ("ledger", "gazette")] == [STATES.PENDING, STATES.VERIFIED]


async def test_a_hub_may_name_another_in_its_place(wire: MakeWire) -> None:
    bot = await wire()
    bot.hub.answers.append((307, {"Location": bot.hub.hub}))
    await bot.subscribed()
    assert bot.hub.requests[0] == bot.hub.requests[1]


async def test_every_document_of_one_mind_moves_a_subscription_and_one_alone_does_not(wire: MakeWire) -> None:
    bot = await wire(named_in="document")
    one = await bot.subscribed()
    for turn, topic in enumerate(("new", "ledger", "new", "new", "new")):
        bot.hub.topics["ledger"] = bot.hub.address(topic)
        bot.hub.documents["ledger"] = bot.hub.atom("ledger", [entry(9 + turn)])
        assert (await bot.one()).token == one.token
        await bot.poll(after=7 * HOUR)
    moved = await bot.one()
    assert (moved.topic, moved.state) == (bot.hub.address("new"), STATES.WANTED)
    await bot.keep_up()
    assert sorted(request["hub.mode"] for request in bot.hub.requests) == ["subscribe", "subscribe", "unsubscribe"]
    assert [one.topic for one in bot.hub.subscribers.values()] == [bot.hub.address("new")]
    assert await bot.hub.push(one.callback, b"late") == 410


async def test_a_feed_that_names_its_hub_no_more_is_unsubscribed_from(wire: MakeWire) -> None:
    bot = await wire(named_in="document")
    await bot.subscribed()
    bot.hub.named_in = "nowhere"
    for turn in range(3):
        bot.hub.documents["ledger"] = bot.hub.atom("ledger", [entry(9 + turn)])
        await bot.poll(after=7 * HOUR)
    await bot.keep_up()
    assert (await bot.one()).state is STATES.LEFT
    assert bot.hub.subscribers == {}
    bot.hub.named_in = "document"
    bot.hub.documents["ledger"] = bot.hub.atom("ledger", [entry(99)])
    await bot.poll(after=HOUR)
    await bot.keep_up()
    assert (await bot.one()).state is STATES.VERIFIED, "what we left ourselves may be taken up again"


async def test_an_unchanged_feed_goes_on_being_pushed_whatever_its_header_fields_leave_out(wire: MakeWire) -> None:
    bot = await wire(named_in="document")
    one = await bot.subscribed()
    for _ in range(4):
        await bot.poll(after=HOUR)
    await bot.hubs.subscriber.discovered(bot.configs["ledger"], bot.hub.hub, None, not_modified=True)
    assert (await bot.one()).token == one.token


async def test_a_renewal_written_while_the_clock_was_years_ahead_comes_at_the_next_start(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    assert await bot.store.change_subscription(replace(one, next_due_at=NOON + 4000 * DAY, lease_ends_at=NOON + 4001 * DAY))
    await bot.restart()
    await bot.keep_up()
    assert len(bot.hub.requests) == 2
    assert (await bot.one()).lease_ends_at == NOON + 10 * DAY


# ---------------------------------------------------------------- sources that come and go


async def test_a_source_that_is_removed_is_unsubscribed_from(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    del bot.configs["ledger"]
    await bot.restart()
    await bot.keep_up()
    assert bot.hub.requests[-1]["hub.mode"] == "unsubscribe"
    assert bot.hub.requests[-1]["hub.callback"] == one.callback
    assert bot.hub.verdicts[-1] == ("unsubscribe", 200)
    assert bot.hub.subscribers == {}
    assert await bot.hub.push(one.callback, b"late") == 410
    await bot.keep_up(after=31 * DAY)
    assert await bot.store.subscriptions() == []
    assert await bot.hub.push(one.callback, b"very late") == 404


async def test_a_hub_that_does_not_let_go_is_asked_three_times(wire: MakeWire) -> None:
    bot = await wire()
    await bot.subscribed()
    del bot.configs["ledger"]
    await bot.restart()
    bot.hub.answers = [(500, {})] * 9
    for _ in range(9):
        await bot.keep_up(after=HOUR)
    assert [request["hub.mode"] for request in bot.hub.requests] == ["subscribe", *["unsubscribe"] * 3]
    assert (await bot.one()).state is STATES.LEFT


async def test_a_source_with_another_address_is_another_source_to_hubs(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    bot.hub.documents["other"] = bot.hub.atom("other", [entry(50)])
    bot.configs["ledger"] = replace(bot.configs["ledger"], url=bot.hub.address("other"))
    await bot.restart()
    assert (await bot.store.subscription(one.token)).state is STATES.LEAVING  # type: ignore[union-attr]
    await bot.poll()
    await bot.keep_up()
    assert (await bot.one()).topic == bot.hub.address("other")
    assert [request["hub.mode"] for request in bot.hub.requests[1:]].count("unsubscribe") == 1


async def test_a_source_that_moved_for_good_keeps_its_subscription(wire: MakeWire) -> None:
    bot = await wire(named_in="nowhere")
    moved = replace(bot.configs["ledger"], url=bot.hub.address("elsewhere"))
    await bot.hubs.subscriber.discovered(moved, bot.hub.hub, None, not_modified=False)
    await bot.keep_up()
    one = await bot.one()
    assert (one.state, one.topic) == (STATES.VERIFIED, bot.hub.address("elsewhere"))
    await bot.restart()
    assert (await bot.one()).state is STATES.VERIFIED


async def test_another_public_address_moves_every_subscription(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    await bot.close()
    bot.base = f"http://localhost:{bot.port}"
    await bot.open()
    await bot.keep_up()
    moved = await bot.one()
    assert (moved.topic, moved.hub, moved.state) == (one.topic, one.hub, STATES.VERIFIED)
    assert moved.callback.startswith(bot.base)
    assert list(bot.hub.subscribers) == [moved.callback]


# ---------------------------------------------------------------- pushes


async def test_a_push_becomes_items_as_a_poll_does(wire: MakeWire) -> None:
    bot = await wire(sandboxed=True)
    await bot.subscribed()
    before = await bot.state()
    bot.news.clear()
    assert await bot.publish(4, title="Council buys cameras", changed=False) == [202]
    assert bot.news == ["news"]
    pushed = (await bot.store.queued_items(99))[-1].item
    assert (pushed.title, pushed.guid, pushed.source_id) == ("Council buys cameras", "urn:entry:4", "ledger")
    assert pushed.summary or pushed.content_text
    assert (await bot.store.queued_items(99))[-1].baseline_rank is None
    assert await bot.state() == before, "what is remembered between polls is the poller's"
    assert await bot.store.waiting_pushes(PushState.OPEN, 9) == []
    assert (await bot.one()).last_push_at == bot.clock.now()


async def test_what_was_polled_already_is_no_news_when_it_is_pushed_and_the_reverse(wire: MakeWire) -> None:
    bot = await wire()
    await bot.subscribed()
    known = len(await bot.titles())
    await bot.publish(3)
    assert len(await bot.titles()) == known
    await bot.publish(4)
    assert len(await bot.titles()) == known + 1
    await bot.poll(after=7 * HOUR)
    assert len(await bot.titles()) == known + 1
    assert bot.hubs.subscriber.shortest_wait("ledger") == 6 * HOUR, "the poll found nothing the hub had left out"


async def test_the_same_entry_from_a_poll_and_a_push_at_once_is_one_item(wire: MakeWire) -> None:
    bot = await wire()
    await bot.subscribed()
    for number in range(10, 20):
        document = bot.hub.atom("ledger", [entry(number)])
        bot.hub.documents["ledger"] = document
        bot.clock.advance(7 * HOUR)
        await bot.hub.publish("ledger", document)
        await asyncio.gather(bot.poller.poll_all_due(), bot.hubs.intake.process())
    titles = await bot.titles()
    assert len(titles) == len(set(titles)) == 13


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
async def test_every_method_of_signing_is_understood(method: str, wire: MakeWire) -> None:
    bot = await wire(method=method)
    await bot.subscribed()
    await bot.publish(4)
    assert "Report 4" in await bot.titles()


def _forged(hub: Any, body: bytes, secret: str) -> dict[str, dict[str, str]]:
    right = hub.signature(body, secret)
    return {
        "none": {},
        "empty": {"x_hub_signature": ""},
        "of another secret": {"x_hub_signature": hub.signature(body, "guessed")},
        "of another body": {"x_hub_signature": hub.signature(b"other", secret)},
        "cut": {"x_hub_signature": right[:-2]},
        "without its method": {"x_hub_signature": right.partition("=")[2]},
        "of another method": {"x_hub_signature": "sha512=" + right.partition("=")[2]},
        "of no method": {"x_hub_signature": "md5=" + right.partition("=")[2]},
        "no text": {"x_hub_signature": "sha256=\xe9\xff"},
        "under another name": {"x_hub_signature_256": right},
    }


async def test_what_is_not_signed_by_the_hub_is_accepted_in_words_and_ignored(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    body = bot.hub.atom("ledger", [entry(66, title="Forged report")]).encode()
    assert one.secret is not None
    kinds = _forged(bot.hub, body, one.secret)
    with structlog.testing.capture_logs() as logs:
        for headers in kinds.values():
            assert await bot.hub.push(one.callback, body, **headers) == 202
        await bot.hubs.intake.process()
    assert "Forged report" not in await bot.titles()
    assert await bot.store.waiting_pushes(PushState.HINT, 9) == []
    assert (await bot.one()).last_push_at is None
    assert bot.hubs.intake.ignored == {"ledger": len(kinds)}
    told = [log for log in logs if log["event"] == "a push was ignored"]
    assert [log["times"] for log in told] == [1, 2, 4, 8]
    assert {log["why"] for log in told} == {"it is not signed", "its signature is wrong"}
    assert one.secret not in str(logs)
    assert one.token not in str(logs)


async def test_a_signature_in_capitals_is_the_same_signature(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    body = bot.hub.atom("ledger", [entry(4)]).encode()
    assert one.secret is not None
    await bot.hub.push(one.callback, body, x_hub_signature=bot.hub.signature(body, one.secret).upper())
    await bot.hubs.intake.process()
    assert "Report 4" in await bot.titles()


async def test_a_replayed_push_gives_nothing_new_also_after_a_restart(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    await bot.publish(4, title="The council buys forty cameras", changed=False)
    old = bot.hub.atom("ledger", [entry(4, title="The council buys forty cameras")]).encode()
    await bot.publish(4, title="Correction: the council buys four cameras", changed=False)
    assert await bot.titles() == ["Report 1", "Report 2", "Report 3", "Correction: the council buys four cameras"]
    assert one.secret is not None
    for _ in range(2):
        assert await bot.hub.push(one.callback, old, x_hub_signature=bot.hub.signature(old, one.secret)) == 202
        await bot.hubs.intake.process()
        assert (await bot.titles())[-1].startswith("Correction"), "an old push cannot undo a newer one"
        await bot.restart()


@pytest.mark.parametrize("entries", [2_000, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_a_push_of_thousands_of_entries_is_taken_in_whole(wire: MakeWire, entries: int) -> None:
    bot = await wire(sandboxed=True)
    await bot.subscribed()
    document = bot.hub.atom("ledger", [entry(number, text="Cameras.") for number in range(10, 10 + entries)])
    assert await bot.hub.publish("ledger", document, changed=False) == [202]
    await bot.hubs.intake.process()
    assert len(await bot.titles()) == entries + 3


async def test_a_body_too_long_is_refused_and_an_address_nobody_has_is_not_read(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    assert await bot.hub.push(one.callback, b"x" * (MAX_BYTES + 1)) == 413

    async def drip() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b"x" * 1_000_000

    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(one.callback, content=drip())).status_code == 413
        assert (await client.post(f"{bot.base}/websub/{'y' * 32}", content=b"x")).status_code == 404
        assert (await client.put(one.callback, content=b"x")).status_code == 405


async def test_the_longest_body_is_taken_in(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    assert one.secret is not None
    body = bot.hub.atom("ledger", [entry(4)]).encode()
    body += b" " * (MAX_BYTES - len(body))
    assert await bot.hub.push(one.callback, body, x_hub_signature=bot.hub.signature(body, one.secret)) == 202
    await bot.hubs.intake.process()
    assert "Report 4" in await bot.titles()


async def test_bodies_that_do_not_come_hold_their_room_for_a_while_and_no_longer(
    wire: MakeWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = await wire()
    one = await bot.subscribed()
    waiting = []
    for _ in range(8):
        reader, writer = await asyncio.open_connection("127.0.0.1", bot.port)
        writer.write(f"POST /websub/{one.token} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n<feed".encode())
        await writer.drain()
        waiting.append((reader, writer))
    async with asyncio.timeout(20):
        while await bot.hub.push(one.callback, b"x") != 503:
            await asyncio.sleep(0.01)
    for _, writer in waiting:
        writer.close()
    async with asyncio.timeout(20):
        while (await bot.publish(4)) != [202]:
            await asyncio.sleep(0.01)
    assert "Report 4" in await bot.titles()
    monkeypatch.setattr("bot.web.websub.DEADLINE", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", bot.port)
    writer.write(f"POST /websub/{one.token} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n<feed".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 408")
    writer.close()


async def test_a_hub_that_breaks_off_in_the_middle_changes_nothing(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    reader, writer = await asyncio.open_connection("127.0.0.1", bot.port)
    writer.write(f"POST /websub/{one.token} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n<feed".encode())
    await writer.drain()
    writer.close()
    await reader.read()
    await bot.publish(4)
    assert "Report 4" in await bot.titles()


async def test_what_a_preset_puts_right_in_a_feed_is_put_right_in_a_push(wire: MakeWire) -> None:
    options = FeedOptions(outlet_ends_title=True)
    bot = await wire(source={"options": options})
    await bot.subscribed()
    source = "<source><title>The Courier</title></source>"
    body = bot.hub.atom("ledger", [entry(4, title="Council buys cameras - The Courier").replace("<link", f"{source}<link")])
    assert await bot.hub.publish("ledger", body, changed=False) == [202]
    await bot.hubs.intake.process()
    assert (await bot.titles())[-1] == "Council buys cameras"


# ---------------------------------------------------------------- hints


@pytest.mark.parametrize(
    "body",
    ["", "{}", "<html><body>news</body></html>", "<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title></feed>", "thin"],
)
async def test_a_push_that_says_only_that_there_is_news_makes_the_source_due_within_manners(body: str, wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    assert one.secret is not None
    raw = (bot.hub.atom("ledger", [entry(4, text="")]) if body == "thin" else body).encode()
    bot.clock.advance(MINUTE)
    assert await bot.hub.push(one.callback, raw, x_hub_signature=bot.hub.signature(raw, one.secret)) == 202
    await bot.hubs.intake.process()
    assert "Report 4" not in await bot.titles()
    assert (await bot.state()).next_due_at == NOON + 5 * MINUTE, "five minutes after the last poll, and no earlier"
    assert await bot.poll() == []
    bot.hub.documents["ledger"] = bot.hub.atom("ledger", [entry(4)])
    await bot.poll(after=4 * MINUTE)
    assert "Report 4" in await bot.titles()
    await bot.hubs.intake.process()
    assert await bot.store.waiting_pushes(PushState.HINT, 9) == []
    bot.clock.advance(HOUR)
    assert await bot.hub.push(one.callback, raw, x_hub_signature=bot.hub.signature(raw, one.secret)) == 202
    await bot.hubs.intake.process()
    due = (await bot.state()).next_due_at
    assert due is not None
    assert due <= bot.clock.now(), "the same empty push is news again"


async def test_a_hint_never_shortens_what_a_server_in_trouble_asked_for(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    assert one.secret is not None
    del bot.hub.documents["ledger"]
    await bot.poll(after=HOUR)
    waiting = await bot.state()
    assert waiting.failures == 1
    await bot.hub.push(one.callback, b"", x_hub_signature=bot.hub.signature(b"", one.secret))
    await bot.hubs.intake.process()
    assert await bot.state() == waiting
    assert await bot.store.waiting_pushes(PushState.HINT, 9) == []


async def test_a_hub_asked_in_the_clear_gets_no_secret_and_only_hints(wire: MakeWire) -> None:
    bot = await wire()
    bot.hubs.subscriber._confided = lambda url: url.startswith("https:")
    await bot.poll()
    await bot.keep_up()
    one = await bot.one()
    assert (one.state, one.secret) == (STATES.VERIFIED, None)
    assert "hub.secret" not in bot.hub.requests[-1]
    bot.clock.advance(HOUR)
    assert await bot.publish(4) == [202]
    assert "Report 4" not in await bot.titles()
    await bot.poll()
    assert "Report 4" in await bot.titles()


class Asked:
    """The way out to hubs that nobody runs here: what was asked, and how each address answers."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.asked: list[tuple[str, bool]] = []

    async def __call__(self, url: str, form: dict[str, str]) -> int:
        scheme = url.partition(":")[0]
        self.asked.append((url, "hub.secret" in form))
        if reason := self.answers.get(scheme):
            raise FetchError(f"No {scheme}.", reason=reason, status=400 if reason == "status" else None)
        return 202


@pytest.mark.parametrize(
    ("hub", "answers", "asked"),
    [
        ("https://hub.example/", {}, [("https://hub.example/", True)]),
        ("http://hub.example/", {}, [("https://hub.example/", True)]),
        ("http://hub.example/", {"https": "tls"}, [("https://hub.example/", True), ("http://hub.example/", False)]),
        ("http://hub.example/", {"https": "status"}, [("https://hub.example/", True)]),
        ("http://hub.example:8080/", {}, [("http://hub.example:8080/", False)]),
        ("http://127.0.0.1/", {}, [("http://127.0.0.1/", True)]),
    ],
)
async def test_hubs_are_asked_encrypted_where_they_can_be(
    hub: str, answers: dict[str, str], asked: list[tuple[str, bool]], wire: MakeWire
) -> None:
    bot = await wire(named_in="nowhere")
    bot.hubs.subscriber._post = out = Asked(**answers)
    await bot.hubs.subscriber.discovered(bot.configs["ledger"], hub, None, not_modified=False)
    await bot.keep_up()
    assert out.asked == asked
    assert ((await bot.one()).secret is not None) is asked[-1][1]
    assert (await bot.one()).failures == 1


# ---------------------------------------------------------------- nothing accepted is lost


async def test_a_push_that_was_accepted_survives_a_death_before_it_is_read(wire: MakeWire) -> None:
    bot = await wire()
    await bot.subscribed()
    assert await bot.hub.publish("ledger", bot.hub.atom("ledger", [entry(4)]), changed=False) == [202]
    await bot.restart()
    await bot.hubs.intake.process()
    assert "Report 4" in await bot.titles()


async def test_a_push_that_is_being_read_when_the_bot_stops_is_read_at_the_next_start(wire: MakeWire) -> None:
    bot = await wire()
    await bot.subscribed()
    reading = asyncio.Event()

    async def slow(*_: Any) -> Any:
        reading.set()
        await asyncio.Event().wait()

    bot.hubs.intake._read = slow
    await bot.hub.publish("ledger", bot.hub.atom("ledger", [entry(4)]), changed=False)
    processing = asyncio.create_task(bot.hubs.intake.process())
    await reading.wait()
    await bot.hubs.intake.stop()
    await processing
    await bot.restart()
    await bot.hubs.intake.process()
    assert "Report 4" in await bot.titles()


async def test_a_push_that_cannot_be_kept_is_not_accepted(wire: MakeWire) -> None:
    bot = await wire()
    await bot.subscribed()

    class Full:
        subscription = bot.store.subscription

        async def keep_push(self, *_: Any, **__: Any) -> None:
            raise StoreError("The disk is full.")

    real, bot.hubs.intake._store = bot.hubs.intake._store, Full()
    assert await bot.hub.publish("ledger", bot.hub.atom("ledger", [entry(4)])) == [503]
    bot.hubs.intake._store = real
    assert await bot.publish(4) == [202]
    assert "Report 4" in await bot.titles()


async def test_a_database_that_does_not_take_what_was_read_keeps_it_for_later(wire: MakeWire) -> None:
    bot = await wire()
    await bot.subscribed()

    async def full(record: PollRecord) -> object:
        raise StoreError("The disk is full.")

    real, bot.hubs.intake._take = bot.hubs.intake._take, full
    with pytest.raises(StoreError):
        await bot.publish(4)
    bot.hubs.intake._take = real
    await bot.hubs.intake.process()
    assert "Report 4" in await bot.titles()


@pytest.mark.parametrize("fault", [ZeroDivisionError("ours"), DocumentError("It is no feed.")])
async def test_a_push_that_brings_out_a_fault_stops_no_other_and_has_its_source_polled(fault: Exception, wire: MakeWire) -> None:
    bot = await wire()
    await bot.subscribed()
    real = bot.hubs.intake._read

    async def read(config: SourceConfig, push: Any, now: datetime) -> Any:
        if b"Report 4" in push.body:
            raise fault
        return await real(config, push, now)

    bot.hubs.intake._read = read
    bot.clock.advance(MINUTE)
    await bot.publish(4)
    await bot.publish(5)
    assert (await bot.titles())[-1] == "Report 5"
    assert (await bot.state()).next_due_at == NOON + 5 * MINUTE


async def test_a_hub_that_pushes_faster_than_can_be_read_is_told_to_come_back(wire: MakeWire) -> None:
    bot = await wire()
    await bot.subscribed()
    statuses = [(await bot.hub.publish("ledger", bot.hub.atom("ledger", [entry(n)])))[0] for n in range(10, 20)]
    assert statuses == [202] * 8 + [503] * 2
    await bot.hubs.intake.process()
    assert await bot.publish(19) == [202]
    assert {f"Report {number}" for number in (*range(10, 18), 19)} <= set(await bot.titles())


async def test_a_push_for_a_source_that_is_gone_by_then_is_dropped(wire: MakeWire) -> None:
    bot = await wire()
    await bot.subscribed()
    await bot.hub.publish("ledger", bot.hub.atom("ledger", [entry(4)]))
    del bot.configs["ledger"]
    await bot.hubs.intake.process()
    assert "Report 4" not in await bot.titles()
    assert await bot.store.waiting_pushes(PushState.OPEN, 9) == []


async def test_one_stalled_hub_holds_up_no_other(wire: MakeWire) -> None:
    bot = await wire("ledger", "gazette")
    await bot.poll()
    await bot.keep_up()
    for number in (4, 5):
        await bot.hub.publish("ledger", bot.hub.atom("ledger", [entry(number)]))
    await bot.hub.publish("gazette", bot.hub.atom("gazette", [entry(6)]))
    order: list[str] = []
    real = bot.hubs.intake._read

    async def read(config: SourceConfig, push: Any, now: datetime) -> Any:
        order.append(config.id)
        return await real(config, push, now)

    bot.hubs.intake._read = read
    await bot.hubs.intake.process()
    assert sorted(order[:2]) == ["gazette", "ledger"]
    assert order[2:] == ["ledger"]


# ---------------------------------------------------------------- polling as a safety net


async def test_polls_become_rare_while_a_hub_works_and_come_back_when_it_leaves_something_out(wire: MakeWire) -> None:
    bot = await wire()
    await bot.subscribed()
    await bot.publish(4)
    await bot.poll(after=HOUR)
    assert (await bot.state()).next_due_at == bot.clock.now() + 6 * HOUR
    bot.hub.documents["ledger"] = bot.hub.atom("ledger", [entry(5)])
    await bot.poll(after=6 * HOUR)
    assert "Report 5" in await bot.titles(), "the net caught what the hub did not bring"
    await bot.keep_up()
    assert (await bot.one()).last_push_at is None
    await bot.poll(after=6 * HOUR)
    due = (await bot.state()).next_due_at
    assert due is not None
    assert due - bot.clock.now() < HOUR
    await bot.publish(6)
    await bot.poll(after=HOUR)
    assert (await bot.state()).next_due_at == bot.clock.now() + 6 * HOUR


async def test_what_a_hub_left_out_is_remembered_across_a_restart(wire: MakeWire) -> None:
    bot = await wire()
    await bot.subscribed()
    await bot.publish(4)
    await bot.restart()
    assert bot.hubs.subscriber.shortest_wait("ledger") == 6 * HOUR
    bot.hubs.subscriber.polled("ledger", 0)
    assert bot.hubs.subscriber.shortest_wait("ledger") == 6 * HOUR
    bot.hubs.subscriber.polled("ledger", 1)
    bot.hubs.subscriber.polled("other", 1)
    await bot.keep_up()
    await bot.restart()
    assert bot.hubs.subscriber.shortest_wait("ledger") == timedelta(0)


async def test_digests_are_kept_for_thirty_days(wire: MakeWire) -> None:
    bot = await wire()
    one = await bot.subscribed()
    body = bot.hub.atom("ledger", [entry(4)]).encode()
    assert one.secret is not None
    await bot.publish(4)
    await bot.keep_up(after=29 * DAY)
    signed = {"x_hub_signature": bot.hub.signature(body, one.secret)}
    await bot.hub.push(one.callback, body, **signed)
    assert await bot.store.waiting_pushes(PushState.OPEN, 9) == []
    await bot.keep_up(after=2 * DAY)
    await bot.hub.push(one.callback, body, **signed)
    assert len(await bot.store.waiting_pushes(PushState.OPEN, 9)) == 1
