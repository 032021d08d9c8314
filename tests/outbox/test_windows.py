"""Quiet hours and digest times by the wall clock, also on the days when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.outbox.windows import Schedule, is_quiet, next_digest, next_hour, parse_schedule, quiet_ends

repeatable = settings(derandomize=True, deadline=None, max_examples=200)

NIGHT = (22 * 60, 7 * 60)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
"""An hour of summer time north, another, half an hour of it south, and none with a half-hour offset."""

CHANGES = ("2025-03-30T01:00", "2025-10-26T01:00", "2026-03-08T07:00", "2026-11-01T06:00", "2026-04-04T15:00", "2026-10-03T15:30")
"""When the clocks of Berlin, New York and Lord Howe are set forward and back, in UTC."""

anywhere = st.integers(min_value=0, max_value=4 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
near_a_change = st.builds(
    lambda change, minutes: datetime.fromisoformat(change).replace(tzinfo=UTC) + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(min_value=-240, max_value=240),
)
instants = anywhere | near_a_change
zones = st.sampled_from(ZONES)
minutes_of_day = st.integers(min_value=0, max_value=24 * 60 - 1)


def at(text, zone="UTC", fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def wall(instant, zone):
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("time", "quiet"),
    [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False), ("12:00", False)],
)
def test_quiet_hours_run_over_midnight(time, quiet):
    assert is_quiet(at(f"2026-03-10 {time}"), NIGHT, "UTC") is quiet


@pytest.mark.parametrize(
    ("time", "quiet"), [("12:59", False), ("13:00", True), ("14:29", True), ("14:30", False), ("23:00", False)]
)
def test_quiet_hours_may_lie_within_a_day(time, quiet):
    assert is_quiet(at(f"2026-03-10 {time}"), (13 * 60, 14 * 60 + 30), "UTC") is quiet


def test_quiet_hours_of_no_length_are_never_quiet():
    assert not is_quiet(at("2026-03-10 08:00"), (480, 480), "UTC")


def test_quiet_hours_are_the_channels_own():
    instant = at("2026-03-10 23:00")
    assert is_quiet(instant, NIGHT, "UTC")
    assert not is_quiet(instant, NIGHT, "America/Los_Angeles")


@pytest.mark.parametrize(
    ("now", "end", "zone"),
    [
        ("2026-03-10 12:00", "2026-03-10 12:00", "UTC"),
        ("2026-03-10 23:00", "2026-03-11 07:00", "UTC"),
        ("2026-03-11 03:00", "2026-03-11 07:00", "UTC"),
        ("2026-03-28 23:00", "2026-03-29 07:00", "Europe/Berlin"),  # a night of eight hours
        ("2026-10-24 23:00", "2026-10-25 07:00", "Europe/Berlin"),  # and one of ten
    ],
)
def test_quiet_hours_end_in_the_morning(now, end, zone):
    assert quiet_ends(at(now, zone), NIGHT, zone) == at(end, zone)


def test_an_end_that_the_clocks_skip_is_the_moment_of_the_change():
    ended = quiet_ends(at("2026-03-29 01:00", "Europe/Berlin"), (22 * 60, 150), "Europe/Berlin")
    assert wall(ended, "Europe/Berlin") == "2026-03-29 03:00"


def test_clocks_set_back_to_before_the_quiet_hours_end_them():
    ended = quiet_ends(at("2026-11-01 01:45", "America/New_York"), (90, 180), "America/New_York")
    assert wall(ended, "America/New_York") == "2026-11-01 01:00"
    assert ended == at("2026-11-01 01:00", "America/New_York", fold=1)


def test_an_end_that_comes_twice_ends_the_quiet_hours_twice():
    zone, hours = "America/New_York", (22 * 60, 90)
    first = quiet_ends(at("2026-11-01 00:50", zone), hours, zone)
    assert first == at("2026-11-01 01:30", zone)
    assert quiet_ends(at("2026-11-01 01:10", zone, fold=1), hours, zone) == at("2026-11-01 01:30", zone, fold=1)


@repeatable
@given(instants, zones, minutes_of_day, minutes_of_day)
def test_from_any_instant_to_the_end_every_minute_is_quiet_and_the_end_is_not(instant, zone, start, end):
    hours = (start, end)
    ended = quiet_ends(instant, hours, zone)
    assert not is_quiet(ended, hours, zone)
    assert ended >= instant
    assert ended - instant <= timedelta(hours=26)
    steps = int((ended - instant).total_seconds() // 60)
    for minute in {0, steps // 3, steps // 2, steps - 60, steps - 31, steps - 1} & set(range(steps)):
        assert is_quiet(instant + timedelta(minutes=minute), hours, zone)


@pytest.mark.parametrize(
    ("schedule", "now", "due", "zone"),
    [
        ("hourly", "2026-03-10 12:00", "2026-03-10 13:00", "UTC"),
        ("hourly", "2026-03-10 12:59:59.5", "2026-03-10 13:00", "UTC"),
        ("hourly", "2026-03-10 12:10", "2026-03-10 13:00", "Asia/Kolkata"),
        ("daily 08:00", "2026-03-10 07:59", "2026-03-10 08:00", "UTC"),
        ("daily 08:00", "2026-03-10 08:00", "2026-03-11 08:00", "UTC"),
        ("daily 08:00", "2026-03-28 09:00", "2026-03-29 08:00", "Europe/Berlin"),
        ("daily 08:00", "2026-10-24 09:00", "2026-10-25 08:00", "Europe/Berlin"),
        ("weekly mon 08:00", "2026-03-10 12:00", "2026-03-16 08:00", "UTC"),
        ("weekly mon 08:00", "2026-03-16 07:00", "2026-03-16 08:00", "UTC"),
        ("weekly mon 08:00", "2026-03-16 08:00", "2026-03-23 08:00", "UTC"),
        ("weekly sun 23:30", "2026-03-10 12:00", "2026-03-15 23:30", "America/New_York"),
    ],
)
def test_the_next_digest(schedule, now, due, zone):
    assert next_digest(schedule, at(now, zone), zone) == at(due, zone)


def test_a_digest_time_that_the_clocks_skip_is_the_moment_of_the_change():
    due = next_digest("daily 02:30", at("2026-03-28 12:00", "Europe/Berlin"), "Europe/Berlin")
    assert wall(due, "Europe/Berlin") == "2026-03-29 03:00"


def test_a_digest_time_that_comes_twice_is_due_once():
    first = next_digest("daily 02:30", at("2026-10-24 12:00", "Europe/Berlin"), "Europe/Berlin")
    assert first == at("2026-10-25 02:30", "Europe/Berlin")
    assert next_digest("daily 02:30", first, "Europe/Berlin") == at("2026-10-26 02:30", "Europe/Berlin")


def test_a_day_that_a_zone_left_out_does_not_stop_the_digests():
    zone = "Pacific/Apia"  # went from 29 to 31 December 2011
    due = next_digest("daily 08:00", at("2011-12-29 09:00", zone), zone)
    assert wall(due, zone) == "2011-12-31 00:00"
    assert wall(next_digest("daily 08:00", due, zone), zone) == "2011-12-31 08:00"


@repeatable
@given(instants, zones, minutes_of_day)
def test_a_daily_digest_is_due_once_a_day_at_its_time(instant, zone, minute):
    schedule = f"daily {minute // 60:02}:{minute % 60:02}"
    due = next_digest(schedule, instant, zone)
    assert instant < due <= instant + timedelta(hours=25)
    assert next_digest(schedule, due - timedelta(seconds=1), zone) == due
    local = due.astimezone(ZoneInfo(zone))
    skipped = local.utcoffset() != (due - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).utcoffset()
    assert local.hour * 60 + local.minute == minute or skipped
    following = next_digest(schedule, due, zone).astimezone(ZoneInfo(zone))
    assert (following.date() - local.date()).days == 1


@repeatable
@given(instants, zones)
def test_an_hourly_digest_is_due_at_full_hours(instant, zone):
    due = next_hour(instant, zone)
    assert instant < due <= instant + timedelta(hours=1, minutes=30)
    assert due.astimezone(ZoneInfo(zone)).minute == 0
    assert next_digest("hourly", instant, zone) == due


def test_clocks_set_forward_by_half_an_hour_keep_digests_at_full_hours():
    zone = "Australia/Lord_Howe"
    assert wall(next_hour(at("2026-10-04 01:30", zone), zone), zone) == "2026-10-04 03:00"


def test_schedules_are_read():
    assert parse_schedule("hourly") == Schedule()
    assert parse_schedule("weekly sun 23:59").weekday == 6


@pytest.mark.parametrize(
    "text", ["", "daily", "daily 8:00", "daily 24:00", "weekly 08:00", "weekly monday 08:00", "daily 08:00 ", "DAILY 08:00"]
)
def test_a_schedule_that_cannot_be_read_is_told_with_what_is_allowed(text):
    with pytest.raises(ValueError, match=r'write "hourly", "daily 08:00" or "weekly mon 08:00"'):
        parse_schedule(text)
