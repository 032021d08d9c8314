"""What a command answers, in no platform's language: each adapter turns it into blocks, embeds or lines. Pure.

Promises: every text in a Reply is inert already (``bot.text.inert``): one line is one line, nothing hidden, no terminal
sequence. What a platform reads as markup or as a mention is still to be escaped by its adapter. Cards (``items``) hold
texts as their sources wrote them and go through the adapter's renderer like any message.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.model import StoryMessage
from bot.text.inert import plain, shown_url

LONGEST_LINE = 2_000
"""Code points of one line of an answer: more is no answer. Platforms with less room cut further."""


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere; ``url`` is empty if the address must not be shown, then only the words are."""

    text: str
    url: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", plain(self.text, LONGEST_LINE))
        object.__setattr__(self, "url", shown_url(self.url) or "")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an answer, shown in this order: heading, text, fields, links, code.

    Attributes:
        heading: a few words, or empty.
        text: lines divided by newlines, or empty.
        strong: words to point out wherever they stand in ``text`` (as the matched words of a message are).
        fields: short names with short values, such as of a table of two columns.
        links: each on a line of its own.
        code: lines to be typed as they stand, or empty.
    """

    heading: str = ""
    text: str = ""
    strong: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = ()
    code: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "heading", plain(self.heading, LONGEST_LINE))
        object.__setattr__(self, "text", _lines(self.text))
        object.__setattr__(self, "strong", tuple(word for text in self.strong if (word := plain(text, LONGEST_LINE))))
        object.__setattr__(
            self, "fields", tuple((plain(name, LONGEST_LINE), plain(value, LONGEST_LINE)) for name, value in self.fields)
        )
        object.__setattr__(self, "code", _lines(self.code))


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one person.

    Attributes:
        title: what it is about, a line that stands alone in a notification or for a screen reader.
        sections: the answer, after the title.
        items: stories as cards, after the sections.
        private: only the person who asked sees it.
        error: the words could not be understood, are not allowed, or the work failed: nothing was changed.
        failed: the words were right, the work failed.
    """

    title: str
    sections: tuple[Section, ...] = ()
    items: tuple[StoryMessage, ...] = ()
    private: bool = True
    error: bool = False
    failed: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", plain(self.title, LONGEST_LINE))


def _lines(text: str) -> str:
    return "\n".join(plain(line, LONGEST_LINE) for line in text.split("\n"))
