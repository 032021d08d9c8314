"""The numbers, scraped over real HTTP: what happened is counted, nobody is named, a store that is silent is told."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from platform import python_version

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.errors import StoreError
from bot.core.health import Health
from bot.core.model import Channel, Item, Match, Platform, StoryChange, Tier
from bot.core.reasons import Reason
from bot.core.stories import FiledItem
from bot.core.vitals import Vitals
from bot.service.alert import Filed
from bot.service.onepoll import PollResult
from bot.web.health import application
from bot.web.metrics import POLLED, Levels, Metrics
from bot.web.server import WebServer

NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
SECRET_NAMES = ("secret-team", "secret-feed", "secret-rule")
ROW = Delivery(
    "d1", 1, "file", "secret-team", Action.POST, DeliveryState.SENT, Reason.NEW_STORY, None, "s1", (), NOW, NOW,
    NOW + timedelta(seconds=31),
)  # fmt: skip
ITEM = Item("i1", "secret-feed", "Council buys cameras", NOW)


@dataclass
class Numbers:
    """The numbers of an imagined bot, and who reads them."""

    levels: Levels = field(default_factory=lambda: Levels(NOW))
    broken: bool = False

    def __post_init__(self) -> None:
        channels = {"secret-team": Channel("secret-team", Platform.SLACK, "C1")}
        self.metrics = Metrics(version="1.2.3", channels=channels, levels=self._read, schema="0015")

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
    polls = {name[1]: value for name, value in found.items() if name[0] == "watchlamp_polls_total"}
    assert polls == {
        **dict.fromkeys(POLLED, 0),
        word: 1,
    }  # what never happened is there, too
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


LEVELS = Levels(
    NOW,
    Vitals(7, NOW - timedelta(minutes=2), NOW - timedelta(minutes=1), 1, 4096, 512, 10**9, NOW - timedelta(days=1)),
    {DeliveryState.DEAD: 2},
    {"poll": 0.5, "alert": 0.0},
    Counter({Health.OK: 3}),
    {"database": True, "slack": False},
)


async def test_what_goes_up_and_down_is_read_when_it_is_asked(numbers):
    numbers.levels = LEVELS
    found = await numbers.samples()
    assert found["watchlamp_deliveries_waiting", "dead"] == 2
    assert found["watchlamp_deliveries_waiting", "pending"] == 0
    assert (found["watchlamp_sources", "ok"], found["watchlamp_sources", "gone"]) == (3, 0)
    assert (found["watchlamp_ready", "database"], found["watchlamp_ready", "slack"]) == (1, 0)
    assert (found["watchlamp_stage_busy_seconds", "poll"], found["watchlamp_stage_busy_seconds", "alert"]) == (0.5, 0)
    assert found["watchlamp_build_info", python_version(), "0015", "1.2.3"] == 1
    assert {name[0]: value for name, value in found.items() if name[0] in GAUGES} == {
        "watchlamp_database_up": 1,
        "watchlamp_items_waiting": 7,
        "watchlamp_items_waiting_oldest_seconds": 120,
        "watchlamp_deliveries_due_oldest_seconds": 60,
        "watchlamp_channels_parked": 1,
        "watchlamp_database_size_bytes": 4096,
        "watchlamp_database_wal_size_bytes": 512,
        "watchlamp_disk_free_bytes": 10**9,
        "watchlamp_last_backup_timestamp_seconds": (NOW - timedelta(days=1)).timestamp(),
    }


GAUGES = frozenset(
    {
        "watchlamp_database_up",
        "watchlamp_items_waiting",
        "watchlamp_items_waiting_oldest_seconds",
        "watchlamp_deliveries_due_oldest_seconds",
        "watchlamp_channels_parked",
        "watchlamp_database_size_bytes",
        "watchlamp_database_wal_size_bytes",
        "watchlamp_disk_free_bytes",
        "watchlamp_last_backup_timestamp_seconds",
    }
)


async def test_a_server_s_log_and_disk_are_not_ours_to_tell_and_no_backup_is_told_as_0(numbers):
    found = await numbers.samples()
    assert math.isnan(found["watchlamp_database_wal_size_bytes",])
    assert math.isnan(found["watchlamp_disk_free_bytes",])
    assert found["watchlamp_last_backup_timestamp_seconds",] == 0
    assert found["watchlamp_items_waiting_oldest_seconds",] == 0


async def test_a_clock_set_back_makes_no_negative_age(numbers):
    numbers.levels = Levels(NOW, Vitals(1, NOW + timedelta(hours=1)))
    assert (await numbers.samples())["watchlamp_items_waiting_oldest_seconds",] == 0


async def test_how_late_the_loop_was_is_counted(numbers):
    for seconds in (0.0, 0.07, 3.0):
        numbers.metrics.lagged(seconds)
    found = await numbers.samples()
    assert (found["watchlamp_loop_lag_seconds_count",], found["watchlamp_loop_lag_seconds_bucket", "0.1"]) == (3, 2)


async def test_a_store_that_does_not_answer_costs_the_gauges_and_nothing_else(numbers):
    numbers.metrics.polled(PollResult("secret-feed", 3))
    numbers.levels = LEVELS
    await numbers.samples()
    numbers.broken = True
    found = await numbers.samples()
    assert found["watchlamp_database_up",] == 0
    assert found["watchlamp_polls_total", "new"] == 1
    assert all(math.isnan(found[name,]) for name in GAUGES - {"watchlamp_database_up"})
    labelled = ("watchlamp_deliveries_waiting", "watchlamp_sources", "watchlamp_ready", "watchlamp_stage_busy_seconds")
    assert not [name for name in found if name[0] in labelled]


async def test_no_name_of_what_is_watched_and_of_who_watches_stands_in_the_numbers(numbers):
    numbers.metrics.polled(PollResult("secret-feed", 3, error="secret-feed said no"))
    numbers.metrics.filed(Filed((filed(ITEM, "secret-rule"),), (), (ROW,)))
    numbers.metrics.settled(ROW)
    told = await numbers.text()
    assert not [name for name in (*SECRET_NAMES, "Council") if name in told]


def described(text: str) -> dict[str, set[str]]:
    """Metrics as they are told, by the name that queries use, with their labels."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        name += "_info" if family.type == "info" and not name.endswith("_info") else ""
        found.setdefault(name, set()).update(label for one in family.samples for label in one.labels)
    return {name: labels for name, labels in found.items() if name.startswith("watchlamp_") and not name.endswith("_created")}


async def test_every_metric_and_label_is_on_the_page_and_the_page_names_no_other(numbers):
    numbers.metrics.polled(PollResult("secret-feed"))
    numbers.metrics.filed(Filed((filed(ITEM, "secret-rule"),), (), (ROW,)))
    numbers.metrics.settled(ROW)
    numbers.levels = LEVELS
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `watchlamp_")]
    page = {row[1].strip(" `"): set(re.findall(r"`(\w+)`", row[3])) for row in rows}
    assert described(await numbers.text()) == page
    assert all(len(row[4].split()) > 3 for row in rows)


async def test_the_page_says_of_what_kind_a_metric_is(numbers):
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `watchlamp_")]
    page = {row[1].strip(" `"): row[2].strip() for row in rows}
    told = dict(line.split()[2:] for line in (await numbers.text()).splitlines() if line.startswith("# TYPE watchlamp_"))
    told = {name: kind for name, kind in told.items() if not name.endswith("_created")}
    assert page == told


async def test_names_keep_to_the_conventions_of_prometheus(numbers):
    """https://prometheus.io/docs/practices/naming/: base units, ``_total`` on what only grows and on nothing else."""
    told = dict(line.split()[2:] for line in (await numbers.text()).splitlines() if line.startswith("# TYPE watchlamp_"))
    assert len(told) > 15
    for name, kind in told.items():
        if not name.endswith("_created"):
            assert re.fullmatch(r"[a-z][a-z_]*[a-z]", name)
            assert not re.search(r"_(ms|milliseconds|minutes|hours|kb|mb|percent)(_|$)", name)
            assert (kind == "counter") == name.endswith("_total")


async def test_labels_take_few_values_whatever_happens(numbers):
    """However many feeds, rules and channels there are, the number of series stays what the enumerations allow."""
    for number in range(300):
        numbers.metrics.polled(PollResult(f"secret-feed-{number}", number, error=f"https://feed.example/{number} said no"))
        numbers.metrics.settled(replace(ROW, channel_id=f"secret-team-{number}"))
        numbers.metrics.filed(Filed((filed(ITEM, f"secret-rule-{number}"),), (), (ROW,)))
    numbers.levels = LEVELS
    assert len(await numbers.samples()) < 200


async def test_nobody_posts_to_the_numbers(numbers):
    async with numbers.served() as client:
        assert (await client.post("/metrics")).status_code == 405
