"""What questions about many stories at once need of the store: as Protocols, beside the ones of ``desk``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.deliveries import Delivery
from bot.core.model import Item
from bot.core.overview import Arrived, Promised
from bot.core.search import Search
from bot.core.silences import Hold, Mute


class OverviewStore(Protocol):
    """Counts and lists over a time, and the archive."""

    async def promised(
        self, rule_ids: Collection[str], *, first: str, last: str, limit: int, newest_first: bool = False
    ) -> list[Promised]:
        """Commitments of stories in which any of these rules matched an article, of these days, by date."""
        ...

    async def arrived(self, since: datetime, rule_ids: Collection[str]) -> Arrived:
        """What was filed of the items first seen since then, and which outlets these rules found there."""
        ...

    async def told_since(self, channel_ids: Collection[str], since: datetime, *, limit: int) -> list[Delivery]:
        """What these channels were sent, or told in a digest, since then, by sequence."""
        ...

    async def holds_standing(self) -> list[Hold]:
        """Every hold under which nothing is sent yet, oldest first."""
        ...

    async def mutes_in_force(self, now: datetime) -> list[Mute]:
        """Every workspace's mutes that silence something at this instant, oldest first."""
        ...

    async def archive_numbers(self, search: Search | None, *, words: str, since: datetime | None = None) -> list[int]:
        """Numbers of arrival of items that may hold what is searched for, newest first."""
        ...

    async def archive_items(self, numbers: Sequence[int]) -> list[Item]:
        """The items of these numbers, in the order given."""
        ...
