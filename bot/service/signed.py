"""Whether a hub signed what it brought (https://www.w3.org/TR/websub/ section 7.1).

Promises: the raw body is what counts; the comparison takes the same time whatever the signature. Never tells the secret.
"""

from __future__ import annotations

import asyncio
import hmac

METHODS = frozenset(("sha1", "sha256", "sha384", "sha512"))
"""The methods of section 7.1.1. Most hubs sign by SHA-1, which still stands as an HMAC (RFC 6194 section 3.3)."""

_AT_ONCE = 256 * 1024
"""Bytes that are signed in well under a millisecond; more of them go to a thread, beside everything else."""


async def is_signed(body: bytes, header: str | None, secret: str) -> bool:
    """Whether ``header``, the value of X-Hub-Signature, is ``method=hex`` for this body and this secret."""
    method, equals, given = (header or "").strip().partition("=")
    if not equals or method.lower() not in METHODS or not given.isascii():
        return False
    key = secret.encode("utf-8")
    if len(body) <= _AT_ONCE:
        right = hmac.new(key, body, method.lower()).hexdigest()
    else:
        right = (await asyncio.to_thread(hmac.new, key, body, method.lower())).hexdigest()
    return hmac.compare_digest(right, given.strip().lower())
