"""What a clock that was set does to due times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.core.clock import VirtualClock
from bot.core.deliveries import DeliveryState
from bot.core.outbox import Settled
from bot.core.reasons import Reason
from bot.core.sources import SourceConfig, SourceState
from bot.outbox.retry import NEVER
from bot.service.upkeep import Upkeep
from bot.store.database import Store

HOUR = timedelta(hours=1)


async def test_a_clock_set_back_delays_no_source_and_no_first_message(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store, clock: VirtualClock
) -> None:
    rig = make_rig(group_wait=timedelta(seconds=30))
    source = SourceConfig("ledger", "feed", "https://ledger.example/", interval=timedelta(minutes=30))
    await store.declare_sources((source,), clock.now())
    await store.save_source_states([SourceState("ledger", next_due_at=clock.now() + timedelta(minutes=20))])
    await rig.arrive(event("a", 0, clock.now() - HOUR))
    clock.move_to(clock.now() - HOUR)
    await Upkeep({"ledger": source}, store=store, clock=clock).after_clock_step(-HOUR)
    due = (await store.source_states())["ledger"].next_due_at
    assert due is not None
    assert due <= clock.now() + source.interval
    assert [row["action"] for row in await rig.send()] == ["post"]


async def test_a_clock_set_forward_needs_nothing(store: Store, clock: VirtualClock) -> None:
    source = SourceConfig("ledger", "feed", "https://ledger.example/", interval=timedelta(minutes=30))
    await store.declare_sources((source,), clock.now())
    far = clock.now() + timedelta(days=1)
    await store.save_source_states([SourceState("ledger", next_due_at=far)])
    await Upkeep({"ledger": source}, store=store, clock=clock).after_clock_step(HOUR)
    assert (await store.source_states())["ledger"].next_due_at == far


async def test_a_source_that_is_due_in_years_is_asked_within_a_day_of_a_start(store: Store, clock: VirtualClock) -> None:
    source = SourceConfig("ledger", "feed", "https://ledger.example/", interval=timedelta(minutes=30))
    await store.declare_sources((source,), clock.now())
    await store.save_source_states([SourceState("ledger", next_due_at=clock.now() + timedelta(days=2000))])
    upkeep = Upkeep({"ledger": source}, store=store, clock=clock)
    await upkeep.at_start()
    assert (await store.source_states())["ledger"].next_due_at == clock.now() + timedelta(days=1)
    await store.save_source_states([SourceState("ledger", next_due_at=clock.now() + timedelta(hours=5))])
    await upkeep.at_start()
    assert (await store.source_states())["ledger"].next_due_at == clock.now() + timedelta(hours=5)


async def test_a_clock_set_back_delays_no_edit_no_retry_no_channel_and_no_lease(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store, clock: VirtualClock
) -> None:
    rig = make_rig(channels=("team", "other", "cut"))
    await rig.arrive(event("a", 0, clock.now() - HOUR))
    for channel in ("team", "cut"):
        assert await store.claim_next(channel, now=clock.now(), lease=timedelta(seconds=120), token=channel) is not None
    wait = clock.now() + timedelta(minutes=2)
    (team,) = [row for row in await store.deliveries(limit=9) if row.channel_id == "team"]
    await store.settle(
        Settled(team.id, "team", DeliveryState.PENDING, team.reason, clock.now(), not_before=wait, channel_not_before=wait)
    )
    clock.move_to(clock.now() - 3 * HOUR)
    await Upkeep({}, store=store, clock=clock, channels=rig.channels).after_clock_step(-3 * HOUR)
    soon = clock.now() + timedelta(minutes=2)
    rows = {row.channel_id: row for row in await store.deliveries(limit=9)}
    assert (rows["team"].not_before, rows["cut"].lease_expires_at) == (soon, soon)
    assert (await store.channel_states())["team"].not_before == soon
    assert rows["other"].not_before == clock.now()


async def test_a_clock_set_back_by_days_brings_the_next_digest_and_leaves_what_a_person_decides(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store, clock: VirtualClock
) -> None:
    rig = make_rig(digest="daily 18:00")
    (held,) = await rig.arrive(event("a", 0, clock.now() - HOUR))
    (doubted,) = await rig.arrive(event("b", 1, clock.now() - HOUR))
    for_ever = {"state": DeliveryState.HELD, "reason": Reason.IN_DOUBT, "not_before": NEVER, "now": clock.now()}
    await store.reconsider(doubted.id, DeliveryState.HELD, **for_ever)
    clock.move_to(clock.now() - timedelta(days=3))
    await Upkeep({}, store=store, clock=clock, channels=rig.channels).after_clock_step(timedelta(days=-3))
    times = {row.id: row.not_before for row in await store.deliveries(limit=9)}
    assert times == {held.id: held.not_before - timedelta(days=3), doubted.id: NEVER}
