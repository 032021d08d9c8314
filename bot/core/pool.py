"""How a process is connected to PostgreSQL; SQLite knows nothing of it. A plain value. Never connects anywhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pool:
    """Connections of one process.

    Attributes:
        connections: at most so many at a time, half of them for writing, and one of each kind at least. Ten are enough for some
            hundred messages a second: a transaction takes milliseconds, and the server's cores do not get more.
        pooler: whether the address leads to a pooler that gives every transaction another session (pgbouncer's transaction mode):
            then nothing is set for a session, but for each transaction at its beginning, and no statement is prepared. It takes
            twice the server's time (``docs/postgresql.md``).
    """

    connections: int = 10
    pooler: bool = False


DIRECT = Pool()
"""Straight to the server."""
