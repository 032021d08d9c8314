"""What a server's header fields say: how long its answer stays fresh, how long to wait, which hub it names.

Promises: pure; a field that cannot be read says nothing, or that the answer is stale, as its standard has it; no value makes a
date overflow. Must never decide when to ask again: that is the poller's.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

Headers = Sequence[tuple[bytes, bytes]]
"""Fields as they came, in their order."""

LONGEST_WAIT = 30 * 86400.0
"""A server that asks for more than 30 days is understood as 30: no date may overflow over it."""

_DIRECTIVE = re.compile(r"""\s*([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,";]*)))?\s*(?:,|$)""")
_LINK = re.compile(r"""<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s,;"]*))?)*)""")
_PARAMETER = re.compile(r""";\s*([\w!#$&+.^`|~*-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?""")

_FEED_TYPE = re.compile(r"application/(?:rss\+xml|atom\+xml|feed\+json|rdf\+xml)", re.IGNORECASE)


def field_of(headers: Headers, name: bytes) -> bytes | None:
    """The first field of a name (lower case), or None."""
    return next((value for key, value in headers if key.lower() == name), None)


def text_of(headers: Headers, name: bytes) -> str | None:
    """All fields of a name as one, as RFC 9110 5.3 joins them, or None if there is none."""
    values = [value.decode("latin-1") for key, value in headers if key.lower() == name]
    return ", ".join(values) if values else None


def read_date(value: bytes | None) -> datetime | None:
    """An HTTP date (RFC 9110 5.6.7, and what servers make of it), or None."""
    try:
        date = parsedate_to_datetime((value or b"").decode("latin-1"))
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def retry_after(value: bytes | None, now: datetime | None) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110 10.2.3: seconds or a date; fractions are seen), or None.

    Args:
        value: the header.
        now: what a date is counted from; None makes a date say nothing.
    """
    if value is None:
        return None
    try:
        seconds = float(value.decode("latin-1"))
    except ValueError:
        date = read_date(value)
        if date is None or now is None:
            return None
        seconds = (date - now).total_seconds()
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_WAIT)


def freshness(headers: Headers, now: datetime | None) -> float | None:
    """Seconds for which the server says its answer stays what it is (RFC 9111 4.2), or None if it says nothing of that.

    ``max-age`` wins over ``Expires``; ``Age`` is taken off; ``s-maxage`` is for shared caches and means nothing to us;
    ``no-cache``, ``no-store`` and what cannot be read mean 0: ask again when you like, but ask.

    Args:
        headers: of a 200 or a 304.
        now: our own time, for a server that does not say what time it has.
    """
    said = _directives(text_of(headers, b"cache-control") or "")
    if said.get("no-cache", "-") is None or "no-store" in said:  # no-cache="Field" is about that field alone
        return 0.0
    if "max-age" in said:
        lifetime = _seconds(said["max-age"])
    elif (expires := field_of(headers, b"expires")) is not None:
        end, begin = read_date(expires), read_date(field_of(headers, b"date")) or now
        lifetime = 0.0 if end is None or begin is None else (end - begin).total_seconds()
    else:
        return None
    age = _seconds((field_of(headers, b"age") or b"").decode("latin-1"))
    return min(max(lifetime - age, 0.0), LONGEST_WAIT)


def _directives(value: str) -> dict[str, str | None]:
    """The directives of a Cache-Control field, the first of each name (RFC 9111 5.2); None for one without a value."""
    found: dict[str, str | None] = {}
    for name, quoted, token in _DIRECTIVE.findall(value):
        found.setdefault(name.lower(), (quoted or token) or None)
    return found


def _seconds(value: str | None) -> float:
    """Whole seconds (RFC 9111 1.2.2); what is none, counts as 0."""
    text = (value or "").strip()
    return min(float(text), LONGEST_WAIT) if text.isascii() and text.isdigit() else 0.0


def linked(headers: Headers, base: str) -> dict[str, str]:
    """Addresses that Link fields name (RFC 8288), by relation in lower case, the first of each; http and https alone.

    Args:
        headers: of the answer.
        base: its address: a link may be relative.
    """
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(text_of(headers, b"link") or ""):
        relations = [quoted or token for name, quoted, token in _PARAMETER.findall(parameters) if name.lower() == "rel"]
        try:
            address = urljoin(base, target.strip())
            scheme = urlsplit(address).scheme
        except ValueError:
            continue
        if not relations or scheme not in {"http", "https"}:
            continue
        for name in relations[0].lower().split():  # RFC 8288 3.3: a second rel counts for nothing
            found.setdefault(name, address)
    return found


def named_feeds(headers: Headers, base: str) -> tuple[str, ...]:
    """Addresses of feeds that Link fields name as another form of the answer (``rel=alternate`` with a feed's type), in order."""
    found: list[str] = []
    for target, parameters in _LINK.findall(text_of(headers, b"link") or ""):
        said: dict[str, str] = {}
        for name, quoted, token in _PARAMETER.findall(parameters):
            said.setdefault(name.lower(), quoted or token)
        if "alternate" not in said.get("rel", "").lower().split() or not _FEED_TYPE.match(said.get("type", "")):
            continue
        try:
            found.append(urljoin(base, target.strip()))
        except ValueError:
            continue
    return tuple(address for address in dict.fromkeys(found) if address.startswith(("http://", "https://")))


def authorization_header(secret: str) -> bytes:
    """Value of the Authorization header for a source's credential (RFC 7617 basic, RFC 6750 bearer)."""
    scheme, blank, _ = secret.partition(" ")
    if blank and scheme.isalpha():
        return secret.encode("utf-8")
    if ":" in secret:
        return b"Basic " + base64.b64encode(secret.encode("utf-8"))
    return b"Bearer " + secret.encode("utf-8")


def charset_of(content_type: str | None) -> str | None:
    """The charset parameter of a Content-Type value, lower case, or None."""
    if not content_type:
        return None
    header = Message()
    header["content-type"] = content_type
    return header.get_content_charset()
