"""Home: what is watched, how the bot does and this week's stories on one page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands import home
from bot.commands.asking import Role
from bot.core.sources import SourceConfig, SourceState


def part(reply, heading):
    return next(one for one in reply.sections if one.heading == heading)


async def test_it_tells_what_is_watched_that_all_is_well_and_the_stories_of_the_week(rig, event):
    rig.sources = (SourceConfig("gazette", "feed", "https://gazette.example/rss"),)
    await rig.store.save_source_states(
        [SourceState("gazette", last_polled_at=rig.clock.now(), next_due_at=rig.clock.now() + timedelta(hours=1))]
    )
    await rig.arrive(event("a", 0))
    await rig.arrive(event("b", 1))
    await rig.send()
    reply = await rig.ask("home")
    assert part(reply, "What is watched").fields == (("Cameras", "team"),)
    assert reply.title == "All is well."
    assert part(reply, "This week").text == "2 stories in the last seven days."
    assert len(reply.items) == 2


async def test_a_week_without_a_story_says_so(rig, event):
    await rig.arrive(event("a", 0))
    await rig.send()
    rig.clock.advance(timedelta(days=8))
    reply = await rig.ask("home")
    assert part(reply, "This week").text == "No story was posted in the last seven days."
    assert reply.items == ()


async def test_trouble_is_told_here_too(rig):
    rig.sources = (SourceConfig("courier", "feed", "https://courier.example/rss"),)
    await rig.store.save_source_states([SourceState("courier", failures=3, last_error="It answered 403")])
    reply = await rig.ask("home")
    assert reply.title == "1 thing to look at"
    assert reply.sections[0].text.startswith("Source courier fails (3 polls in a row")


async def test_it_offers_what_is_answered_and_open_to_who_asks_and_no_more(rig):
    viewer = await rig.ask("home", role=Role.VIEWER)
    owner = await rig.ask("home", role=Role.OWNER)
    names = {button.words for button in owner.buttons}
    assert {"home", "sources", "status", "help"} <= names
    assert {button.words for button in viewer.buttons} <= names
    assert "rule add" not in {button.words for button in viewer.buttons}


async def test_a_workspace_without_a_channel_is_told_so_and_what_it_can_ask(rig):
    rig.channels = {}
    reply = await rig.ask("home")
    assert reply.title.startswith("Nothing of this installation belongs to this workspace")
    assert "help" in {button.words for button in reply.buttons}


@pytest.mark.parametrize(
    ("count", "shown", "told"),
    [
        (0, 0, "No story was posted in the last seven days."),
        (1, 1, "1 story in the last seven days."),
        (9, 5, "9 stories in the last seven days, the newest 5."),
        (home.COUNTED, 5, f"at least {home.COUNTED} stories in the last seven days, the newest 5."),
    ],
)
def test_the_stories_of_a_week_are_counted(count, shown, told):
    assert home._counted(count, shown) == told


async def test_many_rules_are_counted_and_none_is_said_to_be_none(rig):
    rule = rig.rules[0]
    rig.rules = tuple(replace(rule, id=f"r{number}", title="") for number in range(20))
    fields = part(await rig.ask("home"), "What is watched").fields
    assert (len(fields), fields[-1]) == (home.RULES + 1, ("and", "5 more rules"))
    rig.rules = ()
    assert part(await rig.ask("home"), "What is watched").fields == (("Nothing", "no live rule posts here yet"),)
