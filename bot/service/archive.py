"""What keeps the archive searchable: words for items that were filed before there was an index, or under older words.

Promises: the index is used only with the words it was made with; until older items have theirs, every search looks at them. A
few items at a time, so that no other work waits. Never matches, files or sends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from bot.core.model import Item
from bot.rules.narrow import WORDS_VERSION, search_words

AT_ONCE = 100
"""Items indexed at each call: some 20 ms of work (``python benchmarks/archive.py``)."""

log = structlog.get_logger(__name__)


class IndexStore(Protocol):
    """What the archive's index needs of the store."""

    async def use_words(self, version: str) -> bool:
        """Empty the index unless it holds words of this version; returns whether it did."""
        ...

    async def unindexed(self, limit: int) -> list[tuple[int, Item]]:
        """The newest filed items without words."""
        ...

    async def index_words(self, words: Sequence[tuple[int, tuple[str, ...]]], *, left: int) -> None:
        """Write words; items up to the number ``left`` still have none."""
        ...


class Archivist:
    """Indexes older items."""

    def __init__(self, store: IndexStore) -> None:
        self._store = store
        self._done = False

    async def at_start(self) -> None:
        """Make sure that the index holds words as this program makes them."""
        if await self._store.use_words(WORDS_VERSION):
            log.info("the archive's index of words is made anew")

    def begin_anew(self) -> None:
        """The index was emptied: the items are indexed again, the newest first."""
        self._done = False

    async def keep_up(self) -> None:
        """Index some of the items that have no words yet."""
        if self._done:
            return
        older = await self._store.unindexed(AT_ONCE)
        words = []
        for number, item in older:
            words.append((number, search_words(item)))
            await asyncio.sleep(0)
        await self._store.index_words(words, left=older[-1][0] - 1 if older else 0)
        self._done = not older
