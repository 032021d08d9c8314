"""What a person pasted, as an address to be asked. Pure.

Promises: an address that comes out is http or https, has a host and no credential; what cannot be one is told with an example,
and a password is never repeated.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

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
