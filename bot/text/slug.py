"""A headline guessed from an address: what is left where a source names articles by their addresses alone. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

FEWEST_WORDS = 2
"""Words from which a part of an address reads like a headline; one word is a section's name."""

_SUFFIX = re.compile(r"\.(?:html?|xhtml|php|aspx?|jsp|cfm|pdf)\Z", re.IGNORECASE)
_MARKS = re.compile(r"[-_+\s]+")
_NUMBER = re.compile(r"(?:[0-9]+|[0-9a-f]{8,})", re.IGNORECASE)


def title_of_address(url: str) -> str:
    """The words of the last part of an address that has some (``/2027/03/police-buy-drones-81.html`` -> ``Police buy drones``).

    Empty if no part has at least two words, or if it is no address.
    """
    try:
        path = urlsplit(url).path
    except ValueError:  # a bracket in the place of a host that is no IPv6 address
        return ""
    for part in reversed(path.split("/")):
        words = [word for word in _MARKS.split(_SUFFIX.sub("", unquote(part))) if word]
        while words and _NUMBER.fullmatch(words[-1]):
            words.pop()
        while words and _NUMBER.fullmatch(words[0]):
            words.pop(0)
        if len(words) >= FEWEST_WORDS and all(word.isprintable() for word in words):
            text = " ".join(words)
            return text[:1].upper() + text[1:]
    return ""
