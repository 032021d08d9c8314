"""Two `watchlamp web` behind a balancer, on one PostgreSQL: what Slack tells both of them is answered once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from bypath import loaded
from freeport import free_port

from bot.config.load import load
from bot.core.clock import SystemClock
from bot.core.duties import Duty
from bot.options import Options
from bot.running import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

PATIENCE = 60.0
slack_parts = loaded(Path(__file__).parents[1] / "standins" / "slack.py", "standins_slack").parts


@pytest.fixture
def database(postgresql_server: Any) -> Iterator[str]:
    name = postgresql_server.create()
    yield postgresql_server.url(name)
    postgresql_server.drop(name)


@pytest.fixture
async def slack() -> AsyncIterator[Any]:
    standin = slack_parts.SlackStandIn(clock=SystemClock())
    await standin.start()
    yield standin
    await standin.stop()
    assert standin.verdict() == []


@pytest.fixture
async def doors(configure: Callable[..., Path], database: str, slack: Any) -> AsyncIterator[list[Any]]:
    """The addresses at which the two processes hear Slack."""
    config = configure(
        sources=("ledger",),
        channels='[[channels]]\nid = "team"\nto = "slack:C0000000001"\n',
        rule_channels='["team"]',
        top=f'web = {{ listen = "127.0.0.1:1" }}\nslack = {{ mode = "http", base_url = "{slack.base_url}" }}\n',
    )
    config.write_text(config.read_text(encoding="utf-8").replace('"sqlite:bot.db"', f'"{database}"'), encoding="utf-8")
    environ = {"WATCHLAMP_SLACK_BOT_TOKEN": slack.bot_token, "WATCHLAMP_SLACK_SIGNING_SECRET": slack_parts.SIGNING_SECRET}
    settings = load(config, environ=environ)
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        begun, found = [], []
        for port in (free_port(), free_port()):
            options = Options(duties=frozenset({Duty.WEB}), listen=("127.0.0.1", port))
            begun.append(asyncio.create_task(run(settings, options, stop=stop)))
            async with asyncio.timeout(PATIENCE):
                while True:
                    with contextlib.suppress(httpx.TransportError):
                        if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                            break
                    assert not begun[-1].done(), begun[-1].result()
                    await asyncio.sleep(0.05)
            found.append(slack_parts.HttpDoor(f"http://127.0.0.1:{port}/slack/events"))
        yield found
        stop.set()
        assert await asyncio.gather(*begun) == [0, 0]


async def test_what_slack_tells_both_is_answered_once(slack: Any, doors: list[Any]) -> None:
    first, second = doors
    person = slack_parts.Person(slack, door=first)
    assert (await person.slash("status")).acked
    await person.until(lambda: slack.world.ephemerals, "an answer")
    body, headers = first.last
    assert (await second.repeat(body, headers))[0] == 200
    second.shift = 1
    assert (await second.repeat(body, {**headers, **second.signed(body)}))[0] == 200, "signed anew"
    person.door = second
    assert (await person.slash("latest")).acked
    await person.until(lambda: len(slack.world.ephemerals) > 1, "an answer")
    assert len(slack.world.ephemerals) == 2, "what came twice has had its time, for what came later is answered"
