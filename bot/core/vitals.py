"""How the database is at one moment, for whoever watches the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the database tells of the work that waits, and of itself.

    Attributes:
        queued: articles that wait to be filed.
        oldest_queued: when the first of these was first seen; None if none waits.
        oldest_due: since when the delivery that waits longest is due, parked channels aside; None if nothing is due.
        parked: channels that cannot be posted to.
        size: bytes of the database; of SQLite without its write-ahead log.
        log_size: bytes of SQLite's write-ahead log; None on PostgreSQL, whose log is its server's business.
        disk_free: bytes that are free on the disk of a SQLite database; None on PostgreSQL.
        backed_up: when the last backup was finished; None if none was made by the program.
    """

    queued: int = 0
    oldest_queued: datetime | None = None
    oldest_due: datetime | None = None
    parked: int = 0
    size: int = 0
    log_size: int | None = None
    disk_free: int | None = None
    backed_up: datetime | None = None
