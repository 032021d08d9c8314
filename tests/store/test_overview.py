"""What people ask about a week or about everything at once, on every kind of database."""

from __future__ import annotations

from datetime import timedelta

from bot.core.deliveries import Action, DeliveryState
from bot.core.model import Commitment, Precision
from bot.core.overview import Arrived, Promised
from bot.core.reasons import Reason

DAY = timedelta(days=1)
ENDS = Commitment("2026-06-30", Precision.DAY, "contract_end", "The contract expires on June 30.", 0.9, "i1")
PAUSE = Commitment("2027-03-11", Precision.APPROXIMATE, "expiry", "A one-year pause was announced.", 0.65, "i2")
PAST = Commitment("2026-01-05", Precision.DAY, "vote", "They vote on January 5.", 0.9, "i1")


async def two_stories(store, build):
    one, two = await build.queue(store, 1, 2)
    await store.commit_alert(
        build.batch(
            build.filed(one, "s1", matches=(build.match("i1"), build.match("i1", "drones"))),
            build.filed(two, "s2", matches=(build.match("i2", "drones"),)),
            stories=(build.story("s1", "i1"), build.story("s2", "i2")),
            commitments=(("s1", (PAST, ENDS)), ("s2", (PAUSE,))),
        )
    )


async def test_promises_come_by_date_each_once_of_the_rules_asked_for(store, build):
    await two_stories(store, build)
    span = {"first": "2026-03-10", "last": "2036-03-10", "limit": 10}
    both = [Promised("s1", ENDS), Promised("s2", PAUSE)]
    assert await store.promised(["rule", "drones"], **span) == both
    assert await store.promised(["drones", *(f"r{number}" for number in range(1_500)), "rule"], **span) == both
    assert await store.promised(["rule"], **span) == both[:1]
    assert await store.promised(["elsewhere"], **span) == []
    assert await store.promised([], **span) == []


async def test_promises_are_of_the_days_asked_for_and_no_more_than_so_many(store, build):
    await two_stories(store, build)
    everything = {"first": "2026-01-01", "last": "2036-03-10"}
    assert await store.promised(["drones"], **everything, limit=2) == [Promised("s1", PAST), Promised("s1", ENDS)]
    assert await store.promised(["drones"], **everything, limit=1, newest_first=True) == [Promised("s2", PAUSE)]
    assert await store.promised(["drones"], first="2026-06-30", last="2026-06-30", limit=5) == [Promised("s1", ENDS)]


async def test_copies_of_what_a_workspaces_own_source_brought_are_counted_by_their_original(store, build):
    (own,) = await build.queue(store, 1, source_id="slack:T1/own")
    copies = [
        (await build.queue(store, number, source_id=source))[0] for number, source in ((2, "wire"), (3, "wire"), (4, "gazette"))
    ]
    filed = [build.filed(own, "s1"), *(build.filed(entry, "s1", duplicate_of="i1") for entry in copies)]
    await store.commit_alert(build.batch(*filed, stories=(build.story("s1", "i1"),)))
    arrived = await store.arrived(build.now - DAY, ["rule"])
    assert arrived.copied == {("gazette", "slack:T1/own", "i1"): 1, ("wire", "slack:T1/own", "i1"): 2}


async def test_what_came_is_counted_by_source_with_copies_and_by_outlet_of_what_matched(store, build):
    old = await build.queue(store, *range(1, 40), first_seen=build.now - 9 * DAY)
    new = await build.queue(store, *range(40, 70), first_seen=build.now - DAY)
    wire = await build.queue(store, 70, first_seen=build.now, source_id="wire", outlet=None, canonical_url=None)
    matched = ("i10", "i40", "i50", "i60", "i70")
    filed = [
        build.filed(
            entry,
            "s1",
            matches=(build.match(entry.item.id), build.match(entry.item.id, "drones")) if entry.item.id in matched else (),
            duplicate_of="i1" if entry.item.id in ("i50", "i51") else None,
        )
        for entry in (*old, *new, *wire)
    ]
    await store.commit_alert(build.batch(*filed, stories=(build.story("s1", "i1"),)))
    arrived = await store.arrived(build.now - 7 * DAY, ["rule", "drones"])
    assert arrived.items == {"gazette": 30, "wire": 1}
    assert arrived.copies == {"gazette": 2}
    assert arrived.copied == {}
    assert sorted(arrived.outlets, key=str) == [
        ("The Gazette", "https://gazette.example/40", 1),
        ("The Gazette", "https://gazette.example/50", 1),
        ("The Gazette", "https://gazette.example/60", 1),
        (None, None, 1),
    ]
    assert (await store.arrived(build.now - 7 * DAY, ["elsewhere"])).outlets == ()
    assert await store.arrived(build.now + DAY, ["rule"]) == Arrived({}, {}, ())


async def test_nothing_came_into_an_empty_database(store, build):
    assert await store.arrived(build.now - DAY, ["rule"]) == Arrived({}, {}, ())
    assert await store.told_since(["team"], build.now - DAY, limit=5) == []


async def test_what_was_told_since_then_is_what_was_sent_or_stood_in_a_digest(store, build, now):
    for number, at in ((1, now - 9 * DAY), (2, now)):
        await build.deliver(store, build.delivery(number, story_id=f"s{number}", not_before=at))
        await build.send(store, "team", ref=f"m{number}", at=at)
    digested = {"state": DeliveryState.SKIPPED, "reason": Reason.IN_DIGEST}
    await build.deliver(
        store,
        build.delivery(3, story_id="s3", **digested),
        build.delivery(4, story_id="s4", state=DeliveryState.SKIPPED, reason=Reason.TOO_OLD),
        build.delivery(5, story_id="s5"),
        build.delivery(6, story_id="s6", channel_id="ops", **digested),
        build.delivery(7, story_id="s2", action=Action.EDIT, **digested),
    )
    assert [row.id for row in await store.told_since(["team"], now - 7 * DAY, limit=9)] == ["d2", "d3", "d7"]
    assert [row.id for row in await store.told_since(["team", "ops"], now - 7 * DAY, limit=2)] == ["d6", "d7"]
