"""The chat house as tests see it: started as a process, asked what it holds, told what shall go wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

HOUSE = Path(__file__).parent / "chathouse.py"
SLACK, DISCORD = ("slack-1", "slack-2"), ("discord-text", "discord-forum")
CHANNELS = (*SLACK, *DISCORD)


@dataclass(frozen=True)
class Held:
    """A message as a channel shows it now.

    Attributes:
        below: the message or thread it stands in; None for one of the channel itself (in a forum: one that opens a thread).
        marked: whether it says of itself that it may be a repeat.
        edits: how often it was edited.
    """

    channel: str
    id: str
    below: str | None
    text: str
    marked: bool
    edits: int

    @property
    def platform(self) -> str:
        return self.channel.partition("-")[0]


class Chats:
    """A running chat house."""

    def __init__(self, told: dict[str, Any], session: ClientSession) -> None:
        self._told = told
        self._session = session
        self.checked: dict[str, bool] = told["checked"]
        """Per platform, whether bodies are held against what the platform itself publishes."""

    @property
    def slack_url(self) -> str:
        """Address of Slack's Web API."""
        return str(self._told["slack"]["base_url"])

    @property
    def discord_url(self) -> str:
        """Address of Discord's REST API."""
        return str(self._told["discord"]["api_url"])

    def address(self, channel: str) -> str:
        """The platform's own id of a channel."""
        return str(self._told["channels"][channel])

    def environment(self) -> dict[str, str]:
        """The bot's environment: this one's, with the tokens."""
        return os.environ | self._told["environment"]

    def tables(self, **settings: dict[str, str]) -> str:
        """The tables of a configuration that has both platforms and the four channels; ``settings`` by channel, ``-`` as ``_``."""
        gateway = self._told["discord"]["gateway_url"]
        lines = [
            f'slack = {{ mode = "socket", base_url = "{self.slack_url}" }}',
            f'discord = {{ api_url = "{self.discord_url}", gateway_url = "{gateway}" }}',
        ]
        for channel in CHANNELS:
            address = f"{channel.partition('-')[0]}:{self.address(channel)}"
            lines += ["[[channels]]", f'id = "{channel}"', f'to = "{address}"']
            lines += [f'{key} = "{value}"' for key, value in settings.get(channel.replace("-", "_"), {}).items()]
        return "\n".join(lines) + "\n"

    def configuration(
        self,
        house: Any,
        feeds: Mapping[str, str],
        query: str,
        *,
        interval: str = "1s",
        defaults: str = 'group_wait = "0s"',
        **settings: dict[str, str],
    ) -> str:
        """A configuration in which whatever a feed tells of ``query`` is posted in all four channels.

        Args:
            house: the feed house.
            feeds: its feeds, by the source's id.
            query: of the only rule.
            interval: between two polls of a feed.
            defaults: of channels, besides that they may say as much as they like.
            settings: by channel, as for the tables.
        """
        sources = "".join(
            f'[[sources]]\nid = "{source}"\nurl = "{house.url(name)}"\ninterval = "{interval}"\nfull_text = "never"\n'
            for source, name in feeds.items()
        )
        return f"""
database = {{ url = "sqlite:bot.db" }}
defaults = {{ {defaults}, max_per_hour = 0 }}
{self.tables(**settings)}
[net]
contact = "mailto:ops@example.org"
allow = ["127.0.0.0/8"]
allow_ports = [{house.port}]
min_interval = "1s"
{sources}
[[rules]]
id = "signal"
query = "{query}"
channels = {list(CHANNELS)!r}
"""

    async def held(self) -> list[Held]:
        """Everything that readers see, oldest first in each channel."""
        async with self._session.get(f"{self._told['door']}/held") as answer:
            return [Held(**message) for message in await answer.json()]

    async def verdict(self) -> dict[str, Any]:
        """``violations`` and the number of message ``payloads`` looked at, each by platform."""
        async with self._session.get(f"{self._told['door']}/verdict") as answer:
            verdict: dict[str, Any] = await answer.json()
            return verdict

    async def ask(self, platform: str) -> dict[str, Any]:
        """Somebody types ``/watch status``: whether a ``good`` answer came, what it was, and after how many ``seconds``."""
        began = time.monotonic()
        async with self._session.post(f"{self._told['door']}/ask", json={"platform": platform}) as answer:
            told = await answer.json()
        good = told["answer"] is not None and "busy" not in told["answer"] and "wrong" not in told["answer"]
        return {"platform": platform, "good": good, "seconds": time.monotonic() - began, **told}

    async def ready(self) -> None:
        """Wait until commands are answered in both chats."""
        for platform in ("slack", "discord"):
            async with asyncio.timeout(120):
                while not (await self.ask(platform))["good"]:
                    await asyncio.sleep(0.5)

    async def discord_listening(self) -> int:
        """How many connections hear what people say in Discord."""
        async with self._session.post(f"{self._told['door']}/discord/listening") as answer:
            return int((await answer.json())["connections"])

    async def let_slack_be_read(self) -> None:
        """Grant the optional scopes of our manifest: from its next start on, the bot may read its channels."""
        await self._post("/slack/scopes")

    async def slack_loses_the_answer(self, method: str, channel: str, *, nth: int = 1) -> None:
        """The nth call from now takes effect, and its connection ends without an answer."""
        await self._post("/slack/fault", method=method, kind="cut", commit=True, channel=self.address(channel), nth=nth)

    async def discord_loses_the_answer(self, route: str, *, nth: int = 1, times: int = 1) -> None:
        """The nth call from now and those after it take effect, and their connections end without an answer."""
        await self._post("/discord/fault", route=route, kind="Cut", accepted=True, nth=nth, times=times)

    async def _post(self, path: str, **body: Any) -> None:
        async with self._session.post(self._told["door"] + path, json=body) as answer:
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def open_chats(*, burst: int = 5, judged: bool = True) -> AsyncIterator[Chats]:
    """A chat house for the length of a test; at its end nothing may be left that a strict Slack or Discord would not forgive.

    Args:
        burst: messages a Slack channel takes at once before one a second holds.
        judged: False for a test that breaks the rules on purpose.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(HOUSE), "--burst", str(burst), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        told = json.loads(await process.stdout.readline())
        async with ClientSession() as session:
            chats = Chats(told, session)
            yield chats
            violations = (await chats.verdict())["violations"]
        assert not judged or violations == {"slack": [], "discord": []}
    finally:
        process.stdin.close()
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            async with asyncio.timeout(10):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()
