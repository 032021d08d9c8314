"""An answer for somebody's direct messages, over discord.py: it goes there once, and the place hears what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot.adapters.discord import speaking
from bot.adapters.discord.library import discord
from bot.commands.reply import Button, Reply

OPEN, SEND = "POST /users/@me/channels", "POST /channels/{channel_id}/messages"


@pytest.fixture
def card(commands):
    commands.reply = Reply("To read later", direct=True)
    return commands


def told(asked):
    return "\n".join(f"{one.get('title', '')}\n{one.get('description', '')}" for one in asked.original.embeds)


def letters(standin, person):
    """What the bot wrote to somebody directly."""
    sent = standin.world.conversation(person.user).messages.values()
    return [one.embeds[0]["title"] for one in sent]


@pytest.mark.parametrize("late", [False, True])
async def test_it_goes_to_the_person_and_the_channel_hears_only_that_privately(
    listening, discord_standin, card, place, mira, finished, monkeypatch, late
):
    if late:
        monkeypatch.setattr("bot.adapters.discord.listeners.PATIENCE", 0.0)
    await listening()
    asked = await finished(mira.slash(place, "watch status"))
    assert letters(discord_standin, mira) == ["To read later"]
    assert told(asked).startswith("Saved: it is in your direct messages.")
    assert asked.ephemeral
    assert not place.messages


async def test_in_a_direct_message_it_is_the_answer(listening, discord_standin, card, place, mira, finished):
    card.reply = replace(card.reply, buttons=(Button("Once more", "save s0123456789ab"),))
    await listening()
    await finished(mira.slash(place, "watch status"))
    (letter,) = discord_standin.world.conversation(mira.user).messages.values()
    asked = await finished(mira.press(letter, letter.body["components"][0]["components"][0]["custom_id"]))
    assert told(asked).startswith("To read later")
    assert len(discord_standin.called(SEND)) == 1


async def test_who_takes_no_messages_hears_what_to_do(listening, discord_standin, card, place, mira, finished):
    mira.user.takes_dms = False
    await listening()
    asked = await finished(mira.slash(place, "watch status"))
    assert told(asked).startswith("Not saved: Discord does not let this bot write to you.")
    assert "Allow direct messages in the privacy settings of this server" in told(asked)
    assert "50007 Cannot send messages to this user" in told(asked)
    assert len(discord_standin.called(SEND)) == 1


async def test_a_lost_answer_is_told_as_one(listening, discord_standin, discord_parts, card, place, mira, finished):
    discord_standin.fault(SEND, discord_parts.Cut(accepted=True))
    await listening()
    asked = await finished(mira.slash(place, "watch status"))
    assert told(asked).startswith("Discord did not say whether your direct message arrived.")
    assert letters(discord_standin, mira) == ["To read later"]


async def test_what_the_library_repeats_by_itself_makes_no_second_message(
    listening, discord_standin, discord_parts, card, place, mira, finished
):
    discord_standin.fault(SEND, discord_parts.Status(502, accepted=True))
    await listening()
    asked = await finished(mira.slash(place, "watch status"))
    assert len(discord_standin.called(SEND)) == 2
    assert letters(discord_standin, mira) == ["To read later"]
    assert told(asked).startswith("Saved: ")


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (discord.DiscordServerError(SimpleNamespace(status=503, reason="no"), "no"), "Discord did not say whether"),
        (
            discord.HTTPException(SimpleNamespace(status=400, reason="no"), "no"),
            "Not saved: Discord did not take the direct message.",
        ),
        (discord.RateLimited(90.0), "Not saved: Discord did not take the direct message."),
        (ValueError("half a document"), "Discord did not say whether"),
    ],
)
async def test_every_other_end_is_told_as_what_it_is(listening, card, place, mira, finished, monkeypatch, error, title):
    async def fail(interaction, body):
        raise error

    monkeypatch.setattr(speaking, "say_directly", fail)
    await listening()
    assert title in told(await finished(mira.slash(place, "watch status")))


async def test_no_answer_at_all_ends_the_waiting(
    listening, discord_standin, discord_parts, card, place, mira, until, impatient, monkeypatch
):
    monkeypatch.setattr(speaking, "DIRECT_SECONDS", 0.3)
    discord_standin.fault(OPEN, discord_parts.Hang())
    await listening()
    asked = await mira.slash(place, "watch status")
    await until(lambda: asked.original and asked.original.embeds)
    assert told(asked).startswith("Discord did not say whether")


async def test_it_speaks_the_answers_language(listening, card, place, mira, finished):
    card.reply = replace(card.reply, language="es")
    await listening()
    assert told(await finished(mira.slash(place, "watch status"))).startswith("Guardado: ")


async def test_two_people_who_save_at_once_get_one_message_each(listening, discord_standin, card, guild, place, mira, finished):
    await listening()
    noor = discord_standin.person("Noor", guild)
    await asyncio.gather(*(finished(one.slash(place, "watch status")) for one in (mira, noor)))
    assert [letters(discord_standin, one) for one in (mira, noor)] == [["To read later"], ["To read later"]]
