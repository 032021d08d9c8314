"""``doctor``: mistakes that only the platforms, the sources and the network can tell, each made for real on stand-ins."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.discord.connection import COMMANDS_KNOWN
from bot.core.findings import Code, Level
from bot.doctor import asked
from bot.doctor.examine import examine
from bot.doctor.machine import is_running
from bot.store.instance import only_run
from bot.web.health import application
from bot.web.metrics import Levels, Metrics
from bot.web.server import WebServer


async def test_a_healthy_set_up_is_told_nothing_and_nothing_is_posted(unread, slack, discord):
    assert await unread.look(online=True) == {}
    assert slack.messages() == []
    assert {call.method for call in discord.calls} == {"GET"}


async def test_everything_that_can_be_wrong_at_once_is_told_gravest_first(unread, slack, discord, discord_parts):
    slack.revoke()
    discord.world.deny(discord.place, discord_parts.world.may.EMBED_LINKS)
    unread.parts["sources"] = unread.parts["sources"].replace("feed.xml", "page.html")
    unread.parts["channels"] += '\n[[channels]]\nid = "spare"\nto = "console:spare"'
    found = await unread.look(online=True)
    assert sorted(found) == ["channel-unused", "discord-permission", "slack-token", "source-is-a-page"]
    levels = [finding.level for finding in await examine(unread.path, unread.environ, online=True)]
    assert levels == [Level.ERROR] * 3 + [Level.WARNING]


# ---------------------------------------------------------------- Slack


@pytest.mark.parametrize("status", ["token_revoked", "account_inactive", "invalid_auth"])
async def test_a_bot_token_that_slack_refuses_is_told(healthy, slack, status):
    slack.revoke(status=status)
    found = await healthy.look(online=True)
    assert list(found) == ["slack-token"]
    assert status in found["slack-token"].what


async def test_an_app_token_that_may_not_open_a_socket_is_told(healthy, slack):
    slack.fault("apps.connections.open", "error", error="missing_scope")
    told = (await healthy.look(online=True))["slack-app-token"]
    assert "(missing_scope)" in told.what
    assert "connections:write" in told.remedy
    assert "xapp-1-A0" not in str(told)


async def test_scopes_that_were_not_granted_are_told_with_how_to_get_them(healthy, slack):
    slack.world.scopes = tuple(scope for scope in slack.world.scopes if scope not in {"commands", "im:history"})
    found = await healthy.look(online=True)
    assert list(found) == ["slack-scopes"]
    assert "commands (to" in found["slack-scopes"].what
    assert "Reinstall to Workspace" in found["slack-scopes"].remedy


@pytest.mark.parametrize(
    ("channel", "code", "level"),
    [
        ("C0000000003", "slack-not-invited", Level.ERROR),
        ("C0000000004", "slack-archived", Level.ERROR),
        ("C0999999999", "slack-channel", Level.ERROR),
        ("C0000000006", "slack-shared", Level.NOTE),
    ],
)
async def test_a_channel_that_does_not_work_is_told(healthy, channel, code, level):
    healthy.parts["channels"] = healthy.parts["channels"].replace("C0000000001", channel)
    found = await healthy.look(online=True)
    assert list(found) == [code]
    assert (found[code].level, found[code].where) == (level, "channels.ops")


async def test_a_channel_that_could_not_be_looked_at_is_noted(healthy, slack):
    slack.world.scopes = tuple(scope for scope in slack.world.scopes if scope != "channels:read")
    assert (await healthy.look(online=True))["slack-not-checked"].level is Level.NOTE


async def test_blocks_that_slack_would_refuse_are_told(healthy, slack):
    slack.fault("blocks.validate", "error", error="invalid_blocks")
    assert list(await healthy.look(online=True)) == ["slack-blocks"]


async def test_a_slack_that_is_busy_is_told(healthy, slack):
    slack.fault("auth.test", "ratelimited")
    assert list(await healthy.look(online=True)) == ["slack-busy"]


async def test_a_slack_that_is_not_there_is_told_with_the_name_and_the_proxy_that_may_be_why(healthy, slack):
    healthy.parts["top"] = healthy.parts["top"].replace(slack.base_url, "http://slack.watchlamp.invalid/api/")
    healthy.environ["HTTPS_PROXY"] = "http://127.0.0.1:3128"
    found = await healthy.look(online=True)
    assert sorted(found) == ["no-name", "proxy", "slack-unreachable"]
    assert found["no-name"].what == "This machine finds no address for slack.watchlamp.invalid."
    assert "(HTTPS_PROXY)" in found["proxy"].what


async def test_a_proxy_that_is_not_there_is_told(healthy):
    healthy.parts["top"] = healthy.parts["top"].replace("net = { ", 'net = { proxy = "http://127.0.0.1:9", ')
    found = await healthy.look(online=True)
    assert found["proxy"].where == "net.proxy"
    assert "slack-unreachable" in found


# ---------------------------------------------------------------- Discord


async def test_a_token_that_discord_does_not_know_is_told(healthy):
    healthy.environ["WATCHLAMP_DISCORD_TOKEN"] = "c3RhbmQtaW4.another.token"
    found = await healthy.look(online=True)
    assert list(found) == ["discord-token"]
    assert "another" not in str(found["discord-token"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"interactions_endpoint_url": "https://watch.example.org/"}, "discord-endpoint"), ({"flags": 1 << 18}, "discord-intents")],
)
async def test_an_application_set_up_for_something_else_is_told(healthy, discord, changes, code):
    discord.application.update(changes)
    assert list(await healthy.look(online=True)) == [code]


async def test_commands_that_discord_does_not_know_are_told_once_a_run_has_told_them(healthy):
    await healthy.remember(facts=[(COMMANDS_KNOWN, "mark")])
    assert list(await healthy.look(online=True)) == ["discord-commands"]


async def test_a_channel_that_is_not_there_is_told(healthy, discord):
    healthy.parts["channels"] = healthy.parts["channels"].replace(discord.place.id, "112233445566778899")
    assert list(await healthy.look(online=True)) == ["discord-channel"]


async def test_a_server_without_the_bot_is_told_with_the_invitation(healthy, discord):
    guild = next(iter(discord.world.guilds.values()))
    del guild.members[discord.world.me.id]
    found = await healthy.look(online=True)
    assert list(found) == ["discord-not-invited"]
    assert "https://discord.com/oauth2/authorize?client_id=" in found["discord-not-invited"].remedy


@pytest.mark.parametrize(
    ("permission", "name", "level"),
    [
        ("SEND_MESSAGES", "Send Messages", Level.ERROR),
        ("EMBED_LINKS", "Embed Links", Level.ERROR),
        ("CREATE_PUBLIC_THREADS", "Create Public Threads", Level.WARNING),
        ("SEND_MESSAGES_IN_THREADS", "Send Messages in Threads", Level.WARNING),
    ],
)
async def test_a_permission_that_is_missing_is_told(healthy, discord, discord_parts, permission, name, level):
    discord.world.deny(discord.place, getattr(discord_parts.world.may, permission))
    found = await healthy.look(online=True)
    assert list(found) == ["discord-permission"]
    assert f"may not {name}" in found["discord-permission"].what
    assert found["discord-permission"].level is level


async def test_a_channel_that_may_not_be_seen_is_told(healthy, discord, discord_parts):
    discord.world.deny(discord.place, discord_parts.world.may.VIEW_CHANNEL)
    assert list(await healthy.look(online=True)) == ["discord-not-invited"]


async def test_a_setting_that_does_not_fit_its_channel_is_told(healthy):
    healthy.parts["channels"] += "\npublish = true"
    assert list(await healthy.look(online=True)) == ["discord-setting"]


async def test_a_discord_that_does_not_answer_for_a_channel_is_told(healthy, discord, discord_parts):
    discord.fault("GET /guilds/{guild_id}", discord_parts.Refusal(404, 10004, "Unknown Guild"))
    assert list(await healthy.look(online=True)) == ["discord-not-checked"]


async def test_a_discord_that_is_not_there_is_told(healthy, discord):
    await discord.stop()
    found = await healthy.look(online=True)
    assert list(found) == ["discord-unreachable"]


# ---------------------------------------------------------------- the machine


async def test_a_clock_that_is_wrong_is_told_by_both_platforms(healthy, off):
    found = await healthy.look(online=True, clock=off(-timedelta(minutes=10)))
    assert list(found) == ["clock-wrong"]
    assert "10 minutes behind" in found["clock-wrong"].what


@asynccontextmanager
async def listening(server):
    await server.start()
    try:
        yield server.port
    finally:
        await server.stop()


async def test_a_port_that_another_program_has_is_told(offline):
    async with listening(WebServer(application(dict), "127.0.0.1", 0)) as port:
        offline.parts["top"] += f'\nweb = {{ listen = "127.0.0.1:{port}" }}'
        found = await offline.look()
        assert list(found) == ["port-in-use"]
        assert str(port) in found["port-in-use"].what
        await offline.remember()
        with only_run(f"sqlite:{offline.database}"):  # then it is our own run that listens there
            assert await offline.look() == {}
    assert await offline.look() == {}


async def test_another_watchlamp_with_another_database_is_told(offline):
    async def levels():
        return Levels(datetime.now(UTC))

    numbers = Metrics(version="1", channels={}, levels=levels, schema="1")
    async with listening(WebServer(application(dict, None, (numbers.route,)), "127.0.0.1", 0)) as port:
        offline.parts["top"] += f'\nweb = {{ listen = "127.0.0.1:{port}" }}'
        found = await offline.look()
        assert list(found) == ["two-instances"]
        await offline.remember()
        with only_run(f"sqlite:{offline.database}"):  # then it is our own
            assert await offline.look() == {}


async def test_a_lock_that_a_run_left_behind_is_no_run(offline):
    await offline.remember()
    with only_run(f"sqlite:{offline.database}"):
        assert is_running(f"sqlite:{offline.database}")
    offline.database.with_name("watchlamp.db-run.lock").touch()
    assert not is_running(f"sqlite:{offline.database}")
    assert not is_running("postgresql://lamp@host/lamp")


@pytest.mark.parametrize(("host", "told"), [("0.0.0.0", True), ("127.0.0.1", False), ("localhost", False), ("[::1]", False)])
async def test_an_address_that_others_can_reach_is_told(offline, free_port, host, told):
    offline.parts["top"] += f'\nweb = {{ listen = "{host}:{free_port}" }}'
    assert list(await offline.look()) == (["web-open"] if told else [])


# ---------------------------------------------------------------- sources


async def test_a_new_source_whose_address_is_a_page_is_told(unread):
    unread.parts["sources"] = unread.parts["sources"].replace("feed.xml", "page.html")
    found = await unread.look(online=True)
    assert list(found) == ["source-is-a-page"]
    assert found["source-is-a-page"].where == "sources.ledger"


async def test_a_source_that_was_read_before_is_not_asked_again(healthy):
    healthy.parts["sources"] = healthy.parts["sources"].replace("feed.xml", "page.html")
    assert await healthy.look(online=True) == {}


async def test_a_new_source_that_is_not_there_is_told(unread):
    unread.parts["sources"] = unread.parts["sources"].replace("feed.xml", "gone.xml")
    found = await unread.look(online=True)
    assert list(found) == ["source-failing"]
    assert "404" in found["source-failing"].what


async def test_a_source_that_the_proxy_does_not_reach_is_told(offline):
    offline.parts["top"] += '\nnet = { proxy = "http://127.0.0.1:9" }'
    found = await offline.look(online=True)
    assert list(found) == ["proxy"]
    assert '"ledger"' in found["proxy"].what


async def test_names_that_lead_nowhere_are_told_and_several_are_told_as_one(offline):
    offline.parts["sources"] = '[[sources]]\nid = "ledger"\nurl = "https://ledger.invalid/feed.xml"'
    found = await offline.look(online=True)
    assert found["no-name"].what == "This machine finds no address for ledger.invalid."
    offline.parts["sources"] += "".join(f'\n[[sources]]\nid = "s{n}"\nurl = "https://s{n}.invalid/feed.xml"' for n in range(3))
    found = await offline.look(online=True)
    assert found["no-name"].where == "network"
    assert "any of 4 names" in found["no-name"].what


async def test_no_more_sources_are_asked_than_a_person_waits_for(offline, monkeypatch):
    monkeypatch.setattr(asked, "SOURCES", 1)
    offline.parts["sources"] = "".join(f'\n[[sources]]\nid = "s{n}"\nurl = "https://s{n}.invalid/feed.xml"' for n in range(3))
    assert (await offline.look(online=True))[Code.NO_NAME.value].what.endswith("s0.invalid.")
