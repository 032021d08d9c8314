"""What Slack publishes of itself and we do not copy: read from beside the checkout where it is at hand, else simply absent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from .state import Request

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "slack"
"""Schema of message blocks and tables of methods."""
ANYWHERE = frozenset({"unknown_method", "invalid_json", "json_not_object", "invalid_limit", "invalid_types"})
"""Errors of any method that no table lists (docs.slack.dev/apis/web-api, read 2026-11)."""
UNLISTED = {
    "blocks.validate": {"invalid_blocks"},
    "chat.postMessage": {"thread_not_found", "invalid_thread_ts", "invalid_attachments", "msg_too_long"},
    "conversations.open": {"user_not_found", "users_list_not_supplied", "method_not_supported_for_channel_type"},
}
"""Errors a method gives that its page does not list, or whose page is not among the tables."""


@lru_cache
def block_schema() -> dict[str, Any] | None:
    """The JSON schema of message blocks; None where it is not at hand."""
    file = DATA / "message-blocks.schema.json"
    return dict(json.loads(file.read_text())) if file.is_file() else None


@lru_cache
def errors() -> dict[str, frozenset[str]]:
    """The errors of every method; empty where the tables are not at hand."""
    pages = {file.stem: json.loads(file.read_text()) for file in (DATA / "methods").glob("*.json")}
    common = frozenset(pages.pop("common_errors", {})) | ANYWHERE
    listed = {name: frozenset(page["errors"]) for name, page in pages.items()}
    names = set(listed) | set(UNLISTED) if pages else set()
    return {name: listed.get(name, frozenset()) | UNLISTED.get(name, set()) | common for name in names}


def invented(requests: Iterable[Request]) -> list[str]:
    """Errors a stand-in answered with that Slack never gives there; what a fault script says is the test's own word."""
    known = errors()
    return [
        f"{request.method}: {request.error}"
        for request in requests
        if request.error and request.fault is None and request.error not in known.get(request.method, {request.error})
    ]
