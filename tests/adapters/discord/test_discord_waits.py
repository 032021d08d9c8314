"""How long Discord, or what stands between it and us, asks to wait: said in the body, in a header, as a date, or not at all."""

from __future__ import annotations

import pytest

from bot.adapters.discord.limits import BLOCKED_WAIT
from bot.adapters.discord.wire import asked_to_wait
from bot.core.deliveries import Outcome

POST = "POST /channels/{channel_id}/messages"
FORUM_POST = "POST /channels/{channel_id}/threads"


@pytest.fixture
async def notifier(connected):
    return (await connected()).notifier


@pytest.fixture
def row(make, clock):
    """A delivery made now."""
    return lambda: make.delivery(make.plain, created_at=clock.now(), not_before=clock.now(), updated_at=clock.now())


@pytest.mark.parametrize("kind", [0, 15])
async def test_a_wait_that_only_a_header_gives_as_a_date_is_kept(notifier, discord_standin, discord_parts, guild, to, row, kind):
    place = discord_standin.world.add_channel(guild, "alerts", kind=kind)
    discord_standin.fault(FORUM_POST if kind else POST, discord_parts.RateLimited(90.0, told="date"))
    receipt = await notifier.deliver(row(), to(place))
    assert receipt.outcome is Outcome.RETRY
    assert 90 <= receipt.retry_after <= 91


@pytest.mark.parametrize("kind", [0, 15])
async def test_a_request_to_wait_that_gives_no_time_was_certainly_not_taken(
    notifier, discord_standin, discord_parts, guild, to, row, kind
):
    place = discord_standin.world.add_channel(guild, "alerts", kind=kind)
    discord_standin.fault(FORUM_POST if kind else POST, discord_parts.RateLimited(told="missing"))
    receipt = await notifier.deliver(row(), to(place))
    assert (receipt.outcome, receipt.retry_after) == (Outcome.RETRY, None)


async def test_a_block_may_give_its_end_as_a_date(notifier, discord_standin, discord_parts, place, to, row):
    discord_standin.fault(POST, discord_parts.Cloudflare(600.0, told="date"))
    receipt = await notifier.deliver(row(), to(place))
    assert 600 <= receipt.retry_after <= 601
    assert receipt.retry_after < BLOCKED_WAIT


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"Retry-After": "2.5"}, 2.5),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "1e300"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Tue, 10 Mar 2026 12:01:00 GMT", "Date": "Tue, 10 Mar 2026 12:00:50 GMT"}, 10.0),
        ({"Retry-After": "Tue, 10 Mar 2026 12:01:00 -0000", "Date": "Tue, 10 Mar 2026 12:00:50 -0000"}, 10.0),
        ({"Retry-After": "Tue, 10 Mar 2026 11:00:00 GMT", "Date": "Tue, 10 Mar 2026 12:00:50 GMT"}, 0.0),
        ({"Retry-After": "Tue, 10 Mar 2026 12:01:00 GMT"}, None),
        ({}, None),
    ],
)
def test_a_wait_in_a_header_is_a_number_or_a_date_by_the_senders_own_clock(headers, seconds):
    assert asked_to_wait(headers) == seconds
