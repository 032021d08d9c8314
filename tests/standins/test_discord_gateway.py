"""The Discord stand-in's gateway and people, tested with an unmodified discord.py and a small bot of commands and buttons."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import aiohttp
import discord
import pytest
from discord import app_commands

INTENTS = discord.Intents(guilds=True)


class Question(discord.ui.Modal, title="A question"):
    """One field."""

    words = discord.ui.TextInput(label="Words", custom_id="words", max_length=20)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"You wrote {self.words.value}", ephemeral=True)


class Buttons(discord.ui.View):
    """A button that edits its message and one that opens a modal."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Seen", custom_id="lamp:seen")
    async def seen(self, interaction: discord.Interaction, button: discord.ui.Button[Buttons]) -> None:
        await interaction.response.edit_message(content="seen")

    @discord.ui.button(label="Ask", custom_id="lamp:ask")
    async def ask(self, interaction: discord.Interaction, button: discord.ui.Button[Buttons]) -> None:
        await interaction.response.send_modal(Question())

    @discord.ui.select(custom_id="lamp:colour", options=[discord.SelectOption(label=name) for name in ("red", "green")])
    async def colour(self, interaction: discord.Interaction, menu: discord.ui.Select[Buttons]) -> None:
        await interaction.response.send_message(menu.values[0], ephemeral=True)


class Bot(discord.Client):
    """Commands of every shape."""

    def __init__(self) -> None:
        super().__init__(
            intents=INTENTS, guild_ready_timeout=0.01, allowed_mentions=discord.AllowedMentions.none(), max_messages=None
        )
        self.tree = app_commands.CommandTree(self)
        self.readies = 0
        self.threads: list[str] = []
        lamp = app_commands.Group(name="lamp", description="Lamps")
        admin = app_commands.Group(
            name="lamp-admin", description="Lamps, for those in charge", default_permissions=discord.Permissions(manage_guild=True)
        )

        @lamp.command(name="latest", description="The newest lamps")
        async def latest(interaction: discord.Interaction, count: app_commands.Range[int, 1, 10] = 3) -> None:
            await interaction.response.send_message(f"{count} lamps", ephemeral=True)

        @lamp.command(name="why", description="Why a lamp is lit")
        async def why(interaction: discord.Interaction, rule: str) -> None:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await interaction.followup.send(f"because of {rule}")
            await interaction.followup.send("and another thing", ephemeral=True)

        @why.autocomplete("rule")
        async def rules(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=name, value=name) for name in ("police", "parks") if typed in name]

        @lamp.command(name="show", description="A lamp with buttons")
        async def show(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("a lamp", view=Buttons())

        @lamp.command(name="late", description="Answers when somebody says so")
        async def late(interaction: discord.Interaction) -> None:
            await self.go.wait()
            with pytest.raises(discord.NotFound):
                await interaction.response.send_message("too late")
            self.was_late.set()

        @lamp.command(name="where", description="About a channel and a person")
        async def where(interaction: discord.Interaction, channel: discord.TextChannel, member: discord.Member) -> None:
            await interaction.response.send_message(f"{channel.name} {member.name}")
            await interaction.edit_original_response(content=f"{channel.name}, {member.name}")

        @admin.command(name="pause", description="Dark")
        async def pause(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("dark")
            await interaction.delete_original_response()

        self.tree.add_command(lamp)
        self.tree.add_command(admin)

    async def setup_hook(self) -> None:
        self.go, self.was_late = asyncio.Event(), asyncio.Event()
        self.add_view(Buttons())
        await self.tree.sync()

    async def on_ready(self) -> None:
        self.readies += 1

    async def on_thread_create(self, thread: discord.Thread) -> None:
        self.threads.append(thread.name)


@pytest.fixture(autouse=True)
def quiet(caplog):
    caplog.set_level(logging.CRITICAL, "discord")


@pytest.fixture
async def guild(discord_standin):
    return discord_standin.world.add_guild("Watch group")


@pytest.fixture
async def alerts(discord_standin, guild):
    return discord_standin.world.add_channel(guild, "alerts")


@pytest.fixture
async def reader(discord_standin, guild):
    return discord_standin.person("reader", guild)


@pytest.fixture
async def bot(discord_at_standin, alerts):
    """A bot that is online; it is closed at the end."""
    bot = Bot()
    running = asyncio.create_task(bot.start(discord_at_standin.token))
    await discord_at_standin.gateway.until_online()
    async with asyncio.timeout(20):
        while not bot.is_ready():
            await asyncio.sleep(0.005)
    yield bot
    await bot.close()
    await running


# ---------------------------------------------------------------- the websocket


async def test_a_client_gets_ready_and_knows_its_guild(discord_standin, bot, guild, alerts):
    assert [place.name for place in bot.guilds] == ["Watch group"]
    assert bot.get_channel(int(alerts.id)).name == "alerts"
    (identified,) = discord_standin.gateway.identifies
    assert identified["intents"] == INTENTS.value
    (connection,) = discord_standin.gateway.connections
    # Where a zstd module is at hand the library asks for zstd, and takes plain frames instead.
    assert (connection.compressor is not None) == (connection.query["compress"] == "zlib-stream")
    assert connection.heartbeats == 1


async def test_what_was_missed_is_told_when_a_session_resumes(discord_standin, bot, alerts):
    gateway = discord_standin.gateway
    for number, interrupt in enumerate((gateway.reconnect, gateway.abort, lambda: gateway.close(4000)), 1):
        await interrupt()
        await gateway.until(resumes=number)
    assert len(gateway.identifies) == 1
    await gateway.abort()
    thread = discord_standin.world.add_thread(alerts, "while away", discord_standin.world.me)
    await gateway.dispatch("THREAD_CREATE", {**thread.payload(), "newly_created": True})
    async with asyncio.timeout(20):
        while bot.threads != ["while away"]:
            await asyncio.sleep(0.005)
    await gateway.until(resumes=4)
    assert bot.readies == 1


@pytest.mark.slow  # the library waits five seconds after op 9
async def test_a_session_that_is_over_is_identified_anew(discord_standin, bot):
    await discord_standin.gateway.invalidate()
    await discord_standin.gateway.until(identifies=2)
    assert not discord_standin.gateway.resumes
    async with asyncio.timeout(20):
        while bot.readies < 2:  # a client must not be closed between READY and its event
            await asyncio.sleep(0.005)
    await discord_standin.gateway.invalidate(resumable=True)
    await discord_standin.gateway.until(resumes=1)
    assert len(discord_standin.gateway.identifies) == 2


async def test_what_a_gateway_forbids_closes_the_connection(discord_standin):
    url = f"{discord_standin.gateway_url}?v=10&encoding=json"
    identify = {"op": 2, "d": {"token": discord_standin.token, "intents": 1, "properties": {}}}
    cases = [
        ([{"op": 3, "d": {}}], 4003, "before IDENTIFY"),
        ([identify, identify], 4005, "IDENTIFY twice"),
        ([identify, {"op": 8, "d": {}}], 4001, "does not know"),
        ([{"op": 1, "d": "x" * 4096}], 4002, "a payload of"),
        ([{"op": 1, "d": None}] * 121, 4008, "120 payloads"),
        ([{"op": 2, "d": {**identify["d"], "token": "wrong"}}], 4004, None),
        ([{"op": 6, "d": {"token": "wrong", "session_id": "1", "seq": 1}}], 4004, None),
    ]
    async with aiohttp.ClientSession() as session:
        for payloads, code, told in cases:
            async with session.ws_connect(url) as socket:
                for payload in payloads:
                    await socket.send_json(payload)
                while not (await socket.receive()).type.name.startswith("CLOS"):
                    pass
                assert socket.close_code == code
            assert bool(discord_standin.forgive(told or "nothing")) == (told is not None)
        async with session.ws_connect(discord_standin.gateway_url) as socket:
            await socket.receive()
            assert socket.close_code == 4012
        assert discord_standin.forgive("v=10")


async def test_an_unknown_session_cannot_be_resumed_nor_one_from_the_future(discord_standin):
    url = f"{discord_standin.gateway_url}?v=10&encoding=json"
    resume = {"token": discord_standin.token, "session_id": "1", "seq": 1}
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            await socket.send_json({"op": 6, "d": resume})
            assert [(await socket.receive_json())["op"] for _ in range(2)] == [10, 9]
            await socket.send_json(
                {"op": 2, "d": {"token": discord_standin.token, "intents": 1, "properties": {}, "shard": [0, 1]}}
            )
            ready = await socket.receive_json()
            assert (ready["t"], ready["d"]["shard"]) == ("READY", [0, 1])
            await discord_standin.gateway.abort()
        async with session.ws_connect(url) as socket:
            await socket.send_json({"op": 6, "d": {**resume, "session_id": ready["d"]["session_id"], "seq": 9}})
            while not (await socket.receive()).type.name.startswith("CLOS"):
                pass
            assert socket.close_code == 4007
    assert discord_standin.forgive("RESUME with seq 9")


@pytest.mark.parametrize(("code", "error"), [(4004, discord.ConnectionClosed), (4014, discord.PrivilegedIntentsRequired)])
async def test_closes_that_end_a_client_end_it(discord_at_standin, code, error):
    discord_at_standin.gateway.refuse_sessions = [code]
    with pytest.raises(error):
        async with Bot() as bot:  # the library leaves its session open after 4014
            await bot.start(discord_at_standin.token)


async def test_an_intent_that_was_not_granted_ends_the_client(discord_at_standin):
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with discord.Client(intents=discord.Intents(guilds=True, message_content=True)) as bot:
            await bot.start(discord_at_standin.token)


async def test_a_half_open_socket_is_left_for_a_new_one(discord_at_standin, alerts):
    discord_at_standin.gateway.heartbeat_interval = 50
    bot = discord.Client(intents=INTENTS, heartbeat_timeout=0.3, guild_ready_timeout=0.01)
    running = asyncio.create_task(bot.start(discord_at_standin.token))
    await discord_at_standin.gateway.until_online()
    discord_at_standin.gateway.silence()
    await discord_at_standin.gateway.until(resumes=1)
    await bot.close()
    await running


# ---------------------------------------------------------------- people


async def test_a_slash_command_goes_round(discord_standin, bot, alerts, reader):
    answered = await reader.slash(alerts, "lamp latest", {"count": 5})
    assert answered.original.content == "5 lamps"
    assert answered.ephemeral
    assert answered.answered_after == timedelta(0)
    assert not alerts.messages
    assert [message.content for message in reader.sees(alerts)] == ["5 lamps"]


async def test_a_deferred_answer_is_followed_up_in_its_place(discord_standin, bot, alerts, reader):
    answered = await reader.slash(alerts, "lamp why", {"rule": "police"})
    async with asyncio.timeout(20):
        while not answered.followups:
            await answered.changed.wait()
    assert answered.original.content == "because of police"
    assert answered.original.seen_by is reader.user
    assert [message.content for message in answered.followups] == ["and another thing"]


async def test_options_are_completed_while_typing(discord_standin, bot, alerts, reader, discord_parts):
    assert await reader.complete(alerts, "lamp why", "rule", "po") == [{"name": "police", "value": "police"}]
    with pytest.raises(discord_parts.Impossible):
        await reader.complete(alerts, "lamp latest", "count", "1")


async def test_buttons_menus_and_modals_go_round(discord_standin, bot, alerts, reader, discord_parts):
    shown = (await reader.slash(alerts, "lamp show")).original
    opened = await reader.press(shown, "lamp:ask")
    with pytest.raises(discord_parts.Impossible):
        await reader.submit(opened, {"words": "x" * 21})
    opened = await reader.press(shown, "lamp:ask")
    submitted = await reader.submit(opened, {"words": "why now"})
    assert submitted.original.content == "You wrote why now"
    assert (await reader.choose(shown, "lamp:colour", "green")).original.content == "green"
    await reader.press(shown, "lamp:seen")
    assert shown.content == "seen"
    with pytest.raises(discord_parts.Impossible):
        await reader.press(shown, "lamp:unknown")


async def test_channels_and_members_are_resolved_and_the_answer_edited(discord_standin, bot, alerts, reader):
    answered = await reader.slash(alerts, "lamp where", {"channel": alerts, "member": reader.user})
    async with asyncio.timeout(20):
        while answered.original.content != "alerts, reader":
            await answered.changed.wait()


async def test_a_command_for_those_in_charge_is_not_offered_to_others(discord_standin, bot, alerts, reader, guild, discord_parts):
    assert reader.offered(alerts) == ["lamp"]
    with pytest.raises(discord_parts.Impossible):
        await reader.slash(alerts, "lamp-admin pause")
    chief = discord_standin.person("chief", guild, discord_standin.world.add_role(guild, "chiefs", permissions=1 << 5))
    assert chief.offered(alerts) == ["lamp", "lamp-admin"]
    answered = await chief.slash(alerts, "lamp-admin pause")
    async with asyncio.timeout(20):
        while not answered.deleted_original:
            await answered.changed.wait()
    assert not alerts.messages


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("lantern", {}),
        ("lamp", {}),
        ("lamp polish", {}),
        ("lamp latest", {"count": 11}),
        ("lamp latest", {"count": "3"}),
        ("lamp latest", {"number": 3}),
        ("lamp why", {}),
    ],
)
async def test_what_a_client_would_not_let_a_person_do_is_impossible(
    discord_standin, bot, alerts, reader, discord_parts, words, options
):
    with pytest.raises(discord_parts.Impossible):
        await reader.slash(alerts, words, options)


async def test_nobody_acts_where_they_see_nothing_or_while_the_bot_is_away(discord_standin, alerts, reader, discord_parts):
    with pytest.raises(discord_parts.Impossible):
        await reader.slash(alerts, "lamp latest")
    discord_standin.world.deny(alerts, discord_parts.permissions.VIEW_CHANNEL, user=reader.user)
    for act in (lambda: reader.say(alerts, "hello"), lambda: reader.sees(alerts), lambda: reader.offered(alerts)):
        with pytest.raises(discord_parts.Impossible):
            act()


async def test_an_answer_after_three_seconds_is_lost_and_a_violation(discord_standin, bot, alerts, reader, clock):
    asked = await reader.slash(alerts, "lamp late", wait=False)
    (unanswered,) = discord_standin.settle()
    assert "never answered" in unanswered
    clock.advance(timedelta(seconds=3.1))
    bot.go.set()
    await bot.was_late.wait()
    assert discord_standin.forgive("was answered after 3.1 s")
    assert asked.answer is None


async def test_commands_that_discord_refuses_are_refused(discord_standin, bot):
    @app_commands.command(name="lamps", description="x")
    async def lamps(interaction: discord.Interaction, first: str, second: str) -> None:
        raise NotImplementedError

    lamps._params["first"].required = False
    bot.tree.add_command(lamps)
    with pytest.raises(discord.HTTPException):
        await bot.tree.sync()
    assert discord_standin.forgive("Required options must be placed before non-required options")


async def test_commands_are_replaced_as_a_whole_and_for_one_guild(discord_standin, bot, guild, alerts, reader):
    before = {command["name"]: command["id"] for command in discord_standin.commands[None]}
    await bot.tree.sync()
    assert {command["name"]: command["id"] for command in discord_standin.commands[None]} == before
    bot.tree.copy_global_to(guild=discord.Object(int(guild.id)))
    await bot.tree.sync(guild=discord.Object(int(guild.id)))
    assert discord_standin.created_commands == {None: 2, guild.id: 2}
    assert len(await bot.tree.fetch_commands()) == 2
    assert (await reader.slash(alerts, "lamp latest")).original.content == "3 lamps"


# ---------------------------------------------------------------- answers, by hand


@pytest.fixture
async def online(discord_standin):
    """A session that listens and does nothing, so that answers can be sent by hand."""
    url = f"{discord_standin.gateway_url}?v=10&encoding=json"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.send_json({"op": 2, "d": {"token": discord_standin.token, "intents": 0, "properties": {}}})
        await discord_standin.gateway.until_online()
        discord_standin.commands[None] = [{"id": "7", "name": "lamp", "description": "Lamps", "type": 1, "options": []}]
        yield session


@pytest.fixture
def answer(discord_standin, online):
    """Send a request of an interaction; its status and body."""

    async def send(method, path, body=None, **query):
        async with online.request(method, discord_standin.api_url + path, json=body, params=query) as got:
            return got.status, None if got.status == 204 else await got.json()

    return send


async def test_follow_ups_and_the_original_are_read_edited_and_deleted(discord_standin, answer, alerts, reader):
    asked = await reader.slash(alerts, "lamp", wait=False)
    hook = f"/webhooks/{discord_standin.world.me.id}/{asked.token}"
    assert (await answer("POST", hook, {"content": "too early"}))[1]["code"] == 10015
    callback = f"/interactions/{asked.id}/{asked.token}/callback"
    assert (await answer("POST", callback, {"type": 4, "data": {"content": "first"}}))[0] == 204
    assert (await answer("POST", callback, {"type": 4, "data": {"content": "again"}}))[1]["code"] == 40060
    assert (await answer("GET", f"{hook}/messages/@original"))[1]["content"] == "first"
    status, second = await answer("POST", hook, {"content": "second"})
    assert status == 200
    assert (await answer("GET", f"{hook}/messages/{second['id']}"))[1]["content"] == "second"
    assert (await answer("PATCH", f"{hook}/messages/{second['id']}", {"content": "2nd"}))[1]["content"] == "2nd"
    assert [message.content for message in reader.sees(alerts)] == ["first", "2nd"]
    assert (await answer("DELETE", f"{hook}/messages/{second['id']}"))[0] == 204
    assert (await answer("GET", f"{hook}/messages/{second['id']}"))[1]["code"] == 10008
    assert (await answer("DELETE", f"{hook}/messages/@original"))[0] == 204
    assert (await answer("GET", f"{hook}/messages/@original"))[1]["code"] == 10008
    assert not alerts.messages


async def test_a_deferred_answer_is_owed_until_it_is_edited(discord_standin, answer, alerts, reader, clock):
    asked = await reader.slash(alerts, "lamp", wait=False)
    body = {"type": 5, "data": {"flags": 64}}
    status, told = await answer("POST", f"/interactions/{asked.id}/{asked.token}/callback", body, with_response="true")
    assert (status, told["interaction"]["response_message_loading"]) == (200, True)
    (owed,) = discord_standin.settle()
    assert "deferred and never finished" in owed
    hook = f"/webhooks/{discord_standin.world.me.id}/{asked.token}"
    clock.advance(timedelta(minutes=14))
    assert (await answer("PATCH", f"{hook}/messages/@original", {"content": "at last"}))[1]["flags"] == 64
    assert discord_standin.settle() == []
    clock.advance(timedelta(minutes=2))
    assert (await answer("PATCH", f"{hook}/messages/@original", {"content": "too late"}))[1]["code"] == 50027


async def test_answers_to_nobody_or_of_a_wrong_shape_are_refused(discord_standin, answer, alerts, reader):
    assert (await answer("POST", "/interactions/1/2/callback", {"type": 5}))[1]["code"] == 10062
    assert (await answer("POST", "/webhooks/1/2", {"content": "x"}))[1]["code"] == 10015
    asked = await reader.slash(alerts, "lamp", wait=False)
    callback = f"/interactions/{asked.id}/{asked.token}/callback"
    assert (await answer("POST", callback, {"type": 7, "data": {"content": "x"}}))[1]["code"] == 50035
    assert (await answer("POST", callback, {"type": 4, "data": {"content": "x" * 2001}}))[1]["code"] == 50035
    assert (await answer("POST", callback, {"type": 4, "data": {}}))[1]["code"] == 50006
    assert len(discord_standin.forgive("invalid body")) == 3
    assert (await answer("POST", callback, {"type": 4, "data": {"content": "x"}}))[0] == 204


async def test_what_an_answer_would_wake_is_recorded(discord_standin, answer, alerts, reader):
    asked = await reader.slash(alerts, "lamp", wait=False)
    data = {"content": f"<@{reader.user.id}>", "allowed_mentions": {"parse": []}}
    await answer("POST", f"/interactions/{asked.id}/{asked.token}/callback", {"type": 4, "data": data})
    assert not asked.original.pings
    hook = f"/webhooks/{discord_standin.world.me.id}/{asked.token}"
    await answer("PATCH", f"{hook}/messages/@original", {"content": f"hello <@{reader.user.id}>"})
    (edited,) = asked.original.edit_pings
    assert edited.users == (reader.user.id,)


async def test_commands_are_offered_where_their_contexts_say(discord_standin, online, alerts, reader, discord_parts):
    discord_standin.commands[None][0]["contexts"] = [1]
    conversation = discord_standin.world.conversation(reader.user)
    assert reader.offered(alerts) == []
    assert reader.offered(conversation) == ["lamp"]
    stranger = discord_standin.person("stranger")
    with pytest.raises(discord_parts.Impossible):
        stranger.offered(conversation)
    alerts.guild.roles[alerts.guild.id].permissions &= ~discord_parts.permissions.USE_APPLICATION_COMMANDS
    discord_standin.commands[None][0]["contexts"] = [0]
    assert reader.offered(alerts) == []


async def test_people_delete_and_press_only_what_is_theirs(discord_standin, guild, alerts, reader, discord_parts):
    other = discord_standin.person("other", guild)
    said = other.say(alerts, "mine")
    with pytest.raises(discord_parts.Impossible):
        reader.delete(said)
    other.delete(said)
    with pytest.raises(discord_parts.Impossible):
        other.delete(said)
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "x", "disabled": True}]}
    shown = discord_standin.world.post(alerts, discord_standin.world.me, {"content": "x", "components": [row]})
    with pytest.raises(discord_parts.Impossible, match="disabled"):
        await reader.press(shown, "x")
    private = discord_standin.world.post(
        alerts, discord_standin.world.me, {"content": "x", "components": [row]}, seen_by=other.user
    )
    with pytest.raises(discord_parts.Impossible, match="someone else"):
        await reader.press(private, "x")


async def test_a_deleted_channel_is_unknown_to_all(discord_standin, bot, guild, alerts, reader, discord_parts):
    await discord_standin.delete_channel(alerts)
    with pytest.raises(discord.NotFound) as caught:
        await bot.get_partial_messageable(int(alerts.id)).send("hello")
    assert caught.value.code == 10003
    with pytest.raises(discord_parts.Impossible):
        reader.say(alerts, "hello")
    async with asyncio.timeout(20):
        while bot.get_channel(int(alerts.id)) is not None:
            await asyncio.sleep(0.005)
