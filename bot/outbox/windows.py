"""When a channel sleeps and when its digest is due, by the wall clock of its time zone.

Promises: pure but for one thing, the time zone tables, which ``zoneinfo`` reads from the system or from the ``tzdata``
package. Wall-clock times that a change of the clocks skips count as the moment of the change; times that it repeats
count at their first occurrence. Never asks what time it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As written in a digest schedule; the order is that of ``date.weekday``."""

_SCHEDULE = re.compile(r"(?:daily|weekly (?P<day>mon|tue|wed|thu|fri|sat|sun)) (?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)")
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A digest schedule as read.

    Attributes:
        at: local time of day, or None for every full hour.
        weekday: 0 is Monday; None for every day.
    """

    at: time | None = None
    weekday: int | None = None


def parse_schedule(text: str) -> Schedule:
    """Read ``hourly``, ``daily HH:MM`` or ``weekly mon HH:MM``.

    Raises:
        ValueError: the text is none of these; the message says what is allowed.
    """
    if text == "hourly":
        return Schedule()
    found = _SCHEDULE.fullmatch(text)
    if found is None:
        raise ValueError(f'digest {text!r} cannot be read; write "hourly", "daily 08:00" or "weekly mon 08:00"')
    at = time(int(found["hour"]), int(found["minute"]))
    return Schedule(at=at, weekday=None if found["day"] is None else WEEKDAYS.index(found["day"]))


def is_quiet(instant: datetime, quiet_hours: tuple[int, int], timezone: str) -> bool:
    """Whether the wall clock of ``timezone`` stands within the quiet hours at ``instant``.

    Args:
        instant: aware.
        quiet_hours: (start, end) in minutes after local midnight; the start is quiet, the end is not. Equal values: never.
        timezone: IANA name.
    """
    local = instant.astimezone(ZoneInfo(timezone))
    minute = local.hour * 60 + local.minute
    start, end = quiet_hours
    return start <= minute < end if start <= end else minute >= start or minute < end


def quiet_ends(instant: datetime, quiet_hours: tuple[int, int], timezone: str) -> datetime:
    """The first instant from ``instant`` on (UTC) that is not quiet; ``instant`` itself if it is not."""
    if not is_quiet(instant, quiet_hours, timezone):
        return instant
    zone = ZoneInfo(timezone)
    end = time(quiet_hours[1] // 60 % 24, quiet_hours[1] % 60)
    today = instant.astimezone(zone).date()
    ends = [moment for day in (today, today + _DAY) for moment in _moments(day, end, zone)]
    changes = _change_between(instant, max(ends), zone)
    return min(moment for moment in (*ends, *changes) if moment > instant and not is_quiet(moment, quiet_hours, timezone))


def next_digest(schedule: str, instant: datetime, timezone: str) -> datetime:
    """The first instant (UTC) strictly after ``instant`` at which a digest is due.

    Raises:
        ValueError: ``schedule`` cannot be read.
    """
    parsed = parse_schedule(schedule)
    if parsed.at is None:
        return next_hour(instant, timezone)
    zone = ZoneInfo(timezone)
    day = instant.astimezone(zone).date() - _DAY
    while True:
        if parsed.weekday in (None, day.weekday()):
            moment = next(iter(_moments(day, parsed.at, zone)))
            if moment > instant:
                return moment
        day += _DAY


def next_hour(instant: datetime, timezone: str) -> datetime:
    """The first instant (UTC) strictly after ``instant`` at which the local wall clock shows a full hour."""
    zone = ZoneInfo(timezone)
    moment = instant
    while True:
        local = moment.astimezone(zone)
        moment += _HOUR - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        if moment.astimezone(zone).minute == 0:  # a zone may shift its clocks by half an hour within this hour
            return moment.astimezone(UTC)


def at_local(day: date, at: time, timezone: str) -> datetime:
    """The instant (UTC) at which the wall clock shows ``at`` on ``day``; the first of two, or the change that skips it."""
    return next(_moments(day, at, ZoneInfo(timezone)))


def _moments(day: date, at: time, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants at which the wall clock shows ``at`` on ``day``: one, two when it is repeated, the change when it is skipped."""
    early = datetime.combine(day, at, tzinfo=zone)
    late = early.replace(fold=1)
    first, second = early.astimezone(UTC), late.astimezone(UTC)
    if first > second:  # skipped: the offsets before and after the change lie the wrong way round (PEP 495)
        yield from _change_between(second - timedelta(seconds=1), first, zone)
    else:
        yield first
        if second > first:
            yield second


def _change_between(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The first instant of a new offset after ``start`` and up to ``end``, to the second, if the offset changes."""
    before = start.astimezone(zone).utcoffset()
    low, high = start.astimezone(UTC).replace(microsecond=0), end.astimezone(UTC)
    if high.astimezone(zone).utcoffset() == before:
        return
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    yield high.replace(microsecond=0)
