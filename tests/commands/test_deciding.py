"""``merge``, ``split`` and ``undo``: what people decide about stories, for their own workspace, at once and for later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.commands.table import Role
from bot.core.deliveries import Action, DeliveryState
from bot.core.model import Rule
from bot.core.overlays import Bond

HOUR = timedelta(hours=1)


async def story_of(rig, name):
    (filing,) = (await rig.store.filings([name])).values()
    return filing.story_id


async def shown(rig, channel="team"):
    """What stands in a channel: by post, the words of its last edit."""
    rows = [row for row in await rig.store.deliveries(state=DeliveryState.SENT, limit=1000) if row.channel_id == channel]
    rows.sort(key=lambda row: row.sequence)
    posts = {row.message_ref: row.message for row in rows if row.action is Action.POST}
    for row in rows:
        if row.action is Action.EDIT:
            posts[row.target_ref] = row.message
    return list(posts.values())


async def two_stories(rig, event):
    """Two posted stories, the first one older; their articles and their ids."""
    first, second = event("a", 0), event("b", 1)
    await rig.arrive(first)
    rig.clock.move_to(rig.clock.now() + HOUR)
    await rig.arrive(second)
    await rig.send()
    return first, second, await story_of(rig, first.id), await story_of(rig, second.id)


def retold(event):
    """The second story in another newsroom's words."""
    return event(
        "c",
        1,
        title="Mill Lane school takes cameras out of its cafeteria after council complaint",
        content_text=(
            "The council complaint worked. Mill Lane school took its cameras out of the cafeteria. No pupil pays for lunch with "
            "fingers now, the headteacher said on Monday. Parents had asked for that since autumn."
        ),
    )


async def editor(rig, text, channel="team"):
    reply = await rig.ask(text, channel, role=Role.EDITOR)
    await rig.send()
    return reply


async def test_a_merge_makes_the_younger_message_point_to_the_older_one_and_says_how_it_is_undone(rig, event, words):
    first, second, one, other = await two_stories(rig, event)
    reply = await editor(rig, f"merge {one} {second.url}")
    assert not reply.error, words(reply)
    assert reply.title == "These are one story from now on."
    assert f"{first.title} ({one})" in words(reply)
    assert "This channel: the other message will point to the one that goes on." in words(reply)
    assert "It holds for the channels of this workspace, and for no others, for later articles too." in words(reply)
    older, younger = await shown(rig)
    assert (older.pointer, older.independent, older.also) == (None, 2, ("Outlet b",))
    assert younger.pointer == first.title
    (constraint,) = (await rig.store.constraints())[1]
    assert (constraint.bond, constraint.workspace_id, constraint.member) == (Bond.ONE, "slack:T1", "U1")
    assert {constraint.first, constraint.second} == {one, other}
    assert f"/watch undo {constraint.id}" in words(reply)


async def test_a_merge_that_is_taken_back_gives_each_message_its_own_words_again(rig, event, words):
    first, _, one, other = await two_stories(rig, event)
    before = await shown(rig)
    await editor(rig, f"merge {one} {other}")
    reply = await editor(rig, f"split {one} {other}")
    assert reply.title == "The merge is taken back: these are two stories again."
    assert "its message tells its own story again" in words(reply)
    assert await shown(rig) == before
    assert (await rig.store.constraints())[1] == []
    again = await editor(rig, words(reply).splitlines()[-1].removeprefix("/watch "))
    assert again.title == "It holds again."
    assert [message.pointer for message in await shown(rig)] == [None, first.title]
    log = await rig.store.audited("slack:T1")
    assert [(row.what, len(row.before), len(row.after)) for row in log] == [("merge", 0, 1), ("split", 1, 0), ("undo", 0, 1)]
    assert {row.member for row in log} == {"U1"}
    assert log[0].subjects == (one, other)


async def test_what_joins_either_of_two_merged_stories_later_is_told_in_the_one_message(rig, event):
    _, _, one, other = await two_stories(rig, event)
    await editor(rig, f"merge {one} {other}")
    rig.clock.move_to(rig.clock.now() + HOUR)
    later = retold(event)
    await rig.arrive(later)
    await rig.send()
    assert await story_of(rig, later.id) == other, "the shared story is the younger one, as before"
    older, younger = await shown(rig)
    assert (older.pointer, younger.pointer is not None) == (None, True)
    assert (older.independent, older.also) == (3, ("Outlet b", "Outlet c"))


async def test_a_merge_holds_in_the_workspace_of_who_decided_and_nowhere_else(make_rig, event):
    rule = Rule("cameras", "council cameras", title="Cameras", channels=("team", "guild", "ops"))
    rig = make_rig((rule,))
    _, _, one, other = await two_stories(rig, event)
    await editor(rig, f"merge {one} {other}")
    assert [message.pointer is None for message in await shown(rig)] == [True, False]
    assert [message.pointer for message in await shown(rig, "guild")] == [None, None]
    assert [message.pointer for message in await shown(rig, "ops")] == [None, None]
    refused = await rig.ask(f"undo {(await rig.store.constraints())[1][0].id}", "guild", role=Role.OWNER)
    assert refused.title == "There is no decision of this number here."
    await editor(rig, f"merge {one} {other}", "terminal")
    assert [message.pointer is None for message in await shown(rig, "guild")] == [True, False]
    assert [message.pointer is None for message in await shown(rig, "ops")] == [True, False]


async def test_until_its_platform_has_spoken_a_channel_keeps_the_overlay_it_had(rig, event):
    _, _, one, other = await two_stories(rig, event)
    await editor(rig, f"merge {one} {other}")
    rig.workspaces.clear()
    await rig.arrive(retold(event))
    await rig.send()
    older, younger = await shown(rig)
    assert (older.independent, younger.pointer is not None) == (3, True)


async def test_an_article_that_is_split_off_gets_a_message_of_its_own_and_its_copies_follow(rig, event, words):
    first = event("a", 0)
    joins = event("b", 0, first.date_published + HOUR, title="Cameras in Harbour City: council lets contract for plates end")
    await rig.arrive(first)
    await rig.arrive(joins)
    await rig.send()
    story = await story_of(rig, first.id)
    assert await story_of(rig, joins.id) == story, "the shared decision is what this test is about"
    reply = await editor(rig, f"split {story} {joins.url}")
    assert reply.title == "These are not the same from now on.", words(reply)
    assert "a message is on its way" in words(reply)
    told = await shown(rig)
    assert [message.headline for message in told] == [first.title, joins.title]
    assert [message.independent for message in told] == [1, 1]
    because = await rig.ask(f"why {told[1].story_id}")
    assert joins.title in words(because)
    assert (await rig.ask(f"why {told[1].story_id}", "guild")).error
    copy = event("c", None, joins.date_published + HOUR, title=joins.title, content_text=joins.content_text)
    await rig.arrive(copy)
    await rig.send()
    assert len(await shown(rig)) == 2
    back = await editor(rig, words(reply).splitlines()[-1].removeprefix("/watch "))
    assert back.title == "It is taken back."
    told = await shown(rig)
    assert [message.pointer for message in told] == [None, first.title]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("merge {one} {one}", "These are one story already."),
        ("merge {one} s00000000feed", "There is no story of this id here. latest shows the newest ones."),
        ("merge {one} https://nowhere.example/x", "No story here has this article."),
        ("merge {one} banana", "other is the address of an article, or the id of a story"),
        ("merge {one}", "merge needs other"),
        ("split {one} {one}", "That is the story itself."),
        ("split {one} https://a.example/a", "This story has no other article"),
        ("split {one} https://b.example/b", "That article is not in this story."),
        ("undo c00000000feed", "There is no decision of this number here."),
        ("undo banana", "decision is the number of a decision"),
    ],
)
async def test_what_cannot_be_decided_is_told_in_a_sentence_and_changes_nothing(rig, event, typed, title):
    _, _, one, other = await two_stories(rig, event)
    reply = await editor(rig, typed.format(one=one, other=other))
    assert reply.error
    assert reply.title.startswith(title), reply.title
    assert await rig.store.constraints() == (0, [])


async def test_a_viewer_may_not_decide(rig, event):
    _, _, one, other = await two_stories(rig, event)
    for typed in (f"merge {one} {other}", f"split {one} {other}", "undo c00000000feed"):
        reply = await rig.ask(typed)
        assert reply.error
        assert "is not open to you" in reply.title


async def test_a_workspace_cannot_name_stories_of_another_one(rig, event):
    _, second, one, other = await two_stories(rig, event)
    for typed in (f"merge {one} {other}", f"split {one} {second.url}"):
        reply = await rig.ask(typed, "guild", role=Role.OWNER)
        assert reply.error
    assert await rig.store.constraints() == (0, [])


async def test_two_stories_set_apart_are_not_merged_by_way_of_a_third(rig, event, words):
    _, _, one, other = await two_stories(rig, event)
    await rig.arrive(event("c", 2))
    await rig.send()
    third = await story_of(rig, event("c", 2).id)
    assert not (await editor(rig, f"split {one} {third}")).error
    assert (await editor(rig, f"split {third} {one}")).title == "These two are kept apart already."
    assert not (await editor(rig, f"merge {one} {other}")).error
    refused = await editor(rig, f"merge {other} {third}")
    assert refused.error
    assert refused.title.startswith("That contradicts what was decided before")
    assert "are never one" in refused.title
    direct = await editor(rig, f"merge {one} {third}")
    assert direct.title == "These are one story from now on.", "the newer word on the same two stories takes the older one back"
    assert [message.pointer is None for message in await shown(rig)] == [True, False, False]
    refused = await editor(rig, f"split {other} {third}")
    assert refused.error
    assert refused.title.startswith("That contradicts what was decided before")


async def test_of_merged_stories_why_counts_all_articles_and_names_the_dates_of_all(make_rig, event, words):
    rule = Rule("cameras", "council cameras", title="Cameras", channels=("team", "guild", "ops"))
    rig = make_rig((rule,))
    first = event("a", 0, content_text="The vote surprised motorists. The contract expires on June 30.")
    second = event("b", 1, content_text="Parents had asked for it. The council will publish a report by April 9.")
    await rig.arrive(first)
    await rig.arrive(second)
    await rig.send()
    one, other = await story_of(rig, first.id), await story_of(rig, second.id)
    apart = words(await rig.ask(f"why {first.url}"))
    assert "Story of 1 article." in apart
    assert ("June 30" in apart, "April 9" in apart) == (True, False)
    made = await editor(rig, f"merge {one} {other}")
    for asked in (first.url, second.url, one, other):
        told = words(await rig.ask(f"why {asked}"))
        assert "Story of 2 articles." in told, asked
        assert ("June 30" in told, "April 9" in told) == (True, True), asked
    elsewhere = words(await rig.ask(f"why {first.url}", "guild"))
    assert "Story of 1 article." in elsewhere
    assert "April 9" not in elsewhere
    await editor(rig, words(made).splitlines()[-1].removeprefix("/watch "))
    assert words(await rig.ask(f"why {first.url}")).count("April 9") == 0


async def test_an_article_that_was_split_off_is_told_alone(rig, event, words):
    first, _, one, other = await two_stories(rig, event)
    rig.clock.move_to(rig.clock.now() + HOUR)
    later = retold(event)
    await rig.arrive(later)
    await rig.send()
    assert "Story of 2 articles." in words(await rig.ask(f"why {later.url}"))
    await editor(rig, f"split {other} {later.url}")
    assert "Story of 1 article." in words(await rig.ask(f"why {later.url}"))
    assert "Story of 1 article." in words(await rig.ask(f"why {other}"))
    assert "Story of 1 article." in words(await rig.ask(f"why {first.url}")), one


async def test_merged_stories_are_one_of_the_latest_where_they_are_one(make_rig, event):
    rule = Rule("cameras", "council cameras", title="Cameras", channels=("team", "guild", "ops"))
    rig = make_rig((rule,))
    first, second, one, other = await two_stories(rig, event)
    await editor(rig, f"merge {one} {other}")
    here = await rig.ask("latest")
    assert ([item.headline for item in here.items], here.title) == ([first.title], "The newest story posted here")
    assert [item.headline for item in (await rig.ask("latest 1")).items] == [first.title]
    elsewhere = await rig.ask("latest", "guild")
    assert [item.headline for item in elsewhere.items] == [second.title, first.title]
    everywhere = await rig.ask("latest", "terminal")
    assert {item.headline for item in everywhere.items} == {first.title, second.title}
