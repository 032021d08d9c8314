"""What the archive is asked for: words that an item must hold, before a rule looks at the item itself.

Promises: a search is a plain value that every database can answer alike. It narrows and never decides: whatever it finds is
matched again, so it may find too much and must not find too little. Words are those of ``bot.rules.narrow.search_words``.
"""

from __future__ import annotations

from dataclasses import dataclass

ANYTHING = "…"
"""Stands in the index for an item whose words are too many to keep: every search finds it. No word of a text is written so."""


@dataclass(frozen=True, slots=True)
class SearchWord:
    """The item holds this word, or with ``prefix`` one that begins so.

    Attributes:
        text: folded letters and digits of any script, and of signs only ``&``, ``+`` and ``#``; never empty.
    """

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class SearchAll:
    """All parts; there are two or more."""

    parts: tuple[Search, ...]


@dataclass(frozen=True, slots=True)
class SearchAny:
    """One of the parts; there are two or more."""

    parts: tuple[Search, ...]


Search = SearchWord | SearchAll | SearchAny
