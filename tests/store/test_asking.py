"""What people ask about, on every kind of database: what was told lately, what became of an article, what waits."""

from __future__ import annotations

from datetime import timedelta

from bot.core.deliveries import Action, DeliveryState
from bot.core.model import Tier
from bot.core.reasons import Reason
from bot.core.sources import PollRecord, SourceState
from bot.core.stories import Filing, Posted

MINUTE = timedelta(minutes=1)
HELD = {"state": DeliveryState.HELD, "reason": Reason.QUIET_HOURS}


async def tell(store, build, *rows, at):
    """Write rows and send those that are pending, in order, a minute apart."""
    await build.deliver(store, *rows)
    for number, row in enumerate(rows):
        if row.state is DeliveryState.PENDING:
            await build.send(store, row.channel_id, ref=row.id, at=at + number * MINUTE)


async def test_the_stories_told_last_come_first_each_once(store, build, now):
    await tell(
        store,
        build,
        build.delivery(1),
        build.delivery(2, story_id="s2"),
        build.delivery(3, story_id="s1", channel_id="ops"),
        build.delivery(4, story_id="s3", channel_id="elsewhere"),
        at=now,
    )
    assert await store.latest_posts(["team"], 5) == [Posted("s2", now + MINUTE), Posted("s1", now)]
    assert await store.latest_posts(["team", "ops"], 5) == [Posted("s1", now + 2 * MINUTE), Posted("s2", now + MINUTE)]
    assert await store.latest_posts(["team", "ops"], 1) == [Posted("s1", now + 2 * MINUTE)]
    assert await store.latest_posts([], 5) == []
    assert await store.latest_posts(["nowhere"], 5) == []


async def test_what_waits_is_held_passed_over_or_no_story_was_not_told(store, build, now):
    await tell(store, build, build.delivery(1), build.delivery(2, story_id=None, reason=Reason.SAMPLE), at=now)
    await build.deliver(
        store,
        build.delivery(3, story_id="s3"),
        build.delivery(4, story_id="s4", **HELD),
        build.delivery(5, story_id="s5", state=DeliveryState.SKIPPED, reason=Reason.TOO_OLD),
    )
    assert await store.latest_posts(["team"], 5) == [Posted("s1", now)]


async def test_a_story_told_in_a_digest_was_told_when_the_digest_was_written(store, build, now):
    await build.deliver(store, build.delivery(1, **HELD))
    digest = build.delivery(2, action=Action.DIGEST, story_id=None, story_ids=("s1",))
    await store.commit_digest(digest, ["d1"], now + MINUTE)
    assert await store.latest_posts(["team"], 5) == [Posted("s1", now + MINUTE)]


async def test_an_edit_makes_no_story_newer(store, build, now):
    await tell(store, build, build.delivery(1), build.delivery(2, story_id="s2"), at=now)
    await tell(store, build, build.delivery(3, action=Action.EDIT, target_id="d1"), at=now + 9 * MINUTE)
    assert [posted.story_id for posted in await store.latest_posts(["team"], 5)] == ["s2", "s1"]


async def test_so_many_channels_as_one_list_cannot_hold(store, build, now):
    await tell(store, build, build.delivery(1), build.delivery(2, story_id="s2", channel_id="ops"), at=now)
    channels = ["team", *(f"c{number}" for number in range(1_200)), "ops"]
    assert [posted.story_id for posted in await store.latest_posts(channels, 5)] == ["s2", "s1"]
    assert [row.id for row in await store.deliveries_of(["s1", "s2"], channels)] == ["d1", "d2"]
    assert await store.waiting_counts(channels) == {}


async def test_rows_of_stories_come_by_sequence_from_the_channels_asked_for(store, build):
    await build.deliver(
        store,
        build.delivery(1),
        build.delivery(2, story_id="s2"),
        build.delivery(3, channel_id="ops"),
        build.delivery(4, channel_id="elsewhere"),
    )
    assert [row.id for row in await store.deliveries_of(["s2", "s1"], ["ops", "team"])] == ["d1", "d2", "d3"]
    assert await store.deliveries_of([], ["team"]) == []
    assert await store.deliveries_of(["s1"], []) == []


async def test_a_row_is_found_by_its_number(store, build):
    await build.deliver(store, build.delivery(1))
    row = await store.delivery("d1")
    assert row is not None
    assert row.channel_id == "team"
    assert await store.delivery("d2") is None


async def test_filed_items_are_found_under_any_of_their_keys_by_arrival(store, build):
    first, second, third = await build.queue(store, 1, 2, 3)
    await store.commit_alert(
        build.batch(build.filed(third, keys=("u1", "t9")), build.filed(first, keys=("u1",)), build.filed(second, keys=("u2",)))
    )
    assert [item.id for item in await store.items_under(["u1"])] == ["i1", "i3"]
    assert [item.id for item in await store.items_under(["t9", "u1", "u2", "u2"])] == ["i1", "i2", "i3"]
    assert await store.items_under(["u3"]) == []
    assert await store.items_under([]) == []


async def test_items_that_wait_are_found_by_their_address_and_filed_ones_are_not(store, build):
    first, _ = await build.queue(store, 1, 2)
    assert await store.queued_at("https://gazette.example/1") == [first.item]
    assert await store.queued_at("https://gazette.example/9") == []
    await store.commit_alert(build.batch(build.filed(first)))
    assert await store.queued_at("https://gazette.example/1") == []


async def test_items_are_counted_by_their_sources_from_an_instant_on(store, build, now, monkeypatch):
    monkeypatch.setattr("bot.store.asking._COUNTED_AT_ONCE", 2)
    old = now - timedelta(days=9)
    rows = [
        build.item(1, first_seen=old),
        build.item(2, first_seen=old),
        build.item(3),
        build.item(4, source_id="ledger"),
        build.item(5),
    ]
    for item in rows:
        await store.commit_poll(PollRecord(SourceState(item.source_id), ((item, None),)), now)
    assert await store.items_by_source(now - timedelta(days=7)) == {"gazette": 2, "ledger": 1}
    assert await store.items_by_source(old) == {"gazette": 4, "ledger": 1}
    assert await store.items_by_source(now + MINUTE) == {}


async def test_what_was_decided_about_an_item_is_told_with_its_reason(store, build):
    first, second, _ = await build.queue(store, 1, 2, 3)
    await store.commit_alert(
        build.batch(
            build.filed(first, "s1", opened=True, why="nothing like it is known"),
            build.filed(
                second,
                "s1",
                tier=Tier.COPY,
                duplicate_of="i1",
                rerun_of="i1",
                why="96% of the text",
                score=0.5,
                reason=Reason.RERUN,
            ),
            stories=(build.story("s1", "i1"),),
        )
    )
    assert await store.filings(["i2", "i1", "i3", "i9"]) == {
        "i1": Filing("i1", first.order, "s1", None, None, Tier.NEW, 0.0, "nothing like it is known", None),
        "i2": Filing("i2", second.order, "s1", "i1", "i1", Tier.COPY, 0.5, "96% of the text", Reason.RERUN),
    }
    assert await store.filings([]) == {}


async def test_rows_that_are_not_over_are_counted_by_state_and_channel(store, build, now):
    await tell(store, build, build.delivery(1), at=now)
    await build.deliver(
        store,
        build.delivery(2),
        build.delivery(3),
        build.delivery(4, **HELD),
        build.delivery(5, channel_id="ops"),
        build.delivery(6, state=DeliveryState.SKIPPED, reason=Reason.TOO_OLD),
    )
    assert await store.waiting_counts(["team"]) == {DeliveryState.PENDING: 2, DeliveryState.HELD: 1}
    assert await store.waiting_counts(["team", "ops"]) == {DeliveryState.PENDING: 3, DeliveryState.HELD: 1}
    await store.claim_next("ops", now=now, lease=MINUTE, token="t")
    assert await store.waiting_counts(["ops"]) == {DeliveryState.SENDING: 1}
    assert await store.waiting_counts([]) == {}
