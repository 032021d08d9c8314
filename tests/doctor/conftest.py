"""A whole set-up in a folder: both platforms' stand-ins, a server with feeds, a database as a run leaves it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import freeport
import pytest
from aiohttp import web
from bypath import loaded

from bot.adapters.slack.manifest import manifest
from bot.core.clock import Clock
from bot.core.findings import Finding
from bot.core.model import Item
from bot.core.sources import PollRecord, SourceState
from bot.doctor.examine import examine
from bot.store.database import Store

STANDINS = Path(__file__).parents[1] / "standins"
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Ledger</title><link>https://ledger.example/</link>
<item><title>Council votes on cameras</title><link>https://ledger.example/1</link><guid>1</guid>
<pubDate>Tue, 10 Mar 2026 09:00:00 GMT</pubDate></item></channel></rss>"""
PAGE = "<!doctype html><html><head><title>Ledger</title></head><body><h1>The Ledger</h1><p>News of the day.</p></body></html>"


@pytest.fixture(scope="session")
def discord_parts() -> ModuleType:
    """What the Discord stand-in is made of."""
    package: ModuleType = loaded(STANDINS / "discord.py", "standin_discord_loader").load()
    return package


@pytest.fixture
async def slack() -> AsyncIterator[Any]:
    """A Slack in which our app is installed as its manifest asks."""
    standin = loaded(STANDINS / "slack.py", "standins_slack").parts.SlackStandIn(manifest=manifest("socket"))
    await standin.start()
    yield standin
    await standin.stop()


@pytest.fixture
async def discord(discord_parts: ModuleType) -> AsyncIterator[Any]:
    """A Discord with one server and one channel, ``place``."""
    standin = discord_parts.DiscordStandIn()
    standin.place = standin.world.add_channel(standin.world.add_guild("Watch group"), "alerts")
    await standin.start()
    yield standin
    await standin.stop()


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """A newspaper's server: ``/feed.xml``, ``/page.html``, and nothing else."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/feed.xml":
            return web.Response(text=FEED, content_type="application/rss+xml")
        return web.Response(text=PAGE, content_type="text/html") if request.path == "/page.html" else web.Response(status=404)

    application = web.Application()
    application.router.add_get("/{tail:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with this version's schema, made once."""
    path = tmp_path_factory.mktemp("doctor") / "watchlamp.db"

    async def make() -> None:
        await (await Store.open(f"sqlite:{path}")).close()

    asyncio.run(make())
    return path


class At:
    """A clock that is off by some time."""

    def __init__(self, off: timedelta = timedelta(0)) -> None:
        self._off = off

    def now(self) -> datetime:
        return datetime.now(UTC) + self._off

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing in a look waits")


@dataclass
class SetUp:
    """A folder with a configuration; each part is a text that a test may replace or empty.

    Attributes:
        parts: tables of the configuration by name, top-level lines first.
        environ: the environment.
    """

    folder: Path
    migrated: Path
    parts: dict[str, str]
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        return self.folder / "watchlamp.db"

    def write(self) -> Path:
        self.path.write_text("\n".join(self.parts.values()), encoding="utf-8")
        return self.path

    async def look(self, *, online: bool = False, clock: Clock | None = None) -> dict[str, Finding]:
        """What is found, by code; of several of one code the first."""
        found = await examine(self.write(), self.environ, online=online, clock=clock)
        return {finding.code.value: finding for finding in reversed(found)}

    async def remember(self, *titles: str, states: Iterable[SourceState] = (), facts: Iterable[tuple[str, str]] = ()) -> None:
        """A database in which articles with these titles arrived, and sources are as these states say."""
        if not self.database.exists():
            shutil.copyfile(self.migrated, self.database)
        now = datetime.now(UTC)
        items = [
            Item(f"i{number}", "ledger", title, now - timedelta(hours=1), guid=f"g{number}", url=f"https://ledger.example/{number}")
            for number, title in enumerate(titles)
        ]
        store = await Store.open(f"sqlite:{self.database}")
        try:
            read = SourceState("ledger", last_polled_at=now, last_success_at=now, baselined_at=now, entries=9)
            await store.commit_poll(PollRecord(read, tuple((item, None) for item in items)), now)
            await store.save_source_states([replace(state, last_polled_at=now) for state in states])
            for name, value in facts:
                await store.keep_fact(name, value)
        finally:
            await store.close()


@pytest.fixture
def offline(tmp_path: Path, migrated: Path) -> SetUp:
    """A healthy set-up without any platform, in the terminal."""
    return SetUp(
        tmp_path,
        migrated,
        {
            "top": 'operator = { channel = "ops" }',
            "channels": '[[channels]]\nid = "ops"\nto = "console:ops"\n[[channels]]\nid = "team"\nto = "console:team"',
            "sources": '[[sources]]\nid = "ledger"\nurl = "https://ledger.example/feed.xml"',
            "rules": '[[rules]]\nid = "cameras"\nquery = "council cameras"\nchannels = ["team"]\n'
            'tests = { match = ["Council votes on cameras."], no_match = ["A bakery opens."] }',
        },
    )


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    return freeport.free_port()


@pytest.fixture
def unread(offline: SetUp, slack: Any, discord: Any, site: str) -> SetUp:
    """A healthy set-up with both platforms and a source that was never read."""
    offline.parts |= {
        "top": f'operator = {{ channel = "ops" }}\nslack = {{ base_url = "{slack.base_url}" }}\n'
        f'discord = {{ api_url = "{discord.api_url}", gateway_url = "{discord.gateway_url}" }}\n'
        f'net = {{ allow = ["127.0.0.0/8"], allow_ports = [{site.rsplit(":", 1)[1]}] }}',
        "channels": '[[channels]]\nid = "ops"\nto = "slack:C0000000001"\n'
        f'[[channels]]\nid = "team"\nto = "discord:{discord.place.id}"',
        "sources": f'[[sources]]\nid = "ledger"\nurl = "{site}/feed.xml"',
    }
    offline.environ |= {
        "WATCHLAMP_SLACK_BOT_TOKEN": slack.bot_token,
        "WATCHLAMP_SLACK_APP_TOKEN": slack.app_token,
        "WATCHLAMP_DISCORD_TOKEN": discord.token,
    }
    return offline


@pytest.fixture
async def healthy(unread: SetUp) -> SetUp:
    """The same after its source has been read."""
    await unread.remember()
    return unread


@pytest.fixture
def off() -> Callable[[timedelta], Clock]:
    """Makes a clock that is off."""
    return At


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins are on loopback, whatever proxy the machine has."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
