"""An expression made ready for matching: names looked up, terms turned into atoms that all rules share.

Promises: what a plan says of an article is what docs/rules.md says of its query. Knows no rules and no channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.model import Span
from bot.rules.article import Article, Atom, Stretch, first_places
from bot.rules.atoms import RegexAtom, apart


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
        return article.holds(self.atom)

    def stretches(self, article: Article) -> list[Stretch]:
        """Where it is."""
        return self.atom.stretches(article)

    def spans(self, article: Article) -> Sequence[Span]:
        """Where it is."""
        return article.spans(self.atom, self.clause)


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
        return self.regex.stretches(article)

    def spans(self, article: Article) -> Sequence[Span]:
        """Where it is."""
        return article.spans(self.regex, self.clause)


@dataclass(frozen=True, slots=True)
class Repeated:
    """At least ``count`` separate places of the parts."""

    clause: str
    count: int
    parts: tuple[Leaf | Search, ...]

    def holds(self, article: Article) -> bool:
        """Whether there are enough."""
        return apart(self._stretches(article)) >= self.count

    def spans(self, article: Article) -> Sequence[Span]:
        """The places counted, as many as are shown of a clause."""
        return [article.span(stretch, self.clause) for stretch in first_places(self._stretches(article))]

    def _stretches(self, article: Article) -> list[Stretch]:
        return [stretch for part in self.parts if part.holds(article) for stretch in part.stretches(article)]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the rule named by ``let``: its places carry the name."""

    clause: str
    child: Plan

    def holds(self, article: Article) -> bool:
        """Whether the part holds."""
        return self.child.holds(article)

    def spans(self, article: Article) -> Sequence[Span]:
        """The part's places, under its name."""
        return [Span(span.field, span.start, span.end, span.text, self.clause) for span in self.child.spans(article)]


@dataclass(frozen=True, slots=True)
class Absent:
    """The child must not hold."""

    clause: str
    child: Plan

    def holds(self, article: Article) -> bool:
        """Whether the child does not."""
        return not self.child.holds(article)

    def spans(self, article: Article) -> Sequence[Span]:
        """What is absent has no place."""
        return ()


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

    def spans(self, article: Article) -> Sequence[Span]:
        """The places of the parts that hold, if there are enough of them."""
        needs_all = self.count == len(self.parts)
        found: list[Span] = []
        for part in self.parts:
            if needs_all or part.holds(article):
                found += part.spans(article)
        return found


Plan = Leaf | Search | Repeated | Part | Absent | Several
