"""What a story promises is kept with it, whole, and goes when it is merged away."""

from __future__ import annotations

from dataclasses import replace

from bot.core.model import Commitment, Precision

ENDS = Commitment("2026-06-30", Precision.DAY, "contract_end", "The contract expires on June 30 — \x00 “we think”.", 0.9, "i1")
PAUSE = Commitment("2027-03-11", Precision.APPROXIMATE, "expiry", "A one-year pause was announced.", 0.65, "i2")


async def test_what_a_story_promises_is_kept_in_order_and_replaced_whole(store, build):
    one, two = await build.queue(store, 1, 2)
    record = build.story("s1", "i1")
    await store.commit_alert(build.batch(build.filed(one, "s1"), stories=(record,), commitments=(("s1", (PAUSE, ENDS)),)))
    kept = replace(ENDS, sentence=ENDS.sentence.replace("\x00", ""))
    assert await store.commitments_of(["s1", "s2"]) == {"s1": (PAUSE, kept), "s2": ()}
    later = replace(record, version=record.version + 1)
    await store.commit_alert(build.batch(build.filed(two, "s1"), stories=(later,), commitments=(("s1", (PAUSE,)),)))
    assert await store.commitments_of(["s1"]) == {"s1": (PAUSE,)}
    assert await store.commitments_of([]) == {}


async def test_a_story_that_was_merged_away_promises_nothing(store, build):
    one, two, three = await build.queue(store, 1, 2, 3)
    stories = (build.story("s1", "i1"), build.story("s2", "i2"))
    made = (("s1", (ENDS,)), ("s2", (PAUSE,)))
    await store.commit_alert(build.batch(build.filed(one, "s1"), build.filed(two, "s2"), stories=stories, commitments=made))
    bridge = build.filed(three, "s1")
    bridge = replace(bridge, change=replace(bridge.change, merged=("s2",)))
    await store.commit_alert(build.batch(bridge, commitments=(("s1", (ENDS, PAUSE)),)))
    found = await store.commitments_of(["s1", "s2"])
    assert [one.date for one in found["s1"]] == ["2026-06-30", "2027-03-11"]
    assert found["s2"] == ()
