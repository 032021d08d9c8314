"""Whether an address is one person's own: told by how keys look. Pure; the key itself is never repeated."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit


def holds_a_key(url: str) -> bool:
    """Whether an address seems to be one person's own: members' feeds and alerts carry a key in their query or path.

    Told by the name of a parameter, or by a part of the path that nobody reads: 32 hexadecimal digits (128 bits, as keys and
    UUIDs have) or 24 mixed letters and digits.
    """
    parts = urlsplit(url)
    if any(name.lower() in _KEY_NAMES and len(value) >= LEAST_KEY for name, value in parse_qsl(parts.query)):
        return True
    segments = [segment.partition(".")[0] for segment in parts.path.split("/")]
    return any(_HEX_KEY.fullmatch(segment.replace("-", "")) or _is_mixed(segment) for segment in segments)


LEAST_KEY = 8
"""Letters of a value under which it opens nothing."""

_KEY_NAMES = frozenset(
    (
        "access_token",
        "apikey",
        "api_key",
        "auth",
        "auth_token",
        "authkey",
        "feed_key",
        "hash",
        "key",
        "private_token",
        "secret",
        "sig",
        "token",
    )
)
_HEX_KEY = re.compile(r"[0-9a-fA-F]{32,}")
_MIXED_KEY = re.compile(r"[A-Za-z0-9]{24,}")


def _is_mixed(segment: str) -> bool:
    """Letters of both cases and several digits, without a sign between: words of a title have hyphens."""
    if _MIXED_KEY.fullmatch(segment) is None:
        return False
    return segment.lower() != segment and segment.upper() != segment and sum(char.isdigit() for char in segment) >= 3
