"""The real commands, store and drain behind a real gateway connection: what a person in a Discord server meets."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from bot.commands.table import TABLE, Commands
from bot.core.model import Platform, Rule
from bot.outbox.drain import Drain
from bot.rules.engine import Engine


class Nobody:
    owner = editor = ()


@pytest.fixture
async def store(memory_store):
    opened = await memory_store()
    yield opened
    await opened.close()


@pytest.fixture
async def rig(store, clock, connected, discord_standin, place, to):
    """A connection whose commands are the real ones, and a drain for what they write."""
    channel = to(place)
    rules = (Rule("plates", "plates", channels=("team",)),)
    holder = {}
    commands = Commands(
        store=store,
        engine=Engine.compile(rules, ()),
        rules=rules,
        channels={"team": channel},
        sources=(),
        roles=Nobody,
        clock=clock,
        workspace_of=lambda where: holder["connection"].workspace_of(where.address),
    )
    connection = holder["connection"] = await connected(gateway=True, commands=commands)
    await discord_standin.gateway.until_online()
    async with asyncio.timeout(20):
        while not connection.ready or connection.workspace_of(place.id) is None:
            await asyncio.sleep(0.01)
    connection.drain = Drain(
        store, {Platform.DISCORD: connection.notifier}, {"team": channel}, clock, new_token=map(str, count()).__next__
    )
    return connection


async def finished(act):
    asked = await act
    async with asyncio.timeout(20):
        while asked.waiting:
            await asyncio.sleep(0.01)
    return asked


def told(interaction):
    return "\n".join(f"{embed.get('title', '')}\n{embed.get('description', '')}" for embed in interaction.original.embeds)


def paths(commands):
    """What can be typed after a slash."""
    for command in commands:
        for option in command.get("options", ()):
            below = [part["name"] for part in option.get("options", ()) if part["type"] == 1]
            yield from (f"/{command['name']} {option['name']} {name}" for name in below)
            if not below:
                yield f"/{command['name']} {option['name']}"


async def test_help_names_every_command_as_discord_offers_it(rig, discord_standin, guild, place):
    mira = discord_standin.person("Mira", guild)
    help_text = told(await finished(mira.slash(place, "watch help")))
    registered = set(paths(discord_standin.commands[None]))
    assert len(registered) == len(TABLE)
    assert all(words in help_text.replace("\\", "") for words in registered)


@pytest.mark.parametrize("words", ["latest", "status"])
async def test_a_viewer_gets_an_answer_in_a_channel_that_is_watched(rig, discord_standin, guild, place, words):
    answer = told(await finished(discord_standin.person("Mira", guild).slash(place, f"watch {words}")))
    assert "Nothing of this installation" not in answer
    assert "could not be answered" not in answer


async def test_a_sample_is_for_who_may_and_its_button_says_what_it_is(rig, discord_standin, discord_parts, guild, place):
    mira = discord_standin.person("Mira", guild)
    assert mira.offered(place) == ["Why", "watch"]
    chief = discord_standin.world.add_role(guild, "chief", permissions=discord_parts.world.may.MANAGE_GUILD)
    await finished(discord_standin.person("Ada", guild, chief).slash(place, "watch-admin test"))
    await rig.drain.drain_channel("team")
    (message,) = (message for message in place.messages.values() if message.author is discord_standin.world.me)
    pressed = await finished(mira.press(message, message.body["components"][0]["components"][0]["custom_id"]))
    assert told(pressed).startswith("That is a sample message")


async def test_a_command_that_the_server_opened_to_everybody_is_still_refused_to_a_viewer(rig, discord_standin, guild, place):
    for command in discord_standin.commands[None]:
        command["default_member_permissions"] = None
    answer = told(await finished(discord_standin.person("Mira", guild).slash(place, "watch-admin test")))
    assert "test is not open to you." in answer
