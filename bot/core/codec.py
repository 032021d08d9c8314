"""Messages to JSON and back, for the outbox table. A field unknown to an older program is an error, not a guess."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

from bot.core.messages import DigestMessage, Message, NoticeMessage, ReminderMessage, StoryMessage, Update, UpdateMessage
from bot.core.model import Level, Precision

_KINDS = {
    StoryMessage: "story",
    DigestMessage: "digest",
    NoticeMessage: "notice",
    UpdateMessage: "update",
    ReminderMessage: "reminder",
}


def encode_message(message: Message) -> str:
    """One line of JSON with a ``kind``."""
    kind = _KINDS[type(message)]
    return json.dumps({"kind": kind, **dataclasses.asdict(message)}, ensure_ascii=False, separators=(",", ":"), default=_instant)


def decode_message(text: str) -> Message:
    """Read what ``encode_message`` wrote.

    Raises:
        ValueError: the text is not a message of a known kind.
    """
    data = json.loads(text)
    kind = data.pop("kind", None)
    if kind == "story":
        return _story(data)
    if kind == "digest":
        return DigestMessage(
            title=data["title"],
            stories=tuple(_story(story) for story in data["stories"]),
            note=data["note"],
            repeated=data["repeated"],
        )
    if kind == "notice":
        return NoticeMessage(title=data["title"], lines=tuple(data["lines"]), repeated=data["repeated"])
    if kind == "update":
        return _update(data)
    if kind == "reminder":
        return _reminder(data)
    raise ValueError(f"unknown kind of message {kind!r}")


def _story(data: dict[str, Any]) -> StoryMessage:
    follows = data["follows"]
    return StoryMessage(
        **{
            **data,
            "sentences": tuple(data["sentences"]),
            "published": _read_instant(data["published"]),
            "also": tuple(data["also"]),
            "rules": tuple((rule_id, title) for rule_id, title in data["rules"]),
            "matched": tuple(data["matched"]),
            "follows": None if follows is None else (follows[0], _read_instant(follows[1])),
            "level": Level(data["level"]),
            "notes": tuple(data["notes"]),
        }
    )


def _update(data: dict[str, Any]) -> UpdateMessage:
    return UpdateMessage(
        **{
            **data,
            "update": Update(data["update"]),
            "published": _read_instant(data["published"]),
            "sentences": tuple(data["sentences"]),
            "precision": Precision(data["precision"]),
            "level": Level(data["level"]),
        }
    )


def _reminder(data: dict[str, Any]) -> ReminderMessage:
    return ReminderMessage(
        **{
            **data,
            "due": datetime.fromisoformat(data["due"]),
            "precision": Precision(data["precision"]),
            "said": _read_instant(data["said"]),
            "asked": _read_instant(data["asked"]),
        }
    )


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"cannot store a {type(value).__name__} in a message")


def _read_instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
