"""What people asked to be reminded of, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.messages import ReminderMessage


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder of a story in a channel.

    Attributes:
        id: opaque.
        workspace_id: whose it is, as mutes name workspaces.
        story_id: the story as it is now: a merge carries it over.
        message: what will be said; ``message.due`` is when.
        asked_by: who asked, as a keyed digest (``bot.core.members``), so that this person may take it back.
        made_at: when it was asked for.
        told_by: the delivery that tells it, once that is written.
        ended_at: when it was told or taken back, or None while it waits.
    """

    id: str
    workspace_id: str
    channel_id: str
    story_id: str
    message: ReminderMessage
    asked_by: str
    made_at: datetime
    told_by: str | None = None
    ended_at: datetime | None = None

    @property
    def due_at(self) -> datetime:
        """When it is told."""
        return self.message.due
