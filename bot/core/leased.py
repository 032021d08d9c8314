"""Whether a call may still leave: asked by an adapter in the last moment, after all that kept it waiting.

A process that was stopped for longer than its lease lasted must not send what another has taken over meanwhile, and between the
decision to send and the first byte an adapter may have waited long: for a rate limit, for a connection, for a question of its own.
It belongs to the task that sends, like the language it speaks (``spoken``). Promises: outside a send everything may leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_OURS: ContextVar[Callable[[], bool] | None] = ContextVar("leased", default=None)


class LeaseOverError(Exception):
    """The lease is over, or nearly: nothing was sent, and nothing may be."""


@contextmanager
def leaving_while(ours: Callable[[], bool]) -> Iterator[None]:
    """Whatever is sent within leaves only while this says so."""
    before = _OURS.set(ours)
    try:
        yield
    finally:
        _OURS.reset(before)


def must_be_ours() -> None:
    """Ask it right before a request leaves.

    Raises:
        LeaseOverError: it must not.
    """
    ours = _OURS.get()
    if ours is not None and not ours():
        raise LeaseOverError
