"""Reminders come once, at their time by the wall clock of the channel, under the story's message or beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.deliveries import Action, DeliveryState
from bot.core.errors import UserInputError
from bot.core.messages import ReminderMessage
from bot.core.outbox import AlertBatch, NewDelivery, Settled, Stale
from bot.core.reasons import Reason
from bot.service.regroup import Named, Person
from bot.service.reminders import LOST_EVERY, MOST_OF_STORY, REMIND_AT, Reminders, Reminding, due_after, due_on
from bot.service.retract import Retractor

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPERATOR = Person("file", "operator", ("team",))


@pytest.fixture
def people(store, clock):
    return Reminding(store, clock)


@pytest.fixture
def remind(people, clock):
    """Sets a reminder of a story in a channel, so long from now."""

    async def make(rig, story_id, after=HOUR, channel="team"):
        message = ReminderMessage(story_id, "Headline", None, None, clock.now() + after, note="look again")
        return await people.remind(OPERATOR, "key", rig.channels[channel], message)

    return make


async def told(rig):
    """Tells what is due; the reminders that were sent: (under which message, in which words)."""
    await Reminders(rig.store, rig.channels, rig.clock).tell_due()
    await rig.send()
    rows = [row for row in await rig.store.deliveries(limit=99) if row.action is Action.REMIND]
    return [(row.target_ref, row.message.note, str(row.state)) for row in reversed(rows)]


async def posted(rig, event, clock):
    await rig.arrive(event("a", 0, clock.now()))
    await rig.send()
    (post,) = await rig.store.deliveries(limit=9)
    return post


async def test_a_reminder_comes_once_under_the_message_of_its_story(make_rig, event, clock, remind):
    rig = make_rig()
    post = await posted(rig, event, clock)
    await remind(rig, post.story_id)
    clock.advance(HOUR - timedelta(seconds=1))
    assert await told(rig) == []
    clock.advance(timedelta(seconds=1))
    assert await told(rig) == [(post.message_ref, "look again", "sent")]
    clock.advance(30 * DAY)
    assert len(await told(rig)) == 1


async def test_a_bot_that_was_away_tells_it_when_it_is_back_and_a_clock_set_back_tells_it_no_second_time(
    make_rig, event, clock, remind
):
    rig = make_rig()
    post = await posted(rig, event, clock)
    await remind(rig, post.story_id)
    clock.advance(5 * DAY)
    assert len(await told(rig)) == 1
    clock.move_to(clock.now() - 5 * DAY)
    assert len(await told(rig)) == 1


@pytest.mark.parametrize("how", ["digest", "deleted", "unknown"])
async def test_where_no_message_stands_it_is_a_message_of_its_own(make_rig, event, clock, remind, how):
    rig = make_rig(digest="hourly" if how == "digest" else "")
    if how == "unknown":
        story_id = "s0"
    else:
        await rig.arrive(event("a", 0, clock.now()))
        clock.advance(HOUR)
        await rig.send()
        story_id = await rig.story_of("a")
    if how == "deleted":
        (post,) = await rig.store.deliveries(limit=9)
        await gone_edit(rig, story_id, post.id)
    await remind(rig, story_id)
    clock.advance(HOUR)
    assert await told(rig) == [(None, "look again", "sent")]


async def gone_edit(rig, story_id, target_id):
    """An edit that came to nothing: its message was deleted, or was never there."""
    now = rig.clock.now()
    state, reason = DeliveryState.PENDING, Reason.NEW_OUTLET
    row = NewDelivery("dgone", "file", "team", Action.EDIT, state, reason, None, story_id, (), now, target_id=target_id)
    await rig.store.commit_alert(AlertBatch((), (), (row,), (), (), now))
    claimed = await rig.store.claim_next("team", now=now, lease=HOUR, token="t")
    if claimed is not None:
        await rig.store.settle(Settled("dgone", "t", DeliveryState.SKIPPED, Reason.MESSAGE_GONE, now))


async def test_a_message_deleted_at_that_very_moment_loses_no_reminder(make_rig, event, clock, remind):
    rig = make_rig()
    post = await posted(rig, event, clock)
    await remind(rig, post.story_id)
    clock.advance(HOUR)
    ticking = Reminders(rig.store, rig.channels, clock)
    await ticking.tell_due()
    claimed = await rig.store.claim_next("team", now=clock.now(), lease=HOUR, token="t")
    await rig.store.settle(Settled(claimed.delivery.id, "t", DeliveryState.SKIPPED, Reason.MESSAGE_GONE, clock.now()))
    assert await ticking.tell_due() == 0  # looked for once a minute
    clock.advance(timedelta(seconds=LOST_EVERY))
    assert await ticking.tell_due() == 1
    clock.advance(timedelta(seconds=LOST_EVERY))
    assert await ticking.tell_due() == 0
    await rig.send()
    rows = [row for row in await rig.store.deliveries(limit=9) if row.action is Action.REMIND]
    assert [(row.target_ref, str(row.state)) for row in reversed(rows)] == [(post.message_ref, "skipped"), (None, "sent")]


async def test_a_reminder_that_waited_long_behind_a_hold_is_not_lost_with_its_message(make_rig, event, clock, remind):
    rig = make_rig()
    post = await posted(rig, event, clock)
    await remind(rig, post.story_id)
    clock.advance(HOUR)
    assert await Reminders(rig.store, rig.channels, clock).tell_due() == 1
    clock.advance(3 * DAY)  # it waits all the while
    claimed = await rig.store.claim_next("team", now=clock.now(), lease=HOUR, token="t")
    assert claimed.delivery.action is Action.REMIND
    await rig.store.settle(Settled(claimed.delivery.id, "t", DeliveryState.SKIPPED, Reason.MESSAGE_GONE, clock.now()))
    assert await told(rig) == [(post.message_ref, "look again", "skipped"), (None, "look again", "sent")]


async def test_a_reply_that_came_to_nothing_before_the_message_stood_keeps_no_reminder_from_it(make_rig, event, clock, remind):
    rig = make_rig()
    post = await posted(rig, event, clock)
    earlier = NewDelivery(
        "dmuted", "file", "team", Action.POST, DeliveryState.SKIPPED, Reason.MUTED, None, post.story_id, (), clock.now()
    )
    await rig.store.commit_alert(AlertBatch((), (), (earlier,), (), (), clock.now()))
    await gone_edit(rig, post.story_id, earlier.id)
    await remind(rig, post.story_id)
    clock.advance(HOUR)
    assert await told(rig) == [(post.message_ref, "look again", "sent")]


async def test_a_reminder_of_a_story_that_was_taken_back_says_so(make_rig, event, clock, remind):
    rig = make_rig()
    post = await posted(rig, event, clock)
    await remind(rig, post.story_id)
    person = Retractor(rig.store, channels=rig.channels, workspace_of=lambda _: None, clock=clock)
    await person.take_back(OPERATOR, Named(post.story_id), "False.")
    clock.advance(HOUR)
    await told(rig)
    (reminder,) = [row for row in await rig.store.deliveries(limit=9) if row.action is Action.REMIND]
    assert reminder.message.headline == "Taken back: Headline"


async def test_a_reminder_keeps_quiet_hours(make_rig, event, clock, remind):
    rig = make_rig(quiet_hours=(13 * 60, 15 * 60))  # it is noon
    post = await posted(rig, event, clock)
    await remind(rig, post.story_id)
    clock.advance(HOUR)
    assert await told(rig) == [(None, "look again", "pending")]
    clock.advance(2 * HOUR)
    assert await told(rig) == [(post.message_ref, "look again", "sent")]


async def test_a_reminder_for_a_channel_that_is_gone_waits_and_holds_no_other_up(make_rig, event, clock, remind):
    rig = make_rig(channels=("team", "other"))
    post = await posted_in_both(rig, event, clock)
    await remind(rig, post.story_id, channel="other")
    await remind(rig, post.story_id)
    other = rig.channels.pop("other")
    clock.advance(HOUR)
    assert len(await told(rig)) == 1
    rig.channels["other"] = other
    assert len(await told(rig)) == 2


async def posted_in_both(rig, event, clock):
    await rig.arrive(event("a", 0, clock.now()))
    await rig.send()
    return next(row for row in await rig.store.deliveries(limit=9) if row.channel_id == "team")


async def test_what_cannot_be_is_refused_with_a_sentence(make_rig, clock, remind):
    rig = make_rig()
    with pytest.raises(UserInputError, match="That is over already"):
        await remind(rig, "s1", -HOUR)
    with pytest.raises(UserInputError, match="That is over already"):
        await remind(rig, "s1", timedelta(0))
    for number in range(MOST_OF_STORY):
        await remind(rig, "s1", HOUR + number * DAY)
    with pytest.raises(UserInputError, match="set already"):
        await remind(rig, "s1", HOUR)
    with pytest.raises(UserInputError, match=f"{MOST_OF_STORY} reminders of this story"):
        await remind(rig, "s1", 3 * HOUR)


async def test_there_is_an_end_to_the_reminders_of_a_workspace(make_rig, clock, remind, monkeypatch):
    rig = make_rig()
    monkeypatch.setattr("bot.service.reminders.MOST_WAITING", 2)
    await remind(rig, "s1")
    await remind(rig, "s2")
    with pytest.raises(UserInputError, match="There are 2 reminders already"):
        await remind(rig, "s3")


async def test_a_reminder_is_taken_back_and_set_again(make_rig, clock, remind, people):
    rig = make_rig()
    made = await remind(rig, "s1")
    change = await rig.store.audited_change("file", made.number)
    gone = await people.take_back(OPERATOR, change)
    assert await rig.store.reminders_waiting(["team"]) == []
    with pytest.raises(UserInputError, match="nothing to take back"):
        await people.take_back(OPERATOR, change)
    again = await rig.store.audited_change("file", gone.number)
    assert (again.before, again.after) == (change.after, ())
    await people.take_back(OPERATOR, again)
    assert [one.id for one in await rig.store.reminders_waiting(["team"])] == [made.reminders[0].id]
    await people.forget(OPERATOR, made.reminders)
    clock.advance(2 * HOUR)
    last = (await rig.store.audited("file"))[-1]
    with pytest.raises(UserInputError, match="its time is over"):
        await people.take_back(OPERATOR, last)
    assert await told(rig) == []


async def test_what_somebody_else_tells_or_takes_back_at_that_moment_is_told_by_nobody_twice(make_rig, event, clock, remind):
    rig = make_rig()
    post = await posted(rig, event, clock)
    await remind(rig, post.story_id)
    clock.advance(HOUR)

    class Late:
        """A store that hears of every change a moment too late."""

        def __getattr__(self, name):
            return getattr(rig.store, name)

        async def tell_reminder(self, *_):
            raise Stale("told already")

        async def retell_reminder(self, *_):
            raise Stale("told already")

    assert await Reminders(Late(), rig.channels, clock).tell_due() == 0
    assert await Reminders(rig.store, rig.channels, clock).tell_due() == 1
    claimed = await rig.store.claim_next("team", now=clock.now(), lease=HOUR, token="t")
    await rig.store.settle(Settled(claimed.delivery.id, "t", DeliveryState.SKIPPED, Reason.MESSAGE_GONE, clock.now()))
    assert await Reminders(Late(), rig.channels, clock).tell_due() == 0
    assert await Reminders(rig.store, {}, clock).tell_due() == 0
    assert await Reminders(rig.store, rig.channels, clock).tell_due() == 1


# ---------------------------------------------------------------- when


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        (date(2026, 3, 28), "Europe/Berlin", datetime(2026, 3, 28, 8, 0, tzinfo=UTC)),
        (date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 29, 7, 0, tzinfo=UTC)),  # summer time began that night
        (date(2026, 10, 25), "Europe/Berlin", datetime(2026, 10, 25, 8, 0, tzinfo=UTC)),
        (date(2026, 11, 1), "America/New_York", datetime(2026, 11, 1, 14, 0, tzinfo=UTC)),
        (date(2026, 4, 5), "Australia/Lord_Howe", datetime(2026, 4, 4, 22, 30, tzinfo=UTC)),
        (date(2011, 12, 30), "Pacific/Apia", datetime(2011, 12, 30, 10, 0, tzinfo=UTC)),  # a day that was skipped there
    ],
)
def test_a_day_means_nine_in_the_morning_there_whatever_the_clocks_do(day, zone, instant):
    assert REMIND_AT.hour == 9
    assert due_on(day, zone) == instant


@pytest.mark.parametrize(
    ("span", "due"),
    [
        (HOUR, datetime(2026, 3, 28, 18, 30, 20, tzinfo=UTC)),
        (36 * HOUR, datetime(2026, 3, 30, 5, 30, 20, tzinfo=UTC)),
        (DAY, datetime(2026, 3, 29, 16, 30, tzinfo=UTC)),  # the same time of day, an hour less away
        (7 * DAY, datetime(2026, 4, 4, 16, 30, tzinfo=UTC)),
    ],
)
def test_days_from_now_keep_the_time_of_day_over_a_change_of_the_clocks(span, due):
    assert due_after(span, datetime(2026, 3, 28, 17, 30, 20, tzinfo=UTC), "Europe/Berlin") == due
