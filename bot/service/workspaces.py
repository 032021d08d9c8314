"""Which channels a workspace's decisions reach. Pure.

Promises: what people of one workspace decide holds in its own channels and in no other's.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.core.model import Channel, Platform
from bot.core.overlays import Constraint
from bot.core.silences import Mute

WorkspaceOf = Callable[[Channel], str | None]
"""The platform's id of the workspace that a channel is in, or None while that is not known."""

CHATS = frozenset({Platform.SLACK, Platform.DISCORD})
"""Platforms whose channels are in a workspace of their own."""


def chat_workspace(platform: Platform, workspace_id: str) -> str:
    """A chat's workspace as constraints, mutes and the audit log name it."""
    return f"{platform.value}:{workspace_id}"


def holds(decided: Constraint | Mute, channel: Channel, workspace_of: WorkspaceOf) -> bool:
    """Whether what people decided holds in a channel: it is of the channel's own workspace, or of the chat's it is in.

    Until its platform has said which one that is (after a start, say), it holds where it was known to hold when it was made.
    """
    if decided.workspace_id == channel.workspace_id:
        return True
    if channel.platform not in CHATS:
        return False
    known = workspace_of(channel)
    if known is None:
        return channel.id in decided.channels
    return decided.workspace_id == chat_workspace(channel.platform, known)
