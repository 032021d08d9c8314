"""Deliveries in flight: one claimant wins, order holds, whoever lost a lease writes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deliveries import Action, DeliveryState
from bot.core.reasons import Reason

SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=120)


async def claim(store, now, channel_id="team", token="t"):
    return await store.claim_next(channel_id, now=now, lease=LEASE, token=token)


async def test_a_claim_is_committed_with_its_lease(store, build, now):
    (row,) = await build.deliver(store, build.delivery(1))
    claimed = await claim(store, now + SECOND)
    expected = replace(
        row,
        state=DeliveryState.SENDING,
        attempt=1,
        lease_token="t",
        lease_expires_at=now + SECOND + LEASE,
        updated_at=now + SECOND,
    )
    assert (claimed.delivery, claimed.lease_token) == (expected, "t")
    assert await store.deliveries(limit=1) == [expected]


async def test_there_is_nothing_to_claim_in_an_unknown_waiting_or_parked_channel(store, build, now):
    assert await claim(store, now) is None
    await build.deliver(store, build.delivery(1, not_before=now + SECOND))
    assert await claim(store, now) is None
    await claim(store, now + SECOND)
    await store.settle(build.settled("d1", "t", state=DeliveryState.PENDING, not_before=now, channel_not_before=now + 9 * SECOND))
    assert await claim(store, now + 8 * SECOND) is None
    assert await claim(store, now + 9 * SECOND) is not None
    await store.settle(build.settled("d1", "t", state=DeliveryState.PENDING, park=Reason.CHANNEL_GONE))
    assert await claim(store, now + 99 * SECOND) is None


async def test_rows_of_a_channel_are_claimed_one_at_a_time_in_order_of_sequence(store, build, now):
    await build.deliver(
        store, build.delivery(3), build.delivery(1), build.delivery(2, channel_id="ops"), build.delivery(0, not_before=now + SECOND)
    )
    assert (await claim(store, now)).delivery.id == "d3"
    assert await claim(store, now) is None
    assert (await claim(store, now, "ops")).delivery.id == "d2"
    await store.settle(build.settled("d3", "t"))
    assert (await claim(store, now)).delivery.id == "d1"
    await store.settle(build.settled("d1", "t"))
    assert await claim(store, now) is None
    assert (await claim(store, now + SECOND)).delivery.id == "d0"


async def test_what_is_due_and_was_not_asked_about_yet_is_overtaken_by_nothing_that_was(store, build, now):
    await build.deliver(store, build.delivery(1, not_before=now + SECOND), build.delivery(2))
    asked = {"lease": LEASE, "token": "t", "due": now}
    assert await store.claim_next("team", now=now + SECOND, **asked) is None
    assert (await store.claim_next("team", now=now, **asked)).delivery.id == "d2"


async def test_of_many_claimants_one_wins(store, build, now):
    await build.deliver(store, build.delivery(1), build.delivery(2))
    claims = await asyncio.gather(*(claim(store, now, token=f"t{number}") for number in range(6)))
    won = [claimed for claimed in claims if claimed is not None]
    assert [claimed.delivery.id for claimed in won] == ["d1"]
    assert (await store.deliveries(state=DeliveryState.SENDING, limit=9))[0].lease_token == won[0].lease_token


@pytest.mark.durable
async def test_of_many_claimants_in_two_stores_one_wins_each_row(database, build, now):
    stores = [await database.open(), await database.open()]
    try:
        await build.deliver(stores[0], *(build.delivery(number) for number in range(12)))
        taken = []

        async def work(store, token):
            while len(taken) < 12:
                claimed = await claim(store, now, token=token)
                if claimed is None:
                    await asyncio.sleep(0)
                    continue
                taken.append(claimed.delivery.id)  # before it is settled: from then on another may take the next
                settled = await store.settle(build.settled(claimed.delivery.id, token))
                assert settled is not None

        await asyncio.gather(*(work(store, f"t{number}") for number, store in enumerate(stores * 2)))
        assert taken == [f"d{number}" for number in range(12)]
    finally:
        for store in stores:
            await store.close()


async def test_an_edit_is_claimed_only_once_its_post_is_sent_and_carries_its_reference(store, build, now):
    await build.deliver(
        store,
        build.delivery(1, not_before=now + SECOND),
        build.delivery(2, action=Action.EDIT, target_id="d1"),
        build.delivery(3, story_id="s3"),
    )
    assert (await claim(store, now)).delivery.id == "d3"
    await store.settle(build.settled("d3", "t"))
    assert await claim(store, now) is None
    await build.send(store, at=now + SECOND, ref="1700.1")
    claimed = await claim(store, now)
    assert (claimed.delivery.id, claimed.delivery.target_ref) == ("d2", "1700.1")


@pytest.mark.parametrize("end", ["dead", "dropped"])
async def test_edits_of_a_post_that_came_to_nothing_are_skipped_and_the_next_row_is_taken(store, build, now, end):
    await build.deliver(
        store,
        build.delivery(1),
        build.delivery(2, action=Action.EDIT, target_id="d1"),
        build.delivery(3, action=Action.REPLY, target_id="d1"),
        build.delivery(4, story_id="s4"),
    )
    if end == "dead":
        await claim(store, now)
        await store.settle(build.settled("d1", "t", state=DeliveryState.DEAD, reason=Reason.EXHAUSTED))
    else:
        await store.drop("d1", now)
    assert (await claim(store, now + SECOND)).delivery.id == "d4"
    gone = [(row.id, row.reason, row.updated_at) for row in await store.deliveries(state=DeliveryState.SKIPPED, limit=9)]
    assert [row for row in gone if row[0] != "d1"] == [(f"d{n}", Reason.MESSAGE_GONE, now + SECOND) for n in (3, 2)]


async def test_skipped_edits_are_skipped_also_when_nothing_else_waits(store, build, now):
    await build.deliver(store, build.delivery(1), build.delivery(2, action=Action.EDIT, target_id="d1"))
    await store.drop("d1", now)
    assert await store.ready_channels(now) == ["team"]
    assert await claim(store, now) is None
    assert await store.ready_channels(now) == []


async def test_a_lease_is_renewed_only_by_its_owner(store, build, now):
    await build.deliver(store, build.delivery(1))
    await claim(store, now)
    assert await store.renew("d1", "t", now + 2 * LEASE)
    assert not await store.renew("d1", "other", now + 9 * LEASE)
    assert not await store.renew("unknown", "t", now + 9 * LEASE)
    assert (await store.deliveries(limit=1))[0].lease_expires_at == now + 2 * LEASE
    await store.settle(build.settled("d1", "t"))
    assert not await store.renew("d1", "t", now + 9 * LEASE)


async def test_a_receipt_ends_the_lease_and_is_written_once(store, build, now):
    await build.deliver(store, build.delivery(1))
    claimed = await claim(store, now)
    receipt = build.settled("d1", "t", now=now + SECOND, message_ref="1700.1")
    settled = await store.settle(receipt)
    assert settled == replace(
        claimed.delivery,
        state=DeliveryState.SENT,
        message_ref="1700.1",
        lease_token=None,
        lease_expires_at=None,
        updated_at=now + SECOND,
    )
    assert await store.settle(receipt) is None


async def test_whoever_lost_a_lease_settles_nothing(store, build, now):
    await build.deliver(store, build.delivery(1))
    await claim(store, now)
    late = build.settled("d1", "t", message_ref="late", channel_not_before=now + LEASE, park=Reason.CHANNEL_GONE)
    await store.take_in_doubt(now + LEASE, all_sending=False)
    before = (await store.deliveries(limit=1), await store.channel_states())
    assert await store.settle(late) is None
    await store.resolve_doubt("d1", attempt=1, state=DeliveryState.PENDING, reason=Reason.REPEATED, now=now + LEASE)
    again = await claim(store, now + LEASE, token="second")
    assert again.delivery.attempt == 2
    assert await store.settle(late) is None
    assert await store.settle(replace(late, delivery_id="unknown")) is None
    assert (await store.deliveries(limit=1))[0].lease_token == "second"
    assert (await store.channel_states()) == before[1]


async def test_a_failed_try_waits_and_so_does_its_channel(store, build, now):
    await build.deliver(store, build.delivery(1), build.delivery(2))
    await claim(store, now)
    settled = await store.settle(
        build.settled(
            "d1", "t", state=DeliveryState.PENDING, not_before=now + 5 * SECOND, channel_not_before=now + 5 * SECOND, error="503"
        )
    )
    assert (settled.state, settled.attempt, settled.not_before, settled.last_error) == (
        DeliveryState.PENDING,
        1,
        now + 5 * SECOND,
        "503",
    )
    assert await claim(store, now + 4 * SECOND) is None
    assert (await claim(store, now + 5 * SECOND)).delivery.id == "d1"


async def test_a_try_that_does_not_count_is_taken_back(store, build, now):
    await build.deliver(store, build.delivery(1))
    await claim(store, now)
    settled = await store.settle(build.settled("d1", "t", state=DeliveryState.PENDING, counted=False))
    assert settled.attempt == 0


async def test_leases_expire_at_their_instant(store, build, now):
    await build.deliver(store, build.delivery(1), build.delivery(2, channel_id="ops"))
    await claim(store, now)
    await claim(store, now + SECOND, "ops")
    assert await store.expired_leases(now + LEASE - SECOND) == []
    assert [row.id for row in await store.expired_leases(now + LEASE)] == ["d1"]


async def test_only_lost_sendings_are_in_doubt_unless_this_process_is_alone(store, build, now):
    await build.deliver(store, build.delivery(1), build.delivery(2, channel_id="ops"), build.delivery(3, channel_id="spare"))
    await claim(store, now)
    await claim(store, now + SECOND, "ops")
    assert await store.take_in_doubt(now, all_sending=False) == []
    (doubted,) = await store.take_in_doubt(now + LEASE, all_sending=False)
    assert (doubted.id, doubted.state, doubted.lease_token, doubted.lease_expires_at) == ("d1", DeliveryState.IN_DOUBT, None, None)
    assert [row.id for row in await store.take_in_doubt(now + LEASE, all_sending=True)] == ["d1", "d2"]
    assert [row.id for row in await store.pending("spare")] == ["d3"]


async def test_a_doubt_is_resolved_once(store, build, now):
    await build.deliver(store, build.delivery(1))
    await claim(store, now)
    await store.settle(build.settled("d1", "t", state=DeliveryState.IN_DOUBT, error="timed out"))
    again = replace(build.message(), repeated=True)
    resolved = await store.resolve_doubt(
        "d1",
        attempt=1,
        state=DeliveryState.PENDING,
        reason=Reason.REPEATED,
        not_before=now + SECOND,
        message=again,
        now=now + SECOND,
    )
    assert (resolved.state, resolved.reason, resolved.message, resolved.not_before, resolved.updated_at) == (
        DeliveryState.PENDING,
        Reason.REPEATED,
        again,
        now + SECOND,
        now + SECOND,
    )
    sent = {"attempt": 1, "state": DeliveryState.SENT, "reason": Reason.NEW_STORY, "now": now}
    assert await store.resolve_doubt("d1", **sent) is None
    assert await store.resolve_doubt("unknown", **sent) is None


async def test_a_doubt_is_not_ended_by_who_asked_about_an_earlier_one_of_the_same_row(store, build, now):
    await build.deliver(store, build.delivery(1))
    await claim(store, now)
    (asked,) = await store.take_in_doubt(now + LEASE, all_sending=False)
    pending = {"state": DeliveryState.PENDING, "reason": Reason.REPEATED, "now": now + LEASE}
    assert await store.resolve_doubt("d1", attempt=asked.attempt, **pending) is not None
    await claim(store, now + LEASE)
    (doubted,) = await store.take_in_doubt(now + 2 * LEASE, all_sending=False)
    assert await store.resolve_doubt("d1", attempt=asked.attempt, **pending) is None
    assert await store.resolve_doubt("d1", attempt=doubted.attempt, **pending) is not None


async def test_a_doubt_that_proves_sent_keeps_its_message_and_gets_its_reference(store, build, now):
    (row,) = await build.deliver(store, build.delivery(1))
    await claim(store, now)
    await store.take_in_doubt(now, all_sending=True)
    sent = {"attempt": 1, "state": DeliveryState.SENT, "reason": Reason.NEW_STORY, "now": now}
    resolved = await store.resolve_doubt("d1", message_ref="1700.1", **sent)
    assert (resolved.state, resolved.message_ref, resolved.message, resolved.not_before) == (
        DeliveryState.SENT,
        "1700.1",
        row.message,
        row.not_before,
    )


async def test_the_messages_of_other_deliveries_are_told_with_what_was_written_since(store, build, now):
    await build.deliver(store, build.delivery(1), build.delivery(2), build.delivery(3, channel_id="ops"))
    for channel, number in (("team", "d1"), ("ops", "d3")):
        await store.claim_next(channel, now=now, lease=LEASE, token="t")
        await store.settle(build.settled(number, "t", message_ref=f"C1/{number}"))
    assert await store.refs_of_others("d2", now - LEASE) == {"C1/d1", "C1/d3"}
    assert await store.refs_of_others("d1", now - LEASE) == {"C1/d3"}
    assert await store.refs_of_others("d2", now + LEASE) == set()
