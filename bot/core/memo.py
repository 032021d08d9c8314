"""Answers that are kept because they are asked for again soon, and can be worked out again at any time.

Promises: what was kept can be dropped whenever nothing is going on (``drop_memos``), and nobody notices but by the clock. Holds no
answer that anything depends on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

_DROPS: list[Callable[[], object]] = []
"""What drops each collection of kept answers; filled while modules are imported, and never after."""


def memo(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep the last answers of a pure function.

    Args:
        most: answers that are kept, the latest used.
    """

    def keeping(function: Callable[P, R]) -> Callable[P, R]:
        kept = lru_cache(maxsize=most)(function)
        dropped_with_others(kept.cache_clear)
        return cast("Callable[P, R]", kept)

    return keeping


def unkept(function: Callable[P, R]) -> Callable[P, R]:
    """The function itself, for an answer that is not worth keeping."""
    bare: Callable[P, R] = getattr(function, "__wrapped__", function)
    return bare


def dropped_with_others(drop: Callable[[], object]) -> None:
    """Have ``drop`` called whenever kept answers are dropped: for who keeps them in a way of its own."""
    _DROPS.append(drop)


def drop_memos() -> None:
    """Keep nothing of what can be worked out again."""
    for drop in _DROPS:
        drop()
