"""The bot as a process, sixty real feeds, two Slack and two Discord channels at once: each new entry once per channel, in order."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest


def plant(house: Any, tools: Any, originals: dict[str, bytes], events: dict[str, Any]) -> None:
    """A new entry in each feed that has a place for one, each about an event of its own."""
    now = datetime.now(UTC)
    for name, entry in events.items():
        link = f"http://127.0.0.1:{house.port}/article/{entry.event}"
        house.documents[name] = tools.feedhouse.planted(originals[name], entry.title, entry.text, f"planted-{name}", link, now)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_each_new_entry_of_sixty_feeds_stands_once_in_each_of_four_chat_channels_in_order(
    shared_data: Path, tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    real = sorted((shared_data / "feeds" / "real").iterdir())
    originals = {path.name: tools.feedhouse.shifted(path.read_bytes(), datetime.now(UTC)) for path in real}
    events = {name: tools.press.Entry.first(f"event{number}") for number, name in enumerate(originals)}
    house = tools.feedhouse.FeedHouse(originals)
    await house.start()
    try:
        async with tools.chats.open_chats(burst=30) as chats:
            config, database = tmp_path / "config.toml", tmp_path / "bot.db"
            feeds = {f"s{number}": name for number, name in enumerate(sorted(house.documents))}
            config.write_text(chats.configuration(house, feeds, tools.press.TOKEN), encoding="utf-8")
            arguments = ("-m", "bot.cli.main", "run", "-c", str(config), "--format", "jsonl", "--show", "deliveries")

            def count(sql: str) -> int:
                return int(tools.count(database, sql))

            async with tools.started(*arguments, cwd=tmp_path, environment=chats.environment()) as bot:
                await bot.until(lambda: len({name for name, _ in house.requests}) == 60, "every feed was asked")
                await bot.until(
                    lambda: count("select count(*) from sources where baselined_at is not null") == 59, "59 feeds were read"
                )
                await bot.until(lambda: count("select count(*) from items where phase = 'queued'") == 0, "the first poll was filed")
                assert await chats.held() == []
                ((unread,),) = tools.query(database, "select source_id from sources where baselined_at is null")
                del events[sorted(originals)[int(unread[1:])]]
                plant(house, tools, originals, events)
                await bot.until(lambda: len(bot.posts) >= 4 * 59, "every new entry was posted in all four channels")
                asked = len(house.requests)
                await bot.until(lambda: len(house.requests) > asked + 120, "everything was polled again")
                assert await tools.stop(bot) == 0
            async with tools.started(*arguments, cwd=tmp_path, environment=chats.environment()) as again:
                asked = len(house.requests)
                await again.until(lambda: len(house.requests) > asked + 120, "everything was polled again after the restart")
                assert await tools.stop(again) == 0
            held, verdict = await chats.held(), await chats.verdict()
    finally:
        await house.stop()
    titles = {entry.title for entry in events.values()}
    arrived = [title for (title,) in tools.query(database, "select title from items order by arrival") if title in titles]
    for channel in tools.chats.CHANNELS:
        shown = [next(title for title in titles if title in message.text) for message in held if message.channel == channel]
        assert shown == arrived, channel
    assert Counter(message.marked for message in held) == {False: 4 * 59}
    assert verdict["violations"] == {"slack": [], "discord": []}
    assert chats.checked == {"slack": True, "discord": True}
    with capsys.disabled():
        print(f"\n{len(titles)} entries, once in each of 4 channels, in order; payloads checked: {verdict['payloads']}")  # noqa: T201
