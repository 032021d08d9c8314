"""What a person pasted, as an address to be asked. Pure.

Promises: an address that comes out is http or https, has a host and no credential; what cannot be one is told with an example,
and a password is never repeated.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from bot.core.errors import UserInputError

_HANDLE = re.compile(r"@?([\w.]+)@([\w-]+(?:\.[\w-]+)+)")
_BARE = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?(?:[/?#].*)?", re.DOTALL)


def address_of(given: str) -> str:
    """What a person pasted, as an address: a link with or without its scheme, ``feed:``, ``@name@server``, in ``<>`` or not.

    Raises:
        UserInputError: it is none, or has a password in it.
    """
    text = given.strip().strip("<>").strip()
    text = re.sub(r"^feed:(?://)?(?=https?:)", "", text, flags=re.IGNORECASE)
    text = re.sub(r"^feed://", "https://", text, flags=re.IGNORECASE)
    handle = _HANDLE.fullmatch(text)
    if handle is not None and text.startswith("@"):
        text = f"https://{handle[2]}/@{handle[1]}"
    elif "://" not in text and _BARE.fullmatch(text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port  # a port that is none is told by an exception
        readable = parts.scheme.lower() in {"http", "https"} and all(host.removesuffix(".").split(".")) and port != 0
    except ValueError:
        readable = False
    if not readable or any(char.isspace() for char in text):
        raise UserInputError(
            "That is no web address. Paste a link such as https://www.eff.org or https://www.eff.org/rss/updates.xml."
        )
    if "@" in parts.netloc:
        raise UserInputError(
            "There is a user name in this address. Leave it out, and put user:password into a secret of the source."
        )
    return text.partition("#")[0]


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
