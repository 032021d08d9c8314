"""The Slack stand-in, asked by the real SDK: it takes what Slack takes and refuses what Slack refuses."""

from __future__ import annotations

import asyncio
import copy
import json
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

ALERTS, NEWSROOM, NOT_INVITED, ARCHIVED, BOARD, SHARED, STAFF = (f"C000000000{number}" for number in range(1, 8))
ADA, BEN, GUEST = (f"U000000000{number}" for number in range(1, 4))
QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}


def client_of(slack: Any, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(token=token or slack.bot_token, base_url=slack.base_url, retry_handlers=[], timeout=5)


@pytest.fixture
def client(slack: Any) -> AsyncWebClient:
    return client_of(slack)


def section(text: str = "Council ends the contract") -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


async def refusal(call: Any) -> Any:
    """The answer of a call that is refused."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


async def raw(slack: Any, method: str, **request: Any) -> dict[str, Any]:
    """A call without the SDK, which would put right what is to be wrong."""
    headers = {"Authorization": f"Bearer {slack.bot_token}"} | request.pop("headers", {})
    async with aiohttp.ClientSession() as session, session.post(slack.base_url + method, headers=headers, **request) as answer:
        return dict(await answer.json())


# ---------------------------------------------------------------- messages


async def test_a_message_is_stored_as_it_was_sent_and_answered_as_slack_answers(slack: Any, client: AsyncWebClient) -> None:
    metadata = {"event_type": "delivery", "event_payload": {"id": "d1"}}
    answer = await client.chat_postMessage(channel=ALERTS, text="Council", blocks=[section()], metadata=metadata, **QUIET)
    (message,) = slack.messages(ALERTS)
    assert (message.text, message.blocks, message.metadata) == ("Council", [section()], metadata)
    assert (answer["ok"], answer["channel"], answer["ts"], answer["message"]["text"]) == (True, ALERTS, message.ts, "Council")
    assert slack.calls("chat.postMessage")[0].stored == message.ts


async def test_timestamps_rise_and_no_two_messages_of_a_workspace_share_one(slack: Any, client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=channel, text="x"))["ts"] for channel in (ALERTS, NEWSROOM) * 3]
    assert stamps == sorted(set(stamps))


async def test_an_edit_replaces_the_content_keeps_what_was_and_is_marked(slack: Any, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=ALERTS, text="one outlet", blocks=[section("one")], **QUIET))["ts"]
    await client.chat_update(channel=ALERTS, ts=ts, text="two outlets", blocks=[section("two")])
    (message,) = slack.messages(ALERTS)
    assert (message.text, message.blocks) == ("two outlets", [section("two")])
    assert [body["text"] for body in message.edits] == ["one outlet"]
    history = await client.conversations_history(channel=ALERTS)
    assert history["messages"][0]["edited"]["user"] == "U0STANDBOT"


async def test_an_edit_of_text_alone_takes_the_blocks_away(slack: Any, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=ALERTS, text="one", blocks=[section()], **QUIET))["ts"]
    await client.chat_update(channel=ALERTS, ts=ts, text="two")
    assert slack.messages(ALERTS)[0].blocks == []


async def test_a_reply_stands_in_its_thread_and_a_reply_to_a_reply_is_refused(slack: Any, client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=ALERTS, text="parent"))["ts"]
    reply = (await client.chat_postMessage(channel=ALERTS, text="reply", thread_ts=parent))["ts"]
    thread = await client.conversations_replies(channel=ALERTS, ts=parent)
    assert [(one["text"], one["thread_ts"]) for one in thread["messages"]] == [("parent", parent), ("reply", parent)]
    assert [one["text"] for one in (await client.conversations_history(channel=ALERTS))["messages"]] == ["parent"]
    assert (await refusal(client.chat_postMessage(channel=ALERTS, text="x", thread_ts=reply)))["error"] == "cannot_reply_to_message"
    assert [violation.kind for violation in slack.forgive()] == ["thread"]


async def test_a_reply_to_a_message_that_is_gone_is_refused(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=ALERTS, text="parent"))["ts"]
    await client.chat_delete(channel=ALERTS, ts=ts)
    assert (await refusal(client.chat_postMessage(channel=ALERTS, text="x", thread_ts=ts)))["error"] == "thread_not_found"
    assert (await refusal(client.chat_update(channel=ALERTS, ts=ts, text="x")))["error"] == "message_not_found"
    assert (await refusal(client.conversations_replies(channel=ALERTS, ts=ts)))["error"] == "thread_not_found"


async def test_what_another_wrote_cannot_be_edited_or_deleted(slack: Any, slack_parts: ModuleType, client: AsyncWebClient) -> None:
    theirs = await slack_parts.Person(slack).mention("hello", wait=False)
    ts = theirs.payload["event"]["ts"]
    assert (await refusal(client.chat_update(channel=ALERTS, ts=ts, text="x")))["error"] == "cant_update_message"
    assert (await refusal(client.chat_delete(channel=ALERTS, ts=ts)))["error"] == "cant_delete_message"


async def test_an_ephemeral_message_is_seen_by_one_alone(slack: Any, slack_parts: ModuleType, client: AsyncWebClient) -> None:
    await client.chat_postEphemeral(channel=ALERTS, user=ADA, text="for you")
    assert [message.text for message in slack_parts.Person(slack, ADA).sees(ALERTS)] == ["for you"]
    assert slack_parts.Person(slack, BEN).sees(ALERTS) == []
    assert (await refusal(client.chat_postEphemeral(channel=ALERTS, user="U0NOBODY01", text="x")))["error"] == "user_not_in_channel"


async def test_metadata_comes_back_only_when_it_is_asked_for(client: AsyncWebClient) -> None:
    metadata = {"event_type": "delivery", "event_payload": {"id": "d1"}}
    await client.chat_postMessage(channel=ALERTS, text="x", metadata=metadata)
    assert "metadata" not in (await client.conversations_history(channel=ALERTS))["messages"][0]
    found = await client.conversations_history(channel=ALERTS, include_all_metadata=True, limit=15)
    assert found["messages"][0]["metadata"] == metadata


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"event_type": "delivery"}, "invalid_metadata_format"),
        ({"event_type": "", "event_payload": {}}, "invalid_metadata_format"),
        ({"event_type": "delivery", "event_payload": {}, "more": 1}, "invalid_metadata_format"),
        ({"event_type": "delivery", "event_payload": {"a": None}}, "invalid_metadata_schema"),
        ({"event_type": "delivery", "event_payload": {"a": {"b": {"c": "d"}}}}, "invalid_metadata_schema"),
        ({"event_type": "delivery", "event_payload": {"a": "x" * 9000}}, "metadata_too_large"),
    ],
)
async def test_metadata_of_the_wrong_form_is_refused(slack: Any, client: AsyncWebClient, metadata: Any, error: str) -> None:
    assert (await refusal(client.chat_postMessage(channel=ALERTS, text="x", metadata=metadata)))["error"] == error
    assert [violation.kind for violation in slack.forgive()] == ["invalid payload"]


async def test_history_goes_back_page_by_page_and_between_two_instants(client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=ALERTS, text=str(number)))["ts"] for number in range(5)]
    first = await client.conversations_history(channel=ALERTS, limit=2)
    second = await client.conversations_history(channel=ALERTS, limit=2, cursor=first["response_metadata"]["next_cursor"])
    assert [one["text"] for one in [*first["messages"], *second["messages"]]] == ["4", "3", "2", "1"]
    assert first["has_more"]
    between = await client.conversations_history(channel=ALERTS, oldest=stamps[1], latest=stamps[3])
    assert [one["text"] for one in between["messages"]] == ["2"]
    both = await client.conversations_history(channel=ALERTS, oldest=stamps[1], latest=stamps[3], inclusive=True)
    assert [one["text"] for one in both["messages"]] == ["3", "2", "1"]
    assert (await refusal(client.conversations_history(channel=ALERTS, oldest="yesterday")))["error"] == "invalid_ts_oldest"
    assert (await refusal(client.conversations_history(channel=ALERTS, cursor="x")))["error"] == "invalid_cursor"


# ---------------------------------------------------------------- content


TOO_MUCH = [section("x" * 2500) for _ in range(5)]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "markdown_text": "**x**"}, "markdown_text_conflict"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"text": "x", "blocks": TOO_MUCH}, "msg_blocks_too_long"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("")]}, "invalid_blocks"),
        ({"text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"text": "x", "attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ({"text": "x", "attachments": ["x"]}, "invalid_attachments"),
        ({"text": "x", "attachments": [{"blocks": [section("")]}]}, "invalid_blocks"),
        ({"text": "x", "thread_ts": "yesterday"}, "invalid_thread_ts"),
        ({"text": "x", "client_msg_id": "1"}, "invalid_arguments"),
        ({"text": 7}, "invalid_arguments"),
        ({"text": "x", "unfurl_links": "false"}, "invalid_arguments"),
        ({"text": "x", "metadata": "{"}, "invalid_arguments"),
    ],
)  # fmt: skip
async def test_content_slack_does_not_take_is_refused_and_is_a_violation(slack: Any, content: dict[str, Any], error: str) -> None:
    answer = await raw(slack, "chat.postMessage", json={"channel": ALERTS, **content})
    assert answer["error"] == error
    assert slack.messages(ALERTS) == []
    assert "invalid payload" in {violation.kind for violation in slack.forgive()}


async def test_a_refusal_of_blocks_says_where(slack: Any, client: AsyncWebClient) -> None:
    answer = await refusal(client.chat_postMessage(channel=ALERTS, text="x", blocks=[section(), section("")], **QUIET))
    (problem,) = answer["errors"]
    assert problem["pointer"] == "/blocks/1/text/text"
    assert set(problem) == {"code", "message", "pointer", "constraint"}
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {problem['message']} [json-pointer:/blocks/1/text/text]"]
    slack.forgive("invalid payload")


async def test_text_of_an_edit_is_limited_and_text_of_a_post_is_not(slack: Any, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=ALERTS, text="x" * 4001))["ts"]
    assert (await client.chat_update(channel=ALERTS, ts=ts, text="x" * 4000))["ok"]
    assert (await refusal(client.chat_update(channel=ALERTS, ts=ts, text="x" * 4001)))["error"] == "msg_too_long"
    slack.forgive("invalid payload")


async def test_blocks_may_hold_just_so_much_text_in_all(client: AsyncWebClient) -> None:
    assert (await client.chat_postMessage(channel=ALERTS, text="x", blocks=[section("x" * 3000)] * 4, **QUIET))["ok"]


async def test_a_message_without_text_and_one_with_previews_are_violations(slack: Any) -> None:
    assert (await raw(slack, "chat.postMessage", json={"channel": ALERTS, "blocks": [section()]}))["ok"]
    assert [violation.kind for violation in slack.forgive()] == ["no text", "unfurling"]


async def test_blocks_validate_needs_no_token_and_tells_the_same(slack: Any) -> None:
    client = AsyncWebClient(base_url=slack.base_url, retry_handlers=[])
    assert (await client.blocks_validate(blocks=[section()]))["ok"]
    assert (await client.blocks_validate(message={"text": "x", "blocks": [section()]}))["ok"]
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [section()]}
    assert (await client.blocks_validate(view=modal))["ok"]
    answer = await refusal(client.blocks_validate(blocks=[section("")]))
    assert (answer["error"], answer["errors"][0]["code"]) == ("invalid_blocks", "failed_constraint")
    slack.forgive("invalid payload")


# ---------------------------------------------------------------- marks


CALL = {"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "here"}]}
RICH = {"type": "rich_text", "elements": [CALL]}
BOTH = "https://good.example@evil.example"


@pytest.mark.parametrize(
    ("content", "pings"),
    [
        ({"text": "<!channel> <!here|here> <!everyone>"}, ["<!channel>", "<!here|here>", "<!everyone>"]),
        ({"text": "<@U0000000001> and <!subteam^S1|@legal>"}, ["<@U0000000001>", "<!subteam^S1|@legal>"]),
        ({"text": "x", "blocks": [section("hi <!here>")]}, ["<!here>"]),
        ({"text": "x", "blocks": [{"type": "markdown", "text": "hi <@U1>"}]}, ["<@U1>"]),
        ({"text": "x", "attachments": [{"text": "<!channel>"}]}, ["<!channel>"]),
        ({"text": "&lt;!channel&gt; @channel"}, []),
        ({"text": "@channel", "link_names": True}, ["@channel"]),
        ({"text": "x", "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "<!channel>"}}]}, []),
        ({"text": "<!date^1392734382^{date}|never> <#C0000000001|alerts> <https://a.example|a>"}, []),
        (
            {"text": "x", "blocks": [RICH]},
            ["broadcast here"],
        ),
    ],
)  # fmt: skip
async def test_whom_a_message_calls_is_counted(
    slack: Any, client: AsyncWebClient, content: dict[str, Any], pings: list[str]
) -> None:
    ts = (await client.chat_postMessage(channel=ALERTS, **content, **QUIET))["ts"]
    assert slack.messages(ALERTS)[0].pings == pings
    await client.chat_update(channel=ALERTS, ts=ts, text="nothing more")
    assert slack.messages(ALERTS)[0].pings == pings, "an edit does not take a ping back"


@pytest.mark.parametrize(
    ("text", "links", "forged"),
    [
        ("<https://ledger.example/a?b=1&amp;c=2|Council ends it>", [("Council ends it", "https://ledger.example/a?b=1&c=2")], 0),
        ("<https://evil.example|https://good.example>", [("https://good.example", "https://evil.example")], 1),
        ("<https://evil.example|good.example reports>", [("good.example reports", "https://evil.example")], 1),
        ("<https://www.good.example/x|good.example>", [("good.example", "https://www.good.example/x")], 0),
        (f"<{BOTH}>", [(BOTH, BOTH)], 0),
        (f"<https://evil.example/|{BOTH}>", [(BOTH, "https://evil.example/")], 0),
        ("see https://a.example/x now", [("https://a.example/x", "https://a.example/x")], 0),
        ("&lt;https://a.example|b&gt; c", [("https://a.example", "https://a.example")], 0),
        ("<mailto:a@b.example|write>", [("write", "mailto:a@b.example")], 0),
        ("no link, U.S. law. And so on", [], 0),
    ],
)  # fmt: skip
async def test_links_are_read_as_shown_and_as_they_lead(
    slack: Any, client: AsyncWebClient, text: str, links: list[tuple[str, str]], forged: int
) -> None:
    await client.chat_postMessage(channel=ALERTS, text=text)
    (message,) = slack.messages(ALERTS)
    assert [(link.shown, link.target) for link in message.links] == links
    assert len(message.forged) == forged


def test_links_of_markdown_and_of_buttons_are_read_too(slack_parts: ModuleType) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Read"}, "action_id": "r", "url": "https://a.example/"}
    blocks = [{"type": "markdown", "text": "[good.example](https://evil.example/)"}, {"type": "actions", "elements": [button]}]
    links = slack_parts.links_of({"blocks": blocks})
    assert [(link.shown, link.target, link.forged) for link in links] == [
        ("good.example", "https://evil.example/", True),
        ("Read", "https://a.example/", False),
    ]


# ---------------------------------------------------------------- channels and people


@pytest.mark.parametrize(
    ("channel", "error"),
    [(NOT_INVITED, "not_in_channel"), (ARCHIVED, "is_archived"), (BOARD, "channel_not_found"), ("C0NOWHERE1", "channel_not_found")],
)
async def test_a_channel_the_bot_cannot_write_to_is_refused(slack: Any, client: AsyncWebClient, channel: str, error: str) -> None:
    assert (await refusal(client.chat_postMessage(channel=channel, text="x")))["error"] == error
    assert slack.verdict() == [], "a channel may change under a well-behaved app"


async def test_with_chat_write_public_a_public_channel_needs_no_invitation(slack_over: Callable[..., Any]) -> None:
    async with slack_over(scopes=("chat:write", "chat:write.public")) as slack:
        assert (await client_of(slack).chat_postMessage(channel=NOT_INVITED, text="x"))["ok"]
        assert (await refusal(client_of(slack).chat_postMessage(channel=BOARD, text="x")))["error"] == "channel_not_found"


async def test_joining_lets_the_bot_in(client: AsyncWebClient) -> None:
    assert (await client.conversations_join(channel=NOT_INVITED))["channel"]["is_member"]
    assert (await client.chat_postMessage(channel=NOT_INVITED, text="x"))["ok"]
    assert (await client.conversations_join(channel=NOT_INVITED))["warning"] == "already_in_channel"
    assert (await refusal(client.conversations_join(channel=STAFF)))["error"] == "method_not_supported_for_channel_type"
    assert (await refusal(client.conversations_join(channel=ARCHIVED)))["error"] == "is_archived"


async def test_what_the_bot_may_know_of_a_channel(client: AsyncWebClient) -> None:
    info = (await client.conversations_info(channel=NOT_INVITED, include_num_members=True))["channel"]
    assert (info["name"], info["is_member"], info["is_private"], info["num_members"]) == ("not-invited", False, False, 0)
    assert (await client.conversations_info(channel=SHARED))["channel"]["is_ext_shared"]
    assert (await client.conversations_info(channel=ARCHIVED))["channel"]["is_archived"]
    assert (await refusal(client.conversations_info(channel=BOARD)))["error"] == "channel_not_found"


async def test_the_bots_own_channels_are_listed_page_by_page(client: AsyncWebClient) -> None:
    mine = await client.users_conversations(types="public_channel,private_channel", exclude_archived=True)
    assert [channel["id"] for channel in mine["channels"]] == [ALERTS, NEWSROOM, SHARED, STAFF]
    everything = await client.conversations_list(types="public_channel,private_channel")
    assert [channel["id"] for channel in everything["channels"]] == [ALERTS, NEWSROOM, NOT_INVITED, ARCHIVED, SHARED, STAFF]
    page = await client.users_conversations(limit=2)
    assert (len(page["channels"]), page["response_metadata"]["next_cursor"]) == (2, "2")
    assert (await refusal(client.users_conversations(types="channels")))["error"] == "invalid_types"
    assert (await client.conversations_members(channel=ALERTS))["members"] == ["U0STANDBOT"]


async def test_a_direct_message_is_opened_and_takes_posts(slack: Any, client: AsyncWebClient) -> None:
    opened = (await client.conversations_open(users=ADA))["channel"]["id"]
    assert (await client.conversations_open(users=[ADA]))["already_open"]
    assert (await client.chat_postMessage(channel=opened, text="saved"))["ok"]
    assert (await client.chat_postMessage(channel=ADA, text="saved"))["channel"] == opened
    assert [message.text for message in slack.messages(opened)] == ["saved", "saved"]
    assert (await client.conversations_open(channel=opened, return_im=True))["channel"]["user"] == ADA
    assert (await refusal(client.conversations_open(users="U0NOBODY01")))["error"] == "user_not_found"


async def test_people_bots_teams_links_and_reactions(client: AsyncWebClient) -> None:
    assert (await client.users_info(user=ADA))["user"]["is_admin"]
    assert (await client.users_info(user=GUEST))["user"]["team_id"] == "T0ELSEWHER"
    assert (await refusal(client.users_info(user="U0NOBODY01")))["error"] == "user_not_found"
    assert (await client.bots_info())["bot"]["user_id"] == "U0STANDBOT"
    ts = (await client.chat_postMessage(channel=ALERTS, text="x"))["ts"]
    link = (await client.chat_getPermalink(channel=ALERTS, message_ts=ts))["permalink"]
    assert link.endswith("p" + ts.replace(".", ""))
    assert (await refusal(client.chat_getPermalink(channel=ALERTS, message_ts="1.000001")))["error"] == "message_not_found"
    await client.reactions_add(channel=ALERTS, name="eyes", timestamp=ts)
    assert (await refusal(client.reactions_add(channel=ALERTS, name="eyes", timestamp=ts)))["error"] == "already_reacted"
    assert (await refusal(client.reactions_add(channel=ALERTS, name="no such", timestamp=ts)))["error"] == "invalid_name"


async def test_a_file_goes_up_in_three_steps(slack: Any, client: AsyncWebClient) -> None:
    await client.files_upload_v2(
        channel=ALERTS, content="a,b\n1,2\n", filename="stories.csv", title="Stories", initial_comment="here"
    )
    (file,) = slack.world.files.values()
    assert (file.content, file.complete, file.title) == (b"a,b\n1,2\n", True, "Stories")
    (message,) = slack.messages(ALERTS)
    assert (message.files, message.text) == ([file.id], "here")
    assert (await refusal(client.files_completeUploadExternal(files=[{"id": "F0"}])))["error"] == "file_not_found"


# ---------------------------------------------------------------- tokens, scopes, forms


async def test_auth_test_says_who_the_bot_is_and_what_it_was_granted(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0STANDIN1", "U0STANDBOT", "B0STANDIN1")
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize("status", ["token_revoked", "account_inactive", "token_expired", "invalid_auth"])
async def test_a_token_that_is_gone_is_refused(slack: Any, client: AsyncWebClient, status: str) -> None:
    slack.revoke(status=status)
    assert (await refusal(client.chat_postMessage(channel=ALERTS, text="x")))["error"] == status
    assert (await refusal(client_of(slack, "xoxb-another").auth_test()))["error"] == "invalid_auth"
    assert slack.verdict() == []


async def test_the_wrong_kind_of_token_and_none_are_violations(slack: Any, client: AsyncWebClient) -> None:
    assert (await refusal(client_of(slack, slack.app_token).chat_postMessage(channel=ALERTS, text="x")))[
        "error"
    ] == "not_allowed_token_type"
    assert (await refusal(client.apps_connections_open(app_token=slack.bot_token)))["error"] == "not_allowed_token_type"
    answer = await raw(slack, "auth.test", headers={"Authorization": ""})
    assert answer["error"] == "not_authed"
    assert len(slack.forgive("invalid payload")) == 3


async def test_scopes_are_those_of_the_manifest(slack_over: Callable[..., Any]) -> None:
    manifest = {"oauth_config": {"scopes": {"bot": ["chat:write"], "bot_optional": ["channels:history"]}}}
    async with slack_over(manifest=manifest) as slack:
        client = client_of(slack)
        assert (await client.chat_postMessage(channel=ALERTS, text="x"))["ok"]
        answer = await refusal(client.conversations_history(channel=ALERTS))
        assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "channels:history", "chat:write")
        assert len(slack.forgive("invalid payload")) == 1
    async with slack_over(manifest=manifest, grant_optional=True) as slack:
        assert (await client_of(slack).conversations_history(channel=ALERTS))["ok"]
        assert (await refusal(client_of(slack).conversations_history(channel=STAFF)))["needed"] == "groups:history"
        slack.forgive("invalid payload")


async def test_an_unknown_method_is_answered_so_and_fails_the_test(slack: Any, client: AsyncWebClient) -> None:
    answer = await refusal(client.search_messages(query="x"))
    assert (answer["error"], answer["req_method"]) == ("unknown_method", "search.messages")
    assert [violation.kind for violation in slack.forgive()] == ["unknown method"]


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, "invalid_json"),
        ({"data": b"[1]", "headers": {"Content-Type": "application/json"}}, "json_not_object"),
        ({"data": b"%%%", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, "invalid_form_data"),
        ({"data": b"<x/>", "headers": {"Content-Type": "application/xml"}}, "invalid_post_type"),
        ({"json": {"text": "x"}}, "invalid_arguments"),
    ],
)
async def test_a_body_slack_cannot_read_is_refused(slack: Any, request_: dict[str, Any], error: str) -> None:
    assert (await raw(slack, "chat.postMessage", **request_))["error"] == error
    slack.forgive("invalid payload")


async def test_forms_and_json_are_read_alike_and_json_without_charset_is_warned_of(slack: Any) -> None:
    form = {"channel": ALERTS, "text": "x", "blocks": json.dumps([section()]), "unfurl_links": "false", "unfurl_media": "0"}
    assert (await raw(slack, "chat.postMessage", data=form))["ok"]
    assert slack.messages(ALERTS)[0].blocks == [section()]
    warned = await raw(
        slack, "chat.postMessage", json={"channel": ALERTS, "text": "x"}, headers={"Content-Type": "application/json"}
    )
    assert warned["warning"] == "missing_charset"


# ---------------------------------------------------------------- rates and faults


async def test_a_channel_takes_a_burst_and_then_one_message_a_second(slack: Any, client: AsyncWebClient, clock: Any) -> None:
    for _ in range(slack.rates.burst):
        await client.chat_postMessage(channel=ALERTS, text="x")
    answer = await refusal(client.chat_postMessage(channel=ALERTS, text="x"))
    assert (answer.status_code, answer.headers["Retry-After"], answer["error"]) == (429, "1", "ratelimited")
    assert (await client.chat_postMessage(channel=NEWSROOM, text="another channel"))["ok"]
    clock.advance(timedelta(seconds=1))
    assert (await client.chat_postMessage(channel=ALERTS, text="x"))["ok"]


async def test_a_call_before_retry_after_has_passed_is_a_violation(slack: Any, client: AsyncWebClient, clock: Any) -> None:
    slack.fault("chat.postMessage", "ratelimited", retry_after=30)
    assert (await refusal(client.chat_postMessage(channel=ALERTS, text="x"))).headers["Retry-After"] == "30"
    clock.advance(timedelta(seconds=20))
    assert (await refusal(client.chat_postMessage(channel=ALERTS, text="x"))).headers["Retry-After"] == "10"
    assert [violation.kind for violation in slack.forgive()] == ["too early"]
    clock.advance(timedelta(seconds=10))
    assert (await client.chat_postMessage(channel=ALERTS, text="x"))["ok"]


async def test_methods_have_their_tiers(slack: Any, client: AsyncWebClient, clock: Any) -> None:
    answers = [await client.users_conversations() for _ in range(50)]
    assert all(answer["ok"] for answer in answers)
    assert (await refusal(client.users_conversations())).status_code == 429
    clock.advance(timedelta(seconds=2))
    assert (await client.users_conversations())["ok"]


@pytest.mark.parametrize("commit", [False, True])
@pytest.mark.parametrize("kind", ["cut", "hang", "status", "malformed", "error"])
async def test_every_fault_strikes_before_or_after_the_message_was_taken(slack: Any, kind: str, commit: bool) -> None:
    slack.fault("chat.postMessage", kind, commit=commit)
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[], timeout=1)
    with pytest.raises((SlackApiError, aiohttp.ClientError, TimeoutError)) as caught:
        await client.chat_postMessage(channel=ALERTS, text="x")
    assert [message.text for message in slack.messages(ALERTS)] == (["x"] if commit else [])
    expected = {"cut": aiohttp.ServerDisconnectedError, "hang": TimeoutError}.get(kind, SlackApiError)
    assert isinstance(caught.value, expected)
    assert (await client.chat_postMessage(channel=ALERTS, text="y"))["ok"], "the fault is over"


async def test_a_fault_strikes_the_nth_call_and_so_many_and_only_its_channel(slack: Any, client: AsyncWebClient) -> None:
    slack.fault("chat.postMessage", "error", nth=2, times=2, error="fatal_error", channel=ALERTS)
    outcomes = []
    for channel in (ALERTS, NEWSROOM, ALERTS, NEWSROOM, ALERTS, ALERTS):
        try:
            await client.chat_postMessage(channel=channel, text="x")
            outcomes.append("ok")
        except SlackApiError as error:
            outcomes.append(error.response["error"])
    assert outcomes == ["ok", "ok", "fatal_error", "ok", "fatal_error", "ok"]
    assert slack.faults.unspent() == []


async def test_a_server_error_is_a_page_of_html(slack: Any, client: AsyncWebClient) -> None:
    slack.fault("auth.test", "status", status=502)
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert caught.value.response.status_code == 502
    assert slack.calls("auth.test")[0].status == 502


async def test_two_posts_to_a_channel_at_once_are_a_violation_and_two_channels_are_not(slack: Any, client: AsyncWebClient) -> None:
    for channels, violations in (((ALERTS, NEWSROOM), []), ((ALERTS, ALERTS), ["in flight"])):
        slack.held["chat.postMessage"] = both_came = asyncio.Event()
        before = len(slack.calls("chat.postMessage"))
        posts = [asyncio.create_task(client.chat_postMessage(channel=channel, text=channel)) for channel in channels]
        async with asyncio.timeout(30):
            while len(slack.calls("chat.postMessage")) < before + 2:
                await asyncio.sleep(0.01)
        both_came.set()
        await asyncio.gather(*posts)
        assert [violation.kind for violation in slack.verdict()] == violations
    slack.forgive("in flight")


async def test_the_sdks_own_retry_posts_twice_which_is_why_it_is_turned_off(slack: Any) -> None:
    slack.fault("chat.postMessage", "cut", commit=True)
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, timeout=5)
    await client.chat_postMessage(channel=ALERTS, text="x")
    assert [message.text for message in slack.messages(ALERTS)] == ["x", "x"]


# ---------------------------------------------------------------- the tables, against what is published


def published(shared_data: Path) -> dict[str, dict[str, Any]]:
    files = (shared_data / "slack" / "methods").glob("*.json")
    return {file.stem: json.loads(file.read_text()) for file in files if file.stem != "common_errors"}


def test_methods_take_the_published_arguments_scopes_and_rates(shared_data: Path, slack_parts: ModuleType) -> None:
    for name, page in published(shared_data).items():
        method = slack_parts.METHODS[name]
        assert set(method.arguments) == set(page["args"]), name
        assert {one for one, kind in method.arguments.items() if kind.isupper()} == {
            one for one, facts in page["args"].items() if facts["required"]
        }, name
        scopes = {scope["name"] for scope in (page["scopes"] or {}).get("bot", [])}
        assert set(method.scopes) == scopes, name
        tier = page["rate_limit"]["label"]
        assert f"{method.per_minute}+" in tier or (method.per_minute == 0 and "Special" in tier), name
        kinds = {"string": "s", "boolean": "b", "number": "n", "integer": "n", "array": "j"}
        for argument, facts in page["args"].items():
            if facts.get("type") and argument != "blocks":
                assert method.arguments[argument].lower() == kinds[facts["type"]], (name, argument)


async def test_every_manifest_key_the_reader_of_schemas_needs_is_known(shared_data: Path, slack_parts: ModuleType) -> None:
    schema = json.loads((shared_data / "slack" / "manifest.schema.2.0.0.json").read_text())
    good = {"display_information": {"name": "Watchlamp"}, "features": {"bot_user": {"display_name": "Watchlamp"}}}
    assert list(slack_parts.violations(good, schema)) == []
    commands = [{"command": "watch", "description": "x"}]
    bad = {"display_information": {"name": "x" * 36, "description": "x" * 141}, "features": {"slash_commands": commands}, "more": 1}
    found = {violation.split(":")[0] for violation in slack_parts.violations(bad, schema)}
    assert found == {"/display_information/name", "/display_information/description", "/features/slash_commands/0/command", "/more"}


async def test_it_can_be_started_by_hand_and_ends_at_ctrl_c() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).parent / "slack.py"),
        "--port",
        "0",
        stdout=asyncio.subprocess.PIPE,
        # A shell that starts this run in the background has told it to ignore Ctrl+C, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            said = [(await process.stdout.readline()).decode() for _ in range(8)]
            url = said[0].split()[-1]
            token = next(line.split("=", 1)[1].strip() for line in said if "BOT_TOKEN" in line)
            client = AsyncWebClient(token=token, base_url=f"{url}/api/", retry_handlers=[])
            await client.chat_postMessage(channel=ALERTS, text="by hand")
            while "by hand" not in (line := (await process.stdout.readline()).decode()):
                assert line, "the stand-in ended"
            process.send_signal(signal.SIGINT)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_what_is_sent_beside_the_web_api_meets_faults_too(
    slack: Any, slack_parts: ModuleType, client: AsyncWebClient
) -> None:
    ada = slack_parts.Person(slack)
    url = (await ada.slash("x", wait=False)).payload["response_url"]
    outcomes: list[Any] = []
    slack.fault("response_url", "status", status=500)
    slack.fault("response_url", "cut", nth=2, commit=True)
    async with aiohttp.ClientSession() as session:
        for body in ({"text": "struck"}, {"text": "taken"}, {"text": "heard"}, {"text": ""}):
            try:
                async with session.post(url, json=body) as answer:
                    outcomes.append(answer.status)
            except aiohttp.ServerDisconnectedError:
                outcomes.append("cut")
        async with session.post(url, data=b"{") as answer:
            outcomes.append(answer.status)
        async with session.post(f"{slack.url}/response/unknown", json={"text": "x"}) as answer:
            outcomes.append(answer.status)
        assert outcomes == [500, "cut", 200, 500, 400, 404]
        assert [message.text for message in ada.sees(ALERTS)] == ["taken", "heard"]

        slack.fault("upload", "status", status=500)
        slack.fault("upload", "status", nth=4, status=500, commit=True)
        statuses = []
        for length, data in ((1, b"x"), (2, b"x"), (1, b"x"), (1, b"x")):
            upload = await client.files_getUploadURLExternal(filename="a.csv", length=length)
            async with session.post(upload["upload_url"], data=data) as answer:
                statuses.append(answer.status)
        assert statuses == [500, 400, 200, 500]
        assert [file.content for file in slack.world.files.values()] == [None, None, b"x", b"x"]
    assert len(slack.forgive("invalid payload")) == 2


async def test_channels_and_scopes_a_test_wants_are_added(slack_over: Callable[..., Any]) -> None:
    async with slack_over(scopes=("chat:write", "channels:read")) as slack:
        slack.channel("C0ADDED001", "added")
        client = client_of(slack)
        await client.chat_postMessage(channel="C0ADDED001", text="x")
        assert (await refusal(client.users_conversations(types="private_channel")))["needed"] == "groups:read"
        assert (await refusal(client.team_info()))["error"] == "missing_scope"
        slack.forgive("invalid payload")


async def test_what_an_edit_keeps_and_who_may_react(slack: Any, client: AsyncWebClient) -> None:
    metadata = {"event_type": "delivery", "event_payload": {"id": "d1"}}
    ts = (await client.chat_postMessage(channel=ALERTS, text="one", metadata=metadata))["ts"]
    await client.chat_update(channel=ALERTS, ts=ts, text="two")
    assert slack.messages(ALERTS)[0].metadata == metadata, "an edit without metadata keeps it"
    changed = {"event_type": "delivery", "event_payload": {"id": "d2"}}
    await client.chat_update(channel=ALERTS, ts=ts, text="three", metadata=changed)
    assert slack.messages(ALERTS)[0].metadata == changed
    slack.world.channels[ALERTS].archived = True
    assert (await refusal(client.chat_update(channel=ALERTS, ts=ts, text="x")))["error"] == "cant_update_message"
    assert (await refusal(client.reactions_add(channel=ALERTS, name="eyes", timestamp=ts)))["error"] == "is_archived"
    assert (await refusal(client.reactions_add(channel=NOT_INVITED, name="eyes", timestamp=ts)))["error"] == "no_access"
    assert (await refusal(client.reactions_add(channel=NEWSROOM, name="eyes", timestamp=ts)))["error"] == "message_not_found"
    assert (await refusal(client.api_test(error="fatal_error")))["error"] == "fatal_error"
    assert (await client.api_test())["ok"]


async def test_a_reply_sent_to_the_channel_as_well_shows_in_its_history(slack: Any, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=ALERTS, text="parent"))["ts"]
    await client.chat_postMessage(channel=ALERTS, text="quiet", thread_ts=ts)
    await client.chat_postMessage(channel=ALERTS, text="loud", thread_ts=ts, reply_broadcast=True)
    history = await client.conversations_history(channel=ALERTS)
    assert [(one["text"], one.get("reply_count")) for one in history["messages"]] == [("loud", None), ("parent", 2)]
    await client.chat_postMessage(channel=ALERTS, text="x", reply_broadcast=True)
    assert [violation.what for violation in slack.forgive()] == ["reply_broadcast without thread_ts"]


async def test_an_answer_slack_never_gives_is_held_against_the_stand_in_itself(
    slack: Any, slack_parts: ModuleType, client: AsyncWebClient, shared_data: Path
) -> None:
    slack.fault("auth.test", "error", error="no_such_error")
    assert (await refusal(client.auth_test()))["error"] == "no_such_error"
    assert slack.verdict() == [], "a fault script is the test's own word"
    slack.calls("auth.test")[0].fault = None
    assert [violation.kind for violation in slack.verdict()] == ["stand-in"]
    slack.requests.clear()


async def test_every_block_is_held_against_the_published_schema_too(slack: Any, shared_data: Path) -> None:
    stricter = copy.deepcopy(slack.schema)
    stricter["definitions"]["DividerBlock"]["properties"].pop("block_id")
    slack.answers.schema = stricter
    blocks = [{"type": "divider", "block_id": "b"}]
    answer = await raw(slack, "chat.postMessage", json={"channel": ALERTS, "text": "x", "blocks": blocks})
    assert answer["errors"][0]["constraint"] == {"type": "schema"}
    slack.forgive("invalid payload")


async def test_a_method_without_a_rate_of_its_own_can_be_limited_and_is_watched(
    slack: Any, client: AsyncWebClient, clock: Any
) -> None:
    slack.fault("auth.test", "ratelimited", times=2, retry_after=2)
    assert (await refusal(client.auth_test())).status_code == 429
    clock.advance(timedelta(seconds=2))
    assert (await refusal(client.auth_test())).status_code == 429
    assert slack.verdict() == []
    assert (await refusal(client.auth_test())).headers["Retry-After"] == "2"
    assert [violation.kind for violation in slack.forgive()] == ["too early"]
    clock.advance(timedelta(seconds=2))
    for _ in range(100):
        await client.auth_test()


async def test_what_the_app_posted_is_told_from_what_people_wrote(
    slack: Any, slack_parts: ModuleType, client: AsyncWebClient
) -> None:
    await slack_parts.Person(slack).mention("hello", wait=False)
    await client.chat_postMessage(channel=ALERTS, text="x")
    assert [message.text for message in slack.messages(ALERTS)] == ["<@U0STANDBOT> hello", "x"]
    assert [message.text for message in slack.posts(ALERTS)] == ["x"]


async def test_a_post_whose_caller_gave_up_is_in_flight_no_more(slack: Any) -> None:
    slack.fault("chat.postMessage", "hang", times=2)
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[], timeout=1)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await client.chat_postMessage(channel=ALERTS, text="x")
    assert slack.verdict() == []


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("conversations.history", {"channel": ALERTS, "limit": "many"}, "invalid_arguments"),
        ("conversations.history", {"channel": ALERTS, "limit": True}, "invalid_arguments"),
        ("conversations.history", {"channel": ALERTS, "limit": 0}, "invalid_limit"),
        ("conversations.open", {"users": [7]}, "invalid_arguments"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": [ADA, BEN]}, "method_not_supported_for_channel_type"),
        ("conversations.open", {"channel": ALERTS}, "missing_scope"),
        ("chat.postMessage", {"channel": ALERTS, "text": "x", "metadata": 7}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "", "text": "x"}, "invalid_arguments"),
        ("blocks.validate", {}, "invalid_arguments"),
        ("blocks.validate", {"blocks": [], "message": {}}, "invalid_arguments"),
        ("bots.info", {"bot": "B0"}, "bot_not_found"),
        ("users.info", {"user": ADA, "include_locale": "maybe"}, "invalid_arguments"),
    ],
)  # fmt: skip
async def test_arguments_of_the_wrong_type_or_number_are_refused(
    slack: Any, method: str, arguments: dict[str, Any], error: str
) -> None:
    assert (await raw(slack, method, json=arguments))["error"] == error
    slack.forgive("invalid payload")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"text": "<!date^1392734382^{date}^https://a.example/|then>"}, [("then", "https://a.example/", False)]),
        ({"text": "<!date^1392734382^{date}|then>"}, []),
        ({"text": "<https://[broken|good.example>"}, [("good.example", "https://[broken", True)]),
        ({"text": "https://a.example", "mrkdwn": False}, []),
        ({"markdown_text": "[a](https://a.example)"}, [("a", "https://a.example", False)]),
        ({"attachments": [{"text": "<https://a.example|a>", "footer": "f"}]}, [("a", "https://a.example", False)]),
    ],
)
def test_links_are_found_in_every_part(
    slack_parts: ModuleType, body: dict[str, Any], expected: list[tuple[str, str, bool]]
) -> None:
    assert [(link.shown, link.target, link.forged) for link in slack_parts.links_of(body)] == expected
