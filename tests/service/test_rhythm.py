"""When a source is asked again, where, and what is remembered of its answer: pure decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import DocumentError, FetchError
from bot.core.model import Item
from bot.core.sources import SourceConfig, SourceState
from bot.core.wishes import NO_WISHES, Wishes, decode_wishes, encode_wishes
from bot.service import rhythm
from bot.service.rhythm import LONGEST_BACK_OFF, Throttle, after_failure, after_success

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SOURCE = SourceConfig("ledger", "feed", "https://ledger.example/feed", interval=timedelta(minutes=30))
OWN = replace(SOURCE, adaptive=True)


@dataclass(frozen=True)
class Answer:
    items: tuple[Item, ...] = ()
    not_modified: bool = False
    etag: bytes | None = None
    last_modified: bytes | None = None
    memory: str | None = None
    wishes: Wishes = NO_WISHES
    place: str = ""
    moved_to: str | None = None


def next_poll(config: SourceConfig, now: datetime, *, failures: int) -> datetime:
    return rhythm.next_poll(config, SourceState(config.id, failures=failures), now)


def wait(state: SourceState | None = None, config: SourceConfig = SOURCE, now: datetime = NOW, **options) -> timedelta:
    return rhythm.next_poll(config, state or SourceState("ledger"), now, **options) - now


def wishing(**wishes) -> SourceState:
    return SourceState("ledger", wishes=Wishes(**wishes))


def test_a_source_is_never_asked_before_its_interval_has_passed() -> None:
    assert timedelta(minutes=30) <= next_poll(SOURCE, NOW, failures=0) - NOW <= timedelta(minutes=31, seconds=30)


def test_sources_of_one_interval_do_not_move_as_a_herd() -> None:
    due = {next_poll(SourceConfig(f"s{n}", "feed", "https://a.example/"), NOW, failures=0) for n in range(50)}
    assert len(due) > 45


@given(failures=st.integers(0, 10_000), minutes=st.integers(1, 3 * 24 * 60))
def test_back_off_grows_but_a_failing_source_is_still_asked_once_a_day(failures: int, minutes: int) -> None:
    source = SourceConfig("s", "feed", "https://a.example/", interval=timedelta(minutes=minutes))
    pause = next_poll(source, NOW, failures=failures) - NOW
    assert source.interval <= pause <= max(LONGEST_BACK_OFF, source.interval) * 1.05


def test_each_failure_doubles_the_wait() -> None:
    waits = [next_poll(SOURCE, NOW, failures=failures) - NOW for failures in range(4)]
    assert [round(each / waits[0]) for each in waits] == [1, 2, 4, 8]


def test_what_the_server_asks_for_is_never_undercut() -> None:
    error = FetchError("The host asks for patience.", reason="status", status=429, retry_after=7200)
    failed = after_failure(SOURCE, SourceState("ledger"), error, NOW)
    assert failed.next_due_at is not None
    assert timedelta(hours=2) <= failed.next_due_at - NOW <= timedelta(hours=2, minutes=6)


def test_a_short_retry_after_does_not_undercut_our_own_back_off() -> None:
    error = FetchError("The host asks for patience.", reason="status", status=503, retry_after=1)
    failed = after_failure(SOURCE, SourceState("ledger", failures=2), error, NOW)
    assert failed.next_due_at is not None
    assert failed.next_due_at - NOW >= SOURCE.interval * 8


def test_a_failure_is_remembered_in_words_and_keeps_validators_and_baseline() -> None:
    before = SourceState("ledger", etag=b'"1"', last_modified=b"yesterday", baselined_at=NOW)
    failed = after_failure(SOURCE, before, DocumentError("This is a login page."), NOW)
    assert (failed.failures, failed.last_error) == (1, "This is a login page.")
    assert (failed.etag, failed.last_modified, failed.baselined_at) == (b'"1"', b"yesterday", NOW)


def test_an_answer_clears_failures_and_stores_validators_byte_for_byte() -> None:
    before = SourceState("ledger", failures=3, last_error="It was away.")
    after = after_success(SOURCE, before, Answer(etag=b'W/"\xff odd"', last_modified=b"Tue, 99 Foo"), NOW)
    assert (after.etag, after.last_modified, after.failures, after.last_error) == (b'W/"\xff odd"', b"Tue, 99 Foo", 0, "")
    assert after.baselined_at == NOW


def test_a_full_answer_without_validators_drops_the_old_ones() -> None:
    after = after_success(SOURCE, SourceState("ledger", etag=b'"1"', last_modified=b"x"), Answer(), NOW)
    assert (after.etag, after.last_modified) == (None, None)


def test_not_modified_keeps_the_validators_it_does_not_renew() -> None:
    after = after_success(
        SOURCE, SourceState("ledger", etag=b'"1"', last_modified=b"x"), Answer(not_modified=True, etag=b'"2"'), NOW
    )
    assert (after.etag, after.last_modified) == (b'"2"', b"x")


# ---------------------------------------------------------------- what the other side asks for


@pytest.mark.parametrize(
    ("wishes", "hours"),
    [
        ({"fresh": 7200}, 2),
        ({"ttl": 7200}, 2),
        ({"every": 7200}, 2),
        ({"fresh": 3600, "ttl": 7200}, 2),
        ({"fresh": 7200, "ttl": 3600}, 2),
        ({"fresh": 365 * 86400}, 24),
        ({"ttl": 30 * 86400}, 24),
        ({"every": 7 * 86400}, 24),
        ({"fresh": 60}, 0.5),
        ({"fresh": 0}, 0.5),
        ({}, 0.5),
    ],
)
def test_the_latest_of_all_wishes_wins_and_none_puts_off_for_more_than_a_day(wishes: dict[str, int], hours: float) -> None:
    assert hours * HOUR <= wait(wishing(**wishes)) <= hours * HOUR + min(hours * HOUR / 20, HOUR / 2)


def test_an_interval_of_the_operator_is_no_excuse_to_come_before_the_server_wants() -> None:
    assert wait(wishing(ttl=3600), replace(SOURCE, interval=timedelta(minutes=5))) >= HOUR


def test_updates_at_stated_instants_are_asked_for_after_the_next_of_them() -> None:
    state = wishing(every=6 * 3600, since=datetime(2000, 1, 1, 14, 0, tzinfo=UTC))
    assert 2 * HOUR <= wait(state) <= 2.2 * HOUR, "at noon the next is at two"
    assert 6 * HOUR <= wait(state, now=NOW + 2 * HOUR) <= 6.5 * HOUR
    assert wait(state, now=NOW + 1.9 * HOUR) >= SOURCE.interval
    assert DAY <= wait(wishing(every=30 * 86400, since=datetime(2030, 1, 1, tzinfo=UTC))) <= DAY + HOUR / 2


@pytest.mark.parametrize(
    ("wishes", "first"),
    [
        ({"skip_hours": (12, 13)}, datetime(2026, 3, 10, 14, 0, tzinfo=UTC)),
        ({"skip_hours": tuple(hour for hour in range(24) if hour != 9)}, datetime(2026, 3, 11, 9, 0, tzinfo=UTC)),
        ({"skip_days": (1,)}, datetime(2026, 3, 11, 0, 0, tzinfo=UTC)),
        ({"skip_days": (1, 2, 3, 4, 5, 6)}, datetime(2026, 3, 16, 0, 0, tzinfo=UTC)),
        ({"skip_days": (1,), "skip_hours": (0, 1)}, datetime(2026, 3, 11, 2, 0, tzinfo=UTC)),
    ],
)
def test_hours_and_days_to_skip_are_skipped(wishes: dict[str, tuple[int, ...]], first: datetime) -> None:
    due = NOW + wait(wishing(**wishes))
    assert first <= due <= first + timedelta(minutes=10)


@pytest.mark.parametrize("wishes", [{"skip_hours": tuple(range(24))}, {"skip_days": tuple(range(7))}, {"skip_hours": (3,)}])
def test_who_skips_everything_or_another_hour_skips_nothing_now(wishes: dict[str, tuple[int, ...]]) -> None:
    assert wait(wishing(**wishes)) == wait()


def test_a_failing_source_too_is_left_alone_in_the_hours_it_skips() -> None:
    state = replace(wishing(skip_hours=(13,), fresh=80000), failures=1)
    assert 2 * HOUR <= wait(state) <= 2.2 * HOUR, "freshness was of the last answer; hours are for all"


@given(
    st.builds(
        Wishes,
        st.none() | st.integers(0, 10**7),
        st.none() | st.integers(1, 10**7),
        st.lists(st.integers(0, 23), max_size=24).map(tuple),
        st.lists(st.integers(0, 6), max_size=7).map(tuple),
        st.none() | st.integers(1, 10**7),
        st.none() | st.integers(0, 4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    ),
    st.integers(0, 40),
    st.floats(0, 1e9) | st.none(),
    st.booleans(),
)
def test_no_wish_asks_sooner_than_the_interval_nor_later_than_ever(wishes: Wishes, failures: int, distance, adaptive: bool) -> None:
    state = SourceState("ledger", wishes=wishes, failures=failures, distance=distance, newest_at=NOW - DAY)
    config = replace(SOURCE, adaptive=adaptive)
    least = timedelta(minutes=5)
    pause = wait(state, config, least=least)
    assert max(least, rhythm.interval(config, state, NOW)) <= pause <= timedelta(days=9)
    due = NOW + pause
    if len(set(wishes.skip_hours)) < 24 and len(set(wishes.skip_days)) < 7:
        assert due.hour not in wishes.skip_hours
        assert due.weekday() not in wishes.skip_days
    assert decode_wishes(encode_wishes(wishes)) == wishes


def test_nobody_is_asked_below_the_minimum_interval() -> None:
    assert wait(config=replace(SOURCE, interval=timedelta(seconds=10)), least=timedelta(minutes=5)) >= timedelta(minutes=5)


# ---------------------------------------------------------------- the source's own rhythm


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (None, timedelta(minutes=30)),
        (60.0, timedelta(minutes=15)),
        (3600.0, timedelta(minutes=30)),
        (6 * 3600.0, 3 * HOUR),
        (30 * 86400.0, DAY),
        (1e300, DAY),
    ],
)
def test_a_source_without_an_interval_is_asked_twice_between_two_of_its_entries(distance, expected: timedelta) -> None:
    state = SourceState("ledger", distance=distance, newest_at=NOW)
    assert rhythm.interval(OWN, state, NOW) == expected
    assert rhythm.interval(SOURCE, state, NOW) == SOURCE.interval, "an interval that somebody wrote is what they asked for"


def test_the_longer_a_source_is_silent_the_less_often_it_is_asked() -> None:
    state = SourceState("ledger", distance=3600.0, newest_at=NOW)
    waits = [rhythm.interval(OWN, state, NOW + days * DAY) for days in (0, 1, 2, 7, 24, 400)]
    assert waits == [HOUR / 2, HOUR, 2 * HOUR, 7 * HOUR, DAY, DAY]


# ---------------------------------------------------------------- what is remembered


def test_what_a_304_does_not_name_goes_on_to_count() -> None:
    known = wishing(fresh=7200, ttl=3600, skip_hours=(3,))
    kept = after_success(SOURCE, known, Answer(not_modified=True), NOW)
    assert kept.wishes == known.wishes
    renewed = after_success(SOURCE, known, Answer(not_modified=True, wishes=Wishes(fresh=60)), NOW)
    assert renewed.wishes == replace(known.wishes, fresh=60)
    anew = after_success(SOURCE, known, Answer(wishes=Wishes(ttl=60)), NOW)
    assert anew.wishes == Wishes(ttl=60), "a new document says everything anew"


def test_validators_stay_with_the_place_they_are_from() -> None:
    first = after_success(SOURCE, SourceState("ledger"), Answer(etag=b"1", place="here"), NOW)
    assert after_success(SOURCE, first, Answer(not_modified=True), NOW).place == "here"
    assert after_success(SOURCE, first, Answer(etag=b"2", place="there"), NOW).place == "there"


# ---------------------------------------------------------------- addresses


def moved(state: SourceState, target: str | None, at: datetime, config: SourceConfig = SOURCE) -> SourceState:
    return after_success(config, state, Answer(moved_to=target), at)


def test_a_permanent_redirect_is_adopted_after_five_answers_over_two_days() -> None:
    state = SourceState("ledger")
    for number in range(4):
        state = moved(state, "https://new.example/feed", NOW + number * DAY)
        assert state.adopted_url == ""
    assert moved(state, "https://new.example/feed", NOW + 4 * DAY).adopted_url == "https://new.example/feed"


def test_five_answers_within_an_hour_are_not_enough_and_another_target_begins_anew() -> None:
    state = SourceState("ledger")
    for number in range(9):
        state = moved(state, "https://new.example/feed", NOW + number * HOUR / 9)
    assert (state.adopted_url, state.moved_polls) == ("", 9)
    state = moved(state, "https://other.example/feed", NOW + 3 * DAY)
    assert (state.moved_to, state.moved_polls, state.moved_since) == ("https://other.example/feed", 1, NOW + 3 * DAY)
    state = moved(state, None, NOW + 4 * DAY)
    assert (state.moved_to, state.moved_polls, state.moved_since) == ("", 0, None)


def test_a_secret_address_is_neither_adopted_nor_written_down() -> None:
    secret = replace(SOURCE, url="", url_secret=True)
    state = SourceState("ledger")
    for number in range(9):
        state = moved(state, "https://new.example/feed?token=canary", NOW + number * DAY, secret)
    assert "canary" not in repr(state)


def test_an_adopted_address_that_fails_for_long_or_is_gone_is_given_up() -> None:
    state = SourceState("ledger", adopted_url="https://new.example/feed")
    for number in range(5):
        assert state.adopted_url
        state = after_failure(SOURCE, state, FetchError("No.", reason="connect"), NOW + number * DAY)
    assert state.adopted_url == ""
    gone = FetchError("Gone.", reason="gone", status=410)
    assert after_failure(SOURCE, SourceState("ledger", adopted_url="https://new.example/feed"), gone, NOW).adopted_url == ""


# ---------------------------------------------------------------- a whole site


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.ledger.example/feed", "ledger.example"),
        ("https://a.b.ledger.co.uk/feed", "ledger.co.uk"),
        ("https://one.tumblr.com/rss", "tumblr.com"),
        ("https://two.tumblr.com/rss", "tumblr.com"),
        ("http://127.0.0.2:8081/a", "127.0.0.2:8081"),
        ("http://[::1]:8081/a", "[::1]:8081"),
        ("http://localhost:8081/a", "localhost:8081"),
        ("https://ledger/feed", "ledger"),
        ("source:x", "source:x"),
    ],
)
def test_who_is_one_site(url: str, site: str) -> None:
    assert rhythm.site_of(url) == site


TOO_MANY = FetchError("Too many.", reason="status", status=429, throttled=True)


@pytest.mark.parametrize(
    ("error", "lately", "expected"),
    [
        (TOO_MANY, None, True),
        (FetchError("Forbidden.", reason="status", status=403), None, False),
        (FetchError("Forbidden.", reason="status", status=403), HOUR, True),
        (FetchError("Forbidden.", reason="status", status=403), 3 * DAY, False),
        (FetchError("Missing.", reason="status", status=404), HOUR, False),
        (DocumentError("No feed."), HOUR, False),
    ],
)
def test_what_is_about_how_often_we_ask(error, lately: timedelta | None, expected: bool) -> None:
    state = SourceState("ledger", last_success_at=None if lately is None else NOW - lately)
    assert rhythm.is_throttled(state, error, NOW) is expected


def test_a_site_that_goes_on_complaining_is_left_alone_for_longer_each_time() -> None:
    throttle, now, waits = None, NOW, []
    for _ in range(9):
        throttle = rhythm.throttled(throttle, TOO_MANY, now)
        waits.append((throttle.until - now) / HOUR)
        now = throttle.until
    assert waits == [0.5, 1, 2, 4, 8, 16, 24, 24, 24]


def test_complaints_of_requests_that_were_under_way_count_once_and_a_time_it_names_wins() -> None:
    first = rhythm.throttled(None, TOO_MANY, NOW)
    assert rhythm.throttled(first, TOO_MANY, NOW + HOUR / 60).times == 1
    named = FetchError("Too many.", reason="status", status=429, retry_after=60, throttled=True)
    assert rhythm.throttled(None, named, NOW) == Throttle(NOW + HOUR / 60)
    assert rhythm.throttled(first, named, NOW).until == first.until, "what was asked for before is kept"
