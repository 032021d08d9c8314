"""How a source is, and what to do about it: pure, from what is remembered of its polls and its entries.

Promises: the same facts give the same answer; of several troubles the gravest is told; a sentence never holds a secret, for
what goes into it was made for people already. Never decides when a person hears of it: that is ``notices``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.core.errors import DocumentError, FetchError, WatchlampError
from bot.core.health import Health
from bot.core.model import Item
from bot.core.sources import SourceState
from bot.service import rhythm

FAILING_AFTER = 2
"""Failed polls in a row that make a source ``failing``: one alone is the network's weather."""
SILENT_AT_LEAST = timedelta(days=14)
SILENT_TIMES = 6
"""A source is silent when it says nothing for six times its usual distance between two entries, two weeks at least. With entries
that come independently of each other, a pause of six mean distances happens once in about 400 entries (e to the power of -6)."""
DEAD_AFTER = timedelta(days=90)
"""Nothing for so long, and a source goes onto the weekly list of the dead whatever its rhythm was."""
SLOW_SECONDS = 15.0
"""Half of the time a fetch is given (``bot.net.client.DEADLINE``): a little worse, and nothing is read any more."""
GAP_TOLD_FOR = timedelta(days=1)
"""A gap is a thing of the past; for a day it is worth a word."""
RECENT = 20
"""Entries that a source's rhythm is taken from: the newest so many weigh most."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How a source is.

    Attributes:
        health: the word.
        since: since when, as far as known.
        sentence: what is the matter, for people; empty if nothing is.
        advice: what to do about it; may be empty.
    """

    health: Health
    since: datetime | None = None
    sentence: str = ""
    advice: str = ""


def condition(state: SourceState | None, now: datetime) -> Condition:
    """How a source is now; of several troubles the one that matters most to who reads it.

    Args:
        state: what is remembered of it, None if it is not known yet.
        now: the present instant.
    """
    if state is None or state.last_polled_at is None:
        return Condition(Health.NEW, sentence="It was not asked yet.")
    if state.failures:
        return _refused(state)
    return _quality(state, now) or Condition(Health.OK)


def is_dead(state: SourceState, now: datetime) -> bool:
    """Whether a source belongs on the weekly list: gone, or nothing read or nothing said for three months."""
    if state.trouble == GONE:
        return True
    read = state.last_success_at or state.baselined_at or now
    said = state.newest_at or read
    return now - read > DEAD_AFTER or now - said > DEAD_AFTER


GONE = "gone"
"""``SourceState.trouble`` of a source that answered 410 (RFC 9110 15.5.11)."""
THROTTLED = "throttled"
QUARANTINED = "quarantined"
"""``SourceState.trouble`` of a source whose document stopped its reader twice (``DocumentError.quarantined``)."""
UNREACHED = frozenset(("connect", "name", "timeout", "proxy"))
"""``SourceState.trouble`` of a source that could not even be reached."""
_UNAVAILABLE = 503
_BLOCKED = frozenset(("401", "402", "403", "407", "451", "robots"))
_SAID = {
    GONE: (Health.GONE, "Remove it, or give it the address where it lives now."),
    QUARANTINED: (
        Health.QUARANTINED,
        "Open its address and see whether it is meant to be so large; a source that is not is better removed.",
    ),
    THROTTLED: (Health.THROTTLED, "Raise its interval; the server's wishes are kept in any case."),
}
"""What says itself what is the matter, at once and whatever was before."""


def _refused(state: SourceState) -> Condition:
    since = state.failing_since
    if state.trouble in _SAID:
        health, advice = _SAID[state.trouble]
        return Condition(health, since, state.last_error, advice)
    if state.failures < FAILING_AFTER and state.last_success_at is not None:
        return Condition(Health.OK)
    if state.trouble in _BLOCKED:
        advice = "Check its key (secret) if it needs one, set net.contact, or ask the publisher."
        return Condition(Health.BLOCKED, since, state.last_error, advice)
    if state.trouble == "document":
        advice = "Open its address: it may show something else now. Where a feed has gone, `watchlamp sources test URL` finds it."
        return Condition(Health.NOT_A_FEED, since, state.last_error, advice)
    return Condition(
        Health.FAILING, since, state.last_error, "It is tried again by itself, less and less often, once a day at last."
    )


def _quality(state: SourceState, now: datetime) -> Condition | None:
    """What is wrong with a source that answers."""
    if state.gap_at is not None and now - state.gap_at < GAP_TOLD_FOR:
        return Condition(
            Health.GAP,
            state.gap_at,
            "It listed only entries we did not know: some between this answer and the one before may be lost.",
            "If it was not just away, give it a shorter interval.",
        )
    if state.entries == 0:
        return Condition(
            Health.EMPTY, state.newest_at, "It answers, but lists no entry.", "Open its address and see whether it is still kept."
        )
    silent = _silent(state, now)
    if silent is not None:
        return silent
    if state.adopted_url:
        where = rhythm.site_of(state.adopted_url)
        return Condition(Health.MOVED, None, f"It has moved for good to {where}, and is read there.", "Give it its new address.")
    return _habits(state)


def _habits(state: SourceState) -> Condition | None:
    """What is odd about a source that is read well enough."""
    if state.undated:
        return Condition(Health.UNDATED, None, "Its entries have no dates: they count as new when they are first seen.")
    if state.seconds is not None and state.seconds > SLOW_SECONDS:
        return Condition(Health.SLOW, None, f"Its last answer took {state.seconds:.0f} seconds.", "It may soon fail.")
    return None


def _silent(state: SourceState, now: datetime) -> Condition | None:
    if state.newest_at is None:
        return None
    apart = None if state.distance is None else timedelta(seconds=state.distance)
    patience = DEAD_AFTER if apart is None else min(max(SILENT_AT_LEAST, apart * SILENT_TIMES), DEAD_AFTER)
    if now - state.newest_at <= patience:
        return None
    usual = "" if apart is None else f"; usually there is one {_every(apart)}"
    return Condition(
        Health.SILENT,
        state.newest_at,
        f"It answers, but its newest entry is of {(now - state.newest_at).days} days ago{usual}.",
        "Open its address: feeds are often left behind when a site is rebuilt.",
    )


def _every(distance: timedelta) -> str:
    hours = distance / timedelta(hours=1)
    if hours < 1.5:
        return "every hour or more often"
    if hours < 36:
        return f"every {round(hours)} hours"
    return f"every {round(hours / 24)} days" if hours < 24 * 45 else f"every {round(hours / 24 / 30)} months"


# ---------------------------------------------------------------- what is noted of a poll


class Polled(Protocol):
    """What a source answered, as far as its health goes (``bot.sources.contract.Polled``)."""

    @property
    def items(self) -> tuple[Item, ...]:
        """Entries, oldest first."""
        ...

    @property
    def not_modified(self) -> bool:
        """The source says that nothing changed."""
        ...

    @property
    def listed(self) -> int | None:
        """How many entries the answer listed, known ones too; None: as many as ``items``."""
        ...


def answered(state: SourceState, polled: Polled, now: datetime, *, seconds: float) -> SourceState:
    """The state with what an answer says about the source's health.

    Args:
        state: after the poll.
        polled: the answer.
        now: when it came.
        seconds: how long it took.
    """
    state = replace(state, trouble="", failing_since=None, seconds=seconds)
    if polled.not_modified:
        return state
    dates = [item.date_published for item in polled.items[-RECENT:]]
    return replace(
        state,
        entries=len(polled.items) if polled.listed is None else polled.listed,
        undated=bool(dates) and not any(dates),
        **_rhythm(state, sorted(min(date, now) for date in dates if date is not None), len(dates), now),
    )


def refused(state: SourceState, error: WatchlampError, now: datetime) -> SourceState:
    """The state with what a failed poll says about the source's health."""
    return replace(state, trouble=_trouble(error), failing_since=state.failing_since or now)


def _trouble(error: WatchlampError) -> str:
    """One word for why a poll failed: an HTTP status, a reason of the fetcher, or that the document could not be read."""
    if isinstance(error, DocumentError) and error.quarantined:
        return QUARANTINED
    if not isinstance(error, FetchError):
        return "document"
    if error.reason == GONE:
        return GONE
    if error.throttled and (error.status != _UNAVAILABLE or error.retry_after is not None):
        return THROTTLED
    return error.reason if error.status is None else str(error.status)


def _rhythm(state: SourceState, dates: list[datetime], entries: int, now: datetime) -> dict[str, Any]:
    """When the newest entry came, and how far apart they are; without dates, by when they were seen."""
    if not dates:
        return {"newest_at": state.newest_at or (now if entries else None)}
    if state.newest_at is None:
        apart = (dates[-1] - dates[0]).total_seconds() / (len(dates) - 1) if len(dates) > 2 else None
        return {"newest_at": dates[-1], "distance": apart}
    fresh = [date for date in dates if date > state.newest_at]
    if not fresh:
        return {}
    apart = (fresh[-1] - state.newest_at).total_seconds() / len(fresh)
    weight = len(fresh) / RECENT
    return {
        "newest_at": fresh[-1],
        "distance": apart if state.distance is None else state.distance + weight * (apart - state.distance),
    }
