"""An answer for somebody's direct messages, over Slack's SDK: it goes there once, and the place hears what came of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.adapters.slack import speaker
from bot.commands.reply import Button, Reply
from bot.core.model import Channel, Platform

CHANNEL = Channel("team", Platform.SLACK, "C0000000001")
CARD = Reply("To read later", direct=True)


def words(message):
    return json.dumps(message.blocks, ensure_ascii=False)


def letters(person):
    """What the bot wrote to somebody directly."""
    return [one for one in person.standin.messages(person.world.direct(person.user.id).id) if one.bot]


async def alone(person):
    """The only answer that this person alone sees."""
    await person.until(lambda: person.world.ephemerals, "the answer")
    (one,) = person.world.ephemerals
    return words(one)


@pytest.fixture(autouse=True)
def _card(answering):
    answering.reply = CARD


async def test_it_goes_to_the_person_and_the_channel_hears_only_that_privately(person_of):
    await person_of.slash("save s0123456789ab")
    assert "Saved: it is in your direct messages." in await alone(person_of)
    (letter,) = letters(person_of)
    assert "To read later" in words(letter)
    assert person_of.standin.messages("C0000000001") == []


async def test_a_mention_and_a_button_lead_there_too(person_of, make):
    await person_of.mention("save s0123456789ab")
    await person_of.until(lambda: len(person_of.world.ephemerals) == 1, "the first answer")
    await person_of.connection.notifier.deliver(make.delivery(make.plain), CHANNEL)
    await person_of.press(person_of.standin.messages("C0000000001")[-1], "why")
    await person_of.until(lambda: len(person_of.world.ephemerals) == 2, "the second answer")
    assert len(letters(person_of)) == 2


async def test_in_a_direct_message_it_is_the_answer(person_of):
    await person_of.dm("save s0123456789ab")
    await person_of.until(lambda: letters(person_of), "the answer")
    (letter,) = letters(person_of)
    assert "To read later" in words(letter)
    assert person_of.world.ephemerals == []


async def test_in_the_home_tab_the_window_hears_that_it_came(person_of, answering):
    answering.replies["home"] = Reply("Home", buttons=(Button("Save", "save s0123456789ab"),))
    await person_of.open_home()
    home = await person_of.until(lambda: person_of.world.homes.get(person_of.user.id), "the Home tab")
    await person_of.press_in_view(home, "ask.0")
    await person_of.until(
        lambda: any("Saved: it is in" in json.dumps(one.body) for one in person_of.world.views.values()), "what the window says"
    )
    assert len(letters(person_of)) == 1


@pytest.mark.parametrize(
    ("code", "what_to_do"),
    [
        ("messages_tab_disabled", "Whoever installed the app switches on its Messages tab"),
        ("restricted_action", "Open this app under Apps in Slack"),
    ],
)
async def test_who_cannot_be_written_to_hears_what_to_do(person_of, code, what_to_do):
    person_of.standin.fault("chat.postMessage", "error", error=code)
    await person_of.slash("save s0123456789ab")
    told = await alone(person_of)
    assert "Not saved: Slack does not let this bot write to you." in told
    assert what_to_do in told
    assert code in told.replace("\\", "")
    assert len(person_of.standin.calls("chat.postMessage")) == 1


@pytest.mark.parametrize(
    ("kind", "details"), [("cut", {"commit": True}), ("status", {"status": 500}), ("error", {"error": "fatal_error"})]
)
async def test_a_lost_answer_is_told_as_one_and_nothing_is_sent_twice(person_of, kind, details):
    person_of.standin.fault("chat.postMessage", kind, **details)
    await person_of.slash("save s0123456789ab")
    assert "Slack did not say whether your direct message arrived." in await alone(person_of)
    assert len(person_of.standin.calls("chat.postMessage")) == 1


async def test_what_slack_puts_off_is_sent_once_more(person_of, monkeypatch):
    monkeypatch.setattr(speaker, "PAUSE", 0.01)
    person_of.standin.fault("chat.postMessage", "error", error="request_timeout")
    await person_of.slash("save s0123456789ab")
    assert "Saved: it is in" in await alone(person_of)
    assert len(letters(person_of)) == 1


@pytest.mark.parametrize("seconds", [0, 61])
async def test_what_slack_goes_on_putting_off_is_told(person_of, monkeypatch, seconds):
    monkeypatch.setattr(speaker, "PAUSE", 0.01)
    if seconds:
        person_of.standin.fault("chat.postMessage", "ratelimited", retry_after=seconds)
    else:
        person_of.standin.fault("chat.postMessage", "error", error="request_timeout", times=2)
    await person_of.slash("save s0123456789ab")
    assert "Not saved: Slack did not take the direct message." in await alone(person_of)
    assert letters(person_of) == []


async def test_it_speaks_the_answers_language(person_of, answering):
    answering.reply = replace(CARD, language="es")
    await person_of.slash("save s0123456789ab")
    assert "Guardado: " in await alone(person_of)
