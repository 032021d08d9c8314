"""What Discord says of the channels that are posted to: their kind, their server, the tags of a forum.

Promises: a channel is asked for once, and again only when something about it may have changed: a forum's tags. Reads only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.adapters.discord.limits import TAGS_KNOWN
from bot.adapters.discord.wire import Wire
from bot.core.clock import Clock

ANNOUNCEMENT = 5
FORUMS = frozenset({15, 16})
"""Types of channels: announcements, and those that hold threads alone, forum and media
(docs.discord.com/developers/resources/channel)."""
_REQUIRE_TAG = 1 << 4
"""Flag of a forum that wants a tag on every post (same page)."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a forum.

    Attributes:
        moderated: only who manages threads may set it.
    """

    id: str
    name: str
    moderated: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A channel as Discord describes it.

    Attributes:
        kind: its type.
        guild: id of its server, or empty.
        tags: of a forum, in its own order.
        tag_required: a forum that wants a tag on every post.
        asked: when it was asked for, on the monotonic clock.
    """

    kind: int = 0
    guild: str = ""
    tags: tuple[Tag, ...] = field(default=())
    tag_required: bool = False
    asked: float = 0.0

    @property
    def is_forum(self) -> bool:
        """Whether it takes posts with a name, and nothing else."""
        return self.kind in FORUMS


def place_of(told: dict[str, Any], asked: float = 0.0) -> Place:
    """A channel out of Discord's description."""
    tags = tuple(
        Tag(str(tag["id"]), str(tag.get("name") or ""), moderated=bool(tag.get("moderated")))
        for tag in told.get("available_tags") or ()
    )
    required = bool(int(told.get("flags") or 0) & _REQUIRE_TAG)
    return Place(int(told.get("type", 0)), str(told.get("guild_id") or ""), tags, required and bool(tags), asked)


class Places:
    """The channels that are posted to."""

    def __init__(self, clock: Clock) -> None:
        """Nothing is known yet."""
        self._clock = clock
        self._known: dict[str, Place] = {}

    async def find(self, wire: Wire, address: str, *, tags: bool = False) -> Place:
        """A channel by its id.

        Args:
            wire: calls Discord.
            address: the channel's id.
            tags: its tags are needed: people add and remove them, so what is known of a forum is asked again now and then.

        Raises:
            CallError: it is not known yet and cannot be asked for.
        """
        known = self._known.get(address)
        now = self._clock.monotonic()
        if known is None or (tags and known.is_forum and now - known.asked > TAGS_KNOWN):
            told = await wire.call("GET", "/channels/{channel_id}", {"channel_id": address})
            self._known[address] = known = place_of(told, now)
        return known

    def forget(self, address: str) -> None:
        """It is not as we thought: ask again."""
        self._known.pop(address, None)

    def guild_of(self, address: str) -> str | None:
        """The id of the server a channel is in, once it was asked for."""
        known = self._known.get(address)
        return known.guild or None if known else None
