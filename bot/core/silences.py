"""What people silence for a while: mutes of one thing, and holds of everything; and which stories they follow.

Frozen values; instants aware and in UTC. What a mute means for a story is decided in ``bot.service.muted``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Silenced(StrEnum):
    """What kind of thing a mute is about."""

    RULE = "rule"
    SOURCE = "source"
    OUTLET = "outlet"
    ENTITY = "entity"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Mute:
    """One thing that people want to hear nothing of.

    Attributes:
        id: opaque.
        workspace_id: whose it is, as constraints name workspaces: ``file``, or platform and id (``slack:T1``).
        kind, subject: what it is about: the id of a rule, source, entity or story; of an outlet its name or domain as compared
            (``bot.service.muted.outlet_key``).
        name: the same as people call it.
        channel_id: where it holds; None: in every channel of the workspace.
        member: who asked for it: the platform's id, ``operator`` in the terminal.
        at: since when.
        until: its end, or None.
        channels: ids of the workspace's channels as they were known then: where it holds until their platform says more.
        ended_at: when a person ended it, or None.
    """

    id: str
    workspace_id: str
    kind: Silenced
    subject: str
    name: str
    channel_id: str | None
    member: str
    at: datetime
    until: datetime | None = None
    channels: tuple[str, ...] = ()
    ended_at: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        """Whether it silences anything at this instant."""
        return self.ended_at is None and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing is sent to one channel until somebody says so, or until a time; a hold of everything is one for each channel.

    Attributes:
        id: of the person's decision: the same for all channels it reached.
        workspace_id, member, at, until, ended_at: as of a mute.
        channel_id: where.
        settled_at: when what had waited was let out; only from then on is anything sent again.
    """

    id: str
    workspace_id: str
    channel_id: str
    member: str
    at: datetime
    until: datetime | None = None
    ended_at: datetime | None = None
    settled_at: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        """Whether it still stands at this instant."""
        return self.ended_at is None and (self.until is None or now < self.until)
