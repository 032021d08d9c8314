"""What of a secret is a secret by itself: a password without its name, and what an address is kept secret for.

Promises: pure. Whoever masks secrets, in logs or in what a service says, masks these parts, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

SHORTEST = 8
"""Letters of the shortest piece of an address that counts, and only if it mixes digits, small letters and capitals, or is a number
half as long again: ``services``, ``members-only-feed`` and ``2026-11-22`` are no secret, and what is one was drawn by lot."""


def secret_parts(value: str) -> tuple[str, ...]:
    """The whole secret and the parts of it that are secrets, each once; of an address also as they read without escapes."""
    return tuple(dict.fromkeys(part for part in (value, *_parts(value)) if part))


def _parts(value: str) -> Iterator[str]:
    if "://" in value:
        yield from _of_address(value)
    elif ":" in value:  # user:password
        yield value.partition(":")[2]


def _of_address(value: str) -> Iterator[str]:
    try:
        address = urlsplit(value)
    except ValueError:
        return
    userinfo, _, host = address.netloc.rpartition("@")
    password = userinfo.partition(":")[2]
    rest = f"{address.path}?{address.query}" if address.query else address.path
    yield from (userinfo, password, unquote(password), rest if len(rest) > SHORTEST else "")
    pieces = [*address.path.split("/"), *(given for _, given in parse_qsl(address.query))]
    if address.scheme not in {"http", "https"}:  # another program's address, such as Apprise's: a token may stand for the host
        pieces.append(host)
    for piece in filter(_drawn_by_lot, pieces):
        yield from (piece, unquote(piece))


def _drawn_by_lot(piece: str) -> bool:
    if piece.isdigit():
        return len(piece) >= SHORTEST * 3 // 2
    kinds = (any(map(kind, piece)) for kind in (str.isdigit, str.islower, str.isupper))
    return len(piece) >= SHORTEST and sum(kinds) > 1
