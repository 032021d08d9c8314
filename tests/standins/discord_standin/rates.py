"""Rate limits as Discord keeps them: a bucket per route and top-level resource, and one global limit.

The clock they are measured on runs in real time, since an SDK sleeps in real time whatever a test's clock says; moving a
test's clock moves it too.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

GRACE = 0.1
"""Seconds in which a request that was already on the wire when its 429 left does not count as pushy."""


@dataclass
class Bucket:
    """One window of one bucket."""

    limit: int
    window: float
    remaining: int
    resets: float


@dataclass(frozen=True)
class Verdict:
    """What the limiter says to a request: its headers, and how long to wait if it is refused."""

    headers: dict[str, str]
    retry_after: float | None = None
    is_global: bool = False


class Rates:
    """Counts requests.

    Attributes:
        limits: (requests, seconds) by ``METHOD /template``; others have ``default``.
        everything: (requests, seconds) of all routes but interactions together; Discord's is 50 a second
            (topics/rate-limits, 2026-08).
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.limits: dict[str, tuple[int, float]] = {}
        self.default = (50, 1.0)
        self.everything = (50, 1.0)
        self._monotonic = monotonic
        self._buckets: dict[str, Bucket] = {}
        self._global = Bucket(*self.everything, self.everything[0], 0.0)
        self._closed: dict[str, tuple[float, float]] = {}

    def ask(self, route: str, major: str, *, interaction: bool) -> Verdict:
        """Take one request of ``route`` into account."""
        now = self._monotonic()
        limit, window = self.limits.get(route, self.default)
        key = f"{route}:{major}"
        bucket = self._buckets.get(key)
        if bucket is None or bucket.resets <= now or (bucket.limit, bucket.window) != (limit, window):
            bucket = self._buckets[key] = Bucket(limit, window, limit, now + window)
        if not interaction:
            if self._global.resets <= now:
                self._global = Bucket(*self.everything, self.everything[0], now + self.everything[1])
            if self._global.remaining <= 0:
                return Verdict(self._headers(route, bucket, now), self._global.resets - now, is_global=True)
            self._global.remaining -= 1
        if bucket.remaining <= 0:
            return Verdict(self._headers(route, bucket, now), bucket.resets - now)
        bucket.remaining -= 1
        return Verdict(self._headers(route, bucket, now))

    def close(self, route: str, major: str, retry_after: float, *, is_global: bool) -> None:
        """Remember that a 429 was sent: nothing may come before ``retry_after`` seconds have passed."""
        now = self._monotonic()
        self._closed["*" if is_global else f"{route}:{major}"] = (now + GRACE, now + retry_after)

    def pushy(self, route: str, major: str, *, interaction: bool) -> float | None:
        """Seconds by which a request comes too early, or None."""
        now = self._monotonic()
        for key in (f"{route}:{major}",) if interaction else ("*", f"{route}:{major}"):
            quiet = self._closed.get(key)
            # One millisecond: the SDK's sleep and this clock round differently.
            if quiet is not None and quiet[0] < now < quiet[1] - 0.001:
                return quiet[1] - now
        return None

    def _headers(self, route: str, bucket: Bucket, now: float) -> dict[str, str]:
        left = max(bucket.resets - now, 0.0)
        return {
            "X-RateLimit-Bucket": hashlib.sha256(route.encode()).hexdigest()[:32],
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(bucket.remaining),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
        }
