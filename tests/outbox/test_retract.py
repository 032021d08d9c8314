"""A story's message that people take back and put back: it says so, nothing more of it is told, nothing comes back by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deliveries import Action, DeliveryState
from bot.core.model import Level, StoryChange, Tier
from bot.core.reasons import Reason
from bot.outbox.plan import Arrival, NewsFacts, Plan, plan, restore, retract, retracted

HOUR = timedelta(hours=1)
WHY = "The vote was postponed."


@pytest.fixture
def news(build):
    """Plans a further report of a story."""

    def make(outbox, story_id="s1", others=(), merged=(), **settings):
        return plan(
            build.message(story_id, independent=3),
            build.story(story_id),
            [StoryChange(item_id="i9", tier=Tier.STORY, story_id=story_id, merged=merged)],
            build.channel(**settings),
            outbox.history("team", [story_id, *others]),
            recent_posts=0,
            news=NewsFacts((Arrival("i9", build.noon + HOUR),)),
            now=build.noon + HOUR,
        )

    return make


@pytest.fixture
def take(build):
    """Takes a story back, or puts it back, and commits it."""

    def make(outbox, story_id="s1", others=(), *, back=False, why=WHY, now=None, **settings):
        history, channel, at = outbox.history("team", [story_id, *others]), build.channel(**settings), now or build.noon
        if back:
            planned = restore(story_id, channel, history, now=at)
        else:
            planned = retract(why, story_id, channel, history, headline="A title", now=at)
        outbox.commit(planned, at)
        return planned

    return make


def newest(outbox):
    return max(outbox.rows.values(), key=lambda row: row.sequence)


def settle(outbox):
    """Everything that waits is sent."""
    for row in list(outbox.rows.values()):
        if row.state is DeliveryState.PENDING:
            outbox.put(row.id, state=DeliveryState.SENT)


def test_a_message_that_is_taken_back_says_so_at_once_and_keeps_its_words(outbox, build, take):
    outbox.post(state=DeliveryState.SENT)
    (edit,) = take(outbox).new
    assert (edit.action, edit.reason, edit.target_id, edit.not_before) == (Action.EDIT, Reason.RETRACTED, "d-team-1", build.noon)
    assert edit.message == build.message(withdrawn=WHY)


def test_the_words_taken_back_are_those_that_readers_see(outbox, build, take):
    outbox.post(state=DeliveryState.SENT)
    seen = replace(
        outbox.new_post(2), action=Action.EDIT, story_id="s1", message=build.message(independent=2), target_id="d-team-1"
    )
    outbox.add(replace(seen, state=DeliveryState.SENT), build.noon)
    assert take(outbox).new[0].message == build.message(independent=2, withdrawn=WHY)


def test_an_edit_that_waits_says_it_instead(outbox, build, take):
    outbox.post(state=DeliveryState.SENT)
    waits = replace(outbox.new_post(2), action=Action.EDIT, story_id="s1", target_id="d-team-1", not_before=build.noon + HOUR)
    outbox.add(waits, build.noon)
    assert take(outbox).new == ()
    edit = outbox.rows["d-team-2"]
    assert (edit.state, edit.reason, edit.not_before) == (DeliveryState.PENDING, Reason.RETRACTED, build.noon)
    assert edit.message.withdrawn == WHY


def test_a_message_whose_words_are_not_kept_is_taken_back_under_its_title(outbox, take):
    outbox.post(state=DeliveryState.SENT, message=None)
    (edit,) = take(outbox).new
    assert (edit.message.headline, edit.message.withdrawn, edit.message.sentences) == ("A title", WHY, ())


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.HELD])
def test_what_waits_is_dropped_and_the_story_stays_silent(outbox, take, news, state):
    outbox.post(state=state)
    take(outbox)
    row = outbox.rows["d-team-1"]
    assert (row.state, row.reason) == (DeliveryState.SKIPPED, Reason.RETRACTED)
    assert news(outbox) == Plan(silence=Reason.RETRACTED)


def test_replies_that_wait_are_dropped_with_it(outbox, build, take):
    outbox.post(state=DeliveryState.SENT)
    outbox.add(replace(outbox.new_post(2), action=Action.REPLY, story_id="s1", target_id="d-team-1"), build.noon)
    take(outbox)
    assert (outbox.rows["d-team-2"].state, outbox.rows["d-team-2"].reason) == (DeliveryState.SKIPPED, Reason.RETRACTED)


@pytest.mark.parametrize("reason", [Reason.RETRACTED, Reason.REPEATED])
def test_later_news_never_puts_a_message_back(outbox, take, news, reason):
    outbox.post(state=DeliveryState.SENT)
    take(outbox)
    outbox.put(newest(outbox).id, state=DeliveryState.SENT, reason=reason)
    assert news(outbox, break_through=Level.LOW) == Plan(silence=Reason.RETRACTED)
    assert take(outbox).new == (), "it is taken back once"


@pytest.mark.parametrize("reason", [Reason.TOO_OLD, Reason.BASELINE, Reason.IN_DIGEST])
def test_a_story_without_a_message_stays_silent_too(outbox, take, news, reason):
    outbox.post(state=DeliveryState.SKIPPED, reason=reason)
    (mark,) = take(outbox).new
    assert (mark.action, mark.state, mark.reason, mark.message) == (Action.POST, DeliveryState.SKIPPED, Reason.RETRACTED, None)
    assert news(outbox) == Plan(silence=Reason.RETRACTED)
    (back,) = take(outbox, back=True).new
    assert (back.state, back.reason) == (DeliveryState.SKIPPED, Reason.RESTORED)
    assert bool(news(outbox).new) is (reason is not Reason.IN_DIGEST)


def test_where_nobody_was_told_there_is_nothing_to_take_back(outbox, take):
    assert take(outbox) == Plan()
    assert take(outbox, back=True) == Plan()


@pytest.mark.parametrize("sent", [True, False])
def test_a_message_is_put_back_as_it_was_and_lives_on(outbox, build, take, news, sent):
    outbox.post(state=DeliveryState.SENT)
    take(outbox)
    if sent:
        settle(outbox)
    take(outbox, back=True, now=build.noon + HOUR)
    assert retracted(outbox.history("team", ["s1"])) == frozenset()
    edit = newest(outbox)
    assert (edit.state, edit.reason, edit.message) == (DeliveryState.PENDING, Reason.RESTORED, build.message())
    assert len(outbox.rows) == (3 if sent else 2)
    settle(outbox)
    (further,) = news(outbox).new
    assert (further.action, further.reason) == (Action.EDIT, Reason.NEW_OUTLET)
    take(outbox, now=build.noon + 2 * HOUR)
    assert news(outbox).silence is Reason.RETRACTED


def test_what_was_dropped_while_it_waited_is_posted_when_it_is_put_back(outbox, build, take):
    outbox.post(state=DeliveryState.HELD)
    take(outbox)
    (post,) = take(outbox, back=True, now=build.noon + HOUR).new
    assert (post.action, post.state, post.reason) == (Action.POST, DeliveryState.PENDING, Reason.NEW_STORY)
    assert (post.message, post.not_before) == (build.message(), build.noon + HOUR)


def test_words_that_are_not_kept_are_not_put_back(outbox, take):
    outbox.post(state=DeliveryState.SENT)
    take(outbox)
    settle(outbox)
    outbox.put(newest(outbox).id, message=None)
    assert take(outbox, back=True) == Plan()


def test_the_message_of_a_story_folded_into_one_that_was_taken_back_points_there_and_no_more_is_told(outbox, build, take, news):
    outbox.post(1, state=DeliveryState.SENT)
    outbox.post(2, state=DeliveryState.SENT)
    take(outbox)
    settle(outbox)
    planned = news(outbox, "s1", ["s2"], merged=("s2",))
    assert [(row.action, row.story_id, row.reason) for row in planned.new] == [(Action.EDIT, "s2", Reason.MERGED)]
    outbox.commit(planned, build.noon)
    settle(outbox)
    assert news(outbox, "s1", ["s2"], merged=("s2",)) == Plan(silence=Reason.RETRACTED)


def test_a_message_that_was_taken_back_never_points_elsewhere(outbox, take, news):
    outbox.post(1, state=DeliveryState.SENT)
    outbox.post(2, state=DeliveryState.SENT)
    take(outbox, "s2")
    settle(outbox)
    (edit,) = news(outbox, "s1", ["s2"], merged=("s2",)).new
    assert (edit.story_id, edit.message.pointer) == ("s1", None)


def test_two_messages_that_are_one_story_are_taken_back_as_readers_see_them(outbox, build, take):
    outbox.post(1, state=DeliveryState.SENT)
    outbox.post(2, state=DeliveryState.SENT)
    pointer = build.message("s2", pointer="Elsewhere")
    outbox.add(replace(outbox.new_post(3), action=Action.EDIT, story_id="s2", message=pointer, target_id="d-team-2"), build.noon)
    planned = take(outbox, "s1", ["s2"])
    assert [(row.story_id, row.message.withdrawn) for row in planned.new] == [("s1", WHY)]


def test_two_messages_of_one_story_of_which_none_points_yet_are_both_taken_back_and_put_back(outbox, take):
    outbox.post(1, state=DeliveryState.SENT)
    outbox.post(2, state=DeliveryState.SENT)
    both = [("s1", WHY), ("s2", WHY)]
    assert [(row.story_id, row.message.withdrawn) for row in take(outbox, "s1", ["s2"]).new] == both
    settle(outbox)
    put_back = take(outbox, "s1", ["s2"], back=True).new
    assert [(row.story_id, row.message.withdrawn) for row in put_back] == [("s1", ""), ("s2", "")]
