"""Dates in the two forms that feeds are asked to use, to the same instant that feedparser reads.

Promises: a date in another form is given to feedparser itself, which is imported only then.
"""

from __future__ import annotations

import calendar
import re
import time
from datetime import datetime, timedelta
from typing import cast

_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_MAIL = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?([0-9]{1,2}) (" + "|".join(_MONTHS) + r") ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:(GMT|UTC|Z)|([+-])([0-9]{2})([0-9]{2}))"
)
"""RFC 822 with the years of RFC 2822."""

_WEB = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?(?:(Z)|([+-])([0-9]{2}):([0-9]{2}))"
)
"""RFC 3339."""


def parsed_date(text: str) -> time.struct_time | None:
    """What feedparser makes of a date: the instant in UTC, or None."""
    if not text:
        return None
    if found := _MAIL.fullmatch(text):
        day, month, year, hour, minute, second, zulu, sign, *zone = found.groups()
        fields = (int(year), _MONTHS[month], int(day))
    elif found := _WEB.fullmatch(text):
        year, month, day, hour, minute, second, zulu, sign, *zone = found.groups()
        fields = (int(year), int(month), int(day))
    else:
        return _by_feedparser(text)
    try:
        instant = datetime(*fields, int(hour), int(minute), int(second))  # noqa: DTZ001  # the zone is taken off below
        if not zulu:
            offset = timedelta(hours=int(zone[0]), minutes=int(zone[1]))
            instant += offset if sign == "-" else -offset
        return instant.utctimetuple()
    except (ValueError, OverflowError):
        return _by_feedparser(text)


def _by_feedparser(text: str) -> time.struct_time | None:
    from feedparser.datetimes import _parse_date  # noqa: PLC0415  # most documents have no such date

    return cast("time.struct_time | None", _parse_date(text))
