"""A message as lines of plain text, and a delivery as the row that every verb prints. Pure.

Promises: the same message gives the same text at any width and without colour; what is said is what the message says;
every text went through ``escape`` first. The time zone tables are read by ``zoneinfo``; ``now`` comes in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bot.adapters.console.escape import plain, shown_host, shown_url
from bot.core.clock import format_instant
from bot.core.model import Action, Delivery, DeliveryState, DigestMessage, Message, StoryMessage

HEADLINE = 300
SENTENCE = 600
NAME = 80
NOTE = 500
"""Most code points of each part: our own limits, a terminal has none. A headline of 300 letters is three lines of a card."""
SENTENCES = 3
OUTLETS_NAMED = 3
MATCHES_NAMED = 6
RULES_NAMED = 5
STORIES_LISTED = 100
"""Most entries of each list; the rest is counted."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SEPARATOR = " · "
UNTITLED = "Untitled article"


class Role(StrEnum):
    """What a line is, so that a card can give it its look."""

    HEADLINE = "headline"
    LINK = "link"
    SENTENCE = "sentence"
    CONTEXT = "context"
    RULE = "rule"
    FOLLOWS = "follows"
    NOTE = "note"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message.

    Attributes:
        text: inert already.
        url: where a headline leads; inert already.
        matched: words to point out in the line; inert already.
    """

    role: Role
    text: str
    url: str | None = None
    matched: tuple[str, ...] = ()


def render_text(message: Message, action: Action, *, timezone: str, now: datetime) -> str:
    """The message as plain text, lines divided by newlines.

    Args:
        message: what to say.
        action: what the delivery does; an edit says that it is one.
        timezone: IANA name; times are told by its wall clock.
        now: the year is told where it is not this one's.
    """
    return "\n".join(line.text for line in lines(message, action, timezone=timezone, now=now))


def lines(message: Message, action: Action, *, timezone: str, now: datetime) -> tuple[Line, ...]:
    """The message line by line; the arguments are those of ``render_text``."""
    zone = ZoneInfo(timezone)
    body = _digest(message, zone, now) if isinstance(message, DigestMessage) else _story(message, zone, now)
    marks = []
    if action is Action.EDIT:
        marks.append(Line(Role.MARK, "Edited: this replaces the earlier message."))
    if message.repeated:
        marks.append(Line(Role.MARK, "Repeated: the first try got no answer, so this may be here twice."))
    return (*body, *marks)


def delivery_line(delivery: Delivery, *, at: datetime, timezone: str, state: DeliveryState | None = None) -> dict[str, Any]:
    """The row that is printed when a delivery reaches ``sent``, ``held``, ``skipped`` or ``dead`` (docs/commands.md).

    Args:
        delivery: the row.
        at: when it reached its state.
        timezone: of its channel.
        state: the state to print, if the row does not say it yet (in the act of sending).
    """
    text = None if delivery.message is None else render_text(delivery.message, delivery.action, timezone=timezone, now=at)
    return {
        "event": "delivery",
        "at": format_instant(at),
        "channel": delivery.channel_id,
        "action": str(delivery.action),
        "story_id": delivery.story_id,
        "story_ids": list(delivery.story_ids),
        "state": str(state or delivery.state),
        "reason": str(delivery.reason),
        "text": text,
    }


def say_moment(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """``Tue 10 March, 21:40`` by the wall clock of ``zone``, with the year where it is not this one's.

    Midnight in UTC to the second is how a bare date is stored: it is told as that date, without a time nobody stated.
    """
    if instant.astimezone(UTC).time() == time():
        return _day(instant.astimezone(UTC), now.astimezone(zone), weekday=True)
    local = instant.astimezone(zone)
    return f"{_day(local, now.astimezone(zone), weekday=True)}, {local:%H:%M}"


def _day(local: datetime, today: datetime, *, weekday: bool) -> str:
    year = "" if local.year == today.year else f" {local.year}"
    return f"{_DAYS[local.weekday()] + ' ' if weekday else ''}{local.day} {_MONTHS[local.month - 1]}{year}"


# ---------------------------------------------------------------- a story


def _story(message: StoryMessage, zone: ZoneInfo, now: datetime) -> list[Line]:
    url = shown_url(message.url)
    matched = tuple(found for word in message.matched if (found := plain(word, NAME)))
    told = []
    if message.pointer is not None:
        told.append(Line(Role.MARK, f"This story goes on as: {plain(message.pointer, HEADLINE) or UNTITLED}"))
    told.append(Line(Role.HEADLINE, plain(message.headline, HEADLINE) or UNTITLED, url=url, matched=matched))
    if url is not None:
        told.append(Line(Role.LINK, url, url=url))
    sentences = [plain(sentence, SENTENCE) for sentence in message.sentences[:SENTENCES]]
    told += [Line(Role.SENTENCE, sentence, matched=matched) for sentence in sentences if sentence]
    context = _context(message, zone, now)
    if context:
        told.append(Line(Role.CONTEXT, context))
    rule = _rule(message, matched)
    if rule:
        told.append(Line(Role.RULE, rule))
    if message.follows is not None:
        told.append(Line(Role.FOLLOWS, _follows(message.follows, zone, now)))
    told += [Line(Role.NOTE, f"Note: {note}") for text in message.notes if (note := plain(text, NOTE))]
    return told


def _context(message: StoryMessage, zone: ZoneInfo, now: datetime) -> str:
    """Who reported it, where, when, and how widely."""
    outlet = plain(message.outlet or "", NAME)
    parts = [outlet, shown_host(message.url) or ""]
    if message.published is not None:
        parts.append(say_moment(message.published, zone, now))
    parts.append(_also(message))
    return _SEPARATOR.join(part for part in parts if part)


def _also(message: StoryMessage) -> str:
    names = [name for outlet in message.also if (name := plain(outlet, NAME))]
    counts = []
    if message.independent > 1:
        counts.append(f"{message.independent} independent outlets")
    if message.copies:
        counts.append("1 copy" if message.copies == 1 else f"{message.copies} copies")
    named = f"also {_listed(names, OUTLETS_NAMED)}" if names else ""
    counted = f"({', '.join(counts)})" if counts else ""
    return " ".join(part for part in (named, counted) if part)


def _listed(names: Sequence[str], most: int) -> str:
    """``A``, ``A and B``, ``A, B and C``, ``A, B and 5 more``."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _rules(message: StoryMessage) -> str:
    names = [name for rule_id, title in message.rules if (name := plain(title, NAME) or plain(rule_id, NAME))]
    return _listed(names, RULES_NAMED) if names else ""


def _rule(message: StoryMessage, matched: Sequence[str]) -> str:
    rules = _rules(message)
    words = [f'"{word}"' for word in matched[:MATCHES_NAMED]]
    more = f" and {len(matched) - MATCHES_NAMED} more" if len(matched) > MATCHES_NAMED else ""
    parts = []
    if rules:
        parts.append(f"{'Rule' if len(message.rules) == 1 else 'Rules'}: {rules}")
    if words:
        parts.append(f"matched {', '.join(words)}{more}")
    return _SEPARATOR.join(parts)


def _follows(follows: tuple[str, datetime | None], zone: ZoneInfo, now: datetime) -> str:
    headline, published = follows
    day = "" if published is None else f" ({_day(published.astimezone(zone), now.astimezone(zone), weekday=False)})"
    return f"Follows: {plain(headline, HEADLINE) or UNTITLED}{day}"


# ---------------------------------------------------------------- several stories


def _digest(message: DigestMessage, zone: ZoneInfo, now: datetime) -> list[Line]:
    told = [Line(Role.HEADLINE, plain(message.title, HEADLINE))]
    for number, story in enumerate(message.stories[:STORIES_LISTED], start=1):
        told += _entry(number, story, zone, now)
    unlisted = len(message.stories) - STORIES_LISTED
    if unlisted > 0:
        told.append(Line(Role.NOTE, f"and {unlisted} more"))
    note = plain(message.note, NOTE)
    if note:
        told.append(Line(Role.NOTE, note))
    return told


def _entry(number: int, story: StoryMessage, zone: ZoneInfo, now: datetime) -> list[Line]:
    width = f"{story.independent} outlets" if story.independent > 1 else plain(story.outlet or "", NAME)
    when = "" if story.published is None else say_moment(story.published, zone, now)
    parts = [plain(story.headline, HEADLINE) or UNTITLED, width, when, _rules(story)]
    url = shown_url(story.url)
    told = [Line(Role.SENTENCE, f"{number}. {_SEPARATOR.join(part for part in parts if part)}", url=url)]
    if url is not None:
        told.append(Line(Role.LINK, f"   {url}", url=url))
    return told
