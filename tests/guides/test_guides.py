"""The set-up guides as they are written, every block of them done in order against the stand-ins, in a fresh folder.

The manifest that the guide prints is what the app is made of; the link that it opens is what invites the bot.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from freeport import free_port

from bot.doctor.machine import is_running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
FEED = "https://www.eff.org/rss/updates.xml"


def every_block(walking, walk):
    """Blocks of the page, as ``Walk.done`` names them."""
    return [f"{walk.page.name}:{block.line}" for block in walking.blocks(walk.page.read_text(encoding="utf-8"))]


async def test_slack_in_ten_minutes(walking, slack_parts, site, net, tmp_path):
    alerts, ops = "C0000000003", "C0000000001"
    made = {}

    async def printed(command, output):
        told = json.loads(output) if command.startswith("watchlamp manifest") else None
        if command == "watchlamp manifest slack":
            slack = made["slack"] = slack_parts.SlackStandIn(manifest=told, grant_optional=True)
            await slack.start()
            walk.replaced |= {
                "xoxb-...": slack.bot_token,
                "xapp-...": slack.app_token,
                "slack = {}": f'slack = {{ base_url = "{slack.base_url}" }}\n{net}',
            }
        elif told is not None:
            assert told["settings"]["event_subscriptions"]["request_url"].startswith("https://YOUR-HOST/")
        elif command == "watchlamp doctor":
            assert output.startswith("Nothing stands in the way")

    async def typed(line):
        slack = made["slack"]
        if line == "/invite @Watchlamp":
            slack.world.channels[alerts].members.add(slack_parts.state.BOT_USER)
        else:
            assert line == "/watch test"
            await slack_parts.Person(slack).slash("test", channel=alerts)
            await walking.until(lambda: slack.posts(alerts), "a sample message")
            assert (await walk.heard("watchlamp doctor")).startswith("Nothing stands in the way")  # nor while the bot runs

    walk = walking.Walk(
        page=walking.ROOT / "docs" / "slack.md",
        folder=tmp_path,
        replaced={"C0123456789": alerts, "C0987654321": ops, FEED: site, "--port 8082": f"--port {free_port()}"},
        typed=typed,
        ready=lambda: made["slack"].sockets.connected(),  # noqa: PLW0108  # there is no Slack yet
        printed=printed,
    )
    try:
        await walk.walk()
        assert walk.done == every_block(walking, walk)
        assert made["slack"].verdict() == []
    finally:
        if "slack" in made:
            await made["slack"].stop()


async def test_discord_in_ten_minutes(walking, discord_parts, site, net, tmp_path):
    discord = discord_parts.DiscordStandIn()
    await discord.start()
    made = {}

    async def printed(command, output):
        if command.startswith("watchlamp manifest"):
            assert json.loads(output)["invitation"] == made["invitation"]
        elif command == "watchlamp doctor":
            assert output.startswith("Nothing stands in the way")

    async def typed(line):
        if line.startswith("https://"):
            made["invitation"] = line
            asked = parse_qs(urlsplit(line).query)
            assert asked["client_id"] == [discord.world.me.id]
            made["guild"] = discord.world.add_guild("Watch group", bot_permissions=int(asked["permissions"][0]))
            alerts, ops = (discord.world.add_channel(made["guild"], name) for name in ("alerts", "ops"))
            made["alerts"] = alerts
            walk.replaced |= {"112233445566778899": alerts.id, "998877665544332211": ops.id}
        else:
            assert line == "/watch-admin test"
            guild, alerts = made["guild"], made["alerts"]
            manager = discord.world.add_role(guild, "managers", permissions=discord_parts.world.may.MANAGE_GUILD)
            mira = discord.person("Mira", guild, manager)
            await walking.until(lambda: mira.offered(alerts), "commands that are offered")
            await mira.slash(alerts, "watch-admin test")
            await walking.until(lambda: alerts.messages, "a sample message")
            assert (await walk.heard("watchlamp doctor")).startswith("Nothing stands in the way")  # nor while the bot runs

    walk = walking.Walk(
        page=walking.ROOT / "docs" / "discord.md",
        folder=tmp_path,
        replaced={
            "APPLICATION_ID": discord.world.me.id,
            "the token you copied": discord.token,
            "discord = {}": f'discord = {{ api_url = "{discord.api_url}", gateway_url = "{discord.gateway_url}" }}\n{net}',
            FEED: site,
            "--port 8083": f"--port {free_port()}",
        },
        typed=typed,
        ready=discord.gateway.until_online,
        printed=printed,
    )
    try:
        await walk.walk()
        assert walk.done == every_block(walking, walk)
    finally:
        await discord.stop()
    assert discord.settle() == []


async def test_the_first_rule_in_five_minutes(walking, site, net, tmp_path):
    said = {}

    async def printed(command, output):
        said[command] = output

    async def typed(line):
        raise AssertionError(f"nothing is typed in a chat here: {line}")

    async def ready():
        await walking.until(lambda: is_running(f"sqlite:{tmp_path / 'watchlamp.db'}"), "a run")

    walk = walking.Walk(
        page=walking.ROOT / "docs" / "first-rule.md",
        folder=tmp_path,
        replaced={'operator = { channel = "ops" }': f'operator = {{ channel = "ops" }}\n{net}', FEED: site},
        typed=typed,
        ready=ready,
        printed=printed,
    )
    await walk.walk()
    assert walk.done == every_block(walking, walk)
    narrow, wide = (output for command, output in said.items() if command.startswith("watchlamp rules test"))
    title = "Sheriff of Harbour County halts facial recognition"
    assert narrow.startswith("0 articles")
    assert title in wide
    assert said["watchlamp doctor"].startswith("Nothing stands in the way")
    assert "face-police" in said["watchlamp watch rules"]


def test_a_block_that_nobody_can_do_fails_the_walk(walking, tmp_path):
    page = "# Guide\n\n1. Do\n\n   ```console\n   $ true\n   and see\n   ```\n\n```toml\n# config.toml\n```\n"
    first, second = walking.blocks(page)
    assert (first.kind, first.line, first.text) == ("console", 5, "$ true\nand see")
    assert (second.kind, second.line) == ("toml", 10)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```console\n$ false\n```", "false ended with 1"),
        ("```console\nno command\n```", "a console block without a command"),
        ("```perl\nprint\n```", "nobody knows what to do"),
        ("```toml\nchanels = 1\n```", "chanels"),
    ],
)
async def test_a_step_that_does_not_work_fails_the_walk(walking, tmp_path, text, said):
    page = tmp_path / "guide.md"
    page.write_text(f"{text}\n", encoding="utf-8")

    async def nothing(*_):
        pass

    with pytest.raises(Exception, match=said):
        await walking.Walk(page=page, folder=tmp_path, replaced={}, typed=nothing, ready=nothing, printed=nothing).walk()


async def test_a_word_that_the_page_does_not_hold_fails_the_walk(walking, tmp_path):
    page = tmp_path / "guide.md"
    page.write_text("```console\n$ true\n```\n", encoding="utf-8")

    async def nothing(*_):
        pass

    walk = walking.Walk(page=page, folder=tmp_path, replaced={"xoxb-...": "x"}, typed=nothing, ready=nothing, printed=nothing)
    with pytest.raises(AssertionError, match="does not hold"):
        await walk.walk()
