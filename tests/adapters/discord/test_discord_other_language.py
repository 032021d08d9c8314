"""What Discord's listeners say by themselves is said in the language of the channel, as the answers are."""

from __future__ import annotations

import pytest

from bot.commands.reply import Button, Reply

pytestmark = pytest.mark.usefixtures("spanish")


@pytest.fixture
def spanish(commands):
    commands.spoken = "es"


def title(message):
    return message.embeds[0]["title"]


def button(discord_standin, place, custom_id):
    row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "Old", "custom_id": custom_id}]}
    return discord_standin.world.post(place, discord_standin.world.me, {"content": "old", "components": [row]})


async def test_a_button_of_an_earlier_version_is_answered_in_the_language_of_the_channel(listening, discord_standin, place, mira):
    await listening()
    asked = await mira.press(button(discord_standin, place, "mute:s1"), "mute:s1")
    assert title(asked.original) == "Nadie atiende ya esto."


async def test_a_message_without_a_link_is_told_in_the_language_of_the_channel(listening, discord_standin, place, mira):
    message = discord_standin.world.post(place, mira.user, {"content": "nada"})
    await listening()
    assert title((await mira.on_message(message, "Why")).original) == "No hay ningún enlace en ese mensaje."


async def test_a_fault_is_told_in_the_language_of_the_channel(listening, commands, place, mira):
    commands.error = RuntimeError()
    await listening()
    asked = await mira.slash(place, "watch status")
    assert title(asked.original) == "No se ha podido responder."


async def test_a_server_is_greeted_in_the_language_of_its_channel(listening, discord_standin, until, monkeypatch):
    monkeypatch.setattr("bot.adapters.discord.gateway.SERVERS_SECONDS", 0.02)
    connection = await listening()
    await until(connection.client.is_ready)
    guild = discord_standin.world.add_guild("Nuevo")
    hall = guild.system_channel = discord_standin.world.add_channel(guild, "hall")
    await discord_standin.invite(guild)
    await until(lambda: hall.messages)
    assert [title(message) for message in hall.messages.values()] == ["Watchlamp está aquí."]


async def test_a_question_and_its_no_are_told_in_the_language_of_the_channel(listening, connected, commands, place, mira):
    commands.reply = Reply("La regla", buttons=(Button("Quitar", "rule remove plates", confirm="¿Quitarla?"),), language="es")
    first = await listening()
    asked = await mira.slash(place, "watch status")
    await first.stop()
    await listening()
    sure = await mira.press(asked.original, "sure:rule remove plates")
    assert title(sure.original) == "Quitar: ¿de verdad?"
    assert [one["label"] for one in sure.original.body["components"][0]["components"]] == ["Sí", "No"]
    await mira.press(sure.original, "no:")
    assert title(sure.original) == "No se ha cambiado nada."
