"""Anything may happen, in any order: no match is lost, nothing is told twice, and every channel keeps its order and its cap.

A state machine walks the bot from step to step: reports, changed articles, changed rules, answers of every kind, deaths at
every step, clocks that are set. After each step an auditor that shares no code with the bot reads file and chats.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from bot.core.messages import ReminderMessage
from bot.core.model import Channel, ChannelSettings, OnDoubt, Platform, Rule
from bot.core.silences import Silenced

START = datetime(2026, 3, 27, 20, 30, tzinfo=UTC)
"""Two evenings before the clocks of Berlin are changed."""
SECONDS, MINUTES = timedelta(seconds=1), timedelta(minutes=1)
WAIT = timedelta(seconds=30)
CHANNELS = (
    Channel("plain", Platform.SLACK, "slack:plain", ChannelSettings(group_wait=WAIT, max_per_hour=0)),
    Channel("careful", Platform.SLACK, "slack:careful", ChannelSettings(group_wait=WAIT, max_per_hour=0, on_doubt=OnDoubt.HOLD)),
    Channel("asked", Platform.DISCORD, "discord:asked", ChannelSettings(group_wait=timedelta(0), max_per_hour=0)),
    Channel("capped", Platform.DISCORD, "discord:capped", ChannelSettings(group_wait=WAIT, max_per_hour=2)),
    Channel(
        "sleeps",
        Platform.DISCORD,
        "discord:sleeps",
        ChannelSettings(group_wait=WAIT, max_per_hour=3, quiet_hours=(22 * 60, 7 * 60), timezone="Europe/Berlin"),
    ),
    Channel("daily", Platform.SLACK, "slack:daily", ChannelSettings(digest="daily 02:30", timezone="Europe/Berlin")),
)
NAMES = [channel.id for channel in CHANNELS]
LEAPS = [
    timedelta(hours=1),
    timedelta(hours=-1),
    timedelta(hours=-13),
    timedelta(days=3),
    timedelta(days=-2),
    timedelta(minutes=-7),
]
PAUSES = [
    SECONDS,
    6 * SECONDS,
    31 * SECONDS,
    6 * MINUTES,
    21 * MINUTES,
    61 * MINUTES,
    150 * MINUTES,
    timedelta(hours=9),
    timedelta(hours=26),
]


class Walk(RuleBasedStateMachine):
    """One walk: from an empty database to the moment at which nothing waits any more."""

    house: Any
    folder: Path
    empty: Path
    runner: asyncio.Runner
    numbers = count()
    steps: Counter[str]

    @initialize()
    def born(self) -> None:
        self.broken = False
        self.moments = count(1)
        self.clock = self.house.mortal.WallClock(START)
        self.slack = self.house.chat.Chat(Platform.SLACK, self.clock)
        self.discord = self.house.chat.AskableChat(Platform.DISCORD, self.clock)
        self.by_platform = {chat.platform: chat for chat in (self.slack, self.discord)}
        self.path = self.folder / f"walk{next(self.numbers)}.db"
        rules = [
            Rule("cameras", "council cameras", title="Cameras", channels=tuple(NAMES)),
            Rule("drones", "drones", title="Drones"),
        ]
        self.bot = self.run(self.house.mortal.Bot.born(self.empty, self.path, self.clock, self.by_platform, rules, CHANNELS))
        self.audit = self.house.audit.Audit(self.path, self.bot.channels, (self.slack, self.discord))
        for chat in (self.slack, self.discord):
            chat.watch = lambda delivery: self.audit.watch(delivery, self.clock.now())

    def run(self, work: Any) -> Any:
        self.broken = True
        done = self.runner.run(work)
        self.broken = False
        return done

    def chat_of(self, channel: str) -> Any:
        return self.by_platform[self.bot.channels[channel].platform]

    # ------------------------------------------------------------ the world

    @rule(
        event=st.integers(0, 6),
        outlet=st.integers(0, 3),
        wording=st.integers(0, 2),
        age=st.sampled_from([timedelta(0), timedelta(hours=3), timedelta(days=9), None]),
        subject=st.sampled_from(["cameras", "cameras", "cameras", "drones"]),
        baseline=st.sampled_from([False, False, False, True]),
    )
    def something_is_reported(
        self, event: int, outlet: int, wording: int, age: timedelta | None, subject: str, baseline: bool
    ) -> None:
        when = None if age is None else self.clock.now() - age
        item = self.house.reports.report(event, outlet, when, wording=wording, subject=subject)
        self.run(self.bot.arrive(item, baseline=baseline))

    @rule(first=st.integers(0, 6), how_many=st.integers(2, 7), outlet=st.integers(0, 3))
    def much_is_reported_at_once(self, first: int, how_many: int, outlet: int) -> None:
        items = [self.house.reports.report((first + place) % 9, outlet, self.clock.now()) for place in range(how_many)]
        self.run(self.bot.arrive(*items))

    @rule(event=st.integers(0, 6), outlet=st.integers(0, 3), change=st.integers(1, 3))
    def an_article_is_changed(self, event: int, outlet: int, change: int) -> None:
        now = self.clock.now()
        known = self.house.reports.report(event, outlet, now)
        same = {"id": known.id, "guid": known.guid, "url": known.url}
        changed = self.house.reports.report(event, outlet, now, wording=2 + change, **same)
        self.run(self.bot.arrive(changed))

    @rule(channels=st.sets(st.sampled_from(NAMES)), drones=st.sets(st.sampled_from(NAMES), max_size=2), narrow=st.booleans())
    def the_rules_are_changed(self, channels: set[str], drones: set[str], narrow: bool) -> None:
        query = "council cameras -number" if narrow else "council cameras"
        self.bot.rules = {
            "cameras": Rule("cameras", query, title="Cameras", channels=tuple(sorted(channels))),
            "drones": Rule("drones", "drones", title="Drones", channels=tuple(sorted(drones))),
        }
        self.run(self.bot.again())

    @rule(pause=st.sampled_from(PAUSES))
    def time_passes(self, pause: timedelta) -> None:
        self.clock.advance(pause)
        self.run(self.bot.both())

    @rule(leap=st.sampled_from(LEAPS), noticed=st.booleans())
    def the_clock_is_set(self, leap: timedelta, noticed: bool) -> None:
        self.clock.set(leap)
        if leap < timedelta(0):
            for chat in (self.slack, self.discord):
                chat.clock_was_set_back(leap)
        if noticed:
            self.run(self.bot.upkeep.after_clock_step(leap))
        else:
            self.run(self.bot.again())

    # ------------------------------------------------------------ the chats

    @rule(channel=st.sampled_from(NAMES), seconds=st.sampled_from([0.0, 0.5, 7.0, 120.0, 4000.0]))
    def a_chat_will_ask_to_wait(self, channel: str, seconds: float) -> None:
        self.chat_of(channel).will(channel, self.house.chat.Fate.LATER, seconds)

    @rule(
        channel=st.sampled_from(NAMES),
        fate=st.sampled_from(["BUSY", "BROKEN", "CUT", "CUT", "RAISED", "CLOSED", "REFUSED", "DELETED"]),
        times=st.sampled_from([1, 1, 2, 12]),
    )
    def a_chat_will_fail(self, channel: str, fate: str, times: int) -> None:
        for _ in range(times):
            self.chat_of(channel).will(channel, self.house.chat.Fate[fate])

    # ------------------------------------------------------------ the bot

    @rule()
    def it_thinks(self) -> None:
        self.run(self.bot.think())

    @rule()
    def it_sends(self) -> None:
        self.run(self.bot.send())

    @rule()
    def it_does_both_at_once(self) -> None:
        self.clock.advance(SECONDS)
        self.run(self.bot.both())

    @rule(
        steps=st.integers(0, 60),
        pause=st.sampled_from([timedelta(0), SECONDS, WAIT, 10 * MINUTES]),
        what=st.sampled_from(["think", "send", "both"]),
    )
    def it_is_killed(self, steps: int, pause: timedelta, what: str) -> None:
        self.clock.advance(pause)
        if self.run(self.bot.die_within(steps, getattr(self.bot, what))):
            self.steps["deaths"] += 1
        self.comes_back()

    @rule(channel=st.sampled_from(NAMES))
    def it_is_killed_while_the_answer_comes(self, channel: str) -> None:
        fates, death = self.chat_of(channel).fates[channel], (self.house.chat.Fate.KILLED, 0.0)
        fates.appendleft(death)
        self.clock.advance(WAIT)
        if self.run(self.bot.die_within(100_000, self.bot.both)):
            self.steps["deaths"] += 1
        if death in fates:
            fates.remove(death)
        self.comes_back()

    @rule(steps=st.integers(0, 20))
    def it_is_killed_while_it_starts(self, steps: int) -> None:
        self.run(self.bot.end())
        self.run(self.bot.begin())
        if self.run(self.bot.die_within(steps, self.bot.prepare)):
            self.steps["deaths"] += 1
        self.comes_back()

    def comes_back(self) -> None:
        """The next process finds what was committed; a death while it starts opens the file anew, too."""
        self.audit.doubtful.update(self.audit.in_flight())
        self.run(self.bot.idle())
        for chat in (self.slack, self.discord):
            chat.in_flight.clear()
        self.run(self.bot.begin())
        self.run(self.bot.prepare())

    # ------------------------------------------------------------ people

    def somebody_acts(self) -> None:
        """It takes a person a moment, and no two act in the same one."""
        self.clock.advance(SECONDS + timedelta(microseconds=next(self.moments)))

    @precondition(lambda self: any(row.state in ("dead", "held", "pending") for row in self.audit.rows()))
    @rule(which=st.integers(0, 99), what=st.sampled_from(["retry", "drop", "release"]))
    def a_person_decides(self, which: int, what: str) -> None:
        states = {"retry": ("dead", "held"), "drop": ("dead", "held", "pending"), "release": ("held",)}[what]
        rows = [row for row in self.audit.rows() if row.state in states]
        if not rows:
            return
        row = rows[which % len(rows)]
        self.audit.by_hand.add(row.id)
        store, now = self.bot.store, self.clock.now()
        work = {"retry": store.retry_dead, "drop": store.drop, "release": store.release}[what]
        self.run(work(row.id, now))

    @rule(
        kind=st.sampled_from([Silenced.STORY, Silenced.STORY, Silenced.SOURCE, Silenced.RULE]),
        which=st.integers(0, 99),
        channel=st.sampled_from([None, None, *NAMES]),
        lasting=st.sampled_from([20 * MINUTES, 20 * MINUTES, timedelta(hours=5), None]),
    )
    def people_mute_something(self, kind: Silenced, which: int, channel: str | None, lasting: timedelta | None) -> None:
        stories = self.audit.stories()
        subjects = {
            Silenced.RULE: ["cameras", "drones"],
            Silenced.STORY: stories,
            Silenced.SOURCE: [f"outlet{n}" for n in range(4)],
        }
        named = subjects[kind]
        if not named:
            return
        self.somebody_acts()
        subject, until = named[which % len(named)], None if lasting is None else self.clock.now() + lasting
        silences = self.bot.silences
        self.run(silences.mute(self.bot.person, kind, subject, subject, channel_id=channel, until=until))
        self.steps["mutes"] += 1

    @rule(all_of_them=st.booleans())
    def people_unmute(self, all_of_them: bool) -> None:
        self.somebody_acts()
        mutes = self.run(self.bot.silences.mutes(self.bot.person))
        if mutes:
            self.run(self.bot.silences.unmute(self.bot.person, mutes if all_of_them else mutes[:1]))

    @precondition(lambda self: not self.audit.is_held(self.clock.now()))
    @rule(lasting=st.sampled_from([3 * MINUTES, 3 * MINUTES, 3 * MINUTES, 20 * MINUTES, None]))
    def people_hold_everything(self, lasting: timedelta | None) -> None:
        self.somebody_acts()
        self.run(self.bot.silences.hold(self.bot.person, None if lasting is None else self.clock.now() + lasting))
        self.steps["holds"] += 1

    @precondition(lambda self: self.audit.is_held(self.clock.now()))
    @rule()
    def people_release_everything(self) -> None:
        self.somebody_acts()
        self.run(self.bot.silences.release(self.bot.person))

    @precondition(lambda self: self.audit.stories())
    @rule(
        which=st.integers(0, 99),
        channel=st.sampled_from(NAMES),
        after=st.sampled_from([timedelta(minutes=5), timedelta(hours=2), timedelta(days=1)]),
    )
    def somebody_wants_to_be_reminded(self, which: int, channel: str, after: timedelta) -> None:
        self.somebody_acts()
        stories = self.audit.stories()
        due = self.clock.now() + after
        message = ReminderMessage(stories[which % len(stories)], "A story", None, None, due)
        if any(one.due_at == due for one in self.run(self.bot.raw.reminders_of([message.story_id], [channel]))):
            return
        self.run(self.bot.reminding.remind(self.bot.person, "key", self.bot.channels[channel], message))
        self.steps["reminders"] += 1

    # ------------------------------------------------------------ the promise

    @invariant()
    def the_promise_holds(self) -> None:
        if not hasattr(self, "audit"):
            return
        self.steps["steps"] += 1
        for chat in (self.slack, self.discord):
            self.audit.doubtful.update(call.delivery_id for call in chat.calls if call.fate in self.house.chat.SILENT)
        self.broken = True
        self.audit.judge({rule.id: rule.channels for rule in self.bot.rules.values()})
        self.broken = False

    def teardown(self) -> None:
        if not hasattr(self, "audit"):
            return
        try:
            if not self.broken:
                self.run(self.to_the_end())
                self.steps["messages"] += sum(len(chat.shown) for chat in (self.slack, self.discord))
                self.steps["calls"] += sum(len(chat.calls) for chat in (self.slack, self.discord))
                self.steps["marked"] += sum(message.marked for chat in (self.slack, self.discord) for message in chat.shown)
        finally:
            self.audit.close()
            self.run(self.bot.end())
            for path in self.folder.glob(f"{self.path.name}*"):
                path.unlink()

    async def to_the_end(self) -> None:
        """The chats are well again and time goes on: everything comes to its end."""
        for chat in (self.slack, self.discord):
            chat.fates.clear()
        await self.bot.silences.release(self.bot.person)
        await self.bot.both()
        while (due := self.audit.next_reminder()) is not None:
            self.clock.advance(max(due - self.clock.now(), SECONDS))
            await self.bot.both()
        for _ in range(60):
            wake = await self.bot.raw.next_wake(self.clock.now())
            if wake is None and all(row.state in ("sent", "skipped", "dead", "held") for row in self.audit.rows()):
                break
            self.clock.advance(max(wake - self.clock.now(), SECONDS) if wake is not None else timedelta(minutes=30))
            await self.bot.both()
        self.audit.judge({rule.id: rule.channels for rule in self.bot.rules.values()})
        self.audit.nothing_waits()


def walk(house: Any, empty: Path, *, walks: int, steps: int) -> Counter[str]:
    """Walk so often, so far; what happened."""
    counted: Counter[str] = Counter()
    quick = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # what a disk does with it is asked elsewhere
    with (
        TemporaryDirectory(dir=quick) as folder,
        house.inturn.without_threads(),
        asyncio.Runner() as runner,
        structlog.testing.capture_logs(),
    ):
        attributes = {"house": house, "empty": empty, "folder": Path(folder), "runner": runner, "steps": counted}
        machine = type("Walked", (Walk,), attributes)
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=walks,
                stateful_step_count=steps,
                derandomize=True,
                deadline=None,
                database=None,
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
            _min_steps=steps,  # a new walk made of pieces of earlier ones would often end at one of their ends
        )
    return counted


def show(counted: Counter[str]) -> None:
    """Print what happened."""
    print("\n" + ", ".join(f"{number:,} {what}" for what, number in counted.items()))  # noqa: T201  # the figures are the result


def test_in_six_hundred_steps_of_any_kind_the_promise_holds(house: Any, empty_database: Path) -> None:
    counted = walk(house, empty_database, walks=12, steps=50)
    assert counted["steps"] >= 600
    assert min(counted[what] for what in ("deaths", "mutes", "holds", "reminders")) > 0
    assert counted["messages"] > 30


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_in_two_thousand_steps_of_any_kind_the_promise_holds(
    house: Any, empty_database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = walk(house, empty_database, walks=40, steps=50)
    with capsys.disabled():
        show(counted)
    assert counted["steps"] >= 2000
    assert counted["deaths"] > 20
    assert counted["messages"] > 100
    assert min(counted[what] for what in ("marked", "mutes", "holds", "reminders")) > 0


@pytest.mark.night
@pytest.mark.timeout(3000)
def test_in_twenty_thousand_steps_of_any_kind_the_promise_holds(
    house: Any, empty_database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = walk(house, empty_database, walks=200, steps=100)
    with capsys.disabled():
        show(counted)
    assert counted["steps"] >= 20_000
