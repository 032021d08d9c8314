"""An item as the matcher sees it: each field cut into words once, and what was found in it remembered.

Promises: nothing is normalised twice, and a field no rule looks at is never normalised. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.core.model import Item, Span
from bot.rules.expression import PROSE, Field
from bot.text.characters import Mode
from bot.text.normalise import NormalText

Occurrence = tuple[int, int, int]
"""A place: number of the text in the article, first word, word after the last."""

Stretch = tuple[int, int, int]
"""The same in code points of the original value."""


class Atom(Protocol):
    """Something that can be found in an article; the same atom is shared by all rules that ask for it."""

    def find(self, article: Article) -> tuple[Occurrence, ...]:
        """Every place, ascending."""


class Article:
    """One item during one run of the matcher.

    Attributes:
        item: the item.
        fields: which field each text is; title, summary and body come first.
    """

    __slots__ = ("_found", "_slots", "_texts", "fields", "item")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.fields: list[Field] = list(PROSE)
        self._texts: list[NormalText] = [NormalText(item.title), NormalText(item.summary), NormalText(item.content_text)]
        self._slots: dict[Field, Sequence[int]] = {Field.TITLE: (0,), Field.SUMMARY: (1,), Field.BODY: (2,)}
        self._found: dict[Atom, tuple[Occurrence, ...]] = {}

    def text(self, slot: int) -> NormalText:
        """The text with this number."""
        return self._texts[slot]

    def slots(self, field: Field | None) -> Sequence[int]:
        """Numbers of the texts of a field; without a field, title, summary and body. A missing value has no text."""
        if field is None:
            return (0, 1, 2)
        slots = self._slots.get(field)
        if slots is None:
            slots = self._slots[field] = self._add(field)
        return slots

    def _add(self, field: Field) -> Sequence[int]:
        first = len(self._texts)
        mode = Mode.ADDRESS if field is Field.URL else Mode.PROSE
        self._texts += [NormalText(value, mode) for value in values(self.item, field)]
        self.fields += [field] * (len(self._texts) - first)
        return range(first, len(self._texts))

    def found(self, atom: Atom) -> tuple[Occurrence, ...]:
        """Where the atom is, looked up once."""
        places = self._found.get(atom)
        if places is None:
            places = self._found[atom] = atom.find(self)
        return places

    def vocabulary(self, fields: frozenset[Field], *, joined: bool) -> set[str]:
        """All folded words of title, summary, body and the further fields; ``joined``: dotted capitals in one word too."""
        slots = [0, 1, 2, *(slot for field in fields if field not in PROSE for slot in self.slots(field))]
        found: set[str] = set()
        for slot in slots:
            text = self._texts[slot]
            found.update(text.tokens)
            if joined and "." in text.value:
                found.update(text.exact.joined)
        return found

    def stretch(self, place: Occurrence) -> Stretch:
        """A place in code points."""
        slot, first, last = place
        return (slot, *self._texts[slot].slice(first, last))

    def span(self, stretch: Stretch, clause: str) -> Span:
        """A stretch as everybody else sees it."""
        slot, start, end = stretch
        return Span(self.fields[slot].value, start, end, self._texts[slot].value[start:end], clause)


def values(item: Item, field: Field) -> tuple[str, ...]:
    """The values of a field beside title, summary and body, as printed (``url``: the canonical address if there is one)."""
    match field:
        case Field.SOURCE:
            found: tuple[str | None, ...] = (item.source_id,)
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
