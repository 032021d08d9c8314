"""How much of an installation one workspace may take. Values alone.

The operator's file decides it, for every workspace alike; what the file itself declares, and the terminal, are bound by none of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

HOUR = timedelta(hours=1)
"""The span in which uses are counted: any sixty minutes, not those of the clock."""


class Use(StrEnum):
    """What is counted by the hour beside declarations, whose versions count themselves."""

    LOOK = "look"  # a link that is looked at: some requests to somebody else's server, made in our name
    DECISION = "decision"  # a merge or a split: everything that is told of these stories is thought over


@dataclass(frozen=True, slots=True)
class Quotas:
    """What each workspace may have, and may do in an hour. 0: as much as it wants.

    Attributes:
        rules: rules, subscriptions among them. Teams that watch this field have some dozens; matching takes thousands.
        sources: sources: everybody's requests leave from one address, and sites count them.
        channels: channels in which its rules are told, or which it gave settings of their own.
        changes_per_hour: declarations that it changes: one a minute is more than a person decides, and an import counts each.
        looks_per_hour: links that it has looked at.
        decisions_per_hour: merges and splits of stories.
        backtests: looks back over the archive that it has waiting at a time: each takes a core for seconds.
    """

    rules: int = 200
    sources: int = 100
    channels: int = 100
    changes_per_hour: int = 60
    looks_per_hour: int = 60
    decisions_per_hour: int = 60
    backtests: int = 5
