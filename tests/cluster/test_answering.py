"""Whoever answers in Discord may die or sleep: whatever is said is answered, in time, and worked on once.

``pytest tests/cluster/test_answering.py -m "slow or not slow" -s`` prints how long people waited.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

LEADER = "select holder from leads where name = 'gateway:discord'"
WORKED_ON = "select count(*) from heard"
QUESTIONS = 4
IN_TIME = 3.0
"""Seconds that Discord waits for a first word."""


async def asked(cluster: Any) -> list[float]:
    """Some questions, one after the other, of which each is answered; seconds that each took."""
    answers = [await cluster.chats.ask("discord") for _ in range(QUESTIONS)]
    assert [answer["why"] for answer in answers if not answer["good"]] == []
    return [answer["seconds"] for answer in answers]


def leader(cluster: Any) -> Any:
    """The process that has the lead, or had it when it died."""
    ((holder,),) = cluster.server.query(LEADER)
    (found,) = (one for one in cluster.members if holder.endswith(f":{one.process.pid}"))
    return found


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.skipif(sys.platform != "linux", reason="processes are stopped as Linux has it")
async def test_who_answers_in_discord_is_killed_and_another_falls_asleep_and_nobody_notices(
    tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    async with tools.cluster.opened(tmp_path, tools, verb=("run",), members=3, lease=None) as cluster:

        async def listening(number: int) -> None:
            async with asyncio.timeout(60):
                while await cluster.chats.discord_listening() != number:
                    await asyncio.sleep(0.05)

        await cluster.chats.ready()
        await listening(3)
        before = cluster.count(WORKED_ON)
        waited = {"all are well": await asked(cluster)}
        dead = leader(cluster)
        await dead.kill()
        await listening(2)
        waited["the one that answers was killed"] = await asked(cluster)
        assert leader(cluster) is dead, "its lead goes on for half a minute"
        first, second = (one for one in cluster.members if one is not dead)
        first.freeze()
        waited["of two left one sleeps"] = await asked(cluster)
        first.thaw()
        second.freeze()
        waited["it wakes, the other sleeps"] = await asked(cluster)
        second.thaw()
        waited["both are awake"] = await asked(cluster)
        worked_on = cluster.count(WORKED_ON) - before
    with capsys.disabled():
        for when, seconds in waited.items():
            print(f"\n{when:35} longest wait {max(seconds):.1f} s", end="")  # noqa: T201  # the table is the result
        print(f"\n{QUESTIONS * len(waited)} questions, {worked_on} worked on")  # noqa: T201
    assert worked_on == QUESTIONS * len(waited)
    assert max(map(max, waited.values())) < IN_TIME
