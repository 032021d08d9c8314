"""What a person did to the application, and what the application made of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .world import Channel, Message, User

ANSWER_WITHIN = timedelta(seconds=3)
TOKEN_LIVES = timedelta(minutes=15)
"""interactions/receiving-and-responding, 2026-08."""

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
DEFERRED = 5


@dataclass
class Interaction:
    """One act of a person.

    Attributes:
        kind: 2 command, 3 component, 4 autocomplete, 5 modal.
        answers: callbacks that were taken, as sent; more than one is impossible.
        answered_after: on the injected clock.
        original: the answer's message, once there is one.
        followups: further messages, oldest first.
        modal: the modal the person sees, if that was the answer.
        choices: the answer to an autocomplete.
        trigger: the interaction whose modal was submitted.
        lost: it was answered too late, which is a violation of its own.
    """

    id: str
    token: str
    kind: int
    user: User
    channel: Channel
    created: datetime
    data: dict[str, Any]
    message: Message | None = None
    answer: dict[str, Any] | None = None
    answered_after: timedelta | None = None
    ephemeral: bool = False
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    choices: list[dict[str, Any]] | None = None
    modal: dict[str, Any] | None = None
    deleted_original: bool = False
    lost: bool = False
    trigger: Interaction | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def waiting(self) -> bool:
        """Whether the person still sees that the application is thinking."""
        return self.answer is not None and self.answer["type"] == DEFERRED and self.original is None and not self.deleted_original

    def unfinished(self) -> list[str]:
        """What is still owed to the person."""
        what = f"interaction {self.id} (type {self.kind}, {self.data.get('name') or self.data.get('custom_id')})"
        if self.lost:
            return []
        if self.answer is None:
            return [f"{what} was never answered"]
        return [f"{what} was deferred and never finished"] if self.waiting else []

    def note(self) -> None:
        """Tell whoever waits that something changed."""
        self.changed.set()
        self.changed = asyncio.Event()
