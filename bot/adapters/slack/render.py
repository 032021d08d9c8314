"""A message as Slack's Block Kit. Pure.

Promises: what is said is what the message says; every text went through ``escape`` first; the whole message is within
Slack's limits; an edit's payload is a whole message, never a difference; the top-level text says the same in one line to a
locked phone and a screen reader. Only blocks that every client shows: section, context, actions, divider. Buttons are
only those that a command answers. Nobody is called but whom the channel's settings name, by a first post alone. Times are
told by the channel's own clock, so that everybody in it reads the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.adapters.slack.escape import escaped, label, link_host, linked, mrkdwn, width
from bot.adapters.slack.limits import (
    BUTTON_TEXT,
    CONTEXT_TEXT,
    ENTRIES_A_SECTION,
    NOTE,
    NOTES,
    NOTIFICATION,
    SECTION_TEXT,
    SENTENCE,
    SENTENCES,
    STORIES_LISTED,
    TOTAL_TEXT,
)
from bot.core.deliveries import Action
from bot.core.messages import DigestMessage, Message, NoticeMessage, ReminderMessage, StoryMessage, UpdateMessage
from bot.core.model import ChannelSettings, Level
from bot.core.spoken import tr
from bot.text import telling, updates
from bot.text.actions import Pressable, pressables
from bot.text.inert import plain, shown_host
from bot.text.telling import HEADLINE, NAME, NOTICE_LINE, NOTICE_LINES, SEPARATOR, UNTITLED

WHY = "why"
"""``action_id`` of the button that asks for the reason. Its value is what it asks; in messages of older versions the story's id."""
ASK = "ask."
"""Begin of the ``action_id`` of every other button that asks something; its value is what it asks."""
CALLED_AT_ONCE = 10
"""Most that a post calls."""

_CALLED = {"here": "<!here>", "channel": "<!channel>"}
_MEMBER = re.compile(r"(group|user):([A-Z0-9]{2,20})")
_LEVELS = tuple(Level)

Block = dict[str, Any]


def message_payload(
    message: Message,
    action: Action,
    *,
    timezone: str,
    now: datetime,
    number: str = "",
    update: bool = False,
    commands: Collection[str] = (),
    settings: ChannelSettings | None = None,
) -> dict[str, Any]:
    """The message as arguments of ``chat.postMessage`` and ``chat.update``: ``text``, ``blocks`` and no previews.

    Args:
        message: what to say.
        action: what the delivery does; a reply and an edit say the same words as a post.
        timezone: IANA name; times are told by its wall clock.
        now: the year is told where it is not this one's.
        number: the delivery's, told where the message may be here twice.
        update: it stands in the thread of a message that cannot be edited any more, and says so.
        commands: names of the commands that are answered: buttons ask nothing else.
        settings: of the channel, for whom a post calls; None: nobody.
    """
    zone = ZoneInfo(timezone)
    marks = _marks(message, number)
    first = [context(tr(telling.UPDATED))] if update else []
    match message:
        case StoryMessage():
            blocks = _story(message, zone, now, marks)
            text = telling.in_one_line(message, mrkdwn, NOTIFICATION - 1, width=width, update=update)
        case DigestMessage():
            blocks = _digest(message, zone, now, marks)
            text = _titled(message, tr("Digest"))
        case NoticeMessage():
            blocks = _notice(message, marks)
            text = _titled(message, tr("Notice"))
        case UpdateMessage() | ReminderMessage():
            blocks = _update(message, zone, now, marks)
            text = updates.in_one_line(message, mrkdwn, NOTIFICATION - 1)
    called = _called(message, action, settings)
    tail = [section(called)] if called else []
    offered = () if isinstance(message, StoryMessage) and action is Action.REPLY else pressables(message, commands)
    if offered:
        tail.append({"type": "actions", "elements": [_button(one) for one in offered]})
    return {"text": text, "blocks": [*first, *blocks, *tail], "unfurl_links": False, "unfurl_media": False}


def section(text: str) -> Block:
    """A section of one text, already inert. Plain words in it that look like names or addresses stay words (``verbatim``)."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def context(text: str) -> Block:
    """A line of small print, already inert."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def plain_text(text: str, limit: int) -> Block:
    """Any text as a plain_text object, escaped; a sign that something is missing where nothing of it may be shown."""
    return {"type": "plain_text", "text": label(text, limit) or "…", "emoji": False}


def text_width(blocks: Iterable[Block]) -> int:
    """Characters of all texts in sections and context blocks."""
    parts = (part for block in blocks for part in (*block.get("elements", ()), block.get("text", {})))
    return sum(width(part["text"]) for part in parts if isinstance(part.get("text"), str))


def card(message: StoryMessage, *, timezone: str, now: datetime) -> list[Block]:
    """A story in an answer: linked headline with its Why button, and one line on who, when and which rule."""
    zone = ZoneInfo(timezone)
    head = section(f"*{linked(plain(message.headline, HEADLINE) or tr(UNTITLED), message.url, HEADLINE)}*")
    for why in pressables(message, (WHY,)):
        head["accessory"] = _button(why)
    small = _joined(part for part in (_context(message, zone, now), telling.why_here(message, mrkdwn)) if part)
    return [head, context(small)] if small else [head]


def _called(message: Message, action: Action, settings: ChannelSettings | None) -> str:
    """Whom this message calls, as Slack's marks; empty for all but first posts and digests of a level that does."""
    if settings is None or action not in {Action.POST, Action.DIGEST}:
        return ""
    match message:
        case StoryMessage(pointer=None, withdrawn=""):
            level = message.level
        case DigestMessage(stories=(_, *_)):
            level = max((story.level for story in message.stories), key=_LEVELS.index)
        case _:
            return ""
    if _LEVELS.index(level) < _LEVELS.index(settings.mention_level):
        return ""
    marks = [_CALLED.get(one) or _member(one) for one in settings.mentions[:CALLED_AT_ONCE]]
    return " ".join(dict.fromkeys(mark for mark in marks if mark))


def _member(named: str) -> str:
    """``group:S0123`` and ``user:U0123`` as Slack's mark; empty for what is no member of Slack."""
    found = _MEMBER.fullmatch(named)
    if found is None:
        return ""
    return f"<!subteam^{found[2]}>" if found[1] == "group" else f"<@{found[2]}>"


def _marks(message: Message, number: str) -> list[Block]:
    if not message.repeated:
        return []
    told = tr(" Delivery {number}.", number=mrkdwn(number, NAME)) if number else ""
    return [context(tr(telling.REPEATED) + told)]


# ---------------------------------------------------------------- a story


def _story(message: StoryMessage, zone: ZoneInfo, now: datetime, marks: list[Block]) -> list[Block]:
    blocks = []
    if message.withdrawn:
        blocks.append(section(f"*{tr(telling.WITHDRAWN)}:* {mrkdwn(message.withdrawn, NOTE)}"))
    if message.pointer is not None:
        blocks.append(section(tr("This story goes on as: ") + (mrkdwn(message.pointer, HEADLINE) or tr(UNTITLED))))
    blocks.append(section(f"*{linked(plain(message.headline, HEADLINE) or tr(UNTITLED), message.url, HEADLINE)}*"))
    sentences = [told for sentence in message.sentences[:SENTENCES] if (told := mrkdwn(sentence, SENTENCE))]
    if sentences:
        blocks.append(section("\n".join(sentences)))
    lines = [_context(message, zone, now), telling.why_here(message, mrkdwn)]
    lines.append(telling.what_it_follows(message, mrkdwn, zone, now))
    lines += [tr("Note: {note}", note=note) for text in message.notes[:NOTES] if (note := mrkdwn(tr(text), NOTE))]
    blocks += [context(line) for line in lines if line]
    return [*blocks, *marks]


def _update(message: UpdateMessage | ReminderMessage, zone: ZoneInfo, now: datetime, marks: list[Block]) -> list[Block]:
    headline = linked(plain(message.headline, HEADLINE) or tr(UNTITLED), message.url, HEADLINE)
    lines = [f"*{updates.heading(message)}*", headline, *updates.sentences(message, mrkdwn, now=now, zone=zone)]
    where = escaped(link_host(message.url) or "")
    small = updates.who_and_when(message, mrkdwn, where=where, zone=zone, now=now, narrow=True)
    return [*_sections(lines), *([context(small)] if small else []), *marks]


def _button(offered: Pressable) -> Block:
    return {
        "type": "button",
        "action_id": WHY if offered.command == WHY else f"{ASK}{offered.command}",
        "value": offered.words,
        "text": plain_text(tr(offered.label), BUTTON_TEXT),
        "accessibility_label": tr(offered.spoken),
    }


def _context(message: StoryMessage, zone: ZoneInfo, now: datetime) -> str:
    """Who reported it, where, when, and how widely."""
    where = escaped(link_host(message.url) or "")
    return _joined(telling.who_and_when(message, mrkdwn, where=where, zone=zone, now=now, narrow=True))


def _joined(parts: Iterable[str]) -> str:
    """The parts in one line, as many as a context block's text has room for."""
    line = ""
    for part in parts:
        longer = SEPARATOR.join(text for text in (line, part) if text)
        if width(longer) > CONTEXT_TEXT:
            break
        line = longer
    return line


# ---------------------------------------------------------------- several stories


def _digest(message: DigestMessage, zone: ZoneInfo, now: datetime, marks: list[Block]) -> list[Block]:
    """Title, entries, note, marks. Entries that do not fit are counted, not cut."""
    head = [section(f"*{mrkdwn(message.title, HEADLINE, bold=True) or tr('Digest')}*")]
    note = mrkdwn(message.note, NOTE)
    tail = [*([context(note)] if note else []), *marks]
    room = TOTAL_TEXT - text_width((*head, *tail)) - len("and 1,000,000 more")
    listed: list[str] = []
    for number, story in enumerate(message.stories[:STORIES_LISTED], start=1):
        entry = _entry(number, story, zone, now)
        room -= width(entry) + 1
        if room < 0:
            break
        listed.append(entry)
    sections = _sections(listed)
    unlisted = len(message.stories) - len(listed)
    rest = [context(tr("and {count} more", count=unlisted))] if unlisted else []
    return [*head, *sections, *rest, *tail]


def _sections(entries: Sequence[str]) -> list[Block]:
    """Entries in sections of a few each, none above Slack's limit of a section."""
    sections: list[list[str]] = []
    for entry in entries:
        if sections and len(sections[-1]) < ENTRIES_A_SECTION and width("\n".join((*sections[-1], entry))) <= SECTION_TEXT:
            sections[-1].append(entry)
        else:
            sections.append([entry])
    return [section("\n".join(lines)) for lines in sections]


def _entry(number: int, story: StoryMessage, zone: ZoneInfo, now: datetime) -> str:
    headline = linked(plain(story.headline, HEADLINE) or tr(UNTITLED), story.url, HEADLINE)
    where = shown_host(story.url) or ""
    return f"{number}. {telling.entry(headline, story, mrkdwn, zone=zone, now=now, where=where)}"


def _titled(message: DigestMessage | NoticeMessage, untitled: str) -> str:
    """What a locked phone shows of a message that is a list."""
    before = tr("Repeated: ") if message.repeated else ""
    return f"{before}{mrkdwn(plain(message.title, NOTIFICATION) or untitled, NOTIFICATION - 1 - len(before))}"


# ---------------------------------------------------------------- about the bot itself


def _notice(message: NoticeMessage, marks: list[Block]) -> list[Block]:
    """Title, lines, marks. Lines that do not fit are counted, not cut."""
    head = [section(f"*{mrkdwn(message.title, HEADLINE, bold=True) or tr('Notice')}*")]
    room = TOTAL_TEXT - text_width((*head, *marks)) - len("and 1,000,000 more")
    listed: list[str] = []
    for text in message.lines[:NOTICE_LINES]:
        line = mrkdwn(text, NOTICE_LINE)
        room -= width(line) + 1
        if room < 0:
            break
        listed.append(line)
    unlisted = len(message.lines) - len(listed)
    return [
        *head,
        *_sections([line for line in listed if line]),
        *([context(tr("and {count} more", count=unlisted))] if unlisted else []),
        *marks,
    ]
