"""Documents that stopped their reader: after the second time they are not read again. Pure but for the instant that is handed in.

Promises: a document counts by its bytes and by what is read of it, so that a changed one is read at once; what is remembered is
small and bounded, and nothing of a document is kept. Never forgets a document sooner than its time, but for want of room.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

KILLS = 2
"""Readers that a document may stop: one may have met a machine that was short of time or memory."""
SECONDS = 24 * 3600.0
"""How long it is set aside: a day, as the longest pause between two polls of a source in trouble; a newer reader may take it."""
MOST = 1_000
"""Documents remembered, at 100 bytes each; the oldest go first."""

SENTENCE = (
    "This document stopped its reader twice, so it is set aside: it is not read again for a day, unless it changes. "
    "It is too large, or built to be slow."
)


class Quarantine:
    """Remembers which documents stopped their reader."""

    def __init__(self) -> None:
        self._kills: OrderedDict[str, tuple[int, float]] = OrderedDict()  # by digest: how often, and until when it counts

    def __len__(self) -> int:
        """How many documents are remembered."""
        return len(self._kills)

    def holds(self, job: str, given: Mapping[str, Any], now: float) -> bool:
        """Whether a document is set aside. Nothing is worked out as long as nothing was ever stopped.

        Args:
            job: what is to be done with it.
            given: the job's arguments, the document among them.
            now: seconds that never go back.
        """
        while self._kills and next(iter(self._kills.values()))[1] <= now:
            self._kills.popitem(last=False)
        if not self._kills:
            return False
        kills, _ = self._kills.get(_digest(job, given), (0, 0.0))
        return kills >= KILLS

    def killed(self, job: str, given: Mapping[str, Any], now: float) -> None:
        """A document stopped its reader."""
        key = _digest(job, given)
        kills, _ = self._kills.pop(key, (0, 0.0))
        self._kills[key] = (kills + 1, now + SECONDS)
        while len(self._kills) > MOST:
            self._kills.popitem(last=False)


def _digest(job: str, given: Mapping[str, Any]) -> str:
    """A document by its bytes or its text; the other arguments (addresses, header fields) do not make it another one."""
    whole = hashlib.sha256(job.encode())
    parts = [value for value in given.values() if isinstance(value, bytes)]
    for part in parts or [repr(sorted(given.items())).encode("utf-8", "surrogatepass")]:
        whole.update(part)
    return whole.hexdigest()
