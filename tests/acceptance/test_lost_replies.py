"""The answer lost after acceptance, through the whole program with both real SDKs: what stays in the channel, what the row says.

Two Slack channels and two Discord channels, one of each with ``on_doubt = "hold"``.
``pytest tests/acceptance/test_lost_replies.py`` prints the table of docs/delivery.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

HOLD = {"on_doubt": "hold"}
DISCORD_POST, DISCORD_EDIT = "POST /channels/{channel_id}/messages", "PATCH /channels/{channel_id}/messages/{message_id}"
FORUM_POST = "POST /channels/{channel_id}/threads"
SLACK_CALL = {"post": "chat.postMessage", "edit": "chat.update", "reply": "chat.postMessage"}
MESSAGES = {
    # action -> channel: messages left, of these marked, how the row stands, why
    "post": {
        "slack-1": (1, 0, "held", "in_doubt"),
        "slack-2": (2, 1, "sent", "repeated"),
        "discord-text": (1, 0, "sent", "new_story"),
        "discord-forum": (1, 0, "sent", "new_story"),
    },
    "edit": {
        "slack-1": (1, 0, "sent", "repeated"),
        "slack-2": (1, 0, "sent", "repeated"),
        "discord-text": (1, 0, "sent", "repeated"),
        "discord-forum": (1, 0, "sent", "repeated"),
    },
    "reply": {
        "slack-1": (1, 0, "held", "in_doubt"),
        "slack-2": (2, 1, "sent", "repeated"),
        "discord-text": (1, 0, "sent", "new_outlet"),
        "discord-forum": (1, 0, "sent", "new_outlet"),
    },
}


async def lose_answers(chats: Any, action: str) -> None:
    """The next such call is carried out in every channel, and nobody hears of it."""
    for channel in ("slack-1", "slack-2"):
        await chats.slack_loses_the_answer(SLACK_CALL[action], channel)
    if action == "post":
        await chats.discord_loses_the_answer(DISCORD_POST)
        await chats.discord_loses_the_answer(FORUM_POST)
    elif action == "edit":
        await chats.discord_loses_the_answer(DISCORD_EDIT, times=2)
    else:  # the first of these calls asks for the thread of the message, which is not there yet; the forum has its own
        await chats.discord_loses_the_answer(DISCORD_POST, nth=2, times=2)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_lost_answer_leaves_one_message_on_discord_and_on_slack_one_or_a_marked_second_as_the_channel_wants(
    shared_data: Path, tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    async with tools.chats.open_chats() as chats:
        room = tools.newsroom.Newsroom(tmp_path, tools, chats)
        try:
            await room.open(slack_1=HOLD, discord_text=HOLD)
            found = {}
            for action in ("post", "edit", "reply"):
                if action != "post":
                    told = await room.post(feeds=("north",))  # something to edit or to reply to, told as usual
                    await room.settled(told, "it was told")
                    room.remember(told, await chats.held())
                await lose_answers(chats, action)
                (entry,) = await (room.post(feeds=("north",)) if action == "post" else getattr(room, action)())
                await room.settled([entry], f"the {action} was settled")
                found[action] = left(room, entry, action, await chats.held())
            assert await tools.stop(room.bot) == 0
        finally:
            await room.close()
        verdict = await chats.verdict()
    with capsys.disabled():
        show(found)
    assert found == MESSAGES
    assert verdict["violations"] == {"slack": [], "discord": []}
    assert chats.checked == {"slack": True, "discord": True}


def left(room: Any, entry: Any, action: str, held: list[Any]) -> dict[str, tuple[int, int, str, str]]:
    """By channel: messages left, of these marked, state and reason of the row."""
    rows = room.tools.query(room.database, f"select channel_id, state, reason, message from deliveries where action = '{action}'")
    stand = {channel: (state, reason) for channel, state, reason, message in rows if entry.mark in message}
    shown = {
        channel: [message for message in held if message.channel == channel and entry.mark in message.text] for channel in stand
    }
    return {
        channel: (len(messages), sum(message.marked for message in messages), *stand[channel])
        for channel, messages in shown.items()
    }


def show(found: dict[str, dict[str, tuple[int, int, str, str]]]) -> None:
    """Print the table."""
    lines = ["", f"{'answer lost':12} {'channel':14} {'on_doubt':9} messages  marked  the row says"]
    for action, channels in found.items():
        for channel, (messages, marked, state, reason) in sorted(channels.items()):
            on_doubt = "hold" if channel in ("slack-1", "discord-text") else "repeat"
            lines.append(f"{action:12} {channel:14} {on_doubt:9} {messages:8}  {marked:6}  {state} ({reason})")
    print("\n".join(lines))  # noqa: T201  # the table is the result
