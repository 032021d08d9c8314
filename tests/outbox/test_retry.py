"""The schedule and the verdicts, read as sentences."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.deliveries import Action, DeliveryState, Outcome, Receipt, Scope
from bot.core.model import ChannelSettings, OnDoubt
from bot.core.reasons import Reason
from bot.outbox.retry import DELAYS, JITTER, NEVER, after_doubt, after_receipt, wait_before, wait_parked

repeatable = settings(derandomize=True, deadline=None)
UNKNOWN = Receipt(Outcome.UNKNOWN, detail="timeout")


def row(build, outbox, **changes):
    outbox.post()
    return outbox.put("d-team-1", **{"state": DeliveryState.SENDING, "attempt": 1, **changes})


def test_there_are_eleven_tries_over_about_a_day():
    assert len(DELAYS) == 11
    assert timedelta(hours=23) < sum(DELAYS, timedelta()) < timedelta(hours=24)


@repeatable
@given(st.text(max_size=30))
def test_each_wait_is_longer_than_the_last_but_for_the_two_longest_and_none_exceeds_its_jitter(number):
    waits = [wait_before(number, attempt) for attempt in range(len(DELAYS))]
    assert waits[:-1] == sorted(waits[:-1])
    assert waits[0] == timedelta(0)
    for wait, nominal in zip(waits, DELAYS, strict=True):
        assert nominal * (1 - JITTER) <= wait <= nominal * (1 + JITTER)
    assert max(waits) <= timedelta(hours=8) * (1 + JITTER)


@repeatable
@given(st.text(max_size=30), st.integers(min_value=1, max_value=10))
def test_a_wait_is_the_same_every_time_it_is_asked_for(number, attempt):
    assert wait_before(number, attempt) == wait_before(number, attempt)


def test_the_jitter_spreads_deliveries_that_failed_together():
    waits = {wait_before(f"d{number}", 3) for number in range(200)}
    assert len(waits) > 190
    assert min(waits) < timedelta(seconds=100)
    assert max(waits) > timedelta(seconds=140)


def test_a_channel_that_refused_us_is_left_alone_for_a_quarter_of_an_hour_then_twice_as_long_up_to_six_hours():
    minutes = [wait_parked(tries) // timedelta(minutes=1) for tries in range(7)]
    assert minutes == [15, 30, 60, 120, 240, 360, 360]
    assert wait_parked(100_000) == timedelta(hours=6)


@pytest.mark.parametrize("attempt", [-1, 11, 40])
def test_a_try_that_does_not_exist_has_no_wait(attempt):
    with pytest.raises(ValueError, match="tried 11 times"):
        wait_before("d1", attempt)


# outcome, scope, retry_after, attempt -> state, reason, park, counted, told
VERDICTS = {
    "accepted is sent": (Outcome.ACCEPTED, None, None, 1, "sent", "new_story", None, True, False),
    "accepted on the eleventh try is sent": (Outcome.ACCEPTED, None, None, 11, "sent", "new_story", None, True, False),
    "a failure waits": (Outcome.RETRY, None, None, 1, "pending", "new_story", None, True, False),
    "a tenth failure still waits": (Outcome.RETRY, None, None, 10, "pending", "new_story", None, True, False),
    "an eleventh failure ends it": (Outcome.RETRY, None, None, 11, "dead", "exhausted", None, True, True),
    "being asked to wait is no failure": (Outcome.RETRY, None, 7.0, 11, "pending", "new_story", None, False, False),
    "a refused token stops the platform": (
        Outcome.REJECTED,
        Scope.TOKEN,
        None,
        1,
        "pending",
        "new_story",
        "token_refused",
        False,
        True,
    ),
    "a refused workspace stops its channels": (
        Outcome.REJECTED,
        Scope.WORKSPACE,
        None,
        1,
        "pending",
        "new_story",
        "not_installed",
        False,
        True,
    ),
    "a refused channel is parked": (Outcome.REJECTED, Scope.CHANNEL, None, 1, "pending", "new_story", "channel_gone", False, True),
    "a deleted message ends quietly": (Outcome.REJECTED, Scope.MESSAGE, None, 1, "skipped", "message_gone", None, True, False),
    "refused content is kept for repair": (Outcome.REJECTED, Scope.CONTENT, None, 1, "dead", "content_refused", None, True, True),
    "a refusal about nothing is about the content": (Outcome.REJECTED, None, None, 1, "dead", "content_refused", None, True, True),
    "no answer is doubt": (Outcome.UNKNOWN, None, None, 1, "in_doubt", "new_story", None, True, False),
    "no answer to the last try is doubt too": (Outcome.UNKNOWN, None, None, 11, "in_doubt", "new_story", None, True, False),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_the_verdict_on_an_answer(case, build, outbox):
    outcome, scope, retry_after, attempt, state, reason, park, counted, told = VERDICTS[case]
    receipt = Receipt(
        outcome, scope=scope, retry_after=retry_after, message_ref="m1" if outcome is Outcome.ACCEPTED else None, detail="x"
    )
    verdict = after_receipt(row(build, outbox, attempt=attempt), receipt, build.noon)
    assert (verdict.state, verdict.reason, verdict.park, verdict.counted, verdict.tell) == (state, reason, park, counted, told)
    assert verdict.whole_platform is (scope is Scope.TOKEN)
    assert bool(verdict.error) is (outcome is not Outcome.ACCEPTED)
    if state == "pending" or state == "in_doubt":
        assert verdict.not_before is not None
        assert verdict.not_before >= build.noon


@pytest.mark.parametrize(
    ("asked", "waited"),
    [(0, 1), (0.5, 1), (-3, 1), (math.nan, 1), (30, 30), (1.25, 1.25), (86_400, 86_400), (1e9, 86_400), (math.inf, 86_400)],
)
def test_retry_after_wins_and_belongs_to_the_channel(asked, waited, build, outbox):
    verdict = after_receipt(row(build, outbox, attempt=9), Receipt(Outcome.RETRY, retry_after=asked), build.noon)
    assert verdict.not_before == verdict.channel_not_before == build.noon + timedelta(seconds=waited)


def test_after_a_failure_the_whole_channel_waits_so_that_nothing_overtakes(build, outbox):
    verdict = after_receipt(row(build, outbox, attempt=2), Receipt(Outcome.RETRY, detail="503"), build.noon)
    assert verdict.not_before == verdict.channel_not_before == build.noon + wait_before("d-team-1", 2)
    assert verdict.error == "the platform could not take the message (503)"


def test_an_edit_without_an_answer_is_simply_made_again(build, outbox):
    verdict = after_receipt(row(build, outbox, action=Action.EDIT), UNKNOWN, build.noon)
    assert (verdict.state, verdict.reason, verdict.message) == ("pending", Reason.REPEATED, None)
    ended = after_receipt(row(build, build.outbox(), action=Action.EDIT, attempt=11), UNKNOWN, build.noon)
    assert (ended.state, ended.reason) == ("dead", "exhausted")


def test_a_receiver_that_takes_a_number_once_is_simply_sent_it_again_unmarked(build, outbox):
    verdict = after_receipt(row(build, outbox, attempt=3), UNKNOWN, build.noon, taken_once=True)
    assert (verdict.state, verdict.reason, verdict.message) == ("pending", Reason.REPEATED, None)
    assert verdict.not_before == verdict.channel_not_before == build.noon + wait_before("d-team-1", 3)
    ended = after_receipt(row(build, build.outbox(), attempt=11), UNKNOWN, build.noon, taken_once=True)
    assert (ended.state, ended.reason, ended.tell) == ("dead", "exhausted", True)


def test_a_doubt_about_such_a_receiver_ends_in_another_try_unmarked_unless_the_message_is_gone(build, outbox):
    doubtful = row(build, outbox, state=DeliveryState.IN_DOUBT)
    verdict = after_doubt(doubtful, None, ChannelSettings(), taken_once=True)
    assert (verdict.state, verdict.reason, verdict.message) == ("pending", Reason.REPEATED, None)
    blind = row(build, build.outbox(), state=DeliveryState.IN_DOUBT, message=None)
    assert after_doubt(blind, None, ChannelSettings(), taken_once=True).state is DeliveryState.HELD


FOUND = Receipt(Outcome.ACCEPTED, message_ref="m9")
ABSENT = Receipt(Outcome.RETRY)
# what the platform says, on_doubt, repeated already, action -> state, reason, marked now
DOUBTS = {
    "it is there": (FOUND, OnDoubt.REPEAT, False, Action.POST, "sent", "new_story", False),
    "it is there, whatever on_doubt says": (FOUND, OnDoubt.HOLD, True, Action.POST, "sent", "new_story", False),
    "it is certainly not there: sent again, no repeat": (ABSENT, OnDoubt.HOLD, False, Action.POST, "pending", "new_story", False),
    "nobody knows: repeated and marked": (None, OnDoubt.REPEAT, False, Action.POST, "pending", "repeated", True),
    "the question had no answer: the same": (UNKNOWN, OnDoubt.REPEAT, False, Action.DIGEST, "pending", "repeated", True),
    "nobody knows a second time: held": (None, OnDoubt.REPEAT, True, Action.POST, "held", "in_doubt", False),
    "nobody knows, and silence is preferred: held": (None, OnDoubt.HOLD, False, Action.POST, "held", "in_doubt", False),
    "an edit does no harm twice": (None, OnDoubt.HOLD, False, Action.EDIT, "pending", "repeated", False),
}


@pytest.mark.parametrize("case", DOUBTS)
def test_the_verdict_on_a_doubt(case, build, outbox):
    found, on_doubt, repeated, action, state, reason, marked = DOUBTS[case]
    waiting = row(build, outbox, state=DeliveryState.IN_DOUBT, action=action, message=build.message(repeated=repeated))
    verdict = after_doubt(waiting, found, ChannelSettings(on_doubt=on_doubt))
    assert (verdict.state, verdict.reason) == (state, reason)
    assert (verdict.message is not None and verdict.message.repeated) is marked
    if state == "held":
        assert verdict.not_before == NEVER
        assert verdict.tell
    if found is FOUND:
        assert verdict.message_ref == "m9"


def test_a_row_whose_message_is_not_kept_is_not_sent_blind(build, outbox):
    waiting = row(build, outbox, state=DeliveryState.IN_DOUBT, message=None)
    assert after_doubt(waiting, None, ChannelSettings()).state is DeliveryState.HELD


def test_a_repeat_waits_as_long_as_the_failed_try_asked(build, outbox):
    later = build.noon + timedelta(seconds=5)
    waiting = row(build, outbox, state=DeliveryState.IN_DOUBT, not_before=later)
    assert after_doubt(waiting, None, ChannelSettings()).not_before == later


def test_a_row_that_was_due_stays_due_since_then_whatever_its_doubt_took(build, outbox):
    waited = row(build, outbox, state=DeliveryState.IN_DOUBT)
    for found in (None, Receipt(Outcome.RETRY)):
        assert after_doubt(waited, found, ChannelSettings()).not_before == build.noon
