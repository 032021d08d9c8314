"""What guides are walked against: both stand-ins, a server with a feed, a folder that was never used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest
from aiohttp import web
from bypath import loaded

TESTS = Path(__file__).parents[1]
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Ledger</title><link>https://ledger.example/</link>
<item><title>Sheriff of Harbour County halts facial recognition</title><link>https://ledger.example/1</link><guid>1</guid>
<description>The police may not search faces until June.</description></item>
<item><title>A bakery opens in Mill Lane</title><link>https://ledger.example/2</link><guid>2</guid></item></channel></rss>"""


@pytest.fixture(scope="session")
def walking() -> ModuleType:
    """How a page is walked."""
    return loaded(TESTS / "guides/walking.py", "guides_walking")


@pytest.fixture(scope="session")
def slack_parts() -> ModuleType:
    """What the Slack stand-in is made of."""
    parts: ModuleType = loaded(TESTS / "standins/slack.py", "standins_slack").parts
    return parts


@pytest.fixture(scope="session")
def discord_parts() -> ModuleType:
    """What the Discord stand-in is made of."""
    package: ModuleType = loaded(TESTS / "standins/discord.py", "standin_discord_loader").load()
    return package


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """A newspaper's feed."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=FEED, content_type="application/rss+xml")

    application = web.Application()
    application.router.add_get("/feed.xml", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/feed.xml"
    await runner.cleanup()


@pytest.fixture
def net(site: str) -> str:
    """The line that lets the bot read from this machine."""
    return f'net = {{ allow = ["127.0.0.0/8"], allow_ports = [{site.split(":")[2].split("/", maxsplit=1)[0]}] }}'
