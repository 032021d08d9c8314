"""What every channel is told of the stories that a batch touched: of the shared ones, or of its workspace's own.

Promises: reads the store and writes nothing; what it read that could change meanwhile is named in its answer, so that the
commit can look again. Never decides what belongs together, nor sends anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bot.core.deliveries import Delivery
from bot.core.model import FILE_WORKSPACE, Channel, Commitment, Rule
from bot.core.outbox import NewDelivery, Revision
from bot.core.overlays import Constraint
from bot.core.stories import StoryRecord
from bot.outbox.plan import plan
from bot.service.audience import NOBODY, changes_seen, may_read, news_seen, reader_of, seen_by
from bot.service.batchview import View
from bot.service.knownas import known_as
from bot.service.muted import QuietIn, quiet_in, voices
from bot.service.onshow import is_out, shown_sentences
from bot.service.overlaid import lay_over
from bot.service.retold import Happened, may_tell, promised_before
from bot.service.shared import StoriesStore
from bot.service.teller import Brought
from bot.service.workspaces import WorkspaceOf
from bot.stories.commitments import commitments
from bot.stories.outlets import Owners
from bot.stories.summary import compose


class PlanningStore(StoriesStore, Protocol):
    """What planning needs of the store."""

    async def constraints(self) -> tuple[int, list[Constraint]]:
        """The number of the last decision of a person, and every constraint that stands."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What a batch writes to the outbox, and what that was decided on beside the stories of the batch."""

    new: tuple[NewDelivery, ...]
    revisions: tuple[Revision, ...]
    versions: Mapping[str, int]
    decision: int


class Planner:
    """Plans deliveries for the stories of a batch.

    Args:
        store: what is known.
        rules: in force, by id.
        channels: by id.
        owners: who owns which outlets.
        workspace_of: the workspace of a chat's channel, as far as its platform has named it.
    """

    def __init__(
        self,
        store: PlanningStore,
        rules: Mapping[str, Rule],
        channels: Mapping[str, Channel],
        owners: Owners,
        workspace_of: WorkspaceOf,
    ) -> None:
        self._store = store
        self._rules = rules
        self._channels = channels
        self._owners = owners
        self._workspace_of = workspace_of
        self._tellers: dict[str, set[str]] = {}
        for rule in rules.values():
            for channel_id in rule.channels:
                self._tellers.setdefault(channel_id, set()).add(rule.workspace_id)

    async def told(self, view: View, touched: Collection[str], fresh: Mapping[str, Collection[str]] | None = None) -> Told:
        """What every channel is told: of the shared stories, or of its workspace's own."""
        decision, constraints = await self._store.constraints()
        await self._complete(view, touched)
        members = {story_id: view.members(story_id) for story_id in touched} if constraints else {}
        brought = Brought(view.index.stories, members, view.changes, view.edited, fresh, view.now, view.before)
        laid = await lay_over(self._store, constraints, self._channels, self._workspace_of, brought)
        mutes = await self._store.mutes_in_force(view.now) if decision else []  # no mute was ever made without a decision
        quiet = quiet_in(mutes, self._workspace_of)
        new, revisions, recent = await self._plan(view, touched, fresh, without=laid.channels, quiet=quiet)
        own = await laid.plan(
            self._store,
            self._rules,
            self._channels,
            recent,
            owners=self._owners,
            quiet_in=quiet,
            reads=self._reader,
        )
        return Told((*new, *own.new), (*revisions, *own.revisions), laid.shared.versions, decision)

    def _reader(self, channel: Channel) -> str:
        """The workspace that reads a channel; until its platform has said so, the one whose own rules are told there.

        A workspace's rules reach its own channels alone: without them what it asked for would be left out for good.
        """
        reader = reader_of(channel, self._workspace_of)
        tellers = self._tellers.get(channel.id, set()) - {FILE_WORKSPACE}
        return next(iter(tellers)) if reader == NOBODY and len(tellers) == 1 else reader

    async def _plan(
        self,
        view: View,
        touched: Collection[str],
        fresh: Mapping[str, Collection[str]] | None,
        *,
        without: Collection[str],
        quiet: QuietIn,
    ) -> tuple[list[NewDelivery], list[Revision], dict[str, int]]:
        """What the channels of the touched stories are told, and how much each was sent of late.

        Args:
            view: the stories as they are now.
            touched: ids of the stories something happened to.
            fresh: where only words changed, the rules that match since then, by story: they alone bring a story into a channel
                that knows nothing of it.
            without: channels that are told elsewhere.
            quiet: what people silenced, by channel.
        """
        told = []
        for story_id in view.in_order(touched):
            rules, named = self._destinations(view, story_id)
            told.append((story_id, rules, [channel_id for channel_id in named if channel_id not in without]))
        sent, recent = await self._sent(view, {story_id: channel_ids for story_id, _, channel_ids in told})
        followed = await self._store.followed({of for _, of in sent})  # what was never told here has nobody who follows it
        new: list[NewDelivery] = []
        revisions: list[Revision] = []
        for story_id, rules, channel_ids in told:
            await asyncio.sleep(0)  # composing one takes milliseconds, and a batch has fifty
            everybody = view.members(story_id)
            story = view.index.stories[story_id]
            known: list[tuple[Commitment, ...]] = []
            for channel_id in channel_ids:
                channel = self._channels[channel_id]
                reader = self._reader(channel)
                members = seen_by(reader, everybody)
                whole = members is everybody
                changes, facts = view.changes_of(story_id), view.facts(story_id)
                if not whole:
                    changes, facts = changes_seen(changes, members), news_seen(facts, members)
                    if not facts.arrivals:
                        continue  # nothing that this channel may hear of happened
                names = (story_id, *view.merged_into(story_id))
                rows = [row for of in names for row in sent.get((channel_id, of), ())]
                of_channel = [rule for rule in rules if channel_id in rule.channels]
                speaking, muted = voices(quiet(channel), names, members, of_channel, rows)
                message = compose(
                    story,
                    members,
                    speaking,
                    follows=await self._followed(view, story, reader),
                    backfill=channel.settings.backfill,
                    owners=self._owners,
                    shown=shown_sentences(sent.get((channel_id, story_id), ()) or rows),
                )
                if (
                    fresh is not None
                    and not rows
                    and not any(channel_id in rule.channels for rule in rules if rule.id in fresh[story_id])
                ):
                    continue
                message = view.with_changes(message, members, channel, rows)
                happened = Happened(
                    promises=partial(view.promised, story_id) if whole else partial(commitments, members),
                    reworded=view.before,
                    headlines=view.headlines,
                    promised=()
                    if not is_out(rows)
                    else await self._promised(view, story_id, known)
                    if whole
                    else promised_before(members, {change.item_id for change in view.changes}, view.before),
                )
                follows = any((channel_id, name) in followed for name in names)
                updates = may_tell(
                    message,
                    members,
                    channel,
                    rows,
                    facts=facts,
                    happened=happened,
                    owners=self._owners,
                    now=view.now,
                    followed=follows,
                )
                planned = plan(
                    message,
                    story,
                    changes,
                    channel,
                    sorted(rows, key=lambda row: row.sequence),
                    recent_posts=recent[channel_id],
                    news=facts,
                    now=view.now,
                    updates=updates,
                    muted=muted,
                    followed=follows,
                )
                new += planned.new
                revisions += planned.revisions
                recent[channel_id] += planned.posts
        return new, revisions, recent

    def _destinations(self, view: View, story_id: str) -> tuple[list[Rule], list[str]]:
        """The rules that matched a story, in the order of the file, and the channels they name, each once."""
        rule_ids = {match.rule_id for member in view.members(story_id) for match in member.matches}
        rules = [rule for rule_id, rule in self._rules.items() if rule_id in rule_ids]
        return rules, list(dict.fromkeys(channel_id for rule in rules for channel_id in rule.channels))

    async def _sent(
        self, view: View, destinations: Mapping[str, Sequence[str]]
    ) -> tuple[dict[tuple[str, str], list[Delivery]], dict[str, int]]:
        """What stands in the outbox of these stories by channel and story, and how much each channel was sent of late."""
        by_channel: dict[str, list[str]] = {}
        for story_id, channel_ids in destinations.items():
            for channel_id in channel_ids:
                by_channel.setdefault(channel_id, []).extend((story_id, *view.merged_into(story_id)))
        sent: dict[tuple[str, str], list[Delivery]] = {}
        recent: dict[str, int] = {}
        for channel_id, story_ids in by_channel.items():
            recent[channel_id] = await self._store.posts_since(channel_id, view.now - timedelta(hours=1))
            for row in await self._store.story_deliveries(channel_id, story_ids):
                sent.setdefault((channel_id, row.story_id or ""), []).append(row)
        return sent, recent

    async def _complete(self, view: View, touched: Collection[str]) -> None:
        """Fetch texts and matches of stored members, which messages are composed from."""
        missing = [
            member.item_id for story_id in touched for member in view.index.members_of(story_id) if member.item_id not in view.items
        ]
        view.items.update(await self._store.items(missing))
        view.matches.update(await self._store.matches_of(missing))
        view.baseline_ranks.update(await self._store.baseline_ranks(missing))
        view.headlines.update(await self._store.headline_changes([*missing, *view.edited]))

    async def _promised(self, view: View, story_id: str, known: list[tuple[Commitment, ...]]) -> tuple[Commitment, ...]:
        """What a story and those folded into it promised before this batch; asked once for all channels, and kept in ``known``."""
        if known:
            return known[0]
        found = await self._store.commitments_of([story_id, *view.merged_into(story_id)])
        known.append(tuple(one for promised in found.values() for one in promised))
        return known[0]

    async def _followed(self, view: View, story: StoryRecord, reader: str) -> tuple[str, datetime | None] | None:
        """The story that this one follows, unless its headline is of an article that the channel's workspace does not have."""
        if not story.related:
            return None
        first = story.related[0]
        record = view.index.stories.get(first) or (await self._store.stories([first])).get(first)
        if record is None:
            return None
        lead = (await self._store.items([record.lead_item_id])).get(record.lead_item_id)
        if lead is not None and not may_read(lead.source_id, reader):
            return None
        return record.title, (await known_as(self._store, {first: record}, reader))[first].first_published
