"""What is drawn: messages as a platform was sent them, and stretches of a channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """A message as a channel shows it.

    Attributes:
        payload: what the platform was sent, as it stands after the last edit.
        asked: what a person did to get it, or None for a message of the bot's own accord.
    """

    payload: dict[str, Any]
    at: datetime
    edited: bool = False
    private: bool = False
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A stretch of a channel or of a thread, oldest message first.

    Attributes:
        name: of the files.
        title: what it shows, for people who do not see the picture.
        thread: how many of the messages stand in the thread of the first.
        view: a window or a page instead of messages, as the platform was sent it (Slack: a modal or a Home tab; Discord: a modal).
    """

    name: str
    title: str
    said: tuple[Said, ...] = ()
    thread: int = 0
    view: dict[str, Any] | None = None
