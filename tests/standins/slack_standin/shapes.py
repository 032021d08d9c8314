"""What the Web API shows of channels, members and views: shapes as in its published samples."""

from __future__ import annotations

from typing import Any

from .state import APP, HOME, Channel, Team, User, View


def view_shown(view: View) -> dict[str, Any]:
    """A view as the Web API and payloads show it."""
    optional = (
        "title",
        "submit",
        "close",
        "blocks",
        "private_metadata",
        "callback_id",
        "external_id",
        "clear_on_close",
        "notify_on_close",
    )
    us = view.team
    defaults = {"private_metadata": "", "callback_id": "", "external_id": "", "clear_on_close": False, "notify_on_close": False}
    return {
        "id": view.id, "team_id": us.id, "type": view.body["type"], "state": {"values": {}}, "hash": view.hash, "app_id": APP,
        "bot_id": us.bot_id, "app_installed_team_id": us.id, "root_view_id": view.root, "previous_view_id": view.previous,
        **{name: view.body.get(name, defaults.get(name)) for name in optional},
    }  # fmt: skip


def channel_shown(channel: Channel, us: Team = HOME) -> dict[str, Any]:
    """A conversation as conversations.info shows it."""
    if channel.user is not None:
        return {
            "id": channel.id,
            "created": channel.created,
            "is_archived": channel.archived,
            "is_im": True,
            "is_org_shared": False,
            "user": channel.user,
        }
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private,
        "is_im": False,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_general": False,
        "unlinked": 0,
        "name_normalized": channel.name,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_org_shared": False,
        "creator": "U0CREATOR1",
        "is_member": us.bot_user in channel.members,
        "is_private": channel.private,
        "is_mpim": False,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


def user_shown(user: User) -> dict[str, Any]:
    """A member as users.info shows one."""
    return {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "deleted": False,
        "real_name": user.name,
        "tz": "Europe/Berlin",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": {"real_name": user.name, "display_name": user.name, "team": user.team},
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }
