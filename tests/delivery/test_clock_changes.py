"""Every setting that names a time, over both changes of the clocks, through the real deliverer: held against a wall clock that is
read minute by minute and knows nothing of how the bot computes.

A digest is due in the first minute of its day at which the wall clock shows its time or later, so at the moment of the change where
the change skips it, and at its first occurrence where it comes twice. Quiet is every minute at which the wall clock says so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.commands.reasons import HAPPENED
from bot.core.messages import NoticeMessage
from bot.core.model import Channel, ChannelSettings, Platform
from bot.core.sources import SourceConfig
from bot.service.monitor import Monitor

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NEVER = datetime(2030, 1, 1, tzinfo=UTC)
"""After everything that is looked at."""
CHANGES = {
    "Europe/Berlin": (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    "America/New_York": (datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)),
    "Australia/Lord_Howe": (datetime(2026, 10, 3, 15, 30, tzinfo=UTC), datetime(2026, 4, 4, 15, tzinfo=UTC)),  # by half an hour
    "America/Santiago": (datetime(2026, 9, 6, 4, tzinfo=UTC), datetime(2026, 4, 5, 3, tzinfo=UTC)),  # at midnight
}
"""When clocks go forward and back (tz database 2026a)."""
QUICK = {"Europe/Berlin"}
"""Zones that the quick suite looks at; the slow one has the others."""
CASES = [
    pytest.param(zone, change, id=f"{zone.partition('/')[2]}-{which}", marks=[] if zone in QUICK else [pytest.mark.slow])
    for zone, changes in CHANGES.items()
    for which, change in zip(("forward", "back"), changes, strict=True)
]


class Wall:
    """What a wall clock in a zone shows, minute by minute, from three days before a change until eight days after it."""

    def __init__(self, zone: str, change: datetime) -> None:
        self.zone, self.change = ZoneInfo(zone), change
        self.start = change - 3 * DAY
        self.minutes = [self.start + n * MINUTE for n in range(11 * 24 * 60)]
        self.shown = [minute.astimezone(self.zone) for minute in self.minutes]
        self._firsts: dict[int, dict[date, datetime]] = {}
        self.after = self.shown[bisect_left(self.minutes, change)]

    def first(self, since: datetime, holds: Callable[[int], bool]) -> datetime:
        """The first minute from ``since`` on for which something holds, ``since`` itself if it holds then."""
        return next((self.minutes[n] for n in range(bisect_left(self.minutes, since), len(self.minutes)) if holds(n)), NEVER)

    def due(self, since: datetime, at: int, weekday: int | None = None) -> datetime:
        """When a digest is due after ``since``: ``at`` is in minutes after midnight."""
        if at not in self._firsts:
            first: dict[date, datetime] = {}
            for minute, shown in zip(self.minutes, self.shown, strict=True):
                if shown.hour * 60 + shown.minute >= at:
                    first.setdefault(shown.date(), minute)
            self._firsts[at] = first
        times = [time for day, time in self._firsts[at].items() if time > since and weekday in (None, day.weekday())]
        return min(times, default=NEVER)

    def full_hour(self, since: datetime) -> datetime:
        return self.first(since + MINUTE, lambda n: self.shown[n].minute == 0)

    def is_quiet(self, n: int, start: int, end: int) -> bool:
        minute = self.shown[n].hour * 60 + self.shown[n].minute
        return start <= minute < end if start <= end else minute >= start or minute < end

    def awake(self, since: datetime, start: int, end: int) -> datetime:
        return self.first(since, lambda n: not self.is_quiet(n, start, end))


def settings_of(wall: Wall) -> dict[str, dict[str, Any]]:
    """Channels whose times lie just where the clocks change, and elsewhere."""
    shown, before = wall.after, wall.shown[bisect_left(wall.minutes, wall.change) - 1]
    between = min(before.hour * 60 + before.minute + 1, 24 * 60 - 1) % 1440  # the first time that is skipped, or the last shown
    inside = (shown.hour * 60 + shown.minute - 15) % 1440
    weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[shown.weekday()]

    def clock(minutes: int) -> str:
        return f"{minutes // 60:02}:{minutes % 60:02}"

    return {
        "inside": {"digest": f"daily {clock(inside)}"},
        "between": {"digest": f"daily {clock(between)}"},
        "evening": {"digest": "daily 18:45"},
        "weekly": {"digest": f"weekly {weekday} {clock(inside)}"},
        "hourly": {"digest": "hourly"},
        "sleeps": {"quiet_hours": (22 * 60, inside)},
        "naps": {"quiet_hours": (inside, (inside + 20) % 1440)},
        "nights": {"quiet_hours": (23 * 60, 6 * 60 + 30)},
        "both": {"digest": f"daily {clock(inside)}", "quiet_hours": (22 * 60, 5 * 60)},
    }


def expected(wall: Wall, settings: dict[str, Any], at: datetime) -> datetime:
    """When a story that is decided on ``at`` is told."""
    told = at
    kind, _, rest = settings.get("digest", "").partition(" ")
    minutes = int(rest[-5:-3]) * 60 + int(rest[-2:]) if rest else 0
    if kind == "hourly":
        told = wall.full_hour(at)
    elif kind == "daily":
        told = wall.due(at, minutes)
    elif kind == "weekly":
        told = wall.due(at, minutes, ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(rest[:3]))
    if "quiet_hours" in settings:
        told = wall.awake(told, *settings["quiet_hours"])
    return told


@pytest.mark.parametrize(("zone", "change"), CASES)
async def test_digests_and_quiet_hours_keep_the_time_of_the_wall_clock(
    zone: str, change: datetime, house: Any, open_bot: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    wall = Wall(zone, change)
    named = settings_of(wall)
    common = {"timezone": zone, "max_per_hour": 0, "max_age": None}
    begin = change - timedelta(hours=30, minutes=7)
    bot, chat, clock = await open_bot(begin, **{name: {**common, **own} for name, own in named.items()})
    arrivals = [begin + number * timedelta(hours=4, minutes=5) for number in range(15)]
    end = change + timedelta(days=1, hours=12)
    decided = {}
    while clock.now() < end:
        if arrivals and clock.now() >= arrivals[0]:
            item = house.reports.report(len(arrivals), 0, clock.now())
            await bot.arrive(item)
            await bot.think()
            story = await bot.raw.story_of_item(item.id)
            decided.setdefault(story.id, arrivals.pop(0))
        await bot.send()
        wake = await bot.raw.next_wake(clock.now())
        nexts = [moment for moment in (wake, *arrivals[:1], end) if moment is not None and moment > clock.now()]
        clock.advance(min(nexts) - clock.now())
    told: dict[str, dict[str, datetime]] = defaultdict(dict)
    for message in chat.shown:
        for story in getattr(message.said, "stories", (message.said,)):
            assert story.story_id not in told[message.channel_id]
            told[message.channel_id][story.story_id] = message.at
    for name, own in named.items():
        due = {story: expected(wall, own, at) for story, at in decided.items()}
        assert told[name] == {story: moment for story, moment in due.items() if moment < end}, name
    show(capsys, zone, change, {name: len(told[name]) for name in named})


@pytest.mark.parametrize(("zone", "change"), CASES)
async def test_heartbeats_and_the_weekly_list_keep_the_time_of_the_wall_clock(
    zone: str, change: datetime, open_bot: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    wall = Wall(zone, change)
    begin = change - timedelta(hours=30)
    bot, chat, clock = await open_bot(begin, desk={"timezone": zone, "max_per_hour": 0})
    shown = wall.after
    inside = (shown.hour * 60 + shown.minute - 15) % 1440
    beats = {
        "daily": (f"daily {inside // 60:02}:{inside % 60:02}", lambda at: wall.due(at, inside)),
        "hourly": ("hourly", wall.full_hour),
        "sundays": (f"weekly sun {inside // 60:02}:{inside % 60:02}", lambda at: wall.due(at, inside, 6)),
    }
    for name, (schedule, _) in beats.items():
        settings = ChannelSettings(timezone=zone, heartbeat=schedule, group_wait=timedelta(0), max_per_hour=0)
        bot.channels[name] = Channel(name, Platform.DISCORD, f"discord:{name}", settings)
    await bot.again()
    await bot.raw.declare_sources([SourceConfig("gone", "feed", "https://gone.example/")], begin)
    (state,) = (await bot.raw.source_states()).values()
    await bot.raw.save_source_states([replace(state, trouble="gone", failing_since=begin)])
    monitor = Monitor(store=bot.raw, clock=clock, sources=["gone"], channels=bot.channels, rules={}, operator="desk", why=HAPPENED)
    await monitor.look()
    end = change + 8 * DAY - timedelta(hours=30)
    marks = {name: [] for name in (*beats, "list")}
    for name, (_, following) in beats.items():
        at = begin
        while (at := following(at)) < (change + DAY if name == "hourly" else end):
            marks[name].append(at)
    at = begin
    while (at := wall.due(at, 9 * 60, 0)) < end:
        marks["list"].append(at)
    for moment in sorted({look for due in marks.values() for at in due for look in (at - MINUTE, at)}):
        clock.advance(max(moment - clock.now(), timedelta(0)))
        await monitor.look()
        await bot.send()
    seen = defaultdict(list)
    for message in chat.shown:
        assert isinstance(message.said, NoticeMessage)
        seen["list" if "nothing any more" in message.said.title else message.channel_id].append(message.at)
    for name, due in marks.items():
        assert [at for at in seen[name] if at <= due[-1]] == due, name
    show(capsys, zone, change, {f"beat {name}": len(due) for name, due in marks.items()})


@pytest.mark.parametrize(("zone", "change"), CASES)
async def test_the_cap_of_an_hour_is_one_of_sixty_minutes_whatever_the_wall_clock_shows(
    zone: str, change: datetime, house: Any, open_bot: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    cap, hour = 2, timedelta(hours=1)
    begin = change - 3 * hour
    bot, chat, clock = await open_bot(begin, capped={"timezone": zone, "max_per_hour": cap, "max_age": None})
    number = 0
    while clock.now() < change + 3 * hour:
        await bot.arrive(house.reports.report(number, 0, clock.now()))
        number += 1
        await bot.think()
        await bot.send()
        clock.advance(10 * MINUTE)
    times = [message.at for message in chat.shown]
    for n, at in enumerate(times):
        assert sum(at - earlier < hour for earlier in times[: n + 1]) <= cap, at
    whole = [begin + n * hour for n in range(6)]
    assert [sum(start <= at < start + hour for at in times) for start in whole] == [cap] * 6, "and all of its room is used"
    show(capsys, zone, change, {"capped": len(times)})


def show(capsys: pytest.CaptureFixture[str], zone: str, change: datetime, told: dict[str, int]) -> None:
    """Print how much came at its minute, by setting."""
    with capsys.disabled():
        counted = ", ".join(f"{name} {number}" for name, number in told.items())
        print(f"\n{zone:20} {change:%d %b %H:%M}: {counted}", end="")  # noqa: T201  # the table is the result
