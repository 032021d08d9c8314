"""What one channel is told of a story under its workspace's overlay.

Promises: the same planner and the same reasons as where there is no overlay. A message keeps the name of the story it was sent for,
so that every decision of a person can be taken back. Never changes a shared story, never sends anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.messages import UpdateMessage
from bot.core.model import Channel, Commitment, Item, Rule, StoryChange
from bot.core.stories import StoryRecord
from bot.outbox.plan import Arrival, NewsFacts, Plan, plan, speaker
from bot.service.audience import changes_seen, may_read, seen_by
from bot.service.knownas import known_as
from bot.service.muted import QuietIn, voices
from bot.service.onshow import is_out, noted, shown_sentences
from bot.service.retold import Happened, may_tell, promised_before
from bot.service.shared import Shared, StoriesStore
from bot.stories.commitments import commitments
from bot.stories.oldnews import looks_back, old_date
from bot.stories.outlets import Owners
from bot.stories.overlay import Laid
from bot.stories.summary import StoryItem, compose


@dataclass(frozen=True, slots=True)
class Brought:
    """What a batch of the alert stage brought.

    Attributes:
        stories: the shared stories as they are after it, those merged away included.
        members: articles by each story that something happened to.
        changes: what its articles did.
        edited: stories of known articles that read differently now, by article.
        fresh: where only words changed, rules that match since then, by story; else None.
        now: the present instant.
        before: known articles that read differently now, as they read before.
    """

    stories: Mapping[str, StoryRecord]
    members: Mapping[str, Sequence[StoryItem]]
    changes: Sequence[StoryChange]
    edited: Mapping[str, str]
    fresh: Mapping[str, Collection[str]] | None
    now: datetime
    before: Mapping[str, Item] = field(default_factory=dict)

    def freshly(self, rules: Iterable[Rule], edited: Iterable[str]) -> bool:
        """Whether any of these rules matches only since these articles read differently."""
        new = {rule_id for item_id in edited for rule_id in (self.fresh or {}).get(self.edited[item_id], ())}
        return any(rule.id in new for rule in rules)


class Teller:
    """Plans what one channel is told of stories under its overlay."""

    def __init__(
        self,
        store: StoriesStore,
        rules: Mapping[str, Rule],
        shared: Shared,
        owners: Owners,
        *,
        now: datetime,
        recent: dict[str, int],
        quiet_in: QuietIn,
        reads: Callable[[Channel], str],
    ) -> None:
        """Take what plans are made of.

        Args:
            store: for what was sent.
            rules: those in force, by id, in the order of the file.
            shared: the stories.
            owners: who owns which outlets.
            now: the present instant.
            recent: posts of the last 60 minutes by channel, as far as they are counted; grows with what is planned.
            quiet_in: what people silenced, by channel.
            reads: the workspace that reads a channel: what the sources of others bring is no part of its stories.
        """
        self._reads = reads
        self._quiet_in = quiet_in
        self._store = store
        self._rules = rules
        self._shared = shared
        self._owners = owners
        self._now = now
        self._recent = recent

    async def tell(
        self, channel: Channel, laid: Laid, story_id: str, *, brought: Brought | None = None, former: Collection[str] = ()
    ) -> Plan:
        """What a channel is told of a story.

        Args:
            channel: where.
            laid: the stories under the channel's overlay.
            story_id: one of them, with at least one article.
            brought: by a batch; None if a person decided: then a story without a message here is told from the beginning.
            former: further ids under which it was told here.
        """
        record, all_members = self._shared.story(laid, story_id)
        reader = self._reads(channel)
        members = list(seen_by(reader, all_members))
        if not members:
            return Plan()
        history = await self._store.story_deliveries(channel.id, sorted({*laid.places_of(story_id), *former}))
        history = sorted(history, key=lambda row: row.sequence)
        name = speaker(story_id, history)
        rules = self._matched(channel, members)
        if name is None and not rules:
            return Plan()
        ids = [member.item.id for member in members]
        changes = [change for change in brought.changes if change.item_id in ids] if brought else []
        if len(members) < len(all_members):
            changes = changes_seen(changes, members)
        edited = [item_id for item_id in ids if item_id in brought.edited] if brought else []
        if brought and name is None and not changes and not brought.freshly(rules, edited):
            return Plan()
        joined = {change.item_id for change in changes}
        if brought is None and name is None:
            joined = set(ids)
        record = replace(record, id=name or story_id)
        names = {story_id, *laid.places_of(story_id), *former}
        rules, muted = voices(self._quiet_in(channel), names, members, rules, history)
        message = compose(
            record,
            members,
            rules,
            follows=await self._followed(record, reader),
            backfill=channel.settings.backfill,
            owners=self._owners,
            shown=shown_sentences(history),
        )
        headlines = await self._store.headline_changes(ids)
        message = noted(message, members, channel, history, headlines)
        facts = _news(members, joined, edited)
        if channel.id not in self._recent:
            self._recent[channel.id] = await self._store.posts_since(channel.id, self._now - timedelta(hours=1))
        followed = any(channel_id == channel.id for channel_id, _ in await self._store.followed(names))
        updates: tuple[UpdateMessage, ...] = ()
        if brought is not None:  # what a person decided about stories is no news of theirs
            promised: Sequence[Commitment] = ()
            if is_out(history) and len(members) < len(all_members):
                promised = promised_before(members, {change.item_id for change in brought.changes}, brought.before)
            elif is_out(history):
                stored = await self._store.commitments_of(sorted(laid.places_of(story_id)))
                promised = [one for several in stored.values() for one in several]
            happened = Happened(
                promises=lambda: commitments(members),
                reworded={item_id: brought.before[item_id] for item_id in edited if item_id in brought.before},
                headlines=headlines,
                promised=promised,
            )
            updates = may_tell(
                message,
                members,
                channel,
                history,
                facts=facts,
                happened=happened,
                owners=self._owners,
                now=self._now,
                followed=followed,
            )
        planned = plan(
            message,
            record,
            changes,
            channel,
            history,
            recent_posts=self._recent[channel.id],
            news=facts,
            now=self._now,
            updates=updates,
            muted=muted,
            followed=followed,
        )
        self._recent[channel.id] += planned.posts
        return planned

    def _matched(self, channel: Channel, members: Sequence[StoryItem]) -> list[Rule]:
        ids = {match.rule_id for member in members for match in member.matches}
        return [rule for rule in self._rules.values() if rule.id in ids and channel.id in rule.channels]

    async def _followed(self, record: StoryRecord, reader: str) -> tuple[str, datetime | None] | None:
        """The story that this one follows, unless its headline is of an article that the channel's workspace does not have."""
        if not record.related:
            return None
        first = record.related[0]
        found = self._shared.stories.get(first) or (await self._store.stories([first])).get(first)
        if found is None:
            return None
        lead = (await self._store.items([found.lead_item_id])).get(found.lead_item_id)
        if lead is not None and not may_read(lead.source_id, reader):
            return None
        return found.title, (await known_as(self._store, {first: found}, reader))[first].first_published


def _news(members: Iterable[StoryItem], joined: Collection[str], edited: Collection[str]) -> NewsFacts:
    return NewsFacts(
        tuple(
            Arrival(
                item_id=member.item.id,
                published=member.item.date_published,
                baseline_rank=member.baseline_rank,
                copy=member.duplicate_of is not None,
                rerun=member.rerun_of is not None,
                edited=member.item.id not in joined,
                old_date=old_date(member.item),
                looks_back=looks_back(member.item),
            )
            for member in members
            if member.item.id in joined or member.item.id in edited
        )
    )
