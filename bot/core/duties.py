"""What a process of an installation does, and how several of them work beside one another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Duty(StrEnum):
    """What a process does. One that runs alone does all of it."""

    WORK = "work"
    """Ask sources, file articles, send messages."""
    CHAT = "chat"
    """Hear and answer commands over the platforms' own connections."""
    WEB = "web"
    """Serve what is asked over HTTP: Slack's requests, the callbacks of hubs."""


ALL_DUTIES = frozenset(Duty)


@dataclass(frozen=True, slots=True)
class Together:
    """How a process works beside others on one database server.

    Attributes:
        jobs: wake-ups in hand at a time.
        listen: the database may tell of new ones; else it is asked once a second.
        node: what this process is called; empty: its machine's name and its number.
        queue: address of the same PostgreSQL for the queue of jobs, where the database's own leads to a pooler; empty: the same.
    """

    jobs: int = 32
    listen: bool = True
    node: str = ""
    queue: str = ""
