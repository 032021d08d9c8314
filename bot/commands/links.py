"""How an answer leads to an article, and how it names a day: the same in every answer. Pure."""

from __future__ import annotations

from datetime import date, datetime, time

from bot.commands.desk import View
from bot.commands.reply import Link
from bot.core.model import Commitment, Item, Precision
from bot.core.spoken import tr
from bot.text.telling import say_day
from bot.text.urls import host


def read_at(url: str | None) -> tuple[Link, ...]:
    """A link that is named by its true host; nothing where an article states no address."""
    name = host(url) if url else None
    return (Link(tr("Read it at {name}", name=name), url),) if url and name else ()


def first_seen_or_dated(item: Item) -> datetime:
    """When an article was published, or, if that is not known, first seen."""
    return item.date_published or item.first_seen


def day_in(view: View, day: date, *, weekday: bool = True) -> str:
    """``Tue 30 June``, with the year where it is not this one's, by the wall clock of who asks."""
    midnight = datetime.combine(day, time(), tzinfo=view.zone)
    return say_day(midnight, view.now.astimezone(view.zone), weekday=weekday)


def falls_due(view: View, one: Commitment) -> str:
    """When a commitment falls due: ``Tue 30 June``, or ``About 30 June`` where only that is known."""
    exact = one.precision is Precision.DAY
    return f"{'' if exact else 'About '}{day_in(view, date.fromisoformat(one.date), weekday=exact)}"
