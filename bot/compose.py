"""From settings to rules in force: the part of composition that live runs, replays and checks share; and what a link leads to.

Pure but for what it calls: compiling and checking rules, and asking a server about a link.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.config.declared import DeclaredTables
from bot.config.secret import Secret
from bot.config.settings import Settings
from bot.config.sources import OPTIONS, SOURCE_KINDS
from bot.core.clock import Clock
from bot.core.declared import scope_of
from bot.core.errors import ConfigError, Mistake, QueryError
from bot.core.model import FILE_WORKSPACE, Channel, Rule, RuleStatus
from bot.core.preview import NewSource
from bot.core.sources import SourceConfig
from bot.net.client import Fetcher
from bot.rules.engine import Engine, RuleErrors
from bot.rules.frequencies import Frequencies
from bot.rules.lint import Finding, lint, without_channel
from bot.sandbox.pool import Sandbox
from bot.service.alert import Matcher, Rulebook
from bot.service.declared import DeclaredStore, Declaring
from bot.service.foresight import LookAt
from bot.service.inforce import Force, FromFile, InForce
from bot.sources.discovery import discover
from bot.sources.knownsites import Candidate
from bot.sources.preview import read_source
from bot.stories.model import Model
from bot.stories.outlets import SHIPPED

_IN_LET = re.compile("in let ([^:]+): ")
"""How the rule language says that a mistake stands in a named part of a rule."""
_NAMED = re.compile(r"@([A-Za-z0-9_-]+)")
"""Entities and named queries in a query."""


def compile_rules(settings: Settings, frequencies: Frequencies | None = None) -> Engine:
    """The engine over every rule and entity; only live rules match.

    Args:
        settings: the configuration.
        frequencies: how common words are in this installation's stream, for speed alone; None for the shipped list.

    Raises:
        ConfigError: queries that cannot be read, each at its line of the file.
    """
    try:
        return Engine.compile(settings.rules, settings.entities, frequencies)
    except RuleErrors as errors:
        raise ConfigError(tuple(sorted(_mistake(settings, owner, error) for owner, error in errors.errors))) from errors


def rulebook(settings: Settings, matcher: Matcher, channels: Mapping[str, Channel]) -> Rulebook:
    """The rules in force, each with only the channels that exist.

    What a rule matched while it was live stays in the store; once it is not, it decides nothing and posts nothing.
    """
    return Rulebook(
        matcher=matcher,
        rules={
            rule.id: replace(rule, channels=tuple(channel for channel in rule.channels if channel in channels))
            for rule in settings.rules
            if rule.status is RuleStatus.LIVE
        },
        channels=channels,
        drafts=_drafts(settings),
        owners=SHIPPED.with_families(settings.owners),
    )


def from_file(settings: Settings) -> FromFile:
    """What the file declares, for what workspaces declare beside it."""
    return FromFile(
        rules=settings.rules,
        channels=settings.channels,
        sources=settings.sources,
        entities=settings.entities,
        packs=frozenset(rule.id for rule in settings.rules if _of_a_pack(settings, "rule", rule.id)),
        defaults=replace(settings.defaults, backfill=0),
        quotas=settings.quotas,
    )


def rulebook_of(settings: Settings, force: Force, matcher: Matcher) -> Rulebook:
    """The rules in force, those that workspaces declared among them; see ``rulebook``."""
    return Rulebook(
        matcher=matcher,
        rules={
            rule.id: replace(rule, channels=tuple(channel for channel in rule.channels if channel in force.channels))
            for rule in force.rules
            if rule.status is RuleStatus.LIVE
        },
        channels=dict(force.channels),
        drafts=force.drafts,
        owners=SHIPPED.with_families(settings.owners),
    )


def declaring_of(
    settings: Settings,
    in_force: InForce,
    *,
    store: DeclaredStore,
    clock: Clock,
    model: Model,
    new_id: Callable[[], str],
    look_at: LookAt,
    on_declared: Callable[[], Awaitable[object]],
) -> Declaring:
    """What takes declarations beside a configuration; see ``Declaring``."""
    return Declaring(
        current=lambda: in_force.current,
        tables=DeclaredTables(settings),
        store=store,
        clock=clock,
        new_id=new_id,
        entities=settings.entities,
        least=settings.net.min_interval,
        model=model,
        look_at=look_at,
        on_declared=on_declared,
    )


def at_once(channel: Channel) -> Channel:
    """The channel without a wait for more outlets, for a run that ends at once."""
    return replace(channel, settings=replace(channel.settings, group_wait=timedelta(0)))


def watched(force: Force) -> list[str]:
    """Sources whose trouble the operator hears of: the file's own. A workspace sees the health of its own in ``sources``."""
    return [source.id for source in force.sources if scope_of(source.id) == FILE_WORKSPACE]


def posting(force: Force) -> dict[str, list[str]]:
    """The live rules of every channel."""
    live = [rule for rule in force.rules if rule.status is RuleStatus.LIVE]
    return {channel: [rule.id for rule in live if channel in rule.channels] for channel in force.channels}


async def source_behind(
    link: str,
    *,
    fetcher: Fetcher,
    sandbox: Sandbox,
    now: datetime,
    declared: Sequence[SourceConfig],
    secret: str | None = None,
    key: Secret | None = None,
) -> NewSource:
    """What a link leads to, as it would be read, before it is added.

    Args:
        link: what a person pasted.
        fetcher: the way out.
        sandbox: where documents are read.
        now: the present instant.
        declared: sources that are there already.
        secret: name of the link's credential, for the table.
        key: the credential, sent to the link's own origin alone.

    Raises:
        UserInputError: it is no link.
    """
    found = await discover(link, fetcher=fetcher, sandbox=sandbox, kinds=SOURCE_KINDS, authorization=key)
    return await read_source(
        found,
        fetcher=fetcher,
        sandbox=sandbox,
        now=now,
        configure=lambda candidate, name: replace(_configured(candidate, name), secret=secret),
        kinds=SOURCE_KINDS,
        declared=declared,
        authorization=key,
    )


def _configured(candidate: Candidate, source_id: str) -> SourceConfig:
    """The source as the configuration would make it.

    Raises:
        ValueError: its options do not fit its kind.
    """
    table = OPTIONS.get(candidate.kind)
    if table is None:
        return SourceConfig(source_id, candidate.kind, candidate.url)
    options = table.model_validate(dict(candidate.options))
    url = candidate.url if table.needs_url else options.address()
    return SourceConfig(source_id, options.stands_on or candidate.kind, url, options=options.value())


def _drafts(settings: Settings) -> Engine | None:
    """Rules in draft, compiled as if they were live: what they match is kept and decides nothing."""
    drafts = [replace(rule, status=RuleStatus.LIVE) for rule in settings.rules if rule.status is RuleStatus.DRAFT]
    return Engine.compile(drafts, settings.entities) if drafts else None


def watch_words(settings: Settings) -> frozenset[str]:
    """Words of the file's rules and entities: they say nothing about sameness in this stream."""
    return compile_rules(settings).watch_words


def rule_findings(settings: Settings) -> tuple[list[Mistake], list[Mistake]]:
    """Mistakes and warnings of rules and entities, failing tests included."""
    mistakes: list[Mistake] = []
    warnings: list[Mistake] = []
    own = [rule for rule in settings.rules if not _of_a_pack(settings, "rule", rule.id)]
    of_packs = {rule.id: rule for rule in settings.rules if _of_a_pack(settings, "rule", rule.id)}
    sources = [source.id for source in settings.sources]
    for finding in (*lint(settings.rules, settings.entities, sources), *without_channel(own)):
        entry = _finding(settings, finding)
        rule = of_packs.get(finding.rule_id)
        changed = [] if rule is None or not finding.failing_test else _changed_entities(settings, rule)
        if changed:
            names = ", ".join(f"@{name}" for name in changed)
            entry = replace(
                entry, message=f"{entry.message}; the rule is the pack's and uses {names}, which a file of yours changed"
            )
        (mistakes if finding.level == "error" and not changed else warnings).append(entry)
    return mistakes, warnings


def _of_a_pack(settings: Settings, kind: str, name: str) -> bool:
    return settings.origins.get((kind, name), ("", 0))[0].startswith("pack:")


def _changed_entities(settings: Settings, rule: Rule) -> list[str]:
    """Entities that a rule of a pack names and that do not stand in the pack as they were: its tests were written for those."""
    named = {name for query in (rule.query, *rule.let.values()) for name in _NAMED.findall(query)}
    named.update(product for entity in settings.entities if entity.id in named for product in entity.products)
    return sorted(entity.id for entity in settings.entities if entity.id in named and not _of_a_pack(settings, "entity", entity.id))


def _mistake(settings: Settings, owner: str, error: QueryError) -> Mistake:
    if not owner.startswith("@"):
        return _in_query(settings, owner, error)
    name = owner.removeprefix("@")
    file, line = settings.origins.get(("entity", name), ("", 0))
    return Mistake(file, line, f"entity {name}", error.message)


def _in_query(settings: Settings, rule_id: str, error: QueryError) -> Mistake:
    """A mistake at its line of the file, also when it stands in a part of the rule's ``let``."""
    part = _IN_LET.match(error.message)
    return settings.query_mistake(rule_id, error, let=part[1] if part else None)


def _finding(settings: Settings, finding: Finding) -> Mistake:
    if finding.line:
        error = QueryError(finding.message, source=finding.source, line=finding.line, column=finding.column)
        return _in_query(settings, finding.rule_id, error)
    if finding.rule_id.startswith("@"):
        kind, name = "entity", finding.rule_id.removeprefix("@")
    else:
        kind, name = "rule", finding.rule_id
    file, line = settings.origins.get((kind, name), ("", 0))
    return Mistake(file, line, f"{kind} {name}", finding.message)
