"""Dates as feeds write them: what the document says, or None; never a guess.

Promises: aware UTC between 1995 and 2100. The guard against dates in the future needs the present and is the source's.
"""

from __future__ import annotations

import calendar
import re
import time
from datetime import UTC, datetime

from bot.core.plausible import EARLIEST

LATEST = datetime(2100, 1, 1, tzinfo=UTC)

_NUMBER = re.compile(r"[0-9]{9,10}(?:\.[0-9]+)?")
_MILLISECONDS = re.compile(r"[0-9]{12,13}")
_OTHER_NUMBER = re.compile(r"[+-][0-9.]+|[0-9]{11}|[0-9]{15,}|[0-9]*\.[0-9]*")
"""What is no form of ISO 8601 either; feedparser takes -1773144000 for a day in 2026."""


def read_date(raw: str | None, parsed: time.struct_time | None) -> datetime | None:
    """The instant of a feed's date.

    Args:
        raw: the text in the document.
        parsed: what feedparser made of it, in UTC, or None.

    Returns:
        The instant, or None if there is no date or no sane one. A bare number of seconds or milliseconds since 1970 is
        read as such: feedparser takes 1467331200 for the year 1467.
    """
    text = (raw or "").strip()
    if _NUMBER.fullmatch(text):
        return _sane(float(text))
    if _MILLISECONDS.fullmatch(text):
        return _sane(int(text) / 1000)
    if parsed is None or _OTHER_NUMBER.fullmatch(text):
        return None
    try:
        return _sane(calendar.timegm(parsed))
    except (ValueError, OverflowError):
        return None


def read_iso(value: object) -> datetime | None:
    """The instant of an RFC 3339 date, as JSON Feed wants it; one without a zone counts as UTC."""
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value.strip())
        return _sane((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def _sane(seconds: float) -> datetime | None:
    if not EARLIEST.timestamp() <= seconds < LATEST.timestamp():
        return None
    return datetime.fromtimestamp(int(seconds), UTC)
