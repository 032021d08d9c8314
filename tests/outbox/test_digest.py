"""How held stories leave together, and when an outage ends with one message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.deliveries import Action, DeliveryState
from bot.core.model import Level
from bot.core.reasons import Reason
from bot.outbox.digest import LISTED
from bot.outbox.plan import Release, catch_up, release


def held(outbox, count, reason=Reason.QUIET_HOURS, **changes):
    for number in range(1, count + 1):
        outbox.post(number, state=DeliveryState.HELD, reason=reason, **changes)
    return list(outbox.rows.values())


def test_one_story_that_waited_leaves_as_a_message_of_its_own(build, outbox):
    assert release(build.channel(), held(outbox, 1), build.noon) == Release(released=("d-team-1",))


def test_several_leave_as_one_digest(build, outbox):
    rows = held(outbox, 3)
    released = release(build.channel(quiet_hours=(1320, 420)), rows, build.noon)
    digest = released.digest
    assert released.held_ids == ("d-team-1", "d-team-2", "d-team-3")
    assert released.released == ()
    assert (digest.action, digest.state, digest.reason, digest.story_id) == ("digest", "pending", "digest", None)
    assert digest.story_ids == ("s1", "s2", "s3")
    assert digest.message.title == "Tuesday 10 March: 3 stories"
    assert digest.message.note == "Held during quiet hours, between 22:00 and 07:00: 3."
    assert digest.not_before == build.noon


def test_a_channel_that_wants_digests_gets_one_even_for_one_story(build, outbox):
    released = release(build.channel(digest="hourly"), held(outbox, 1, Reason.DIGEST_ONLY), build.noon)
    assert released.digest.message.title == "Tuesday 10 March: 1 story"
    assert released.digest.message.note == ""


def test_the_title_is_dated_by_the_channels_own_calendar(build, outbox):
    released = release(build.channel(timezone="Pacific/Auckland"), held(outbox, 2), build.noon)
    assert released.digest.message.title == "Wednesday 11 March: 2 stories"


def test_what_was_held_for_different_reasons_is_told_apart(build, outbox):
    rows = [*held(outbox, 2, Reason.QUIET_HOURS), outbox.post(9, state=DeliveryState.HELD, reason=Reason.OVER_CAP)]
    note = release(build.channel(), rows, build.noon).digest.message.note
    assert note == "Held during quiet hours: 2. Held because more messages were due than this channel takes in an hour: 1."


def test_a_digest_begins_with_what_matters_most(build, outbox):
    outbox.post(1, state=DeliveryState.HELD, message=build.message("s1"))
    outbox.post(2, state=DeliveryState.HELD, message=build.message("s2", independent=4))
    outbox.post(3, state=DeliveryState.HELD, message=build.message("s3", level=Level.CRITICAL))
    outbox.post(4, state=DeliveryState.HELD, message=build.message("s4"))
    digest = release(build.channel(), list(outbox.rows.values()), build.noon).digest
    assert [story.story_id for story in digest.message.stories] == ["s3", "s2", "s1", "s4"]
    assert digest.story_ids == ("s1", "s2", "s3", "s4")


def test_a_digest_lists_no_more_than_a_person_reads_and_names_the_rest_in_its_row(build, outbox):
    rows = held(outbox, 10_000, Reason.OVER_CAP)
    released = release(build.channel(), rows, build.noon)
    assert len(released.digest.message.stories) == LISTED
    assert len(released.digest.story_ids) == len(released.held_ids) == 10_000
    assert released.digest.message.title == "Tuesday 10 March: 10000 stories"
    assert released.digest.message.note.endswith("Not listed here for want of room: 9960 more.")


def test_what_is_held_in_doubt_or_not_due_stays(build, outbox):
    outbox.post(1, state=DeliveryState.HELD, reason=Reason.IN_DOUBT)
    outbox.post(2, state=DeliveryState.HELD, not_before=build.noon + timedelta(seconds=1))
    outbox.post(3, state=DeliveryState.SENT)
    assert release(build.channel(), list(outbox.rows.values()), build.noon) == Release()


def test_the_same_rows_make_the_same_digest(build, outbox):
    rows = held(outbox, 3)
    first = release(build.channel(), rows, build.noon).digest
    assert release(build.channel(), list(reversed(rows)), build.noon).digest == first
    assert release(build.channel(), rows[:2], build.noon).digest.id != first.id


@pytest.mark.parametrize(
    ("count", "overdue", "digest"),
    [
        (2, timedelta(hours=2), False),
        (2, timedelta(hours=2, seconds=1), True),
        (1, timedelta(hours=5), False),  # one message is no flood
        (20, timedelta(hours=1), False),
        (21, timedelta(hours=1), True),
        (21, timedelta(minutes=10), False),  # a burst of news, not an outage
        (900, timedelta(seconds=30), False),
    ],
)
def test_after_a_long_outage_or_with_many_waiting_one_digest_is_kinder(count, overdue, digest, build, outbox):
    for number in range(1, count + 1):
        outbox.post(number, not_before=build.noon - overdue)
    decided = catch_up(build.channel(), list(outbox.rows.values()), build.noon)
    assert (decided is not None) is digest
    if digest:
        assert decided.digest.reason is Reason.AFTER_OUTAGE
        assert len(decided.held_ids) == count
        assert decided.digest.message.note == "These waited while this channel could not be reached."


def test_edits_and_repeats_are_not_swept_into_a_digest(build, outbox):
    outbox.post(1)
    outbox.post(2)
    outbox.post(3, action=Action.EDIT)
    outbox.post(4, reason=Reason.REPEATED)
    decided = catch_up(build.channel(), list(outbox.rows.values()), build.noon + timedelta(hours=3))
    assert decided.held_ids == ("d-team-1", "d-team-2")
