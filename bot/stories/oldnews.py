"""Whether an article says of itself that it is old: by the date in its address or above its title, or as a look back.

Promises: only what the article states counts; how long ago is too long is the channel's business. Never guesses from the text
of a report: "ten years after" is news until it calls itself a look back.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from bot.core.model import Item

SLACK = timedelta(days=2)
"""How far what a page states may lie before what its feed says without meaning anything: drafts, zones, a late feed."""

_FIRST_YEAR = 1990
"""No address on the web is older."""
_PATH_DAY = re.compile(r"/(?P<year>(?:19|20)\d\d)[/-](?P<month>0[1-9]|1[0-2])[/-](?P<day>0[1-9]|[12]\d|3[01])(?=[/-]|$)")
_PATH_PACKED = re.compile(r"/(?P<year>(?:19|20)\d\d)/?(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?=/)")
"""Eight figures may as well be an id (``/story/20191105``): they are a day only in the folder of an article that has its own id."""
_ID = re.compile(r"\d{4,}")
_PATH_MONTH = re.compile(r"/(?P<year>(?:19|20)\d\d)/(?P<month>0[1-9]|1[0-2])(?=/)")
_SNAPSHOT = re.compile(r"^/web/(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)\d*[a-z_]*/")
"""A page kept by an archive: the instant at which it was kept, and after it the page's own address."""
_ARCHIVES = frozenset({"web.archive.org", "archive.org"})

_LOOKS_BACK = re.compile(
    r"^(?:on this (?:day|date)\b(?!['’]s)|this (?:day|week|month) in (?:\w+ )?history\b|today in (?:\w+ )?history\b"
    r"|throwback(?: thursday)?\b\W|flash ?back(?: friday)?\s*[:|–—-]|#?tbt\b|(?:from|out of) (?:the|our) (?:archives?|vault)\b"
    r"|(?:the )?archives?\s*[:|–—]|looking back\s*[:|–—]|(?:\w+|\d+) years? ago (?:today|this (?:week|month))\b"
    r"|rückblick\s*[:|–—]|vor (?:\w+|\d+) jahren\s*[:|–—]|il y a (?:\w+|\d+) ans\s*[:|–—]|hace (?:\w+|\d+) años\s*[:|–—])"
    r"|[|–—-]\s*(?:from the archives?|on this day|throwback thursday|flashback)\s*$|#(?:tbt|throwbackthursday|onthisday)\b"
    r"|[\[(](?:from the )?archives?[\])]",
    re.IGNORECASE,
)
"""How newsrooms label what they take out of the drawer."""


def looks_back(item: Item) -> bool:
    """Whether an article calls itself a look back: "On this day", "From the archives", "Ten years ago today"."""
    return bool(_LOOKS_BACK.search(item.title.strip()))


def stated_date(item: Item) -> datetime | None:
    """The earliest date that an article states of itself beside its source's: in its address, or above its title.

    A month in an address counts as its end. What lies after the article was first seen is no date of an article.
    """
    dates = [date for date in (_in_address(item.url), item.date_rendered) if date is not None and date <= item.first_seen]
    return min(dates, default=None)


def old_date(item: Item) -> datetime | None:
    """``stated_date``, where it tells another age than the source does or the source tells none."""
    stated = stated_date(item)
    if stated is None or (item.date_published is not None and item.date_published - stated <= SLACK):
        return None
    return stated


def _in_address(url: str | None) -> datetime | None:
    if url is None:
        return None
    parts = urlsplit(url)
    path = parts.path
    if parts.hostname in _ARCHIVES and (kept := _SNAPSHOT.match(path)):
        # the page's own address says more than the day on which it was kept
        return _in_address(path[kept.end() :]) or _end_of(kept["year"], kept["month"], kept["day"])
    found = _PATH_DAY.search(path)
    packed = None if found else _PATH_PACKED.search(path)
    if packed and _ID.search(path[: packed.start()] + path[packed.end() :]):
        found = packed
    if found:
        return _end_of(found["year"], found["month"], found["day"])
    found = _PATH_MONTH.search(path)
    return _end_of(found["year"], found["month"], None) if found else None


def _end_of(year: str, month: str, day: str | None) -> datetime | None:
    try:
        start = datetime(int(year), int(month), int(day or 1), tzinfo=UTC)
    except ValueError:
        return None
    if start.year < _FIRST_YEAR:
        return None
    return start + timedelta(days=1) if day else (start + timedelta(days=31)).replace(day=1)
