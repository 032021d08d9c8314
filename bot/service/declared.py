"""What people declare in chats: drafted, confirmed, taken back; each change whole, audited and with a number.

Promises: what is declared passes ``limits`` when it is drafted and again when it takes effect; it belongs to the workspace of who
declared it, and no workspace hears of another one, not even by a refusal; a change that somebody else made in between is never
lost. What the file declares is never changed. Nothing old is posted because of it: a rule sees what comes from then on, a source
that is read anew begins with a silent poll.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.core.changes import numbered
from bot.core.clock import Clock
from bot.core.declared import Count, Declared, Draft, Imported, Sort, Table, Wanted, scoped
from bot.core.errors import StoreError, UserInputError
from bot.core.model import FILE_WORKSPACE, Entity, Rule
from bot.core.outbox import Stale
from bot.core.overlays import Audited
from bot.core.silences import Hold
from bot.core.spoken import tr
from bot.service.backtest import ArchiveStore
from bot.service.foresight import Foresight, LookAt
from bot.service.inforce import Force, InForceStore, Tables, place_of
from bot.service.limits import Limits, LimitsStore, places_of
from bot.service.regroup import Person
from bot.service.turns import Turns, TurnStore
from bot.service.voting import Voting, VotingStore
from bot.stories.model import Model

log = structlog.get_logger(__name__)

DRAFT_LASTS = timedelta(hours=1)
"""How long a draft waits for a yes: long enough to ask a colleague, and the archive is still what it was shown against."""


class DeclaredStore(InForceStore, LimitsStore, ArchiveStore, VotingStore, TurnStore, Protocol):
    """What declaring needs of the store, with what it is checked against and what foresight looks at."""

    async def declared_versions(self, workspace_id: str, sort: Sort, name: str) -> list[Declared]:
        """Every version of one declaration, oldest first."""
        ...

    async def declare(
        self, made: Sequence[Declared], audited: Audited, *, draft_id: str | None = None, silent: Collection[str] = ()
    ) -> None:
        """Write versions; raises Stale if one is not the next."""
        ...

    async def hurry_source(self, source_id: str, now: datetime, least: timedelta) -> datetime | None:
        """Make a source due as soon as it may be asked again; when that is."""
        ...

    async def holds_standing(self) -> list[Hold]:
        """Every hold under which nothing is sent yet."""
        ...

    async def extend_holds(self, reaching: Sequence[Hold]) -> None:
        """Let holds reach further channels too."""
        ...

    async def keep_draft(self, draft: Draft) -> None:
        """Keep a draft."""
        ...

    async def draft(self, workspace_id: str, draft_id: str, now: datetime) -> Draft | None:
        """A draft of a workspace whose time is not over."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """A change that was made.

    Attributes:
        made: the new versions.
        number: by which it is taken back.
    """

    made: tuple[Declared, ...]
    number: str


class Declaring:
    """Takes what people declare.

    Args:
        current: what is in force.
        tables: reads declarations.
        store: keeps them.
        clock: the present.
        new_id: makes a draft's random digits.
        entities: what ``@names`` mean.
        least: ``net.min_interval``: no source is asked sooner again.
        model: makes stories of what a rule would have found.
        look_at: reads what a link leads to; None where nothing can be asked.
        on_declared: brings into force what was declared.

    Attributes:
        limits: what a workspace may, and how much of it.
        ahead: shows what would be.
    """

    def __init__(
        self,
        *,
        current: Callable[[], Force],
        tables: Tables,
        store: DeclaredStore,
        clock: Clock,
        new_id: Callable[[], str],
        entities: Sequence[Entity],
        least: timedelta,
        model: Model,
        look_at: LookAt | None = None,
        on_declared: Callable[[], Awaitable[object]],
    ) -> None:
        self._current = current
        self._tables = tables
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._least = least
        self._voting = Voting(store)
        self.limits = Limits(current=current, tables=tables, store=store, clock=clock, entities=entities)
        self.ahead = Foresight(
            current=current,
            store=store,
            clock=clock,
            entities=entities,
            model=model,
            voting=self._voting,
            limits=self.limits,
            look_at=look_at,
        )
        self._turns = Turns(store, clock)
        self._on_declared = on_declared

    @property
    def force(self) -> Force:
        """What holds now."""
        return self._current()

    async def catch_up(self) -> None:
        """Bring into force what another process declared: whoever asks here may have declared it there a moment ago."""
        if await self._store.declared_version() != self.force.version:
            await self._on_declared()

    # ------------------------------------------------------------ what is there

    async def mine(self, workspace_id: str, sort: Sort | None = None) -> list[Declared]:
        """What a workspace declares now, by name."""
        return await self._store.declared_by(workspace_id, sort)

    async def newest(self, workspace_id: str, sort: Sort, name: str) -> Declared | None:
        """The newest version, also of what was removed; None if the name was never used here."""
        versions = await self._store.declared_versions(workspace_id, sort, name)
        return versions[-1] if versions else None

    async def spelled(self, workspace_id: str, word: str, *sorts: Sort) -> str:
        """A name as the workspace spells it: in small letters, but for one that was declared before names were made small."""
        small = word.casefold()
        names = [one.name for one in await self._store.declared_by(workspace_id) if one.sort in sorts]
        return small if small in names else next((name for name in names if name.casefold() == small), small)

    async def versions(self, workspace_id: str, sort: Sort, name: str) -> list[Declared]:
        """Every version, oldest first."""
        return await self._store.declared_versions(workspace_id, sort, name)

    # ------------------------------------------------------------ changes

    async def propose(self, who: Person, what: str, wanted: Sequence[Wanted]) -> Draft:
        """Keep what a person wants until it is confirmed.

        Raises:
            UserInputError: it could not be declared; every mistake is told.
        """
        await self.limits.check(who, wanted)
        now = self._clock.now()
        draft = Draft(f"n{self._new_id()}", who.workspace_id, who.member, what, tuple(wanted), now, now + DRAFT_LASTS)
        await self._store.keep_draft(draft)
        return draft

    async def confirm(self, who: Person, draft_id: str) -> Done:
        """Declare what a draft wants.

        Raises:
            UserInputError: there is no such draft of this person's, its time is over, or what it changes was changed meanwhile.
        """
        async with self._turns.of(who.workspace_id):
            draft = await self._store.draft(who.workspace_id, draft_id, self._clock.now())
            if draft is None or draft.member != who.member:
                raise UserInputError(
                    tr("There is no such draft of yours any more: it waits an hour and is confirmed once. Begin anew.")
                )
            await self.limits.check(who, draft.wanted, named_before=True)
            return await self._declare(who, draft.what, draft.wanted, draft_id=draft.id)

    async def declare(self, who: Person, what: str, wanted: Sequence[Wanted]) -> Done:
        """Declare at once.

        Raises:
            UserInputError: it cannot be declared; every mistake is told.
        """
        async with self._turns.of(who.workspace_id):
            await self.limits.check(who, wanted)
            return await self._declare(who, what, wanted)

    async def undo(self, who: Person, change: Audited) -> Done:
        """Take a change back: everything that it changed becomes as it was before.

        Raises:
            UserInputError: something of it was changed again since.
        """
        wanted = []
        for subject, before, after in zip(change.subjects, change.before, change.after, strict=True):
            word, _, name = subject.partition(" ")
            sort = Sort(word)
            versions = {one.version: one for one in await self._store.declared_versions(who.workspace_id, sort, name)}
            if max(versions) != int(after):
                raise UserInputError(tr("{name} was changed again since; take that back first.", name=name))
            old = versions.get(int(before))
            wanted.append(Wanted(sort, name, int(after), None if old is None else old.table))
        async with self._turns.of(who.workspace_id):
            await self.limits.check(who, wanted, back=True, named_before=True)
            return await self._declare(who, change.what, wanted)

    async def _declare(self, who: Person, what: str, wanted: Sequence[Wanted], *, draft_id: str | None = None) -> Done:
        now = self._clock.now()
        made = tuple(Declared(who.workspace_id, one.sort, one.name, one.seen + 1, one.table, who.member, now) for one in wanted)
        audited = numbered(
            Audited(
                who.workspace_id,
                who.member,
                now,
                what,
                tuple(f"{one.sort} {one.name}" for one in wanted),
                tuple(str(one.seen) for one in wanted),
                tuple(str(one.version) for one in made),
            )
        )
        await self._hold_back(who, wanted, now)
        silent = [scoped(who.workspace_id, one.name) for one in made if one.sort is Sort.SOURCE and is_live(one.table)]
        try:
            await self._store.declare(made, audited, draft_id=draft_id, silent=silent)
        except Stale as error:
            raise UserInputError(await self._overtaken(who, wanted, shown=draft_id is not None)) from error
        try:
            await self._on_declared()
        except StoreError as error:  # it is declared; what runs looks again at its next tick
            log.warning("what was declared is not in force yet", error=str(error))
        return Done(made, audited.number)

    async def _overtaken(self, who: Person, wanted: Sequence[Wanted], *, shown: bool) -> str:
        """Why what is wanted does not fit any more; ``shown``: it was shown before, and waited to be confirmed."""
        for one in wanted:
            newest = await self.newest(who.workspace_id, one.sort, one.name)
            if newest is not None and newest.version > one.seen:
                if newest.member != who.member:
                    return tr("Somebody else changed {name} meanwhile. Look at it and try again.", name=one.name)
                if shown:
                    return tr("You changed {name} after this was shown, so it does not fit any more. Ask anew.", name=one.name)
        return tr("That is done already.") if shown else tr("It was changed in the same moment. Look at it and try again.")

    async def _hold_back(self, who: Person, wanted: Sequence[Wanted], now: datetime) -> None:
        """While everything of the workspace is held, so is a channel that comes to be: before anything can be told in it."""
        known = {place_of(channel) for channel in self.force.channels.values()}
        new = {str(place) for one in wanted for place in places_of(one)} - known - self.force.channels.keys()
        if not new:
            return
        holds = {one.id: one for one in await self._store.holds_standing() if one.in_force(now)}
        standing = [one for one in holds.values() if one.workspace_id in (who.workspace_id, FILE_WORKSPACE)]
        await self._store.extend_holds([replace(one, channel_id=place) for one in standing for place in sorted(new)])

    # ------------------------------------------------------------ tables and what people type

    def rule(self, workspace_id: str, name: str, table: Table) -> Rule:
        """A rule that might be declared.

        Raises:
            UserInputError: with every mistake of its table.
            RuleErrors: with every mistake of its query.
        """
        made = self._tables.rule(Declared(workspace_id, Sort.RULE, name, 1, table, "", self._clock.now()))
        self.limits.compile([made])
        return made

    async def hurry(self, source_id: str, now: datetime) -> datetime | None:
        """Let a source be read as soon as it may be asked; when that is, or None if it was never polled, which it soon will be."""
        return await self._store.hurry_source(source_id, now, self._least)

    def imported(self, text: str) -> Imported:
        """Rules and sources of a text in TOML.

        Raises:
            UserInputError: it is none, or holds what cannot be imported.
        """
        return self._tables.imported(text)

    def written(self, standing: Iterable[Declared]) -> str:
        """Rules and sources as TOML."""
        tables = {sort: {one.name: one.table or {} for one in standing if one.sort is sort} for sort in (Sort.RULE, Sort.SOURCE)}
        return self._tables.written(tables[Sort.RULE], tables[Sort.SOURCE])

    def fixed(self, channel_id: str) -> frozenset[str]:
        """What the file writes for a channel: it stays."""
        return self._tables.fixed(channel_id)

    def value(self, key: str, text: str) -> object:
        """What a person typed for a setting, as a table holds it."""
        return self._tables.value(key, text)

    # ------------------------------------------------------------ votes

    async def vote(self, workspace_id: str, member: str, rule_ids: Iterable[str], story_id: str, *, relevant: bool) -> None:
        """Count one person's vote on a story, for every rule that brought it."""
        await self._voting.vote(workspace_id, member, rule_ids, story_id, relevant=relevant, now=self._clock.now())

    async def votes(self, workspace_id: str) -> dict[str, Count]:
        """Judged stories by rule, as it is in force."""
        return await self._voting.counts(workspace_id)


def is_live(table: Table | None) -> bool:
    """Whether what is declared counts: it is neither removed nor paused."""
    return table is not None and table.get("status", "live") == "live"
