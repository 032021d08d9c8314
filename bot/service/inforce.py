"""What is in force: the rules, channels and sources of the file with those that the workspaces declared.

Promises: ids of workspaces never clash with one another's or the file's; a declaration that cannot be read, or no longer can after
the file was changed, is left out and told to its own workspace alone, and nothing else suffers from it; rules are compiled beside
everything else, and what holds changes at one instant for everybody who was told to listen. A rule of a workspace reaches channels
of that workspace alone. Decides nothing about who may declare what.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

import structlog

from bot.core.declared import Declared, Imported, Sort, Table, scoped, shown
from bot.core.errors import UserInputError
from bot.core.model import FILE_WORKSPACE, Channel, ChannelSettings, Entity, Platform, Rule, RuleStatus
from bot.core.quotas import Quotas
from bot.core.sources import SourceConfig
from bot.core.spoken import tr
from bot.rules.engine import Engine, RuleErrors
from bot.rules.frequencies import Frequencies

_PLATFORMS = frozenset(platform.value for platform in Platform)

log = structlog.get_logger(__name__)


class Tables(Protocol):
    """Reads declarations; raises UserInputError with every mistake of one."""

    def rule(self, one: Declared) -> Rule:
        """A rule, under the name that its workspace uses."""
        ...

    def source(self, one: Declared) -> SourceConfig:
        """A source, likewise."""
        ...

    def settings(self, channel: Channel, one: Declared) -> ChannelSettings:
        """The settings of a channel with what its workspace says."""
        ...

    def fixed(self, channel_id: str) -> frozenset[str]:
        """What the file writes for this very channel: it stays."""
        ...

    def value(self, key: str, text: str) -> object:
        """What a person typed for a setting, as a table holds it."""
        ...

    def imported(self, text: str) -> Imported:
        """Rules and sources of a text in TOML."""
        ...

    def written(self, rules: Mapping[str, Table], sources: Mapping[str, Table]) -> str:
        """The same, the other way round."""
        ...


class InForceStore(Protocol):
    """What bringing into force needs of the store."""

    async def declared_version(self) -> int:
        """A number that grows with every declaration."""
        ...

    async def declarations(self) -> tuple[int, list[Declared]]:
        """That number, and what every workspace declares now."""
        ...


@dataclass(frozen=True, slots=True)
class FromFile:
    """What the file declares.

    Attributes:
        packs: ids of the rules that come from a shipped pack: any workspace may subscribe to them.
        defaults: settings of channels that the file does not declare.
        quotas: what each workspace may have and do.
    """

    rules: tuple[Rule, ...] = ()
    channels: tuple[Channel, ...] = ()
    sources: tuple[SourceConfig, ...] = ()
    entities: tuple[Entity, ...] = ()
    packs: frozenset[str] = frozenset()
    defaults: ChannelSettings = field(default_factory=ChannelSettings)
    quotas: Quotas = field(default_factory=Quotas)


@dataclass(frozen=True, slots=True)
class Force:
    """What holds at one instant.

    Attributes:
        rules: those of the file first, then those of the workspaces in the order in which they were declared.
        channels: by id; one that only a workspace knows has its address as id (``slack:C1``).
        sources: likewise, paused and removed ones left out.
        engine: the live rules, compiled; drafts can be explained.
        drafts: rules in draft, compiled as if they were live; None if there are none.
        packs: ids of rules that any workspace may subscribe to.
        troubles: why a declaration does not count, by workspace, sort and name.
        version: of the declarations.
        quotas: what each workspace may have and do.
    """

    rules: tuple[Rule, ...]
    channels: Mapping[str, Channel]
    sources: tuple[SourceConfig, ...]
    engine: Engine
    drafts: Engine | None = None
    packs: frozenset[str] = frozenset()
    troubles: Mapping[tuple[str, Sort, str], str] = field(default_factory=lambda: MappingProxyType({}))
    version: int = 0
    quotas: Quotas = field(default_factory=Quotas)


Listener = Callable[[Force], None]


class InForce:
    """Holds what is in force, and tells who listens when it changes.

    Args:
        file: what the file declares.
        tables: reads declarations.
        store: where they are kept.
        engine: the file's rules, compiled.
        adjusted: what is done with every channel, such as for a run that waits for nothing.
    """

    def __init__(
        self,
        file: FromFile,
        tables: Tables,
        *,
        store: InForceStore,
        engine: Engine,
        adjusted: Callable[[Channel], Channel] = lambda channel: channel,
    ) -> None:
        self._file = file
        self._tables = tables
        self._store = store
        self._adjusted = adjusted
        self._listeners: list[Listener] = []
        self._turn = asyncio.Lock()
        self.current = combined(file, (), tables, engine, adjusted=adjusted)

    def listen(self, listener: Listener) -> None:
        """Tell it what holds, now and whenever that changes."""
        self._listeners.append(listener)
        listener(self.current)

    async def refresh(self) -> bool:
        """Bring into force what was declared since; False if nothing was. To be called often: asking costs a look into an index.

        Raises:
            StoreError: the store cannot be read; what is in force stays.
        """
        if await self._store.declared_version() == self.current.version:
            return False
        async with self._turn:
            version, standing = await self._store.declarations()
            if version == self.current.version:
                return False
            made = await asyncio.to_thread(self._combined, standing, version)
            for key in made.troubles.keys() - self.current.troubles.keys():
                workspace, sort, name = key
                log.warning("a declaration does not count", workspace=workspace, sort=str(sort), name=name, why=made.troubles[key])
            self.current = made
            for listener in self._listeners:
                listener(made)
            log.info("declarations in force", rules=len(made.rules), sources=len(made.sources), channels=len(made.channels))
        return True

    def compiled(self, frequencies: Frequencies) -> Engine:
        """The same rules compiled with other frequencies; may run in a thread."""
        force = self.current
        return Engine.compile(force.rules, self._file.entities, frequencies)

    def adopt(self, matcher: object) -> None:
        """Take the same rules, compiled anew, so that those declared next are laid over them."""
        if isinstance(matcher, Engine):
            self.current = replace(self.current, engine=matcher)

    def _combined(self, standing: Sequence[Declared], version: int) -> Force:
        return combined(self._file, standing, self._tables, self.current.engine, adjusted=self._adjusted, version=version)


def combined(
    file: FromFile,
    standing: Sequence[Declared],
    tables: Tables,
    engine: Engine,
    *,
    adjusted: Callable[[Channel], Channel] = lambda channel: channel,
    version: int = 0,
) -> Force:
    """What holds, of the file and of what workspaces declare.

    Args:
        file: what the file declares.
        standing: what workspaces declare, in the order in which it was declared first.
        tables: reads declarations.
        engine: compiled with at least the file's rules; those of workspaces that it has are compared, not compiled again.
        adjusted: what is done with every channel.
        version: of what stands.
    """
    made = _Combining(file, tables)
    for one in standing:
        made.channel(one)
    for one in standing:
        made.rule(one)
        made.source(one)
    own, engine = _compiled(engine, made)
    drafts = [replace(rule, status=RuleStatus.LIVE) for rule in (*file.rules, *own) if rule.status is RuleStatus.DRAFT]
    return Force(
        rules=(*file.rules, *own),
        channels={channel_id: adjusted(channel) for channel_id, channel in made.channels.items()},
        sources=(*file.sources, *made.sources.values()),
        engine=engine,
        drafts=Engine.compile(drafts, file.entities) if drafts else None,
        packs=file.packs,
        troubles=made.troubles,
        version=version,
        quotas=file.quotas,
    )


def _compiled(engine: Engine, made: _Combining) -> tuple[list[Rule], Engine]:
    """The workspaces' rules that can be compiled, and the engine with them and without those that are gone."""
    have = {(rule.workspace_id, rule.id): replace(rule, version="") for rule in engine.rules}
    want = {(rule.workspace_id, rule.id): rule for rule in made.rules.values()}
    of_file = {(rule.workspace_id, rule.id) for rule in made.file.rules}
    for workspace in {workspace for workspace, _ in have}:
        gone = [name for known, name in have if known == workspace and (known, name) not in want and (known, name) not in of_file]
        engine = engine.without(gone, workspace_id=workspace) if gone else engine
    fresh = [rule for key, rule in want.items() if have.get(key) != rule]
    try:
        engine = engine.with_rules(fresh) if fresh else engine
    except RuleErrors:
        for rule in fresh:
            try:
                engine = engine.with_rules([rule])
            except RuleErrors as errors:
                made.trouble(made.declared[rule.id], "; ".join(error.message for _, error in errors.errors))
                engine = engine.without([rule.id], workspace_id=rule.workspace_id)
                del made.rules[rule.id]
    return list(made.rules.values()), engine


class _Combining:
    """What comes together while declarations are read."""

    def __init__(self, file: FromFile, tables: Tables) -> None:
        self.file = file
        self.tables = tables
        self.channels: dict[str, Channel] = {channel.id: channel for channel in file.channels}
        self.rules: dict[str, Rule] = {}
        self.sources: dict[str, SourceConfig] = {}
        self.declared: dict[str, Declared] = {}
        self.troubles: dict[tuple[str, Sort, str], str] = {}
        self._places = {place_of(channel): channel.id for channel in file.channels}
        self._of_file = {rule.id: rule for rule in file.rules}

    def trouble(self, one: Declared, sentence: str) -> None:
        self.troubles[one.workspace_id, one.sort, one.name] = sentence

    def channel(self, one: Declared) -> None:
        if one.sort is not Sort.CHANNEL:
            return
        try:
            channel = self.channels[self._reached(one, [one.name])[0]]
            settings = self.tables.settings(channel, one)
        except UserInputError as error:
            self.trouble(one, str(error))
            return
        self.channels[channel.id] = replace(channel, settings=settings)

    def rule(self, one: Declared) -> None:
        if one.sort not in {Sort.RULE, Sort.SUBSCRIPTION}:
            return
        name = scoped(one.workspace_id, one.name)
        if name in self.rules:
            self.trouble(one, "A rule of this name is declared here already.")
            return
        try:
            made = self.tables.rule(one) if one.sort is Sort.RULE else self._subscribed(one)
            channels = tuple(dict.fromkeys(self._reached(one, made.channels)))
        except UserInputError as error:
            self.trouble(one, str(error))
            return
        self.declared[name] = one
        self.rules[name] = replace(
            made, id=name, title=made.title or one.name, channels=channels, workspace_id=one.workspace_id, version=""
        )

    def _subscribed(self, one: Declared) -> Rule:
        base = self._of_file.get(one.name)
        if base is None or base.status is RuleStatus.RETIRED or one.name not in self.file.packs:
            raise UserInputError(tr("The rule that it tells is not offered any more."))
        return replace(base, channels=tuple((one.table or {}).get("channels", ())), status=RuleStatus.LIVE)

    def source(self, one: Declared) -> None:
        if one.sort is not Sort.SOURCE:
            return
        table = dict(one.table or {})
        if table.pop("status", "live") != "live":
            return
        name = scoped(one.workspace_id, one.name)
        try:
            self.sources[name] = replace(self.tables.source(replace(one, table=table)), id=name)
        except UserInputError as error:
            self.trouble(one, str(error))

    def _reached(self, one: Declared, references: Iterable[str]) -> list[str]:
        """Ids of the channels that a declaration names; those that nobody declared before come to be.

        Raises:
            UserInputError: one is no place, and no channel of the file has that name, or has it any more.
        """
        found = []
        for reference in references:
            if one.workspace_id == FILE_WORKSPACE and reference in self.channels:
                found.append(reference)
                continue
            if reference not in self._places:
                platform, _, address = reference.partition(":")
                if not address or platform not in _PLATFORMS:
                    raise UserInputError(tr("There is no channel {reference} any more; name another one.", reference=reference))
                made = Channel(reference, Platform(platform), address, self.file.defaults, one.workspace_id)
                self.channels[reference] = made
                self._places[reference] = reference
            found.append(self._places[reference])
        return found


def place_of(channel: Channel) -> str:
    """Where a channel is, as declarations name it: ``slack:C1``."""
    return f"{channel.platform.value}:{channel.address}"


def own_workspace(channel: Channel) -> str | None:
    """The platform's id of the workspace that declared a channel; None for one of the file."""
    return None if channel.workspace_id == FILE_WORKSPACE else channel.workspace_id.partition(":")[2]


def told_names(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Rules by the names that people use."""
    return {shown(rule.id): rule for rule in rules}
