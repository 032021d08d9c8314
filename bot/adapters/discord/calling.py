"""Who is called by a post, and how Discord is told so. Pure.

Promises: nobody is called but by the channel's own settings, by the first post of a story that matters enough, and Discord is given
exactly these ids to ring; what an article says never calls anybody. An edit, a reply, a digest, a sample call nobody.
"""

from __future__ import annotations

from typing import Any

from bot.adapters.discord.limits import CALLED
from bot.core.deliveries import Action
from bot.core.messages import Message, StoryMessage
from bot.core.model import ChannelSettings, Level
from bot.text.actions import SAMPLE

_LEVELS = tuple(Level)
_KINDS = {"role": ("roles", "<@&{}>"), "user": ("users", "<@{}>")}
"""What a setting calls: its name in ``allowed_mentions``, and how it is written
(docs.discord.com/developers/resources/message, allowed mentions; reference, message formatting; seen 2026-11)."""


def called_by(message: Message, action: Action, settings: ChannelSettings) -> tuple[str, dict[str, Any]]:
    """What is added to a message's own line, and its ``allowed_mentions``.

    A post that is sent once more because nobody knows whether it arrived calls again: it may be the only one.
    """
    nobody: dict[str, Any] = {"parse": []}
    if not isinstance(message, StoryMessage) or action is not Action.POST:
        return "", nobody
    if message.pointer is not None or message.withdrawn or message.story_id == SAMPLE:
        return "", nobody
    if _LEVELS.index(message.level) < _LEVELS.index(settings.mention_level):
        return "", nobody
    told: list[str] = []
    allowed = nobody
    for entry in dict.fromkeys(settings.mentions):
        kind, _, number = entry.partition(":")
        if kind in _KINDS and number.isdigit() and len(told) < CALLED:
            name, form = _KINDS[kind]
            told.append(form.format(number))
            allowed = {**allowed, name: [*allowed.get(name, ()), number]}
    return " ".join(told), allowed
