"""An older program goes on working on a newer schema, as long as every migration between only expands."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import event

from bot.core.errors import StoreError, UserInputError
from bot.store import schema
from bot.store.backup import back_up, before_upgrade, require_ours
from bot.store.database import Store
from bot.store.engine import connect
from bot.store.move import move

BUSY = timedelta(seconds=10)
LONGEST_QUEUE = 8.0
"""Seconds within which a read comes through, on a machine that does other things: the upgrade stands in its way for one."""
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LATER = '''
"""A release later."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
{says}


def upgrade():
    op.add_column("items", sa.Column("colour_{revision}", sa.Text, nullable=False, server_default="blue"))
'''


def scripts(folder: Path = schema.FOLDER) -> list[Any]:
    """The migrations, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    return list(reversed(list(ScriptDirectory.from_config(config).walk_revisions())))


@pytest.fixture
def later(tmp_path: Path) -> Any:
    """Migrations of a release to come: one for each of what they say of themselves, numbered from 9001 on."""

    def made(*says: str) -> Path:
        folder = tmp_path / "migrations"
        shutil.copytree(schema.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
        before = schema.HEAD
        for number, line in enumerate(says, 9001):
            written = LATER.format(revision=number, before=before, says=line)
            (folder / "versions" / f"{number}_later.py").write_text(written, encoding="utf-8")
            before = str(number)
        return folder

    return made


async def upgraded(database: Any, folder: Path, target: str) -> None:
    """What a newer program does at its start."""
    engines = connect(database.url, password=None, busy_timeout=BUSY)
    try:
        assert await schema.upgrade(engines, folder=folder, target=target) == target
    finally:
        await engines.close()


@pytest.mark.parametrize("script", scripts(), ids=lambda script: script.revision)
def test_every_migration_says_whether_it_only_expands(script: Any) -> None:
    assert isinstance(getattr(script.module, "expands", None), bool), (
        f"Migration {script.revision} does not say whether it only expands. Below down_revision write `expands = True` if it only "
        "adds tables, columns that may be missing and the like, and a program of the schema before does right on it as it is; "
        "write `expands = False` otherwise. bot/store/migrations/__init__.py says more."
    )


@pytest.mark.durable
async def test_an_older_program_works_on_what_newer_ones_only_expanded(
    empty_database: Any, later: Any, build: Any, tmp_path: Path
) -> None:
    await (await empty_database.open()).close()
    await upgraded(empty_database, later("expands = True", "expands = True"), "9002")
    for migrate in (True, False):
        store = await empty_database.open(migrate=migrate)
        assert await store.current_revision() == await store.upgrade() == "9002"
        (entry,) = await build.queue(store, 1 + migrate)
        assert entry in await store.queued_items(10)
        await store.close()
    if empty_database.path is not None:  # its copies are whole ones, and go back
        assert before_upgrade(empty_database.path, NOON) is None
        assert back_up(empty_database.path, tmp_path / "copy.db", NOON).revision == "9002"
        with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
            assert connection.execute("SELECT colour_9001, colour_9002 FROM items").fetchall() == [("blue", "blue")] * 2


@pytest.mark.durable
@pytest.mark.parametrize("says", [("expands = True", "expands = False"), ("expands = False", "expands = True"), ("", "")])
async def test_an_older_program_leaves_alone_what_newer_ones_changed_otherwise_or_do_not_say(
    empty_database: Any, later: Any, says: tuple[str, str]
) -> None:
    await (await empty_database.open()).close()
    await upgraded(empty_database, later(*says), "9002")
    with pytest.raises(StoreError, match=rf"has the schema 9002; this program knows up to {schema.HEAD}\. A newer"):
        await empty_database.open()
    if empty_database.path is not None:
        with pytest.raises(UserInputError, match="has the schema 9002; this program knows up to"):
            require_ours(empty_database.path)


async def test_an_upgrade_lets_others_pass_while_a_long_transaction_has_the_table(postgresql_server: Any, later: Any) -> None:
    name = postgresql_server.create()
    url = postgresql_server.url(name)
    old = await Store.open(url)
    new = connect(url, password=None, busy_timeout=BUSY)
    tries: list[float] = []
    event.listen(
        new.writer.sync_engine, "before_cursor_execute", lambda *given: tries.append(0) if "ADD COLUMN" in given[2] else None
    )
    try:
        async with old._engines.read() as reading:
            await reading.exec_driver_sql("SELECT count(*) FROM items")  # a copy being made, say
            upgrade = asyncio.create_task(schema.upgrade(new, folder=later("expands = True"), target="9001"))
            while len(tries) < 2:
                began = time.monotonic()
                assert await old.queued_items(10) == []  # at most behind one try of the upgrade's
                assert time.monotonic() - began < LONGEST_QUEUE
                await asyncio.sleep(0.01)
            assert not upgrade.done()
        assert await upgrade == "9001"
        assert await old.queued_items(10) == []  # a process of the version before notices nothing
    finally:
        await old.close()
        await new.close()
        postgresql_server.drop(name)


async def test_an_upgrade_gives_up_in_the_end_and_says_who_was_in_the_way(postgresql_server: Any, later: Any) -> None:
    name = postgresql_server.create()
    url = postgresql_server.url(name)
    old = await Store.open(url)
    new = connect(url, password=None, busy_timeout=BUSY)
    try:
        async with old._engines.write() as holding:
            await holding.exec_driver_sql("LOCK TABLE items")
            with pytest.raises(
                StoreError, match=rf"Open for longest: the transaction of process \d+ \(watchlamp {schema.HEAD}\), since"
            ):
                await schema.upgrade(new, folder=later("expands = True"), target="9001", longest=timedelta(seconds=0.1))
        assert await old.current_revision() == schema.HEAD
    finally:
        await old.close()
        await new.close()
        postgresql_server.drop(name)


async def test_a_schema_is_not_changed_under_running_programs_that_could_not_work_with_it(
    postgresql_server: Any, later: Any
) -> None:
    name = postgresql_server.create()
    url = postgresql_server.url(name)
    old = await Store.open(url)
    new = connect(url, password=None, busy_timeout=BUSY)
    folder = later("expands = False")
    try:
        await old.queued_count()
        with pytest.raises(StoreError, match=rf"could not work with \(watchlamp {schema.HEAD} from this machine\)\. Stop them"):
            await schema.upgrade(new, folder=folder, target="9001", longest=timedelta(seconds=0.1))
        assert await old.current_revision() == schema.HEAD
        await old.close()
        await new.close()  # which calls itself after this program's schema, too
        assert await schema.upgrade(new, folder=folder, target="9001") == "9001"
    finally:
        await old.close()
        await new.close()
        postgresql_server.drop(name)


async def test_a_newer_database_is_not_moved_by_an_older_program_which_would_leave_its_new_columns_behind(
    tmp_path: Path, later: Any
) -> None:
    engines = connect(f"sqlite:{tmp_path / 'bot.db'}", password=None, busy_timeout=BUSY)
    await schema.upgrade(engines, folder=later("expands = True"), target="9001")
    await engines.close()
    with pytest.raises(StoreError, match=r"has the schema 9001 and this program moves only .*; nothing was moved"):
        await move(
            f"sqlite:{tmp_path / 'bot.db'}",
            "postgresql://u@h/d",
            password=None,
            now=NOON,
            tell=lambda _: None,
            busy_timeout=BUSY,
        )


async def test_a_database_of_another_program_that_migrates_in_the_same_way_is_refused(postgresql_server: Any) -> None:
    name = postgresql_server.create()
    postgresql_server.execute("CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('9001')", name)
    with pytest.raises(StoreError, match=r"has the schema 9001; this program knows up to .*or another program, made it"):
        await Store.open(postgresql_server.url(name))
    postgresql_server.drop(name)


def test_what_is_told_about_another_schema_says_nothing_about_this_one() -> None:
    head = schema.HEAD
    assert schema.works_on(head, None)
    assert schema.works_on("9001", f"9001 {head}")
    assert not any(schema.works_on("9001", told) for told in (None, "", "9001", f"9002 {head}", "9001 9000", head))
    assert (schema.is_current(None), schema.is_current(schema.REVISIONS[0]), schema.is_current("9001")) == (False, False, True)
