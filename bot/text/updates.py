"""News of a story that was told already, and reminders, in the words that every face shows. Pure.

Promises: the same words on every platform; quotations, headlines and names are a source's own, everything else is ours. How a
text is made inert and how much room it has is the adapter's (``say``, as in ``bot.text.telling``). Never says more than the
message does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.core.messages import ReminderMessage, Update, UpdateMessage
from bot.core.model import Precision
from bot.core.spoken import later, tr
from bot.text import telling
from bot.text.telling import HEADLINE, NAME, SEPARATOR, UNTITLED, Say

SENTENCE = 600
"""Most characters of a quoted sentence, as in the message itself."""
SENTENCES = 2

HEADINGS: Mapping[Update, str] = MappingProxyType(
    {
        Update.DEVELOPMENT: later("New in this story"),
        Update.REPORT: later("Another report"),
        Update.HEADLINE: later("The headline was changed"),
        Update.CORRECTION: later("Correction"),
        Update.COMMITMENT: later("A date to remember"),
        Update.TEXT: telling.UPDATED,
    }
)
"""What a reply is about, in a few words that stand before it."""

_DUE: Mapping[str, str] = MappingProxyType(
    {
        "expiry": later("it ends"),
        "contract_end": later("the contract ends"),
        "vote": later("a vote or decision is due"),
        "court": later("a court is due to act"),
        "deadline": later("the deadline"),
        "review": later("it is looked at again"),
        "effective": later("it takes effect"),
        "report": later("a report is due"),
        "promise": later("it is promised for then"),
    }
)
"""What happens on the day of a commitment, by ``bot.stories.promise_words.Kind``; a test holds the two together."""


def heading(message: UpdateMessage | ReminderMessage) -> str:
    """``New in this story``, ``Reminder``: a few words of ours."""
    return tr(HEADINGS[message.update]) if isinstance(message, UpdateMessage) else tr("Reminder")


def what_is_due(date: str, precision: Precision, kind: str, today: datetime) -> str:
    """``10 June 2021 (approximate): a vote or decision is due``.

    Args:
        date: YYYY-MM-DD.
        precision: how exact it is.
        kind: what happens; one that is not known here is left out.
        today: the year is told where it is not this one's.
    """
    day = telling.say_day(datetime.fromisoformat(date), today, weekday=precision is Precision.DAY)
    about = tr("about {day}", day=day) if precision is Precision.APPROXIMATE else day
    return f"{about}: {tr(_DUE[kind])}" if kind in _DUE else about


def sentences(message: UpdateMessage | ReminderMessage, say: Say, *, now: datetime, zone: ZoneInfo) -> list[str]:
    """The lines under the headline: what changed or falls due, then what the source says, word for word."""
    today = now.astimezone(zone)
    told = [what_is_due(message.date, message.precision, message.commitment, today)] if message.date else []
    told = [line[:1].upper() + line[1:] for line in told]
    if isinstance(message, ReminderMessage):
        quoted = [message.sentence]
        note = say(message.note, SENTENCE)
        told += [tr("Note: {note}", note=note)] if note else []
    else:
        quoted = list(message.sentences[:SENTENCES])
        before = say(message.before, HEADLINE)
        told += [tr("Before: {headline}", headline=before)] if before else []
    marks = ('"', '"') if message.date else ("", "")
    return [*told, *(f"{marks[0]}{text}{marks[1]}" for sentence in quoted if (text := say(sentence, SENTENCE)))]


def who_and_when(
    message: UpdateMessage | ReminderMessage, say: Say, *, where: str, zone: ZoneInfo, now: datetime, narrow: bool = False
) -> str:
    """``Harbour Ledger · harbourledger.example · Tue 10 March, 21:40 CET``: what is known of it, in one line.

    Args:
        message: what is told.
        say: as in ``bot.text.telling``.
        where: the true host of the link as it may be shown, or empty.
        zone: whose clock tells the time.
        now: the year is told where it is not this one's.
        narrow: it may be read on a phone, whose edge must not tear a date apart.
    """
    said = message.published if isinstance(message, UpdateMessage) else message.said
    outlet = say(message.outlet or "", NAME)
    named = "" if where and f".{where}".endswith(f".{outlet.casefold()}") else outlet
    moment = "" if said is None else telling.say_when(said, zone, now)
    parts = [named, where, moment.replace(" ", "\u00a0") if narrow else moment]
    if isinstance(message, ReminderMessage) and message.asked is not None:
        day = telling.say_day(message.asked.astimezone(zone), now.astimezone(zone), weekday=False)
        parts.append(tr("asked for on {day}", day=day))
    return SEPARATOR.join(part for part in parts if part)


def in_one_line(message: UpdateMessage | ReminderMessage, say: Say, most: int) -> str:
    """What a locked phone shows and a screen reader reads first: ``Correction: Harbour City delays camera vote``."""
    before = f"{tr('Repeated: ') if message.repeated else ''}{heading(message).rstrip('.')}: "
    return f"{before}{say(message.headline, most - len(before)) or tr(UNTITLED)}"
