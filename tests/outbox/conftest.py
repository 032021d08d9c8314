"""What the outbox tests share: builders of rows, an outbox in memory, a notifier that follows a script."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.clock import VirtualClock
from bot.core.deliveries import Action, Delivery, DeliveryState, Outcome, Receipt
from bot.core.messages import Message, StoryMessage
from bot.core.model import Channel, ChannelSettings, Format, Platform
from bot.core.outbox import AlertBatch, Claimed, NewDelivery, Revision, Settled
from bot.core.reasons import Reason
from bot.core.stories import StoryRecord
from bot.outbox.plan import Plan
from bot.store.database import Store

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def make_message(story_id: str = "s1", **changes: Any) -> StoryMessage:
    """A message about an invented event."""
    message = StoryMessage(
        story_id=story_id,
        headline="Harbour City council votes to end plate-reader contract",
        url="https://harbourledger.example/plates",
        host="harbourledger.example",
        sentences=("The council voted 6-3 on Tuesday night.",),
        outlet="Harbour Ledger",
        published=NOON,
        rules=(("plates", "plate readers"),),
        matched=("plate-reader",),
    )
    return replace(message, **changes)


def make_channel(channel_id: str = "team", *, platform: Platform = Platform.CONSOLE, **settings: Any) -> Channel:
    """A console channel in UTC."""
    return Channel(channel_id, platform, f"{platform}:{channel_id}", ChannelSettings(**settings))


def make_story(story_id: str = "s1", **changes: Any) -> StoryRecord:
    """A story of one report at noon."""
    story = StoryRecord(
        id=story_id,
        title="Harbour City council votes to end plate-reader contract",
        lead_item_id="i1",
        format=Format.NEWS,
        opened_at=NOON,
        first_published=NOON,
        last_published=NOON,
    )
    return replace(story, **changes)


@dataclass
class MemoryOutbox:
    """An outbox table in memory with the store's own rules: commit order, leases, states, channels that wait or are parked."""

    rows: dict[str, Delivery] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    waits: dict[str, datetime] = field(default_factory=dict)
    parked: dict[str, Reason] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)  # raised by the next settle or renew, one each
    unasked: list[Exception] = field(default_factory=list)  # raised by the next question for others' references, one each
    sequence: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    renewals: list[datetime] = field(default_factory=list)
    on_renew: Callable[[], None] = lambda: None
    moment: datetime = NOON

    # ---- what planning writes

    def commit(self, plan: Plan, now: datetime) -> None:
        """Write a plan, as one transaction would."""
        for revision in plan.revisions:
            self.revise(revision, now)
        for row in plan.new:
            self.add(row, now)

    def add(self, new: NewDelivery, now: datetime) -> Delivery:
        """Write one row; a number is written once."""
        assert new.id not in self.rows, f"number {new.id} was given twice"
        if new.target_id is not None:
            assert new.target_id in self.rows
            self.targets[new.id] = new.target_id
        row = Delivery(
            id=new.id,
            sequence=next(self.sequence),
            workspace_id=new.workspace_id,
            channel_id=new.channel_id,
            action=new.action,
            state=new.state,
            reason=new.reason,
            message=new.message,
            story_id=new.story_id,
            story_ids=new.story_ids,
            created_at=now,
            not_before=new.not_before,
            updated_at=now,
        )
        self.rows[row.id] = row
        return row

    def revise(self, revision: Revision, now: datetime) -> None:
        """Change a row that is still as expected."""
        row = self.rows[revision.delivery_id]
        assert row.state is revision.expected, "the decision is stale"
        self.rows[row.id] = replace(
            row,
            message=revision.message or row.message,
            state=revision.state or row.state,
            reason=revision.reason or row.reason,
            not_before=revision.not_before or row.not_before,
            story_id=revision.story_id or row.story_id,
        )

    def history(self, channel_id: str, story_ids: Iterable[str]) -> list[Delivery]:
        """Every row of these stories in a channel, by sequence."""
        wanted = set(story_ids)
        return sorted(
            (row for row in self.rows.values() if row.channel_id == channel_id and row.story_id in wanted),
            key=lambda row: row.sequence,
        )

    def commit_digest(self, new: NewDelivery, held_ids: Sequence[str], now: datetime) -> Delivery:
        """Write a digest; what it tells is not posted any more."""
        for held_id in held_ids:
            self.rows[held_id] = replace(self.rows[held_id], state=DeliveryState.SKIPPED, reason=Reason.IN_DIGEST, updated_at=now)
        return self.add(new, now)

    def release(self, delivery_id: str, now: datetime) -> None:
        """Let a held row go."""
        self.rows[delivery_id] = replace(self.rows[delivery_id], state=DeliveryState.PENDING, not_before=now)

    # ---- what draining needs

    async def claim_next(
        self, channel_id: str, *, now: datetime, lease: timedelta, token: str, due: datetime | None = None
    ) -> Claimed | None:
        if channel_id in self.parked or self.waits.get(channel_id, now) > now:
            return None
        mine = sorted((row for row in self.rows.values() if row.channel_id == channel_id), key=lambda row: row.sequence)
        if any(row.state in (DeliveryState.SENDING, DeliveryState.IN_DOUBT) for row in mine):
            return None
        ready = [row for row in mine if row.state is DeliveryState.PENDING and row.not_before <= (due or now)]
        if not ready:
            return None
        target = self.targets.get(ready[0].id)
        claimed = replace(
            ready[0],
            state=DeliveryState.SENDING,
            attempt=ready[0].attempt + 1,
            lease_token=token,
            lease_expires_at=now + lease,
            target_ref=None if target is None else self.rows[target].message_ref,
            updated_at=now,
        )
        self.rows[claimed.id] = claimed
        return Claimed(claimed, token)

    async def renew(self, delivery_id: str, token: str, until: datetime) -> bool:
        self.renewals.append(until)
        self.on_renew()
        if self.failures:
            raise self.failures.pop(0)
        row = self.rows[delivery_id]
        if row.lease_token != token:
            return False
        self.rows[delivery_id] = replace(row, lease_expires_at=until)
        return True

    async def settle(self, settled: Settled) -> Delivery | None:
        if self.failures:
            raise self.failures.pop(0)
        row = self.rows[settled.delivery_id]
        if row.state is not DeliveryState.SENDING or row.lease_token != settled.lease_token:
            return None
        self.rows[row.id] = replace(
            row,
            state=settled.state,
            reason=settled.reason,
            message_ref=settled.message_ref or row.message_ref,
            not_before=settled.not_before or row.not_before,
            attempt=row.attempt if settled.counted else row.attempt - 1,
            lease_token=None,
            lease_expires_at=None,
            last_error=settled.error,
            updated_at=settled.now,
        )
        if settled.channel_not_before is not None:
            self.waits[row.channel_id] = settled.channel_not_before
        if settled.park is not None:
            self.parked[row.channel_id] = settled.park
        return self.rows[row.id]

    async def take_in_doubt(self, now: datetime, *, all_sending: bool, in_hand: Collection[str] = ()) -> list[Delivery]:
        for row in list(self.rows.values()):
            if (
                row.state is DeliveryState.SENDING
                and row.id not in in_hand
                and (all_sending or (row.lease_expires_at or now) <= now)
            ):
                self.rows[row.id] = replace(row, state=DeliveryState.IN_DOUBT, lease_token=None, lease_expires_at=None)
        return sorted((row for row in self.rows.values() if row.state is DeliveryState.IN_DOUBT), key=lambda row: row.sequence)

    async def resolve_doubt(
        self,
        delivery_id: str,
        *,
        attempt: int,
        state: DeliveryState,
        reason: Reason,
        message_ref: str | None,
        not_before: datetime | None,
        message: Message | None,
        now: datetime,
    ) -> Delivery:
        row = self.rows[delivery_id]
        assert (row.state, row.attempt) == (DeliveryState.IN_DOUBT, attempt)
        self.rows[delivery_id] = replace(
            row,
            state=state,
            reason=reason,
            message_ref=message_ref or row.message_ref,
            not_before=not_before or row.not_before,
            message=message or row.message,
            updated_at=now,
        )
        return self.rows[delivery_id]

    async def refs_of_others(self, delivery_id: str, since: datetime) -> set[str]:
        if self.unasked:
            raise self.unasked.pop(0)
        rows = [row for row in self.rows.values() if row.id != delivery_id and row.updated_at >= since]
        return {row.message_ref for row in rows if row.message_ref is not None}

    # ---- shortcuts of the tests

    def post(self, number: int = 1, *, channel_id: str = "team", now: datetime = NOON, **changes: Any) -> Delivery:
        """A pending post of story s<number>, due now."""
        return self.add(self.new_post(number, channel_id=channel_id, now=now, **changes), now)

    def new_post(self, number: int = 1, *, channel_id: str = "team", now: datetime = NOON, **changes: Any) -> NewDelivery:
        """The row to write for it."""
        new = NewDelivery(
            id=f"d-{channel_id}-{number}",
            workspace_id="file",
            channel_id=channel_id,
            action=Action.POST,
            state=DeliveryState.PENDING,
            reason=Reason.NEW_STORY,
            message=make_message(f"s{number}"),
            story_id=f"s{number}",
            story_ids=(),
            not_before=now,
        )
        return replace(new, **changes)

    def put(self, delivery_id: str, **changes: Any) -> Delivery:
        """Change a row behind everybody's back."""
        self.rows[delivery_id] = replace(self.rows[delivery_id], **changes)
        return self.rows[delivery_id]

    def states(self) -> list[str]:
        """States by sequence."""
        return [str(row.state) for row in sorted(self.rows.values(), key=lambda row: row.sequence)]


class Box:
    """One outbox to drain, whichever keeps it: the fake in memory or the real store."""

    def __init__(self, store: Any, memory: MemoryOutbox | None) -> None:
        self.store = store
        self.memory = memory

    async def post(self, number: int = 1, *, now: datetime = NOON, **changes: Any) -> str:
        """Commit a pending post of story s<number>, due now; returns its number."""
        new = MemoryOutbox().new_post(number, now=now, **changes)
        if self.memory is not None:
            self.memory.add(new, now)
        else:
            await self.store.commit_alert(AlertBatch((), (), (new,), (), (), now))
        return new.id

    async def rows(self) -> list[Delivery]:
        """Every row by sequence."""
        found = list(self.memory.rows.values()) if self.memory is not None else await self.store.deliveries(limit=1000)
        return sorted(found, key=lambda row: row.sequence)

    async def row(self, delivery_id: str) -> Delivery:
        return next(row for row in await self.rows() if row.id == delivery_id)

    async def states(self) -> list[str]:
        return [str(row.state) for row in await self.rows()]

    async def parked(self) -> dict[str, Reason]:
        if self.memory is not None:
            return dict(self.memory.parked)
        return {name: state.parked for name, state in (await self.store.channel_states()).items() if state.parked is not None}

    async def waits(self, channel_id: str) -> datetime | None:
        if self.memory is not None:
            return self.memory.waits.get(channel_id)
        return (await self.store.channel_states())[channel_id].not_before


Answer = Receipt | Exception | Callable[[Delivery], Any]


class ScriptedNotifier:
    """A platform that answers as told, one answer a call, then accepts everything; it remembers what readers saw."""

    def __init__(self, *answers: Answer, platform: Platform = Platform.CONSOLE) -> None:
        self.platform = platform
        self.answers = list(answers)
        self.calls: list[Delivery] = []
        self.in_flight = 0
        self.most_in_flight = 0

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        self.calls.append(delivery)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            answer = self.answers.pop(0) if self.answers else Receipt(Outcome.ACCEPTED, message_ref=f"m{len(self.calls)}")
            if isinstance(answer, Exception):
                raise answer
            return answer if isinstance(answer, Receipt) else await answer(delivery)
        finally:
            self.in_flight -= 1

    @property
    def sent_ids(self) -> list[str]:
        """Numbers of the deliveries, call by call."""
        return [delivery.id for delivery in self.calls]


class AskableNotifier(ScriptedNotifier):
    """The same on a platform that can be asked whether a message arrived."""

    def __init__(self, *answers: Answer, finds: Sequence[Receipt | Exception | None] = ()) -> None:
        super().__init__(*answers)
        self.finds = list(finds)

    async def find(self, delivery: Delivery, channel: Channel) -> Receipt | None:
        found = self.finds.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


@dataclass(frozen=True)
class Build:
    """Everything a test builds with."""

    noon: datetime = NOON
    message: Callable[..., StoryMessage] = make_message
    channel: Callable[..., Channel] = make_channel
    story: Callable[..., StoryRecord] = make_story
    outbox: type[MemoryOutbox] = MemoryOutbox
    notifier: type[ScriptedNotifier] = ScriptedNotifier
    askable: type[AskableNotifier] = AskableNotifier


@pytest.fixture(scope="session")
def build() -> Build:
    return Build()


@pytest.fixture(scope="session")
def plans(build: Build) -> Any:
    """Plans with the ordinary case filled in; see ``plans.py``."""
    spec = importlib.util.spec_from_file_location("outbox_plans", Path(__file__).with_name("plans.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Plans(build)


@pytest.fixture
def outbox() -> MemoryOutbox:
    return MemoryOutbox()


@pytest.fixture
def noon_clock() -> VirtualClock:
    return VirtualClock(NOON)


@pytest.fixture(params=["memory", "sqlite"])
async def box(request: pytest.FixtureRequest, memory_store: Callable[[], Awaitable[Store]]) -> AsyncIterator[Box]:
    """The same tests on the fake and on the real store, so that the fake stays true."""
    if request.param == "memory":
        memory = MemoryOutbox()
        yield Box(memory, memory)
        return
    store = await memory_store()
    try:
        yield Box(store, None)
    finally:
        await store.close()
