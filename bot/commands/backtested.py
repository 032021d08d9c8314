"""What a rule would have found, as part of an answer: a bar a week, samples, near misses, what changes. Pure.

Promises: every headline is shown as a link to its article where it has an address; nothing is counted that was not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.commands.asking import Ask
from bot.commands.clauses import unnamed
from bot.commands.desk import View
from bot.commands.links import first_seen_or_dated
from bot.commands.reply import Link, Section
from bot.core.clock import Clock
from bot.core.model import Item
from bot.core.spoken import tr, trn
from bot.service.backtest import Difference, Report, Week
from bot.text.inert import plain
from bot.text.telling import UNTITLED, say_day

BAR = 20
"""Widest bar: with its date and figure it fits a phone's monospaced line of some 34 letters."""
WEEKS = 9
SAMPLE = 5
NEAR = 3
CHANGES = 3
HEADLINE = 120


PATIENCE = 3.0
"""Seconds after which a person is told how far it is, and again after as many: what one waits for without a word."""


class Progress:
    """Tells who waits how far a backtest is.

    Args:
        ask: whose.
        clock: measures the wait.
    """

    def __init__(self, ask: Ask, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._told = clock.monotonic()

    def __call__(self, done: int, of: int) -> None:
        """So many articles of so many were looked at; a share is told, for how many there are concerns nobody else."""
        if self._clock.monotonic() - self._told >= PATIENCE:
            self._told = self._clock.monotonic()
            self._ask.tell(tr("Looking at past articles: {number} %.", number=done * 100 // max(of, 1)))


def title(name: str, report: Report, since: timedelta) -> str:
    """``cameras: 12 stories in 30 days``."""
    number = len(report.hits) if report.stories is None else report.stories
    if report.stories is None:
        found = trn("{count:,} article", "{count:,} articles", number)
    else:
        found = trn("{count:,} story", "{count:,} stories", number)
    return tr("{name}: {found} in {days} days", name=name, found=found, days=since.days)


def sections(report: Report, view: View) -> tuple[Section, ...]:
    """The chart, samples, near misses and what changes."""
    found = []
    if report.weeks:
        counted = tr("Articles") if report.weeks[0].stories is None else tr("Stories")
        found.append(Section(tr("{counted} a week", counted=counted), code=_chart(report.weeks)))
    samples = report.sample(SAMPLE)
    if samples:
        found.append(Section(tr("Newest of them"), links=tuple(_link(hit.item, view) for hit in samples)))
    else:
        found.append(
            Section(text=tr("Nothing of the archive matches. That is no mistake: the archive may hold nothing of the kind yet."))
        )
    if report.difference is not None:
        found += _difference(report.difference, view)
    near = report.near_sample(NEAR)
    if near:
        lines = [f"{_headline(miss.item)}: {plain(unnamed(miss.why, miss.item, view), 300)}" for miss in near]
        found.append(Section(tr("Near misses"), text="\n".join(lines)))
    return tuple(found)


def _chart(weeks: Sequence[Week]) -> str:
    shown = weeks[-WEEKS:]
    numbers = [week.items if week.stories is None else week.stories for week in shown]
    longest = max(1, *numbers)
    lines = []
    for week, number in zip(shown, numbers, strict=True):
        bar = "█" * -(-number * BAR // longest)
        lines.append(f"{week.monday:%d %b} {bar}{' ' if bar else ''}{number}")
    return "\n".join(lines)


def _difference(found: Difference, view: View) -> list[Section]:
    said = tr(
        "{count} articles more, {count2} fewer, {same} the same.", count=len(found.gained), count2=len(found.lost), same=found.same
    )
    parts = [Section(tr("Against the rule as it is"), text=said)]
    for heading, hits in ((tr("Found from now on"), found.gained), (tr("Not found any more"), found.lost)):
        if hits:
            parts.append(Section(heading, links=tuple(_link(hit.item, view) for hit in hits[:CHANGES])))
    return parts


def _link(item: Item, view: View) -> Link:
    day = say_day(first_seen_or_dated(item).astimezone(view.zone), view.now.astimezone(view.zone), weekday=False)
    return Link(f"{_headline(item)} ({item.outlet or tr('unknown outlet')}, {day})", item.url or "")


def _headline(item: Item) -> str:
    return plain(item.title, HEADLINE) or tr(UNTITLED)
