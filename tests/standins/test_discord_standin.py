"""The Discord stand-in, tested with the client it is for: an unmodified discord.py."""

from __future__ import annotations

import discord

TOKEN_ROUTE = "GET /users/@me"
POST = "POST /channels/{channel_id}/messages"


async def test_the_real_client_logs_in_without_the_gateway_and_posts(discord_at_standin):
    standin = discord_at_standin
    channel = standin.world.add_channel(standin.world.add_guild("Watch group"), "alerts")
    client = discord.Client(intents=discord.Intents(guilds=True), allowed_mentions=discord.AllowedMentions.none())
    async with client:
        await client.login(standin.token)
        place = client.get_partial_messageable(int(channel.id))
        sent = await place.send("A lamp is lit", nonce="n1")
        await sent.edit(content="A lamp is lit twice")
    (message,) = channel.messages.values()
    assert message.id == str(sent.id)
    assert message.content == "A lamp is lit twice"
    assert [call.status for call in standin.calls] == [200, 200, 200, 200]
    assert standin.gateway.opened == 0
