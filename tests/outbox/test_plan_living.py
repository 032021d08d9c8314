"""What news means for a message that waits or is out: it leaves with the newer words, or is edited now and then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.commands.reasons import HAPPENED
from bot.core.deliveries import Action, DeliveryState
from bot.core.model import Tier
from bot.core.reasons import Reason
from bot.outbox.plan import Arrival, Plan

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# ---------------------------------------------------------------- a message that waits


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.HELD])
def test_a_message_that_waits_leaves_with_the_newer_words(state, build, outbox, plans):
    outbox.post(state=state)
    newer = build.message(also=("State Radio",), independent=2)
    planned = plans.decide(outbox.history("team", ["s1"]), message=newer)
    assert planned.new == ()
    (revision,) = planned.revisions
    assert (revision.delivery_id, revision.expected, revision.message) == ("d-team-1", state, newer)
    assert (revision.state, revision.not_before, revision.reason, revision.story_id) == (None, None, None, None)


def test_a_message_that_waits_and_says_the_same_is_left_alone(build, outbox, plans):
    outbox.post()
    assert plans.decide(outbox.history("team", ["s1"]), arrivals=[Arrival("i2", build.noon, copy=True)]) == Plan(
        silence=Reason.COPY
    )


def test_a_copy_of_something_that_waits_costs_no_edit(build, outbox, plans):
    outbox.post()
    planned = plans.decide(
        outbox.history("team", ["s1"]), message=build.message(copies=1), arrivals=[Arrival("i2", build.noon, copy=True)]
    )
    assert planned.new == ()
    assert planned.revisions[0].message.copies == 1


# ---------------------------------------------------------------- a message that is out

SENT = {
    # what the newer message says, who arrived (copy, rerun) -> reason of the edit or of the silence
    "an independent outlet joined": ({"also": ("State Radio",), "independent": 2}, (False, False), Reason.NEW_OUTLET, None),
    "an outlet of the same owner joined": ({"also": ("State Radio",)}, (False, False), Reason.NEW_OUTLET, None),
    "an earlier report took the lead": ({"headline": "Council ends contract"}, (False, False), Reason.BETTER_SOURCE, None),
    "an earlier original took the lead": (
        {"url": "https://wire.example/1", "outlet": "Wire"},
        (True, False),
        Reason.BETTER_SOURCE,
        None,
    ),
    "fuller sentences": ({"sentences": ("The council voted.", "6-3.")}, (False, False), Reason.BETTER_SOURCE, None),
    "a rule more": ({"rules": (("plates", "plate readers"), ("votes", "votes"))}, (False, False), Reason.BETTER_SOURCE, None),
    "it is known now what it follows": ({"follows": ("Vote delayed", None)}, (False, False), Reason.BETTER_SOURCE, None),
    "a copy only counts": ({"copies": 1}, (True, False), None, Reason.COPY),
    "a copy names an outlet more": ({"copies": 1, "also": ("Courier",)}, (True, False), None, Reason.COPY),
    "a rerun only counts": ({"copies": 1}, (True, True), None, Reason.RERUN),
    "a report that changes nothing that is shown": ({"copies": 1}, (False, False), None, Reason.SAME_STORY),
    "other words matched": ({"matched": ("readers",)}, (False, False), None, Reason.SAME_STORY),
}


def test_where_a_report_proved_to_repeat_another_the_reason_says_so(build, outbox, plans):
    outbox.post(state=DeliveryState.SENT, message=build.message(also=("Courier",), independent=2))
    planned = plans.decide(outbox.history("team", ["s1"]), message=build.message(copies=1), arrivals=[Arrival("i2", build.noon)])
    (edit,) = planned.new
    assert edit.reason is Reason.BETTER_SOURCE
    assert "proved to repeat another" in HAPPENED[edit.reason]


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.IN_DOUBT])
@pytest.mark.parametrize("case", SENT)
def test_a_message_that_is_out_is_edited_when_its_readers_would_learn_something(case, state, build, outbox, plans):
    changed, (copy, rerun), edited, silent = SENT[case]
    outbox.post(state=state)
    newer = build.message(**changed)
    arrivals = [Arrival("i2", build.noon, copy=copy, rerun=rerun)]
    planned = plans.decide(outbox.history("team", ["s1"]), message=newer, arrivals=arrivals, now=build.noon + HOUR)
    assert planned.silence is silent
    assert planned.posts == 0
    if edited is None:
        assert planned.new == ()
        return
    row = plans.only(planned)
    assert (row.action, row.state, row.reason, row.target_id, row.message) == ("edit", "pending", edited, "d-team-1", newer)
    assert row.not_before == build.noon + HOUR


def test_an_item_known_by_its_key_is_a_copy_even_if_nobody_named_its_original(build, outbox, plans):
    outbox.post(state=DeliveryState.SENT)
    planned = plans.decide(
        outbox.history("team", ["s1"]),
        message=build.message(also=("Courier",)),
        arrivals=[Arrival("i2", build.noon)],
        changes=[plans.change("i2", tier=Tier.KEY)],
    )
    assert planned.silence is Reason.COPY


def test_edits_are_never_closer_than_group_interval(build, outbox, plans):
    channel = build.channel(group_interval=timedelta(minutes=5))
    outbox.post(state=DeliveryState.SENT)
    first = plans.only(plans.decide(outbox.history("team", ["s1"]), channel=channel, message=build.message(independent=2)))
    assert first.not_before == build.noon + timedelta(minutes=5)
    plans.edit_row(outbox, 2, DeliveryState.SENT, updated_at=build.noon + timedelta(minutes=7))
    second = plans.only(
        plans.decide(
            outbox.history("team", ["s1"]),
            channel=channel,
            message=build.message(independent=3),
            now=build.noon + timedelta(minutes=8),
        )
    )
    assert second.not_before == build.noon + timedelta(minutes=12)
    assert second.id != first.id


def test_an_edit_that_waits_is_improved_instead_of_followed_by_another(build, outbox, plans):
    outbox.post(state=DeliveryState.SENT)
    plans.edit_row(outbox, 2, DeliveryState.PENDING, updated_at=build.noon)
    newest = build.message(independent=3)
    planned = plans.decide(outbox.history("team", ["s1"]), message=newest)
    assert planned.new == ()
    (revision,) = planned.revisions
    assert (revision.delivery_id, revision.expected, revision.message) == ("e2", DeliveryState.PENDING, newest)


def test_an_edit_on_its_way_is_followed_by_another(build, outbox, plans):
    outbox.post(state=DeliveryState.SENT)
    plans.edit_row(outbox, 2, DeliveryState.SENDING, updated_at=build.noon)
    assert plans.only(plans.decide(outbox.history("team", ["s1"]), message=build.message(independent=3))).action is Action.EDIT


def test_an_edit_that_failed_for_good_was_never_read(build, outbox, plans):
    outbox.post(state=DeliveryState.SENT)
    plans.edit_row(outbox, 2, DeliveryState.DEAD, updated_at=build.noon, reason=Reason.EXHAUSTED)
    assert (
        plans.only(plans.decide(outbox.history("team", ["s1"]), message=build.message(independent=2))).reason is Reason.NEW_OUTLET
    )


def test_a_message_deleted_by_a_person_is_not_edited_any_more(build, outbox, plans):
    outbox.post(state=DeliveryState.SENT)
    plans.edit_row(outbox, 2, DeliveryState.SKIPPED, updated_at=build.noon, reason=Reason.MESSAGE_GONE)
    planned = plans.decide(outbox.history("team", ["s1"]), message=build.message(independent=3))
    assert planned == Plan(silence=Reason.MESSAGE_GONE)


def test_a_message_held_in_doubt_waits_for_a_person(build, outbox, plans):
    outbox.post(state=DeliveryState.HELD, reason=Reason.IN_DOUBT)
    planned = plans.decide(outbox.history("team", ["s1"]), message=build.message(independent=3))
    assert planned == Plan(silence=Reason.IN_DOUBT)


def test_a_message_that_waits_to_be_repeated_keeps_its_words_and_is_edited_later(build, outbox, plans):
    outbox.post(message=build.message(repeated=True), reason=Reason.REPEATED)
    planned = plans.decide(outbox.history("team", ["s1"]), message=build.message(independent=2))
    assert plans.only(planned).action is Action.EDIT


@pytest.mark.parametrize(("copy", "edited"), [(False, True), (True, False)])
def test_where_the_old_words_are_not_kept_only_a_new_report_is_worth_an_edit(copy, edited, build, outbox, plans):
    outbox.post(state=DeliveryState.SENT, message=None)
    planned = plans.decide(outbox.history("team", ["s1"]), arrivals=[Arrival("i2", build.noon, copy=copy)])
    assert bool(planned.new) is edited
