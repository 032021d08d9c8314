"""How a call is refused, and metadata of the wrong form."""

from __future__ import annotations

import json
from typing import Any


class RefusedError(Exception):
    """The call is answered ``ok: false`` with this error and these further keys."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


METADATA_BYTES = 8_000
"""Slack names no figure for ``metadata_too_large``; this one is our own and far above what an opaque key needs."""


def check_metadata(metadata: Any) -> None:
    """``{event_type, event_payload}``; values strings, numbers, booleans, one nested level or lists of such objects."""
    if not isinstance(metadata, dict) or set(metadata) - {"entities"} != {"event_type", "event_payload"}:
        raise RefusedError("invalid_metadata_format")
    kind, payload = metadata["event_type"], metadata["event_payload"]
    if not isinstance(kind, str) or not 1 <= len(kind) <= 255 or not isinstance(payload, dict):
        raise RefusedError("invalid_metadata_format")

    def plain(value: Any) -> bool:
        return isinstance(value, (str, int, float, bool))

    for value in payload.values():
        nested = value if isinstance(value, list) else [value]
        if not all(plain(one) or (isinstance(one, dict) and all(plain(leaf) for leaf in one.values())) for one in nested):
            raise RefusedError("invalid_metadata_schema")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise RefusedError("metadata_too_large")
