"""News of a told story, from an article that arrives to the reply under the story's message."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.clock import VirtualClock
from bot.core.model import Level, Rule
from bot.core.overlays import Bond
from bot.service.regroup import Named, Person, Regrouper
from bot.text.updates import HEADINGS

HOUR = timedelta(hours=1)
MORNING = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
LATER = MORNING + 10 * HOUR
TITLE = "Police union wants council cameras back in Harbour City"
APPEAL = (
    "The union of Harbour City police officers will sue the council to keep the cameras that read number plates, its "
    "president Otto Lindqvist told reporters.\n\n"
    "Lindqvist said that detectives solved eleven burglaries in February with help from neighbouring towns and their lenses.\n\n"
    "The council of Harbour City ended the contract for cameras that read number plates, and motorists in the gallery cheered.\n\n"
    "Nwosu let the renewal lapse after a vote, and wrote that in her diary at home."
)
FULL = (
    "\n\nForty residents had filled the town hall on Monday evening until its clerk closed the heavy doors around nine.\n\n"
    "A report of the auditor says that officers searched the records 11,400 times within one year, mostly for parking fines.\n\n"
    "The vendor, whose lobbyist sat in the second row, declined an interview and pointed to a statement on its website."
)
OPERATOR = Person("file", "operator", ("team",))


@pytest.fixture
def clock():
    return VirtualClock(MORNING)


def replies(rows):
    return [row for row in rows if row["action"] == "reply"]


@pytest.fixture
def development(event):
    return event("b", 0, LATER, title=TITLE, content_text=APPEAL)


def lead(event, **changes):
    """A report with a text of substance, without which nobody can tell what is new."""
    return event("a", 0, MORNING, **{"content_text": event("a", 0, MORNING).content_text + FULL, **changes})


def own_words(item):
    """As ``bot.service.repeated`` has it: remarks of the publisher are no words of the article."""
    text, _, note = item.content_text.partition("\n\nCorrection: ")
    return replace(item, content_text=text, notes=(f"Correction: {note}",)) if note else item


async def told(rig, event, *more):
    """A story that is out, ten hours before its news."""
    rig.own_words = own_words
    await rig.arrive(lead(event), *more)
    assert [row["action"] for row in await rig.send()] == ["post"] * (1 + len(more))
    rig.clock.advance(10 * HOUR)


async def test_a_development_is_edited_in_and_told_below(make_rig, event, development):
    rig = make_rig()
    await told(rig, event)
    await rig.arrive(development)
    assert await rig.story_of("b") == await rig.story_of("a")
    edit, reply = await rig.send()
    assert (edit["action"], reply["action"], reply["reason"]) == ("edit", "reply", "development")
    assert reply["text"].splitlines()[0].startswith(HEADINGS["development"])
    assert "Otto Lindqvist told reporters." in reply["text"]
    await rig.arrive(event("c", 0, LATER, title=TITLE, content_text=APPEAL, outlet="A copier"))
    assert replies(await rig.send()) == []


async def test_where_no_news_is_wanted_below_messages_they_are_edited_all_the_same(make_rig, event, development):
    rig = make_rig(updates="off")
    await told(rig, event)
    await rig.arrive(development)
    assert [row["action"] for row in await rig.send()] == ["edit"]


async def test_what_waits_for_a_digest_is_told_in_the_digest_alone(make_rig, event, development):
    rig = make_rig(digest="daily 20:00")
    await rig.arrive(event("a", 0, MORNING, content_text=event("a", 0, MORNING).content_text + DATE))
    rig.clock.advance(10 * HOUR)
    await rig.arrive(development)
    rig.clock.advance(3 * HOUR)
    assert [row["action"] for row in await rig.send()] == ["digest"]
    await rig.arrive(event("c", 0, LATER + 9 * HOUR, title=TITLE + " again", content_text=APPEAL.replace("sue", "ask")))
    assert replies(await rig.send()) == []


async def test_a_first_poll_brings_no_news_of_a_told_story(make_rig, event, development):
    rig = make_rig()
    await told(rig, event)
    await rig.arrive(development, baseline=True)
    assert replies(await rig.send()) == []


DATE = "\n\nThe contract will expire on June 30, 2026, the clerk said."


async def test_a_day_to_remember_follows_the_first_message_and_is_told_once(make_rig, event):
    rig = make_rig()
    text = event("a", 0, MORNING).content_text
    await rig.arrive(event("a", 0, MORNING, content_text=text + DATE))
    post, reply = await rig.send()
    assert (post["action"], reply["reason"]) == ("post", "commitment")
    assert "30 June" in reply["text"]
    rig.clock.advance(HOUR)
    own = "Motorists cheered in the gallery when the council let its cameras go, and Nwosu closed her diary with a smile."
    await rig.arrive(event("b", 0, MORNING + HOUR, content_text=own + DATE.replace("the clerk", "a clerk")))
    assert await rig.story_of("b") == await rig.story_of("a")
    assert replies(await rig.send()) == []


async def test_a_day_that_a_later_report_names_is_told(make_rig, event):
    rig = make_rig()
    await told(rig, event)
    own = "Motorists cheered in the gallery when the council let its cameras go, and Nwosu closed her diary with a smile."
    await rig.arrive(event("b", 0, LATER, content_text=own + DATE))
    (reply,) = replies(await rig.send())
    assert reply["reason"] == "commitment"
    await rig.arrive(event("b", 0, LATER, content_text=own + " It rained." + DATE))
    assert replies(await rig.send()) == []


async def test_a_day_that_the_message_itself_quotes_is_not_told_below_it(make_rig, event):
    rig = make_rig()
    vote = "Harbour City council ends contract for cameras that read number plates on June 30, 2026, the clerk said."
    lapse = "The vote ended the contract, which will expire on June 30, 2026, a clerk told motorists in the gallery."
    await rig.arrive(event("a", 0, MORNING, content_text=f"{vote}\n\n{lapse}"))
    (post,) = await rig.send()
    assert "June 30" in post["text"]


async def test_the_day_of_a_story_of_the_night_is_told_in_the_morning(make_rig, event):
    rig = make_rig(quiet_hours=(0, 9 * 60), group_interval=HOUR / 12)
    await rig.arrive(event("a", 0, MORNING, content_text=event("a", 0, MORNING).content_text + DATE))
    rig.clock.advance(HOUR)
    assert [row["action"] for row in await rig.send()] == ["post"]
    rig.clock.advance(HOUR / 12)
    (reply,) = await rig.send()
    assert reply["reason"] == "commitment"


async def test_a_day_that_a_report_names_while_the_message_waits_is_told_after_it(make_rig, event):
    rig = make_rig(group_wait=HOUR / 60, group_interval=HOUR / 12)
    await rig.arrive(event("a", 0, MORNING))
    own = "Motorists cheered in the gallery when the council let its cameras go, and Nwosu closed her diary with a smile."
    await rig.arrive(event("b", 0, MORNING, title=TITLE, content_text=own + DATE))
    assert await rig.story_of("b") == await rig.story_of("a")
    rig.clock.advance(HOUR / 60)
    assert [row["action"] for row in await rig.send()] == ["post"]
    rig.clock.advance(HOUR / 12)
    (reply,) = await rig.send()
    assert reply["reason"] == "commitment"


async def test_a_day_that_has_come_before_its_reply_leaves_is_not_told(make_rig, event):
    rig = make_rig(group_interval=200 * 24 * HOUR, max_age=None)
    await rig.arrive(event("a", 0, MORNING, content_text=event("a", 0, MORNING).content_text + DATE))
    assert [row["action"] for row in await rig.send()] == ["post"]
    rig.clock.advance(200 * 24 * HOUR)
    assert await rig.send() == []
    assert [(str(row.state), str(row.reason)) for row in rig.settled if row.message.headline and row.action == "reply"] == [
        ("skipped", "too_old")
    ]


async def test_two_corrections_of_one_night_are_both_told_in_the_morning(make_rig, event):
    rig = make_rig(quiet_hours=(18 * 60, 20 * 60))
    await told(rig, event)
    one = "Correction: an earlier version of this story misstated the day of the vote."
    two = "Correction: an earlier version of this story wrongly said that Nwosu was charged."
    text = lead(event).content_text
    await rig.arrive(lead(event, content_text=f"{text}\n\n{one}"))
    await rig.send()
    rig.clock.advance(HOUR / 2)
    await rig.arrive(lead(event, content_text=f"{text}\n\n{two}"))
    await rig.send()
    rig.clock.advance(2 * HOUR)
    first, second = replies(await rig.send())
    assert one in first["text"]
    assert two in second["text"]


async def test_a_headline_that_goes_back_is_told_below_like_the_one_before(make_rig, event):
    rig = make_rig()
    await told(rig, event)
    old, new = lead(event).title, "Harbour City council suspends contract for cameras that read number plates"
    for title, before in ((new, old), (old, new)):
        await rig.arrive(lead(event, title=title))
        (reply,) = replies(await rig.send())
        assert (reply["reason"], f"Before: {before}" in reply["text"]) == ("headline_changed", True)
        rig.clock.advance(HOUR)


FURTHER = (
    (
        "b",
        "Camera pact of Harbour City council, cameras that read number plates, ends",
        "Motorists cheered in the gallery when the council let its cameras go, and Nwosu closed her diary with a smile.",
    ),
    ("c", TITLE, APPEAL),
    (
        "d",
        "Harbour City council lets contract for cameras that read number plates lapse",
        "Nwosu called the renewal a lapse of taste. The gallery of motorists applauded the council's vote against the cameras.",
    ),
)


async def test_followers_hear_of_every_outlet_of_a_night(make_rig, event):
    rig = make_rig(quiet_hours=(9 * 60, 20 * 60))
    await rig.arrive(event("a", 0, MORNING))
    await rig.send()
    rig.clock.advance(2 * HOUR)
    await rig.store.follow("file", "team", await rig.story_of("a"), "key", rig.clock.now())
    for name, title, text in FURTHER:
        await rig.arrive(event(name, 0, rig.clock.now(), title=title, content_text=text))
        assert await rig.story_of(name) == await rig.story_of("a")
        rig.clock.advance(HOUR)
    rig.clock.advance(8 * HOUR)
    assert [row["reason"] for row in replies(await rig.send())] == ["followed"] * 3


async def test_a_headline_that_says_something_else_is_told_below_and_a_correction_before_it(make_rig, event):
    rig = make_rig()
    await told(rig, event)
    new = "Harbour City council suspends contract for cameras that read number plates"
    await rig.arrive(lead(event, title=new))
    _, reply = await rig.send()
    assert reply["reason"] == "headline_changed"
    assert f"Before: {event('a', 0, MORNING).title}" in reply["text"]
    rig.clock.advance(HOUR)
    note = "Correction: an earlier version of this story misstated the day of the vote."
    text = lead(event).content_text + f"\n\n{note}"
    await rig.arrive(lead(event, title=f"{new} for a year", content_text=text))
    (reply,) = replies(await rig.send())
    assert reply["reason"] == "correction"
    assert note in reply["text"]


async def test_replies_are_told_by_what_people_decided_about_stories(make_rig, event, development):
    rig = make_rig()
    await told(rig, event, event("x", 1, MORNING))
    regrouper = Regrouper(rig.store, rules=rig.rules, channels=rig.channels, workspace_of=lambda channel: None, clock=rig.clock)
    first, second = await rig.story_of("a"), await rig.story_of("x")
    decided = await regrouper.merge(OPERATOR, Named(first), Named(second))
    assert [one.bond for one in decided.made] == [Bond.ONE]
    assert replies(await rig.send()) == []
    rig.clock.advance(HOUR)
    await rig.arrive(development)
    (reply,) = replies(await rig.send())
    assert (reply["reason"], reply["story_id"] in (first, second)) == ("development", True)
    note = "Correction: an earlier version of this story misstated the day of the vote."
    await rig.arrive(event("b", 0, LATER, title=TITLE, content_text=f"{APPEAL}\n\n{note}"))
    (reply,) = replies(await rig.send())
    assert reply["reason"] == "correction"


async def test_a_story_that_rises_breaks_through_quiet_hours(make_rig, event):
    low = Rule("cameras", "council cameras", title="Cameras", channels=("team",))
    high = Rule("union", '"police union"', title="Union", channels=("team",), level=Level.CRITICAL)
    rig = make_rig([low, high], quiet_hours=(0, 1439), break_through=Level.CRITICAL)
    (row,) = await rig.arrive(event("a", 0, MORNING))
    assert (str(row.state), str(row.reason)) == ("held", "quiet_hours")
    (row,) = await rig.arrive(event("b", 0, MORNING, title=TITLE, content_text=APPEAL))
    assert (str(row.state), str(row.reason)) == ("pending", "urgent")
    assert [printed["state"] for printed in await rig.send()] == ["sent"]
