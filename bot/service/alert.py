"""From queued items to committed decisions: match, file among the stories, plan deliveries, commit together.

Promises: items, matches, stories and deliveries of a batch are committed in one transaction or not at all; everything
is computed before it begins and re-checked inside (``Stale`` means: decide again). Never sends anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.declared import scope_of
from bot.core.deliveries import Delivery
from bot.core.errors import StoreError
from bot.core.fairshare import last_of
from bot.core.identity import says_more
from bot.core.model import Channel, Item, Match, Rule, StoryChange
from bot.core.outbox import AlertBatch, Stale
from bot.core.reasons import Reason
from bot.core.sources import QueuedItem
from bot.core.stories import ChangedItem, EditedItem, FiledItem, Member, SeenStory, StoryRecord
from bot.rules.narrow import search_words
from bot.service.apart import decided_apart
from bot.service.audience import for_whom
from bot.service.batchview import View
from bot.service.planning import Planner, PlanningStore
from bot.service.workspaces import WorkspaceOf
from bot.stories.cluster import decide
from bot.stories.fingerprint import Fingerprint, fingerprint
from bot.stories.index import MemoryIndex
from bot.stories.model import Model, term_weight
from bot.stories.outlets import SHIPPED, Owners

BATCH = 50
"""Most items of one transaction (a larger one would hold the database too long)."""
LOOK_AHEAD = 500
"""Queued items looked at for some that are ready: so many unread ones at the head do not block the rest."""
ATTEMPTS = 20
"""Decisions taken again on a stale view, before giving up until the next tick."""

LOADED_AT_ONCE = 25
"""Stored members read into a batch's view before other tasks get their turn: some 10 ms."""


log = structlog.get_logger(__name__)


class Matcher(Protocol):
    """A compiled set of rules."""

    def match(self, item: Item) -> tuple[Match, ...]:
        """Every rule that holds for the item."""
        ...


class AlertStore(PlanningStore, Protocol):
    """What alerting needs of the store, beside what planning does."""

    async def queued_items(self, limit: int, *, after: str = "") -> list[QueuedItem]:
        """Items that wait to be filed: by arrival, and of several workspaces in turn, from the one behind ``after`` on."""
        ...

    async def term_postings(self, terms: Collection[int], *, most: int) -> dict[int, list[str]]:
        """The arrival numbers, as text, of the newest ``most`` stored items under each term that holds any."""
        ...

    async def neighbours(
        self,
        asked: Sequence[tuple[Collection[str], Collection[int]]],
        *,
        min_shared: int,
        limit: int,
        newest: int,
        recent: int,
        weights: Mapping[int, int] | None = None,
        enough: int = ...,
        postings: Mapping[int, Sequence[str]] | None = None,
    ) -> list[Member]:
        """Stored members that items with these keys and terms could belong to, with their stories' other members."""
        ...

    async def edited_items(self, limit: int) -> list[ChangedItem]:
        """Filed items of stories that read differently now and wait to be looked at, in the order in which that was noticed."""
        ...

    async def members(self, item_ids: Collection[str]) -> dict[str, Member]:
        """Filed items as the story decisions see them, by id."""
        ...

    async def commit_alert(self, batch: AlertBatch) -> list[Delivery]:
        """Commit a batch whole; raises Stale if what it was decided on has changed."""
        ...


class ItemReader(Protocol):
    """Settles the text of queued items; see ``bot.service.read.Reader``."""

    def ready(self, queued: Sequence[QueuedItem]) -> list[QueuedItem]:
        """Those whose text is settled, as read."""
        ...

    def forget(self, item_ids: Sequence[str]) -> None:
        """These are filed."""
        ...


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What is in force: the compiled engine, rules and channels by id, rules in draft, and who owns which outlets.

    What a draft matches is kept, so that people can see how it would do; it opens no story and posts nothing.
    """

    matcher: Matcher
    rules: Mapping[str, Rule]
    channels: Mapping[str, Channel]
    drafts: Matcher | None = None
    owners: Owners = SHIPPED


@dataclass(frozen=True, slots=True)
class Filed:
    """What one committed batch did, for those who show it: stories are those it touched."""

    items: tuple[FiledItem, ...]
    seen_stories: tuple[SeenStory, ...]
    deliveries: tuple[Delivery, ...]


class Alerter:
    """Files queued items, a batch at a time: by arrival, and while more than a batch wait, workspace by workspace in turn.

    The order between workspaces is free. What a workspace's own source brings is read by that workspace alone, so which of two such
    articles was filed first is seen by nobody who could compare; and between two sources nobody was promised an order, since it
    hangs on when each is asked and how long its pages take. Of one source, and among those of the file, the order stays; a batch,
    which is decided as one, is in order of arrival.

    Args:
        store: what is known, and where decisions are committed.
        rulebook: what is in force.
        model: what story decisions are taken by.
        reader: settles the text of queued items.
        clock: tells the instant of a decision.
        on_filed: called with every committed batch.
        at: called with the name of each point on the way.
        workspace_of: the workspace of a channel, as far as it is known.
        own_words: reduces a filed item whose source changed it to its article's own words (``bot.service.repeated``).
    """

    def __init__(
        self,
        *,
        store: AlertStore,
        rulebook: Rulebook,
        model: Model,
        reader: ItemReader,
        clock: Clock,
        on_filed: Callable[[Filed], None],
        at: Callable[[str], None],
        workspace_of: WorkspaceOf = lambda _: None,
        own_words: Callable[[Item], Item] = lambda item: item,
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._model = model
        self._reader = reader
        self._clock = clock
        self._on_filed = on_filed
        self._at = at
        self._own_words = own_words
        self._workspace_of = workspace_of
        self._planner = self._planner_of(rulebook)
        self._stopping = False
        self._turn = ""

    def use(self, rulebook: Rulebook) -> None:
        """Other rules or channels are in force, from the next batch on; nothing that was filed is looked at again."""
        self._rulebook = rulebook
        self._planner = self._planner_of(rulebook)

    def _planner_of(self, rulebook: Rulebook) -> Planner:
        return Planner(self._store, rulebook.rules, rulebook.channels, rulebook.owners, self._workspace_of)

    def stop(self) -> None:
        """Begin no further batch: the one in hand ends, what is left stays queued."""
        self._stopping = True

    async def file_ready(self) -> int:
        """File everything that is ready to be filed, and let messages say what changed in filed items.

        Returns how many items were filed.
        """
        total, look = 0, LOOK_AHEAD
        while not self._stopping:
            batch = self._reader.ready(await self._store.queued_items(look, after=self._turn))[:BATCH]
            if len(batch) < BATCH and look < LOOK_AHEAD:
                look = LOOK_AHEAD
                continue
            if not batch:
                break
            self._turn = last_of(batch, _whose, before=self._turn)
            await self._file(sorted(batch, key=lambda entry: entry.order))
            total += len(batch)
            look = BATCH if len(batch) == BATCH else LOOK_AHEAD  # of a long queue the head is mostly ready: ten times less to read
        while not self._stopping and await self._take_edits():
            pass
        return total

    async def _file(self, batch: Sequence[QueuedItem]) -> None:
        for _ in range(ATTEMPTS):
            if await self._commit(*await self._decide(batch)):
                self._reader.forget([entry.item.id for entry in batch])
                return
        raise StoreError(f"{len(batch)} items could not be filed: the stories kept changing. They stay queued and are tried again.")

    async def _take_edits(self) -> bool:
        """Take in what changed in some filed items; False if nothing did."""
        for _ in range(ATTEMPTS):
            changed = await self._store.edited_items(BATCH)
            if not changed:
                return False
            if await self._commit(*await self._reword(changed)):
                return True
        raise StoreError("Changed articles could not be taken in: the stories kept changing. That is tried again.")

    async def _commit(self, decided: AlertBatch, seen: tuple[SeenStory, ...]) -> bool:
        """Commit a batch and show it; False if it has to be decided again."""
        self._at("alert.decided")
        try:
            deliveries = await self._store.commit_alert(decided)
        except Stale:
            await asyncio.sleep(0)
            return False
        self._at("alert.committed")
        self._on_filed(Filed(decided.filed, seen, tuple(deliveries)))
        return True

    async def _decide(self, batch: Sequence[QueuedItem]) -> tuple[AlertBatch, tuple[SeenStory, ...]]:
        self._at("alert.begin")
        now = self._clock.now()
        matches, drafts = {}, {}
        for entry in batch:
            matches[entry.item.id] = self._matched(entry.item)
            drafts[entry.item.id] = for_whom(entry.item, self._rulebook.drafts.match(entry.item)) if self._rulebook.drafts else ()
            await asyncio.sleep(0)
        self._at("alert.matched")
        prints, words = {}, {}
        for entry in batch:
            prints[entry.item.id] = fingerprint(entry.item, entry.order, self._model)
            words[entry.item.id] = search_words(entry.item)
            await asyncio.sleep(0)
        index, stored = await self._neighbourhood(prints.values())
        relisted = index.relisted(prints.values())
        self._at("alert.neighbours_read")
        changes = []
        for entry in batch:
            mark = prints[entry.item.id]
            matched = bool(matches[entry.item.id])
            near = index.members_like(mark.keys, mark.terms)
            by = partial(_decided, mark, matched, index.stories, self._model, relisted=mark.item_id in relisted)
            change = decided_apart(entry.item.source_id, near, index.stories, by)
            index.apply(change, mark, matched=matched, now=now)
            changes.append(change)
            await asyncio.sleep(0)  # the view is this batch's own; what changes in the store meanwhile is checked by the commit
        touched = _touched(changes)
        stories = tuple(index.stories[story_id] for story_id in sorted(touched | _merged(changes)))
        view = View(
            index=index,
            items={entry.item.id: entry.item for entry in batch},
            matches=matches,
            baseline_ranks={entry.item.id: entry.baseline_rank for entry in batch if entry.baseline_rank is not None},
            changes=changes,
            now=now,
        )
        told = await self._planner.told(view, touched)
        promised = {}
        for story_id in view.in_order(touched):
            promised[story_id] = view.promised(story_id)
            await asyncio.sleep(0)
        decided = AlertBatch(
            filed=tuple(
                FiledItem(
                    item=entry.item,
                    order=entry.order,
                    matches=matches[entry.item.id],
                    change=change,
                    fingerprint=prints[entry.item.id].to_json(),
                    keys=prints[entry.item.id].keys,
                    terms=prints[entry.item.id].terms,
                    reason=_silence(change),
                    words=words[entry.item.id],
                    drafts=drafts[entry.item.id],
                )
                for entry, change in zip(batch, changes, strict=True)
            ),
            stories=stories,
            deliveries=told.new,
            revisions=told.revisions,
            seen_versions=tuple(sorted({**told.versions, **{story.id: story.version for story in stored.values()}}.items())),
            now=now,
            commitments=tuple(promised.items()),
            overlays=told.decision,
        )
        return decided, tuple(view.seen(story_id, made) for story_id, made in promised.items())

    async def _reword(self, changed: Sequence[ChangedItem]) -> tuple[AlertBatch, tuple[SeenStory, ...]]:
        """Match changed items anew and compose the messages of their stories; where an item belongs is not asked again."""
        now = self._clock.now()
        read = [replace(entry, item=self._own(entry.item)) for entry in changed]
        items = {entry.item.id: entry.item for entry in read if _is_news(entry)}
        members = await self._store.members(list(items))
        before = await self._store.matches_of(list(items))
        matches: dict[str, tuple[Match, ...]] = {}
        fresh: dict[str, set[str]] = {}
        for item_id, item in items.items():
            found = self._matched(item)
            held = {match.rule_id for match in found}
            # A rule that holds no longer is why people were told: it stays, without the places, which are other words now.
            matches[item_id] = (*found, *(replace(match, spans=()) for match in before[item_id] if match.rule_id not in held))
            story_id = members[item_id].story_id if item_id in members else None
            if story_id is not None:
                fresh.setdefault(story_id, set()).update(held - {match.rule_id for match in before[item_id]})
            await asyncio.sleep(0)
        stored = await self._store.stories(fresh)
        index = MemoryIndex(self._model)
        told = await self._store.members_of(list(fresh))
        index.load(told, [_retold(story, items) for story in stored.values()])
        view = View(
            index=index,
            items=dict(items),
            matches=dict(matches),
            baseline_ranks=await self._store.baseline_ranks(list(items)),
            changes=[],
            now=now,
            edited={item_id: members[item_id].story_id or "" for item_id in items if item_id in members},
            before={entry.item.id: entry.filed for entry in read},
        )
        touched = set(stored)
        planned = await self._planner.told(view, touched, fresh)
        promised = {story_id: view.promised(story_id) for story_id in view.in_order(touched)}
        decided = AlertBatch(
            filed=(),
            stories=tuple(index.stories[story_id] for story_id in sorted(touched)),
            deliveries=planned.new,
            revisions=planned.revisions,
            seen_versions=tuple(sorted({**planned.versions, **{story.id: story.version for story in stored.values()}}.items())),
            now=now,
            commitments=tuple(promised.items()),
            overlays=planned.decision,
            edited=tuple(
                EditedItem(entry.item.id, entry.order, entry.number, entry.item, matches[entry.item.id], search_words(entry.item))
                if entry.item.id in items
                else EditedItem(entry.item.id, entry.order, entry.number, None)
                for entry in read
            ),
        )
        return decided, tuple(view.seen(story_id, made) for story_id, made in promised.items())

    def _matched(self, item: Item) -> tuple[Match, ...]:
        return for_whom(item, self._rulebook.matcher.match(item))

    def _own(self, item: Item) -> Item:
        try:
            return self._own_words(item)
        except Exception:
            log.exception("reading a changed article met a fault of the program", item=item.id, source=item.source_id)
            return item  # as with new ones: nothing may stand in the way of all that is to be taken in

    async def _neighbourhood(self, prints: Iterable[Fingerprint]) -> tuple[MemoryIndex, dict[str, StoryRecord]]:
        """Everything stored that the batch could belong to, in an index the batch's own decisions are laid over."""
        asked = [(mark.keys, mark.terms) for mark in prints]
        terms = {term for _, terms in asked for term in terms}
        postings = await self._store.term_postings(terms, most=self._model.recent)
        sizes = {term: len(postings.get(term, ())) for term in terms}
        members = await self._store.neighbours(
            asked,
            min_shared=self._model.min_shared_terms,
            limit=self._model.candidate_limit,
            newest=self._model.newest,
            recent=self._model.recent,
            weights={term: term_weight(size) for term, size in sizes.items()},
            enough=self._model.lone_weight,
            postings=postings,
        )
        stored = await self._store.stories({member.story_id for member in members if member.story_id})
        index = MemoryIndex(self._model, sizes)
        index.load((), stored.values())
        for some in _batched(sorted(members, key=lambda member: member.order), LOADED_AT_ONCE):
            index.load(some, ())
            await asyncio.sleep(0)
        return index, stored


def _is_news(entry: ChangedItem) -> bool:
    """Whether a reader learns something: a change of what the site prints everywhere is none, and that is gone again."""
    new, old = (f"{item.summary} {item.content_text}" for item in (entry.item, entry.filed))
    return entry.retitled or entry.item.notes != entry.filed.notes or says_more(old, new) or says_more(new, old)


def _retold(story: StoryRecord, items: Mapping[str, Item]) -> StoryRecord:
    """The record of a story some of whose items read differently now."""
    lead = items.get(story.lead_item_id)
    return replace(story, title=lead.title if lead else story.title, version=story.version + 1)


def _batched(members: Iterable[Member], size: int) -> Iterator[list[Member]]:
    rest = iter(members)
    while some := list(islice(rest, size)):
        yield some


def _touched(changes: Iterable[StoryChange]) -> set[str]:
    return {change.story_id for change in changes if change.story_id} - _merged(changes)


def _merged(changes: Iterable[StoryChange]) -> set[str]:
    return {merged for change in changes for merged in change.merged}


def _decided(
    mark: Fingerprint, matched: bool, stories: Mapping[str, StoryRecord], model: Model, near: Sequence[Member], *, relisted: bool
) -> StoryChange:
    return decide(mark, matched, near, stories, model, relisted=relisted)


def _whose(entry: QueuedItem) -> str:
    return scope_of(entry.item.source_id)


def _silence(change: StoryChange) -> Reason | None:
    """Why nothing is posted for an item of its own, where the item alone tells."""
    if change.rerun_of:
        return Reason.RERUN
    if change.duplicate_of:
        return Reason.COPY
    return Reason.SAME_STORY if change.story_id and not change.opened else None
