"""The newest stories, as their messages stand now, of the channel or workspace where it is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.commands.asking import Role
from bot.core.model import Rule
from bot.store.tables import deliveries

HOUR = timedelta(hours=1)


def heads(reply):
    return [card.headline.split()[0] for card in reply.items]


async def tell(rig, *items):
    """One story after the other, an hour apart."""
    for item in items:
        await rig.arrive(item)
        await rig.send()
        rig.clock.advance(HOUR)


async def test_the_newest_come_first_and_as_many_as_asked_for(rig, event):
    await tell(rig, *(event(name, number) for number, name in enumerate("abcd")))
    reply = await rig.ask("latest")
    assert reply.title == "The 4 newest stories posted here"
    assert heads(reply) == ["Museum", "Northport", "Mill", "Harbour"]
    assert heads(await rig.ask("latest 2")) == ["Museum", "Northport"]
    assert (await rig.ask("latest 1")).title == "The newest story posted here"


async def test_a_story_is_shown_as_its_message_stands_now(rig, event, clock):
    await tell(rig, event("a", 0))
    assert [card.outlet for card in (await rig.ask("latest")).items] == ["Outlet a"]
    await tell(rig, event("b", 0, clock.now() - 3 * HOUR))  # dated earlier, so it is the original
    assert [card.outlet for card in (await rig.ask("latest")).items] == ["Outlet b"]


async def test_where_nothing_was_posted_it_says_so(rig):
    assert (await rig.ask("latest")).title == "No story was posted here yet."
    assert (await rig.ask("latest", None)).title == "No story was posted in this workspace yet."
    assert (await rig.ask("latest", "terminal")).title == "No story was posted in any channel yet."


async def test_in_a_direct_message_and_elsewhere_the_whole_workspace_is_shown(rig, event):
    rig.rules = (*rig.rules, Rule("schools", "school", title="Schools", channels=("other",)))
    await tell(rig, event("a", 0), event("b", 1))
    assert heads(await rig.ask("latest", "other")) == ["Mill"]
    for place in (None, "D0000000001", "C0000000009"):
        reply = await rig.ask("latest", place)
        assert (reply.title, heads(reply)) == ("The 2 newest stories posted in this workspace", ["Mill", "Harbour"])
    assert heads(await rig.ask("latest", "terminal")) == ["Mill", "Harbour"]


async def test_another_workspace_sees_none_of_it_but_in_a_channel_that_is_shared_with_it(rig, event):
    rig.rules = (*rig.rules, Rule("schools", "school", title="Schools", channels=("other",)))
    await tell(rig, event("a", 0), event("b", 1))
    assert (await rig.ask("latest", "guild")).items == ()
    for place in (None, "C0000000009"):
        assert (await rig.ask("latest", place, workspace_id="T2")).items == ()
    # A guest of a shared channel reads there what is posted there, and is told that and no more.
    assert heads(await rig.ask("latest", "other", workspace_id="T2")) == ["Mill"]


async def test_what_waits_is_held_or_passed_over_was_not_posted(make_rig, event, clock):
    rig = make_rig(group_wait=HOUR)
    await rig.arrive(event("a", 0))
    await rig.arrive(event("old", 1, clock.now() - timedelta(days=30)))
    assert (await rig.ask("latest")).items == ()


async def test_a_story_told_in_a_digest_was_told(make_rig, event, clock):
    rig = make_rig(digest="hourly")
    await rig.arrive(event("a", 0), event("b", 1))
    assert (await rig.ask("latest")).items == ()
    clock.advance(2 * HOUR)
    await rig.send()
    assert heads(await rig.ask("latest")) == ["Mill", "Harbour"]


async def test_a_sample_is_no_story(rig):
    await rig.ask("test", role=Role.EDITOR)
    await rig.send()
    assert rig.slack.taken == 1
    assert (await rig.ask("latest")).items == ()


async def test_a_message_whose_words_are_not_kept_is_told_from_its_story(rig, event):
    await tell(rig, event("a", 0))
    async with rig.store._write() as connection:
        await connection.execute(deliveries.update().values(message=None))
    (card,) = (await rig.ask("latest")).items
    assert card.headline == "Harbour City council ends contract for cameras that read number plates"
    assert (card.url, card.host, card.outlet) == ("https://a.example/a", "a.example", "Outlet a")


async def test_a_story_in_two_channels_is_shown_once(rig, event):
    rig.rules = (replace(rig.rules[0], channels=("team", "other")),)
    await tell(rig, event("a", 0))
    assert heads(await rig.ask("latest", None)) == ["Harbour"]
