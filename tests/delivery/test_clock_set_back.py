"""A clock that was ahead and is set back: what the operator is told comes by the new clock, once, and nothing is kept from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.commands.reasons import HAPPENED
from bot.core.messages import NoticeMessage, ReminderMessage
from bot.core.model import Channel, ChannelSettings, Platform
from bot.core.silences import Silenced
from bot.core.sources import SourceConfig, SourceState
from bot.service.monitor import EVERY, Monitor

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LOOK = timedelta(seconds=EVERY)


class Desk:
    """A monitor over a bot's own store, told to the channel ``desk``."""

    def __init__(self, bot: Any, chat: Any, clock: Any) -> None:
        self.bot, self.chat, self.clock = bot, chat, clock
        settings = ChannelSettings(heartbeat="daily 08:00", group_wait=timedelta(0), max_per_hour=0)
        bot.channels["quiet"] = Channel("quiet", Platform.DISCORD, "discord:quiet", settings)
        self.monitor = Monitor(
            store=bot.raw, clock=clock, sources=["wire"], channels=bot.channels, rules={}, operator="desk", why=HAPPENED
        )

    async def look(self, after: timedelta = LOOK) -> list[str]:
        """The titles of what this look tells."""
        before = len(self.chat.shown)
        self.clock.advance(after)
        await self.monitor.look()
        await self.bot.send()
        return [message.said.title for message in self.chat.shown[before:] if isinstance(message.said, NoticeMessage)]

    async def looks(self, lasting: timedelta) -> list[tuple[str, datetime]]:
        """Everything that is told while time passes, and when."""
        told, end = [], self.clock.now() + lasting
        while self.clock.now() < end:
            told += [(title, self.clock.now()) for title in await self.look(30 * MINUTE)]
        return told

    async def source(self, **state: Any) -> None:
        await self.bot.raw.save_source_states([replace(SourceState("wire"), last_polled_at=self.clock.now(), **state)])


@pytest.fixture
async def desk(open_bot: Any) -> Desk:
    bot, chat, clock = await open_bot(NOON, desk={"max_per_hour": 0})
    built = Desk(bot, chat, clock)
    await bot.again()
    built.monitor._store = bot.raw
    await bot.raw.declare_sources([SourceConfig("wire", "feed", "https://wire.example/")], NOON)
    return built


@pytest.mark.parametrize("ahead", [3 * DAY, timedelta(days=3653)])
async def test_a_heartbeat_comes_at_its_next_time_by_the_clock_that_was_set_back(desk: Desk, ahead: timedelta) -> None:
    desk.clock.set(ahead)
    await desk.look()
    desk.clock.set(-ahead)
    told = [at for title, at in await desk.looks(3 * DAY) if title.startswith("Nothing matched")]
    assert [(at.day, at.hour) for at in told] == [(11, 8), (12, 8), (13, 8)]


@pytest.mark.parametrize(
    "ahead", [pytest.param(20 * DAY, marks=pytest.mark.slow), pytest.param(timedelta(days=3653), marks=pytest.mark.slow)]
)
async def test_the_weekly_list_comes_on_the_next_monday_of_the_clock_that_was_set_back(desk: Desk, ahead: timedelta) -> None:
    await desk.source(trouble="gone", failing_since=NOON)
    desk.clock.set(ahead)
    await desk.look()
    desk.clock.set(-ahead)
    told = [at for title, at in await desk.looks(14 * DAY) if "nothing any more" in title]
    assert [(at.day, at.hour) for at in told] == [(16, 9), (23, 9)]


@pytest.mark.parametrize("ahead", [3 * DAY, timedelta(days=3653)])
async def test_a_message_given_up_after_the_clock_was_set_back_is_told_once(desk: Desk, house: Any, ahead: timedelta) -> None:
    desk.clock.set(ahead)
    await desk.look()
    desk.clock.set(-ahead)
    await desk.bot.arrive(house.reports.report(0, 0, desk.clock.now()))
    await desk.bot.think()
    desk.chat.will("desk", house.chat.Fate.REFUSED)
    await desk.bot.send()
    told = [title for number in range(8) for title in await desk.look() if "given up" in title]
    assert told == ["Messages were given up"]


@pytest.mark.parametrize("ahead", [3 * DAY, timedelta(days=3653)])
async def test_a_trouble_that_began_while_the_clock_was_ahead_is_told_when_it_has_lasted_and_when_it_is_over(
    desk: Desk, ahead: timedelta
) -> None:
    desk.clock.set(ahead)
    await desk.source(failures=3, trouble="500", failing_since=desk.clock.now(), last_error="It answered 500.")
    await desk.look()
    desk.clock.set(-ahead)
    began = desk.clock.now()
    told = [(title, at - began) for title, at in await desk.looks(8 * HOUR) if "attention" in title]
    assert [title for title, _ in told] == ["1 matter needs attention"]
    assert 6 * HOUR <= told[0][1] <= 7 * HOUR
    desk.clock.set(ahead)
    await desk.source(entries=3)
    await desk.look()
    desk.clock.set(-ahead)
    assert [title for title, _ in await desk.looks(3 * HOUR) if "well again" in title] == []


@pytest.mark.parametrize("noticed", [True, False])
async def test_what_people_asked_for_while_the_clock_was_ahead_lasts_as_long_as_they_meant(
    open_bot: Any, house: Any, noticed: bool
) -> None:
    bot, chat, clock = await open_bot(NOON, desk={"max_per_hour": 0})
    await bot.arrive(house.reports.report(0, 0, clock.now()))
    await bot.think()
    await bot.send()
    story = chat.shown[0].said.story_id
    ahead = timedelta(days=3653)
    clock.set(ahead)
    until = clock.now() + HOUR
    await bot.silences.mute(bot.person, Silenced.RULE, "cameras", "Cameras", channel_id=None, until=until)
    await bot.silences.hold(bot.person, until)
    reminder = ReminderMessage(story, "A story", None, None, until)
    await bot.reminding.remind(bot.person, "key", bot.channels["desk"], reminder)
    clock.set(-ahead)
    await (bot.upkeep.after_clock_step(-ahead) if noticed else bot.again())
    clock.advance(HOUR - MINUTE)
    assert len(await bot.silences.mutes(bot.person)) == len(await bot.silences.holds(bot.person)) == 1
    await bot.both()
    assert len(chat.shown) == 1
    clock.advance(MINUTE)
    assert await bot.silences.mutes(bot.person) == await bot.silences.holds(bot.person) == []
    await bot.both()
    await bot.both()
    assert [str(message.action) for message in chat.shown] == ["post", "remind"]
    assert chat.shown[1].said.due == clock.now()
