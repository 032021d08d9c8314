"""What the sandbox reads of a watched page. It crosses a process boundary, so plain data only."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.documents import FeedEntry


@dataclass(frozen=True, slots=True)
class WatchedPage:
    """The watched part of a page.

    Attributes:
        title: of the whole page, one line.
        language: as the page states it, or None.
        found: how many elements the selector found; of a page that is no HTML, 1.
        lines: what they say, line by line in the page's order, without what is to be ignored; empty for a list.
        entries: what each element of a list says and leads to; empty for a page watched as a whole.
        login: the page asks for a password.
        notes: what was left out.
        cut: what is watched says more than ``lines``.
    """

    title: str
    language: str | None
    found: int
    lines: tuple[str, ...]
    entries: tuple[FeedEntry, ...]
    login: bool
    notes: tuple[str, ...] = ()
    cut: bool = False
