"""What is offered while somebody types: only what that person may see, nearest first, in a list's limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.commands.command import Kind, Parameter
from bot.commands.suggest import LONGEST, MOST, Choice, matching, suggest
from bot.commands.table import TABLE, Ask, Role
from bot.core.model import Entity, Platform
from bot.core.overlays import Audited
from bot.core.silences import Mute, Silenced
from bot.core.sources import SourceConfig


def values(choices):
    return [choice.value for choice in choices]


def test_what_begins_with_the_letters_comes_first_then_words_that_do_then_the_rest():
    known = [Choice(name, name) for name in ("latest", "status", "the test", "contest", "merge")]
    assert values(matching(known, " TEST ")) == ["the test", "latest", "contest"]
    assert values(matching(known, "")) == values(known)
    assert matching(known, "zebra") == ()


def test_a_value_stands_once_and_a_list_has_its_limit():
    known = [Choice("a", "one"), Choice("a", "other"), *(Choice(f"b{number}", "b") for number in range(60))]
    found = matching(known, "")
    assert (found[0], len(found)) == (Choice("a", "one"), MOST)


def test_letters_that_hide_something_are_read_as_they_look():
    assert values(matching([Choice("plates", "plates")], "pl\u200bates\n")) == ["plates"]


async def test_times_choices_and_commands_need_no_store():
    when = Parameter("until", Kind.WHEN, "When")
    assert values(await suggest(None, None, when, "7", ())) == ["7d"]
    assert (await suggest(None, None, Parameter("for", Kind.TIME, "How long"), "a week", ()))[0].value == "7d"
    level = Parameter("level", Kind.CHOICE, "How much", choices=("low", "high"))
    assert values(await suggest(None, None, level, "h", ())) == ["high"]


async def offered(rig, what, typed="", channel="team", **changes):
    """What is offered in a Slack or Discord channel, or in the terminal."""
    asked = {
        "team": Ask(Platform.SLACK, "T1", "C0000000001", "U1", ""),
        "guild": Ask(Platform.DISCORD, "G1", "112233445566778899", "U1", ""),
        "elsewhere": Ask(Platform.DISCORD, "G9", "9", "U1", ""),
        "terminal": Ask(Platform.CONSOLE, "file", None, "", "", Role.OWNER),
    }[channel]
    parameter = Parameter("what", Kind.NAME, "Which", suggest=what)
    return await rig.commands().complete(replace(asked, **changes), TABLE[0], parameter, typed)


async def test_rules_channels_and_sources_are_those_that_one_may_see(rig):
    rig.sources = (
        SourceConfig("courier", "feed", "https://courier.example/feed"),
        SourceConfig("desk", "feed", "https://desk.example/feed", secret="KEY"),
        SourceConfig("slack:T1/own", "feed", "https://own.example/feed", workspace_id="slack:T1"),
    )
    assert await offered(rig, "rule") == (Choice("cameras", "Cameras (cameras)"),)
    assert values(await offered(rig, "rule", channel="guild")) == ["drones"]
    assert values(await offered(rig, "rule", channel="terminal")) == ["cameras", "drones"]
    assert values(await offered(rig, "channel")) == ["team", "other"]
    assert values(await offered(rig, "source")) == ["courier", "own"]
    assert values(await offered(rig, "source", channel="guild")) == ["courier"]
    for what in ("rule", "channel", "source", "entity", "story", "outlet", "nothing known"):
        assert await offered(rig, what, channel="elsewhere") == ()


async def test_a_command_that_is_not_open_to_somebody_offers_nothing(rig):
    parameter = Parameter("rule", Kind.NAME, "Which", suggest="rule")
    asked = Ask(Platform.SLACK, "T1", "C0000000001", "U1", "")
    restricted = next(command for command in TABLE if command.role is Role.EDITOR)
    assert await rig.commands().complete(asked, restricted, parameter, "") == ()
    assert await rig.commands().complete(replace(asked, role=Role.EDITOR), restricted, parameter, "")


async def test_stories_and_outlets_are_those_told_here_the_newest_first(rig, event):
    await rig.arrive(event("a", 0))
    await rig.send()
    rig.clock.advance(timedelta(hours=1))
    await rig.arrive(event("b", 1), event("c", None))
    await rig.send()
    newest, oldest = await offered(rig, "story")
    assert newest.label == "Mill Lane school removes cameras from cafeteria after council complaint, 13:00"
    assert oldest.label.startswith("Harbour City council ends contract")
    assert values(await offered(rig, "story", "harbour")) == [oldest.value]
    assert oldest.value.startswith("s")
    assert values(await offered(rig, "outlet")) == ["Outlet b", "Outlet a"]
    assert await offered(rig, "story", channel="guild") == ()


async def test_names_that_rules_know_are_offered_but_none_that_is_retired(rig):
    rig.entities = (Entity("zeta", "Zeta Eye", "vendor", ("Zeta Eye",)), Entity("alpha", "Alpha", "law_firm", retired=True))
    assert await offered(rig, "entity") == (Choice("Zeta Eye", "Zeta Eye (vendor)"),)


async def test_a_long_headline_is_cut_and_its_story_can_still_be_chosen(rig, event):
    await rig.arrive(replace(event("a", 0), title="Council cameras " * 20))
    await rig.send()
    (only,) = await offered(rig, "story")
    assert len(only.label) <= LONGEST
    assert only.value.startswith("s")


async def test_mutes_that_hold_here_are_offered_and_no_others(rig):
    now = rig.clock.now()
    ours = Mute("m1", "slack:T1", Silenced.RULE, "cameras", "Cameras", None, "U1", now, now + timedelta(hours=3), ("team",))
    theirs = replace(ours, id="m2", workspace_id="discord:G1", channels=("guild",))
    for mute in (ours, theirs):
        audited = Audited(mute.workspace_id, "U1", now, "mute", (mute.id,), (), (), mute.id)
        await rig.store.change_mutes(made=(mute,), ended=(), restored=(), audited=audited)
    assert await offered(rig, "mute") == (Choice("m1", "Cameras (rule), until 15:00"),)
    assert values(await offered(rig, "mute", channel="guild")) == ["m2"]
