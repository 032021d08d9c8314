"""What waits to be filed is taken workspace by workspace, however long one's queue is."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.core.declared import scope_of
from bot.core.fairshare import in_turn, last_of
from bot.core.sources import PollRecord, SourceState

FLOOD = 300


async def waiting(store, build, **counts):
    """So many articles of each workspace, one after the other: ``T1=3`` of a source of its own, ``file=2`` of the file's."""
    numbers = iter(range(10_000))
    made = []
    for name, count in counts.items():
        source, workspace = ("gazette", "file") if name == "file" else (f"slack:{name}/own", f"slack:{name}")
        entries = tuple((build.item(next(numbers), source_id=source, content_text="", summary=""), None) for _ in range(count))
        made += [item for item, _ in entries]
        await store.add_workspaces([workspace])
        await store.commit_poll(PollRecord(SourceState(source, workspace), entries), build.now)
    return made


def whose(entry):
    return scope_of(entry.item.source_id)


async def test_one_article_of_one_workspace_is_among_the_first_beside_a_flood_of_another(store, build):
    await waiting(store, build, T1=FLOOD, T2=1)
    head = await store.queued_items(4)
    assert [whose(entry) for entry in head] == ["slack:T1", "slack:T2", "slack:T1", "slack:T1"]


async def test_every_second_one_is_the_files_and_each_source_keeps_its_order(store, build):
    await waiting(store, build, T1=FLOOD, file=FLOOD, T2=5)
    head = await store.queued_items(40)
    assert Counter(map(whose, head)) == {"file": 20, "slack:T1": 15, "slack:T2": 5}
    for name in ("file", "slack:T1", "slack:T2"):
        orders = [entry.order for entry in head if whose(entry) == name]
        assert orders == sorted(orders)


@pytest.mark.parametrize("after", ["", "slack:T1", "slack:T2", "slack:T9"])
async def test_the_store_takes_the_very_order_of_the_pure_function(store, build, after):
    await waiting(store, build, T1=7, T2=1, file=6, T4=3)
    whole = sorted(await store.queued_items(1_000), key=lambda entry: entry.order)
    assert len(whole) == 17
    for most in (1, 2, 5, 16, 40):
        taken = await store.queued_items(most, after=after)
        assert taken == in_turn(whole, whose, after=after)[:most]


async def test_of_more_workspaces_than_are_taken_each_has_its_turn(store, build):
    await waiting(store, build, **{f"T{number:02}": 4 for number in range(12)})
    after, had = "", Counter()
    for _ in range(6):
        head = await store.queued_items(4, after=after)
        after = last_of(head, whose, before=after)
        had.update(map(whose, head))
    assert set(had.values()) == {2}


async def test_where_only_the_file_waits_it_is_by_arrival(store, build):
    made = await waiting(store, build, file=5)
    assert [entry.item.id for entry in await store.queued_items(4)] == [item.id for item in made[:4]]
