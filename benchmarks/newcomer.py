"""A newcomer's first quarter of an hour, printed as a conversation: ``python benchmarks/newcomer.py [slack|discord]``.

The whole program runs, over the real SDKs, against the stand-ins and a small newspaper on loopback; no account, no network. The
configuration declares no channel, no source and no rule: everything is said in the chat. Each step waits for what the person is
shown and checks it; the tests run the same script.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any

import structlog
from aiohttp import web

from bot.adapters.slack.manifest import manifest
from bot.app import Options
from bot.commands.table import TABLE
from bot.config.load import load
from bot.core.clock import SystemClock
from bot.running import run

STANDINS = Path(__file__).resolve().parents[1] / "tests" / "standins"
PATIENCE = 60.0
"""Seconds after which something that should be shown is called missing. Nothing is measured against it."""
PAST = (
    (
        "Council of Harbour City buys drones for its harbour police",
        "The council paid 90,000 for six drones. Police fly them at night.",
    ),
    (
        "Mill Lane school takes cameras out of its cafeteria",
        "Pupils paid for lunch with their faces. The council had complained.",
    ),
    ("A bakery on Linden Street wins a prize for rye bread", "The jury praised the crust. The bakery opens at five."),
)
NEWS = (
    "Harbour City council votes to end its contract for number plate cameras",
    (
        "The council of Harbour City voted 6-3 on Tuesday to let the contract for its cameras lapse. Police had searched the "
        "cameras' records 11,400 times last year. The machines go dark in June."
    ),
)


def _loaded(file: str, name: str) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, STANDINS / file)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


async def until(done: Callable[[], Any], what: str) -> Any:
    """What ``done`` tells as soon as it is something."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not (told := done()):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{what} did not happen") from None
    return told


# ---------------------------------------------------------------- a newspaper


class Paper:
    """A site whose front page names its feed."""

    def __init__(self) -> None:
        self.stories = [(title, text, timedelta(days=3 * number)) for number, (title, text) in enumerate(PAST, 1)]
        self.port = 0

    async def serve(self, request: web.Request) -> web.Response:
        """The front page, the feed, or an article."""
        path = request.path
        if path == "/":
            head = '<link rel="alternate" type="application/rss+xml" title="Harbour Ledger" href="/feed.xml">'
            return web.Response(
                text=f"<html><head><title>Harbour Ledger</title>{head}</head><body></body></html>", content_type="text/html"
            )
        if path == "/feed.xml":
            now = datetime.now(UTC) - timedelta(minutes=2)
            items = "".join(
                f"<item><title>{escape(title)}</title><guid isPermaLink='false'>{slug(title)}</guid>"
                f"<link>http://127.0.0.1:{self.port}/story/{slug(title)}</link><pubDate>{format_datetime(now - age)}</pubDate>"
                f"<description>{escape(text)}</description></item>"
                for title, text, age in self.stories
            )
            body = f"<rss version='2.0'><channel><title>Harbour Ledger</title>{items}</channel></rss>"
            return web.Response(text=body, content_type="application/rss+xml")
        found = [(title, text) for title, text, _ in self.stories if path == f"/story/{slug(title)}"]
        for title, text in found:
            shown = f"<article><h1>{escape(title)}</h1><p>{escape(text)}</p></article>"
            return web.Response(
                text=f"<html><head><title>{escape(title)}</title></head><body>{shown}</body></html>", content_type="text/html"
            )
        return web.Response(status=404)


def slug(title: str) -> str:
    """The end of an article's address."""
    return "-".join(re.findall(r"[a-z]+", title.lower())[:6])


@asynccontextmanager
async def newspaper() -> AsyncIterator[Paper]:
    """The paper, listening."""
    paper = Paper()
    app = web.Application()
    app.router.add_get("/{rest:.*}", paper.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    paper.port = runner.addresses[0][1]
    try:
        yield paper
    finally:
        await runner.cleanup()


# ---------------------------------------------------------------- what a person is shown


@dataclass
class Seen:
    """Something that a person is shown.

    Attributes:
        text: as lines.
        buttons: by label, what the platform needs to press each.
        fields: names of what can be filled in.
        handle: the message, window or interaction.
    """

    text: str
    buttons: dict[str, str] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    handle: Any = None


def of_blocks(blocks: list[dict[str, Any]]) -> Iterator[str]:
    """Slack's blocks as lines."""
    for block in blocks:
        match block["type"]:
            case "section" | "header":
                yield from _plain(block["text"]["text"]).split("\n")
                if accessory := block.get("accessory"):
                    yield f"  [{accessory.get('text', {}).get('text', accessory['type'])}]"
            case "context":
                yield " · ".join(_plain(one.get("text", "")) for one in block["elements"])
            case "actions":
                yield "  " + "  ".join(
                    f"[{one.get('text', one.get('placeholder', {})).get('text', one['type'])}]" for one in block["elements"]
                )
            case "input":
                element = block["element"]
                value = element.get("initial_value") or (element.get("initial_option") or {}).get("value", "")
                yield f"  {block['label']['text']}: {value or '_____'}"
            case "image":
                yield f"  (picture: {block['alt_text']})"
            case _:
                pass


def _plain(markup: str) -> str:
    text = re.sub(r"<(?:https?|mailto)[^|>]*\|([^>]*)>", r"\1", markup)
    text = re.sub(r"<!date[^|]*\|([^>]*)>", r"\1", text)
    for escaped, plain in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("```", "")):
        text = text.replace(escaped, plain)
    return re.sub(r"(?<!\w)\*([^*\n]+)\*(?!\w)", r"\1", text).replace("\u2060", "").replace("\u200b", "")


def of_body(body: dict[str, Any]) -> Iterator[str]:
    """A message or modal of Discord as lines."""
    if body.get("content"):
        yield _unmarked(body["content"])
    for embed in body.get("embeds", ()):
        for part in (embed.get("author", {}).get("name"), embed.get("title"), embed.get("description")):
            if part:
                yield from _unmarked(part).split("\n")
        for one in embed.get("fields", ()):
            yield _unmarked(f"{one['name']}: {one['value']}")
        if embed.get("footer"):
            yield _unmarked(embed["footer"]["text"])
    yield from _components(body.get("components", ()))


def _components(parts: Any) -> Iterator[str]:
    for part in parts:
        match part["type"]:
            case 1:
                yield "  " + "  ".join(f"[{one.get('label') or one.get('placeholder', 'menu')}]" for one in part["components"])
            case 10:
                yield from _unmarked(part["content"]).split("\n")
            case 18:
                element = part["component"]
                chosen = next((one["value"] for one in element.get("options", ()) if one.get("default")), "")
                yield f"  {part['label']}: {element.get('value') or chosen or '_____'}"
            case _:
                pass


def _unmarked(text: str) -> str:
    shown = re.sub(r"\[((?:[^\]\\]|\\.)*)\]\(<?[^)]*>?\)", r"\1", text).replace("```", "")
    return re.sub(r"\\([\W_])", r"\1", re.sub(r"\*\*|^-# ", "", shown, flags=re.MULTILINE))


# ---------------------------------------------------------------- the two chats


class SlackChat:
    """A workspace that has the app; its owner, Ada."""

    name, who, place = "Slack", "Ada", "#watch"

    def __init__(self) -> None:
        self.parts = _loaded("slack.py", "standins_slack").parts
        self.standin = self.parts.SlackStandIn(clock=SystemClock(), manifest=manifest("socket"), grant_optional=True, burst=100)
        self.channel = "C0000000003"

    async def start(self) -> str:
        """Serve; what the configuration says of it."""
        await self.standin.start()
        self.person = self.parts.Person(self.standin)
        return f'slack = {{ mode = "socket", base_url = "{self.standin.base_url}" }}'

    async def stop(self) -> list[str]:
        """End; what a well-behaved app never does."""
        await self.standin.stop()
        return [str(one) for one in self.standin.verdict()]

    @property
    def environment(self) -> dict[str, str]:
        """The tokens."""
        return {"WATCHLAMP_SLACK_BOT_TOKEN": self.standin.bot_token, "WATCHLAMP_SLACK_APP_TOKEN": self.standin.app_token}

    async def online(self) -> None:
        """Wait until the bot hears."""
        await until(lambda: self.standin.sockets.opened, "the bot came online in Slack")

    async def invite(self) -> Seen:
        """Invite the bot into the channel; its greeting."""
        await self.person.invite_bot(self.channel)
        await until(lambda: self.standin.posts(self.channel), "a greeting")
        return self._message(self.standin.posts(self.channel)[0])

    async def say(self, command: str, words: str) -> Seen:
        """Type a command; what is shown."""
        del command
        return await self._after(self.person.slash(words, channel=self.channel))

    async def press(self, seen: Seen, label: str) -> Seen:
        """Press a button."""
        action = seen.buttons[label]
        if hasattr(seen.handle, "body") and hasattr(seen.handle, "root"):
            return await self._after(self.person.press_in_view(seen.handle, action))
        return await self._after(self.person.press(seen.handle, action))

    async def fill(self, seen: Seen, values: dict[str, str]) -> Seen:
        """Fill in a form and send it."""
        given = {block_id: {"value": values[name]} for block_id in seen.fields if (name := block_id.partition(":")[2]) in values}
        assert len(given) == len(values), f"the form has no {sorted(values)}: {seen.fields}"
        return await self._after(self.person.submit(seen.handle, given))

    async def posted(self, number: int) -> Seen:
        """The channel's message of this number, the greeting being the first."""
        await until(lambda: len(self.standin.posts(self.channel)) >= number, f"message {number} in the channel")
        return self._message(self.standin.posts(self.channel)[number - 1])

    async def _after(self, act: Any) -> Seen:
        world = self.standin.world
        before = [id(one) for one in world.ephemerals]
        views = {view.id: view.hash for view in world.views.values()}
        await act

        def new() -> Any:
            alone = [one for one in world.ephemerals if id(one) not in before]
            changed = [one for one in world.views.values() if views.get(one.id) != one.hash]
            ready = [
                one
                for one in changed
                if "One moment" not in str(one.body) and "moment" not in str(one.body.get("blocks", ""))[:200]
            ]
            return (alone or ready or [None])[-1]

        found = await until(new, "an answer")
        return self._view(found) if hasattr(found, "root") else self._message(found)

    def _message(self, message: Any) -> Seen:
        return Seen("\n".join(of_blocks(message.blocks)), _slack_buttons(message.blocks), [], message)

    def _view(self, view: Any) -> Seen:
        blocks = view.body["blocks"]
        lines = [f"({view.body['title']['text']})", *of_blocks(blocks)]
        if "submit" in view.body:
            lines.append(f"  [{view.body['submit']['text']}]")
        fields = [block["block_id"] for block in blocks if block["type"] == "input"]
        return Seen("\n".join(lines), _slack_buttons(blocks), fields, view)


def _slack_buttons(blocks: list[dict[str, Any]]) -> dict[str, str]:
    return {
        one["text"]["text"]: one["action_id"]
        for block in blocks
        for one in [*block.get("elements", ()), block.get("accessory") or {}]
        if one.get("type") == "button"
    }


class DiscordChat:
    """A server whose Mira may manage it."""

    name, who, place = "Discord", "Mira", "#watch"

    def __init__(self) -> None:
        self.parts = _loaded("discord.py", "standin_discord_loader").load()
        openapi = Path(__file__).resolve().parents[2] / "shared" / "data" / "discord" / "openapi.json"
        self.standin = self.parts.DiscordStandIn(clock=SystemClock(), openapi=openapi if openapi.is_file() else None)
        self.standin.world.add_channel(self.standin.world.add_guild("Somebody else's"), "hall")

    async def start(self) -> str:
        """Serve; what the configuration says of it."""
        await self.standin.start()
        return f'discord = {{ api_url = "{self.standin.api_url}", gateway_url = "{self.standin.gateway_url}" }}'

    async def stop(self) -> list[str]:
        """End; what a strict Discord would not forgive."""
        await self.standin.stop()
        return list(self.standin.settle())

    @property
    def environment(self) -> dict[str, str]:
        """The token."""
        return {"WATCHLAMP_DISCORD_TOKEN": self.standin.token}

    async def online(self) -> None:
        """Wait until the bot hears, and knows which servers were there before."""
        await self.standin.gateway.until_online()
        await until(lambda: self.standin.commands[None], "the commands were registered")
        await asyncio.sleep(3)  # a server that shows up in the first moments is one that was there before

    async def invite(self) -> Seen:
        """Add the bot to a server; its greeting."""
        world = self.standin.world
        guild = world.add_guild("Watch group")
        self.channel = guild.system_channel = world.add_channel(guild, "watch")
        chief = world.add_role(guild, "chief", permissions=self.parts.world.may.MANAGE_GUILD)
        self.person = self.standin.person("Mira", guild, chief)
        await self.standin.invite(guild)
        await until(lambda: self.channel.messages, "a greeting")
        return await self.posted(1)

    async def say(self, command: str, words: str) -> Seen:
        """Type a command; what is shown."""
        found = max((one for one in TABLE if f"{words} ".startswith(f"{one.name} ")), key=lambda one: len(one.name))
        options = dict(found.read(words.removeprefix(found.name).strip(), terminal=False))
        return await self._shown(await self.person.slash(self.channel, f"{command} {found.name}", options))

    async def press(self, seen: Seen, label: str) -> Seen:
        """Press a button."""
        return await self._shown(await self.person.press(seen.handle, seen.buttons[label]))

    async def fill(self, seen: Seen, values: dict[str, str]) -> Seen:
        """Fill in a form and send it."""
        return await self._shown(await self.person.submit(seen.handle, values))

    async def posted(self, number: int) -> Seen:
        """The channel's message of this number, the greeting being the first."""

        def own() -> list[Any]:
            return [one for one in self.channel.messages.values() if one.author is self.standin.world.me]

        await until(lambda: len(own()) >= number, f"message {number} in the channel")
        message = own()[number - 1]
        return Seen("\n".join(of_body(message.body)), _discord_buttons(message.body), [], message)

    async def _shown(self, asked: Any) -> Seen:
        await until(lambda: not asked.waiting, "an answer")
        if asked.modal is not None:
            lines = [f"({asked.modal['title']})", *of_body(asked.modal), "  [Submit]"]
            fields = [part["component"]["custom_id"] for part in asked.modal["components"] if part["type"] == 18]
            return Seen("\n".join(lines), {}, fields, asked)
        message = asked.original
        return Seen("\n".join(of_body(message.body)), _discord_buttons(message.body), [], message)


def _discord_buttons(body: dict[str, Any]) -> dict[str, str]:
    return {
        one["label"]: one["custom_id"]
        for row in body.get("components", ())
        if row["type"] == 1
        for one in row["components"]
        if one["type"] == 2 and "custom_id" in one
    }


# ---------------------------------------------------------------- the story


class Teller:
    """Prints the conversation, and checks what is shown."""

    def __init__(self, chat: Any, say: Callable[[str], None]) -> None:
        self._chat = chat
        self._say = say

    def acts(self, what: str) -> None:
        """Say what the person does."""
        self._say(f"\n{self._chat.who} {what}")

    def shows(self, seen: Seen, *expected: str) -> Seen:
        """Say what the person is shown, which must say these things."""
        self._say("\n".join(f"    {line}" for line in seen.text.split("\n") if line.strip()))
        for words in expected:
            assert words in seen.text, f"{words!r} is not shown in {self._chat.name}:\n{seen.text}"
        return seen


async def newcomer(chat: Any, paper: Paper, say: Callable[[str], None]) -> None:
    """The first quarter of an hour."""
    teller = Teller(chat, say)
    admin = "/watch-admin" if chat.name == "Discord" else "/watch"

    async def typed(words: str, *expected: str, command: str = admin) -> Seen:
        teller.acts(f"types: {command} {words}")
        return teller.shows(await chat.say(command.removeprefix("/"), words), *expected)

    async def pressed(seen: Seen, label: str, *expected: str) -> Seen:
        teller.acts(f"presses [{label}]")
        return teller.shows(await chat.press(seen, label), *expected)

    teller.acts(f"invites the bot into {chat.place}")
    teller.shows(await chat.invite(), "Watchlamp is here.", "edited as more outlets report the story")
    site = f"http://127.0.0.1:{paper.port}/"
    found = await typed(f"source add {site}", "Harbour Ledger", PAST[0][0], "What it holds already is not posted.")
    added = await pressed(found, "Add it", "In force: source")
    source = re.search(r"In force: source ([\w.-]+)\.", added.text)
    assert source is not None
    await _read(chat, source[1])
    wrong = await typed("rule add plates council AND camera* OR drone*", "OR and AND stand together without parentheses")
    teller.acts("mends the query: council AND (camera* OR drone*)")
    right = {"query": "council AND (camera* OR drone*)"}
    past = await chat.fill(wrong, right) if wrong.fields else await chat.say("watch-admin", f"rule add plates {right['query']}")
    teller.shows(past, "plates: 2 stories in 30 days", PAST[0][0], "Nothing of the past is posted.")
    await pressed(past, "Confirm", "In force: rule plates.")
    say(f"\nThe Harbour Ledger reports: {NEWS[0]}")
    paper.stories.insert(0, (*NEWS, timedelta(0)))
    await typed(f"source poll {source[1]}", f"{source[1]} is read ")
    say(f"\nIn {chat.place} appears:")
    alert = teller.shows(await chat.posted(2), NEWS[0], "Harbour Ledger", "plates")
    teller.acts("presses [Why]")
    why = await chat.press(alert, "Why")
    while "On its way" in why.text:  # faster than any person: the receipt is not written yet
        why = await chat.press(alert, "Why")
    teller.shows(why, "Posted because rule", "council: found in the title")
    await pressed(alert, "Not relevant", "Counted: not relevant for plates.")
    muted = await typed('mute outlet "Harbour Ledger" 7d', "Harbour Ledger", "undo c")
    number = re.search(r"undo (c[0-9a-f]{12})", muted.text)
    assert number is not None
    await typed(f"undo {number[1]}", "undo c")


async def _read(chat: Any, source: str) -> None:
    """Wait until the silent first poll is over: until then, nothing is news."""
    command = "watch-admin" if chat.name == "Discord" else "watch"
    for _ in range(600):
        told = await chat.say(command, f"source poll {source}")
        if "is not read yet" not in told.text:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(2)


async def played(which: str, say: Callable[[str], None]) -> list[str]:
    """Play it on one platform; what the platform would not forgive."""
    chat = SlackChat() if which == "slack" else DiscordChat()
    say(f"\n# {chat.name}")
    async with AsyncExitStack() as stack:
        paper = await stack.enter_async_context(newspaper())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        config = folder / "config.toml"
        config.write_text(
            f"""
database = {{ url = "sqlite:bot.db" }}
defaults = {{ group_wait = "0s", group_interval = "0s" }}
{await chat.start()}
[net]
contact = "mailto:ops@example.org"
allow = ["127.0.0.0/8"]
allow_ports = [{paper.port}]
min_interval = "1s"
""",
            encoding="utf-8",
        )
        stop = asyncio.Event()
        bot = asyncio.create_task(run(load(config, environ=chat.environment), Options(), stop=stop))
        try:
            await chat.online()
            await newcomer(chat, paper, say)
        finally:
            stop.set()
            status = await asyncio.wait_for(bot, PATIENCE)
            problems = await chat.stop()
        assert status == 0
    return problems


def main() -> None:
    """Print both conversations, or that of the platform that is named."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for which in sys.argv[1:] or ("slack", "discord"):
        problems = asyncio.run(played(which, print))
        assert not problems, "\n".join(problems)


if __name__ == "__main__":
    main()
