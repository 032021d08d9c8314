"""A channel that refused the bot once: nothing that waited for it is lost, once a person has let the bot in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bypath import loaded

from bot import verbs
from bot.app import Options
from bot.config.load import load
from bot.config.settings import Settings
from bot.core.clock import SystemClock
from bot.running import run

outside = loaded(Path(__file__).with_name("outside.py"), "app_outside")
until, query, PATIENCE = outside.until, outside.query, outside.PATIENCE
STANDINS = Path(__file__).parents[1] / "standins"
UNINVITED = "C0000000003"
"""A public channel of the stand-in of Slack that the bot was not invited to."""


slack_parts = loaded(STANDINS / "slack.py", "standins_slack").parts
discord_parts = loaded(STANDINS / "discord.py", "standin_discord_loader").load()


@dataclass
class Closed:
    """A platform with one channel that is closed to the bot.

    Attributes:
        to: the channel, as a configuration names it.
        top: what a configuration says about the platform.
        let_in: a person puts it right.
        shown: what the channel shows by now.
    """

    to: str
    top: str
    environ: dict[str, str]
    let_in: Callable[[], object]
    shown: Callable[[], list[Any]]


@asynccontextmanager
async def closed_slack() -> AsyncIterator[Closed]:
    slack = slack_parts.SlackStandIn(clock=SystemClock())
    await slack.start()
    try:
        yield Closed(
            to=f"slack:{UNINVITED}",
            top=f'slack = {{ base_url = "{slack.base_url}" }}',
            environ={"WATCHLAMP_SLACK_BOT_TOKEN": slack.bot_token, "WATCHLAMP_SLACK_APP_TOKEN": slack.app_token},
            let_in=lambda: slack.world.channels[UNINVITED].members.update(slack.world.channels["C0000000001"].members),
            shown=lambda: [message.blocks for message in slack.posts(UNINVITED)],
        )
    finally:
        await slack.stop()


@asynccontextmanager
async def closed_discord() -> AsyncIterator[Closed]:
    discord = discord_parts.DiscordStandIn(clock=SystemClock())
    alerts = discord.world.add_channel(discord.world.add_guild("Watch group"), "alerts")
    discord.world.deny(alerts, discord_parts.world.may.SEND_MESSAGES)
    await discord.start()
    try:
        yield Closed(
            to=f"discord:{alerts.id}",
            top=f'discord = {{ api_url = "{discord.api_url}", gateway_url = "{discord.gateway_url}" }}',
            environ={"WATCHLAMP_DISCORD_TOKEN": discord.token},
            let_in=alerts.overwrites.clear,
            shown=lambda: [message.embeds for message in alerts.messages.values()],
        )
    finally:
        await discord.stop()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[asyncio.Task[int]]:
    stop = asyncio.Event()
    bot = asyncio.create_task(run(settings, Options(), stop=stop))
    try:
        yield bot
    finally:
        stop.set()
        status = await asyncio.wait_for(bot, PATIENCE)
    assert status == 0


@pytest.mark.slow
@pytest.mark.parametrize("way", ["a start", "outbox retry", "time"])
@pytest.mark.parametrize("platform", [closed_slack, closed_discord], ids=["slack", "discord"])
async def test_what_waited_for_a_channel_that_refused_the_bot_arrives_once_the_bot_was_let_in(
    press: Any, configure: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: Any, way: str
) -> None:
    if way == "time":
        monkeypatch.setattr("bot.outbox.retry.PARKED_FIRST", timedelta(seconds=1))
    database = tmp_path / "bot.db"
    async with platform() as closed:
        channel = f'[[channels]]\nid = "team"\nto = "{closed.to}"\n'
        config = configure(sources=("ledger",), channels=channel, rule_channels='["team"]', top=closed.top)
        settings = load(config, environ=closed.environ)
        async with running(settings) as bot:
            baselined = "select 1 from sources where baselined_at is not null"
            await until(lambda: query(database, baselined), "the first poll", bot)
            press.publish("vote", "Council cameras switched off", "The council cameras at nine crossings are dark since Tuesday.")
            await until(lambda: query(database, "select 1 from channels where parked = 'channel_gone'"), "a refusal", bot)
            assert closed.shown() == []
            closed.let_in()
            if way == "outbox retry":
                ((delivery,),) = query(database, "select id from deliveries")
                await verbs.retry_delivery(settings, delivery)
            if way != "a start":
                await until(closed.shown, "the message", bot)
        if way == "a start":
            async with running(settings) as bot:
                await until(closed.shown, "the message", bot)
        (message,) = closed.shown()
        assert "Council cameras switched off" in json.dumps(message)
    assert query(database, "select state, reason from deliveries") == [("sent", "new_story")]
    assert query(database, "select parked from channels") == [(None,)]
