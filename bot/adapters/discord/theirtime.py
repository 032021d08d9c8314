"""What time it is at Discord, as its answers say it: the hours of its messages' ids are those of this clock and of no other.

Promises: what our own clock was set to plays no part once an answer was heard. A moment whose place in Discord's time nobody can
tell any more is said to be such. Reads no answer itself, asks nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.core.clock import Clock

WAVERING = timedelta(minutes=1)
"""How far clocks may differ, or be put right little by little, without having been set."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment by two clocks.

    Attributes:
        ours: by ours, as it went then.
        theirs: by Discord's; None where our clock was set back since and nobody knows by how much.
    """

    ours: datetime
    theirs: datetime | None


class TheirTime:
    """Discord's time: the ``Date`` of its last answer and what has passed since (RFC 9110, 6.6.1)."""

    def __init__(self, clock: Clock) -> None:
        """Nothing was heard yet: until then our own clock stands in.

        Args:
            clock: ours.
        """
        self._clock = clock
        self._told: tuple[datetime, float] | None = None

    def heard(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer; one without a date, or with none that can be read, teaches nothing."""
        try:
            told = parsedate_to_datetime(headers.get("Date", ""))
        except ValueError:
            return
        self._told = (told if told.tzinfo else told.replace(tzinfo=UTC)), self._clock.monotonic()

    def now(self) -> datetime:
        """What time it is there; too early by what a machine slept since, never too late."""
        if self._told is None:
            return self._clock.now()
        told, at = self._told
        return told + timedelta(seconds=self._clock.monotonic() - at)

    def moment(self) -> Moment:
        """The present one."""
        return Moment(self._clock.now(), self.now())

    def of(self, ours: datetime) -> Moment:
        """A moment that is known by our clock alone, as of a row that an earlier process wrote."""
        passed = self._clock.now() - ours
        if passed < -WAVERING:
            return Moment(ours, None)
        return Moment(ours, self.now() - max(passed, timedelta(0)))

    def age(self, moment: Moment) -> timedelta:
        """How long ago it was, at the least; by whichever clock more has passed."""
        if moment.theirs is None:
            return timedelta.max
        return max(self._clock.now() - moment.ours, self.now() - moment.theirs)
