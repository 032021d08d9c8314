"""Installations of workspaces: kept, exchanged by one at a time, forgotten; on every database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deliveries import DeliveryState
from bot.core.installations import Installation
from bot.core.reasons import Reason

ONE, TWO = "slack:T1", "slack:T2"


@pytest.fixture
def installed(now):
    """Builds an installation."""

    def build(team="T1", **changes):
        plain = Installation(
            team, f"sealed-{team}", now, "E1", f"sealed-refresh-{team}", now + timedelta(hours=12), ("chat:write",), "U1", "B1"
        )
        return replace(plain, **changes)

    return build


async def test_an_installation_comes_back_as_it_was_and_a_newer_one_takes_its_place(store, installed, now):
    assert await store.installation("T1") is None
    first, other = installed(), installed("T2", refresh_token=None, expires_at=None, scopes=(), enterprise_id="")
    await store.install(other, TWO)
    await store.install(first, ONE)
    assert await store.installation("T1") == first
    assert await store.installations() == [first, other]
    newer = replace(first, bot_token="sealed-again", scopes=("chat:write", "commands"), installed_at=now + timedelta(days=1))
    await store.install(newer, ONE)
    assert await store.installations() == [newer, other]


async def test_a_workspace_that_leaves_is_forgotten_its_channels_wait_and_the_others_are_left_alone(store, build, installed):
    for team, workspace in (("T1", ONE), ("T2", TWO)):
        await store.install(installed(team), workspace)
    await store.add_workspaces([ONE, TWO])
    await build.deliver(
        store,
        build.delivery(1, channel_id="slack:C1", workspace_id=ONE),
        build.delivery(2, channel_id="slack:C2", workspace_id=TWO),
        build.delivery(3),
    )
    assert not await store.uninstall("T1", "sealed-before", ONE), "it was installed anew since"
    assert await store.uninstall("T1", "sealed-T1", ONE)
    assert [one.team_id for one in await store.installations()] == ["T2"]
    assert await store.parked_channels(Reason.NOT_INSTALLED) == ["slack:C1"]
    assert not await store.uninstall("T1", "sealed-T1", ONE)
    assert await store.install(installed(), ONE) == 1
    assert await store.parked_channels(Reason.NOT_INSTALLED) == []


async def test_a_channel_that_waits_for_another_reason_waits_on_after_an_installation(store, build, installed, now):
    await store.add_workspaces([ONE])
    await build.deliver(store, build.delivery(1, channel_id="slack:C1", workspace_id=ONE))
    claimed = await store.claim_next("slack:C1", now=now, lease=timedelta(seconds=120), token="t")
    await store.settle(
        build.settled(claimed.delivery.id, "t", state=DeliveryState.PENDING, park=Reason.CHANNEL_GONE, not_before=now)
    )
    await store.install(installed(), ONE)
    await store.uninstall("T1", "sealed-T1", ONE)
    assert await store.parked_channels(Reason.CHANNEL_GONE) == ["slack:C1"]
    assert await store.install(installed(), ONE) == 0


async def test_of_many_who_would_exchange_a_token_one_may(store, installed, now):
    await store.install(installed(), ONE)
    until = now + timedelta(seconds=60)
    tries = [store.begin_renewal("T1", "sealed-T1", by=f"p{number}", now=now, until=until) for number in range(8)]
    won = await asyncio.gather(*tries)
    assert sum(won) == 1
    winner, loser = f"p{won.index(True)}", f"p{won.index(False)}"
    later = {"bot_token": "sealed-2", "refresh_token": "sealed-refresh-2", "expires_at": now + timedelta(hours=24)}
    assert not await store.end_renewal("T1", loser, **later)
    assert await store.end_renewal("T1", winner, **later)
    found = await store.installation("T1")
    assert (found.bot_token, found.refresh_token, found.expires_at) == tuple(later.values())
    assert found.scopes == ("chat:write",)
    assert not await store.end_renewal("T1", winner, **later), "an exchange ends once"
    assert not await store.begin_renewal("T1", "sealed-T1", by="late", now=now, until=until), "it read what is not there any more"
    assert not await store.begin_renewal("T9", "sealed-T1", by="lost", now=now, until=until)


async def test_an_exchange_that_nobody_ended_is_taken_over_when_its_time_is_over(store, installed, now):
    await store.install(installed(), ONE)
    until = now + timedelta(seconds=60)
    assert await store.begin_renewal("T1", "sealed-T1", by="dead", now=now, until=until)
    just_before = until - timedelta(seconds=1)
    assert not await store.begin_renewal("T1", "sealed-T1", by="next", now=just_before, until=until + timedelta(seconds=60))
    assert await store.begin_renewal("T1", "sealed-T1", by="next", now=until, until=until + timedelta(seconds=60))
    assert not await store.end_renewal("T1", "dead", bot_token="x", refresh_token=None, expires_at=None)
    await store.leave_renewal("T1", "dead")
    assert not await store.begin_renewal("T1", "sealed-T1", by="third", now=until, until=until + timedelta(seconds=60))
    await store.leave_renewal("T1", "next")
    assert await store.begin_renewal("T1", "sealed-T1", by="third", now=until, until=until + timedelta(seconds=60))


async def test_an_exchange_under_way_counts_no_more_after_a_new_installation(store, installed, now):
    await store.install(installed(), ONE)
    assert await store.begin_renewal("T1", "sealed-T1", by="p1", now=now, until=now + timedelta(seconds=60))
    await store.install(installed(bot_token="sealed-new"), ONE)
    assert not await store.end_renewal("T1", "p1", bot_token="x", refresh_token=None, expires_at=None)
    assert (await store.installation("T1")).bot_token == "sealed-new"


async def test_tokens_are_sealed_anew_only_by_who_has_seen_them_and_never_while_they_are_exchanged(store, installed, now):
    await store.install(installed(), ONE)
    assert await store.seal_anew("T1", "sealed-T1", bot_token="other", refresh_token="other-refresh")
    assert not await store.seal_anew("T1", "sealed-T1", bot_token="x", refresh_token=None)
    found = await store.installation("T1")
    assert (found.bot_token, found.refresh_token) == ("other", "other-refresh")
    await store.begin_renewal("T1", "other", by="p1", now=now, until=now + timedelta(seconds=60))
    assert not await store.seal_anew("T1", "other", bot_token="x", refresh_token=None)


async def test_a_state_is_used_up_once_and_forgotten_when_it_is_too_old_to_count(store, now):
    until = now + timedelta(minutes=10)
    assert sum(await asyncio.gather(*(store.use_state("digest", until, now) for _ in range(5)))) == 1
    assert await store.use_state("another", until, now)
    assert await store.use_state("digest", until + timedelta(minutes=10), until), "it was forgotten, for it counts no more"


async def test_no_token_is_in_the_words_of_an_installation(installed):
    assert "sealed" not in repr(installed())
