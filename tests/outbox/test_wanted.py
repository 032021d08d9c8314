"""Whether what waited may still go, and when a channel that had its fill has room again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.deliveries import Action, DeliveryState
from bot.core.messages import DigestMessage
from bot.core.model import Rule
from bot.core.reasons import Reason
from bot.outbox.wanted import Standing, room_from, still_wanted

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = {"plates": Rule("plates", "plate", channels=("team",))}
QUIET = (11 * 60, 14 * 60)


def test_a_post_in_time_may_go(build, outbox):
    assert still_wanted(outbox.post(), build.channel(), RULES, build.noon) is None


@pytest.mark.parametrize("rules", [{}, {"plates": Rule("plates", "plate", channels=("other",))}])
def test_a_post_that_no_rule_asks_for_any_more_is_dropped(build, outbox, rules):
    standing = still_wanted(outbox.post(), build.channel(), rules, build.noon)
    assert (standing.state, standing.reason) == (DeliveryState.SKIPPED, Reason.UNDECLARED)


def test_a_post_that_was_tried_or_is_a_repeat_is_never_judged_again(build, outbox):
    row = outbox.put(outbox.post().id, attempt=1)
    assert still_wanted(row, build.channel(quiet_hours=QUIET), {}, build.noon) is None
    row = outbox.put(row.id, attempt=0, message=build.message(repeated=True))
    assert still_wanted(row, build.channel(quiet_hours=QUIET), {}, build.noon) is None


def test_an_edit_is_not_held(build, outbox):
    row = outbox.post(action=Action.EDIT)
    assert still_wanted(row, build.channel(quiet_hours=QUIET, digest="hourly"), {}, build.noon) is None


@pytest.mark.parametrize(
    ("published", "days", "too_old"),
    [(0, 7, False), (0, 8, True), (-6, 2, True), (-30, 2, False), (-30, 8, True), (None, 7, False), (None, 8, True)],
)
def test_age_counts_from_what_made_it_news(build, outbox, published, days, too_old):
    when = None if published is None else build.noon + published * DAY
    row = outbox.post(message=build.message("s1", published=when))
    standing = still_wanted(row, build.channel(), RULES, build.noon + days * DAY)
    assert (standing is not None and standing.reason is Reason.TOO_OLD) is too_old


def test_the_time_for_which_the_channel_held_it_makes_no_story_too_old(build, outbox):
    row = outbox.post(state=DeliveryState.HELD, reason=Reason.DIGEST_ONLY, not_before=build.noon + 7 * DAY)
    channel = build.channel(digest="weekly mon 08:00")
    assert still_wanted(row, channel, RULES, build.noon + 8 * DAY) is None
    assert still_wanted(row, channel, RULES, build.noon + 15 * DAY).reason is Reason.TOO_OLD


def test_in_quiet_hours_posts_and_digests_wait_for_their_end(build, outbox):
    channel, end = build.channel(quiet_hours=QUIET), build.noon + 2 * HOUR
    assert still_wanted(outbox.post(1), channel, RULES, build.noon) == Standing(DeliveryState.HELD, Reason.QUIET_HOURS, end)
    held = outbox.post(2, state=DeliveryState.HELD, reason=Reason.OVER_CAP)
    assert still_wanted(held, channel, RULES, build.noon) == Standing(DeliveryState.HELD, Reason.OVER_CAP, end)
    digest = outbox.post(3, action=Action.DIGEST, reason=Reason.DIGEST, message=DigestMessage(title="Two", stories=()))
    assert still_wanted(digest, channel, RULES, build.noon) == Standing(DeliveryState.PENDING, Reason.DIGEST, end)


def test_a_channel_that_wants_digests_by_now_gets_no_single_post(build, outbox):
    channel = build.channel(digest="daily 18:00")
    expected = Standing(DeliveryState.HELD, Reason.DIGEST_ONLY, build.noon + 6 * HOUR)
    assert still_wanted(outbox.post(1), channel, RULES, build.noon) == expected
    quiet = build.channel(digest="hourly", quiet_hours=(720, 960))
    assert still_wanted(outbox.post(2), quiet, RULES, build.noon).not_before == build.noon + 4 * HOUR


def test_what_was_released_from_a_hold_is_not_held_again(build, outbox):
    row = outbox.post(reason=Reason.DIGEST_ONLY)
    assert still_wanted(row, build.channel(digest="daily 18:00", quiet_hours=QUIET), RULES, build.noon) is None


@pytest.mark.parametrize(
    ("minutes_ago", "cap", "wait"),
    [((), 1, 0), ((5,), 2, 0), ((10, 5), 2, 50), ((10, 5, 2), 2, 55), ((60, 5), 2, 0), ((-30,), 1, 60), ((5, 5), 0, 0)],
)
def test_room_comes_when_enough_posts_are_an_hour_old(build, minutes_ago, cap, wait):
    posts = [build.noon - timedelta(minutes=minutes) for minutes in minutes_ago]
    assert room_from(posts, cap, build.noon) - build.noon == timedelta(minutes=wait)
