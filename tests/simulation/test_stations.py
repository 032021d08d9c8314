"""What the simulation is made of keeps to what queueing theory knows."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest


def test_what_happens_at_one_instant_happens_in_the_order_in_which_it_was_planned(stations):
    calendar, seen = stations.Calendar(), []
    for word in ("a", "b", "c"):
        calendar.at(1.0, seen.append, word)
    calendar.at(0.5, lambda: calendar.at(0.1, seen.append, "not before now"))
    calendar.run(1.0)
    assert seen == ["not before now", "a", "b", "c"]
    assert calendar.now == 1.0


@pytest.mark.parametrize("load", [0.5, 0.8])
def test_one_server_with_work_of_one_length_lets_wait_as_long_as_the_formula_of_pollaczek_and_khinchine_says(stations, load):
    """M/D/1: the mean wait is load * length / (2 * (1 - load))."""
    calendar, waits, chance, length = stations.Calendar(), [], random.Random(7), 0.01
    station = stations.Station(calendar)

    def come(left: int) -> None:
        waits.append(station.serve(length) - calendar.now - length)
        if left:
            calendar.at(calendar.now + chance.expovariate(load / length), come, left - 1)

    calendar.at(0.0, come, 60_000)
    calendar.run(1e9)
    assert sum(waits) / len(waits) == pytest.approx(load * length / (2 * (1 - load)), rel=0.06)
    assert station.busy == pytest.approx(station.served * length)


def test_two_servers_do_two_things_at_a_time_and_a_third_waits_for_the_first_of_them(stations):
    station = stations.Station(stations.Calendar(), 2)
    assert [station.serve(seconds) for seconds in (3.0, 1.0, 1.0)] == [3.0, 1.0, 2.0]


@pytest.mark.parametrize("burst", [1, 5])
def test_a_limit_lets_a_burst_through_and_no_more_than_its_rate_afterwards(stations, burst):
    limit, chance, now, taken = stations.Paced(10.0, burst), random.Random(3), 0.0, []
    for _ in range(2_000):
        now += chance.expovariate(20.0)
        taken.append(limit.take(now))
    assert all(later >= earlier for earlier, later in pairwise(taken))
    for first, last in zip(taken, taken[burst + 9 :], strict=False):  # burst + 10 of them
        assert last - first >= 0.9 - 1e-9
    assert taken[0] < 1.0
    rested = stations.Paced(10.0, burst)
    assert [rested.take(50.0) for _ in range(burst)] == pytest.approx([50.0] * burst)
    assert rested.take(50.0) == pytest.approx(50.1)


def test_quantiles_are_of_the_values_themselves(stations):
    delays = stations.Delays()
    assert (delays.quantile(0.5), delays.mean()) == (0.0, 0.0)
    for value in (3.0, 1.0, 2.0):
        delays.add(value)
    assert [delays.quantile(share) for share in (0.0, 0.5, 1.0)] == [1.0, 2.0, 3.0]
    assert delays.mean() == 2.0
