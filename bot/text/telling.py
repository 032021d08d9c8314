"""The parts of a message that every face tells alike: who, when, how wide, why here, what it follows. Pure.

Promises: the same words on every platform. How a text is made inert and how much room it has is the adapter's: each
function takes ``say``, which turns any text and the most characters it may take into text that may be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from bot.core.messages import StoryMessage
from bot.core.spoken import later, tr, trn

Say = Callable[[str, int], str]
"""A text and its room -> what may be shown of it; empty if nothing is left."""

HEADLINE = 300
NAME = 80
OUTLETS_NAMED = 3
MATCHES_NAMED = 4
RULES_NAMED = 5
"""Most characters of each part and most entries of each list; the rest is counted. Ours: what a phone shows without scrolling,
and what ``why`` tells in full."""

NOTICE_LINE = 400
NOTICE_LINES = 20
"""Room of a notice: a sentence or two for each matter, so many matters; the rest is counted."""

SEPARATOR = " · "
UNTITLED = later("Untitled article")
REPEATED = later("Repeated: the first try got no answer, so this may be here twice.")
WITHDRAWN = later("Withdrawn")
UPDATED = later("Update: the message above cannot be edited any more, so this is how it reads now.")
"""Texts of every face, to be said with ``tr``."""

_UNBROKEN = "\u00a0"
_DAYS = (later("Mon"), later("Tue"), later("Wed"), later("Thu"), later("Fri"), later("Sat"), later("Sun"))
_MONTHS = (
    later("January"), later("February"), later("March"), later("April"), later("May"), later("June"), later("July"),
    later("August"), later("September"), later("October"), later("November"), later("December"),
)  # fmt: skip


def say_moment(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """``Tue 10 March, 21:40`` by the wall clock of ``zone``, with the year where it is not this one's.

    Midnight in UTC to the second is how a bare date is stored: it is told as that date, without a time nobody stated.
    """
    if instant.astimezone(UTC).time() == time():
        return say_day(instant.astimezone(UTC), now.astimezone(zone), weekday=True)
    local = instant.astimezone(zone)
    return tr("{day}, {time}", day=say_day(local, now.astimezone(zone), weekday=True), time=f"{local:%H:%M}")


def say_when(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """``say_moment`` with the name of the clock: ``Tue 10 March, 21:40 CET``; a bare date has none.

    Zones without letters of their own are told by their distance: ``UTC-03``.
    """
    told = say_moment(instant, zone, now)
    if instant.astimezone(UTC).time() == time():
        return told
    name = str(instant.astimezone(zone).tzname())
    return f"{told} {name if name.isalpha() else f'UTC{name}'}"


def say_day(local: datetime, today: datetime, *, weekday: bool) -> str:
    """``Tue 10 March`` or ``10 March``; both instants are in the zone of who reads."""
    month = tr(_MONTHS[local.month - 1])
    if local.year == today.year:
        told = tr("{day} {month}", day=local.day, month=month)
    else:
        told = tr("{day} {month} {year}", day=local.day, month=month, year=local.year)
    return tr("{weekday} {date}", weekday=tr(_DAYS[local.weekday()]), date=told) if weekday else told


def listed(names: Sequence[str], most: int) -> str:
    """``A``, ``A and B``, ``A, B and C``, ``A, B and 5 more``; at least one name."""
    if len(names) > most:
        return tr("{names} and {count} more", names=", ".join(names[: most - 1]), count=len(names) - most + 1)
    return names[0] if len(names) == 1 else tr("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])


def who_and_when(message: StoryMessage, say: Say, *, where: str, zone: ZoneInfo, now: datetime, narrow: bool = False) -> list[str]:
    """``Harbour Ledger``, its host, ``Tue 10 March, 21:40 CET``, how widely: those that are known, none of them twice.

    Args:
        message: the story.
        say: as in the rest of this module.
        where: the true host of the link as it may be shown, or empty.
        zone: whose clock tells the time.
        now: the year is told where it is not this one's.
        narrow: it may be read on a phone, whose edge must not tear a date or a count apart.
    """
    outlet = say(message.outlet or "", NAME)
    named = outlet.casefold()
    parts = ["" if where and f".{where}".endswith(f".{named}") else outlet, where]
    if message.published is not None:
        moment = say_when(message.published, zone, now)
        parts.append(moment.replace(" ", _UNBROKEN) if narrow else moment)
    return [part for part in (*parts, how_wide(message, say, narrow=narrow)) if part]


def entry(headline: str, story: StoryMessage, say: Say, *, zone: ZoneInfo, now: datetime, where: str = "") -> str:
    """A story as one line of a list: its headline as it is shown, how widely or by whom, host, when, which rules."""
    breadth = (
        trn("{count} outlet", "{count} outlets", story.independent) if story.independent > 1 else say(story.outlet or "", NAME)
    )
    when = "" if story.published is None else say_moment(story.published, zone, now)
    return SEPARATOR.join(part for part in (headline, breadth, where, when, which_rules(story, say)) if part)


def how_wide(message: StoryMessage, say: Say, *, narrow: bool = False) -> str:
    """``also State Radio and The Courier (3 independent outlets, 1 copy)``, or nothing; ``narrow`` as in ``who_and_when``."""
    names = [name for outlet in message.also if (name := say(outlet, NAME))]
    counts = []
    if message.independent > 1:
        counts.append(trn("{count} independent outlet", "{count} independent outlets", message.independent))
    if message.copies:
        counts.append(trn("{count} copy", "{count} copies", message.copies))
    counts = [count.replace(" ", _UNBROKEN) for count in counts] if narrow else counts
    named = tr("also {names}", names=listed(names, OUTLETS_NAMED)) if names else ""
    counted = f"({', '.join(counts)})" if counts else ""
    return " ".join(part for part in (named, counted) if part)


def which_rules(message: StoryMessage, say: Say) -> str:
    """The rules by their titles, by their ids where they have none."""
    names = [name for rule_id, title in message.rules if (name := say(title, NAME) or say(rule_id, NAME))]
    return listed(names, RULES_NAMED) if names else ""


def why_here(message: StoryMessage, say: Say) -> str:
    """``Rule: plate readers · matched "licence-plate reader"``, or nothing."""
    rules = which_rules(message, say)
    named = trn("Rule: {rules}", "Rules: {rules}", len(message.rules), rules=rules) if rules else ""
    return SEPARATOR.join(part for part in (named, which_words(message, say)) if part)


def which_words(message: StoryMessage, say: Say) -> str:
    """``matched "licence-plate reader", "council" and 3 more``, or nothing."""
    words = [f'"{word}"' for text in message.matched if (word := say(text, NAME))]
    if not words:
        return ""
    named = ", ".join(words[:MATCHES_NAMED])
    if len(words) > MATCHES_NAMED:
        return tr("matched {words} and {count} more", words=named, count=len(words) - MATCHES_NAMED)
    return tr("matched {words}", words=named)


def what_it_follows(message: StoryMessage, say: Say, zone: ZoneInfo, now: datetime) -> str:
    """``Follows: Harbour City delays camera vote (24 February)``, or nothing."""
    if message.follows is None:
        return ""
    headline, published = message.follows
    day = "" if published is None else f" ({say_day(published.astimezone(zone), now.astimezone(zone), weekday=False)})"
    return tr("Follows: {headline}", headline=f"{say(headline, HEADLINE) or tr(UNTITLED)}{day}")


def in_one_line(message: StoryMessage, say: Say, most: int, *, width: Callable[[str], int] = len, update: bool = False) -> str:
    """What a locked phone shows and a screen reader reads first: ``Headline (Outlet and 2 more). Rule: plate readers``.

    The headline gives way, never the rest.

    Args:
        message: the story.
        say: as in the rest of this module; it must keep to its limit.
        most: most characters of the line; at least 120.
        width: how the platform counts characters.
        update: it stands in a thread in place of an edit.
    """
    before = tr("Update: ") if update else tr("Repeated: ") if message.repeated else ""
    before = f"{tr(WITHDRAWN)}: " if message.withdrawn else before
    before = tr("This story goes on as: ") if message.pointer is not None else before
    outlet = say(message.outlet or "", 30)
    count = message.independent - 1
    others = tr("{outlet} and {count} more", outlet=outlet, count=count) if count > 0 else outlet
    after = f" ({others})" if outlet else ""
    rules = [name for rule_id, title in message.rules[:1] if (name := say(title, 30) or say(rule_id, 30))]
    if rules:
        more = len(message.rules) - 1
        named = tr("{name} and {count} more", name=rules[0], count=more) if more else rules[0]
        after += f". {trn('Rule: {rules}', 'Rules: {rules}', 1, rules=named)}"
    told = message.headline if message.pointer is None else message.pointer
    return f"{before}{say(told, most - width(before + after)) or tr(UNTITLED)}{after}"
