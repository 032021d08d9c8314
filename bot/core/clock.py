"""Time, passed in. Nothing outside this module and the composition root asks the machine what time it is.

All instants are aware datetimes in UTC.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What a service needs to know of time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for measuring spans only."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


class SharedClock:
    """Another machine's time, as far as it was told: several machines that go by it need not agree among themselves.

    Args:
        own: this machine's clocks; spans are measured by them alone.
    """

    def __init__(self, own: Clock) -> None:
        self._own = own
        self._ahead = timedelta(0)
        self._told = False

    @property
    def ahead(self) -> timedelta:
        """How far the other clock is ahead of ours."""
        return self._ahead

    def heard(self, told: datetime, *, asked: datetime, answered: datetime) -> timedelta:
        """The other machine said what time it is, between two instants of our own clock; returns how far ours was corrected.

        What agrees with what is known corrects nothing: a process that was stopped between the question and the answer would
        else be wrong by half of the time for which it was.
        """
        before, least, most = self._ahead, require_utc(told) - answered, told - asked
        if not (self._told and least <= before <= most):
            self._ahead, self._told = least + (most - least) / 2, True
        return self._ahead - before

    def own(self) -> datetime:
        """The present instant by this machine's own clock."""
        return self._own.now()

    def now(self) -> datetime:
        """The present instant by the other machine's clock, aware, in UTC."""
        return self._own.now() + self._ahead

    def monotonic(self) -> float:
        """Seconds that never go back, by this machine's clock."""
        return self._own.monotonic()


class VirtualClock:
    """A clock that stands still until it is moved; ``replay`` and tests use it."""

    def __init__(self, start: datetime) -> None:
        self._now = require_utc(start)
        self._elapsed = 0.0

    def now(self) -> datetime:
        """The instant the clock was last moved to."""
        return self._now

    def monotonic(self) -> float:
        """Seconds the clock has been moved forward in all."""
        return self._elapsed

    def move_to(self, instant: datetime) -> None:
        """Move to ``instant``. Moving back is allowed: the machine's clock does it too; monotonic time then stays."""
        step = (require_utc(instant) - self._now).total_seconds()
        self._elapsed += max(step, 0.0)
        self._now = instant

    def advance(self, step: timedelta) -> None:
        """Move forward by ``step``."""
        self.move_to(self._now + step)


def require_utc(instant: datetime) -> datetime:
    """Return ``instant`` if it is aware and in UTC.

    Raises:
        ValueError: it is naive or in another zone; such a value would compare wrongly without a word.
    """
    if instant.utcoffset() != timedelta(0):
        raise ValueError(f"an aware UTC datetime is needed, got {instant!r}")
    return instant


def format_instant(instant: datetime | None) -> str | None:
    """``2020-06-10T22:18:00Z``, whole seconds, or None: the one way times are printed for programs."""
    if instant is None:
        return None
    return require_utc(instant).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def parse_instant(text: str) -> datetime:
    """Read what ``format_instant`` wrote.

    Raises:
        ValueError: the text is not of that form.
    """
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
