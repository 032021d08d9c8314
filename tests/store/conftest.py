"""The databases that the store's contract is tested on, each fresh for every test, and builders of what is stored."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import StoryMessage
from bot.core.model import Format, Item, Match, Span, StoryChange, TextState, Tier
from bot.core.outbox import AlertBatch, NewDelivery, Settled
from bot.core.reasons import Reason
from bot.core.sources import PollRecord, QueuedItem, SourceState
from bot.core.stories import FiledItem, StoryRecord
from bot.store.database import Store

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


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


KINDS = ("file", pytest.param("memory", marks=pytest.mark.slow), "postgresql")
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
