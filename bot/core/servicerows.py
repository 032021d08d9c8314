"""What the sandbox reads out of one answer of an interface that lists things. It crosses a process boundary, so plain data only."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.documents import FeedEntry


@dataclass(frozen=True, slots=True)
class ServiceRows:
    """One answer of an interface that lists things, read as far as the kind of source needs it.

    Attributes:
        entries: what its rows say, in their order.
        rows: how many rows it had, those left out too.
        newest: the greatest value by which the rows are ordered, as the service writes it; empty if no row has one.
        oldest: the least such value.
        next: address of the next page as the service names it, or None.
        parts: identifiers of rows about which there is more to ask, in order.
        notes: what was left out.
    """

    entries: tuple[FeedEntry, ...]
    rows: int
    newest: str = ""
    oldest: str = ""
    next: str | None = None
    parts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
