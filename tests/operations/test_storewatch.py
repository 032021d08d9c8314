"""The watch over the database: trouble is tried until it is over, and told once if it lasted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.clock import VirtualClock
from bot.core.errors import StoreError
from bot.core.model import Channel, Platform
from bot.core.outbox import NewDelivery
from bot.service.notices import seconds_or
from bot.service.storewatch import StoreWatch
from bot.store.faults import DatabaseHealth

OPS = Channel("ops", Platform.CONSOLE, "console:ops")


@dataclass
class Store:
    """A database that works or does not, and what was written into it."""

    health: DatabaseHealth = field(default_factory=DatabaseHealth)
    works: bool = True
    probed: int = 0
    rows: list[NewDelivery] = field(default_factory=list)

    def breaks(self, *, full: bool = False) -> None:
        self.works = False
        self.health.failed("The disk is full.", full=full)

    def _write(self) -> None:
        if not self.works:
            self.breaks()
            raise StoreError("The disk is full.")
        self.health.has_room()
        self.health.worked()

    async def probe(self, now: datetime) -> None:
        self.probed += 1
        self._write()

    async def commit_notices(self, notices: Sequence[NewDelivery], *_: Any) -> None:
        self._write()
        self.rows += notices


@pytest.fixture
def store() -> Store:
    return Store()


async def test_while_all_is_well_nothing_is_tried(store: Store, clock: VirtualClock) -> None:
    watch = StoreWatch(store=store, clock=clock, operator=OPS)
    assert (await watch.keep_up(), watch.well, store.probed) == (False, True, 0)


@pytest.mark.parametrize(("lasts", "told"), [(4, False), (5, True), (60, True)])
async def test_trouble_is_tried_every_five_seconds_and_told_when_it_is_over_if_it_lasted(
    store: Store, clock: VirtualClock, lasts: int, told: bool
) -> None:
    watch = StoreWatch(store=store, clock=clock, operator=OPS)
    store.breaks(full=True)
    for _ in range(lasts):
        assert not await watch.keep_up()
        clock.advance(timedelta(seconds=1))
    assert not watch.well
    assert store.probed == (lasts - 1) // 5
    store.works = True
    clock.advance(timedelta(seconds=5))
    assert await watch.keep_up() is told
    assert watch.well
    assert len(store.rows) == told
    if told:
        message = store.rows[0].message
        assert f"Since 12:00 UTC, for {lasts + 5} seconds: The disk is full." in str(message)
    assert not await watch.keep_up()


async def test_what_works_again_by_itself_is_noticed_and_a_notice_that_cannot_be_kept_is_tried_again(
    store: Store, clock: VirtualClock
) -> None:
    watch = StoreWatch(store=store, clock=clock, operator=OPS)
    store.breaks()
    assert not await watch.keep_up()
    clock.advance(timedelta(minutes=5))
    store.health.worked()  # somebody else wrote; then it is full again before the notice is
    assert not await watch.keep_up()
    assert store.rows == []
    store.works = True
    clock.advance(timedelta(seconds=5))
    assert await watch.keep_up()
    assert len(store.rows) == 1


async def test_without_a_channel_of_the_operators_it_is_logged_alone(store: Store, clock: VirtualClock) -> None:
    watch = StoreWatch(store=store, clock=clock, operator=None)
    store.breaks()
    assert not await watch.keep_up()
    store.works = True
    clock.advance(timedelta(hours=1))
    assert not await watch.keep_up()
    assert (watch.well, store.rows) == (True, [])


def test_a_full_disk_is_not_well_because_a_small_write_found_room() -> None:
    health = DatabaseHealth()
    health.failed("full", full=True)
    health.worked()
    assert health.trouble == "full"
    health.has_room()
    health.worked()
    assert health.trouble == ""
    health.require_whole()


def test_a_span_is_told_in_seconds_until_two_minutes() -> None:
    assert seconds_or(timedelta(seconds=45)) == "45 seconds"
    assert seconds_or(timedelta(minutes=5)) == "5 minutes"
