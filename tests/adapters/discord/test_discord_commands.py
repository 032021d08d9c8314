"""Commands, completions and the button over a real gateway connection to the stand-in; the connection's own life."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys

import pytest

from bot.adapters.discord.answers import reply_body
from bot.adapters.discord.connection import COMMANDS_KNOWN
from bot.adapters.discord.limits import EMBED_DESCRIPTION, EMBED_TOTAL, EMBEDS, units
from bot.adapters.discord.registration import commands_payload, fingerprint
from bot.adapters.discord.render import card, embed_units
from bot.commands.reply import Link, Reply, Section
from bot.commands.table import TABLE

SYNC = "PUT /applications/{application_id}/commands"
CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"


class Kept(dict):
    async def get(self, name):
        return super().get(name)

    async def set(self, name, value):
        self[name] = value


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
    assert len(discord_standin.called(SYNC)) == 1
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


def test_the_fingerprint_changes_with_the_payload_and_the_application():
    payload = commands_payload(TABLE)
    marks = {fingerprint(payload, "1"), fingerprint(payload, "2"), fingerprint(payload[:-1], "1")}
    assert len(marks) == 3
    assert fingerprint(json.loads(json.dumps(payload)), "1") in marks


# ---------------------------------------------------------------- staying connected


@pytest.mark.parametrize("blow", ["reconnect", "abort"])
async def test_a_connection_that_discord_ends_is_taken_up_again(listening, discord_standin, commands, place, mira, finished, blow):
    await listening()
    await getattr(discord_standin.gateway, blow)()
    await discord_standin.gateway.until(resumes=1)
    await finished(mira.slash(place, "watch status"))
    assert len(commands.asks) == 1


@pytest.mark.slow
async def test_a_session_that_discord_forgot_is_begun_anew(listening, discord_standin, commands, place, mira, finished):
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


async def test_the_token_is_not_logged_by_anything(listening, discord_standin, caplog, place, mira, finished):
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
    monkeypatch.setattr("bot.adapters.discord.gateway.COMMANDS_PAUSE", 0.05)
    discord_standin.fault(SYNC, discord_parts.Refusal(400, 30034))
    await listening()
    async with asyncio.timeout(20):
        while not mira.offered(place):
            await asyncio.sleep(0.01)
    assert len(discord_standin.called(SYNC)) == 2


async def test_a_discord_that_accepts_and_never_answers_holds_up_no_start(connected, discord_standin, discord_parts, monkeypatch):
    monkeypatch.setattr("bot.adapters.discord.connection.FIRST_WAIT", 0.05)
    monkeypatch.setattr("bot.adapters.discord.client.LOGIN_SECONDS", 0.5)
    monkeypatch.setattr("bot.adapters.discord.connection.FIRST_PAUSE", 0.05)
    discord_standin.fault("GET /users/@me", discord_parts.Hang())
    connection = await connected()
    assert not connection.ready
    async with asyncio.timeout(20):
        while not connection.ready:
            await asyncio.sleep(0.01)


def test_parts_of_an_answer_stand_apart_with_and_without_a_heading(clock):
    parts = (Section(text="one"), Section(heading="Why", text="two"), Section(text="three\nfour"), Section())
    (embed,) = reply_body(Reply("Answer", parts), timezone="UTC", now=clock.now())["embeds"]
    assert embed["description"] == "one\n\n**Why**\ntwo\n\nthree\nfour"


async def test_a_fault_of_a_listener_is_logged_by_its_name(listening, captured_log):
    connection = await listening()
    await connection.client.on_error("on_interaction")
    assert [entry["listener"] for entry in captured_log if "listener" in entry] == ["on_interaction"]
