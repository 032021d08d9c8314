"""The outbox as planners and people see it: what waits, what is due when, what was sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.deliveries import Action, DeliveryState
from bot.core.outbox import ChannelState, Revision
from bot.core.reasons import Reason
from bot.store.outbox import NOT_YET

SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=120)
HELD = {"state": DeliveryState.HELD, "reason": Reason.QUIET_HOURS}


async def test_a_channel_is_known_from_its_first_delivery(store, build):
    assert await store.channel_states() == {}
    await build.deliver(store, build.delivery(1), build.delivery(2, channel_id="ops"))
    assert await store.channel_states() == {"ops": ChannelState("ops"), "team": ChannelState("team")}


async def test_rows_of_a_story_come_in_order_and_only_from_the_channel_asked_for(store, build):
    await build.deliver(
        store,
        build.delivery(1),
        build.delivery(2, story_id="s2"),
        build.delivery(3, channel_id="ops"),
        build.delivery(4, action=Action.EDIT, target_id="d1"),
    )
    assert [row.id for row in await store.story_deliveries("team", ["s1"])] == ["d1", "d4"]
    assert [row.id for row in await store.story_deliveries("team", ["s2", "s1", "s3"])] == ["d1", "d2", "d4"]
    assert await store.story_deliveries("team", []) == []


async def test_posts_and_digests_sent_since_or_on_their_way_are_counted(store, build, now):
    await build.deliver(
        store,
        build.delivery(1),
        build.delivery(2, action=Action.DIGEST),
        build.delivery(3, action=Action.EDIT, target_id="d1"),
        build.delivery(4, **HELD),
        build.delivery(5, channel_id="ops"),
    )
    assert await store.posts_since("team", now) == 2
    await build.send(store, at=now)
    assert await store.posts_since("team", now) == 2
    assert await store.posts_since("team", now + SECOND) == 1
    await store.claim_next("team", now=now, lease=LEASE, token="t")
    assert await store.posts_since("team", now + SECOND) == 1


async def test_a_channel_is_ready_when_its_row_its_own_wait_and_its_other_rows_allow(store, build, now):
    await build.deliver(store, build.delivery(1, not_before=now + SECOND), build.delivery(2, channel_id="ops"))
    assert await store.ready_channels(now) == ["ops"]
    assert await store.ready_channels(now + SECOND) == ["team", "ops"]
    await store.claim_next("ops", now=now, lease=LEASE, token="t")
    assert await store.ready_channels(now + SECOND) == ["team"]
    wait = build.settled("d2", "t", state=DeliveryState.PENDING, not_before=now, channel_not_before=now + 5 * SECOND)
    await store.settle(wait)
    assert await store.ready_channels(now + 4 * SECOND) == ["team"]
    assert await store.ready_channels(now + 5 * SECOND) == ["team", "ops"]


async def test_an_edit_that_waits_for_its_post_makes_no_channel_ready(store, build, now):
    await build.deliver(store, build.delivery(1, not_before=now + SECOND), build.delivery(2, action=Action.EDIT, target_id="d1"))
    assert await store.ready_channels(now) == []
    assert await store.next_wake(now) == now + SECOND
    await build.send(store, at=now + SECOND)
    assert await store.ready_channels(now) == ["team"]


async def test_next_wake_is_the_earliest_of_rows_waits_releases_and_leases(store, build, now):
    assert await store.next_wake(now) is None
    await build.deliver(store, build.delivery(1, not_before=now + 50 * SECOND))
    assert await store.next_wake(now) == now + 50 * SECOND
    await build.deliver(store, build.delivery(2, not_before=now + 40 * SECOND, **HELD))
    assert await store.next_wake(now) == now + 40 * SECOND
    await build.deliver(store, build.delivery(3, channel_id="ops"))
    assert await store.next_wake(now + SECOND) == now + SECOND  # overdue: at once
    await store.claim_next("ops", now=now, lease=30 * SECOND, token="t")
    assert await store.next_wake(now) == now + 30 * SECOND
    await store.settle(build.settled("d3", "t", state=DeliveryState.PENDING, channel_not_before=now + 20 * SECOND))
    assert await store.next_wake(now) == now + 20 * SECOND


async def test_what_waits_for_a_person_wakes_nobody(store, build, now):
    await build.deliver(store, build.delivery(1), build.delivery(2, state=DeliveryState.HELD, reason=Reason.IN_DOUBT))
    await store.claim_next("team", now=now, lease=LEASE, token="t")
    await store.settle(build.settled("d1", "t", state=DeliveryState.PENDING, park=Reason.CHANNEL_GONE, error="Archived."))
    assert await store.channel_states() == {"team": ChannelState("team", parked=Reason.CHANNEL_GONE)}
    assert await store.next_wake(now) is None
    assert await store.ready_channels(now) == []
    assert await store.held_due(now) == {}
    assert await store.unpark("team")
    assert not await store.unpark("team")
    assert not await store.unpark("unknown")
    assert await store.ready_channels(now) == ["team"]


async def test_a_row_in_doubt_blocks_its_channel_and_wakes_nobody(store, build, now):
    await build.deliver(store, build.delivery(1), build.delivery(2))
    await store.claim_next("team", now=now, lease=LEASE, token="t")
    await store.take_in_doubt(now, all_sending=True)
    assert (await store.ready_channels(now), await store.next_wake(now)) == ([], None)


async def test_held_rows_are_due_by_channel_and_in_order(store, build, now):
    await build.deliver(
        store,
        build.delivery(1, **HELD),
        build.delivery(2, channel_id="ops", **HELD),
        build.delivery(3, not_before=now + SECOND, **HELD),
        build.delivery(4),
        build.delivery(5, **HELD),
    )
    due = await store.held_due(now)
    assert {channel: [row.id for row in rows] for channel, rows in due.items()} == {"team": ["d1", "d5"], "ops": ["d2"]}


async def test_a_held_row_is_released_once(store, build, now):
    await build.deliver(store, build.delivery(1, not_before=now + 9 * SECOND, **HELD))
    assert await store.release("d1", now)
    assert not await store.release("d1", now)
    assert not await store.release("unknown", now)
    assert [(row.id, row.state, row.not_before) for row in await store.pending("team")] == [("d1", DeliveryState.PENDING, now)]


async def test_rows_are_listed_newest_first_by_state_and_to_a_limit(store, build):
    await build.deliver(store, build.delivery(1), build.delivery(2, **HELD), build.delivery(3))
    assert [row.id for row in await store.deliveries(limit=2)] == ["d3", "d2"]
    assert [row.id for row in await store.deliveries(state=DeliveryState.PENDING, limit=9)] == ["d3", "d1"]


async def test_posts_never_tried_are_hastened_and_no_others(store, build, now):
    later = now + 30 * SECOND
    await build.deliver(
        store,
        build.delivery(1, not_before=later),
        build.delivery(2, not_before=later, action=Action.EDIT, target_id="d1"),
        build.delivery(3, not_before=later, **HELD),
        build.delivery(4, channel_id="ops"),
    )
    await store.claim_next("ops", now=now, lease=LEASE, token="t")
    await store.settle(build.settled("d4", "t", state=DeliveryState.PENDING, not_before=later))
    assert await store.hasten_posts(now) == 1
    assert {row.id: row.not_before for row in await store.deliveries(limit=9)} == {"d1": now, "d2": later, "d3": later, "d4": later}


async def dead(store, build, now):
    await build.deliver(store, build.delivery(1, reason=Reason.BACKFILL))
    await store.claim_next("team", now=now, lease=LEASE, token="t")
    await store.settle(build.settled("d1", "t", state=DeliveryState.DEAD, reason=Reason.EXHAUSTED, error="No answer."))


async def test_a_dead_row_is_tried_again_for_the_reason_it_was_planned(store, build, now):
    await dead(store, build, now)
    await store.retry_dead("d1", now + SECOND)
    (row,) = await store.deliveries(limit=1)
    assert (row.state, row.reason, row.attempt, row.not_before, row.last_error) == (
        DeliveryState.PENDING,
        Reason.BACKFILL,
        0,
        now + SECOND,
        "",
    )


async def test_a_held_row_can_be_tried_too(store, build, now):
    await build.deliver(store, build.delivery(1, **HELD))
    await store.retry_dead("d1", now)
    assert await store.ready_channels(now) == ["team"]


async def test_a_row_that_waits_in_a_parked_channel_is_tried_again_with_its_channel_opened(store, build, now):
    await build.deliver(store, build.delivery(1), build.delivery(2))
    await store.claim_next("team", now=now, lease=LEASE, token="t")
    await store.settle(build.settled("d1", "t", state=DeliveryState.PENDING, park=Reason.CHANNEL_GONE, error="Archived."))
    assert await store.parked_channels(Reason.CHANNEL_GONE) == ["team"]
    assert await store.parked_channels(Reason.TOKEN_REFUSED) == []
    await store.retry_dead("d2", now)
    assert await store.parked_channels(Reason.CHANNEL_GONE) == []
    assert (await store.claim_next("team", now=now, lease=LEASE, token="u")).delivery.id == "d1"


async def test_only_what_failed_or_waits_can_be_retried_or_dropped(store, build, now):
    for change in (store.retry_dead, store.drop):
        with pytest.raises(ValueError, match=r"There is no delivery d1\."):
            await change("d1", now)
    await build.deliver(store, build.delivery(1))
    with pytest.raises(ValueError, match="Delivery d1 is pending; only what is dead or held, or waits in a parked"):
        await store.retry_dead("d1", now)
    await store.claim_next("team", now=now, lease=LEASE, token="t")
    with pytest.raises(ValueError, match=r"Delivery d1 is sending; only what waits"):
        await store.drop("d1", now)
    await store.settle(build.settled("d1", "t"))
    for change in (store.retry_dead, store.drop):
        with pytest.raises(ValueError, match="Delivery d1 is sent;"):
            await change("d1", now)


@pytest.mark.parametrize("state", ["pending", "held", "in_doubt", "dead"])
async def test_a_row_that_was_not_sent_can_be_dropped(store, build, now, state):
    if state == "dead":
        await dead(store, build, now)
    else:
        await build.deliver(store, build.delivery(1, **(HELD if state == "held" else {})))
    if state == "in_doubt":
        await store.claim_next("team", now=now, lease=LEASE, token="t")
        await store.take_in_doubt(now, all_sending=True)
    await store.drop("d1", now + SECOND)
    (row,) = await store.deliveries(limit=1)
    assert (row.state, row.reason, row.updated_at) == (DeliveryState.SKIPPED, Reason.DROPPED, now + SECOND)


async def test_a_revised_reason_is_the_one_a_retry_goes_back_to(store, build, now):
    await build.deliver(store, build.delivery(1, **HELD))
    released = Revision("d1", DeliveryState.HELD, state=DeliveryState.PENDING, reason=Reason.NEW_STORY)
    await store.commit_alert(build.batch(revisions=(released,)))
    await store.claim_next("team", now=now, lease=LEASE, token="t")
    await store.settle(build.settled("d1", "t", state=DeliveryState.DEAD, reason=Reason.EXHAUSTED))
    await store.retry_dead("d1", now)
    assert (await store.deliveries(limit=1))[0].reason is Reason.NEW_STORY


async def test_the_times_of_posts_are_told_and_a_waiting_row_is_put_off_only_as_expected(store, build, now):
    await build.deliver(store, build.delivery(1), build.delivery(2))
    await build.send(store, at=now)
    assert sorted(await store.post_times("team", now)) == [now, NOT_YET]
    assert await store.post_times("ops", now) == []
    later = now + timedelta(hours=1)
    changes = {"state": DeliveryState.HELD, "reason": Reason.QUIET_HOURS, "not_before": later, "now": now}
    assert await store.reconsider("d2", DeliveryState.HELD, **changes) is None
    held = await store.reconsider("d2", DeliveryState.PENDING, **changes)
    assert (held.state, held.reason, held.not_before) == (DeliveryState.HELD, Reason.QUIET_HOURS, later)


async def test_what_waits_for_channels_that_are_gone_is_dropped_but_not_what_a_person_decides(store, build, now):
    doubted = {"state": DeliveryState.HELD, "reason": Reason.IN_DOUBT}
    await build.deliver(
        store,
        build.delivery(1),
        build.delivery(2, channel_id="gone"),
        build.delivery(3, channel_id="gone", **HELD),
        build.delivery(4, channel_id="gone", **doubted),
    )
    assert {row.id for row in await store.drop_undeclared(["team"], now)} == {"d2", "d3"}
    assert await store.drop_undeclared(["team"], now) == []
    states = {row.id: row.state for row in await store.deliveries(limit=9)}
    assert (states["d1"], states["d2"], states["d4"]) == (DeliveryState.PENDING, DeliveryState.SKIPPED, DeliveryState.HELD)


async def test_what_is_held_is_put_off_together_and_what_is_held_no_longer_is_left_alone(store, build, now):
    await build.deliver(store, build.delivery(1, **HELD), build.delivery(2, **HELD), build.delivery(3, **HELD))
    await store.release("d2", now)
    later = now + timedelta(hours=1)
    await store.put_off(["d1", "d2", "unknown"], later, now)
    rows = {row.id: row for row in await store.deliveries(limit=9)}
    assert rows["d1"].not_before == later
    assert rows["d2"].not_before == now
    assert rows["d3"].not_before != later
