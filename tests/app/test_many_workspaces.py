"""The whole bot with many Slack workspaces: each installs the app by itself, declares its own rule, and gets its own messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from bypath import loaded

from bot.adapters.slack.manifest import manifest
from bot.app import Options
from bot.config.load import load
from bot.core.clock import SystemClock
from bot.running import run

outside = loaded(Path(__file__).with_name("outside.py"), "app_outside")
PATIENCE = outside.PATIENCE
URL = "https://watch.example.org"
ONE, TWO = "T0TEAMONE0", "T0TEAMTWO0"
parts = loaded(Path(__file__).parents[1] / "standins" / "slack.py", "standins_slack").parts


@dataclass
class Hosted:
    """A running bot, and a Slack with two workspaces whose people have not met it yet."""

    bot: asyncio.Task[int]
    slack: Any
    people: dict[str, Any]
    port: int
    database: Path

    async def until(self, done: Callable[[], Any], what: str) -> Any:
        return await outside.until(done, what, self.bot)

    async def install(self, team: str) -> str:
        """What a browser is shown at the end."""
        async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{self.port}") as browser:
            begun = await browser.get("/slack/install")
            assert begun.status_code == 302
            cookie = begun.headers["set-cookie"].split(";")[0]
            address = self.slack.installs.allow(begun.headers["location"], self.slack.world.teams[team])
            ended = await browser.get(address.removeprefix(URL), headers={"cookie": cookie})
            assert ended.status_code == 200, ended.text
            return ended.text

    async def ask(self, team: str, words: str) -> Any:
        """The answer to ``/watch`` in the workspace's own channel."""
        alone = self.slack.world.ephemerals
        before = len(alone)
        await self.people[team].slash(words, channel=f"C{team[1:]}")
        await self.until(lambda: len(alone) > before, f"an answer to {words}")
        return alone[-1]

    async def declare(self, team: str, words: str) -> None:
        """Ask, and confirm what is shown."""
        shown = await self.ask(team, words)
        buttons = [one for block in shown.blocks for one in block.get("elements", ()) if " confirm " in str(one.get("value"))]
        assert buttons, shown.blocks
        alone = self.slack.world.ephemerals
        before = len(alone)
        await self.people[team].press(shown, buttons[0]["action_id"])
        await self.until(lambda: len(alone) > before, f"{words} is in force")

    def headlines(self, team: str) -> list[str]:
        return [message.text for message in self.slack.posts(f"C{team[1:]}") if message.metadata]

    def parked(self) -> dict[str, str]:
        return dict(outside.query(self.database, "select channel_id, parked from channels where parked is not null"))


@asynccontextmanager
async def hosted(mode: str, configure: Callable[..., Path], port: int) -> AsyncIterator[Hosted]:
    asked = manifest(mode, url=URL, oauth=True)
    slack = parts.SlackStandIn(clock=SystemClock(), manifest=asked, rotating=True)
    await slack.start()
    for team in (ONE, TWO):
        slack.installs.team(team)
    path = configure(
        top=f'web = {{ listen = "127.0.0.1:{port}", public_url = "{URL}" }}\n'
        f'slack = {{ mode = "{mode}", base_url = "{slack.base_url}", oauth = true }}\n',
    )
    environ = {
        "WATCHLAMP_SLACK_APP_TOKEN": slack.app_token,
        "WATCHLAMP_SLACK_SIGNING_SECRET": parts.SIGNING_SECRET,
        "WATCHLAMP_SLACK_CLIENT_ID": parts.CLIENT_ID,
        "WATCHLAMP_SLACK_CLIENT_SECRET": parts.CLIENT_SECRET,
        "WATCHLAMP_ENCRYPTION_KEY": "A" * 43 + "=",
    }
    stop = asyncio.Event()
    bot = asyncio.create_task(run(load(path, environ=environ), Options(), stop=stop))
    door = parts.HttpDoor(f"http://127.0.0.1:{port}/slack/events") if mode == "http" else None
    people = {team: parts.Person(slack, f"U{team[1:]}", door) for team in (ONE, TWO)}
    house = Hosted(bot, slack, people, port, path.with_name("bot.db"))
    try:
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(PATIENCE):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                        break
                await asyncio.sleep(0.02)
        yield house
    finally:
        stop.set()
        try:
            status = await asyncio.wait_for(bot, PATIENCE)
        finally:
            await slack.stop()
    assert status == 0
    assert slack.verdict() == [], "\n".join(map(str, slack.verdict()))


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_each_workspace_installs_the_app_gets_its_own_messages_and_leaves_alone(
    press: Any, configure: Callable[..., Path], free_port: int, mode: str
) -> None:
    async with hosted(mode, configure, free_port) as house:
        refused = await house.people[ONE].slash("help", channel=f"C{ONE[1:]}")
        assert "not installed" in refused.answer["text"]
        for team in (ONE, TWO):
            assert "Installed" in await house.install(team)
        await house.declare(ONE, 'rule add ropes "lost its rope"')
        await house.declare(TWO, "rule add ferries ferry")
        for team, own, other in ((ONE, "ropes", "ferries"), (TWO, "ferries", "ropes")):
            told = str((await house.ask(team, "rules")).blocks)
            assert own in told
            assert other not in told
        stranger = house.people[TWO]
        before = len(house.slack.world.ephemerals)
        await stranger.slash("rule add ours harbour", channel=f"C{ONE[1:]}")  # a channel that both organisations share
        await house.until(lambda: len(house.slack.world.ephemerals) > before, "an answer in the shared channel")
        assert "Guests of a shared channel may ask, and no more." in str(house.slack.world.ephemerals[-1].blocks)
        press.publish("rope", "Harbour tug breaks rope", "A tug lost its rope at Pier Nine on Monday.")
        press.publish("ferry", "Evening ferry runs aground", "It ran aground off Northport.")
        for team, words in ((ONE, "Harbour tug"), (TWO, "Evening ferry")):
            (told,) = await house.until(lambda team=team: house.headlines(team), f"a message in {team}")
            assert words in told
        for call in house.slack.calls("chat.postMessage"):
            assert house.slack.world.holders[call.token].id[1:] == call.arguments["channel"][1:]

        await house.people[ONE].remove_app()
        await house.until(lambda: house.parked() == {f"slack:C{ONE[1:]}": "not_installed"}, "its channel waits")
        press.publish(
            "both",
            "Crane tips over in Southhaven",
            "Five workers were hurt when the barge Anna lost its rope. The ferry terminal stays shut until April.",
        )
        await house.until(lambda: len(house.headlines(TWO)) == 2, "the other workspace is told")
        assert len(house.headlines(ONE)) == 1
        await house.install(ONE)
        await house.until(lambda: len(house.headlines(ONE)) == 2, "what waited is told after it is installed again")
        assert house.parked() == {}
