"""What is remembered of a database that was put back from a copy: from when on it does not know what it said.

Promises: a row that may have been said in the lost time is never taken for one that was not. Standard library
only; ``now`` comes in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.deliveries import Action, Delivery
from bot.core.messages import ReminderMessage, StoryMessage, UpdateMessage

FACT = "restored"
"""Under which name it is kept."""
HOLD = "restored"
"""The id of the holds under which a restored database starts: one a channel."""
REMEMBERED = timedelta(days=7)
"""How long after a restore a source may still bring what was told in the lost time: as long as ``max_age`` lets it be told at all
unless a file says otherwise."""
UNDATED = timedelta(days=1)
"""How long the same is feared of articles without a date: by then every source that works was asked again."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A database was put back.

    Attributes:
        since: the last moment that it remembers: what was said after that it does not know.
        at: when it was put back: what was published later was not said before, if its date is true.
        held: deliveries that were held for a person because nobody could tell: one that waits again was let go by that person.
    """

    since: datetime
    at: datetime
    held: tuple[str, ...] = ()

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps({"since": self.since.isoformat(), "at": self.at.isoformat(), "held": self.held})

    @classmethod
    def from_json(cls, text: str) -> Restored:
        """As it was kept."""
        told = json.loads(text)
        return cls(datetime.fromisoformat(told["since"]), datetime.fromisoformat(told["at"]), tuple(told["held"]))

    def to_be_asked(self, row: Delivery) -> bool:
        """Whether a platform that can be asked is asked about a waiting row, whatever the article says of its date."""
        silent = row.action is Action.EDIT or row.message is None
        return not silent and row.id not in self.held and row.created_at <= self.at + REMEMBERED

    def may_have_been_said(self, row: Delivery) -> bool:
        """Whether the message of such a row may stand in its channel since the lost time, as far as its dates tell."""
        if row.created_at <= self.at:
            return True
        match row.message:
            case ReminderMessage():
                return row.message.due <= self.at
            case StoryMessage() | UpdateMessage():
                published = row.message.published
                return published <= self.at if published is not None else row.created_at <= self.at + UNDATED
            case _:  # a notice that was made since; what a digest tells was asked about one by one
                return False
