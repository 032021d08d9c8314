"""A source before it is added: what it is, what it would bring, what speaks against it. Values alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.model import Item, Match
from bot.core.sources import SourceConfig
from bot.core.spoken import later, tr


class Worry(StrEnum):
    """What may speak against a source: a stable word for programs; ``Concern`` has the sentence."""

    DEAD = "dead"  # its newest entry is old
    DOUBLED = "doubled"  # another configured source brings the same
    NOISY = "noisy"  # more entries a day than anybody reads
    UNDATED = "undated"  # most entries have no date
    EMPTY = "empty"  # it has no entries now
    TEASERS = "teasers"  # it has the beginnings of articles alone
    COMMENTS = "comments"  # it holds what readers say, not what the site publishes
    MOVED = "moved"  # its server says that it lives elsewhere now
    PRIVATE = "private"  # its address seems to hold a key
    KEY = "key"  # it asks for a key
    BLOCKED = "blocked"  # its server refuses us
    PAGE = "page"  # there is no feed; the page itself would be watched
    NONE = "none"  # nothing to read was found


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to know before adding, and what to do about it, as a sentence."""

    word: Worry
    sentence: str


@dataclass(frozen=True, slots=True)
class OtherSource:
    """What else a link leads to: not looked at."""

    kind: str
    url: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class NewSource:
    """What a link leads to, as it would be read.

    Attributes:
        asked: the link as it was understood.
        looked_at: when.
        config: the source that would be declared; None if nothing to read was found.
        kind: as it would be declared: a preset stands on another kind.
        why: how it was found, a sentence.
        title: what it calls itself, or its host.
        language: as it says itself or as its words tell, or None.
        items: as they would be read, newest first.
        per_day: entries a day, or None if too few have dates.
        newest: when the newest entry was published, or None.
        concerns: the gravest first.
        matches: items that live rules hold for, with the matches, newest first; None if no rules were asked.
        others: further sources behind the same link.
        table: the ``[[sources]]`` table to paste, or empty.
    """

    asked: str
    looked_at: datetime
    config: SourceConfig | None = None
    kind: str = ""
    why: str = ""
    title: str = ""
    language: str | None = None
    items: tuple[Item, ...] = ()
    per_day: float | None = None
    newest: datetime | None = None
    concerns: tuple[Concern, ...] = ()
    matches: tuple[tuple[Item, tuple[Match, ...]], ...] | None = None
    others: tuple[OtherSource, ...] = ()
    table: str = ""


def say_rhythm(per_day: float | None) -> str:
    """``about 3 a day``, ``about 2 a week``, ``about 1 a month``, ``less than one a month``; empty if it is not known."""
    if per_day is None:
        return ""
    for days, told in (
        (1, later("about {count:,} a day")),
        (7, later("about {count:,} a week")),
        (30, later("about {count:,} a month")),
    ):
        if per_day * days >= 0.95:
            return tr(told, count=max(round(per_day * days), 1))
    return tr("less than one a month")
