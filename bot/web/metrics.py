"""What the bot counts, for Prometheus: ``/metrics``, in the text format that scrapers ask for.

Promises: no name of a source, rule, channel, workspace or person is ever a label, so that whoever may read the numbers learns
nothing of what is watched, and the number of series stays small; a store that does not answer costs the gauges and nothing else.
Names follow https://prometheus.io/docs/practices/naming/ (seen 2026-11): base units, ``_total`` for what only grows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from platform import python_version

import structlog
from prometheus_client import CollectorRegistry, Gauge, Histogram, Info
from prometheus_client import Counter as Total
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.process_collector import ProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.errors import StoreError
from bot.core.health import Health
from bot.core.model import Channel
from bot.core.reasons import Reason
from bot.core.vitals import Vitals
from bot.service.alert import Filed
from bot.service.onepoll import PollResult

DELAYS = (1, 5, 15, 30, 60, 120, 300, 900, 3600, 21600)
"""Upper edges, in seconds, of the delay from our seeing a story to its post: a minute is promised, six hours are an outage."""
LAGS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
"""Upper edges, in seconds, of how late the loop was: under a tenth is promised, from one second on people notice."""
POLLED = ("new", "nothing_new", "not_modified", "baseline", "failed")
"""What can come of asking a source."""
UNKNOWN = float("nan")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Levels:
    """What goes up and down, as it is at one moment.

    Attributes:
        now: that moment.
        vitals: of the database.
        waiting: deliveries by state, those that are not over and those given up.
        busy: seconds for which each stage has been at its work in hand, by name.
        sources: how many sources are how.
        ready: parts by name, and whether each does its work.
    """

    now: datetime
    vitals: Vitals = field(default_factory=Vitals)
    waiting: Mapping[DeliveryState, int] = field(default_factory=dict)
    busy: Mapping[str, float] = field(default_factory=dict)
    sources: Counter[Health] = field(default_factory=Counter)
    ready: Mapping[str, bool] = field(default_factory=dict)


class Metrics:
    """Counts what happens, and tells it.

    Args:
        version: of the program.
        channels: by id; a delivery is counted by its channel's platform.
        levels: reads what goes up and down; may raise StoreError.
        schema: of the database.
    """

    def __init__(
        self, *, version: str, channels: Mapping[str, Channel], levels: Callable[[], Awaitable[Levels]], schema: str = ""
    ) -> None:
        self._channels = channels
        self._levels = levels
        self._registry = registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=registry)
        Info("watchlamp_build", "The program that runs.", registry=registry).info(
            {"version": version, "schema": schema, "python": python_version()}
        )
        self._polls = Total("watchlamp_polls", "Sources asked, by what came of it.", ["result"], registry=registry)
        for word in POLLED:  # what never happened is told as 0, so that it can be seen that nothing happens
            self._polls.labels(word)
        self._new = Total("watchlamp_items_new", "Articles that were not known.", registry=registry)
        self._filed = Total("watchlamp_items_filed", "Articles filed, by whether a rule matched.", ["matched"], registry=registry)
        self._decisions = Total(
            "watchlamp_decisions", "What was decided about stories and articles, by reason.", ["reason"], registry=registry
        )
        self._settled = Total(
            "watchlamp_deliveries",
            "Deliveries that were sent, held, skipped or given up.",
            ["platform", "action", "state", "reason"],
            registry=registry,
        )
        self._delay = Histogram(
            "watchlamp_post_delay_seconds",
            "Time from deciding on a post to its receipt, for posts that nothing held.",
            registry=registry,
            buckets=DELAYS,
        )
        self._lag = Histogram(
            "watchlamp_loop_lag_seconds", "How late the event loop was, once a second.", registry=registry, buckets=LAGS
        )
        gauge = partial(Gauge, registry=registry)
        self._up = gauge("watchlamp_database_up", "Whether the database answered when this was asked.")
        self._size = gauge("watchlamp_database_size_bytes", "Bytes of the database, without its write-ahead log.")
        self._log_size = gauge("watchlamp_database_wal_size_bytes", "Bytes of the write-ahead log of a SQLite database.")
        self._free = gauge("watchlamp_disk_free_bytes", "Bytes that are free on the disk of a SQLite database.")
        self._backed_up = gauge("watchlamp_last_backup_timestamp_seconds", "When the last backup was finished; 0: there is none.")
        self._queued = gauge("watchlamp_items_waiting", "Articles that wait to be filed.")
        self._queue_age = gauge("watchlamp_items_waiting_oldest_seconds", "For how long the first of them has waited.")
        self._waiting = gauge("watchlamp_deliveries_waiting", "Deliveries that are not over, and those given up.", ["state"])
        self._due_age = gauge("watchlamp_deliveries_due_oldest_seconds", "For how long the oldest due delivery has been due.")
        self._parked = gauge("watchlamp_channels_parked", "Channels that cannot be posted to.")
        self._sources = gauge("watchlamp_sources", "Sources, by how they are.", ["health"])
        self._busy = gauge("watchlamp_stage_busy_seconds", "For how long a stage has been at the work it has in hand.", ["stage"])
        self._ready = gauge("watchlamp_ready", "Whether a part does its work.", ["part"])

    @property
    def route(self) -> Route:
        """``GET /metrics``."""
        return Route("/metrics", self._told, methods=["GET"])

    def polled(self, result: PollResult) -> None:
        """A source was asked."""
        if result.error:
            word = "failed"
        elif result.baseline:
            word = "baseline"
        elif result.not_modified:
            word = "not_modified"
        else:
            word = "new" if result.new else "nothing_new"
        self._polls.labels(word).inc()
        self._new.inc(result.new)

    def filed(self, filed: Filed) -> None:
        """A batch was committed."""
        for item in filed.items:
            self._filed.labels("yes" if item.matches else "no").inc()
            if item.reason is not None:
                self._decisions.labels(str(item.reason)).inc()
        for row in filed.deliveries:
            self._decisions.labels(str(row.reason)).inc()

    def settled(self, delivery: Delivery) -> None:
        """A delivery was sent, held, skipped or given up."""
        channel = self._channels.get(delivery.channel_id)
        platform = "unknown" if channel is None else str(channel.platform)
        self._settled.labels(platform, str(delivery.action), str(delivery.state), str(delivery.reason)).inc()
        if delivery.action is Action.POST and delivery.state is DeliveryState.SENT and delivery.reason is Reason.NEW_STORY:
            self._delay.observe(max((delivery.updated_at - delivery.created_at).total_seconds(), 0.0))

    def lagged(self, seconds: float) -> None:
        """The loop was so late."""
        self._lag.observe(seconds)

    async def _told(self, _: Request) -> Response:
        try:
            levels = await self._levels()
        except StoreError as error:
            log.warning("the gauges could not be read", error=str(error))
            self._up.set(0)
            for labelled in (self._waiting, self._sources, self._busy, self._ready):
                labelled.clear()  # a number of before would be taken for one of now
            for plain in self._plain:
                plain.set(UNKNOWN)
        else:
            self._up.set(1)
            self._show(levels)
        return Response(generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @property
    def _plain(self) -> tuple[Gauge, ...]:
        of_work = (self._queued, self._queue_age, self._due_age, self._parked)
        return (*of_work, self._size, self._log_size, self._free, self._backed_up)

    def _show(self, levels: Levels) -> None:
        vitals, now = levels.vitals, levels.now
        self._queued.set(vitals.queued)
        self._queue_age.set(_since(vitals.oldest_queued, now))
        self._due_age.set(_since(vitals.oldest_due, now))
        self._parked.set(vitals.parked)
        self._size.set(vitals.size)
        self._log_size.set(UNKNOWN if vitals.log_size is None else vitals.log_size)
        self._free.set(UNKNOWN if vitals.disk_free is None else vitals.disk_free)
        self._backed_up.set(0 if vitals.backed_up is None else vitals.backed_up.timestamp())
        for state in DeliveryState:
            if state not in (DeliveryState.SENT, DeliveryState.SKIPPED):
                self._waiting.labels(str(state)).set(levels.waiting.get(state, 0))
        for health in Health:
            self._sources.labels(str(health)).set(levels.sources[health])
        for stage, seconds in levels.busy.items():
            self._busy.labels(stage).set(seconds)
        for part, up in levels.ready.items():
            self._ready.labels(part).set(up)


def _since(instant: datetime | None, now: datetime) -> float:
    return 0.0 if instant is None else max((now - instant).total_seconds(), 0.0)
