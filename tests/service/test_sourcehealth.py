"""How a source is, from what is remembered of its polls."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.errors import DocumentError, FetchError
from bot.core.health import Health
from bot.core.model import Item
from bot.core.sources import SourceState
from bot.service.notices import PATIENCE, WORDS
from bot.service.sourcehealth import answered, condition, is_dead, refused

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Answer:
    items: tuple[Item, ...] = ()
    not_modified: bool = False
    listed: int | None = None


def dated(*dates: datetime | None) -> Answer:
    return Answer(tuple(Item(f"i{number}", "gazette", "A", NOW, date_published=date) for number, date in enumerate(dates)))


def polled(**changes: object) -> SourceState:
    return replace(SourceState("gazette", last_polled_at=NOW, last_success_at=NOW, baselined_at=NOW, entries=20), **changes)


def failing(error: Exception, times: int = 3) -> SourceState:
    state = polled()
    for number in range(times):
        state = refused(replace(state, failures=number + 1, last_error=str(error)), error, NOW + number * HOUR)
    return state


def status(code: int, **more: float) -> FetchError:
    """The error as the fetcher raises it for this status."""
    told = {"reason": "gone" if code == 410 else "status", "throttled": code in {429, 503}}
    return FetchError(f"gazette.example answered {code}.", status=code, **told, **more)


def test_a_source_that_was_never_asked_is_new() -> None:
    assert condition(None, NOW).health is Health.NEW
    assert condition(SourceState("gazette"), NOW).health is Health.NEW


def test_a_source_that_answers_is_well() -> None:
    state = answered(polled(), dated(NOW - DAY, NOW - HOUR), NOW, seconds=0.4)
    assert condition(state, NOW).health is Health.OK
    assert condition(state, NOW).sentence == ""


@pytest.mark.parametrize(
    ("error", "health"),
    [
        (FetchError("The host did not answer.", reason="timeout"), Health.FAILING),
        (FetchError("The name is not known.", reason="name"), Health.FAILING),
        (status(500), Health.FAILING),
        (status(503), Health.FAILING),
        (status(404), Health.FAILING),
        (status(503, retry_after=60), Health.THROTTLED),
        (status(429), Health.THROTTLED),
        (status(429, retry_after=3600), Health.THROTTLED),
        (status(401), Health.BLOCKED),
        (status(403), Health.BLOCKED),
        (status(451), Health.BLOCKED),
        (status(410), Health.GONE),
        (DocumentError("This is a web page, not a feed."), Health.NOT_A_FEED),
    ],
    ids=str,
)
def test_a_refusal_is_told_from_a_failure(error: Exception, health: Health) -> None:
    state = failing(error)
    found = condition(state, NOW + 3 * HOUR)
    assert found.health is health
    assert found.since == NOW
    assert found.sentence == str(error)
    assert found.advice


def test_one_failed_poll_is_no_trouble_yet_but_gone_is() -> None:
    assert condition(failing(FetchError("Away.", reason="connect"), times=1), NOW).health is Health.OK
    assert condition(failing(status(410), times=1), NOW).health is Health.GONE


def test_an_answer_ends_the_trouble() -> None:
    state = answered(replace(failing(status(500)), failures=0), Answer(not_modified=True), NOW, seconds=1.0)
    assert (state.trouble, state.failing_since) == ("", None)
    assert condition(state, NOW).health is Health.OK


def test_an_answer_without_entries_is_empty_and_one_not_modified_says_nothing_about_entries() -> None:
    empty = answered(polled(), Answer(), NOW, seconds=0.1)
    assert condition(empty, NOW).health is Health.EMPTY
    assert condition(answered(empty, Answer(not_modified=True), NOW, seconds=0.1), NOW).health is Health.EMPTY
    assert condition(answered(empty, dated(NOW), NOW, seconds=0.1), NOW).health is Health.OK


def test_an_answer_that_brings_only_news_is_not_empty_when_there_is_none() -> None:
    watched = answered(polled(), Answer(listed=40), NOW, seconds=0.1)
    assert condition(watched, NOW).health is Health.OK


def test_a_source_that_was_never_read_fails_from_its_first_poll_on() -> None:
    state = replace(failing(status(500), times=1), last_success_at=None)
    assert condition(state, NOW).health is Health.FAILING


def test_entries_without_a_single_date_are_told() -> None:
    assert condition(answered(polled(), dated(None, None), NOW, seconds=0.1), NOW).health is Health.UNDATED
    assert condition(answered(polled(), dated(None, NOW), NOW, seconds=0.1), NOW).health is Health.OK


def test_a_slow_answer_is_told() -> None:
    assert condition(answered(polled(), dated(NOW), NOW, seconds=22.0), NOW).health is Health.SLOW


def test_the_rhythm_of_a_source_is_the_mean_distance_of_its_newest_entries() -> None:
    state = answered(polled(), dated(*(NOW - number * DAY for number in range(10, -1, -1))), NOW, seconds=0.1)
    assert state.newest_at == NOW
    assert state.distance == pytest.approx(DAY.total_seconds())
    later = answered(state, dated(NOW, NOW + 3 * DAY), NOW + 4 * DAY, seconds=0.1)
    assert later.newest_at == NOW + 3 * DAY
    assert DAY.total_seconds() < later.distance < 3 * DAY.total_seconds()


def test_a_date_ahead_of_us_is_no_later_than_now() -> None:
    assert answered(polled(), dated(NOW + DAY), NOW, seconds=0.1).newest_at == NOW


def test_a_source_that_says_nothing_for_much_longer_than_usual_is_silent() -> None:
    daily = answered(polled(), dated(*(NOW - number * DAY for number in range(10, -1, -1))), NOW, seconds=0.1)
    assert condition(daily, NOW + 13 * DAY).health is Health.OK
    silent = condition(daily, NOW + 15 * DAY)
    assert silent.health is Health.SILENT
    assert silent.sentence == "It answers, but its newest entry is of 15 days ago; usually there is one every 24 hours."


def test_a_source_with_a_slow_rhythm_is_given_its_time() -> None:
    weekly = answered(polled(), dated(*(NOW - number * 7 * DAY for number in range(10, -1, -1))), NOW, seconds=0.1)
    assert condition(weekly, NOW + 41 * DAY).health is Health.OK
    assert condition(weekly, NOW + 43 * DAY).health is Health.SILENT


def test_a_source_of_two_entries_has_no_rhythm_to_fall_out_of() -> None:
    state = answered(polled(), dated(NOW - 80 * DAY, NOW), NOW, seconds=0.1)
    assert condition(state, NOW + 60 * DAY).health is Health.OK


def test_what_brought_nothing_for_three_months_is_dead_whatever_its_rhythm() -> None:
    quiet = polled(newest_at=NOW - 91 * DAY)
    assert is_dead(quiet, NOW)
    assert not is_dead(polled(newest_at=NOW - 89 * DAY), NOW)
    assert is_dead(failing(status(410)), NOW)
    assert is_dead(polled(newest_at=NOW, last_success_at=NOW - 91 * DAY), NOW)
    assert not is_dead(SourceState("gazette"), NOW)


def test_a_gap_is_told_for_a_day() -> None:
    state = answered(polled(gap_at=NOW), dated(NOW), NOW, seconds=0.1)
    assert condition(state, NOW + HOUR).health is Health.GAP
    assert condition(state, NOW + 25 * HOUR).health is Health.OK


def test_every_state_is_documented_and_has_words_and_a_patience() -> None:
    text = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"(?m)^\| `([a-z_]+)` \|", text.split("## What you are told")[1].split("## Posts and silences")[0]))
    assert documented == set(Health) == set(WORDS) == set(PATIENCE)
