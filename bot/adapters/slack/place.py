"""Where somebody acted in Slack, what was meant, and where the answer goes: read out of what Slack tells us. Pure.

Promises: whatever a payload holds or lacks, reading it raises nothing but KeyError for what Slack never leaves out; nothing a
person wrote is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
_AFTER_A_NAME = " \t\n,:;.!-–—"
"""What people put between a name and what they ask."""
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile("|".join(_ENTITIES))
_LINK = re.compile(r"<(https?://[^|<>\s]+)(?:\|[^<>]*)?>")
_ABOUT = re.compile(r"(?:why )?(s[0-9a-f]{8,32})")
"""What the Why button of a message of ours holds: the story's id, in messages of now behind its command."""
_DEPTH = 12
"""How deep links are looked for: rich text nests a handful of levels."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes.

    Attributes:
        channel: the conversation; empty where there is none, as in the Home tab.
        user: who asked.
        thread: timestamp of the thread's first message, or None.
        response_url: Slack's address for answers to a command or a press, or None after a mention and in a direct message.
        direct: a direct message with the bot: nobody else is there.
        trigger: opens one window within three seconds; empty where Slack gave none.
        view: id of the window in which it was asked, or empty.
        home: it was asked in the Home tab.
        team: the workspace whose bot heard it and answers; empty while we do not know our own.
    """

    channel: str
    user: str
    thread: str | None = None
    response_url: str | None = None
    direct: bool = False
    trigger: str = ""
    view: str = ""
    home: bool = False
    team: str = ""


def commanded_at(body: Mapping[str, Any]) -> Place:
    """Where a slash command was typed."""
    return Place(
        body["channel_id"], body["user_id"], response_url=body.get("response_url"), trigger=str(body.get("trigger_id") or "")
    )


def acted_at(body: Mapping[str, Any]) -> Place:
    """Where a button of a message was pressed or a shortcut of one was chosen."""
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id", "")
    message = body.get("message") or {}
    thread = container.get("thread_ts") or message.get("thread_ts")
    if thread == (container.get("message_ts") or message.get("ts")):
        thread = None  # a message that has a thread, seen in the channel: an answer in the thread would go unseen
    return Place(
        channel,
        body["user"]["id"],
        thread=thread,
        response_url=body.get("response_url"),
        trigger=str(body.get("trigger_id") or ""),
    )


def team_of(body: Mapping[str, Any]) -> str:
    """The team of the person, who may be a guest of another one."""
    return str(body["user"].get("team_id") or (body.get("team") or {}).get("id") or "")


def after_mention(text: str, own: str | None) -> str:
    """The words after the bot's own name, or after the first name while we do not know ours; all of them without any."""
    names = list(_MENTION.finditer(text))
    name = next((one for one in names if one[1] == own), None if own else next(iter(names), None))
    return text if name is None else text[name.end() :].lstrip(_AFTER_A_NAME)


def typed(text: str) -> str:
    """What the person typed: Slack escapes three characters in what it hands on."""
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], text).strip()


def told_of(message: Mapping[str, Any], own_bot: str) -> str:
    """What a message is about, as ``why`` takes it: the story of a message of ours, else the first address in it; or empty.

    Args:
        message: as Slack hands it on with a shortcut.
        own_bot: id of our bot, or empty while it is not known; the buttons of other apps mean nothing to us.
    """
    if own_bot and message.get("bot_id") == own_bot:
        for part in _parts(message.get("blocks")):
            if part.get("type") == "button" and (about := _ABOUT.fullmatch(str(part.get("value") or ""))):
                return about[1]
    return next(_addresses(message), "")


def _addresses(message: Mapping[str, Any]) -> Iterator[str]:
    """Every address in a message, in the order in which a reader meets them."""
    yield from (typed(found) for found in _LINK.findall(str(message.get("text") or "")))
    for part in _parts([message.get("blocks"), message.get("attachments")]):
        if part.get("type") == "link" and str(part.get("url")).startswith(("http://", "https://")):
            yield str(part["url"])
        if isinstance(part.get("text"), str):
            yield from (typed(found) for found in _LINK.findall(part["text"]))
        yield from (str(part[name]) for name in ("title_link", "from_url") if str(part.get(name)).startswith("http"))


def _parts(value: object, depth: int = _DEPTH) -> Iterator[Mapping[str, Any]]:
    if depth == 0:
        return
    if isinstance(value, Mapping):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _parts(one, depth - 1)
