"""Workspaces never hear of one another: not of rules, sources, articles, votes or even that they are there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands.owndesk import own_articles
from bot.core.deliveries import Action, DeliveryState
from bot.service.planning import Planner
from bot.service.regroup import Named, Person, Regrouper
from bot.service.retold import promised_before
from bot.service.voting import Voting
from bot.stories.outlets import SHIPPED
from bot.stories.summary import StoryItem

LINK = "https://gazette.example"
THEIRS = "112233445566778899"
SECRET = "https://secret.example/leak"


async def both(town):
    """T1 has a source; both have a rule for the same words."""
    town.serve(LINK)
    await town.add(f"source add {LINK}")
    await town.add("rule add mine council cameras")
    reply = await town.other("rule add theirs council cameras")
    await town.other(reply.buttons[0].words)


def hidden(event, name, number, **changes):
    return replace(event(name, number, **changes), source_id="slack:T1/gazette")


async def test_a_story_is_told_without_what_anothers_source_brought(town, event):
    await both(town)
    public = event("a", 0, outlet="Public Post")
    private = hidden(event, "p", 0, outlet="Private Paper", title="Harbour City ends contract for cameras that read plates")
    await town.arrive(public)
    rows = await town.arrive(private)
    assert {row.channel_id for row in rows} <= {"team"}
    for row in await town.store.deliveries(state=None, limit=50):
        if row.channel_id == "guild":
            assert "Private Paper" not in str(row.message)
        if row.action is Action.POST and row.channel_id == "team" and row.state is DeliveryState.PENDING:
            assert "Private Paper" in str(row.message) or row in rows or "Public Post" in str(row.message)


async def test_what_copies_anothers_article_is_a_report_of_its_own_here(town, event):
    await both(town)
    first = await town.arrive(hidden(event, "p", 0, outlet="Private Paper"))
    assert {row.channel_id for row in first} == {"team"}
    again = await town.arrive(event("a", 0, outlet="Public Post"))
    posts = [row for row in again if row.channel_id == "guild" and row.action is Action.POST]
    assert [(row.state, row.message.outlet) for row in posts] == [(DeliveryState.PENDING, "Public Post")]
    assert "Private" not in str(posts)


async def test_no_question_finds_anothers_article(town, event, words):
    await both(town)
    await town.arrive(hidden(event, "p", 0, url=SECRET, outlet="Private Paper"))
    unknown = words(await town.other("why https://secret.example/never"))
    for question in (f"why {SECRET}", "search council cameras", "latest", "sources", "rules", "status", "rule test cameras"):
        said = words(await town.other(question))
        assert "Private" not in said, question
        assert "gazette" not in said, question
        assert "secret.example/leak" not in said.replace(SECRET, ""), question
    assert words(await town.other(f"why {SECRET}")) == unknown.replace("/never", "/leak")
    assert "Private Paper" in words(await town.ask("search council cameras"))
    assert "gazette" in words(await town.ask("sources"))
    assert "slack:T1/gazette" not in words(await town.ask("sources"))


async def test_what_a_source_brought_that_is_gone_stays_private(town, event, words):
    await both(town)
    await town.arrive(hidden(event, "p", 0, outlet="Private Paper"))
    await town.ask("source remove gazette")
    assert "Private" not in words(await town.other("search council cameras"))


async def test_a_name_that_another_workspace_uses_is_free(town):
    await both(town)
    reply = await town.other("rule add mine police")
    assert not reply.error
    assert not (await town.other(f"source add {LINK}")).error


async def test_changes_of_another_workspace_cannot_be_taken_back_or_confirmed(town):
    await both(town)
    removed = await town.ask("rule remove mine")
    draft = await town.ask("rule add again police")
    assert (await town.other(removed.buttons[0].words)).error
    assert (await town.other(draft.buttons[0].words)).error
    assert "slack:T1/mine" not in {rule.id for rule in town.in_force.current.rules}


async def test_the_operator_sees_everything(town, event, words):
    await both(town)
    await town.arrive(hidden(event, "p", 0, outlet="Private Paper"))
    assert "Private Paper" in words(await town.operator("search council cameras"))
    assert {"mine", "theirs"} <= set(words(await town.operator("rules")).split())


HEADLINE = "SECRETHEADLINE: Harbour City council ends contract for cameras that read number plates"
MUCH = " ".join(
    f"Sentence number {word} is about the plates contract that the harbour signed."
    for word in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu")
)
UNHEARD = ("SECRET", "Private", "p.example", "gazette")


async def led_by_anothers(town, event):
    """A story that T1's own source opened and a public copy joined: its id, and the copy."""
    await both(town)
    text = f"{event('p', 0).content_text} {MUCH}"
    await town.arrive(hidden(event, "p", 0, outlet="Private Paper", title=HEADLINE, content_text=text))
    copy = event("a", 0, outlet="Public Post", content_text=text, source_id="harbour")
    rows = await town.arrive(copy)
    return next(row.story_id for row in rows if row.channel_id == "guild"), copy


async def test_a_story_is_called_by_an_article_that_who_asks_may_read(town, event, words):
    story_id, copy = await led_by_anothers(town, event)
    other = event("b", 1, source_id="harbour")
    await town.arrive(other)
    for question in (
        f"mute story {story_id} 7d",
        "mutes",
        f"mute outlet {story_id} 7d",
        f"follow {story_id}",
        f"unfollow {story_id}",
        f"remind {story_id} 1h",
        "commitments",
        f"more {story_id}",
        f"merge {story_id} {other.url}",
        f"split {story_id} {other.url}",
        f"why {story_id}",
        f"story {story_id}",
        f"timeline {story_id}",
        "latest",
        f"retract {story_id} wrong",
    ):
        reply = await town.other(question)
        assert not any(word in str(reply) for word in UNHEARD), question
        if question.split()[0] in {"mute", "follow", "remind", "more", "merge", "retract"} and "outlet" not in question:
            assert copy.title in words(reply), question
    assert HEADLINE in words(await town.ask(f"more {story_id}"))


async def test_a_reminder_that_a_channel_will_be_told_is_called_by_an_article_that_it_may_read(town, event):
    story_id, copy = await led_by_anothers(town, event)
    await town.other(f"remind {story_id} 1h")
    await town.operator(f"remind {story_id} 2h")
    waiting = await town.store.reminders_waiting(("guild",))
    assert [one.message.headline for one in waiting] == [copy.title] * 2
    assert {one.message.url for one in waiting} == {copy.url}
    of_team = await town.store.reminders_waiting(("team",))
    assert [one.message.headline for one in of_team] == [HEADLINE]


async def test_what_the_operator_mutes_or_takes_back_is_called_by_what_each_workspace_may_read(town, event, words):
    story_id, copy = await led_by_anothers(town, event)
    await town.operator(f"mute story {story_id} 7d")
    await town.operator("mute source slack:T1/gazette 7d")
    told = words(await town.other("mutes"))
    assert copy.title in told
    assert not any(word in told for word in UNHEARD)
    assert HEADLINE in words(await town.operator("mutes"))
    done = await town.operator(f"retract {story_id} wrong")
    assert not done.error
    for row in await town.store.deliveries(state=None, limit=50):
        assert row.channel_id != "guild" or not any(word in str(row.message) for word in UNHEARD)


async def test_why_and_stats_know_nothing_of_an_original_that_another_brought(town, event, words):
    story_id, copy = await led_by_anothers(town, event)
    told = words(await town.other(f"why {copy.url}"))
    assert "repeats" not in told
    assert "keep any more" not in told
    assert "1, 0 % of them copies of another" in words(await town.other("stats"))
    assert "It repeats an article that we have" in words(await town.ask(f"why {copy.url}"))
    assert "2, 50 % of them copies of another" in words(await town.ask("stats"))
    of_story = str(await town.other(f"why {story_id}"))
    assert not any(word in of_story for word in UNHEARD)


async def test_there_is_nothing_to_take_apart_where_the_other_article_is_anothers(town, event, words):
    story_id, copy = await led_by_anothers(town, event)
    reply = await town.other(f"split {story_id} {copy.url}")
    assert "This story has no other article" in words(reply)


class Following:
    """The store, with every story but one following that one."""

    def __init__(self, store, first):
        self._store = store
        self._first = first

    def __getattr__(self, name):
        return getattr(self._store, name)

    async def stories(self, ids):
        found = await self._store.stories(ids)
        return {one: replace(record, related=(self._first,)) if one != self._first else record for one, record in found.items()}


@pytest.mark.parametrize(("channel", "workspace", "follows"), [("guild", "discord:22", set()), ("team", "slack:T1", {HEADLINE})])
async def test_what_people_merged_follows_no_story_by_anothers_headline(town, event, channel, workspace, follows):
    await both(town)
    (row, *_) = await town.arrive(hidden(event, "p", 0, title=HEADLINE))
    made = await town.arrive(event("b", 1, source_id="harbour"), event("c", 2, source_id="harbour"))
    one, other = list(dict.fromkeys(row.story_id for row in made if row.channel_id == channel))
    force = town.in_force.current
    regrouper = Regrouper(
        Following(town.store, row.story_id),
        rules={rule.id: rule for rule in force.rules},
        channels=force.channels,
        workspace_of=town._workspace_of,
        clock=town.clock,
    )
    decided = await regrouper.merge(Person(workspace, "M1", (channel,)), Named(one), Named(other))
    told = [row.message for row in decided.deliveries if row.channel_id == channel]
    assert {message.follows[0] for message in told if message.follows} == follows
    assert told


async def test_a_suggested_exclusion_is_no_word_of_anothers_article(town, event):
    story_id, _ = await led_by_anothers(town, event)
    voting = Voting(town.store)
    await voting.vote("discord:22", "M1", ["discord:22/theirs"], story_id, relevant=False, now=town.clock.now())
    _, irrelevant = await voting.texts("discord:22", "discord:22/theirs")
    assert len(irrelevant) == 1
    assert "SECRET" not in irrelevant[0]


async def test_what_repeats_something_old_of_anothers_is_a_report_of_its_own_here(town, event, words):
    await both(town)
    text = f"{event('p', 0).content_text} {MUCH}"
    old = town.clock.now() - timedelta(days=200)
    await town.arrive(hidden(event, "p", 0, title=HEADLINE, content_text=text, date_published=old))
    copy = event("a", 0, outlet="Public Post", content_text=text, source_id="harbour")
    rows = await town.arrive(copy)
    (post,) = [row for row in rows if row.channel_id == "guild" and row.action is Action.POST]
    assert (post.state, post.message.headline) == (DeliveryState.PENDING, copy.title)
    assert "old news" not in words(await town.other(f"why {copy.url}"))
    assert "old news" in words(await town.ask(f"why {copy.url}"))


async def test_a_story_follows_none_by_anothers_headline_when_no_rule_of_theirs_is_left(town, event):
    town.serve(LINK)
    await town.add(f"source add {LINK}")
    await town.add("rule add mine council cameras")
    (first, *_) = await town.arrive(hidden(event, "p", 0, title=HEADLINE, date_published=town.clock.now() - timedelta(days=4)))
    await town.ask("rule remove mine")
    later = event(
        "a",
        0,
        title="Harbour City council sues maker of cameras that read number plates",
        content_text="The council of the harbour sues the maker. The fishing fleet was photographed. Number plates were sold on.",
        source_id="harbour",
    )
    rows = await town.arrive(later)
    assert {row.channel_id for row in rows} == {"team", "guild"}
    assert (await town.store.stories([rows[0].story_id]))[rows[0].story_id].related == (first.story_id,)
    assert all(row.message.follows is None for row in rows if row.channel_id == "guild")


DATED = "The council of the harbour will vote on the contract for the cameras on 15 April 2026."


async def dated_by_anothers(town, event):
    """A story whose date an article of T1's own source names first, and a public one that T1 has too names again: its id, both."""
    await both(town)
    private = hidden(event, "p", 0, content_text=f"{event('p', 0).content_text} {DATED}", title=HEADLINE)
    await town.arrive(private)
    public = event("a", 0, content_text=f"{event('p', 0).content_text} {DATED} So it was said.", source_id="harbour")
    rows = await town.arrive(public)
    return next(row.story_id for row in rows if row.channel_id == "guild"), private, public


async def test_a_date_that_anothers_article_named_first_is_told_of_ones_own(town, event, words):
    story_id, _, public = await dated_by_anothers(town, event)
    for question in ("commitments", f"remind {story_id}", f"why {public.url}", f"story {story_id}"):
        said = str(await town.other(question))
        assert DATED in said, question
        assert not any(word in said for word in UNHEARD), question
    listed = words(await town.other("commitments"))
    assert "1 date ahead" in listed
    assert public.url in listed
    assert words(await town.ask("commitments")).count(DATED) == 1


async def test_a_date_that_only_anothers_article_names_is_told_nowhere_else(town, event, words):
    await both(town)
    await town.arrive(hidden(event, "p", 0, content_text=f"{event('p', 0).content_text} {DATED}"))
    rows = await town.arrive(event("a", 0, source_id="harbour"))
    story_id = next(row.story_id for row in rows if row.channel_id == "guild")
    for question in ("commitments", f"remind {story_id}", f"why {story_id}", f"story {story_id}"):
        assert "April" not in str(await town.other(question)), question
    assert DATED in words(await town.ask("commitments"))


async def test_when_a_story_began_is_told_by_what_one_may_read(town, event):
    await both(town)
    rows = await town.arrive(event("a", 0, source_id="harbour"))
    story_id = rows[0].story_id
    await town.arrive(hidden(event, "p", 0, date_published=town.clock.now() - timedelta(days=2)))
    assert (await town.store.stories([story_id]))[story_id].first_published == town.clock.now() - timedelta(days=2)
    theirs = own_articles(town.store, "discord:22")
    assert (await theirs.stories([story_id]))[story_id].first_published == town.clock.now()
    assert (await theirs.stories([story_id]))[story_id].title == event("a", 0).title
    mine = own_articles(town.store, "slack:T1")
    assert (await mine.stories([story_id]))[story_id].first_published == town.clock.now() - timedelta(days=2)


async def test_what_a_workspace_asked_for_is_posted_before_its_platform_has_named_it(town, event):
    await both(town)
    town.workspaces.clear()
    rows = await town.arrive(hidden(event, "p", 0, outlet="Private Paper"))
    assert {row.channel_id for row in rows} == {"team"}


async def test_a_channel_for_which_two_workspaces_have_rules_reads_what_everybody_may(town, event):
    await both(town)
    town.workspaces.clear()
    force = town.in_force.current
    rules = {rule.id: replace(rule, channels=("team",)) for rule in force.rules}
    planner = Planner(town.store, rules, force.channels, SHIPPED, town._workspace_of)
    assert planner._reader(force.channels["team"]) == ""


async def test_what_is_new_here_is_asked_of_what_one_has_read(event):
    now = event("a", 0).first_seen
    one = StoryItem(event("a", 0, content_text=DATED), (), None, None, 1)
    two = StoryItem(event("b", 0, content_text=DATED), (), None, None, 2)
    assert [made.date for made in promised_before([one, two], {one.item.id, two.item.id}, {})] == []
    assert [made.date for made in promised_before([one, two], {two.item.id}, {})] == ["2026-04-15"]
    before = {one.item.id: replace(one.item, content_text="Nothing was said.", first_seen=now)}
    assert promised_before([one, two], {two.item.id}, before) == ()
