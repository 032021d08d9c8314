"""Stories as the workspace of a channel has them, and what its channels are told of them.

Promises: a channel in which no constraint holds sees the shared stories; elsewhere its messages follow the overlay, with the
same planner and the same reasons. A message keeps the name of the story it was sent for, so that every decision can be taken
back. Never changes a shared story, never sends anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.deliveries import Action, Delivery
from bot.core.messages import StoryMessage, UpdateMessage
from bot.core.model import Channel, Commitment, Item, Match, Rule, StoryChange
from bot.core.overlays import Constraint
from bot.core.records import HeadlineChange, Member, NewDelivery, Revision, StoryRecord
from bot.core.silences import Mute
from bot.outbox.plan import Arrival, NewsFacts, Plan, plan, speaker
from bot.service.audience import changes_seen, may_read, seen_by
from bot.service.knownas import known_as
from bot.service.muted import QuietIn, voices
from bot.service.retold import SHOWN, TELLS, Happened, is_out, may_tell, promised_before
from bot.service.workspaces import WorkspaceOf, holds
from bot.stories.cluster import going_on
from bot.stories.commitments import commitments
from bot.stories.headlines import changed_note
from bot.stories.oldnews import looks_back, old_date
from bot.stories.outlets import Owners
from bot.stories.overlay import Laid, Overlay, Placed
from bot.stories.summary import StoryItem, compose, lead_member


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


def shown_sentences(rows: Iterable[Delivery]) -> tuple[str, ...]:
    """The sentences of a story that readers see in a channel now, as far as its rows tell."""
    told = [row for row in rows if row.action in TELLS and row.state in SHOWN and isinstance(row.message, StoryMessage)]
    last = max(told, key=lambda row: row.sequence, default=None)
    return last.message.sentences if last is not None and isinstance(last.message, StoryMessage) else ()


def noted(
    message: StoryMessage,
    members: Sequence[StoryItem],
    channel: Channel,
    rows: Sequence[Delivery],
    headlines: Mapping[str, Sequence[HeadlineChange]],
) -> StoryMessage:
    """The message with a note on its headline, if readers of the channel have seen another one.

    Args:
        message: as composed.
        members: the story's.
        channel: where.
        rows: of the story in the channel.
        headlines: what changed in headlines, by item id.
    """
    lead = lead_member(sorted(members, key=lambda member: member.order), backfill=channel.settings.backfill).item.id
    if lead not in headlines:
        return message
    since = min((row.updated_at for row in rows if row.action is Action.POST and row.state in SHOWN), default=None)
    note = changed_note(message.headline, headlines[lead], since, channel.settings.timezone)
    return message if note is None else replace(message, notes=(note, *message.notes))


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


@dataclass(frozen=True, slots=True)
class Overlaid:
    """A batch as the workspaces see it whose people decided about its stories.

    Attributes:
        shared: the stories looked at.
        channels: by channel in which a constraint touches them, its stories.
        brought: the batch.
    """

    shared: Shared
    channels: Mapping[str, Laid]
    brought: Brought

    async def plan(
        self,
        store: StoriesStore,
        rules: Mapping[str, Rule],
        channels: Mapping[str, Channel],
        recent: dict[str, int],
        *,
        owners: Owners,
        quiet_in: QuietIn,
        reads: Callable[[Channel], str],
    ) -> Plan:
        """What these channels are told, in order of arrival; ``recent`` grows with what is planned."""
        teller = Teller(store, rules, self.shared, owners, now=self.brought.now, recent=recent, quiet_in=quiet_in, reads=reads)
        filed = [change.item_id for change in self.brought.changes if change.story_id is not None]
        new: list[NewDelivery] = []
        revisions: list[Revision] = []
        for channel_id, laid in self.channels.items():
            places = [laid.story_of[item_id] for item_id in (*filed, *self.brought.edited) if item_id in laid.story_of]
            for story_id in dict.fromkeys(places):
                planned = await teller.tell(channels[channel_id], laid, story_id, brought=self.brought)
                new += planned.new
                revisions += planned.revisions
        return Plan(tuple(new), tuple(revisions))


async def lay_over(
    store: StoriesStore,
    constraints: Sequence[Constraint],
    channels: Mapping[str, Channel],
    workspace_of: WorkspaceOf,
    brought: Brought,
) -> Overlaid:
    """Lay every workspace's constraints over what a batch brought; only channels where they touch it are overlaid."""
    shared = Shared(stories=dict(brought.stories))
    by_constraints: dict[tuple[Constraint, ...], list[str]] = {}
    for channel in channels.values():
        if held := tuple(one for one in constraints if holds(one, channel, workspace_of)):
            by_constraints.setdefault(held, []).append(channel.id)
    overlays = {held: Overlay(held) for held in by_constraints}
    for overlay in overlays.values():
        await shared.know(store, overlay.named)
    touched = frozenset(brought.members)
    reached = {held: overlay.reach(touched, shared.stories) for held, overlay in overlays.items()}
    if not any(reached.values()):
        return Overlaid(Shared(), {}, brought)
    await shared.take_in(store, sorted(frozenset().union(*reached.values()) - touched))
    shared.homes.update(await store.homes({*touched, *(gone for change in brought.changes for gone in change.merged)}))
    for change in brought.changes:
        if change.story_id is not None:
            shared.homes.update(dict.fromkeys((change.item_id, *change.adopted), change.story_id))
    shared.members.update((member.item.id, member) for members in brought.members.values() for member in members)
    await shared.know(store, shared.homes.values())
    laid = {held: shared.lay(overlays[held]) for held, stories in reached.items() if stories}
    return Overlaid(shared, {channel_id: laid[held] for held in laid for channel_id in by_constraints[held]}, brought)
