"""How long what is kept: the settings of the table ``retention``, and what of it is nobody's to change.

Promises: plain values. What the terms mean, table by table, is in docs/privacy.md; ``bot.store.retention`` keeps to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

IN_PLAY = timedelta(days=21)
"""A story may still change so long after its newest report (``bot.stories.model``): what its messages say is needed until then."""

AT_LEAST = timedelta(days=7)
"""Texts of so long are kept whatever their number: a story that is still told is written from them."""

FORGOTTEN = "forgotten"
"""Stands for a person whose id is not kept any more."""

PSEUDONYM = "person-"
"""Begins what stands for a person's id once its time is over: the rest is a keyed digest (``bot.core.members``)."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept.

    Attributes:
        texts: texts of articles, from when they were first seen. Titles, addresses and fingerprints stay.
        most_texts: articles whose texts are kept at all; older ones lose theirs sooner. 0: as many as come.
        messages: the words of messages that were sent, once their story cannot change any more.
        people: ids of people beside what they did; then a pseudonym stands there.
        records: what was delivered, changed, muted, voted and reminded of, from when it was over.
    """

    texts: timedelta = timedelta(days=90)
    most_texts: int = 100_000
    messages: timedelta = timedelta(days=7)
    people: timedelta = timedelta(days=90)
    records: timedelta = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one step did.

    Attributes:
        gone: rows that were deleted or lost their words.
        last: the number up to which rows were looked at; None if nothing is left to look at.
    """

    gone: int
    last: int | None = None
