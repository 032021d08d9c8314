"""What finding an item's story costs as the archive grows: ``python benchmarks/growth.py [--items 10000 100000 1000000]``.

An archive of headlines with summaries is made from a seed and put into SQLite, as the bot would have filed it. At each size
new items are then decided in batches of 50, as the bot does: their neighbours are read from the store, laid into a
batch's own index and compared. One item in twenty repeats the summary of an item that may be as old as the archive, under a
headline with a word more; how many of these are known for copies is printed too. Printed besides are the CPU time an item
(this process, SQLite's thread included), the part of it that looks for neighbours, how many were looked at, and the room that
the two indexes take on disk.

Names follow a flat Zipf law (Mandelbrot's, offset 20): the commonest stands in one headline of twelve, as the name of
a vendor does in a stream about its trade, and the million headlines use some hundred thousand names.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import pickle
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import corpus

from bot.core.identity import story_id
from bot.core.model import Item
from bot.store.database import Store
from bot.stories.cluster import decide
from bot.stories.fingerprint import Fingerprint, fingerprint
from bot.stories.index import MemoryIndex
from bot.stories.model import Model, build_model, term_weight

SIZES = (10_000, 100_000, 1_000_000)
BATCH = 50
ASKED = 1000
"""Items decided at each size."""
NAMES = 150_000
STEP = 20_000
"""Rows written in one transaction."""
REMEMBERED = 400
"""Events of late that an item may report again: a week of a busy stream."""


class Stream:
    """Headlines with summaries in order of arrival; a third report an event of late, a twentieth repeat an old item's words."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._writer = corpus.Writer(seed)
        syllables = [first + vowel + last for first in "bcdfghlmnprstvz" for vowel in "aeiou" for last in ("", "n", "r", "l", "s")]
        made = random.Random("names")
        names: dict[str, None] = {}
        while len(names) < NAMES:
            names["".join(made.choices(syllables, k=made.choice((2, 3, 3, 4)))).capitalize()] = None
        self._names = list(names)
        self._cumulative = list(itertools.accumulate(1 / (rank + 20) for rank in range(NAMES)))
        self._events: list[tuple[list[str], list[str]]] = []
        self._old: list[tuple[str, str]] = []
        self.copies: set[str] = set()

    def items(self, start: int, count: int) -> Iterator[Item]:
        for number in range(start, start + count):
            yield self._item(number)

    def _item(self, number: int) -> Item:
        chance = self.random
        roll = chance.random()
        if roll < 0.05 and self._old:
            title, summary = chance.choice(self._old)
            title = f"{chance.choice(self._names)} {title}"
            self.copies.add(f"i{number}")
        else:
            if roll < 0.35 and self._events:
                names, key = chance.choice(self._events)
            else:
                names, key = chance.choices(self._names, cum_weights=self._cumulative, k=3), self._writer.draw(9)
                self._events.append((names, key))
                if len(self._events) > 2 * REMEMBERED:
                    del self._events[:REMEMBERED]
            title = " ".join([*chance.sample(names, 2), *chance.sample(key, 4), *self._writer.draw(3)])
            summary = " ".join([*names, *chance.sample(key, 6), *self._writer.draw(18)]).capitalize() + "."
            if chance.random() < 0.02:
                self._old.append((title, summary))
        when = corpus.START + timedelta(minutes=2 * number)
        address = f"https://site{number % 300}.example/{number}"
        return Item(
            id=f"i{number}",
            source_id=f"source{number % 300}",
            guid=f"g{number}",
            title=title,
            summary=summary,
            url=address,
            canonical_url=address,
            outlet=f"Outlet {number % 300}",
            date_published=when,
            first_seen=when,
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """What an archive of ``items`` costs: times in milliseconds of CPU an item, ``looked_at`` per batch; share of known copies."""

    items: int
    index_mb: float
    median: float
    p99: float
    looking: float
    looked_at: float
    copies_known: float


def fill(filed: sqlite3.Connection, marks: Sequence[tuple[Item, Fingerprint]]) -> None:
    """Put items into the archive as filed, each in a story of its own."""
    with filed:
        filed.executemany(
            "INSERT INTO items (arrival, id, workspace_id, source_id, title, summary, content_text, text_state, authors, tags,"
            " notes, content_hash, first_seen, phase)"
            " VALUES (?, ?, 'file', ?, '', '', '', 'excerpt', '[]', '[]', '[]', '', ?, 'filed')",
            [(mark.order, item.id, item.source_id, stamp(item.first_seen)) for item, mark in marks],
        )
        filed.executemany(
            "INSERT INTO stories (id, title, lead_item_id, format, opened_at, first_published, last_published, related, version)"
            " VALUES (?, ?, ?, 'news', ?, ?, ?, '[]', 1)",
            [(story_id(item.id), item.title, item.id, *[stamp(item.first_seen)] * 3) for item, _ in marks],
        )
        filed.executemany(
            "INSERT INTO memberships (arrival, item_id, fingerprint, story_id, matched, tier, score, why, model_version)"
            " VALUES (?, ?, ?, ?, 1, 'new', 0, '', '')",
            [(mark.order, item.id, mark.to_json(), story_id(item.id)) for item, mark in marks],
        )
        filed.executemany(
            "INSERT INTO item_terms VALUES (?, ?)", sorted((term, mark.order) for _, mark in marks for term in mark.terms)
        )
        filed.executemany(
            "INSERT INTO item_keys VALUES (?, ?)", sorted((key, mark.order) for _, mark in marks for key in mark.keys)
        )


def stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f")


def index_mb(filed: sqlite3.Connection, folder: Path) -> float:
    """Megabytes of the two indexes, as a file that holds nothing else."""
    alone = folder / "indexes.db"
    alone.unlink(missing_ok=True)
    filed.execute("ATTACH ? AS alone", (str(alone),))
    try:
        for table in ("item_terms", "item_keys"):
            (made,) = filed.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
            filed.execute(made.replace(f"CREATE TABLE {table}", f"CREATE TABLE alone.{table}"))
            filed.execute(f"INSERT INTO alone.{table} SELECT * FROM main.{table} ORDER BY 1, 2")
        filed.commit()
    finally:
        filed.execute("DETACH alone")
    size = alone.stat().st_size / 1e6
    alone.unlink()
    return size


async def decide_new(
    store: Store, model: Model, new: Sequence[Item], order: int
) -> tuple[list[float], list[float], list[int], set[str]]:
    """CPU seconds an item of each batch, of its look for neighbours, how many neighbours that were; the copies among ``new``."""
    spent, looking, looked_at, known = [], [], [], set()
    for start in range(0, len(new), BATCH):
        begin = time.process_time()
        marks = [fingerprint(item, order + start + number, model) for number, item in enumerate(new[start : start + BATCH])]
        made = time.process_time()
        terms = {term for mark in marks for term in mark.terms}
        postings = await store.term_postings(terms, most=model.recent)
        sizes = {term: len(postings.get(term, ())) for term in terms}
        members = await store.neighbours(
            [(mark.keys, mark.terms) for mark in marks],
            weights={term: term_weight(size) for term, size in sizes.items()},
            enough=model.lone_weight,
            min_shared=model.min_shared_terms,
            limit=model.candidate_limit,
            newest=model.newest,
            recent=model.recent,
            postings=postings,
        )
        stories = await store.stories({member.story_id for member in members if member.story_id})
        looking.append((time.process_time() - made) / len(marks))
        index = MemoryIndex(model, sizes)
        index.load(members, stories.values())
        for mark in marks:
            change = decide(mark, True, index.members_like(mark.keys, mark.terms), index.stories, model)
            index.apply(change, mark, matched=True, now=corpus.START)
            if change.duplicate_of:
                known.add(mark.item_id)
        spent.append((time.process_time() - begin) / len(marks))
        looked_at.append(len(members))
    return spent, looking, looked_at, known


async def measure(sizes: Sequence[int], kept: Path | None = None) -> list[Cost]:
    """Grow one archive through ``sizes`` and measure at each; in the folder ``kept`` what was grown before is taken up."""
    model = build_model(frozenset())
    costs: list[Cost] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = kept or Path(temporary)
        held = 0
        for size in sizes:
            await grow(folder, held, size, model)
            held = size
            stream = remembered(folder, size)
            path = folder / f"{size}.db"
            with contextlib.closing(sqlite3.connect(path)) as filed:
                room = index_mb(filed, Path(temporary))
            store = await Store.open(f"sqlite:{path}")
            new = list(stream.items(size, ASKED))
            spent, looking, looked_at, known = await decide_new(store, model, new, size + 1)
            copies = stream.copies & {item.id for item in new}
            await store.close()
            costs.append(
                Cost(
                    size,
                    room,
                    statistics.median(spent) * 1e3,
                    max(spent) * 1e3,
                    statistics.median(looking) * 1e3,
                    statistics.fmean(looked_at),
                    len(copies & known) / len(copies),
                )
            )
    print(file=sys.stderr)
    return costs


async def grow(folder: Path, held: int, size: int, model: Model) -> None:
    """Make the archive of ``size`` items out of that of ``held``, unless it is there."""
    path = folder / f"{size}.db"
    if path.exists():
        return
    stream, growing = remembered(folder, held), folder / "growing.db"
    if held:
        shutil.copyfile(folder / f"{held}.db", growing)
    await (await Store.open(f"sqlite:{growing}")).close()
    with contextlib.closing(sqlite3.connect(growing)) as filed:
        filed.executescript("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000")
        while held < size:
            count = min(STEP, size - held)
            fill(filed, [(item, fingerprint(item, held + 1 + n, model)) for n, item in enumerate(stream.items(held, count))])
            held += count
            print(f"\r{held:,} items", end="", file=sys.stderr, flush=True)
    (folder / f"{size}.stream").write_bytes(pickle.dumps(stream))
    growing.replace(path)


def remembered(folder: Path, held: int) -> Stream:
    """The stream as it was when the archive held so many items."""
    return cast("Stream", pickle.loads((folder / f"{held}.stream").read_bytes())) if held else Stream(61)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="What finding an item's story costs as the archive grows.")
    parser.add_argument("--items", type=int, nargs="+", default=list(SIZES), help="sizes of the archive, ascending")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the archives there, and take them up if they are there")
    options = parser.parse_args()
    print("   archived   ms an item   worst batch   looking   neighbours a batch   copies known   indexes on disk")
    for cost in asyncio.run(measure(options.items, options.keep)):
        print(
            f"{cost.items:11,}   {cost.median:10.3f}   {cost.p99:11.3f}   {cost.looking:7.3f}   {cost.looked_at:18.1f}"
            f"   {cost.copies_known:12.0%}   {cost.index_mb:12.1f} MB"
        )


if __name__ == "__main__":
    main()
