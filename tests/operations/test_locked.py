"""Another program holds the database: the bot waits and loses nothing, health says so, and who asks hears within three seconds.

``BEGIN EXCLUSIVE`` by a connection of its own, as somebody's console or a backup made by hand does it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import BusyError
from bot.core.patience import IN_PERSON, patience, waiting_at_most
from bot.store.database import Store

HELD = 30.0
"""Seconds."""
ANSWERED_WITHIN = 3.0


def test_who_is_in_a_hurry_waits_no_longer_than_that_and_nobody_waits_longer_than_usual() -> None:
    minute = timedelta(minutes=1)
    assert patience(minute) == minute
    with waiting_at_most():
        assert patience(minute) == IN_PERSON < timedelta(seconds=ANSWERED_WITHIN)
        with waiting_at_most(minute):
            assert patience(minute) == IN_PERSON
        assert patience(timedelta(seconds=1)) == timedelta(seconds=1)
    assert patience(minute) == minute


async def test_while_the_bots_own_work_waits_a_person_is_answered_and_both_get_their_way_afterwards(
    database: Path, held: Callable[..., Any]
) -> None:
    store = await Store.open(f"sqlite:{database}", busy_timeout=timedelta(seconds=30))
    async with held(database, 30) as over:
        work = asyncio.create_task(store.keep_fact("work", "done"))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        with waiting_at_most(timedelta(seconds=0.5)), pytest.raises(BusyError, match="is in use by another program"):
            await store.keep_fact("question", "asked")
        assert time.monotonic() - began < 10  # half a second and what a busy machine adds, not the thirty that work may wait
        assert await store.fact("work") is None, "reading goes on"
        assert not work.done()
        over.set()
        await work
    await store.keep_fact("question", "asked")
    assert (await store.fact("work"), await store.fact("question")) == ("done", "asked")
    assert store.health.trouble == ""
    await store.close()


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_held_for_thirty_seconds_nothing_is_lost_health_is_red_for_as_long_and_commands_say_busy_in_time(
    press: Any, configure: Callable[..., Path], held: Callable[..., Any], tmp_path: Path, free_port: int, house: Any
) -> None:
    in_time = house.module("app", "test_discord_in_time")
    options: dict[str, str] = {"operator": f'operator = {{ channel = "ops" }}\nweb = {{ listen = "127.0.0.1:{free_port}" }}'}

    def configured(*, channels: str, top: str) -> Path:
        ops = '[[channels]]\nid = "ops"\nto = "console:ops"\n'
        return configure(channels=channels + ops, top=top + options["operator"])

    async with in_time.open_house(configured, tmp_path) as town:
        await town.until(lambda: town._rows("select 1 from sources where baselined_at is not null"), "the first poll")
        async with held(tmp_path / "bot.db", HELD) as over:
            began = time.monotonic()
            press.publish("vote", "Council cameras switched off", "The council cameras at nine crossings are dark since Tuesday.")
            asked = await town.ada.slash(town.alerts, "watch-admin test")
            await town.until(lambda: not asked.waiting, "an answer")
            answered = time.monotonic() - began
            assert "The database is busy: another program uses it. Nothing was changed" in in_time.told(asked)
            assert asked.answered_after.total_seconds() < ANSWERED_WITHIN
            assert answered < ANSWERED_WITHIN + 1  # of a machine that does other things too
            async with asyncio.timeout(20):
                while (await house.parts(free_port)).get("ready", True):
                    await asyncio.sleep(0.2)
            assert not over.is_set(), "health is red while it lasts"
            assert town.alerts.messages == {}, "nothing is posted that is not kept"
            await asyncio.to_thread(over.wait, HELD)
        await town.until(lambda: town.alerts.messages, "the story")
        async with asyncio.timeout(30):
            while not (await house.parts(free_port)).get("ready"):
                await asyncio.sleep(0.2)
        told = "select count(*) from deliveries where channel_id = 'ops' and state = 'sent'"
        await town.until(lambda: town._rows(told) == [(1,)], "the operator was told")
        assert len(town.alerts.messages) == 1
