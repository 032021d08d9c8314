"""Forgets what need not be kept: twice a day, a little at a time, beside everything else.

Promises: no step holds the database for longer than some hundred rows take; a restart begins anew, for what is gone already is
passed over. Never decides what a thing is needed for: the terms are the configuration's, the limits the store's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.members import MEMBER_SECRET, member_key
from bot.core.retention import AT_LEAST, FORGOTTEN, IN_PLAY, PSEUDONYM, Retention, Swept

EVERY = timedelta(hours=12)
"""Between two sweeps: what is kept for days need not go to the minute."""

AT_ONCE = 500
"""Rows of one step: some ten milliseconds."""

RENEW_AT = 10_000
"""Articles without texts in the index of words (on SQLite) at which it is made anew: a minute's work, every few weeks."""

NOBODY = frozenset((FORGOTTEN, "operator", ""))
"""What stands in place of a person's id."""

log = structlog.get_logger(__name__)


class RetentionStore(Protocol):
    """What forgetting needs of the store."""

    async def drop_texts(self, before: datetime, *, floor: datetime, most: int, after: int, limit: int) -> Swept:
        """Take the texts out of old items."""
        ...

    async def drop_messages(self, before: datetime, *, in_play: datetime, dead: datetime, after: int, limit: int) -> Swept:
        """Take the words out of old messages."""
        ...

    async def pseudonymise(self, before: datetime, pseudonym: Callable[[str, str], str], *, kept: Collection[str]) -> int:
        """Put pseudonyms in place of people's ids."""
        ...

    async def drop_records(
        self, before: datetime, now: datetime, *, known_sources: Collection[str], limit: int
    ) -> Mapping[str, int]:
        """Delete what is over; how many, by table."""
        ...

    async def renew_words(self, at_least: int) -> bool:
        """Empty the archive's index of words if so many of its articles lost their texts."""
        ...

    async def secret_fact(self, name: str) -> str:
        """A key of this installation."""
        ...


def pseudonym(secret: str, workspace_id: str, member: str) -> str:
    """What stands for a person once the id is not kept any more: the same for the same person of a workspace."""
    return f"{PSEUDONYM}{member_key(secret, workspace_id, member)[:12]}"


class Forgetful:
    """Keeps to the terms of the configuration.

    Args:
        terms: how long what is kept.
        sources: ids of the sources that are declared now.
        store: where it is kept.
        clock: the present.
        on_words_gone: called when the archive's index of words was emptied, to be made anew.
    """

    def __init__(
        self,
        terms: Retention,
        sources: Iterable[str],
        *,
        store: RetentionStore,
        clock: Clock,
        on_words_gone: Callable[[], object] = lambda: None,
    ) -> None:
        self._terms = terms
        self._sources = sources
        self._store = store
        self._clock = clock
        self._on_words_gone = on_words_gone
        self._due: datetime | None = None
        self._texts: int | None = 0
        self._messages: int | None = 0
        self._records = True
        self._gone: Counter[str] = Counter()

    async def keep_up(self) -> None:
        """One step of the sweep that is under way; begins one when it is time."""
        now = self._clock.now()
        if self._due is not None and self._due - EVERY <= now < self._due:
            return
        if self._texts is not None:
            before, floor = now - self._terms.texts, now - AT_LEAST
            swept = await self._store.drop_texts(before, floor=floor, most=self._terms.most_texts, after=self._texts, limit=AT_ONCE)
            self._gone["texts"] += swept.gone
            self._texts = swept.last
        elif self._messages is not None:
            swept = await self._store.drop_messages(
                now - self._terms.messages,
                in_play=now - IN_PLAY,
                dead=now - self._terms.texts,
                after=self._messages,
                limit=AT_ONCE,
            )
            self._gone["messages"] += swept.gone
            self._messages = swept.last
        elif self._records:
            gone = await self._store.drop_records(now - self._terms.records, now, known_sources=set(self._sources), limit=AT_ONCE)
            self._gone.update(gone)
            self._records = AT_ONCE in gone.values()
        else:
            await self._end(now)

    async def _end(self, now: datetime) -> None:
        secret = await self._store.secret_fact(MEMBER_SECRET)

        def named(workspace_id: str, member: str) -> str:
            return pseudonym(secret, workspace_id, member)

        self._gone["people"] += await self._store.pseudonymise(now - self._terms.people, named, kept=NOBODY)
        gone = {what: count for what, count in sorted(self._gone.items()) if count}
        if gone:
            log.info("what need not be kept is gone", **gone)
        if await self._store.renew_words(RENEW_AT):
            self._on_words_gone()
        self._texts, self._messages, self._records, self._gone = 0, 0, True, Counter()
        self._due = now + EVERY
