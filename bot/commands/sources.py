"""``sources``: what is read, how each source does, what it brought lately.

Promises: what is in trouble comes first, with what to do. Never shows an address, nor, outside the terminal, the name and the
trouble of a source that has a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Values
from bot.commands.desk import Desk, View
from bot.commands.moments import at, moment, span
from bot.commands.reply import Reply, Section
from bot.core.declared import shown
from bot.core.health import Health
from bot.core.records import SourceConfig, SourceState
from bot.service.sourcehealth import Condition, condition

LATELY = timedelta(days=7)
"""Items of so long a time are counted for each source."""

TROUBLED = 15
"""Sources in trouble that are told one by one; the rest is counted."""

LISTED = 40
"""Sources listed in a chat: what is read there without scrolling for long. The terminal lists all."""

WELL = frozenset((Health.OK, Health.NEW))


@dataclass(frozen=True, slots=True)
class Told:
    """How one source does, in words.

    Attributes:
        condition: its health, with what to do.
        read: when it was read last and is next: ``read 5 minutes ago, next at 21:40``.
        brought: what it brought lately: ``14 entries in 7 days``.
    """

    condition: Condition
    read: str
    brought: str


def in_words(state: SourceState | None, items: int, *, zone: ZoneInfo, now: datetime) -> Told:
    """How a source does; the one place where a source's state becomes words.

    Args:
        state: what is remembered of it, None if it is not known yet.
        items: that it brought in the last ``LATELY``.
        zone: whose wall clock tells times.
        now: the present instant.
    """
    brought = f"{items:,} {'entry' if items == 1 else 'entries'} in {LATELY.days} days"
    if state is None:
        return Told(condition(None, now), "not read yet", brought)
    worked, due = state.last_success_at, state.next_due_at
    read = "never read" if worked is None else f"read {span(now - worked)} ago"
    if worked is None and state.last_polled_at is None:
        read = "not read yet"
    if state.failures:
        read += ", the last try failed" if state.failures == 1 else f", the last {state.failures} tries failed"
    if due is not None:
        read += ", due now" if due <= now else f", next {at(due, zone, now)}"
    return Told(condition(state, now), read, brought)


async def run(desk: Desk, ask: Ask, _: Values) -> Reply:
    """Answer ``sources``."""
    view = desk.view(ask)
    if view.unbound:
        return view.unbound
    if not view.sources:
        told = "watchlamp sources test LINK finds what can be read behind any link." if view.terminal else "The operator adds them."
        return Reply("No source is configured.", (Section(text=told),))
    states = await desk.store.source_states()
    counts = await desk.store.items_by_source(view.now - LATELY)
    rows = [
        (config, in_words(states.get(config.id), counts.get(config.id, 0), zone=view.zone, now=view.now), counts.get(config.id, 0))
        for config in view.sources
    ]
    troubled = [(config, told) for config, told, _ in rows if told.condition.health not in WELL]
    rows.sort(key=lambda row: (-row[2], row[0].id))
    most = len(rows) if view.terminal else LISTED
    fields = tuple((_name(config, view), f"{told.brought}; {told.read}") for config, told, _ in rows[:most])
    sections = [Section("Trouble", text="\n".join(_troubles(troubled, view)))] if troubled else []
    sections.append(Section("All of them" if troubled else "", fields=fields))
    if len(rows) > most:
        sections.append(Section(text=f"{len(rows) - most} more brought less. The operator sees all: watchlamp sources list."))
    failed = sum(1 for state in map(states.get, (config.id for config in view.sources)) if state is not None and state.failures)
    return Reply(_title(len(rows), len(troubled), failed), tuple(sections))


def _title(number: int, troubled: int, failed: int) -> str:
    sources = "1 source" if number == 1 else f"{number:,} sources"
    if troubled:
        return f"{sources}, {troubled:,} to look at"
    if failed:  # once alone is the network's weather, and yet not well
        return f"{sources}, of which {failed:,} failed at the last try"
    return f"{sources}, {'and it does' if number == 1 else 'all of them do'} well"


def _troubles(rows: Sequence[tuple[SourceConfig, Told]], view: View) -> list[str]:
    told = [_trouble(config, words.condition, view) for config, words in rows[:TROUBLED]]
    return told if len(rows) <= TROUBLED else [*told, f"{len(rows) - TROUBLED} more have trouble."]


def _trouble(config: SourceConfig, found: Condition, view: View) -> str:
    since = f" since {moment(found.since, view.zone, view.now)}" if found.since is not None else ""
    word = str(found.health).replace("_", " ")
    if config.id in view.private:
        return f"A private source is {word}{since}. The operator sees which and why."
    why = f" {found.sentence.rstrip('.')}." if found.sentence else ""
    return f"{shown(config.id)} is {word}{since}.{why} {found.advice}".rstrip()


def _name(config: SourceConfig, view: View) -> str:
    return "a private source" if config.id in view.private else shown(config.id)


COMMAND = Command(
    name="sources",
    group="The bot",
    role=Role.VIEWER,
    summary="What is read, and how each source does",
    help=(
        "Lists the sources, those that bring most first: how much each brought in the last seven days, when it was read, and when "
        "it is next. Above them stands what is in trouble, since when, and what to do."
    ),
    examples=("sources",),
    run=run,
)
