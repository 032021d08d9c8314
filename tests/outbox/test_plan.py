"""What news means for a channel: tables that read as sentences, timelines, and one property: never two posts of one story."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.deliveries import Action, DeliveryState
from bot.core.model import Item, StoryChange, Tier
from bot.core.reasons import Reason
from bot.core.records import Member
from bot.outbox.plan import Arrival, NewsFacts, Plan, plan

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def facts(*arrivals):
    return NewsFacts(arrivals)


def change(item_id="i1", story_id="s1", *, tier=Tier.NEW, **more):
    return StoryChange(item_id=item_id, tier=tier, story_id=story_id, **more)


def decide(build, history=(), *, channel=None, message=None, story=None, arrivals=None, changes=None, recent_posts=0, now=None):
    """Plan with the ordinary case filled in: one new report at noon, in an empty channel."""
    arrivals = [Arrival("i1", build.noon)] if arrivals is None else arrivals
    return plan(
        message or build.message(),
        story or build.story(),
        [change(arrival.item_id) for arrival in arrivals] if changes is None else changes,
        channel or build.channel(),
        history,
        recent_posts=recent_posts,
        news=facts(*arrivals),
        now=now or build.noon,
    )


def only(planned):
    """The one row of a plan that writes one row and revises none."""
    assert planned.revisions == ()
    (row,) = planned.new
    return row


# ---------------------------------------------------------------- the first message

FIRST = {
    # settings of the channel; the arrivals: (age in hours or None, baseline rank, copy, rerun); posts of the last hour
    # -> state, reason, hours until it may go (None: group_wait)
    "news is posted": ({}, [(1, None, False, False)], 0, "pending", "new_story", None),
    "news without a date is posted": ({}, [(None, None, False, False)], 0, "pending", "new_story", None),
    "a copy of something never shown here is posted": ({}, [(1, None, True, False)], 0, "pending", "new_story", None),
    "a rerun is passed over": ({}, [(1, None, True, True)], 0, "skipped", "rerun", 0),
    "a rerun with its original is news": ({}, [(1, None, True, True), (2, None, False, False)], 0, "pending", "new_story", None),
    "a first poll is passed over": ({}, [(1, 0, False, False)], 0, "skipped", "baseline", 0),
    "a first poll is shown as far as backfill says": ({"backfill": 3}, [(1, 2, False, False)], 0, "pending", "backfill", None),
    "and no further": ({"backfill": 3}, [(1, 3, False, False)], 0, "skipped", "baseline", 0),
    "one newer than a first poll is news": ({}, [(1, 0, False, False), (1, None, False, False)], 0, "pending", "new_story", None),
    "backfill does not make old things new": ({"backfill": 3}, [(200, 0, False, False)], 0, "skipped", "too_old", 0),
    "older than max_age is passed over": ({}, [(169, None, False, False)], 0, "skipped", "too_old", 0),
    "exactly max_age is posted": ({}, [(168, None, False, False)], 0, "pending", "new_story", None),
    "without max_age nothing is too old": ({"max_age": None}, [(9_000, None, False, False)], 0, "pending", "new_story", None),
    "the newest date counts": ({}, [(400, None, False, False), (3, None, False, False)], 0, "pending", "new_story", None),
    "above the cap it is held until there is room": ({"max_per_hour": 5}, [(1, None, False, False)], 5, "held", "over_cap", 0),
    "below the cap it goes": ({"max_per_hour": 5}, [(1, None, False, False)], 4, "pending", "new_story", None),
    "no cap is no cap": ({"max_per_hour": 0}, [(1, None, False, False)], 900, "pending", "new_story", None),
    "quiet hours hold it until they end": ({"quiet_hours": (660, 840)}, [(1, None, False, False)], 0, "held", "quiet_hours", 2),
    "quiet hours come before the cap": (
        {"quiet_hours": (660, 840), "max_per_hour": 1}, [(1, None, False, False)], 9, "held", "quiet_hours", 2,
    ),
    "what would leave in quiet hours is held": (
        {"quiet_hours": (721, 840), "group_wait": timedelta(minutes=2)}, [(1, None, False, False)], 0, "held", "quiet_hours", 2,
    ),
    "a digest channel waits for its digest": ({"digest": "daily 18:00"}, [(1, None, False, False)], 0, "held", "digest_only", 6),
    "a digest in quiet hours waits for their end": (
        {"digest": "hourly", "quiet_hours": (720, 960)}, [(1, None, False, False)], 0, "held", "digest_only", 4,
    ),
    "what is passed over is not held": ({"digest": "hourly"}, [(1, 0, False, False)], 0, "skipped", "baseline", 0),
}  # fmt: skip


@pytest.mark.parametrize("case", FIRST)
def test_the_first_message_of_a_story(case, build):
    settings_, given_arrivals, recent, state, reason, wait = FIRST[case]
    arrivals = [
        Arrival(f"i{number}", None if age is None else build.noon - age * HOUR, rank, copy, rerun)
        for number, (age, rank, copy, rerun) in enumerate(given_arrivals)
    ]
    story = build.story(last_published=None, first_published=None)
    planned = decide(build, channel=build.channel(**settings_), story=story, arrivals=arrivals, recent_posts=recent)
    row = only(planned)
    assert (row.action, row.state, row.reason) == ("post", state, reason)
    assert row.not_before - build.noon == (build.channel(**settings_).settings.group_wait if wait is None else wait * HOUR)
    assert planned.posts == (1 if state == "pending" else 0)
    assert planned.silence is None
    assert (row.story_id, row.story_ids, row.target_id, row.message) == ("s1", (), None, build.message())


def test_a_report_without_a_date_is_as_old_as_the_story_it_joins(build):
    story = build.story(last_published=build.noon - 30 * DAY)
    assert only(decide(build, story=story, arrivals=[Arrival("i9", None)])).reason is Reason.TOO_OLD


# ---------------------------------------------------------------- a story that was passed over


@pytest.mark.parametrize("passed_over", [Reason.BASELINE, Reason.TOO_OLD, Reason.RERUN])
@pytest.mark.parametrize(
    ("arrival", "posted"),
    [
        ({"copy": True}, None),
        ({"copy": True, "rerun": True}, None),
        ({"baseline_rank": 4}, None),
        ({"published": -200}, None),
        ({}, Reason.NEW_STORY),
        ({"published": None}, Reason.NEW_STORY),
    ],
)
def test_a_story_passed_over_is_posted_once_something_new_is_reported(passed_over, arrival, posted, build, outbox):
    outbox.post(state=DeliveryState.SKIPPED, reason=passed_over)
    age = arrival.get("published", -1)
    published = None if age is None else build.noon + age * HOUR
    planned = decide(build, outbox.history("team", ["s1"]), arrivals=[Arrival("i2", **{**arrival, "published": published})])
    if posted is None:
        assert (planned.new, planned.revisions) == ((), ())
        assert planned.silence in (Reason.COPY, Reason.RERUN, Reason.BASELINE, Reason.TOO_OLD)
    else:
        assert only(planned).reason is posted


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("skipped", "in_digest"),
        ("skipped", "dropped"),
        ("skipped", "message_gone"),
        ("dead", "exhausted"),
        ("dead", "content_refused"),
    ],
)
def test_a_story_that_was_told_given_up_or_removed_by_a_person_is_not_posted_again(state, reason, build, outbox):
    outbox.post(state=DeliveryState(state), reason=Reason(reason))
    planned = decide(build, outbox.history("team", ["s1"]), arrivals=[Arrival("i2", build.noon)])
    assert planned == Plan(silence=Reason.SAME_STORY)


# ---------------------------------------------------------------- a message that waits


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.HELD])
def test_a_message_that_waits_leaves_with_the_newer_words(state, build, outbox):
    outbox.post(state=state)
    newer = build.message(also=("State Radio",), independent=2)
    planned = decide(build, outbox.history("team", ["s1"]), message=newer)
    assert planned.new == ()
    (revision,) = planned.revisions
    assert (revision.delivery_id, revision.expected, revision.message) == ("d-team-1", state, newer)
    assert (revision.state, revision.not_before, revision.reason, revision.story_id) == (None, None, None, None)


def test_a_message_that_waits_and_says_the_same_is_left_alone(build, outbox):
    outbox.post()
    assert decide(build, outbox.history("team", ["s1"]), arrivals=[Arrival("i2", build.noon, copy=True)]) == Plan(
        silence=Reason.COPY
    )


def test_a_copy_of_something_that_waits_costs_no_edit(build, outbox):
    outbox.post()
    planned = decide(
        build, outbox.history("team", ["s1"]), message=build.message(copies=1), arrivals=[Arrival("i2", build.noon, copy=True)]
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


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.IN_DOUBT])
@pytest.mark.parametrize("case", SENT)
def test_a_message_that_is_out_is_edited_when_its_readers_would_learn_something(case, state, build, outbox):
    changed, (copy, rerun), edited, silent = SENT[case]
    outbox.post(state=state)
    newer = build.message(**changed)
    arrivals = [Arrival("i2", build.noon, copy=copy, rerun=rerun)]
    planned = decide(build, outbox.history("team", ["s1"]), message=newer, arrivals=arrivals, now=build.noon + HOUR)
    assert planned.silence is silent
    assert planned.posts == 0
    if edited is None:
        assert planned.new == ()
        return
    row = only(planned)
    assert (row.action, row.state, row.reason, row.target_id, row.message) == ("edit", "pending", edited, "d-team-1", newer)
    assert row.not_before == build.noon + HOUR


def test_an_item_known_by_its_key_is_a_copy_even_if_nobody_named_its_original(build, outbox):
    outbox.post(state=DeliveryState.SENT)
    planned = decide(
        build,
        outbox.history("team", ["s1"]),
        message=build.message(also=("Courier",)),
        arrivals=[Arrival("i2", build.noon)],
        changes=[change("i2", tier=Tier.KEY)],
    )
    assert planned.silence is Reason.COPY


def edit_row(build, outbox, number, state, *, updated_at, message=None, reason=Reason.NEW_OUTLET, story_id="s1"):
    return outbox.post(
        number,
        id=f"e{number}",
        action=Action.EDIT,
        state=state,
        reason=reason,
        story_id=story_id,
        target_id="d-team-1",
        message=message or build.message(independent=number),
        now=updated_at,
    )


def test_edits_are_never_closer_than_group_interval(build, outbox):
    channel = build.channel(group_interval=timedelta(minutes=5))
    outbox.post(state=DeliveryState.SENT)
    first = only(decide(build, outbox.history("team", ["s1"]), channel=channel, message=build.message(independent=2)))
    assert first.not_before == build.noon + timedelta(minutes=5)
    edit_row(build, outbox, 2, DeliveryState.SENT, updated_at=build.noon + timedelta(minutes=7))
    second = only(
        decide(
            build,
            outbox.history("team", ["s1"]),
            channel=channel,
            message=build.message(independent=3),
            now=build.noon + timedelta(minutes=8),
        )
    )
    assert second.not_before == build.noon + timedelta(minutes=12)
    assert second.id != first.id


def test_an_edit_that_waits_is_improved_instead_of_followed_by_another(build, outbox):
    outbox.post(state=DeliveryState.SENT)
    edit_row(build, outbox, 2, DeliveryState.PENDING, updated_at=build.noon)
    newest = build.message(independent=3)
    planned = decide(build, outbox.history("team", ["s1"]), message=newest)
    assert planned.new == ()
    (revision,) = planned.revisions
    assert (revision.delivery_id, revision.expected, revision.message) == ("e2", DeliveryState.PENDING, newest)


def test_an_edit_on_its_way_is_followed_by_another(build, outbox):
    outbox.post(state=DeliveryState.SENT)
    edit_row(build, outbox, 2, DeliveryState.SENDING, updated_at=build.noon)
    assert only(decide(build, outbox.history("team", ["s1"]), message=build.message(independent=3))).action is Action.EDIT


def test_an_edit_that_failed_for_good_was_never_read(build, outbox):
    outbox.post(state=DeliveryState.SENT)
    edit_row(build, outbox, 2, DeliveryState.DEAD, updated_at=build.noon, reason=Reason.EXHAUSTED)
    assert only(decide(build, outbox.history("team", ["s1"]), message=build.message(independent=2))).reason is Reason.NEW_OUTLET


def test_a_message_deleted_by_a_person_is_not_edited_any_more(build, outbox):
    outbox.post(state=DeliveryState.SENT)
    edit_row(build, outbox, 2, DeliveryState.SKIPPED, updated_at=build.noon, reason=Reason.MESSAGE_GONE)
    planned = decide(build, outbox.history("team", ["s1"]), message=build.message(independent=3))
    assert planned == Plan(silence=Reason.MESSAGE_GONE)


def test_a_message_held_in_doubt_waits_for_a_person(build, outbox):
    outbox.post(state=DeliveryState.HELD, reason=Reason.IN_DOUBT)
    planned = decide(build, outbox.history("team", ["s1"]), message=build.message(independent=3))
    assert planned == Plan(silence=Reason.IN_DOUBT)


def test_a_message_that_waits_to_be_repeated_keeps_its_words_and_is_edited_later(build, outbox):
    outbox.post(message=build.message(repeated=True), reason=Reason.REPEATED)
    planned = decide(build, outbox.history("team", ["s1"]), message=build.message(independent=2))
    assert only(planned).action is Action.EDIT


@pytest.mark.parametrize(("copy", "edited"), [(False, True), (True, False)])
def test_where_the_old_words_are_not_kept_only_a_new_report_is_worth_an_edit(copy, edited, build, outbox):
    outbox.post(state=DeliveryState.SENT, message=None)
    planned = decide(build, outbox.history("team", ["s1"]), arrivals=[Arrival("i2", build.noon, copy=copy)])
    assert bool(planned.new) is edited


# ---------------------------------------------------------------- two stories that proved to be one

OLDER, YOUNGER = "s1", "s2"


def merged(build, outbox, now=None, message=None):
    return decide(
        build,
        outbox.history("team", [OLDER, YOUNGER]),
        message=message or build.message(independent=2),
        arrivals=[Arrival("i3", build.noon)],
        changes=[change("i3", merged=(YOUNGER,), tier=Tier.STORY)],
        now=now or build.noon + HOUR,
    )


def test_the_younger_message_becomes_a_pointer(build, outbox):
    outbox.post(1, state=DeliveryState.SENT)
    outbox.post(2, state=DeliveryState.SENT, message=build.message("s2", headline="Council drops readers"))
    planned = merged(build, outbox)
    assert planned.revisions == ()
    edit, pointer = planned.new
    assert (edit.story_id, edit.target_id, edit.reason) == ("s1", "d-team-1", Reason.NEW_OUTLET)
    assert (pointer.action, pointer.story_id, pointer.target_id, pointer.reason) == ("edit", "s2", "d-team-2", Reason.MERGED)
    assert (pointer.message.headline, pointer.message.pointer) == ("Council drops readers", build.message().headline)


def test_a_pointer_is_made_once(build, outbox):
    outbox.post(1, state=DeliveryState.SENT)
    outbox.post(2, state=DeliveryState.SENT)
    outbox.commit(merged(build, outbox), build.noon + HOUR)
    again = merged(build, outbox, message=build.message(independent=2))
    assert again == Plan(silence=Reason.SAME_STORY)


def test_a_younger_message_that_waits_is_not_sent(build, outbox):
    outbox.post(1, state=DeliveryState.SENT, message=build.message(independent=2))
    outbox.post(2, state=DeliveryState.HELD)
    planned = merged(build, outbox)
    assert planned.new == ()
    (revision,) = planned.revisions
    assert (revision.delivery_id, revision.expected, revision.state, revision.reason) == (
        "d-team-2",
        "held",
        "skipped",
        "merged_away",
    )


def test_an_edit_that_waits_becomes_the_pointer(build, outbox):
    outbox.post(1, state=DeliveryState.SENT, message=build.message(independent=2))
    outbox.post(2, state=DeliveryState.SENT)
    edit_row(build, outbox, 3, DeliveryState.PENDING, updated_at=build.noon, story_id="s2")
    planned = merged(build, outbox)
    assert planned.new == ()
    (revision,) = planned.revisions
    assert (revision.delivery_id, revision.reason) == ("e3", Reason.MERGED)
    assert revision.message.pointer is not None


def test_two_messages_that_wait_become_one_under_the_older_name(build, outbox):
    outbox.post(2)
    outbox.post(1)
    outbox.commit(merged(build, outbox), build.noon + HOUR)
    assert outbox.rows["d-team-1"].state is DeliveryState.PENDING
    assert outbox.rows["d-team-1"].message.independent == 2
    assert (outbox.rows["d-team-2"].state, outbox.rows["d-team-2"].reason) == ("skipped", "merged_away")


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.SENT])
def test_where_only_the_younger_was_to_be_told_its_message_becomes_the_storys_own(state, build, outbox):
    outbox.post(2, state=state)
    outbox.commit(merged(build, outbox), build.noon + HOUR)
    assert outbox.rows["d-team-2"].story_id == "s1"
    assert outbox.rows["d-team-2"].state is state
    assert [row.action for row in outbox.rows.values()] == (["post", "edit"] if state is DeliveryState.SENT else ["post"])
    later = decide(build, outbox.history("team", [OLDER]), message=build.message(independent=2), now=build.noon + 2 * HOUR)
    assert later.new == ()


def test_a_younger_message_on_its_way_is_edited_when_it_has_arrived(build, outbox):
    outbox.post(2, state=DeliveryState.SENDING)
    planned = merged(build, outbox)
    (edit,) = planned.new
    assert (edit.target_id, edit.story_id) == ("d-team-2", "s1")
    (adopted,) = planned.revisions
    assert (adopted.expected, adopted.story_id, adopted.message, adopted.state) == ("sending", "s1", None, None)


def test_a_younger_message_that_waits_takes_the_older_name_even_if_it_says_the_same(build, outbox):
    outbox.post(2, message=build.message(independent=2))
    (revision,) = merged(build, outbox).revisions
    assert (revision.delivery_id, revision.story_id) == ("d-team-2", "s1")


def test_a_younger_message_held_in_doubt_is_left_to_a_person(build, outbox):
    outbox.post(1, state=DeliveryState.SENT, message=build.message(independent=2))
    outbox.post(2, state=DeliveryState.HELD, reason=Reason.IN_DOUBT)
    assert merged(build, outbox) == Plan(silence=Reason.SAME_STORY)


def test_a_message_that_is_out_wins_over_one_that_waits_whichever_is_older(build, outbox):
    outbox.post(1)
    outbox.post(2, state=DeliveryState.SENT)
    outbox.commit(merged(build, outbox), build.noon + HOUR)
    assert (outbox.rows["d-team-1"].state, outbox.rows["d-team-1"].reason) == ("skipped", "merged_away")
    assert outbox.rows["d-team-2"].story_id == "s1"


def test_after_a_digest_told_one_of_them_the_other_is_not_sent(build, outbox):
    outbox.post(1, state=DeliveryState.SKIPPED, reason=Reason.IN_DIGEST)
    outbox.post(2)
    planned = merged(build, outbox)
    assert planned.new == ()
    assert [revision.reason for revision in planned.revisions] == [Reason.MERGED_AWAY]


def test_a_younger_message_deleted_by_a_person_is_left_alone(build, outbox):
    outbox.post(1, state=DeliveryState.SENT, message=build.message(independent=2))
    outbox.post(2, state=DeliveryState.SENT)
    edit_row(build, outbox, 4, DeliveryState.SKIPPED, updated_at=build.noon, reason=Reason.MESSAGE_GONE, story_id="s2")
    assert merged(build, outbox) == Plan(silence=Reason.SAME_STORY)


def test_a_pointer_can_be_made_when_the_younger_words_are_not_kept(build, outbox):
    outbox.post(1, state=DeliveryState.SENT, message=build.message(independent=2))
    outbox.post(2, state=DeliveryState.SENT, message=None)
    pointer = only(merged(build, outbox))
    assert (pointer.message.story_id, pointer.message.pointer) == ("s2", build.message().headline)


# ---------------------------------------------------------------- the facts


def test_the_facts_are_those_of_the_items_of_this_commit(build):
    items = {name: Item(name, "ledger", "A title", build.noon, date_published=build.noon) for name in ("i1", "i2", "i3")}
    members = [
        Member("i1", 1, "{}", "s1"),
        Member("i2", 2, "{}", "s1", duplicate_of="i1"),
        Member("i3", 3, "{}", "s1", duplicate_of="i1", rerun_of="i1"),
    ]
    gathered = NewsFacts.of(members, baseline_ranks={"i2": 4}, items=items, joined={"i2", "i3", "elsewhere"})
    assert gathered.arrivals == (
        Arrival("i2", build.noon, baseline_rank=4, copy=True),
        Arrival("i3", build.noon, copy=True, rerun=True),
    )


# ---------------------------------------------------------------- never two posts

TOLD = {DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.IN_DOUBT, DeliveryState.PENDING, DeliveryState.HELD}
arrival_kinds = st.builds(
    lambda age, rank, kind: (age, rank, kind in ("copy", "rerun"), kind == "rerun"),
    st.sampled_from([None, 0, 5, 300]),
    st.sampled_from([None, None, 0, 7]),
    st.sampled_from(["report", "copy", "rerun"]),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("news"), st.sampled_from(["s1", "s2", "s3"]), st.lists(arrival_kinds, min_size=1, max_size=3)),
        st.tuples(st.just("send"), st.sampled_from([*DeliveryState]), st.none()),
        st.tuples(st.just("merge"), st.sampled_from([("s1", "s2"), ("s1", "s3"), ("s2", "s3")]), st.none()),
        st.tuples(st.just("digest"), st.none(), st.none()),
        st.tuples(st.just("wait"), st.integers(min_value=1, max_value=600), st.none()),
    ),
    max_size=25,
)
channels = st.sampled_from(
    [
        {},
        {"group_wait": timedelta(0)},
        {"max_per_hour": 1},
        {"digest": "hourly"},
        {"quiet_hours": (600, 780)},
        {"backfill": 2},
        {"max_age": None},
    ]
)


@given(steps, channels)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_a_channel_never_gets_two_posts_of_one_story(build, walk, chosen):
    """Whatever arrives, is sent, fails, is merged or told in a digest, in any order."""
    outbox, channel, now, items = build.outbox(), build.channel(**chosen), build.noon, itertools.count()
    parents = {"s1": "s1", "s2": "s2", "s3": "s3"}
    reports = dict.fromkeys(parents, 1)

    def family(story_id):
        return [name for name, parent in parents.items() if parent == story_id]

    def news(story_id, kinds, merged_now=()):
        arrivals = [
            Arrival(f"i{next(items)}", None if age is None else now - age * HOUR, rank, copy, rerun)
            for age, rank, copy, rerun in kinds
        ]
        reports[story_id] += sum(not arrival.copy for arrival in arrivals)
        planned = plan(
            build.message(story_id, independent=reports[story_id]),
            build.story(story_id),
            [change(arrival.item_id, story_id, merged=merged_now) for arrival in arrivals],
            channel,
            outbox.history("team", family(story_id)),
            recent_posts=0,
            news=facts(*arrivals),
            now=now,
        )
        outbox.commit(planned, now)
        assert planned.new or planned.revisions or planned.silence

    for verb, what, extra in walk:
        if verb == "news":
            news(parents[what], extra)
        elif verb == "merge" and parents[what[0]] != parents[what[1]]:
            older, younger = sorted((parents[what[0]], parents[what[1]]))
            for name in family(younger):
                parents[name] = older
            news(older, [(0, None, False, False)], (younger,))
        elif verb == "wait":
            now += timedelta(minutes=what)
        elif verb == "send":
            for row in [row for row in outbox.rows.values() if row.state is DeliveryState.PENDING][:1]:
                outbox.put(row.id, state=what, updated_at=now, reason=Reason.IN_DOUBT if what is DeliveryState.HELD else row.reason)
        elif verb == "digest":
            for row in [
                row for row in outbox.rows.values() if row.state is DeliveryState.HELD and row.reason is not Reason.IN_DOUBT
            ]:
                outbox.put(row.id, state=DeliveryState.SKIPPED, reason=Reason.IN_DIGEST, updated_at=now)
        for story_id in set(parents.values()):
            posts = [row for row in outbox.history("team", family(story_id)) if row.action is Action.POST]
            told = [row.story_id for row in posts if row.state in TOLD or row.reason is Reason.IN_DIGEST]
            assert len(told) == len(set(told)), "two messages under one story's name"
            pointers = {
                outbox.targets[row.id]
                for row in outbox.rows.values()
                if row.action is Action.EDIT and row.message.pointer is not None
            }
            alive = [row for row in posts if row.state in TOLD and row.id not in pointers and row.reason is not Reason.IN_DOUBT]
            assert len(alive) <= 1, "two messages of stories that proved to be one"


def test_the_numbers_of_a_storys_rows_never_meet(build, outbox):
    """Rows may be pruned from the front; the next number is still free."""
    outbox.post(state=DeliveryState.SENT)
    now = build.noon
    for independent in range(2, 8):
        now += HOUR
        planned = decide(build, outbox.history("team", ["s1"]), message=build.message(independent=independent), now=now)
        outbox.commit(planned, now)
        edit = only(planned)
        outbox.put(edit.id, state=DeliveryState.SENT, updated_at=now)
    del outbox.rows[outbox.history("team", ["s1"])[1].id]
    planned = decide(build, outbox.history("team", ["s1"]), message=build.message(independent=9), now=now + HOUR)
    assert only(planned).id not in outbox.rows


def test_a_plan_is_the_same_every_time(build, outbox):
    outbox.post(state=DeliveryState.SENT)
    history = outbox.history("team", ["s1"])
    newer = replace(build.message(), independent=2, published=datetime(2026, 3, 9, tzinfo=UTC))
    assert decide(build, history, message=newer) == decide(build, history, message=newer)
