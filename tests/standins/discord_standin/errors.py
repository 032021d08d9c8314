"""Discord's refusals: HTTP status, JSON error code, sentence (topics/opcodes-and-status-codes, 2026-08)."""

from __future__ import annotations

from typing import Any

SENTENCES: dict[int, tuple[int, str]] = {
    0: (401, "401: Unauthorized"),
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20012: (403, "You are not authorized to perform this action on this application"),
    30034: (429, "Max number of daily application command creates has been reached (200)"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later."),
    40005: (413, "Request entity too large"),
    40033: (400, "This message has already been crossposted"),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    40333: (403, "internal network error"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50068: (400, "Invalid message type"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160004: (400, "A thread has already been created for this message"),
    160005: (403, "Thread is locked"),
}


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure of the stand-in
    """The API says no.

    Attributes:
        lawful: the caller could not have known; no violation even if the body is at fault.
    """

    def __init__(
        self,
        code: int,
        *,
        problems: list[tuple[tuple[str, ...], str]] | None = None,
        retry_after: float | None = None,
        lawful: bool = False,
    ) -> None:
        status, sentence = SENTENCES[code]
        super().__init__(f"{code}: {sentence}")
        self.status = status
        self.retry_after = retry_after
        self.lawful = lawful
        self.problems = problems or []
        self.body: dict[str, Any] = {"message": sentence, "code": code}
        if problems:
            self.body["errors"] = _nested(problems)
        if retry_after is not None:
            self.body |= {"retry_after": retry_after, "global": False}


def _nested(problems: list[tuple[tuple[str, ...], str]]) -> dict[str, Any]:
    """Form errors as Discord nests them: a key a level, ``_errors`` at the leaf."""
    tree: dict[str, Any] = {}
    for path, sentence in problems:
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node.setdefault("_errors", []).append({"code": "BASE_TYPE_INVALID", "message": sentence})
    return tree
