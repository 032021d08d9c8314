"""Members as the store may know them: a keyed digest in place of the platform's id, for what people do for themselves."""

from __future__ import annotations

import hashlib
import hmac

MEMBER_SECRET = "member_secret"
"""The fact under which the installation keeps the key; made at first need, of 32 random bytes in hex."""


def member_key(secret: str, workspace_id: str, member: str) -> str:
    """Who follows or votes, recognisable to this installation alone, and not the same person in another workspace.

    HMAC-SHA-256 (RFC 2104), 16 bytes of it in hex: enough that no two members of a workspace ever share one.
    """
    text = f"{len(workspace_id)}:{workspace_id}{member}".encode()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()[:32]
