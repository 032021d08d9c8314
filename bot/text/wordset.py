"""Word lists written as running text, as people read and check them."""

from __future__ import annotations


def word_set(*lines: str) -> frozenset[str]:
    """The words of all lines, which are separated by blanks."""
    return frozenset(word for line in lines for word in line.split())
