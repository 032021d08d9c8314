"""Leases, shutdown and a store in trouble: the drain at the edges, on the outbox in memory."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.core.deliveries import DeliveryState, Outcome, Receipt
from bot.core.errors import StoreError
from bot.core.leased import must_be_ours
from bot.outbox.drain import Drain

ACCEPTED = Receipt(Outcome.ACCEPTED, message_ref="m1")


@pytest.fixture
def drain_of(build, outbox, noon_clock):
    def made(notifier, **options):
        tokens = itertools.count(1)
        options = {"new_token": lambda: f"token{next(tokens)}", "renew_every": 60.0, "settle_pause": 0.0, **options}
        return Drain(outbox, {notifier.platform: notifier}, {"team": build.channel()}, noon_clock, **options)

    return made


class Gate:
    """A call that lasts until it is let go."""

    def __init__(self):
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, delivery):
        self.begun.set()
        await self.go.wait()
        return ACCEPTED


async def test_a_cancelled_drain_lets_its_call_end_and_writes_it_down(build, outbox, drain_of):
    outbox.post(1)
    outbox.post(2)
    gate = Gate()
    drain = drain_of(build.notifier(gate))
    task = asyncio.create_task(drain.drain_channel("team"))
    await gate.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert outbox.states() == ["sending", "pending"]
    gate.go.set()
    await drain.finish()
    assert outbox.states() == ["sent", "pending"]


async def test_stop_lets_the_call_in_hand_end_and_leaves_the_rest(build, outbox, drain_of):
    outbox.post(1)
    outbox.post(2)
    gate = Gate()
    drain = drain_of(build.notifier(gate))
    task = asyncio.create_task(drain.drain_channel("team"))
    await gate.begun.wait()
    drain.stop()
    gate.go.set()
    await task
    assert outbox.states() == ["sent", "pending"]
    await drain.drain_channel("team")
    assert outbox.states() == ["sent", "pending"]


async def test_two_drains_of_one_channel_never_send_at_once_and_miss_nothing(build, outbox, drain_of):
    outbox.post(1)
    gate = Gate()
    notifier = build.notifier(gate)
    drain = drain_of(notifier)
    task = asyncio.create_task(drain.drain_channel("team"))
    await gate.begun.wait()
    outbox.post(2)
    await drain.drain_channel("team")
    assert len(notifier.calls) == 1
    gate.go.set()
    await task
    assert notifier.sent_ids == ["d-team-1", "d-team-2"]
    assert notifier.most_in_flight == 1


async def test_a_row_committed_at_the_last_moment_is_sent_by_the_drain_that_was_about_to_end(build, outbox, drain_of):
    """The row comes after the last look and before the drain is over; the second call returns at once, so the first looks again."""
    late = []

    class Late(type(outbox)):
        async def claim_next(self, channel_id, **options):
            claimed = await super().claim_next(channel_id, **options)
            if claimed is None and not late:
                late.append(outbox.post(5))
                await drain.drain_channel("team")
            return claimed

    outbox.__class__ = Late
    notifier = build.notifier()
    drain = drain_of(notifier)
    await drain.drain_channel("team")
    assert notifier.sent_ids == ["d-team-5"]


async def test_a_lease_is_renewed_while_the_call_lasts(build, outbox, drain_of, noon_clock):
    outbox.post(1)
    gate = Gate()

    def renewed():
        noon_clock.advance(timedelta(seconds=100))
        if len(outbox.renewals) == 5:
            gate.go.set()

    outbox.on_renew = renewed
    await drain_of(build.notifier(gate), renew_every=0.0).drain_channel("team")
    assert outbox.states() == ["sent"]
    assert outbox.renewals[:2] == [build.noon + timedelta(seconds=120), build.noon + timedelta(seconds=220)]


async def test_a_renewal_that_fails_is_tried_again(build, outbox, drain_of):
    outbox.post(1)
    gate = Gate()
    outbox.failures.append(StoreError("the database is busy"))

    def renewed():
        if len(outbox.renewals) == 3:
            gate.go.set()

    outbox.on_renew = renewed
    with capture_logs() as logged:
        await drain_of(build.notifier(gate), renew_every=0.0).drain_channel("team")
    assert outbox.states() == ["sent"]
    assert any("could not be renewed" in entry["event"] for entry in logged)


async def test_whoever_lost_the_lease_writes_nothing(build, outbox, drain_of):
    outbox.post(1)
    told = []

    async def stolen(delivery):
        outbox.put(delivery.id, lease_token="theirs")
        return ACCEPTED

    with capture_logs() as logged:
        await drain_of(build.notifier(stolen), on_settled=told.append).drain_channel("team")
    assert outbox.rows["d-team-1"].state is DeliveryState.SENDING
    assert outbox.rows["d-team-1"].lease_token == "theirs"
    assert told == []
    assert any("lease" in entry["event"] for entry in logged)


async def test_a_renewal_stops_when_the_lease_is_lost(build, outbox, drain_of):
    outbox.post(1)
    gate = Gate()

    def renewed():
        outbox.put("d-team-1", lease_token="theirs")
        asyncio.get_running_loop().call_later(0.02, gate.go.set)

    outbox.on_renew = renewed
    await drain_of(build.notifier(gate), renew_every=0.0).drain_channel("team")
    assert len(outbox.renewals) == 1


async def test_a_machine_that_slept_between_claim_and_call_does_not_send(build, outbox, drain_of, noon_clock):
    outbox.post(1)
    slept = []

    def at(name):
        if name == "drain.after_claim" and not slept:
            slept.append(name)
            noon_clock.advance(timedelta(seconds=101))

    notifier = build.notifier()
    drain = drain_of(notifier, at=at)
    await drain.drain_channel("team")
    (call,) = notifier.calls
    assert call.lease_token == "token2"  # the first claim was given back
    assert not call.message.repeated
    assert outbox.rows["d-team-1"].attempt == 1


async def test_a_receipt_is_written_as_soon_as_the_store_can_take_it(build, outbox, drain_of):
    outbox.post(1)
    outbox.failures += [StoreError("the disk is full"), StoreError("the disk is full")]
    notifier = build.notifier()
    with capture_logs() as logged:
        await drain_of(notifier).drain_channel("team")
    assert outbox.states() == ["sent"]
    assert len(notifier.calls) == 1
    assert len(logged) == 2


async def test_a_store_that_stays_broken_longer_than_the_lease_ends_the_drain(build, outbox, drain_of, noon_clock):
    outbox.post(1)
    outbox.failures += [StoreError("the disk is full")] * 5

    async def slow(delivery):
        return ACCEPTED

    drain = drain_of(build.notifier(slow), lease=timedelta(seconds=30))
    outbox.settle = patient(outbox.settle, noon_clock)
    with pytest.raises(StoreError, match="disk is full"):
        await drain.drain_channel("team")
    assert outbox.states() == ["sending"]
    outbox.failures.clear()
    assert await drain.recover(all_sending=True) == 1
    noon_clock.advance(timedelta(minutes=1))
    await drain.drain_channel("team")
    assert outbox.states() == ["sent"]


def patient(settle, clock):
    """Every attempt to write takes twelve seconds of the clock."""

    async def settled(*args):
        clock.advance(timedelta(seconds=12))
        return await settle(*args)

    return settled


class Seeking:
    """A platform that is told which messages belong to other deliveries."""

    def __init__(self, inner):
        self.inner, self.platform, self.excluded = inner, inner.platform, []

    async def deliver(self, delivery, channel):
        return await self.inner.deliver(delivery, channel)

    def exclude(self, delivery_id, refs):
        self.excluded.append((delivery_id, set(refs)))


async def test_a_second_try_knows_which_messages_belong_to_others(build, outbox, drain_of, noon_clock):
    platform = Seeking(build.notifier(ACCEPTED, Receipt(Outcome.RETRY)))
    drain = drain_of(platform)
    for number in (1, 2):
        outbox.post(number)
    await drain.drain_channel("team")
    assert platform.excluded == []
    noon_clock.advance(timedelta(seconds=10))
    await drain.drain_channel("team")
    assert platform.excluded == [("d-team-2", {"m1"})]
    assert outbox.states() == ["sent", "sent"]


async def test_nothing_is_tried_again_while_the_store_cannot_say_what_belongs_to_others(build, outbox, drain_of, noon_clock):
    platform = Seeking(build.notifier(Receipt(Outcome.RETRY)))
    drain = drain_of(platform)
    outbox.post()
    outbox.unasked.append(StoreError("locked"))
    await drain.drain_channel("team")
    noon_clock.advance(timedelta(seconds=10))
    await drain.drain_channel("team")
    assert (len(platform.inner.calls), outbox.unasked, outbox.rows["d-team-1"].attempt) == (2, [], 2)
    assert outbox.states() == ["sent"]


async def test_what_waited_in_an_adapter_until_its_lease_was_over_does_not_leave(build, outbox, drain_of, noon_clock):
    outbox.post()
    left = []

    async def waits(delivery):
        if not left:
            left.append("kept back")
            noon_clock.advance(timedelta(seconds=101))  # nineteen of two minutes are left: less than a call needs
        must_be_ours()
        left.append("left")
        return ACCEPTED

    await drain_of(build.notifier(waits, waits)).drain_channel("team")
    row = outbox.rows["d-team-1"]
    assert left == ["kept back", "left"]  # taken again at once, under a lease of its own
    assert (row.state, row.attempt) == (DeliveryState.SENT, 1)


async def test_a_lease_that_was_renewed_while_an_adapter_waited_lets_the_call_leave(build, outbox, drain_of, noon_clock):
    outbox.post()

    async def waits(delivery):
        noon_clock.advance(timedelta(seconds=101))
        while outbox.rows[delivery.id].lease_expires_at == delivery.lease_expires_at:
            await asyncio.sleep(0)
        must_be_ours()
        return ACCEPTED

    await drain_of(build.notifier(waits), renew_every=0.0).drain_channel("team")
    assert outbox.rows["d-team-1"].state is DeliveryState.SENT
    must_be_ours()  # outside a send nothing is asked
