"""What a clock that was set does to due times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.core.clock import VirtualClock
from bot.core.records import SourceConfig, SourceState
from bot.service.upkeep import Upkeep
from bot.store.database import Store

HOUR = timedelta(hours=1)


async def test_a_clock_set_back_delays_no_source_and_no_first_message(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store, clock: VirtualClock
) -> None:
    rig = make_rig(group_wait=timedelta(seconds=30))
    source = SourceConfig("ledger", "feed", "https://ledger.example/", interval=timedelta(minutes=30))
    await store.declare_sources((source,), clock.now())
    await store.save_source_state(SourceState("ledger", next_due_at=clock.now() + timedelta(minutes=20)))
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
    await store.save_source_state(SourceState("ledger", next_due_at=far))
    await Upkeep({"ledger": source}, store=store, clock=clock).after_clock_step(HOUR)
    assert (await store.source_states())["ledger"].next_due_at == far


async def test_a_source_that_is_due_in_years_is_asked_within_a_day_of_a_start(store: Store, clock: VirtualClock) -> None:
    source = SourceConfig("ledger", "feed", "https://ledger.example/", interval=timedelta(minutes=30))
    await store.declare_sources((source,), clock.now())
    await store.save_source_state(SourceState("ledger", next_due_at=clock.now() + timedelta(days=2000)))
    upkeep = Upkeep({"ledger": source}, store=store, clock=clock)
    await upkeep.at_start()
    assert (await store.source_states())["ledger"].next_due_at == clock.now() + timedelta(days=1)
    await store.save_source_state(SourceState("ledger", next_due_at=clock.now() + timedelta(hours=5)))
    await upkeep.at_start()
    assert (await store.source_states())["ledger"].next_due_at == clock.now() + timedelta(hours=5)
