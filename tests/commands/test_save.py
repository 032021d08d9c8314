"""A story for one's own direct messages: the card of the story as it is told, for who may see it, and nothing is kept of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.adapters.console.reply import reply_text
from bot.commands.reply import Reply
from bot.core.model import Rule
from bot.store.tables import metadata


async def tell(rig, *items):
    """One story after the other, an hour apart."""
    for item in items:
        await rig.arrive(item)
        await rig.send()
        rig.clock.advance(timedelta(hours=1))


async def everything(store):
    async with store._read() as connection:
        return {
            table.name: sorted(map(repr, await connection.execute(select(table))))
            for table in metadata.sorted_tables
            if table.name != "item_words"
        }


async def test_the_card_is_the_storys_message_and_goes_to_the_person(rig, event):
    await tell(rig, event("a", 0))
    reply = await rig.ask("save https://a.example/a")
    (card,) = reply.items
    assert (card.headline, card.url, card.outlet) == (event("a", 0).title, "https://a.example/a", "Outlet a")
    assert card.sentences
    assert card.published is not None
    assert reply.direct
    assert card == (await rig.ask("latest")).items[0]


async def test_it_stays_private_also_where_all_are_to_see_it(rig, event):
    await tell(rig, event("a", 0))
    assert (await rig.ask("save https://a.example/a show")).private
    assert (await rig.ask("save https://a.example/a", shown=True)).private


async def test_nothing_is_stored(rig, event, store):
    await tell(rig, event("a", 0))
    before = await everything(store)
    assert (await rig.ask("save https://a.example/a")).direct
    assert await everything(store) == before


async def test_a_story_that_was_never_told_is_told_as_it_would_be(make_rig, event):
    rig = make_rig(group_wait=timedelta(hours=1))
    await rig.arrive(event("a", 0))
    (card,) = (await rig.ask("save https://a.example/a")).items
    assert (card.headline, card.url) == (event("a", 0).title, "https://a.example/a")
    assert card.rules == (("cameras", "Cameras"),)


async def test_it_is_told_as_here_before_it_is_told_as_elsewhere(rig, event):
    rig.rules = (*rig.rules, Rule("plates", "plates", title="Plates", channels=("other",)))
    await tell(rig, event("a", 0))
    titles = {name: (await rig.ask("save https://a.example/a", name)).items[0].rules[0][1] for name in ("team", "other")}
    assert titles == {"team": "Cameras", "other": "Plates"}


async def test_a_story_that_was_merged_away_is_saved_as_the_one_that_goes_on(rig, event):
    await tell(rig, event("a", 0), event("b", 1))
    second, first = (card.story_id for card in (await rig.ask("latest")).items)
    assert not (await rig.ask(f"merge {first} {second}", "terminal")).error
    await rig.send()
    for name in ("a", "b"):
        (card,) = (await rig.ask(f"save https://{name}.example/{name}", "terminal")).items
        assert card.pointer is None


@pytest.mark.parametrize("where", [{"channel": "guild"}, {"workspace_id": "T2", "channel": None}])
async def test_who_may_not_see_a_story_cannot_save_it(rig, event, where):
    await tell(rig, event("a", 0))
    reply = await rig.ask("save https://a.example/a", **where)
    assert not reply.direct
    assert reply.items == ()
    assert event("a", 0).title not in f"{reply}"


async def test_an_article_that_nobody_knows_is_refused_where_it_was_asked(rig):
    reply = await rig.ask("save https://nobody.example/x")
    assert reply.error
    assert not reply.direct


async def test_more_offers_it(rig, event):
    await tell(rig, event("a", 0))
    story_id = (await rig.ask("latest")).items[0].story_id
    assert f"save {story_id}" in [button.words for button in (await rig.ask(f"more {story_id}")).buttons]
    assert (await rig.ask(f"save {story_id}")).direct


async def test_the_terminal_shows_the_card(rig, event, clock):
    await tell(rig, event("a", 0))
    shown = reply_text(await rig.ask("save https://a.example/a", "terminal"), timezone="UTC", now=clock.now())
    assert shown.startswith("To read later\n")
    assert event("a", 0).title in shown
    assert "https://a.example/a" in shown


def test_other_answers_are_not_for_direct_messages():
    assert not Reply("x").direct
