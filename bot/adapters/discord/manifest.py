"""What the bot asks of a Discord server, and the link that invites it. Pure.

Promises: the least that works; every permission is named with what it is for. Nothing here is asked of Discord: the link is
opened by a person who manages the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

SCOPES = ("bot", "applications.commands")


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission.

    Attributes:
        name: as Discord's settings show it.
        bit: its bit (docs.discord.com/developers/topics/permissions, seen 2026-11).
        why: what it is for.
    """

    name: str
    bit: int
    why: str


VIEW = Permission("View Channel", 1 << 10, "to see the channel it posts to")
SEND = Permission("Send Messages", 1 << 11, "to post, and to open posts in a forum")
EMBED = Permission("Embed Links", 1 << 14, "to show a message as a card")
HISTORY = Permission("Read Message History", 1 << 16, "to answer its own messages, and to look whether one arrived")
THREADS = Permission("Create Public Threads", 1 << 35, "to put what is new about a story under its message")
IN_THREADS = Permission("Send Messages in Threads", 1 << 38, "to write there")

ASKED = (VIEW, SEND, EMBED, HISTORY, THREADS, IN_THREADS)
"""Everything the invitation asks for."""
ADMINISTRATOR = 1 << 3


def asked_bits() -> int:
    """The permissions of the invitation as one number."""
    return sum(permission.bit for permission in ASKED)


def invitation(application_id: str) -> str:
    """The address at which a person who manages a server invites the bot.

    Args:
        application_id: from Discord's developer portal, General Information.
    """
    asked = {"client_id": application_id, "scope": " ".join(SCOPES), "permissions": str(asked_bits())}
    return f"https://discord.com/oauth2/authorize?{urlencode(asked)}"


def manifest(application_id: str = "APPLICATION_ID") -> dict[str, object]:
    """What to set where: scopes, permissions with their reasons, intents, and the invitation."""
    return {
        "scopes": list(SCOPES),
        "permissions": {permission.name: permission.why for permission in ASKED},
        "permissions_number": str(asked_bits()),
        "privileged_intents": [],
        "invitation": invitation(application_id),
    }
