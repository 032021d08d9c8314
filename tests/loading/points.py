"""Points of the program at which tests end a process: its own hooks between a feed and the rows of what is to be sent, in order."""

from __future__ import annotations

POLL_AND_ALERT = (
    "poll.due_stored",
    "poll.answered",
    "poll.begin",
    "poll.before_commit",
    "poll.after_commit",
    "poll.committed",
    "alert.begin",
    "alert.matched",
    "alert.neighbours_read",
    "alert.decided",
    "alert.before_commit",
    "alert.after_commit",
    "alert.committed",
)
