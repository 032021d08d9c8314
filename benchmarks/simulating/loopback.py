"""What ``benchmarks/cluster.py`` measures on loopback, reckoned: polls that find nothing new, and a burst of messages.

Promises: nothing of it is fitted to what was measured: the unit costs and the program are those of every other simulation, only the
load, the network and the platforms are that run's. Not in it: that processes on one machine slow each other down, and what the
feeds and the receiver take of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulating.figures import Assumed, Costs
from simulating.newsroom import simulate

ALIKE: Mapping[str, float] = {
    "sources": 10_000,
    "sites": 500,
    "site_skew": 1.0,
    "channels": 2_000,
    "unchanged_share": 1.0,
    "items_per_source_day": 1e-9,
    "fetch_median_s": 0.02,
    "fetch_sigma": 0.0,
    "call_median_s": 0.001,
    "call_sigma": 0.0,
    "round_trip_s": 0.0001,
    "site_pause_s": 0.0,
    "group_wait_s": 0.0,
    "discord_share": 0.0,
    "slack_workspace_per_s": 1e9,
    "slack_channel_s": 1e-9,
}
"""The load and the outside of ``cluster.py`` at its full size: 20 sources a host, answers after 20 ms, who takes every message."""
OVERLOAD: Mapping[str, float] = {"interval_s": 2.0, "breaking_stories": 0, "warm_minutes": 0.1, "minutes": 0.6}
"""More sources due than any number of workers asks: what is reached is the rate."""
BURST: Mapping[str, float] = {
    "interval_s": 1e9,
    "breaking_stories": 100,
    "breaking_share": 0.01,
    "breaking_minute": 0.0,
    "warm_minutes": 0.0,
    "minutes": 15.0,
}
"""Of 100 feeds an article each at one instant, each for 20 of 2,000 channels."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of something were done.

    Attributes:
        rate: a second, with a core for each worker and for the database what it needs.
        client_ms, server_ms: milliseconds of the workers' processors and of the database's for one, with all else meanwhile.
    """

    rate: float
    client_ms: float
    server_ms: float

    def on(self, cores: int) -> float:
        """A second, if workers and database share so many cores: those cannot do more than they can."""
        return min(self.rate, cores * 1e3 / (self.client_ms + self.server_ms))


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What so many workers do."""

    workers: int
    polls: Rate
    messages: Rate


def reckon(workers: int, costs: Costs, assumed: Assumed, seed: int = 1) -> Reckoned:
    """The run of so many workers."""
    alike = assumed.but(**ALIKE)
    return Reckoned(workers, _polls(workers, costs, alike, seed), _messages(workers, costs, alike, seed))


def _polls(workers: int, costs: Costs, assumed: Assumed, seed: int) -> Rate:
    world = assumed.but(**OVERLOAD)
    told = simulate(workers, costs, world, seed)
    rate = len(told.polls.values) / (world.minutes - world.warm_minutes) / 60
    return Rate(rate, told.worker_cpu * workers / rate * 1e3, told.database_cpu * world.cores / rate * 1e3)


def _messages(workers: int, costs: Costs, assumed: Assumed, seed: int) -> Rate:
    world = assumed.but(**BURST)
    took = simulate(workers, costs, world, seed).last_sent
    told = simulate(workers, costs, world.but(minutes=took / 60), seed)  # the same again, up to the last of them
    rate = told.sent / took
    return Rate(rate, told.worker_cpu * workers / rate * 1e3, told.database_cpu * world.cores / rate * 1e3)
