"""Times as an answer tells them. Pure: the zone and the present instant come in."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.text.telling import say_moment


def moment(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """``21:40`` of today, else ``Tue 10 March, 21:40``, by the wall clock of ``zone``."""
    local = instant.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == now.astimezone(zone).date() else say_moment(instant, zone, now)


def at(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The same after a verb: ``at 21:40``, ``on Tue 10 March, 21:40``."""
    told = moment(instant, zone, now)
    return f"{'at' if told[0].isdigit() else 'on'} {told}"


def span(length: timedelta) -> str:
    """``5 seconds``, ``3 minutes``, ``2 hours``, ``4 days``: one figure, rounded down."""
    seconds = max(int(length.total_seconds()), 0)
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            number = seconds // size
            return f"1 {name}" if number == 1 else f"{number} {name}s"
    return "0 seconds"
