"""Stable identifiers: the same input gives the same identifier on every machine, in every run."""

from __future__ import annotations

import hashlib
import re

_WORD = re.compile(r"\w+")
_PART = re.compile(r"\S+")
_LETTER = re.compile(r"[^\W\d_]")
_SHORT = 3
"""Letters up to which a headline's word is mostly grammar (the, of, and) and tells no article from another."""


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


def reissued_id(known_id: str, canonical_url: str) -> str:
    """Identity of an article that came under the identifier of another one: that identifier with the article's own address."""
    return "i" + digest(known_id, "reissued", canonical_url)


def retitled(before: str, after: str) -> bool:
    """Whether two headlines are of two articles: less than half of the shorter one's words are in both.

    A corrected headline keeps most of its words; headlines of unrelated articles share hardly one.
    """
    first, second = _title_words(before), _title_words(after)
    return 2 * len(first & second) < min(len(first), len(second))


def _title_words(title: str) -> set[str]:
    found = set(_WORD.findall(title.casefold()))
    return {word for word in found if len(word) > _SHORT} or found


def says_more(before: str, after: str) -> bool:
    """Whether a text has a word that it did not have: figures and clock times, which some feeds write anew each time, aside."""
    return not _spoken(after) <= _spoken(before)


def _spoken(text: str) -> set[str]:
    parts = {part.strip(".,;:!?()[]{}<>\"'“”‘’«»…") for part in _PART.findall(text.casefold())}
    return {part for part in parts if part and (len(letters := _LETTER.findall(part)) > 1 or len(letters) == len(part))}


def story_id(first_item_id: str) -> str:
    """A story is named after the item that opened it, so that a replay names it alike."""
    return "s" + digest("story", first_item_id, size=6)


def content_hash(title: str, summary: str, content_text: str) -> str:
    """Changes when what a reader would read changes."""
    return digest(title, summary, content_text)


def delivery_id(channel_id: str, action: str, story_id: str, ordinal: int) -> str:
    """Number of a delivery: the same decision always carries the same number."""
    return "d" + digest(channel_id, action, story_id, str(ordinal), size=10)
