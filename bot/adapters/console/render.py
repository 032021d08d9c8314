"""A message as lines of plain text, and a delivery as the row that every verb prints. Pure.

Promises: the same message gives the same text at any width and without colour; what is said is what the message says;
every text went through ``escape`` first. The time zone tables are read by ``zoneinfo``; ``now`` comes in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bot.adapters.console.escape import plain, shown_host, shown_url
from bot.core.clock import format_instant
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import DigestMessage, Message, NoticeMessage, ReminderMessage, StoryMessage, UpdateMessage
from bot.core.spoken import tr
from bot.text import telling, updates
from bot.text.telling import HEADLINE, NAME, NOTICE_LINE, NOTICE_LINES, UNTITLED

SENTENCE = 600
NOTE = 500
"""Most code points of each part: our own limits, a terminal has none."""
SENTENCES = 3
STORIES_LISTED = 100
"""Most entries of each list; the rest is counted."""


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
    match message:
        case StoryMessage():
            body = _story(message, zone, now)
        case DigestMessage():
            body = _digest(message, zone, now)
        case NoticeMessage():
            body = _notice(message)
        case UpdateMessage() | ReminderMessage():
            body = _update(message, zone, now)
    marks = []
    if action is Action.EDIT:
        marks.append(Line(Role.MARK, tr("Edited: this replaces the earlier message.")))
    if message.repeated:
        marks.append(Line(Role.MARK, tr(telling.REPEATED)))
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


# ---------------------------------------------------------------- a story


def _story(message: StoryMessage, zone: ZoneInfo, now: datetime) -> list[Line]:
    url = shown_url(message.url)
    matched = tuple(found for word in message.matched if (found := plain(word, NAME)))
    told = []
    if message.withdrawn:
        told.append(Line(Role.MARK, f"{tr(telling.WITHDRAWN)}: {plain(message.withdrawn, NOTE)}"))
    if message.pointer is not None:
        told.append(Line(Role.MARK, tr("This story goes on as: ") + (plain(message.pointer, HEADLINE) or tr(UNTITLED))))
    told.append(Line(Role.HEADLINE, plain(message.headline, HEADLINE) or tr(UNTITLED), url=url, matched=matched))
    if url is not None:
        told.append(Line(Role.LINK, url, url=url))
    sentences = [plain(sentence, SENTENCE) for sentence in message.sentences[:SENTENCES]]
    told += [Line(Role.SENTENCE, sentence, matched=matched) for sentence in sentences if sentence]
    context = telling.SEPARATOR.join(telling.who_and_when(message, plain, where=shown_host(message.url) or "", zone=zone, now=now))
    rule, follows = telling.why_here(message, plain), telling.what_it_follows(message, plain, zone, now)
    below = ((Role.CONTEXT, context), (Role.RULE, rule), (Role.FOLLOWS, follows))
    told += [Line(role, text) for role, text in below if text]
    told += [Line(Role.NOTE, tr("Note: {note}", note=note)) for text in message.notes if (note := plain(tr(text), NOTE))]
    return told


def _update(message: UpdateMessage | ReminderMessage, zone: ZoneInfo, now: datetime) -> list[Line]:
    url = shown_url(message.url)
    told = [
        Line(Role.MARK, updates.heading(message)),
        Line(Role.HEADLINE, plain(message.headline, HEADLINE) or tr(UNTITLED), url=url),
    ]
    if url is not None:
        told.append(Line(Role.LINK, url, url=url))
    told += [Line(Role.SENTENCE, line) for line in updates.sentences(message, plain, now=now, zone=zone)]
    small = updates.who_and_when(message, plain, where=shown_host(message.url) or "", zone=zone, now=now)
    return [*told, *([Line(Role.CONTEXT, small)] if small else [])]


# ---------------------------------------------------------------- several stories


def _digest(message: DigestMessage, zone: ZoneInfo, now: datetime) -> list[Line]:
    told = [Line(Role.HEADLINE, plain(message.title, HEADLINE))]
    for number, story in enumerate(message.stories[:STORIES_LISTED], start=1):
        told += _entry(number, story, zone, now)
    unlisted = len(message.stories) - STORIES_LISTED
    if unlisted > 0:
        told.append(Line(Role.NOTE, tr("and {count} more", count=unlisted)))
    note = plain(message.note, NOTE)
    if note:
        told.append(Line(Role.NOTE, note))
    return told


def _entry(number: int, story: StoryMessage, zone: ZoneInfo, now: datetime) -> list[Line]:
    url = shown_url(story.url)
    line = telling.entry(plain(story.headline, HEADLINE) or tr(UNTITLED), story, plain, zone=zone, now=now)
    told = [Line(Role.SENTENCE, f"{number}. {line}", url=url)]
    if url is not None:
        told.append(Line(Role.LINK, f"   {url}", url=url))
    return told


# ---------------------------------------------------------------- about the bot itself


def _notice(message: NoticeMessage) -> list[Line]:
    told = [Line(Role.HEADLINE, plain(message.title, HEADLINE))]
    told += [Line(Role.SENTENCE, line) for text in message.lines[:NOTICE_LINES] if (line := plain(text, NOTICE_LINE))]
    unlisted = len(message.lines) - NOTICE_LINES
    return [*told, Line(Role.NOTE, tr("and {count} more", count=unlisted))] if unlisted > 0 else told
