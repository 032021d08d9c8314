"""Commands, completions and the button over a real gateway connection to the stand-in; the connection's own life."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot.adapters.discord.answers import reply_body
from bot.adapters.discord.connection import COMMANDS_KNOWN
from bot.adapters.discord.library import discord
from bot.adapters.discord.limits import EMBED_DESCRIPTION, EMBED_TOTAL, EMBEDS, units
from bot.adapters.discord.listeners import _through
from bot.adapters.discord.registration import commands_payload, fingerprint, matching
from bot.adapters.discord.render import card, embed_units
from bot.commands.reply import Link, Reply, Section
from bot.commands.roles import Role, role_of
from bot.commands.table import TABLE
from bot.core.model import Platform

SYNC = "PUT /applications/{application_id}/commands"
CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"


class Nobody:
    owner = editor = ()


class Asked:
    """Commands that remember what they were asked and answer what they are told to."""

    table = TABLE

    def __init__(self):
        self.asks = []
        self.reply = Reply("Three stories", (Section(text="one\ntwo"),))
        self.error = None

    def role(self, **known):
        return role_of(Nobody, **known)

    async def answer(self, ask):
        self.asks.append(ask)
        if self.error is not None:
            raise self.error
        return replace(self.reply, private=self.reply.error or not ask.shown)


class Kept(dict):
    async def get(self, name):
        return super().get(name)

    async def set(self, name, value):
        self[name] = value


@pytest.fixture
def commands():
    return Asked()


@pytest.fixture
def listening(connected, discord_standin, commands):
    """A connection that hears commands, ready."""

    async def connect(**changes):
        connection = await connected(gateway=True, commands=commands, **changes)
        await discord_standin.gateway.until_online()
        async with asyncio.timeout(20):
            while not connection.ready:
                await asyncio.sleep(0.01)
        return connection

    return connect


@pytest.fixture
def mira(discord_standin, guild):
    return discord_standin.person("Mira", guild)


async def finished(act):
    """The interaction once its answer is there."""
    asked = await act
    async with asyncio.timeout(20):
        while asked.waiting:
            await asyncio.sleep(0.01)
    return asked


# ---------------------------------------------------------------- commands


async def test_a_command_is_acknowledged_at_once_and_answered_for_the_eyes_of_who_asked(
    listening, discord_standin, commands, place, guild, mira
):
    await listening()
    began = time.monotonic()
    asked = await mira.slash(place, "watch latest", {"n": 5})
    assert asked.answer["type"] == 5
    assert time.monotonic() - began < 1.0
    async with asyncio.timeout(20):
        while asked.waiting:
            await asyncio.sleep(0.01)
    assert asked.ephemeral
    assert asked.original.embeds[0]["title"] == "Three stories"
    (ask,) = commands.asks
    assert (ask.platform, ask.workspace_id, ask.channel_id, ask.member) == (Platform.DISCORD, guild.id, place.id, mira.user.id)
    assert (ask.text, ask.role, ask.shown, ask.within) == ("latest 5", Role.VIEWER, False, None)


async def test_an_answer_is_shown_to_everybody_only_if_asked_for(listening, commands, place, mira):
    await listening()
    asked = await finished(mira.slash(place, "watch status", {"show": True}))
    assert not asked.ephemeral
    assert asked.original.embeds[0]["title"] == "Three stories"
    assert commands.asks[0].shown


async def test_what_went_wrong_is_shown_to_nobody_else(listening, commands, place, mira):
    commands.reply = Reply("That is no address.", error=True)
    await listening()
    asked = await mira.slash(place, "watch why", {"article": "nonsense", "show": True}, wait=False)
    async with asyncio.timeout(20):
        while not asked.followups:
            await asyncio.sleep(0.01)
    assert asked.deleted_original
    assert asked.followups[0].embeds[0]["title"] == "That is no address."
    assert asked.followups[0].seen_by is mira.user


async def test_who_may_manage_the_server_is_owner(listening, discord_standin, discord_parts, commands, guild, place):
    await listening()
    chief = discord_standin.world.add_role(guild, "chief", permissions=discord_parts.world.may.MANAGE_GUILD)
    await finished(discord_standin.person("Ada", guild, chief).slash(place, "watch status"))
    assert commands.asks[0].role is Role.OWNER


async def test_in_a_thread_the_channel_around_it_is_told_too(listening, discord_standin, commands, place, mira):
    thread = discord_standin.world.add_thread(place, "plates", discord_standin.world.me)
    await listening()
    await finished(mira.slash(thread, "watch status"))
    assert commands.asks[0].places == (thread.id, place.id)


async def test_typing_a_commands_name_is_completed(listening, place, mira):
    await listening()
    found = await mira.complete(place, "watch help", "command", "st")
    assert next(choice["value"] for choice in found) == "status"


async def test_the_why_button_asks_for_the_story_of_its_message(listening, commands, place, mira, to, make):
    connection = await listening()
    await connection.notifier.deliver(make.delivery(make.plain), to(place))
    (message,) = place.messages.values()
    asked = await finished(mira.press(message, "ask:why s1"))
    assert asked.ephemeral
    assert commands.asks[0].text == "why s1"
    assert asked.original.embeds[0]["title"] == "Three stories"


async def test_a_command_that_fails_is_answered_with_a_sentence(listening, commands, place, mira, caplog):
    commands.error = RuntimeError("a secret")
    await listening()
    asked = await finished(mira.slash(place, "watch status"))
    assert asked.original.embeds[0]["title"] == "That could not be answered."
    assert "a secret" not in caplog.text


async def test_a_button_of_an_earlier_version_is_answered_with_a_sentence(listening, discord_standin, commands, place, mira):
    await listening()
    row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "Old", "custom_id": "mute:s1"}]}
    message = discord_standin.world.post(place, discord_standin.world.me, {"content": "old", "components": [row]})
    asked = await finished(mira.press(message, "mute:s1"))
    assert asked.original.embeds[0]["title"] == "Nobody listens to this any more."
    assert asked.ephemeral
    assert commands.asks == []


async def test_a_command_of_an_earlier_version_is_answered_with_a_sentence(listening, discord_standin, commands, place, mira):
    await listening()
    discord_standin.commands[None].append(
        {**discord_standin.commands[None][0], "id": discord_standin.world.snowflake(), "name": "older", "options": []}
    )
    asked = await finished(mira.slash(place, "older"))
    assert asked.original.embeds[0]["title"] == "Nobody listens to this any more."
    assert commands.asks == []


async def test_an_interaction_that_cannot_be_answered_leaves_the_next_one_alone(
    listening, discord_standin, discord_parts, commands, place, mira
):
    await listening()
    discord_standin.fault(CALLBACK, discord_parts.Refusal(404, 10062, "Unknown interaction"))
    lost = await mira.slash(place, "watch status", wait=False)
    async with asyncio.timeout(20):
        while not discord_standin.called(CALLBACK):
            await asyncio.sleep(0.01)
    assert (await finished(mira.slash(place, "watch status"))).original is not None
    discord_standin.interactions.pop(lost.token)


# ---------------------------------------------------------------- telling Discord of the commands


async def test_discord_hears_of_the_commands_only_when_they_changed(listening, connected, discord_standin, commands, guild):
    memory = Kept()
    first = await listening(memory=memory)
    await first.stop()
    second = await connected(gateway=True, commands=commands, memory=memory)
    await second.stop()
    assert len(discord_standin.called(SYNC)) == 1
    memory[COMMANDS_KNOWN] = "of an older version"
    await connected(gateway=True, commands=commands, memory=memory)
    assert len(discord_standin.called(SYNC)) == 2


async def test_commands_that_discord_does_not_take_cost_no_message(
    connected, discord_standin, discord_parts, commands, place, to, make
):
    memory = Kept()
    discord_standin.fault(SYNC, discord_parts.Refusal(400, 50035, "no"))
    connection = await connected(gateway=True, commands=commands, memory=memory)
    assert (await connection.notifier.deliver(make.delivery(make.plain), to(place))).message_ref
    assert memory == {}


async def test_without_the_gateway_nothing_is_listened_to_and_no_button_is_shown(connected, discord_standin, place, to, make):
    connection = await connected()
    assert connection.ready
    await connection.notifier.deliver(make.delivery(make.plain), to(place))
    (message,) = place.messages.values()
    assert message.body["components"] == []
    assert discord_standin.called(SYNC) == []
    assert discord_standin.gateway.opened == 0
    assert connection.workspace_of(place.id) == place.guild.id


def test_the_payload_names_every_command_with_its_parameters_and_the_choice_to_show():
    watch, *admin = commands_payload(TABLE)
    everybody = [command.name for command in TABLE if command.role is Role.VIEWER]
    assert [option["name"] for option in watch["options"]] == everybody
    assert [option["name"] for entry in admin for option in entry["options"]] == [
        command.name for command in TABLE if command.role is not Role.VIEWER
    ]
    assert all(option["options"][-1]["name"] == "show" for option in watch["options"])
    assert watch["contexts"] == [0]
    (why,) = [option for option in watch["options"] if option["name"] == "why"]
    assert why["options"][0]["required"] is True


def test_a_command_that_needs_a_role_is_hidden_from_who_may_not_manage_the_server():
    restricted = replace(TABLE[1], name="hold", role=Role.OWNER)
    payload = commands_payload((*TABLE, restricted))
    assert payload[-1]["name"] == "watch-admin"
    assert payload[-1]["default_member_permissions"] == 32


def test_the_fingerprint_changes_with_the_payload_and_the_application():
    payload = commands_payload(TABLE)
    marks = {fingerprint(payload, "1"), fingerprint(payload, "2"), fingerprint(payload[:-1], "1")}
    assert len(marks) == 3
    assert fingerprint(json.loads(json.dumps(payload)), "1") in marks


def test_names_that_begin_with_the_letters_come_first():
    assert matching(("latest", "status", "test"), "t", 25) == ["test", "latest", "status"]
    assert matching(("latest", "status", "test"), " ST", 1) == ["status"]


# ---------------------------------------------------------------- staying connected


@pytest.mark.parametrize("blow", ["reconnect", "abort"])
async def test_a_connection_that_discord_ends_is_taken_up_again(listening, discord_standin, commands, place, mira, blow):
    await listening()
    await getattr(discord_standin.gateway, blow)()
    await discord_standin.gateway.until(resumes=1)
    await finished(mira.slash(place, "watch status"))
    assert len(commands.asks) == 1


@pytest.mark.slow
async def test_a_session_that_discord_forgot_is_begun_anew(listening, discord_standin, commands, place, mira):
    await listening()
    await discord_standin.gateway.invalidate()
    await discord_standin.gateway.until(identifies=2)
    await finished(mira.slash(place, "watch status"))
    assert len(commands.asks) == 1


async def test_a_gateway_that_refuses_us_for_good_leaves_the_messages(listening, discord_standin, place, to, make, monkeypatch):
    monkeypatch.setattr("bot.adapters.discord.connection.FIRST_PAUSE", 0.01)
    connection = await listening()
    await discord_standin.gateway.close(4013)
    async with asyncio.timeout(20):
        while connection.notifier.wire is None or connection.notifier.commands:
            await asyncio.sleep(0.01)
    assert (await connection.notifier.deliver(make.delivery(make.plain), to(place))).message_ref
    (message,) = place.messages.values()
    assert message.body["components"] == []


async def test_a_start_without_discord_returns_and_logs_in_when_it_is_back(
    connected, discord_standin, discord_parts, place, to, make, monkeypatch
):
    monkeypatch.setattr("bot.adapters.discord.connection.FIRST_PAUSE", 0.01)
    discord_standin.fault("GET /users/@me", discord_parts.Status(503))
    connection = await connected()
    async with asyncio.timeout(20):
        while not connection.ready:
            await asyncio.sleep(0.01)
    assert (await connection.notifier.deliver(make.delivery(make.plain), to(place))).message_ref


async def test_the_token_is_not_logged_by_anything(listening, discord_standin, caplog, place, mira):
    caplog.set_level(logging.DEBUG)
    await listening()
    asked = await finished(mira.slash(place, "watch status"))
    assert discord_standin.token not in caplog.text
    assert asked.token not in caplog.text


def test_the_adapter_is_imported_without_a_warning():
    code = "import bot.adapters.discord.connection, sys; assert 'discord' in sys.modules"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_pure_parts_are_imported_without_discord_py():
    code = "import bot.adapters.discord.render, bot.adapters.discord.registration, sys; assert 'discord' not in sys.modules"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- answers


def test_an_answer_has_its_headings_lines_fields_links_and_code(make):
    reply = Reply(
        "Why [this]",
        (
            Section("Rule *a*", "found plates here\nand there", strong=("plates",), fields=(("title", "yes_"),)),
            Section(links=(Link("Council votes", "https://harbourledger.example/plates"),), code="/watch why `x`"),
        ),
        items=(make.plain,),
    )
    body = reply_body(reply, timezone="UTC", now=make.now)
    first, second = body["embeds"]
    assert first["title"] == "Why \\[this\\]"
    assert first["description"].split("\n") == [
        "**Rule \\*a\\***",
        "found **plates** here",
        "and there",
        "**title**: yes\\_",
        "",
        "[Council votes](https://harbourledger.example/plates)",
        "```",
        "/watch why ˋxˋ",
        "```",
    ]
    assert second == card(make.plain, timezone="UTC", now=make.now)
    assert body["allowed_mentions"] == {"parse": []}


def test_a_hostile_text_in_every_place_of_an_answer_is_inert_and_fits(make, hostile, discord_parts):
    section = Section(hostile, hostile, (hostile,), ((hostile, hostile),) * 9, (Link(hostile, make.plain.url),) * 3, hostile)
    reply = Reply(hostile, (section,) * 9, items=(make.filled(hostile),) * 20, error=True)
    body = reply_body(reply, timezone="UTC", now=make.now)
    assert 1 <= len(body["embeds"]) <= EMBEDS
    assert embed_units(body["embeds"]) <= EMBED_TOTAL
    assert all(units(embed.get("description", "")) <= EMBED_DESCRIPTION for embed in body["embeds"])
    assert not discord_parts.pings.pings(body | {"allowed_mentions": None}, guild=None, granted=discord_parts.world.may.ALL)


def test_cards_that_have_no_room_are_counted(make):
    body = reply_body(Reply("Latest", items=(make.plain,) * 30), timezone="UTC", now=make.now)
    left = 30 - (len(body["embeds"]) - 1)
    assert body["embeds"][-1]["footer"]["text"].endswith(f"(and {left} more)")


def test_an_answer_without_anything_is_still_an_answer(make):
    body = reply_body(Reply(" "), timezone="UTC", now=make.now)
    assert body["embeds"] == [{"type": "rich", "title": "Answer", "color": 0x2563EB}]


@pytest.mark.parametrize("code", [4004, 4013])
async def test_a_gateway_that_refuses_us_leaves_the_posts_and_takes_the_readiness(
    listening, discord_standin, to, make, code
):  # 4004 bad token, 4013 bad intents: docs.discord.com/developers/topics/opcodes-and-status-codes
    connection = await listening()
    await discord_standin.gateway.close(code)
    async with asyncio.timeout(20):
        while connection.ready:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert not connection.ready


async def test_commands_that_discord_did_not_take_are_told_again(
    listening, discord_standin, discord_parts, place, mira, monkeypatch
):
    monkeypatch.setattr("bot.adapters.discord.connection.COMMANDS_PAUSE", 0.05)
    discord_standin.fault(SYNC, discord_parts.Refusal(400, 30034))
    await listening()
    async with asyncio.timeout(20):
        while not mira.offered(place):
            await asyncio.sleep(0.01)
    assert len(discord_standin.called(SYNC)) == 2


async def test_a_discord_that_accepts_and_never_answers_holds_up_no_start(connected, discord_standin, discord_parts, monkeypatch):
    monkeypatch.setattr("bot.adapters.discord.connection.FIRST_WAIT", 0.05)
    monkeypatch.setattr("bot.adapters.discord.connection.LOGIN_SECONDS", 0.5)
    monkeypatch.setattr("bot.adapters.discord.connection.FIRST_PAUSE", 0.05)
    discord_standin.fault("GET /users/@me", discord_parts.Hang())
    connection = await connected()
    assert not connection.ready
    async with asyncio.timeout(20):
        while not connection.ready:
            await asyncio.sleep(0.01)


# ---------------------------------------------------------------- answers that get lost

ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
FOLLOW_UP = "POST /webhooks/{webhook_id}/{webhook_token}"


@pytest.mark.parametrize("accepted", [False, True])
async def test_an_answer_that_is_cut_off_is_sent_once_more(
    listening, discord_standin, discord_parts, place, mira, accepted, monkeypatch
):
    monkeypatch.setattr("bot.adapters.discord.listeners.PAUSE", 0.01)
    discord_standin.fault(f"PATCH {ORIGINAL}", discord_parts.Cut(accepted=accepted))
    await listening()
    asked = await finished(mira.slash(place, "watch status"))
    async with asyncio.timeout(20):
        while len(discord_standin.called(f"PATCH {ORIGINAL}")) < 2:
            await asyncio.sleep(0.01)
    assert asked.original.embeds[0]["title"] == "Three stories"


async def test_what_went_wrong_is_told_even_if_its_call_is_cut_off(
    listening, discord_standin, discord_parts, commands, place, mira, monkeypatch
):
    monkeypatch.setattr("bot.adapters.discord.listeners.PAUSE", 0.01)
    commands.reply = Reply("There is no such story.", error=True)
    discord_standin.fault(f"DELETE {ORIGINAL}", discord_parts.Cut(accepted=True))
    discord_standin.fault(FOLLOW_UP, discord_parts.Cut(accepted=False))
    await listening()
    await mira.slash(place, "watch latest", {"show": True})
    async with asyncio.timeout(20):
        while len(discord_standin.called(FOLLOW_UP)) < 2:
            await asyncio.sleep(0.01)
    assert [call.status for call in discord_standin.called(FOLLOW_UP)][-1] == 200


@pytest.mark.parametrize(("status", "calls"), [(400, 1), (404, 1), (502, 2)])
async def test_a_refusal_is_not_repeated_and_a_fault_of_discords_is_once(status, calls, monkeypatch):
    monkeypatch.setattr("bot.adapters.discord.listeners.PAUSE", 0.01)
    made = []

    async def call():
        made.append(status)
        kind = discord.DiscordServerError if status >= 500 else discord.HTTPException
        raise kind(SimpleNamespace(status=status, reason="no"), {"code": 50035, "message": "no"})

    with pytest.raises(discord.HTTPException):
        await _through(call)
    assert len(made) == calls


def test_parts_of_an_answer_stand_apart_with_and_without_a_heading(clock):
    parts = (Section(text="one"), Section(heading="Why", text="two"), Section(text="three\nfour"), Section())
    (embed,) = reply_body(Reply("Answer", parts), timezone="UTC", now=clock.now())["embeds"]
    assert embed["description"] == "one\n\n**Why**\ntwo\n\nthree\nfour"
