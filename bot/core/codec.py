"""Messages to JSON and back, for the outbox table. A field unknown to an older program is an error, not a guess."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

from bot.core.model import DigestMessage, Level, Message, NoticeMessage, StoryMessage

_KINDS = {StoryMessage: "story", DigestMessage: "digest", NoticeMessage: "notice"}


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


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"cannot store a {type(value).__name__} in a message")


def _read_instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
