"""What a command answers, in no platform's language: each adapter turns it into blocks, embeds or lines. Pure.

Promises: every text in a Reply is inert already (``bot.text.inert``): one line is one line, nothing hidden, no terminal
sequence. What a platform reads as markup or as a mention is still to be escaped by its adapter. Cards (``items``) hold
texts as their sources wrote them and go through the adapter's renderer like any message.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.messages import StoryMessage
from bot.core.spoken import ENGLISH
from bot.text.inert import plain, shown_url

LONGEST_WORDS = 90
"""Code points of what a button asks: a ``custom_id`` of Discord holds 100, and the face says in some of them that it is a button
(docs.discord.com/developers/components/reference, seen 2026-11)."""
LONGEST_LABEL = 40
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
class Button:
    """A word to press instead of words to type: pressing it asks ``words`` as the person who presses, wherever it stands.

    Attributes:
        label: one to three words.
        words: what is asked, as it would be typed after ``/watch``; 90 code points at most, so that a platform can keep it.
        danger: it takes something away.
        confirm: a question to answer with yes before it is asked, or empty.
    """

    label: str
    words: str
    danger: bool = False
    confirm: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.words) <= LONGEST_WORDS:
            raise ValueError(f"a button asks something in 1 to {LONGEST_WORDS} letters, not {len(self.words)}")
        object.__setattr__(self, "label", plain(self.label, LONGEST_LABEL))
        object.__setattr__(self, "confirm", plain(self.confirm, LONGEST_LINE))


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing to fill in.

    Attributes:
        name: the parameter of the command that it fills.
        label: what is asked, 45 code points at most (Discord's limit of a text input's label).
        value: what stands there at first.
        hint: an example, shown while it is empty.
        options: (value, label) pairs to choose from; none: a text.
        lines: whether a text has more than one line.
        required: it may not be left empty.
        most: letters of a text.
    """

    name: str
    label: str
    value: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    lines: bool = False
    required: bool = True
    most: int = 2_000


@dataclass(frozen=True, slots=True)
class Form:
    """Something to fill in, where a face has forms; five fields at most (Discord's limit of a modal).

    Attributes:
        words: the command that is asked with what was filled in (``Ask.values``), as it would be typed.
        title: 24 code points at most (Slack's limit of a modal's title).
        fields: in order.
        submit: the word on its button; empty for the face's own.
        sections: shown above the fields where there is room for it, such as what a rule would have found.
    """

    words: str
    title: str
    fields: tuple[FormField, ...]
    submit: str = ""
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that belongs to an answer.

    Attributes:
        png: the file.
        name: its name, with ``.png``.
        words: what it shows, for who cannot see it.
    """

    png: bytes
    name: str
    words: str


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
        buttons: what can be asked next, below everything; at most ten. A face without buttons shows their words.
        form: what is to be filled in. A face that has forms opens it, at once or after one more press; every other shows the
            sections, which therefore say how to type the same.
        language: in which it says what is not a source's own; its cards are to be shown in it too.
        picture: shown below the sections; a face without pictures shows its words.
        direct: it goes to the direct messages of the person who asked; the place where it was asked only hears that it did. A face
            without direct messages, and a direct message itself, shows it as any other answer.
    """

    title: str
    sections: tuple[Section, ...] = ()
    items: tuple[StoryMessage, ...] = ()
    private: bool = True
    error: bool = False
    failed: bool = False
    buttons: tuple[Button, ...] = ()
    form: Form | None = None
    picture: Picture | None = None
    language: str = ENGLISH
    direct: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", plain(self.title, LONGEST_LINE))


def _lines(text: str) -> str:
    return "\n".join(plain(line, LONGEST_LINE) for line in text.split("\n"))
