"""How long whoever works now may be kept waiting: a person who asked something is answered soon, the bot's own work can wait.

It belongs to the task that works, like the language it speaks (``spoken``): every call of the store would carry it otherwise.
Promises: nobody waits longer for saying nothing. Never waits itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

IN_PERSON = timedelta(seconds=2)
"""How long a person's question waits for another program to leave the database. Whoever asked should know within three seconds,
which is also what both platforms give a bot for its first word (docs.slack.dev/interactivity/implementing-slash-commands,
docs.discord.com/developers/interactions/receiving-and-responding; 2026-11)."""

_WAITS: ContextVar[timedelta | None] = ContextVar("patience", default=None)


@contextmanager
def waiting_at_most(longest: timedelta = IN_PERSON) -> Iterator[None]:
    """Whatever is done within waits no longer than that for others, even where it usually may."""
    before = _WAITS.set(min(longest, _WAITS.get() or longest))
    try:
        yield
    finally:
        _WAITS.reset(before)


def patience(usual: timedelta) -> timedelta:
    """How long the present task may wait where it may usually wait ``usual``."""
    longest = _WAITS.get()
    return usual if longest is None else min(usual, longest)
