"""What counts as said to the bot: after its own name, whoever else is named; in a direct message whatever a person typed."""

from __future__ import annotations

import asyncio

import pytest

BEN = "<@U0000000002>"
OTHERS = ("message_changed", "message_deleted", "channel_join", "bot_message")


@pytest.fixture
def say(parts, slack):
    """Has a person say something that Slack tells the bot of as this event."""
    person = parts.Person(slack)

    async def said(kind, text, **more):
        ts = slack.world.next_ts()
        event = {"type": kind, "user": person.user.id, "text": text, "channel": "C0000000001", "ts": ts, "event_ts": ts, **more}
        await person._deliver("events_api", person._callback(event), wait=True)

    return said


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (f"{BEN} can you see? {{bot}} latest", "latest"),
        ("{bot}: latest", "latest"),
        ("{bot}, latest 3", "latest 3"),
        ("{bot} – latest", "latest"),
        ("{bot|Watchlamp} why https://a.example/-x", "why https://a.example/-x"),
        (f"thanks {{bot}} {BEN}", BEN),
        ("{bot}", ""),
        ("latest please {bot}", ""),
    ],
)
async def test_what_is_said_after_the_bots_own_name_counts(slack, clock, answering, parts, tools, say, text, heard):
    text = text.replace("{bot}", f"<@{parts.BOT_USER}>").replace("{bot|Watchlamp}", f"<@{parts.BOT_USER}|watchlamp>")
    async with tools.connected(slack, clock, answering):
        await say("app_mention", text)
        await parts.Person(slack).until(lambda: answering.asks, "a question")
    assert [ask.text for ask in answering.asks] == [heard]


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
async def test_a_direct_message_of_a_kind_that_people_type_is_answered(slack, clock, answering, parts, tools, say, subtype):
    person = parts.Person(slack)
    channel = slack.world.direct(person.user.id).id
    async with tools.connected(slack, clock, answering):
        await say("message", "latest", subtype=subtype, channel=channel, channel_type="im")
        await person.until(lambda: [message for message in slack.messages(channel) if message.bot], "the answer")
    assert [ask.text for ask in answering.asks] == ["latest"]


@pytest.mark.parametrize("subtype", OTHERS)
async def test_a_message_that_nobody_typed_is_not_heard(slack, clock, answering, tools, say, subtype):
    async with tools.connected(slack, clock, answering):
        await say("message", "latest", subtype=subtype, channel="D0000000001", channel_type="im")
        await asyncio.sleep(0.05)
    assert answering.asks == []
