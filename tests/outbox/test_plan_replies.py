"""What is told under a message that is out: one reply at a time, the most important, never twice, never at night."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.core.deliveries import Action, DeliveryState
from bot.core.messages import Update, UpdateMessage
from bot.core.model import Level, StoryChange, Tier
from bot.core.reasons import Reason
from bot.outbox.plan import Arrival, NewsFacts, Plan, plan
from bot.outbox.plan.ask import Ask
from bot.outbox.plan.living import improve
from bot.outbox.plan.replies import HEADLINES, REASONS, WAIT
from bot.outbox.wanted import Standing, still_wanted

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def news(update=Update.DEVELOPMENT, headline="Police union will appeal to the mayor", **changes):
    message = UpdateMessage(
        story_id="s1",
        update=update,
        headline=headline,
        url="https://stateradio.example/appeal",
        host="stateradio.example",
        outlet="State Radio",
        sentences=("The police union says it will appeal to the mayor.",),
    )
    return replace(message, **changes)


DATE = news(Update.COMMITMENT, date="2026-06-30", commitment="contract_end", sentences=("It lapses on 30 June.",))
RETITLED = news(
    Update.HEADLINE, headline="Harbour City council suspends contract", before="Harbour City council ends contract", sentences=()
)
CORRECTED = news(Update.CORRECTION, sentences=("An earlier version misstated the count.",))
REPORT = news(Update.REPORT, headline="Cameras go dark in Harbour City")


@pytest.fixture
def decide(build):
    """Plan a further report of a story an hour after noon, with what may be told of it."""

    def make(
        history, *updates, now=None, muted=False, followed=False, message=None, arrivals=None, changes=None, recent=0, **settings
    ):
        arrivals = arrivals or [Arrival("i2", build.noon)]
        return plan(
            message or build.message(),
            build.story(),
            changes or [StoryChange(item_id=arrival.item_id, tier=Tier.STORY, story_id="s1") for arrival in arrivals],
            build.channel(**settings),
            history,
            recent_posts=recent,
            news=NewsFacts(tuple(arrivals)),
            now=now or build.noon + HOUR,
            muted=muted,
            followed=followed,
            updates=updates,
        )

    return make


@pytest.fixture
def told(outbox, build):
    """An outbox whose story was posted at noon."""
    outbox.post(state=DeliveryState.SENT)
    return outbox


def rows(outbox):
    return outbox.history("team", ["s1"])


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        (news(), Reason.DEVELOPMENT),
        (DATE, Reason.COMMITMENT),
        (RETITLED, Reason.HEADLINE_CHANGED),
        (CORRECTED, Reason.CORRECTION),
    ],
)
def test_news_of_a_story_that_is_told_is_a_reply_to_its_message(decide, told, build, update, reason):
    (row,) = decide(rows(told), update).new
    assert (row.action, row.state, row.reason) == (Action.REPLY, DeliveryState.PENDING, reason)
    assert (row.message, row.target_id, row.story_id) == (update, "d-team-1", "s1")
    assert row.not_before == build.noon + HOUR + timedelta(seconds=30)


def test_a_further_report_is_told_only_where_people_follow_the_story(decide, told):
    assert decide(rows(told), REPORT).new == ()
    (row,) = decide(rows(told), REPORT, followed=True).new
    assert row.reason is Reason.FOLLOWED


def test_several_at_once_become_the_most_important_one(decide, told):
    (row,) = decide(rows(told), RETITLED, DATE, news(), CORRECTED).new
    assert row.message == CORRECTED


def test_the_message_is_edited_beside_it(decide, told, build):
    planned = decide(rows(told), news(), message=build.message(independent=2))
    assert [row.action for row in planned.new] == [Action.EDIT, Action.REPLY]
    assert planned.silence is None


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        ({"state": DeliveryState.PENDING}, {}),
        ({"state": DeliveryState.HELD}, {"digest": "hourly"}),
        ({"state": DeliveryState.SKIPPED, "reason": Reason.IN_DIGEST}, {}),
        ({"state": DeliveryState.HELD, "reason": Reason.IN_DOUBT}, {}),
        ({"state": DeliveryState.DEAD, "reason": Reason.EXHAUSTED}, {}),
        ({"state": DeliveryState.SENT, "reason": Reason.BACKFILL}, {}),
        ({"state": DeliveryState.SENT, "reason": Reason.SAMPLE}, {}),
        ({"state": DeliveryState.SENT}, {"updates": "off"}),
    ],
)
def test_nothing_is_told_under_what_is_not_out_or_was_no_news(decide, outbox, changes, settings):
    outbox.post(**changes)
    assert decide(rows(outbox), news(), **settings).new == ()


def test_nothing_is_told_of_a_muted_story(decide, told):
    assert decide(rows(told), news(), muted=True).new == ()


def test_nothing_is_told_under_a_message_that_a_person_deleted(decide, told, build):
    told.add(
        replace(
            told.new_post(2),
            action=Action.EDIT,
            story_id="s1",
            state=DeliveryState.SKIPPED,
            reason=Reason.MESSAGE_GONE,
            target_id="d-team-1",
        ),
        build.noon,
    )
    planned = decide(rows(told), news(), message=build.message(independent=3))
    assert planned == Plan(silence=Reason.MESSAGE_GONE)


def test_where_a_reply_found_no_message_no_further_one_is_tried(decide, told, build):
    told.commit(decide(rows(told), news()), build.noon + HOUR)
    told.put(rows(told)[-1].id, state=DeliveryState.SKIPPED, reason=Reason.MESSAGE_GONE)
    assert decide(rows(told), DATE, now=build.noon + 2 * HOUR).new == ()


def test_replies_keep_their_distance_from_the_message_and_from_one_another(decide, told, build):
    first = decide(rows(told), news(), now=build.noon + MINUTE)
    assert first.new[0].not_before == build.noon + 5 * MINUTE
    told.commit(first, build.noon + MINUTE)
    told.put(first.new[0].id, state=DeliveryState.SENT, updated_at=build.noon + 5 * MINUTE)
    (second,) = decide(rows(told), DATE, now=build.noon + 6 * MINUTE).new
    assert second.not_before == build.noon + 10 * MINUTE
    assert second.id != first.new[0].id


@pytest.mark.parametrize("settled", [DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.IN_DOUBT])
@pytest.mark.parametrize("update", [news(), DATE, RETITLED, CORRECTED])
def test_the_same_is_never_told_twice(decide, told, build, update, settled):
    told.commit(decide(rows(told), update), build.noon + HOUR)
    told.put(rows(told)[-1].id, state=settled)
    assert decide(rows(told), update, now=build.noon + 2 * HOUR).new == ()


def test_what_readers_never_got_is_told_again(decide, told, build):
    told.commit(decide(rows(told), news()), build.noon + HOUR)
    told.put(rows(told)[-1].id, state=DeliveryState.DEAD)
    (row,) = decide(rows(told), news(), now=build.noon + 2 * HOUR).new
    assert row.id not in told.rows


SECOND = replace(CORRECTED, sentences=("An earlier version named the wrong clerk.",))
VETO = news(headline="Mayor vetoes the vote", url="https://courier.example/veto")
SEPTEMBER = replace(DATE, date="2026-09-01")
DELAYED = replace(RETITLED, headline="Council delays")


@pytest.mark.parametrize(
    ("waits", "comes", "leave"),
    [
        (CORRECTED, SECOND, [CORRECTED, SECOND]),
        (CORRECTED, DATE, [CORRECTED, DATE]),
        (DATE, CORRECTED, [CORRECTED, DATE]),
        (RETITLED, news(), [news(), RETITLED]),
        (news(), VETO, [news(), VETO]),
        (DATE, SEPTEMBER, [DATE, SEPTEMBER]),
        (RETITLED, DELAYED, [DELAYED]),
        (DATE, DATE, [DATE]),
        (REPORT, replace(REPORT, url="https://gazette.example/1"), [REPORT, replace(REPORT, url="https://gazette.example/1")]),
    ],
)
def test_what_waits_is_not_forgotten_for_what_comes_and_the_more_important_leaves_first(decide, told, build, waits, comes, leave):
    retitled = next((one for one in (comes, waits) if one.update is Update.HEADLINE), None)
    message = build.message(headline=retitled.headline, url=retitled.url) if retitled else build.message()
    told.commit(decide(rows(told), waits, message=message, followed=True), build.noon + HOUR)
    told.commit(decide(rows(told), comes, message=message, followed=True, now=build.noon + HOUR + MINUTE), build.noon + HOUR)
    replies = sorted((row for row in rows(told) if row.action is Action.REPLY), key=lambda row: row.not_before)
    assert [row.message for row in replies] == leave
    assert all(later.not_before - row.not_before == 5 * MINUTE for row, later in pairwise(replies))
    assert {row.reason for row in replies} == {REASONS[one.update] for one in leave}


def test_followers_are_told_of_every_report_that_came_together(decide, told):
    other = replace(REPORT, url="https://gazette.example/1", headline="Gazette counts the cameras")
    same = replace(REPORT, url=news().url, headline=news().headline)
    planned = decide(rows(told), news(), same, REPORT, other, followed=True)
    assert [row.message for row in planned.new] == [news(), REPORT, other]
    assert len({row.id for row in planned.new}) == 3


def test_of_very_many_that_wait_the_least_important_is_not_told(decide, told, build):
    for number in range(WAIT):
        came = replace(REPORT, url=f"https://outlet{number}.example/")
        told.commit(decide(rows(told), came, followed=True), build.noon + HOUR)
    told.commit(decide(rows(told), CORRECTED, followed=True), build.noon + HOUR)
    waiting = [row.message for row in sorted(rows(told), key=lambda row: row.not_before) if row.action is Action.REPLY]
    assert (len(waiting), waiting[0]) == (WAIT, CORRECTED)
    assert replace(REPORT, url=f"https://outlet{WAIT - 1}.example/") not in waiting


def test_a_headline_that_goes_back_is_told_so_that_the_last_reply_says_what_holds_and_not_for_ever(decide, told, build):
    back = replace(RETITLED, headline=RETITLED.before, before=RETITLED.headline)
    now, said = build.noon, 0
    for comes in (RETITLED, back) * HEADLINES:
        now += HOUR
        planned = decide(rows(told), comes, now=now, message=build.message(headline=comes.headline, url=comes.url))
        told.commit(planned, now)
        for row in planned.new:
            if row.action is Action.REPLY:
                said += 1
                told.put(row.id, state=DeliveryState.SENT, updated_at=now)
    assert said == HEADLINES


def test_a_headline_that_was_changed_back_before_it_was_told_is_not_told(decide, told, build):
    told.commit(decide(rows(told), RETITLED), build.noon + HOUR)
    back = build.message(url=RETITLED.url)
    told.commit(decide(rows(told), message=back, arrivals=[Arrival("i1", build.noon, edited=True)]), build.noon + HOUR)
    (reply,) = [row for row in rows(told) if row.action is Action.REPLY]
    assert (reply.state, reply.reason) == (DeliveryState.SKIPPED, Reason.SAME_STORY)


@pytest.mark.parametrize(("zone", "left"), [("UTC", 1), ("Pacific/Auckland", 0)])
def test_a_day_that_has_come_while_its_reply_waited_is_not_told(decide, told, build, zone, left):
    tomorrow = replace(DATE, date="2026-03-11")
    told.commit(decide(rows(told), tomorrow), build.noon + HOUR)
    planned = decide(rows(told), now=build.noon + 2 * HOUR, timezone=zone)
    told.commit(planned, build.noon + 2 * HOUR)
    assert sum(row.state is DeliveryState.PENDING for row in rows(told) if row.action is Action.REPLY) == left


def test_a_reply_waits_for_the_end_of_quiet_hours(decide, told, build):
    (row,) = decide(rows(told), news(), quiet_hours=(12 * 60 + 30, 15 * 60)).new
    assert (row.state, row.not_before) == (DeliveryState.PENDING, build.noon + 3 * HOUR)


def test_a_reply_that_falls_due_in_quiet_hours_is_put_off_to_their_end(decide, told, build):
    told.commit(decide(rows(told), news()), build.noon + HOUR)
    quiet = build.channel(quiet_hours=(12 * 60, 15 * 60))
    due = build.noon + 2 * HOUR
    assert still_wanted(rows(told)[-1], quiet, None, due) == Standing(
        DeliveryState.PENDING, Reason.DEVELOPMENT, build.noon + 3 * HOUR
    )
    assert still_wanted(rows(told)[-1], build.channel(), None, due) is None


def test_a_reply_that_nobody_wants_any_more_is_dropped(decide, told, build):
    told.commit(decide(rows(told), news()), build.noon + HOUR)
    reply = rows(told)[-1]
    off = still_wanted(reply, build.channel(updates="off"), None, build.noon + 2 * HOUR)
    assert (off.state, off.reason) == (DeliveryState.SKIPPED, Reason.UNDECLARED)
    late = still_wanted(reply, build.channel(), None, build.noon + timedelta(days=8))
    assert (late.state, late.reason) == (DeliveryState.SKIPPED, Reason.TOO_OLD)


def test_a_date_to_remember_follows_the_first_message_after_a_while(decide, outbox, build):
    post, reply = decide((), DATE, news(), arrivals=[Arrival("i1", build.noon)], now=build.noon).new
    assert (post.action, reply.action, reply.reason) == (Action.POST, Action.REPLY, Reason.COMMITMENT)
    assert (reply.message, reply.target_id) == (DATE, post.id)
    assert reply.not_before == post.not_before + 5 * MINUTE
    outbox.commit(Plan(new=(post, reply)), build.noon)


@pytest.mark.parametrize("settings", [{"quiet_hours": (11 * 60, 14 * 60)}, {"max_per_hour": 1}])
def test_the_date_of_a_story_that_is_held_follows_its_message(decide, build, settings):
    kept = {"arrivals": [Arrival("i1", build.noon)], "now": build.noon, "recent": 1}
    post, reply = decide((), DATE, **kept, **settings).new
    assert (post.state, reply.reason, reply.target_id) == (DeliveryState.HELD, Reason.COMMITMENT, post.id)
    assert reply.not_before == post.not_before + 5 * MINUTE


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.HELD])
def test_a_date_that_comes_while_the_message_waits_follows_it_once(decide, build, outbox, state):
    post = outbox.post(state=state, not_before=build.noon + 2 * HOUR)
    ask = Ask(
        build.message(independent=2), build.story(), (), build.channel(), 0, NewsFacts(()), build.noon + HOUR, updates=(DATE,)
    )
    planned = improve(ask, post, rows(outbox))
    (reply,) = planned.new
    assert (reply.message, reply.target_id, reply.not_before) == (DATE, post.id, build.noon + 2 * HOUR + 5 * MINUTE)
    assert [revision.delivery_id for revision in planned.revisions] == [post.id]
    outbox.commit(planned, build.noon + HOUR)
    assert improve(ask, rows(outbox)[0], rows(outbox)).new == ()


def test_a_date_of_a_story_that_is_part_of_a_told_one_before_it_is_told_itself_is_told_there(decide, build, outbox):
    outbox.post(1, state=DeliveryState.SENT)
    outbox.post(2)
    outbox.add(replace(outbox.new_post(3), action=Action.REPLY, story_id="s2", message=DATE, target_id="d-team-2"), build.noon)
    merged = [StoryChange(item_id="i3", tier=Tier.STORY, story_id="s1", merged=("s2",))]
    planned = decide(outbox.history("team", ["s1", "s2"]), arrivals=[Arrival("i3", build.noon)], changes=merged)
    (reply,) = [row for row in planned.new if row.action is Action.REPLY]
    assert (reply.message, reply.target_id, reply.story_id) == (DATE, "d-team-1", "s1")


@pytest.mark.parametrize("settings", [{"updates": "off"}, {"digest": "hourly"}])
def test_no_date_follows_a_message_that_waits_for_a_digest_or_where_no_news_is_wanted(decide, build, settings):
    planned = decide((), DATE, arrivals=[Arrival("i1", build.noon)], now=build.noon, **settings)
    assert [row.action for row in planned.new] == [Action.POST]


def test_a_date_after_a_message_respects_quiet_hours(decide, build):
    quiet = (12 * 60 + 3, 14 * 60)
    _, reply = decide((), DATE, arrivals=[Arrival("i1", build.noon)], now=build.noon, quiet_hours=quiet).new
    assert reply.not_before == build.noon + 2 * HOUR


def test_what_was_to_be_told_under_a_message_that_now_points_elsewhere_is_not_told(decide, build, outbox):
    outbox.post(1, state=DeliveryState.SENT, message=build.message(independent=2))
    outbox.post(2, state=DeliveryState.SENT)
    reply = replace(outbox.new_post(3), action=Action.REPLY, story_id="s2", message=news(), target_id="d-team-2")
    outbox.add(reply, build.noon)
    merged = [StoryChange(item_id="i3", tier=Tier.STORY, story_id="s1", merged=("s2",))]
    planned = decide(
        outbox.history("team", ["s1", "s2"]),
        message=build.message(independent=2),
        arrivals=[Arrival("i3", build.noon)],
        changes=merged,
    )
    outbox.commit(planned, build.noon + HOUR)
    assert (outbox.rows["d-team-3"].state, outbox.rows["d-team-3"].reason) == (DeliveryState.SKIPPED, Reason.MERGED_AWAY)
    pointer = next(row for row in planned.new if row.story_id == "s2")
    assert pointer.reason is Reason.MERGED


def test_news_under_an_adopted_message_still_waits_under_it(decide, build, outbox):
    outbox.post(2, state=DeliveryState.SENT, message=build.message(independent=2))
    reply = replace(outbox.new_post(3), action=Action.REPLY, story_id="s2", message=news(), target_id="d-team-2")
    outbox.add(reply, build.noon)
    merged = [StoryChange(item_id="i3", tier=Tier.STORY, story_id="s1", merged=("s2",))]
    planned = decide(
        outbox.history("team", ["s1", "s2"]),
        CORRECTED,
        message=build.message(independent=2),
        arrivals=[Arrival("i3", build.noon)],
        changes=merged,
    )
    outbox.commit(planned, build.noon + HOUR)
    assert (outbox.rows["d-team-3"].state, outbox.rows["d-team-3"].message) == (DeliveryState.PENDING, CORRECTED)
    assert outbox.rows["d-team-3"].story_id == "s1"


# ---------------------------------------------------------------- levels that break through


@pytest.mark.parametrize("settings", [{"quiet_hours": (0, 1439)}, {"digest": "daily 08:00"}])
@pytest.mark.parametrize(("level", "urgent"), [(Level.NORMAL, False), (Level.HIGH, True), (Level.CRITICAL, True)])
def test_a_story_of_the_level_is_posted_at_once_and_another_waits(decide, build, settings, level, urgent):
    arrivals = [Arrival("i1", build.noon)]
    message = build.message(level=level)
    (row,) = decide((), arrivals=arrivals, now=build.noon, message=message, break_through=Level.HIGH, **settings).new
    assert (row.state, row.reason is Reason.URGENT) == (DeliveryState.PENDING if urgent else DeliveryState.HELD, urgent)
    assert not urgent or row.not_before == build.noon + timedelta(seconds=30)


def test_what_nothing_holds_back_breaks_through_nothing(decide, build):
    message = build.message(level=Level.CRITICAL)
    (row,) = decide((), arrivals=[Arrival("i1", build.noon)], now=build.noon, message=message, break_through=Level.HIGH).new
    assert row.reason is Reason.NEW_STORY


def test_a_story_that_waits_leaves_when_it_rises_to_the_level(decide, build, outbox):
    outbox.post(state=DeliveryState.HELD, reason=Reason.QUIET_HOURS, not_before=build.noon + 9 * HOUR)
    risen = build.message(level=Level.CRITICAL)
    settings = {"quiet_hours": (0, 1439), "break_through": Level.CRITICAL}
    held = decide(rows(outbox), message=risen, muted=True, **settings)
    assert held.revisions[0].state is None
    planned = decide(rows(outbox), message=risen, **settings)
    outbox.commit(planned, build.noon + HOUR)
    (row,) = rows(outbox)
    assert (row.state, row.reason, row.not_before) == (DeliveryState.PENDING, Reason.URGENT, build.noon + HOUR)
    assert row.message.level is Level.CRITICAL
    assert still_wanted(row, build.channel(**settings), None, build.noon + HOUR) is None


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.HELD])
@pytest.mark.parametrize("settings", [{"quiet_hours": (0, 1439)}, {"digest": "hourly"}])
def test_nothing_holds_a_story_of_the_level_when_it_is_due(build, outbox, state, settings):
    row = outbox.post(state=state, message=build.message(level=Level.HIGH))
    assert still_wanted(row, build.channel(break_through=Level.HIGH, **settings), None, build.noon) is None
