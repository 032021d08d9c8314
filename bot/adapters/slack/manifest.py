"""The app's manifest: what a team pastes into Slack to create its own app.

Promises: the least scopes that the code needs; what only makes things better is optional and apart. Pure data.
Format: docs.slack.dev/reference/app-manifest, schema 2.0.0 (seen 2026-11).
"""

from __future__ import annotations

from typing import Any

COMMAND = "/watch"
PATH = "/slack/events"
"""Where Slack reaches the bot in HTTP mode."""
WHY_THIS = "why_this"
"""``callback_id`` of the message shortcut."""

SCOPES = {
    "app_mentions:read": "hear `@Watchlamp latest`, which also works in threads",
    "channels:read": "notice that somebody invited it to a channel, and say what to do next; know whether it is in a channel",
    "chat:write": "post, edit and reply where the bot was invited, and answer",
    "commands": "`/watch`, and the shortcut of a message",
    "groups:read": "the same as channels:read, for private channels",
    "im:history": "hear the same words in a direct message",
}
"""Needed, with what for."""
OPTIONAL_SCOPES = {
    "channels:history": "after a lost answer, look whether the message is in the channel instead of posting it once more, marked",
    "files:write": "show a chart as a picture in an answer; without, its words are shown",
    "groups:history": "the same as channels:history, for private channels",
    "users:read": "know who administers the workspace: they may use every command without being named in the file",
}
"""Better with, works without. ``*:history`` would let the bot read what is said in its channels; it looks for its own messages."""
INSTALLED_SCOPES = (*SCOPES, "users:read")
"""What workspaces are asked for that install the app by themselves: nobody of them stands in the file, so those who administer the
workspace have to be known by Slack."""
GONE = ("app_uninstalled", "tokens_revoked")
"""Events after which the app may be installed in a workspace no more (docs.slack.dev/reference/events, seen 2026-11)."""
REDIRECT = "/slack/oauth_redirect"
"""Where Slack leads people back after they installed the app."""
EVENTS = ("app_home_opened", "app_mention", "member_joined_channel", "message.im")
"""One mention gives one event: ``message.channels`` would bring each a second time, and everything said besides."""


def manifest(mode: str, *, url: str = "https://YOUR-HOST", oauth: bool = False) -> dict[str, Any]:
    """The manifest.

    Args:
        mode: ``socket`` or ``http``.
        url: where Slack reaches the bot from outside, without a path; for ``http`` and ``oauth`` only.
        oauth: workspaces install the app by themselves.

    Raises:
        ValueError: there is no such mode.
    """
    if mode not in {"socket", "http"}:
        raise ValueError(f'mode is "socket" or "http", not {mode!r}')
    address = f"{url.rstrip('/')}{PATH}"
    reached = {"request_url": address} if mode == "http" else {}
    needed = INSTALLED_SCOPES if oauth else SCOPES
    led_back = {"redirect_urls": [f"{url.rstrip('/')}{REDIRECT}"]} if oauth else {}
    scopes = {"bot": sorted(needed), "bot_optional": sorted(OPTIONAL_SCOPES.keys() - set(needed))}
    return {
        "_metadata": {"major_version": 2, "minor_version": 0},
        "display_information": {
            "name": "Watchlamp",
            "description": "One short, true message per story about surveillance technology.",
            "background_color": "#1f2933",
        },
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "bot_user": {"display_name": "Watchlamp", "always_online": True},
            "shortcuts": [
                {
                    "type": "message",
                    "callback_id": WHY_THIS,
                    "name": "Why / why not this link",
                    "description": "Why this is here, or why the article it links to is not",
                }
            ],
            "slash_commands": [
                {
                    "command": COMMAND,
                    "description": "Ask Watchlamp: what is new, why something was posted or not, how it is doing.",
                    "usage_hint": "help | latest 5 | why LINK | status | test",
                    "should_escape": False,
                    **({"url": address} if mode == "http" else {}),
                }
            ],
        },
        "oauth_config": {**led_back, "scopes": scopes},
        "settings": {
            "event_subscriptions": {"bot_events": [*EVENTS, *(GONE if oauth else ())], **reached},
            "interactivity": {"is_enabled": True, **reached},
            "org_deploy_enabled": False,
            "socket_mode_enabled": mode == "socket",
            "token_rotation_enabled": oauth,
        },
    }
