"""What can go wrong on the way, as values; the server plays them.

``accepted`` says whether the request was carried out before things went wrong: the reply that is lost after acceptance is the
case an outbox must survive.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Status:
    """An error page of the edge: HTML, no code, as Discord's load balancers send it."""

    status: int = 502
    accepted: bool = False


@dataclass(frozen=True)
class Refusal:
    """A JSON error of the API itself, such as 200000 (AutoMod) or 30046 (too many edits of old messages)."""

    status: int
    code: int
    message: str = "scripted"
    accepted: bool = False


@dataclass(frozen=True)
class Cut:
    """The connection ends without an answer."""

    accepted: bool = True


@dataclass(frozen=True)
class Reset:
    """The connection is reset (RST), which clients see as another error than an orderly end."""

    accepted: bool = False


@dataclass(frozen=True)
class HalfHeaders:
    """The connection ends in the middle of the answer's headers."""

    accepted: bool = True


@dataclass(frozen=True)
class Hang:
    """No answer, and the connection stays open until the stand-in stops or ``release`` is called."""

    accepted: bool = False


@dataclass(frozen=True)
class Malformed:
    """Status 200 and half of a JSON document."""

    accepted: bool = True


@dataclass(frozen=True)
class RateLimited:
    """429 as Discord's API sends it: ``Via``, JSON body, ``Retry-After``.

    Attributes:
        told: ``both`` in body and header, as Discord does; ``date``, a date in the header alone, as what stands between it and
            a caller may say it; ``missing``, nowhere.
    """

    retry_after: float = 0.05
    is_global: bool = False
    scope: str = "user"
    told: str = "both"
    accepted: bool = field(default=False, init=False)


@dataclass(frozen=True)
class Cloudflare:
    """429 as Cloudflare sends it to a banned address: HTML and no ``Via``; ``told`` as a number (``both``) or as a ``date``."""

    retry_after: float = 600.0
    told: str = "both"
    accepted: bool = field(default=False, init=False)


Fault = Status | Refusal | Cut | Reset | HalfHeaders | Hang | Malformed | RateLimited | Cloudflare


@dataclass
class Scripted:
    """A fault waiting for its call.

    Attributes:
        route: ``METHOD /path/{template}``.
        nth: which call of that route from now on, counted from 1.
        times: for how many calls in a row.
        seen: calls of the route since it was scripted.
    """

    route: str
    fault: Fault
    nth: int = 1
    times: int = 1
    seen: int = 0

    def takes(self) -> bool:
        """Count a call; whether it is one of those that fail."""
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times

    @property
    def spent(self) -> bool:
        """Whether all its calls have been."""
        return self.seen >= self.nth + self.times - 1
