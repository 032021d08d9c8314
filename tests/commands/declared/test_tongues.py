"""Answers about what a workspace declares are in the language that is spoken, whole."""

from __future__ import annotations

import pytest

from bot.commands import channel, vote
from bot.core.spoken import speaking, tr
from bot.service.voting import ENOUGH


def help_of(module, name):
    found = {one.name: one for one in getattr(module, "COMMANDS", ()) or (module.COMMAND,)}
    return found[name].help


@pytest.mark.parametrize(("module", "name"), [(vote, "vote"), (channel, "channel set")])
def test_a_commands_help_is_looked_up_when_it_is_shown(module, name):
    with speaking("es"):
        assert tr(help_of(module, name)) != help_of(module, name)


def test_help_tells_the_number_of_votes_that_is_needed_and_every_setting_as_it_is_told_alone():
    assert f"After {ENOUGH} stories" in help_of(vote, "vote")
    told = help_of(channel, "channel set")
    assert [key for key, meaning in channel.KEYS.items() if f"{key}: {meaning}" not in told] == []


async def test_what_becomes_of_a_rule_is_told_in_the_channels_language(town, words):
    await town.ask("channel set language es")
    await town.press(await town.ask("rule add mine herring quota"), "Confirmar")
    await town.ask("rule remove mine")
    said = words(await town.ask("rule history mine"))
    assert said.startswith("mine: 2 versiones")
    assert "creada" in said
    assert "quitada" in said
    await town.press(await town.ask("rule add mine herring"), "Confirmar")
    await town.press(await town.ask("rule edit mine", values={"name": "mine", "channels": "none"}), "Confirmar")
    assert "channels: " in words(await town.ask("rule history mine"))
    assert "-> ninguno" in words(await town.ask("rule history mine"))


async def test_where_a_rule_posts_is_told_in_the_channels_language(town, words):
    await town.add("rule add far cod", place="C0000000002")
    await town.ask("channel set language es")
    said = words(await town.ask("rule add mine channels=here,C0000000002 herring quota"))
    assert "en este canal y en slack:C0000000002" in said


async def test_a_week_in_which_nothing_was_told_is_counted_in_the_channels_language(town, words):
    await town.ask("channel set language es")
    said = words(await town.ask("stats"))
    assert "ninguno" in said
    assert "none" not in said


async def test_one_source_is_one_source(town):
    await town.ask("channel set language es")
    town.serve("https://gazette.example")
    await town.press(await town.ask("source add https://gazette.example"), "Añadirla")
    assert (await town.ask("export")).title == "0 reglas y 1 fuente, como las tiene un archivo de configuración"


async def test_what_a_workspace_has_not_and_what_is_in_force_are_named_in_the_channels_language(town):
    await town.ask("channel set language es")
    assert (await town.ask("source pause zeppelin")).title.startswith("Este espacio de trabajo no tiene ninguna fuente")
    assert (await town.ask("rule pause zeppelin")).title.startswith("Este espacio de trabajo no tiene ninguna regla")
    assert (await town.press(await town.ask("rule add mine herring"), "Confirmar")).title == "En vigor: regla mine."
