"""Listening on as many connections as Discord wants, no sooner and no oftener than it allows."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from bot.core.deliveries import Outcome

EVERY = 0.5
"""Seconds that stand for Discord's five between two sessions that begin."""
ON_ITS_WAY = 0.2
"""Seconds that a word may take to the stand-in without being too soon after another: a client's clock ticks when it sends, a
server's when it hears, and a busy machine lets both wait in between."""


@pytest.fixture
def gateway(discord_standin, monkeypatch):
    """The stand-in's, which wants three connections, one at a time."""
    monkeypatch.setattr("bot.adapters.discord.sharding.IDENTIFY_EVERY", EVERY)
    gateway = discord_standin.gateway
    gateway.shards = gateway.least_shards = 3
    gateway.identify_every = EVERY - ON_ITS_WAY
    return gateway


@pytest.fixture
def guilds(discord_standin, clock):
    """Three servers, each of another connection, and a place in each."""
    found = []
    for _ in range(3):
        guild = discord_standin.world.add_guild("Watch group")
        found.append((guild, discord_standin.world.add_channel(guild, "alerts")))
        clock.advance(timedelta(milliseconds=1))  # the number of an id's connection is that of its millisecond
    return found


def told(gateway):
    """Number and count of every IDENTIFY so far."""
    return [tuple(data["shard"]) for data in gateway.identifies]


async def test_every_server_is_heard_on_the_connection_it_is_told_to(
    gateway, guilds, discord_standin, listening, commands, until, to, make
):
    began = time.monotonic()
    connection = await listening()
    assert time.monotonic() - began >= 2 * EVERY
    assert told(gateway) == [(0, 3), (1, 3), (2, 3)]
    for number, (guild, place) in enumerate(guilds, 1):
        asked = await discord_standin.person("Mira", guild).slash(place, "watch status")
        assert asked.original
        assert len(commands.asks) == number
        assert connection.workspace_of(place.id) == guild.id
        assert (await connection.notifier.deliver(make.delivery(make.plain), to(place))).outcome is Outcome.ACCEPTED


async def test_who_is_late_to_say_who_it_is_makes_the_next_one_wait_from_then(gateway, guilds, listening):
    """Discord counts from what it hears, not from when a connection was opened."""
    gateway.late_hellos = [0.8 * EVERY]
    await listening()
    assert told(gateway) == [(0, 3), (1, 3), (2, 3)]


async def test_connections_of_different_buckets_begin_together(gateway, guilds, listening, monkeypatch):
    monkeypatch.setattr("bot.adapters.discord.sharding.IDENTIFY_EVERY", 60.0)  # nobody waits so long for them to be ready
    gateway.at_once = 3
    gateway.identify_every = 60.0
    await listening()
    assert len(told(gateway)) == 3


async def test_while_one_connection_is_away_not_everybody_is_heard(gateway, guilds, discord_standin, listening, commands, until):
    connection = await listening()
    (first, *_) = gateway.connections
    gateway.refuse_sessions = [False]
    await first.send({"op": 7, "d": None})
    await until(lambda: not connection.ready)
    await until(lambda: connection.ready)
    assert len(told(gateway)) == 4
    for guild, place in guilds:
        assert (await discord_standin.person("Mira", guild).slash(place, "watch status")).original


async def test_an_end_of_listening_ends_every_connection(gateway, guilds, listening, place, to, make):
    connection = await listening()
    await connection.unlisten()
    assert not gateway.connections
    assert not gateway.sessions
    assert (await connection.notifier.deliver(make.delivery(make.plain), to(place))).outcome is Outcome.ACCEPTED


async def test_a_discord_that_comes_to_want_more_connections_gets_them(gateway, guilds, listening, until, monkeypatch):
    monkeypatch.setattr("bot.adapters.discord.gateway.FIRST_PAUSE", 0.01)
    gateway.shards = gateway.least_shards = 1
    connection = await listening()
    gateway.shards = gateway.least_shards = 2
    await gateway.close(4011)
    await until(lambda: not connection.ready)
    await until(lambda: connection.ready)
    assert told(gateway) == [(0, 1), (0, 2), (1, 2)]


async def test_no_session_begins_beyond_what_discord_allows(
    gateway, guilds, connected, commands, until, discord_standin, to, make, captured_log, monkeypatch
):
    monkeypatch.setattr("bot.adapters.discord.connection.FIRST_WAIT", 0.05)
    monkeypatch.setattr("bot.adapters.discord.sharding.LONGEST_WAIT", 0.05)
    gateway.starts, gateway.reset_after = 2, 3_600_000
    connection = await connected(gateway=True, commands=commands)
    await until(lambda: [entry for entry in captured_log if "no more connections" in entry["event"]])
    assert told(gateway) == []
    _, place = guilds[0]
    assert (await connection.notifier.deliver(make.delivery(make.plain), to(place))).outcome is Outcome.ACCEPTED
    gateway.starts = 3
    await until(lambda: connection.ready)
    gateway.refuse_sessions = [False]  # the fourth has to wait for tomorrow
    await gateway.connections[0].send({"op": 7, "d": None})
    await until(lambda: len([entry for entry in captured_log if "no more connections" in entry["event"]]) > 4)
    assert len(told(gateway)) == 3
    gateway.starts = 4
    await until(lambda: connection.ready)
    assert len(told(gateway)) == 4


async def test_a_gateway_that_answers_nonsense_about_its_limits_is_asked_again(
    discord_standin, listening, captured_log, monkeypatch
):
    monkeypatch.setattr("bot.adapters.discord.gateway.FIRST_PAUSE", 0.01)
    real, answers = type(discord_standin.gateway).start_limit, [{}, {"remaining": "many"}]
    monkeypatch.setattr(
        type(discord_standin.gateway), "start_limit", property(lambda self: answers.pop() if answers else real.fget(self))
    )
    discord_standin.schema = None
    connection = await listening()
    assert connection.ready
    assert answers == []


async def test_what_is_ended_while_it_waits_for_its_turn_is_ended(gateway, guilds, connected, commands, monkeypatch):
    monkeypatch.setattr("bot.adapters.discord.sharding.IDENTIFY_EVERY", 60.0)
    connection = await connected(gateway=True, commands=commands)
    async with asyncio.timeout(20):
        while not gateway.connections:
            await asyncio.sleep(0.01)
    async with asyncio.timeout(20):
        await connection.stop()
    assert not gateway.connections
    assert gateway.opened == 1
