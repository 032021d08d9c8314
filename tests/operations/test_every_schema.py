"""A database of every released schema, with what the program writes, upgraded: nothing is lost, and nothing is posted again.

What is in it is made by the program itself (a silent first poll, three posts), and put into each older schema column by column, as
far as that schema had them. ``pytest tests/operations/test_every_schema.py -m "slow or night or not slow" -s`` prints the figures.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.app import Options
from bot.config.load import load
from bot.running import run
from bot.store import schema
from bot.store.engine import connect
from bot.store.tables import metadata

SAMPLE = (schema.REVISIONS[0],)
"""Schemas of the quick run; the others are slow."""
EVERY = [pytest.param(one, marks=() if one in SAMPLE else pytest.mark.slow) for one in schema.REVISIONS]
NOT_COPIED = {"item_words"}
"""What is made from the items: a full-text table of each database's own kind."""

Rows = dict[str, list[dict[str, Any]]]


@dataclass
class Gazette:
    """A feed on loopback."""

    entries: list[int] = field(default_factory=list)
    port: int = 0

    def document(self) -> bytes:
        now = format_datetime(datetime.now(UTC) - timedelta(minutes=2))
        items = "".join(
            f"<item><title>Council number {one} votes on cameras in ward {one * 7}</title><guid isPermaLink='false'>g{one}</guid>"
            f"<link>http://127.0.0.1:{self.port}/{one}</link><pubDate>{now}</pubDate>"
            f"<description>In ward {one * 7} the council took vote {one * 13} on cameras. Street {one * 17} is next.</description>"
            "</item>"
            for one in reversed(self.entries)
        )
        return f"<rss version='2.0'><channel><title>The Gazette</title>{items}</channel></rss>".encode()


@pytest.fixture(scope="module")
def gazette() -> Iterator[Gazette]:
    """The feed, served."""
    served = Gazette()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.document()
            self.send_response(200 if self.path == "/feed" else 404)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


def configured(folder: Path, gazette: Gazette, url: str) -> Path:
    path = folder / "config.toml"
    path.write_text(
        f"""
database = {{ url = "{url}" }}
defaults = {{ group_wait = "0s", max_per_hour = 0 }}
[net]
contact = "mailto:ops@example.org"
allow = ["127.0.0.0/8"]
allow_ports = [{gazette.port}]
min_interval = "1s"
[[sources]]
id = "gazette"
url = "http://127.0.0.1:{gazette.port}/feed"
interval = "1s"
full_text = "never"
[[rules]]
id = "cameras"
query = "council cameras"
channels = ["console:team"]
""",
        encoding="utf-8",
    )
    return path


def told(watchlamp: Callable[..., Any], config: Path) -> list[dict[str, Any]]:
    """The deliveries of one round of the program."""
    ended = watchlamp("run", "--once", "--format", "jsonl", "-c", config)
    assert ended.status == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


@pytest.fixture(scope="module")
def lived(gazette: Gazette, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What the program wrote in a silent first poll and a round with three posts, table by table."""
    folder = tmp_path_factory.mktemp("lived")
    settings = load(configured(folder, gazette, "sqlite:lived.db"), environ={})
    for entries in ([1, 2], [1, 2, 3, 4, 5]):
        gazette.entries = entries
        assert asyncio.run(run(settings, Options(once=True, out=StringIO()))) == 0
        with closing(sqlite3.connect(folder / "lived.db")) as connection, connection:
            connection.execute("UPDATE sources SET next_due_at = last_polled_at")
    with closing(sqlite3.connect(folder / "lived.db")) as connection, connection:
        connection.row_factory = sqlite3.Row
        names = [table.name for table in metadata.sorted_tables if table.name not in NOT_COPIED]
        rows = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in names}
    rows["facts"] = [row for row in rows["facts"] if not row["name"].startswith("archive.")]  # made by the upgrade itself
    assert [row["state"] for row in rows["deliveries"]].count("sent") == 3
    assert len(rows["items"]) == 5
    return rows


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An empty SQLite database of every schema, each made from the one before."""
    folder = tmp_path_factory.mktemp("schemas")

    async def make(path: Path, revision: str) -> None:
        engines = connect(f"sqlite:{path}", password=None, busy_timeout=timedelta(seconds=10))
        await schema.upgrade(engines, target=revision)
        await engines.close()

    made: dict[str, Path] = {}
    for revision in schema.REVISIONS:
        path = folder / f"{revision}.db"
        if made:
            shutil.copyfile(list(made.values())[-1], path)
        asyncio.run(make(path, revision))
        made[revision] = path
    return made


def fill_sqlite(path: Path, rows: Rows) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for name, some in rows.items():
            has = {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
            for row in some if has else ():
                kept = {key: value for key, value in row.items() if key in has}
                marks = ", ".join("?" * len(kept))
                connection.execute(f"INSERT OR REPLACE INTO {name} ({', '.join(kept)}) VALUES ({marks})", tuple(kept.values()))


def kept_of(rows: Mapping[str, Sequence[Mapping[str, Any]]], name: str, key: str) -> list[Any]:
    return sorted(row[key] for row in rows[name])


SURVIVES = (("items", "id"), ("item_keys", "key"), ("stories", "id"), ("memberships", "item_id"), ("deliveries", "id"))


@pytest.mark.parametrize("revision", EVERY)
def test_a_sqlite_database_of_every_release_is_upgraded_whole_and_nothing_is_posted_again(
    watchlamp: Callable[..., Any], gazette: Gazette, lived: Rows, schemas: Mapping[str, Path], tmp_path: Path, revision: str
) -> None:
    database = Path(shutil.copyfile(schemas[revision], tmp_path / "watchlamp.db"))
    fill_sqlite(database, lived)
    config = configured(tmp_path, gazette, "sqlite:watchlamp.db")
    gazette.entries = [1, 2, 3, 4, 5]
    assert told(watchlamp, config) == []
    copies = [path for path in tmp_path.iterdir() if ".schema-" in path.name]
    assert [path.name.split(".schema-")[1][:4] for path in copies] == ([] if revision == schema.HEAD else [revision])
    with closing(sqlite3.connect(database)) as connection:
        for name, key in SURVIVES:
            found = sorted(row[0] for row in connection.execute(f"SELECT {key} FROM {name}"))
            assert found == kept_of(lived, name, key), name
        sent = connection.execute("SELECT count(*) FROM deliveries WHERE state = 'sent' AND attempt = 1").fetchone()
        assert sent == (3,)
        assert connection.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchone() == (schema.HEAD,)
        with connection:
            connection.execute("UPDATE sources SET next_due_at = last_polled_at")
    gazette.entries = [1, 2, 3, 4, 5, 6]
    assert [row["state"] for row in told(watchlamp, config)] == ["sent"]


@pytest.mark.slow
@pytest.mark.parametrize("revision", schema.REVISIONS)
def test_a_postgresql_database_of_every_release_is_upgraded_whole_and_nothing_is_posted_again(
    watchlamp: Callable[..., Any], postgresql_server: Any, gazette: Gazette, lived: Rows, tmp_path: Path, revision: str
) -> None:
    name = postgresql_server.create()
    url = postgresql_server.url(name)
    try:
        asyncio.run(_migrated(url, revision))
        fill_postgresql(url, lived)
        config = configured(tmp_path, gazette, url)
        gazette.entries = [1, 2, 3, 4, 5]
        assert told(watchlamp, config) == []
        with psycopg.connect(url, autocommit=True) as connection:
            for table, key in SURVIVES:
                found = sorted(row[0] for row in connection.execute(f"SELECT {key} FROM {table}"))
                assert found == kept_of(lived, table, key), table
            assert connection.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchone() == (schema.HEAD,)
            connection.execute("UPDATE sources SET next_due_at = last_polled_at")
        gazette.entries = [1, 2, 3, 4, 5, 6]
        assert [row["state"] for row in told(watchlamp, config)] == ["sent"]
    finally:
        postgresql_server.drop(name)


async def _migrated(url: str, revision: str) -> None:
    engines = connect(url, password=None, busy_timeout=timedelta(seconds=10))
    await schema.upgrade(engines, target=revision)
    await engines.close()


def fill_postgresql(url: str, rows: Rows) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for name, some in rows.items():
            columns = connection.execute(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s", (name,)
            ).fetchall()
            for row in some if columns else ():
                kept = {key: bool(row[key]) if kind == "boolean" else row[key] for key, kind in columns if key in row}
                marks = ", ".join(["%s"] * len(kept))
                connection.execute(
                    f"INSERT INTO {name} ({', '.join(kept)}) VALUES ({marks}) ON CONFLICT DO NOTHING", list(kept.values())
                )
            for key, _ in columns:
                (counter,) = connection.execute("SELECT pg_get_serial_sequence(%s, %s)", (name, key)).fetchone() or (None,)
                if counter is not None:
                    connection.execute(f"SELECT setval('{counter}', (SELECT coalesce(max({key}), 1) FROM {name}))")


PROGRAM = Path(__file__).with_name("kill_upgrade.py")


@pytest.mark.parametrize(
    ("revision", "step"),
    [
        (schema.REVISIONS[0], 70),
        *(pytest.param(one, 13, marks=pytest.mark.slow) for one in schema.REVISIONS[:-1]),
        *(pytest.param(one, 1, marks=[pytest.mark.night, pytest.mark.timeout(1200)]) for one in schema.REVISIONS[:-1]),
    ],
)
def test_an_upgrade_killed_at_any_statement_leaves_the_old_schema_or_the_new_and_a_copy(
    lived: Rows, schemas: Mapping[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], revision: str, step: int
) -> None:
    database = Path(shutil.copyfile(schemas[revision], tmp_path / "watchlamp.db"))
    fill_sqlite(database, lived)
    done = subprocess.run(
        [sys.executable, PROGRAM, database, str(step)],
        capture_output=True,
        text=True,
        timeout=100 if step > 1 else 1100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *killed, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert killed
    assert (last["status"], last["after"], last["copies"]) == (0, "new", 1), done.stderr
    assert {point["after"] for point in killed} <= {"old", "new"}
    assert [point for point in killed if point["after"] == "new" and not point["copies"]] == []
    first = next((point["point"] for point in killed if point["copies"]), 0)
    assert all(point["copies"] for point in killed if point["point"] >= first)  # from the copy on, it is there
    assert [point for point in killed if (point["again"], point["finally"]) != (0, "new") or not point["copies_at_last"]] == []
    with capsys.disabled():
        print(f"\nfrom {revision}: killed at {len(killed)} points, between 0, without a copy once the schema changed 0")  # noqa: T201
