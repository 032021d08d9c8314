"""An expression made ready for matching: names looked up, terms turned into shared atoms, needed words worked out.

Promises: what a plan says of an article is what docs/rules.md says of its query; ``needed`` never rules out an article
that the plan holds for. Knows no rules and no channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.core.model import Span
from bot.rules.article import Article, Atom, Stretch
from bot.rules.atoms import NearAtom, RegexAtom, TermAtom, UnionAtom, apart
from bot.rules.entities import EntityAtom
from bot.rules.expression import Shape
from bot.rules.stopwords import STOP_WORDS

Needed = frozenset[str] | None
"""Folded words of which an article holds at least one if the plan holds for it; None if no such set is known."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A term, an entity or a NEAR.

    Attributes:
        clause: its text in the query.
        atom: what finds it.
        sides: for a NEAR, its two sides.
        names: for an entity, its names.
    """

    clause: str
    atom: Atom
    sides: tuple[Leaf, ...] = ()
    names: tuple[str, ...] = ()

    def holds(self, article: Article) -> bool:
        """Whether it is anywhere."""
        return bool(article.found(self.atom))

    def stretches(self, article: Article) -> list[Stretch]:
        """Where it is. Of a loose phrase only the tightest places: "face ... face recognition" is found once."""
        found = [article.stretch(place) for place in article.found(self.atom)]
        return _tightest(found) if isinstance(self.atom, TermAtom) and self.atom.slop else found

    def spans(self, article: Article) -> Iterator[Span]:
        """Where it is."""
        return (article.span(stretch, self.clause) for stretch in self.stretches(article))

    def needed(self) -> Needed:
        """Words of the atom."""
        return needed_by(self.atom)


@dataclass(frozen=True, slots=True)
class Search:
    """A regular expression."""

    clause: str
    regex: RegexAtom

    def holds(self, article: Article) -> bool:
        """Whether it is anywhere."""
        return bool(self.stretches(article))

    def stretches(self, article: Article) -> list[Stretch]:
        """Where it is."""
        return list(self.regex.stretches(article))

    def spans(self, article: Article) -> Iterator[Span]:
        """Where it is."""
        return (article.span(stretch, self.clause) for stretch in self.stretches(article))

    def needed(self) -> Needed:
        """Nothing is known."""
        return None


@dataclass(frozen=True, slots=True)
class Repeated:
    """At least ``count`` separate places of the parts."""

    clause: str
    count: int
    parts: tuple[Leaf | Search, ...]

    def holds(self, article: Article) -> bool:
        """Whether there are enough."""
        return apart(self._stretches(article)) >= self.count

    def spans(self, article: Article) -> Iterator[Span]:
        """All places counted."""
        return (article.span(stretch, self.clause) for stretch in self._stretches(article))

    def needed(self) -> Needed:
        """Words of the parts."""
        return _any(part.needed() for part in self.parts)

    def _stretches(self, article: Article) -> list[Stretch]:
        return [stretch for part in self.parts for stretch in part.stretches(article)]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the rule named by ``let``: its places carry the name."""

    clause: str
    child: Plan

    def holds(self, article: Article) -> bool:
        """Whether the part holds."""
        return self.child.holds(article)

    def spans(self, article: Article) -> Iterator[Span]:
        """The part's places, under its name."""
        return (Span(span.field, span.start, span.end, span.text, self.clause) for span in self.child.spans(article))

    def needed(self) -> Needed:
        """Words of the part."""
        return self.child.needed()


@dataclass(frozen=True, slots=True)
class Absent:
    """The child must not hold."""

    clause: str
    child: Plan

    def holds(self, article: Article) -> bool:
        """Whether the child does not."""
        return not self.child.holds(article)

    def spans(self, article: Article) -> Iterator[Span]:
        """What is absent has no place."""
        return iter(())

    def needed(self) -> Needed:
        """Nothing is known."""
        return None


@dataclass(frozen=True, slots=True)
class Several:
    """At least ``count`` of the parts hold: all of them for AND, one for OR. What must be absent comes last."""

    clause: str
    count: int
    parts: tuple[Plan, ...]

    def holds(self, article: Article) -> bool:
        """Whether enough parts hold; asks no more of them than it must."""
        wanted, spare = self.count, len(self.parts) - self.count
        for part in self.parts:
            if part.holds(article):
                wanted -= 1
                if not wanted:
                    return True
            else:
                spare -= 1
                if spare < 0:
                    return False
        return False

    def spans(self, article: Article) -> Iterator[Span]:
        """The places of the parts that hold."""
        for part in self.parts:
            if part.holds(article):
                yield from part.spans(article)

    def needed(self) -> Needed:
        """The rarest words among the parts of an AND; for fewer parts, the words of all."""
        known = [part.needed() for part in self.parts]
        closed = [words for words in known if words is not None]
        if self.count == len(self.parts):
            return min(closed, key=_cost, default=None)
        return frozenset[str]().union(*closed) if self.count > len(known) - len(closed) else None


Plan = Leaf | Search | Repeated | Part | Absent | Several


def needed_by(atom: Atom) -> Needed:
    """Folded words of which an article holds at least one if the atom is anywhere in it; None if no such set is known."""
    match atom:
        case TermAtom():
            words = [frozenset({piece.text.casefold(), *piece.also}) for piece in atom.pieces if piece.shape is Shape.WORD]
            return min(words, key=_cost, default=None)
        case UnionAtom():
            return _any(needed_by(part) for part in atom.parts)
        case NearAtom():
            sides = [words for words in (needed_by(atom.left), needed_by(atom.right)) if words is not None]
            return min(sides, key=_cost, default=None)
        case EntityAtom():
            return _any([needed_by(atom.sure), *(needed_by(name) for weak in atom.weak for name in weak.finders)])
        case _:
            raise AssertionError(f"{type(atom).__name__} is no atom of ours")


def _any(parts: Iterable[Needed]) -> Needed:
    found: set[str] = set()
    for words in parts:
        if words is None:
            return None
        found |= words
    return frozenset(found)


def _cost(words: frozenset[str]) -> tuple[bool, int, int]:
    """Which set to wait for: no common word, few words, long words (long words are rare)."""
    return (not words.isdisjoint(STOP_WORDS), len(words), -min(map(len, words), default=0))


def _tightest(stretches: list[Stretch]) -> list[Stretch]:
    """Those that hold no smaller one."""
    kept: list[Stretch] = []
    for slot, start, end in sorted(stretches, key=lambda stretch: (stretch[0], -stretch[1], stretch[2])):
        if not kept or kept[-1][0] != slot or end < kept[-1][2]:
            kept.append((slot, start, end))
    return sorted(kept)
