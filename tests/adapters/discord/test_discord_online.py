"""``check --online`` for Discord: what it asks, what it says, and the invitation it names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.adapters.discord.manifest import ASKED, asked_bits, invitation, manifest
from bot.adapters.discord.online import check_online, permissions
from bot.config.secret import Secret
from bot.config.settings import DiscordSettings
from bot.core.findings import Code
from bot.core.model import Channel, Platform

READS = {"GET /users/@me", "GET /oauth2/applications/@me", "GET /channels/{channel_id}", "GET /guilds/{guild_id}"}
READS |= {"GET /guilds/{guild_id}/members/{user_id}"}


@pytest.fixture
def check(discord_standin):
    async def run(*channels, token=None):
        settings = DiscordSettings(discord_standin.api_url, None, Secret(token or discord_standin.token))
        return tuple(str(finding) for finding in await check_online(settings, channels))

    return run


async def test_when_all_is_well_nothing_is_said_and_nothing_is_written(check, discord_standin, place, forum, to):
    elsewhere = Channel("ops", Platform.CONSOLE, "ops")
    assert await check(to(place), to(forum), elsewhere) == ()
    assert {call.route for call in discord_standin.calls} == READS


async def test_a_wrong_token_is_said_with_what_to_do_and_never_shown(check, place, to):
    (sentence,) = await check(to(place), token="c3RhbmQtaW4.another.token")
    assert sentence.startswith("Discord does not know this token.")
    assert "another" not in sentence


async def test_a_machine_that_is_offline_is_told_so(check, discord_standin, place, to):
    await discord_standin.stop()
    (sentence,) = await check(to(place))
    assert sentence == "Discord could not be asked (ClientConnectorError). Is this machine online?"


async def test_a_channel_that_is_not_there(check, to, place):
    (sentence,) = await check(Channel("team", Platform.DISCORD, "112233445566778899"))
    assert 'Channel "team": there is no channel with the id 112233445566778899.' in sentence


async def test_a_channel_that_the_bot_cannot_see(check, discord_standin, discord_parts, place, to):
    discord_standin.world.deny(place, discord_parts.world.may.VIEW_CHANNEL)
    (sentence,) = await check(to(place))
    assert f"the bot cannot see the channel {place.id}" in sentence
    assert "https://discord.com/oauth2/authorize?client_id=" in sentence


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("EMBED_LINKS", "the bot may not Embed Links. Allow it under Edit Channel, Permissions."),
        ("READ_MESSAGE_HISTORY", "the bot may not Read Message History."),
        ("CREATE_PUBLIC_THREADS", "the bot may not Create Public Threads; what is new about a story will stand beside"),
    ],
)
async def test_a_permission_that_is_lacking_is_named(check, discord_standin, discord_parts, place, to, lacking, said):
    discord_standin.world.deny(place, getattr(discord_parts.world.may, lacking))
    (sentence,) = await check(to(place))
    assert sentence.startswith('Channel "team" (#alerts): ')
    assert said in sentence


@pytest.mark.parametrize(
    ("tags", "required", "wanted", "said"),
    [
        (
            ("Cameras", "Other"),
            True,
            {},
            ['wants a tag on every post, and the file names none: posts get its first one, "Cameras"'],
        ),
        (("Cameras",), True, {"plates": "cameras"}, []),
        (("Cameras",), False, {"plates": "Drones"}, ['the forum has no tag "Drones" that the bot may set; its posts go without.']),
        (("Closed",), True, {"plates": "Closed"}, ["One of them is for moderators alone.", "all its tags are for moderators."]),
        ((), True, {}, []),
    ],
)
async def test_tags_that_a_forum_wants_or_has_not_are_said(check, discord_standin, guild, to, tags, required, wanted, said):
    forum = discord_standin.world.add_channel(guild, "stories", kind=15, tags=tags, tag_required=required)
    forum.moderated = frozenset({"Closed"})
    found = await check(to(forum, tags=wanted))
    assert len(found) == len(said)
    assert all(part in sentence for part, sentence in zip(said, found, strict=True))


async def test_settings_for_another_kind_of_channel_are_said(check, discord_standin, guild, place, to):
    tagged, published = await check(to(place, tags={"plates": "Cameras"}, publish=True))
    assert "is no forum: its tags are for nothing." in tagged
    assert "is no announcement channel: nothing in it can be published." in published
    news = discord_standin.world.add_channel(guild, "news", kind=5)
    assert await check(to(news, publish=True)) == ()


async def test_a_role_that_would_not_ring_is_said(check, discord_standin, discord_parts, guild, place, to):
    loud = discord_standin.world.add_role(guild, "loud", mentionable=True)
    quiet = discord_standin.world.add_role(guild, "quiet")
    where = to(place, mentions=(f"role:{loud.id}", f"role:{quiet.id}", "role:99", "user:1"))
    silent, unknown = await check(where)
    assert "the role quiet will not ring." in silent
    assert "its server has no role with the id 99" in unknown
    everyone = guild.roles[guild.id]
    everyone.permissions |= discord_parts.world.may.MENTION_EVERYONE
    assert await check(where) == ()


async def test_a_thread_has_the_permissions_of_the_channel_around_it(check, discord_standin, discord_parts, place, to):
    thread = discord_standin.world.add_thread(place, "plates", discord_standin.world.me)
    assert await check(to(thread)) == ()
    may = discord_parts.world.may
    discord_standin.world.deny(place, may.SEND_MESSAGES_IN_THREADS)
    (sentence,) = await check(to(thread))
    assert "the bot may not Send Messages in Threads." in sentence


async def test_a_category_takes_no_messages(check, discord_standin, guild, to):
    (sentence,) = await check(to(discord_standin.world.add_channel(guild, "news", kind=4)))
    assert sentence.endswith("is a category. Take a channel in it.")


async def test_what_cannot_be_asked_is_said(check, discord_standin, discord_parts, place, to):
    discord_standin.fault("GET /channels/{channel_id}", discord_parts.Status(503))
    discord_standin.fault("GET /guilds/{guild_id}", discord_parts.Refusal(404, 10004, "Unknown Guild"))
    first, second = await check(to(place), to(place))
    assert first == 'Channel "team": Discord could not be asked (DiscordServerError).'
    assert second.endswith("its permissions could not be read (code 10004).")


@pytest.mark.parametrize(
    ("roles", "overwrites", "granted"),
    [
        ((), (), 1 << 10),
        (("2",), (), 1 << 10 | 1 << 11),
        (("2",), ({"id": "1", "allow": "0", "deny": str(1 << 10)},), 0),
        (("2",), ({"id": "2", "allow": "0", "deny": str(1 << 11)}, {"id": "9", "allow": str(1 << 11), "deny": "0"}), 3 << 10),
        (("3",), ({"id": "1", "allow": "0", "deny": str(1 << 10)},), ~0),
    ],
)
def test_permissions_are_computed_in_discords_order(roles, overwrites, granted):
    given = [("1", 1 << 10), ("2", 1 << 11), ("3", 1 << 3)]
    guild = {"id": "1", "owner_id": "7", "roles": [{"id": number, "permissions": str(bits)} for number, bits in given]}
    assert permissions(guild, roles, "9", overwrites) == granted
    assert permissions(guild, roles, "7", overwrites) == ~0


def test_the_invitation_asks_for_the_least_that_works_and_the_manifest_says_why(discord_parts):
    may = discord_parts.world.may
    assert asked_bits() == may.BOT
    assert invitation("42") == (
        f"https://discord.com/oauth2/authorize?client_id=42&scope=bot+applications.commands&permissions={may.BOT}"
    )
    told = manifest("42")
    assert told["permissions"].keys() == {permission.name for permission in ASKED}
    assert told["privileged_intents"] == []


async def test_a_clock_that_is_wrong_by_minutes_is_told(discord_standin, clock):
    settings = DiscordSettings(discord_standin.api_url, None, Secret(discord_standin.token))
    (finding,) = await check_online(settings, (), now=clock.now() - timedelta(minutes=90))
    assert finding.what == "This machine's clock is 90 minutes behind that of Discord."
    assert await check_online(settings, (), now=clock.now()) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"interactions_endpoint_url": "https://watch.example.org/"}, "The application has an Interactions Endpoint URL"),
        ({"flags": 1 << 19}, "The application asks for Message Content Intent: what members write or do is nothing"),
        ({"flags": 1 << 12 | 1 << 15 | 1 << 18}, "asks for Presence Intent, Server Members Intent and Message Content Intent:"),
    ],
)
async def test_what_is_wrong_with_the_application_is_said(check, discord_standin, changes, said):
    discord_standin.application.update(changes)
    (sentence,) = await check()
    assert said in sentence
    assert "developer portal" in sentence


async def test_commands_that_discord_lost_are_told_once_a_run_has_told_them(discord_standin, discord_parts, connected, commands):
    settings = DiscordSettings(discord_standin.api_url, None, Secret(discord_standin.token))
    assert await check_online(settings, ()) == ()
    (finding,) = await check_online(settings, (), told_commands=True)
    assert finding.code is Code.DISCORD_COMMANDS
    await connected(commands=commands, gateway=True)
    assert await check_online(settings, (), told_commands=True) == ()
    discord_standin.fault("GET /applications/{application_id}/commands", discord_parts.Status(503))
    (finding,) = await check_online(settings, (), told_commands=True)
    assert (finding.code, finding.level) == (Code.DISCORD_NOT_CHECKED, "note")
