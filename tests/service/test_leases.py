"""What to do about a subscription, as a table of decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.subscriptions import Subscription, SubscriptionState
from bot.service import leases
from bot.service.leases import Step

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TOPIC = "https://ledger.example/feed?of=all"
ALL = tuple(SubscriptionState)


def subscription(state: SubscriptionState = SubscriptionState.VERIFIED, **changes) -> Subscription:
    plain = Subscription(
        "token-token-token",
        "ledger",
        "https://bot.example/websub/token-token-token",
        "https://hub.example/",
        TOPIC,
        "hash",
        secret="s3cret",
        state=state,
        lease_ends_at=NOON + 10 * DAY if state in {SubscriptionState.VERIFIED, SubscriptionState.LEAVING} else None,
        next_due_at=NOON,
    )
    return replace(plain, **changes)


def asked(mode: str, **more: str) -> dict[str, str]:
    return {"hub.mode": mode, "hub.topic": TOPIC, "hub.challenge": "abc", **{f"hub.{key}": value for key, value in more.items()}}


@pytest.mark.parametrize(
    ("state", "changes", "step"),
    [
        ("wanted", {}, Step.SUBSCRIBE),
        ("pending", {"failures": 7}, Step.SUBSCRIBE),
        ("pending", {"failures": 8}, Step.GIVE_UP),
        ("verified", {}, Step.SUBSCRIBE),
        ("verified", {"failures": 8}, Step.SUBSCRIBE),
        ("verified", {"failures": 8, "lease_ends_at": NOON}, Step.GIVE_UP),
        ("verified", {"failures": 1, "lease_ends_at": NOON}, Step.SUBSCRIBE),
        ("leaving", {}, Step.UNSUBSCRIBE),
        ("leaving", {"failures": 2}, Step.UNSUBSCRIBE),
        ("leaving", {"failures": 3}, Step.GIVE_UP),
        ("leaving", {"lease_ends_at": NOON}, Step.GIVE_UP),
        ("leaving", {"lease_ends_at": None}, Step.GIVE_UP),
        ("left", {}, Step.FORGET),
        ("denied", {}, Step.FORGET),
        ("gone", {}, Step.FORGET),
    ],
)
def test_what_is_due(state: str, changes: dict, step: Step) -> None:
    assert leases.due(subscription(SubscriptionState(state), **changes), NOON) is step


def test_a_silent_hub_is_asked_eight_times_in_about_two_days() -> None:
    now, pauses = NOON, []
    waiting = subscription(SubscriptionState.WANTED)
    while leases.due(waiting, now) is Step.SUBSCRIBE:
        waiting = leases.asking(waiting, now)
        assert waiting.state is SubscriptionState.PENDING
        assert waiting.next_due_at is not None
        pauses.append(waiting.next_due_at - now)
        now = waiting.next_due_at
    assert pauses == [10 * MINUTE * 2**times for times in range(8)]
    assert DAY < now - NOON < 2 * DAY
    assert leases.given_up(waiting, now, "why").state is SubscriptionState.GONE


def test_pauses_end_growing_at_a_day() -> None:
    assert leases.asking(subscription(failures=60), NOON).next_due_at == NOON + DAY


def test_a_verified_subscription_stays_so_while_it_is_renewed() -> None:
    renewing = leases.asking(subscription(), NOON)
    assert (renewing.state, renewing.failures) == (SubscriptionState.VERIFIED, 1)
    assert leases.is_live(renewing, NOON)


@pytest.mark.parametrize(
    ("said", "lease"),
    [
        ("864000", 10 * DAY),
        ("60", MINUTE),
        (" 3600 ", HOUR),
        ("0003600", HOUR),
        ("", leases.LEASE),
        ("0", leases.LEASE),
        ("-5", leases.LEASE),
        ("1e9", leases.LEASE),
        ("ten", leases.LEASE),
        ("٣٦٠٠", leases.LEASE),
        ("31536001", leases.LONGEST_LEASE),
        ("9" * 400, leases.LONGEST_LEASE),
    ],
)
def test_leases_are_read_as_hubs_write_them(said: str, lease: timedelta) -> None:
    after = leases.verdict(subscription(SubscriptionState.PENDING), asked("subscribe", lease_seconds=said), NOON).after
    assert after is not None
    assert after.lease_ends_at == NOON + lease
    assert after.next_due_at == NOON + max(lease * 0.8, 5 * MINUTE), "a hub cannot make us ask every second"


@pytest.mark.parametrize("state", ALL)
@pytest.mark.parametrize("mode", ["subscribe", "unsubscribe", "denied", "publish", ""])
def test_only_what_we_asked_for_is_agreed_to(state: SubscriptionState, mode: str) -> None:
    answer = leases.verdict(subscription(state), asked(mode), NOON)
    agreed = {
        ("subscribe", SubscriptionState.PENDING): SubscriptionState.VERIFIED,
        ("subscribe", SubscriptionState.VERIFIED): SubscriptionState.VERIFIED,
        ("unsubscribe", SubscriptionState.LEAVING): SubscriptionState.LEFT,
        ("denied", SubscriptionState.WANTED): SubscriptionState.DENIED,
        ("denied", SubscriptionState.PENDING): SubscriptionState.DENIED,
        ("denied", SubscriptionState.VERIFIED): SubscriptionState.DENIED,
        ("denied", SubscriptionState.LEAVING): SubscriptionState.LEFT,
    }
    after = agreed.get((mode, state))
    if after is None:
        assert answer == leases.REFUSED
    else:
        assert answer.status == 200
        assert answer.body == ("" if mode == "denied" else "abc")
        assert answer.after is not None
        assert answer.after.state is after


@pytest.mark.parametrize("mode", ["subscribe", "unsubscribe", "denied"])
@pytest.mark.parametrize("topic", ["https://ledger.example/feed", "", TOPIC + "&x", TOPIC.upper()])
def test_another_topic_is_refused(mode: str, topic: str) -> None:
    state = SubscriptionState.LEAVING if mode == "unsubscribe" else SubscriptionState.PENDING
    assert leases.verdict(subscription(state), asked(mode) | {"hub.topic": topic}, NOON) == leases.REFUSED


def test_without_a_challenge_nothing_is_agreed_to() -> None:
    assert leases.verdict(subscription(SubscriptionState.PENDING), asked("subscribe", challenge=""), NOON) == leases.REFUSED


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/~ada", "https://a.example/%7Eada", True),
        ("https://a.example/a%2fb", "https://a.example/a%2Fb", True),
        ("https://a.example/a%2Fb", "https://a.example/a/b", False),
        ("https://a.example/", "https://a.example/A", False),
    ],
)
def test_topics_are_compared_as_hubs_may_decode_them(one: str, other: str, same: bool) -> None:
    assert leases.same_address(one, other) is same


def test_a_reason_is_told_in_plain_words_without_what_is_secret() -> None:
    said = f"quota\n\x1b[31m of s3cret at token-token-token {'x' * 500}"
    after = leases.verdict(subscription(), asked("denied", reason=said), NOON).after
    assert after is not None
    assert after.reason.startswith("the hub refused: quota [31m of *** at *** xxx")
    assert len(after.reason) < 240
    assert after.secret is None
    assert after.next_due_at == NOON + leases.SET_ASIDE
    bare = leases.verdict(subscription(secret=None), asked("denied"), NOON).after
    assert bare is not None
    assert bare.reason == "the hub refused"


@pytest.mark.parametrize(
    ("status", "retry_after", "due"),
    [(503, 3600.0, NOON + HOUR), (429, 5.0, None), (500, None, None), (None, None, None)],
)
def test_a_hub_that_asks_us_to_wait_is_given_the_time(status: int | None, retry_after: float | None, due: datetime | None) -> None:
    waiting = leases.asking(subscription(SubscriptionState.WANTED), NOON)
    after = leases.unanswered(waiting, NOON, status=status, retry_after=retry_after)
    assert (after and after.next_due_at) == due


def test_a_hub_that_is_gone_is_left_alone() -> None:
    after = leases.unanswered(leases.asking(subscription(), NOON), NOON, status=410, retry_after=None)
    assert after is not None
    assert (after.state, after.lease_ends_at) == (SubscriptionState.GONE, None)
    assert leases.is_set_aside(after)
    leaving = leases.unanswered(leases.leaving(subscription(), NOON), NOON, status=410, retry_after=None)
    assert leaving is not None
    assert leaving.state is SubscriptionState.LEFT
    assert not leases.is_set_aside(leaving)


@pytest.mark.parametrize(
    ("changes", "wait"),
    [
        ({}, timedelta(0)),
        ({"last_push_at": NOON}, 6 * HOUR),
        ({"last_push_at": NOON - 7 * DAY}, 6 * HOUR),
        ({"last_push_at": NOON - 7 * DAY - MINUTE}, timedelta(0)),
        ({"last_push_at": NOON, "lease_ends_at": NOON}, timedelta(0)),
        ({"last_push_at": NOON, "state": SubscriptionState.PENDING}, timedelta(0)),
        ({"last_push_at": NOON, "state": SubscriptionState.DENIED}, timedelta(0)),
    ],
)
def test_polling_slows_down_only_while_the_hub_does_the_work(changes: dict, wait: timedelta) -> None:
    assert leases.shortest_wait(subscription(**changes), NOON) == wait


@pytest.mark.parametrize("state", ALL)
def test_deliveries_are_welcome_while_the_subscription_is(state: SubscriptionState) -> None:
    welcome = state in {SubscriptionState.WANTED, SubscriptionState.PENDING, SubscriptionState.VERIFIED}
    assert leases.delivery_status(subscription(state)) == (None if welcome else 410)
    assert leases.is_wanted(subscription(state)) is welcome


def test_a_delivery_to_nobody_is_not_found() -> None:
    assert leases.delivery_status(None) == 404
