"""What the store tells of many stories at once: counts and lists for questions about a time, not about one article."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.model import Commitment


@dataclass(frozen=True, slots=True)
class Promised:
    """A commitment and the story it was found in."""

    story_id: str
    commitment: Commitment


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came in a span of time.

    Attributes:
        items: how many filed items each source brought, by source id.
        copies: how many of these repeat another's text, by source id.
        outlets: (outlet as printed or None, canonical address or None, number) of what the asked rules matched.
        copied: the copies of what a workspace's own source brought, by source id, source id of the original and its id, as far as
            that is still known.
    """

    items: dict[str, int]
    copies: dict[str, int]
    outlets: tuple[tuple[str | None, str | None, int], ...]
    copied: dict[tuple[str, str, str], int] = field(default_factory=dict)
