"""A message as Discord's embeds. Pure.

Promises: what is said is what the message says; every text went through ``escape`` first; nobody is called here (``calling``); the
whole message is within Discord's limits; an edit's body is a whole message, never a difference. The plain line above the
embed says the same in short to a locked phone and a screen reader. Colour repeats nothing that words do not say. Times
are told by the channel's own clock, so that everybody in it reads the same. Buttons are only those that a command answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.adapters.discord.components import Body, story_rows
from bot.adapters.discord.escape import link_target, linked, markdown, seems_elsewhere, words
from bot.adapters.discord.limits import (
    EMBED_DESCRIPTION,
    EMBED_TITLE,
    EMBED_TOTAL,
    NOTE,
    NOTES,
    NOTIFICATION,
    SENTENCE,
    SENTENCES,
    STORIES_LISTED,
    THREAD_NAME,
    units,
)
from bot.core.deliveries import Action
from bot.core.messages import DigestMessage, Message, NoticeMessage, ReminderMessage, StoryMessage, UpdateMessage
from bot.core.model import Level
from bot.core.spoken import tr, trn
from bot.text import telling, updates
from bot.text.inert import plain, shown_host
from bot.text.telling import HEADLINE, NAME, NOTICE_LINE, NOTICE_LINES, SEPARATOR, UNTITLED

NOBODY: Body = {"parse": []}
"""``allowed_mentions`` of every message: what a feed writes never rings a bell (docs.discord.com/developers/resources/message)."""
COLOURS = {Level.LOW: 0x6B7280, Level.NORMAL: 0x2563EB, Level.HIGH: 0xD97706, Level.CRITICAL: 0xDC2626}
"""Colour of the bar beside an embed, by the level of the rule: decoration only."""
_SHORT_HEADLINE = 100
"""Of a digest's entry, where the entries would not all fit otherwise."""


def message_body(
    message: Message, action: Action, *, timezone: str, now: datetime, commands: Collection[str] = (), update: bool = False
) -> Body:
    """The message as the JSON body of create and edit message: ``content``, ``embeds``, ``components``, ``allowed_mentions``.

    Args:
        message: what to say.
        action: what the delivery does; the text of a message that stands as a reply has no buttons.
        timezone: IANA name; times are told by its wall clock.
        now: the year is told where it is not this one's.
        commands: names of the commands that somebody answers; a button that nobody answers shows an error to who presses it.
        update: it stands in the thread of a message that cannot be edited any more, and says so.
    """
    zone = ZoneInfo(timezone)
    below: list[Body] = []
    match message:
        case DigestMessage():
            line, embeds = _titled(message, tr("Digest")), _digest(message, zone, now)
        case NoticeMessage():
            line, embeds = _titled(message, tr("Notice")), _notice(message)
        case UpdateMessage() | ReminderMessage():
            line, embeds = updates.in_one_line(message, markdown, NOTIFICATION), [_update(message, zone, now)]
            below = story_rows(message, commands)
        case StoryMessage():
            line = telling.in_one_line(message, markdown, NOTIFICATION, width=units, update=update)
            embeds = [_story(message, zone, now, below=True, update=update)]
            below = [] if action is Action.REPLY else story_rows(message, commands)
    return {"content": line, "embeds": embeds, "components": below, "allowed_mentions": NOBODY}


def thread_name(message: Message) -> str:
    """The name of a thread or forum post about the message."""
    told = message.title if isinstance(message, DigestMessage | NoticeMessage) else message.headline
    return words(told, THREAD_NAME) or tr(UNTITLED)


def card(story: StoryMessage, *, timezone: str, now: datetime) -> Body:
    """One story as an embed, as its message shows it."""
    return _story(story, ZoneInfo(timezone), now)


def embed_units(embeds: Iterable[Body]) -> int:
    """Characters of all texts of the embeds, as Discord adds them up."""
    total = 0
    for embed in embeds:
        total += units(embed.get("title", "")) + units(embed.get("description", ""))
        total += units(embed.get("footer", {}).get("text", "")) + units(embed.get("author", {}).get("name", ""))
        total += sum(units(part["name"]) + units(part["value"]) for part in embed.get("fields", ()))
    return total


# ---------------------------------------------------------------- a story


def _story(message: StoryMessage, zone: ZoneInfo, now: datetime, *, below: bool = False, update: bool = False) -> Body:
    """The embed of a story; one ``below`` its line does not say again which rule it was, where that line has named it."""
    lines = _small(tr(telling.UPDATED)) if update else []
    url = link_target(message.url)
    elsewhere = seems_elsewhere(message.headline, url)
    if url is not None and elsewhere:  # the title names another host: the true one carries the link, not those words
        lines.append(linked(tr("Read at {host}", host=shown_host(url)), url, NAME + EMBED_TITLE))
    if message.withdrawn:
        lines.append(f"**{tr(telling.WITHDRAWN)}:** {markdown(message.withdrawn, NOTE)}")
    if message.pointer is not None:
        lines.append(tr("This story goes on as: ") + (markdown(message.pointer, HEADLINE) or tr(UNTITLED)))
    lines += [told for sentence in message.sentences[:SENTENCES] if (told := markdown(sentence, SENTENCE))]
    why = telling.which_words if below and len(message.rules) == 1 else telling.why_here
    lines += _small(_capital(why(message, markdown)))
    lines += _small(telling.what_it_follows(message, markdown, zone, now))
    lines += [
        small for text in message.notes[:NOTES] if (note := markdown(text, NOTE)) for small in _small(tr("Note: {note}", note=note))
    ]
    if message.repeated:
        lines += _small(tr(telling.REPEATED))
    embed: Body = {
        "type": "rich",
        "title": markdown(message.headline, EMBED_TITLE) or tr(UNTITLED),
        "color": COLOURS[message.level],
    }
    if lines:
        embed["description"] = _joined(lines, EMBED_DESCRIPTION)
    if url is not None and not elsewhere:
        embed["url"] = url
    if footer := _context(message, zone, now):
        embed["footer"] = {"text": footer}
    return embed


def _update(message: UpdateMessage | ReminderMessage, zone: ZoneInfo, now: datetime) -> Body:
    url = link_target(message.url)
    elsewhere = seems_elsewhere(message.headline, url)
    lines = [f"**{updates.heading(message)}**"]
    if url is not None and elsewhere:  # as in a story
        lines.append(linked(tr("Read at {host}", host=shown_host(url)), url, NAME + EMBED_TITLE))
    lines += updates.sentences(message, markdown, now=now, zone=zone)
    if message.repeated:
        lines += _small(tr(telling.REPEATED))
    embed: Body = {
        "type": "rich",
        "title": markdown(message.headline, EMBED_TITLE) or tr(UNTITLED),
        "color": COLOURS[message.level if isinstance(message, UpdateMessage) else Level.NORMAL],
        "description": _joined(lines, EMBED_DESCRIPTION),
    }
    if url is not None and not elsewhere:
        embed["url"] = url
    where = shown_host(message.url) or ""
    if footer := updates.who_and_when(message, words, where=where, zone=zone, now=now, narrow=True):
        embed["footer"] = {"text": footer}
    return embed


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> list[str]:
    """A line of small print."""
    return [f"-# {text}"] if text else []


def _context(message: StoryMessage, zone: ZoneInfo, now: datetime) -> str:
    """Who reported it, where, when, and how widely."""
    where = shown_host(message.url) or ""
    return SEPARATOR.join(telling.who_and_when(message, words, where=where, zone=zone, now=now, narrow=True))


def _joined(lines: Iterable[str], most: int) -> str:
    """As many whole lines as there is room for."""
    kept, room = [], most
    for line in lines:
        room -= units(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join(kept)


# ---------------------------------------------------------------- several stories


def _digest(message: DigestMessage, zone: ZoneInfo, now: datetime) -> list[Body]:
    """Title, entries, note, mark: in one embed, or in two where one has no room. What does not fit is counted, not cut.

    Where not all entries fit in full, they are told short: headline, link and how widely.
    """
    title = markdown(message.title, EMBED_TITLE) or tr("Digest")
    tail = []
    if note := markdown(message.note, NOTE):
        tail.append(note)
    if message.repeated:
        tail += _small(tr(telling.REPEATED))
    stories = message.stories[:STORIES_LISTED]
    full = [_entry(number, story, zone, now) for number, story in enumerate(stories, start=1)]
    room = EMBED_TOTAL - units(title) - sum(units(line) + 1 for line in tail) - len("and 1,000,000 more\n\n")
    if sum(units(line) + 1 for line in full) > room:
        full = [_short_entry(number, story) for number, story in enumerate(stories, start=1)]
    entries: list[str] = []
    for line in full:
        room -= units(line) + 1
        if room < 0:
            break
        entries.append(line)
    unlisted = len(message.stories) - len(entries)
    more = [tr("and {count} more", count=unlisted)] if unlisted else []
    return _in_embeds(title, [*entries, *more, *tail])


def _in_embeds(title: str, lines: Iterable[str]) -> list[Body]:
    embeds: list[Body] = [{"type": "rich", "title": title, "color": COLOURS[Level.NORMAL]}]
    parts: list[list[str]] = [[]]
    for line in lines:
        if parts[-1] and units("\n".join((*parts[-1], line))) > EMBED_DESCRIPTION:
            parts.append([])
            embeds.append({"type": "rich", "color": COLOURS[Level.NORMAL]})
        parts[-1].append(line)
    for embed, part in zip(embeds, parts, strict=True):
        if part:
            embed["description"] = "\n".join(part)
    return embeds


def _entry(number: int, story: StoryMessage, zone: ZoneInfo, now: datetime) -> str:
    where = shown_host(story.url) or ""
    return f"{number}. {telling.entry(_headline(story, HEADLINE), story, markdown, zone=zone, now=now, where=where)}"


def _short_entry(number: int, story: StoryMessage) -> str:
    wide = (
        trn("{count} outlet", "{count} outlets", story.independent) if story.independent > 1 else markdown(story.outlet or "", NAME)
    )
    parts = (_headline(story, _SHORT_HEADLINE), wide, shown_host(story.url) or "")
    return f"{number}. {SEPARATOR.join(part for part in parts if part)}"


def _headline(story: StoryMessage, most: int) -> str:
    return linked(plain(story.headline, HEADLINE) or tr(UNTITLED), story.url, most)


def _titled(message: DigestMessage | NoticeMessage, untitled: str) -> str:
    """What a locked phone shows of a message that is a list."""
    before = tr("Repeated: ") if message.repeated else ""
    return before + (markdown(message.title, NOTIFICATION - len(before)) or untitled)


# ---------------------------------------------------------------- about the bot itself


def _notice(message: NoticeMessage) -> list[Body]:
    """Title, lines, mark: in one embed, or in two where one has no room. What does not fit is counted, not cut."""
    title = markdown(message.title, EMBED_TITLE) or tr("Notice")
    tail = _small(tr(telling.REPEATED)) if message.repeated else []
    room = EMBED_TOTAL - units(title) - sum(units(line) + 1 for line in tail) - len("and 1,000,000 more\n\n")
    listed: list[str] = []
    for text in message.lines[:NOTICE_LINES]:
        line = markdown(text, NOTICE_LINE)
        room -= units(line) + 1
        if room < 0:
            break
        listed.append(line)
    unlisted = len(message.lines) - len(listed)
    return _in_embeds(title, [*filter(None, listed), *([tr("and {count} more", count=unlisted)] if unlisted else []), *tail])
