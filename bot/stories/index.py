"""Stories in memory: neighbours of an item, and the effect of a change, for ``stories group`` and for a batch over the store.

Promises: ``apply`` does to members and stories exactly what the store does when it commits the change; what was loaded is
never written back anywhere. Decides nothing: that is ``cluster``.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from bot.core.model import Item, StoryChange, Tier
from bot.core.stories import Member, StoryRecord
from bot.stories.acts import acts
from bot.stories.cluster import decide, going_on
from bot.stories.fingerprint import Fingerprint, fingerprint
from bot.stories.model import Model, term_weight
from bot.stories.record import update_story
from bot.stories.view import keep_print, stored_print

FEWEST_RELISTED, RELISTED = 4, 0.8
"""Different headlines, and the share of what a source brought in one batch, from which it is taken for listed again."""


class MemoryIndex:
    """Members and stories, findable by key and by term."""

    def __init__(self, model: Model, sizes: Mapping[int, int] | None = None) -> None:
        """An empty index.

        Args:
            model: what decides.
            sizes: for a batch laid over an archive, how many archived items stand under each term that the batch asks for.
        """
        self._model = model
        self._sizes = Counter(sizes or {})
        self._members: dict[str, Member] = {}
        self._prints: dict[str, Fingerprint] = {}
        self._stories: dict[str, StoryRecord] = {}
        self._by_key: dict[str, list[str]] = {}
        self._by_term: dict[int, list[str]] = {}
        self._by_story: dict[str, dict[str, None]] = {}
        self._copies: dict[str, dict[str, None]] = {}

    @property
    def stories(self) -> Mapping[str, StoryRecord]:
        """Every story known here, those merged away included."""
        return self._stories

    def load(self, members: Iterable[Member], stories: Iterable[StoryRecord]) -> None:
        """Take in members and stories from elsewhere; what is known already is left as it is."""
        for story in stories:
            self._stories.setdefault(story.id, story)
        for member in sorted(members, key=_arrival):
            if member.item_id not in self._members:
                self._put(member, stored_print(member.fingerprint))

    def apply(self, change: StoryChange, mark: Fingerprint, *, matched: bool, now: datetime) -> None:
        """Do what a change says: add the item, point copies at originals, adopt, merge, bring the records up to date."""
        if change.item_id not in self._members:
            self._sizes.update(term for term in mark.terms if term in self._sizes)
        told = mark.to_json()
        keep_print(told, mark)
        self._put(
            Member(
                item_id=change.item_id,
                order=mark.order,
                fingerprint=told,
                story_id=change.story_id,
                duplicate_of=change.duplicate_of,
                rerun_of=change.rerun_of,
                matched=matched,
            ),
            mark,
        )
        for copy_id, original_id in change.copies:
            self._change(copy_id, duplicate_of=original_id, rerun_of=None)
        for rerun_id, original_id in change.reruns:
            self._change(rerun_id, duplicate_of=original_id, rerun_of=original_id)
        if change.story_id is None:
            return
        for item_id in change.adopted:
            self._change(item_id, story_id=change.story_id)
        for merged in change.merged:
            for item_id in list(self._by_story.get(merged, ())):
                self._change(item_id, story_id=change.story_id)
            if merged in self._stories:
                record = self._stories[merged]
                self._stories[merged] = replace(record, merged_into=change.story_id, version=record.version + 1)
        members = self.members_of(change.story_id)
        tells = [(self._prints[member.item_id], member.rerun_of, member.duplicate_of) for member in members]
        self._stories[change.story_id] = update_story(self._stories.get(change.story_id), tells, change, now)

    def members_of(self, story_id: str) -> tuple[Member, ...]:
        """Members of a story in order of arrival."""
        found = (self._members[item_id] for item_id in self._by_story.get(story_id, ()))
        return tuple(sorted(found, key=_arrival))

    def members_like(
        self, keys: Collection[str], terms: Collection[int], *, min_shared: int | None = None, limit: int | None = None
    ) -> tuple[Member, ...]:
        """Members that share a key, ``min_shared`` terms or a very rare one: of each kind the likeliest, up to ``limit``.

        Terms count by how few items stand under them (``term_weight``): in a stream of one topic, forty neighbours share more
        words with a report than the other report of its event, but not the rare ones. With them come the newest of those that
        share ``min_shared`` terms, and beyond all limits the other members of their stories and the originals and copies of each.
        They are in order of arrival.
        """
        fewest = self._model.min_shared_terms if min_shared is None else min_shared
        most = self._model.candidate_limit if limit is None else limit
        by_key, _ = self._ranked([(self._by_key.get(key, ()), 1) for key in keys], 1, 1)
        weighed = [(self._by_term.get(term, ()), term_weight(self.size(term))) for term in terms]
        by_term, newest = self._ranked(weighed, fewest, self._model.lone_weight)
        found = dict.fromkeys([*by_key[:most], *by_term[:most], *newest[: self._model.newest]])
        for story in dict.fromkeys(going_on(self._members[item_id].story_id, self._stories) for item_id in found):
            found.update(self._by_story.get(story, {}) if story else {})
        for original in dict.fromkeys(self._members[item_id].duplicate_of or item_id for item_id in found):
            found.update(self._copies.get(original, {}))
            if original in self._members:
                found[original] = None
        return tuple(sorted((self._members[item_id] for item_id in found), key=_arrival))

    def relisted(self, marks: Iterable[Fingerprint]) -> frozenset[str]:
        """The items of a batch whose source lists again what it listed before, under new guids and addresses, perhaps newly dated.

        A feed that moves to another system does so with all its entries at once: nearly all of what came carries headlines that
        this source has given, and half of them say what somebody did. The logs and calendars of the next week say nothing of it.
        """
        batch: dict[str, list[Fingerprint]] = {}
        for mark in marks:
            batch.setdefault(mark.source_id, []).append(mark)
        found: set[str] = set()
        for of_source in batch.values():
            again = [mark for mark in of_source if self._given_before(mark, of_source)]
            titles = {mark.title for mark in again}
            if len(titles) < FEWEST_RELISTED or len(again) < RELISTED * len(of_source):
                continue
            if 2 * sum(map(_tells_a_deed, titles)) >= len(titles):
                found.update(mark.item_id for mark in again)
        return frozenset(found)

    def _given_before(self, mark: Fingerprint, batch: Sequence[Fingerprint]) -> bool:
        """Whether its source gave its headline before the batch, in another entry."""
        own = {other.item_id for other in batch}
        titles = {item_id for key in mark.keys if key[0] == "t" for item_id in self._by_key.get(key, ())} - own
        entries = {item_id for key in mark.keys if key[0] in "gu" for item_id in self._by_key.get(key, ())}
        return any(self._prints[item_id].source_id == mark.source_id for item_id in titles - entries)

    def size(self, term: int) -> int:
        """How many items stand under a term, here and in the archive that this index is laid over, as far as that counts."""
        return min(max(len(self._by_term.get(term, ())), self._sizes[term]), self._model.recent)

    def _ranked(self, postings: Sequence[tuple[Sequence[str], int]], fewest: int, enough: int) -> tuple[list[str], list[str]]:
        """Items in at least ``fewest`` of the postings or whose postings weigh ``enough``, the heaviest first; the former by age.

        Among equals the newest comes first. Long postings weigh 1, so that what they hold is only counted, which is quick.
        """
        recent = self._model.recent
        shared = Counter(chain.from_iterable(posting[-recent:] for posting, _ in postings))
        weight = shared.copy()
        for posting, weighs in postings:
            if weighs > 1:
                for item_id in posting[-recent:]:
                    weight[item_id] += weighs - 1
        if not shared:
            return [], []
        near = [item_id for item_id, count in shared.items() if count >= fewest or weight[item_id] >= enough]
        order = {item_id: self._members[item_id].order for item_id in near}
        ranked = sorted(order, key=lambda item_id: (-weight[item_id], -order[item_id]))
        newest = sorted((item_id for item_id in order if shared[item_id] >= fewest), key=lambda item_id: -order[item_id])
        return ranked, newest

    def _put(self, member: Member, mark: Fingerprint) -> None:
        self._withdraw(member.item_id)
        self._members[member.item_id] = member
        self._prints[member.item_id] = mark
        for key in mark.keys:
            self._enter(self._by_key.setdefault(key, []), member)
        for term in mark.terms:
            self._enter(self._by_term.setdefault(term, []), member)
        self._place(member)

    def _enter(self, posting: list[str], member: Member) -> None:
        """Add to a posting, which is in order of arrival; what is loaded from elsewhere comes in any order."""
        if posting and self._members[posting[-1]].order >= member.order:
            insort(posting, member.item_id, key=lambda item_id: _arrival(self._members[item_id]))
        else:
            posting.append(member.item_id)

    def _withdraw(self, item_id: str) -> None:
        """Take out an item that is filed again."""
        known = self._members.get(item_id)
        if known is None:
            return
        self._forget_place(known)
        mark = self._prints[item_id]
        for key in mark.keys:
            self._by_key[key].remove(item_id)
        for term in mark.terms:
            self._by_term[term].remove(item_id)

    def _change(self, item_id: str, **fields: str | None) -> None:
        known = self._members.get(item_id)
        if known is None:
            return
        self._forget_place(known)
        changed = replace(known, **fields)  # type: ignore[arg-type]  # only ids and None are passed, by name
        self._members[item_id] = changed
        self._place(changed)

    def _place(self, member: Member) -> None:
        if member.story_id is not None:
            self._by_story.setdefault(member.story_id, {})[member.item_id] = None
        if member.duplicate_of is not None:
            self._copies.setdefault(member.duplicate_of, {})[member.item_id] = None

    def _forget_place(self, member: Member) -> None:
        if member.story_id is not None:
            self._by_story.get(member.story_id, {}).pop(member.item_id, None)
        if member.duplicate_of is not None:
            self._copies.get(member.duplicate_of, {}).pop(member.item_id, None)


@dataclass(frozen=True, slots=True)
class Grouped:
    """Where one item ended."""

    item_id: str
    story_id: str
    tier: Tier


def group_items(items: Sequence[Item], model: Model) -> list[Grouped]:
    """Story decisions alone, in the order given, every item counting as matched; story ids are those after all merges."""
    index = MemoryIndex(model)
    tiers: list[tuple[str, str, Tier]] = []
    for order, item in enumerate(items):
        mark = fingerprint(item, order, model)
        near = index.members_like(mark.keys, mark.terms)
        change = decide(mark, True, near, index.stories, model)
        index.apply(change, mark, matched=True, now=item.first_seen)
        tiers.append((item.id, change.story_id or "", change.tier))
    return [Grouped(item_id, going_on(story_id, index.stories) or "", tier) for item_id, story_id, tier in tiers]


def _tells_a_deed(title: str) -> bool:
    told = acts(title, ())
    return told.deed or bool(told.stages or told.talk)


def _arrival(member: Member) -> tuple[int, str]:
    return (member.order, member.item_id)
