"""The clock of a running bot is set: an hour on, an hour back, ten years on and back, to 1970 and back to the present.

The bot is the program as people start it, with both chats, and hears of it as it would in life: its clock suddenly shows something
else. ``pytest tests/acceptance/test_clock_steps.py`` prints the table of docs/delivery.md.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import pytest

INTERVAL = 10.0
"""Seconds between two polls of a feed; what is asserted is twice as much."""
HOUR, YEAR = 3600, 365 * 24 * 3600
FEEDS = ("north", "south")


def steps() -> list[tuple[str, int]]:
    """What happens, and how far from the true time the clock is then."""
    return [
        ("one hour on", HOUR),
        ("one hour back", 0),
        ("one hour back again", -HOUR),
        ("one hour on again", 0),
        ("ten years on", 10 * YEAR),
        ("ten years back", 0),
        ("to 2 January 1970", 24 * HOUR - int(time.time())),
        ("to the present", 0),
    ]


def document(tools: Any, name: str, entries: list[Any]) -> bytes:
    """A feed that states no dates: what is new in it is new whatever the clock shows."""
    items = "".join(
        f"<item><title>{entry.title}</title><link>http://gazette.example/{entry.event}</link>"
        f"<guid isPermaLink='false'>{entry.event}</guid><description>{entry.text}</description></item>"
        for entry in entries
    )
    return f"<rss version='2.0'><channel><title>{name}</title><link>http://{name}.example/</link>{items}</channel></rss>".encode()


async def asked_again(bot: Any, house: Any) -> float:
    """Seconds until both feeds were asked once more, from now."""
    began, before = time.monotonic(), len(house.requests)
    await bot.until(lambda: {name for name, _ in house.requests[before:]} == set(FEEDS), "both feeds were asked again")
    return time.monotonic() - began


@pytest.mark.night
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="libfaketime is loaded by the dynamic linker of Linux")
async def test_whatever_the_clock_is_set_to_feeds_are_polled_within_two_intervals_and_nothing_is_posted_twice(
    tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    if tools.faketime.library() is None:
        pytest.skip("no libfaketime that works: install the development dependencies on x86-64, or the package faketime")
    clock = tools.faketime.WallClock(tmp_path)
    published: dict[str, list[Any]] = {name: [tools.press.Entry.first(f"{name}-old")] for name in FEEDS}
    house = tools.feedhouse.FeedHouse({name: document(tools, name, entries) for name, entries in published.items()})
    await house.start()
    table, new = [], []
    async with tools.chats.open_chats(burst=50) as chats:
        try:
            feeds, often = {name: name for name in FEEDS}, f"{INTERVAL:.0f}s"
            config = chats.configuration(house, feeds, tools.press.TOKEN, interval=often, defaults='group_wait = "1s"')
            (tmp_path / "config.toml").write_text(config, encoding="utf-8")
            database = tmp_path / "bot.db"
            arguments = ("-m", "bot.cli.main", "run", "-c", "config.toml", "--format", "jsonl", "--show", "deliveries")
            environment = chats.environment() | clock.environment()
            async with tools.started(*arguments, cwd=tmp_path, environment=environment) as bot:
                filed = "select count(*) from items where phase = 'filed'"
                await bot.until(lambda: tools.count(database, filed) == len(FEEDS), "the first poll passed")
                for number, (what, ahead) in enumerate(steps()):
                    fresh = tools.press.Entry.first(f"event{number}")
                    new.append(fresh)
                    name = FEEDS[number % 2]
                    published[name].insert(0, fresh)
                    clock.set(ahead)
                    house.documents[name] = document(tools, name, published[name])
                    waited = await asked_again(bot, house)
                    began = time.monotonic()
                    while len(shown := [one for one in await chats.held() if fresh.title in one.text]) < len(tools.chats.CHANNELS):
                        await bot.until(lambda: True, "it lives")
                        assert time.monotonic() - began < 90, f"{what}: not told everywhere: {shown}"
                        await asyncio.sleep(0.1)
                    table.append((what, waited, time.monotonic() - began))
                assert await asked_again(bot, house) < 2 * INTERVAL
                assert await tools.stop(bot) == 0
                stepped = sum("clock was set" in line for line in bot.errors)
        finally:
            await house.stop()
        held = await chats.held()
        with capsys.disabled():
            print("\nthe clock is set        next poll after  told everywhere after")  # noqa: T201  # the table is the result
            for what, waited, told in table:
                print(f"{what:22} {waited:12.1f} s {told:20.1f} s")  # noqa: T201
    assert max(waited for _, waited, _ in table) < 2 * INTERVAL
    for channel in tools.chats.CHANNELS:
        here = [one for one in held if one.channel == channel]
        assert [one.marked for one in here] == [False] * len(new)
        assert [entry.title in one.text for entry, one in zip(new, here, strict=True)] == [True] * len(new), channel
    assert stepped >= len(table), "the bot noticed each step"
