"""Who may do what: Discord's permission bits and the documented way to compute them (topics/permissions, 2026-08)."""

from __future__ import annotations

CREATE_INSTANT_INVITE = 1 << 0
ADMINISTRATOR = 1 << 3
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
CREATE_PRIVATE_THREADS = 1 << 36
SEND_MESSAGES_IN_THREADS = 1 << 38
PIN_MESSAGES = 1 << 51

ALL = (1 << 52) - 1

BOT = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | READ_MESSAGE_HISTORY | SEND_MESSAGES_IN_THREADS | CREATE_PUBLIC_THREADS
"""What the stand-in grants a bot that was just invited."""

MEMBER = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | READ_MESSAGE_HISTORY | SEND_MESSAGES_IN_THREADS | USE_APPLICATION_COMMANDS
"""What the stand-in grants @everyone."""


def with_overwrites(base: int, overwrites: dict[str, tuple[int, int]], *, everyone: str, roles: tuple[str, ...], user: str) -> int:
    """Permissions in a channel: ``overwrites`` are (allow, deny) by role or user id, applied in the documented order."""
    if base & ADMINISTRATOR:
        return ALL
    allow, deny = overwrites.get(everyone, (0, 0))
    base = base & ~deny | allow
    allow = deny = 0
    for role in roles:
        role_allow, role_deny = overwrites.get(role, (0, 0))
        allow |= role_allow
        deny |= role_deny
    base = base & ~deny | allow
    allow, deny = overwrites.get(user, (0, 0))
    base = base & ~deny | allow
    if not base & VIEW_CHANNEL:
        return 0  # who cannot see a channel can do nothing in it
    if not base & SEND_MESSAGES:
        base &= ~(MENTION_EVERYONE | ATTACH_FILES | EMBED_LINKS)
    return base
