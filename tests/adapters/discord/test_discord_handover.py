"""Listening begun and ended while the connection goes on sending, and handed from one process to another."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta

import pytest

from bot.adapters.discord.sharding import Starts
from bot.core.deliveries import Outcome
from bot.core.errors import StoreError
from bot.service.heard import Heard

CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"
POST = "POST /channels/{channel_id}/messages"


@pytest.fixture
def standing_by(connected, commands):
    """A connection of a process that may listen and does not yet."""
    return lambda **changes: connected(gateway=True, listen=False, **{"commands": commands, **changes})


@pytest.fixture
def other(commands):
    """What another process is asked."""
    return type(commands)()


async def test_who_does_not_listen_yet_is_ready_and_sends_with_buttons(standing_by, discord_standin, place, to, make):
    connection = await standing_by()
    assert connection.ready
    assert not connection.listening
    await connection.notifier.deliver(make.delivery(make.plain), to(place))
    (message,) = place.messages.values()
    assert message.body["components"]
    assert discord_standin.gateway.opened == 0


async def test_listening_begins_and_ends_as_often_as_wanted(
    standing_by, discord_standin, commands, place, mira, until, to, make, monkeypatch
):
    monkeypatch.setattr("bot.adapters.discord.sharding.IDENTIFY_EVERY", 0.0)
    connection = await standing_by()
    for number in (1, 2):
        await connection.listen()
        await connection.listen()
        await until(lambda: connection.listening)
        assert connection.ready
        assert len(discord_standin.gateway.connections) == 1
        await mira.slash(place, "watch status")
        assert len(commands.asks) == number
        await connection.unlisten()
        assert not discord_standin.gateway.connections
        assert not discord_standin.gateway.sessions
        await connection.unlisten()
        assert not connection.listening
        assert connection.ready
    assert (await connection.notifier.deliver(make.delivery(make.plain), to(place))).message_ref
    assert discord_standin.gateway.opened == 2


async def test_without_commands_there_is_nothing_to_listen_to(connected, discord_standin):
    connection = await connected()
    await connection.listen()
    await connection.unlisten()
    assert connection.ready
    assert discord_standin.gateway.opened == 0


async def test_an_end_of_listening_leaves_a_message_on_its_way_alone(
    listening, discord_standin, discord_parts, place, to, make, until
):
    connection = await listening()
    discord_standin.fault(POST, discord_parts.RateLimited(0.5))
    sending = asyncio.create_task(connection.notifier.deliver(make.delivery(make.plain), to(place)))
    await until(lambda: discord_standin.called(POST))
    await connection.unlisten()
    assert not sending.done()
    assert (await sending).outcome is Outcome.ACCEPTED
    assert len(place.messages) == 1


async def test_an_end_of_listening_lets_an_answer_come_to_its_end(listening, commands, place, mira, until, impatient):
    connection = await listening()
    commands.ready.clear()
    asked = await mira.slash(place, "watch status")
    await connection.unlisten()
    await connection.listen()  # and a new beginning does not cut it off
    commands.ready.set()
    await until(lambda: not asked.waiting)
    assert commands.finished == 1


async def test_a_discord_that_takes_no_leave_does_not_hold_up_the_end(listening, discord_standin, monkeypatch):
    monkeypatch.setattr("bot.adapters.discord.gateway.HANG_UP", 0.05)
    discord_standin.gateway.deaf = True
    connection = await listening()
    async with asyncio.timeout(5):
        await connection.unlisten()
    assert not connection.listening


async def test_listening_wanted_before_discord_is_there_begins_when_it_is(
    standing_by, discord_standin, discord_parts, until, monkeypatch
):
    monkeypatch.setattr("bot.adapters.discord.connection.FIRST_PAUSE", 0.01)
    discord_standin.fault("GET /users/@me", discord_parts.Status(503))
    connection = await standing_by()
    await connection.listen()
    await until(lambda: connection.listening)
    assert connection.ready


async def test_an_end_before_the_beginning_was_through_is_an_end(standing_by, discord_standin):
    connection = await standing_by()
    await connection.listen()
    await connection.unlisten()
    assert not discord_standin.gateway.connections
    assert connection.ready


async def test_a_gateway_that_fails_is_tried_again_and_sending_goes_on(
    standing_by, discord_standin, discord_parts, until, place, to, make, monkeypatch, captured_log
):
    monkeypatch.setattr("bot.adapters.discord.gateway.FIRST_PAUSE", 0.01)
    connection = await standing_by()
    discord_standin.fault("GET /gateway/bot", discord_parts.Refusal(403, 0))
    discord_standin.fault("GET /gateway/bot", discord_parts.Malformed())
    await connection.listen()
    await until(lambda: [entry for entry in captured_log if "listened to; trying again" in entry["event"]])
    assert (await connection.notifier.deliver(make.delivery(make.plain), to(place))).message_ref
    await until(lambda: connection.listening)


async def test_what_the_library_trips_over_does_not_end_the_listening_for_good(standing_by, until, monkeypatch, captured_log):
    monkeypatch.setattr("bot.adapters.discord.gateway.FIRST_PAUSE", 0.01)
    asked, troubles = Starts.shards, [KeyError("d"), TypeError("none")]

    async def shards(self, client):
        if troubles:
            raise troubles.pop()
        return await asked(self, client)

    monkeypatch.setattr(Starts, "shards", shards)
    connection = await standing_by()
    await connection.listen()
    await until(lambda: connection.listening)
    assert [entry["error"] for entry in captured_log if "listened to; trying again" in entry["event"]] == ["TypeError", "KeyError"]


# ---------------------------------------------------------------- two processes


async def test_at_a_hand_over_a_command_is_answered_once(
    standing_by, discord_standin, commands, other, place, mira, until, finished, impatient
):
    """One that came before is answered by who heard it, also after the end; one that comes after by who listens now."""
    first, second = await standing_by(), await standing_by(commands=other)
    await first.listen()
    await until(lambda: first.listening)
    commands.ready.clear()
    before = await mira.slash(place, "watch status")
    await first.unlisten()
    await second.listen()
    await until(lambda: second.listening)
    after = await mira.slash(place, "watch latest")
    commands.ready.set()
    await until(lambda: before.original and after.original)
    assert [ask.text for ask in commands.asks] == ["status"]
    assert [ask.text for ask in other.asks] == ["latest"]
    assert len(discord_standin.called(CALLBACK)) == 2


async def test_who_lost_the_right_to_listen_and_does_not_know_it_yet_answers_nobody(
    standing_by, commands, other, place, mira, until
):
    """Discord tells every connection of everything: a process that slept meanwhile leaves it to the one that listens now."""
    holder = "first"
    first, second = await standing_by(), await standing_by(commands=other)
    await first.listen(held=lambda: holder == "first")
    await until(lambda: first.listening)
    await mira.slash(place, "watch status")
    holder = "second"
    await second.listen(held=lambda: holder == "second")
    await until(lambda: second.listening)
    asked = await mira.slash(place, "watch latest")
    await first.unlisten()  # everything it heard is through by then
    await first.stop()
    assert asked.original
    assert [ask.text for ask in commands.asks] == ["status"]
    assert [ask.text for ask in other.asks] == ["latest"]


class Shared:
    """What all processes share.

    Attributes:
        asked: how often somebody asked.
        trouble: what comes of every question, instead of an answer.
    """

    def __init__(self, clock):
        self.clock = clock
        self.known = set()
        self.asked = 0
        self.trouble = None

    async def hear_first(self, digests, *, now, kept):
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        fresh = set(digests) - self.known
        self.known |= fresh
        return len(fresh) == len(digests)

    async def forget_heard(self, now):
        raise AssertionError(now)

    @property
    def heard(self):
        return Heard(self, self.clock)


@pytest.fixture
def shared(clock, monkeypatch):
    """What all processes share; one in reserve does not wait long."""
    monkeypatch.setattr("bot.adapters.discord.whose.RESERVE_WAITS", 0.2)
    return Shared(clock)


@pytest.fixture
def two(standing_by, commands, other, shared, until, monkeypatch):
    """Two processes that are connected, of which those listen that are said to hold the lead."""
    monkeypatch.setattr("bot.adapters.discord.sharding.IDENTIFY_EVERY", 0.0)

    async def begin(holders):
        first = await standing_by(heard=shared.heard)
        second = await standing_by(commands=other, heard=shared.heard)
        await first.listen(held=lambda: "first" in holders)
        await second.listen(held=lambda: "second" in holders)
        await until(lambda: first.listening and second.listening)
        return first, second

    return begin


async def ended(*connections):
    """Everything that was heard is through then."""
    for connection in connections:
        await connection.stop()


async def test_while_two_hold_the_lead_a_command_is_carried_out_once(two, commands, other, place, mira, discord_standin):
    connections = await two({"first", "second"})
    for _ in range(3):
        asked = await mira.slash(place, "watch status")
        assert asked.original
    await ended(*connections)
    assert len(commands.asks) + len(other.asks) == 3
    assert len(discord_standin.called(CALLBACK)) == 3


async def test_one_in_reserve_leaves_to_the_holder_what_that_takes(two, commands, other, place, mira):
    connections = await two({"second"})
    await mira.slash(place, "watch status")
    await ended(*connections)
    assert (len(commands.asks), len(other.asks)) == (0, 1)


async def test_what_nobody_takes_one_in_reserve_answers(two, commands, other, place, mira, discord_standin):
    """The one that held the lead died, and its lease goes on for half a minute."""
    connections = await two(set())
    asked = await mira.slash(place, "watch status")
    assert asked.original
    await ended(*connections)
    assert len(commands.asks) + len(other.asks) == 1
    assert len(discord_standin.called(CALLBACK)) == 1


async def test_what_is_too_old_to_be_answered_is_not_carried_out_in_reserve(
    two, commands, other, place, mira, clock, discord_standin, until
):
    """Who said it was told meanwhile that nobody answers, and may have said it again."""
    connections = await two(set())
    await mira.slash(place, "watch status", wait=False)
    clock.advance(timedelta(seconds=3))
    await until(lambda: all(one.gateway._listeners._busy for one in connections))
    await ended(*connections)
    assert (commands.asks, other.asks) == ([], [])
    (unanswered,) = discord_standin.settle()
    assert "never answered" in unanswered
    discord_standin.interactions.clear()


async def test_where_the_database_fails_who_has_the_lead_answers_all_the_same_and_nobody_else(
    two, commands, other, place, mira, shared
):
    shared.trouble = StoreError("The database is away.")
    connections = await two({"first"})
    asked = await mira.slash(place, "watch status")
    assert asked.original
    await ended(*connections)
    assert (len(commands.asks), len(other.asks)) == (1, 0)


async def test_suggestions_are_the_holders_business_and_nobody_is_asked_whose_they_are(two, commands, other, place, mira, shared):
    connections = await two({"first"})
    shared.trouble = AssertionError("nothing is changed by typing")
    await mira.complete(place, "watch help", "command", "st")
    await ended(*connections)
    assert (len(commands.completed), len(other.completed)) == (1, 0)


@pytest.mark.parametrize("holders", [{"first", "second"}, {"second"}, set()])
async def test_a_new_server_is_greeted_once_by_whoever_holds_the_lead(two, discord_standin, until, monkeypatch, holders, shared):
    monkeypatch.setattr("bot.adapters.discord.gateway.SERVERS_SECONDS", 0.02)
    connections = await two(holders)
    await until(
        lambda: all(one.client.is_ready() for one in connections)
    )  # until then, a server counts as one that was there before
    guild = discord_standin.world.add_guild("Newcomers")
    hall = guild.system_channel = discord_standin.world.add_channel(guild, "hall")
    await discord_standin.invite(guild)
    await until(lambda: len(shared.known) == 1 and shared.asked == 2)
    await until(lambda: hall.messages)
    await ended(*connections)
    assert len(hall.messages) == 1


LISTENER = """
import asyncio, sys
from bot.adapters.discord.connection import DiscordConnection
from bot.commands.reply import Reply
from bot.commands.roles import Role
from bot.commands.table import TABLE
from bot.config.secret import Secret
from bot.config.settings import DiscordSettings
from bot.core.clock import SystemClock

class Answers:
    table = TABLE
    def role(self, **_): return Role.VIEWER
    def language(self, ask): return "en"
    async def answer(self, ask): return Reply("From the process that dies", private=True)

async def main():
    settings = DiscordSettings(sys.argv[1], sys.argv[2], Secret(sys.argv[3]))
    await DiscordConnection(settings, clock=SystemClock(), commands=Answers()).start()
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.slow
async def test_when_the_one_that_listens_is_killed_the_other_answers_as_soon_as_it_may(
    standing_by, discord_standin, other, place, mira, until
):
    second = await standing_by(commands=other)
    settings = (discord_standin.api_url, discord_standin.gateway_url, discord_standin.token)
    first = await asyncio.create_subprocess_exec(sys.executable, "-c", LISTENER, *settings)
    try:
        await discord_standin.gateway.until_online()
        asked = await mira.slash(place, "watch status")
        assert asked.original.embeds[0]["title"] == "From the process that dies"
    finally:
        os.kill(first.pid, signal.SIGKILL)
        await first.wait()
    await until(lambda: not discord_standin.gateway.connections)
    await second.listen()
    await until(lambda: second.listening)
    asked = await mira.slash(place, "watch latest")
    assert asked.original.embeds[0]["title"] == "Three stories"
    assert [ask.text for ask in other.asks] == ["latest"]
