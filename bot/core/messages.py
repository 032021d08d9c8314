"""What a delivery says, in no platform's language: renderers turn it into cards, blocks and embeds.

Frozen, slotted, standard library only; instants aware and in UTC. Texts that come from a source stand word for word as they
stand there, hostile or not: who renders makes them inert.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.model import Level, Precision


@dataclass(frozen=True, slots=True)
class StoryMessage:
    """What a message says, in no platform's language: renderers turn it into cards, blocks and embeds.

    Every text comes from a source, word for word.

    Attributes:
        story_id: the story.
        headline: the lead item's own title.
        url: link of the lead item, or None for a page that states no address.
        host: the true host of ``url``, or None.
        sentences: two or three sentences, one of them holding the match.
        outlet: publisher of the lead item, or None.
        published: publication instant of the lead item, or None.
        also: other outlets, in order of arrival.
        independent: how many independent outlets reported it.
        copies: how many further items repeat another's text.
        rules: (rule id, rule title) of the rules of this channel that matched.
        matched: the words that matched, as they stand in the article.
        follows: (headline, publication instant) of the story it follows, or None.
        level: the highest level among the rules.
        notes: remarks a reader should know ("paywalled: lead only").
        pointer: for a message whose story was merged away: headline of the story that goes on.
        repeated: this sending may be a repeat; it carries the same number as the first.
        withdrawn: why people took the message back, a sentence; empty while it stands.
    """

    story_id: str
    headline: str
    url: str | None
    host: str | None
    sentences: tuple[str, ...]
    outlet: str | None
    published: datetime | None
    also: tuple[str, ...] = ()
    independent: int = 1
    copies: int = 0
    rules: tuple[tuple[str, str], ...] = ()
    matched: tuple[str, ...] = ()
    follows: tuple[str, datetime | None] | None = None
    level: Level = Level.NORMAL
    notes: tuple[str, ...] = ()
    pointer: str | None = None
    repeated: bool = False
    withdrawn: str = ""


@dataclass(frozen=True, slots=True)
class DigestMessage:
    """Several stories in one message."""

    title: str
    stories: tuple[StoryMessage, ...]
    note: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class NoticeMessage:
    """What the bot has to say about itself and its sources, to whoever runs it or asked to hear it.

    Attributes:
        title: what it is about, in one line.
        lines: one matter each: what happened, since when, what to do. Parts of them may come from a source.
    """

    title: str
    lines: tuple[str, ...] = ()
    repeated: bool = False


class Update(StrEnum):
    """What a reply under a story's message tells."""

    DEVELOPMENT = "development"  # a report that says something the message did not
    REPORT = "report"  # a further report, told because the story is followed
    HEADLINE = "headline"  # the publisher changed the headline
    CORRECTION = "correction"  # a publisher corrected or withdrew its report
    COMMITMENT = "commitment"  # a dated promise or deadline was found
    TEXT = "text"  # the message as it reads now, where it cannot be edited any more


@dataclass(frozen=True, slots=True)
class UpdateMessage:
    """News of a story whose message is out already: a reply in its thread.

    Attributes:
        story_id: the story.
        update: what it tells.
        headline: the title of the report it tells of, as it stands now.
        url, host: of that report; None where it states no address.
        outlet: its publisher, or None.
        published: its publication instant, or None.
        sentences: one or two sentences of that report, word for word; of a commitment its evidence, of a correction its remark.
        before: the headline as it was, if it was changed; else empty.
        date: of a commitment, YYYY-MM-DD; else empty.
        precision: how exact ``date`` is.
        commitment: of a commitment, a value of ``bot.stories.promise_words.Kind``; else empty.
        level: the highest level among the story's rules in this channel.
    """

    story_id: str
    update: Update
    headline: str
    url: str | None = None
    host: str | None = None
    outlet: str | None = None
    published: datetime | None = None
    sentences: tuple[str, ...] = ()
    before: str = ""
    date: str = ""
    precision: Precision = Precision.DAY
    commitment: str = ""
    level: Level = Level.NORMAL
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class ReminderMessage:
    """What people asked to be reminded of: a commitment that falls due, or a story to look at again.

    Attributes:
        story_id: the story.
        headline: its title when the reminder was made.
        url, host: of its lead item; None where it states no address.
        due: the instant for which it was asked.
        date: of a commitment, YYYY-MM-DD; empty for a plain reminder.
        precision: how exact ``date`` is.
        commitment: of a commitment, a value of ``bot.stories.promise_words.Kind``; else empty.
        sentence: the evidence, word for word; empty for a plain reminder.
        outlet: whose sentence it is, or None.
        said: when it was published, or None.
        asked: when the reminder was asked for.
        note: what the person who asked wrote beside it, or empty.
    """

    story_id: str
    headline: str
    url: str | None
    host: str | None
    due: datetime
    date: str = ""
    precision: Precision = Precision.DAY
    commitment: str = ""
    sentence: str = ""
    outlet: str | None = None
    said: datetime | None = None
    asked: datetime | None = None
    note: str = ""
    repeated: bool = False


Message = StoryMessage | DigestMessage | NoticeMessage | UpdateMessage | ReminderMessage
