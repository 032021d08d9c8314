"""The Discord stand-in over REST, tested with the client it is for: an unmodified discord.py."""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta

import aiohttp
import discord
import pytest

POST = "POST /channels/{channel_id}/messages"
EDIT = "PATCH /channels/{channel_id}/messages/{message_id}"


@pytest.fixture
async def guild(discord_standin):
    return discord_standin.world.add_guild("Watch group")


@pytest.fixture
async def alerts(discord_standin, guild):
    return discord_standin.world.add_channel(guild, "alerts")


@pytest.fixture
async def client(discord_at_standin):
    """A discord.py client that has logged in, without the gateway."""
    client = discord.Client(
        intents=discord.Intents(guilds=True), allowed_mentions=discord.AllowedMentions.none(), max_ratelimit_timeout=30
    )
    async with client:
        await client.login(discord_at_standin.token)
        yield client


@pytest.fixture
def place(client, alerts):
    return client.get_partial_messageable(int(alerts.id))


# ---------------------------------------------------------------- messages


async def test_the_real_client_logs_in_without_the_gateway_posts_and_edits(discord_standin, place, alerts):
    sent = await place.send("A lamp is lit")
    await sent.edit(content="A lamp is lit twice")
    (message,) = alerts.messages.values()
    assert message.id == str(sent.id)
    assert message.content == "A lamp is lit twice"
    assert [call.status for call in discord_standin.calls] == [200, 200, 200, 200]
    assert discord_standin.gateway.opened == 0


async def test_the_library_is_pointed_back_afterwards(discord_standin, discord_pointed_at):
    before = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    with discord_pointed_at(discord_standin):
        assert discord.http.Route("GET", "/gateway").url == f"{discord_standin.api_url}/gateway"
        assert str(discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY) == discord_standin.gateway_url
    assert before == (discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)


async def test_a_wrong_token_does_not_log_in(discord_at_standin):
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        with pytest.raises(discord.LoginFailure):
            await client.login("someone else's")


async def test_the_same_nonce_posts_once_as_long_as_it_is_remembered(discord_standin, clock, place, alerts):
    first = await place.send("A lamp is lit", nonce="story-1")
    again = await place.send("A lamp is lit", nonce="story-1")
    assert again.id == first.id
    clock.advance(discord_standin.nonce_window + timedelta(seconds=1))
    later = await place.send("A lamp is lit", nonce="story-1")
    assert later.id != first.id
    assert len(alerts.messages) == 2


async def test_the_nonce_of_a_deleted_message_is_unknown_message(discord_standin, guild, place, alerts):
    await place.send("A lamp is lit", nonce="story-1")
    person = discord_standin.person("moderator", guild, discord_standin.world.add_role(guild, "mods", permissions=1 << 13))
    person.delete(next(iter(alerts.messages.values())))
    with pytest.raises(discord.NotFound) as caught:
        await place.send("A lamp is lit", nonce="story-1")
    assert caught.value.code == 10008


async def test_messages_are_read_listed_replied_to_and_deleted(place, alerts):
    sent = [await place.send(f"Lamp {number}") for number in range(5)]
    await sent[4].reply("and out again")
    seen = [message.content async for message in place.history(limit=3)]
    assert seen == ["and out again", "Lamp 4", "Lamp 3"]
    older = [message.content async for message in place.history(limit=2, before=discord.Object(sent[2].id))]
    assert older == ["Lamp 1", "Lamp 0"]
    newer = [message.content async for message in place.history(limit=2, after=discord.Object(sent[2].id), oldest_first=True)]
    assert newer == ["Lamp 3", "Lamp 4"]
    around = [message.content async for message in place.history(limit=3, around=discord.Object(sent[2].id))]
    assert sorted(around) == ["Lamp 1", "Lamp 2", "Lamp 3"]
    assert (await place.fetch_message(sent[0].id)).content == "Lamp 0"
    await sent[0].delete()
    with pytest.raises(discord.NotFound):
        await place.fetch_message(sent[0].id)
    with pytest.raises(discord.HTTPException):
        await sent[0].reply("gone")
    assert next(reversed(alerts.messages.values())).reference["message_id"] == str(sent[4].id)


async def test_files_are_uploaded(place, alerts):
    alerts.guild.roles[next(role for role in alerts.guild.roles if role != alerts.guild.id)].permissions |= 1 << 15
    sent = await place.send("with a file", file=discord.File(io.BytesIO(b"12345"), "lamp.txt"))
    assert [(entry.filename, entry.size) for entry in sent.attachments] == [("lamp.txt", 5)]


async def test_an_announcement_is_published_once(discord_standin, guild, client):
    news = discord_standin.world.add_channel(guild, "news", kind=5)
    # With the hour that Discord's bucket has, a client with max_ratelimit_timeout raises before its second request.
    discord_standin.rates.limits["POST /channels/{channel_id}/messages/{message_id}/crosspost"] = (10, 1.0)
    sent = await client.get_partial_messageable(int(news.id)).send("A lamp is lit")
    await sent.publish()
    with pytest.raises(discord.HTTPException) as caught:
        await sent.publish()
    assert caught.value.code == 40033


async def test_a_direct_message_arrives_unless_the_person_takes_none(discord_standin, client):
    open_door, closed_door = discord_standin.world.add_user("open"), discord_standin.world.add_user("closed", takes_dms=False)
    conversation = await client.create_dm(discord.Object(int(open_door.id)))
    await conversation.send("A lamp is lit")
    assert [message.content for message in discord_standin.world.conversation(open_door).messages.values()] == ["A lamp is lit"]
    with pytest.raises(discord.Forbidden) as caught:
        await (await client.create_dm(discord.Object(int(closed_door.id)))).send("A lamp is lit")
    assert caught.value.code == 50007


# ---------------------------------------------------------------- what is refused


async def test_channels_that_are_unknown_unseen_or_read_only_say_so(discord_standin, discord_parts, guild, client, place, alerts):
    may = discord_parts.permissions
    with pytest.raises(discord.NotFound) as caught:
        await client.get_partial_messageable(1).send("hello")
    assert caught.value.code == 10003
    discord_standin.world.deny(alerts, may.SEND_MESSAGES)
    with pytest.raises(discord.Forbidden) as caught:
        await place.send("hello")
    assert caught.value.code == 50013
    discord_standin.world.deny(alerts, may.VIEW_CHANNEL)
    with pytest.raises(discord.Forbidden) as caught:
        await place.send("hello")
    assert caught.value.code == 50001
    quiet = discord_standin.world.add_channel(guild, "plain")
    discord_standin.world.deny(quiet, may.EMBED_LINKS)
    with pytest.raises(discord.Forbidden) as caught:
        await client.get_partial_messageable(int(quiet.id)).send(embed=discord.Embed(title="hello"))
    assert caught.value.code == 50013
    assert discord_standin.invalid_requests == 3


async def test_a_message_of_someone_else_is_not_edited(discord_standin, guild, place, alerts):
    message = discord_standin.person("reader", guild).say(alerts, "mine")
    with pytest.raises(discord.Forbidden) as caught:
        await place.get_partial_message(int(message.id)).edit(content="yours")
    assert caught.value.code == 50005


async def test_a_message_older_than_an_hour_takes_few_edits(discord_standin, clock, place):
    sent = await place.send("A lamp is lit")
    clock.advance(timedelta(minutes=61))
    for number in range(discord_standin.old_edits):
        await sent.edit(content=f"edit {number}")
    with pytest.raises(discord.RateLimited):
        await sent.edit(content="one too many")
    assert discord_standin.calls[-1].code == 30046
    clock.advance(timedelta(minutes=61))
    await sent.edit(content="an hour later")


@pytest.mark.parametrize(
    "message",
    [
        {"content": "x" * 2001},
        {"content": "   "},
        {"content": "x", "nonce": "x" * 26},
        {"embeds": [discord.Embed(title="x" * 257)]},
        {"embeds": [discord.Embed(description="x" * 4097)]},
        {"embeds": [discord.Embed(title=str(number), description="x" * 2500) for number in range(3)]},
        {"embeds": [discord.Embed(title=str(number)) for number in range(10)] * 2},
        {"embeds": [discord.Embed(title="x", url="javascript:alert(1)")]},
        {"embeds": [discord.Embed(title="x").add_field(name="x", value=" ")]},
        {"embeds": [discord.Embed(title="x").set_footer(text="x" * 2049)]},
        {"embeds": [discord.Embed()]},
        {"content": "x", "allowed_mentions": discord.AllowedMentions(users=[discord.Object(number) for number in range(1, 102)])},
    ],
    ids=",".join,
)
async def test_a_body_that_discord_refuses_is_refused_and_remembered(discord_standin, place, alerts, message):
    if len(message.get("embeds", ())) > 10:
        with pytest.raises(ValueError, match="10"):
            await place.send(**message)  # the library itself counts these
        return
    with pytest.raises(discord.HTTPException) as caught:
        await place.send(**message)
    assert caught.value.code in {50035, 50006}
    assert not alerts.messages
    assert len(discord_standin.forgive("invalid body for POST /channels")) == 1


async def test_unknown_routes_and_fields_are_violations(discord_standin, client, place, discord_openapi):
    with pytest.raises(discord.NotFound):
        await client.http.request(discord.http.Route("POST", "/channels/{channel_id}/polish", channel_id=1))
    assert discord_standin.forgive("unknown route: POST /api/v10/channels/1/polish")
    if discord_openapi is None:
        pytest.skip("which fields a body may have stands in Discord's openapi.json, which is not part of the project")
    with pytest.raises(discord.HTTPException):
        await client.http.request(
            discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=place.id), json={"content": "x", "colour": 1}
        )
    assert discord_standin.forgive("colour: is no field of this object")


async def test_embeds_that_share_an_address_are_told(discord_standin, place):
    await place.send(embeds=[discord.Embed(title=title, url="https://example.org/same") for title in "ab"])
    assert discord_standin.forgive("Discord shows them as one")


async def test_components_v2_hold_everything_or_nothing(discord_standin, place, alerts):
    view = discord.ui.LayoutView(timeout=None)
    row = discord.ui.ActionRow(discord.ui.Button(label="Go on", custom_id="more"))
    view.add_item(discord.ui.Container(discord.ui.TextDisplay("A lamp is lit"), row))
    sent = await place.send(view=view)
    assert sent.flags.components_v2
    with pytest.raises(discord.HTTPException):
        await place.get_partial_message(sent.id).edit(content="plain words")
    assert discord_standin.forgive("IS_COMPONENTS_V2 forbids this field")
    long = discord.ui.LayoutView(timeout=None)
    for _ in range(3):
        long.add_item(discord.ui.TextDisplay("x" * 1400))
    with pytest.raises(discord.HTTPException):
        await place.send(view=long)
    assert discord_standin.forgive("characters of text in all")
    assert len(alerts.messages) == 1


# ---------------------------------------------------------------- threads and forums


async def test_a_thread_begins_at_a_message_and_takes_replies(discord_standin, alerts, client):
    sent = await (await client.fetch_channel(int(alerts.id))).send("A lamp is lit")
    thread = await sent.create_thread(name="More on the lamp")
    await client.get_partial_messageable(thread.id).send("and again")
    assert [message.content for message in discord_standin.world.channels[str(thread.id)].messages.values()] == ["and again"]
    with pytest.raises(discord.HTTPException) as caught:
        await sent.create_thread(name="Twice")
    assert caught.value.code == 160004


async def test_a_forum_post_has_a_first_message_and_known_tags(discord_standin, guild, client):
    forum = discord_standin.world.add_channel(guild, "stories", kind=15, tags=("lamps",), tag_required=True)
    found = await client.fetch_channel(int(forum.id))
    assert isinstance(found, discord.ForumChannel)
    created = await found.create_thread(name="A lamp is lit", content="Long ago", applied_tags=found.available_tags)
    post = discord_standin.world.channels[str(created.thread.id)]
    assert post.messages[str(created.message.id)].content == "Long ago"
    assert created.message.id == created.thread.id
    assert post.applied_tags == (forum.tags[0][0],)
    with pytest.raises(discord.HTTPException) as caught:
        await found.create_thread(name="A lamp is lit", content="untagged")
    assert caught.value.code == 40067
    with pytest.raises(discord.HTTPException) as caught:
        await client.get_partial_messageable(int(forum.id)).send("not here")
    assert caught.value.code == 50008


async def test_an_archived_thread_wakes_when_written_to_but_takes_no_edits(discord_standin, client, guild, alerts):
    sent = await (await client.fetch_channel(int(alerts.id))).send("A lamp is lit")
    thread = await sent.create_thread(name="More")
    inside = client.get_partial_messageable(thread.id)
    first = await inside.send("one")
    post = discord_standin.world.channels[str(thread.id)]
    await thread.edit(archived=True)
    with pytest.raises(discord.HTTPException) as caught:
        await first.edit(content="two")
    assert caught.value.code == 50083
    channel = await client.fetch_channel(int(alerts.id))
    assert [entry.id async for entry in channel.archived_threads()] == [thread.id]
    await inside.send("two")
    assert not post.archived
    post.locked = True
    with pytest.raises(discord.Forbidden) as caught:
        await inside.send("three")
    assert caught.value.code == 160005
    assert [entry.id for entry in await (await client.fetch_guild(int(guild.id))).active_threads()] == [thread.id]


# ---------------------------------------------------------------- rates and faults


async def test_a_bucket_that_is_empty_makes_the_library_wait_not_push(discord_standin, place, alerts):
    discord_standin.rates.limits[POST] = (3, 0.3)
    await asyncio.gather(*(place.send(f"Lamp {number}") for number in range(7)))
    assert len(alerts.messages) == 7
    assert not [call for call in discord_standin.called(POST) if call.status == 429]


@pytest.mark.parametrize("is_global", [False, True])
async def test_the_library_waits_as_long_as_a_429_says(discord_standin, discord_parts, place, alerts, is_global):
    discord_standin.fault(POST, discord_parts.RateLimited(0.15, is_global=is_global), times=2)
    await place.send("A lamp is lit")
    assert [call.status for call in discord_standin.called(POST)] == [429, 429, 200]
    assert len(alerts.messages) == 1


async def test_who_does_not_wait_is_a_violation(discord_standin, discord_parts, alerts):
    discord_standin.fault(POST, discord_parts.RateLimited(30.0))
    headers = {"Authorization": f"Bot {discord_standin.token}", "User-Agent": "DiscordBot (https://example.org, 1)"}
    url = f"{discord_standin.api_url}/channels/{alerts.id}/messages"
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(url, json={"content": "one"}) as answer:
            assert (answer.status, answer.headers["Retry-After"], answer.headers["Via"]) == (429, "30.000", "1.1 google")
            assert (await answer.json())["retry_after"] == 30.0
        await asyncio.sleep(0.15)  # longer than what may have been on the wire
        async with session.post(url, json={"content": "two"}) as answer:
            assert answer.status == 200
    assert discord_standin.forgive("before its Retry-After had passed")


async def test_a_ban_of_cloudflare_is_told_at_once(discord_standin, discord_parts, place, alerts):
    discord_standin.fault(POST, discord_parts.Cloudflare())
    with pytest.raises(discord.HTTPException) as caught:
        await place.send("A lamp is lit")
    assert caught.value.status == 429
    assert not alerts.messages


async def test_more_than_fifty_requests_a_second_meet_the_global_limit(discord_standin, alerts):
    headers = {"Authorization": f"Bot {discord_standin.token}", "User-Agent": "DiscordBot (https://example.org, 1)"}
    discord_standin.rates.everything = (5, 60.0)
    discord_standin.rates._global.resets = 0.0
    async with aiohttp.ClientSession(headers=headers) as session:
        statuses = []
        for _ in range(6):
            async with session.get(f"{discord_standin.api_url}/users/@me") as answer:
                statuses.append(answer.status)
        assert statuses == [200] * 5 + [429]
        assert answer.headers["X-RateLimit-Scope"] == "global"


async def test_503_is_told_and_502_is_tried_again_by_the_library(discord_standin, discord_parts, place, alerts):
    discord_standin.fault(POST, discord_parts.Status(503))
    with pytest.raises(discord.DiscordServerError):
        await place.send("A lamp is lit", nonce="story-1")
    discord_standin.fault(POST, discord_parts.Status(502, accepted=True))
    sent = await place.send("A lamp is lit", nonce="story-1")
    assert list(alerts.messages) == [str(sent.id)]
    assert [call.status for call in discord_standin.called(POST)] == [503, 502, 200]


async def test_a_reply_lost_after_acceptance_leaves_the_message(discord_standin, discord_parts, place, alerts):
    discord_standin.fault(POST, discord_parts.Cut())
    with pytest.raises(aiohttp.ClientError):
        await place.send("A lamp is lit", nonce="story-1")
    assert len(alerts.messages) == 1
    sent = await place.send("A lamp is lit", nonce="story-1")
    assert list(alerts.messages) == [str(sent.id)]


async def test_connections_are_reset_hang_and_speak_half_sentences(discord_standin, discord_parts, place, alerts):
    discord_standin.fault(POST, discord_parts.Reset())
    with pytest.raises((aiohttp.ClientError, OSError)):
        await place.send("one")
    assert not alerts.messages
    discord_standin.fault(POST, discord_parts.Malformed())
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting|unexpected"):
        await place.send("two")
    scripted = discord_standin.fault(POST, discord_parts.Hang(accepted=True), nth=2)
    await place.send("three")
    waiting = asyncio.create_task(place.send("four"))
    while not scripted.spent:
        await asyncio.sleep(0)
    discord_standin.release()
    with pytest.raises(aiohttp.ClientError):
        await waiting
    assert [message.content for message in alerts.messages.values()] == ["two", "three", "four"]


async def test_an_error_code_can_be_scripted(discord_standin, discord_parts, place):
    discord_standin.fault(POST, discord_parts.Refusal(400, 200000, "Message was blocked by automatic moderation"))
    with pytest.raises(discord.HTTPException) as caught:
        await place.send("A lamp is lit")
    assert caught.value.code == 200000


async def test_a_fault_that_is_never_met_is_told_at_the_end(discord_standin, discord_parts):
    scripted = discord_standin.fault(EDIT, discord_parts.Cut())
    (problem,) = discord_standin.settle()
    assert "never met" in problem
    discord_standin._scripted.remove(scripted)
    with pytest.raises(ValueError, match="no route"):
        discord_standin.fault("POST /nowhere", discord_parts.Cut())


# ---------------------------------------------------------------- whom it wakes, where it leads


async def test_pings_are_what_discord_would_make_of_them(discord_standin, discord_parts, guild, place, alerts):
    world, may = discord_standin.world, discord_parts.permissions
    reader = discord_standin.person("reader", guild)
    role = world.add_role(guild, "watchers", mentionable=True)
    text = f"@everyone <@{reader.user.id}> <@&{role.id}>"
    await place.send(text)
    await place.send(text, allowed_mentions=discord.AllowedMentions.all())
    await place.send(
        text, allowed_mentions=discord.AllowedMentions(everyone=False, users=False, roles=[discord.Object(int(role.id))])
    )
    await place.send(embed=discord.Embed(description=text), allowed_mentions=discord.AllowedMentions.all())
    role.mentionable = False
    await place.send(text, allowed_mentions=discord.AllowedMentions.all(), silent=True)
    guild.roles[guild.members[world.me.id][0]].permissions |= may.MENTION_EVERYONE
    await place.send(text, allowed_mentions=discord.AllowedMentions.all())
    pings = [message.pings for message in alerts.messages.values()]
    assert [bool(entry) for entry in pings] == [False, True, True, False, True, True]
    assert [entry.everyone for entry in pings] == [False] * 5 + [True]
    assert [entry.roles for entry in pings] == [(), (role.id,), (role.id,), (), (), (role.id,)]
    assert [entry.users for entry in pings] == [(), (reader.user.id,), (), (), (reader.user.id,), (reader.user.id,)]
    assert pings[4].silent


async def test_links_are_recorded_with_what_is_shown_and_where_they_lead(discord_parts, place, alerts):
    await place.send(
        "[bank.example](https://evil.example/a) \\[not](https://one.example/b) `[code](https://two.example)` <https://three.example/c>",
        embed=discord.Embed(title="Title", url="https://four.example/d", description="[a [b] c](<https://five.example/e>)"),
    )
    (message,) = alerts.messages.values()
    links = discord_parts.links(message)
    assert [(link.shown, link.target, link.masked) for link in links] == [
        ("bank.example", "https://evil.example/a", True),
        ("https://one.example/b", "https://one.example/b", False),
        ("https://three.example/c", "https://three.example/c", False),
        ("Title", "https://four.example/d", True),
        ("a [b] c", "https://five.example/e", True),
    ]
    assert [link.lies for link in links] == [True, False, False, False, False]


# ---------------------------------------------------------------- what only some bots do


async def test_threads_are_changed_by_those_who_may(discord_standin, discord_parts, guild, client, alerts):
    sent = await (await client.fetch_channel(int(alerts.id))).send("A lamp is lit")
    thread = await sent.create_thread(name="More")
    await thread.edit(name="Even more", auto_archive_duration=1440)
    kept = discord_standin.world.channels[str(thread.id)]
    assert (kept.name, kept.auto_archive) == ("Even more", 1440)
    with pytest.raises(discord.Forbidden) as caught:
        await thread.edit(locked=True)
    assert caught.value.code == 50013
    kept.archived = True
    with pytest.raises(discord.HTTPException) as caught:
        await thread.edit(name="Again")
    assert caught.value.code == 50083
    other = discord_standin.world.add_thread(alerts, "theirs", discord_standin.person("reader", guild).user)
    with pytest.raises(discord.Forbidden):
        await (await client.fetch_channel(int(other.id))).edit(name="ours")
    assert other.name == "theirs"


async def test_a_thread_without_a_message_needs_a_permission(discord_standin, discord_parts, client, alerts):
    channel = await client.fetch_channel(int(alerts.id))
    thread = await channel.create_thread(name="A place to talk", type=discord.ChannelType.public_thread)
    assert discord_standin.world.channels[str(thread.id)].owner is discord_standin.world.me
    discord_standin.world.deny(alerts, discord_parts.permissions.CREATE_PUBLIC_THREADS)
    with pytest.raises(discord.Forbidden) as caught:
        await channel.create_thread(name="Another", type=discord.ChannelType.public_thread)
    assert caught.value.code == 50013
    discord_standin.world.deny(alerts, discord_parts.permissions.SEND_MESSAGES_IN_THREADS)
    with pytest.raises(discord.Forbidden):
        await thread.send("nobody may write here")


async def test_permissions_are_computed_as_documented(discord_standin, discord_parts, guild, alerts):
    may, world = discord_parts.permissions, discord_standin.world
    reader = discord_standin.person("reader", guild).user
    hidden = (0, may.VIEW_CHANNEL)
    alerts.overwrites[guild.id] = hidden
    assert world.permissions(reader, alerts) == 0
    watchers = world.add_role(guild, "watchers")
    world.add_member(guild, reader, watchers)
    alerts.overwrites[watchers.id] = (may.VIEW_CHANNEL, 0)
    assert world.permissions(reader, alerts) & may.SEND_MESSAGES
    alerts.overwrites[reader.id] = (0, may.SEND_MESSAGES)
    assert not world.permissions(reader, alerts) & (may.SEND_MESSAGES | may.EMBED_LINKS)
    watchers.permissions = may.ADMINISTRATOR
    assert world.permissions(reader, alerts) == world.permissions(guild.owner, alerts) == may.ALL


async def test_a_body_that_is_no_json_or_too_large_is_refused(discord_standin, discord_parts, guild, alerts):
    headers = {"Authorization": f"Bot {discord_standin.token}", "User-Agent": "DiscordBot (https://example.org, 1)"}
    guild.roles[guild.members[discord_standin.world.me.id][0]].permissions |= discord_parts.permissions.ATTACH_FILES
    url = f"{discord_standin.api_url}/channels/{alerts.id}/messages"
    async with aiohttp.ClientSession(headers=headers) as session:
        cases = [
            ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 50109),
            ({"data": b'{"content": "x"}', "headers": {"Content-Type": "text/plain"}}, 50035),
            ({"data": {"files[0]": io.BytesIO(b"x" * (10 * 1024 * 1024 + 1))}}, 40005),
            ({"json": {"content": "x"}, "headers": {"User-Agent": "curl"}}, 40333),
        ]
        for sent, code in cases:
            async with session.post(url, **sent) as answer:
                assert (await answer.json())["code"] == code
    assert len(discord_standin.forgive("invalid body")) == 3
    assert not alerts.messages


async def test_new_command_names_are_counted_by_the_day(discord_standin, client):
    place = f"{discord_standin.api_url}/applications/{discord_standin.world.me.id}/commands"
    headers = {"Authorization": f"Bot {discord_standin.token}", "User-Agent": "DiscordBot (https://example.org, 1)"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def put(names):
            commands = [{"name": name, "description": "x"} for name in names]
            async with session.put(place, json=commands) as answer:
                return answer.status, await answer.json()

        for batch in "ab":
            assert (await put(f"{batch}{number}" for number in range(100)))[0] == 200
        assert (await put(f"b{number}" for number in range(100)))[0] == 200  # no new names
        status, told = await put(["c"])
        assert (status, told["code"]) == (429, 30034)
        async with session.post(place, json={"name": "b1", "description": "new words"}) as answer:
            assert answer.status == 200
            known = await answer.json()
        async with session.delete(f"{place}/{known['id']}") as answer:
            assert answer.status == 204
        async with session.get(f"{place}/{known['id']}") as answer:
            assert (await answer.json())["code"] == 10063
    assert len(discord_standin.commands[None]) == 99


async def test_waiting_by_the_clock_of_the_test_counts_as_waiting(discord_standin, discord_parts, place, clock, alerts):
    discord_standin.fault(POST, discord_parts.RateLimited(600.0))
    with pytest.raises(discord.RateLimited):
        await place.send("A lamp is lit")
    await asyncio.sleep(0.15)
    clock.advance(timedelta(seconds=601))
    await place.send("A lamp is lit")
    assert len(alerts.messages) == 1
