"""An item as the matcher sees it: each field cut into words once, and what was found in it remembered.

Promises: nothing is normalised twice, and a field no rule looks at is never normalised; an atom shared by many rules is
looked for once. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from bot.core.declared import shown
from bot.core.model import Item, Span
from bot.rules.expression import PROSE, Field
from bot.text.characters import BREAK, Mode
from bot.text.normalise import NormalText

Occurrence = tuple[int, int, int]
"""A place: number of the text in the article, first word, word after the last."""

Stretch = tuple[int, int, int]
"""The same in code points of the original value."""


MAX_PLACES = 300
"""Most places shown of one clause, the first in the article. Readers see a handful; a text of one word repeated has 60,000."""


class Atom(Protocol):
    """Something that can be found in an article; the same atom is shared by all rules that ask for it."""

    def holds(self, article: Article) -> bool:
        """Whether it is anywhere, found out as cheaply as can be."""

    def find(self, article: Article) -> tuple[Occurrence, ...]:
        """Every place, ascending."""

    def stretches(self, article: Article) -> list[Stretch]:
        """Every place in code points."""


_GAP = f" {BREAK} "


class Article:
    """One item during one run of the matcher.

    Attributes:
        item: the item.
        fields: which field each text is; title, summary and body come first.
        prose: these three, cut together (three times the same overhead is a fifth of all work on most articles), with a
            word between them that is in no query, so that no phrase spans two.
    """

    __slots__ = ("_at", "_found", "_held", "_shown", "_slots", "_texts", "_word_starts", "_words", "fields", "item", "prose")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.fields: list[Field] = list(PROSE)
        self.prose = NormalText(_GAP.join([_unbroken(value) for value in _prose(item)]), Mode.JOINED)
        summary = len(item.title) + len(_GAP)
        self._at = summary, summary + len(item.summary) + len(_GAP)  # where they begin in prose
        self._texts: dict[int, NormalText] = {}
        self._slots: dict[Field, Sequence[int]] = {Field.TITLE: (0,), Field.SUMMARY: (1,), Field.BODY: (2,)}
        self._words: set[str] | None = None
        self._word_starts: tuple[int, int] | None = None
        self._held: dict[Atom, bool] = {}
        self._found: dict[Atom, tuple[Occurrence, ...]] = {}
        self._shown: dict[tuple[object, str], tuple[Span, ...]] = {}

    def text(self, slot: int) -> NormalText:
        """The text with this number."""
        text = self._texts.get(slot)
        if text is None:
            text = self._texts[slot] = NormalText(_prose(self.item)[slot])
        return text

    def slots(self, field: Field | None) -> Sequence[int]:
        """Numbers of the texts of a field; without a field, title, summary and body. A missing value has no text."""
        if field is None:
            return (0, 1, 2)
        slots = self._slots.get(field)
        if slots is None:
            slots = self._slots[field] = self._add(field)
        return slots

    def _add(self, field: Field) -> Sequence[int]:
        first = len(self.fields)
        mode = Mode.ADDRESS if field is Field.URL else Mode.PROSE
        for value in values(self.item, field):
            self._texts[len(self.fields)] = NormalText(value, mode)
            self.fields.append(field)
        return range(first, len(self.fields))

    @property
    def words(self) -> set[str]:
        """The different folded words of title, summary and body."""
        if self._words is None:
            self._words = set(self.prose.tokens)
            self._words.discard(BREAK)
        return self._words

    def occurrences(self, places: Iterable[tuple[int, int]]) -> list[Occurrence]:
        """The places of words of ``prose`` by their numbers there, first and after the last; each stands in one text."""
        summary, body = self._starts()
        return [
            (0, first, last)
            if first < summary
            else (1, first - summary, last - summary)
            if first < body
            else (2, first - body, last - body)
            for first, last in places
        ]

    def _starts(self) -> tuple[int, int]:
        """Number of the first word of the summary and of the body."""
        if self._word_starts is None:
            tokens = self.prose.tokens
            summary = tokens.index(BREAK) + 1
            self._word_starts = summary, tokens.index(BREAK, summary) + 1
        return self._word_starts

    def joined(self, field: Field | None) -> frozenset[str]:
        """Dotted capitals of a field as one folded word each."""
        return (
            self.prose.joined if field is None else frozenset[str]().union(*[self.text(slot).joined for slot in self.slots(field)])
        )

    def holds(self, atom: Atom) -> bool:
        """Whether the atom is anywhere, looked up once."""
        held = self._held.get(atom)
        if held is None:
            held = self._held[atom] = atom.holds(self)
        return held

    def found(self, atom: Atom) -> tuple[Occurrence, ...]:
        """Where the atom is, looked up once."""
        places = self._found.get(atom)
        if places is None:
            places = self._found[atom] = atom.find(self)
        return places

    def stretch(self, place: Occurrence) -> Stretch:
        """A place in code points."""
        slot, first, last = place
        if slot > 2:
            return (slot, *self.text(slot).slice(first, last))
        before = 0 if slot == 0 else self._starts()[slot - 1]
        return self._in_its_text(*self.prose.slice(before + first, before + last))

    def stretches_of(self, phrase: str) -> list[Stretch]:
        """Every place of a word, or of a row of words joined by blanks, in title, summary and body."""
        return [self._in_its_text(start, end) for start, end in self.prose.slices_of(phrase)]

    def _in_its_text(self, start: int, end: int) -> Stretch:
        summary, body = self._at
        if start < summary:
            return (0, start, end)
        return (1, start - summary, end - summary) if start < body else (2, start - body, end - body)

    def span(self, stretch: Stretch, clause: str) -> Span:
        """A stretch as everybody else sees it."""
        slot, start, end = stretch
        value = _prose(self.item)[slot] if slot < len(PROSE) else self._texts[slot].value
        return Span(self.fields[slot]._value_, start, end, value[start:end], clause)

    def spans(self, what: Stretches, clause: str) -> tuple[Span, ...]:
        """The first ``MAX_PLACES`` of something under the name of a clause, made once for all rules that have the same clause."""
        key = what, clause
        shown = self._shown.get(key)
        if shown is None:
            shown = self._shown[key] = tuple([self.span(stretch, clause) for stretch in first_places(what.stretches(self))])
        return shown


def first_places(stretches: list[Stretch]) -> list[Stretch]:
    """As many of them as are shown of a clause; in the order of the article if some are left out."""
    return stretches if len(stretches) <= MAX_PLACES else sorted(stretches)[:MAX_PLACES]


def _prose(item: Item) -> tuple[str, str, str]:
    return item.title, item.summary, item.content_text


def _unbroken(value: str) -> str:
    return value.replace(BREAK, " ") if BREAK in value else value


class Stretches(Protocol):
    """Something found in an article whose places need not be whole words."""

    def stretches(self, article: Article) -> list[Stretch]:
        """Every place in code points."""


def vocabulary(item: Item) -> frozenset[str]:
    """The different folded words of title, summary and text: what ``Frequencies.observe`` takes."""
    return frozenset(Article(item).words)


def values(item: Item, field: Field) -> tuple[str, ...]:
    """The values of a field beside title, summary and body, as printed (``url``: the canonical address if there is one)."""
    match field:
        case Field.SOURCE:
            found: tuple[str | None, ...] = (shown(item.source_id),)  # as the workspace calls it that declared it
        case Field.OUTLET:
            found = (item.outlet,)
        case Field.URL:
            found = (item.canonical_url or item.url,)
        case Field.TAG:
            found = item.tags
        case Field.LANG:
            found = (item.language,)
        case _:
            raise AssertionError(f"{field} is read from the start")
    return tuple(value for value in found if value)
