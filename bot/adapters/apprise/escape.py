"""Marks made harmless for a service nobody here knows. Pure.

Promises: no sign is left with which some service calls people, names a command or forges a link (Slack's ``<!channel>``, Discord's
``@everyone``, Markdown's ``[words](address)``, HTML); a reader still sees what was meant. An address that stands alone in its line
stays one that leads to the same place. Takes texts that ``bot.text.inert`` made inert.
"""

from __future__ import annotations

import re

_SIGNS = str.maketrans("@<>[]`", "＠‹›［］ˋ")
"""Full-width and typographic look-alikes: no service reads them as marks."""
_ADDRESS = re.compile(r"\s*https?://[!-~]+\Z")
_IN_ADDRESSES = {"@": "%40", "<": "%3C", ">": "%3E", "[": "%5B", "]": "%5D", "`": "%60"}
"""The same signs as an address may say them (RFC 3986 2.1)."""


def calm(text: str) -> str:
    """Lines of text without marks."""
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    if not _ADDRESS.match(line):
        return line.translate(_SIGNS)
    scheme, _, rest = line.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]  # brackets stand here in an IPv6 address, and mean it
    tail = re.sub(r"[@<>\[\]`]", lambda sign: _IN_ADDRESSES[sign[0]], rest[len(authority) :])
    return f"{scheme}://{authority}{tail}"
