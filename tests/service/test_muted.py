"""What mutes mean for stories in channels: planned, waiting and out; and what is news again afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.changes import numbered
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.model import Channel, Item, Match, Platform, Rule, Span
from bot.core.overlays import Audited
from bot.core.reasons import Reason
from bot.core.silences import Mute, Silenced
from bot.service.deliver import Deliverer
from bot.service.muted import Quiet, outlet_key, outlet_keys, quiet_in, voices
from bot.service.silences import Muting
from bot.stories.summary import StoryItem

HOUR = timedelta(hours=1)
CAMERAS = Rule("cameras", "council cameras", title="Cameras", channels=("team", "other"))
VOTES = Rule("votes", "council (vote OR school OR contract)", title="Votes", channels=("team",))


@pytest.fixture
def mute(clock):
    """Makes a mute of everybody's, in every channel, without an end."""

    def make(kind, subject, **changes):
        return replace(Mute(f"m{kind}{subject}", "file", kind, subject, subject, None, "operator", clock.now()), **changes)

    return make


@pytest.fixture
def silence(store, clock):
    """Writes mutes."""

    async def write(*mutes, ended=()):
        row = numbered(Audited("file", "operator", clock.now(), "mute", (), (), ()))
        await store.change_mutes(made=mutes, ended=ended, restored=(), audited=row)

    return write


def member(item_id="i1", *, rules=("cameras",), clauses=("cameras",), **changes):
    item = Item(item_id, changes.pop("source_id", "gazette"), "Title", None, **changes)
    spans = tuple(Span("title", 0, 5, "Title", clause) for clause in clauses)
    return StoryItem(item, tuple(Match(item_id, rule, "v1", spans) for rule in rules))


def quiet(**named):
    return replace(Quiet(*[frozenset()] * 5), **{kind: frozenset(ids) for kind, ids in named.items()})


def speaking(silent, *members, rules=(CAMERAS, VOTES)):
    return [rule.id for rule in silent.speaking({"s1"}, members, rules)]


# ---------------------------------------------------------------- the decision alone


def test_a_story_that_two_rules_matched_is_told_by_the_one_that_is_not_muted():
    both = member(rules=("cameras", "votes"))
    assert speaking(quiet(), both) == ["cameras", "votes"]
    assert speaking(quiet(rules=["cameras"]), both) == ["votes"]
    assert speaking(quiet(rules=["cameras", "votes"]), both) == []


@pytest.mark.parametrize(
    ("silent", "told"),
    [
        (quiet(sources=["gazette"]), []),
        (quiet(sources=["radio"]), ["cameras"]),
        (quiet(outlets=["harbour ledger"]), []),
        (quiet(outlets=["ledger.example"]), []),
        (quiet(outlets=["news.ledger.example"]), []),
        (quiet(outlets=["example"]), ["cameras"]),
        (quiet(stories=["s1"]), []),
        (quiet(stories=["s2"]), ["cameras"]),
    ],
)
def test_a_story_of_muted_articles_alone_is_muted(silent, told):
    one = member(outlet="The Harbour Ledger", url="https://news.ledger.example/a")
    assert speaking(silent, one) == told
    if not silent.stories:
        assert speaking(silent, one, member("i2", source_id="other")) == ["cameras"]  # another outlet reports it too


@pytest.mark.parametrize(
    ("clauses", "told"),
    [
        (["@flock_safety"], []),
        (["police", "@Flock_Safety+products"], []),
        (["(police OR sheriff) NEAR/8 @flock_safety"], []),
        (["@flock_safety", "@clearview"], ["cameras"]),  # another name would have brought it alone, perhaps
        (["@flock_safety", "@part"], ["cameras"]),  # what a part named by let holds is not known here
        (["cameras"], ["cameras"]),
        ([], ["cameras"]),  # changed since: the places are not known any more
    ],
)
def test_what_was_found_through_a_muted_entity_alone_is_muted(clauses, told):
    assert speaking(quiet(entities=["flock_safety"]), member(clauses=clauses)) == told


def test_an_outlet_is_known_by_its_name_its_host_and_its_site():
    assert outlet_key("The Harbour Ledger ") == outlet_key("harbour ledger") == "harbour ledger"
    assert outlet_key("WWW.Ledger.example") == "ledger.example"
    item = Item("i1", "gazette", "Title", None, outlet="The Harbour Ledger", url="https://news.ledger.example/a")
    assert outlet_keys(item) == {"harbour ledger", "news.ledger.example", "ledger.example"}
    assert outlet_keys(Item("i1", "gazette", "Title", None)) == set()


def test_a_mute_holds_in_its_own_workspace_and_in_its_own_channel(mute):
    channels = [
        Channel("team", Platform.SLACK, "C1"),
        Channel("other", Platform.SLACK, "C2"),
        Channel("foreign", Platform.SLACK, "C3"),
        Channel("hall", Platform.CONSOLE, "hall"),
    ]
    teams = {"team": "T1", "other": "T1", "foreign": "T2"}

    def where(one, known=teams):
        found = quiet_in([one], lambda channel: known.get(channel.id))
        return [channel.id for channel in channels if found(channel) is not None]

    rule = mute(Silenced.RULE, "cameras", workspace_id="slack:T1", channels=("team",))
    assert where(rule) == ["team", "other"]
    assert where(rule, {}) == ["team"]  # until the platform has said more: where it was known
    assert where(replace(rule, channel_id="other")) == ["other"]
    assert where(replace(rule, channel_id="foreign")) == []
    assert where(replace(rule, workspace_id="file")) == ["team", "other", "foreign", "hall"]


def test_a_message_that_is_out_goes_on_naming_all_of_its_rules(build_row):
    both, rules = member(rules=("cameras", "votes")), [CAMERAS, VOTES]
    silent = quiet(rules=["cameras"])
    assert voices(None, {"s1"}, [both], rules, []) == (rules, False)
    assert voices(silent, {"s1"}, [both], rules, []) == ([VOTES], False)
    waits = build_row(Action.POST, DeliveryState.PENDING, Reason.NEW_STORY)
    assert voices(silent, {"s1"}, [both], rules, [waits]) == ([VOTES], False)
    for told in (
        build_row(Action.POST, DeliveryState.SENT, Reason.NEW_STORY),
        build_row(Action.POST, DeliveryState.SKIPPED, Reason.IN_DIGEST),
    ):
        assert voices(silent, {"s1"}, [both], rules, [told]) == (rules, False)
        assert voices(quiet(stories=["s1"]), {"s1"}, [both], rules, [told]) == (rules, True)


@pytest.fixture
def build_row(clock):
    """Makes a row of the outbox."""
    now = clock.now()
    return lambda action, state, reason: Delivery("d1", 1, "file", "team", action, state, reason, None, "s1", (), now, now, now)


# ---------------------------------------------------------------- through the whole bot


def retold(event, clock):
    """The first event in another newsroom's words."""
    text = (
        "Motorists in Harbour City will not be watched by cameras that read number plates any more. The council let the contract "
        "lapse in a vote that surprised the gallery. Mayor Nwosu wrote in her diary that the renewal was never certain."
    )
    title = "Council of Harbour City ends its contract for cameras that read number plates"
    return event("b", 0, clock.now(), title=title, content_text=text)


async def states(rig, channel="team"):
    rows = [row for row in await rig.store.deliveries(limit=99) if row.channel_id == channel]
    return [(str(row.action), str(row.state), str(row.reason)) for row in sorted(rows, key=lambda row: row.sequence)]


async def test_muted_news_is_written_down_as_such_and_the_other_channel_gets_it(make_rig, event, clock, mute, silence):
    rig = make_rig([CAMERAS], ["team", "other"])
    await silence(mute(Silenced.RULE, "cameras", channel_id="team"))
    await rig.arrive(event("a", 0, clock.now()))
    assert [row["channel"] for row in await rig.send()] == ["other"]
    assert await states(rig) == [("post", "skipped", "muted")]


async def test_a_message_by_an_unmuted_rule_names_that_rule_alone(make_rig, event, clock, mute, silence):
    rig = make_rig([CAMERAS, VOTES], ["team", "other"])
    await silence(mute(Silenced.RULE, "cameras"))
    here, there = await rig.arrive(event("a", 0, clock.now()))
    assert (here.channel_id, here.reason, here.message.rules) == ("team", Reason.NEW_STORY, (("votes", "Votes"),))
    assert (there.channel_id, there.reason, there.message.rules) == ("other", Reason.MUTED, (("cameras", "Cameras"),))


async def test_when_a_mute_ends_nothing_old_is_posted_but_later_news_is(make_rig, event, clock, mute, silence):
    rig = make_rig()
    until = clock.now() + 2 * HOUR
    await silence(mute(Silenced.OUTLET, "outlet a", until=until))
    await rig.arrive(event("a", 0, clock.now()))
    clock.move_to(until)
    assert await rig.send() == []
    copy = event("a2", 0, clock.now(), outlet="Outlet a")
    await rig.arrive(copy)
    assert await rig.send() == [], "a copy is nothing new"
    await rig.arrive(retold(event, clock))
    assert await rig.story_of("b") == await rig.story_of("a")
    assert [row["action"] for row in await rig.send()] == ["post"]
    assert (await states(rig))[0] == ("post", "skipped", "muted")


async def test_a_message_that_is_out_stays_true_under_a_mute_of_its_story(make_rig, event, clock, mute, silence):
    rig = make_rig()
    await rig.arrive(event("a", 0, clock.now()))
    await rig.send()
    await silence(mute(Silenced.STORY, await rig.story_of("a")))
    clock.advance(HOUR)
    await rig.arrive(retold(event, clock))
    assert await rig.story_of("b") == await rig.story_of("a")
    assert [row["action"] for row in await rig.send()] == ["edit"]


async def test_what_is_muted_while_it_waits_is_not_sent_and_what_is_unmuted_in_time_is(make_rig, event, clock, mute, silence):
    rig = make_rig(group_wait=HOUR)
    rig.deliverer = muting(rig)
    first, second = event("a", 0, clock.now()), event("b", 1, clock.now())
    await rig.arrive(first, second)
    await silence(mute(Silenced.SOURCE, "source-a"), mute(Silenced.SOURCE, "source-b", until=clock.now() + timedelta(minutes=30)))
    clock.advance(HOUR)
    assert [row["story_id"] for row in await rig.send()] == [await rig.story_of("b")]
    assert [row.story_id for row in rig.settled] == [await rig.story_of("a"), await rig.story_of("b")]
    assert await states(rig) == [("post", "skipped", "muted"), ("post", "sent", "new_story")]


async def test_a_story_that_is_known_by_another_name_is_muted_by_that_name_alone(make_rig, mute, silence, clock):
    rig = make_rig()
    asked = Muting(rig.store, rig.rules.values, lambda _: None, clock)
    team = rig.channels["team"]
    assert await asked(team, {"s1", "s2"}) == {}
    await silence(mute(Silenced.STORY, "s2"), mute(Silenced.RULE, "cameras"))
    assert await asked(team, {"s1", "s2"}) == {"s2": []}


def muting(rig):
    return Deliverer(
        store=rig.store,
        drain=rig.drain,
        channels=rig.channels,
        clock=rig.clock,
        on_settled=rig.settled.append,
        muted=Muting(rig.store, rig.rules.values, lambda _: None, rig.clock),
    )
