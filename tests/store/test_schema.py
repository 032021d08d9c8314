"""Which databases are ours, which schema they have, and how they get the newest."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.core.errors import StoreError
from bot.store import schema
from bot.store.database import Store
from bot.store.tables import metadata

PATIENCE = timedelta(seconds=0.2)


async def run_on(store, work):
    async with store._engines.write() as connection:
        return await connection.run_sync(work)


async def statement(store, text):
    return await run_on(store, lambda connection: connection.exec_driver_sql(text))


async def test_the_migrations_make_the_very_tables_of_the_code(store):
    def differences(connection):
        def ours(name, kind, _parents):
            """SQLite's full-text table is not among its plain tables; the tests of the archive hold it to its promise."""
            return connection.dialect.name != "sqlite" or kind != "table" or not name.startswith("item_words")

        def compared(thing, _name, kind, _reflected, _other):
            return connection.dialect.name != "sqlite" or kind != "table" or thing.name != "item_words"

        opts = {"compare_type": True, "compare_server_default": False, "include_name": ours, "include_object": compared}
        return compare_metadata(MigrationContext.configure(connection, opts=opts), metadata)

    assert await run_on(store, differences) == []


async def test_a_difference_between_tables_and_migrations_would_be_seen(store):
    await statement(store, "ALTER TABLE stories ADD COLUMN surplus TEXT")
    found = await run_on(store, lambda connection: compare_metadata(MigrationContext.configure(connection), metadata))
    assert "remove_column" in [difference[0] for difference in found]
    await statement(store, "ALTER TABLE stories DROP COLUMN surplus")


def test_the_known_revisions_are_those_of_the_migration_files():
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    files = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert list(reversed(files)) == list(schema.REVISIONS)
    assert schema.REVISIONS[-1] == schema.HEAD


def test_opening_a_current_database_never_imports_alembic_and_no_migration_colours_anything(tmp_path):
    program = (
        "import asyncio, sys\n"
        "from bot.store.database import Store\n"
        "async def main():\n"
        "    store = await Store.open(sys.argv[1])\n"
        "    await store.queued_items(1)\n"
        "    await store.close()\n"
        "asyncio.run(main())\n"
        "print('alembic' in sys.modules, 'pygments.lexers.agile' in sys.modules)\n"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program, f"sqlite:{tmp_path / 'a.db'}"], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert said == ["True False\n", "False False\n"], "the readers of thirty languages would stay as long as the bot runs"


@pytest.mark.durable
async def test_what_was_committed_is_there_when_the_database_is_opened_again(database, build):
    store = await database.open()
    (entry,) = await build.queue(store, 1)
    await store.close()
    store = await database.open()
    assert await store.queued_items(10) == [entry]
    assert await store.current_revision() == schema.HEAD
    await store.close()


@pytest.mark.durable
async def test_without_migrating_an_empty_database_stays_empty_until_it_is_upgraded(empty_database):
    store = await empty_database.open(migrate=False)
    assert await store.current_revision() is None
    with pytest.raises(StoreError, match=r"is empty\. `watchlamp db upgrade` or `watchlamp run` prepares it\."):
        await store.queued_count()
    with pytest.raises(StoreError, match="is empty"):
        await store.unpark("team")
    assert empty_database.path is None or not empty_database.path.exists()
    assert await store.upgrade() == schema.HEAD
    assert await store.upgrade() == schema.HEAD
    assert await store.current_revision() == schema.HEAD
    assert await store.queued_count() == 0
    await store.close()


@pytest.mark.durable
async def test_an_older_schema_is_used_only_after_an_upgrade(database, monkeypatch):
    await (await database.open()).close()
    current = schema.HEAD
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9999"))
    monkeypatch.setattr(schema, "HEAD", "9999")
    monkeypatch.setattr("bot.store.connected.HEAD", "9999")
    store = await database.open(migrate=False)
    with pytest.raises(StoreError, match=rf"has the schema {current} and this program needs 9999\."):
        await store.queued_count()
    await store.close()


@pytest.mark.durable
async def test_two_programs_that_open_an_empty_database_at_once_both_get_it(empty_database):
    stores = await asyncio.gather(empty_database.open(), empty_database.open(), empty_database.open())
    assert [await store.queued_count() for store in stores] == [0, 0, 0]
    for store in stores:
        await store.close()


@pytest.mark.durable
async def test_a_database_of_a_newer_program_is_refused_and_left_as_it_is(database):
    store = await database.open()
    await statement(store, "UPDATE alembic_version SET version_num = '7777'")
    await store.close()
    before = database.path and database.path.read_bytes()
    for migrate in (True, False):
        with pytest.raises(StoreError, match=rf"has the schema 7777; this program knows up to {schema.HEAD}\. A newer"):
            await database.open(migrate=migrate)
    assert (database.path and database.path.read_bytes()) == before
    if database.kind == "postgresql":
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", [schema.HEAD])


async def test_a_postgresql_database_with_tables_of_another_program_is_refused(postgresql_server):
    name = postgresql_server.create()
    postgresql_server.execute("CREATE TABLE items (n int); INSERT INTO items VALUES (1)", name)
    with pytest.raises(StoreError, match=rf"The database {name} on .* holds tables of another program \(items\)\."):
        await Store.open(postgresql_server.url(name))
    postgresql_server.execute("INSERT INTO items VALUES (2)", name)
    postgresql_server.drop(name)


def foreign(path: Path, *, wal: bool = False, application: int = 0, table: bool = True) -> None:
    with closing(sqlite3.connect(path)) as connection:
        if wal:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA application_id={application}")
        if table:
            connection.execute("CREATE TABLE letters (text)")
        connection.commit()


@pytest.mark.parametrize(
    "kind", [{}, {"wal": True}, {"application": 0x4D41494C}, {"application": 0x4D41494C, "table": False, "wal": True}]
)
async def test_a_file_of_another_program_is_refused_and_not_touched(tmp_path, kind):
    path = tmp_path / "letters.db"
    foreign(path, **kind)
    before = path.read_bytes(), path.stat().st_mtime_ns
    with pytest.raises(StoreError, match=rf"{path} is a database of another program\. It was left as it is;"):
        await Store.open(f"sqlite:{path}")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["letters.db"]


async def test_tables_of_another_program_that_are_still_in_its_log_are_seen(tmp_path):
    path = tmp_path / "letters.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE letters (text)")
        other.commit()
        with pytest.raises(StoreError, match="is a database of another program"):
            await Store.open(f"sqlite:{path}")
        assert other.execute("SELECT count(*) FROM sqlite_master").fetchone() == (1,)
        assert other.execute("PRAGMA application_id").fetchone() == (0,)


async def test_a_file_that_is_no_database_is_refused_and_not_touched(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Milk, bread, stamps. " * 100)
    with pytest.raises(StoreError, match=rf"{path} is not a SQLite database\. It was left as it is;"):
        await Store.open(f"sqlite:{path}")
    assert path.read_text() == "Milk, bread, stamps. " * 100
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.txt"]


async def test_an_empty_file_becomes_a_database_with_our_mark(tmp_path):
    path = tmp_path / "watchlamp.db"
    path.touch()
    await (await Store.open(f"sqlite:{path}")).close()
    assert int.from_bytes(path.read_bytes()[68:72], "big") == schema.APPLICATION_ID == int.from_bytes(b"WLMP", "big")


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such rights there")
async def test_a_database_and_its_log_are_for_their_owner_alone(tmp_path):
    before = os.umask(0o022)
    try:
        store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
        rights = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        await store.close()
    finally:
        os.umask(before)
    assert rights == {"bot.db": 0o600, "bot.db-wal": 0o600, "bot.db-shm": 0o600}


async def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(StoreError, match=r"cannot be opened\. Its folder must exist, and this user must be able to write there\."):
        await Store.open(f"sqlite:{tmp_path / 'missing' / 'watchlamp.db'}")


async def test_a_folder_in_place_of_a_file_is_told(tmp_path):
    with pytest.raises(StoreError, match=rf"{tmp_path} is a folder; database\.url has to name a file in it\."):
        await Store.open(f"sqlite:{tmp_path}")


@pytest.mark.parametrize("name", [":memory:.db", "file:watch?mode=memory", "50%#1?.db", "näm e.db"])
async def test_a_path_is_a_path_whatever_its_name_looks_like(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        await (await Store.open(f"sqlite:{name}")).close()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


WRITER = """
import asyncio, concurrent.futures.thread, os, sys
from bot.core.errors import StoreError
from bot.core.sources import SourceState
from bot.store.database import Store

async def main():
    await (await Store.open("sqlite::memory:")).close()
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    try:
        store = await Store.open(sys.argv[1])
        await store.save_source_states([SourceState("a")])
    except StoreError as error:
        print(error)

asyncio.run(main())
"""


@pytest.mark.parametrize("existing", [False, True])
async def test_a_folder_that_cannot_be_written_is_told(existing):
    folder = Path(tempfile.mkdtemp())  # not in pytest's folders, which only their owner may enter
    path = folder / "watchlamp.db"
    if existing:
        await (await Store.open(f"sqlite:{path}")).close()
        path.chmod(0o444)
    folder.chmod(0o555)
    # Nothing is closed to root: the program loads what it needs and becomes nobody then.
    done = subprocess.run([sys.executable, "-c", WRITER, f"sqlite:{path}"], capture_output=True, text=True, check=False)
    shutil.rmtree(folder)
    assert done.stdout.startswith(f"The database {path} cannot be "), done.stderr
