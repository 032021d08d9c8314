"""``follow``, ``unfollow``, ``remind`` and ``more``: what people ask of one story."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.commands.table import Role
from bot.core.deliveries import Action, DeliveryState
from bot.core.messages import ReminderMessage
from bot.core.model import Precision, Rule
from bot.service.reminders import Reminders

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CAMERAS = Rule("cameras", "council cameras", title="Cameras", channels=("team", "guild"))
ENDS = "The council told motorists that the contract for the cameras expires on 30 June 2026."
DECIDES = "The council will vote on the cameras of Mill Lane on 15 April 2026."


@pytest.fixture
def rig(make_rig):
    """One rule into a channel of each platform."""
    return make_rig((CAMERAS,))


async def told(rig, event, *, text="", name="a", **changes):
    """An article whose story has its message in every channel of the rule; its story's id."""
    item = event(name, 1, **changes)
    await rig.arrive(replace(item, content_text=f"{item.content_text} {text}"))
    await rig.send()
    (filing,) = (await rig.store.filings([item.id])).values()
    return filing.story_id


def retold(event):
    """The same event in another newsroom's words."""
    return event(
        "b",
        1,
        title="Mill Lane school takes cameras out of its cafeteria after council complaint",
        content_text=(
            "The council complaint worked. Mill Lane school took its cameras out of the cafeteria. No pupil pays for lunch with "
            "fingers now, the headteacher said on Monday. Parents had asked for that since autumn."
        ),
    )


async def replies(rig, channel="team"):
    rows = [row for row in await rig.store.deliveries(limit=99) if row.channel_id == channel and row.action is Action.REPLY]
    return [str(row.reason) for row in reversed(rows)]


# ---------------------------------------------------------------- follow


async def test_who_follows_a_story_hears_of_every_further_report_and_nobody_hears_who_it_is(rig, event, words):
    story = await told(rig, event)
    reply = await rig.ask("follow https://a.example/a")
    assert reply.title == 'You follow "Mill Lane school removes cameras from cafeteria after council complaint" in this channel.'
    assert [button.words for button in reply.buttons] == [f"unfollow {story}"]
    assert (await rig.ask(f"follow {story}")).title.endswith("already.")
    rig.clock.advance(HOUR)
    await rig.arrive(retold(event))
    assert "followed" in await replies(rig)
    assert "followed" not in await replies(rig, "guild")
    assert await rig.store.audited("slack:T1") == [], "who follows stands in no log"


async def test_two_people_follow_and_each_unfollows_alone(rig, event, words):
    story = await told(rig, event)
    for member in ("U1", "U2"):
        await rig.ask(f"follow {story}", member=member)
    reply = await rig.ask(f"unfollow {story}")
    assert reply.title.endswith("no longer.")
    assert "Others follow it still" in words(reply)
    assert (await rig.ask(f"unfollow {story}")).title == "You do not follow this story here."
    assert (await rig.ask("unfollow", member="U2")).title == "You follow 1 story no longer."
    assert (await rig.ask("unfollow", member="U2")).title == "You do not follow a story here."
    assert await rig.store.followed([story]) == set()


async def test_outside_a_channel_a_story_is_followed_where_its_message_stands(rig, event):
    story = await told(rig, event)
    assert (await rig.ask(f"follow {story}", "D1")).title.endswith("in team.")
    assert await rig.store.followed([story]) == {("team", story)}
    assert (await rig.ask(f"follow {story}", "other")).title.startswith("No message of this story stands here")
    assert (await rig.ask("follow s00000000feed")).title.startswith("There is no story of this id here.")
    assert (await rig.ask("unfollow", "D1")).title == "You follow 1 story no longer."


# ---------------------------------------------------------------- remind


async def due(rig, instant):
    rig.clock.move_to(instant)
    await Reminders(rig.store, rig.channels, rig.clock).tell_due()
    await rig.send()
    return [row for row in await rig.store.deliveries(limit=99) if row.action is Action.REMIND]


async def test_the_only_date_that_a_story_names_is_set_at_once_and_told_under_its_message(rig, event, words):
    story = await told(rig, event, text=ENDS)
    reply = await rig.ask("remind https://a.example/a")
    assert reply.title == "Reminder set: Tue 30 June, 09:00, in this channel.", words(reply)
    assert ENDS in words(reply)
    assert f"/watch remind {story} off" in words(reply), "a viewer has no undo"
    (row,) = await due(rig, datetime(2026, 6, 30, 9, 0, tzinfo=UTC))
    assert isinstance(row.message, ReminderMessage)
    assert (row.message.date, row.message.precision, row.message.sentence) == ("2026-06-30", Precision.DAY, ENDS)
    assert row.message.commitment
    assert (row.message.outlet, row.message.headline) == ("Outlet a", event("a", 1).title)
    posts = [post for post in await rig.store.deliveries(limit=99) if post.action is Action.POST and post.channel_id == "team"]
    assert (row.channel_id, row.target_ref, row.state) == ("team", posts[0].message_ref, DeliveryState.SENT)


async def test_where_a_story_names_several_dates_each_is_a_button(rig, event, words):
    story = await told(rig, event, text=f"{ENDS} {DECIDES}")
    reply = await rig.ask(f"remind {story}")
    assert reply.title == "Of which date do you want to be reminded?"
    assert [(button.label, button.words) for button in reply.buttons] == [
        ("15 April", f"remind {story} 2026-04-15"),
        ("30 June", f"remind {story} 2026-06-30"),
        ("Tomorrow", f"remind {story} 1d"),
        ("In a week", f"remind {story} 7d"),
    ]
    chosen = await rig.ask(reply.buttons[0].words)
    assert chosen.title == "Reminder set: Wed 15 April, 09:00, in this channel."
    assert DECIDES in words(chosen)


async def test_where_it_names_none_a_time_is_asked_for(rig, event, words):
    story = await told(rig, event)
    reply = await rig.ask(f"remind {story}")
    assert reply.title == "No date ahead was found in this story. When shall it come back?"
    assert [button.label for button in reply.buttons] == ["Tomorrow", "In a week"]
    assert (await rig.ask(f"remind {story} 7d")).title == "Reminder set: Tue 17 March, 12:00, in this channel."
    assert (await rig.ask(f"remind {story} 12h")).title == "Reminder set: Wed 11 March, 00:00, in this channel."


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("2026-03-10", "That is over already. Give a day or a time that is still to come."),
        ("2025-01-01", "That is over already. Give a day or a time that is still to come."),
        ("off", "No reminder of this story is set here."),
        ("soon", "when is a day such as 2027-03-01, or a time from now such as 12h or 7d, or off."),
        ("7d look", "A note needs the role editor; leave it out, and the reminder tells the story alone."),
    ],
)
async def test_what_cannot_be_reminded_of_is_told_in_a_sentence(rig, event, typed, title):
    story = await told(rig, event)
    reply = await rig.ask(f"remind {story} {typed}")
    assert (reply.title, reply.error) == (title, True)
    assert await rig.store.reminders_waiting(["team"]) == []


async def test_an_editor_adds_a_note_and_takes_the_reminder_back_and_brings_it_back(rig, event, words):
    story = await told(rig, event)
    reply = await rig.ask(f"remind {story} 2027-03-01 ask for the   minutes", role=Role.EDITOR)
    assert reply.title == "Reminder set: Mon 1 March 2027, 09:00, in this channel."
    (one,) = await rig.store.reminders_waiting(["team"])
    assert one.message.note == "ask for the   minutes"
    assert one.due_at == datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
    undone = await rig.ask(re.search(r"undo c[0-9a-f]+", words(reply))[0], role=Role.EDITOR)
    assert "taken back." in words(undone)
    assert await rig.store.reminders_waiting(["team"]) == []
    await rig.ask(re.search(r"undo c[0-9a-f]+", words(undone))[0], role=Role.EDITOR)
    assert len(await rig.store.reminders_waiting(["team"])) == 1
    off = await rig.ask(f"remind {story} off", role=Role.EDITOR)
    assert off.title == "Taken back: 1 reminder."
    assert await due(rig, datetime(2027, 3, 1, 9, 0, tzinfo=UTC)) == []


async def test_a_viewer_takes_back_what_that_viewer_asked_for_and_nothing_else(rig, event):
    story = await told(rig, event)
    await rig.ask(f"remind {story} 7d", member="U2")
    assert (await rig.ask(f"remind {story} off")).title == "No reminder of this story is set here by you."
    assert (await rig.ask(f"remind {story} off", "guild", role=Role.OWNER)).title == "No reminder of this story is set here."
    assert (await rig.ask(f"remind {story} off", member="U2")).title == "Taken back: 1 reminder."


async def test_a_day_is_that_of_the_channel_and_a_change_of_the_clocks_moves_nothing(make_rig, event):
    rig = make_rig((CAMERAS,), timezone="Europe/Berlin")
    story = await told(rig, event)
    reply = await rig.ask(f"remind {story} 2026-03-29")
    assert reply.title == "Reminder set: Sun 29 March, 09:00, in this channel."
    (one,) = await rig.store.reminders_waiting(["team"])
    assert one.due_at == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
    terminal = await rig.ask(f"remind {story} 2026-04-01", "terminal")
    assert "Wed 1 April, 07:00 (UTC), in guild; Wed 1 April, 07:00 (UTC), in team" in terminal.title


async def test_a_story_that_stands_nowhere_is_reminded_of_where_it_is_asked(rig, event):
    story = await told(rig, event)
    assert not (await rig.ask(f"remind {story} 7d", "other")).error
    (one,) = await rig.store.reminders_waiting(["other"])
    assert one.story_id == story
    (row,) = await due(rig, one.due_at)
    assert (row.channel_id, row.target_ref, row.state) == ("other", None, DeliveryState.SENT)


async def test_the_list_of_dates_names_the_reminders_that_wait(rig, event, words, monkeypatch):
    monkeypatch.setattr("bot.commands.remind.LISTED", 1)
    story = await told(rig, event, text=ENDS)
    assert "Reminders set" not in words(await rig.ask("commitments"))
    await rig.ask(f"remind {story}")
    await rig.ask(f"remind {story} 7d")
    listed = words(await rig.ask("commitments")).partition("Reminders set\n")[2]
    assert listed.splitlines() == [f"Tue 17 March, 12:00, in this channel: {event('a', 1).title}", "1 more."]
    assert "Reminders set" not in words(await rig.ask("commitments", "guild"))
    assert "Reminders set" not in words(await rig.ask("commitments past"))


# ---------------------------------------------------------------- more


async def test_more_offers_what_the_person_may_do(rig, event):
    story = await told(rig, event)
    await rig.arrive(retold(event))
    viewer, editor = await rig.ask(f"more {story}"), await rig.ask(f"more {story}", role=Role.EDITOR)
    other = event("b", 1).id
    assert [button.words for button in viewer.buttons if not button.words.startswith("save ")] == [
        f"follow {story}",
        f"remind {story}",
    ]
    words = [button.words for button in editor.buttons]
    assert [one for one in words if not one.startswith(("save ", "retract "))] == [
        f"follow {story}",
        f"remind {story}",
        f"mute story {story}",
        f"mute outlet {story} 7d",
        f"split {story} {other}",
    ]
    for button in editor.buttons:
        if button.words.startswith("mute"):
            assert not (await rig.ask(button.words, role=Role.EDITOR)).error
    assert (await rig.ask("more s00000000feed")).error
