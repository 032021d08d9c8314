"""What the database remembers that points to a mistake: sources that fail for days, rules that match nothing, or everything.

Promises: reads only; a database that is not there yet is no trouble. Rules are matched as the bot matches them, over the newest
articles, so that a rule changed since is judged as it stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.compose import compile_rules
from bot.config.secret import ENCRYPTION_KEY
from bot.config.settings import Settings
from bot.core.errors import StoreError, WorkError
from bot.core.findings import Code, Finding, error, note, warning
from bot.core.health import Health
from bot.core.model import Item, RuleStatus
from bot.core.sources import SourceState
from bot.rules.narrow import WORDS_VERSION
from bot.service.sourcehealth import condition
from bot.store.database import Store
from bot.store.instance import sqlite_path
from bot.store.schema import is_current
from bot.verbs import in_store

FAILING_FOR = timedelta(days=2)
"""A source that fails longer is not a server that was mended over a weekend's night."""
NEWEST = 2_000
"""Articles the rules are held against: a fraction of a second of work (docs/architecture.md, Speed)."""
ENOUGH_TO_MISS, ENOUGH_TO_MEAN = 500, 50
"""Articles without a match that make a rule worth a word; articles that make a share of them worth one."""
MOST = 0.5
"""Above this share of all articles a rule tells nothing apart. A source about one subject may do so rightly, hence a warning."""
_FAILING = frozenset({Health.FAILING, Health.BLOCKED, Health.GONE})


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was found, and what the online part asks by.

    Attributes:
        findings: of the sources and rules.
        unread: ids of declared sources that have never been read; all of them where there is no database.
        told_commands: a run has told Discord of the commands.
    """

    findings: tuple[Finding, ...]
    unread: frozenset[str]
    told_commands: bool = False


async def look(settings: Settings, now: datetime) -> Remembered:
    """Ask the database.

    Args:
        settings: the configuration.
        now: the present instant.
    """
    every = frozenset(source.id for source in settings.sources)
    path = sqlite_path(settings.database_url)
    if path is not None and not path.exists():
        return Remembered((), every)

    async def ask(store: Store) -> Remembered:
        revision = await store.current_revision()
        if not is_current(revision):
            return Remembered(() if revision is None else (_older(revision),), every)
        told_commands = False
        if settings.discord is not None:
            from bot.adapters.discord.connection import COMMANDS_KNOWN  # noqa: PLC0415  # only where Discord is configured

            told_commands = await store.fact(COMMANDS_KNOWN) is not None
        states = await store.source_states()
        numbers = await store.archive_numbers(None, words=WORDS_VERSION)
        items = await store.archive_items(numbers[:NEWEST])
        found = (*_sources(settings, states, now), *_rules(settings, items), *await _sealed(settings, store))
        unread = frozenset(name for name in every if (state := states.get(name)) is None or state.last_success_at is None)
        return Remembered(found, unread, told_commands)

    try:
        return await in_store(settings, ask)
    except StoreError as refused:
        remedy = "Is database.url right, and for PostgreSQL PGPASSWORD?"
        return Remembered((error(Code.DATABASE_UNUSABLE, "database.url", str(refused), remedy),), every)


async def _sealed(settings: Settings, store: Store) -> Iterable[Finding]:
    """Tokens of workspaces that the configured keys do not open."""
    if settings.slack is None or settings.slack.installing is None or not settings.slack.installing.keys:
        return ()
    from bot.adapters.slack.vault import KEY_LOST, unopened  # noqa: PLC0415  # only where workspaces install the app

    known = await store.installations()
    try:
        lost = unopened(settings.slack.installing.keys, known)
    except WorkError:  # without the library nothing can be opened: that is told by itself
        return ()
    said = f"{KEY_LOST.partition('. ')[0]} ({len(lost)} of {len(known)} workspaces)."
    return [error(Code.KEY_LOST, ENCRYPTION_KEY, said, KEY_LOST.partition(". ")[2])] if lost else ()


def _older(revision: str) -> Finding:
    said = f"The database is of an earlier version (schema {revision}); what it remembers was not looked at."
    return note(Code.DATABASE_OLDER, "database.url", said, "Nothing to do: `watchlamp run` copies it and brings it up.")


def _sources(settings: Settings, states: dict[str, SourceState], now: datetime) -> Iterator[Finding]:
    for source in settings.sources:
        state = states.get(source.id)
        told = condition(state, now)
        where = f"sources.{source.id}"
        if told.health is Health.NOT_A_FEED:
            yield page(source.id, told.sentence)
        elif told.health in _FAILING and told.since is not None and now - told.since >= FAILING_FOR:
            days = (now - told.since).days
            said = f'The source "{source.id}" has not been read for {days} days. {told.sentence}'
            yield warning(Code.SOURCE_FAILING, where, said, told.advice)


def page(source_id: str, sentence: str) -> Finding:
    """A source whose address shows something else than its kind says."""
    said = f'The address of the source "{source_id}" is no feed. {sentence}'
    return error(
        Code.SOURCE_IS_A_PAGE, f"sources.{source_id}", said, "Type: watchlamp sources test ADDRESS (it finds the feeds of a page)"
    )


def _rules(settings: Settings, items: list[Item]) -> Iterator[Finding]:
    if len(items) < ENOUGH_TO_MEAN:
        return
    posting = {rule.id for rule in settings.rules if rule.status is RuleStatus.LIVE and rule.channels}
    counts = matched(settings, items)
    for rule in sorted(posting):
        where, found = f"rules.{rule}", counts[rule]
        if found > len(items) * MOST:
            said = f'The rule "{rule}" matches {found} of the newest {len(items)} articles: it tells nothing apart.'
            yield warning(
                Code.RULE_MATCHES_ALL, where, said, "Ask for more words: `watchlamp rules test QUERY` shows what it finds."
            )
        elif not found and len(items) >= ENOUGH_TO_MISS:
            said = f'The rule "{rule}" matches none of the newest {len(items)} articles.'
            remedy = "If you expect some, try its words with `watchlamp rules test QUERY`, or add sources that report of it."
            yield note(Code.RULE_SILENT, where, said, remedy)


def matched(settings: Settings, items: Iterable[Item]) -> Counter[str]:
    """How many of the articles each rule holds for."""
    engine: Any = compile_rules(settings)
    return Counter(match.rule_id for item in items for match in engine.match(item))
