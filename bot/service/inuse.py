"""What is in force, in the dictionaries that the parts of a running bot hold.

Promises: whoever holds one of them sees what is in force from one instant on, and never has to ask. A channel that nobody declares
any more stays: messages may wait for it. Decides nothing about what is in force (``inforce``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from bot.core.model import Channel, Rule
from bot.core.sources import SourceConfig
from bot.service.inforce import Force

T = TypeVar("T")


class InUse:
    """Channels, sources and rules by id.

    Args:
        force: what is in force at first.
    """

    def __init__(self, force: Force) -> None:
        self.channels: dict[str, Channel] = {}
        self.sources: dict[str, SourceConfig] = {}
        self.rules: dict[str, Rule] = {}
        self.use(force)

    def use(self, force: Force) -> None:
        """Hold what is in force now."""
        self.channels.update(force.channels)
        _become(self.sources, {source.id: source for source in force.sources})
        _become(self.rules, {rule.id: rule for rule in force.rules})


def _become(known: dict[str, T], now: Mapping[str, T]) -> None:
    """Make one dictionary hold what another does; whoever holds it sees it."""
    for gone in known.keys() - now.keys():
        del known[gone]
    known.update(now)
