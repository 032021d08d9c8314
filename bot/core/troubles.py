"""What is remembered of something that is wrong, so that it is told once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TroubleRecord:
    """What is remembered of something that is wrong, or was told to be.

    Attributes:
        subject: what it is about (``source:eff``).
        state: what is wrong, in one word; of a matter that was told, as it was told.
        since: since when.
        told_at: when the operator was told last, None if it was not.
        better_since: since when it looks well again, None while it does not.
    """

    subject: str
    state: str
    since: datetime
    told_at: datetime | None = None
    better_since: datetime | None = None
