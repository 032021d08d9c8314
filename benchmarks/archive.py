"""How long a query is tried on an archive, and what the archive's word index costs.

    python benchmarks/archive.py [ITEMS] [--postgresql]

Fills a SQLite database, or one on a PostgreSQL server of our own, with ITEMS articles of 2 kB (100,000 unless told otherwise) made
from a seed, files them with their words, and runs backtests of random queries of one to four clauses, words drawn by their
frequency in the articles, as ``watchlamp rules test QUERY --since all`` does. Prints times of the index for an item, its size, and
for the queries the middle and the worst of wall clock and CPU (on PostgreSQL without the server's); then one query that nothing
narrows. On PostgreSQL it also prints how long the search for a word of nearly all articles takes, with the index and as the planner
would have it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import corpus
from sqlalchemy import text

from bot.core.model import Rule, StoryChange, Tier
from bot.core.outbox import AlertBatch
from bot.core.search import SearchWord
from bot.core.sources import PollRecord, SourceState
from bot.core.stories import FiledItem
from bot.rules.engine import RuleErrors
from bot.rules.narrow import WORDS_VERSION, search_words
from bot.service.backtest import Archived, Backtest, Report
from bot.store import archive
from bot.store.database import Store
from bot.stories.model import build_model

AT_ONCE = 1_000
QUERIES = 40


async def fill(store: Store, count: int) -> float:
    """File so many articles; seconds of CPU that finding their words took."""
    writer = corpus.Writer(20260301)
    spent = 0.0
    for start in range(0, count, AT_ONCE):
        made = [corpus.article(writer, number) for number in range(start, min(start + AT_ONCE, count))]
        await store.commit_poll(PollRecord(SourceState("s"), tuple((item, None) for item in made)), made[0].first_seen)
        queued = await store.queued_items(AT_ONCE)
        began = time.process_time()
        words = [search_words(entry.item) for entry in queued]
        spent += time.process_time() - began
        filed = tuple(
            FiledItem(entry.item, entry.order, (), StoryChange(entry.item.id, Tier.NEW, None), "{}", (), (), words=kept)
            for entry, kept in zip(queued, words, strict=True)
        )
        await store.commit_alert(AlertBatch(filed, (), (), (), (), made[0].first_seen))
    return spent


def queries(count: int) -> list[str]:
    """Random queries, their words as frequent as those of the articles, function words left out."""
    chance = random.Random(7)
    word = corpus.Writer(1).content_word

    def clause() -> str:
        kind = chance.randrange(6)
        if kind < 2:
            return word()
        if kind == 2:
            return f'"{word()} {word()}"~3'
        if kind == 3:
            return f"({' OR '.join(word() for _ in range(chance.randint(2, 5)))})"
        if kind == 4:
            return f"({word()} NEAR/8 ({word()} OR {word()}))"
        return f"{(word() + 'e')[:5]}*"

    return [" ".join(clause() for _ in range(chance.randint(1, 4))) for _ in range(count)]


async def tried(store: Store, query: str) -> tuple[float, float, Report]:
    model = build_model(frozenset())
    wall, cpu = time.perf_counter(), time.process_time()
    report = await Backtest(Rule("query", query), ()).run(Archived(store, None), model, on_progress=_unseen)
    return time.perf_counter() - wall, time.process_time() - cpu, report


def _unseen(*_: int) -> None:
    """Nobody looks at the progress of a bench."""


def size(path: Path) -> tuple[float, float]:
    """MB of the whole file, and of the index of words."""
    with closing(sqlite3.connect(path)) as connection:
        pages, page = connection.execute("SELECT page_count, page_size FROM pragma_page_count, pragma_page_size").fetchone()
        (index,) = connection.execute("SELECT sum(length(block)) FROM item_words_data").fetchone()
    return pages * page / 1e6, index / 1e6


@dataclass(frozen=True, slots=True)
class Tried:
    """What the random queries took, each in seconds, and how many articles each looked at and found."""

    walls: list[float]
    cpus: list[float]
    looked: list[int]
    hits: list[int]


async def try_all(store: Store) -> Tried:
    """Every random query that can be read, tried once."""
    found = Tried([], [], [], [])
    for query in queries(QUERIES):
        try:
            wall, cpu, report = await tried(store, query)
        except RuleErrors:
            continue
        found.walls.append(wall)
        found.cpus.append(cpu)
        found.looked.append(report.looked_at)
        found.hits.append(len(report.hits))
    return found


async def measured(count: int) -> Tried:
    """The same on a fresh archive of so many articles, for ``bench.py``."""
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(f"sqlite:{Path(folder) / 'archive.db'}")
        await store.use_words(WORDS_VERSION)
        await fill(store, count)
        found = await try_all(store)
        await store.close()
    return found


async def on_sqlite(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        store = await Store.open(f"sqlite:{path}")
        spent = await filled(store, count)
        whole, index = size(path)
        print(f"{count} articles: {spent / count * 1e3:.2f} ms of CPU an article for its words")
        print(f"database {whole:.0f} MB, of it {index:.0f} MB index of words")
        await tell(store)
        await store.close()


async def on_postgresql(count: int) -> None:
    from cluster import postgresql  # noqa: PLC0415  # it needs the extra

    with postgresql() as (server, _):
        server.psql("CREATE DATABASE archive")
        store = await Store.open(str(server.get_uri("archive")).replace(":@", "@"))
        spent = await filled(store, count)
        async with store._engines.read() as connection:
            parts = (
                "pg_database_size(current_database())",
                "pg_total_relation_size('item_words')",
                "pg_relation_size('item_words_words')",
            )
            whole, words, index = (await connection.execute(text(f"SELECT {', '.join(parts)}"))).one()
        print(f"{count} articles: {spent / count * 1e3:.2f} ms of CPU an article for its words")
        print(f"database {whole / 1e6:.0f} MB, of it {words / 1e6:.0f} MB words, their index {index / 1e6:.0f} MB")
        server.psql("\\c archive\nVACUUM ANALYZE")
        await tell(store)
        common = SearchWord(corpus.Writer(1).words[10])
        for name, said in (("by the index", archive._POSTGRESQL_BY_INDEX), ("as the planner would", text("SELECT 1"))):
            archive._POSTGRESQL_BY_INDEX = said
            times = []
            for _ in range(5):
                began = time.perf_counter()
                found = await store.archive_numbers(common, words=WORDS_VERSION)
                times.append(time.perf_counter() - began)
            print(f"a word of {len(found)} articles, {name}: {min(times) * 1e3:.0f} ms")
        await store.close()


async def filled(store: Store, count: int) -> float:
    await store.use_words(WORDS_VERSION)
    return await fill(store, count)


async def tell(store: Store) -> None:
    found = await try_all(store)
    walls, cpus, looked, hits = found.walls, found.cpus, found.looked, found.hits
    finding = [wall for wall, number in zip(walls, hits, strict=True) if number]
    print(f"the {len(finding)} of them that find something: p50 {statistics.median(finding):.2f} s wall")
    for name, values in (("wall", walls), ("CPU", cpus)):
        middle, worst = statistics.median(values), max(values)
        print(f"a backtest of {len(values)} queries, seconds of {name}: p50 {middle:.2f}, worst {worst:.2f}")
    for name, counts in (("looked at", looked), ("found", hits)):
        print(f"articles {name}: p50 {statistics.median(counts):.0f}, most {max(counts)}")
    wall, cpu, report = await tried(store, "title:/[qx]u.?i/")
    print(f"a query that nothing narrows: {wall:.2f} s wall, {cpu:.2f} s CPU, {report.looked_at} articles looked at")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("items", nargs="?", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    asyncio.run((on_postgresql if options.postgresql else on_sqlite)(options.items))


if __name__ == "__main__":
    main()
