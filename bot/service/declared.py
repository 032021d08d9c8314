"""What people declare in chats: checked, drafted, confirmed, taken back; each change whole, audited and with a number.

Promises: what is declared can be read and compiled, or it is refused with every mistake; it belongs to the workspace of who
declared it, and reaches that workspace's channels alone; no workspace hears of another one, not even by a refusal; a change that
somebody else made in between is never lost. What the file declares is never changed. Nothing old is posted because of it: a rule
sees what comes from then on, a source that is read anew begins with a silent poll.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.core.changes import numbered
from bot.core.clock import Clock
from bot.core.declared import Count, Declared, Draft, Imported, Sort, Table, Wanted, scoped, shown
from bot.core.errors import StoreError, UserInputError
from bot.core.model import FILE_WORKSPACE, Channel, Entity, Item, Platform, Rule
from bot.core.overlays import Audited
from bot.core.preview import NewSource
from bot.core.records import SourceConfig, Stale
from bot.core.search import Search
from bot.core.silences import Hold
from bot.core.spoken import later, tr
from bot.rules.engine import Engine, RuleErrors
from bot.service import voting
from bot.service.audience import may_read
from bot.service.backtest import Archived, ArchiveStore, Backtest, Progress, Report
from bot.service.inforce import Force, InForceStore, Tables, place_of
from bot.service.regroup import Person
from bot.service.turns import Turns
from bot.service.voting import Exclusion, Voting, VotingStore
from bot.stories.model import Model

log = structlog.get_logger(__name__)

MOST_RULES = 200
"""Rules of one workspace, subscriptions among them. Teams that watch this field have some dozens; matching takes thousands."""
MOST_SOURCES = 100
"""Sources of one workspace: everybody's requests leave from one address, and sites count them."""
CHANGES_AN_HOUR = 60
"""Declarations that a workspace may change in any hour: one a minute is more than a person decides, and an import counts each."""
LOOKS_AN_HOUR = 60
"""Links that a workspace may have looked at in any hour: each is some requests to somebody else's server, made in our name."""
DRAFT_LASTS = timedelta(hours=1)
"""How long a draft waits for a yes: long enough to ask a colleague, and the archive is still what it was shown against."""
TRIED_SINCE = timedelta(days=30)
"""How far back a rule is shown."""
_CAPS = ((Sort.RULE, MOST_RULES, later("rules")), (Sort.SOURCE, MOST_SOURCES, later("sources")))


class DeclaredStore(InForceStore, ArchiveStore, VotingStore, Protocol):
    """What declaring needs of the store."""

    async def declared_by(self, workspace_id: str, sort: Sort | None = None) -> list[Declared]:
        """What a workspace declares now."""
        ...

    async def declared_versions(self, workspace_id: str, sort: Sort, name: str) -> list[Declared]:
        """Every version of one declaration, oldest first."""
        ...

    async def changes_since(self, workspace_id: str, since: datetime) -> int:
        """How many declarations a workspace changed since then."""
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


LookAt = Callable[[str, Sequence[SourceConfig]], Awaitable[NewSource]]
"""What a link leads to, beside sources that are there already; raises UserInputError if it is no link."""


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
        self._entities = tuple(entities)
        self._least = least
        self._model = model
        self._voting = Voting(store)
        self._one_at_a_time = asyncio.Lock()
        self._turns, self._backtests = Turns(), Turns()
        self._looks: dict[str, deque[float]] = {}
        self._look_at = look_at
        self._on_declared = on_declared

    @property
    def force(self) -> Force:
        """What holds now."""
        return self._current()

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
        await self._check(who, wanted)
        now = self._clock.now()
        draft = Draft(f"n{self._new_id()}", who.workspace_id, who.member, what, tuple(wanted), now, now + DRAFT_LASTS)
        await self._store.keep_draft(draft)
        return draft

    async def confirm(self, who: Person, draft_id: str, *, what: str | None = None) -> Done:
        """Declare what a draft wants.

        Raises:
            UserInputError: there is no such draft of this person's, its time is over, or what it changes was changed meanwhile.
        """
        async with self._turns.of(who.workspace_id):
            draft = await self._store.draft(who.workspace_id, draft_id, self._clock.now())
            if draft is None or draft.member != who.member or (what is not None and draft.what.partition(" ")[0] != what):
                raise UserInputError(
                    tr("There is no such draft of yours any more: it waits an hour and is confirmed once. Begin anew.")
                )
            await self._check(who, draft.wanted, named_before=True)
            return await self._declare(who, draft.what, draft.wanted, draft_id=draft.id)

    async def declare(self, who: Person, what: str, wanted: Sequence[Wanted]) -> Done:
        """Declare at once.

        Raises:
            UserInputError: it cannot be declared; every mistake is told.
        """
        async with self._turns.of(who.workspace_id):
            await self._check(who, wanted)
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
        changes = 2 * CHANGES_AN_HOUR  # whatever was changed in an hour can be taken back in it
        async with self._turns.of(who.workspace_id):
            await self._check(who, wanted, changes=changes, named_before=True)
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
        new = {str(place) for one in wanted for place in _places(one)} - known - self.force.channels.keys()
        if not new:
            return
        holds = {one.id: one for one in await self._store.holds_standing() if one.in_force(now)}
        standing = [one for one in holds.values() if one.workspace_id in (who.workspace_id, FILE_WORKSPACE)]
        await self._store.extend_holds([replace(one, channel_id=place) for one in standing for place in sorted(new)])

    async def _check(
        self, who: Person, wanted: Sequence[Wanted], *, changes: int = CHANGES_AN_HOUR, named_before: bool = False
    ) -> None:
        """Refuse what could not be declared.

        Args:
            who: who declares it.
            wanted: all that is declared at once.
            changes: how many an hour.
            named_before: its channels were this workspace's when it was shown or declared; it may be asked from any of them.
        """
        if named_before:
            who = self._with_places(who, wanted)
        await self._check_caps(who, wanted, changes)
        standing = {(one.sort, one.name) for one in await self._store.declared_by(who.workspace_id)}
        rules = []
        for one in wanted:
            if one.table is None:
                continue
            declared = Declared(who.workspace_id, one.sort, one.name, one.seen + 1, one.table, who.member, self._clock.now())
            other = {Sort.RULE: Sort.SUBSCRIPTION, Sort.SUBSCRIPTION: Sort.RULE}.get(one.sort)
            if other is not None and (other, one.name) in standing:
                raise UserInputError(tr("{name} is the name of another rule here. Choose another one.", name=one.name))
            if one.sort is Sort.RULE:
                rules.append(self._tables.rule(declared))
                self._check_places(who, rules[-1].channels)
            elif one.sort is Sort.SOURCE:
                if one.table.get("status", "live") not in ("live", "paused"):
                    raise UserInputError(tr("The status of a source is live or paused."))
                live = {key: value for key, value in one.table.items() if key != "status"}
                self._tables.source(Declared(who.workspace_id, one.sort, one.name, 1, live, who.member, self._clock.now()))
            elif one.sort is Sort.SUBSCRIPTION:
                self._check_places(who, one.table.get("channels", ()))
            else:
                self._check_places(who, [one.name])
                self._tables.settings(self._channel_at(one.name), declared)
        self.compile(rules)

    def _with_places(self, who: Person, wanted: Sequence[Wanted]) -> Person:
        """The person with the places that are named, but for those that are another workspace's by now.

        Who asks elsewhere knows of an undeclared channel only while something is declared for it. The operator names channels by
        the ids of the file, which may be gone.
        """
        if who.workspace_id == FILE_WORKSPACE:
            return who
        known = {place_of(channel): channel.workspace_id for channel in self.force.channels.values()}
        named = [str(place) for one in wanted for place in _places(one)]
        theirs = [place for place in named if known.get(place, who.workspace_id) == who.workspace_id]
        return replace(who, channels=(*who.channels, *theirs))

    def _channel_at(self, place: str) -> Channel:
        """The channel at a place, as it is configured or would be."""
        platform, _, address = place.partition(":")
        known = next((one for one in self.force.channels.values() if place in (one.id, place_of(one))), None)
        return known or Channel(place, Platform(platform), address)

    def compile(self, rules: Iterable[Rule]) -> None:
        """See whether rules can be compiled.

        Raises:
            RuleErrors: with every mistake.
        """
        Engine.compile(rules, self._entities)

    def _check_places(self, who: Person, places: Iterable[str]) -> None:
        """A rule tells channels of its own workspace alone: those that the person may name."""
        strange = [place for place in places if place not in who.channels]
        if strange:
            raise UserInputError(tr("A rule can be told in this workspace's own channels alone; name one of them, or none."))

    async def _check_caps(self, who: Person, wanted: Sequence[Wanted], changes: int) -> None:
        if who.workspace_id == FILE_WORKSPACE:
            return
        changed = await self._store.changes_since(who.workspace_id, self._clock.now() - timedelta(hours=1))
        if changed + len(wanted) > changes:
            raise UserInputError(
                tr(
                    "This workspace may change {changes_an_hour} things an hour. Wait a while; nothing was changed.",
                    changes_an_hour=CHANGES_AN_HOUR,
                )
            )
        standing = await self._store.declared_by(who.workspace_id)
        for sort, most, plural in _CAPS:
            kinds = {Sort.RULE, Sort.SUBSCRIPTION} if sort is Sort.RULE else {sort}
            names = {(one.sort, one.name) for one in standing if one.sort in kinds}
            after = names | {(one.sort, one.name) for one in wanted if one.sort in kinds and one.table is not None}
            after -= {(one.sort, one.name) for one in wanted if one.table is None}
            if len(after) > max(most, len(names)):
                raise UserInputError(
                    tr(
                        "This workspace may have {most} {plural}, and has them. Remove one that is not needed.",
                        most=most,
                        plural=tr(plural),
                    )
                )

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

    async def exclusion(self, workspace_id: str, rule: Rule) -> Exclusion | None:
        """A word that would leave out what people call not relevant, with what the rule would find then; None if there is none."""
        relevant, irrelevant = await self._voting.texts(workspace_id, rule.id)
        found = await asyncio.to_thread(voting.suggestion, rule, relevant, irrelevant)
        if found is None:
            return None
        word, count = found
        changed = replace(rule, query=voting.without(rule, word))
        report = await self.tried(workspace_id, changed, replaces=rule, on_progress=lambda *_: None)
        said = voting.told(word, count, len(irrelevant), await self.votes(workspace_id), rule.id)
        return Exclusion(word, changed.query, said, report)

    # ------------------------------------------------------------ looking ahead

    def rule(self, workspace_id: str, name: str, table: Table) -> Rule:
        """A rule that might be declared.

        Raises:
            UserInputError: with every mistake of its table.
            RuleErrors: with every mistake of its query.
        """
        made = self._tables.rule(Declared(workspace_id, Sort.RULE, name, 1, table, "", self._clock.now()))
        self.compile([made])
        return made

    async def tried(
        self, workspace_id: str, rule: Rule, *, replaces: Rule | None, on_progress: Progress, since: timedelta = TRIED_SINCE
    ) -> Report:
        """What a rule would have found among what this workspace may read.

        Raises:
            RuleErrors: its query cannot be read.
        """
        backtest = Backtest(rule, self._entities, replaces=replaces)
        archive = _Readable(Archived(self._store, self._clock.now() - since), workspace_id)
        async with self._backtests.of(workspace_id), self._one_at_a_time:  # it takes a core; nobody's ten make another's one wait
            return await backtest.run(archive, self._model, on_progress=on_progress)

    async def look_at(self, workspace_id: str, link: str) -> NewSource:
        """What a link leads to.

        Raises:
            UserInputError: it is no link, or nothing can be asked here.
        """
        if self._look_at is None:
            raise UserInputError(tr("Sources are added where the bot runs: ask in a chat, or write it into the file."))
        if workspace_id != FILE_WORKSPACE:
            looks, now = self._looks.setdefault(workspace_id, deque()), self._clock.monotonic()
            while looks and looks[0] <= now - 3600:
                looks.popleft()
            if len(looks) >= LOOKS_AN_HOUR:
                raise UserInputError(
                    tr("This workspace may look at {looks_an_hour} links an hour. Wait a while.", looks_an_hour=LOOKS_AN_HOUR)
                )
            looks.append(now)
        known = [source for source in self.force.sources if may_read(source.id, workspace_id) and not source.url_secret]
        return await self._look_at(link, [_as_named(source) for source in known])

    def rule_named(self, workspace_id: str, name: str) -> Rule | None:
        """The rule in force that a workspace calls so, its own before one of the file's."""
        wanted = (scoped(workspace_id, name), name)
        found = {rule.id: rule for rule in self.force.rules}
        return next((found[one] for one in wanted if one in found), None)


class _Readable:
    """The archive without what other workspaces' sources brought."""

    def __init__(self, archive: Archived, workspace_id: str) -> None:
        self._archive = archive
        self._workspace_id = workspace_id

    async def numbers(self, search: Search | None) -> list[int]:
        """See ``Candidates``."""
        return await self._archive.numbers(search)

    async def items(self, numbers: Sequence[int]) -> list[Item]:
        """See ``Candidates``."""
        return [item for item in await self._archive.items(numbers) if may_read(item.source_id, self._workspace_id)]


def _places(one: Wanted) -> Iterable[object]:
    """The channels that a declaration names."""
    return [one.name] if one.sort is Sort.CHANNEL else (one.table or {}).get("channels", ())


def is_live(table: Table | None) -> bool:
    """Whether what is declared counts: it is neither removed nor paused."""
    return table is not None and table.get("status", "live") == "live"


def mistakes_of(errors: RuleErrors) -> list[str]:
    """What is wrong with queries, each with its line, a mark under the place and what may be meant."""
    told = []
    for _, error in errors.errors:
        line, mark = error.pointed_at()
        mark = mark.replace(" ", ".")  # an answer keeps no blanks at the beginning of a line
        hint = f" {error.suggestion}" if error.suggestion else ""
        told.append(
            tr(
                "Column {column}: {message}.{hint}\n{line}\n{mark}",
                column=error.column,
                message=error.message,
                hint=hint,
                line=line,
                mark=mark,
            )
        )
    return told


def _as_named(source: SourceConfig) -> SourceConfig:
    return replace(source, id=shown(source.id))
