"""What a mute does to a plan: nothing new is said, what is said stays true, and nothing old comes out when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deliveries import Action, DeliveryState
from bot.core.model import StoryChange, Tier
from bot.core.reasons import Reason
from bot.outbox.plan import Arrival, NewsFacts, plan

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def decide(build):
    """Plan for a muted channel unless told otherwise: one new report at noon."""

    def make(history=(), *, arrivals=None, muted=True, message=None, now=None, **settings):
        arrivals = arrivals or [Arrival("i1", build.noon)]
        return plan(
            message or build.message(),
            build.story(),
            [StoryChange(item_id=arrival.item_id, tier=Tier.NEW, story_id="s1") for arrival in arrivals],
            build.channel(**settings),
            history,
            recent_posts=0,
            news=NewsFacts(tuple(arrivals)),
            now=now or build.noon,
            muted=muted,
        )

    return make


@pytest.mark.parametrize("settings", [{}, {"digest": "daily 08:00"}, {"quiet_hours": (0, 1439)}, {"max_per_hour": 1}])
def test_muted_news_is_passed_over_whatever_the_channel_would_do_with_it(decide, settings):
    (row,) = decide(**settings).new
    assert (row.action, row.state, row.reason) == (Action.POST, DeliveryState.SKIPPED, Reason.MUTED)


@pytest.mark.parametrize(
    ("arrival", "reason"),
    [
        ({"rerun": True}, Reason.RERUN),
        ({"baseline_rank": 0}, Reason.BASELINE),
        ({"looks_back": True}, Reason.LOOKS_BACK),
        ({"published": -8 * DAY}, Reason.TOO_OLD),
    ],
)
def test_what_would_not_be_posted_anyway_keeps_its_own_reason(decide, build, arrival, reason):
    published = build.noon + arrival.pop("published", timedelta(0))
    (row,) = decide(arrivals=[Arrival("i1", published, **arrival)]).new
    assert row.reason is reason


def test_further_news_of_a_muted_story_writes_nothing_more(decide, outbox, build):
    outbox.commit(decide(), build.noon)
    planned = decide(tuple(outbox.rows.values()), arrivals=[Arrival("i2", build.noon)])
    assert (planned.new, planned.revisions, planned.silence) == ((), (), Reason.MUTED)


def test_when_the_mute_has_ended_later_news_is_posted_and_copies_are_not(decide, outbox, build):
    outbox.commit(decide(), build.noon)
    history = tuple(outbox.rows.values())
    copy = decide(history, arrivals=[Arrival("i2", build.noon, copy=True)], muted=False)
    assert (copy.new, copy.silence) == ((), Reason.COPY)
    (row,) = decide(history, arrivals=[Arrival("i3", build.noon + HOUR)], muted=False, now=build.noon + HOUR).new
    assert (row.action, row.state, row.reason) == (Action.POST, DeliveryState.PENDING, Reason.NEW_STORY)


def test_a_message_that_is_out_stays_true_under_a_mute(decide, outbox, build):
    outbox.commit(decide(muted=False), build.noon)
    (post,) = outbox.rows.values()
    sent = replace(post, state=DeliveryState.SENT, message_ref="m1")
    wider = build.message(also=("State Radio",), independent=2)
    (row,) = decide((sent,), arrivals=[Arrival("i2", build.noon)], message=wider).new
    assert (row.action, row.reason, row.target_id) == (Action.EDIT, Reason.NEW_OUTLET, post.id)
