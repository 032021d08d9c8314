"""Who may do what, and what a workspace sees. Pure.

Promises: default deny. A role comes from ids of the platforms alone, never from a name; who is not known is a viewer. What
the file declares belongs to the operator: a workspace sees the channels that are its own and the rules bound to them, and
nothing else of the file; a guest sees the one shared channel in which the question is asked. Only the terminal, where the
operator sits, sees everything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from bot.commands.asking import Ask, Role
from bot.core.model import Channel, Platform, Rule, RuleStatus

__all__ = ["Member", "Role", "Roles", "WorkspaceOf", "here", "is_guest", "role_of", "visible_channels", "visible_rules"]


class Member(Protocol):
    """A configured member: the platform, its workspace's id, ``user`` or ``role``, and that one's id."""

    @property
    def platform(self) -> Platform:
        """Slack or Discord."""
        ...

    @property
    def workspace(self) -> str:
        """Id of the Slack team or Discord guild."""
        ...

    @property
    def kind(self) -> str:
        """``user`` or ``role``."""
        ...

    @property
    def id(self) -> str:
        """Id of the user or role."""
        ...


class Roles(Protocol):
    """The configured roles (``roles`` of the file)."""

    @property
    def owner(self) -> Sequence[Member]:
        """May change everything."""
        ...

    @property
    def editor(self) -> Sequence[Member]:
        """May change rules and sources."""
        ...


WorkspaceOf = Callable[[Channel], str | None]
"""The platform's id of the workspace that a channel is in, or None while that is not known."""


def role_of(
    roles: Roles, *, platform: Platform, workspace_id: str, member: str, groups: Collection[str] = (), admin: bool = False
) -> Role:
    """The role of the person who asks.

    Args:
        roles: as configured.
        platform: where it is asked; in the terminal everybody is owner, for who can start the program can read its file.
        workspace_id: the member's own Slack team or Discord guild, by the platform's id. A guest of a shared channel has the
            id of another team, and so is a viewer; see ``is_guest`` for one whom the file names.
        member: the platform's id of the person.
        groups: ids of the person's Discord roles.
        admin: the platform says that the person administers the workspace (Slack admin or owner, Discord Manage Server).
    """
    if platform is Platform.CONSOLE:
        return Role.OWNER

    def named(members: Iterable[Member]) -> bool:
        own = [entry for entry in members if entry.platform is platform and entry.workspace == workspace_id]
        return any(entry.id == member if entry.kind == "user" else entry.id in groups for entry in own)

    if workspace_id and member and (admin or named(roles.owner)):
        return Role.OWNER
    return Role.EDITOR if workspace_id and member and named(roles.editor) else Role.VIEWER


def visible_channels(ask: Ask, channels: Mapping[str, Channel], workspace_of: WorkspaceOf) -> tuple[Channel, ...]:
    """The channels that the person who asks may hear of: every one in the terminal, elsewhere those of the workspace.

    A channel whose workspace is not known yet is visible only from within; so is a Slack channel to a guest of another
    workspace with whom it is shared (Slack Connect): that person reads everything in it anyway.
    """
    if ask.platform is Platform.CONSOLE:
        return tuple(channels.values())
    return tuple(channel for channel in channels.values() if channel.platform is ask.platform and _own(ask, channel, workspace_of))


def _own(ask: Ask, channel: Channel, workspace_of: WorkspaceOf) -> bool:
    if not ask.workspace_id:
        return False
    workspace = workspace_of(channel)
    if workspace == ask.workspace_id:
        return True
    return (workspace is None or ask.platform is Platform.SLACK) and channel.address in ask.places


def is_guest(ask: Ask, channels: Mapping[str, Channel], workspace_of: WorkspaceOf) -> bool:
    """Whether it is asked in a channel that another workspace shares with the person's own: who does may ask, and no more."""
    own = (channel for channel in channels.values() if channel.platform is ask.platform and channel.address in ask.places)
    return ask.platform is Platform.SLACK and any(workspace_of(channel) not in {None, ask.workspace_id} for channel in own)


def here(ask: Ask, visible: Iterable[Channel]) -> Channel | None:
    """The configured channel in which it is asked: the thread itself before the channel it belongs to; None elsewhere."""
    if ask.platform is Platform.CONSOLE:
        return None
    own = {channel.address: channel for channel in reversed(tuple(visible))}
    return next((own[place] for place in ask.places if place in own), None)


def visible_rules(rules: Iterable[Rule], visible: Collection[Channel], *, everything: bool) -> tuple[Rule, ...]:
    """The live rules that post into a visible channel; with ``everything`` also those that post nowhere."""
    ids = {channel.id for channel in visible}
    live = (rule for rule in rules if rule.status is RuleStatus.LIVE)
    return tuple(rule for rule in live if everything or not ids.isdisjoint(rule.channels))
