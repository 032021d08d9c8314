"""What can be pressed below a message about a story: the same words, in the same order, on every platform. Pure.

Promises: pressing asks what somebody could have typed, and nothing is offered that no command answers. A platform decides how a
button looks and how its words are kept in it; this file alone decides which there are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.core.messages import Message, ReminderMessage, StoryMessage, Update, UpdateMessage
from bot.core.spoken import later

LONGEST = 90
"""Code points of what a button asks, as of ``bot.commands.reply.Button``: a ``custom_id`` of Discord holds 100
(docs.discord.com/developers/components/reference, seen 2026-11)."""
SAMPLE = "sample"
"""The id that a sample message has in place of a story's; a test holds it against ``bot.commands.test.SAMPLE``."""


@dataclass(frozen=True, slots=True)
class Pressable:
    """One button.

    Attributes:
        command: name of the command that answers it; unique among a message's buttons.
        label: one or two words.
        words: what it asks, as it would be typed.
        spoken: what a screen reader says of it, 75 characters at most (Slack's limit of ``accessibility_label``).
    """

    command: str
    label: str
    words: str
    spoken: str


_WHY = Pressable("why", later("Why"), "why {}", later("Why this was posted"))
_VOTE = Pressable("vote", later("Not relevant"), "vote no {}", later("Say that this is not relevant here"))
_REMIND = Pressable("remind", later("Remind"), "remind {}", later("Be reminded of this story"))
_MORE = Pressable("more", later("More"), "more {}", later("More to do with this story"))


def pressables(message: Message, commands: Collection[str]) -> tuple[Pressable, ...]:
    """The buttons of a message, in order.

    Args:
        message: what is shown. Digests and notices have none: they are of no one story.
        commands: names of the commands that are answered.
    """
    offered: tuple[Pressable, ...]
    match message:
        case StoryMessage(pointer=None):
            offered = (_WHY,) if message.withdrawn or message.story_id == SAMPLE else (_WHY, _VOTE, _REMIND, _MORE)
        case UpdateMessage(update=Update.COMMITMENT):
            offered = (_REMIND,)
        case ReminderMessage():
            offered = (_WHY, _REMIND)
        case _:
            return ()
    if not message.story_id:
        return ()
    told = (Pressable(one.command, one.label, one.words.format(message.story_id), one.spoken) for one in offered)
    return tuple(one for one in told if one.command in commands and len(one.words) <= LONGEST)
