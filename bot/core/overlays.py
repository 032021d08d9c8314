"""What people decided about stories: the constraints of a workspace's overlay, and the audit row of each decision.

The store keeps these; ``stories.overlay`` says what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.identity import digest


class Bond(StrEnum):
    """What a constraint says of the two things it names."""

    ONE = "one"  # two stories are one
    APART = "apart"  # two stories are never one
    OUT = "out"  # an article does not belong to a story: it is a story of its own


@dataclass(frozen=True, slots=True)
class Constraint:
    """One decision of a person, which holds until it is taken back.

    Attributes:
        id: opaque.
        workspace_id: whose overlay it belongs to: ``file``, or platform and id of a chat's workspace (``slack:T1``).
        first: a story; for ``Bond.OUT`` the article.
        second: the other story; for ``Bond.OUT`` the story that the article is not of.
        member: who decided: the platform's id of the person in that workspace, never a name; ``operator`` in the terminal.
        at: when.
        channels: ids of the workspace's channels as they were known then: where it holds until their platform says more.
        undone_at: when it was taken back, or None while it holds.
    """

    id: str
    workspace_id: str
    bond: Bond
    first: str
    second: str
    member: str
    at: datetime
    channels: tuple[str, ...] = ()
    undone_at: datetime | None = None

    @property
    def ends(self) -> tuple[str, str]:
        """The two places it is about: stories, an article's own one among them."""
        return own_story(self.first) if self.bond is Bond.OUT else self.first, self.second


@dataclass(frozen=True, slots=True)
class Audited:
    """A row of the audit log: who did what, when, and how it was before and after.

    Attributes:
        what: the command: ``merge``, ``split``, ``mute``; of what was taken back too, but for decisions about stories.
        subjects: ids of what it was done to.
        before: the constraints it took back, a line of words each; of another change how it was, see ``bot.core.changes``.
        after: those it made, likewise; how it is now.
        number: by which ``undo`` takes it back; empty for decisions about stories, which constraints number.
    """

    workspace_id: str
    member: str
    at: datetime
    what: str
    subjects: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    number: str = ""


@dataclass(frozen=True, slots=True)
class OverlayChange:
    """One decision to be written: constraints made, ids of those taken back, and its audit row.

    Attributes:
        seen: how many decisions there were when this one was made; if another one came in between, it is made again.
    """

    made: tuple[Constraint, ...]
    undone: tuple[str, ...]
    audited: Audited
    seen: int


def own_story(item_id: str) -> str:
    """Id of the story of its own that an article taken out of another one gets: never that of a shared story."""
    return "s" + digest("taken out", item_id, size=6)
