"""``mute``, ``mutes``, ``unmute``, ``hold``, ``release``: what people silence, told so that they know, and taken back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands.table import Role
from bot.core.deliveries import DeliveryState
from bot.core.model import Entity, Rule
from bot.core.reasons import Reason
from bot.core.sources import SourceConfig
from bot.rules.engine import Engine

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CAMERAS = Rule("cameras", "council cameras", title="Cameras", channels=("team", "guild"))


async def editor(rig, text, channel="team"):
    return await rig.ask(text, channel, role=Role.EDITOR)


async def reasons(rig, channel="team"):
    rows = [row for row in await rig.store.deliveries(limit=99) if row.channel_id == channel]
    return [
        str(row.reason if row.state is DeliveryState.SKIPPED else row.state) for row in sorted(rows, key=lambda row: row.sequence)
    ]


def undoing(text):
    return re.search(r"(undo c[0-9a-f]+)", text)[1]


@pytest.fixture
def rig(make_rig):
    """One rule into a channel of each platform."""
    made = make_rig((CAMERAS,))
    made.sources = (
        SourceConfig("source-a", "feed", "https://a.example/feed"),
        SourceConfig("source-b", "feed", "https://b.example/"),
    )
    return made


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("mute rule cameras", 'Muted: rule "Cameras", in this channel, until it is ended.'),
        ("mute RULE Cameras 12h", 'Muted: rule "Cameras", in this channel, until Wed 11 March, 00:00.'),
        ("mute rule cameras everywhere", 'Muted: rule "Cameras", everywhere, until it is ended.'),
        ("mute source source-a 7d here", 'Muted: source "source-a", in this channel, until Tue 17 March, 12:00.'),
        ("mute outlet Outlet a", 'Muted: outlet "Outlet a", in this channel, until it is ended.'),
        ('mute outlet "outlet A" 2w', 'Muted: outlet "Outlet a", in this channel, until Tue 24 March, 12:00.'),
        ("mute outlet a.example 2w everywhere", 'Muted: outlet "a.example", everywhere, until Tue 24 March, 12:00.'),
        ("mute outlet https://a.example/a 1d", 'Muted: outlet "Outlet a", in this channel, until Wed 11 March, 12:00.'),
    ],
)
async def test_a_mute_is_read_kindly_and_told_with_its_end_by_the_local_clock(rig, event, words, typed, title):
    await rig.arrive(event("a", 0))
    reply = await editor(rig, typed)
    assert (reply.title, reply.error) == (title, False), words(reply)
    assert "nothing old is posted" in words(reply)
    (mute,) = await rig.store.mutes_in_force(rig.clock.now())
    assert [button.words for button in reply.buttons] == [f"unmute {mute.id}"]
    await rig.arrive(event("a2", 1, source_id="source-a", outlet="Outlet a", url="https://www.a.example/2"))
    assert (await reasons(rig))[-1] == "muted"
    assert (await reasons(rig, "guild"))[-1] == "pending", "another workspace hears of it"


async def test_a_story_is_muted_by_an_article_of_it_and_an_entity_by_any_of_its_names(rig, event, words):
    await rig.arrive(event("a", 0))
    await rig.send()
    reply = await editor(rig, "mute story https://a.example/a 1w")
    assert reply.title.startswith('Muted: story "Harbour City council ends contract')
    unknown = await editor(rig, "mute story harbour")
    assert unknown.title == "A story is named by the address of one of its articles, or by its id, such as s0123456789ab."


async def test_an_entity_is_muted_by_any_of_its_names(make_rig, monkeypatch):
    flock = Entity("flock_safety", "Flock Safety", "vendor", aliases=("Flock Safety", "Flock Group"))
    rule = replace(CAMERAS, query="@flock_safety cameras")
    rig = make_rig((rule,))
    compiled = Engine.compile
    monkeypatch.setattr(Engine, "compile", classmethod(lambda cls, rules, entities=(), *more: compiled(rules, (flock,), *more)))
    for typed in ("flock group", "@flock_safety", "Flock Safety 1d"):
        reply = await editor(rig, f"mute entity {typed}")
        assert reply.title.startswith('Muted: entity "Flock Safety", in this channel')
    assert (await editor(rig, "mute entity Flok Safty")).title == "There is no entity Flok Safty here. Did you mean Flock Safety?"


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("mute rule camera", "There is no rule camera here. Did you mean Cameras?"),
        ("mute rule wombats", "There is no rule wombats here. rules lists them."),
        ("mute source source-b2", "There is no source source-b2 here. Did you mean source-b or source-a?"),
        ("mute outlet Outlt a", "There is no outlet outlt a here. Did you mean Outlet a?"),
        ("mute story s00000000feed", "There is no story of this id here. latest shows the newest ones."),
        ("mute banana Cameras", "kind is one of: rule, source, outlet, entity, story."),
        ("mute", "mute needs kind: rule, source, outlet, entity or story."),
        ("mute rule", "mute needs name: Its name; of a story the address of an article, or its id."),
    ],
)
async def test_what_cannot_be_muted_is_told_with_what_could(rig, event, typed, title):
    await rig.arrive(event("a", 0))
    reply = await editor(rig, typed)
    assert reply.error
    assert reply.title == title
    assert await rig.store.mutes_in_force(rig.clock.now()) == []


async def test_outside_a_configured_channel_a_mute_holds_everywhere_and_here_is_none(rig):
    assert "everywhere" in (await editor(rig, "mute rule cameras", "D1")).title
    assert (await editor(rig, "mute rule cameras here", "D1")).title.startswith("This is no channel that is configured here.")
    assert "everywhere" in (await rig.ask("mute rule cameras 7d", "terminal")).title


async def test_a_source_with_a_secret_is_named_to_nobody_in_a_chat(rig):
    rig.sources = (SourceConfig("hidden", "feed", "https://a.example/feed", secret="KEY"),)
    assert (await editor(rig, "mute source hidden")).error
    assert not (await rig.ask("mute source hidden", "terminal")).error


async def test_the_list_tells_what_where_until_when_and_who_and_each_workspace_its_own(rig, words):
    assert (await rig.ask("mutes")).title == "Nothing is muted here."
    await editor(rig, "mute rule cameras 7d")
    rig.clock.advance(timedelta(seconds=1))
    await editor(rig, "mute source source-b everywhere", "guild")
    await rig.ask("mute source source-a 2h", "terminal")
    mine = await rig.ask("mutes")
    assert mine.title == "2 things muted."
    assert re.sub(r"m[0-9a-f]{12}", "M", mine.sections[0].text).splitlines() == [
        'rule "Cameras" in this channel, until Tue 17 March, 12:00 (M)',
        'source "source-a" everywhere, until 14:00, by the operator (M)',
    ]
    assert [button.label for button in mine.buttons] == [], "a viewer may not"
    assert len((await editor(rig, "mutes")).buttons) == 1
    assert "source-b" in words(await rig.ask("mutes", "guild"))
    assert "cameras" not in words(await rig.ask("mutes", "guild")).casefold().replace("rule", "")
    assert "by slack:T1" in words(await rig.ask("mutes", "terminal"))


async def test_what_was_muted_speaks_again_by_its_number_its_name_or_all_at_once(rig, event, words):
    await rig.arrive(event("a", 0))
    for typed in ("mute rule cameras", "mute outlet Outlet a", "mute source source-a everywhere"):
        await editor(rig, typed)
        rig.clock.advance(timedelta(seconds=1))
    rule, _, _ = await rig.store.mutes_in_force(rig.clock.now())
    assert (await editor(rig, f"unmute {rule.id}")).title == 'Muted no longer: rule "Cameras".'
    assert (await editor(rig, "unmute the outlet A")).title == 'Muted no longer: outlet "Outlet a".'
    wrong = await editor(rig, "unmute sorce-a")
    assert re.fullmatch(r'sorce-a is not muted by this workspace\. Did you mean source "source-a" \(m[0-9a-f]+\)\?', wrong.title)
    assert (await editor(rig, "unmute all", "guild")).title == "Nothing is muted by this workspace."
    last = await editor(rig, "unmute all")
    assert await rig.store.mutes_in_force(rig.clock.now()) == []
    again = await editor(rig, undoing(words(last)))
    assert 'source "source-a": muted again.' in words(again)
    assert len(await rig.store.mutes_in_force(rig.clock.now())) == 1


async def test_a_mute_is_taken_back_and_brought_back_and_replaced_by_a_longer_one(rig, words):
    first = await editor(rig, "mute rule cameras 1h")
    longer = await editor(rig, "mute rule cameras 7d")
    (mute,) = await rig.store.mutes_in_force(rig.clock.now())
    assert mute.until == rig.clock.now() + 7 * DAY
    assert (await rig.ask(undoing(words(longer)), "guild", role=Role.OWNER)).error, "another workspace knows no such number"
    back = await editor(rig, undoing(words(longer)))
    assert back.title == "It is as it was."
    (mute,) = await rig.store.mutes_in_force(rig.clock.now())
    assert mute.until == rig.clock.now() + HOUR
    await editor(rig, undoing(words(back)))
    await editor(rig, undoing(words(longer)))
    rig.clock.advance(2 * HOUR)
    assert (await editor(rig, undoing(words(first)))).title == "That is taken back already."
    await editor(rig, "mute rule cameras 7d")
    again = await editor(rig, undoing(words(longer)))
    assert again.error
    log = await rig.store.audited("slack:T1")
    assert {(row.what, row.member) for row in log} == {("mute", "U1")}
    assert log[0].before == ()
    assert log[1].before == log[0].after
    assert "rule cameras in team until 2026-03-10T13:00:00+00:00" in log[0].after[0]


async def test_there_is_an_end_to_the_mutes_of_a_workspace(rig, monkeypatch):
    monkeypatch.setattr("bot.service.silences.MOST_MUTES", 1)
    await editor(rig, "mute rule cameras")
    assert not (await editor(rig, "mute rule cameras 2h")).error, "one in place of another is no more"
    assert (await editor(rig, "mute source source-a")).title == "There are 1 mutes already. Look at mutes and end some."


async def test_a_hold_stops_all_messages_of_the_workspace_and_a_release_lets_them_out(rig, event, words):
    reply = await editor(rig, "hold 3h")
    assert reply.title == "Nothing is sent to the 2 channels of this workspace until 15:00."
    assert [button.words for button in reply.buttons] == ["release"]
    await rig.arrive(event("a", 0))
    await rig.send()
    assert await reasons(rig) == ["pending"]
    assert await reasons(rig, "guild") == ["sent"]
    assert "Nothing is sent to any channel here: held until 15:00." in words(await rig.ask("mutes"))
    assert "held" not in words(await rig.ask("mutes", "guild"))
    released = await editor(rig, "release")
    assert "1 message waited; more than 3 in a channel come as one digest." in words(released)
    await rig.send()
    assert await reasons(rig) == ["sent"]
    assert (await editor(rig, "release")).title == "Nothing is held by this workspace."


async def test_the_operator_holds_everything_and_no_workspace_releases_that(rig, event, words):
    assert (await rig.ask("hold", "terminal")).title == "Nothing is sent to every channel until it is ended."
    await rig.arrive(event("a", 0))
    await rig.send()
    assert await reasons(rig, "guild") == ["pending"]
    refused = await editor(rig, "release")
    assert refused.title.startswith("Nothing is held by this workspace. Nothing is sent to any channel here: held by the operator")
    await editor(rig, "hold")
    released = await rig.ask("release", "terminal")
    assert "held by slack:T1 until it is ended" in words(released)
    await rig.send()
    assert await reasons(rig, "guild") == ["sent"]
    assert await reasons(rig) == ["pending"]
    assert (await rig.ask("release", "terminal")).error


async def test_a_hold_and_a_release_are_taken_back(rig, event, words):
    held = await editor(rig, "hold")
    back = await editor(rig, undoing(words(held)))
    assert back.title == "Messages are sent again."
    assert (await editor(rig, undoing(words(back)))).title == "Everything is held again."
    released = await editor(rig, "release")
    await rig.send()
    await rig.arrive(event("a", 0))
    assert (await editor(rig, undoing(words(released)))).title == "Everything is held again."
    await rig.send()
    assert await reasons(rig) == ["pending"]
    rig.clock.advance(HOUR)
    await editor(rig, "hold 1h")
    rig.clock.advance(2 * HOUR)
    await rig.send()
    assert await reasons(rig) == ["sent"]


async def test_where_no_channel_is_configured_there_is_nothing_to_silence(rig):
    for typed in ("mute rule cameras", "hold", "unmute all", "release"):
        reply = await rig.ask(typed, "C9", role=Role.EDITOR, workspace_id="T9")
        assert reply.title == "None of this workspace's channels is configured, so there is no message that it could change."
    assert (await rig.ask("mutes", "C9", workspace_id="T9")).title == "Nothing of this installation belongs to this workspace."


async def test_why_tells_who_holds_a_channel_and_nothing_of_a_hold_that_is_over(rig, event, words):
    await rig.ask("hold 3h", "terminal")
    await rig.arrive(event("a", 0))
    told = words(await rig.ask("why https://a.example/a"))
    assert "The operator put this channel on hold at 12:00 until 15:00." in told
    assert "release" not in told
    rig.clock.advance(timedelta(minutes=1))
    await editor(rig, "hold 1h")
    assert "A person here put this channel on hold at 12:01 until 13:01. The command release" in words(
        await rig.ask("why https://a.example/a")
    )
    rig.clock.advance(4 * HOUR)
    assert "on hold" not in words(await rig.ask("why https://a.example/a"))


async def test_a_muted_story_has_its_reason(rig, event, words):
    await editor(rig, "mute rule cameras 7d")
    await rig.arrive(event("a", 0))
    told = words(await rig.ask("why https://a.example/a"))
    assert "A person here silenced its rule, source, outlet, entity or story for a while." in told
    row = next(row for row in await rig.store.deliveries(limit=9) if row.channel_id == "team")
    assert row.reason is Reason.MUTED


async def test_status_tells_what_is_held_and_how_much_is_muted(rig, words):
    assert "Muted" not in words(await rig.ask("status"))
    await editor(rig, "mute rule cameras 7d")
    await editor(rig, "mute source source-a")
    await editor(rig, "hold 3h")
    told = await rig.ask("status")
    assert "Nothing is sent to any channel here: held until 15:00." in words(told)
    assert "Muted = 2 things (mutes)" in words(told)
    assert "Muted" not in words(await rig.ask("status", "guild"))
    assert "held" not in (await rig.ask("status", "guild")).title
