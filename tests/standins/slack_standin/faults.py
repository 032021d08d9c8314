"""What can go wrong on the way, scripted: the nth call of a method meets a fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["status", "cut", "reset", "half", "hang", "malformed", "ratelimited", "error"]
Told = Literal["seconds", "float", "date", "missing"]
"""How a 429 says how long to wait. Slack says whole seconds; what stands between it and a caller may say it otherwise."""
HALF_HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: applic"
HTML = "<!DOCTYPE html><html><head><title>Server Error</title></head><body><h1>Server Error</h1></body></html>"


@dataclass
class Fault:
    """One scripted fault.

    Attributes:
        method: of the Web API, or ``response_url``, ``upload``, ``link`` (the socket's handshake).
        kind: ``status`` (an HTTP status with an HTML body), ``cut`` (the connection ends without an answer), ``reset`` (it
            ends with RST), ``half`` (it ends in the middle of the answer's headers), ``hang`` (nothing is ever answered),
            ``malformed`` (half a JSON object), ``ratelimited`` (429), ``error`` (200 with an error code).
        nth: which call from now on, 1 the next.
        times: how many calls in a row.
        commit: whether the request takes effect before the fault: with ``cut`` the message stands and nobody was told.
        channel: only calls for this channel count.
        told: how a 429 says ``retry_after``.
    """

    method: str
    kind: Kind
    nth: int = 1
    times: int = 1
    commit: bool = False
    status: int = 503
    retry_after: int = 1
    error: str = "internal_error"
    channel: str | None = None
    told: Told = "seconds"
    seen: int = 0

    def strikes(self, method: str, channel: str | None) -> bool:
        """Whether this call is struck; counts it when it is of the right kind."""
        if method != self.method or (self.channel is not None and channel != self.channel):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times

    @property
    def spent(self) -> bool:
        """Whether it can strike no more."""
        return self.seen >= self.nth + self.times - 1

    def __str__(self) -> str:
        return f"{self.kind}{' after it was accepted' if self.commit else ''}"


class FaultScript:
    """All faults of a test, in the order they were written."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Add a fault to the script."""
        self.faults.append(fault)
        return fault

    def next(self, method: str, channel: str | None) -> Fault | None:
        """The fault that strikes this call; every fault that waits for this method counts the call."""
        struck = [fault for fault in self.faults if fault.strikes(method, channel)]
        return struck[0] if struck else None

    def unspent(self) -> list[Fault]:
        """Faults that never struck: a test that scripted one and did not meet it proves nothing."""
        return [fault for fault in self.faults if not fault.spent]
