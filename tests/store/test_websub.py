"""Subscriptions and pushes: what is kept before a hub is told so, and the transaction that settles it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.core.sources import PollRecord
from bot.core.subscriptions import Kept, PushState, Subscription, SubscriptionState

HOUR = timedelta(hours=1)
OPEN = PushState.OPEN


def subscription(now, token="t1", **changes):
    plain = Subscription(
        token,
        "gazette",
        f"https://bot.example/websub/{token}",
        "https://hub.example/",
        "https://gazette.example/feed",
        "hash",
        secret="s3cret",
        state=SubscriptionState.VERIFIED,
        lease_ends_at=now + 10 * HOUR,
        next_due_at=now + 8 * HOUR,
    )
    return replace(plain, **changes)


async def pushed(store, now, *bodies, token="t1", most=8):
    return [await store.keep_push(token, f"digest of {body!r}", body, "application/atom+xml", now, most=most) for body in bodies]


@pytest.fixture
async def subscribed(store, build, now):
    """A store with a source that was polled, and its subscription."""
    await store.save_source_states([build.state()])
    await store.add_subscription(subscription(now))
    return store


@pytest.mark.durable
async def test_a_subscription_survives_a_restart_whole(database, now):
    kept = subscription(now, failures=2, last_push_at=now, reason="No.", version=3)
    store = await database.open()
    await store.add_subscription(kept)
    await store.close()
    again = await database.open()
    assert await again.subscriptions() == [kept]
    assert await again.subscription("t1") == kept
    assert await again.subscription("t2") is None
    await again.close()


async def test_what_is_due_comes_longest_overdue_first(store, now):
    for hours, token in enumerate(("late", "later", "latest")):
        await store.add_subscription(subscription(now, token, next_due_at=now + hours * HOUR))
    await store.add_subscription(subscription(now, "never", next_due_at=None))
    assert [one.token for one in await store.due_subscriptions(now + HOUR, 9)] == ["late", "later"]
    assert [one.token for one in await store.due_subscriptions(now + HOUR, 1)] == ["late"]


async def test_a_change_taken_on_an_older_version_is_not_made(subscribed, now):
    read = await subscribed.subscription("t1")
    assert await subscribed.change_subscription(replace(read, failures=1))
    assert not await subscribed.change_subscription(replace(read, state=SubscriptionState.DENIED))
    assert await subscribed.subscription("t1") == replace(read, failures=1, version=1)


async def test_when_a_hub_pushed_is_no_business_of_other_changes(subscribed, build, now):
    read = await subscribed.subscription("t1")
    await pushed(subscribed, now, b"one")
    (push,) = await subscribed.waiting_pushes(OPEN, 9)
    await subscribed.commit_polls([PollRecord(build.state(), (), push=push.number)], now + HOUR)
    assert await subscribed.change_subscription(replace(read, failures=1))
    assert (await subscribed.subscription("t1")).last_push_at == now + HOUR
    await subscribed.forget_last_push("t1")
    assert (await subscribed.subscription("t1")).last_push_at is None


async def test_a_body_is_kept_once_however_often_it_comes(subscribed, now):
    assert await pushed(subscribed, now, b"one", b"one", b"two") == [Kept.NEW, Kept.KNOWN, Kept.NEW]
    (first,) = await subscribed.waiting_pushes(OPEN, 9)
    assert (first.body, first.content_type, first.received_at, first.source_id) == (b"one", "application/atom+xml", now, "gazette")
    assert first.topic == "https://gazette.example/feed"
    await subscribed.settle_push(first.number)
    assert await pushed(subscribed, now, b"one") == [Kept.KNOWN]
    assert [push.body for push in await subscribed.waiting_pushes(OPEN, 9)] == [b"two"]


async def test_the_same_body_at_two_callbacks_is_two_pushes(subscribed, now):
    await subscribed.add_subscription(subscription(now, "t2"))
    assert await pushed(subscribed, now, b"one") == [Kept.NEW]
    assert await pushed(subscribed, now, b"one", token="t2") == [Kept.NEW]
    assert [push.token for push in await subscribed.waiting_pushes(OPEN, 9)] == ["t1", "t2"]
    assert [push.token for push in await subscribed.waiting_pushes(OPEN, 1)] == ["t1"]


async def test_what_one_hub_makes_us_keep_is_bounded(subscribed, now):
    assert await pushed(subscribed, now, b"1", b"2", b"3", most=2) == [Kept.NEW, Kept.NEW, Kept.FULL]
    await subscribed.settle_push((await subscribed.waiting_pushes(OPEN, 9))[0].number)
    assert await pushed(subscribed, now, b"3", most=2) == [Kept.NEW]


async def test_a_push_waits_until_its_source_was_polled(store, build, now):
    await store.add_subscription(subscription(now))
    await pushed(store, now, b"early")
    assert await store.waiting_pushes(OPEN, 9) == []
    await store.save_source_states([build.state(baselined_at=None)])
    assert await store.waiting_pushes(OPEN, 9) == []
    await store.save_source_states([build.state()])
    assert [push.body for push in await store.waiting_pushes(OPEN, 9)] == [b"early"]


async def test_hints_of_one_subscription_are_one_and_never_known(subscribed, now):
    await subscribed.keep_hint("t1", "hint a", now)
    await subscribed.keep_hint("t1", "hint b", now + HOUR)
    await pushed(subscribed, now, b"one")
    (hint,) = await subscribed.waiting_pushes(PushState.HINT, 9)
    (push,) = await subscribed.waiting_pushes(OPEN, 9)
    assert (hint.state, hint.received_at, hint.body) == (PushState.HINT, now + HOUR, b"")
    assert push.state is PushState.OPEN
    await subscribed.make_hint(push.number)
    assert await pushed(subscribed, now, b"one") == [Kept.NEW], "what told nothing may tell it again"


async def test_a_push_settles_with_its_items_and_leaves_what_polls_remember(subscribed, build, now):
    state = build.state(etag=b"1", failures=2, next_due_at=now + HOUR)
    await subscribed.save_source_states([state])
    await pushed(subscribed, now, b"one")
    blank = replace(build.state(), next_due_at=None, baselined_at=None)
    (push,) = await subscribed.waiting_pushes(OPEN, 9)
    (committed,) = await subscribed.commit_polls([PollRecord(blank, ((build.item(1), None),), push=push.number)], now)
    assert committed.new == ("i1",)
    assert await subscribed.source_states() == {"gazette": state}
    assert await subscribed.source_state("gazette") == state
    assert await subscribed.source_state("other") is None
    assert await subscribed.waiting_pushes(OPEN, 9) == []


async def test_a_source_in_no_trouble_can_be_hastened_and_never_put_off(subscribed, build, now):
    await subscribed.save_source_states(
        [build.state(next_due_at=now + HOUR), build.state("ill", next_due_at=now + HOUR, failures=1)]
    )
    assert not await subscribed.hasten_poll("gazette", now + 2 * HOUR)
    assert not await subscribed.hasten_poll("ill", now)
    assert not await subscribed.hasten_poll("other", now)
    assert await subscribed.hasten_poll("gazette", now)
    states = await subscribed.source_states()
    assert (states["gazette"].next_due_at, states["ill"].next_due_at) == (now, now + HOUR)


async def test_what_the_database_refuses_is_told_without_its_values(subscribed, now):
    with pytest.raises(IntegrityError) as caught:
        await subscribed.add_subscription(subscription(now))
    assert "s3cret" not in str(caught.value)


async def test_old_pushes_are_forgotten_and_so_are_those_of_a_forgotten_subscription(subscribed, now):
    await pushed(subscribed, now, b"old")
    await pushed(subscribed, now + HOUR, b"new")
    assert await subscribed.forget_pushes(now + HOUR) == 1
    assert await pushed(subscribed, now, b"old", b"new") == [Kept.NEW, Kept.KNOWN]
    await subscribed.remove_subscription("t1")
    assert await subscribed.waiting_pushes(OPEN, 9) == []
    assert await subscribed.subscriptions() == []


async def test_two_copies_of_one_push_at_the_same_moment_are_kept_once(subscribed, now):
    outcomes = await asyncio.gather(*(pushed(subscribed, now, b"one") for _ in range(6)))
    assert sorted(outcome for (outcome,) in outcomes) == [Kept.KNOWN] * 5 + [Kept.NEW]
