"""The whole bot with both chats, as the composition root wires them: people ask over real sockets, requests and a gateway.

Acknowledgements are timed by the stand-ins, from the act of a person to the acknowledgement's arrival.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from bypath import loaded

from bot import __version__
from bot.app import Options
from bot.config.load import load
from bot.core.clock import SystemClock
from bot.running import run

outside = loaded(Path(__file__).with_name("outside.py"), "app_outside")
until, PATIENCE = outside.until, outside.PATIENCE
STANDINS = Path(__file__).parents[1] / "standins"
OPENAPI = Path(__file__).parents[3] / "shared" / "data" / "discord" / "openapi.json"


slack_parts = loaded(STANDINS / "slack.py", "standins_slack").parts
discord_parts = loaded(STANDINS / "discord.py", "standin_discord_loader").load()


@dataclass
class House:
    """A running bot, both platforms, and a person on each."""

    bot: asyncio.Task[int]
    slack: Any
    ada: Any
    discord: Any
    alerts: Any
    mira: Any
    door: Any

    async def in_slack(self, words: str) -> tuple[str, float]:
        """The private answer to ``/watch`` in Slack, and the seconds until the acknowledgement."""
        alone = self.slack.world.ephemerals
        before = len(alone)
        envelope = await self.ada.slash(words)
        await until(lambda: len(alone) > before, f"an answer to {words}", self.bot)
        assert alone[-1].visible_to == self.ada.user.id
        return json.dumps(alone[-1].blocks, ensure_ascii=False), envelope.acked_after

    async def in_discord(self, words: str) -> tuple[str, float]:
        """The same in Discord."""
        asked = await self.mira.slash(self.alerts, f"watch {words}")
        await until(lambda: not asked.waiting, f"an answer to {words}", self.bot)
        assert asked.ephemeral
        return json.dumps(asked.original.embeds, ensure_ascii=False), asked.answered_after / timedelta(seconds=1)

    async def everywhere(self, words: str) -> dict[str, tuple[str, float]]:
        """Both."""
        return {"slack": await self.in_slack(words), "discord": await self.in_discord(words)}


async def ready(port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
    return False


async def parts(port: int) -> dict[str, bool]:
    """What ``/readyz`` tells of each part; nothing while nobody answers."""
    with contextlib.suppress(httpx.TransportError):
        async with httpx.AsyncClient(trust_env=False) as client:
            told = (await client.get(f"http://127.0.0.1:{port}/readyz")).json()["parts"]
            assert isinstance(told, dict)
            return told
    return {}


async def up(port: int, wanted: tuple[str, ...]) -> bool:
    """Whether each of these parts does its work."""
    told = await parts(port)
    return all(told.get(part) for part in wanted)


@asynccontextmanager
async def open_house(
    mode: str, configure: Callable[..., Path], port: int, *, wanted: tuple[str, ...] = (), refused: bool = False
) -> AsyncIterator[House]:
    """The bot with both chats, ready; afterwards it ends with 0, and nothing is left that a strict platform would not forgive.

    Args:
        mode: of Slack.
        configure: writes the configuration.
        port: of the bot's own web server.
        wanted: parts that are waited for; without any, all.
        refused: Slack refuses the token.
    """
    clock = SystemClock()
    slack = slack_parts.SlackStandIn(clock=clock)
    if refused:
        slack.revoke()
    discord = discord_parts.DiscordStandIn(clock=clock, openapi=OPENAPI if OPENAPI.is_file() else None)
    guild = discord.world.add_guild("Watch group")
    alerts = discord.world.add_channel(guild, "alerts")
    async with AsyncExitStack() as stack:
        for standin in (slack, discord):
            await standin.start()
            stack.push_async_callback(standin.stop)
        config = configure(
            sources=("ledger", "courier"),
            channels=f'[[channels]]\nid = "team"\nto = "slack:C0000000001"\n[[channels]]\nid = "ops"\nto = "discord:{alerts.id}"\n',
            rule_channels='["team", "ops"]',
            top=f"""
web = {{ listen = "127.0.0.1:{port}" }}
slack = {{ mode = "{mode}", base_url = "{slack.base_url}" }}
discord = {{ api_url = "{discord.api_url}", gateway_url = "{discord.gateway_url}" }}
""",
        )
        environ = {"WATCHLAMP_SLACK_BOT_TOKEN": slack.bot_token, "WATCHLAMP_DISCORD_TOKEN": discord.token}
        environ |= (
            {"WATCHLAMP_SLACK_SIGNING_SECRET": slack_parts.SIGNING_SECRET}
            if mode == "http"
            else {"WATCHLAMP_SLACK_APP_TOKEN": slack.app_token}
        )
        stop = asyncio.Event()
        bot = asyncio.create_task(run(load(config, environ=environ), Options(), stop=stop))
        door = slack_parts.HttpDoor(f"http://127.0.0.1:{port}/slack/events") if mode == "http" else None
        house = House(bot, slack, slack_parts.Person(slack, door=door), discord, alerts, discord.person("Mira", guild), door)
        try:
            async with asyncio.timeout(PATIENCE):
                while not (await up(port, wanted) if wanted else await ready(port)):
                    assert not bot.done()
                    await asyncio.sleep(0.02)
            yield house
        finally:
            stop.set()
            status = await asyncio.wait_for(bot, PATIENCE)
        assert status == 0
    assert slack.verdict() == []
    assert discord.settle() == []


def sources(database: Path, which: str) -> list[tuple[str]]:
    """Sources of which something is true, read from outside."""
    found: list[tuple[str]] = outside.query(database, f"select source_id from sources where {which}")
    return found


async def polled(house: House, database: Path) -> None:
    """Wait until the silent first poll of both sources is kept."""
    await until(lambda: len(sources(database, "baselined_at is not null")) == 2, "both first polls were kept", house.bot)


@pytest.mark.parametrize("mode", ["socket", pytest.param("http", marks=pytest.mark.slow)])
async def test_status_is_asked_in_both_chats_and_told_truly_and_acknowledged_within_a_second(
    press: Any, configure: Callable[..., Path], tmp_path: Path, free_port: int, mode: str
) -> None:
    async with open_house(mode, configure, free_port) as house:
        await polled(house, tmp_path / "bot.db")
        for told, acknowledged in (await house.everywhere("status")).values():
            assert "All is well." in told
            assert "courier" not in told
            assert __version__ in told
            assert acknowledged < 1
        press.broken.add("courier")
        await until(lambda: sources(tmp_path / "bot.db", "failures > 0"), "a poll failed", house.bot)
        for told, acknowledged in (await house.everywhere("status")).values():
            assert "1 thing to look at" in told
            assert "Source courier fails (" in told
            assert "2, 1 failing" in told
            assert acknowledged < 1


@pytest.mark.parametrize("mode", ["socket", pytest.param("http", marks=pytest.mark.slow)])
async def test_a_story_is_posted_in_both_chats_and_its_button_says_why(
    press: Any, configure: Callable[..., Path], tmp_path: Path, free_port: int, mode: str
) -> None:
    async with open_house(mode, configure, free_port) as house:
        await polled(house, tmp_path / "bot.db")
        press.publish("vote", "Council cameras switched off", "The council cameras at nine crossings are dark since Tuesday night.")
        (posted,) = await until(house.slack.messages, "a message in Slack", house.bot)
        await until(lambda: house.alerts.messages, "a message in Discord", house.bot)
        (shown,) = house.alerts.messages.values()
        alone = house.slack.world.ephemerals
        envelope = await house.ada.press(posted, "why")
        await until(lambda: alone, "an answer in Slack", house.bot)
        pressed = await house.mira.press(shown, shown.body["components"][0]["components"][0]["custom_id"])
        await until(lambda: not pressed.waiting, "an answer in Discord", house.bot)
        assert envelope.acked_after < 1
        assert pressed.answered_after < timedelta(seconds=1)
        for told in (json.dumps(alone[-1].blocks), json.dumps(pressed.original.embeds)):
            assert "Council cameras switched off" in told


@pytest.mark.parametrize("mode", ["socket", pytest.param("http", marks=pytest.mark.slow)])
async def test_slacks_home_tab_and_form_are_the_real_commands(configure: Callable[..., Path], free_port: int, mode: str) -> None:
    async with open_house(mode, configure, free_port) as house:
        world = house.slack.world
        opened = await house.ada.open_home()
        await until(lambda: world.homes, "the Home tab", house.bot)
        (home,) = world.homes.values()
        assert "What is watched" in json.dumps(home.body)
        asked = await house.ada.slash("rule add")
        await until(lambda: world.views, "the form", house.bot)
        submitted = await house.ada.submit(
            house.ada.modal(), {"0:name": {"value": "drones"}, "0:query": {"value": 'drone* "police'}}
        )
        await until(lambda: "One moment" not in json.dumps(house.ada.modal().body), "what is wrong", house.bot)
        assert "cannot be read" in json.dumps(house.ada.modal().body)
        for envelope in (opened, asked, submitted):
            assert envelope.acked_after < 3


async def test_what_comes_twice_is_answered_once(configure: Callable[..., Path], free_port: int) -> None:
    async with open_house("socket", configure, free_port) as house:
        first = await house.ada.slash("help")
        await until(lambda: house.slack.world.ephemerals, "an answer", house.bot)
        await house.slack.sockets.duplicate(first)
        await until(lambda: len(first.answers) == 2, "the second acknowledgement", house.bot)
        await house.in_slack("status")
        assert len(house.slack.world.ephemerals) == 2


async def test_the_same_signed_request_is_answered_once(configure: Callable[..., Path], free_port: int) -> None:
    async with open_house("http", configure, free_port) as house:
        await house.in_slack("help")
        status, _ = await house.door.repeat(*house.door.last)
        assert status == 401
        await house.in_slack("status")
        assert len(house.slack.world.ephemerals) == 2


async def test_both_chats_answer_again_after_every_connection_was_cut(configure: Callable[..., Path], free_port: int) -> None:
    async with open_house("socket", configure, free_port) as house:
        await house.everywhere("status")
        house.slack.sockets.abort()
        await house.discord.gateway.abort()
        await house.discord.gateway.until(resumes=1)
        await until(lambda: house.slack.sockets.opened == 2, "a second socket", house.bot)
        await house.slack.sockets.disconnect("refresh_requested")
        await until(lambda: house.slack.sockets.opened == 3, "a third socket", house.bot)
        await house.discord.gateway.reconnect()
        await house.discord.gateway.until(resumes=2)
        async with asyncio.timeout(PATIENCE):
            while not await ready(free_port):
                await asyncio.sleep(0.02)
        for told, acknowledged in (await house.everywhere("status")).values():
            assert "All is well." in told
            assert acknowledged < 1


async def test_a_token_that_one_platform_refuses_leaves_the_other_working(configure: Callable[..., Path], free_port: int) -> None:
    async with open_house("socket", configure, free_port, wanted=("database", "discord", "scheduler"), refused=True) as house:
        words, _ = await house.in_discord("status")
        assert "Sources" in words
        assert await parts(free_port) == {"database": True, "scheduler": True, "slack": False, "discord": True}
        assert not await ready(free_port)
