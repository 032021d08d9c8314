"""The real drain and the real store with the real notifier: a reply lost after acceptance leaves one message on Discord."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from bot.core.deliveries import Action, DeliveryState, Outcome
from bot.core.model import Format, OnDoubt, Platform
from bot.core.outbox import AlertBatch, NewDelivery
from bot.core.reasons import Reason
from bot.core.stories import StoryRecord
from bot.outbox.drain import Drain

POST = "POST /channels/{channel_id}/messages"
EDIT = "PATCH /channels/{channel_id}/messages/{message_id}"
FORUM_POST = "POST /channels/{channel_id}/threads"


@pytest.fixture
async def store(memory_store):
    opened = await memory_store()
    yield opened
    await opened.close()


class Rig:
    """An outbox with one story and its channel."""

    def __init__(self, store, clock, channel, notifier, make):
        self.store, self.clock, self.channel, self.make = store, clock, channel, make
        self.settled = []
        self.trouble = []
        self.connect(notifier)

    def connect(self, notifier):
        """A drain as a new process would build it."""
        self.drain = Drain(
            self.store,
            {Platform.DISCORD: notifier},
            {self.channel.id: self.channel},
            self.clock,
            new_token=map(str, count()).__next__,
            on_settled=self.settled.append,
            on_trouble=self.trouble.append,
        )

    async def write(self, number, action=Action.POST, target=None):
        now = self.clock.now()
        stories = () if action is not Action.POST else (StoryRecord("s1", "Plates", "i1", Format.NEWS, now, now, now),)
        reason = Reason.NEW_STORY if action is Action.POST else Reason.NEW_OUTLET
        row = NewDelivery(
            number, "file", self.channel.id, action, DeliveryState.PENDING, reason, self.make.plain, "s1", (), now, target
        )
        await self.store.commit_alert(AlertBatch((), stories, (row,), (), (), now))

    async def send_all(self, tries=6):
        """Drain, and let the waits between tries pass, as long as something waits."""
        for _ in range(tries):
            await self.drain.drain_channel(self.channel.id)
            if not await self.store.pending(self.channel.id):
                return
            self.clock.advance(timedelta(seconds=8))

    async def row(self, number):
        return next(row for row in await self.store.deliveries(limit=100) if row.id == number)


@pytest.fixture
def make_rig(store, clock, make, to, connected):
    async def build(place, **settings):
        return Rig(store, clock, to(place, **settings), (await connected()).notifier, make)

    return build


@pytest.mark.parametrize("on_doubt", OnDoubt)
@pytest.mark.parametrize("fault", ["Cut", "Reset", "Malformed"])
async def test_a_post_whose_reply_is_lost_is_one_message_and_not_called_a_repeat(
    make_rig, discord_standin, discord_parts, place, fault, on_doubt
):
    rig = await make_rig(place, on_doubt=on_doubt)
    await rig.write("d1")
    discord_standin.fault(POST, getattr(discord_parts, fault)(accepted=True))
    await rig.send_all()
    (message,) = place.messages.values()
    row = await rig.row("d1")
    assert (row.state, row.reason, row.message_ref) == (DeliveryState.SENT, Reason.NEW_STORY, f"{place.id}/{message.id}")
    assert "Repeated" not in str(message.body)
    assert rig.trouble == []


@pytest.mark.parametrize("on_doubt", OnDoubt)
async def test_a_post_that_cannot_be_asked_for_in_time_is_repeated_marked_or_held(
    make_rig, discord_standin, discord_parts, place, clock, on_doubt
):
    rig = await make_rig(place, on_doubt=on_doubt)
    await rig.write("d1")
    discord_standin.world.deny(place, discord_parts.world.may.READ_MESSAGE_HISTORY)
    discord_standin.fault(POST, discord_parts.Cut(accepted=True))
    await rig.drain.drain_channel("team")
    clock.advance(discord_standin.nonce_window * 2)  # the machine slept
    await rig.send_all()
    if on_doubt is OnDoubt.HOLD:
        assert ((await rig.row("d1")).state, (await rig.row("d1")).reason) == (DeliveryState.HELD, Reason.IN_DOUBT)
        assert len(place.messages) == 1
        await rig.store.release("d1", clock.now())  # a person looked, and wants it
        await rig.send_all()
        assert (await rig.row("d1")).state is DeliveryState.SENT
    else:
        _, second = place.messages.values()
        assert "Repeated: the first try got no answer" in second.embeds[0]["description"]
        assert (await rig.row("d1")).reason is Reason.REPEATED


async def test_a_post_found_in_the_history_after_a_sleep_is_not_sent_again(make_rig, discord_standin, discord_parts, place, clock):
    rig = await make_rig(place)
    await rig.write("d1")
    discord_standin.fault(POST, discord_parts.Cut(accepted=True))
    await rig.drain.drain_channel("team")
    clock.advance(discord_standin.nonce_window * 2)
    await rig.send_all()
    (message,) = place.messages.values()
    assert (await rig.row("d1")).message_ref == f"{place.id}/{message.id}"


async def test_an_edit_whose_reply_is_lost_is_one_message_with_the_new_words(make_rig, discord_standin, discord_parts, place):
    rig = await make_rig(place)
    await rig.write("d1")
    await rig.send_all()
    await rig.write("d2", Action.EDIT, "d1")
    discord_standin.fault(EDIT, discord_parts.Cut(accepted=True))
    await rig.send_all()
    (message,) = place.messages.values()
    assert message.edited is not None
    assert (await rig.row("d2")).state is DeliveryState.SENT


async def test_a_reply_in_a_thread_whose_answer_is_lost_is_one_message(make_rig, discord_standin, discord_parts, place):
    rig = await make_rig(place)
    await rig.write("d1")
    await rig.send_all()
    await rig.write("d2", Action.REPLY, "d1")
    discord_standin.fault(POST, discord_parts.Cut(accepted=True), nth=2)
    await rig.send_all()
    (thread,) = discord_standin.world.threads(place)
    assert len(thread.messages) == 1
    assert len(place.messages) == 1
    assert (await rig.row("d2")).state is DeliveryState.SENT


async def test_a_forum_post_whose_answer_is_lost_is_one_thread(make_rig, discord_standin, discord_parts, forum):
    rig = await make_rig(forum)
    await rig.write("d1")
    discord_standin.fault(FORUM_POST, discord_parts.Cut(accepted=True))
    await rig.send_all()
    (thread,) = discord_standin.world.threads(forum)
    assert (await rig.row("d1")).message_ref == f"{thread.id}/{thread.id}"


@pytest.mark.parametrize("later", [timedelta(seconds=30), timedelta(minutes=10)])
async def test_a_process_killed_after_acceptance_leaves_one_message_however_late_it_comes_back(
    make_rig, connected, discord_standin, place, clock, later
):
    rig = await make_rig(place)
    await rig.write("d1")
    claimed = await rig.store.claim_next("team", now=clock.now(), lease=timedelta(seconds=120), token="dead")
    await (await connected()).notifier.deliver(claimed.delivery, rig.channel)  # and here the process is killed
    clock.advance(later)
    rig.connect((await connected()).notifier)
    assert await rig.drain.recover(all_sending=True) == 1
    await rig.send_all()
    (message,) = place.messages.values()
    assert (await rig.row("d1")).message_ref == f"{place.id}/{message.id}"
    assert "Repeated" not in str(message.body)


async def test_a_channel_closed_to_us_is_parked_after_one_question(make_rig, discord_standin, discord_parts, place):
    rig = await make_rig(place)
    discord_standin.world.deny(place, discord_parts.world.may.VIEW_CHANNEL)
    for number in ("d1", "d2"):
        await rig.write(number)
    await rig.send_all(tries=3)
    assert discord_standin.invalid_requests == 1
    assert [trouble.reason for trouble in rig.trouble] == [Reason.CHANNEL_GONE]
    assert (await rig.row("d1")).state is DeliveryState.PENDING


async def test_a_long_wait_belongs_to_the_channel_and_nothing_is_asked_before_it_is_over(
    make_rig, discord_standin, discord_parts, place, clock
):
    rig = await make_rig(place)
    await rig.write("d1")
    discord_standin.fault(POST, discord_parts.RateLimited(40.0))
    await rig.drain.drain_channel("team")
    clock.advance(timedelta(seconds=39))
    await rig.drain.drain_channel("team")
    assert len(discord_standin.called(POST)) == 1
    clock.advance(timedelta(seconds=1))
    discord_standin.rates._closed.clear()  # its seconds are real ones
    await rig.drain.drain_channel("team")
    assert len(place.messages) == 1


async def test_posts_of_a_channel_come_in_order(make_rig, place):
    rig = await make_rig(place)
    for number in range(7):
        await rig.write(f"d{number}")
    await rig.send_all()
    assert [row.message_ref for row in rig.settled] == [f"{place.id}/{number}" for number in place.messages]
    assert [row.id for row in rig.settled] == [f"d{number}" for number in range(7)]


async def followed(rig, action):
    """A post, what follows it, and another post: what became of the two."""
    await rig.write("d2", action, "d1")
    await rig.send_all()
    await rig.write("d3")
    await rig.send_all()
    return await rig.row("d2"), await rig.row("d3")


@pytest.mark.parametrize("state", ["deleted", "locked and archived", "archived for good"])
@pytest.mark.parametrize("action", [Action.EDIT, Action.REPLY])
async def test_a_forum_post_that_a_moderator_closed_ends_its_story_and_stops_nothing_else(
    make_rig, discord_standin, discord_parts, forum, action, state
):
    rig = await make_rig(forum)
    await rig.write("d1")
    await rig.send_all()
    (thread,) = discord_standin.world.threads(forum)
    if state == "deleted":
        await discord_standin.delete_channel(thread)
    elif state == "locked and archived":
        thread.locked = thread.archived = True
    else:
        discord_standin.fault(EDIT if action is Action.EDIT else POST, discord_parts.Refusal(403, 50013))
    ended, posted = await followed(rig, action)
    assert (ended.state, ended.reason) == (DeliveryState.SKIPPED, Reason.MESSAGE_GONE)
    assert posted.state is DeliveryState.SENT
    assert rig.trouble == []


@pytest.mark.parametrize("action", [Action.EDIT, Action.REPLY])
async def test_what_follows_a_forum_post_waits_when_the_whole_forum_is_closed_to_us(
    make_rig, discord_standin, discord_parts, forum, action
):
    rig = await make_rig(forum)
    await rig.write("d1")
    await rig.send_all()
    discord_standin.world.deny(forum, discord_parts.world.may.VIEW_CHANNEL)
    kept, _ = await followed(rig, action)
    assert kept.state is DeliveryState.PENDING
    assert [trouble.reason for trouble in rig.trouble] == [Reason.CHANNEL_GONE]


@pytest.mark.parametrize("state", ["locked and archived", "deleted", "forbidden", "forbidden without history"])
async def test_a_reply_whose_thread_takes_it_not_stands_beside_its_message(make_rig, discord_standin, discord_parts, place, state):
    may = discord_parts.world.may
    rig = await make_rig(place)
    await rig.write("d1")
    await rig.send_all()
    if state.startswith("forbidden"):
        lacking = may.SEND_MESSAGES_IN_THREADS
        discord_standin.world.deny(place, lacking if state == "forbidden" else lacking | may.READ_MESSAGE_HISTORY)
    else:
        await rig.write("d0", Action.REPLY, "d1")
        await rig.send_all()
        (thread,) = discord_standin.world.threads(place)
        if state == "deleted":
            await discord_standin.delete_channel(thread)
        thread.locked = thread.archived = True
    shown, posted = await followed(rig, Action.REPLY)
    assert (shown.state, posted.state) == (DeliveryState.SENT, DeliveryState.SENT)
    assert [row.message_ref for row in rig.settled][-2:] == [shown.message_ref, posted.message_ref]
    assert shown.message_ref.startswith(f"{place.id}/") or state == "deleted"
    assert rig.trouble == []


async def test_a_forum_post_that_failed_is_not_taken_for_another_of_the_same_headline(
    make_rig, connected, discord_standin, discord_parts, forum
):
    rig = await make_rig(forum)
    await rig.write("d1")
    await rig.send_all()
    rig.connect((await connected()).notifier)  # a process that remembers nothing
    await rig.write("d2")
    discord_standin.fault(FORUM_POST, discord_parts.Status(502, accepted=False))
    await rig.send_all()
    first, second = (await rig.row("d1")).message_ref, (await rig.row("d2")).message_ref
    assert {first, second} == {f"{thread.id}/{thread.id}" for thread in discord_standin.world.threads(forum)}
    assert first != second


async def test_a_forum_post_is_told_from_another_of_its_name_by_what_it_shows(
    connected, discord_standin, discord_parts, forum, to, make, clock
):
    notifier = (await connected()).notifier
    now = clock.now()
    times = {"created_at": now, "not_before": now, "updated_at": now}
    other = replace(make.plain, sentences=("Another story under the same words.",))
    assert (await notifier.deliver(make.delivery(other, Action.POST, id="d1", **times), to(forum))).outcome is Outcome.ACCEPTED
    ours = make.delivery(make.plain, Action.POST, id="d2", **times)
    assert (await notifier.find(ours, to(forum))).outcome is Outcome.RETRY
    discord_standin.world.deny(forum, discord_parts.world.may.READ_MESSAGE_HISTORY)
    assert await notifier.find(ours, to(forum)) is None
    assert (await notifier.deliver(replace(ours, attempt=2), to(forum))).outcome is Outcome.UNKNOWN
    marked = replace(ours, attempt=3, message=replace(make.plain, repeated=True))
    assert (await notifier.deliver(marked, to(forum))).outcome is Outcome.ACCEPTED
    assert len(discord_standin.world.threads(forum)) == 2


@pytest.mark.parametrize("kind", ["post", "reply", "reply in a forum"])
async def test_what_was_accepted_before_a_pause_is_found_by_the_next_process_and_not_sent_again(
    make_rig, connected, discord_standin, discord_parts, place, forum, clock, kind
):
    where = forum if kind == "reply in a forum" else place
    rig = await make_rig(where)
    if kind != "post":
        await rig.write("d0")
        await rig.send_all()
    await rig.write("d1", *(() if kind == "post" else (Action.REPLY, "d0")))
    discord_standin.fault(POST, discord_parts.Cut(accepted=True), nth=2 if kind == "reply" else 1)
    await rig.drain.drain_channel("team")
    assert (await rig.row("d1")).state is DeliveryState.PENDING  # the process stops here, and another comes back later
    clock.advance(timedelta(minutes=10))
    rig.connect((await connected()).notifier)
    await rig.drain.recover(all_sending=True)
    await rig.send_all()
    shown = list(place.messages.values()) if kind == "post" else list(discord_standin.world.threads(where)[0].messages.values())
    assert len(shown) == (2 if kind == "reply in a forum" else 1)
    assert (await rig.row("d1")).message_ref.endswith(f"/{shown[-1].id}")
    assert "Repeated" not in str(shown[-1].body)


async def test_a_reply_in_a_forum_that_a_sleeping_process_lost_is_found_and_not_sent_again(
    make_rig, discord_standin, discord_parts, forum, clock
):
    rig = await make_rig(forum)
    await rig.write("d1")
    await rig.send_all()
    await rig.write("d2", Action.REPLY, "d1")
    discord_standin.fault(POST, discord_parts.Cut(accepted=True))
    await rig.drain.drain_channel("team")
    clock.advance(timedelta(minutes=10))
    await rig.send_all()
    (thread,) = discord_standin.world.threads(forum)
    assert len(thread.messages) == 2


@pytest.mark.parametrize("lost", [True, False], ids=["accepted", "never accepted"])
async def test_after_a_pause_what_cannot_be_asked_for_is_sent_again_once_and_marked(
    make_rig, connected, discord_standin, discord_parts, place, clock, lost
):
    rig = await make_rig(place)
    await rig.write("d0")
    await rig.send_all()
    await rig.write("d1")
    discord_standin.world.deny(place, discord_parts.world.may.READ_MESSAGE_HISTORY)
    discord_standin.fault(POST, discord_parts.Cut(accepted=lost))
    await rig.drain.drain_channel("team")
    for _ in range(3):  # stopped and started again and again
        clock.advance(timedelta(minutes=10))
        rig.connect((await connected()).notifier)
        await rig.drain.recover(all_sending=True)
        await rig.drain.drain_channel("team")
    assert (await rig.row("d1")).state is DeliveryState.SENT
    last = list(place.messages.values())[-1]
    assert ("Repeated: the first try got no answer" in last.embeds[0]["description"], len(place.messages)) == (True, 2 + lost)


async def test_an_outage_without_any_doubt_marks_nothing(make_rig, discord_standin, discord_parts, place, clock):
    rig = await make_rig(place)
    await rig.write("d0")
    await rig.send_all()
    discord_standin.world.deny(place, discord_parts.world.may.READ_MESSAGE_HISTORY)
    await rig.write("d1")
    await discord_standin.stop()
    for _ in range(4):
        await rig.drain.drain_channel("team")
        clock.advance(timedelta(minutes=10))
    row = await rig.row("d1")
    assert (row.state, row.reason, row.message.repeated) == (DeliveryState.PENDING, Reason.NEW_STORY, False)
    assert row.attempt >= 3
