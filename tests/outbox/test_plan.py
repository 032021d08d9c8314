"""What news means for a channel that was not told of the story: tables that read as sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.deliveries import DeliveryState
from bot.core.model import Item
from bot.core.reasons import Reason
from bot.core.stories import Member
from bot.outbox.plan import Arrival, NewsFacts, Plan

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOMENTS = ("published", "old_date")


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
def test_the_first_message_of_a_story(case, build, plans):
    settings_, given_arrivals, recent, state, reason, wait = FIRST[case]
    arrivals = [
        Arrival(f"i{number}", None if age is None else build.noon - age * HOUR, rank, copy, rerun)
        for number, (age, rank, copy, rerun) in enumerate(given_arrivals)
    ]
    story = build.story(last_published=None, first_published=None)
    planned = plans.decide(channel=build.channel(**settings_), story=story, arrivals=arrivals, recent_posts=recent)
    row = plans.only(planned)
    assert (row.action, row.state, row.reason) == ("post", state, reason)
    assert row.not_before - build.noon == (build.channel(**settings_).settings.group_wait if wait is None else wait * HOUR)
    assert planned.posts == (1 if state == "pending" else 0)
    assert planned.silence is None
    assert (row.story_id, row.story_ids, row.target_id, row.message) == ("s1", (), None, build.message())


def test_a_report_without_a_date_is_as_old_as_the_story_it_joins(build, plans):
    story = build.story(last_published=build.noon - 30 * DAY)
    assert plans.only(plans.decide(story=story, arrivals=[Arrival("i9", None)])).reason is Reason.TOO_OLD


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
def test_a_story_passed_over_is_posted_once_something_new_is_reported(passed_over, arrival, posted, build, outbox, plans):
    outbox.post(state=DeliveryState.SKIPPED, reason=passed_over)
    age = arrival.get("published", -1)
    published = None if age is None else build.noon + age * HOUR
    planned = plans.decide(outbox.history("team", ["s1"]), arrivals=[Arrival("i2", **{**arrival, "published": published})])
    if posted is None:
        assert (planned.new, planned.revisions) == ((), ())
        assert planned.silence in (Reason.COPY, Reason.RERUN, Reason.BASELINE, Reason.TOO_OLD)
    else:
        assert plans.only(planned).reason is posted


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
def test_a_story_that_was_told_given_up_or_removed_by_a_person_is_not_posted_again(state, reason, build, outbox, plans):
    outbox.post(state=DeliveryState(state), reason=Reason(reason))
    planned = plans.decide(outbox.history("team", ["s1"]), arrivals=[Arrival("i2", build.noon)])
    assert planned == Plan(silence=Reason.SAME_STORY)


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


@pytest.mark.parametrize(
    ("changes", "fresh", "own"),
    [
        ({}, True, True),
        ({"copy": True}, True, False),
        ({"looks_back": True}, True, False),
        ({"rerun": True}, False, False),
        ({"edited": True}, False, False),
        ({"baseline_rank": 0}, False, False),
        ({"published": -8 * DAY}, False, False),
        ({"old_date": -8 * DAY}, False, False),
        ({"published": None}, True, True),
    ],
)
def test_what_came_now_and_is_not_old_may_be_told_below_a_message(build, changes, fresh, own):
    moments = {name: None if value is None else build.noon + value for name, value in changes.items() if name in MOMENTS}
    arrival = Arrival(**{"item_id": "i1", "published": build.noon, **changes, **moments})
    facts = NewsFacts((arrival,))
    settings = build.channel(backfill=3).settings
    assert facts.fresh(settings, build.noon) == (("i1",) if fresh else ())
    assert facts.own_reports(settings, build.noon) == (("i1",) if own else ())
    assert facts.fresh(build.channel(max_age=None).settings, build.noon + 900 * DAY) == (("i1",) if fresh or moments else ()), (
        "without max_age nothing is too old"
    )


def test_the_numbers_of_a_storys_rows_never_meet(build, outbox, plans):
    """Rows may be pruned from the front; the next number is still free."""
    outbox.post(state=DeliveryState.SENT)
    now = build.noon
    for independent in range(2, 8):
        now += HOUR
        planned = plans.decide(outbox.history("team", ["s1"]), message=build.message(independent=independent), now=now)
        outbox.commit(planned, now)
        edit = plans.only(planned)
        outbox.put(edit.id, state=DeliveryState.SENT, updated_at=now)
    del outbox.rows[outbox.history("team", ["s1"])[1].id]
    planned = plans.decide(outbox.history("team", ["s1"]), message=build.message(independent=9), now=now + HOUR)
    assert plans.only(planned).id not in outbox.rows


def test_a_plan_is_the_same_every_time(build, outbox, plans):
    outbox.post(state=DeliveryState.SENT)
    history = outbox.history("team", ["s1"])
    newer = replace(build.message(), independent=2, published=datetime(2026, 3, 9, tzinfo=UTC))
    assert plans.decide(history, message=newer) == plans.decide(history, message=newer)
