"""Slack and Discord as one process of their own, which lives on when the bot is killed: ``python chathouse.py``.

Prints one line of JSON, what a bot needs to be pointed at both, and serves until its standard input ends. Both stand-ins are
built as their own command lines build them, so they are as strict as what a person starts by hand. Through a door of its
own one may ask what the channels hold and what was done wrong, and script faults.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from aiohttp import web

from bot.adapters.slack.manifest import OPTIONAL_SCOPES, SCOPES
from bot.text.telling import REPEATED

STANDINS = Path(__file__).resolve().parent.parent / "standins"
SAID = frozenset({0, 19})
"""Kinds of Discord's messages that somebody wrote: a message and a reply; the rest is Discord's own talk about threads."""
TEXT, FORUM = 0, 15
PATIENCE = 30.0
"""Seconds for which a person waits for an answer."""


def _standin(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"chathouse_{name}", STANDINS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class ChatHouse:
    """Both chats, with two channels each, and the door."""

    def __init__(self, *, burst: int) -> None:
        self._discord_door = _standin("discord")
        self.slack = _standin("slack").of_our_app(burst=burst)
        self.discord = self._discord_door.strict()
        guild = self.discord.world.add_guild("Watch group")
        self.channels = {
            "slack-1": "C0000000001",
            "slack-2": "C0000000002",
            "discord-text": self.discord.world.add_channel(guild, "alerts", kind=TEXT).id,
            "discord-forum": self.discord.world.add_channel(guild, "stories", kind=FORUM).id,
        }
        self._mira: Any = None
        self._runner: web.AppRunner | None = None
        self._door = 0

    async def start(self) -> None:
        """Serve on free ports."""
        await self.slack.start()
        await self.discord.start()
        app = web.Application()
        app.router.add_get("/held", self._held)
        app.router.add_get("/verdict", self._verdict)
        app.router.add_post("/ask", self._ask)
        app.router.add_post("/discord/listening", self._discord_listening)
        app.router.add_post("/slack/scopes", self._slack_scopes)
        app.router.add_post("/slack/fault", self._slack_fault)
        app.router.add_post("/discord/fault", self._discord_fault)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._door = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """End everything."""
        await self.slack.stop()
        await self.discord.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    def told(self) -> dict[str, Any]:
        """What a bot and a test need to know."""
        return {
            "door": f"http://127.0.0.1:{self._door}",
            "channels": self.channels,
            "slack": {"base_url": self.slack.base_url},
            "discord": {"api_url": self.discord.api_url, "gateway_url": self.discord.gateway_url},
            "environment": {
                "WATCHLAMP_SLACK_BOT_TOKEN": self.slack.bot_token,
                "WATCHLAMP_SLACK_APP_TOKEN": self.slack.app_token,
                "WATCHLAMP_DISCORD_TOKEN": self.discord.token,
            },
            "checked": {"slack": self.slack.schema is not None, "discord": self.discord.schema is not None},
        }

    # ------------------------------------------------------------ the door

    async def _held(self, _: web.Request) -> web.Response:
        """Every message that readers see now, oldest first: where, below which other one, what it says, how often it was edited."""
        return web.json_response([*self._held_by_slack(), *self._held_by_discord()])

    def _held_by_slack(self) -> list[dict[str, Any]]:
        return [
            _shown(channel, message.ts, message.thread_ts if message.is_reply else None, message.body, len(message.edits))
            for channel, address in self.channels.items()
            if channel.startswith("slack")
            for message in self.slack.posts(address)
        ]

    def _held_by_discord(self) -> list[dict[str, Any]]:
        shown = []
        world = self.discord.world
        for channel in ("discord-text", "discord-forum"):
            place = world.channels[self.channels[channel]]
            for where in (place, *sorted(world.threads(place), key=lambda thread: int(thread.id))):
                for number, message in enumerate(_said(where)):
                    opens = where is place or (place.kind == FORUM and number == 0)
                    shown.append(_shown(channel, message.id, None if opens else where.id, message.body, len(message.revisions)))
        return shown

    async def _verdict(self, _: web.Request) -> web.Response:
        """What a well-behaved app never does, and how many messages were looked at."""
        slack = [*map(str, self.slack.verdict()), *(f"fault never met: {fault}" for fault in self.slack.faults.unspent())]
        sent = [call for call in self.discord.calls if call.method in {"POST", "PATCH"} and "/channels/" in call.route]
        return web.json_response(
            {
                "violations": {"slack": slack, "discord": self.discord.settle()},
                "payloads": {
                    "slack": len(self.slack.calls("chat.postMessage")) + len(self.slack.calls("chat.update")),
                    "discord": len(sent),
                },
            }
        )

    async def _ask(self, request: web.Request) -> web.Response:
        """Somebody types a command; answers with what they read in the end, and null if that was nothing."""
        platform = (await request.json())["platform"]
        try:
            said = await (self._ask_slack() if platform == "slack" else self._ask_discord())
        except Exception as error:  # noqa: BLE001  # whatever it is, a person got no answer
            return web.json_response({"answer": None, "why": f"{type(error).__name__}: {error}"})
        return web.json_response({"answer": json.dumps(said, ensure_ascii=False), "why": ""})

    async def _ask_slack(self) -> Any:
        channel = self.channels["slack-1"]
        person = sys.modules[type(self.slack).__module__.rpartition(".")[0]].Person(self.slack)
        before = {message.ts for message in person.sees(channel) if message.visible_to}
        asked = await person.slash("status", channel=channel)
        assert not asked.lost, "nobody is there to hear it"

        def read() -> list[Any]:
            return [one.body for one in person.sees(channel) if one.visible_to and one.ts not in before]

        return await person.until(read, "an answer")

    async def _ask_discord(self) -> Any:
        place = self.discord.world.channels[self.channels["discord-text"]]
        if self._mira is None:
            self._mira = self.discord.person("Mira", place.guild)
        asked = await self._mira.slash(place, "watch status")
        async with asyncio.timeout(PATIENCE):
            while asked.original is None:
                await asyncio.sleep(0.01)
        return asked.original.body

    async def _discord_listening(self, _: web.Request) -> web.Response:
        """How many connections hear what people say in Discord."""
        return web.json_response({"connections": sum(one.session is not None for one in self.discord.gateway.connections)})

    async def _slack_scopes(self, _: web.Request) -> web.Response:
        """The workspace grants our app its optional scopes too."""
        self.slack.world.scopes = tuple(sorted({*SCOPES, *OPTIONAL_SCOPES}))
        return web.json_response({})

    async def _slack_fault(self, request: web.Request) -> web.Response:
        self.slack.fault(**await request.json())
        return web.json_response({})

    async def _discord_fault(self, request: web.Request) -> web.Response:
        asked = await request.json()
        fault = getattr(self._discord_door.load(), asked.pop("kind"))(accepted=asked.pop("accepted"))
        self.discord.fault(asked.pop("route"), fault, **asked)
        return web.json_response({})


def _said(where: Any) -> list[Any]:
    return sorted((message for message in where.messages.values() if message.kind in SAID), key=lambda message: int(message.id))


def _shown(channel: str, number: str, below: str | None, body: dict[str, Any], edits: int) -> dict[str, Any]:
    text = json.dumps(body, ensure_ascii=False)
    return {"channel": channel, "id": number, "below": below, "text": text, "marked": REPEATED in text, "edits": edits}


async def _serve(burst: int) -> None:
    house = ChatHouse(burst=burst)
    await house.start()
    sys.stdout.write(json.dumps(house.told()) + "\n")
    sys.stdout.flush()
    try:
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await house.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--burst", type=int, default=5, help="messages a Slack channel takes at once before one a second holds")
    asyncio.run(_serve(parser.parse_args().burst))
