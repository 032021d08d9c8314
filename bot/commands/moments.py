"""Times as an answer tells them. Pure: the zone and the present instant come in."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.spoken import tr, trn
from bot.text.telling import say_moment


def moment(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """``21:40`` of today, else ``Tue 10 March, 21:40``, by the wall clock of ``zone``."""
    local = instant.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == now.astimezone(zone).date() else say_moment(instant, zone, now)


def at(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The same after a verb: ``at 21:40``, ``on Tue 10 March, 21:40``."""
    told = moment(instant, zone, now)
    return tr("at {time}", time=told) if told[0].isdigit() else tr("on {moment}", moment=told)


def span(length: timedelta) -> str:
    """``5 seconds``, ``3 minutes``, ``2 hours``, ``4 days``: one figure, rounded down."""
    seconds = max(int(length.total_seconds()), 0)
    if seconds >= 86_400:
        return trn("{count} day", "{count} days", seconds // 86_400)
    if seconds >= 3_600:
        return trn("{count} hour", "{count} hours", seconds // 3_600)
    if seconds >= 60:
        return trn("{count} minute", "{count} minutes", seconds // 60)
    return trn("{count} second", "{count} seconds", seconds)
