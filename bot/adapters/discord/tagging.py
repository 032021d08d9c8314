"""Which tags a forum post gets: those that the channel's settings name for the rules of its stories. Pure.

Promises: only tags that the forum has, five at most, in the order of the rules; what is missing is said, once. A forum that wants a
tag on every post gets one in any case, so that a forgotten setting silences nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.adapters.discord.limits import APPLIED_TAGS
from bot.adapters.discord.places import Place, Tag
from bot.core.messages import DigestMessage, Message, StoryMessage


@dataclass(frozen=True, slots=True)
class Tagging:
    """The tags of one post.

    Attributes:
        ids: to be sent.
        missing: names that the settings want and the forum does not have, or not for us.
    """

    ids: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def tags_of(message: Message, wanted: Mapping[str, str], place: Place) -> Tagging:
    """The tags of a message's post.

    Args:
        message: what is posted.
        wanted: names of tags by rule id.
        place: the forum.
    """
    names = dict.fromkeys(wanted[rule] for rule in _rules(message) if rule in wanted)
    found = {name: tag for name in names if (tag := tag_named(name, place.tags))}
    ids = tuple(dict.fromkeys(tag.id for tag in found.values()))[:APPLIED_TAGS]
    if not ids and place.tag_required:
        ids = tuple(tag.id for tag in place.tags if not tag.moderated)[:1]
    return Tagging(ids, tuple(name for name in names if name not in found))


def tag_named(name: str, tags: Iterable[Tag]) -> Tag | None:
    """The tag of this name that may be set; large and small letters are the same."""
    called = name.strip().casefold()
    return next((tag for tag in tags if tag.name.strip().casefold() == called and not tag.moderated), None)


def _rules(message: Message) -> Iterable[str]:
    match message:
        case StoryMessage():
            return [rule for rule, _ in message.rules]
        case DigestMessage():
            return [rule for story in message.stories for rule, _ in story.rules]
        case _:
            return []
