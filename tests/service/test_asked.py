"""What waits is asked again when it is due: it goes only if, and only as, people and the file want it by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.changes import numbered
from bot.core.clock import VirtualClock
from bot.core.deliveries import Action, DeliveryState
from bot.core.model import Level, Platform, Rule
from bot.core.outbox import AlertBatch, NewDelivery, Settled
from bot.core.overlays import Audited
from bot.core.reasons import Reason
from bot.core.silences import Hold, Mute, Silenced
from bot.service.deliver import Deliverer
from bot.service.regroup import Named, Person, Regrouper
from bot.service.repeated import with_notes_apart
from bot.service.retract import Retractor
from bot.service.silences import Muting

MORNING = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
OPERATOR = Person("file", "operator", ("team",))
URGENT = Rule("cameras", "council cameras", title="Cameras", channels=("team",), level=Level.CRITICAL)
CALM = Rule("contract", "council contract", title="Contracts", channels=("team",))
NOTE = "\n\nCorrection: an earlier version of this story misstated the day of the vote."


@pytest.fixture
def clock():
    return VirtualClock(MORNING)


@pytest.fixture
def rigged(make_rig):
    """A rig that asks which mutes are in force, and drops what waits for a rule that is gone."""

    def make(*given, **settings):
        rig = make_rig(*given, **settings)
        rig.deliverer = Deliverer(
            store=rig.store,
            drain=rig.drain,
            channels=rig.channels,
            clock=rig.clock,
            rules=rig.rules,
            on_settled=rig.settled.append,
            muted=Muting(rig.store, rig.rules.values, lambda _: None, rig.clock),
        )
        return rig

    return make


@pytest.fixture
def mute(store, clock):
    async def write(kind, subject):
        row = numbered(Audited("file", "operator", clock.now(), "mute", (), (), ()))
        made = Mute(f"m{kind}{subject}", "file", kind, subject, subject, None, "operator", clock.now())
        await store.change_mutes(made=[made], ended=(), restored=(), audited=row)

    return write


@pytest.fixture
def hold(store, clock):
    async def change(*, end=False):
        row = numbered(Audited("file", "operator", clock.now(), "hold", ("h1",), (), ()))
        made = () if end else [Hold("h1", "file", "team", "operator", clock.now(), None)]
        await store.change_holds(made=made, ended=["h1"] if end else (), restored=(), audited=row)

    return change


async def take_back(rig, item_id, *, back=False):
    retractor = Retractor(rig.store, channels=rig.channels, workspace_of=lambda _: None, clock=rig.clock)
    await (retractor.put_back if back else retractor.take_back)(OPERATOR, Named(await rig.story_of(item_id)), "False.")


async def posts(rig):
    rows = sorted(await rig.store.deliveries(limit=99), key=lambda row: row.sequence)
    return [(row.state, row.reason) for row in rows if row.action is Action.POST]


async def test_breaking_news_whose_breaking_rule_is_muted_waits_for_the_morning_under_the_other_rule(rigged, event, clock, mute):
    rig = rigged([URGENT, CALM], quiet_hours=(0, 9 * 60), break_through=Level.CRITICAL, group_wait=MINUTE)
    await rig.arrive(event("a", 0, MORNING))
    await mute(Silenced.RULE, "cameras")
    clock.advance(MINUTE)
    assert await rig.send() == []
    assert await posts(rig) == [(DeliveryState.HELD, Reason.QUIET_HOURS)]
    clock.advance(HOUR)
    (sent,) = await rig.send()
    assert "Contracts" in sent["text"]
    assert "Cameras" not in sent["text"]


async def test_breaking_news_that_is_none_any_more_waits_for_room_like_others(rigged, event, clock, mute):
    rig = rigged([URGENT, CALM], max_per_hour=1, break_through=Level.CRITICAL)
    await rig.arrive(event("b", 1, MORNING))
    assert len(await rig.send()) == 1
    clock.advance(10 * MINUTE)
    await rig.arrive(event("a", 0, clock.now()))
    await mute(Silenced.RULE, "cameras")
    assert await rig.send() == []
    assert (await posts(rig))[1] == (DeliveryState.HELD, Reason.OVER_CAP)
    clock.advance(50 * MINUTE)
    assert len(await rig.send()) == 1


async def test_breaking_news_with_room_left_goes_as_ordinary_news_once_its_rule_is_muted(rigged, event, mute):
    rig = rigged([URGENT, CALM], max_per_hour=1, break_through=Level.CRITICAL)
    await rig.arrive(event("b", 1, MORNING), event("a", 0, MORNING))
    await mute(Silenced.SOURCE, "source-b")
    await mute(Silenced.RULE, "cameras")
    (sent,) = [row for row in [*await rig.send(), *await rig.send()] if row["action"] == "post"]
    assert sent["story_id"] == await rig.story_of("a")


@pytest.mark.parametrize("count", [3, 4])
async def test_breaking_news_behind_a_hold_that_ends_at_night_leaves_at_once_however_much_it_is(rigged, event, clock, hold, count):
    rig = rigged([URGENT], quiet_hours=(0, 23 * 60), break_through=Level.CRITICAL)
    await hold()
    await rig.arrive(*(event(f"a{number}", number, MORNING) for number in range(count)))
    clock.advance(HOUR)
    await hold(end=True)
    assert [row["action"] for row in await rig.send()] == ["post"] * count


async def test_breaking_news_after_an_outage_at_night_leaves_at_once(rigged, event, clock):
    rig = rigged([URGENT], quiet_hours=(0, 23 * 60), break_through=Level.CRITICAL)
    await rig.arrive(event("a", 0, MORNING), event("b", 1, MORNING))
    clock.advance(3 * HOUR)
    assert [row["reason"] for row in await rig.send()] == ["urgent", "urgent"]


async def digest_waits(rig, event, clock, *, stories=2):
    """What the night held comes as a digest while the platform lets the channel wait."""
    await rig.arrive(event("first", 7, MORNING))
    claimed = await rig.store.claim_next("team", now=clock.now(), lease=HOUR, token="t")
    settled = Settled(claimed.delivery.id, "t", DeliveryState.SENT, Reason.NEW_STORY, clock.now(), message_ref="r")
    await rig.store.settle(replace(settled, channel_not_before=clock.now() + 16 * HOUR))
    clock.advance(2 * HOUR)
    await rig.arrive(*(event(f"a{number}", number, clock.now()) for number in range(stories)))
    clock.advance(13 * HOUR)
    assert await rig.send() == []
    assert [row.action for row in await rig.store.pending("team")] == [Action.DIGEST]


async def test_a_digest_that_waits_does_not_tell_what_was_taken_back_or_muted_meanwhile(rigged, event, clock, mute):
    rig = rigged(quiet_hours=(9 * 60, 22 * 60))
    await digest_waits(rig, event, clock, stories=3)
    await take_back(rig, "a1")
    await mute(Silenced.STORY, await rig.story_of("a2"))
    clock.advance(HOUR)
    (sent,) = await rig.send()
    assert (sent["action"], sent["story_ids"]) == ("digest", [await rig.story_of("a0")])
    assert event("a0", 0, MORNING).title in sent["text"]
    assert event("a1", 1, MORNING).title not in sent["text"]
    assert event("a2", 2, MORNING).title not in sent["text"]
    assert "1 story" in sent["text"]
    reasons = [reason for _, reason in await posts(rig)]
    assert reasons[1:4] == [Reason.IN_DIGEST, Reason.RETRACTED, Reason.MUTED], "neither was told in it"
    await take_back(rig, "a1", back=True)
    assert [row["story_id"] for row in await rig.send()] == [await rig.story_of("a1")]


async def test_a_digest_of_nothing_but_what_was_taken_back_is_not_sent(rigged, event, clock):
    rig = rigged(quiet_hours=(9 * 60, 22 * 60))
    await digest_waits(rig, event, clock)
    await take_back(rig, "a0")
    await take_back(rig, "a1")
    clock.advance(HOUR)
    assert await rig.send() == []
    assert await rig.store.pending("team") == []


async def test_a_reply_that_waits_below_a_story_that_is_muted_meanwhile_is_not_told(rigged, event, clock, mute):
    rig = rigged(quiet_hours=(9 * 60, 22 * 60))
    rig.own_words = with_notes_apart
    await rig.arrive(event("a", 0, MORNING))
    await rig.send()
    clock.advance(2 * HOUR)
    await rig.arrive(event("a", 0, MORNING, content_text=event("a", 0, MORNING).content_text + NOTE))
    await rig.send()
    assert [row.action for row in await rig.store.pending("team")] == [Action.REPLY]
    await mute(Silenced.STORY, await rig.story_of("a"))
    clock.advance(13 * HOUR)
    assert await rig.send() == []
    assert [(row.action, row.reason) for row in rig.settled][-1] == (Action.REPLY, Reason.MUTED)


async def test_what_becomes_due_while_the_channel_is_being_sent_to_is_asked_before_it_goes(rigged, event, clock, mute):
    rig = rigged(group_wait=10 * SECOND)
    await rig.arrive(event("a", 0, MORNING))
    clock.advance(5 * SECOND)
    await rig.arrive(event("b", 1, clock.now()), event("c", 2, clock.now()))
    await mute(Silenced.SOURCE, "source-b")
    clock.advance(5 * SECOND)
    inner = rig.drain._notifiers[Platform.CONSOLE]

    class Slow:
        platform = Platform.CONSOLE

        async def deliver(self, delivery, channel):
            clock.advance(6 * SECOND)
            return await inner.deliver(delivery, channel)

    rig.drain._notifiers = {Platform.CONSOLE: Slow()}
    assert [row["story_id"] for row in await rig.send()] == [await rig.story_of("a"), await rig.story_of("c")]
    assert (await posts(rig))[1] == (DeliveryState.SKIPPED, Reason.MUTED)


async def test_a_sample_that_waited_behind_a_hold_leaves_alone_and_counts_as_no_story(rigged, event, clock, hold):
    rig = rigged()
    await hold()
    await rig.arrive(*(event(f"a{number}", number, MORNING) for number in range(3)))
    shown = replace((await rig.store.pending("team"))[0].message, story_id="sample", headline="This is a test")
    sample = NewDelivery("dsample", "file", "team", Action.POST, DeliveryState.PENDING, Reason.SAMPLE, shown, None, (), clock.now())
    await rig.store.commit_alert(AlertBatch((), (), (sample,), (), (), clock.now()))
    clock.advance(HOUR)
    await hold(end=True)
    assert [row["action"] for row in await rig.send()] == ["post"] * 4


RETOLD = "Motorists cheered in the gallery when the council let its cameras go, and Nwosu closed her diary with a smile."


async def test_a_story_whose_rule_was_renamed_while_it_waited_is_told_once_another_report_matches(rigged, event, clock):
    rig = rigged([CALM], quiet_hours=(0, 9 * 60))
    await rig.arrive(event("a", 0, MORNING))
    renamed = rigged([replace(CALM, id="agreements", query="diary")], quiet_hours=(0, 9 * 60))
    clock.advance(2 * HOUR)
    assert await renamed.send() == []
    assert await posts(renamed) == [(DeliveryState.SKIPPED, Reason.UNDECLARED)]
    title = "Camera pact of Harbour City council, cameras that read number plates, ends"
    await renamed.arrive(event("b", 0, clock.now(), title=title, content_text=RETOLD))
    assert await renamed.story_of("b") == await renamed.story_of("a")
    assert [row["action"] for row in await renamed.send()] == ["post"]


async def test_what_people_put_back_waits_for_room_where_the_channel_has_its_fill(rigged, event, clock):
    rig = rigged(max_per_hour=1)
    await rig.arrive(event("a", 0, MORNING), event("b", 1, MORNING))
    assert len(await rig.send()) == 1
    await take_back(rig, "b")
    await take_back(rig, "b", back=True)
    clock.advance(MINUTE)
    assert await rig.send() == []
    clock.advance(HOUR)
    assert [row["story_id"] for row in await rig.send()] == [await rig.story_of("b")]


def people(rig):
    return Regrouper(rig.store, rules=rig.rules, channels=rig.channels, workspace_of=lambda _: None, clock=rig.clock)


async def test_a_mute_of_one_of_two_stories_that_people_merged_silences_the_post_that_waits(rigged, event, clock, mute):
    rig = rigged(quiet_hours=(9 * 60, 22 * 60))
    clock.advance(2 * HOUR)
    await rig.arrive(event("a", 0, clock.now()), event("b", 1, clock.now()))
    one, other = await rig.story_of("a"), await rig.story_of("b")
    await mute(Silenced.STORY, other)
    await people(rig).merge(OPERATOR, Named(one), Named(other))
    clock.advance(13 * HOUR)
    assert await rig.send() == []


async def test_a_post_that_waits_of_merged_stories_goes_where_an_unmuted_source_brings_one_of_them(rigged, event, clock, mute):
    rig = rigged(quiet_hours=(9 * 60, 22 * 60))
    clock.advance(2 * HOUR)
    await rig.arrive(event("a", 0, clock.now()), event("b", 1, clock.now()))
    await people(rig).merge(OPERATOR, Named(await rig.story_of("a")), Named(await rig.story_of("b")))
    await mute(Silenced.SOURCE, "source-a")
    clock.advance(13 * HOUR)
    assert [row["action"] for row in await rig.send()] == ["post"]


async def test_a_post_that_waits_of_an_article_that_people_took_out_hears_every_mute(rigged, event, clock, mute):
    rig = rigged(quiet_hours=(9 * 60, 22 * 60))
    await rig.arrive(event("a", 0, MORNING))
    await rig.send()
    clock.advance(2 * HOUR)
    title = "Camera pact of Harbour City council, cameras that read number plates, ends"
    await rig.arrive(event("b", 0, clock.now(), title=title, content_text=RETOLD))
    story_id = await rig.story_of("a")
    await people(rig).split(OPERATOR, Named(story_id, "b"), Named(story_id, "a"))
    assert (await posts(rig))[-1] == (DeliveryState.HELD, Reason.QUIET_HOURS)
    await mute(Silenced.RULE, "cameras")
    clock.advance(13 * HOUR)
    assert [row["action"] for row in await rig.send() if row["action"] == "post"] == []
    assert (await posts(rig))[-1] == (DeliveryState.SKIPPED, Reason.MUTED)
