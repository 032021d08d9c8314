"""Many workspaces in one installation: the real SDK against a Slack with several of them, and a real store."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.adapters.slack import tenants
from bot.adapters.slack.install import INSTALL
from bot.adapters.slack.manifest import manifest
from bot.adapters.slack.online import check_online
from bot.adapters.slack.vault import KEY_LOST, KeyLostError, Vault
from bot.config.secret import Secret
from bot.config.settings import SlackInstalling
from bot.core.deliveries import Outcome, Scope
from bot.core.errors import StoreError, WorkError
from bot.core.findings import Code
from bot.core.model import Channel, Platform

KEY, NEW_KEY = (Secret(letter * 43 + "=") for letter in "Ag")
ONE, TWO = "T0TEAMONE0", "T0TEAMTWO0"
URL = "https://watch.example.org"
MANIFEST = manifest("socket", url=URL, oauth=True)


def channel_of(team):
    return Channel(f"slack:C{team[1:]}", Platform.SLACK, f"C{team[1:]}", workspace_id=f"slack:{team}")


@pytest.fixture
async def slack(parts, clock, tools):
    """Slack with our app as it is for many workspaces, none of which has installed it; tokens expire."""
    async with tools.judged(parts, clock, manifest=MANIFEST, rotating=True) as standin:
        yield standin


@pytest.fixture
def settings(slack, parts, tools):
    """A configuration for many workspaces, without a token of its own."""

    def build(*keys, **changes):
        asked = {"client_id": Secret(parts.CLIENT_ID), "client_secret": Secret(parts.CLIENT_SECRET)}
        installing = SlackInstalling(URL, keys=keys or (KEY,), **asked, **changes)
        return tools.settings(slack, bot_token=None, installing=installing)

    return build


@pytest.fixture
async def store(memory_store):
    opened = await memory_store()
    yield opened
    await opened.close()


@pytest.fixture
def many(slack, clock, tools, store, settings):
    """Builds a bot for many workspaces, connected."""

    def build(commands=None, **more):
        made = {"settings": settings(), "installations": store, **more}
        return tools.connected(slack, clock, commands, **made)

    return build


class Browser:
    """What somebody who installs the app has before them: pages, and cookies."""

    def __init__(self, bot):
        self.bot = bot
        self.cookie = ""

    async def get(self, address, *, method="GET", cookie=None):
        path, _, query = address.removeprefix(URL).partition("?")
        sent = []
        headers = [(b"cookie", (self.cookie if cookie is None else cookie).encode())]
        scope = {"type": "http", "method": method, "query_string": query.encode(), "headers": headers}

        async def send(part):
            sent.append(part)

        await self.bot.pages[path](scope, None, send)
        told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        if "set-cookie" in told:
            self.cookie = told["set-cookie"].split(";")[0]
        return sent[0]["status"], told, sent[1]["body"].decode()

    async def begin(self):
        status, headers, _ = await self.get(INSTALL)
        assert status == 302
        return headers["location"]

    async def install(self, slack, team):
        return await self.get(slack.installs.allow(await self.begin(), team))


@pytest.fixture
async def two(slack, many):
    """A bot that two workspaces have installed."""
    async with many() as bot:
        for team in (ONE, TWO):
            status, _, _ = await Browser(bot).install(slack, slack.installs.team(team))
            assert status == 200
        yield bot


# ---------------------------------------------------------------- installing


async def test_a_workspace_installs_the_app_and_its_token_is_not_readable_in_the_database(slack, many, store, clock):
    async with many() as bot:
        team = slack.installs.team(ONE)
        with capture_logs() as logs:
            status, headers, body = await Browser(bot).install(slack, team)
        assert status == 200
        assert "Installed" in body
        assert headers["referrer-policy"] == "no-referrer"
        kept = await store.installation(ONE)
        (token,) = slack.installs.tokens_of(team)
        assert (kept.bot_user_id, kept.bot_id, kept.expires_at) == (team.bot_user, team.bot_id, clock.now() + timedelta(hours=12))
        assert "users:read" in kept.scopes
        assert token not in f"{kept.bot_token}{kept.refresh_token}{logs}{body}{bot!r}"
        assert "admin" not in f"{kept!r}{logs}", "who did it is not kept"


async def test_a_page_of_an_installation_works_once_and_only_in_the_browser_that_began_it(slack, many, store, clock):
    async with many() as bot:
        browser, team = Browser(bot), slack.installs.team(ONE)
        address = slack.installs.allow(await browser.begin(), team)
        for cookie in ("", "slack-app-oauth-state=another", "other=1"):
            status, _, body = await browser.get(address, cookie=cookie)
            assert (status, "not begun in this browser" in body) == (400, True)
        again = browser.cookie = (await Browser(bot).get(INSTALL))[1]["set-cookie"].split(";")[0]
        assert (await browser.get(address))[0] == 400, "the cookie of another installation"
        assert await store.installations() == []
        fresh = Browser(bot)
        address = slack.installs.allow(await fresh.begin(), team)
        good = fresh.cookie
        assert (await fresh.get(address))[0] == 200
        status, _, body = await fresh.get(address, cookie=good)
        assert (status, "works once" in body) == (400, True)
        assert again != good
    assert len(slack.calls("oauth.v2.access")) == 1


async def test_a_state_that_was_forged_or_is_too_old_is_refused_without_asking_slack(slack, many, clock):
    async with many() as bot:
        browser = Browser(bot)
        for state in ("", "forged", "a" * 200, "gAAAAABl"):
            status, _, _ = await browser.get(
                f"{URL}/slack/oauth_redirect?code=x&state={state}", cookie=f"slack-app-oauth-state={state}"
            )
            assert status == 400
        address = slack.installs.allow(await browser.begin(), slack.installs.team(ONE))
        clock.advance(timedelta(minutes=11))
        assert (await browser.get(address))[0] == 400
    assert slack.calls("oauth.v2.access") == []


async def test_a_code_that_slack_did_not_give_or_gave_for_another_page_is_refused_by_slack(slack, many, store, parts):
    async with many() as bot:
        browser = Browser(bot)
        state = (await browser.begin()).split("state=")[1].split("&")[0]
        status, _, body = await browser.get(f"{URL}/slack/oauth_redirect?code=stolen&state={state}")
        assert (status, "invalid_code" in body) == (400, True)
        team = slack.installs.team(ONE)
        elsewhere = f"https://evil.example/oauth/v2/authorize?client_id={parts.CLIENT_ID}&scope=commands&redirect_uri=https://evil.example/x&state=s"
        code = slack.installs.allow(elsewhere, team).split("code=")[1].split("&")[0]
        state = (await browser.begin()).split("state=")[1].split("&")[0]
        status, _, body = await browser.get(f"{URL}/slack/oauth_redirect?code={code}&state={state}")
        assert (status, "bad_redirect_uri" in body) == (400, True)
        assert await store.installations() == []


async def test_who_cancels_and_who_calls_otherwise_than_a_browser_installs_nothing(slack, many, store):
    async with many() as bot:
        browser = Browser(bot)
        status, _, body = await browser.get(slack.installs.deny(await browser.begin()))
        assert (status, "not allowed" in body) == (400, True)
        assert (await browser.get(INSTALL, method="POST"))[0] == 405
        assert (await browser.get(f"{INSTALL}?x={'y' * 5_000}"))[0] == 414
        many_parts = "&".join(f"p{number}=1" for number in range(30))
        assert (await browser.get(f"{URL}/slack/oauth_redirect?{many_parts}"))[0] == 400
        assert (await browser.get(f"{URL}/slack/oauth_redirect", method="HEAD"))[2] == ""
        assert await store.installations() == []


async def test_a_whole_organisation_and_a_workspace_that_is_not_admitted_get_their_token_back(slack, many, store, settings):
    async with many(settings=settings(teams=frozenset({TWO}))) as bot:
        one, two = slack.installs.team(ONE), slack.installs.team(TWO)
        status, _, body = await Browser(bot).install(slack, one)
        assert (status, "not admitted" in body) == (403, True)
        browser = Browser(bot)
        address = slack.installs.allow(await browser.begin(), two, whole_organisation=True)
        status, _, body = await browser.get(address)
        assert (status, "organisation" in body) == (400, True)
        assert {slack.world.tokens[token] for team in (one, two) for token in slack.installs.tokens_of(team)} == {"token_revoked"}
        assert (await Browser(bot).install(slack, two))[0] == 200
        assert [kept.team_id for kept in await store.installations()] == [TWO]


@pytest.mark.parametrize("kind", ["reset", "status", "malformed"])
async def test_a_slack_that_does_not_answer_an_installation_installs_nothing_and_says_so(slack, many, store, kind):
    async with many() as bot:
        slack.fault("oauth.v2.access", kind)
        status, _, body = await Browser(bot).install(slack, slack.installs.team(ONE))
        assert (status in {400, 503}, "Not installed" in body) == (True, True)
        assert await store.installations() == []


# ---------------------------------------------------------------- each its own


async def test_each_workspace_gets_its_own_messages_with_its_own_token(slack, two, make):
    for team in (ONE, TWO):
        receipt = await two.notifier.deliver(make.delivery(make.plain, id=f"d-{team}"), channel_of(team))
        assert receipt.outcome is Outcome.ACCEPTED
    for team, other in ((ONE, TWO), (TWO, ONE)):
        (post,) = slack.posts(f"C{team[1:]}")
        assert post.metadata["event_payload"] == {"delivery": f"d-{team}"}
        (token,) = {call.token for call in slack.calls("chat.postMessage") if call.arguments["channel"] == f"C{team[1:]}"}
        assert slack.world.holders[token].id == team != other


async def test_a_refused_token_is_the_matter_of_its_workspace_alone_and_is_not_tried_again(slack, two, make):
    slack.installs.remove(slack.world.teams[ONE], "token_revoked")
    for _ in range(3):
        receipt = await two.notifier.deliver(make.delivery(make.plain), channel_of(ONE))
        assert (receipt.outcome, receipt.scope, receipt.detail) == (Outcome.REJECTED, Scope.WORKSPACE, "token_revoked")
    assert len(slack.calls("chat.postMessage")) == 1
    assert (await two.notifier.deliver(make.delivery(make.plain), channel_of(TWO))).outcome is Outcome.ACCEPTED
    assert two.ready
    assert (await Browser(two).install(slack, slack.world.teams[ONE]))[0] == 200
    assert (await two.notifier.deliver(make.delivery(make.plain), channel_of(ONE))).outcome is Outcome.ACCEPTED


async def test_a_workspace_that_did_not_install_the_app_and_a_file_without_a_token_get_nothing(slack, two, make):
    slack.installs.team("T0STRANGER")
    for channel in (channel_of("T0STRANGER"), Channel("team", Platform.SLACK, "C0000000001")):
        receipt = await two.notifier.deliver(make.delivery(make.plain), channel)
        assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.WORKSPACE)
        assert await two.notifier.find(make.delivery(make.plain), channel) is None
        assert await two.notifier.recall(make.delivery(make.plain), channel, make.now, ()) is None
    assert slack.calls("chat.postMessage") == []


async def test_channels_of_the_file_go_by_the_token_of_the_environment_beside_the_workspaces(slack, many, make, settings):
    own = replace(settings(), bot_token=Secret(slack.bot_token))
    async with many(settings=own) as bot:
        team = slack.installs.team(ONE)
        await Browser(bot).install(slack, team)
        of_file = Channel("team", Platform.SLACK, "C0000000001")
        for channel in (of_file, channel_of(ONE)):
            assert (await bot.notifier.deliver(make.delivery(make.plain), channel)).outcome is Outcome.ACCEPTED
        slack.revoke()
        receipt = await bot.notifier.deliver(make.delivery(make.plain), of_file)
        assert (receipt.scope, receipt.detail) == (Scope.WORKSPACE, "token_revoked")
        assert (await bot.notifier.deliver(make.delivery(make.plain), channel_of(ONE))).outcome is Outcome.ACCEPTED
        assert bot.ready


async def test_commands_of_two_workspaces_are_heard_over_one_socket_and_answered_in_each(slack, many, parts, answering):
    async with many(answering) as bot:
        for team in (ONE, TWO):
            await Browser(bot).install(slack, slack.installs.team(team))
        for team in (ONE, TWO):
            person, channel = parts.Person(slack, f"U{team[1:]}"), f"C{team[1:]}"
            await person.slash("latest", channel=channel)
            await person.mention("latest", channel=channel)
            await person.dm("latest")
            await person.open_home()
            direct = slack.world.direct(person.user.id).id
            for where, times in ((channel, 2), (direct, 1)):
                await person.until(
                    lambda where=where, times=times: (
                        [*slack.messages(where), *slack.world.ephemerals]
                        and sum(one.channel == where and one.bot for one in [*slack.messages(where), *slack.world.ephemerals])
                        == times
                    ),
                    "an answer",
                )
            await person.until(lambda person=person: person.user.id in slack.world.homes, "the Home tab")
        asked = [(ask.workspace_id, ask.member, ask.role.name) for ask in answering.asks]
        assert sorted(set(asked)) == [(ONE, f"U{ONE[1:]}", "OWNER"), (TWO, f"U{TWO[1:]}", "OWNER")]
        answered = [call for call in slack.requests if call.method in {"chat.postMessage", "chat.postEphemeral", "views.publish"}]
        assert {slack.world.holders[call.token].id for call in answered} == {ONE, TWO}


async def test_a_stranger_in_a_shared_channel_has_no_rights_there_though_their_own_workspace_has_the_bot(
    slack, many, parts, answering
):
    answering.owners = (f"{TWO}/U{TWO[1:]}",)
    async with many(answering) as bot:
        for team in (ONE, TWO):
            await Browser(bot).install(slack, slack.installs.team(team))
        stranger = parts.Person(slack, f"U{TWO[1:]}")
        await stranger.mention("pause everything", channel=f"C{ONE[1:]}")
        await stranger.until(lambda: answering.asks, "the question")
        (ask,) = answering.asks
        assert (ask.workspace_id, ask.role.name, ask.admins) == (TWO, "VIEWER", None)


async def test_who_asks_from_a_workspace_that_is_not_remembered_is_told_so(slack, many, parts, answering):
    slack.installs.team("T0STRANGER")
    async with many(answering):
        person = parts.Person(slack, "U0STRANGER")
        envelope = await person.slash("help", channel="C0STRANGER")
        assert "not installed in this workspace" in envelope.answer["text"]
        assert (await person.mention("help", channel="C0STRANGER")).acked
    assert answering.asks == []


# ---------------------------------------------------------------- leaving


async def test_a_workspace_that_removes_the_app_is_forgotten_and_the_other_stays(slack, two, parts, store, make):
    person = parts.Person(slack, f"U{ONE[1:]}")
    with capture_logs() as logs:
        envelopes = await person.remove_app()
        assert [one.acked for one in envelopes] == [True, True]
        async with asyncio.timeout(30):
            while "its channels wait, what it declared is kept" not in f"{logs}":
                await asyncio.sleep(0.01)
    assert [one.team_id for one in await store.installations()] == [TWO]
    receipt = await two.notifier.deliver(make.delivery(make.plain), channel_of(ONE))
    assert (receipt.scope, receipt.detail) == (Scope.WORKSPACE, "not installed")
    assert (await two.notifier.deliver(make.delivery(make.plain), channel_of(TWO))).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("event", [
    {"type": "app_uninstalled"},
    {"type": "tokens_revoked", "tokens": {"bot": [f"UBOT{ONE[1:]}"]}},
    {"type": "tokens_revoked", "tokens": {"oauth": [f"U{ONE[1:]}"], "bot": []}},
])  # fmt: skip
async def test_news_of_a_removal_that_is_not_true_of_this_installation_ends_nothing(slack, two, store, event):
    await two._hosted._left(event, {"team_id": ONE})
    slack.fault("auth.test", "status")
    await two._hosted._left(event, {"team_id": ONE})
    assert len(await store.installations()) == 2


# ---------------------------------------------------------------- keys


async def test_a_lost_key_is_told_in_a_sentence_and_nothing_is_deleted(slack, two, many, settings, store, make):
    before = await store.installations()
    with capture_logs() as logs:
        async with many(settings=settings(NEW_KEY)) as bot:
            for _ in range(2):
                receipt = await bot.notifier.deliver(make.delivery(make.plain), channel_of(ONE))
                assert (receipt.outcome, receipt.scope, receipt.detail) == (
                    Outcome.REJECTED,
                    Scope.WORKSPACE,
                    "encryption key lost",
                )
            await bot._hosted._left({"type": "app_uninstalled"}, {"team_id": ONE})
    told = [entry for entry in logs if entry["log_level"] == "error"]
    assert [entry["error"] for entry in told] == [KEY_LOST] * 2, "at the start, and once for the workspace"
    assert await store.installations() == before
    async with many() as bot:
        assert (await bot.notifier.deliver(make.delivery(make.plain), channel_of(ONE))).outcome is Outcome.ACCEPTED


async def test_with_a_new_key_before_the_old_one_everything_is_sealed_anew_at_a_start(slack, two, many, settings, store, make):
    async with many(settings=settings(NEW_KEY, KEY)):
        pass
    async with many(settings=settings(NEW_KEY)) as bot:
        for team in (ONE, TWO):
            assert (await bot.notifier.deliver(make.delivery(make.plain), channel_of(team))).outcome is Outcome.ACCEPTED


async def test_a_token_that_was_put_into_the_row_of_another_workspace_is_of_no_use(slack, two, store, make):
    one, other = await store.installations()
    await store.install(replace(one, bot_token=other.bot_token), f"slack:{ONE}")
    receipt = await two.notifier.deliver(make.delivery(make.plain), channel_of(ONE))
    assert (receipt.scope, receipt.detail) == (Scope.WORKSPACE, "encryption key lost")
    assert slack.calls("chat.postMessage") == []


@pytest.mark.parametrize("keys", [(), (Secret("short"),), (KEY, Secret("x"))])
def test_something_that_is_no_key_is_refused_with_where_it_stands(keys):
    with pytest.raises(WorkError, match="WATCHLAMP_ENCRYPTION_KEY"):
        Vault(keys)


def test_without_the_library_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)
    with pytest.raises(WorkError, match=r"watchlamp\[hosted\]"):
        Vault([KEY])


@pytest.mark.parametrize(
    "sealed",
    ["", "nothing", "gAAAAA", Vault([KEY])._all.encrypt(b"[1]").decode(), Vault([NEW_KEY]).seal(ONE, "x")],
    ids=["empty", "no-token", "cut-off", "of-another-form", "of-another-key"],
)
def test_what_was_not_sealed_here_is_not_opened(sealed):
    with pytest.raises(KeyLostError):
        Vault([KEY]).open(ONE, sealed)


# ---------------------------------------------------------------- what seldom happens


async def test_a_token_that_slack_says_is_of_another_workspace_is_not_kept(slack, many, store, parts):
    async with many() as bot:
        slack.installs.team(TWO)
        team = slack.installs.team(ONE)
        slack.world.teams[ONE] = team
        grant = slack.installs.grant
        slack.installs.grant = lambda team, scopes="": {**grant(team, scopes), "team": {"id": TWO, "name": "x"}}
        assert (await Browser(bot).install(slack, team))[0] == 503
        assert await store.installations() == []


async def test_a_token_that_cannot_be_given_back_is_told_and_not_kept(slack, many, store, settings):
    async with many(settings=settings(teams=frozenset({TWO}))) as bot:
        slack.fault("auth.revoke", "status")
        with capture_logs() as logs:
            assert (await Browser(bot).install(slack, slack.installs.team(ONE)))[0] == 403
        assert "could not be revoked" in f"{logs}"
        assert await store.installations() == []


async def test_a_database_that_does_not_answer_is_told_on_the_page_and_keeps_nothing_from_starting(slack, many, store, monkeypatch):
    async def away(*_):
        raise StoreError("away")

    monkeypatch.setattr(store, "installations", away)
    monkeypatch.setattr(store, "install", away)
    async with many() as bot:
        assert bot.ready
        status, _, body = await Browser(bot).install(slack, slack.installs.team(ONE))
        assert (status, "Try again" in body) == (503, True)


async def test_a_page_is_for_browsers_alone(many):
    async with many() as bot:
        await bot.pages[INSTALL]({"type": "lifespan"}, None, None)


async def test_workspaces_that_were_not_spoken_to_for_long_are_let_go_and_met_again(slack, two, make, monkeypatch):
    monkeypatch.setattr(tenants, "MOST_KEPT", 1)
    for _ in range(2):
        for team in (ONE, TWO):
            assert (await two.notifier.deliver(make.delivery(make.plain), channel_of(team))).outcome is Outcome.ACCEPTED
    assert len(two._hosted.tenants._known) == 1


async def test_news_of_a_workspace_that_is_not_there_is_nothing(two, store):
    await two._hosted._left({"type": "app_uninstalled"}, {"team_id": "T0STRANGER"})
    await two._hosted._left({"type": "app_uninstalled"}, {})
    assert len(await store.installations()) == 2


async def test_doubt_is_asked_in_the_workspace_of_the_channel(slack, two, make, clock):
    two._hosted.tenants.learn(await two._hosted.tokens.find(ONE))
    assert await two.notifier.find(make.delivery(make.plain), channel_of(ONE)) is None, "no scope to read a history was asked for"
    assert await two.notifier.recall(make.delivery(make.plain), channel_of(ONE), clock.now(), ()) is None


async def test_check_online_asks_for_the_app_token_alone(slack, settings):
    assert await check_online(settings(), ()) == ()
    slack.revoke(slack.app_token, "invalid_auth")
    (found,) = await check_online(settings(), ())
    assert found.code == Code.SLACK_APP_TOKEN
