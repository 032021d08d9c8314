"""How a source is: one word for lists, metrics and notices.

Every value is documented in docs/operations.md; a test keeps the two alike.
"""

from __future__ import annotations

from enum import StrEnum


class Health(StrEnum):
    """The state of a source, the gravest that holds."""

    OK = "ok"  # it is read, and it says something as often as it used to
    NEW = "new"  # it was not asked yet
    SLOW = "slow"  # it answers, but takes most of the time it is given
    UNDATED = "undated"  # none of its newest entries has a date: they are ordered by when we saw them
    EMPTY = "empty"  # it answers without a single entry
    SILENT = "silent"  # it is read, and says nothing for far longer than it used to
    GAP = "gap"  # it listed so much since the last poll that entries between may be lost
    THROTTLED = "throttled"  # it says that we ask too often
    FAILING = "failing"  # it does not answer, or answers with a fault of its own
    BLOCKED = "blocked"  # it refuses us: 401, 403, 451, or robots.txt
    NOT_A_FEED = "not_a_feed"  # what is at its address is something else
    QUARANTINED = "quarantined"  # its document stopped its reader twice; it is not read again until it changes, or for a day
    MOVED = "moved"  # it lives elsewhere now for good, and is read there
    GONE = "gone"  # it says that it is gone for good (410); it is not asked any more
