"""What is forgotten, and what stays: nothing by which old news is told from new, nothing that waits, stands or may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.core.changes import numbered
from bot.core.declared import Declared, Draft, Sort, Vote
from bot.core.deliveries import DeliveryState
from bot.core.model import Commitment, Precision, TextState
from bot.core.overlays import Audited
from bot.core.search import SearchWord
from bot.core.silences import Hold, Mute, Silenced
from bot.core.sources import PollRecord, SourceConfig
from bot.rules.narrow import WORDS_VERSION, search_words
from bot.service.retention import pseudonym
from bot.store.retention import MOST_VERSIONS
from bot.store.tables import audit, item_keys, item_terms, memberships

DAY = timedelta(days=1)
WORKSPACE = "slack:T1"


async def rows(store, *columns):
    async with store._read() as connection:
        return [tuple(row) for row in await connection.execute(select(*columns))]


async def file_some(store, build, now, *ages):
    """Items first seen so many days ago, each filed in a story of its own under a key and a term."""
    for number, age in enumerate(ages, 1):
        (queued,) = await build.queue(store, number, first_seen=now - age * DAY)
        filed = build.filed(queued, f"s{number}", keys=(f"k{number}",), terms=(number,), matches=(build.match(f"i{number}"),))
        filed = replace(filed, words=search_words(queued.item))
        await store.commit_alert(build.batch(filed, stories=(build.story(f"s{number}", f"i{number}"),)))


async def drop(store, now, *, texts=90, most=0, after=0, limit=100):
    return await store.drop_texts(now - texts * DAY, floor=now - 7 * DAY, most=most, after=after, limit=limit)


async def test_an_old_text_goes_and_what_tells_old_news_from_new_stays(store, build, now):
    await store.use_words(WORDS_VERSION)
    await file_some(store, build, now, 100, 95, 5)
    swept = await drop(store, now)
    assert (swept.gone, swept.last) == (2, None)
    found = await store.items(["i1", "i2", "i3"])
    old, new = found["i1"], found["i3"]
    assert (old.summary, old.content_text, old.authors, old.tags, old.text_state) == ("", "", (), (), TextState.NONE)
    assert (old.title, old.url, old.guid, old.content_hash) == ("Title 1", "https://gazette.example/1", "guid-1", "hash-1")
    assert new.content_text
    assert len(await rows(store, item_keys.c.key)) == len(await rows(store, item_terms.c.term)) == 3
    assert all(fingerprint for (fingerprint,) in await rows(store, memberships.c.fingerprint))
    matched = await store.matches_of(["i1", "i3"])
    assert matched["i1"][0].spans == ()
    assert matched["i3"][0].spans
    again = await store.commit_poll(PollRecord(build.state(), ((build.item(1, first_seen=now), None),)), now)
    assert again.new == again.updated == ()
    assert (await drop(store, now)).gone == 0


async def test_a_text_that_waits_to_be_filed_is_never_taken(store, build, now):
    await build.queue(store, 1, first_seen=now - 200 * DAY)
    assert (await drop(store, now, most=1)).gone == 0


async def test_only_so_many_articles_keep_their_texts_but_a_week_does_whatever_their_number(store, build, now):
    await file_some(store, build, now, 30, 20, 10, 6, 1)
    assert (await drop(store, now, most=4)).gone == 1
    assert (await drop(store, now, most=1)).gone == 2
    kept = await store.items([f"i{number}" for number in range(1, 6)])
    assert [item.id for item in kept.values() if item.content_text] == ["i4", "i5"]


async def test_texts_go_a_few_rows_at_a_time(store, build, now):
    await file_some(store, build, now, 100, 99, 98, 97, 96)
    steps, after = [], 0
    while after is not None:
        swept = await drop(store, now, after=after, limit=2)
        steps.append(swept.gone)
        after = swept.last
    assert steps == [2, 2, 1]


async def test_words_of_forgotten_texts_leave_the_search(store, build, now):
    await store.use_words(WORDS_VERSION)
    await file_some(store, build, now, 100, 5)
    search = SearchWord("council")

    async def found():
        return len(await store.archive_numbers(search, words=WORDS_VERSION))

    assert await found() == 2
    await drop(store, now)
    assert not await store.renew_words(2)
    if await store.renew_words(1):  # where an entry cannot be taken out alone
        older = await store.unindexed(10)
        await store.index_words([(number, search_words(item)) for number, item in older], left=0)
        assert not await store.renew_words(1)
    assert await found() == 1


async def test_words_of_messages_go_once_their_story_cannot_change(store, build, now):
    await file_some(store, build, now, 40, 40)
    old = {"opened_at": now - 40 * DAY, "first_published": now - 40 * DAY, "last_published": now - 40 * DAY}
    await store.commit_alert(build.batch(stories=(build.story("s1", **old), build.story("s2", "i2", version=2))))
    begin = now - 30 * DAY
    await store.commit_alert(
        build.batch(
            deliveries=[
                build.delivery(1, not_before=begin),
                build.delivery(2, story_id="s2", not_before=begin, channel_id="two"),
                build.delivery(3, story_id=None, channel_id="three"),
                build.delivery(4, state=DeliveryState.HELD, channel_id="four"),
            ],
            now=begin,
        )
    )
    for channel in ("team", "two"):
        await build.send(store, channel, at=begin)
    terms = {"in_play": now - 21 * DAY, "dead": now - 90 * DAY}
    swept = await store.drop_messages(now - 7 * DAY, **terms, after=0, limit=100)
    assert swept.gone == 1
    kept = {row.id: row.message is not None for row in await store.deliveries(limit=10)}
    assert kept == {"d1": False, "d2": True, "d3": True, "d4": True}
    first = await store.drop_messages(now - 7 * DAY, **terms, after=0, limit=1)
    assert first.last is not None
    assert (await store.drop_messages(now - 7 * DAY, **terms, after=first.last, limit=100)).last is None


async def test_a_message_that_failed_keeps_its_words_for_whoever_sends_it_again(store, build, now):
    await build.deliver(store, build.delivery(1, story_id=None, not_before=now - 50 * DAY), now=now - 50 * DAY)
    claimed = await store.claim_next("team", now=now - 50 * DAY, lease=DAY, token="sender")
    await store.settle(build.settled(claimed.delivery.id, "sender", state=DeliveryState.DEAD, now=now - 50 * DAY))
    terms = {"in_play": now - 21 * DAY, "after": 0, "limit": 100}
    assert (await store.drop_messages(now - 7 * DAY, dead=now - 90 * DAY, **terms)).gone == 0
    assert (await store.drop_messages(now - 7 * DAY, dead=now - 40 * DAY, **terms)).gone == 1


async def changes(store, now):
    """One of everything that people do, by the same member, 400 days ago and today."""
    for number, at in enumerate((now - 400 * DAY, now), 1):
        row = numbered(Audited(WORKSPACE, "U1", at, "mute", (f"m{number}",), (), ()))
        mute = Mute(f"m{number}", WORKSPACE, Silenced.RULE, "cameras", "cameras", None, "U1", at, at + DAY)
        await store.change_mutes(made=[mute], ended=[], restored=[], audited=row)
        hold = Hold(f"h{number}", WORKSPACE, "team", "U1", at, at + DAY)
        await store.change_holds(made=[hold], ended=[], restored=[], audited=replace(row, number=f"h{number}"))
        await store.settle_holds("team", at + 2 * DAY)
        await store.vote([Vote(WORKSPACE, "cameras", f"s{number}", "voter", True, at)])
        await store.follow(WORKSPACE, "team", f"s{number}", "follower", at)
        await store.keep_draft(Draft(f"x{number}", WORKSPACE, "U1", "rule add", (), at, at + timedelta(hours=1)))
        made = Declared(WORKSPACE, Sort.RULE, "cameras", number, {"query": f"v{number}"}, "U1", at)
        await store.declare([made], replace(row, number=f"r{number}"))


async def test_what_is_over_goes_after_its_time_and_what_stands_stays(store, build, now):
    await changes(store, now)
    await store.declare_sources((SourceConfig("gone", "feed", "https://gone.example/"),), now - 500 * DAY)
    gone = await store.drop_records(now - 365 * DAY, now + timedelta(hours=2), known_sources={"ledger"}, limit=100)
    assert gone == {"audit": 3, "mutes": 1, "holds": 1, "votes": 1, "follows": 1, "drafts": 1, "sources": 1}
    assert [one.id for one in await store.mutes_in_force(now)] == ["m2"]
    assert [one.version for one in await store.declared_versions(WORKSPACE, Sort.RULE, "cameras")] == [1, 2]
    assert await store.drop_records(now - 365 * DAY, now, known_sources={"ledger"}, limit=100) == {}


async def test_the_newest_decision_stays_however_old_so_that_the_next_is_told_to_be_newer(store, now):
    await changes(store, now)
    await store.drop_records(now + 400 * DAY, now, known_sources=(), limit=1000)
    assert len(await rows(store, audit.c.sequence)) == 1
    version, _ = await store.constraints()
    assert version > 0


async def test_a_rule_that_was_removed_long_ago_is_forgotten_and_one_that_is_changed_often_keeps_its_first_and_last(store, now):
    old = now - 500 * DAY
    row = numbered(Audited(WORKSPACE, "U1", old, "rule add", (), (), ()))
    for number in range(1, MOST_VERSIONS + 5):
        await store.declare([Declared(WORKSPACE, Sort.RULE, "busy", number, {"query": str(number)}, "U1", old)], row)
    for number, table in enumerate(({"query": "a"}, None), 1):
        await store.declare([Declared(WORKSPACE, Sort.RULE, "removed", number, table, "U1", old)], row)
    await store.declare([Declared(WORKSPACE, Sort.RULE, "last", 1, {"query": "a"}, "U1", old)], row)
    before = await store.declarations()
    await store.drop_records(now - 365 * DAY, now, known_sources=(), limit=100)
    assert await store.declarations() == before
    left = [one.version for one in await store.declared_versions(WORKSPACE, Sort.RULE, "busy")]
    assert left == [1, *range(5, MOST_VERSIONS + 5)]
    assert await store.declared_versions(WORKSPACE, Sort.RULE, "removed") == []


async def test_old_deliveries_and_past_promises_go_and_the_newer_ones_stay(store, build, now):
    await file_some(store, build, now, 400)
    kinds = {day: Commitment(day, Precision.DAY, "deadline", "It ends.", 0.9, "i1") for day in ("2025-01-02", "2026-09-01")}
    await store.commit_alert(build.batch(commitments=(("s1", tuple(kinds.values())),)))
    for number, at in enumerate((now - 400 * DAY, now), 1):
        await build.deliver(store, build.delivery(number, not_before=at, channel_id=f"c{number}"), now=at)
        await build.send(store, f"c{number}", at=at)
    await build.deliver(store, build.delivery(3, channel_id="c3", state=DeliveryState.HELD), now=now - 400 * DAY)
    gone = await store.drop_records(now - 365 * DAY, now, known_sources={"gazette"}, limit=100)
    assert gone == {"deliveries": 1, "commitments": 1}
    assert {row.id for row in await store.deliveries(limit=10)} == {"d2", "d3"}
    assert [one.date for one in (await store.commitments_of(["s1"]))["s1"]] == ["2026-09-01"]


async def test_people_become_pseudonyms_which_are_the_same_everywhere_in_their_workspace(store, now):
    await changes(store, now)

    def named(workspace, member):
        return pseudonym("secret", workspace, member)

    kept = frozenset(("operator", "forgotten", ""))
    assert await store.pseudonymise(now - 90 * DAY, named, kept=kept) == 6
    assert await store.pseudonymise(now - 90 * DAY, named, kept=kept) == 0
    audited = await store.audited(WORKSPACE)
    assert {one.member for one in audited if one.at < now} == {named(WORKSPACE, "U1")}
    assert {one.member for one in audited if one.at >= now} == {"U1"}
    assert named(WORKSPACE, "U1") != named("slack:T2", "U1")
    assert (await store.mutes_named(WORKSPACE, ["m1"]))[0].member == named(WORKSPACE, "U1")
