"""What the operator hears, over the real store, outbox and console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.commands.reasons import HAPPENED
from bot.core.clock import VirtualClock
from bot.core.deliveries import DeliveryState
from bot.core.model import Channel, ChannelSettings, Platform
from bot.core.outbox import Claimed, Settled
from bot.core.reasons import Reason
from bot.core.sources import PollRecord, SourceState
from bot.service.monitor import EVERY, Monitor
from bot.store.database import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Watch:
    """A monitor over a store, and what its notices would print."""

    def __init__(
        self,
        rig: Any,
        clock: VirtualClock,
        *,
        sources: Sequence[str] = ("eff", "wire"),
        operator: str | None = "ops",
        workspace: str | None = None,
    ) -> None:
        self.rig = rig
        self.clock = clock
        self.states = {name: SourceState(name, next_due_at=clock.now()) for name in sources}
        self.monitor = Monitor(
            store=rig.store,
            clock=clock,
            sources=sources,
            channels=rig.channels,
            rules={"team": ["cameras"]},
            operator=operator,
            why=HAPPENED,
            workspace_of=lambda _: workspace,
        )

    async def put(self, name: str, **changes: Any) -> None:
        self.states[name] = replace(self.states[name], last_polled_at=self.clock.now(), **changes)
        await self.rig.store.save_source_states([self.states[name]])

    async def fail(self, name: str) -> None:
        await self.put(name, failures=3, trouble="500", failing_since=self.clock.now(), last_error=f"{name}.example answered 500.")

    async def look(self, after: timedelta = timedelta(0)) -> list[str]:
        """The texts of the notices that a look leads to."""
        self.clock.advance(after)
        await self.monitor.look()
        return [row["text"] for row in await self.rig.send() if row["state"] == "sent"]


@pytest.fixture
def watch(make_rig: Any, clock: VirtualClock) -> Watch:
    return Watch(make_rig(channels=("team", "ops")), clock)


async def test_a_failing_source_is_told_once_and_its_recovery_once(watch: Watch) -> None:
    await watch.fail("eff")
    assert await watch.look() == []
    (told,) = await watch.look(6 * HOUR)
    assert told.startswith("1 matter needs attention\neff: failing for 6 hours. eff.example answered 500.")
    assert await watch.look(HOUR) == []
    await watch.put("eff", failures=0, trouble="", failing_since=None, last_error="", entries=3)
    assert await watch.look(HOUR) == ["1 is well again\neff: well again, after 8 hours."]
    assert await watch.look(DAY) == []


async def test_what_was_told_is_remembered_over_a_restart(watch: Watch, make_rig: Any, clock: VirtualClock) -> None:
    await watch.fail("eff")
    await watch.look()
    assert len(await watch.look(7 * HOUR)) == 1
    again = Watch(watch.rig, clock)
    assert await again.look(HOUR) == []


async def test_several_matters_of_one_moment_are_one_message(watch: Watch) -> None:
    await watch.fail("eff")
    await watch.fail("wire")
    await watch.look()
    (told,) = await watch.look(7 * HOUR)
    assert told.splitlines()[0] == "2 matters need attention"


async def test_a_source_that_is_no_longer_declared_is_forgotten_in_silence(watch: Watch, clock: VirtualClock) -> None:
    await watch.fail("eff")
    await watch.look()
    await watch.look(7 * HOUR)
    later = Watch(watch.rig, clock, sources=("wire",))
    assert await later.look(HOUR) == []
    assert "source:eff" not in await watch.rig.store.troubles()


async def test_without_an_operators_channel_trouble_is_only_logged(make_rig: Any, clock: VirtualClock) -> None:
    watch = Watch(make_rig(channels=("team", "ops")), clock, operator=None)
    await watch.fail("eff")
    await watch.look()
    assert await watch.look(7 * HOUR) == []
    assert (await watch.rig.store.troubles())["source:eff"].told_at is not None


async def test_the_list_of_the_dead_comes_once_a_week(watch: Watch) -> None:
    await watch.put("wire", entries=2, newest_at=watch.clock.now() - 200 * DAY)
    first = await watch.look()
    assert [text.splitlines()[0] for text in first] == ["1 matter needs attention"]  # that it is silent
    weekly = [text for _ in range(21) for text in await watch.look(DAY)]
    assert [text.splitlines()[0] for text in weekly] == ["1 source brings nothing any more"] * 3


async def test_a_channel_that_asks_for_it_hears_that_nothing_matched(make_rig: Any, clock: VirtualClock) -> None:
    rig = make_rig(channels=("team", "ops"), heartbeat="daily 18:00")
    rig.channels["ops"] = Channel("ops", Platform.CONSOLE, "ops", ChannelSettings(group_wait=timedelta(0)))
    watch = Watch(rig, clock)
    assert await watch.look() == []  # the first look only begins to count
    told = [text for _ in range(72) for text in await watch.look(HOUR)]
    assert [text.splitlines()[0] for text in told] == ["Nothing matched, and everything is read"] * 3


async def test_a_channel_that_had_news_hears_no_heartbeat(make_rig: Any, clock: VirtualClock, event: Any) -> None:
    watch = Watch(make_rig(channels=("team", "ops"), heartbeat="daily 18:00"), clock)
    for _ in range(24):
        await watch.look(HOUR)
    await watch.rig.arrive(event("a", 0, clock.now()))
    printed = [text for _ in range(24) for text in await watch.look(HOUR)]
    assert not any("Nothing matched" in text for text in printed)
    assert len(printed) == 2  # the story, once a channel


async def test_a_heartbeat_counts_nothing_of_what_another_workspace_reads(make_rig: Any, clock: VirtualClock, event: Any) -> None:
    rig = make_rig(channels=("team", "ops"))
    beating = ChannelSettings(group_wait=timedelta(0), heartbeat="daily 18:00")
    for name in ("team", "ops"):
        rig.channels[name] = replace(rig.channels[name], settings=beating)
    rig.channels["team"] = replace(rig.channels["team"], platform=Platform.SLACK, address="C1")
    watch = Watch(rig, clock, sources=("eff", "slack:T1/own", "slack:T2/theirs"), workspace="T1")
    for name in watch.states:
        await watch.put(name)
    await watch.fail("slack:T2/theirs")
    for hours in (0, 1):
        clock.advance(hours * DAY)
        await watch.monitor.look()
        for name, source in (("own", "slack:T1/own"), ("theirs", "slack:T2/theirs"), ("other", "slack:T2/theirs")):
            record = PollRecord(
                watch.states[source], ((replace(event(name, None, clock.now()), source_id=source, first_seen=clock.now()), None),)
            )
            await rig.store.commit_poll(record, clock.now())
    clock.advance(DAY)
    await watch.monitor.look()
    told = {
        row.channel_id: str(row.message)
        for row in await rig.store.deliveries(state=None, limit=50)
        if "Nothing matched" in str(row)
    }
    assert "1 new article from 2 sources" in told["team"]
    assert "trouble" not in told["team"]
    assert "from 3 sources" in told["ops"]
    assert "1 source is in trouble" in told["ops"]


async def test_it_looks_every_few_minutes_however_often_it_is_woken(watch: Watch) -> None:
    await watch.fail("eff")
    await watch.monitor.keep_up()
    watch.clock.advance(7 * HOUR)
    assert await watch.monitor.keep_up()
    assert not await watch.monitor.keep_up()
    assert EVERY <= 600


async def test_messages_that_were_given_up_are_told(watch: Watch, event: Any) -> None:
    await watch.look()
    await watch.rig.arrive(event("a", 0, watch.clock.now()))
    store: Store = watch.rig.store
    for channel in ("team", "ops"):
        claimed = await store.claim_next(channel, now=watch.clock.now(), lease=HOUR, token="t")
        assert claimed is not None
        await store.settle(dead(claimed, watch.clock))
    (told,) = await watch.look(HOUR)
    title, *lines = told.splitlines()
    assert title == "Messages were given up"
    assert [line.split(".")[0] for line in lines] == ["ops: 1 message", "team: 1 message"]
    assert await watch.look(HOUR) == []


def dead(claimed: Claimed, clock: VirtualClock) -> Settled:
    return Settled(claimed.delivery.id, claimed.lease_token, DeliveryState.DEAD, Reason.EXHAUSTED, clock.now(), error="It failed.")
