"""Whether a message's content is taken: text, blocks, attachments, and how much of all."""

from __future__ import annotations

from typing import Any

from .blocks import block_problems, view_problems
from .checks import Problem
from .marks import texts_of
from .schema import block_violations

__all__ = ["TOTAL", "VIEW_BYTES", "Problem", "problems", "refusal", "told", "view_problems"]

TOTAL = 12_000
"""Characters of all block text in one message; above it ``msg_blocks_too_long``.

Undocumented; seen in slackapi/bolt-js#2509 and #2867.
"""
UPDATE_TEXT = 4_000
"""Characters of ``text`` in chat.update (docs.slack.dev/reference/methods/chat.update: msg_too_long)."""
MARKDOWN_TEXT = 12_000
"""Characters of ``markdown_text`` (docs.slack.dev/reference/methods/chat.postMessage)."""
ATTACHMENTS = 100
"""Attachments of one message (the same page)."""
VIEW_BYTES = 250_000
"""Bytes of a view (docs.slack.dev/reference/methods/views.open: view_too_large)."""


def problems(body: dict[str, Any], schema: dict[str, Any] | None = None) -> list[Problem]:
    """Everything wrong with the blocks of a message and of its attachments; with ``schema`` the published one has its say too."""
    found = block_problems(body["blocks"], "message", "/blocks") if body.get("blocks") is not None else []
    for number, attachment in enumerate(body.get("attachments") or ()):
        if isinstance(attachment, dict) and "blocks" in attachment:
            found.extend(block_problems(attachment["blocks"], "attachment", f"/attachments/{number}/blocks"))
    if not found and schema is not None and body.get("blocks"):
        found.extend(Problem(wrong, "/blocks", {"type": "schema"}) for wrong in block_violations(body["blocks"], schema))
    return found


def told(found: list[Problem], *, view: bool = False) -> dict[str, Any]:
    """Problems as Slack tells them."""
    prefix = "/view" if view else ""
    return {
        "errors": [
            {"code": "failed_constraint", "message": problem.message, "pointer": problem.pointer, "constraint": problem.constraint}
            for problem in found
        ],
        "response_metadata": {
            "messages": [f"[ERROR] {problem.message} [json-pointer:{prefix}{problem.pointer}]" for problem in found]
        },
    }


def refusal(body: dict[str, Any], *, update: bool, schema: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]] | None:
    """The error this content is refused with and its further keys; None when it is taken."""
    text, blocks, attachments = body.get("text"), body.get("blocks"), body.get("attachments")
    markdown = body.get("markdown_text")
    if markdown is not None and (text is not None or blocks is not None):
        return "markdown_text_conflict", {}
    if not (text or markdown) and not blocks and not attachments:
        return "no_text", {}
    if markdown is not None and len(markdown) > MARKDOWN_TEXT:
        return "msg_too_long", {}
    if update and len(text or "") > UPDATE_TEXT:
        return "msg_too_long", {}
    if blocks is not None and not isinstance(blocks, list):
        return "invalid_blocks_format", {}
    if attachments is not None and (not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments)):
        return "invalid_attachments", {}
    if len(attachments or ()) > ATTACHMENTS:
        return "too_many_attachments", {}
    found = problems(body, schema)
    if found:
        return "invalid_blocks", told(found)
    if blocks and sum(len(part) for _, part, where in texts_of({"blocks": blocks}) if where) > TOTAL:
        return ("msg_too_long" if update else "msg_blocks_too_long"), {}
    return None
