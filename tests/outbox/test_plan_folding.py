"""Two stories that proved to be one: the younger message points to the older, or is not sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.deliveries import DeliveryState
from bot.core.model import Tier
from bot.core.reasons import Reason
from bot.outbox.plan import Arrival, Plan

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# ---------------------------------------------------------------- two stories that proved to be one

OLDER, YOUNGER = "s1", "s2"


def merged(plans, outbox, now=None, message=None):
    return plans.decide(
        outbox.history("team", [OLDER, YOUNGER]),
        message=message or plans.build.message(independent=2),
        arrivals=[Arrival("i3", plans.build.noon)],
        changes=[plans.change("i3", merged=(YOUNGER,), tier=Tier.STORY)],
        now=now or plans.build.noon + HOUR,
    )


def test_the_younger_message_becomes_a_pointer(build, outbox, plans):
    outbox.post(1, state=DeliveryState.SENT)
    outbox.post(2, state=DeliveryState.SENT, message=build.message("s2", headline="Council drops readers"))
    planned = merged(plans, outbox)
    assert planned.revisions == ()
    edit, pointer = planned.new
    assert (edit.story_id, edit.target_id, edit.reason) == ("s1", "d-team-1", Reason.NEW_OUTLET)
    assert (pointer.action, pointer.story_id, pointer.target_id, pointer.reason) == ("edit", "s2", "d-team-2", Reason.MERGED)
    assert (pointer.message.headline, pointer.message.pointer) == ("Council drops readers", build.message().headline)


def test_a_pointer_is_made_once(build, outbox, plans):
    outbox.post(1, state=DeliveryState.SENT)
    outbox.post(2, state=DeliveryState.SENT)
    outbox.commit(merged(plans, outbox), build.noon + HOUR)
    again = merged(plans, outbox, message=build.message(independent=2))
    assert again == Plan(silence=Reason.SAME_STORY)


def test_a_younger_message_that_waits_is_not_sent(build, outbox, plans):
    outbox.post(1, state=DeliveryState.SENT, message=build.message(independent=2))
    outbox.post(2, state=DeliveryState.HELD)
    planned = merged(plans, outbox)
    assert planned.new == ()
    (revision,) = planned.revisions
    assert (revision.delivery_id, revision.expected, revision.state, revision.reason) == (
        "d-team-2",
        "held",
        "skipped",
        "merged_away",
    )


def test_an_edit_that_waits_becomes_the_pointer(build, outbox, plans):
    outbox.post(1, state=DeliveryState.SENT, message=build.message(independent=2))
    outbox.post(2, state=DeliveryState.SENT)
    plans.edit_row(outbox, 3, DeliveryState.PENDING, updated_at=build.noon, story_id="s2")
    planned = merged(plans, outbox)
    assert planned.new == ()
    (revision,) = planned.revisions
    assert (revision.delivery_id, revision.reason) == ("e3", Reason.MERGED)
    assert revision.message.pointer is not None


def test_two_messages_that_wait_become_one_under_the_older_name(build, outbox, plans):
    outbox.post(2)
    outbox.post(1)
    outbox.commit(merged(plans, outbox), build.noon + HOUR)
    assert outbox.rows["d-team-1"].state is DeliveryState.PENDING
    assert outbox.rows["d-team-1"].message.independent == 2
    assert (outbox.rows["d-team-2"].state, outbox.rows["d-team-2"].reason) == ("skipped", "merged_away")


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.SENT])
def test_where_only_the_younger_was_to_be_told_its_message_becomes_the_storys_own(state, build, outbox, plans):
    outbox.post(2, state=state)
    outbox.commit(merged(plans, outbox), build.noon + HOUR)
    assert outbox.rows["d-team-2"].story_id == "s1"
    assert outbox.rows["d-team-2"].state is state
    assert [row.action for row in outbox.rows.values()] == (["post", "edit"] if state is DeliveryState.SENT else ["post"])
    later = plans.decide(outbox.history("team", [OLDER]), message=build.message(independent=2), now=build.noon + 2 * HOUR)
    assert later.new == ()


def test_a_younger_message_on_its_way_is_edited_when_it_has_arrived(plans, outbox):
    outbox.post(2, state=DeliveryState.SENDING)
    planned = merged(plans, outbox)
    (edit,) = planned.new
    assert (edit.target_id, edit.story_id) == ("d-team-2", "s1")
    (adopted,) = planned.revisions
    assert (adopted.expected, adopted.story_id, adopted.message, adopted.state) == ("sending", "s1", None, None)


def test_a_younger_message_that_waits_takes_the_older_name_even_if_it_says_the_same(build, outbox, plans):
    outbox.post(2, message=build.message(independent=2))
    (revision,) = merged(plans, outbox).revisions
    assert (revision.delivery_id, revision.story_id) == ("d-team-2", "s1")


def test_a_younger_message_held_in_doubt_is_left_to_a_person(build, outbox, plans):
    outbox.post(1, state=DeliveryState.SENT, message=build.message(independent=2))
    outbox.post(2, state=DeliveryState.HELD, reason=Reason.IN_DOUBT)
    assert merged(plans, outbox) == Plan(silence=Reason.SAME_STORY)


def test_a_message_that_is_out_wins_over_one_that_waits_whichever_is_older(build, outbox, plans):
    outbox.post(1)
    outbox.post(2, state=DeliveryState.SENT)
    outbox.commit(merged(plans, outbox), build.noon + HOUR)
    assert (outbox.rows["d-team-1"].state, outbox.rows["d-team-1"].reason) == ("skipped", "merged_away")
    assert outbox.rows["d-team-2"].story_id == "s1"


def test_after_a_digest_told_one_of_them_the_other_is_not_sent(plans, outbox):
    outbox.post(1, state=DeliveryState.SKIPPED, reason=Reason.IN_DIGEST)
    outbox.post(2)
    planned = merged(plans, outbox)
    assert planned.new == ()
    assert [revision.reason for revision in planned.revisions] == [Reason.MERGED_AWAY]


def test_a_younger_message_deleted_by_a_person_is_left_alone(build, outbox, plans):
    outbox.post(1, state=DeliveryState.SENT, message=build.message(independent=2))
    outbox.post(2, state=DeliveryState.SENT)
    plans.edit_row(outbox, 4, DeliveryState.SKIPPED, updated_at=build.noon, reason=Reason.MESSAGE_GONE, story_id="s2")
    assert merged(plans, outbox) == Plan(silence=Reason.SAME_STORY)


def test_a_pointer_can_be_made_when_the_younger_words_are_not_kept(build, outbox, plans):
    outbox.post(1, state=DeliveryState.SENT, message=build.message(independent=2))
    outbox.post(2, state=DeliveryState.SENT, message=None)
    pointer = plans.only(merged(plans, outbox))
    assert (pointer.message.story_id, pointer.message.pointer) == ("s2", build.message().headline)
