"""What a month costs, and how many connections the database needs: sums over assumptions, each set by its name."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulating.figures import Assumed, Costs

OTHERS = 4
"""Processes beside the workers: two gateways and two webs (deploy/kubernetes-cluster.yaml)."""


@dataclass(frozen=True, slots=True)
class Month:
    """US dollars.

    Attributes:
        workers: with gateways and webs.
        database: with the one that takes over.
        storage: of the articles that are kept, twice (both databases), and of a week of copies.
    """

    workers: float
    database: float
    storage: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.workers + self.database + self.storage


def month(workers: int, assumed: Assumed, costs: Costs) -> Month:
    """At the assumed prices."""
    kept = gigabytes(assumed, costs)
    database = assumed.cores * assumed.database_core
    return Month(
        workers * assumed.worker + OTHERS * assumed.small_process,
        database * (1 + assumed.standby),
        kept * (1 + assumed.standby) * assumed.storage_gb + kept * assumed.backup_gb,
    )


def gigabytes(assumed: Assumed, costs: Costs) -> float:
    """Of the database, once articles are as old as they may get."""
    return float(assumed.sources * assumed.items_per_source_day * assumed.days_kept * costs.item_bytes / 1e9)


def connections(workers: int, assumed: Assumed) -> int:
    """Of all processes at the database."""
    return math.ceil((workers + OTHERS) * assumed.connections_of_a_process)
