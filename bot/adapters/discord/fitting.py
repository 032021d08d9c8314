"""Whether a channel's own settings fit it: tags a forum has not, publishing where nobody follows, roles that do not ring. Pure.

Promises: every sentence says what will happen and what to do; nothing is said of what will work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.adapters.discord.manifest import ADMINISTRATOR
from bot.adapters.discord.places import ANNOUNCEMENT, place_of
from bot.adapters.discord.tagging import tag_named
from bot.core.model import ChannelSettings
from bot.text.inert import plain

_MENTION_EVERYONE = 1 << 17
"""Mention @everyone, @here and All Roles: without it only roles ring that say they may be called
(docs.discord.com/developers/topics/permissions, seen 2026-11)."""


def unfitting(
    name: str, settings: ChannelSettings, channel: Mapping[str, Any], guild: Mapping[str, Any], granted: int
) -> Iterable[str]:
    """What of the settings will not come about, a sentence each.

    Args:
        name: how sentences call the channel.
        settings: its own.
        channel: as Discord describes it.
        guild: its server, with its roles.
        granted: the bot's permissions in it.
    """
    place = place_of(dict(channel))
    if place.is_forum:
        yield from _tags(name, settings, place.tags, required=place.tag_required)
    elif settings.tags:
        yield f"Channel {name} is no forum: its tags are for nothing. Leave them out."
    if settings.publish and place.kind != ANNOUNCEMENT:
        yield f"Channel {name} is no announcement channel: nothing in it can be published. Leave publish out, or take another."
    if granted & (_MENTION_EVERYONE | ADMINISTRATOR):
        return
    roles = {str(role["id"]): role for role in guild.get("roles", ())}
    for number in (one.removeprefix("role:") for one in settings.mentions if one.startswith("role:")):
        role = roles.get(number)
        if role is None:
            yield f"Channel {name}: its server has no role with the id {number}, which its mentions name."
        elif not role.get("mentionable"):
            called = plain(str(role.get("name", "")), 100)
            yield (
                f"Channel {name}: the role {called} will not ring. Switch on Allow anyone to @mention this role in the role's "
                "settings, or allow the bot Mention @everyone, @here and All Roles."
            )


def _tags(name: str, settings: ChannelSettings, tags: Iterable[Any], *, required: bool) -> Iterable[str]:
    known = list(tags)
    missing = [wanted for wanted in dict.fromkeys(settings.tags.values()) if tag_named(wanted, known) is None]
    if missing:
        listed = ", ".join(f'"{plain(wanted, 50)}"' for wanted in missing)
        closed = any(tag.moderated and tag.name.casefold() == wanted.casefold() for tag in known for wanted in missing)
        why = " One of them is for moderators alone." if closed else ""
        yield (
            f"Channel {name}: the forum has no tag {listed} that the bot may set; its posts go without.{why} "
            "Add it in the forum's settings."
        )
    if not required or len(missing) < len(set(settings.tags.values())):
        return
    first = next((tag.name for tag in known if not tag.moderated), None)
    if first is None:
        yield f"Channel {name} wants a tag on every post, and all its tags are for moderators. Add one for everybody."
    else:
        yield (
            f'Channel {name} wants a tag on every post, and the file names none: posts get its first one, "{plain(first, 50)}". '
            "Name others in tags."
        )
