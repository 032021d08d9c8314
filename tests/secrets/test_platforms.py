"""Both chats fail while they are asked with their tokens, and no token is in what is said of it."""

from __future__ import annotations

import io
from typing import Any

import pytest

from bot.app import Bot, Options
from bot.cli.doctor import told
from bot.config.load import load
from bot.core.clock import SystemClock
from bot.doctor.examine import examine
from bot.store.database import Store
from bot.verbs import answer, ask_chats

WAYS = ("400", "401", "403", "404", "410", "418", "echo-json", "echo-html", "echo-headers", "broken-json", "not-http", "half-head",
        "hangs-up", "truncated", "elsewhere", "empty", "refused")  # fmt: skip
"""Without 5xx, which discord.py tries again for half a minute."""


@pytest.fixture
def chats(world: Any, platform_tokens: dict[str, str]) -> Any:
    """Writes a configuration with both chats, at addresses that go this way."""

    def write(way: str, *, mode: str = "socket") -> Any:
        world.environ.update(platform_tokens)
        world.tables.clear()
        world.tables.append(
            f'[slack]\nmode = "{mode}"\nbase_url = "{world.at(way)}/api/"\n'
            f'[discord]\napi_url = "{world.at(way)}/api/v10"\ngateway_url = "ws://127.0.0.1:9/gw/"\n'
            '[[channels]]\nid = "one"\nto = "slack:C0123456789"\n'
            '[[channels]]\nid = "two"\nto = "discord:112233445566778899"'
        )
        world.source("plain", "good", "bearer")
        world.write(rule_channels=("one", "two"))
        return load(world.path, environ=world.environ)

    return write


async def test_no_chat_that_fails_when_it_is_checked_tells_its_token(world, chats, said, hunter, walked, echo, cores) -> None:
    printed = io.StringIO()
    for way in WAYS:
        settings = chats(way)
        printed.write(f"{await ask_chats(settings)}")
        printed.write(f"{settings!r}{settings.slack!r}{settings.discord!r}")
    found = await examine(world.path, world.environ, online=True)
    printed.write(told(found) + repr(found))
    assert all(cores[kind] in "\n".join(echo.told) for kind in ("slackbot", "discord")), "a token never went out"
    for where, text in {
        "what check --online and doctor say": printed.getvalue(),
        "the log": said.shown.getvalue(),
        "the log before it is redacted": said.raw.getvalue(),
    }.items():
        hunter.search(where, text)
    assert printed.getvalue().count("Slack") >= len(WAYS)
    walked("checks of both chats", [f"{way}-{chat}" for way in WAYS for chat in ("slack", "discord")])


@pytest.mark.parametrize("way", ["401", "echo-json", "hangs-up"])
async def test_no_chat_that_fails_while_the_bot_runs_tells_its_token(
    world, chats, said, hunter, walked, contents, way: str
) -> None:
    settings = chats(way)
    store = await Store.open(settings.database_url)
    bot = Bot(settings, store, Options(once=True, out=io.StringIO()), SystemClock())
    try:
        await bot.prepare()
        results = await bot.once()
        rows = await store.deliveries(limit=50)
    finally:
        await bot.close()
        await store.close()
    assert rows
    for where, text in {
        "the log": said.shown.getvalue(),
        "the log before it is redacted": said.raw.getvalue(),
        "reprs": "".join(map(repr, (results, rows, bot, bot.chats))),
        "the database": contents(world.database),
        "answers": (await answer(settings, "status", width=None))[1],
    }.items():
        hunter.search(where, text)
    walked(f"a run with both chats, {way}", [f"{way}-slack", f"{way}-discord"])
