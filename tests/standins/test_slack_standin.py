"""The Slack stand-in, asked by the real SDK: it takes what Slack takes and refuses what Slack refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ServerDisconnectedError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

ALERTS = "C0000000001"
QUIET = {"unfurl_links": False, "unfurl_media": False}


@pytest.fixture
async def client(slack: Any) -> AsyncIterator[AsyncWebClient]:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[], timeout=5)


def section(text: str = "Council ends the contract") -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


async def refused(call: Any) -> str:
    """The error code a call is answered with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_message_is_stored_as_it_was_sent_and_answered_as_slack_answers(slack: Any, client: AsyncWebClient) -> None:
    metadata = {"event_type": "delivery", "event_payload": {"id": "d1"}}
    answer = await client.chat_postMessage(channel=ALERTS, text="Council", blocks=[section()], metadata=metadata, **QUIET)
    (message,) = slack.messages(ALERTS)
    assert (message.text, message.blocks, message.metadata) == ("Council", [section()], metadata)
    assert answer["ok"]
    assert (answer["channel"], answer["ts"], answer["message"]["text"]) == (ALERTS, message.ts, "Council")
    assert slack.calls("chat.postMessage")[0].stored == message.ts


async def test_an_accepted_post_whose_answer_is_cut_stands_and_one_cut_before_does_not(slack: Any, client: AsyncWebClient) -> None:
    slack.fault("chat.postMessage", "cut", commit=True)
    slack.fault("chat.postMessage", "cut", nth=2)
    for text in ("accepted", "never seen"):
        with pytest.raises(ServerDisconnectedError):
            await client.chat_postMessage(channel=ALERTS, text=text)
    assert [message.text for message in slack.messages(ALERTS)] == ["accepted"]
