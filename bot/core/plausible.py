"""Dates that can be: what a publisher states is believed only within the time in which articles appear. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
"""No news feed is older: RSS began in 1999; earlier dates are defaults such as 1970-01-01 or slips."""

MAX_AHEAD = timedelta(hours=48)
"""A date further ahead is a mistake, not a publication; up to that, time zones and embargoes explain it."""


def plausible(date: datetime | None, seen: datetime) -> datetime | None:
    """The date, or None for one that no publication has.

    Args:
        date: as stated, or None.
        seen: when it was read.
    """
    return date if date is not None and EARLIEST <= date <= seen + MAX_AHEAD else None
