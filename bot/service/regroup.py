"""What a person decides about stories: two are one, two are never one, an article is none of a story.

Promises: a decision, what it takes back and the messages that follow from it are committed together, with an audit row; it
changes what the person's own workspace is told and nothing else. A decision that contradicts an earlier one of the same
stories takes that one back; one that would contradict it by way of other stories is refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.core.clock import Clock
from bot.core.deliveries import Delivery
from bot.core.errors import StoreError, UserInputError
from bot.core.identity import digest
from bot.core.model import FILE_WORKSPACE, Channel, Rule
from bot.core.outbox import AlertBatch, NewDelivery, Revision, Stale
from bot.core.overlays import Audited, Bond, Constraint, OverlayChange, own_story
from bot.core.spoken import tr
from bot.service.audience import may_read, reader_of, seen_by
from bot.service.muted import quiet_in
from bot.service.shared import Shared, StoriesStore
from bot.service.teller import Teller
from bot.service.workspaces import WorkspaceOf, holds
from bot.stories.cluster import going_on
from bot.stories.outlets import SHIPPED, Owners
from bot.stories.overlay import Laid, Overlay
from bot.stories.summary import lead_member

ATTEMPTS = 20
"""Decisions made again on a stale view, before giving up."""
MOST_STANDING = 1_000
"""Decisions of one workspace that stand: each is laid over the stories with every batch, for every channel of that workspace."""


class DecisionStore(StoriesStore, Protocol):
    """What decisions need of the store."""

    async def constraints(self) -> tuple[int, list[Constraint]]:
        """The number of the last decision, and every constraint that stands."""
        ...

    async def all_constraints(self, workspace_id: str) -> list[Constraint]:
        """Every constraint of a workspace, those taken back included."""
        ...

    async def commit_overlay(self, change: OverlayChange, batch: AlertBatch) -> list[Delivery]:
        """Write a decision and what follows from it; raises Stale if the world changed in between."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides.

    Attributes:
        workspace_id: as constraints name it (``file``, ``slack:T1``).
        member: the platform's id; ``operator`` in the terminal.
        channels: ids of the workspace's channels.
    """

    workspace_id: str
    member: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What a person named: a story by its id, or an article (``item_id``) of it."""

    story_id: str
    item_id: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did.

    Attributes:
        stories: (id, headline) of the stories it was about, as they are now: one after a merge, two after a split.
        made, undone: constraints.
        deliveries: rows of the outbox that were written or revised.
    """

    stories: tuple[tuple[str, str], ...]
    made: tuple[Constraint, ...]
    undone: tuple[Constraint, ...]
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class _Verdict:
    undone: tuple[Constraint, ...]
    made: tuple[Constraint, ...]
    about: tuple[str, ...]  # places whose stories the answer names


@dataclass(slots=True)
class _Case:
    """One decision in hand: the stories and constraints it is made on."""

    person: Person
    now: datetime
    shared: Shared
    seen: int
    standing: list[Constraint]

    def mine(self) -> list[Constraint]:
        """Constraints that hold for the workspace: its own, and the operator's."""
        return [one for one in self.standing if one.workspace_id in (self.person.workspace_id, FILE_WORKSPACE)]

    def laid(self, undone: Collection[Constraint] = (), made: Iterable[Constraint] = ()) -> Laid:
        return self.shared.lay(Overlay([*(one for one in self.mine() if one not in undone), *made]))

    def place(self, named: Named, laid: Laid) -> str:
        """The story that a person means, as the workspace has it."""
        found = laid.story_of.get(named.item_id) if named.item_id else laid.goes_on.get(named.story_id)
        if found is None:
            raise UserInputError(tr("This story is not known any more."))
        return found

    def title(self, laid: Laid, story_id: str) -> str:
        """What the story is called by an article that the person may read; empty if it has none."""
        if not laid.items_of(story_id):
            known = self.shared.stories.get(story_id)
            return known.title if known is not None and self.person.workspace_id == FILE_WORKSPACE else ""
        record, every = self.shared.story(laid, story_id)
        members = seen_by(self.person.workspace_id, every)
        by_id = {member.item.id: member.item.title for member in members}
        return by_id.get(record.lead_item_id) or (lead_member(members).item.title if members else "")

    def known(self, item_ids: Collection[str]) -> set[str]:
        """Those of these articles that the person may read."""
        items = (self.shared.members[item_id].item for item_id in item_ids)
        return {item.id for item in items if may_read(item.source_id, self.person.workspace_id)}

    def root(self, story_id: str) -> str:
        """The shared story that goes on for one."""
        return going_on(story_id, self.shared.stories) or story_id

    def checked(self, before: Laid, verdict: _Verdict) -> _Verdict:
        """The verdict, if it rules out no other decision of the same workspace.

        Raises:
            UserInputError: it does.
        """
        void = self.laid(verdict.undone, verdict.made).void - before.void
        ruled_out = [one for one in self.standing if one.id in void and one.workspace_id == self.person.workspace_id]
        if void.intersection(one.id for one in verdict.made) or ruled_out:
            told = "; ".join(f"{said(one)} ({one.id})" for one in ruled_out) or tr("by the operator")
            raise UserInputError(tr("That contradicts what was decided before: {told}. Take that back first.", told=told))
        return verdict

    def constraint(self, bond: Bond, first: str, second: str) -> Constraint:
        workspace = self.person.workspace_id
        number = "c" + digest(workspace, bond, first, second, str(self.seen), size=6)
        return Constraint(number, workspace, bond, first, second, self.person.member, self.now, self.person.channels)

    def own_between(self, bonds: Collection[Bond], firsts: Collection[str], seconds: Collection[str]) -> list[Constraint]:
        """The workspace's own constraints of these kinds with one end in each."""
        found = []
        for constraint in self.standing:
            one, other = constraint.ends
            across = (one in firsts and other in seconds) or (one in seconds and other in firsts)
            if across and constraint.bond in bonds and constraint.workspace_id == self.person.workspace_id:
                found.append(constraint)
        return found


class Regrouper:
    """Makes people's decisions, with everything that follows at once."""

    def __init__(
        self,
        store: DecisionStore,
        *,
        rules: Mapping[str, Rule],
        channels: Mapping[str, Channel],
        workspace_of: WorkspaceOf,
        clock: Clock,
        owners: Owners = SHIPPED,
    ) -> None:
        self._store = store
        self._rules = rules
        self._channels = channels
        self._workspace_of = workspace_of
        self._clock = clock
        self.owners = owners

    async def merge(self, person: Person, first: Named, second: Named) -> Decided:
        """Two stories are one for this workspace.

        Raises:
            UserInputError: they are one already, or a person set them apart by way of other stories.
        """
        return await self._decide(person, "merge", (first, second), lambda case: _merged(case, first, second))

    async def split(self, person: Person, story: Named, other: Named) -> Decided:
        """An article is none of a story, or two stories are never one, for this workspace.

        Raises:
            UserInputError: it is so already, there is nothing to take apart, or people brought them together by way of others.
        """
        return await self._decide(person, "split", (story, other), lambda case: _split(case, story, other))

    async def undo(self, person: Person, number: str) -> Decided:
        """Take a constraint back; one that was taken back holds again.

        Raises:
            UserInputError: the workspace has none of that number, or another decision forbids it.
        """
        found = next((one for one in await self._store.all_constraints(person.workspace_id) if one.id == number), None)
        if found is None:
            raise UserInputError(tr("There is no decision of this number here."))
        first = Named(found.second, found.first) if found.bond is Bond.OUT else Named(found.first)
        return await self._decide(person, "undo", (first, Named(found.second)), lambda case: _undone(case, found))

    async def _decide(self, person: Person, what: str, named: Sequence[Named], judge: Callable[[_Case], _Verdict]) -> Decided:
        for _ in range(ATTEMPTS):
            case = await self._look(person, named)
            verdict = judge(case)
            if verdict.made and person.workspace_id != FILE_WORKSPACE and _stand(case) >= MOST_STANDING:
                raise UserInputError(
                    tr(
                        "{count} decisions about stories stand here already. Take some back that matter no more.",
                        count=MOST_STANDING,
                    )
                )
            try:
                return await self._commit(case, verdict, what, named)
            except Stale:
                continue
        raise StoreError("The stories kept changing; nothing was decided. Try again.")

    async def _look(self, person: Person, named: Sequence[Named]) -> _Case:
        seen, standing = await self._store.constraints()
        shared = Shared()
        overlay = Overlay(standing)
        own = {own_story(one.first): one.second for one in standing if one.bond is Bond.OUT}
        asked = [own.get(one.story_id, one.story_id) for one in named]
        await shared.know(self._store, {*overlay.named, *asked})
        if any(story_id not in shared.stories for story_id in asked):
            raise UserInputError(tr("There is no story of this id."))
        roots = {going_on(story_id, shared.stories) or story_id for story_id in asked}
        await shared.take_in(self._store, sorted(roots | overlay.reach(roots, shared.stories)))
        return _Case(person, self._clock.now(), shared, seen, standing)

    async def _commit(self, case: _Case, verdict: _Verdict, what: str, named: Sequence[Named]) -> Decided:
        new, revisions = await self._follow(case, verdict)
        audited = Audited(
            case.person.workspace_id,
            case.person.member,
            case.now,
            what,
            tuple(one.item_id or one.story_id for one in named),
            tuple(said(one) for one in verdict.undone),
            tuple(said(one) for one in verdict.made),
        )
        batch = AlertBatch(
            filed=(),
            stories=(),
            deliveries=tuple(new),
            revisions=tuple(revisions),
            seen_versions=tuple(sorted(case.shared.versions.items())),
            now=case.now,
        )
        change = OverlayChange(verdict.made, tuple(one.id for one in verdict.undone), audited, case.seen)
        rows = await self._store.commit_overlay(change, batch)
        laid = case.laid(verdict.undone, verdict.made)
        stories = dict.fromkeys(laid.goes_on[place] for place in verdict.about if place in laid.goes_on)
        titles = tuple((story_id, case.title(laid, story_id)) for story_id in stories)
        return Decided(titles, verdict.made, verdict.undone, tuple(rows))

    async def _follow(self, case: _Case, verdict: _Verdict) -> tuple[list[NewDelivery], list[Revision]]:
        """What the workspace's channels are told now: of every story whose articles are others than before."""
        quiet = quiet_in(await self._store.mutes_in_force(case.now), self._workspace_of)
        teller = Teller(
            self._store,
            self._rules,
            case.shared,
            self.owners,
            now=case.now,
            recent={},
            quiet_in=quiet,
            reads=lambda channel: reader_of(channel, self._workspace_of),
        )
        probe = replace(case.constraint(Bond.ONE, "", ""), channels=case.person.channels)
        new: list[NewDelivery] = []
        revisions: list[Revision] = []
        for channel in self._channels.values():
            if not holds(probe, channel, self._workspace_of):
                continue
            held = [one for one in case.standing if holds(one, channel, self._workspace_of)]
            before = case.shared.lay(Overlay(held))
            after = case.shared.lay(Overlay([*(one for one in held if one not in verdict.undone), *verdict.made]))
            former: dict[str, set[str]] = {}
            for one in verdict.undone:
                if one.bond is Bond.OUT and one.first in after.story_of:
                    former.setdefault(after.story_of[one.first], set()).add(own_story(one.first))
            changed = [
                story_id
                for story_id in dict.fromkeys(after.story_of[item_id] for item_id in _by_arrival(case.shared))
                if after.items_of(story_id) != before.items_of(story_id)
            ]
            for story_id in changed:
                planned = await teller.tell(channel, after, story_id, former=former.get(story_id, ()))
                new += planned.new
                revisions += planned.revisions
        return new, revisions


def _stand(case: _Case) -> int:
    return sum(one.workspace_id == case.person.workspace_id for one in case.standing)


def _merged(case: _Case, first: Named, second: Named) -> _Verdict:
    before = case.laid()
    one, other = case.place(first, before), case.place(second, before)
    if one == other:
        raise UserInputError(tr("These are one story already."))
    undone = tuple(case.own_between((Bond.APART, Bond.OUT), _names(case, before, first, one), _names(case, before, second, other)))
    after = case.laid(undone)
    if undone and after.goes_on.get(one, one) == after.goes_on.get(other, other):
        return _Verdict(undone, (), (one, other))
    if undone and (freed := {place for place in (one, other) if place not in after.goes_on}):
        return _Verdict(undone, (), tuple({one, other} - freed))
    made = (case.constraint(Bond.ONE, one, other),)
    return case.checked(before, _Verdict(undone, made, (one, other)))


def _split(case: _Case, story: Named, other: Named) -> _Verdict:
    before = case.laid()
    whole = case.place(story, before)
    if other.item_id is None:
        return _stories_split(case, before, story, other)
    item_id = other.item_id
    if before.story_of.get(item_id) != whole:
        raise UserInputError(tr("That article is not in this story."))
    own = own_story(item_id)
    with_it = {item_id, *(found.item.id for found in case.shared.members.values() if found.duplicate_of == item_id)}
    if case.known(before.items_of(whole)) <= with_it:
        raise UserInputError(tr("This story has no other article: there is nothing to take apart."))
    if own in before.goes_on:  # taken out before, and brought into this story by a merge
        return _stories_split(case, before, story, Named(own))
    home = case.root(case.shared.homes[item_id])
    if {found for found, at in case.shared.homes.items() if case.root(at) == home} <= with_it:  # a merge of people brought it
        return _stories_split(case, before, story, Named(home))
    made = (case.constraint(Bond.OUT, item_id, home),)
    return case.checked(before, _Verdict((), made, (whole, own)))


def _stories_split(case: _Case, before: Laid, story: Named, other: Named) -> _Verdict:
    whole, part = case.place(story, before), case.place(other, before)
    one, end = (whole if story.item_id else story.story_id), other.story_id
    if one == end:
        one = whole
    if one == end:
        raise UserInputError(tr("That is the story itself. Name one of its articles, or another story."))
    if whole != part:
        if case.own_between((Bond.APART, Bond.OUT), before.places_of(whole), before.places_of(part)):
            raise UserInputError(tr("These two are kept apart already."))
        return case.checked(before, _Verdict((), (case.constraint(Bond.APART, whole, part),), (whole, part)))
    roots = (case.root(one), case.root(end))
    if roots[0] == roots[1]:
        undone = tuple(case.own_between((Bond.ONE,), {one}, {end}))
    else:
        undone = tuple(case.own_between((Bond.ONE,), {one, roots[0]}, {end, roots[1]}))
    after = case.laid(undone)
    if undone and after.goes_on[one] != after.goes_on[end]:
        return _Verdict(undone, (), (one, end))
    return case.checked(before, _Verdict(undone, (case.constraint(Bond.APART, one, end),), (one, end)))


def _undone(case: _Case, constraint: Constraint) -> _Verdict:
    about = constraint.ends
    if constraint.undone_at is None:
        return _Verdict((constraint,), (), about)
    before = case.laid()
    if case.own_between((constraint.bond,), {about[0]}, {about[1]}):
        raise UserInputError(tr("That was decided again since; it holds."))
    made = (case.constraint(constraint.bond, constraint.first, constraint.second),)
    return case.checked(before, _Verdict((), made, about))


def _names(case: _Case, before: Laid, named: Named, place: str) -> set[str]:
    """Names under which a person may have decided about just this story before, not about one that people merged with it."""
    typed = own_story(named.item_id) if named.item_id else named.story_id
    names = {name for name in (typed, case.root(named.story_id)) if before.goes_on.get(name) == place}
    return names or {place}


def _by_arrival(shared: Shared) -> list[str]:
    return sorted(shared.members, key=lambda item_id: shared.members[item_id].order)


def said(constraint: Constraint) -> str:
    """A constraint in words."""
    match constraint.bond:
        case Bond.ONE:
            return tr("{first} and {second} are one", first=constraint.first, second=constraint.second)
        case Bond.APART:
            return tr("{first} and {second} are never one", first=constraint.first, second=constraint.second)
        case Bond.OUT:
            return tr("{first} is none of {second}", first=constraint.first, second=constraint.second)
