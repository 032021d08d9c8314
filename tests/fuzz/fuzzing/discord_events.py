"""What Discord hands us: interactions of every type, through discord.py's own reading of them."""

from __future__ import annotations

import asyncio
import json
import warnings
from functools import cache
from typing import Any

import structlog

from bot.adapters.discord.library import discord
from bot.adapters.discord.listeners import Listeners
from bot.commands.table import TABLE
from fuzzing import pieces
from fuzzing.chats import CLOCK, Answered, Echo, loop, shown_in_discord
from fuzzing.draw import Draw
from fuzzing.target import Target

ME = "200000000000000001"
GUILD, CHANNEL, USER = "200000000000000002", "200000000000000003", "200000000000000004"
MESSAGE: dict[str, Any] = {
    "id": "200000000000000005", "channel_id": CHANNEL, "author": {"id": ME, "username": "watchlamp", "discriminator": "0", "avatar": None, "bot": True, "global_name": None}, "content": "Council votes https://news.example/a.",
    "timestamp": "2026-03-10T12:00:00+00:00", "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [],
    "embeds": [{"type": "rich", "title": "t", "url": "https://news.example/b", "description": "d https://news.example/c"}], "pinned": False, "type": 0, "flags": 0,
    "components": [{"type": 1, "id": 1, "components": [{"type": 2, "id": 2, "style": 2, "label": "Why", "custom_id": "ask:why s0123456789"}]}],
}  # fmt: skip


class DiscordLine:
    """A session in whose place Discord says yes."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Any]] = []

    def request(self, method: str, url: str, **given: Any) -> Answered:
        body = given.get("data")
        told = json.loads(body) if isinstance(body, str) else {}
        self.sent.append((method, url, told))
        callback = {
            "interaction": {"id": "200000000000000009", "type": 2, "response_message_id": "200000000000000005"},
            "resource": {"type": told.get("type", 4), "message": MESSAGE},
        }
        if url.endswith("/users/@me/channels"):
            return Answered(
                {
                    "id": "200000000000000008",
                    "type": 1,
                    "recipients": [{"id": USER, "username": "mira", "discriminator": "0", "avatar": None}],
                }
            )
        return Answered(callback if "/callback" in url else MESSAGE)


class Discord:
    """discord.py's client with a line of ours, and our listeners."""

    def __init__(self) -> None:
        self.client = discord.Client(intents=discord.Intents(guilds=True), max_messages=None)
        self.line = DiscordLine()
        state = self.client._connection
        state.http._HTTPClient__session = self.line  # type: ignore[attr-defined]
        state.http.proxy = state.http.proxy_auth = None
        state.http._global_over = asyncio.Event()
        state.http._global_over.set()
        state.user = discord.ClientUser(state=state, data={"id": ME, "username": "watchlamp", "discriminator": "0", "avatar": None})  # type: ignore[typeddict-item]
        self.listeners = Listeners(Echo(), CLOCK)  # type: ignore[arg-type]
        self.state = state


@cache
def discord_client() -> Discord:
    async def build() -> Discord:
        return Discord()

    return loop().run_until_complete(build())


def interaction_input(draw: Draw) -> tuple[dict[str, Any], bool]:
    """An interaction of every type; what Discord fills in is right, ``data`` and what a person wrote is anything."""
    words = (
        f"{draw.pick(pieces.WORDS)} {pieces.text(draw, 5)}"
        if draw.chance(60)
        else draw.pick(("why s0123456789", "rule add", "help", ""))
    )
    command = draw.pick(TABLE)
    leaf = [{"name": parameter.name, "type": 3, "value": words} for parameter in command.parameters if draw.chance(70)]
    if draw.chance(20):
        leaf.append({"name": draw.pick(("show", "x")), "type": 5, "value": True})
    options: list[Any] = leaf
    for name in reversed(command.name.split()):
        options = [{"name": name, "type": 1 if options is leaf else 2, "options": options}]
    kind = draw.pick((2, 2, 2, 3, 3, 4, 5, 1, 9))
    message = None
    if kind == 3:
        data: Any = {
            "custom_id": draw.pick(
                (
                    f"ask:{words}",
                    f"sure:{words}",
                    f"yes:{words}",
                    "no:",
                    f"open:{words}",
                    f"form:{words}",
                    f"why:{words}",
                    words,
                    "",
                )
            ),
            "component_type": draw.pick((2, 2, 3)),
            "id": 2,
            "values": [words],
        }
        message = MESSAGE
    elif kind == 5:
        fields = [
            {"type": 18, "id": 1, "component": {"type": 4, "id": 2, "custom_id": "name", "value": words}},
            {"type": 1, "id": 3, "components": [{"type": 3, "id": 4, "custom_id": "level", "values": [words]}]},
        ]
        data = {"custom_id": draw.pick(("form:rule add", f"form:{words}", words)), "components": fields, "resolved": {}}
    elif draw.chance(25):
        shown = {
            **MESSAGE,
            "content": words,
            "author": {**MESSAGE["author"], "id": draw.pick((ME, USER))},
            "message_snapshots": [{"message": {"content": words}}],
        }
        data = {"id": "9", "name": "Why", "type": 3, "target_id": MESSAGE["id"], "resolved": {"messages": {MESSAGE["id"]: shown}}}
    else:
        if kind == 4 and leaf:
            leaf[0]["focused"] = True
        data = {"id": "9", "name": draw.pick(("watch", "watch-admin", "watch", "x")), "type": 1, "options": options}
    whole = kind != 9 and draw.chance(50)
    told: dict[str, Any] = {
        "id": "200000000000000009", "application_id": ME, "type": kind, "data": data if whole else pieces.bent(draw, data, 4), "channel_id": CHANNEL, "token": "t", "version": 1, "app_permissions": "0", "locale": "en-US",
        "channel": {"id": CHANNEL, "type": 0, "name": pieces.text(draw, 2), "guild_id": GUILD, "position": 0, "permission_overwrites": [], "nsfw": False, "parent_id": None, "rate_limit_per_user": 0, "topic": None},
        "entitlements": [], "authorizing_integration_owners": {"0": GUILD}, "context": 0, "attachment_size_limit": 1, "guild_locale": "en-US",
    }  # fmt: skip
    user = {"id": USER, "username": "mira", "discriminator": "0", "avatar": None, "global_name": pieces.text(draw, 2)}
    if draw.chance(70):
        told |= {
            "guild_id": GUILD,
            "guild": {"id": GUILD, "features": [], "locale": "en-US"},
            "member": {
                "user": user,
                "roles": [],
                "joined_at": "2026-01-01T00:00:00+00:00",
                "deaf": False,
                "mute": False,
                "flags": 0,
                "permissions": draw.pick(("0", "32", "8")),
                "nick": pieces.text(draw, 1),
            },
        }
    else:
        told |= {"user": user, "channel": {"id": CHANNEL, "type": 1, "recipients": [user]}}
    if message is not None:
        told["message"] = message
    return told, whole


def interacted(made: tuple[dict[str, Any], bool]) -> None:
    """Answered, unless it is none that a person waits for; nobody is called by the answer; no fault over what Discord itself sends."""
    given, whole = made
    heard = discord_client()
    heard.line.sent.clear()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            interaction: Any = discord.Interaction(data=given, state=heard.state)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError, AttributeError):
        return  # the library itself refuses what is none of Discord's
    with structlog.testing.capture_logs() as logged:
        loop().run_until_complete(heard.listeners.on_interaction(interaction))
    faults = [event for event in logged if "fault of the program" in str(event.get("event"))]
    assert not (faults and whole), f"a fault of the program: {faults[0].get('error')}"
    if given["type"] in {2, 3, 4, 5}:
        assert heard.line.sent, "an interaction that nobody answered"
    for _, _, told in heard.line.sent:
        shown_in_discord(told.get("data") if isinstance(told.get("data"), dict) else told)


TARGETS = (Target("discord interactions", "discord", interaction_input, interacted, (), share=12),)
