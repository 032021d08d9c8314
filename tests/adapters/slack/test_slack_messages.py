"""Messages beyond the first: news of a told story, reminders, what was taken back, and whom a post calls."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.adapters.slack.render import message_payload
from bot.core.deliveries import Action
from bot.core.messages import DigestMessage, NoticeMessage, ReminderMessage, Update, UpdateMessage
from bot.core.model import ChannelSettings, Level, Precision

EVERY = ("why", "vote", "remind", "more")
URL = "https://courier.example/union"
TEAM = ChannelSettings(mentions=("here", "group:S0123456", "user:U0123456"), mention_level=Level.HIGH)
NEWS = UpdateMessage(
    "s1",
    Update.DEVELOPMENT,
    "Police union to appeal <!here> *now*",
    URL,
    "courier.example",
    "The Courier",
    datetime(2026, 3, 11, 6, 2, tzinfo=UTC),
    ("The union says it will appeal to the mayor.",),
)
REMINDER = ReminderMessage(
    "s1",
    "Council votes to end contract",
    URL,
    "courier.example",
    datetime(2026, 6, 30, tzinfo=UTC),
    "2026-06-30",
    Precision.DAY,
    "contract_end",
    "The contract lapses on 30 June.",
    "The Courier",
    datetime(2026, 3, 10, 21, 40, tzinfo=UTC),
    datetime(2026, 3, 11, 8, 0, tzinfo=UTC),
    "ask the clerk",
)


def payload(message, make, action=Action.POST, **more):
    return message_payload(message, action, timezone="UTC", now=make.now, commands=EVERY, **more)


def words(told):
    parts = [part for block in told["blocks"] for part in (block.get("text"), *block.get("elements", ())) if part]
    return [part["text"] for part in parts if isinstance(part.get("text"), str)]


def buttons(told):
    return [one["value"] for block in told["blocks"] if block["type"] == "actions" for one in block["elements"]]


# ---------------------------------------------------------------- news and reminders


def test_a_development_is_told_with_its_report(make):
    told = payload(NEWS, make, Action.REPLY)
    first, small = words(told)
    assert first.split("\n") == [
        "*New in this story*",
        f"<{URL}|Police union to appeal &lt;!here&gt; ∗now∗>",
        "The union says it will appeal to the mayor.",
    ]
    assert small.startswith("The Courier · courier.example · Wed")
    assert buttons(told) == []
    assert told["text"].startswith("New in this story: Police union to appeal &lt;!here&gt;")


def test_a_date_to_remember_can_be_asked_to_be_reminded_of(make):
    news = replace(
        NEWS, update=Update.COMMITMENT, date="2026-06-30", commitment="contract_end", sentences=("It lapses on 30 June.",)
    )
    told = payload(news, make, Action.REPLY)
    assert "30 June: the contract ends" in words(told)[0]
    assert '"It lapses on 30 June."' in words(told)[0]
    assert buttons(told) == ["remind s1"]


def test_a_changed_headline_says_how_it_read_before(make):
    told = payload(replace(NEWS, update=Update.HEADLINE, before="Council splits", sentences=()), make, Action.REPLY)
    assert "Before: Council splits" in words(told)[0]


def test_a_reminder_says_what_falls_due_who_said_it_and_what_was_noted(make):
    told = payload(REMINDER, make, Action.REMIND)
    lines = words(told)[0].split("\n")
    assert lines[0] == "*Reminder*"
    assert lines[2] == "Tue 30 June: the contract ends"
    assert {"Note: ask the clerk", '"The contract lapses on 30 June."'} <= set(lines)
    assert buttons(told) == ["why s1", "remind s1"]


def test_a_message_that_was_taken_back_says_so_first_and_can_only_be_asked_about(make):
    told = payload(replace(make.plain, withdrawn="It was about <another> town."), make, Action.EDIT)
    assert words(told)[0] == "*Withdrawn:* It was about &lt;another&gt; town."
    assert told["text"].startswith("Withdrawn: ")
    assert buttons(told) == ["why s1"]


# ---------------------------------------------------------------- who is called


def called(message, make, action=Action.POST, settings=TEAM):
    told = words(payload(message, make, action, settings=settings))
    return [text for text in told if "<!" in text or "<@" in text]


def test_a_post_of_a_level_high_enough_calls_whom_the_channel_names(make):
    assert called(replace(make.plain, level=Level.HIGH), make) == ["<!here> <!subteam^S0123456> <@U0123456>"]
    assert called(replace(make.plain, level=Level.CRITICAL), make, settings=replace(TEAM, mentions=("channel",))) == ["<!channel>"]


def test_nobody_is_called_by_a_lower_level_or_where_nobody_is_named(make):
    assert called(make.plain, make) == []
    assert called(replace(make.plain, level=Level.CRITICAL), make, settings=ChannelSettings()) == []
    assert called(replace(make.plain, level=Level.CRITICAL), make, settings=None) == []


@pytest.mark.parametrize("action", [Action.EDIT, Action.REPLY, Action.REMIND])
def test_edits_replies_and_reminders_call_nobody(make, action):
    assert called(replace(make.plain, level=Level.CRITICAL), make, action) == []
    assert called(replace(NEWS, level=Level.CRITICAL), make, action) == []
    assert called(REMINDER, make, action) == []


def test_a_digest_calls_for_its_highest_story_alone(make):
    low = DigestMessage("Today", (make.plain, make.plain))
    high = DigestMessage("Today", (make.plain, replace(make.plain, level=Level.CRITICAL)))
    assert called(low, make, Action.DIGEST) == []
    assert called(high, make, Action.DIGEST) == ["<!here> <!subteam^S0123456> <@U0123456>"]
    assert called(DigestMessage("Nothing", ()), make, Action.DIGEST) == []


def test_what_is_no_news_calls_nobody(make):
    critical = replace(make.plain, level=Level.CRITICAL)
    assert called(replace(critical, pointer="The other story"), make) == []
    assert called(replace(critical, withdrawn="A mistake."), make) == []
    assert called(NoticeMessage("Trouble", ("A source fails.",)), make) == []


@pytest.mark.parametrize("named", ["role:123456789012345678", "user:u0123", "group:", "everyone", "user:U1><!channel"])
def test_a_name_that_slack_does_not_know_calls_nobody(make, named):
    settings = replace(TEAM, mentions=(named, "here", "here"))
    assert called(replace(make.plain, level=Level.HIGH), make, settings=settings) == ["<!here>"]


def test_at_most_so_many_are_called(make):
    settings = replace(TEAM, mentions=tuple(f"user:U{number:07}" for number in range(50)))
    (told,) = called(replace(make.plain, level=Level.HIGH), make, settings=settings)
    assert told.count("<@") == 10


async def test_a_post_calls_through_the_notifier_and_its_edit_does_not(rig, slack, make):
    channel = replace(rig.channel(), settings=TEAM)
    critical = replace(make.plain, level=Level.CRITICAL)
    receipt = await rig.notifier.deliver(make.delivery(critical), channel)
    (message,) = slack.messages()
    assert sorted(message.pings) == ["<!here>", "<!subteam^S0123456>", "<@U0123456>"]
    await rig.notifier.deliver(make.delivery(critical, Action.EDIT, target_ref=receipt.message_ref), channel)
    assert "<!here>" not in json.dumps(message.body)
