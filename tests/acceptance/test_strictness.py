"""The chats as a process are as strict as the stand-ins that other tests hold in their own: the same mistakes, the same words."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "words"}}
QUIET = {"text": "words", "unfurl_links": False, "unfurl_media": False}
SLACK_MISTAKES = {
    "no words for a screen reader": ("chat.postMessage", {**QUIET, "text": "", "blocks": [SECTION]}),
    "previews left on": ("chat.postMessage", {"text": "words", "blocks": [SECTION]}),
    "a block of no kind": ("chat.postMessage", {**QUIET, "blocks": [{"type": "paragraph"}]}),
    "a headline too long": (
        "chat.postMessage",
        {**QUIET, "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "a" * 151}}]},
    ),
    "a key that no block has": ("chat.postMessage", {**QUIET, "blocks": [{**SECTION, "colour": "red"}]}),
    "a method that is none": ("chat.shout", QUIET),
}
MESSAGES = "/channels/{place}/messages"
DISCORD_MISTAKES = {
    "too long": (MESSAGES, {"content": "a" * 2001}),
    "a title too long": (MESSAGES, {"embeds": [{"title": "a" * 257}]}),
    "a field of no message": (MESSAGES, {"contents": "words", "content": "words"}),
    "a field of no embed": (MESSAGES, {"embeds": [{"headline": "words", "title": "words"}]}),
    "a number for a text": (MESSAGES, {"embeds": [{"title": 7}]}),
    "nothing to show": (MESSAGES, {"content": ""}),
    "a route that is none": ("/channels/{place}/shouts", {"content": "words"}),
}


def door(name: str) -> Any:
    """The file of a stand-in."""
    path = Path(__file__).resolve().parent.parent / "standins" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"strictness_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def chats(shared_data: Path, tools: Any) -> AsyncIterator[Any]:
    """The chats as a process, for somebody who makes mistakes on purpose."""
    async with tools.chats.open_chats(judged=False) as opened:
        yield opened


@asynccontextmanager
async def serving(standin: Any) -> AsyncIterator[Any]:
    """A stand-in in this process."""
    await standin.start()
    try:
        yield standin
    finally:
        await standin.stop()


async def posted(session: ClientSession, url: str, body: Any, **headers: str) -> None:
    """Post, whatever comes of it."""
    async with session.post(url, json=body, headers=headers) as answer:
        await answer.read()


async def test_slack_finds_the_same_mistakes_in_a_process_of_its_own(chats: Any) -> None:
    async with serving(door("slack").SlackStandIn()) as standin, ClientSession() as session:
        for number, (method, body) in enumerate(SLACK_MISTAKES.values(), 1):
            for base in (standin.base_url, chats.slack_url):
                told = {"channel": "C0000000001", **body}
                await posted(session, base + method, told, Authorization=f"Bearer {standin.bot_token}")
            assert len(standin.verdict()) == number
    assert (await chats.verdict())["violations"]["slack"] == list(map(str, standin.verdict()))
    assert standin.schema is not None


async def test_discord_finds_the_same_mistakes_in_a_process_of_its_own(chats: Any, shared_data: Path) -> None:
    standin = door("discord").load().DiscordStandIn(openapi=shared_data / "discord" / "openapi.json")
    place = standin.world.add_channel(standin.world.add_guild("Watch group"), "alerts").id
    headers = {"Authorization": f"Bot {standin.token}", "User-Agent": "DiscordBot (https://example.org, 1)"}
    async with serving(standin), ClientSession(headers=headers) as session:
        for number, (path, body) in enumerate(DISCORD_MISTAKES.values(), 1):
            await posted(session, standin.api_url + path.format(place=place), body)
            await posted(session, chats.discord_url + path.format(place=chats.address("discord-text")), body)
            assert len(standin.settle()) == number, standin.settle()
    mistakes = (await chats.verdict())["violations"]["discord"]
    assert [mistake.replace(chats.address("discord-text"), place) for mistake in mistakes] == standin.settle()
