"""The archive's words: what a search must find, on every kind of database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.core.search import ANYTHING, SearchAll, SearchAny, SearchWord
from bot.core.sources import PollRecord
from bot.store import schema
from bot.store.archive import UNINDEXED
from bot.store.database import Store
from bot.store.engine import connect

WORDS = (
    ("at&t", "c++", "drone", "naive"),
    ("полиция", "監", "視", "drones"),
    ("पुलिस", "ส", "x" * 64),
    ("don", "t", "ring"),
    (ANYTHING,),
)


@pytest.fixture
async def archive(store, build):
    """A store whose items 0 to 4 are filed with the words above."""
    await store.use_words("1")
    entries = await build.queue(store, *range(len(WORDS)))
    filed = [replace(build.filed(entry), words=words) for entry, words in zip(entries, WORDS, strict=True)]
    await store.commit_alert(build.batch(*filed))
    return store


async def found(store, search, **options):
    return [item.id for item in await store.archive_items(await store.archive_numbers(search, words="1", **options))]


@pytest.mark.parametrize(
    ("search", "ids"),
    [
        (SearchWord("at&t"), ["i4", "i0"]),
        (SearchWord("c++"), ["i4", "i0"]),
        (SearchWord("c"), ["i4"]),
        (SearchWord("drone"), ["i4", "i0"]),
        (SearchWord("drone", prefix=True), ["i4", "i1", "i0"]),
        (SearchWord("поли", prefix=True), ["i4", "i1"]),
        (SearchWord("पुलिस"), ["i4", "i2"]),
        (SearchWord("x" * 64), ["i4", "i2"]),
        (SearchAll((SearchWord("監"), SearchWord("視"))), ["i4", "i1"]),
        (SearchAll((SearchWord("監"), SearchWord("c++"))), ["i4"]),
        (SearchAny((SearchWord("ring"), SearchAll((SearchWord("drone"), SearchWord("naive"))))), ["i4", "i3", "i0"]),
        (None, ["i4", "i3", "i2", "i1", "i0"]),
    ],
)
async def test_a_search_finds_the_items_that_hold_the_words_newest_first(archive, search, ids):
    assert await found(archive, search) == ids


async def test_items_that_wait_to_be_filed_are_found_by_every_search(archive, build):
    await build.queue(archive, 7)
    assert await found(archive, SearchWord("ring")) == ["i7", "i4", "i3"]


async def test_an_item_that_came_anew_is_found_by_its_new_words_alone(archive, build, now):
    again = build.item(0, title="Another title of the same length and more", content_text="It says much more. " * 20)
    await archive.commit_poll(PollRecord(build.state(), ((replace(again, content_hash="changed"), None),)), now)
    (entry,) = await archive.queued_items(5)
    assert entry.item.id == "i0"
    await archive.commit_alert(build.batch(replace(build.filed(entry), words=("more",))))
    assert await found(archive, SearchWord("at&t")) == ["i4"]
    assert await found(archive, SearchWord("more")) == ["i0", "i4"]


async def test_since_counts_publication_and_where_there_is_none_when_it_was_first_seen(archive, build, now):
    await build.queue(archive, 8, date_published=None)
    assert await found(archive, None, since=now - timedelta(hours=2)) == ["i8", "i2", "i1", "i0"]
    assert await found(archive, SearchWord("drone", prefix=True), since=now - timedelta(minutes=30)) == ["i8", "i0"]


async def test_numbers_of_items_that_are_gone_are_left_out(archive):
    assert await archive.archive_items([3, 999, 1]) == await archive.archive_items([3, 1])


async def test_a_large_search_is_answered(archive):
    wide = SearchAny(tuple(SearchWord(f"word{number}") for number in range(2000)))
    deep = SearchWord("ring")
    for number in range(20):
        deep = SearchAll((SearchAny((deep, SearchWord(f"a{number}"))), SearchWord("don")))
    assert await found(archive, wide) == ["i4"]
    assert await found(archive, deep) == ["i4", "i3"]


@pytest.mark.durable
async def test_items_filed_before_there_was_an_index_are_found_by_every_search(empty_database, build):
    engines = connect(empty_database.url, password=None, busy_timeout=timedelta(seconds=10))
    if empty_database.path is not None:
        await schema.inspect_file(empty_database.path)
    await schema.upgrade(engines, target="0001")
    columns = dict.fromkeys(("title", "summary", "content_text", "content_hash", "text_state"), "''")
    columns |= {"id": "'old'", "workspace_id": "'file'", "source_id": "'s'", "phase": "'filed'", "text_state": "'none'"}
    columns |= {"authors": "'[]'", "tags": "'[]'", "notes": "'[]'", "first_seen": "'2026-03-01 00:00:00'"}
    async with engines.write() as connection:
        await connection.execute(text(f"INSERT INTO items ({', '.join(columns)}) VALUES ({', '.join(columns.values())})"))
    await engines.close()
    store = await empty_database.open()
    assert await store.fact(UNINDEXED) == "1"
    assert await store.use_words("1")
    (entry,) = await build.queue(store, 1)
    await store.commit_alert(build.batch(replace(build.filed(entry), words=("ring",))))
    assert await found(store, SearchWord("ring")) == ["i1", "old"]
    assert await found(store, SearchWord("drone")) == ["old"]
    await store.close()


async def test_an_index_of_other_words_is_not_used_and_made_anew(archive, build):
    old = await archive.archive_numbers(SearchWord("ring"), words="1")
    assert len(old) == 2
    assert len(await archive.archive_numbers(SearchWord("ring"), words="2")) == 5
    assert not await archive.use_words("1")
    assert await archive.use_words("2")
    assert len(await archive.archive_numbers(SearchWord("ring"), words="1")) == 5
    assert len(await archive.archive_numbers(SearchWord("ring"), words="2")) == 5
    newest, *_ = some = await archive.unindexed(2)
    assert [item.id for _, item in some] == ["i4", "i3"]
    await archive.index_words([(number, ("ring",)) for number, _ in some], left=some[-1][0] - 1)
    assert len(await archive.archive_numbers(SearchWord("drone"), words="2")) == 3
    rest = await archive.unindexed(10)
    assert [item.id for _, item in rest] == ["i2", "i1", "i0"]
    await archive.index_words([(number, ("drone",)) for number, _ in [newest, *rest]], left=0)
    assert await archive.unindexed(10) == []
    assert {"i3", "i4"} <= {
        item.id for item in await archive.archive_items(await archive.archive_numbers(SearchWord("ring"), words="2"))
    }
    found = await archive.archive_items(await archive.archive_numbers(SearchWord("drone"), words="2"))
    assert {"i0", "i1", "i2"} <= {item.id for item in found}
    assert "i3" not in {item.id for item in found}


async def test_an_empty_archive_takes_any_words(store):
    assert not await store.use_words("1")
    assert await store.unindexed(5) == []
    await store.index_words([], left=0)
    assert await store.archive_numbers(SearchWord("ring"), words="1") == []


@pytest.mark.parametrize("path", ["file", "memory"])
async def test_words_written_twice_under_one_number_leave_the_index_sound(tmp_path, path):
    store = await Store.open(f"sqlite:{tmp_path / 'a.db'}" if path == "file" else "sqlite::memory:")
    for words in (("ring", "drone"), ("ring", "camera"), ("ring",)):
        await store.index_words([(1, words), (2, ("ring",))], left=0)
    async with store._engines.write() as connection:
        for check in ("integrity-check", "optimize", "integrity-check"):
            await connection.execute(text(f"INSERT INTO item_words (item_words) VALUES ('{check}')"))
        for word in ("ring", "camera", "drone"):
            rows = await connection.execute(text(f"SELECT rowid FROM item_words WHERE item_words MATCH '{word}' ORDER BY rowid"))
            assert list(rows.scalars()) == ([1, 2] if word == "ring" else [1])
    await store.close()
