"""Stable identifiers: the same input gives the same identifier on every machine, in every run."""

from __future__ import annotations

import hashlib


def digest(*parts: str, size: int = 8) -> str:
    """Hex of a BLAKE2b digest (RFC 7693) over length-prefixed parts, ``size`` bytes long.

    Length prefixes keep ("ab", "c") and ("a", "bc") apart.
    """
    state = hashlib.blake2b(digest_size=size)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()


def item_id(source_id: str, *, guid: str | None, canonical_url: str | None, title: str, summary: str) -> str:
    """Identity of an entry within its source: its guid, else its canonical address, else its words."""
    if guid:
        return "i" + digest(source_id, "guid", guid)
    if canonical_url:
        return "i" + digest(source_id, "url", canonical_url)
    return "i" + digest(source_id, "text", title, summary)


def story_id(first_item_id: str) -> str:
    """A story is named after the item that opened it, so that a replay names it alike."""
    return "s" + digest("story", first_item_id, size=6)


def content_hash(title: str, summary: str, content_text: str) -> str:
    """Changes when what a reader would read changes."""
    return digest(title, summary, content_text)


def delivery_id(channel_id: str, action: str, story_id: str, ordinal: int) -> str:
    """Number of a delivery: the same decision always carries the same number."""
    return "d" + digest(channel_id, action, story_id, str(ordinal), size=10)
