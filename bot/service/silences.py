"""What people silence and follow: mutes and holds are made, ended and taken back; who follows a story is remembered as a digest.

Promises: every mute and hold, and every end of one, is committed with an audit row under a number by which it is taken back; a
person changes what is of the own workspace and nothing else. What a mute means is ``muted``; what a hold means is the outbox's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from bot.core.changes import numbered
from bot.core.clock import Clock
from bot.core.errors import UserInputError
from bot.core.identity import digest
from bot.core.members import MEMBER_SECRET, member_key
from bot.core.model import Channel, Rule
from bot.core.overlays import Audited, Constraint, own_story
from bot.core.silences import Hold, Mute, Silenced
from bot.core.spoken import tr
from bot.service.muted import quiet_in
from bot.service.regroup import Person
from bot.service.shared import Shared, StoriesStore
from bot.service.turns import Turns, TurnStore
from bot.service.workspaces import WorkspaceOf, holds
from bot.stories.cluster import going_on
from bot.stories.overlay import Overlay
from bot.stories.summary import StoryItem

T = TypeVar("T", Mute, Hold)

MOST_MUTES = 200
"""Mutes of one workspace in force at a time: more are no list that anybody reads, and every batch looks at them all."""
MUTE, HOLD = "mute", "hold"
"""Kinds of changes in the audit log; the end of one is a change of the same kind."""


class MutedStore(StoriesStore, Protocol):
    """What is read to say whether a story is muted."""

    async def mutes_in_force(self, now: datetime) -> list[Mute]:
        """Every workspace's mutes that silence something."""
        ...

    async def constraints(self) -> tuple[int, list[Constraint]]:
        """The number of the last decision of a person, and every constraint that stands."""
        ...


class SilencesStore(TurnStore, Protocol):
    """What is read and written when people silence something."""

    async def mutes_in_force(self, now: datetime) -> list[Mute]:
        """Every workspace's mutes that silence something."""
        ...

    async def mutes_named(self, workspace_id: str, ids: Collection[str]) -> list[Mute]:
        """These mutes of a workspace, ended ones too."""
        ...

    async def change_mutes(
        self, *, made: Sequence[Mute], ended: Collection[str], restored: Collection[str], audited: Audited
    ) -> None:
        """Make mutes, end some, let ended ones hold again."""
        ...

    async def holds_standing(self) -> list[Hold]:
        """Holds that are in force, or whose end is not settled."""
        ...

    async def holds_named(self, workspace_id: str, ids: Collection[str]) -> list[Hold]:
        """The rows of these holds of a workspace."""
        ...

    async def change_holds(
        self, *, made: Sequence[Hold], ended: Collection[str], restored: Collection[str], audited: Audited
    ) -> None:
        """Make holds, end some, let ended ones stand again."""
        ...

    async def follow(self, workspace_id: str, channel_id: str, story_id: str, follower: str, at: datetime) -> bool:
        """Somebody follows a story in a channel; False if that was known."""
        ...

    async def unfollow(self, channel_id: str, story_ids: Collection[str], follower: str) -> int:
        """Somebody follows these stories no longer; how many that were."""
        ...

    async def secret_fact(self, name: str) -> str:
        """A key of this installation."""
        ...


@dataclass(frozen=True, slots=True)
class Changed:
    """What a person changed.

    Attributes:
        number: by which it is taken back.
        mutes: made, ended or in force again, as they were made.
        holds: likewise, a row for each channel.
    """

    number: str
    mutes: tuple[Mute, ...] = ()
    holds: tuple[Hold, ...] = ()


class Silences:
    """Makes and ends what people silence."""

    def __init__(self, store: SilencesStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._turns = Turns(store, clock)

    async def mutes(self, person: Person) -> list[Mute]:
        """The workspace's own mutes in force, oldest first."""
        found = await self._store.mutes_in_force(self._clock.now())
        return [mute for mute in found if mute.workspace_id == person.workspace_id]

    async def mute(
        self, person: Person, kind: Silenced, subject: str, name: str, *, channel_id: str | None, until: datetime | None
    ) -> Changed:
        """Silence one thing; a mute of the same thing in the same place ends for it.

        Raises:
            UserInputError: the workspace has too many mutes.
        """
        async with self._turns.of(person.workspace_id):
            return await self._mute(person, kind, subject, name, channel_id=channel_id, until=until)

    async def _mute(
        self, person: Person, kind: Silenced, subject: str, name: str, *, channel_id: str | None, until: datetime | None
    ) -> Changed:
        now = self._clock.now()
        own = await self.mutes(person)
        same = [one for one in own if (one.kind, one.subject, one.channel_id) == (kind, subject, channel_id)]
        if len(own) - len(same) >= MOST_MUTES:
            raise UserInputError(tr("There are {count} mutes already. Look at mutes and end some.", count=MOST_MUTES))
        parts = (person.workspace_id, kind, subject, channel_id or "", now.isoformat(), *(one.id for one in own))
        number = digest(*parts, size=6)
        made = Mute(
            id=f"m{number}",
            workspace_id=person.workspace_id,
            kind=kind,
            subject=subject,
            name=name,
            channel_id=channel_id,
            member=person.member,
            at=now,
            until=until,
            channels=person.channels,
        )
        return await self._change_mutes(person, made=[made], ended=same)

    async def unmute(self, person: Person, mutes: Sequence[Mute]) -> Changed:
        """End mutes of the person's workspace."""
        return await self._change_mutes(person, ended=mutes)

    async def holds(self, person: Person) -> list[Hold]:
        """The workspace's own holds in force, a row for each channel."""
        now = self._clock.now()
        return [one for one in await self._store.holds_standing() if one.workspace_id == person.workspace_id and one.in_force(now)]

    async def hold(self, person: Person, until: datetime | None) -> Changed:
        """Send nothing to the person's channels until then, or until it is released; a hold that stands ends for it."""
        async with self._turns.of(person.workspace_id):
            return await self._hold(person, until)

    async def _hold(self, person: Person, until: datetime | None) -> Changed:
        now = self._clock.now()
        standing = await self.holds(person)
        number = "h" + digest(person.workspace_id, now.isoformat(), *(one.id for one in standing), size=6)
        made = [Hold(number, person.workspace_id, channel_id, person.member, now, until) for channel_id in person.channels]
        return await self._change_holds(person, made=made, ended=standing)

    async def release(self, person: Person) -> Changed:
        """End every hold of the workspace; none stood if nothing is in the answer."""
        async with self._turns.of(person.workspace_id):
            standing = await self.holds(person)
            return await self._change_holds(person, ended=standing) if standing else Changed("")

    async def take_back(self, person: Person, change: Audited) -> Changed:
        """Bring back how it was before a change.

        Raises:
            UserInputError: it is so already, or what it was is over by now.
        """
        async with self._turns.of(person.workspace_id):
            return await self._take_back(person, change)

    async def _take_back(self, person: Person, change: Audited) -> Changed:
        before, after = _ids(change.before), _ids(change.after)
        names = [*before, *after]
        now = self._clock.now()
        if change.what == MUTE:
            mutes = await self._store.mutes_named(person.workspace_id, names)
            ended, restored = _turned(mutes, before, after, now)
            return await self._change_mutes(person, ended=ended, restored=restored)
        holds = await self._store.holds_named(person.workspace_id, names)
        ended_holds, restored_holds = _turned(holds, before, after, now)
        return await self._change_holds(person, ended=ended_holds, restored=restored_holds)

    async def follow(self, person: Person, channel_id: str, story_id: str) -> bool:
        """The person follows a story in a channel; False if so already."""
        key = await self.key(person)
        return await self._store.follow(person.workspace_id, channel_id, story_id, key, self._clock.now())

    async def unfollow(self, person: Person, channel_id: str, story_ids: Collection[str]) -> int:
        """The person follows these stories no longer; how many that were."""
        return await self._store.unfollow(channel_id, story_ids, await self.key(person))

    async def key(self, person: Person) -> str:
        """The person as the store knows who follows, votes and asks to be reminded."""
        return member_key(await self._store.secret_fact(MEMBER_SECRET), person.workspace_id, person.member)

    async def _change_mutes(
        self, person: Person, *, made: Sequence[Mute] = (), ended: Sequence[Mute] = (), restored: Sequence[Mute] = ()
    ) -> Changed:
        row = self._audited(
            person, MUTE, [_mute_in_words(one) for one in ended], [_mute_in_words(one) for one in (*made, *restored)]
        )
        await self._store.change_mutes(
            made=made, ended=[one.id for one in ended], restored=[one.id for one in restored], audited=row
        )
        return Changed(row.number, mutes=(*made, *restored) or tuple(ended))

    async def _change_holds(
        self, person: Person, *, made: Sequence[Hold] = (), ended: Sequence[Hold] = (), restored: Sequence[Hold] = ()
    ) -> Changed:
        row = self._audited(person, HOLD, _holds_in_words(ended), _holds_in_words((*made, *restored)))
        gone, again = {one.id for one in ended}, {one.id for one in restored}
        await self._store.change_holds(made=made, ended=gone, restored=again, audited=row)
        return Changed(row.number, holds=(*made, *restored) or tuple(ended))

    def _audited(self, person: Person, what: str, before: Sequence[str], after: Sequence[str]) -> Audited:
        subjects = tuple(dict.fromkeys(words.split(" ", 1)[0] for words in (*before, *after)))
        return numbered(Audited(person.workspace_id, person.member, self._clock.now(), what, subjects, tuple(before), tuple(after)))


class Muting:
    """Says which rules still tell the stories that wait to be told; of a muted one none do."""

    def __init__(self, store: MutedStore, rules: Callable[[], Iterable[Rule]], workspace_of: WorkspaceOf, clock: Clock) -> None:
        self._store = store
        self._rules = rules
        self._workspace_of = workspace_of
        self._clock = clock

    async def __call__(self, channel: Channel, story_ids: Collection[str]) -> dict[str, list[str]]:
        """The rules that tell each story in the channel, none if it is muted; costs one look where nothing is muted."""
        quiet = quiet_in(await self._store.mutes_in_force(self._clock.now()), self._workspace_of)(channel)
        if quiet is None:
            return {}
        known = await self._known(channel, story_ids)
        rules = [rule for rule in self._rules() if channel.id in rule.channels]
        # A story whose articles are not known under its own name is muted by that name alone.
        return {
            story_id: [rule.id for rule in quiet.speaking(names, members, rules)]
            for story_id, (names, members) in known.items()
            if members or not quiet.stories.isdisjoint(names)
        }

    async def _known(self, channel: Channel, story_ids: Collection[str]) -> dict[str, tuple[Collection[str], Sequence[StoryItem]]]:
        """The names and the articles of each story, as the channel's workspace has them."""
        held = [one for one in (await self._store.constraints())[1] if holds(one, channel, self._workspace_of)]
        shared, overlay = Shared(), Overlay(held)
        own = {own_story(one.first): one.second for one in held}
        asked = {own.get(story_id, story_id) for story_id in story_ids}
        await shared.know(self._store, {*overlay.named, *asked})
        roots = frozenset(going_on(one, shared.stories) or one for one in asked if one in shared.stories)
        await shared.take_in(self._store, sorted({*roots, *overlay.reach(roots, shared.stories)}))
        laid = shared.lay(overlay)
        known: dict[str, tuple[Collection[str], Sequence[StoryItem]]] = {}
        for story_id in story_ids:
            name = laid.goes_on.get(story_id)
            places = frozenset() if name is None else laid.places_of(name)
            known[story_id] = ({story_id, *places}, [] if name is None else shared.story(laid, name)[1])
        return known


def _ids(lines: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(line.split(" ", 1)[0] for line in lines))


def _turned(found: Sequence[T], before: Collection[str], after: Collection[str], now: datetime) -> tuple[list[T], list[T]]:
    """What must end and what must stand again for it to be as before."""
    ended = [one for one in found if one.id in after and one.id not in before and one.in_force(now)]
    over = [one for one in found if one.id in before and one.id not in after and one.ended_at is not None]
    restored = [one for one in over if one.until is None or now < one.until]
    if not ended and not restored:
        told = tr("Its time is over by now, so there is nothing to take back.") if over else tr("That is taken back already.")
        raise UserInputError(told)
    return ended, restored


def _mute_in_words(mute: Mute) -> str:
    where = mute.channel_id or "every channel"
    until = f" until {mute.until.isoformat()}" if mute.until else ""
    return f"{mute.id} {mute.kind} {mute.subject} in {where}{until}"


def _holds_in_words(holds: Iterable[Hold]) -> list[str]:
    return list(dict.fromkeys(f"{one.id} everything{f' until {one.until.isoformat()}' if one.until else ''}" for one in holds))
