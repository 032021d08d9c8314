"""Entities to atoms: names that match alone, and names that need their context.

Promises (docs/rules.md and docs/configuration.md): sure and former names count in any case; a weak name
counts as written, near its context, mention by mention; ``not_near`` throws out the single mention, never the article.
A mention's own words are neither its context nor what throws it out.
Does not check whether products and parents exist: that is the configuration's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.model import Entity, Nearby
from bot.rules.article import Article, Atom, Occurrence, Stretch
from bot.rules.atoms import TermAtom, UnionAtom
from bot.rules.expression import Field, Piece, Shape
from bot.rules.neighbours import Neighbours
from bot.rules.terms import BadTerm, pieces
from bot.text.normalise import NormalText


@dataclass(frozen=True, slots=True)
class WeakName:
    """A weak alias.

    Attributes:
        name: finds it as written.
        any_case: finds it in any case: what counts where a text is all capitals; None if ``name`` does already.
        within, context: the context it needs, or None; within None: anywhere in title, summary and body.
    """

    name: Atom
    any_case: Atom | None
    within: int | None
    context: Atom | None

    @property
    def finders(self) -> tuple[Atom, ...]:
        """The atoms one of which finds every mention."""
        return (self.name,) if self.any_case is None else (self.name, self.any_case)


class EntityAtom:
    """The mentions of one entity.

    Attributes:
        sure: finds its sure and former names.
        weak: its weak names.
        within, excluded: what throws a mention out, or None.
        anchor: finds its sure names anywhere in title, summary and body, if one of them licenses weak names; else None.
    """

    __slots__ = ("anchor", "excluded", "sure", "weak", "within")

    def __init__(self, sure: Atom, weak: tuple[WeakName, ...], within: int, excluded: Atom | None, anchor: Atom | None) -> None:
        self.sure = sure
        self.weak = weak
        self.within = within
        self.excluded = excluded
        self.anchor = anchor

    def holds(self, article: Article) -> bool:
        """Whether there is a mention; most articles hold none of the names, and context is then never looked for."""
        if article.holds(self.sure):
            if self.excluded is None or not article.holds(self.excluded):
                return True
        elif not any(article.holds(name) for weak in self.weak for name in weak.finders):
            return False
        return bool(article.found(self))

    def stretches(self, article: Article) -> list[Stretch]:
        """Every mention in code points."""
        return [article.stretch(place) for place in article.found(self)]

    def find(self, article: Article) -> tuple[Occurrence, ...]:
        """Every mention. What is left of a sure name that was thrown out is no mention either: "Flock" in "Flock Safety"."""
        excluded = None
        if self.excluded is not None and article.holds(self.excluded):
            excluded = Neighbours(article.found(self.excluded))
        sure = article.found(self.sure)
        found = set(self._kept(sure, excluded))
        anchored = self.anchor is not None and any(True for _ in self._kept(article.found(self.anchor), excluded))
        thrown_out = Neighbours([mention for mention in sure if mention not in found] if excluded is not None else ())
        for weak in self.weak:
            for mention in self._kept(weak_mentions(article, weak, anchored=anchored), excluded):
                if not thrown_out.covers(mention):
                    found.add(mention)
        return _outermost(found)

    def _kept(self, mentions: Iterable[Occurrence], excluded: Neighbours | None) -> Iterator[Occurrence]:
        return (mention for mention in mentions if excluded is None or not excluded.around(mention, self.within))


def _outermost(mentions: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    """One mention a place: "Flock" in "Flock Safety" is not a second one."""
    kept: list[Occurrence] = []
    for mention in sorted(mentions, key=lambda mention: (mention[0], mention[1], -mention[2])):
        if not kept or kept[-1][0] != mention[0] or kept[-1][2] < mention[2]:
            kept.append(mention)
    return tuple(kept)


def weak_mentions(article: Article, weak: WeakName, *, anchored: bool) -> Iterator[Occurrence]:
    """Mentions of a weak name that its case, its context or an anchor vouches for."""
    as_written = article.found(weak.name) if article.holds(weak.name) else ()
    any_case = article.found(weak.any_case) if weak.any_case is not None and article.holds(weak.any_case) else ()
    # Where all letters are capitals case says nothing: only context or an anchor can vouch.
    shouted = [mention for mention in any_case if article.text(mention[0]).shouts]
    if weak.context is None or anchored:
        yield from as_written
        yield from shouted if anchored else ()
    elif (as_written or shouted) and article.holds(weak.context):
        context = Neighbours(article.found(weak.context))
        for mention in (*as_written, *shouted):
            if context.around(mention, weak.within):
                yield mention


def names(entity: Entity) -> tuple[str, ...]:
    """All names of an entity, weak ones included."""
    return (*entity.aliases, *entity.formerly, *(weak.text for weak in entity.weak))


def with_products(entity: Entity, book: Mapping[str, Entity]) -> tuple[Entity, ...]:
    """The entity and the products it names, and theirs; unknown ids are left out, circles are walked once."""
    found = {entity.id: entity}
    waiting = list(entity.products)
    while waiting:
        other = book.get(waiting.pop(0))
        if other is not None and other.id not in found:
            found[other.id] = other
            waiting += other.products
    return tuple(found.values())


def descriptor(entity: Entity) -> str:
    """What of an entity decides a match: part of a rule's version."""
    return repr((entity.id, entity.aliases, entity.formerly, entity.weak, entity.not_near, entity.anchor_article))


TermMaker = Callable[[tuple[Piece, ...], bool, Field | None], TermAtom]
"""Gives the one atom of a term: pieces, with case, field."""


def build(entity: Entity, field: Field | None, term: TermMaker) -> EntityAtom:
    """The atom of an entity's mentions in a field (None: title, summary and body).

    Raises:
        BadTerm: a name or context term holds nothing to search for.
    """

    def name(text: str, *, exact: bool = False, where: Field | None = field) -> TermAtom:
        cut = NormalText(text)
        tokens = cut.exact.tokens if exact else cut.tokens
        if not tokens:
            raise BadTerm(f"the name {text!r} has no letter or digit to search for")
        return term(tuple(Piece(Shape.WORD, token) for token in tokens), exact, where)

    def context(near: Nearby | None) -> Atom | None:
        if near is None:
            return None
        where = None if near.within is None else field
        return UnionAtom(tuple(term(context_pieces(text), False, where) for text in near.any))

    sure_names = (*entity.aliases, *entity.formerly)
    sure = UnionAtom(tuple(name(text) for text in sure_names))
    weak = tuple(
        WeakName(
            name(alias.text, exact=alias.exact),
            name(alias.text) if alias.exact else None,
            alias.near.within if alias.near else 0,
            context(alias.near),
        )
        for alias in entity.weak
    )
    anchor = UnionAtom(tuple(name(text, where=None) for text in sure_names)) if entity.anchor_article else None
    return EntityAtom(sure, weak, (entity.not_near.within or 0) if entity.not_near else 0, context(entity.not_near), anchor)


def context_pieces(text: str) -> tuple[Piece, ...]:
    """A context term: a word (with its plural), a beginning with a star, or several words, quoted or not, as a phrase.

    Raises:
        BadTerm: it holds nothing to search for, or a misplaced wildcard.
    """
    bare = text.strip().strip('"“”„«»').strip()
    return pieces(bare, quoted=bare != text.strip())
