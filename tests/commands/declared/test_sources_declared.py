"""A workspace's own sources: shown before they are added, read silently at first, and for nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.commands.asking import Ask
from bot.commands.table import Role
from bot.core.model import Platform
from bot.core.preview import Concern, OtherSource, Worry
from bot.core.sources import PollRecord

LINK = "https://gazette.example"


def own(town):
    return {source.id: source for source in town.in_force.current.sources}.get("slack:T1/gazette")


async def test_a_source_is_read_only_after_it_was_shown_and_confirmed(town, words):
    town.serve(LINK)
    await town.add("rule add mine council cameras")
    reply = await town.ask(f"source add <{LINK}|gazette.example>")
    said = words(reply)
    assert reply.title == "The Gazette, about 3 a day"
    assert "The page names it." in said
    assert "Council buys cameras" in said
    assert "match entries it has now: mine 1" in said
    assert "What it holds already is not posted" in said
    assert own(town) is None
    confirmed = await town.press(reply, "Add it")
    assert confirmed.title == "In force: source gazette."
    assert "taken in silently" in words(confirmed)
    assert own(town).url == "https://gazette.example/feed.xml"
    state = await town.store.source_state("slack:T1/gazette", workspace_id="slack:T1")
    assert (state.baselined_at, state.next_due_at) == (None, town.clock.now())


async def test_a_preview_warns_names_what_else_there_is_and_adds_nothing(town, words):
    others = (OtherSource("feed", "https://gazette.example/sport.xml", "Sport", "named by the page"),)
    town.serve(LINK, concerns=(Concern(Worry.DEAD, "Its newest entry is old."),), others=others)
    reply = await town.ask(f"source test {LINK}")
    said = words(reply)
    assert "Its newest entry is old." in said
    assert "Sport" in said
    assert "No rule here matches any of them yet" in said
    assert [button.words for button in reply.buttons] == [f"source add {LINK}"]
    assert own(town) is None


async def test_where_nothing_can_be_read_it_says_so(town, words):
    town.serve(LINK, config=None, items=(), newest=None, concerns=(Concern(Worry.NONE, "There is no feed."),))
    for line in ("source add", "source test"):
        reply = await town.ask(f"{line} {LINK}")
        assert reply.error
        assert "There is no feed." in words(reply)
    assert (await town.ask("source add nonsense")).error


async def test_no_secret_is_taken_in_a_chat(town, words):
    for worry in (Worry.PRIVATE, Worry.KEY):
        town.serve(LINK, concerns=(Concern(worry, "It asks for a key."),))
        reply = await town.ask(f"source add {LINK}")
        assert reply.error
        assert "a chat holds no secrets" in words(reply)


async def test_a_form_asks_for_any_link(town, words):
    reply = await town.ask("source add")
    assert [field.name for field in reply.form.fields] == ["link", "name"]
    town.serve(LINK)
    filled = await town.ask("source add", values={"link": LINK, "name": "My-Gazette"})
    await town.press(filled, "Add it")
    assert "slack:T1/my-gazette" in {source.id for source in town.in_force.current.sources}


async def test_a_name_is_given_once(town, words):
    town.serve(LINK)
    await town.add(f"source add {LINK}")
    assert "already" in words(await town.ask(f"source add {LINK}"))
    assert not (await town.ask(f"source add {LINK} other")).error


async def test_what_is_there_already_is_known_by_the_names_that_the_workspace_knows(town):
    town.serve(LINK)
    await town.add(f"source add {LINK}")
    await town.ask(f"source test {LINK}")
    assert town.known == ["harbour", "gazette"]
    await town.other(f"source test {LINK}")
    assert town.known == ["harbour"]


async def test_a_paused_source_is_read_again_with_a_silent_poll(town):
    town.serve(LINK)
    await town.add(f"source add {LINK}")
    state = await town.store.source_state("slack:T1/gazette", workspace_id="slack:T1")
    now = town.clock.now()
    await town.store.commit_polls([PollRecord(replace(state, baselined_at=now, etag=b"x", last_polled_at=now), ())], now)
    paused = await town.ask("source pause gazette")
    assert paused.title == "gazette is paused: it is not read."
    assert own(town) is None
    assert (await town.ask("source pause gazette")).error
    assert (await town.ask("source poll gazette")).error
    resumed = await town.ask("source resume gazette")
    assert not resumed.error
    assert own(town) is not None
    assert (await town.store.source_state("slack:T1/gazette", workspace_id="slack:T1")).baselined_at is None
    assert (await town.ask("source resume gazette")).error


async def test_a_removed_source_is_not_read_and_comes_back_with_undo(town):
    town.serve(LINK)
    await town.add(f"source add {LINK}")
    removed = await town.ask("source remove gazette")
    assert own(town) is None
    await town.press(removed, "Undo")
    assert own(town) is not None
    assert (await town.ask("source remove nothing")).error


async def test_a_source_is_hurried_no_more_than_its_site_allows(town):
    town.serve(LINK)
    await town.add(f"source add {LINK}")
    assert (await town.ask("source poll gazette")).title == "gazette is not read yet; it will be within minutes."
    state = await town.store.source_state("slack:T1/gazette", workspace_id="slack:T1")
    now = town.clock.now()
    later = now + timedelta(hours=1)
    await town.store.save_source_states([replace(state, last_polled_at=now, next_due_at=later)])
    assert "because its site asks" in (await town.ask("source poll gazette")).title
    town.clock.advance(timedelta(minutes=6))
    await town.store.save_source_states([replace(state, last_polled_at=now, next_due_at=later)])
    assert (await town.ask("source poll gazette")).title == "gazette is read now."
    assert (await town.ask("source poll harbour")).error  # the operator's


async def test_what_it_brings_is_for_the_workspaces_own_rules_alone(town, event):
    town.serve(LINK)
    await town.add(f"source add {LINK}")
    await town.add("rule add mine council cameras")
    reply = await town.other("rule add theirs council cameras")
    await town.other(reply.buttons[0].words)
    made = await town.arrive(replace(event("a", 0), source_id="slack:T1/gazette"))
    assert [(row.channel_id, [rule for rule, _ in row.message.rules]) for row in made] == [("team", ["slack:T1/mine"])]
    tried = await town.other("rule test council cameras")
    assert tried.title == "This query: 0 stories in 30 days"
    assert (await town.ask("rule test council cameras")).title == "This query: 1 story in 30 days"


async def test_what_it_brought_is_counted_where_sources_are_listed(town, event):
    town.serve(LINK)
    await town.add(f"source add {LINK}")
    state = await town.store.source_state("slack:T1/gazette", workspace_id="slack:T1")
    item = replace(event("a", 0), source_id="slack:T1/gazette", first_seen=town.clock.now())
    await town.store.commit_poll(PollRecord(state, ((item, None),)), town.clock.now())
    told = dict((await town.ask("sources", role=Role.VIEWER)).sections[-1].fields)
    assert told["gazette"].startswith("1 entry in 7 days")


async def test_a_workspace_with_a_source_and_no_channel_yet_hears_of_its_source(town):
    town.serve(LINK)
    reply = await town.commands.answer(Ask(Platform.SLACK, "T9", "C0000000099", "U1", f"source add {LINK}", Role.EDITOR))
    await town.commands.answer(Ask(Platform.SLACK, "T9", "C0000000099", "U1", reply.buttons[0].words, Role.EDITOR))
    told = await town.commands.answer(Ask(Platform.SLACK, "T9", "C0000000099", "U1", "sources", Role.VIEWER))
    assert "gazette" in dict(told.sections[-1].fields)


async def test_only_editors_touch_sources(town):
    for line in (
        f"source add {LINK}",
        f"source test {LINK}",
        "source pause gazette",
        "source remove gazette",
        "source poll gazette",
    ):
        assert (await town.ask(line, role=Role.VIEWER)).error
