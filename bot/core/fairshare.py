"""Whose turn it is when more waits than can be taken at once. Pure.

Promises: workspaces take turns, so that ten thousand pieces of one do not delay the one piece of another; within a workspace the
order stays; nobody who waits is passed over for ever; the same waiting gives the same order. Never takes or drops anything.

What the operator's file declares is told in every workspace's channels, so it counts as much as all workspaces that wait together:
every second turn is the file's while something of it waits, and the turns between are the workspaces', one after the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from bot.core.model import FILE_WORKSPACE

T = TypeVar("T")

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""What priorities are counted from: they are whole seconds, and a job queue keeps 31 bits of them, which lasts until 2088."""


def in_turn(waiting: Iterable[T], whose: Callable[[T], str], *, after: str = "") -> list[T]:
    """What waits, in the order in which it should be taken.

    Workspaces come by name, beginning with the one behind ``after``, and round again; one that has nothing left drops out. Who
    takes only the head of the list passes as ``after`` next time whose turn was the last one taken (``last_of``): so the turns go
    on where they ended, however much some workspaces have waiting.

    Args:
        waiting: in the order that is kept within each workspace.
        whose: the workspace of a piece, ``file`` for the operator's.
        after: the workspace that had the last turn.
    """
    return [piece for turn in _rounds(waiting, whose, after) for piece in turn]


def last_of(taken: Sequence[T], whose: Callable[[T], str], *, before: str = "") -> str:
    """The workspace that had the last turn among ``taken``; ``before`` if none but the file had one."""
    return next((found for piece in reversed(taken) if (found := whose(piece)) != FILE_WORKSPACE), before)


def ranked(waiting: Iterable[tuple[str, str]], now: datetime) -> dict[str, int]:
    """A priority for each piece that waits; the higher one goes first.

    It is the instant that a piece may claim, negated: ``now``, and a second more for every round of turns before its own. Ten
    thousand sources that are due at once in one workspace claim the next three hours, so that what comes a minute later in another
    workspace goes before all but the first sixty of them. What claims an instant is passed only by what claims an earlier one, and
    everything new claims ``now`` or later: so nothing waits for ever, and nothing has to be remembered between two calls. Order
    within a workspace is kept among the pieces of one call; of equal priorities the queue takes the one put into it first.

    Args:
        waiting: ids, each with its workspace, in the order that is kept within each workspace; an id that comes twice counts once.
        now: the present, by the clock that all who call this go by.

    Returns:
        By id: at most 0 from 2020 on.
    """
    once = dict(waiting)
    seconds = int((now - EPOCH).total_seconds())
    rounds = _rounds(once.items(), lambda piece: piece[1], "")
    return {piece: -(seconds + number) for number, turn in enumerate(rounds) for piece, _ in turn}


def _rounds(waiting: Iterable[T], whose: Callable[[T], str], after: str) -> Iterable[list[T]]:
    """Rounds of turns: in each, every workspace that still has something has one, and between them the file."""
    queues: dict[str, deque[T]] = {}
    for piece in waiting:
        queues.setdefault(whose(piece), deque()).append(piece)
    files = queues.pop(FILE_WORKSPACE, deque())
    names = sorted(queues, key=lambda name: (name <= after, name))
    while names or files:
        turn = []
        for name in names or [FILE_WORKSPACE]:
            if files:
                turn.append(files.popleft())
            if name != FILE_WORKSPACE:
                turn.append(queues[name].popleft())
        names = [name for name in names if queues[name]]
        yield turn
