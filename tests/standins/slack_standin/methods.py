"""Which methods there are, what they take, whom they let in, how often.

Names, types, scopes and tiers as docs.slack.dev/reference/methods lists them (read 2026-11); a test holds this table against
the published one. Types: ``s`` string, ``b`` boolean, ``n`` number, ``j`` JSON (array or object, or a string that holds one),
``u`` user or list of users; a capital letter means required.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
_PARSING = {"parse": "s", "link_names": "b"}
_CONTENT = {"text": "s", "blocks": "j", "attachments": "j", "markdown_text": "s", "as_user": "b", **_PARSING}
_ICON = {"icon_emoji": "s", "icon_url": "s", "username": "s"}
_PAGE = {"cursor": "s", "limit": "n"}
_SPAN = {"oldest": "s", "latest": "s", "inclusive": "b", "include_all_metadata": "b"}


@dataclass(frozen=True)
class Method:
    """One method.

    Attributes:
        arguments: name -> type letter.
        scopes: any of them lets the call in (for conversations: the one of that kind of channel); empty for none.
        per_minute: calls a minute; 0 where the method has limits of its own.
        token: ``bot``, ``app`` or ``none``.
    """

    arguments: dict[str, str]
    scopes: tuple[str, ...] = ()
    per_minute: int = 50
    token: str = "bot"


METHODS: dict[str, Method] = {
    "api.test": Method({"error": "s"}, per_minute=100, token="none"),
    "auth.revoke": Method({"test": "b"}),
    "auth.test": Method({}, per_minute=0),
    "apps.connections.open": Method({}, token="app"),
    "blocks.validate": Method({"blocks": "j", "view": "j", "message": "j"}, per_minute=100, token="none"),
    "bots.info": Method({"bot": "s", "team_id": "s"}, ("users:read",)),
    "chat.delete": Method({"channel": "S", "ts": "S", "as_user": "b"}, ("chat:write",)),
    "chat.getPermalink": Method({"channel": "S", "message_ts": "S"}, per_minute=0),
    "chat.postEphemeral": Method({"channel": "S", "user": "S", "thread_ts": "s", **_CONTENT, **_ICON}, ("chat:write",), 100),
    "chat.postMessage": Method(
        {
            "channel": "S",
            "thread_ts": "s",
            "reply_broadcast": "b",
            "metadata": "j",
            "mrkdwn": "b",
            "unfurl_links": "b",
            "unfurl_media": "b",
            "current_draft_last_updated_ts": "s",
            **_CONTENT,
            **_ICON,
        },
        ("chat:write",),
        0,
    ),
    "chat.update": Method(
        {
            "channel": "S",
            "ts": "S",
            "metadata": "j",
            "reply_broadcast": "b",
            "file_ids": "j",
            "unfurled_attachments": "j",
            **_CONTENT,
        },
        ("chat:write",),
    ),
    "conversations.history": Method({"channel": "S", **_PAGE, **_SPAN}, _HISTORY),
    "conversations.info": Method({"channel": "S", "include_locale": "b", "include_num_members": "b"}, _READ),
    "conversations.join": Method({"channel": "S"}, ("channels:join",)),
    "conversations.list": Method({"types": "s", "exclude_archived": "b", "team_id": "s", **_PAGE}, _READ, 20),
    "conversations.members": Method({"channel": "S", **_PAGE}, _READ, 100),
    "conversations.open": Method(
        {"channel": "s", "users": "u", "return_im": "b", "prevent_creation": "b"},
        ("im:write", "mpim:write", "channels:manage", "groups:write"),
    ),
    "conversations.replies": Method({"channel": "S", "ts": "S", **_PAGE, **_SPAN}, _HISTORY),
    "files.completeUploadExternal": Method(
        {"files": "J", "channel_id": "s", "channels": "s", "initial_comment": "s", "thread_ts": "s", "blocks": "j"},
        ("files:write",),
        100,
    ),
    "files.getUploadURLExternal": Method(
        {"filename": "S", "length": "N", "alt_txt": "s", "snippet_type": "s"}, ("files:write",), 100
    ),
    "oauth.v2.access": Method(
        {
            "client_id": "s",
            "client_secret": "s",
            "code": "s",
            "code_verifier": "s",
            "grant_type": "s",
            "redirect_uri": "s",
            "refresh_token": "s",
        },
        per_minute=0,
        token="none",
    ),
    "reactions.add": Method({"channel": "S", "name": "S", "timestamp": "S"}, ("reactions:write",)),
    "team.info": Method({"team": "s", "domain": "s"}, ("team:read",)),
    "users.conversations": Method({"user": "s", "types": "s", "exclude_archived": "b", "team_id": "s", **_PAGE}, _READ),
    "users.info": Method({"user": "S", "include_locale": "b"}, ("users:read",), 100),
    "views.open": Method({"trigger_id": "s", "interactivity_pointer": "s", "view": "J"}, per_minute=100),
    "views.publish": Method({"user_id": "S", "view": "J", "hash": "s"}, per_minute=100),
    "views.push": Method({"trigger_id": "s", "interactivity_pointer": "s", "view": "J"}, per_minute=100),
    "views.update": Method({"view": "J", "view_id": "s", "external_id": "s", "hash": "s"}, per_minute=100),
}
"""Every method the stand-in knows; a call of any other is answered ``unknown_method`` and is a violation."""

ANYWHERE = {"team_id": "s"}
"""What the SDK of a bolt app sends with every call; Slack reads it for organisation-wide tokens."""
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class ArgumentError(Exception):
    """An argument is missing, unknown or of the wrong type.

    Attributes:
        error: Slack's code.
        messages: sentences for ``response_metadata``.
    """

    def __init__(self, error: str, *messages: str) -> None:
        super().__init__(error, *messages)
        self.error = error
        self.messages = messages


def _one(name: str, kind: str, value: Any, *, typed: bool) -> Any:
    """One argument in its own type; ``typed`` for a JSON body, where a string is no number."""
    wrong = ArgumentError("invalid_arguments", f"[ERROR] wrong type for {name}")
    if kind == "s":
        if not isinstance(value, str):
            raise wrong
        return value
    if kind == "b":
        if isinstance(value, bool):
            return value
        if typed or not isinstance(value, str) or value.lower() not in _BOOLEANS:
            raise wrong
        return _BOOLEANS[value.lower()]
    if kind == "n":
        if not typed and isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong
        return value
    if kind == "u":
        users = value.split(",") if isinstance(value, str) else value
        if not isinstance(users, list) or not all(isinstance(user, str) for user in users):
            raise wrong
        return users
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ArgumentError(
                "invalid_blocks_format" if name == "blocks" else "invalid_arguments", f"[ERROR] {name} is no JSON"
            ) from None
    if not isinstance(value, (dict, list)):
        raise wrong
    return value


def arguments(method: str, given: dict[str, Any], *, typed: bool) -> dict[str, Any]:
    """The arguments of a call in their own types.

    Raises:
        ArgumentError: one is unknown, missing or of the wrong type. Slack ignores unknown names; here they are errors, because
            an app that sends one believes in something Slack does not do.
    """
    known = ANYWHERE | METHODS[method].arguments
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ArgumentError("invalid_arguments", *(f"[ERROR] unknown argument: {name}" for name in unknown))
    missing = [name for name, kind in known.items() if kind.isupper() and (given.get(name) is None or given.get(name) == "")]
    if missing:
        raise ArgumentError("invalid_arguments", *(f"[ERROR] missing required field: {name}" for name in missing))
    return {name: _one(name, known[name].lower(), value, typed=typed) for name, value in given.items() if value is not None}
