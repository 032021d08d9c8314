"""Who is what, where: the situations in which people ask, and the role that each of them has there.

The page docs/rights.md is made from this table and the table of commands, and tests ask every command in every situation: what the
page says is what was tried. Values alone: ``roles`` decides, this says what it decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.commands.asking import Role
from bot.commands.command import Command
from bot.core.model import Platform

CHATS = (Platform.SLACK, Platform.DISCORD)


class Sight(StrEnum):
    """What can be seen from where somebody asks."""

    WORKSPACE = "the workspace's channels"
    CHANNEL = "this channel alone"
    NOTHING = "nothing"
    OWN = "only what the other workspace has here"


@dataclass(frozen=True, slots=True)
class Situation:
    """Somebody who asks somewhere.

    Attributes:
        key: one or two words.
        words: who and where, for people.
        role: which role counts there.
        sight: what is seen.
        platforms: where there is such a situation.
    """

    key: str
    words: str
    role: Role
    sight: Sight = Sight.WORKSPACE
    platforms: tuple[Platform, ...] = CHATS


SITUATIONS = (
    Situation("member", "a member, in a channel of the workspace", Role.VIEWER),
    Situation("editor", "whom the file names as editor, in a channel of the workspace", Role.EDITOR),
    Situation("owner", "whom the file names as owner, in a channel of the workspace", Role.OWNER),
    Situation("admin", "who administers the workspace (Discord: has Manage Server), in one of its channels", Role.OWNER),
    Situation("group", "a member of a Discord role that the file names as editor", Role.EDITOR, platforms=(Platform.DISCORD,)),
    Situation("elsewhere", "an owner, in a channel of the workspace that is not configured", Role.OWNER),
    Situation(
        "direct",
        "an owner, in a direct message to the bot (Slack knows the workspace there)",
        Role.OWNER,
        platforms=(Platform.SLACK,),
    ),
    Situation(
        "private",
        "an owner, in a direct message to the bot (Discord does not say of which server)",
        Role.VIEWER,
        Sight.NOTHING,
        (Platform.DISCORD,),
    ),
    Situation(
        "guest", "a guest of a shared channel, whatever the file says of that person", Role.VIEWER, Sight.CHANNEL, (Platform.SLACK,)
    ),
    Situation("guest admin", "the same, who administers a workspace of their own", Role.VIEWER, Sight.CHANNEL, (Platform.SLACK,)),
    Situation("foreign", "who administers another server that the bot is in, there", Role.OWNER, Sight.OWN, (Platform.DISCORD,)),
    Situation(
        "foreign team", "who administers another workspace than the app's own, there", Role.VIEWER, Sight.OWN, (Platform.SLACK,)
    ),
    Situation("foreign id", "the id of an owner, used in another workspace", Role.VIEWER, Sight.OWN),
    Situation("other platform", "the id of an owner of the other platform", Role.VIEWER),
    Situation(
        "group as user",
        "the id of a role that the file names, used as that of a person",
        Role.VIEWER,
        platforms=(Platform.DISCORD,),
    ),
    Situation("case", "the id of an owner in small letters", Role.VIEWER, platforms=(Platform.SLACK,)),
    Situation("nobody", "no id at all, in a channel of the workspace", Role.VIEWER),
    Situation("claims file", "who claims to be of the file's own workspace", Role.VIEWER, Sight.NOTHING),
    Situation("was admin", "who administered the workspace until a moment ago", Role.VIEWER),
    Situation("was editor", "whom the file named as editor before it was read anew", Role.VIEWER),
)
"""In Slack, who was admin is believed to be one for at most five minutes more: so long the platform's word is kept."""


def rights_part(table: Sequence[Command]) -> str:
    """The tables for people: who is what, where; and which command each role may use."""
    return "\n".join(_lines(table))


def _lines(table: Sequence[Command]) -> Iterator[str]:
    yield from ("| who, where | Slack | Discord | sees |", "| --- | --- | --- | --- |")
    for one in SITUATIONS:
        cells = [one.role.value if platform in one.platforms else "-" for platform in CHATS]
        yield f"| {one.words} | {' | '.join(cells)} | {one.sight.value} |"
    yield from ("", "| command | viewer | editor | owner |", "| --- | --- | --- | --- |")
    for command in table:
        cells = ["yes" if role.may(command.role) else "no" for role in Role]
        yield f"| [`{command.name}`](commands.md#{command.name.replace(' ', '-')}) | {' | '.join(cells)} |"
