"""The state machine of delivery on PostgreSQL, where three processes share the outbox: the promise is the same.

Everything that ``tests/delivery/test_walk.py`` does to one bot is done here to three: two work on while one dies, or is frozen in
the middle of a send until its lease is over. The auditor is the same, and it judges every call at the moment it is made.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import structlog
from bypath import loaded
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from bot.core.model import Platform, Rule
from bot.store.database import Store

HERE = Path(__file__).parent
together = loaded(HERE / "together.py", "cluster_together")
alone = loaded(HERE.parent / "delivery" / "test_walk.py", "delivery_walk")
MANY = 3


class Walk(alone.Walk):  # type: ignore[misc,name-defined]  # loaded by its path
    """One walk of three processes."""

    server: Any
    template: str

    @initialize()
    def born(self) -> None:
        self.broken = False
        self.moments = count(1)
        self.clock = together.mortal.WallClock(alone.START)
        self.slack = together.chat.Chat(Platform.SLACK, self.clock)
        self.discord = together.chat.AskableChat(Platform.DISCORD, self.clock)
        self.by_platform = {chat.platform: chat for chat in (self.slack, self.discord)}
        self.database = f"walk{next(self.numbers)}"
        self.server.execute(f"CREATE DATABASE {self.database} TEMPLATE {self.template}")
        self.path = Path(self.database)
        rules = [
            Rule("cameras", "council cameras", title="Cameras", channels=tuple(alone.NAMES)),
            Rule("drones", "drones", title="Drones"),
        ]
        url = self.server.url(self.database)
        born = together.Together.born(url, self.clock, self.by_platform, rules, alone.CHANNELS, many=MANY)
        self.bot = self.run(born)
        self.audit = together.Audit(url, self.bot.channels, (self.slack, self.discord))
        for chat in (self.slack, self.discord):
            chat.watch = lambda delivery: self.audit.watch(delivery, self.clock.now())

    @rule(
        channel=st.sampled_from(["plain", "careful", "asked"]),
        moment=st.sampled_from(["before", "after"]),
        pause=st.sampled_from([timedelta(minutes=2, seconds=10), timedelta(minutes=11)]),
        event=st.integers(0, 6),
        more=st.integers(0, 2),
    )
    def one_is_frozen_in_the_middle_of_a_send(self, channel: str, moment: str, pause: timedelta, event: int, more: int) -> None:
        now = self.clock.now()
        news = [self.house.reports.report((event + place) % 9, place, now, wording=place) for place in range(more + 1)]
        self.run(self.bot.arrive(*news))
        self.run(self.bot.think())
        self.clock.advance(alone.WAIT)
        doubtful = self.audit.doubtful
        slept = self.bot.sleep_in_a_send(channel, moment, pause, self.clock, lambda: doubtful.update(self.audit.in_flight()))
        self.steps["frozen"] += self.run(slept)

    @rule(events=st.sets(st.integers(0, 6), min_size=1, max_size=3), outlet=st.integers(0, 3), steps=st.integers(0, 80))
    def news_comes_and_one_dies_over_it(self, events: set[int], outlet: int, steps: int) -> None:
        """What most of the other rules need before they say anything: something is told."""
        now = self.clock.now()
        self.run(self.bot.arrive(*(self.house.reports.report(event, outlet, now) for event in sorted(events))))
        self.run(self.bot.think())
        self.clock.advance(alone.WAIT)
        if self.run(self.bot.die_within(steps, self.bot.both)):
            self.steps["deaths"] += 1
        self.comes_back()

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "database"):
            self.server.drop(self.database)


async def made(url: str) -> None:
    """A database of the newest schema."""
    await (await Store.open(url)).close()


def walk(house: Any, server: Any, *, walks: int, steps: int) -> Counter[str]:
    """Walk so often, so far; what happened."""
    counted: Counter[str] = Counter()
    template = server.create()
    asyncio.run(made(server.url(template)))
    with TemporaryDirectory() as folder, asyncio.Runner() as runner, structlog.testing.capture_logs():
        attributes = {
            "house": house, "empty": Path(folder), "folder": Path(folder), "runner": runner, "steps": counted,
            "server": server, "template": template, "numbers": count(),
        }  # fmt: skip
        machine = type("Walked", (Walk,), attributes)
        chosen = settings(
            max_examples=walks,
            stateful_step_count=steps,
            derandomize=True,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(machine, settings=chosen, _min_steps=steps)
    server.drop(template)
    return counted


def show(counted: Counter[str]) -> None:
    """Print what happened."""
    print("\n" + ", ".join(f"{number:,} {what}" for what, number in counted.items()))  # noqa: T201  # the figures are the result


@pytest.fixture
def house() -> Any:
    """What a walk takes from the tests of delivery."""
    return together


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_three_processes_on_one_postgresql_keep_the_promise(
    house: Any, postgresql_server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = walk(house, postgresql_server, walks=11, steps=25)
    with capsys.disabled():
        show(counted)
    assert counted["steps"] >= 200
    assert min(counted[what] for what in ("deaths", "messages", "frozen")) > 0


@pytest.mark.night
@pytest.mark.timeout(3000)
def test_three_processes_on_one_postgresql_keep_the_promise_over_many_steps(
    house: Any, postgresql_server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = walk(house, postgresql_server, walks=30, steps=50)
    with capsys.disabled():
        show(counted)
    assert counted["steps"] >= 1500
    assert min(counted[what] for what in ("deaths", "marked", "mutes", "holds", "reminders", "frozen")) > 0
