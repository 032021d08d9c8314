"""What a workspace may declare, and how much of it.

Promises: what passes can be read and compiled, is told in channels of its own workspace alone, and is no more than a workspace may
have or change (``bot.core.quotas``); whoever is refused is told every mistake, and nothing of another workspace; what is counted is
counted in the database, so that it holds however many processes answer. What the operator writes is not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.core.clock import Clock
from bot.core.declared import Declared, Sort, Table, Wanted
from bot.core.errors import UserInputError
from bot.core.model import FILE_WORKSPACE, Channel, Entity, Platform, Rule
from bot.core.quotas import HOUR, Quotas, Use
from bot.core.spoken import later, tr
from bot.rules.engine import Engine, RuleErrors
from bot.service.inforce import Force, Tables, place_of
from bot.service.regroup import Person

NO_CAP = 10**9
"""What a quota of 0 counts as."""
_PLURALS = {Sort.RULE: later("rules"), Sort.SOURCE: later("sources"), Sort.CHANNEL: later("channels")}


class LimitsStore(Protocol):
    """What is read to see whether something may be declared."""

    async def declared_by(self, workspace_id: str, sort: Sort | None = None) -> list[Declared]:
        """What a workspace declares now."""
        ...

    async def changes_since(self, workspace_id: str, since: datetime) -> int:
        """How many declarations a workspace changed since then."""
        ...

    async def use(self, workspace_id: str, what: Use, now: datetime, *, most: int) -> bool:
        """Count a use; False if the workspace had as many as it may."""
        ...

    async def used_since(self, workspace_id: str, since: datetime) -> dict[Use, int]:
        """How often a workspace did what is counted."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """How much a workspace has of what it may have, and did in the last hour of what it may do.

    Attributes:
        quotas: what it may.
    """

    rules: int
    sources: int
    channels: int
    changes: int
    looks: int
    decisions: int
    quotas: Quotas


class Limits:
    """Sees whether something may be declared.

    Args:
        current: what is in force.
        tables: reads declarations.
        store: knows what is declared already.
        clock: the present.
        entities: what ``@names`` mean.
    """

    def __init__(
        self,
        *,
        current: Callable[[], Force],
        tables: Tables,
        store: LimitsStore,
        clock: Clock,
        entities: Sequence[Entity],
    ) -> None:
        self._current = current
        self._tables = tables
        self._store = store
        self._clock = clock
        self._entities = tuple(entities)

    async def check(self, who: Person, wanted: Sequence[Wanted], *, back: bool = False, named_before: bool = False) -> None:
        """Refuse what could not be declared.

        Args:
            who: who declares it.
            wanted: all that is declared at once.
            back: it takes a change back: whatever was changed in an hour can be taken back in it.
            named_before: its channels were this workspace's when it was shown or declared; it may be asked from any of them.

        Raises:
            UserInputError: with every mistake of a table, or what is too much.
            RuleErrors: with every mistake of the queries.
        """
        if named_before:
            who = self._with_places(who, wanted)
        await self._check_caps(who, wanted, back=back)
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
        known = {place_of(channel): channel.workspace_id for channel in self._current().channels.values()}
        named = [str(place) for one in wanted for place in places_of(one)]
        theirs = [place for place in named if known.get(place, who.workspace_id) == who.workspace_id]
        return replace(who, channels=(*who.channels, *theirs))

    def _channel_at(self, place: str) -> Channel:
        """The channel at a place, as it is configured or would be."""
        platform, _, address = place.partition(":")
        known = next((one for one in self._current().channels.values() if place in (one.id, place_of(one))), None)
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

    async def _check_caps(self, who: Person, wanted: Sequence[Wanted], *, back: bool) -> None:
        if who.workspace_id == FILE_WORKSPACE:
            return
        quotas, hour_ago = self._current().quotas, self._clock.now() - HOUR
        most = (quotas.changes_per_hour or NO_CAP) * (2 if back else 1)
        if await self._store.changes_since(who.workspace_id, hour_ago) + len(wanted) > most:
            raise UserInputError(
                tr(
                    "This workspace may change {changes_an_hour} things an hour. Wait a while; nothing was changed.",
                    changes_an_hour=quotas.changes_per_hour,
                )
            )
        standing = {(one.sort, one.name): one.table for one in await self._store.declared_by(who.workspace_id)}
        after = {**standing, **{(one.sort, one.name): one.table for one in wanted}}
        had, has = _counted(standing), _counted(after)
        caps = {Sort.RULE: quotas.rules, Sort.SOURCE: quotas.sources, Sort.CHANNEL: quotas.channels}
        for sort, cap in caps.items():
            if has[sort] > max(cap or NO_CAP, had[sort]):  # who has more than was allowed later may change what there is
                raise UserInputError(
                    tr(
                        "This workspace may have {most} {plural}, and has them. Remove one that is not needed.",
                        most=cap,
                        plural=tr(_PLURALS[sort]),
                    )
                )

    async def count_look(self, workspace_id: str) -> None:
        """Count a link that a workspace has looked at.

        Raises:
            UserInputError: it looked at as many as it may in an hour.
        """
        most = self._current().quotas.looks_per_hour
        if not await self._count(workspace_id, Use.LOOK, most):
            raise UserInputError(tr("This workspace may look at {looks_an_hour} links an hour. Wait a while.", looks_an_hour=most))

    async def count_decision(self, workspace_id: str) -> None:
        """Count a merge or a split that a workspace asks for.

        Raises:
            UserInputError: it asked for as many as it may in an hour.
        """
        most = self._current().quotas.decisions_per_hour
        if not await self._count(workspace_id, Use.DECISION, most):
            raise UserInputError(tr("This workspace may merge or split {most} stories an hour. Wait a while.", most=most))

    async def _count(self, workspace_id: str, what: Use, most: int) -> bool:
        return workspace_id == FILE_WORKSPACE or await self._store.use(workspace_id, what, self._clock.now(), most=most or NO_CAP)

    async def taken(self, workspace_id: str) -> Taken:
        """How much a workspace has and did, of what it may."""
        hour_ago = self._clock.now() - HOUR
        standing = {(one.sort, one.name): one.table for one in await self._store.declared_by(workspace_id)}
        has, used = _counted(standing), await self._store.used_since(workspace_id, hour_ago)
        return Taken(
            rules=has[Sort.RULE],
            sources=has[Sort.SOURCE],
            channels=has[Sort.CHANNEL],
            changes=await self._store.changes_since(workspace_id, hour_ago),
            looks=used.get(Use.LOOK, 0),
            decisions=used.get(Use.DECISION, 0),
            quotas=self._current().quotas,
        )


def _counted(tables: Mapping[tuple[Sort, str], Table | None]) -> Counter[Sort]:
    """How many rules (subscriptions among them), sources and channels tables declare; what is removed has none."""
    kinds = {Sort.RULE: Sort.RULE, Sort.SUBSCRIPTION: Sort.RULE, Sort.SOURCE: Sort.SOURCE}
    counted = Counter(kinds[sort] for (sort, _), table in tables.items() if table is not None and sort in kinds)
    channels = {name for (sort, name), table in tables.items() if sort is Sort.CHANNEL and table is not None}
    channels |= {str(place) for (sort, _), table in tables.items() if sort in kinds for place in (table or {}).get("channels", ())}
    counted[Sort.CHANNEL] = len(channels)
    return counted


def places_of(one: Wanted) -> Iterable[object]:
    """The channels that a declaration names."""
    return [one.name] if one.sort is Sort.CHANNEL else (one.table or {}).get("channels", ())


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
