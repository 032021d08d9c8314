"""Learn how common words are in this installation's own stream, so that the engine waits for the rarest of them.

Promises: what is learnt changes how fast rules are matched, never what they match; it outlives the process, saved at
intervals and at a clean stop (a crash loses one interval); rules are compiled anew with it now and then, beside everything
else. Whatever goes wrong with it is told and done without: no item waits for learning. Must never decide a match.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import structlog

from bot.core.clock import Clock
from bot.core.model import Item, Match
from bot.rules.frequencies import Frequencies
from bot.service.alert import Matcher
from bot.service.kept import FactStore, Kept, recalled

FACT = "word_frequencies"
"""Name under which the store keeps them."""

DECAYED_AFTER, DECAY = 1000, 0.95
"""Articles between two decays, and what is left of the weight of those before: half of it after 13,500 articles, which is a
month of forty feeds. Counted in articles and not in days, so that neither a long pause nor a clock that was set forgets."""

COMPILED_AFTER = 1000
"""Articles beyond which a first recompilation pays: twice ``bot.rules.frequencies.START_WEIGHT``, so that the stream outweighs
the shipped list. After it the rules are compiled anew whenever the stream has brought half as many again."""

log = structlog.get_logger(__name__)


async def learnt(store: FactStore) -> Frequencies:
    """What earlier runs learnt; nothing, told in the log, if that cannot be read."""
    return await recalled(store, FACT, Frequencies.from_json, Frequencies)


class Learner:
    """The rules in force, compiled with what their own stream has shown.

    Args:
        frequencies: what was learnt before; observing changes it.
        matcher: the rules as compiled with it.
        compiled: compiles the same rules with other frequencies; runs in a thread.
        store: where it is kept.
        clock: tells how long ago it was saved.
        on_compiled: called with the rules when they were compiled anew.
    """

    def __init__(
        self,
        frequencies: Frequencies,
        matcher: Matcher,
        *,
        compiled: Callable[[Frequencies], Matcher],
        store: FactStore,
        clock: Clock,
        on_compiled: Callable[[Matcher], None] = lambda _: None,
    ) -> None:
        self._on_compiled = on_compiled
        self._store = store
        self._clock = clock
        self._frequencies = frequencies
        self._matcher = matcher
        self._compiled = compiled
        self._kept = Kept(FACT, frequencies.copy, store=store, clock=clock)
        self._since_decay = 0
        self._since_compiled = 0
        self._weight = max(frequencies.documents, COMPILED_AFTER)

    def renew(self, frequencies: Frequencies) -> None:
        """Go on from what another process has learnt meanwhile; what was learnt here and not saved is dropped."""
        self._frequencies = frequencies
        self._kept = Kept(FACT, frequencies.copy, store=self._store, clock=self._clock)
        self._since_decay = 0

    def use(self, matcher: Matcher) -> None:
        """Other rules are in force from now on; one that was being compiled meanwhile is dropped."""
        self._matcher = matcher

    def match(self, item: Item) -> tuple[Match, ...]:
        """Every rule that holds for the item."""
        return self._matcher.match(item)

    def observe(self, articles: Iterable[Iterable[str]]) -> None:
        """Articles that were read, each as its different words. Each is to be told once."""
        for words in articles:
            self._frequencies.observe(words)
            self._kept.changed()
            self._since_compiled += 1
            self._since_decay += 1
            if self._since_decay >= DECAYED_AFTER:
                self._frequencies.decay(DECAY)
                self._since_decay = 0

    async def keep_up(self) -> None:
        """Save and compile anew if it is time; to be called often.

        Raises:
            WorkError: the database does not answer; what was learnt is saved at the next interval.
        """
        if await self._kept.keep_up() and self._since_compiled >= self._weight:
            known = self._frequencies.copy()
            self._since_compiled = 0
            self._weight = max(known.documents / 2, COMPILED_AFTER)
            before = self._matcher
            compiled = await asyncio.to_thread(self._compiled, known)
            if self._matcher is not before:  # other rules came into force meanwhile
                return
            self._matcher = compiled
            self._on_compiled(compiled)
            log.debug("rules compiled anew with the words of their own stream", articles=round(known.documents))

    async def close(self) -> None:
        """Save what is not saved yet; a database that does not answer is told in the log."""
        await self._kept.close()
