"""What a workspace may declare, and how much of it.

Promises: what passes can be read and compiled, is told in channels of its own workspace alone, and is no more than a workspace may
have or change; whoever is refused is told every mistake, and nothing of another workspace. What the operator writes is not counted.
Never writes anything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.clock import Clock
from bot.core.declared import Declared, Sort, Wanted
from bot.core.errors import UserInputError
from bot.core.model import FILE_WORKSPACE, Channel, Entity, Platform, Rule
from bot.core.spoken import later, tr
from bot.rules.engine import Engine, RuleErrors
from bot.service.inforce import Force, Tables, place_of
from bot.service.regroup import Person

MOST_RULES = 200
"""Rules of one workspace, subscriptions among them. Teams that watch this field have some dozens; matching takes thousands."""
MOST_SOURCES = 100
"""Sources of one workspace: everybody's requests leave from one address, and sites count them."""
CHANGES_AN_HOUR = 60
"""Declarations that a workspace may change in any hour: one a minute is more than a person decides, and an import counts each."""
LOOKS_AN_HOUR = 60
"""Links that a workspace may have looked at in any hour: each is some requests to somebody else's server, made in our name."""
_CAPS = ((Sort.RULE, MOST_RULES, later("rules")), (Sort.SOURCE, MOST_SOURCES, later("sources")))


class LimitsStore(Protocol):
    """What is read to see whether something may be declared."""

    async def declared_by(self, workspace_id: str, sort: Sort | None = None) -> list[Declared]:
        """What a workspace declares now."""
        ...

    async def changes_since(self, workspace_id: str, since: datetime) -> int:
        """How many declarations a workspace changed since then."""
        ...


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
        self._looks: dict[str, deque[float]] = {}

    async def check(
        self, who: Person, wanted: Sequence[Wanted], *, changes: int = CHANGES_AN_HOUR, named_before: bool = False
    ) -> None:
        """Refuse what could not be declared.

        Args:
            who: who declares it.
            wanted: all that is declared at once.
            changes: how many an hour.
            named_before: its channels were this workspace's when it was shown or declared; it may be asked from any of them.

        Raises:
            UserInputError: with every mistake of a table, or what is too much.
            RuleErrors: with every mistake of the queries.
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

    def count_look(self, workspace_id: str) -> None:
        """Count a link that a workspace has looked at.

        Raises:
            UserInputError: it looked at as many as it may in an hour.
        """
        if workspace_id == FILE_WORKSPACE:
            return
        looks, now = self._looks.setdefault(workspace_id, deque()), self._clock.monotonic()
        while looks and looks[0] <= now - 3600:
            looks.popleft()
        if len(looks) >= LOOKS_AN_HOUR:
            raise UserInputError(
                tr("This workspace may look at {looks_an_hour} links an hour. Wait a while.", looks_an_hour=LOOKS_AN_HOUR)
            )
        looks.append(now)


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
