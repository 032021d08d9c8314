"""Tokens that expire: exchanged in time, once, however many processes need them; the real SDK, real stores on one database."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.adapters.slack import tokens as renewing
from bot.adapters.slack.connection import build_client, build_session
from bot.adapters.slack.errors import NoTokenError
from bot.adapters.slack.manifest import manifest
from bot.adapters.slack.quiet import quiet_logger
from bot.adapters.slack.tenants import Tenants, TenantsNotifier
from bot.adapters.slack.tokens import Tokens, sealed_pair
from bot.adapters.slack.vault import KEY_LOST, Vault
from bot.config.secret import Secret
from bot.core.deliveries import Outcome, Scope
from bot.core.errors import StoreError
from bot.core.installations import Installation
from bot.core.model import Channel, Platform
from bot.store.database import Store

KEY = Secret("A" * 43 + "=")
ONE = "T0TEAMONE0"
CHANNEL = Channel(f"slack:C{ONE[1:]}", Platform.SLACK, f"C{ONE[1:]}", workspace_id=f"slack:{ONE}")


@pytest.fixture
async def slack(parts, clock, tools):
    """Slack with our app as it is for many workspaces; tokens expire."""
    asked = manifest("socket", url="https://watch.example.org", oauth=True)
    async with tools.judged(parts, clock, manifest=asked, rotating=True) as standin:
        yield standin


@pytest.fixture
async def url(request, tmp_path):
    """A database with the schema."""
    if request.param == "sqlite":
        address = f"sqlite:{tmp_path / 'watchlamp.db'}"
        await (await Store.open(address)).close()
        yield address
        return
    server = request.getfixturevalue("postgresql_server")
    name = server.create()
    await (await Store.open(server.url(name))).close()
    yield server.url(name)
    server.drop(name)


BOTH = pytest.mark.parametrize("url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True)
ONLY = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


class Process:
    """What one process has: a store of its own, its own tokens, its own way to Slack."""

    def __init__(self, store, tokens, client, notifier):
        self.store, self.tokens, self.client, self.notifier = store, tokens, client, notifier


@pytest.fixture
async def process(slack, clock, parts, tools, url):
    """Starts processes on one database; the app is installed in one workspace before."""
    vault = Vault([KEY])
    async with AsyncExitStack() as stack:

        async def start():
            store = await Store.open(url)
            stack.push_async_callback(store.close)
            client = build_client(tools.settings(slack))
            client.session = await stack.enter_async_context(build_session())
            tokens = Tokens(
                store,
                vault,
                clock,
                client=client,
                client_id=Secret(parts.CLIENT_ID),
                client_secret=Secret(parts.CLIENT_SECRET),
            )
            tenants = Tenants(
                tokens, clock, like=client, commands=(), timezone="UTC", logger=quiet_logger(), session=lambda: client.session
            )
            return Process(store, tokens, client, TenantsNotifier(None, tenants, tokens))

        first = await start()
        granted = slack.installs.grant(slack.installs.team(ONE))
        pair = sealed_pair(vault, ONE, granted, clock.now())
        await first.store.install(Installation(ONE, installed_at=clock.now(), scopes=("chat:write",), **pair), f"slack:{ONE}")
        start.first, start.token = first, granted["access_token"]
        yield start


@BOTH
@pytest.mark.parametrize("left", [timedelta(hours=1), timedelta(0)], ids=["still good", "expired"])
async def test_of_twenty_that_need_a_token_at_once_in_three_processes_one_exchanges_it(slack, clock, process, left):
    processes = [process.first, await process(), await process()]
    clock.advance(timedelta(hours=12) - left)
    slack.pauses["oauth.v2.access"] = 0.3
    bearers = await asyncio.gather(*(processes[number % 3].tokens.fresh(ONE) for number in range(20)))
    assert slack.installs.exchanges == {ONE: 1}
    assert len(slack.calls("oauth.v2.access")) == 1
    newest = slack.installs.tokens_of(slack.world.teams[ONE])[-1]
    given = {bearer.token for bearer in bearers}
    assert newest in given
    assert given <= ({newest, process.token} if left else {newest})
    assert {(await one.tokens.fresh(ONE)).token for one in processes} == {newest}


@ONLY
async def test_a_token_is_exchanged_two_hours_before_its_end_by_whoever_only_sends(slack, clock, process, make):
    bot = process.first
    clock.advance(timedelta(hours=9, minutes=59))
    assert (await bot.notifier.deliver(make.delivery(make.plain), CHANNEL)).outcome is Outcome.ACCEPTED
    assert slack.installs.exchanges == {}
    clock.advance(timedelta(minutes=2))
    assert (await bot.notifier.deliver(make.delivery(make.plain), CHANNEL)).outcome is Outcome.ACCEPTED
    assert slack.installs.exchanges == {ONE: 1}
    first, second = (call.token for call in slack.calls("chat.postMessage"))
    assert first == process.token != second
    for _ in range(3):
        clock.advance(timedelta(hours=11))
        assert (await bot.notifier.deliver(make.delivery(make.plain), CHANNEL)).outcome is Outcome.ACCEPTED
    assert slack.installs.exchanges == {ONE: 4}


@BOTH
async def test_a_token_that_is_exchanged_while_a_message_is_on_its_way_costs_it_one_more_try(slack, clock, process, make):
    sender, other = process.first, await process()
    slack.held["chat.postMessage"] = looked_at = asyncio.Event()
    sending = asyncio.create_task(sender.notifier.deliver(make.delivery(make.plain), CHANNEL))
    async with asyncio.timeout(10):
        while not slack.calls("chat.postMessage"):
            await asyncio.sleep(0.01)
    clock.advance(timedelta(hours=11))
    await other.tokens.fresh(ONE)
    slack.revoke(process.token)
    looked_at.set()
    receipt = await sending
    assert (receipt.outcome, receipt.detail) == (Outcome.RETRY, "token_revoked; a newer token is there")
    assert slack.posts(CHANNEL.address) == []
    assert (await sender.notifier.deliver(make.delivery(make.plain), CHANNEL)).outcome is Outcome.ACCEPTED
    assert slack.installs.exchanges == {ONE: 1}


@ONLY
async def test_a_token_that_slack_calls_expired_before_its_time_is_exchanged_and_the_message_tried_again(slack, process, make):
    slack.revoke(process.token, "token_expired")
    receipt = await process.first.notifier.deliver(make.delivery(make.plain), CHANNEL)
    assert (receipt.outcome, receipt.detail) == (Outcome.RETRY, "token_expired; a newer token is there")
    assert (await process.first.notifier.deliver(make.delivery(make.plain), CHANNEL)).outcome is Outcome.ACCEPTED
    assert slack.installs.exchanges == {ONE: 1}


@ONLY
async def test_an_exchange_that_slack_refuses_costs_nothing_while_the_old_token_is_good_and_then_the_messages_wait(
    slack, clock, process, make
):
    bot = process.first
    clock.advance(timedelta(hours=11))
    slack.fault("oauth.v2.access", "error", error="bad_client_secret", times=3)
    with capture_logs() as logs:
        for _ in range(5):
            assert (await bot.tokens.fresh(ONE)).token == process.token
    assert len(slack.calls("oauth.v2.access")) == 1, "not asked again and again"
    assert [entry["error"] for entry in logs if entry["log_level"] == "error"] == ["bad_client_secret"]
    clock.advance(timedelta(hours=2))
    receipt = await bot.notifier.deliver(make.delivery(make.plain), CHANNEL)
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.WORKSPACE), "they wait for a person, and are not given up"
    assert "bad_client_secret" in receipt.detail
    clock.advance(timedelta(minutes=2))
    await bot.notifier.deliver(make.delivery(make.plain), CHANNEL)
    clock.advance(timedelta(minutes=2))
    assert (await bot.notifier.deliver(make.delivery(make.plain), CHANNEL)).outcome is Outcome.ACCEPTED
    assert slack.installs.exchanges == {ONE: 1}


@ONLY
async def test_a_message_is_tried_again_while_nobody_knows_whether_an_expired_token_was_exchanged(slack, clock, process, make):
    bot = process.first
    clock.advance(timedelta(hours=13))
    slack.fault("oauth.v2.access", "reset")
    receipt = await bot.notifier.deliver(make.delivery(make.plain), CHANNEL)
    assert (receipt.outcome, receipt.scope) == (Outcome.RETRY, None)
    assert "no answer" in receipt.detail


@ONLY
async def test_a_refresh_token_that_no_key_opens_is_told_and_the_old_token_used_as_long_as_it_is_good(slack, clock, process):
    bot = process.first
    row = await bot.store.installation(ONE)
    await bot.store.install(replace(row, refresh_token=Vault([Secret("g" * 43 + "=")]).seal(ONE, "x")), f"slack:{ONE}")
    clock.advance(timedelta(hours=11))
    with capture_logs() as logs:
        assert (await bot.tokens.fresh(ONE)).token == process.token
    assert [entry["error"] for entry in logs if entry["log_level"] == "error"] == [KEY_LOST]
    assert slack.calls("oauth.v2.access") == []
    clock.advance(timedelta(hours=2))
    with pytest.raises(NoTokenError, match="encryption key lost") as gone:
        await bot.tokens.fresh(ONE)
    assert not gone.value.passing


@ONLY
async def test_tokens_that_can_be_written_nowhere_are_given_up_when_another_may_take_over(slack, clock, process, monkeypatch):
    bot = process.first
    clock.advance(timedelta(hours=11))

    async def never(*_, **__):
        clock.advance(timedelta(seconds=20))
        raise StoreError("full")

    monkeypatch.setattr(bot.store, "end_renewal", never)
    monkeypatch.setattr(renewing, "WRITE_AGAIN", 0.01)
    with pytest.raises(StoreError):
        await bot.tokens.fresh(ONE)


@ONLY
async def test_an_exchange_whose_workspace_was_installed_anew_meanwhile_is_dropped(slack, clock, process, monkeypatch):
    bot = process.first
    clock.advance(timedelta(hours=11))
    end = bot.store.end_renewal
    again = slack.installs.grant(slack.world.teams[ONE])

    async def after_installation(*args, **more):
        pair = sealed_pair(Vault([KEY]), ONE, again, clock.now())
        await bot.store.install(Installation(ONE, installed_at=clock.now(), **pair), f"slack:{ONE}")
        return await end(*args, **more)

    monkeypatch.setattr(bot.store, "end_renewal", after_installation)
    assert (await bot.tokens.fresh(ONE)).token == again["access_token"]


@ONLY
@pytest.mark.parametrize("kind", ["reset", "status", "malformed"])
async def test_an_exchange_without_an_answer_is_not_repeated_before_its_time_is_over(slack, clock, process, kind):
    processes = [process.first, await process()]
    clock.advance(timedelta(hours=11))
    slack.fault("oauth.v2.access", kind)
    for one in (*processes, *processes):
        assert (await one.tokens.fresh(ONE)).token == process.token
    assert len(slack.calls("oauth.v2.access")) == 1, "it may have arrived: nobody asks while that is open"
    clock.advance(renewing.LEASE + timedelta(seconds=1))
    newest = (await processes[1].tokens.fresh(ONE)).token
    assert newest != process.token
    assert (await processes[0].tokens.fresh(ONE)).token == newest


@ONLY
async def test_a_slack_that_cannot_be_reached_leaves_the_exchange_to_the_next(slack, clock, process, monkeypatch):
    processes = [process.first, await process()]
    clock.advance(timedelta(hours=11))
    processes[0].client.base_url = "http://127.0.0.1:9/api/"
    assert (await processes[0].tokens.fresh(ONE)).token == process.token
    assert (await processes[1].tokens.fresh(ONE)).token != process.token


@ONLY
async def test_who_needs_an_expired_token_waits_for_the_process_that_exchanges_it_and_not_for_ever(
    slack, clock, process, monkeypatch
):
    bot = process.first
    clock.advance(timedelta(hours=13))
    seen = await bot.store.installation(ONE)
    assert await bot.store.begin_renewal(ONE, seen.bot_token, by="another", now=clock.now(), until=clock.now() + renewing.LEASE)
    monkeypatch.setattr(renewing, "PATIENCE", 0.0)
    with pytest.raises(NoTokenError, match="being exchanged") as gone:
        await bot.tokens.fresh(ONE)
    assert gone.value.passing
    assert slack.calls("oauth.v2.access") == []
    clock.advance(renewing.LEASE)
    assert (await bot.tokens.fresh(ONE)).token != process.token


@ONLY
async def test_new_tokens_are_written_down_however_long_the_database_takes(slack, clock, process, monkeypatch):
    bot = process.first
    clock.advance(timedelta(hours=11))
    end, fails = bot.store.end_renewal, [StoreError("busy"), StoreError("busy")]

    async def fails_first(*args, **more):
        if fails:
            raise fails.pop()
        return await end(*args, **more)

    monkeypatch.setattr(bot.store, "end_renewal", fails_first)
    monkeypatch.setattr(renewing, "WRITE_AGAIN", 0.01)
    assert (await bot.tokens.fresh(ONE)).token != process.token
    assert fails == []
    assert slack.installs.exchanges == {ONE: 1}


@ONLY
async def test_a_database_that_does_not_answer_costs_a_message_one_more_try(slack, clock, process, make, monkeypatch):
    bot = process.first

    async def away(*_, **__):
        raise StoreError("away")

    with monkeypatch.context() as patch:
        patch.setattr(bot.store, "installation", away)
        receipt = await bot.notifier.deliver(make.delivery(make.plain), CHANNEL)
        assert (receipt.outcome, receipt.scope) == (Outcome.RETRY, None)
    slack.fault("chat.postMessage", "error", error="token_revoked")
    asked = 0
    real = bot.store.installation

    async def away_after(team):
        nonlocal asked
        asked += 1
        if asked > 2:  # once before the message, once with the call
            raise StoreError("away")
        return await real(team)

    monkeypatch.setattr(bot.store, "installation", away_after)
    receipt = await bot.notifier.deliver(make.delivery(make.plain), CHANNEL)
    assert (receipt.outcome, receipt.scope) == (Outcome.RETRY, None)


@ONLY
async def test_a_token_that_never_expires_is_left_alone(slack, clock, process):
    bot = process.first
    row = await bot.store.installation(ONE)
    await bot.store.install(replace(row, refresh_token=None, expires_at=None), f"slack:{ONE}")
    clock.advance(timedelta(days=400))
    assert (await bot.tokens.fresh(ONE)).token == process.token
    assert slack.calls("oauth.v2.access") == []


@ONLY
async def test_no_token_is_in_what_the_parts_say_of_themselves(process, slack):
    bearer = await process.first.tokens.fresh(ONE)
    assert process.token not in f"{bearer!r}{process.first.tokens!r}{process.first.notifier!r}{Vault([KEY])!r}"
