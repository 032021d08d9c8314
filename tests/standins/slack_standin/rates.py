"""How often a method may be called, on the stand-in's clock, and who did not wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from .methods import METHODS
from .state import World


class Bucket:
    """A token bucket on the stand-in's clock."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst, self.level = rate, burst, burst
        self.at: datetime | None = None
        self.blocked_until: datetime | None = None

    def wait(self, now: datetime) -> int:
        """Whole seconds until the next call may come; 0 takes a token."""
        if self.at is not None:
            self.level = min(self.burst, self.level + max((now - self.at).total_seconds(), 0) * self.rate)
        self.at = now
        if self.level >= 1 - 1e-9:
            self.level -= 1
            return 0
        return max(1, int((1 - self.level) / self.rate + 0.999))


_FREE = 1e6
"""The rate of a method that has none of its own and was limited by a fault script alone."""


class Rates:
    """The buckets of all methods; posts have one for each channel (docs.slack.dev/apis/web-api/rate-limits, read 2026-11)."""

    def __init__(self, world: World, burst: int) -> None:
        self.world = world
        self.burst = burst
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def bucket(self, method: str, where: str | None) -> Bucket | None:
        if method == "chat.postMessage" and where:
            return self._buckets.setdefault((method, where), Bucket(1.0, self.burst))
        per_minute = METHODS[method].per_minute if method in METHODS else 0
        if per_minute:
            return self._buckets.setdefault((method, ""), Bucket(per_minute / 60, per_minute))
        return self._buckets.get((method, where or ""))

    def blocked(self, method: str, where: str | None) -> bool:
        """Whether a call comes before the time an earlier 429 named: then it is a violation."""
        bucket = self.bucket(method, where)
        if bucket is None or bucket.blocked_until is None or self.world.clock.now() >= bucket.blocked_until:
            return False
        early = (bucket.blocked_until - self.world.clock.now()).total_seconds()
        self.world.violate("too early", f"{method} {where or ''} came {early:.3f} s before Retry-After had passed")
        return True

    def wait(self, method: str, where: str | None) -> int:
        bucket = self.bucket(method, where)
        if bucket is None:
            return 0
        if self.blocked(method, where):
            assert bucket.blocked_until is not None
            return max(1, int((bucket.blocked_until - self.world.clock.now()).total_seconds() + 0.999))
        return bucket.wait(self.world.clock.now())

    def limit(self, method: str, where: str | None, seconds: int) -> None:
        """Say that nothing more may come for so long."""
        bucket = self.bucket(method, where) or self._buckets.setdefault((method, where or ""), Bucket(_FREE, _FREE))
        now = self.world.clock.now()
        bucket.blocked_until = max(bucket.blocked_until or now, now + timedelta(seconds=seconds))
