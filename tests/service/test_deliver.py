"""What waits leaves: alone, together, after an outage; told row by row; ended cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import structlog

from bot.core.deliveries import Delivery, DeliveryState, Outcome, Receipt, Scope
from bot.core.errors import StoreError
from bot.core.model import Channel, Platform
from bot.core.reasons import Reason
from bot.outbox.drain import Drain
from bot.service.deliver import Deliverer
from bot.store.database import Store

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MORNING = NOON - timedelta(hours=4)


def settled(rig: Any) -> list[tuple[str, str, str]]:
    return [(str(row.action), str(row.state), str(row.reason)) for row in rig.settled]


async def test_group_wait_holds_a_first_message_back_until_its_time(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig(group_wait=timedelta(seconds=30))
    await rig.arrive(event("a", 0, MORNING))
    rig.clock.advance(timedelta(seconds=29))
    assert await rig.send() == []
    rig.clock.advance(timedelta(seconds=1))
    assert [row["action"] for row in await rig.send()] == ["post"]


async def test_one_story_held_through_the_night_leaves_as_a_message_of_its_own(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig(quiet_hours=(11 * 60, 14 * 60))
    (row,) = await rig.arrive(event("a", 0, MORNING))
    assert (row.state, row.reason, row.not_before) == (DeliveryState.HELD, Reason.QUIET_HOURS, NOON + timedelta(hours=2))
    assert await rig.send() == []
    rig.clock.advance(timedelta(hours=2))
    assert [(row["action"], row["state"]) for row in await rig.send()] == [("post", "sent")]


async def test_several_held_stories_leave_as_one_digest_and_every_row_it_tells_is_told(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(quiet_hours=(11 * 60, 14 * 60))
    rows = await rig.arrive(event("a", 0, MORNING), event("b", 1, MORNING), event("c", 2, MORNING))
    rig.clock.advance(timedelta(hours=2))
    (digest,) = await rig.send()
    assert (digest["action"], digest["state"], digest["story_id"]) == ("digest", "sent", None)
    assert digest["story_ids"] == [row.story_id for row in rows]
    assert settled(rig) == [("post", "skipped", "in_digest")] * 3 + [("digest", "sent", "digest")]
    assert {row.updated_at for row in rig.settled} == {rig.clock.now()}
    stored = await store.deliveries(limit=10)
    assert [(str(row.action), str(row.state)) for row in stored] == [("digest", "sent")] + [("post", "skipped")] * 3
    assert await rig.send() == []


async def test_a_channel_that_wants_digests_gets_one_even_for_a_single_story(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig(digest="daily 18:00")
    await rig.arrive(event("a", 0, MORNING))
    rig.clock.advance(timedelta(hours=5))
    assert await rig.send() == []
    rig.clock.advance(timedelta(hours=1))
    assert [row["action"] for row in await rig.send()] == ["digest"]


async def test_above_the_cap_of_an_hour_stories_wait_for_one_digest(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig(max_per_hour=2)
    await rig.arrive(*(event(f"i{n}", n, MORNING + timedelta(minutes=n)) for n in range(5)))
    assert [row["action"] for row in await rig.send()] == ["post", "post"]
    rig.clock.advance(timedelta(hours=1))
    (digest,) = await rig.send()
    assert len(digest["story_ids"]) == 3


async def test_after_a_long_outage_what_waited_is_told_in_one_message(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig()
    await rig.arrive(event("a", 0, MORNING), event("b", 1, MORNING))
    rig.clock.advance(timedelta(hours=3))
    (digest,) = await rig.send()
    assert (digest["action"], digest["reason"]) == ("digest", "after_outage")
    assert "These waited while this channel could not be reached." in digest["text"]
    assert settled(rig)[:2] == [("post", "skipped", "in_digest")] * 2


async def test_a_single_story_that_waited_out_an_outage_is_posted_as_itself(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig()
    await rig.arrive(event("a", 0, MORNING))
    rig.clock.advance(timedelta(hours=3))
    assert [row["action"] for row in await rig.send()] == ["post"]


async def test_a_story_told_in_a_digest_is_not_posted_again_when_another_outlet_joins(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig(quiet_hours=(11 * 60, 14 * 60))
    await rig.arrive(event("a", 0, MORNING), event("b", 1, MORNING))
    rig.clock.advance(timedelta(hours=2))
    await rig.send()
    await rig.arrive(event("copy", 0, MORNING + timedelta(hours=1)))
    assert await rig.send() == []


async def test_held_rows_of_a_channel_that_is_configured_no_more_wait(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(channels=("team", "gone"), quiet_hours=(11 * 60, 14 * 60))
    await rig.arrive(event("a", 0, MORNING))
    del rig.channels["gone"]
    rig.clock.advance(timedelta(hours=2))
    assert [row["channel"] for row in await rig.send()] == ["team"]
    assert [row.channel_id for row in await store.deliveries(state=DeliveryState.HELD, limit=9)] == ["gone"]


# ---------------------------------------------------------------- in the background


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not done():
            await asyncio.sleep(0)


async def test_channels_are_drained_in_the_background_and_do_not_wait_for_one_another(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(channels=("slow", "quick"))
    release, sent = asyncio.Event(), []

    class Platforms:
        platform = Platform.CONSOLE

        async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
            if channel.id == "slow":
                await release.wait()
            sent.append(channel.id)
            return Receipt(Outcome.ACCEPTED, message_ref=delivery.id)

    drain = Drain(store, {Platform.CONSOLE: Platforms()}, rig.channels, rig.clock, new_token=iter("abcdefgh").__next__)
    deliverer = Deliverer(store=store, drain=drain, channels=rig.channels, clock=rig.clock)
    await rig.arrive(event("a", 0, MORNING))
    await deliverer.send_due()
    await deliverer.send_due()
    await until(lambda: sent == ["quick"])
    stopping = asyncio.create_task(deliverer.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    release.set()
    await stopping
    assert sent == ["quick", "slow"]
    assert {row.state for row in await store.deliveries(limit=9)} == {DeliveryState.SENT}


async def test_a_drain_that_fails_is_logged_and_begun_again_at_the_next_tick(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await rig.arrive(event("a", 0, MORNING))
    drain = Drain(store, {}, rig.channels, rig.clock, new_token=iter("ab").__next__)
    deliverer = Deliverer(store=store, drain=drain, channels=rig.channels, clock=rig.clock)
    with structlog.testing.capture_logs() as logs:
        for attempt in (1, 2):
            await deliverer.send_due()
            await until(lambda wanted=attempt: len(logs) == wanted)
    assert [(entry["log_level"], entry["channel"]) for entry in logs] == [("error", "team")] * 2
    await deliverer.stop()


# ---------------------------------------------------------------- sends that nobody ended


async def ticks(rig: Any, seconds: int) -> None:
    """So many seconds of a running bot."""
    for _ in range(seconds):
        await rig.deliverer.send_due()
        await rig.idle()
        rig.clock.advance(timedelta(seconds=1))


async def test_a_send_of_a_dead_process_is_settled_while_the_bot_runs_once_its_lease_has_passed(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await rig.arrive(event("a", 0, MORNING), event("b", 1, MORNING))
    assert await store.claim_next("team", now=rig.clock.now(), lease=timedelta(seconds=60), token="dead") is not None
    await rig.drain.recover(all_sending=False)
    await ticks(rig, 60)
    assert rig.printed() == []
    await ticks(rig, 8)
    assert [row["reason"] for row in rig.printed()] == ["repeated", "new_story"]


async def test_a_doubt_that_could_not_be_settled_is_looked_at_again(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig()
    await rig.arrive(event("a", 0, MORNING))
    assert await store.claim_next("team", now=rig.clock.now(), lease=timedelta(seconds=1), token="dead") is not None
    rig.clock.advance(timedelta(seconds=2))
    resolve = store.resolve_doubt

    async def broken(*_: Any, **__: Any) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store, "resolve_doubt", broken)
    with structlog.testing.capture_logs() as logs:
        await ticks(rig, 12)
    told = [entry["error"] for entry in logs if entry["event"].startswith("sends that nobody ended")]
    assert told == ["The disk is full."] * 3
    monkeypatch.setattr(store, "resolve_doubt", resolve)
    await ticks(rig, 7)
    assert [row["reason"] for row in rig.printed()] == ["repeated"]


async def test_a_send_in_hand_is_left_alone_even_if_its_lease_could_not_be_renewed(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    answer, calls = asyncio.Event(), []

    class Slow:
        platform = Platform.CONSOLE

        async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
            calls.append(delivery.id)
            await answer.wait()
            return Receipt(Outcome.ACCEPTED, message_ref=delivery.id)

    drain = Drain(store, {Platform.CONSOLE: Slow()}, rig.channels, rig.clock, new_token=iter("ab").__next__)
    deliverer = Deliverer(store=store, drain=drain, channels=rig.channels, clock=rig.clock)
    await rig.arrive(event("a", 0, MORNING))
    await deliverer.send_due()
    await until(lambda: len(calls) == 1)
    rig.clock.advance(timedelta(minutes=10))
    assert await drain.recover(all_sending=False) == 0
    answer.set()
    await deliverer.stop()
    (row,) = await store.deliveries(limit=9)
    assert (row.state, row.reason, len(calls)) == (DeliveryState.SENT, Reason.NEW_STORY, 1)


class Moving:
    """The store, with somebody who drops a waiting row just before a digest of it is written."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._now = now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit_digest(self, new: Any, held_ids: Any, now: datetime) -> Any:
        await self._store.drop(held_ids[0], now)
        self.commit_digest = self._store.commit_digest  # type: ignore[method-assign]
        return await self._store.commit_digest(new, held_ids, now)


async def test_a_digest_whose_rows_changed_meanwhile_is_planned_again(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(quiet_hours=(11 * 60, 14 * 60))
    await rig.arrive(event("a", 0, MORNING), event("b", 1, MORNING), event("c", 2, MORNING))
    rig.clock.advance(timedelta(hours=2))
    deliverer = Deliverer(
        store=Moving(store, NOON), drain=rig.drain, channels=rig.channels, clock=rig.clock, on_settled=rig.settled.append
    )
    await deliverer.send_all_due()
    assert rig.printed() == []
    await deliverer.send_all_due()
    (digest,) = rig.printed()
    assert len(digest["story_ids"]) == 2
    assert settled(rig).count(("post", "skipped", "in_digest")) == 2


# ---------------------------------------------------------------- asked again before it goes


async def test_posts_in_any_sixty_minutes_stay_below_the_cap(make_rig: Callable[..., Any], event: Callable[..., Any]) -> None:
    rig = make_rig(max_per_hour=2)
    sent: list[tuple[int, str]] = []
    for minute in range(-10, 75):
        for number, arrival in enumerate((-10, -5, -2, 1)):
            if minute == arrival:
                await rig.arrive(event(f"i{number}", number, rig.clock.now()))
        sent += [(minute, row["action"]) for row in await rig.send()]
        rig.clock.advance(timedelta(minutes=1))
    assert sent == [(-10, "post"), (-5, "post"), (50, "digest")]


async def test_a_post_that_became_too_old_while_the_bot_was_down_is_skipped(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig(max_age=timedelta(days=7))
    await rig.arrive(event("a", 0, MORNING), event("b", 1, NOON - timedelta(days=6)))
    rig.clock.advance(timedelta(days=2))
    assert [row["story_id"] for row in await rig.send()] == [await rig.story_of("a")]
    assert settled(rig)[0] == ("post", "skipped", "too_old")


async def test_a_post_that_is_due_in_quiet_hours_after_a_start_waits_for_their_end(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig(quiet_hours=(13 * 60, 15 * 60))
    await rig.arrive(event("a", 0, MORNING))
    rig.clock.advance(timedelta(hours=1, minutes=30))
    assert await rig.send() == []
    assert settled(rig) == [("post", "held", "quiet_hours")]
    rig.clock.advance(timedelta(hours=1, minutes=30))
    assert [(row["action"], row["reason"]) for row in await rig.send()] == [("post", "quiet_hours")]


async def test_what_waits_for_a_rule_that_is_gone_is_skipped(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(channels=("team", "other"), group_wait=timedelta(seconds=30))
    await rig.arrive(event("a", 0, MORNING))
    rules = {"cameras": replace(rig.rules["cameras"], channels=("other",))}
    deliverer = Deliverer(
        store=store, drain=rig.drain, channels=rig.channels, clock=rig.clock, rules=rules, on_settled=rig.settled.append
    )
    rig.clock.advance(timedelta(seconds=30))
    await deliverer.send_all_due()
    assert [row["channel"] for row in rig.printed()] == ["other"]
    assert settled(rig)[0] == ("post", "skipped", "undeclared")


def beside_others(rig: Any, store: Store, rules: dict[str, Any], take_up: Callable[[], Any]) -> Deliverer:
    async def heard() -> None:
        take_up()

    return Deliverer(
        store=store,
        drain=rig.drain,
        channels=rig.channels,
        clock=rig.clock,
        rules=rules,
        on_settled=rig.settled.append,
        take_up=heard,
    )


async def test_of_several_processes_one_that_knows_no_rule_of_a_message_leaves_it_to_the_others_for_a_while(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(group_wait=timedelta(seconds=30))
    await rig.arrive(event("a", 0, MORNING))
    older, newer = beside_others(rig, store, {}, lambda: None), beside_others(rig, store, rig.rules, lambda: None)
    rig.clock.advance(timedelta(seconds=30))
    await older.send("team")
    assert (settled(rig), rig.printed()) == ([], [])
    await newer.send("team")
    assert [row["state"] for row in rig.printed()] == ["sent"]
    await rig.arrive(event("b", 1, MORNING))
    rig.clock.advance(timedelta(seconds=30 + 119))
    await older.send("team")
    assert len(settled(rig)) == 1
    rig.clock.advance(timedelta(seconds=1))  # by now everybody has the same configuration
    await older.send("team")
    assert settled(rig)[1:] == [("post", "skipped", "undeclared")]


async def test_of_several_processes_one_takes_up_what_was_declared_before_it_says_that_nobody_wants_a_message(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(group_wait=timedelta(0))
    await rig.arrive(event("a", 0, MORNING))
    known: dict[str, Any] = {}
    rig.clock.advance(timedelta(minutes=10))  # so long it slept
    await beside_others(rig, store, known, lambda: known.update(rig.rules)).send("team")
    assert [row["state"] for row in rig.printed()] == ["sent"]


async def test_what_the_night_held_is_released_by_a_process_that_knows_its_rule(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(quiet_hours=(11 * 60, 14 * 60))
    await rig.arrive(event("a", 0, MORNING))
    rig.clock.advance(timedelta(hours=2))
    assert await beside_others(rig, store, {}, lambda: None).look() == []
    assert settled(rig) == []
    assert await beside_others(rig, store, rig.rules, lambda: None).look() == ["team"]


async def test_what_waits_for_a_channel_that_is_gone_is_skipped_at_a_start(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(channels=("team", "gone"))
    await rig.arrive(event("a", 0, MORNING))
    (dropped,) = await store.drop_undeclared(["team"], rig.clock.now())
    assert (dropped.channel_id, dropped.state, dropped.reason) == ("gone", DeliveryState.SKIPPED, Reason.UNDECLARED)
    assert [row["channel"] for row in await rig.send()] == ["team"]


async def test_of_several_processes_one_skips_only_what_waited_long_for_a_channel_that_it_does_not_know(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(channels=("new",), quiet_hours=(11 * 60, 14 * 60))
    (row,) = await rig.arrive(event("a", 0, MORNING))
    now = rig.clock.now()
    assert await store.drop_undeclared([], now, due=row.not_before - timedelta(seconds=1)) == []
    assert [one.id for one in await store.drop_undeclared([], now, due=row.not_before)] == [row.id]


class Bouncer:
    """A platform whose channel is closed to the bot until somebody opens it."""

    platform = Platform.CONSOLE

    def __init__(self) -> None:
        self.open = False
        self.asked: list[str] = []

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        self.asked.append(delivery.id)
        if self.open:
            return Receipt(Outcome.ACCEPTED, message_ref=f"C1/{delivery.id}")
        return Receipt(Outcome.REJECTED, scope=Scope.CHANNEL, detail="not_in_channel")


async def test_a_channel_that_refused_is_tried_again_ever_more_seldom_and_from_the_start_once_it_took_a_message(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig, door = make_rig(max_age=None), Bouncer()
    drain = Drain(store, {Platform.CONSOLE: door}, rig.channels, rig.clock, new_token=map(str, range(99)).__next__)
    deliverer = Deliverer(store=store, drain=drain, channels=rig.channels, clock=rig.clock)
    tried: list[timedelta] = []

    async def live(span: timedelta) -> None:
        """Tick as the scheduler does, only less often."""
        began = rig.clock.now()
        while rig.clock.now() - began < span:
            asked = len(door.asked)
            await deliverer.send_due()
            await rig.idle()
            tried.extend([rig.clock.now() - began] * (len(door.asked) - asked))
            rig.clock.advance(timedelta(minutes=5))

    await rig.arrive(event("a", 0, MORNING))
    await live(timedelta(hours=15))
    gaps = [(later - sooner) // timedelta(minutes=5) * 5 for sooner, later in pairwise(tried)]
    assert gaps == [20, 35, 65, 125, 245, 365]  # and the tick at which the refusal is seen
    door.open = True
    await live(timedelta(hours=6, minutes=10))
    assert (await store.deliveries(limit=1))[0].state is DeliveryState.SENT
    door.open = False
    tried.clear()
    await rig.arrive(event("b", 1, rig.clock.now()))
    await live(timedelta(hours=1))
    assert len(tried) == 3
    assert (tried[1] - tried[0], tried[2] - tried[1]) == (timedelta(minutes=20), timedelta(minutes=35))
    await deliverer.stop()


async def test_what_became_too_old_while_its_channel_was_closed_is_not_posted_late(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig, door = make_rig(max_age=timedelta(hours=24)), Bouncer()
    drain = Drain(store, {Platform.CONSOLE: door}, rig.channels, rig.clock, new_token=map(str, range(99)).__next__)
    deliverer = Deliverer(store=store, drain=drain, channels=rig.channels, clock=rig.clock)
    await rig.arrive(event("a", 0, MORNING))
    await deliverer.send_all_due()
    door.open = True
    rig.clock.advance(timedelta(hours=30))
    await store.unpark("team")
    await deliverer.send_all_due()
    (row,) = await store.deliveries(limit=2)
    assert (row.state, row.reason, len(door.asked)) == (DeliveryState.SKIPPED, Reason.TOO_OLD, 1)
