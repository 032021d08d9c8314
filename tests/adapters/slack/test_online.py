"""``check --online``: what stands in the way, in sentences."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.adapters.slack.manifest import SCOPES
from bot.adapters.slack.online import check_online as asked
from bot.config.load import load
from bot.config.secret import Secret
from bot.core.findings import Code, Level
from bot.core.model import Channel, Platform
from bot.verbs import ask_chats


class Note(str):
    """What is told of a finding that is no trouble."""

    __slots__ = ()


async def check_online(settings, channels):
    """What is found, as it is told."""
    return tuple(Note(each) if each.level is Level.NOTE else str(each) for each in await asked(settings, channels))


def to(*addresses):
    return tuple(Channel(f"c{number}", Platform.SLACK, address) for number, address in enumerate(addresses))


async def test_all_is_well_and_nothing_was_posted(open_slack, tools):
    channels = (*to("C0000000001", "C0000000007", "D0000000001"), Channel("desk", Platform.CONSOLE, "desk"))
    assert await check_online(tools.settings(open_slack), channels) == ()
    called = {request.method for request in open_slack.requests}
    assert called == {"auth.test", "apps.connections.open", "conversations.info", "blocks.validate"}
    assert open_slack.messages() == []


async def test_each_channel_that_cannot_be_posted_to_is_named_with_what_to_do(open_slack, tools):
    channels = to("C0000000003", "C0000000004", "C0000000005", "C0999999999", "C0000000006")
    outside, archived, private, unknown, shared = await check_online(tools.settings(open_slack), channels)
    assert outside == "The bot is not in channel c0 (C0000000003). In Slack, type /invite @Watchlamp in it."
    assert "c1 (C0000000004) is archived" in archived
    assert "c2 (C0000000005) is not there: the id is wrong or of another workspace, or it is private" in private
    assert "c3 (C0999999999) is not there" in unknown
    assert "shared with another organisation" in shared
    assert [isinstance(one, Note) for one in (outside, archived, private, unknown, shared)] == [False] * 4 + [True]


OLDER = tuple(sorted(set(SCOPES) - {"channels:read", "groups:read"}))
"""What an app made from an older manifest was granted."""


async def test_without_the_scopes_for_it_it_says_what_was_not_checked(parts, clock, tools):
    async with tools.judged(parts, clock, manifest=None, scopes=OLDER) as slack:
        lacks, trouble = await check_online(tools.settings(slack), to("C0000000001"))
        assert slack.calls("conversations.info") == []
    assert lacks.startswith("The Slack app lacks channels:read (to notice that somebody invited it")
    assert not isinstance(lacks, Note)
    assert trouble.startswith("Channel c0 (C0000000001) was not checked: that needs the scopes channels:read and groups:read.")
    assert isinstance(trouble, Note)


@pytest.mark.parametrize(
    ("granted", "address", "kind", "missing"),
    [("channels:read", "C0000000007", "private", "groups:read"), ("groups:read", "C0000000001", "public", "channels:read")],
)
async def test_with_one_of_these_scopes_the_other_is_named_where_it_would_help(
    parts, clock, tools, granted, address, kind, missing
):
    async with tools.judged(parts, clock, manifest=None, scopes=(*OLDER, granted)) as slack:
        _, note = await check_online(tools.settings(slack), to(address))
        slack.forgive("invalid payload")  # asking is the only way to learn that it may not be asked
    assert f"was not checked: if it is a {kind} channel, that needs the scope {missing}." in note
    assert isinstance(note, Note)


@pytest.mark.parametrize(("kind", "code"), [("ratelimited", "ratelimited"), ("error", "internal_error")])
async def test_a_slack_that_is_busy_is_to_be_asked_again_and_refuses_no_token(open_slack, tools, kind, code):
    open_slack.fault("auth.test", kind)
    (trouble,) = await check_online(tools.settings(open_slack), ())
    assert trouble == f"Slack does not answer at present ({code}): nothing was checked. Try again in a minute."
    assert not isinstance(trouble, Note)


async def test_a_socket_or_blocks_that_could_not_be_asked_about_are_not_called_wrong(open_slack, tools):
    open_slack.fault("apps.connections.open", "ratelimited")
    open_slack.fault("blocks.validate", "status", status=503)
    socket, blocks = await check_online(tools.settings(open_slack), ())
    assert socket == "Slack does not say whether it would open a socket with the app token (ratelimited). Try again in a minute."
    assert blocks == "Slack does not say whether it would take our messages (unreachable). Try again in a minute."
    assert [isinstance(one, Note) for one in (socket, blocks)] == [True, True]


async def test_a_token_that_is_refused_ends_the_check(open_slack, tools):
    open_slack.revoke()
    (trouble,) = await check_online(tools.settings(open_slack), to("C0000000001"))
    assert trouble.startswith("Slack refuses the bot token (token_revoked). Copy it again")
    assert "WATCHLAMP_SLACK_BOT_TOKEN" in trouble


async def test_missing_scopes_are_named_with_what_they_are_for(parts, clock, tools):
    async with tools.judged(parts, clock, manifest=None, scopes=("chat:write", "commands", "im:history", "channels:read")) as slack:
        (trouble,) = await check_online(tools.settings(slack), ())
    assert trouble.startswith("The Slack app lacks app_mentions:read (to hear `@Watchlamp latest`")


async def test_an_app_token_that_opens_no_socket(open_slack, tools):
    settings = tools.settings(open_slack, app_token=Secret("xapp-1-A0-wrong"))
    (trouble,) = await check_online(settings, ())
    assert trouble.startswith("Slack opens no socket with the app token (invalid_auth)")
    assert "xapp" not in trouble


async def test_a_slack_that_cannot_be_reached(open_slack, tools):
    open_slack.fault("auth.test", "cut", times=2)
    (trouble,) = await check_online(tools.settings(open_slack), ())
    assert trouble.startswith(f"Slack cannot be reached at {open_slack.base_url}")


@pytest.mark.parametrize(("kind", "details"), [("error", {"error": "fatal_error"}), ("status", {"status": 503})])
async def test_a_channel_that_slack_does_not_answer_for(open_slack, tools, kind, details):
    open_slack.fault("conversations.info", kind, **details)
    (trouble,) = await check_online(tools.settings(open_slack), to("C0000000001"))
    assert trouble.startswith("Channel c0 (C0000000001) could not be checked: Slack answered ")


async def test_blocks_that_slack_would_refuse(open_slack, tools):
    open_slack.fault("blocks.validate", "error", error="invalid_blocks")
    (trouble,) = await check_online(tools.settings(open_slack), ())
    open_slack.forgive()
    assert trouble.startswith("Slack would refuse our messages (invalid_blocks)")


async def test_http_mode_needs_no_app_token(open_slack, tools):
    assert await check_online(tools.settings(open_slack, mode="http", app_token=None), ()) == ()
    assert open_slack.calls("apps.connections.open") == []


async def test_with_the_least_scopes_nothing_is_wrong_and_every_channel_is_checked(slack, tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(
        f'slack = {{ base_url = "{slack.base_url}" }}\n[[channels]]\nid = "team"\nto = "slack:C0000000001"\n', encoding="utf-8"
    )
    environ = {"WATCHLAMP_SLACK_BOT_TOKEN": slack.bot_token, "WATCHLAMP_SLACK_APP_TOKEN": slack.app_token}
    assert await ask_chats(load(path, environ=environ)) == ()
    assert len(slack.calls("conversations.info")) == 1


@pytest.mark.parametrize(
    ("off", "said"), [(timedelta(minutes=7), "7 minutes ahead of"), (-timedelta(minutes=2), "2 minutes behind")]
)
async def test_a_clock_that_is_wrong_by_minutes_is_told(open_slack, tools, clock, off, said):
    (finding,) = await asked(tools.settings(open_slack), (), now=clock.now() + off)
    assert finding.what == f"This machine's clock is {said} that of Slack."
    assert finding.code is Code.CLOCK_WRONG


async def test_a_clock_that_is_right_to_the_minute_is_not_told(open_slack, tools, clock):
    assert await asked(tools.settings(open_slack), (), now=clock.now() + timedelta(seconds=40)) == ()
