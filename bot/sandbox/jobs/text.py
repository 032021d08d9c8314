"""HTML of an item to plain text. Runs in a sandbox child."""

from __future__ import annotations

from bot.core.errors import DocumentError
from bot.sandbox.jobs.plain import plain_text

MAX_CHARACTERS = 2 * 1024 * 1024
"""Longest piece of HTML read, as long as the largest page."""


def html_to_text(html: str) -> str:
    """The words of a piece of HTML, paragraphs separated by a blank line.

    Raises:
        DocumentError: it is too long.
    """
    if len(html) > MAX_CHARACTERS:
        raise DocumentError("This HTML is longer than 2 million characters; it was not read.")
    return plain_text(html)
