"""One batch's view of the stories: what is stored with what the batch adds. Holds values, asks nobody and decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.deliveries import Delivery
from bot.core.messages import StoryMessage
from bot.core.model import Channel, Commitment, Item, Match, StoryChange
from bot.core.stories import HeadlineChange, SeenStory
from bot.outbox.plan import NewsFacts
from bot.service.onshow import noted
from bot.stories.cluster import going_on
from bot.stories.commitments import commitments
from bot.stories.index import MemoryIndex
from bot.stories.oldnews import looks_back, old_date
from bot.stories.summary import StoryItem


@dataclass(slots=True)
class View:
    """One batch's view of the stories: what is stored with what the batch adds."""

    index: MemoryIndex
    items: dict[str, Item]
    matches: dict[str, tuple[Match, ...]]
    baseline_ranks: dict[str, int]
    changes: list[StoryChange]
    now: datetime
    edited: Mapping[str, str] = field(default_factory=dict)
    """Stories of filed items that read differently now, by item id."""
    headlines: dict[str, tuple[HeadlineChange, ...]] = field(default_factory=dict)
    before: Mapping[str, Item] = field(default_factory=dict)
    """Filed items that read differently now, as they read before."""
    _promised: dict[str, tuple[Commitment, ...]] = field(default_factory=dict)

    def in_order(self, story_ids: Collection[str]) -> list[str]:
        """Story ids by the first change that touched each, so that posts are planned in order of arrival."""
        told = [*(change.story_id or "" for change in self.changes), *self.edited.values()]
        return [story_id for story_id in dict.fromkeys(told) if story_id in story_ids]

    def seen(self, story_id: str, promised: tuple[Commitment, ...]) -> SeenStory:
        """The story as it is shown."""
        members = self.members(story_id)
        story = self.index.stories[story_id]
        rules = sorted({match.rule_id for member in members for match in member.matches})
        return SeenStory(story, tuple(member.item.id for member in members), tuple(rules), story.related, promised)

    def members(self, story_id: str) -> list[StoryItem]:
        """Its articles with what is known of each, by arrival."""
        return [
            StoryItem(
                item=self.items[member.item_id],
                matches=self.matches.get(member.item_id, ()),
                rerun_of=member.rerun_of,
                duplicate_of=member.duplicate_of,
                order=member.order,
                baseline_rank=self.baseline_ranks.get(member.item_id),
            )
            for member in self.index.members_of(story_id)
        ]

    def promised(self, story_id: str) -> tuple[Commitment, ...]:
        """What it promises, looked for once."""
        if story_id not in self._promised:
            self._promised[story_id] = commitments(self.members(story_id))
        return self._promised[story_id]

    def changes_of(self, story_id: str) -> list[StoryChange]:
        """What this batch did to it."""
        return [change for change in self.changes if change.story_id == story_id]

    def merged_into(self, story_id: str) -> list[str]:
        """Stories that this batch folded into it, also by way of one another."""
        merged = [gone for change in self.changes for gone in change.merged]
        return [gone for gone in dict.fromkeys(merged) if going_on(gone, self.index.stories) == story_id]

    def facts(self, story_id: str) -> NewsFacts:
        """What is news about it in this batch, and what is old."""
        members = self.index.members_of(story_id)
        joined = {change.item_id for change in self.changes}
        news = [member.item_id for member in members if member.item_id in joined]
        return NewsFacts.of(
            members,
            baseline_ranks=self.baseline_ranks,
            items=self.items,
            joined=joined,
            edited=self.edited,
            old_dates={item_id: date for item_id in news if (date := old_date(self.items[item_id])) is not None},
            looking_back={item_id for item_id in news if looks_back(self.items[item_id])},
        )

    def with_changes(
        self, message: StoryMessage, members: Sequence[StoryItem], channel: Channel, rows: Sequence[Delivery]
    ) -> StoryMessage:
        """The message with a note on its headline, if readers of the channel have seen another one."""
        return noted(message, members, channel, rows, self.headlines)
