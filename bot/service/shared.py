"""The stories that everybody shares, as they are stored, with everything that messages are made of.

Promises: what was read is not read again, and the version of every story that was read is known, so that a commit can look again.
Lays an overlay over them and says how a story reads under it. Never changes a story.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from bot.core.deliveries import Delivery
from bot.core.model import Commitment, Item, Match
from bot.core.silences import Mute
from bot.core.stories import HeadlineChange, Member, StoryRecord
from bot.stories.cluster import going_on
from bot.stories.overlay import Laid, Overlay, Placed
from bot.stories.summary import StoryItem


class StoriesStore(Protocol):
    """What is read to lay an overlay over stored stories."""

    async def stories(self, ids: Collection[str]) -> dict[str, StoryRecord]:
        """Stories by id."""
        ...

    async def members_of(self, story_ids: Collection[str]) -> list[Member]:
        """Members of these stories, by arrival."""
        ...

    async def homes(self, story_ids: Collection[str]) -> dict[str, str]:
        """For every member of these stories, the story in which it was first filed."""
        ...

    async def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Items by id."""
        ...

    async def matches_of(self, item_ids: Collection[str]) -> dict[str, tuple[Match, ...]]:
        """Matches by item id."""
        ...

    async def baseline_ranks(self, ids: Collection[str]) -> dict[str, int]:
        """Baseline rank by item id, of those that came with the first poll of their source."""
        ...

    async def headline_changes(self, item_ids: Collection[str]) -> dict[str, tuple[HeadlineChange, ...]]:
        """What changed in the headlines of these items, oldest first."""
        ...

    async def commitments_of(self, story_ids: Collection[str]) -> dict[str, tuple[Commitment, ...]]:
        """What these stories promise, by date."""
        ...

    async def story_deliveries(self, channel_id: str, story_ids: Collection[str]) -> list[Delivery]:
        """Every row of these stories in this channel, by sequence."""
        ...

    async def posts_since(self, channel_id: str, since: datetime) -> int:
        """How many posts and digests were sent or set on their way."""
        ...

    async def mutes_in_force(self, now: datetime) -> list[Mute]:
        """Every workspace's mutes that silence something."""
        ...

    async def followed(self, story_ids: Collection[str]) -> set[tuple[str, str]]:
        """(channel, story) wherever somebody follows one of these stories."""
        ...


@dataclass(slots=True)
class Shared:
    """Shared stories with everything that messages are made of.

    Attributes:
        stories: records by id, those merged away included.
        homes: by article, the story in which it was first filed.
        members: articles by id.
        versions: of stored stories that were read here.
    """

    stories: dict[str, StoryRecord] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    members: dict[str, StoryItem] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    async def know(self, store: StoriesStore, story_ids: Iterable[str]) -> None:
        """Read the records of these stories, and of those they were merged into."""
        wanted = set(story_ids) - self.stories.keys()
        while wanted:
            found = await store.stories(wanted)
            self.stories.update(found)
            self.versions.update((story.id, story.version) for story in found.values())
            wanted = {story.merged_into for story in found.values() if story.merged_into} - self.stories.keys()

    async def take_in(self, store: StoriesStore, story_ids: Collection[str]) -> None:
        """Read the members of these stories, which go on."""
        await self.know(store, story_ids)
        found = await store.members_of(story_ids)
        ids = [member.item_id for member in found]
        homes = await store.homes(story_ids)
        items, matches, ranks = await store.items(ids), await store.matches_of(ids), await store.baseline_ranks(ids)
        for member in found:
            if member.item_id not in items:
                continue  # forgotten meanwhile
            self.homes[member.item_id] = homes.get(member.item_id) or member.story_id or ""
            self.members[member.item_id] = StoryItem(
                item=items[member.item_id],
                matches=matches.get(member.item_id, ()),
                rerun_of=member.rerun_of,
                duplicate_of=member.duplicate_of,
                order=member.order,
                baseline_rank=ranks.get(member.item_id),
            )
        await self.know(store, self.homes.values())

    def lay(self, overlay: Overlay) -> Laid:
        """The stories under an overlay."""
        placed = [Placed(item_id, self.homes[item_id], member.duplicate_of) for item_id, member in self.members.items()]
        return overlay.lay(placed, self.stories)

    def story(self, laid: Laid, story_id: str) -> tuple[StoryRecord, list[StoryItem]]:
        """A story of an overlay as a record, and its articles by arrival; it has at least one."""
        inside = laid.items_of(story_id)
        members = sorted((self._in(self.members[item_id], inside) for item_id in inside), key=lambda member: member.order)
        root = going_on(self.homes[members[0].item.id], self.stories) or ""
        base = self.stories[story_id] if story_id in self.stories else replace(self.stories[root], related=())
        dates = [one.item.date_published for one in members if one.rerun_of is None and one.item.date_published is not None]
        places = laid.places_of(story_id)
        related = tuple(other for other in base.related if other not in places)
        return replace(base, id=story_id, last_published=max(dates, default=None), related=related, merged_into=None), members

    @staticmethod
    def _in(member: StoryItem, inside: Collection[str]) -> StoryItem:
        """What repeats an article of another story is a report of its own here."""
        return member if member.duplicate_of in inside else replace(member, duplicate_of=None)
