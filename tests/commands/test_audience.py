"""What a workspace's own source brings is for that workspace alone: nobody else learns that it came or that it is read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.model import Rule
from bot.core.sources import SourceConfig
from bot.service.audience import seen_by
from bot.stories.summary import StoryItem

OWN = "discord:G1/courier"


@pytest.fixture
async def theirs(rig, event):
    """An article that a source of the guild brought, of a story that the team was told too."""
    rig.rules = (*rig.rules, Rule("discord:G1/cams", "cameras", title="Cams", channels=("guild",), workspace_id="discord:G1"))
    rig.sources = (
        SourceConfig("source-a", "feed", "https://a.example/feed"),
        SourceConfig(OWN, "feed", "https://b.example/feed", workspace_id="discord:G1"),
    )
    await rig.store.add_workspaces(["discord:G1"])
    await rig.arrive(event("a", 0), event("b", 0, rig.clock.now() - timedelta(hours=1), source_id=OWN))
    await rig.send()
    return rig


@pytest.mark.parametrize(
    "asked",
    [
        "why https://b.example/b",
        "search cameras",
        "story https://a.example/a",
        "sources",
        "status",
        "stats",
        "timeline https://a.example/a",
    ],
)
async def test_another_workspace_hears_nothing_of_it(theirs, words, asked):
    told = await theirs.ask(asked)
    shown = words(told) + (told.picture.words if told.picture else "")
    assert "b.example/b" not in shown.replace("why https://b.example/b", "")
    assert "courier" not in shown
    assert "Outlet b" not in shown


async def test_its_own_workspace_hears_of_it_by_the_name_it_gave(theirs, words):
    assert '"courier"' in words(await theirs.ask("why https://b.example/b", "guild"))
    assert "https://b.example/b" in words(await theirs.ask("search cameras", "guild"))
    assert "courier = " in words(await theirs.ask("sources", "guild"))


async def test_by_its_id_it_is_not_told_elsewhere(theirs, event):
    assert (await theirs.ask(f"why {event('b', 0).id}")).title == "There is no article of this id."


def test_of_several_that_repeat_a_hidden_one_the_earliest_stands_for_it(event):
    noon, hour = event("a", 0).date_published, timedelta(hours=1)
    members = [
        StoryItem(event("h", 0, noon - hour, source_id=OWN), (), order=1),
        StoryItem(event("b", 0, noon + hour), (), duplicate_of=event("h", 0).id, order=2),
        StoryItem(event("a", 0, noon), (), duplicate_of=event("h", 0).id, order=3),
        StoryItem(event("old", 0, noon + 900 * hour), (), duplicate_of=event("h", 0).id, rerun_of=event("h", 0).id, order=4),
        StoryItem(event("c", 1, noon), (), order=5),
    ]
    seen = {one.item.guid: (one.duplicate_of, one.rerun_of) for one in seen_by("slack:T1", members)}
    first = event("a", 0).id
    assert seen == {"b": (first, None), "a": (None, None), "old": (first, first), "c": (None, None)}
    assert seen_by("discord:G1", members) is members
