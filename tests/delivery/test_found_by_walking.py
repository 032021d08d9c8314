"""What the walk over all steps found, each once more in its shortest form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def reported(bot: Any, house: Any, *events: int) -> None:
    """Events are reported, and told as far as the channel allows."""
    await bot.arrive(*(house.reports.report(event, 0, bot.clock.now()) for event in events))
    await bot.think()
    await bot.send()


async def test_a_clock_that_was_days_ahead_leaves_a_capped_channel_its_room_within_the_hour(house: Any, open_bot: Any) -> None:
    bot, chat, clock = await open_bot(NOON, team={"max_per_hour": 1})
    await reported(bot, house, 0)
    clock.set(timedelta(days=-3))
    await bot.again()
    await reported(bot, house, 1)
    assert len(chat.shown) == 1
    clock.advance(HOUR)
    await bot.send()
    assert len(chat.shown) == 2


async def test_a_step_back_that_is_noticed_keeps_how_long_ago_a_post_was_sent(house: Any, open_bot: Any) -> None:
    bot, chat, clock = await open_bot(NOON, team={"max_per_hour": 1})
    await reported(bot, house, 0)
    clock.advance(HOUR / 2)
    clock.set(timedelta(hours=-5))
    await bot.upkeep.after_clock_step(timedelta(hours=-5))
    await reported(bot, house, 1)
    clock.advance(HOUR / 2 - timedelta(seconds=1))
    await bot.send()
    assert len(chat.shown) == 1
    clock.advance(timedelta(seconds=1))
    await bot.send()
    assert len(chat.shown) == 2


async def test_a_post_that_waits_behind_a_silent_platform_takes_up_the_room_of_its_hour(house: Any, open_bot: Any) -> None:
    bot, chat, clock = await open_bot(NOON, team={"max_per_hour": 1})
    await reported(bot, house, 0)
    chat.will("team", house.chat.Fate.LATER, 5 * 3600)
    clock.advance(HOUR)
    await reported(bot, house, 1)
    for event in range(2, 6):
        clock.advance(HOUR)
        await reported(bot, house, event)
    clock.advance(HOUR)
    await bot.send()
    assert len(chat.shown) == 2
    clock.advance(HOUR)
    await bot.send()
    assert [str(message.action) for message in chat.shown] == ["post", "post", "digest"]
    assert len(chat.shown[2].said.stories) == 4


async def test_the_digest_after_an_outage_waits_for_the_end_of_the_quiet_hours(house: Any, open_bot: Any) -> None:
    bot, chat, clock = await open_bot(NOON, team={"max_per_hour": 2, "quiet_hours": (14 * 60, 20 * 60)})
    await reported(bot, house, 0)
    clock.advance(HOUR / 2)
    await reported(bot, house, 1)
    await reported(bot, house, 2)  # waits for room until 13:00
    clock.advance(HOUR / 2)
    chat.will("team", house.chat.Fate.LATER, 4 * 3600)
    await bot.send()
    await reported(bot, house, 3)  # until 13:30
    clock.advance(HOUR / 2)
    await bot.send()
    assert [row.state for row in await bot.raw.pending("team")] == ["pending"] * 2
    clock.advance(4 * HOUR)
    await bot.send()
    assert len(chat.shown) == 2
    clock.advance(3 * HOUR)
    await bot.send()
    assert [(str(message.action), message.at.hour) for message in chat.shown[2:]] == [("digest", 20)]


async def test_a_flood_waits_and_leaves_as_one_digest_in_a_handful_of_transactions(house: Any, open_bot: Any) -> None:
    bot, chat, clock = await open_bot(NOON, team={"max_per_hour": 3})
    written: list[int] = []
    bot.life.step = lambda _="": written.append(1)  # called before and after each call of the store
    await bot.arrive(*(house.reports.report(event, 0, NOON) for event in range(60)))
    await bot.think()
    await bot.send()
    shown = len(chat.shown)
    assert shown == 3
    before = len(written)
    await bot.deliverer.send_due()
    await bot.idle()
    clock.advance(HOUR)
    await bot.deliverer.send_due()
    await bot.idle()
    assert len(written) - before < 60
    assert [str(message.action) for message in chat.shown[3:]] == ["digest"]
