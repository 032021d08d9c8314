"""What the tests of the promise about delivery share: a mortal bot over a real store, and chats that fail honestly."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import inturn
import pytest
from bypath import loaded

from bot.core.model import Channel, ChannelSettings, Platform, Rule

HERE = Path(__file__).parent


tools = SimpleNamespace(
    inturn=inturn,
    **{name: loaded(HERE / f"{name}.py", f"delivery_{name}") for name in ("audit", "chat", "mortal", "platforms", "reports")},
)


@pytest.fixture(scope="session")
def house() -> SimpleNamespace:
    return tools


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file of the newest schema with nothing in it: copied, it saves half a second each time."""
    path: Path = tmp_path_factory.mktemp("empty") / "empty.db"
    tools.mortal.make_database(path)
    return path


@pytest.fixture
async def open_bot(empty_database: Path, tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[tuple[Any, Any, Any]]]]:
    """Opens bots: channels with settings, on a chat that can be asked, and one rule for all of them."""
    opened = []

    async def made(start: datetime, **channels: Any) -> tuple[Any, Any, Any]:
        clock = tools.mortal.WallClock(start)
        chat = tools.chat.AskableChat(Platform.DISCORD, clock)
        rule = Rule("cameras", "council cameras", title="Cameras", channels=tuple(channels))
        named = [
            Channel(name, Platform.DISCORD, f"discord:{name}", ChannelSettings(**{"group_wait": timedelta(0), **settings}))
            for name, settings in channels.items()
        ]
        bot = await tools.mortal.Bot.born(
            empty_database, tmp_path / f"bot{len(opened)}.db", clock, {Platform.DISCORD: chat}, [rule], named
        )
        opened.append(bot)
        return bot, chat, clock

    with tools.inturn.without_threads():
        yield made
        for bot in opened:
            await bot.end()
