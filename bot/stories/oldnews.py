"""Whether an article says of itself that it is old: by the date in its address or above its title, or as a look back.

Promises: only what the article states counts; how long ago is too long is the channel's business. Never guesses from the text
of a report: "ten years after" is news until it calls itself a look back.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from bot.core.model import Item

SLACK = timedelta(days=2)
"""How far what a page states may lie before what its feed says without meaning anything: drafts, zones, a late feed."""

_FIRST_YEAR = 1990
"""No address on the web is older."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PATH_DAY = re.compile(
    r"/(?P<year>(?:19|20)\d\d)[/-](?P<month>0[1-9]|1[0-2])[/-](?P<day>0[1-9]|[12]\d|3[01])(?=[/-]|$)"
    rf"|/(?P<year2>(?:19|20)\d\d)[/-](?P<month2>{'|'.join(_MONTHS)})[/-](?P<day2>0?[1-9]|[12]\d|3[01])(?=[/-]|$)"
    r"|/(?P<year3>(?:19|20)\d\d)/(?P<month3>[1-9]|1[0-2])/(?P<day3>[1-9]|[12]\d|3[01])(?=/)",
    re.IGNORECASE,
)
_SLUG_DAY = re.compile(r"[a-z]-(?P<year>20\d\d)-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])/?$", re.IGNORECASE)
"""A day behind the words of an address, as some agencies write it."""
_SLUG_PACKED = re.compile(
    r"^(?!.*/(?:articles?|stor(?:y|ies)|node|id|p)/)(?:.*/)?(?:[a-z]+-){4,}(?P<year>20\d\d)(?P<month>0[1-9]|"
    r"1[0-2])(?P<day>0[1-9]|[12]\d|3[01])/?$",
    re.IGNORECASE,
)
"""Eight figures behind four words are a day, but not in a folder of articles or before an extension, where ids stand."""
_OF_MEETING = re.compile(
    r"minutes|agenda|meeting|session|hearing|packet|transcript|calendar|schedule|edition|week|protokoll|bulletin|event",
    re.IGNORECASE,
)
"""Papers that carry the day of a meeting in their name and come out weeks later."""
_PATH_PACKED = re.compile(r"/(?P<year>(?:19|20)\d\d)/?(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?=/)")
"""Eight figures may as well be an id (``/story/20191105``): they are a day only in the folder of an article that has its own id."""
_ID = re.compile(r"\d{4,}")
_PATH_MONTH = re.compile(rf"/(?P<year>(?:19|20)\d\d)/(?P<month>0[1-9]|1[0-2]|{'|'.join(_MONTHS)})(?=/)", re.IGNORECASE)
_SNAPSHOT = re.compile(
    r"^/(?:[\w-]+/){0,2}(?:(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)\d{0,6}[a-z_]*"
    r"|(?P<year2>(?:19|20)\d\d)\.(?P<month2>\d\d)\.(?P<day2>\d\d)-\d{6})/"
)
"""A page kept by an archive: the instant at which it was kept, and after it the page's own address."""
_ARCHIVES = frozenset(
    {f"archive.{end}" for end in ("ph", "today", "is", "li", "md", "fo", "vn", "org")}
    | {"web.archive.org", "wayback.archive-it.org", "arquivo.pt", "webarchive.loc.gov", "webarchive.nationalarchives.gov.uk"}
)
"""Hosts that show a page of others under the instant at which they kept it."""

_AGO = r"(?:\w+|\d+) years? ago"
_DRAWER = re.compile(
    r"^(?:on this (?:day|date)(?: in (?:19|20)\d\d\b|\s*[:|–—-])|this (?:day|week|month) in (?:\w+ )?history\b"
    r"|today in (?:\w+ )?history\b|throwback(?: thursday)?\b\W|flash ?back(?: friday)?\s*[:|–—-]|#?tbt\b"
    r"|(?:from|out of) (?:the|our) (?:archives?|vault)\b|archive\s*[:|–—]|(?:a )?look(?:ing)? back\s*[:|–—]|a look back (?:at|on)\b"
    rf"|{_AGO}(?: (?:today|this (?:week|month)))?\s*[:|–—]|{_AGO} in (?:the|our)\b"
    r"|rückblick\s*[:|–—]|vor (?:\w+|\d+) jahren\s*[:|–—]|il y a (?:\w+|\d+) ans\s*[:|–—]|hace (?:\w+|\d+) años\s*[:|–—])"
    r"|[|–—-]\s*(?:from the archives?|on this day|throwback thursday|flashback)\s*$|#(?:tbt|throwbackthursday|onthisday)\b"
    r"|^[\[(](?:from the )?archives?[\])]|[\[(](?:from the )?archives?[\])]$",
    re.IGNORECASE,
)
"""How newsrooms label what they take out of the drawer. What follows may tell of then as of now: "25 years ago: town buys"."""
_PERHAPS = re.compile(
    rf"^(?:on this (?:day|date)\b(?!['’]s)|{_AGO} (?:today|this (?:week|month))\b|(?:the )?archives\s*[:|–—])", re.IGNORECASE
)
"""What may as well open a report of today: "Two years ago this week, the town bought cameras. Now voters end it"."""
_THEN = re.compile(rf"^(?:on this|{_AGO})\b", re.IGNORECASE)
"""Of labels those whose lead is written for the day, where an article out of an archive speaks of its own."""
_OF_YEAR = re.compile(r"(?P<before>\w*)\s[(\[](?P<year>(?:19|20)\d\d)[)\]]\s*$")
"""A year behind a headline, as those who pass on old reading write it."""
_PAPER = re.compile(
    r"^(?:act|acts|law|bill|code|order|report|regulation|directive|convention|rule|rules|no|case|budget|plan|survey|study)$",
    re.IGNORECASE,
)
"""What carries the year of its making in its name."""
_NOW = re.compile(
    r"\b(?:now|today(?![’']s? (?:in )?history)|tonight|tomorrow|yesterday|will|won[’']t|"
    r"this (?:morning|afternoon|week|month)(?! in\b)|next (?:week|month))\b(?![- ]defunct)|\bjetzt\b|\bheute\b",
    re.IGNORECASE,
)
_HAPPENS = re.compile(
    r"\b(?:is|are|has|have|says?|votes?|voters|sues?|ends?|bans?|approves?|rejects?|wants?|faces?|plans?|asks?|seeks?|drops?|cuts?|"
    r"(?:is |are |set |due |poised )?to (?:vote|decide|end|sue|hear|consider|meet|ban)|must|may|could|again|returns?|opens?|"
    r"begins?|(?:on )?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b"
)
"""News as headlines tell it, in the present."""
_LEAD = 240
"""Code points of a summary in which its first sentences stand."""


def looks_back(item: Item) -> bool:
    """Whether an article calls itself a look back: "On this day", "From the archives", "Ten years ago: ...", "... (2019)".

    What says beside it that something happens now is news, however it opens.
    """
    title = item.title.strip()
    lead = _without_label(item.summary[:_LEAD])
    label = _DRAWER.search(title)
    if label is not None:
        rest = title[: label.start()] + " " + title[label.end() :]
        return not (_NOW.search(rest) or (_THEN.match(title) and _NOW.search(lead)))
    perhaps = _PERHAPS.match(title)
    if perhaps is not None:
        return not any(words.search(text) for words in (_NOW, _HAPPENS) for text in (title[perhaps.end() :], lead))
    dated = _OF_YEAR.search(title)
    return dated is not None and not (
        int(dated["year"]) >= item.first_seen.year or _PAPER.match(dated["before"]) or _NOW.search(title)
    )


def _without_label(lead: str) -> str:
    label = _DRAWER.match(lead.strip()) or _PERHAPS.match(lead.strip())
    return lead.strip()[label.end() :] if label else lead


def stated_date(item: Item) -> datetime | None:
    """The earliest date that an article states of itself beside its source's: in its address, or above its title.

    A month in an address counts as its end. What lies after the article was first seen is no date of an article.
    """
    dates = [stated for stated in (_in_address(item.url), item.date_rendered) if stated is not None and stated <= item.first_seen]
    return min(dates, default=None)


def old_date(item: Item) -> datetime | None:
    """``stated_date``, where it tells another age than the source does or the source tells none."""
    stated = stated_date(item)
    if stated is None or (item.date_published is not None and item.date_published - stated <= SLACK):
        return None
    return stated


def day_in(path: str) -> date | None:
    """The day that the path of an address names, in folders of its own or behind its words."""
    found = _PATH_DAY.search(path)
    if found:
        return next(_valid(*parts) for parts in (found.group(1, 2, 3), found.group(4, 5, 6), found.group(7, 8, 9)) if parts[0])
    packed = _PATH_PACKED.search(path)
    if packed and not _ID.search(path[: packed.start()] + path[packed.end() :]):
        packed = None
    if not packed and not _OF_MEETING.search(path):
        packed = _SLUG_DAY.search(path) or _SLUG_PACKED.search(path)
    return _valid(packed["year"], packed["month"], packed["day"]) if packed else None


def _in_address(url: str | None) -> datetime | None:
    if url is None:
        return None
    parts = urlsplit(url)
    path = parts.path
    if parts.hostname in _ARCHIVES and (kept := _SNAPSHOT.match(path)):
        # the page's own address says more than the day on which it was kept
        return _in_address(path[kept.end() :]) or _end_of_day(
            _valid(*(kept[name] or kept[f"{name}2"] for name in ("year", "month", "day")))
        )
    day = day_in(path)
    if day is not None or _PATH_DAY.search(path):
        return _end_of_day(day)
    found = _PATH_MONTH.search(path)
    first = _valid(found["year"], found["month"], "1") if found else None
    return None if first is None else _end_of_day((first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _valid(year: str, month: str, day: str) -> date | None:
    number = _MONTHS.index(month.lower()) + 1 if month.lower() in _MONTHS else int(month)
    try:
        named = date(int(year), number, int(day))
    except ValueError:
        return None
    return named if named.year >= _FIRST_YEAR else None


def _end_of_day(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
