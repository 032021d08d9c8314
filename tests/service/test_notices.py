"""When trouble is told: long enough, once, and once when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.deliveries import Action, DeliveryState
from bot.core.messages import NoticeMessage
from bot.core.model import Channel, Platform
from bot.core.reasons import Reason
from bot.core.sources import SourceState
from bot.core.troubles import TroubleRecord
from bot.service.notices import (
    Decision,
    Matter,
    decide,
    headline,
    heartbeat,
    of_channels,
    of_rules,
    of_sources,
    span,
    the_dead,
    to_send,
)

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def bad(state: str = "failing", **changes: object) -> Matter:
    return replace(Matter("source:eff", "eff", state, "failing. The host did not answer.", 6 * HOUR), **changes)


WELL = Matter("source:eff", "eff")


class Story:
    """Decisions one after the other, each remembering what the one before left."""

    def __init__(self) -> None:
        self.known: dict[str, TroubleRecord] = {}

    def step(self, now: datetime, *matters: Matter) -> Decision:
        decision = decide(matters, self.known, now)
        for record in decision.kept:
            self.known[record.subject] = record
        for subject in decision.forgotten:
            del self.known[subject]
        return decision


def test_a_trouble_is_told_once_it_has_lasted_and_its_end_once() -> None:
    story = Story()
    told = [story.step(NOW + hours * HOUR, bad(since=NOW)) for hours in range(24)]
    assert [number for number, decision in enumerate(told) if decision.bad] == [6]
    assert told[6].bad == ("eff: failing. The host did not answer.",)
    after = story.step(NOW + 24 * HOUR, WELL)
    assert after.good == ("eff: well again, after 24 hours.",)
    assert story.step(NOW + 25 * HOUR, WELL) == Decision()
    assert story.known == {}


def test_what_ends_before_it_is_told_is_never_told() -> None:
    story = Story()
    assert not story.step(NOW, bad(since=NOW)).bad
    assert not story.step(NOW + 5 * HOUR, bad(since=NOW)).bad
    ended = story.step(NOW + 6 * HOUR, WELL)
    assert (ended.bad, ended.good) == ((), ())
    assert story.known == {}


def test_a_source_that_comes_and_goes_is_not_told_again_and_again() -> None:
    story = Story()
    lines = 0
    for hours in range(72):
        away = hours % 4 != 3
        decision = story.step(NOW + hours * HOUR, bad(since=NOW + (hours // 4) * 4 * HOUR) if away else WELL)
        lines += len(decision.bad) + len(decision.good)
    assert lines == 0


def test_what_a_trouble_turns_into_is_not_told_again_but_that_it_is_gone() -> None:
    story = Story()
    assert story.step(NOW, bad(since=NOW - DAY)).bad
    for days in range(1, 10):
        word = ("blocked", "not_a_feed", "failing")[days % 3]
        assert not story.step(NOW + days * DAY, bad(word, since=NOW)).bad
    assert story.step(NOW + 10 * DAY, bad("gone", final=True)).bad
    assert not story.step(NOW + 12 * DAY, bad("gone", final=True)).bad


def test_a_gap_after_a_long_absence_is_told_beside_the_recovery() -> None:
    story = Story()
    assert story.step(NOW, bad(since=NOW - 8 * HOUR)).bad
    back = story.step(NOW + HOUR, bad("gap", patience=timedelta(0), passing=True))
    assert back.good == ("eff: well again, after 9 hours.",)
    assert len(back.bad) == 1
    assert story.step(NOW + 30 * HOUR, WELL) == Decision(forgotten=("source:eff",))


def test_what_only_happened_is_told_once_and_its_passing_is_no_news() -> None:
    story = Story()
    gap = bad("gap", patience=timedelta(0), passing=True)
    assert story.step(NOW, gap).bad
    assert not story.step(NOW + HOUR, gap).bad
    assert story.step(NOW + 25 * HOUR, WELL).good == ()


def test_a_channel_opened_for_a_try_is_not_well_yet() -> None:
    story = Story()
    parked = of_channels({"team": "The channel is archived."}, ["team"])
    opened = of_channels({}, ["team"])
    first = story.step(NOW, *parked)
    assert first.bad == ("Channel team: nothing can be posted there. The channel is archived. It is tried again by itself.",)
    assert not story.step(NOW + 15 * timedelta(minutes=1), *opened).good
    assert not story.step(NOW + 16 * timedelta(minutes=1), *parked).bad
    assert not story.step(NOW + 60 * timedelta(minutes=1), *opened).good
    assert story.step(NOW + 80 * timedelta(minutes=1), *opened).good == ("Channel team: well again, after 60 minutes.",)


def away(name: str, trouble: str = "connect") -> SourceState:
    return SourceState(name, last_polled_at=NOW, failures=3, trouble=trouble, failing_since=NOW - HOUR, last_error="No answer.")


def test_when_nearly_nothing_can_be_reached_it_is_our_own_connection() -> None:
    states = {f"s{number}": away(f"s{number}") for number in range(8)} | {
        f"t{number}": SourceState(f"t{number}", last_polled_at=NOW, entries=3) for number in range(2)
    }
    (network,) = of_sources(states, NOW)
    assert network.told == "8 of 10 sources cannot be reached. It is likely this machine's own connection."
    assert Story().step(NOW, network).bad == (f"Network: {network.told}",)


@pytest.mark.parametrize("states", [4, 7])
def test_a_few_sources_away_are_told_one_by_one(states: int) -> None:
    known = {f"s{number}": away(f"s{number}") for number in range(states)}
    if states >= 5:
        known |= {f"t{number}": SourceState(f"t{number}", last_polled_at=NOW, entries=3) for number in range(3)}
    matters = of_sources(known, NOW)
    assert [matter.state for matter in matters if matter.subject.startswith("source:s")] == ["failing"] * states
    assert decide(matters, {}, NOW).bad == ()


def test_while_our_connection_is_not_back_for_long_single_absences_are_not_told() -> None:
    states = {f"s{number}": away(f"s{number}") for number in range(3)} | {
        f"t{number}": SourceState(f"t{number}", last_polled_at=NOW, last_success_at=NOW, entries=3) for number in range(5)
    }
    assert not any(matter.state for matter in of_sources(states, NOW, were_away=True))
    assert sum(bool(matter.state) for matter in of_sources(states, NOW)) == 3


def test_our_absence_began_when_the_most_were_lost_not_when_the_first_was() -> None:
    states = {f"s{number}": away(f"s{number}") for number in range(9)}
    states["old"] = replace(away("old"), failing_since=NOW - 40 * DAY)
    (network,) = of_sources(states, NOW)
    assert network.since == NOW - HOUR


def test_servers_that_answer_with_errors_are_no_trouble_of_ours() -> None:
    matters = of_sources({f"s{number}": away(f"s{number}", "500") for number in range(8)}, NOW)
    assert len(matters) == 9


def test_the_line_about_a_source_says_what_since_when_and_what_to_do() -> None:
    state = replace(away("eff", "500"), failing_since=NOW - 7 * HOUR, last_error="eff.example answered 500.")
    (told,) = Story().step(NOW, *of_sources({"eff": state}, NOW)).bad
    assert told.startswith("eff: failing for 7 hours. eff.example answered 500. It is tried again by itself")


def test_a_rule_that_used_to_match_and_stopped_is_told() -> None:
    (told,) = [matter for matter in of_rules({}, {"plates": 51, "rare": 11}, ["plates", "rare", "new"]) if matter.state]
    assert told.told.startswith("has matched nothing for 30 days; it used to match about 4 articles a week.")
    assert not any(matter.state for matter in of_rules({"plates": 1}, {"plates": 51}, ["plates"]))


def test_the_dead_are_listed_with_when_they_last_spoke() -> None:
    states = {
        "old": SourceState("old", last_polled_at=NOW, last_success_at=NOW, newest_at=NOW - 200 * DAY),
        "fine": SourceState("fine", last_polled_at=NOW, last_success_at=NOW, newest_at=NOW),
    }
    message = the_dead(states, NOW)
    assert message == NoticeMessage(
        "1 source brings nothing any more",
        ("old: silent, newest entry 200 days ago.", "Remove them, or give them the addresses where they live now."),
    )
    assert the_dead({"fine": states["fine"]}, NOW) is None


def test_a_heartbeat_counts_what_was_read() -> None:
    told = heartbeat(since=NOW - DAY, now=NOW, sources=304, troubled=2, articles=1204, rules=3)
    assert told.lines[0].startswith(
        "In the last 24 hours, 1,204 new articles from 304 sources were read and none was news for any of"
    )
    assert told.lines[1] == "2 sources are in trouble; `sources` tells which."


def test_a_message_names_how_many_matters_it_is_about() -> None:
    assert headline(Decision(bad=("a",), good=("b", "c"))) == "1 matter needs attention, 2 are well again"
    assert headline(Decision(good=("b",))) == "1 is well again"


def test_a_notice_is_a_row_of_the_outbox_like_any_other() -> None:
    row = to_send(Channel("ops", Platform.CONSOLE, "ops"), NoticeMessage("1 is well again", ("eff: well again.",)), NOW)
    assert (row.action, row.state, row.reason, row.story_id, row.not_before) == (
        Action.POST,
        DeliveryState.PENDING,
        Reason.NOTICE,
        None,
        NOW,
    )


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(0), "1 minute"),
        (90 * timedelta(minutes=1), "90 minutes"),
        (3 * HOUR, "3 hours"),
        (47 * HOUR, "47 hours"),
        (2 * DAY, "2 days"),
    ],
)
def test_a_span_is_told_in_the_largest_unit_that_says_something(length: timedelta, told: str) -> None:
    assert span(length) == told
