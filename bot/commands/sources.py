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
from bot.core.sources import SourceConfig, SourceState
from bot.core.spoken import later, tr, trn
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
    brought = trn("{count:,} entry in {days} days", "{count:,} entries in {days} days", items, days=LATELY.days)
    if state is None:
        return Told(condition(None, now), tr("not read yet"), brought)
    worked, due = state.last_success_at, state.next_due_at
    read = tr("never read") if worked is None else tr("read {span} ago", span=span(now - worked))
    if worked is None and state.last_polled_at is None:
        read = tr("not read yet")
    if state.failures:
        read += trn(", the last try failed", ", the last {count} tries failed", state.failures)
    if due is not None:
        read += tr(", due now") if due <= now else tr(", next {moment}", moment=at(due, zone, now))
    return Told(condition(state, now), read, brought)


async def run(desk: Desk, ask: Ask, _: Values) -> Reply:
    """Answer ``sources``."""
    view = desk.view(ask)
    if view.unbound:
        return view.unbound
    if not view.sources:
        told = (
            tr("watchlamp sources test LINK finds what can be read behind any link.")
            if view.terminal
            else tr("The operator adds them.")
        )
        return Reply(tr("No source is configured."), (Section(text=told),))
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
    sections = [Section(tr("Trouble"), text="\n".join(_troubles(troubled, view)))] if troubled else []
    sections.append(Section(tr("All of them") if troubled else "", fields=fields))
    if len(rows) > most:
        sections.append(
            Section(text=tr("{number} more brought less. The operator sees all: watchlamp sources list.", number=len(rows) - most))
        )
    failed = sum(1 for state in map(states.get, (config.id for config in view.sources)) if state is not None and state.failures)
    return Reply(_title(len(rows), len(troubled), failed), tuple(sections))


def _title(number: int, troubled: int, failed: int) -> str:
    sources = trn("{count} source", "{count:,} sources", number)
    if troubled:
        return tr("{sources}, {troubled:,} to look at", sources=sources, troubled=troubled)
    if failed:  # once alone is the network's weather, and yet not well
        return tr("{sources}, of which {failed:,} failed at the last try", sources=sources, failed=failed)
    return trn("{sources}, and it does well", "{sources}, all of them do well", number, sources=sources)


def _troubles(rows: Sequence[tuple[SourceConfig, Told]], view: View) -> list[str]:
    told = [_trouble(config, words.condition, view) for config, words in rows[:TROUBLED]]
    return told if len(rows) <= TROUBLED else [*told, tr("{number} more have trouble.", number=len(rows) - TROUBLED)]


def _trouble(config: SourceConfig, found: Condition, view: View) -> str:
    since = tr(" since {moment}", moment=moment(found.since, view.zone, view.now)) if found.since is not None else ""
    word = str(found.health).replace("_", " ")
    if config.id in view.private:
        return tr("A private source is {word}{since}. The operator sees which and why.", word=word, since=since)
    why = f" {found.sentence.rstrip('.')}." if found.sentence else ""
    return f"{shown(config.id)} is {word}{since}.{why} {found.advice}".rstrip()


def _name(config: SourceConfig, view: View) -> str:
    return tr("a private source") if config.id in view.private else shown(config.id)


COMMAND = Command(
    name="sources",
    group=later("The bot"),
    role=Role.VIEWER,
    summary=later("What is read, and how each source does"),
    help=(
        later(
            "Lists the sources, those that bring most first: how much each brought in the last seven days, when it was "
            "read, and when "
            "it is next. Above them stands what is in trouble, since when, and what to do."
        )
    ),
    examples=("sources",),
    run=run,
)
