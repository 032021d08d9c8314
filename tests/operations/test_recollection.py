"""What was said in the time that a restored database does not know: each answer of a platform, and what follows from it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.clock import VirtualClock
from bot.core.deliveries import Action, Delivery, DeliveryState, Outcome, Receipt
from bot.core.messages import DigestMessage, Message, NoticeMessage, ReminderMessage, StoryMessage, Update, UpdateMessage
from bot.core.model import Channel, ChannelSettings, Platform
from bot.core.outbox import AlertBatch, NewDelivery, Settled
from bot.core.reasons import Reason
from bot.core.restored import FACT, REMEMBERED, Restored
from bot.service.restored import AGAIN, PUT_OFF, Recollection
from bot.store.database import Store

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
COPIED, RESTORED = NOON - timedelta(hours=2), NOON - timedelta(hours=1)
TEAM = Channel("team", Platform.CONSOLE, "team", ChannelSettings())
NOT_THERE = Receipt(Outcome.RETRY)
OLD = StoryMessage("s1", "Headline", "https://gazette.example/1", "gazette.example", (), None, COPIED)


@pytest.fixture
async def store(database: Path) -> AsyncIterator[Store]:
    """A restored database."""
    opened = await Store.open(f"sqlite:{database}", migrate=False)
    await opened.mark_restored(Restored(COPIED, RESTORED))
    yield opened
    await opened.close()


class Platforms:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Receipt | None = NOT_THERE
        self.asked: list[tuple[str, str | None, datetime]] = []

    async def recall(self, row: Delivery, _: Channel, since: datetime) -> Receipt | None:
        self.asked.append((row.id, row.target_ref, since))
        return self.answer


@pytest.fixture
def platform() -> Platforms:
    """A platform that says it is not there."""
    return Platforms()


@pytest.fixture
async def recollection(store: Store, platform: Platforms, clock: VirtualClock) -> Recollection:
    """Started over the restored database."""
    made = Recollection(store, platform.recall, {"team": TEAM}, clock)
    await made.at_start()
    return made


async def planned(store: Store, message: Message | None = OLD, *, at: datetime = NOON, **changes: Any) -> Delivery:
    """A delivery that waits."""
    row = NewDelivery(
        id=changes.pop("id", "d1"),
        workspace_id="file",
        channel_id="team",
        action=changes.pop("action", Action.POST),
        state=DeliveryState.PENDING,
        reason=Reason.NEW_STORY,
        message=message,
        story_id="s1",
        story_ids=(),
        not_before=at,
        **changes,
    )
    return (await store.commit_alert(AlertBatch((), (), (row,), (), (), at)))[0]


async def state(store: Store, row: Delivery) -> Delivery:
    return next(one for one in await store.deliveries(limit=100) if one.id == row.id)


async def held(store: Store) -> bool:
    return bool(await store.held_restored())


async def test_a_channel_that_the_copy_does_not_know_is_held_as_well(store: Store, recollection: Recollection) -> None:
    assert await store.held_restored() == ["team"]


async def test_what_stands_there_counts_as_sent_and_the_channel_goes_on(
    store: Store, recollection: Recollection, platform: Platforms
) -> None:
    row = await planned(store)
    platform.answer = Receipt(Outcome.ACCEPTED, message_ref="C1/1.2")
    await recollection.let_go()
    now = await state(store, row)
    assert (now.state, now.message_ref, now.reason, now.attempt) == (DeliveryState.SENT, "C1/1.2", Reason.NEW_STORY, 0)
    assert platform.asked == [("d1", None, COPIED - timedelta(minutes=2))]
    assert not await held(store)


async def test_what_a_digest_told_is_not_told_again(store: Store, recollection: Recollection, platform: Platforms) -> None:
    row = await planned(store)
    platform.answer = Receipt(Outcome.ACCEPTED)
    assert await recollection.ask(TEAM, [row], NOON) == []
    now = await state(store, row)
    assert (now.state, now.reason) == (DeliveryState.SKIPPED, Reason.IN_DIGEST)


async def test_what_is_certainly_not_there_may_go_and_is_asked_about_once(
    store: Store, recollection: Recollection, platform: Platforms
) -> None:
    row = await planned(store)
    assert not recollection.may_go(row)
    assert await recollection.ask(TEAM, [row], NOON) == [row]
    assert await recollection.ask(TEAM, [row], NOON) == [row]
    assert recollection.may_go(row)
    assert len(platform.asked) == 1


async def test_a_platform_that_does_not_answer_now_is_asked_again_and_its_channel_stays_held(
    store: Store, recollection: Recollection, platform: Platforms, clock: VirtualClock
) -> None:
    row = await planned(store)
    platform.answer = Receipt(Outcome.UNKNOWN)
    await recollection.let_go()
    assert await held(store)
    assert (await state(store, row)).not_before == NOON + PUT_OFF
    await recollection.let_go()
    assert len(platform.asked) == 1
    clock.advance(timedelta(seconds=AGAIN))
    platform.answer = NOT_THERE
    await recollection.let_go()
    assert (len(platform.asked), await held(store)) == (2, False)


async def test_what_nobody_can_tell_is_held_for_a_person_who_is_not_asked_twice(
    store: Store, recollection: Recollection, platform: Platforms, clock: VirtualClock
) -> None:
    row = await planned(store)
    platform.answer = None
    await recollection.let_go()
    now = await state(store, row)
    assert (now.state, now.reason, "put back from a copy" in now.last_error) == (DeliveryState.HELD, Reason.IN_DOUBT, True)
    assert not await held(store)
    await store.retry_dead(row.id, NOON)
    again = Recollection(store, platform.recall, {"team": TEAM}, clock)  # also after another start
    await again.at_start()
    waits = await state(store, row)
    assert await again.ask(TEAM, [waits], NOON) == [waits]
    assert len(platform.asked) == 1


async def test_who_takes_each_number_once_gets_it_again_alone(
    store: Store, recollection: Recollection, platform: Platforms
) -> None:
    row = await planned(store, at=NOON - timedelta(minutes=5))
    platform.answer = Receipt(Outcome.RETRY, detail="its receiver takes each number once")
    assert await recollection.ask(TEAM, [row], NOON) == []  # so that no digest takes it in
    now = await state(store, row)
    assert (now.state, now.reason, now.not_before) == (DeliveryState.PENDING, Reason.REPEATED, NOON)
    assert recollection.may_go(now)


async def test_a_row_that_is_being_sent_meanwhile_is_left_alone(
    store: Store, recollection: Recollection, platform: Platforms
) -> None:
    row = await planned(store)
    await store.end_restored("team", NOON)
    await store.settle_holds("team", NOON)
    assert await store.claim_next("team", now=NOON, lease=timedelta(minutes=1), token="t") is not None
    platform.answer = None
    assert await recollection.ask(TEAM, [row], NOON) == []
    assert (await state(store, row)).state is DeliveryState.SENDING
    assert not recollection.may_go(row)


async def test_a_reply_is_looked_for_below_its_message(store: Store, recollection: Recollection, platform: Platforms) -> None:
    post = await planned(store)
    await store.end_restored("team", NOON)
    await store.settle_holds("team", NOON)
    await store.claim_next("team", now=NOON, lease=timedelta(minutes=1), token="t")
    await store.settle(Settled(post.id, "t", DeliveryState.SENT, Reason.NEW_STORY, NOON, message_ref="C1/1.2"))
    news = UpdateMessage("s1", Update.DEVELOPMENT, "More")
    reply = await planned(store, news, id="d2", action=Action.REPLY, target_id="d1")
    await recollection.ask(TEAM, [reply], NOON)
    assert platform.asked[-1][:2] == ("d2", "C1/1.2")


LATER = NOON - timedelta(minutes=30)


@pytest.mark.parametrize(
    ("message", "made", "doubtful"),
    [
        (OLD, NOON, True),
        (replace(OLD, published=LATER), NOON, False),
        (replace(OLD, published=LATER), COPIED, True),
        (replace(OLD, published=None), NOON, True),
        (replace(OLD, published=None), NOON + timedelta(days=2), False),
        (UpdateMessage("s1", Update.DEVELOPMENT, "More", published=COPIED), NOON, True),
        (UpdateMessage("s1", Update.DEVELOPMENT, "More", published=LATER), NOON, False),
        (ReminderMessage("s1", "Headline", None, None, COPIED), NOON, True),
        (ReminderMessage("s1", "Headline", None, None, LATER), NOON, False),
        (NoticeMessage("All is well"), NOON, False),
        (NoticeMessage("All is well"), COPIED, True),
        (DigestMessage("Digest", (OLD,)), NOON, False),
    ],
)
async def test_what_nobody_can_tell_is_held_only_if_it_may_be_from_the_lost_time(
    store: Store, recollection: Recollection, platform: Platforms, message: Message, made: datetime, doubtful: bool
) -> None:
    row = await planned(store, message, at=made)
    platform.answer = None
    assert (await recollection.ask(TEAM, [row], NOON) == []) is doubtful


async def test_edits_and_what_is_planned_a_week_later_are_not_asked_about(
    store: Store, recollection: Recollection, platform: Platforms
) -> None:
    edit = await planned(store, action=Action.EDIT)
    late = await planned(store, id="d2", at=RESTORED + REMEMBERED + timedelta(hours=1))
    assert await recollection.ask(TEAM, [edit, late], NOON) == [edit, late]
    assert recollection.may_go(edit)
    assert platform.asked == []


async def test_a_week_after_the_restore_it_is_forgotten(store: Store, platform: Platforms) -> None:
    late = Recollection(store, platform.recall, {"team": TEAM}, VirtualClock(RESTORED + REMEMBERED + timedelta(minutes=1)))
    await late.at_start()
    row = await planned(store)
    assert await late.ask(TEAM, [row], NOON) == [row]
    await late.let_go()
    assert platform.asked == []


async def test_a_database_that_was_never_put_back_asks_nobody(
    database: Path, tmp_path: Path, platform: Platforms, clock: VirtualClock
) -> None:
    plain = await Store.open(f"sqlite:{shutil.copyfile(database, tmp_path / 'plain.db')}", migrate=False)
    try:
        made = Recollection(plain, platform.recall, {"team": TEAM}, clock)
        await made.at_start()
        row = await planned(plain)
        assert (await made.ask(TEAM, [row], NOON), made.may_go(row)) == ([row], True)
        assert (await plain.held_restored(), platform.asked, await plain.fact(FACT)) == ([], [], None)
    finally:
        await plain.close()
