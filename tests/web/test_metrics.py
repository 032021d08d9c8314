"""The numbers, scraped over real HTTP: what happened is counted, nobody is named, a store that is silent is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.errors import StoreError
from bot.core.health import Health
from bot.core.model import Channel, Item, Match, Platform, StoryChange, Tier
from bot.core.reasons import Reason
from bot.core.records import FiledItem
from bot.service.alert import Filed
from bot.service.poll import PollResult
from bot.web.health import application
from bot.web.metrics import Levels, Metrics
from bot.web.server import WebServer

NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
SECRET_NAMES = ("secret-team", "secret-feed", "secret-rule")
ROW = Delivery(
    "d1", 1, "file", "secret-team", Action.POST, DeliveryState.SENT, Reason.NEW_STORY, None, "s1", (), NOW, NOW,
    NOW + timedelta(seconds=31),
)  # fmt: skip
ITEM = Item("i1", "secret-feed", "Council buys cameras", NOW)


@dataclass
class Numbers:
    """The numbers of an imagined bot, and who reads them."""

    levels: Levels = field(default_factory=Levels)
    broken: bool = False

    def __post_init__(self) -> None:
        channels = {"secret-team": Channel("secret-team", Platform.SLACK, "C1")}
        self.metrics = Metrics(version="1.2.3", channels=channels, levels=self._read)

    async def _read(self) -> Levels:
        if self.broken:
            raise StoreError("The database is locked.")
        return self.levels

    @asynccontextmanager
    async def served(self) -> AsyncIterator[httpx.AsyncClient]:
        server = WebServer(application(dict, None, (self.metrics.route,)), "127.0.0.1", 0)
        await server.start()
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
                yield client
        finally:
            await server.stop()

    async def text(self) -> str:
        async with self.served() as client:
            answer = await client.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        return answer.text

    async def samples(self) -> dict[tuple[str, ...], float]:
        """Values by name and the labels' values."""
        families = text_string_to_metric_families(await self.text())
        return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def filed(item: Item, *rules: str, reason: Reason | None = None) -> FiledItem:
    found = tuple(Match(item.id, rule, "v", ()) for rule in rules)
    return FiledItem(item, 1, found, StoryChange(item.id, Tier.NEW, None), "", (), (), reason)


@pytest.fixture
def numbers() -> Numbers:
    return Numbers()


@pytest.mark.parametrize(
    ("result", "word"),
    [
        (PollResult("secret-feed", 3), "new"),
        (PollResult("secret-feed"), "nothing_new"),
        (PollResult("secret-feed", not_modified=True), "not_modified"),
        (PollResult("secret-feed", 3, baseline=True), "baseline"),
        (PollResult("secret-feed", 3, error="It said no."), "failed"),
    ],
)
async def test_a_poll_is_counted_by_what_came_of_it(numbers, result, word):
    numbers.metrics.polled(result)
    found = await numbers.samples()
    assert {name[1]: value for name, value in found.items() if name[0] == "watchlamp_polls_total"} == {word: 1}
    assert found["watchlamp_items_new_total",] == result.new


async def test_every_decision_is_counted_by_its_reason(numbers):
    quiet = filed(ITEM, reason=Reason.COPY)
    numbers.metrics.filed(Filed((filed(ITEM, "secret-rule"), quiet), (), (ROW, replace(ROW, reason=Reason.BASELINE))))
    found = await numbers.samples()
    decided = {name[1]: value for name, value in found.items() if name[0] == "watchlamp_decisions_total"}
    assert decided == {"copy": 1, "new_story": 1, "baseline": 1}
    assert found["watchlamp_items_filed_total", "yes"] == found["watchlamp_items_filed_total", "no"] == 1


async def test_a_delivery_is_counted_by_what_became_of_it_and_a_post_by_how_long_it_took(numbers):
    numbers.metrics.settled(ROW)
    numbers.metrics.settled(replace(ROW, channel_id="gone", state=DeliveryState.DEAD, reason=Reason.EXHAUSTED))
    found = await numbers.samples()
    assert found["watchlamp_deliveries_total", "post", "slack", "new_story", "sent"] == 1
    assert found["watchlamp_deliveries_total", "post", "unknown", "exhausted", "dead"] == 1
    assert found["watchlamp_post_delay_seconds_sum",] == 31
    assert (found["watchlamp_post_delay_seconds_bucket", "30.0"], found["watchlamp_post_delay_seconds_bucket", "60.0"]) == (0, 1)


async def test_a_clock_set_back_between_decision_and_receipt_makes_no_negative_delay(numbers):
    numbers.metrics.settled(replace(ROW, updated_at=NOW - timedelta(hours=1)))
    assert (await numbers.samples())["watchlamp_post_delay_seconds_sum",] == 0


async def test_what_goes_up_and_down_is_read_when_it_is_asked(numbers):
    numbers.levels = Levels({DeliveryState.DEAD: 2}, 7, Counter({Health.OK: 3}), {"database": True, "slack": False})
    found = await numbers.samples()
    assert found["watchlamp_deliveries_waiting", "dead"] == 2
    assert found["watchlamp_deliveries_waiting", "pending"] == 0
    assert found["watchlamp_items_waiting",] == 7
    assert (found["watchlamp_sources", "ok"], found["watchlamp_sources", "gone"]) == (3, 0)
    assert (found["watchlamp_ready", "database"], found["watchlamp_ready", "slack"]) == (1, 0)
    assert found["watchlamp_build_info", "1.2.3"] == found["watchlamp_database_up",] == 1


async def test_a_store_that_does_not_answer_costs_the_gauges_and_nothing_else(numbers):
    numbers.metrics.polled(PollResult("secret-feed", 3))
    numbers.levels = Levels({DeliveryState.DEAD: 2}, 7)
    await numbers.samples()
    numbers.broken = True
    found = await numbers.samples()
    assert found["watchlamp_database_up",] == 0
    assert found["watchlamp_polls_total", "new"] == 1
    assert found["watchlamp_items_waiting",] != found["watchlamp_items_waiting",]  # not a number
    assert not [name for name in found if name[0] in ("watchlamp_deliveries_waiting", "watchlamp_sources")]


async def test_no_name_of_what_is_watched_and_of_who_watches_stands_in_the_numbers(numbers):
    numbers.metrics.polled(PollResult("secret-feed", 3, error="secret-feed said no"))
    numbers.metrics.filed(Filed((filed(ITEM, "secret-rule"),), (), (ROW,)))
    numbers.metrics.settled(ROW)
    told = await numbers.text()
    assert not [name for name in (*SECRET_NAMES, "Council") if name in told]


async def test_every_metric_is_on_the_page_and_every_one_on_the_page_is_told(numbers):
    numbers.metrics.polled(PollResult("secret-feed"))
    told = {name[0].removesuffix("_sum").removesuffix("_count").removesuffix("_bucket") for name in await numbers.samples()}
    ours = {name for name in told if name.startswith("watchlamp_") and not name.endswith("_created")}
    ours |= {
        "watchlamp_items_filed_total",
        "watchlamp_decisions_total",
        "watchlamp_deliveries_total",
        "watchlamp_ready",
    }  # by label
    page = {line.split("`")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `watchlamp_")}
    assert page == ours


async def test_nobody_posts_to_the_numbers(numbers):
    async with numbers.served() as client:
        assert (await client.post("/metrics")).status_code == 405
