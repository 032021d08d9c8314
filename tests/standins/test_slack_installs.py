"""The Slack stand-in with several workspaces: tokens are given, expire, are exchanged once and end as Slack's do."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

BACK = "https://watch.example.org/slack/oauth_redirect"


def client_of(slack: Any, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=slack.base_url, retry_handlers=[], timeout=5)


async def error(call: Any) -> str:
    """Slack's code for a refusal."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


@pytest.fixture
async def rotating(slack_over: Any) -> Any:
    """A Slack whose tokens expire."""
    async with slack_over(rotating=True) as standin:
        yield standin


def page(parts: ModuleType, **changes: str) -> str:
    asked = {"client_id": parts.CLIENT_ID, "scope": "chat:write,commands", "redirect_uri": BACK, "state": "s1", **changes}
    return "https://slack.example/oauth/v2/authorize?" + "&".join(f"{name}={value}" for name, value in asked.items())


def secrets(parts: ModuleType) -> dict[str, str]:
    return {"client_id": parts.CLIENT_ID, "client_secret": parts.CLIENT_SECRET}


async def installed(slack: Any, parts: ModuleType, team: Any) -> Any:
    code = parse_qs(urlsplit(slack.installs.allow(page(parts), team)).query)["code"][0]
    return await client_of(slack).oauth_v2_access(code=code, redirect_uri=BACK, **secrets(parts))


async def test_a_code_gives_the_token_of_the_workspace_that_allowed_it_once(slack: Any, slack_parts: ModuleType) -> None:
    team = slack.installs.team("T0OTHERONE")
    led = urlsplit(slack.installs.allow(page(slack_parts), team))
    assert (f"{led.scheme}://{led.netloc}{led.path}", parse_qs(led.query)["state"]) == (BACK, ["s1"])
    code = parse_qs(led.query)["code"][0]
    asking = client_of(slack)
    wrong = {**secrets(slack_parts), "client_secret": "x"}
    assert await error(asking.oauth_v2_access(code=code, redirect_uri=BACK, **wrong)) == "bad_client_secret"
    assert (
        await error(asking.oauth_v2_access(code=code, redirect_uri=BACK, client_id="1", client_secret="x")) == "invalid_client_id"
    )
    answer = await asking.oauth_v2_access(code=code, redirect_uri=BACK, **secrets(slack_parts))
    assert (answer["team"]["id"], answer["bot_user_id"], answer["token_type"]) == (team.id, team.bot_user, "bot")
    assert "refresh_token" not in answer.data
    assert await error(asking.oauth_v2_access(code=code, redirect_uri=BACK, **secrets(slack_parts))) == "invalid_code"
    who = await client_of(slack, answer["access_token"]).auth_test()
    assert (who["team_id"], who["bot_id"]) == (team.id, team.bot_id)


async def test_a_code_is_for_the_address_and_the_minutes_it_was_given_for(slack: Any, slack_parts: ModuleType, clock: Any) -> None:
    team = slack.installs.team("T0OTHERONE")
    for address, wait, expected in (("https://evil.example/", 0, "bad_redirect_uri"), (BACK, 11, "invalid_code")):
        code = parse_qs(urlsplit(slack.installs.allow(page(slack_parts), team)).query)["code"][0]
        clock.advance(timedelta(minutes=wait))
        call = client_of(slack).oauth_v2_access(code=code, redirect_uri=address, **secrets(slack_parts))
        assert await error(call) == expected
    assert "error=access_denied" in slack.installs.deny(page(slack_parts))


@pytest.mark.parametrize("changes", [{"client_id": "another"}, {"scope": "admin"}])
async def test_a_page_of_another_app_is_not_shown_and_scopes_outside_the_manifest_are_a_violation(
    slack: Any, slack_parts: ModuleType, changes: dict[str, str]
) -> None:
    team = slack.installs.team("T0OTHERONE")
    if "client_id" in changes:
        with pytest.raises(slack_parts.ImpossibleError):
            slack.installs.allow(page(slack_parts, **changes), team)
    else:
        slack.installs.allow(page(slack_parts, **changes), team)
        assert [violation.kind for violation in slack.forgive()] == ["scope"]


async def test_a_token_expires_and_its_refresh_token_is_taken_once(rotating: Any, slack_parts: ModuleType, clock: Any) -> None:
    first = await installed(rotating, slack_parts, rotating.installs.team("T0OTHERONE"))
    assert first["expires_in"] == 12 * 3600
    asking = client_of(rotating)
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], **secrets(slack_parts)}
    second = await asking.oauth_v2_access(**again)
    await client_of(rotating, first["access_token"]).auth_test()
    assert await error(asking.oauth_v2_access(**again)) == "invalid_refresh_token"
    assert [violation.kind for violation in rotating.forgive()] == ["refresh token"]
    clock.advance(timedelta(hours=12))
    assert await error(client_of(rotating, second["access_token"]).auth_test()) == "token_expired"
    assert rotating.installs.exchanges == {"T0OTHERONE": 1}


async def test_a_token_is_revoked_alone_and_all_of_a_workspace_when_the_app_is_removed(slack: Any, slack_parts: ModuleType) -> None:
    one, two = (slack.installs.team(name) for name in ("T0OTHERONE", "T0OTHERTWO"))
    first, second, other = [(await installed(slack, slack_parts, team))["access_token"] for team in (one, one, two)]
    assert (await client_of(slack, first).auth_revoke(test=True))["revoked"] is False
    assert (await client_of(slack, first).auth_revoke())["revoked"] is True
    assert await error(client_of(slack, first).auth_test()) == "token_revoked"
    await client_of(slack, second).auth_test()
    slack.installs.remove(one)
    assert await error(client_of(slack, second).auth_test()) == "account_inactive"
    await client_of(slack, other).auth_test()


async def test_the_token_of_one_workspace_knows_nothing_of_another(slack: Any, slack_parts: ModuleType) -> None:
    one, two = (slack.installs.team(name) for name in ("T0OTHERONE", "T0OTHERTWO"))
    client = client_of(slack, (await installed(slack, slack_parts, one))["access_token"])
    await client.chat_postMessage(channel="C0OTHERONE", text="ours")
    assert await error(client.chat_postMessage(channel="C0OTHERTWO", text="theirs")) == "channel_not_found"
    assert await error(client.users_info(user=f"U{two.id[1:]}")) == "user_not_found"
    assert [channel["id"] for channel in (await client.conversations_list())["channels"]] == ["C0OTHERONE"]
    assert slack.messages("C0OTHERONE")[0].user == one.bot_user
    assert [violation.kind for violation in slack.forgive()] == ["wrong workspace"]
